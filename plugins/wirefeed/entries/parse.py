"""A document's bytes into a ParsedFeed: the format is told by its content, never by its name.

Pure. Raises InputRefused, with a reason a person understands, for what is no feed; a fault inside a feed is survived and listed.
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from wirefeed.entries import json_feed, page, sitemap, wire_text, wire_xml, xml_feed
from wirefeed.entries.encoding import Decoded, decode
from wirefeed.entries.identity import identify
from wirefeed.errors import InputRefused
from wirefeed.feeds.catalog import Selectors
from wirefeed.model import ParsedFeed

MOST_BYTES = 10 * 1024 * 1024  # what is beyond is not read: the newest items stand first, and memory is bounded
MOST_ENTRIES = 2000  # of one document; rss-fetcher's cap, from 180,000 feeds in production
_ROOT = re.compile(r"<(?![?!])(?:[\w.\-]+:)?([A-Za-z][\w.\-]*)")
_PROLOG = re.compile(r"^\s*(?:<\?xml[^>]*\?>|<\?[^>]*\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>|\s)*", re.S | re.I)

Reader = Callable[[str, str, datetime], ParsedFeed]
_XML: dict[str, Reader] = {
    "rss": xml_feed.read, "rdf": xml_feed.read, "feed": xml_feed.read, "channel": xml_feed.read, "cdf": xml_feed.read,
    "urlset": sitemap.read, "sitemapindex": sitemap.read_index,
    "newsmessage": wire_xml.read_newsml_g2, "newsitem": wire_xml.read_newsml_g2, "packageitem": wire_xml.read_newsml_g2,
    "nitf": wire_xml.read_nitf, "newsml": wire_xml.read_newsml_1,
}


def parse(
    body: bytes, *, url: str = "", content_type: str | None = None, kind: str = "feed", selectors: Selectors | None = None, now: datetime,
) -> ParsedFeed:
    """Parse one document fetched from ``url``. ``now`` judges dates only. At most MOST_ENTRIES entries, the rest counted as rejected."""
    if body[:2] == b"\x1f\x8b":  # a sitemap kept as .xml.gz
        body = _unzipped(body)
    if not body.strip(b"\0 \r\n\t\xef\xbb\xbf"):
        raise InputRefused("the document is empty")
    over_long = len(body) > MOST_BYTES
    decoded = decode(body[:MOST_BYTES] if over_long else body, content_type)
    parsed = page.read(decoded.text, url, selectors, now) if kind == "page" else _reader(body, decoded)(decoded.text, url, now)
    empty = tuple(number for number, entry in enumerate(parsed.entries) if not (
        entry.title or entry.summary or entry.text or entry.link or entry.guid or entry.published.raw or entry.authors or entry.flags))
    if empty:
        parsed = replace(parsed, entries=tuple(entry for number, entry in enumerate(parsed.entries) if number not in empty),
                         rejected=(*parsed.rejected, *((number, "empty: nothing of this item could be read") for number in empty)))
    kept, over = parsed.entries[:MOST_ENTRIES], parsed.entries[MOST_ENTRIES:]
    flags = tuple(flag for flag in decoded.flags if flag.startswith(("mojibake", "undecodable")))
    if flags:
        kept = tuple(replace(entry, flags=(*entry.flags, *flags)) for entry in kept)
    rejected = parsed.rejected + tuple((MOST_ENTRIES + number, "beyond the cap of entries") for number in range(len(over)))
    return replace(parsed, encoding=decoded.encoding, entries=identify(kept), rejected=rejected,
                   problems=(*parsed.problems, *decoded.flags, *(("entries-capped",) if over else ()),
                             *(("too-long: only the first 10 MiB were read",) if over_long else ())))


def _unzipped(body: bytes) -> bytes:
    """A gzip file's first bytes, no more than are read; what is cut or damaged gives what comes before the damage."""
    try:
        return zlib.decompressobj(31).decompress(body, MOST_BYTES + 1)
    except zlib.error as error:
        raise InputRefused(f"the document is a damaged gzip file: {error}") from error


def _reader(body: bytes, decoded: Decoded) -> Reader:
    text = decoded.text.lstrip("\ufeff\0 \r\n\t")
    if text[:1] in "{[":
        return json_feed.read
    if wire_text.looks_like(body):
        return wire_text.read
    start = _PROLOG.match(text)
    head = text[start.end() if start else 0:]
    if not head and "<" in text[:2000]:
        raise InputRefused("the document ends in its prolog: truncated")
    root = _ROOT.search(head[:5000])
    if root is None:
        if "\0" in text[:1000] or sum(c < " " for c in text[:1000]) > 100:
            raise InputRefused("the document is binary data, not a feed")
        raise InputRefused("the document is plain text, not a feed")
    name = root[1].lower()
    if name in _XML:
        return _XML[name]
    if name in ("html", "head", "body", "div", "p", "script", "meta", "title", "table", "h1"):
        # A feed wrapped into a page, or a page instead of a feed.
        inner = re.search(r"<(rss|rdf:RDF|feed)\b[^>]*(?:xmlns|version)", text)
        if inner:
            return lambda whole, url, now: xml_feed.read(whole[whole.find("<" + inner[1]):], url, now)
        if "tgme_widget_message" in text:
            return lambda whole, url, now: page.read(whole, url, None, now)
        raise InputRefused(_what_page(text))
    if name == "opml":
        raise InputRefused("the document is an OPML list of feeds: import it with 'wirefeed feeds import'")
    if name in ("item", "entry"):
        return xml_feed.read
    if re.search(r"<(?:[\w.\-]+:)?(?:item|entry)\b", text):
        return xml_feed.read
    raise InputRefused(f"the document is XML of another kind (<{root[1]}>), not a feed")


def _what_page(text: str) -> str:
    low = text[:100_000].lower()
    title = re.search(r"<title[^>]*>(.*?)</title", low, re.S)
    said = f" (“{' '.join(title[1].split())[:80]}”)" if title and title[1].strip() else ""
    if "type=\"password\"" in low or "type='password'" in low or "type=password" in low:
        return f"the document is an HTML login page, not a feed{said}"
    if "cf-chl" in low or "challenge-platform" in low or "just a moment" in low or "ddos-guard" in low or "captcha" in low:
        return f"the document is a bot challenge page, not a feed{said}"
    if re.search(r"<link[^>]+(?:application/(?:rss|atom)\+xml|application/feed\+json)", low):
        return f"the document is an HTML page that links to a feed{said}: 'wirefeed feeds check' finds it"
    return f"the document is an HTML page, not a feed{said}"
