"""OPML lists of feeds, in and out. Pure: text in, values out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from wirefeed.entries.encoding import decode
from wirefeed.entries.xml_repair import body_of, repair
from wirefeed.errors import InputRefused
from wirefeed.feeds.catalog import Feed

MOST_FEEDS = 20_000
_LISTS = ("include", "link", "source")  # kinds of outlines that lead to other lists or to pages
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list; ``group`` is the path of the outlines around it."""

    url: str
    title: str
    group: str = ""
    language: str | None = None


def read_opml(body: bytes) -> list[Outline]:
    """The feeds of an OPML document, each address once, in its order. Raises InputRefused for what is none or is cut.

    What is repaired in feeds is repaired here: charset, bare ampersands, HTML's entities, control characters, a harmless document type.
    """
    root = _root(body)
    if root.tag.lower() != "opml":
        raise InputRefused(f"not an OPML list but <{root.tag}>")
    found: dict[str, Outline] = {}
    waiting: list[tuple[ElementTree.Element, tuple[str, ...]]] = [(node, ()) for node in reversed(list(root))]
    while waiting:  # no recursion: nesting is the sender's choice
        node, path = waiting.pop()
        given = {name.lower(): value.strip() for name, value in node.attrib.items()}
        url = given.get("xmlurl", "")
        title = given.get("text") or given.get("title") or ""  # the text is what its owner calls it; the title may be the publisher's
        if url.lower().startswith("feed:"):
            url = "http://" + url[7:] if url.lower().startswith("feed://") else url[5:]
        if url.lower().startswith(("http://", "https://")) and given.get("type", "").lower() not in _LISTS:
            group = "/".join(path) or given.get("category", "").split(",")[0].strip(" /")
            language = given.get("language", "").replace("_", "-")
            found.setdefault(url, Outline(url, title, group, language if _LANGUAGE.fullmatch(language) else None))
            if len(found) > MOST_FEEDS:
                raise InputRefused(f"more than {MOST_FEEDS} feeds")
        below = path if url or node.tag.lower() != "outline" or not title else (*path, title)[:4]
        waiting.extend((child, below) for child in reversed(list(node)))
    return list(found.values())


def _root(body: bytes) -> ElementTree.Element:
    text = body_of(decode(body).text)
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError):
        pass  # once more, repaired
    try:
        return ElementTree.fromstring(repair(text)[0])
    except (ElementTree.ParseError, ValueError) as error:
        raise InputRefused(f"not an OPML list: {error}") from error


def write_opml(feeds: Iterable[Feed], title: str = "Wirefeed") -> str:
    """An OPML 2.0 list by group; folders of dropped files have no address that others could read and are left out."""
    groups: dict[str, list[Feed]] = {}
    for feed in feeds:
        if feed.kind != "folder":
            groups.setdefault(feed.group, []).append(feed)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', f"  <head><title>{_text(title)}</title></head>", "  <body>"]
    for group in sorted(groups):
        pad = "      " if group else "    "
        if group:
            lines.append(f"    <outline text={quoteattr(group)}>")
        for feed in groups[group]:
            name, language = quoteattr(feed.name), f" language={quoteattr(feed.language)}" if feed.language else ""
            lines.append(f'{pad}<outline type="rss" text={name} title={name} xmlUrl={quoteattr(feed.url)}{language}/>')
        if group:
            lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;")


def new_id(url: str, title: str, taken: Sequence[str] | set[str]) -> str:
    """A short id for a feed, from its host (and path where the host has several): ``tengrinews``, ``gazeta-uz``, ``example-com-2``."""
    host = re.sub(r"^(www|feeds?|rss|m)\.", "", (re.sub(r"^https?://", "", url).split("/")[0].split("@")[-1].split(":")[0]).lower())
    path = [part for part in re.split(r"[^a-z0-9]+", re.sub(r"^https?://[^/]*", "", url).lower()) if part not in
            ("", "rss", "feed", "feeds", "xml", "atom", "index", "php", "html", "news", "all", "rss2")]
    base = re.sub(r"[^a-z0-9]+", "-", host).strip("-")[:60] or "feed"
    for candidate in (base, *(["-".join([base, *path])[:90].strip("-")] if path else [])):
        if candidate not in taken:
            return candidate
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"
