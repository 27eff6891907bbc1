"""Wire files in XML: NewsML-G2 (IPTC), NewsML 1.x, NITF. One file is one item or a message of several."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import lxml.etree

from wirefeed.entries.dates import read_date
from wirefeed.entries.plain import one_line, tidy
from wirefeed.entries.sitemap import local, tree
from wirefeed.errors import InputRefused
from wirefeed.model import Entry, ParsedFeed, When

_BLOCKS = frozenset("p hl1 hl2 h1 h2 h3 h4 li br tr block body.head body.content blockquote div table".split())
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def _whole(text: str, parsed: ParsedFeed) -> ParsedFeed:
    """A document whose root never ends is cut: its last item is marked, for nobody knows what is missing."""
    root = re.search(r"<(?![?!])([\w.:\-]+)", text)
    if root is None or re.search(rf"</{re.escape(root[1])}\s*>\s*(?:<!--.*?-->\s*)?$", text[-2000:].rstrip("\0 \r\n\t"), re.S) or not parsed.entries:
        return parsed
    last = parsed.entries[-1]
    return replace(parsed, entries=(*parsed.entries[:-1], replace(last, flags=(*last.flags, "truncated"))), problems=(*parsed.problems, "truncated"))


def _root(text: str) -> Any:
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).lstrip("\ufeff\0 \r\n\t")
    return tree(re.sub(r"<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>", "", text, count=1, flags=re.S))


def _find(node: Any, *names: str) -> Any:
    """The first descendant with one of the local names, in the order of the names."""
    for name in names:
        for child in node.iter():
            if local(child) == name.lower():
                return child
    return None


def _words(node: Any) -> str:
    """All text below a node; block elements end a paragraph."""
    if node is None:
        return ""
    parts: list[str] = []
    for event, child in lxml.etree.iterwalk(node, events=("start", "end")):
        if event == "start":
            parts.append(re.sub(r"\s+", " ", child.text or ""))
        else:
            if local(child) in _BLOCKS:
                parts.append("\n\n")
            if child is not node:
                parts.append(re.sub(r"\s+", " ", child.tail or ""))
    return tidy("".join(parts))


def _drop(node: Any) -> None:
    """Take an element out of its tree; the words behind it stay."""
    before, parent = node.getprevious(), node.getparent()
    if parent is None:
        return
    if node.tail and before is not None:
        before.tail = (before.tail or "") + node.tail
    elif node.tail:
        parent.text = (parent.text or "") + node.tail
    parent.remove(node)


def _body(node: Any) -> str:
    """A story's text; in plain text (inlineData) the line ends are the paragraphs."""
    while node is not None and len(node) == 1 and not (node.text or "").strip():
        node = node[0]
    return tidy(node.text or "") if node is not None and not len(node) else _words(node)


def _line(node: Any) -> str:
    return one_line(_words(node)) if node is not None else ""


def _named(byline: str) -> str:
    """A byline without its first word: "By Jane Doe"."""
    return re.sub(r"^(?:by|от|автор:?)\s+", "", byline, flags=re.I).strip(" =<")


def _date(node: Any, source: str, now: datetime, attribute: str = "") -> When:
    raw = (node.get(attribute) if attribute else node.text) if node is not None else None
    return read_date(raw, source=source, now=now)


def read_newsml_g2(text: str, url: str, now: datetime) -> ParsedFeed:
    """A newsItem or a newsMessage of them. ``wire`` carries pubstatus, version, urgency, slugline, ednote."""
    root = _root(text)
    items = [node for node in root.iter() if local(node) == "newsitem"]
    if not items:
        raise InputRefused("the NewsML-G2 document holds no newsItem")
    entries = [_g2(item, now) for item in items]
    return _whole(text, ParsedFeed("newsml-g2", "utf-8", "", tuple(entries)))


