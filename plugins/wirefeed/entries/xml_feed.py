"""RSS 0.9x-2.0, RDF, Atom and CDF. Well-formed documents are read by lxml and ourselves; ill-formed ones are repaired where that needs no
guess, else taken apart, and only the items that are ill-formed themselves go to feedparser's forgiving parser (loose.py).
"""

from dataclasses import replace
from datetime import datetime
from itertools import repeat
from typing import Any

import lxml.etree

from wirefeed.entries import loose, xml_elements, xml_pieces, xml_repair
from wirefeed.entries.xml_elements import Head, based
from wirefeed.entries.xml_names import PREFIXES, name
from wirefeed.errors import InputRefused
from wirefeed.model import Entry, ParsedFeed

MOST_READ = 2000  # items of one document; rss-fetcher's cap, from 180,000 feeds in production
MOST_REPAIRED = 15_000_000  # characters: a document that grows beyond by its repairs is nothing but faults
MOST_LOOSE = 100  # items of one document that go to feedparser (about 2 ms each) ...
MOST_LOOSE_LENGTH = 200_000  # ... and their characters: it is slow on long ones
_ITEMS = ("item", "entry")
_ROOTS = ("rss", "rdf:rdf", "feed", "channel")


def read(text: str, url: str, now: datetime) -> ParsedFeed:
    """Parse; items without any content are rejected with a reason, the others stay. Raises InputRefused for what holds no feed."""
    text = xml_repair.body_of(text)
    problems: list[str] = []
    text, over = _capped(text)
    if over:
        problems.append("entries-capped")
    root = _strict(text)
    if root is None:
        text, problems_repaired = xml_repair.repair(text)
        problems += problems_repaired
        root = _strict(text) if len(text) < MOST_REPAIRED else None
    parsed = _whole(root, url, now) if root is not None else _by_items(text, url, now)
    rejected = parsed.rejected + tuple(zip(range(MOST_READ, MOST_READ + over), repeat("beyond the cap of entries")))
    return replace(parsed, rejected=rejected, problems=tuple(dict.fromkeys((*problems, *parsed.problems))))


def _strict(text: str) -> Any:
    """The root, or None for anything that is not well-formed. No entities, no network, libxml2's own limits on size and depth."""
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_pis=True, remove_comments=True, strip_cdata=True)
    try:
        return lxml.etree.fromstring(text.encode("utf-8"), parser)
    except (lxml.etree.XMLSyntaxError, UnicodeEncodeError, ValueError):
        return None


def _capped(text: str) -> tuple[str, int]:
    """The text up to the last item that is read, closed again, and how many items are left out."""
    guess = sum(text.count(mark) for mark in ("<item>", "<item ", "<entry>", "<entry ", "<ITEM", "<Item", ":item", ":entry"))
    if guess <= MOST_READ:
        return text, 0
    pieces = xml_pieces.take_apart(text, MOST_READ)
    if not pieces.over or not pieces.name:
        return text, 0
    kept = pieces.head + "".join(item for item, _ in pieces.items)
    closing = "</channel>" if "<channel" in pieces.head and pieces.name.lower() == "rss" else ""
    return f"{kept}{closing}</{pieces.name}>", pieces.over


def _whole(root: Any, url: str, now: datetime) -> ParsedFeed:
    if name(root).startswith("?:"):  # a root whose namespace nobody knows: its address is mistyped, its names are meant
        space = lxml.etree.QName(root).namespace
        for node in root.iter(f"{{{space}}}*"):
            node.tag = lxml.etree.QName(node).localname
    channel = root if name(root) in ("feed", "channel") else next((child for child in root if name(child) in ("channel", "feed")), root)
    head = xml_elements.head_of(channel, root, url)
    nodes = [child for parent in ((root,) if channel is root else (channel, root)) for child in parent if name(child) in _ITEMS]
    if not nodes:  # misplaced below something else
        nodes = list(root.iter("{*}item", "{*}entry", "item", "entry", "ITEM", "{*}ITEM"))
    if not nodes and name(root) not in (*_ROOTS, "rdf", "cdf") and channel is root:
        raise InputRefused(f"the document is XML of another kind (<{lxml.etree.QName(root).localname}>), not a feed")
    entries: list[Entry] = []
    rejected: list[tuple[int, str]] = []
    for position, node in enumerate(nodes):
        parent = node.getparent()
        outer = replace(head, base=based(parent, head.base)) if parent is not channel and parent is not root and parent is not None else head
        _take(position, node, outer, now, entries, rejected)
    return _feed(_format(root), head, entries, rejected, [])


