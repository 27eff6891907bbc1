"""Which stories are copies of one: candidates by fingerprint in constant time, then a real comparison of the texts.

A copy may be cut, extended, given another byline, dateline or boilerplate. Not a copy: the same form filled for another week or company,
another report of the same event, two stories with the same long background. So three things count: how much of the shorter text stands in
the other (containment of three-word shingles, Broder 1997), whether the opening of either does, and whether the facts inside the shared
prose (numbers, dates, names) agree: a correction changes one, a form filled anew changes most.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from wirefeed.stories.facts import agreement
from wirefeed.stories.words import ahead, body, content, headline, without_frame, words

SAME = 0.5  # similarity from which two texts are one story
LEAD = 30  # words
BANDS = 10
_LONGEST = 60_000  # characters that are compared
_TEASER = 80  # words up to which a text may be a summary
_SHORT = 8  # words below which a text proves nothing


@dataclass(frozen=True)
class Text:
    """A title and a text to compare."""

    title: str
    text: str


def _shingles(tokens: Sequence[str], size: int = 3) -> set[tuple[str, ...]]:
    if len(tokens) < size:
        return {tuple(tokens)} if tokens else set()
    return {tuple(tokens[n:n + size]) for n in range(len(tokens) - size + 1)}


def _covered(tokens: Sequence[str], other: set[tuple[str, ...]], size: int) -> list[bool]:
    """For each word, whether it lies in a run of ``size`` words that the other text has too."""
    found = [False] * len(tokens)
    for n in range(len(tokens) - size + 1):
        if tuple(tokens[n:n + size]) in other:
            found[n:n + size] = [True] * size
    return found


def similarity(a: Text, b: Text, *, at_least: float = 0.0) -> float:
    """0..1; from SAME on the two are copies of one story. Symmetric; linear in length. Below ``at_least`` an upper bound, for a quarter of the time."""
    first, second = (without_frame(body(text.text[:_LONGEST])) for text in (a, b))
    one, two = words(first), words(second)
    titles = _titles(a.title, b.title)
    if min(len(one), len(two)) < _SHORT:
        return _by_titles(a, b, one, two, titles)
    value = _copied(one, two, 3, LEAD, titles)
    stems = content(one), content(two)
    if min(map(len, stems)) >= _SHORT // 2:  # a sub-editor's hand changes endings and small words first
        value = max(value, _copied(*stems, 2, LEAD * 2 // 3, titles))
    if titles >= 0.9 and len(words(a.title)) >= 5 and min(len(one), len(two)) < _TEASER:
        value = max(value, 0.3 + 0.4 * _told(one, two) ** 2)
    told = f"{a.title}\n{first}", f"{b.title}\n{second}"
    if any(ahead(mine, 180) and not ahead(its, 700) for mine, its in (told, told[::-1])):
        value *= 0.6  # "to sign on Friday" and "signed on Friday" share their background
    if value < at_least:
        return value  # facts can only take away
    return max(0.0, min(1.0, value * agreement(f"{headline(a.title)}\n{first}", f"{headline(b.title)}\n{second}")))


def _copied(one: Sequence[str], two: Sequence[str], size: int, lead: int, titles: float) -> float:
    """0..1 by how much of the shorter stands in the longer in runs of ``size``, and whether an opening of ``lead`` words does."""
    in_two, in_one = _covered(one, _shingles(two, size), size), _covered(two, _shingles(one, size), size)
    short = in_two if (len(one), *one) <= (len(two), *two) else in_one
    inside = sum(short) / len(short)
    # The opening of either must stand in the other: background and boilerplate alone make no copy.
    opening = max(_opening(in_two, lead), _opening(in_one, lead))
    value = 0.5 * inside + 0.4 * opening ** 2 + 0.1 * titles
    if inside < 0.25:
        value *= 0.5 + 2 * inside
    return value * min(_news(two, in_one, lead), _news(one, in_two, lead))


def _news(new: Sequence[str], in_old: Sequence[bool], lead: int) -> float:
    """1, or less where ``new`` tells news of its own first and ``old`` only in its second half: a follow-up with yesterday's story as background."""
    if len(new) < 2 * lead or _opening(in_old, lead) > 0.4 or sum(in_old) > 0.6 * len(new):
        return 1.0
    own = next((n for n, shared in enumerate(in_old) if shared and sum(in_old[n:n + lead]) > lead // 2), len(new))
    return 0.7 if own > len(new) / 2 else 1.0


def _told(one: Sequence[str], two: Sequence[str]) -> float:
    """How many of the weighty words of a teaser the longer text has: under one headline a publisher's own summary may be free."""
    few, many = (one, two) if len(one) <= len(two) else (two, one)
    weighty = {word[:6] for word in few if len(word) > 4 or word[0].isdigit()}
    return len(weighty & {word[:6] for word in many}) / len(weighty) if weighty else 0.0


def _opening(covered: Sequence[bool], lead: int) -> float:
    """How much of the opening is shared; a few words of an outlet's own may stand in front."""
    best = 0.0
    for start, weight in ((0, 1.0), (lead // 3, 0.9)):
        part = covered[start:start + lead]
        if len(part) >= min(lead, len(covered)) // 2 and part:
            best = max(best, weight * sum(part) / len(part))
    return best


def _titles(a: str, b: str) -> float:
    one, two = (" ".join(words(headline(title))) for title in (a, b))
    return fuzz.token_sort_ratio(one, two) / 100 if one and two else 0.0


def _by_titles(a: Text, b: Text, one: list[str], two: list[str], titles: float) -> float:
    """Almost no text on one side: headlines must agree, their facts too, and the few words must stand in the other."""
    if not a.title or not b.title:
        pair = [" ".join(words(f"{headline(t.title)} {t.text}")) for t in (a, b)]
        return fuzz.ratio(*pair) / 100 * agreement(*pair, alone=True) if min(map(len, pair)) > 0 else 0.0
    few, many = (one, two) if len(one) <= len(two) else (two, one)
    inside = len(set(few) & set(many)) / len(set(few)) if few else 1.0
    value = titles ** 2 * (0.5 + 0.5 * inside) * agreement(headline(a.title), headline(b.title), alone=True)
    return value * 0.5 if _refilled(words(headline(a.title)), words(headline(b.title))) else value


def _refilled(one: Sequence[str], two: Sequence[str]) -> bool:
    """Whether one headline is the other with another word put in: an olympiad in physics, one in chemistry."""
    other = [(mine, its) for mine, its in zip(one, two, strict=False) if mine[:4] != its[:4]]
    return len(one) == len(two) >= 5 and len(other) == 1 and min(len(word) for word in other[0]) > 4


def same_story(a: Text, b: Text) -> bool:
    """True when the two are copies (cut, extended, corrected, re-bylined) of one story."""
    return similarity(a, b) >= SAME


def bands(title: str, text: str) -> tuple[str, ...]:
    """Fingerprint of a text: the smallest hashes of its lead's and its whole's four-word shingles, and its headline. Two copies share at
    least one with high probability (bottom-k sketch), whatever stands in front or behind."""
    tokens = words(without_frame(body(text[:_LONGEST])))
    found = {f"h{_hash(' '.join(sorted(set(words(headline(title))))))}"} if len(words(headline(title))) >= 4 else set()
    lead = sorted(_hash(" ".join(shingle)) for shingle in _shingles(tokens[:120], 4))
    found |= {f"l{value}" for value in lead[:BANDS]}
    whole = sorted(_hash(" ".join(shingle)) for shingle in _shingles(tokens[:1500], 4))
    return tuple(sorted(found | {f"l{value}" for value in whole[:BANDS]}))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def best(text: Text, candidates: Iterable[tuple[str, Text]]) -> tuple[str, float] | None:
    """The most similar candidate that is a copy: (its key, similarity), or None."""
    found = max(((similarity(text, other, at_least=SAME), key) for key, other in candidates), default=(0.0, ""))
    return (found[1], found[0]) if found[0] >= SAME else None
