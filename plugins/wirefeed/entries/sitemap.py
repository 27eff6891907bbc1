"""Google-News sitemaps as feeds; plain sitemaps give links and dates only; an index gives its parts to poll."""

import re
from datetime import datetime
from typing import Any

import lxml.etree

from wirefeed.entries.dates import read_date
from wirefeed.entries.plain import one_line, plain
from wirefeed.entries.xml_elements import join
from wirefeed.errors import InputRefused
from wirefeed.model import Entry, ParsedFeed, When

MOST_READ = 2000  # addresses of one document; Google's limit for news is 1000


def tree(text: str) -> Any:
    """The root of an XML document, ill-formed places recovered, entities and network off. Raises InputRefused when nothing is left."""
    parser = lxml.etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = lxml.etree.fromstring(text.encode("utf-8", "replace"), parser)
    except lxml.etree.XMLSyntaxError as error:
        raise InputRefused(f"the document is not readable XML: {error.msg}") from error
    if root is None:
        raise InputRefused("the document is not readable XML")
    return root


def local(node: Any) -> str:
    """An element's name without its namespace, lower case."""
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""


def children(node: Any, below: str = "") -> dict[str, str]:
    """Text of the element's children by local name, the first of each; with ``below`` that of all inside its first child of this name."""
    found: dict[str, str] = {}
    inner = next((child for child in node if local(child) == below), None) if below else node
    for child in () if inner is None else inner.iterdescendants() if below else inner:
        if (name := local(child)) and child.text and child.text.strip():
            found.setdefault(name, child.text.strip())
    return found


def read(text: str, url: str, now: datetime) -> ParsedFeed:
    """A urlset: with news tags the items have titles; without, only what changed where (no title is invented)."""
    root = tree(re.sub(r"^\s*<\?xml[^>]*\?>", "", text).lstrip("\ufeff\0 \r\n\t"))
    entries: list[Entry] = []
    rejected: list[tuple[int, str]] = []
    news = False
    problems: list[str] = []
    nodes = [child for child in root if local(child) == "url"]
    if not re.search(r"</(?:[\w.\-]+:)?urlset\s*>", text[-2000:], re.I):
        problems.append("truncated")
        if nodes and len(re.findall(r"</(?:[\w.\-]+:)?url\s*>", text)) < len(nodes):
            nodes.pop()
            rejected.append((len(nodes), "truncated: the document ends inside this item"))
    rejected += [(position, "beyond the cap of entries") for position in range(MOST_READ, len(nodes))]
    for position, node in enumerate(nodes[:MOST_READ]):
        found = children(node)
        loc = found.get("loc")
        if not loc:
            rejected.append((position, "empty: no loc"))
            continue
        # A picture's title and caption are not the story's; a video's are, where it is all there is.
        told = children(node, "news") or children(node, "video") or {key: found[key] for key in ("title", "publication_date") if key in found}
        title = one_line(told.get("title") or "")
        news = news or bool(title)
        raw = told.get("publication_date")
        modified = read_date(found.get("lastmod"), source="lastmod", now=now)
        keywords = tuple(word.strip() for word in (told.get("keywords") or told.get("tag") or "").split(",") if word.strip())
        entries.append(Entry(
            id="", guid=None, title=title, link=join(url, loc), published=read_date(raw, source="news:publication_date", now=now) if raw else When(),
            updated=modified, summary=plain(told.get("description") or ""), language=told.get("language"), categories=keywords,
            flags=() if title else ("no-title",)))
    return ParsedFeed("sitemap", "utf-8", "", tuple(entries), rejected=tuple(rejected),
                      problems=(*problems, *(() if news or not entries else ("no-news-tags",)),
                                *(("entries-capped",) if len(nodes) > MOST_READ else ())))


def read_index(text: str, url: str, now: datetime) -> ParsedFeed:
    """A sitemap index: no entries, the addresses of its parts in ``children``."""
    root = tree(re.sub(r"^\s*<\?xml[^>]*\?>", "", text).lstrip("\ufeff\0 \r\n\t"))
    parts = tuple(join(url, found["loc"]) for node in root if local(node) == "sitemap" and (found := children(node)).get("loc"))
    if not parts:
        raise InputRefused("the sitemap index names no sitemap")
    return ParsedFeed("sitemapindex", "utf-8", "", (), children=parts[:500])
