"""One spelling for matching, with offsets back into the original: NFC, lower case, ё=е, one apostrophe, one dash, no invisible letters."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_ONE: dict[int, int | None] = {
    **dict.fromkeys(map(ord, "‘’ʻʼ`´ʹ′‛＇ꞌˈ"), ord("'")),
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), ord("-")),
    **dict.fromkeys(map(ord, "\n\r\t\x0b\x0c\u00a0\u2002\u2003\u2009\u202f\u2028\u2029\u200c\x00"), ord(" ")),
    ord("ё"): ord("е"), ord("Ё"): ord("е"), ord("ي"): ord("ی"), ord("ى"): ord("ی"), ord("ئ"): ord("ی"), ord("ك"): ord("ک"), ord("ة"): ord("ه"),
    ord("ۀ"): ord("ه"), ord("أ"): ord("ا"), ord("إ"): ord("ا"), ord("ٱ"): ord("ا"), ord("ؤ"): ord("و"), ord("İ"): ord("i"),
    **{0x0660 + n: ord(str(n)) for n in range(10)}, **{0x06F0 + n: ord(str(n)) for n in range(10)},
}
_GONE = frozenset("\u00ad\u200b\u200d\u200e\u200f\u2060\ufeff\u0640\u0301\u0300" + "".join(map(chr, range(0x064B, 0x0656))))


@dataclass(frozen=True, slots=True)
class Normalised:
    """``text`` for matching; ``offsets[i]`` is where its i-th character (and its end) stands in ``original``."""

    text: str
    offsets: Sequence[int]
    original: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A stretch of ``text`` as code points of the original; combining marks stay with their letter."""
        first, last = self.offsets[start], self.offsets[end - 1] + 1
        while last < len(self.original) and (unicodedata.combining(self.original[last]) or self.original[last] == "\u00ad"):
            last += 1
        return first, last


def normalise(text: str) -> Normalised:
    """Linear; every input is accepted, lone surrogates and NUL included."""
    plain = text.translate(_ONE).lower()
    if len(plain) == len(text) and plain.isascii():
        return Normalised(plain, range(len(text) + 1), text)
    if len(plain) == len(text) and not (_GONE & set(text)) and unicodedata.is_normalized("NFC", text):
        return Normalised(plain, range(len(text) + 1), text)
    out: list[str] = []
    offsets: list[int] = []
    start, size = 0, len(text)
    while start < size:
        end = start + 1
        while end < size and unicodedata.combining(text[end]):
            end += 1
        for char in unicodedata.normalize("NFC", text[start:end]):
            if char in _GONE:
                continue
            folded = char.translate(_ONE).lower()
            out.append(folded)
            offsets.extend([start] * len(folded))
        start = end
    offsets.append(size)
    return Normalised("".join(out), offsets, text)
