"""All configuration, loaded strictly or with faulty files set aside.

A file is good or bad as a whole. At first start nothing runs on a bad one; afterwards its last good text (kept in the database) goes on,
the fault is recorded and told. Files are read at every run, so edits take effect without a restart; what is costly to build is cached by content.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from wirefeed.errors import ConfigError
from wirefeed.settings import Settings
from wirefeed.yaml_files import ConfigText, find

if TYPE_CHECKING:
    from wirefeed.alerts.recipients import Recipients
    from wirefeed.feeds.catalog import Catalog
    from wirefeed.rules.catalog import RuleSet
    from wirefeed.rules.percolate import Percolator
    from wirefeed.tags.tagger import Tagger

T = TypeVar("T")
PATTERNS = {"feeds": "feeds.yaml", "rules": "rules/*.yaml", "recipients": "recipients.yaml", "gazetteer": "gazetteer/*.yaml",
            "topics": "topics/*.yaml"}


@dataclass(frozen=True)
class Configuration:
    """What the pipeline works with. ``faults``: path -> why that file is set aside."""

    feeds: "Catalog"
    rules: "RuleSet"
    recipients: "Recipients"
    tagger_texts: tuple[tuple[ConfigText, ...], tuple[ConfigText, ...]]  # gazetteer, topics
    settings: Settings
    faults: Mapping[str, str] = field(default_factory=dict)
    good: Mapping[str, str] = field(default_factory=dict)

    @property
    def tagger(self) -> "Tagger":
        """Built when first asked for, once a process and content."""
        chosen = self.settings
        return _tagger(*self.tagger_texts, _Models(chosen.spacy_model, chosen.russian_ner, chosen.cache, find(chosen.config_folders, "datelines.yaml"), chosen))

    @property
    def percolator(self) -> "Percolator":
        """All rules, compiled, once a process and content."""
        return _percolator(self.rules)


@dataclass(frozen=True)
class _Models:
    """What of the settings a tagger is made from: another database or mail server is no reason to load models anew."""

    spacy_model: str
    russian_ner: bool
    cache: Path | None
    datelines: tuple[ConfigText, ...]
    settings: Settings = field(compare=False)


@lru_cache(maxsize=2)
def _tagger(gazetteer: tuple[ConfigText, ...], topics: tuple[ConfigText, ...], models: _Models) -> "Tagger":
    from wirefeed.tags.tagger import load_tagger

    return load_tagger(gazetteer, topics, models.settings)


@lru_cache(maxsize=2)
def _percolator(rules: "RuleSet") -> "Percolator":
    from wirefeed.rules.percolate import Percolator

    return Percolator(rules)


@lru_cache(maxsize=8)
def _valid(loader: Callable[[tuple[ConfigText, ...]], object], texts: tuple[ConfigText, ...]) -> None:
    """Raises ConfigError for faulty texts. Once a process and content: every stage loads the configuration, and these files take half a second."""
    loader(texts)


def load(settings: Settings, good: Mapping[str, str] | None = None) -> Configuration:
    """Load everything. Without ``good`` (path -> last good text) the first fault raises ConfigError."""
    from wirefeed.alerts.recipients import load_recipients
    from wirefeed.feeds.catalog import load_feeds
    from wirefeed.rules.catalog import load_rules
    from wirefeed.tags.gazetteer import load_gazetteer
    from wirefeed.tags.topics import load_topics

    texts = {kind: find(settings.config_folders, pattern) for kind, pattern in PATTERNS.items()}
    if not settings.shipped_feeds:
        texts["feeds"] = tuple(text for text in texts["feeds"] if text.path.is_relative_to(settings.config))
    faults: dict[str, str] = {}
    used: dict[str, tuple[ConfigText, ...]] = {}

    def resolved(kind: str, loader: Callable[[Sequence[ConfigText]], T]) -> T:
        value, used[kind] = resolve(texts[kind], loader, good, faults)
        return value

    feeds = resolved("feeds", load_feeds)
    rules = resolved("rules", load_rules)
    recipients = resolved("recipients", load_recipients)
    resolved("gazetteer", partial(_valid, load_gazetteer))
    resolved("topics", partial(_valid, load_topics))
    return Configuration(feeds, rules, recipients, (used["gazetteer"], used["topics"]), settings, faults, {
        str(text.path): text.text for kind in used.values() for text in kind if str(text.path) not in faults})


def resolve(
    texts: tuple[ConfigText, ...], loader: Callable[[Sequence[ConfigText]], T], good: Mapping[str, str] | None, faults: dict[str, str],
) -> tuple[T, tuple[ConfigText, ...]]:
    """Load ``texts``; a file with a fault is replaced by its last good text, and by nothing when it never had one.

    Raises ConfigError when there is no ``good`` at all (first start), or when the fault cannot be laid to a file.
    """
    present = list(texts)
    while True:
        try:
            return loader(tuple(present)), tuple(present)
        except ConfigError as error:
            at = next((number for number, text in enumerate(present) if str(text.path) == error.file), None)
            if not good or at is None:
                raise
            path = str(present[at].path)
            before = good.get(path)
            if path not in faults and before is not None and before != present[at].text:
                present[at] = ConfigText(present[at].path, before)
            else:
                del present[at]
            faults.setdefault(path, str(error))
