"""One spelling for matching, with offsets back into the original: NFC, lower case, ё=е, one apostrophe, one dash, no invisible letters."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_FOLDED: dict[str, str] = {
    **dict.fromkeys("‘’ʻʼ`´ʹ′‛＇ꞌˈ", "'"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\n\r\t\x0b\x0c\u00a0\u2002\u2003\u2009\u202f\u2028\u2029\u200c\x00", " "),
    "ё": "е", "Ё": "е", "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "ٱ": "ا", "ؤ": "و", "İ": "i",
    **{chr(zero + n): str(n) for zero in (0x0660, 0x06F0) for n in range(10)},
}
_GONE = frozenset("\u00ad\u200b\u200d\u200e\u200f\u2060\ufeff\u0640\u0301\u0300" + "".join(map(chr, range(0x064B, 0x0656))))
_ASCII = {char: to for char, to in _FOLDED.items() if char.isascii()}
_PUNCTUATION = "-.,:;!?()[]\"/%&+*=_@#$<>|\\^~{}«»“”„…•№€©"  # most of what stands between words; the rest by a pattern
_NO_WORD = re.compile(r"[^\w ']")
_TO_SPACE = {code: " " for code in range(128) if not chr(code).isalnum() and chr(code) != "'"}
# Bytes of UTF-8 of letters, digits, spaces and apostrophes in Latin and Cyrillic texts; of other characters at least the first byte is none of them.
_OF_WORDS = bytes(code for code in range(256) if (chr(code).isalnum() and code < 128) or code in b" '" or 0x80 <= code < 0xC0 or 0xD0 <= code < 0xD4)
LONE = re.compile("[\ud800-\udfff]")  # half a pair cannot be encoded, and the automaton reads UTF-8
_MARK = "\u0300-\u036f\u0483-\u0487\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# A letter with its marks, or what vanishes. At most thirty marks at once: ordering a long run of them costs its square.
_SPECIAL = re.compile(f".[{_MARK}]{{1,30}}|[{''.join(sorted(_GONE))}]", re.S)


@dataclass(frozen=True, slots=True)
class Normalised:
    """``text`` for matching; ``offsets[i]`` is where its i-th character (and its end) stands in ``original``. ``words`` is ``text`` with a space for each
    character that is no part of a word, an English possessive's ending among them, and a space around it: its place i + 1 is place i of ``text``.
    ``coded`` is ``words`` in Windows-1251, a byte a letter and "?" for those it lacks: all of English and Russian, none of which it lacks."""

    text: str
    offsets: Sequence[int]
    original: str
    words: str
    coded: bytes

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A stretch of ``text`` as code points of the original; combining marks stay with their letter."""
        first, last = self.offsets[start], self.offsets[end - 1] + 1
        while last < len(self.original) and (unicodedata.combining(self.original[last]) or self.original[last] == "\u00ad"):
            last += 1
        return first, last


def spaced(text: str) -> str:
    """See Normalised. Replacing a character that does not occur costs next to nothing; one pass by a pattern would be dear."""
    text = f" {text}  "
    if text.isascii():
        text = text.translate(_TO_SPACE)  # of ASCII alone, the fastest way
    else:
        for char in _PUNCTUATION:
            text = text.replace(char, " ")
        if text.encode().translate(None, _OF_WORDS) and not text.replace(" ", "").replace("'", "").isalnum():
            text = _NO_WORD.sub(" ", text)
    if "'" in text:
        text = text.replace("''", "  ").replace("'s ", "   ").replace(" '", "  ").replace("' ", "  ")
    return text


def normalise(text: str) -> Normalised:
    """Linear; every input is accepted, lone surrogates and NUL included."""
    plain, offsets = _placed(text)
    words = spaced(plain)
    return Normalised(plain, offsets, text, words, words.encode("cp1251", "replace"))


def folded(text: str) -> str:
    """The ``text`` of Normalised alone, for names and single words."""
    return _placed(text)[0]


def _placed(text: str) -> tuple[str, Sequence[int]]:
    if text.isascii():
        return _fold(text, _ASCII), range(len(text) + 1)
    if unicodedata.is_normalized("NFC", text) and not any(char in text for char in _GONE):
        return _fold(text, _FOLDED), range(len(text) + 1)
    out: list[str] = []
    offsets: list[int] = []
    done = 0
    for match in _SPECIAL.finditer(text):
        start, end = match.span()
        out.append(text[done:start])
        offsets.extend(range(done, start))
        kept = "".join(char for char in unicodedata.normalize("NFC", match[0]) if char not in _GONE)
        out.append(kept)
        offsets.extend([start] * len(kept))
        done = end
    out.append(text[done:])
    offsets.extend(range(done, len(text) + 1))
    return _fold("".join(out), _FOLDED), offsets


def _fold(text: str, folded: Mapping[str, str]) -> str:
    """Same length always. Looking for each character in turn is ten times faster than str.translate, and four times than a set of the text's characters."""
    for char, to in folded.items():
        if char in text:
            text = text.replace(char, to)
    return whole(text).lower()


def whole(text: str) -> str:
    """With a replacement character for each half of a pair. Encoding is ten times faster than looking for them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return LONE.sub("\ufffd", text)
    return text
