"""The terms of a text by the one analysis chain (index/analysis.py), several times faster for the scripts of the region, and globs in linear time.

tantivy's analyser pays more for handing tokens over than for finding them. Text made of characters on which its pattern and Python's ``\\w`` are known
to agree is split here, and each stem is asked for once; any other text goes through the analyser. tests/rules compares both, character by character.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from wirefeed.index.analysis import CHARACTERS, EXACT, STEMMED, analyser, map_characters, tokens
from wirefeed.rules.tree import Wildcard

Places = Sequence[tuple[int, int]]

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


def exact_terms(text: str) -> list[str]:
    """The unstemmed terms in order."""
    mapped = plain(text)
    return words(mapped) if mapped is not None else list(analyser(EXACT).analyze(map_characters(text)[0]))


def words(mapped: str) -> list[str]:
    """The unstemmed terms of what ``plain`` returned."""
    return _WORD.findall(mapped.lower())


def stemmed_terms(text: str) -> list[str]:
    """The stemmed terms in order, as many as ``exact_terms`` finds."""
    mapped = plain(text)
    return [stem(word) for word in words(mapped)] if mapped is not None else list(analyser(STEMMED).analyze(map_characters(text)[0]))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of one exact term of a plain text."""
    return "".join(analyser(STEMMED).analyze(word))


def term_places(text: str, mapped: str | None) -> Places:
    """Where each term stands: code points of ``text`` itself, end exclusive; ``mapped``: what ``plain`` says of it."""
    if mapped is None:
        return [(token.start, token.end) for token in tokens(text, EXACT)]
    found = list(map(re.Match.span, _WORD.finditer(mapped)))
    if len(mapped) == len(text):  # what is mapped becomes one character or none
        return found
    offsets = map_characters(text)[1]
    made = []
    for start, stop in found:
        end = offsets[stop - 1] + 1
        while end < len(text) and unicodedata.combining(text[end]):  # a stress mark belongs to its letter
            end += 1
        made.append((offsets[start], end))
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
