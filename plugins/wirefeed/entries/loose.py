"""One ill-formed item through feedparser, whose second parser forgives what XML does not allow.

feedparser only ever sees re-encoded UTF-8 in a BytesIO with the two headers: given a str it would open a file or an address of that name.
Its dates are not used: it reads MSK as UTC and "2016/6/29" as this month, so the raw strings go to dates.py.
"""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

import feedparser

from wirefeed.entries.dates import read_date
from wirefeed.entries.plain import one_line, plain
from wirefeed.entries.xml_elements import Head, byline, join
from wirefeed.entries.xml_names import PREFIXES
from wirefeed.entries.xml_repair import declarations
from wirefeed.model import Entry, When

_AROUND = f"<rss version='2.0'{declarations(sorted(PREFIXES))}><channel>"


def entry_of(item: str, head: Head, now: datetime) -> Entry | None:
    """Read one item's text. None when feedparser finds no item in it."""
    wrapped = f"{_AROUND}{item}</channel></rss>"
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": head.base or "http://localhost/"}
    found = feedparser.parse(BytesIO(wrapped.encode("utf-8", "replace")), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    if not found.entries:
        return None
    given = found.entries[0]
    content = max((plain(part.get("value") or "") for part in given.get("content") or ()), key=len, default="")
    summary = plain(given.get("summary") or given.get("subtitle") or given.get("media_description") or "")
    guid = (given.get("id") or "").strip() or None
    published, updated = _dates(given, now)
    title = one_line(given.get("title") or given.get("media_title") or "")
    names = [byline(one_line(author.get("name") or author.get("email") or "")) for author in given.get("authors") or () if author]
    names = [found for found in names if found] or ([byline(one_line(given["author"]))] if given.get("author") else [])
    return Entry(
        id="", title=title, link=_link(given, head.base) or (guid if guid and guid.startswith(("http://", "https://")) else None),
        published=published, updated=updated, summary="" if summary == content else summary, text=content, language=given.get("language") or head.language,
        authors=tuple(dict.fromkeys(names)) or head.authors, guid=guid,
        categories=tuple(dict.fromkeys(one_line(tag.get("term") or tag.get("label") or "") for tag in given.get("tags") or () if tag)),
        flags=("ill-formed",) if title else ("ill-formed", "no-title"))


def _dates(given: Mapping[str, Any], now: datetime) -> tuple[When, When]:
    read = {key: read_date(given.get(key), source=key, now=now) for key in ("published", "created", "updated") if given.get(key)}
    published = next((when for when in read.values() if when.utc), None) or next(iter(read.values()), When())
    return published, read.get("updated", When())


def _link(given: Mapping[str, Any], base: str) -> str | None:
    links = [link for link in given.get("links") or () if str(link.get("href") or "").strip()]
    chosen = next((link for link in links if link.get("rel") == "alternate"), None)
    href = str(chosen["href"] if chosen else given.get("link") or "").strip()
    return join(base, href) if href else None
