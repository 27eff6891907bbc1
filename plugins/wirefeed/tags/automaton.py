"""Finds many word patterns in one pass: Aho-Corasick (ahocorasick-rs), over single bytes where the text allows, else over UTF-8."""

from collections.abc import Sequence
from functools import cached_property

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, MatchKind

from wirefeed.tags.normalise import Normalised, coded

_NEVER = b"\x98"  # no character of Windows-1251: the place of a pattern with letters that no coded text has


class Automaton:
    """Patterns as Normalised.words spells text. English and Russian, most of a wire, have one byte a letter in Windows-1251: half the steps of UTF-8, tables
    that stay in the processor's cache, and no letters to be counted afterwards. Other texts take the second automaton, built for the first of them."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns
        self._bytes = BytesAhoCorasick([coded(pattern) or _NEVER for pattern in patterns], matchkind=MatchKind.Standard)

    @cached_property
    def _letters(self) -> AhoCorasick:
        return AhoCorasick(self._patterns, matchkind=MatchKind.Standard)

    def find(self, text: Normalised) -> list[tuple[int, int, int]]:
        """(number of the pattern, start, end) in ``text.words``, overlapping ones too, in order of their end."""
        if (single := text.coded) is not None:
            return self._bytes.find_matches_as_indexes(single, overlapping=True)
        return self._letters.find_matches_as_indexes(text.words, overlapping=True)
