"""The terms of a text by the one analysis chain (index/analysis.py), several times faster for the scripts of the region, and globs in linear time.

No token reaches over a blank, so a text is the sum of the chunks between its blanks, and most chunks of a story stood in others before: each is
analysed once.
tantivy's analyser pays more for handing tokens over than for finding them. A chunk made of characters on which its pattern and Python's ``\\w`` are
known to agree is split here, and each stem is asked for once; any other goes through the analyser. tests/rules compares both, character by character.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from wirefeed.index.analysis import CHARACTERS, EXACT, STEMMED, analyser, map_characters, tokens
from wirefeed.rules.tree import Wildcard

Terms = tuple[str, ...]
Places = tuple[tuple[int, int], ...]

Made = TypeVar("Made")

LONGEST_KEPT = 60  # characters of a chunk that is remembered: longer ones are addresses, or a script without blanks, and do not come back
# Latin, Cyrillic, the letters of Persian, Pashto and Arabic, punctuation and signs of money: no combining marks, no ideographs, no Greek
# (whose final sigma Python lowers by its neighbours).
PLAIN = re.compile("[\x00-\u02ff\u0400-\u0482\u048a-\u052f\u060c\u061b\u061f\u0621-\u063a\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc"
                   "\u1e00-\u1e99\u1ea0-\u1eff\u2000-\u206f\u20a0-\u20bf\u2116\u2122]*")
_SINGLE = re.compile(f"[{re.escape(''.join(key for key in CHARACTERS if len(key) == 1))}]")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def plain(text: str) -> str | None:
    """The text with its characters mapped, when its terms may be split here; else None."""
    if PLAIN.fullmatch(text):  # no decomposed letters in it, so that each mapped character stands for itself
        return _SINGLE.sub(lambda found: CHARACTERS[found[0]], text)
    mapped = map_characters(text)[0]
    return mapped if PLAIN.fullmatch(mapped) else None


class Kept(dict[str, Made]):
    """What has been made of each chunk or word, at most ``most`` of them: when it is full, the oldest tenth goes. Asked tens of thousands of times a
    batch, it is a plain dict: moving each key that is asked for to the end of a queue costs more than making some again."""

    def __init__(self, make: Callable[[str], Made], most: int) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, key: str) -> Made:
        made = self._make(key)
        if len(key) <= LONGEST_KEPT:
            self.keep([(key, made)])
        return made

    def keep(self, made: Iterable[tuple[str, Made]]) -> None:
        """Remember some; they may be more than ``most``."""
        if len(self) >= self._most:
            for key in list(islice(self, self._most // 10)):
                self.pop(key, None)  # another thread may have been here
        self.update(made)


def _terms(chunk: str) -> tuple[Terms, Terms]:
    mapped = plain(chunk)
    if mapped is not None:
        words = _WORD.findall(mapped.lower())
        return tuple(words), tuple([STEMS[word] for word in words])
    mapped = map_characters(chunk)[0]
    return tuple(analyser(EXACT).analyze(mapped)), tuple(analyser(STEMMED).analyze(mapped))


def _places(chunk: str) -> Places:
    mapped = plain(chunk)
    if mapped is not None and len(mapped) == len(chunk):  # what is mapped becomes one character or none
        return tuple(map(re.Match.span, _WORD.finditer(mapped)))
    return tuple((token.start, token.end) for token in tokens(chunk, EXACT))


STEMS = Kept(lambda word: "".join(analyser(STEMMED).analyze(word)), 100_000)  # of the words of plain chunks
CHUNK_TERMS = Kept(_terms, 50_000)  # the unstemmed and the stemmed terms of a chunk, in order and of the same number
CHUNK_PLACES = Kept(_places, 50_000)  # where each of them stands in it: code points, end exclusive


def terms_of(chunks: Iterable[str]) -> Iterator[tuple[str, tuple[Terms, Terms]]]:
    """Each of many new chunks with its unstemmed and stemmed terms: all of them at once take a fifth of what one by one do."""
    plain_ones: list[str] = []
    odd: list[str] = []
    for chunk in chunks:
        (plain_ones if PLAIN.fullmatch(chunk) and "\u200c" not in chunk else odd).append(chunk)  # that becomes a blank
    found = list(map(_WORD.findall, (plain(" ".join(plain_ones)) or "").lower().split(" ")))
    if new := [word for word in {word for words in found for word in words} if word not in STEMS]:  # a difference would walk through all stems
        STEMS.keep(zip(new, analyser(STEMMED).analyze(" ".join(new)), strict=True))
    for chunk, words in zip(plain_ones, found, strict=bool(plain_ones)):
        yield chunk, (tuple(words), tuple([STEMS[word] for word in words]))
    for chunk in odd:
        yield chunk, _terms(chunk)


def exact_terms(text: str) -> list[str]:
    """The unstemmed terms in order."""
    return [term for chunk in text.split(" ") for term in CHUNK_TERMS[chunk][0]]


def stemmed_terms(text: str) -> list[str]:
    """The stemmed terms in order, as many as ``exact_terms`` finds."""
    return [term for chunk in text.split(" ") for term in CHUNK_TERMS[chunk][1]]


def term_places(text: str) -> list[tuple[int, int]]:
    """Where each of the terms stands: code points of ``text`` itself, end exclusive."""
    made: list[tuple[int, int]] = []
    at = 0
    for chunk in text.split(" "):
        made += [(at + start, at + end) for start, end in CHUNK_PLACES[chunk]]
        at += len(chunk) + 1
    return made


@lru_cache(maxsize=20_000)
def lower(text: str) -> str:
    """The fixed part of a wildcard as the unstemmed chain writes it."""
    mapped = map_characters(text)[0]
    return "".join(one if len(one := c.lower()) == 1 else c for c in mapped)


def glob(leaf: Wildcard, fold: Callable[[str], str]) -> re.Pattern[str]:
    """The wildcard as a pattern to ``fullmatch`` terms with. What follows a star takes the nearest place where it fits and never tries another:
    a term of ten thousand letters must not cost more than its length."""
    first, *others = _pieces(leaf, fold)
    nearest = "".join(f"(?>.*?{piece})" for piece in others[:-1])
    return re.compile(first + nearest + (f".*{others[-1]}" if others else ""), re.S)


def _pieces(leaf: Wildcard, fold: Callable[[str], str]) -> list[str]:
    """Regular expressions of what stands between the stars."""
    pieces = [""]
    for part, fixed in leaf.parts():
        if fixed:
            pieces[-1] += re.escape(fold(part))
        elif part == "?":
            pieces[-1] += "."
        else:
            pieces.append("")
    return pieces