def _by_items(text: str, url: str, now: datetime) -> ParsedFeed:
    pieces = xml_pieces.take_apart(text, MOST_READ)
    root, root_name = (pieces.root, pieces.name) if _strict(f"{pieces.root}</{pieces.name}>") is not None else (
        "<rss" + xml_repair.declarations(sorted(PREFIXES)) + ">", "rss")
    if not pieces.items and pieces.name.lower() not in _ROOTS and not text.lower().startswith(tuple("<" + one for one in _ROOTS)):
        raise InputRefused("the document is ill-formed XML without a feed's items")
    head = _head(pieces.head, url)
    entries: list[Entry] = []
    rejected: list[tuple[int, str]] = []
    problems = ["ill-formed"]
    loosened = 0
    for position, (item, closed) in enumerate(pieces.items):
        if not closed and position == len(pieces.items) - 1:
            rejected.append((position, "truncated: the document ends inside this item"))
            continue
        wrapped = f"{root}{xml_repair.close_sections(item)}</{root_name}>"
        tree = _strict(wrapped)
        if tree is not None:
            _take(position, tree[0], head, now, entries, rejected)
            continue
        try:
            entry = None
            if loosened < MOST_LOOSE and len(item) < MOST_LOOSE_LENGTH:
                loosened += 1
                entry = loose.entry_of(item, head, now)
            if (entry is None or not entry.title) and (recovered := _recovered(wrapped)) is not None:
                other = xml_elements.entry_of(recovered, head, now)
                entry = replace(other, flags=("ill-formed", *other.flags)) if entry is None or other.title or not _said(entry) else entry
        except Exception as error:  # noqa: BLE001 - one bad item never loses the rest; its reason is recorded
            rejected.append((position, f"unreadable: {type(error).__name__}: {error}"))
            continue
        _keep(position, entry, entries, rejected)
    if not pieces.whole:
        problems.append("truncated")
    kind = {"feed": "atom", "rdf:rdf": "rdf"}.get(root_name.lower(), "rss")
    return _feed(kind, head, entries, rejected, problems)


def _recovered(text: str) -> Any:
    """The item of a document that libxml2 recovers what it can of."""
    parser = lxml.etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False, remove_pis=True, remove_comments=True)
    try:
        root = lxml.etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (lxml.etree.XMLSyntaxError, ValueError):
        return None
    return root[0] if root is not None and len(root) else None


def _head(text: str, url: str) -> Head:
    parser = lxml.etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False, remove_pis=True, remove_comments=True)
    try:
        root = lxml.etree.fromstring(text[:200_000].encode("utf-8", "replace"), parser)
    except (lxml.etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        return Head("", None, None, (), None, url)
    channel = next((child for child in root if name(child) in ("channel", "feed")), root)
    return xml_elements.head_of(channel, root, url)


def _take(position: int, node: Any, head: Head, now: datetime, entries: list[Entry], rejected: list[tuple[int, str]]) -> None:
    try:
        entry = xml_elements.entry_of(node, head, now)
    except Exception as error:  # noqa: BLE001 - one bad item never loses the rest; its reason is recorded
        rejected.append((position, f"unreadable: {type(error).__name__}: {error}"))
        return
    if not _said(entry) and any(part.attrib or (part.text or "").strip() for part in node.iterdescendants()):  # only a picture, say: the count is honest
        entries.append(replace(entry, flags=("no-text", *entry.flags)))
    else:
        _keep(position, entry, entries, rejected)


def _said(entry: Entry) -> bool:
    return bool(entry.title or entry.summary or entry.text or entry.link or entry.guid or entry.published.raw or entry.authors or entry.categories)


def _keep(position: int, entry: Entry | None, entries: list[Entry], rejected: list[tuple[int, str]]) -> None:
    if entry is None or not _said(entry):
        rejected.append((position, "empty: nothing of this item could be read"))
    else:
        entries.append(entry)


def _format(root: Any) -> str:
    kind = name(root).rpartition(":")[2]
    return {"feed": "atom", "rdf": "rdf", "channel": "cdf" if root.tag == "CHANNEL" else "rss"}.get(kind, "rss")


def _feed(kind: str, head: Head, entries: list[Entry], rejected: list[tuple[int, str]], problems: list[str]) -> ParsedFeed:
    return ParsedFeed(kind, "utf-8", head.title, tuple(entries), head.link, head.language, tuple(rejected), tuple(problems), head.interval)
