"""Finds many word patterns in one pass: Aho-Corasick (ahocorasick-rs), over single bytes where the pattern allows, else over UTF-8."""

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, MatchKind

from wirefeed.tags.normalise import Normalised

_NEVER = b"\x98"  # no character of Windows-1251, so in no coded text: keeps the number of a pattern that is looked for by letters


class Automaton:
    """Patterns as Normalised.words spells text. Those of English and Russian, most of all, are looked for in one byte a letter: half the steps of UTF-8,
    tables that stay in the processor's cache, and no letters to be counted afterwards. Those with other letters have an automaton of their own, for texts
    that have such letters too."""

    def __init__(self, patterns: Sequence[str]) -> None:
        coded = [_coded(pattern) for pattern in patterns]
        self._bytes = BytesAhoCorasick([_NEVER if one is None else one for one in coded], matchkind=MatchKind.Standard)
        self._numbers = [number for number, one in enumerate(coded) if one is None]
        self._letters = AhoCorasick([patterns[number] for number in self._numbers], matchkind=MatchKind.Standard) if self._numbers else None

    def find(self, text: Normalised) -> list[tuple[int, int, int]]:
        """(number of the pattern, start, end) in ``text.words``, overlapping ones too, in order of their end."""
        found: list[tuple[int, int, int]] = self._bytes.find_matches_as_indexes(text.coded, overlapping=True)
        if self._letters is not None and b"?" in text.coded:
            others = self._letters.find_matches_as_indexes(text.words, overlapping=True)
            if others:
                found += [(self._numbers[number], start, end) for number, start, end in others]
                found.sort(key=lambda one: (one[2], one[1]))
        return found


def _coded(pattern: str) -> bytes | None:
    try:
        return pattern.encode("cp1251")
    except UnicodeEncodeError:
        return None
