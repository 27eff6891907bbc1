"""List pages of publishers without a working feed, read by CSS selectors; public t.me/s previews need none."""

from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import lxml.etree
import lxml.html

from wirefeed.entries.dates import read_date
from wirefeed.entries.plain import one_line, plain
from wirefeed.errors import InputRefused
from wirefeed.feeds.catalog import Selectors
from wirefeed.model import Entry, ParsedFeed, When

TELEGRAM = Selectors(item=".tgme_widget_message", title="", link="a.tgme_widget_message_date", date="time", summary=".tgme_widget_message_text")


def read(text: str, url: str, selectors: Selectors | None, now: datetime) -> ParsedFeed:
    """Items of a list page in its order. Raises InputRefused when the item selector finds nothing: the page was rebuilt."""
    telegram = "t.me/s/" in url or "tgme_widget_message" in text
    chosen = selectors or (TELEGRAM if telegram else None)
    if chosen is None:
        raise InputRefused("a feed of kind 'page' needs selectors")
    try:
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8"))
        nodes = root.cssselect(chosen.item)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise InputRefused(f"the page could not be read: {error}") from error
    except SyntaxError as error:  # cssselect's own
        raise InputRefused(f"the selector {chosen.item!r} is not valid CSS: {error}") from error
    if not nodes:
        raise InputRefused(f"the page holds nothing that fits the selector {chosen.item!r}: was it rebuilt?")
    entries, rejected = [], []
    for position, node in enumerate(nodes):
        entry = _entry(node, chosen, url, now)
        if entry.title or entry.summary:
            entries.append(entry)
        else:
            rejected.append((position, "empty: no title or text"))
    title = one_line(root.findtext(".//title") or "")
    return ParsedFeed("telegram" if telegram and selectors is None else "page", "utf-8", title, tuple(entries), url or None, root.get("lang"),
                      tuple(rejected))


def _first(node: Any, selector: str) -> Any:
    found = node.cssselect(selector) if selector else []
    return found[0] if found else None


def _words(node: Any) -> str:
    return plain(lxml.html.tostring(node, encoding="unicode", with_tail=False)) if node is not None else ""


def _entry(node: Any, chosen: Selectors, url: str, now: datetime) -> Entry:
    link = node if node.tag == "a" and chosen.link == "a" else _first(node, chosen.link)
    href = (link.get("href") or "").strip() if link is not None else ""
    summary = _words(_first(node, chosen.summary))
    title = one_line(_words(_first(node, chosen.title))) if chosen.title else ""
    if not title and summary and not chosen.title:  # a post: its first line is its headline
        title = summary.split("\n", 1)[0]
        title = title if len(title) <= 160 else title[:157].rsplit(" ", 1)[0] + " ..."
    elif not title and link is not None:
        title = one_line(_words(link))
    dated = _first(node, chosen.date)
    raw = (dated.get("datetime") or dated.get("content") or dated.get("title") or _words(dated)) if dated is not None else None
    return Entry(id="", guid=node.get("data-post"), title=title, link=urljoin(url, href) if href else None,
                 published=read_date(raw, source="page", now=now) if raw else When(), summary=summary)
