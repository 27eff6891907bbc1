"""The terms of a text by the one analysis chain (index/analysis.py), several times faster for the scripts of the region, and globs in linear time.

tantivy's analyser pays more for handing tokens over than for finding them. Text made of characters on which its pattern and Python's ``\\w`` are
known to agree is split here, and each stem is asked for once; no token reaches over a blank, so only the stretches between blanks with other characters
go through the analyser. tests/rules compares both, character by character.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from wirefeed.index.analysis import CHARACTERS, EXACT, STEMMED, analyser, map_characters, tokens
from wirefeed.rules.tree import Wildcard

Made = TypeVar("Made")

LONGEST_KEPT = 60  # characters of a word that is remembered: longer ones are addresses, or a script without blanks, and do not come back
# Latin, Cyrillic, the letters of Persian, Pashto and Arabic, punctuation and signs of money: no combining marks, no ideographs, no Greek
# (whose final sigma Python lowers by its neighbours).
_LETTERS = ("\x00-\u02ff\u0400-\u0482\u048a-\u052f\u060c\u061b\u061f\u0621-\u063a\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc"
            "\u1e00-\u1e99\u1ea0-\u1eff\u2000-\u206f\u20a0-\u20bf\u2116\u2122")
PLAIN, _ODD = re.compile(f"[{_LETTERS}]*"), re.compile(f"[^{_LETTERS}]")
_SINGLE = re.compile(f"[{re.escape(''.join(key for key in CHARACTERS if len(key) == 1))}]")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def _byte(char: str) -> bytes:
    """What stands for a character of Windows-1251: its lower case, a blank for what is no part of a word."""
    made = CHARACTERS.get(char, char).lower()
    return made.encode("cp1251") if made in ("", "'") or _WORD.fullmatch(made) else b" "


_OF_BYTES = [_byte(bytes([code]).decode("cp1251", "replace")) for code in range(256)]
_BYTES, _NO_BYTES = b"".join([made or b" " for made in _OF_BYTES]), bytes([code for code, made in enumerate(_OF_BYTES) if not made])


def plain(text: str) -> str | None:
    """The text with its characters mapped, when its terms may be split here; else None."""
    if PLAIN.fullmatch(text):  # no decomposed letters in it, so that each mapped character stands for itself
        return _SINGLE.sub(lambda found: CHARACTERS[found[0]], text)
    mapped = map_characters(text)[0]
    return mapped if PLAIN.fullmatch(mapped) else None


class Kept(dict[str, Made]):
    """What has been made of each word, at most ``most`` of them: when it is full, the oldest tenth goes. Asked tens of thousands of times a
    batch, it is a plain dict: moving each key that is asked for to the end of a queue costs more than making some again."""

    def __init__(self, make: Callable[[str], Made], most: int) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, key: str) -> Made:
        made = self._make(key)
        self.keep([(key, made)])
        return made

    def keep(self, made: Iterable[tuple[str, Made]]) -> None:
        """Remember some, long ones left out; they may be more than ``most``."""
        if len(self) >= self._most:
            for key in list(islice(self, self._most // 10)):
                self.pop(key, None)  # another thread may have been here
        self.update(pair for pair in made if len(pair[0]) <= LONGEST_KEPT)


STEMS = Kept(lambda word: "".join(analyser(STEMMED).analyze(word)), 200_000)  # of unstemmed terms


def stems_of(words: Collection[str]) -> list[str]:
    """The stem of each unstemmed term, new ones in one call of the analyser."""
    if new := [word for word in words if word not in STEMS]:  # a difference would walk through all stems
        STEMS.keep(zip(new, analyser(STEMMED).analyze(" ".join(new)), strict=True))
    return [STEMS[word] for word in words]


def exact_terms(text: str) -> list[str]:
    """The unstemmed terms in order. English and Russian texts take the way over bytes, which is three times as quick."""
    try:
        coded = text.encode("cp1251").translate(_BYTES, _NO_BYTES)
    except UnicodeEncodeError:
        return _exact_terms(text)
    if b"'" in coded:  # it stays between letters
        coded = b" %b " % coded.replace(b"''", b"  ")
        coded = coded.replace(b" '", b"  ").replace(b"' ", b"  ")
    return coded.decode("cp1251").split()


def _exact_terms(text: str) -> list[str]:
    mapped = plain(text)
    if mapped is not None:
        return _WORD.findall(mapped.lower())
    made: list[str] = []
    for _, piece in _stretches(text):
        mapped = plain(piece)
        if mapped is not None:
            made += _WORD.findall(mapped.lower())
            continue
        mapped = map_characters(piece)[0]
        exact = analyser(EXACT).analyze(mapped)
        STEMS.keep(zip(exact, analyser(STEMMED).analyze(mapped), strict=True))
        made += exact
    return made


def stemmed_terms(text: str) -> list[str]:
    """The stemmed terms in order, as many as ``exact_terms`` finds."""
    return stems_of(exact_terms(text))


def term_places(text: str) -> list[tuple[int, int]]:
    """Where each of the terms stands: code points of ``text`` itself, end exclusive."""
    made: list[tuple[int, int]] = []
    for at, piece in [(0, text)] if PLAIN.fullmatch(text) else _stretches(text):
        mapped = plain(piece)
        if mapped is not None and len(mapped) == len(piece):  # what is mapped becomes one character or none
            made += [(at + found.start(), at + found.end()) for found in _WORD.finditer(mapped)]
        else:
            made += [(at + token.start, at + token.end) for token in tokens(piece, EXACT)]
    return made


def _stretches(text: str) -> Iterator[tuple[int, str]]:
    """Where they begin, and the stretches of a text between blanks that hold a character which is not plain, and what stands between them."""
    done = 0
    while found := _ODD.search(text, done):
        start, end = text.rfind(" ", done, found.start()) + 1 or done, text.find(" ", found.end())
        end = end if end >= 0 else len(text)
        yield done, text[done:start]
        yield start, text[start:end]
        done = end
    yield done, text[done:]


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
