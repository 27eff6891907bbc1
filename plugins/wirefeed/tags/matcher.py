"""All forms of all terms in one automaton. Word boundaries always; endings of the text's language may follow a name. Finding costs one pass, whatever the
number of terms."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

from wirefeed.tags.automaton import Automaton
from wirefeed.tags.normalise import Normalised, folded, spaced
from wirefeed.tags.suffixes import chain

T = TypeVar("T")
_JOINERS = frozenset("'-")
new = tuple.__new__  # makes a named tuple in half the time of calling its class; for the loops that every word of a wire goes through
_START = itemgetter(1)  # of the automaton's (pattern, start, end)


@dataclass(frozen=True, slots=True)
class Form:
    """A spelling of a term. ``upper``: only in capitals as written (US, ИГ, КТО); ``capital``: needs a capital first letter;
    ``compound``: only before a hyphen (таджикско-); ``endings``: endings of agglutinative languages may follow."""

    text: str
    upper: bool = False
    capital: bool = False
    compound: bool = False
    endings: bool = True


class Found(NamedTuple, Generic[T]):
    """A term at a place of the normalised text; ``start`` and ``end`` count in the original."""

    term: T
    form: Form
    start: int
    end: int
    surface: str


class _Entry(NamedTuple, Generic[T]):
    """A normalised form and what it may stand for. ``exact``: with signs of its own (u.s., c5+1), which the automaton does not see."""

    key: str
    exact: bool
    pairs: tuple[tuple[Form, T], ...]


class Matcher(Generic[T]):
    """Built once from (form, term) pairs; several terms may share a form."""

    def __init__(self, pairs: Iterable[tuple[Form, T]]) -> None:
        by_text: dict[str, dict[tuple[Form, T], None]] = {}
        for form, term in pairs:
            key = folded(form.text).strip()
            if key:
                by_text.setdefault(key, {})[form, term] = None
        patterns = {key: spaced(key).rstrip() for key in by_text}
        self._entries = [_Entry(key, not key.replace(" ", "").isalnum(), tuple(found))
                         for key, found in by_text.items() if patterns[key]]
        self._simple = [entry.pairs if not entry.exact and not any(form.upper or form.compound for form, _ in entry.pairs) else None for entry in self._entries]
        # A word begins behind a space: in the pattern, it keeps the automaton from what stands inside longer words, most of what it would report.
        self._automaton = Automaton([patterns[entry.key] for entry in self._entries])

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, text: Normalised, language: str) -> list[Found[T]]:
        """All terms at word boundaries, overlapping ones too, in order of their start, the longest first."""
        words, original = text.words, text.original
        suffixes = chain(language)
        straight = isinstance(text.offsets, range)
        found: list[Found[T]] = []
        size, simple = len(text.text), self._simple
        hits = self._automaton.find(text)
        hits.reverse()  # they come in order of their end; with the sort, which is stable, the longest of one start is the first
        hits.sort(key=_START)
        for index, start, stop in hits:
            if suffixes is None:
                if words[stop] != " ":
                    continue
                pairs = simple[index]
                end = stop - 1
                if pairs is not None and straight and (end == size or original[end] < "\u0300"):  # no mark belongs to the last letter: as most are
                    surface = original[start:end]
                    for form, term in pairs:
                        if not (form.capital and surface[0].islower()):
                            found.append(new(Found, (term, form, start, end, surface)))
                    continue
            self._examine(self._entries[index], start, stop - 1, text, suffixes, found)
        if suffixes is not None:
            found.sort(key=lambda one: (one.start, -one.end))
        return found

    def _examine(self, entry: _Entry[T], start: int, end: int, text: Normalised, suffixes: re.Pattern[str] | None, found: list[Found[T]]) -> None:
        """Add what stands at a place, if its own signs, the letters' case, and what follows allow."""
        plain, words, original, size = text.text, text.words, text.original, len(text.text)
        if entry.exact:
            end = start + len(entry.key)
            if plain[start:end] != entry.key:
                return
        right = end
        if end < size and (words[end + 1] != " " or plain[end] in _JOINERS):  # else the word ends here
            right = self._right(plain, end, size, suffixes)
            if right < 0:
                return
        first, last = text.span(start, right)
        surface = original[first:last]
        for form, term in entry.pairs:
            if right > end and not form.endings:
                continue
            if form.compound and not (end < size and plain[end] == "-"):
                continue
            if form.upper and not _is_upper(original[first:text.span(start, end)[1]], form.text):
                continue
            if form.capital and surface[:1].islower():
                continue
            found.append(Found(term, form, first, last, surface))

    def _right(self, plain: str, end: int, size: int, suffixes: re.Pattern[str] | None) -> int:
        """Where the word ends that goes on behind a match, endings of the language included; -1 where it is another word."""
        right = end
        while right < size and (plain[right].isalnum() or (plain[right] in _JOINERS and right + 1 < size and plain[right + 1].isalnum())):
            if plain[right] == "-" and not (suffixes and self._ending(plain, right, size, suffixes)):
                break
            if plain[right] == "'" and suffixes is None:
                break
            right += 1
        rest = plain[end:right]
        if rest and (suffixes is None or suffixes.fullmatch(rest) is None):
            if rest[0] not in _JOINERS:
                return -1
            right = end
        if right == end and plain[end] == "'" and end + 1 < size and plain[end + 1].isalpha() and suffixes is None:
            tail = plain[end + 1:end + 3]
            if not (tail[:1] == "s" and not tail[1:2].isalpha()):  # O'zbekiston is no "O"
                return -1
        return right

    @staticmethod
    def _ending(plain: str, at: int, size: int, suffixes: re.Pattern[str]) -> bool:
        """Whether an ending of the language stands behind a hyphen (ОДКБ-нын)."""
        stop = at + 1
        while stop < size and plain[stop].isalnum():
            stop += 1
        return suffixes.fullmatch(plain[at:stop]) is not None


def _is_upper(surface: str, wanted: str) -> bool:
    """As the term is written: capitals stay capitals (ISIS-K, C5+1, РУз)."""
    letters = [(a, b) for a, b in zip(surface, wanted, strict=False) if b.isalpha()]
    return all(a.isupper() == b.isupper() or a.isupper() for a, b in letters)


def longest(found: Sequence[Found[T]]) -> Sequence[Found[T]]:
    """Resolve overlaps: the longest wins, then the earlier; several terms on the same stretch all stay. Wanted in order of their start;
    given back as it is where nothing overlaps."""
    last = 0
    for one in found:  # mostly nothing overlaps
        if one.start < last:
            break
        last = one.end
    else:
        return found
    chosen: list[Found[T]] = []
    starts: list[int] = []  # of what is chosen; disjoint stretches, so only the neighbours can overlap
    ends: list[int] = []
    for one in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        at = bisect_left(starts, one.start)
        if at < len(starts) and starts[at] == one.start and ends[at] == one.end:
            chosen.append(one)
        elif (at == len(starts) or one.end <= starts[at]) and (at == 0 or ends[at - 1] <= one.start):
            chosen.append(one)
            starts.insert(at, one.start)
            ends.insert(at, one.end)
    return sorted(chosen, key=lambda f: (f.start, -f.end))
