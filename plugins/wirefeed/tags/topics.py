"""config/topics/*.yaml into weighted terms. Strict loader; terms.py makes their forms, topic_terms.py finds them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pydantic

from wirefeed.model import Entity
from wirefeed.tags.matcher import Form
from wirefeed.tags.terms import cancelling, forms
from wirefeed.tags.topic_terms import NEAR, Meaning, TopicHit
from wirefeed.yaml_files import ConfigText, Strict, check, read

LANGUAGES = frozenset("en ru kk ky uz tg tk fa".split())


class TopicTerm(Strict):
    """A word or phrase. ``upper``: only in capitals (ГЭС); ``verb``: a verb (open fire), or its stem in a Turkic language;
    ``near``: counts only where one of these words stands in the same sentence."""

    term: str
    weight: float = pydantic.Field(default=1.0, gt=0, le=3)
    upper: bool = False
    verb: bool = False
    near: tuple[str, ...] = ()


class _Group(Strict):
    """Terms and verbs that share weight and conditions."""

    terms: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    weight: float = 1.0
    upper: bool = False
    near: tuple[str, ...] = ()


class TopicNames(Strict):
    """Gazetteer entities that point to a topic, by type or id."""

    types: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    weight: float = pydantic.Field(default=1.0, gt=0, le=3)


class TopicEntry(Strict):
    """A topic. ``other``: what weighs against relevance instead; ``general``: what weighs for it and is no topic."""

    id: str = pydantic.Field(pattern=r"^[a-z][a-z-]{1,60}$")
    label: Mapping[str, str]
    definition: str = ""
    iptc: tuple[str, ...] = ()
    acled: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    terms: Mapping[str, tuple[TopicTerm, ...]]
    entities: tuple[TopicNames, ...] = ()
    other: bool = False
    general: bool = False
    note: str = ""
    off: bool = False

    @pydantic.field_validator("terms", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """A bare string is a term of weight 1; a group of terms and verbs becomes its members."""
        if isinstance(value, dict):
            return {language: [term for one in given for term in _members(one)] if isinstance(given, list) else given for language, given in value.items()}
        return value

    @pydantic.field_validator("terms")
    @classmethod
    def _known(cls, value: Mapping[str, tuple[TopicTerm, ...]]) -> Mapping[str, tuple[TopicTerm, ...]]:
        if unknown := set(value) - LANGUAGES:
            raise ValueError(f"unknown language {sorted(unknown)[0]!r}")
        return value


def _members(one: Any) -> list[Any]:
    if isinstance(one, str):
        return [{"term": one}]
    if not isinstance(one, dict) or "term" in one:
        return [one]
    group = _Group.model_validate(one)
    shared = {"weight": group.weight, "upper": group.upper, "near": group.near}
    return [{"term": term, **shared} for term in group.terms] + [{"term": term, "verb": True, **shared} for term in group.verbs]


class Topics:
    """All topics by id."""

    def __init__(self, topics: Mapping[str, TopicEntry]) -> None:
        self.all = dict(topics)
        self.ids = tuple(topic.id for topic in topics.values() if not topic.other and not topic.general)
        self.others = frozenset(topic.id for topic in topics.values() if topic.other)
        self.general = frozenset(topic.id for topic in topics.values() if topic.general)
        self.proper = frozenset(self.ids)
        self._by_type: dict[str, list[tuple[str, float]]] = {}
        self._by_id: dict[str, list[tuple[str, float]]] = {}
        for topic in topics.values():
            for names in topic.entities:
                for table, keys in ((self._by_type, names.types), (self._by_id, names.ids)):
                    for key in keys:
                        table.setdefault(key, []).append((topic.id, names.weight))

    def __contains__(self, topic_id: object) -> bool:
        return topic_id in self.ids

    def __getitem__(self, topic_id: str) -> TopicEntry:
        return self.all[topic_id]

    def label(self, topic_id: str, language: str = "en") -> str:
        """The topic's name for readers."""
        return self.all[topic_id].label.get(language) or self.all[topic_id].label["en"]

    def forms(self) -> list[tuple[Form, Meaning]]:
        """Every form of every term."""
        return [pair for topic in self.all.values() for pair in _forms(topic)]

    def named(self, entities: Sequence[Entity]) -> list[TopicHit]:
        """What the names in a text say about its topics: an armed group is militancy's, a dam is water's."""
        made = []
        for one in entities:
            for topic, weight in (*self._by_id.get(one.id or "", ()), *self._by_type.get(one.type, ())):
                made.append(TopicHit(topic, one.name, weight, one.field, one.start, one.end, one.text))
        return made


def load_topics(files: Sequence[ConfigText]) -> Topics:
    """Load topic files; later ones replace by id. Raises ConfigError with file and line."""
    topics: dict[str, TopicEntry] = {}
    places: dict[str, ConfigText] = {}
    for text in files:
        file = read(text.path, text.text)
        topic = check(TopicEntry, file)
        if topic.id in places and places[topic.id].path.parent == text.path.parent:
            raise file.error(f"the topic {topic.id!r} stands in {places[topic.id].path.name} too", ("id",))
        for language, terms in topic.terms.items():
            seen: set[tuple[str, tuple[str, ...]]] = set()
            for term in terms:
                key = (term.term.casefold(), term.near)
                if key in seen:
                    raise file.error(f"{topic.id}: the term {term.term!r} stands twice in {language}", ("terms", language))
                seen.add(key)
        places[topic.id] = text
        topics.pop(topic.id, None)
        if not topic.off:
            topics[topic.id] = topic
    return Topics(topics)


def _forms(topic: TopicEntry) -> Iterator[tuple[Form, Meaning]]:
    for phrase in topic.cancels:
        yield from ((Form(form), Meaning(topic.id, phrase, 0.0)) for form in cancelling(phrase))
    company: dict[tuple[str, str], None] = {}
    for language, terms in topic.terms.items():
        for term in terms:
            meaning = Meaning(topic.id, term.term, term.weight, language, frozenset(term.near))
            company |= dict.fromkeys((word, language) for word in term.near)
            if term.upper:
                yield Form(term.term, upper=True), meaning
                continue
            both = forms(term.term, language, verb=True) if term.near else set()  # "shot" near "border": noun or verb
            yield from ((Form(form), meaning) for form in forms(term.term, language, verb=term.verb) | both)
    for word, language in company:
        yield from ((Form(form), Meaning(NEAR, word, 0.0, language)) for form in {*forms(word, language), *forms(word, language, verb=True)})
