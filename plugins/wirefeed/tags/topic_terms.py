"""Where terms of topics stand in a text: overlaps resolved, with the company they need, cancelled ones left out."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from wirefeed.model import FieldName
from wirefeed.tags.boilerplate import reading
from wirefeed.tags.matcher import Form, Found, Matcher, longest, new


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a form stands for; weight 0 cancels what it covers. A word of ``NEAR`` is no term, only the company that a term needs."""

    topic: str
    term: str
    weight: float
    language: str = ""
    near: frozenset[str] = frozenset()


NEAR = "~"
_APART = frozenset({"en", "ru"})  # meet no other language's terms (той is a feast in Kazakh and "that" in Russian), which also keeps their matches few
_COMMON = _APART | {""}
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


class TopicTerms:
    """The automata of all terms, each built when a text of its languages comes."""

    def __init__(self, forms: Sequence[tuple[Form, Meaning]]) -> None:
        self._forms = forms
        self._matchers: dict[bool, Matcher[Meaning]] = {}

    def find(self, title: str, text: str, language: str) -> list[TopicHit]:
        """Terms in order, overlaps within a topic resolved (the longest wins), cancelled ones and boilerplate left out."""
        apart = language in _APART
        matcher = self._matcher(apart)
        every: list[TopicHit] = []
        for field, content in (("title", title), ("text", text)):
            name: FieldName = "title" if field == "title" else "text"
            normal, skip = reading(content)
            found = matcher.find(normal, language)
            if skip.starts:
                found = [one for one in found if not skip.hold(one.start, one.end)]
            if not apart:
                found = [one for one in found if _spoken(one.term, one.form.text, language)]
            by_topic: defaultdict[str, list[Found[Meaning]]] = defaultdict(list)
            for one in found:
                by_topic[one.term.topic].append(one)
            company = _Company(by_topic.pop(NEAR, ()), content)
            made: list[TopicHit] = []
            for topic, own in by_topic.items():
                made += [new(TopicHit, (topic, meaning.term, meaning.weight, name, start, end, surface)) for meaning, _, start, end, surface in _standing(own, company)]
            made.sort(key=_END, reverse=True)
            made.sort(key=_BEGIN)
            every += made
        return every

    def _matcher(self, apart: bool) -> Matcher[Meaning]:
        if apart not in self._matchers:
            self._matchers[apart] = Matcher([pair for pair in self._forms if pair[1].language in _COMMON] if apart else self._forms)
        return self._matchers[apart]


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
        present = self._places.get(one.term.language, {})
        for word in one.term.near.intersection(present):
            places = present[word]
            at = bisect_left(places, (one.start, 0))
            for start, end in places[max(0, at - 1):at + 2]:
                left, right = (end, one.start) if start < one.start else (one.end, start)
                if 0 <= right - left <= _DISTANCE and not _SENTENCE_END.search(self._content, left, right):
                    return True
        return False
