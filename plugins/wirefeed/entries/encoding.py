"""Bytes into text: valid UTF-8 wins over a wrong label, then the declared charset, then a guess scored on letters of the region.

charset-normalizer is weak on short Cyrillic, so single-byte candidates are scored here: text in a wrong table shows rare letters, capitals
inside words, and symbols between letters.
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:\-]+)["']""", re.I)
_HTML = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9._:\-]+)""", re.I)
_HEADER = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:\-]+)""", re.I)
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Single-byte tables met in the region's feeds; order decides a draw.
CANDIDATES = ("windows-1251", "koi8-r", "cp866", "iso-8859-5", "mac-cyrillic", "windows-1256", "windows-1254", "windows-1252", "koi8-u")
# Share of each letter in Russian running text, in percent (general corpus counts, rounded); others of the region's Cyrillic are rarer.
_RUSSIAN = dict(zip("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", (
    10.9, 8.5, 8.0, 7.4, 6.7, 6.3, 5.5, 4.7, 4.5, 4.4, 3.5, 3.2, 3.0, 2.8, 2.6, 2.0, 1.9, 1.7, 1.7, 1.6, 1.6, 1.4, 1.2, 1.0, 0.9, 0.7, 0.6,
    0.5, 0.4, 0.3, 0.3, 0.1, 0.1), strict=True))
_PERSIAN = {**dict.fromkeys("ابتدرسلمنهویيکكگپشزقعفخحج", 30.0), **dict(zip("ايیرنلمودهتبس", (
    130, 100, 100, 75, 80, 80, 60, 60, 60, 60, 50, 45, 40), strict=True))}
