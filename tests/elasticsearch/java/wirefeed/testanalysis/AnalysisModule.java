package wirefeed.testanalysis;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.charfilter.MappingCharFilter;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.core.LowerCaseFilter;
import org.apache.lucene.analysis.core.UpperCaseFilter;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.fa.PersianAnalyzer;
import org.apache.lucene.analysis.miscellaneous.StemmerOverrideFilter;
import org.apache.lucene.analysis.pattern.PatternTokenizer;
import org.apache.lucene.analysis.ru.RussianAnalyzer;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.analysis.AbstractCharFilterFactory;
import org.elasticsearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.AbstractTokenizerFactory;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingCharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/**
 * Puts Lucene's analysis parts under the names that a full Elasticsearch gives them (its module analysis-common is not published),
 * so that config/index/*.json loads here unchanged. Only what those files name, and three of the language analysers.
 */
public final class AnalysisModule extends Plugin implements AnalysisPlugin {
    @Override
    public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
        return Map.of("mapping", needing((index, environment, name, settings) -> new Mapping(name, settings.getAsList("mappings"))));
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of("pattern", needing((index, environment, name, settings) -> {
            Pattern pattern = Pattern.compile(settings.get("pattern", "\\W+"));
            int group = settings.getAsInt("group", -1);
            return new AbstractTokenizerFactory(name) {
                @Override
                public Tokenizer create() {
                    return new PatternTokenizer(pattern, group);
                }
            };
        }));
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        return Map.of(
            "lowercase", (index, environment, name, settings) -> new Plain(name, LowerCaseFilter::new),
            "uppercase", (index, environment, name, settings) -> new Plain(name, UpperCaseFilter::new),
            "snowball", needing((index, environment, name, settings) -> {
                String language = settings.get("language", "English");
                return new Each(name, tokens -> new SnowballFilter(tokens, language));
            }),
            "stemmer_override", needing((index, environment, name, settings) -> {
                StemmerOverrideFilter.StemmerOverrideMap map = overrides(settings.getAsList("rules"));
                return new Each(name, tokens -> new StemmerOverrideFilter(tokens, map));
            }));
    }

    @Override
    public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
        return Map.of("english", language(EnglishAnalyzer::new), "russian", language(RussianAnalyzer::new),
            "persian", language(PersianAnalyzer::new));
    }

    /** A part that has no meaning without its settings. */
    private static <T> AnalysisProvider<T> needing(AnalysisProvider<T> part) {
        return new AnalysisProvider<>() {
            @Override
            public T get(org.elasticsearch.index.IndexSettings index, org.elasticsearch.env.Environment environment, String name,
                         Settings settings) throws IOException {
                return part.get(index, environment, name, settings);
            }

            @Override
            public boolean requiresAnalysisSettings() {
                return true;
            }
        };
    }

    private static AnalysisProvider<AnalyzerProvider<? extends Analyzer>> language(Supplier<Analyzer> make) {
        return (index, environment, name, settings) -> new AbstractIndexAnalyzerProvider<Analyzer>(name) {
            private final Analyzer made = make.get();

            @Override
            public Analyzer get() {
                return made;
            }
        };
    }

    private static StemmerOverrideFilter.StemmerOverrideMap overrides(List<String> rules) {
        StemmerOverrideFilter.Builder builder = new StemmerOverrideFilter.Builder(false);
        for (String rule : rules) {
            String[] sides = rule.split("=>", 2);
            builder.add(sides[0].trim(), sides[1].trim());
        }
        try {
            return builder.build();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static class Each extends AbstractTokenFilterFactory {
        private final UnaryOperator<TokenStream> wrap;

        Each(String name, UnaryOperator<TokenStream> wrap) {
            super(name);
            this.wrap = wrap;
        }

        @Override
        public TokenStream create(TokenStream tokens) {
            return wrap.apply(tokens);
        }
    }

    private static final class Plain extends Each implements NormalizingTokenFilterFactory {
        Plain(String name, UnaryOperator<TokenStream> wrap) {
            super(name, wrap);
        }
    }

    private static final class Mapping extends AbstractCharFilterFactory implements NormalizingCharFilterFactory {
        private final NormalizeCharMap map;

        Mapping(String name, List<String> rules) {
            super(name);
            NormalizeCharMap.Builder builder = new NormalizeCharMap.Builder();
            for (String rule : rules) {
                String[] sides = rule.split("=>", 2);
                builder.add(unescaped(sides[0].trim()), unescaped(sides[1].trim()));
            }
            map = builder.build();
        }

        @Override
        public Reader create(Reader reader) {
            return new MappingCharFilter(map, reader);
        }

        private static String unescaped(String text) {
            return Pattern.compile("\\\\u([0-9a-fA-F]{4})").matcher(text)
                .replaceAll(found -> java.util.regex.Matcher.quoteReplacement(
                    String.valueOf((char) Integer.parseInt(found.group(1), 16))));
        }
    }
}
