"""Text that somebody decoded with the wrong table before it was sent: undone where that is sure, flagged where it is not."""

import codecs
import re
import unicodedata

# What UTF-8 Cyrillic and Persian look like once read as windows-1251 or windows-1252.
_TWICE_1251 = re.compile("(?:[РС][\u0080-\u00bf\u0400-\u045f\u2010-\u2122 «»°±µ¶·]){3,}")
_TWICE_1252 = re.compile("(?:[ÐÑ][\u0080-\u00bf\u0152-\u0178\u02c6-\u02dc\u2013-\u2122]){3,}|(?:[ØÙÚÛ][\u0080-\u00bf\u0152-\u2122]){4,}"
                         "|â€[\u0080-\u2122]")
# windows-1251 read as windows-1252 ("Ïðåçèäåíò"): no Latin language writes four such letters in a row.
_LATIN = re.compile("[À-ÿ¨¸]{4,}")
# KOI8-R read as windows-1251 ("оПЕГХДЕМР"): capitals and small letters changed places.
_SWAPPED = re.compile(r"\b[а-яё][А-ЯЁ]{3,}\b")
_PERHAPS_SWAPPED = re.compile("[а-яё][А-ЯЁ]{3}")  # ten times faster on sound text
_ACCENTED = re.compile("(?<![A-Za-z])[À-ÿ¨¸]+(?![A-Za-z])")
_WORDS = re.compile("[А-Яа-яЁё]+")
_CYRILLIC = re.compile("[А-Яа-яЁё]")
_FREQUENT = frozenset("оеаинтсрвлкм")
# One of the commonest letters (а о е и т н, А О Е И) is in any such text: plain searches spare sound documents the costly patterns.
_SIGNS_1251 = ("Р°", "Рѕ", "Рµ", "Рё", "С‚", "РЅ", "Рђ", "Рћ", "Р•")
_PARTS = re.compile("([<>\n])")


def repaired(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with mis-decodings undone and the flags ``mojibake-repaired`` or, for what could not be undone, ``mojibake``."""
    flags: list[str] = []
    for pattern, table, signs in ((_TWICE_1251, "windows-1251", _SIGNS_1251), (_TWICE_1252, "windows-1252", tuple("ÐÑØÙÚÛâ"))):
        if any(sign in text for sign in signs) and pattern.search(text):
            text, done = _undo(text, pattern, table)
            flags.append("mojibake-repaired" if done else "mojibake")
    if any(sign in text for sign in "îåàè") and len(_LATIN.findall(text[:200_000])) > 2:
        better = _ACCENTED.sub(lambda found: found[0].encode("windows-1252", "replace").decode("windows-1251", "replace"), text)
        if _common(better) > _common(text):
            text = better
            flags.append("mojibake-repaired")
    if _PERHAPS_SWAPPED.search(text) and _SWAPPED.search(text):
        text, done = _unswapped(text)
        flags += ["mojibake-repaired"] if done else []
    return text, tuple(dict.fromkeys(flags))


def _common(text: str) -> float:
    """Share of the dozen commonest Russian letters among all letters above ASCII."""
    letters = [char for char in text[:100_000] if char > "\x7f" and char.isalpha()]
    return sum(char in _FREQUENT for char in letters) / len(letters) if letters else 0.0


def _unswapped(text: str) -> tuple[str, bool]:
    """Undo KOI8-R read as windows-1251 or the reverse, if capitals prevail and the result has the letters of Russian."""
    letters = _CYRILLIC.findall(text[:100_000])
    if sum(char.isupper() for char in letters) < 0.6 * len(letters) or len(letters) < 20:
        return text, False
    best, share = text, _common("".join(letters).lower()) + 0.1
    for wrong, right in (("windows-1251", "koi8-r"), ("koi8-r", "windows-1251")):
        tried = _WORDS.sub(lambda found, wrong=wrong, right=right: found[0].encode(wrong, "replace").decode(right, "replace"), text)  # type: ignore[misc]
        if (value := _common("".join(_CYRILLIC.findall(tried[:100_000])))) > share:
            best, share = tried, value
    return best, best is not text


def _undo(text: str, pattern: re.Pattern[str], table: str) -> tuple[str, bool]:
    """Piece by piece, so that a sound part of the document stays as it is."""
    fixed, all_done = [], True
    for piece in _PARTS.split(text):
        if not pattern.search(piece):
            fixed.append(piece)
            continue
        raw = _bytes(piece, table)
        try:
            better = raw.decode("utf-8")
        except UnicodeDecodeError:
            better = raw.decode("utf-8", "replace")
            if better.count("\ufffd") * 20 > len(better):
                better, all_done = piece, False
        fixed.append(better)
    return "".join(fixed), all_done


def _bytes(piece: str, table: str) -> bytes:
    return piece.encode(table, "wirefeed.holes")


def _hole(error: UnicodeError) -> tuple[bytes, int]:
    """The holes of the tables (0x98 in 1251; 0x81, 0x8d ... in 1252) travel as C1 controls."""
    assert isinstance(error, UnicodeEncodeError)
    out = bytearray()
    for char in error.object[error.start:error.end]:
        out += bytes([ord(char)]) if ord(char) < 256 else unicodedata.normalize("NFKD", char).encode("ascii", "replace")
    return bytes(out), error.end


codecs.register_error("wirefeed.holes", _hole)