_REGIONAL = set("әғқңөұүһіңүөҳқғўӯҷӣїєґ")
_SAMPLE = 60_000  # bytes that decide
# What UTF-8 Cyrillic looks like once read as windows-1251 or windows-1252.
_TWICE_1251 = re.compile("(?:[РС][\u0080-\u00bf\u0400-\u045f\u2010-\u2122 «»°±µ¶·]){3,}")
_TWICE_1252 = re.compile("(?:[ÐÑ][\u0080-\u00bf\u0152-\u0178\u02c6-\u02dc\u2013-\u2122]){3,}|(?:[ØÙÛ][\u0080-\u00bf\u0152-\u2122]){4,}|â€[\u0080-\u2122]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the table it was read with, and what was odd about it."""

    text: str
    encoding: str
    flags: tuple[str, ...] = ()


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """Decode a document. Never raises: what fits no table is read with replacement characters and flagged ``undecodable``."""
    for mark, name in BOMS:
        if body.startswith(mark):
            return _repaired(body[len(mark):].decode(name, "replace"), name.removesuffix("-le").removesuffix("-be"), ())
    if wide := _wide(body):
        return _repaired(body.decode(wide, "replace"), wide, ())
    text = _utf8(body)
    declared = _labels(body, content_type)
    if text is not None:
        wrong = declared and _known(declared[0]) not in (None, "utf-8", "ascii")
        return _repaired(text, "utf-8", ("charset-label-wrong",) if wrong and not text.isascii() else ())
    for label in declared:
        if (name := _known(label)) and name not in ("utf-8", "ascii", "utf-16", "utf-32"):
            try:
                return _checked(body, name)
            except UnicodeDecodeError:
                continue
    # Mostly UTF-8 with a few broken bytes (cut, spliced): keep it, mark it.
    loose = body.decode("utf-8", "replace")
    if loose.count("\ufffd") * 200 < len(loose) and not loose.isascii():
        return _repaired(loose, "utf-8", ("undecodable",))
    return _guessed(body)


def _labels(body: bytes, content_type: str | None) -> list[str]:
    found = [match[1].decode("ascii") for match in (_DECLARED.search(body[:1024]), _HTML.search(body[:4096])) if match]
    if content_type and (match := _HEADER.search(content_type)):
        found.append(match[1])  # after the document's own word: servers add defaults
    return found


def _known(label: str) -> str | None:
    try:
        name = codecs.lookup(label.strip().lower()).name
    except (LookupError, ValueError):
        return None
    # Browsers read latin-1 as windows-1252, and so do the publishers who write it.
    return {"iso8859-1": "windows-1252", "cp1251": "windows-1251", "cp1252": "windows-1252"}.get(name, name)


def _utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        # A document cut inside its last character is still UTF-8.
        if error.start >= len(body) - 3 and error.reason == "unexpected end of data":
            return body[:error.start].decode("utf-8")
        return None


def _wide(body: bytes) -> str | None:
    head = body[:400]
    if len(head) < 4 or b"\0" not in head:
        return None
    if re.match(rb"\s?\0?<\0[!?A-Za-z]\0", head):
        return "utf-16-le"
    if re.match(rb"\0<\0[!?A-Za-z]", head):
        return "utf-16-be"
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if head[:4] in (b"<\0\0\0",):
        return "utf-32-le"
    if head[:4] == b"\0\0\0<":
        return "utf-32-be"
    if odd > len(head) // 4 and odd > 3 * even:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 4 and even > 3 * odd else None


def _checked(body: bytes, name: str) -> Decoded:
    """Decode with a declared table, unless another is far more plausible: then the label lied."""
    text = body.decode(name)
    if name in CANDIDATES and (best := _best(body)) is not None and best != name and _score(body, best) > _score(body, name) + 25:
        return _repaired(body.decode(best, "replace"), best, ("charset-label-wrong",))
    return _repaired(text, name, ())


def _guessed(body: bytes) -> Decoded:
    best = _best(body)
    if best is None:
        return Decoded(body.decode("windows-1252", "replace"), "windows-1252", ("charset-guessed", "undecodable"))
    return _repaired(body.decode(best, "replace"), best, ("charset-guessed",))


def _best(body: bytes) -> str | None:
    scores = {name: _score(body, name) for name in CANDIDATES}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > float("-inf") else None


def _score(body: bytes, name: str) -> float:
    """Plausibility of the non-ASCII words of ``body`` in table ``name``: mean points a letter, higher is better."""
    sample = body[:_SAMPLE]
    high = sum(byte > 127 for byte in sample)
    if not high:
        return 0.0
    text = sample.decode(name, "replace")
    points = 0.0
    before = " "
    for char in text:
        if char > "\x7f":
            low = char.lower()
            if low in _RUSSIAN:
                points += _RUSSIAN[low] * 10 - (30 if char != low and before.isalpha() and before.islower() else 0)
            elif low in _REGIONAL:
                points += 10
            elif "\u0600" <= char <= "\u06ff":
                points += _PERSIAN.get(char, 10)
            elif char in "«»—–…№“”„’‘ ":
                points += 5
            elif char in "áéíóúçñäöüßèêàâîôûşğıñýžçÇÖÜ":
                points += 25 if before.isascii() else 0
            else:
                points -= 60
        before = char
    return points / high


def _repaired(text: str, encoding: str, flags: tuple[str, ...]) -> Decoded:
    """Undo UTF-8 that was read as windows-1251 or windows-1252 before it was sent; flag what stays wrong."""
    for pattern, table in ((_TWICE_1251, "windows-1251"), (_TWICE_1252, "windows-1252")):
        if pattern.search(text[:_SAMPLE * 4]):
            text, done = _undo(text, table)
            flags = (*flags, "mojibake-repaired" if done else "mojibake")
    if "\ufffd" in text and "undecodable" not in flags:
        flags = (*flags, "undecodable")
    return Decoded(text, encoding, flags)


def _undo(text: str, table: str) -> tuple[str, bool]:
    """Line by line, so that a sound part of the document stays as it is."""
    fixed, all_done = [], True
    pattern = _TWICE_1251 if table == "windows-1251" else _TWICE_1252
    for line in re.split("([<>\n])", text):
        if not pattern.search(line):
            fixed.append(line)
            continue
        raw = _bytes(line, table)
        try:
            better = raw.decode("utf-8")
        except UnicodeDecodeError:
            better = raw.decode("utf-8", "replace")
            if better.count("\ufffd") * 20 > len(better):
                better, all_done = line, False
        fixed.append(better)
    return "".join(fixed), all_done


def _bytes(line: str, table: str) -> bytes:
    out = bytearray()
    for char in line:
        try:
            out += char.encode(table)
        except UnicodeEncodeError:
            # The holes of the tables (0x98 in 1251; 0x81, 0x8d ... in 1252) travel as C1 controls.
            out += bytes([ord(char)]) if ord(char) < 256 else unicodedata.normalize("NFKD", char).encode("ascii", "replace")
    return bytes(out)
