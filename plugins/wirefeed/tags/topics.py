"""config/topics/*.yaml into weighted terms, and where they stand in a text. Strict loader; terms.py makes their forms."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

import pydantic

from wirefeed.model import Entity, FieldName
from wirefeed.tags.boilerplate import reading
from wirefeed.tags.matcher import Form, Found, Matcher, longest, new
from wirefeed.tags.terms import cancelling, forms
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


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a form stands for; weight 0 cancels what it covers. A word of ``NEAR`` is no term, only the company that a term needs."""

    topic: str
    term: str
    weight: float
    language: str = ""
    near: frozenset[str] = frozenset()


NEAR = "~"
_APART = ("en", "ru")
_DISTANCE = 140  # characters between a term and the company it needs
_SENTENCE_END = re.compile(r"[.!?…۔؟]\s|\n")


_BEGIN, _END = itemgetter(4), itemgetter(5)  # of a TopicHit


class TopicHit(NamedTuple):
    """A term at a place."""

    topic: str
    term: str
    weight: float
    field: FieldName
    start: int
    end: int
    text: str


class Topics:
    """All topics by id, with their automata (built when first used)."""

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

    def find(self, title: str, text: str, language: str) -> list[TopicHit]:
        """Terms in order, overlaps within a topic resolved (the longest wins), cancelled ones and boilerplate left out."""
        apart = language in _APART
        matcher = self._english_and_russian if apart else self._regional
        every: list[TopicHit] = []
        for field, content in (("title", title), ("text", text)):
            name: FieldName = "title" if field == "title" else "text"
            normal, skip = reading(content)
            by_topic: dict[str, list[Found[Meaning]]] = {}
            for one in matcher.find(normal, language):
                if (apart or _spoken(one.term, one.form.text, language)) and not (skip.starts and skip.hold(one.start, one.end)):
                    by_topic.setdefault(one.term.topic, []).append(one)
            company = _Company(by_topic.pop(NEAR, ()), content)
            made: list[TopicHit] = []
            for topic, own in by_topic.items():
                made += [new(TopicHit, (topic, meaning.term, meaning.weight, name, start, end, surface)) for meaning, _, start, end, surface in _standing(own, company)]
            made.sort(key=_END, reverse=True)
            made.sort(key=_BEGIN)
            every += made
        return every

    @cached_property
    def forms(self) -> Sequence[tuple[Form, Meaning]]:
        """Every form of every term; a loader that has them from before sets them."""
        return [pair for topic in self.all.values() for pair in _forms(topic)]

    @cached_property
    def _english_and_russian(self) -> Matcher[Meaning]:
        """English and Russian meet no other language's terms (той is a feast in Kazakh and "that" in Russian), which also keeps their matches few."""
        return Matcher((form, meaning) for form, meaning in self.forms if meaning.language in ("", *_APART))

    @cached_property
    def _regional(self) -> Matcher[Meaning]:
        return Matcher(self.forms)

    def named(self, entities: Sequence[Entity]) -> list[TopicHit]:
        """What the names in a text say about its topics: an armed group is militancy's, a dam is water's."""
        made = []
        for one in entities:
            for topic, weight in (*self._by_id.get(one.id or "", ()), *self._by_type.get(one.type, ())):
                made.append(TopicHit(topic, one.name, weight, one.field, one.start, one.end, one.text))
        return made


def _standing(own: Sequence[Found[Meaning]], company: "_Company") -> Sequence[Found[Meaning]]:
    """Which of one topic's terms count: those with the company they need, the longest of what overlaps, none that another one cancels."""
    sound = [one for one in own if not one.term.near or company.holds(one)]
    if len(sound) < 2:
        return sound if sound and sound[0].term.weight else ()
    cancels = [(one.start, one.end) for one in sound if one.term.weight == 0]
    chosen = longest(sound)
    if not cancels and chosen is sound:
        return sound
    kept: dict[int, Found[Meaning]] = {}
    for one in chosen:
        meaning = one.term
        if meaning.weight and not (cancels and any(start < one.end and one.start < end for start, end in cancels)):
            heavier = kept.get(one.start)
            if heavier is None or heavier.term.weight < meaning.weight:
                kept[one.start] = one  # "dual use" and "dual-use" are both listed, and one thing
    return list(kept.values())


def _spoken(meaning: Meaning, form: str, language: str) -> bool:
    """Whether a term's language fits the text's: the languages of the region borrow from Russian and from each other, but not the short words."""
    return meaning.language in ("", language) or len(form) > 5


class _Company:
    """The words that terms need beside them, by word."""

    def __init__(self, found: Sequence[Found[Meaning]], content: str) -> None:
        self._content = content
        self._places: dict[str, dict[str, list[tuple[int, int]]]] = {}
        for one in found:
            self._places.setdefault(one.term.language, {}).setdefault(one.term.term, []).append((one.start, one.end))

    def holds(self, one: Found[Meaning]) -> bool:
        """Whether a word that the term needs stands in its sentence, before or behind it."""
        present, near = self._places.get(one.term.language), one.term.near
        if present is None or near.isdisjoint(present):
            return False
        for word, places in present.items():
            if word not in near:
                continue
            at = bisect_left(places, (one.start, 0))
            for start, end in places[max(0, at - 1):at + 2]:
                left, right = (end, one.start) if start < one.start else (one.end, start)
                if 0 <= right - left <= _DISTANCE and not _SENTENCE_END.search(self._content, left, right):
                    return True
        return False


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
