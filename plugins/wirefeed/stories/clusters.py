"""Which stories are copies of one: candidates by fingerprint in constant time, then a real comparison of the texts.

A copy may be cut, extended, given another byline, dateline or boilerplate. Not a copy: the same form filled for another week or company,
another report of the same event, two stories with the same long background. So what counts is how much of the shorter text's *lead* and *whole*
stands in the other (containment of three-word shingles, Broder 1997), and numbers and names veto a form that was filled anew.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from wirefeed.stories.words import body, headline, names, numbers, words

SAME = 0.5  # similarity from which two texts are one story
LEAD = 60  # words
_LONGEST = 60_000  # characters that are compared
BANDS = 10


@dataclass(frozen=True)
class Text:
    """A title and a text to compare."""

    title: str
    text: str


def _shingles(tokens: Sequence[str], size: int = 3) -> set[tuple[str, ...]]:
    if len(tokens) < size:
        return {tuple(tokens)} if tokens else set()
    return {tuple(tokens[n:n + size]) for n in range(len(tokens) - size + 1)}


def _inside(part: set[tuple[str, ...]], whole: set[tuple[str, ...]]) -> float:
    return len(part & whole) / len(part) if part else 0.0


def similarity(a: Text, b: Text) -> float:
    """0..1; from SAME on the two are copies of one story. Symmetric; linear in length."""
    one, two = words(body(a.text[:_LONGEST])), words(body(b.text[:_LONGEST]))
    title_a, title_b = headline(a.title), headline(b.title)
    titles = fuzz.token_sort_ratio(" ".join(words(title_a)), " ".join(words(title_b))) / 100 if title_a and title_b else 0.0
    if min(len(one), len(two)) < 8:
        return _by_titles(a, b, one, two, titles)
    all_a, all_b = _shingles(one), _shingles(two)
    short, long = (all_a, all_b) if len(all_a) <= len(all_b) else (all_b, all_a)
    whole = _inside(short, long)
    # The lead of either must stand in the other: background and boilerplate alone make no copy.
    lead = max(_lead(one, all_b), _lead(two, all_a))
    both = min(_lead(one, all_b), _lead(two, all_a))
    loose = _inside({(word,) for word in (one if len(one) <= len(two) else two) if len(word) > 3},
                    {(word,) for word in (two if len(one) <= len(two) else one)})
    value = 0.55 * whole + 0.35 * lead + 0.10 * max(both, titles)
    if loose > 0.85 and value < SAME:  # words changed one by one
        value = max(value, 0.35 + 0.3 * whole + 0.1 * titles)
    return max(0.0, min(1.0, value * _veto(a, b, whole, titles)))


def _lead(tokens: Sequence[str], other: set[tuple[str, ...]]) -> float:
    """The best of two windows, for an outlet may put a line of its own in front."""
    first = _inside(_shingles(tokens[:LEAD]), other)
    if len(tokens) <= LEAD:
        return first
    return max(first, 0.95 * _inside(_shingles(tokens[15:15 + LEAD]), other))


def _by_titles(a: Text, b: Text, one: list[str], two: list[str], titles: float) -> float:
    """Almost no text on one side: headlines must agree, numbers too, and the few words must stand in the other."""
    if not a.title or not b.title:
        pair = [" ".join(words(f"{t.title} {t.text}")) for t in (a, b)]
        return fuzz.ratio(*pair) / 100 if min(map(len, pair)) > 0 else 0.0
    few, many = (one, two) if len(one) <= len(two) else (two, one)
    inside = len(set(few) & set(many)) / len(set(few)) if few else 1.0
    value = titles ** 2 * (0.5 + 0.5 * inside)
    return value * (1.0 if set(numbers(a.title)) == set(numbers(b.title)) else 0.5)


def _veto(a: Text, b: Text, whole: float, titles: float) -> float:
    """1 for copies; less the more the numbers and names of the shorter differ: a form filled for another week, place or company."""
    short, long = (a, b) if len(a.text) <= len(b.text) else (b, a)
    few, many = numbers(body(short.text)), set(numbers(f"{long.title} {long.text}"))
    said, other = names(f" {short.text}"), {*words(f"{long.title} {long.text}")}
    factor = 1.0
    if len(few) >= 3:
        shared = sum(number in many for number in few) / len(few)
        if shared < 0.7:
            factor *= 0.45 + 0.75 * shared
    if len(said) >= 3:
        shared = sum(name in other for name in said) / len(said)
        if shared < 0.75:
            factor *= 0.4 + 0.75 * shared
    if whole > 0.45 and titles < 0.98:
        # One form, two occasions: what changed is exactly what identifies.
        left = set(numbers(headline(short.title))) ^ set(numbers(headline(long.title)))
        mine, theirs = set(words(headline(short.title))), set(words(headline(long.title)))
        if left and titles > 0.75 and len(few) >= 2 and sum(number in many for number in few) / len(few) < 0.85:
            factor *= 0.6
        if mine ^ theirs and titles > 0.6 and len(said) and sum(name in other for name in said) / len(said) < 0.85:
            factor *= 0.8
    return min(1.0, factor)


def same_story(a: Text, b: Text) -> bool:
    """True when the two are copies (cut, extended, corrected, re-bylined) of one story."""
    return similarity(a, b) >= SAME


def bands(title: str, text: str) -> tuple[str, ...]:
    """Fingerprint of a text: the smallest hashes of its lead's and its whole's four-word shingles, and its headline. Two copies share at
    least one with high probability (bottom-k sketch), whatever stands in front or behind."""
    tokens = words(body(text[:_LONGEST]))
    found = {f"h{_hash(' '.join(sorted(set(words(headline(title))))))}"} if len(words(headline(title))) >= 4 else set()
    lead = sorted(_hash(" ".join(shingle)) for shingle in _shingles(tokens[:120], 4))
    found |= {f"l{value}" for value in lead[:BANDS]}
    whole = sorted(_hash(" ".join(shingle)) for shingle in _shingles(tokens[:1500], 4))
    return tuple(sorted(found | {f"l{value}" for value in whole[:BANDS]}))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def best(text: Text, candidates: Iterable[tuple[str, Text]]) -> tuple[str, float] | None:
    """The most similar candidate that is a copy: (its key, similarity), or None."""
    found = max(((similarity(text, other), key) for key, other in candidates), default=(0.0, ""))
    return (found[1], found[0]) if found[0] >= SAME else None
