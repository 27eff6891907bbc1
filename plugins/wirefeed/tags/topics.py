"""config/topics/*.yaml into weighted terms, and where they stand in a text. Strict loader; Russian terms in dictionary form are inflected."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pydantic

from wirefeed.model import FieldName
from wirefeed.tags import russian
from wirefeed.tags.boilerplate import inside, reading
from wirefeed.tags.matcher import Form, Matcher, longest
from wirefeed.yaml_files import ConfigText, Strict, check, read

LANGUAGES = frozenset("en ru kk ky uz tg tk fa".split())


class TopicTerm(Strict):
    """A word or phrase; ``upper``: only in capitals (ГЭС)."""

    term: str
    weight: float = pydantic.Field(default=1.0, gt=0, le=3)
    upper: bool = False


class TopicEntry(Strict):
    """A topic. ``other``: what weighs against relevance instead."""

    id: str = pydantic.Field(pattern=r"^[a-z][a-z-]{1,60}$")
    label: Mapping[str, str]
    definition: str = ""
    iptc: tuple[str, ...] = ()
    acled: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    terms: Mapping[str, tuple[TopicTerm, ...]]
    other: bool = False
    note: str = ""
    off: bool = False

    @pydantic.field_validator("terms", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """A bare string is a term of weight 1."""
        if isinstance(value, dict):
            return {language: [{"term": one} if isinstance(one, str) else one for one in terms] for language, terms in value.items()}
        return value

    @pydantic.field_validator("terms")
    @classmethod
    def _known(cls, value: Mapping[str, tuple[TopicTerm, ...]]) -> Mapping[str, tuple[TopicTerm, ...]]:
        if unknown := set(value) - LANGUAGES:
            raise ValueError(f"unknown language {sorted(unknown)[0]!r}")
        return value


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a form stands for; weight 0 cancels what it covers."""

    topic: str
    term: str
    weight: float


@dataclass(frozen=True, slots=True)
class TopicHit:
    """A term at a place."""

    topic: str
    term: str
    weight: float
    field: FieldName
    start: int
    end: int
    text: str


class Topics:
    """All topics by id, with their automaton (built when first used)."""

    def __init__(self, topics: Mapping[str, TopicEntry]) -> None:
        self.all = dict(topics)
        self.ids = tuple(topic.id for topic in topics.values() if not topic.other)
        self.others = frozenset(topic.id for topic in topics.values() if topic.other)
        self._matcher: Matcher[Meaning] | None = None

    def __contains__(self, topic_id: object) -> bool:
        return topic_id in self.ids

    def __getitem__(self, topic_id: str) -> TopicEntry:
        return self.all[topic_id]

    def label(self, topic_id: str, language: str = "en") -> str:
        """The topic's name for readers."""
        return self.all[topic_id].label.get(language) or self.all[topic_id].label["en"]

    def find(self, title: str, text: str, language: str) -> list[TopicHit]:
        """Terms in order, overlaps within a topic resolved (the longest wins), cancelled ones and boilerplate left out."""
        if self._matcher is None:
            self._matcher = Matcher(pair for topic in self.all.values() for pair in _forms(topic))
        made: list[TopicHit] = []
        for field, content in (("title", title), ("text", text)):
            name: FieldName = "title" if field == "title" else "text"
            normal, skip = reading(content)
            found = [one for one in self._matcher.find(normal, language) if not inside(skip, one.start, one.end)]
            for topic in dict.fromkeys(one.term.topic for one in found):
                cancels = [(one.start, one.end) for one in found if one.term.topic == topic and one.term.weight == 0]
                for one in longest([one for one in found if one.term.topic == topic]):
                    if one.term.weight and not any(start < one.end and one.start < end for start, end in cancels):
                        made.append(TopicHit(topic, one.term.term, one.term.weight, name, one.start, one.end, one.surface))
        return sorted(made, key=lambda hit: (hit.field != "title", hit.start, -hit.end))


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
            seen: set[str] = set()
            for number, term in enumerate(terms):
                if term.term.casefold() in seen:
                    raise file.error(f"{topic.id}: the term {term.term!r} stands twice in {language}", ("terms", language, number))
                seen.add(term.term.casefold())
        places[topic.id] = text
        topics.pop(topic.id, None)
        if not topic.off:
            topics[topic.id] = topic
    return Topics(topics)


def _forms(topic: TopicEntry) -> Iterator[tuple[Form, Meaning]]:
    for phrase in topic.cancels:
        forms = {phrase, *(russian.phrase(phrase, plural=True) if re.search("[а-яё]", phrase.lower()) else ())}
        yield from ((Form(form), Meaning(topic.id, phrase, 0.0)) for form in forms)
    for language, terms in topic.terms.items():
        for term in terms:
            meaning = Meaning(topic.id, term.term, term.weight)
            if term.upper:
                yield Form(term.term, upper=True), meaning
                continue
            yield from ((Form(form), meaning) for form in _term_forms(term.term, language))


def _term_forms(term: str, language: str) -> set[str]:
    if language == "en":
        return {term, *_english(term)}
    if language == "ru":
        return {term, *_russian(term)}
    return {term}


def _english(term: str) -> Iterator[str]:
    last = term.split()[-1]
    if not last.isalpha() or last.isupper() or last.endswith("s") or len(last) < 3:
        return
    yield term + ("es" if last.endswith(("x", "ch", "sh", "z")) else "s")
    if last.endswith("y") and last[-2:-1] not in "aeiou":
        yield term[:-1] + "ies"


def _russian(term: str) -> Iterator[str]:
    words = term.split()
    parses = russian.analyser().parse(words[0].lower())
    verb = any("INFN" in parse.tag for parse in parses[:3])
    if verb:
        rest = " ".join(words[1:])
        yield from (f"{form} {rest}".strip() for form in russian.verb_forms(words[0].lower()))
        return
    if len(words) == 1:
        best = parses[0]
        if "ADJF" in best.tag or term.endswith(("ский", "ный", "вый", "ческий", "тельный")):
            yield from russian.adjective(term)
            return
        for parse in parses:
            if parse.word == term.lower() and "NOUN" in parse.tag and "nomn" in parse.tag:
                yield from (form.word for form in parse.lexeme)
                return
        yield from russian.phrase(term)
        return
    yield from russian.phrase(term, plural=True)
