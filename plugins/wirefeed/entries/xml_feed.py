"""RSS 0.9x-2.0, RDF and Atom through feedparser, which only ever sees re-encoded UTF-8 in a BytesIO.

feedparser forgives ill-formed XML by a second, looser parser. What it gets wrong (dates, see entries/dates.py) we read from the raw strings.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser

from wirefeed.entries.dates import read_date
from wirefeed.entries.plain import one_line, plain
from wirefeed.errors import InputRefused
from wirefeed.model import Entry, ParsedFeed, When

MOST_READ = 2000  # items handed to feedparser; it takes about 0.3 ms each, more when ill-formed
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(\[.*?\])?\s*>", re.S | re.I)
_OPEN = re.compile(r"<(?:[\w.\-]+:)?(item|entry)(?=[\s>/])", re.I)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CLOSE = {"rss": "</channel></rss>", "rdf:rdf": "</rdf:RDF>", "feed": "</feed>"}
_FORMATS = {"rss090": "rdf", "rss10": "rdf", "cdf": "cdf"}


def read(text: str, url: str, now: datetime) -> ParsedFeed:
    """Parse; entries without any content are rejected with a reason, the others stay."""
    text, problems = _FORBIDDEN.sub(" ", text), []
    if _FORBIDDEN.search(text) is None and len(text) and "\x00" in text:
        problems.append("control-characters")
    text = _DECLARATION.sub("", text, count=1).lstrip("\ufeff\0 \r\n\t")
    if "<!DOCTYPE" in text[:2000].upper():
        text = _DOCTYPE.sub("", text, count=1)
    starts = [(match.start(), match[1].lower()) for match in _OPEN.finditer(text)]
    over = 0
    if len(starts) > MOST_READ:
        over = len(starts) - MOST_READ
        root = re.match(r"<([\w:.\-]+)", text)
        text = text[:starts[MOST_READ][0]] + _CLOSE.get(root[1].lower() if root else "", "")
        problems.append("entries-capped")
    cut = _cut(text, starts[-1] if starts else None) if not over else False
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url or "http://localhost/"}
    found = feedparser.parse(BytesIO(text.encode("utf-8", "replace")), response_headers=headers, sanitize_html=False,
                             resolve_relative_uris=False)
    if not found.get("version") and not found.entries:
        if not starts and not re.match(r"<(?:rss|rdf:RDF|feed|channel)\b", text, re.I):
            raise InputRefused("the document holds no feed that could be read")
    if found.get("bozo"):
        problems.append(f"ill-formed: {type(found.get('bozo_exception')).__name__}")
    entries, rejected = [], []
    last = len(found.entries) - 1
    for position, given in enumerate(found.entries):
        if cut and position == last:
            rejected.append((position, "truncated: the document ends inside this item"))
            continue
        try:
            entry = _entry(given, found.feed, url, now)
        except Exception as error:  # noqa: BLE001 - one bad entry never loses the rest; its reason is recorded
            rejected.append((position, f"unreadable: {type(error).__name__}: {error}"))
            continue
        if not (entry.title or entry.summary or entry.text or entry.link):
            rejected.append((position, "empty: no title, link or text"))
            continue
        entries.append(entry)
    rejected += [(MOST_READ + number, "beyond the cap of entries") for number in range(over)]
    if cut:
        problems.append("truncated")
    feed = found.feed
    version = found.get("version") or ""
    name = _FORMATS.get(version) or ("atom" if version.startswith("atom") else "rdf" if text[:200].lower().startswith("<rdf") else "rss")
    return ParsedFeed(name, "utf-8", one_line(feed.get("title") or ""), tuple(entries), _link(feed, url), feed.get("language") or None,
                      tuple(rejected), tuple(problems), _interval(feed))


def _cut(text: str, last: tuple[int, str] | None) -> bool:
    """True when the document ends inside its last item."""
    if last is None:
        return False
    tail = text[last[0]:]
    if re.search(rf"</(?:[\w.\-]+:)?{last[1]}\s*>", tail, re.I):
        return False
    opening = re.match(r"<[^>]*>?", tail)
    return not (opening and opening[0].endswith("/>"))


def _entry(given: Mapping[str, Any], feed: Mapping[str, Any], url: str, now: datetime) -> Entry:
    content = max((plain(part.get("value") or "") for part in given.get("content") or ()), key=len, default="")
    summary = plain(given.get("summary") or given.get("subtitle") or given.get("media_description") or "")
    if not content and not summary:
        summary = plain(" ".join(str(part.get("content") or "") for part in given.get("media_content") or () if part.get("content")))
    guid = (given.get("id") or "").strip() or None
    link = _link(given, url)
    if link is None and guid and guid.startswith(("http://", "https://")):
        link = guid
    published, updated = _dates(given, now)
    title = one_line(given.get("title") or given.get("media_title") or "")
    return Entry(
        id="", title=title, link=link, published=published, updated=updated, summary=summary, text=content,
        language=_language(given, feed), authors=_authors(given), guid=guid,
        categories=tuple(dict.fromkeys(one_line(tag.get("term") or tag.get("label") or "") for tag in given.get("tags") or () if tag)),
        flags=() if title else ("no-title",))


def _dates(given: Mapping[str, Any], now: datetime) -> tuple[When, When]:
    read = {name: read_date(given.get(name), source=name, now=now) for name in ("published", "created", "updated", "expired") if given.get(name)}
    # feedparser calls dc:date "updated" when nothing else is there; a feed with one date means its publication.
    published = next((read[name] for name in ("published", "created", "updated") if name in read and read[name].utc), None)
    published = published or next((read[name] for name in ("published", "created", "updated") if name in read), When())
    return published, read.get("updated", When())


def _link(given: Mapping[str, Any], url: str) -> str | None:
    links = [link for link in given.get("links") or () if link.get("href")]
    for relation in ("alternate", None):
        for link in links:
            if relation is None and link.get("rel") in ("self", "hub", "enclosure", "replies", "edit", "license", "related", "via"):
                continue
            if relation is None or link.get("rel") == relation:
                return urljoin(url, str(link["href"]).strip()) if str(link["href"]).strip() else None
    href = str(given.get("link") or "").strip()
    return urljoin(url, href) if href else None


def _authors(given: Mapping[str, Any]) -> tuple[str, ...]:
    names = [one_line(author.get("name") or author.get("email") or "") for author in given.get("authors") or () if author]
    names = [name for name in names if name] or ([one_line(given["author"])] if given.get("author") else [])
    return tuple(dict.fromkeys(names))


def _language(given: Mapping[str, Any], feed: Mapping[str, Any]) -> str | None:
    for part in (given.get("language"), *(c.get("language") for c in given.get("content") or ()),
                 (given.get("title_detail") or {}).get("language"), (given.get("summary_detail") or {}).get("language"), feed.get("language")):
        if part:
            return str(part)
    return None


def _interval(feed: Mapping[str, Any]) -> int | None:
    ttl = str(feed.get("ttl") or "").strip()
    if ttl.isdigit() and 0 < int(ttl) < 100_000:
        return int(ttl) * 60
    period = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}.get(
        str(feed.get("sy_updateperiod") or "").strip().lower())
    if period is None:
        return None
    often = str(feed.get("sy_updatefrequency") or "1").strip()
    return period // max(1, int(often) if often.isdigit() else 1)
