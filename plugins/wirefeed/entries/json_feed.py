"""JSON Feed 1.0 and 1.1 (jsonfeed.org), and ninjs, the IPTC's news item in JSON."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wirefeed.entries.dates import read_date
from wirefeed.entries.plain import one_line, plain, tidy
from wirefeed.entries.xml_elements import join
from wirefeed.errors import InputRefused
from wirefeed.model import Entry, ParsedFeed, When

MOST_READ = 2000  # items of one document
_ITEMS = re.compile(r'"items"\s*:\s*\[|\A\s*\[')
_NEXT = re.compile(r"[\s,]*\{")
_NINJS = frozenset(("headline", "headlines", "bodies", "versioncreated", "body_text", "body_html", "body_xhtml"))
_PAIR = re.compile(r'"(version|title|home_page_url|language)"\s*:\s*"([^"\\]{0,500})"')


def read(text: str, url: str, now: datetime) -> ParsedFeed:
    """Parse; raises InputRefused for JSON of another kind or a cut document."""
    text = text.strip("\ufeff\0 \r\n\t")
    cut: tuple[tuple[int, str], ...] = ()
    problem = ""
    try:
        data = json.loads(text, strict=False)
    except RecursionError as error:
        raise InputRefused("the document nests too deep") from error
    except ValueError as error:
        data, complete, whole = _rescued(text)
        problem = "ill-formed" if whole else "truncated"
        if not data:
            raise InputRefused(f"the document is not valid JSON: {str(error).split(chr(10))[0][:120]}") from error
        cut = () if whole else ((complete, f"truncated: the document ends or breaks inside this item ({str(error)[:80]})"),)
    items = data if isinstance(data, list) else data.get("items", data.get("_items")) if isinstance(data, dict) else None
    if isinstance(data, dict) and items is None and _is_ninjs(data):
        items = [data]
    if not isinstance(items, list):
        if isinstance(data, dict) and "jsonfeed.org" in str(data.get("version")):
            items = []
        else:
            raise InputRefused("the document is JSON of another kind, not a JSON Feed or ninjs")
    top: Mapping[str, Any] = data if isinstance(data, dict) else {}
    url = url or _text(top.get("feed_url")) or _text(top.get("home_page_url"))
    ninjs = any(isinstance(item, dict) and _is_ninjs(item) for item in items)
    if not ninjs and items and "version" not in top and not any(
            isinstance(item, dict) and {"content_html", "content_text", "date_published", "url"} & set(item) for item in items):
        raise InputRefused("the document is JSON of another kind, not a JSON Feed or ninjs")
    entries: list[Entry] = []
    rejected = list(cut)
    rejected += [(position, "beyond the cap of entries") for position in range(MOST_READ, len(items))]
    for position, item in enumerate(items[:MOST_READ]):
        if not isinstance(item, dict):
            rejected.append((position, "unreadable: the item is no object"))
            continue
        try:
            entry = (_ninjs if ninjs else _item)(item, top, url, now)
        except Exception as error:  # noqa: BLE001 - one bad item never loses the rest; its reason is recorded
            rejected.append((position, f"unreadable: {type(error).__name__}: {error}"))
            continue
        if entry.title or entry.summary or entry.text or entry.link or entry.guid:
            entries.append(entry)
        else:
            rejected.append((position, "empty: no title, link or text"))
    home = _text(top.get("home_page_url")) or None
    return ParsedFeed("ninjs" if ninjs else "json", "utf-8", one_line(_text(top.get("title"))), tuple(entries), home and join(url, home),
                      _text(top.get("language")) or None, tuple(rejected),
                      (*((problem,) if problem else ()), *(("entries-capped",) if len(items) > MOST_READ else ())))


def _rescued(text: str) -> tuple[dict[str, Any], int, bool]:
    """The whole items of a JSON document that breaks off, with what stands before them; {} when there is none. Last: the list was ended."""
    decoder = json.JSONDecoder(strict=False)
    found = _ITEMS.search(text)
    if found is None:
        return {}, 0, False
    items, at = [], found.end()
    while start := _NEXT.match(text, at):
        try:
            item, at = decoder.raw_decode(text, start.end() - 1)
        except (ValueError, RecursionError):
            break
        items.append(item)
    top = dict(_PAIR.findall(text[:found.start()])) if text.startswith("{") else {}
    return ({**top, "items": items} if items else {}), len(items), re.compile(r"[\s,]*\]").match(text, at) is not None


def _item(item: Mapping[str, Any], top: Mapping[str, Any], url: str, now: datetime) -> Entry:
    html, text = _text(item.get("content_html")), _text(item.get("content_text"))
    link = _text(item.get("url")) or _text(item.get("external_url"))
    guid = _text(item.get("id")) or None
    if not link and guid and guid.startswith(("http://", "https://")):
        link = guid
    return Entry(
        id="", guid=guid, title=one_line(_text(item.get("title"))), link=join(url, link) if link else None,
        published=_date(item, "date_published", now), updated=_date(item, "date_modified", now),
        summary=plain(_text(item.get("summary"))), text=plain(html) if html else tidy(text),
        language=_text(item.get("language")) or _text(top.get("language")) or None,
        authors=_authors(item) or _authors(top), categories=tuple(dict.fromkeys(tag for tag in map(_text, _list(item.get("tags"))) if tag)))


def _is_ninjs(item: Mapping[str, Any]) -> bool:
    return not _NINJS.isdisjoint(name.lower() for name in item)


def _ninjs(item: Mapping[str, Any], top: Mapping[str, Any], url: str, now: datetime) -> Entry:
    """All generations: 1.x names the forms (body_html), 2.0 lists them (bodies), 3.0 writes its names in camelCase."""
    item = {name.lower(): value for name, value in item.items()}
    bodies = [plain(_text(item.get(name))) for name in ("body_html", "body_xhtml", "body_nitf")] + [tidy(_text(item.get("body_text")))] + _values(item, "bodies")
    bodies = [body for body in bodies if body]
    byline = _text(item.get("byline")) or _text(item.get("by")) or next(
        (_text(part.get("byline") or part.get("value")) for part in _list(item.get("bylines")) if isinstance(part, dict)), "")
    wire = {name: _text(item.get(name)) for name in ("pubstatus", "version", "urgency", "slugline", "ednote") if item.get(name) is not None}
    link = _text(item.get("url")) or (_text(item.get("uri")) if _text(item.get("uri")).startswith("http") else "")
    subjects = [part for name in ("subject", "subjects") for part in _list(item.get(name))]
    created = next((name for name in ("firstcreated", "contentcreated") if item.get(name)), "versioncreated")
    return Entry(
        id="", guid=_text(item.get("uri")) or _text(item.get("guid")) or _text(item.get("id")) or None,
        title=one_line(_text(item.get("headline"))) or one_line(next(iter(_values(item, "headlines")), "")) or one_line(_text(item.get("name"))),
        link=join(url, link) if link else None, published=_date(item, created, now), updated=_date(item, "versioncreated", now),
        summary=plain(_text(item.get("description_text")) or _text(item.get("description_html"))) or next(iter(_values(item, "descriptions")), ""),
        text=max(bodies, key=len, default=""), language=_text(item.get("language")) or None,
        authors=(re.sub(r"^(?:by|от)\s+", "", one_line(byline), flags=re.I),) if byline else (),
        categories=tuple(dict.fromkeys(_text(part.get("name")) for part in subjects if isinstance(part, dict) and part.get("name"))), wire=wire)


def _values(item: Mapping[str, Any], name: str) -> list[str]:
    """The plain texts of ninjs 2's lists, those of the main role first."""
    parts = [{key.lower(): value for key, value in part.items()} for part in _list(item.get(name)) if isinstance(part, dict)]
    parts.sort(key=lambda part: _text(part.get("role")).rpartition(":")[2].lower() not in ("main", "headline", "body", "summary", ""))
    return [text for part in parts if (text := plain(_text(part.get("value"))))]


def _authors(given: Mapping[str, Any]) -> tuple[str, ...]:
    several = given.get("authors") or given.get("author")
    people = several if isinstance(several, list) else [several]
    names = [_text(person.get("name")) or _text(person.get("url")) if isinstance(person, dict) else _text(person) for person in people]
    return tuple(dict.fromkeys(one_line(name) for name in names if name))


def _date(item: Mapping[str, Any], key: str, now: datetime) -> When:
    return read_date(_text(item.get(key)) or None, source=key, now=now)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
