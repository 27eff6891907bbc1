"""List pages of publishers without a working feed, read by CSS selectors; public t.me/s previews need none."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import lxml.etree
import lxml.html
from lxml.cssselect import CSSSelector

from wirefeed.entries.dates import read_date
from wirefeed.entries.plain import one_line, plain
from wirefeed.entries.xml_elements import join
from wirefeed.errors import InputRefused
from wirefeed.feeds.catalog import Selectors
from wirefeed.model import Entry, ParsedFeed, When

# A reply quotes the post it answers, and a video tells its length in a <time> of its own.
TELEGRAM = Selectors(item=".tgme_widget_message", title="", link="a.tgme_widget_message_date", date=".tgme_widget_message_date time",
                     summary=":not(.tgme_widget_message_reply) > .tgme_widget_message_text:not(.js-message_reply_text)")
_TELEGRAM_AUTHOR = ".tgme_widget_message_from_author"


def read(text: str, url: str, selectors: Selectors | None, now: datetime) -> ParsedFeed:
    """Items of a list page in its order. Raises InputRefused when the item selector finds nothing: the page was rebuilt."""
    telegram = selectors is None and ("t.me/s/" in url or "tgme_widget_message" in text)
    chosen = selectors or (TELEGRAM if telegram else None)
    if chosen is None:
        raise InputRefused("a feed of kind 'page' needs selectors")
    try:
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8"))
        nodes = _all(root, chosen.item)
        if not nodes and telegram:
            raise InputRefused("the channel shows no public preview: it is private, restricted, or gone")
        if not nodes:
            raise InputRefused(f"the page holds nothing that fits the selector {chosen.item!r}: was it rebuilt?")
        own = next((node.get("href") for node in root.iter("base") if node.get("href")), "")
        base = join(url, own.strip()) if own else url
        entries, rejected = [], []
        for position, node in enumerate(nodes):
            entry = _post(node, base, now) if telegram else _entry(node, chosen, base, now)
            if entry is None or not (entry.title or entry.summary):
                why = "no words: a service message" if "service_message" in (node.get("class") or "") else "no title or text"
                rejected.append((position, f"empty: {why}"))
            else:
                entries.append(entry)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise InputRefused(f"the page could not be read: {error}") from error
    except SyntaxError as error:  # cssselect's own
        raise InputRefused(f"a selector is not valid CSS: {error} ({chosen})") from error
    title = one_line(root.findtext(".//title") or "")
    return ParsedFeed("telegram" if telegram else "page", "utf-8", title, tuple(entries), url or None, root.get("lang"), tuple(rejected))


@lru_cache(maxsize=500)
def _compiled(selector: str) -> Any:
    return CSSSelector(selector, translator="html")


def _all(node: Any, selector: str) -> list[Any]:
    return list(_compiled(selector)(node)) if selector else []


def _words(node: Any) -> str:
    return plain(lxml.html.tostring(node, encoding="unicode", with_tail=False)) if node is not None else ""


def _href(node: Any) -> str:
    href = (node.get("href") or "").strip()
    return "" if href.lower().startswith(("javascript:", "mailto:", "tel:", "#")) else href


def _when(nodes: list[Any], now: datetime) -> When:
    """The first readable date among the attributes and words of the nodes; unreadable ones are kept as found."""
    unread = When()
    for node in nodes:
        for raw in (node.get("datetime"), node.get("content"), node.get("title"), one_line(_words(node))):
            if raw and (when := read_date(raw, source="page", now=now)).raw:
                if when.utc:
                    return when
                unread = unread if unread.raw else when
    return unread


def _entry(node: Any, chosen: Selectors, base: str, now: datetime) -> Entry:
    links = [node] if node.tag == "a" and chosen.link == "a" else _all(node, chosen.link)
    links = [link for link in links if _href(link)]
    spoken = [link for link in links if _words(link)]
    summary = "\n\n".join(filter(None, map(_words, _all(node, chosen.summary)[:1])))
    titles = [*_all(node, chosen.title), *(() if chosen.title else _all(node, "h1, h2, h3, h4, h5, h6")), *spoken]
    title = next(filter(None, (one_line(_words(one)) for one in titles)), "") or next(
        (one_line(part.get(name)) for link in links for part in link.iter() if isinstance(part.tag, str) for name in ("title", "alt") if part.get(name)), "")
    link = next(iter(spoken or links), None)
    return Entry(id="", guid=node.get("data-post"), title=title or _first_line(summary), link=join(base, _href(link)) if link is not None else None,
                 published=_when(_all(node, chosen.date or "time"), now), summary=summary)


def _post(node: Any, base: str, now: datetime) -> Entry | None:
    """A Telegram post: its first line is its headline. None for pictures without words and for the channel's service messages."""
    if "service_message" in (node.get("class") or ""):
        return None
    texts = [part for part in _all(node, TELEGRAM.summary) if not any("tgme_widget_message_reply" in (above.get("class") or "") for above in part.iterancestors())]
    summary = _words(texts[0]) if texts else ""
    link = next(iter(_all(node, TELEGRAM.link)), None)
    return Entry(id="", guid=node.get("data-post"), title=_first_line(summary), link=join(base, _href(link)) if link is not None else None,
                 published=_when(_all(node, TELEGRAM.date), now), summary=summary,
                 authors=tuple(filter(None, (one_line(_words(one)) for one in _all(node, _TELEGRAM_AUTHOR)[:1]))))


def _first_line(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= 160 else line[:157].rsplit(" ", 1)[0] + " ..."
