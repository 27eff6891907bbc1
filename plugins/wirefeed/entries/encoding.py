"""Bytes into text: valid UTF-8 wins over a wrong label, then the declared charset, then a guess scored on letters of the region.

charset-normalizer is weak on short Cyrillic, so single-byte candidates are scored here: text in a wrong table shows rare letters, capitals
inside words, and symbols between letters.
"""

import codecs
import re
from dataclasses import dataclass

from wirefeed.entries.mojibake import repaired

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:\-]+)["']""", re.I)
_HTML = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9._:\-]+)""", re.I)
_HEADER = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:\-]+)""", re.I)
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Single-byte tables met in the region's feeds; order decides a draw.
CANDIDATES = ("windows-1251", "koi8-r", "cp866", "kz1048", "koi8-t", "ptcp154", "koi8-u", "iso-8859-5", "mac-cyrillic",
              "windows-1252", "windows-1254", "windows-1256")
# Share of each letter in Russian running text, in percent (general corpus counts, rounded); others of the region's Cyrillic are rarer.
_RUSSIAN = dict(zip("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", (
    10.9, 8.5, 8.0, 7.4, 6.7, 6.3, 5.5, 4.7, 4.5, 4.4, 3.5, 3.2, 3.0, 2.8, 2.6, 2.0, 1.9, 1.7, 1.7, 1.6, 1.6, 1.4, 1.2, 1.0, 0.9, 0.7, 0.6,
    0.5, 0.4, 0.3, 0.3, 0.1, 0.1), strict=True))
_PERSIAN = {**dict.fromkeys("ابتدرسلمنهویيکكگپشزقعفخحج", 30.0), **dict(zip("ايیرنلمودهتبس", (
    130, 100, 100, 75, 80, 80, 60, 60, 60, 60, 50, 45, 40), strict=True))}
