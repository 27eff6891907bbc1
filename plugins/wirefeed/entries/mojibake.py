"""Text that somebody decoded with the wrong table before it was sent: undone where that is sure, flagged where it is not."""

import codecs
import re
import unicodedata

# What UTF-8 Cyrillic and Persian look like once read as windows-1251 or windows-1252.
_TWICE_1251 = re.compile("(?:[РС][\u0080-\u00bf\u0400-\u045f\u2010-\u2122 «»°±µ¶·]){3,}")
_TWICE_1252 = re.compile("(?:[ÐÑ][\u0080-\u00bf\u0152-\u0178\u02c6-\u02dc\u2013-\u2122]){3,}|(?:[ØÙÚÛ][\u0080-\u00bf\u0152-\u2122]){4,}"
                         "|â€[\u0080-\u2122]")
# UTF-8 Persian and Arabic read as windows-1251 and -1256, UTF-8 Cyrillic as KOI8-R and cp866: the signs are the commonest letters (ا و ی, о а е).
_OTHERS = (
    (re.compile("(?:[ШЩЪЫ][\u0080-\u00bf\u0400-\u045f\u2010-\u2122 «»°±µ¶·]){4,}"), "windows-1251", ("Ш§", "Щ€", "ЫЊ")),
    (re.compile("(?:[طظعغ][\u0080-\u00bf\u0152-\u0192\u02c6\u0600-\u06ff\u200c-\u2122 ]){4,}"), "windows-1256", ("ط§", "ظˆ", "غŒ")),
    (re.compile("(?:[пяр][\u00a0-\u00f7\u2219-\u25a0ё]){3,}"), "koi8-r", ("п╬", "п╟", "п╣")),
    (re.compile("(?:[╨╤╥╙][\u0401-\u045e\u00a0-\u00b7\u2116-\u25a0]){3,}"), "cp866", ("╨╛", "╨░", "╨╡")),
)
# UTF-8 Turkish, Turkmen or Uzbek read as windows-1252: pairs that no language writes.
_PAIRS = re.compile("[ÃÄÅ][\u0080-\u00bf]|[ÄÅ][ŸžŽ™šœŠ‡†ˆ‰‹]|Ê[»¼]")
# cp866 read as windows-1251 and the reverse: signs inside words.
_DOS = re.compile("®[\u0401-\u045f®]|[\u0401-\u045f]®|[\u2502-\u256c√][а-яё]|[а-яё][\u2502-\u256c√]|[а-яё]Є[а-яё]")
# windows-1251 read as windows-1252 ("Ïðåçèäåíò"): no Latin language writes four such letters in a row.
_LATIN = re.compile("[À-ÿ¨¸]{4,}")
# KOI8-R read as windows-1251 ("оПЕГХДЕМР"): capitals and small letters changed places.
_SWAPPED = re.compile(r"\b[а-яё][А-ЯЁ]{3,}\b")
_PERHAPS_SWAPPED = re.compile("[а-яё][А-ЯЁ]{3}")  # ten times faster on sound text
_ACCENTED = re.compile("(?<![A-Za-z])[À-ÿ¨¸]+(?![A-Za-z])")
_WORDS = re.compile("[А-Яа-яЁё]+")
_CYRILLIC = re.compile("[А-Яа-яЁё]")
_FREQUENT = frozenset("оеаинтсрвлкм" "اینيرودمهتلب")
# One of the commonest letters (а о е и т н, А О Е И) is in any such text: plain searches spare sound documents the costly patterns.
_SIGNS_1251 = ("Р°", "Рѕ", "Рµ", "Рё", "С‚", "РЅ", "Рђ", "Рћ", "Р•")
_PARTS = re.compile("([<>\n])")


def repaired(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with mis-decodings undone and the flags ``mojibake-repaired`` or, for what could not be undone, ``mojibake``."""
    flags: list[str] = []
    if text.isascii():
        return text, ()
    for pattern, table, signs in ((_TWICE_1251, "windows-1251", _SIGNS_1251), (_TWICE_1252, "windows-1252", tuple("ÐÑØÙÚÛâ")), *_OTHERS):
        if any(sign in text for sign in signs) and pattern.search(text):
            text, done = _undo(text, pattern, table)
            flags.append("mojibake-repaired" if done else "mojibake")
    if ("Ã" in text or "Ä" in text or "Å" in text or "Ê" in text) and _PAIRS.search(text):
        better = _PAIRS.sub(lambda found: _bytes(found[0], "windows-1252").decode("utf-8", "replace"), text)
        if "\ufffd" not in better or "\ufffd" in text:
            text = better
            flags.append("mojibake-repaired")
    if any(sign in text for sign in "îåàèÇæ") and len(_LATIN.findall(text[:200_000])) > 2:
        tried = (text, *(_ACCENTED.sub(lambda found, table=table: found[0].encode("windows-1252", "replace").decode(table, "replace"), text)  # type: ignore[misc]
                         for table in ("windows-1251", "windows-1256")))
        better = max(tried, key=_common)
        if better is not text:
            text = better
            flags.append("mojibake-repaired")
    if _PERHAPS_SWAPPED.search(text) and _SWAPPED.search(text):
        text, done = _unswapped(text)
        flags += ["mojibake-repaired"] if done else []
    elif ("®" in text or "√" in text or "Є" in text) and len(_DOS.findall(text[:200_000])) > 2:
        text, done = _undosed(text)
        flags += ["mojibake-repaired"] if done else []
    return text, tuple(dict.fromkeys(flags))


def _undosed(text: str) -> tuple[str, bool]:
    """Undo cp866 read as windows-1251 or the reverse, line by line, if the result has the letters of Russian."""
    best, share = text, _common(text) + 0.1
    for wrong, right in (("cp866", "windows-1251"), ("windows-1251", "cp866")):
        tried = "".join(_bytes(piece, wrong).decode(right, "replace") if _DOS.search(piece) or not piece.isascii() else piece for piece in _PARTS.split(text))
        if (value := _common(tried)) > share:
            best, share = tried, value
    return best, best is not text


def _common(text: str) -> float:
    """Share of the dozen commonest Russian or Persian letters among all letters above ASCII."""
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
