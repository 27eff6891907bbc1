"""Wire files as text: IPTC 7901 and ANPA 1312, the teleprinter's envelopes that small agencies still drop into folders.

IPTC 7901: SOH source-and-number urgency category word-count, CR LF, STX text ETX time EOT. ANPA 1312 (short): SYN SYN SOH service level,
number, category, format, keyword line, STX text ETX word count and time EOT. Sources: the two standards' field lists.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from wirefeed.entries.dates import read_date
from wirefeed.entries.encoding import decode
from wirefeed.entries.plain import one_line, tidy
from wirefeed.errors import InputRefused
from wirefeed.model import Entry, ParsedFeed, When

_IPTC = re.compile(rb"\x01\s*(?P<source>[^\s\d\x00-\x1f]{1,12})(?P<number>\d{3,5})[ \t]+(?P<urgency>\d)[ \t]+(?P<category>[^\s\x00-\x1f]{1,20})"
                   rb"[ \t]+(?P<words>\d{1,5})(?:[ \t]+(?P<keywords>[^\r\n]*))?\r?\n?"
                   rb"(?P<head>[^\x01\x02]{0,2000})\x02(?P<text>[^\x03]*)(?:\x03(?P<tail>[^\x04]*))?", re.S)
_ANPA = re.compile(rb"\x16\x16\x01(?P<service>[a-z]?)(?P<number>\d{3,4})(?P<head>[^\x01\x02]{0,2000})\x02"
                   rb"(?P<text>[^\x03]*)(?:\x03(?P<tail>[^\x04]*))?", re.S)
_TIME = re.compile(rb"(\d{2})(\d{2})(\d{2})\s*(?:GMT|UTC|Z)?\s*([A-Za-z]{3})?\s*(\d{2})?")
_ANPA_TIME = re.compile(rb"(\d\d)-(\d\d)-(\d\d)\s+(\d\d)(\d\d)\s*([A-Z]{2,4})?")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f]")
_SLUG = re.compile(r"[^\s.,:]+(?:[-/][^\s.,:]+)+(?:, ?\w{3} ld\S*)?", re.I)  # "BC-KYRGYZ-BORDER, 1st Ld"
_BYLINE = re.compile(r"(?:by|от|автор:?)\s+([^.!?]{2,70}?)\s*=?", re.I)
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}


def looks_like(body: bytes) -> bool:
    """True for an IPTC 7901 or ANPA envelope at the document's start."""
    head = body[:400].lstrip(b"\r\n \0")
    return head.startswith(b"\x16\x16\x01") or (head.startswith(b"\x01") and b"\x02" in body[:2000])


def read(text: str, url: str, now: datetime) -> ParsedFeed:
    """All messages of a file, in order. Controls survive every single-byte table and UTF-8, so the decoded text is matched as bytes again."""
    body = text.encode("utf-8", "replace")
    found: list[tuple[str, re.Match[bytes]]] = [("anpa", match) for match in _ANPA.finditer(body)]
    if not found:
        found = [("iptc7901", match) for match in _IPTC.finditer(body)]
    if not found:
        raise InputRefused("the document has a wire envelope that could not be read")
    entries = [_entry(kind, match, now) for kind, match in found]
    cut = found[-1][1]["tail"] is None
    return ParsedFeed(found[0][0], "utf-8", "", tuple(entries[:-1] if cut and len(entries) > 1 else entries),
                      rejected=((len(entries) - 1, "truncated: no end of text"),) if cut and len(entries) > 1 else (),
                      problems=("truncated",) if cut else ())


def _entry(kind: str, match: re.Match[bytes], now: datetime) -> Entry:
    text = decode(match["text"]).text.replace("\r\n", "\n").replace("\r", "\n")
    title, authors, rest = _head(text.split("\n"))
    paragraphs: list[str] = []
    present: list[str] = []
    for raw in rest:
        line = _clean(raw)
        if (not line or raw.startswith(("\t", "   "))) and present:
            paragraphs.append(" ".join(present))
            present = []
        if line:
            present.append(line)
    if present:
        paragraphs.append(" ".join(present))
    groups = match.groupdict()
    number = match["number"].decode("ascii")
    source = decode(groups.get("source") or groups.get("service") or b"").text
    keywords = decode(groups.get("keywords") or b"").text.strip() if groups.get("keywords") else _keyword(groups.get("head") or b"")
    when = _when(match["tail"] or b"", now)
    wire = {"number": number, "slugline": keywords, **({"urgency": groups["urgency"].decode()} if groups.get("urgency") else {})}
    day = when.utc.date().isoformat() if when.utc else ""
    return Entry(id="", guid=f"{kind}:{source}{number}:{keywords}:{day}", title=title, link=None, published=when, authors=authors,
                 text=tidy("\n\n".join(paragraphs)), categories=((groups["category"].decode(),) if groups.get("category") else ()),
                 wire={key: value for key, value in wire.items() if value})


def _clean(line: str) -> str:
    return _CONTROL.sub("", line).strip(" \t<>^")


def _head(lines: list[str]) -> tuple[str, tuple[str, ...], list[str]]:
    """Headline and byline above the text. A slug ("BC-BORDER") is the headline only where no other line stands before the text."""
    title, authors, at = "", [], 0
    while at < len(lines):
        line, indented = _clean(lines[at]), lines[at].startswith(("\t", "   "))
        if line and title and indented:
            break
        by = _BYLINE.fullmatch(line) if title else None
        if line and by:
            authors.append(by[1].strip())
        elif line and title and authors and lines[at].rstrip().endswith("="):
            pass  # "Associated Press Writer="
        elif line and title and not _SLUG.fullmatch(title):
            break
        elif line:
            title = line
        at += 1
    return one_line(title), tuple(authors), lines[at:]


def _keyword(head: bytes) -> str:
    words = [part for part in re.split(rb"[\x00-\x20\^]+", head) if len(part) > 3]
    return decode(words[0]).text if words else ""


def _when(tail: bytes, now: datetime) -> When:
    """The envelope's end: DDHHMM, with month and year where given, else those that put it nearest before now; ANPA has MM-DD-YY HHMM and a zone."""
    if found := _ANPA_TIME.search(tail):
        month, day, year, hour, minute, zone = (part.decode() if part else "" for part in found.groups())
        when = read_date(f"20{year}-{month}-{day} {hour}:{minute} {zone}", source="envelope", now=now)
        return replace(when, raw=found[0].decode("ascii"))
    found = _TIME.search(tail)
    if not found:
        return When()
    day, hour, minute = (int(found[n]) for n in (1, 2, 3))
    raw = found[0].decode("ascii", "replace").strip()
    month = _MONTHS.get((found[4] or b"").decode().lower())
    try:
        if month:
            year = 2000 + int(found[5]) if found[5] else now.year
            return When(datetime(year, month, day, hour, minute, tzinfo=UTC), raw, "envelope", True)
        at = now.astimezone(UTC)
        for _ in range(40):
            if at.day == day:
                return When(at.replace(hour=hour, minute=minute, second=0, microsecond=0), raw, "envelope", True, ("month-guessed",))
            at -= timedelta(days=1)
    except ValueError:
        pass  # no such day: the raw string is kept below
    return When(None, raw, "envelope", False, ("unreadable",))
