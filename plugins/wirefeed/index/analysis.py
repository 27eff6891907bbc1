"""The one analysis chain of title and text, for Python, tantivy and Elasticsearch: map characters, tokenize, lowercase, stem.

Python maps the characters (tantivy has no character filters) and tantivy does the rest; Elasticsearch gets the same four steps as
settings. tests/index compares the tokens of both over 50,000 words.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

import tantivy

from wirefeed.index.overrides import ENGLISH_OVERRIDES

Chain = Literal["wirefeed", "wirefeed_exact"]
STEMMED: Chain = "wirefeed"
EXACT: Chain = "wirefeed_exact"

# Chinese and Japanese are written without blanks: a token a character, so that a word is a phrase. Everything else is a run of letters,
# marks and digits; an apostrophe holds a word together only between letters (O'zbekiston, Taliban's). Java and Rust read this alike.
_IDEOGRAPH = r"\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}"
_RUN = rf"[\p{{L}}\p{{M}}\p{{N}}&&[^{_IDEOGRAPH}]]+"
TOKEN_PATTERN = rf"[{_IDEOGRAPH}]|{_RUN}(?:'{_RUN})*"

# What one meaning is written with, in the wires of the region. Only what changes no word's length in a way that loses its place.
_APOSTROPHES = "\u02bb\u02bc\u02bd\u02b9\u2018\u2019\u201b\u2032\u0060\u00b4\u02c8\uff07\ua78c"  # o‘ oʻ o’ o` of Uzbek keyboards
_INVISIBLE = ("\u00ad\u200b\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069"
              "\ufe0e\ufe0f\ufeff")
_STRESS = "\u0300\u0301"  # за́мок: NFC has no letter for it, so the mark stands alone
_ARABIC_MARKS = "\u0640" + "".join(map(chr, range(0x064B, 0x0653))) + "\u0670"  # kashida and short vowels
CHARACTERS: dict[str, str] = {
    "Ё": "Е", "ё": "е", "Е\u0308": "Е", "е\u0308": "е",
    "И\u0306": "Й", "и\u0306": "й", "У\u0306": "Ў", "у\u0306": "ў",  # decomposed, as macOS file names and some CMSs send them
    "İ": "I", "i\u0307": "i",  # Java and Rust lower İ differently
    **dict.fromkeys(_APOSTROPHES, "'"),
    "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "ٱ": "ا", "ؤ": "و",
    **{chr(0x0660 + digit): str(digit) for digit in range(10)},
    **{chr(0x06F0 + digit): str(digit) for digit in range(10)},
    "\u200c": " ",  # the zero-width non-joiner of Persian: نیرو‌ها and نیرو ها are the same two tokens
    **dict.fromkeys(_INVISIBLE + _STRESS + _ARABIC_MARKS, ""),
}
_MAPPED = re.compile("|".join(re.escape(key) for key in sorted(CHARACTERS, key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class Token:
    """A term as the index holds it, with its place in the text before mapping: code points, ``end`` exclusive."""

    text: str
    start: int
    end: int
    position: int


def map_characters(text: str) -> tuple[str, Sequence[int]]:
    """The text as the tokenizer sees it, and for each of its characters (and its end) the offset in ``text``."""
    if _MAPPED.search(text) is None:
        return text, range(len(text) + 1)
    parts: list[str] = []
    offsets: list[int] = []
    last = 0
    for found in _MAPPED.finditer(text):
        start, end = found.span()
        parts.append(text[last:start])
        offsets.extend(range(last, start))
        if target := CHARACTERS[found.group()]:
            parts.append(target)
            offsets.append(start)
        last = end
    parts.append(text[last:])
    offsets.extend(range(last, len(text) + 1))
    return "".join(parts), offsets


def tokens(text: str, chain: Chain = STEMMED) -> list[Token]:
    """The terms of ``text`` in order, with offsets into ``text`` itself; ``chain`` EXACT leaves the stemmers out."""
    mapped, offsets = map_characters(text)
    found = []
    for token in analyser(chain).pre_tokenize(mapped).tokens:
        end = offsets[token.char_offset_to - 1] + 1
        while end < len(text) and unicodedata.combining(text[end]):  # a stress mark belongs to its letter
            end += 1
        found.append(Token(token.text, offsets[token.char_offset_from], end, token.position))
    return found


def terms(text: str, chain: Chain = STEMMED) -> list[str]:
    """Only the terms: what a query for ``text`` looks for."""
    return list(analyser(chain).analyze(map_characters(text)[0]))


@lru_cache(maxsize=20_000)
def normal(value: str, case: Literal["lower", "upper", ""]) -> str:
    """A keyword's normal form: characters mapped, then lower or upper case (\"\": untouched). Same as Elasticsearch's normalizers."""
    if not case:
        return value
    mapped = map_characters(value)[0]
    # Letter by letter as Lucene and Rust do; str.lower() knows the Greek final sigma and str.upper() makes SS of ß.
    return "".join(one if len(one := (c.lower() if case == "lower" else c.upper())) == 1 else c for c in mapped)


@cache
def analyser(chain: Chain) -> tantivy.TextAnalyzer:
    """tantivy's part of the chain, to be given mapped text; register it under its name on every index."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(TOKEN_PATTERN)).filter(tantivy.Filter.lowercase())
    if chain == STEMMED:
        builder = builder.filter(tantivy.Filter.stemmer("english")).filter(tantivy.Filter.stemmer("russian"))
    return builder.build()


def register(index: tantivy.Index) -> None:
    """Give a tantivy index both chains under their names."""
    for chain in (STEMMED, EXACT):
        index.register_tokenizer(chain, analyser(chain))


def elasticsearch_settings() -> dict[str, Any]:
    """The ``analysis`` part of the index settings: the same chain in Elasticsearch's words."""
    def escaped(text: str) -> str:
        return "".join(f"\\u{ord(c):04x}" for c in text)

    return {
        "char_filter": {"wirefeed_characters": {
            "type": "mapping", "mappings": [f"{escaped(key)} => {escaped(value)}" for key, value in sorted(CHARACTERS.items())]}},
        "tokenizer": {"wirefeed_words": {"type": "pattern", "pattern": TOKEN_PATTERN, "group": 0}},
        "filter": {
            "wirefeed_overrides": {"type": "stemmer_override", "rules": [f"{a} => {b}" for a, b in sorted(ENGLISH_OVERRIDES.items())]},
            "wirefeed_english": {"type": "snowball", "language": "English"},
            "wirefeed_russian": {"type": "snowball", "language": "Russian"},
        },
        "analyzer": {
            STEMMED: {"type": "custom", "char_filter": ["wirefeed_characters"], "tokenizer": "wirefeed_words",
                      "filter": ["lowercase", "wirefeed_overrides", "wirefeed_english", "wirefeed_russian"]},
            EXACT: {"type": "custom", "char_filter": ["wirefeed_characters"], "tokenizer": "wirefeed_words", "filter": ["lowercase"]},
        },
        "normalizer": {
            "wirefeed_lower": {"type": "custom", "char_filter": ["wirefeed_characters"], "filter": ["lowercase"]},
            "wirefeed_upper": {"type": "custom", "char_filter": ["wirefeed_characters"], "filter": ["uppercase"]},
        },
    }