def _g2(item: Any, now: datetime) -> Entry:
    meta = _find(item, "contentMeta")
    meta = meta if meta is not None else item
    inline = _find(item, "inlineXML", "inlineData", "contentSet")
    body = _find(inline, "body.content", "body") if inline is not None else None
    status = _find(item, "pubStatus")
    wire = {"version": item.get("version") or "", "pubstatus": ((status.get("qcode") if status is not None else "") or "").rpartition(":")[2]}
    for name in ("urgency", "slugline", "edNote"):
        if (found := _find(item, name)) is not None and (value := _line(found)):
            wire[name.lower()] = value
    names = [_named(_line(_find(node, "name")) or _line(node)) for node in meta if local(node) in ("by", "creator")]
    created = _find(meta, "contentCreated")
    language = _find(meta, "language")
    subjects = [_line(_find(node, "name")) for node in meta if local(node) == "subject"]
    version = _date(_find(item, "versionCreated"), "versionCreated", now)
    published = _date(created, "contentCreated", now) if created is not None else _date(_find(item, "firstCreated"), "firstCreated", now)
    link = next((node.get("href") for node in item.iter() if local(node) == "link" and "altrep" in (node.get("rel") or "").lower()), None)
    return Entry(
        id="", guid=item.get("guid"), title=_line(_find(meta, "headline")) or _line(_find(item, "headline", "hl1", "title")), link=link,
        published=published if published.utc else version, updated=version, summary=_line(_find(meta, "description")),
        text=_body(body if body is not None else inline), language=(language.get("tag") if language is not None else None) or item.get(_LANG),
        authors=tuple(dict.fromkeys(name for name in names if name)), categories=tuple(name for name in subjects if name),
        wire={key: value for key, value in wire.items() if value})


def read_newsml_1(text: str, url: str, now: datetime) -> ParsedFeed:
    """NewsML 1.x: each NewsItem's headline, date and first text."""
    root = _root(text)
    entries = []
    for item in (node for node in root.iter() if local(node) == "newsitem"):
        guid = _find(item, "PublicIdentifier")
        revision = _find(item, "RevisionId")
        status = _find(item, "Status")
        wire = {"version": _line(revision), "pubstatus": (status.get("FormalName") or "").lower() if status is not None else ""}
        language = _find(item, "Language")
        entries.append(Entry(
            id="", guid=_line(guid) or None, title=_line(_find(item, "HeadLine", "hl1", "SlugLine", "Title")), link=None,
            published=_date(_find(item, "FirstCreated"), "FirstCreated", now),
            updated=_date(_find(item, "ThisRevisionCreated"), "ThisRevisionCreated", now),
            text=_words(_find(item, "body.content", "DataContent")), language=language.get("FormalName") if language is not None else None,
            authors=tuple(filter(None, [_named(_line(_find(item, "ByLine")))])), wire={key: value for key, value in wire.items() if value}))
    if not entries:
        raise InputRefused("the NewsML document holds no NewsItem")
    return _whole(text, ParsedFeed("newsml", "utf-8", "", tuple(entries)))


def read_nitf(text: str, url: str, now: datetime) -> ParsedFeed:
    """One NITF story."""
    root = _root(text)
    issue, ident, urgency = _find(root, "date.issue", "date.release", "story.date"), _find(root, "doc-id"), _find(root, "urgency")
    publication = _find(root, "pubdata")
    released = _date(issue, local(issue), now, "norm") if issue is not None else _date(publication, "pubdata", now, "date.publication")
    docdata, key, note = _find(root, "docdata"), _find(root, "du-key"), _find(root, "ed-msg")
    wire = {"urgency": urgency.get("ed-urg") or "" if urgency is not None else "",
            "pubstatus": (docdata.get("management-status") if docdata is not None else "") or root.get("change.typ") or "",
            "version": (key.get("version") or "" if key is not None else ""), "ednote": (note.get("info") or "" if note is not None else ""),
            "slugline": (key.get("key") or "" if key is not None else "")}
    by = _find(root, "byline")
    person = _find(by, "person") if by is not None else None
    byline = _line(person if person is not None else by)
    body = _find(root, "body.content", "body")
    for media in list(body.iter("{*}media", "media")) if body is not None else ():
        _drop(media)  # a caption is no paragraph of the story
    return _whole(text, ParsedFeed("nitf", "utf-8", "", (Entry(
        id="", guid=ident.get("id-string") if ident is not None else None, title=_line(_find(root, "hl1", "hedline", "title")),
        link=publication.get("ex-ref") if publication is not None else None, published=released,
        summary=_line(_find(root, "abstract")), text=_words(body), language=root.get(_LANG),
        authors=(_named(byline),) if byline else (),
        categories=tuple(node.get("key") for node in root.iter() if local(node) == "keyword" and node.get("key")),
        wire={key: value for key, value in wire.items() if value}),)))