_REGIONAL = frozenset("әғқңөұүһіҳқғўӯҷӣ")  # Kazakh, Kyrgyz, Uzbek, Tajik: no other table shows them by chance
_NEIGHBOURS = frozenset("їєґ")
_ALONE = frozenset("аявкосуиё")  # words of one letter
_ACCENTED = frozenset("áéíóúçñäöüßèêàâîôûëïùœæåøığşãõ")
_TYPOGRAPHY = frozenset("«»—–…№“”„’‘‚°§©®•\u00a0")
_PLAUSIBLE = 46.0  # points a letter that a right table reaches; Russian in a wrong Cyrillic one has 30 to 38
_UNSURE = 12.0  # below: no single-byte table of the region fits
_TOKEN = re.compile(rb"[^\s<>&;\"'=]*[\x80-\xff][^\s<>&;\"'=]*")
_SAMPLE = 200_000  # bytes that are looked at ...
_TOKENS = 300  # ... and words that decide
_STRANGERS = re.compile("[\udc80-\udcff]+")
_SOUND = re.compile("[\u0080-\ud7ff\ue000-\uffff]")
_RUN = re.compile(rb"[\x80-\xff]+")
_EBCDIC = b"\x4c\x6f\xa7\x94"  # "<?xm" in IBM's tables
@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the table it was read with, and what was odd about it."""

    text: str
    encoding: str
    flags: tuple[str, ...] = ()


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """Decode a document. Never raises: what fits no table is read with replacement characters and flagged ``undecodable``."""
    for mark, bom_table in BOMS:
        if body.startswith(mark):
            return _repaired(body[len(mark):].decode(bom_table, "replace"), bom_table.removesuffix("-le").removesuffix("-be"), ())
    if wide := _wide(body):
        return _repaired(body.decode(wide, "replace"), wide, ())
    if body.startswith(_EBCDIC):
        own = _DECLARED.search(body[:300].decode("cp500", "replace").encode("ascii", "replace"))
        bom_table = (_known(own[1].decode("ascii")) if own else None) or "cp500"
        return _repaired(body.decode(bom_table, "replace"), bom_table, ())
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
    return _spliced(body) or _guessed(body)


def _spliced(body: bytes) -> Decoded | None:
    """UTF-8 into which somebody pasted bytes of another table; None when it is not mostly UTF-8."""
    loose = body.decode("utf-8", "surrogateescape")
    strangers = [(found.start(), found[0]) for found in _STRANGERS.finditer(loose)]
    sound = len(_SOUND.findall(loose))
    if not sound or sum(len(piece) for _, piece in strangers) > sound // 4 + 2:
        return None
    raw = b" ".join(piece.encode("utf-8", "surrogateescape") for _, piece in strangers)
    name = _best(raw)[0]
    text = _STRANGERS.sub(lambda found: found[0].encode("utf-8", "surrogateescape").decode(name, "replace"), loose)
    return _repaired(text, "utf-8", ("charset-mixed",))


def _labels(body: bytes, content_type: str | None) -> list[str]:
    found = [match[1].decode("ascii") for match in (_DECLARED.search(body[:1024]), _HTML.search(body[:4096])) if match]
    if content_type and (match := _HEADER.search(content_type)):
        found.append(match[1])  # after the document's own word: servers add defaults
    return found


# Labels that publishers write and Python does not know, or reads too narrowly: browsers read latin-1 as windows-1252, and so do the publishers.
_ALIASES = {"iso8859-1": "windows-1252", "ascii": "ascii", "cp1251": "windows-1251", "cp1252": "windows-1252", "mac": "mac-roman",
            "csmacintosh": "mac-roman", "xmac": "mac-roman", "xmaccyrillic": "mac-cyrillic", "msansi": "windows-1252", "mscyrl": "windows-1251",
            "msarab": "windows-1256", "msturk": "windows-1254", "msee": "cp1250", "msgreek": "cp1253", "mshebr": "cp1255", "xcp1251": "windows-1251",
            "win1251": "windows-1251", "winkoi8r": "koi8-r", "win1252": "windows-1252", "win1256": "windows-1256", "koi8": "koi8-r",
            "dos866": "cp866", "xcp866": "cp866", "unicode": "utf-16", "utf": "utf-8", "utf8mb4": "utf-8",
            "xsjis": "shift_jis", "xgbk": "gbk", "strk10482002": "kz1048"}


def _known(label: str) -> str | None:
    plain_label = re.sub(r"[^a-z0-9]", "", label.lower()).replace("windows", "win")
    if plain_label in _ALIASES:
        return _ALIASES[plain_label]
    try:
        name = codecs.lookup(label.strip().lower()).name
        "".encode(name)  # a codec of text, not "rot13" or "zip"
    except (LookupError, ValueError, TypeError):
        return None
    return _ALIASES.get(name, name)


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
    if re.match(rb"(?:\0\s)*\0<\0[!?A-Za-z]", head):
        return "utf-16-be"
    if re.match(rb"(?:\s\0)*<\0[!?A-Za-z]\0", head):
        return "utf-16-le"
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
    if name not in CANDIDATES:
        return _repaired(text, name, ())
    tokens = _tokens(body)
    own = _score(tokens, name)
    if own < _PLAUSIBLE and sum(byte > 127 for token in tokens for byte in token) >= 12:
        best, score = _best(body)
        if best != name and score > own + (4 if best in ("kz1048", "ptcp154", "koi8-t") else 12) and score > _UNSURE:
            return _repaired(body.decode(best, "replace"), best, ("charset-label-wrong",))
    return _repaired(text, name, ())


def _guessed(body: bytes) -> Decoded:
    best, score = _best(body)
    runs = _RUN.findall(body[:_SAMPLE])
    if len(runs) < 3 and sum(map(len, runs)) < 3:
        best = "windows-1252"  # a sign or two in a text that is ASCII otherwise
    elif (score < 0 or ((score < _PLAUSIBLE or len(runs) > 5) and sum(map(len, runs)) > 11 and all(len(run) % 2 == 0 for run in runs))) and (
            wide := _multibyte(body)):
        return wide
    return _repaired(body.decode(best, "replace"), best, ("charset-guessed",))


def _multibyte(body: bytes) -> Decoded | None:
    """Tables of more than one byte a character (Chinese, Japanese, Korean): not the region's, so charset-normalizer's word is enough."""
    from charset_normalizer import from_bytes

    found = from_bytes(body[:20_000], cp_isolation=["gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "iso2022_jp", "utf_7"]).best()
    return Decoded(body.decode(found.encoding, "replace"), found.encoding, ("charset-guessed",)) if found else None


def _tokens(body: bytes) -> list[bytes]:
    """The first words with a byte above 127."""
    found = []
    for token in _TOKEN.finditer(body[:_SAMPLE]):
        found.append(token[0][:60])
        if len(found) == _TOKENS:
            break
    return found


def _best(body: bytes) -> tuple[str, float]:
    tokens = _tokens(body)
    scores = {name: _score(tokens, name) for name in CANDIDATES}
    best = max(scores, key=lambda name: scores[name])
    if best in ("kz1048", "ptcp154"):  # Ukrainian's letters are Kazakh ones there; but no Kazakh text does without these, no Kyrgyz one has an і
        text = b" ".join(tokens).decode(best, "replace").lower()
        if "і" in text and not any(letter in text for letter in "қғәң"):
            best = "windows-1251"
    return best, scores[best]


def _score(tokens: list[bytes], name: str) -> float:
    """Plausibility of words in table ``name``: mean points a non-ASCII character, higher is better."""
    points, counted = 0.0, 0
    for token in tokens:
        text = token.decode(name, "replace")
        before = " "
        for at, char in enumerate(text):
            if char > "\x7f":
                counted += 1
                after = text[at + 1] if at + 1 < len(text) else " "
                points += _points(char, before, after)
            before = char
    return points / counted if counted else 0.0


def _points(char: str, before: str, after: str) -> float:
    low = char.lower()
    grown = (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())  # into a Latin word
    if low in _RUSSIAN or low in _REGIONAL or low in _NEIGHBOURS:
        points = _RUSSIAN[low] * 10 if low in _RUSSIAN else 35 if low in _REGIONAL else 5
        if grown:
            return -60
        if char != low and before.isalpha() and before == before.lower():
            points -= 60  # a capital inside a word
        if not before.isalpha() and not after.isalpha() and low not in _ALONE and after != ".":
            points -= 60
        return points
    if "\u0600" <= char <= "\u06ff":
        return -60 if grown else _PERSIAN.get(char, 10)
    if char in _TYPOGRAPHY:
        return 5
    if low in _ACCENTED:
        return (55 if low in "ığş" else 50) if grown and not (char != low and before.isalpha() and before == before.lower()) else -20
    return -60


def _repaired(text: str, encoding: str, flags: tuple[str, ...]) -> Decoded:
    text, found = repaired(text)
    if "\ufffd" in text and "undecodable" not in flags:
        found = (*found, "undecodable")
    return Decoded(text, encoding, (*flags, *found))
