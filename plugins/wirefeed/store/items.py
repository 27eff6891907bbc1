"""What polls bring in: items, new stories, new versions, the books. Few statements for many feeds, as thousands of feeds a minute come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from wirefeed.model import Outcome, Version
from wirefeed.store.books import count_all
from wirefeed.store.database import Connection
from wirefeed.store.stories import read_version, when_json
from wirefeed.store.tables import items, stories, versions
from wirefeed.stories.intake import Intake, KnownItem, Seen

_CHUNK = 500  # SQLite allows 32,766 parameters a statement, PostgreSQL's driver 65,535
# A feed at a time: SQLite reads the whole table for pairs of (feed, item), whatever its index.
_KNOWN = select(items.c.item_id, items.c.story_id, items.c.content_hash, items.c.last_seen_at).where(
    items.c.feed_id == bindparam("feed"), items.c.item_id.in_(bindparam("ids", expanding=True)))
_RENEW = update(items).where(items.c.feed_id == bindparam("feed"), items.c.item_id == bindparam("item")).values(
    content_hash=bindparam("hash"), last_seen_at=bindparam("at"))
_NEW_HEAD = update(stories).where(stories.c.id == bindparam("story")).values(
    version=bindparam("number"), title=bindparam("headline"), link=bindparam("address"))


def known_hashes(db: Connection, wanted: Mapping[str, Sequence[str]]) -> dict[str, dict[str, KnownItem]]:
    """What we have of these items (feed id -> item ids), without their versions: enough for the unchanged ones."""
    found: dict[str, dict[str, KnownItem]] = {}
    for feed_id, ids in wanted.items():
        found[feed_id] = {}
        for start in range(0, len(ids), _CHUNK):
            for item_id, story_id, kept, seen_at in db.execute(_KNOWN, {"feed": feed_id, "ids": ids[start:start + _CHUNK]}):
                digest, _, dates = kept.partition(":")
                found[feed_id][item_id] = KnownItem(item_id, story_id, digest, None, dates, seen_at)
    return found


def newest_versions(db: Connection, story_ids: Iterable[str]) -> dict[str, Version]:
    """The newest versions of these stories."""
    ids = sorted(set(filter(None, story_ids)))
    newest: dict[str, Version] = {}
    for start in range(0, len(ids), _CHUNK):
        for row in db.execute(select(versions).join(stories, (versions.c.story_id == stories.c.id) & (versions.c.number == stories.c.version))
                              .where(stories.c.id.in_(ids[start:start + _CHUNK]))):
            newest[row.story_id] = read_version(row)
    return newest


def known_items(db: Connection, feed_id: str, item_ids: Sequence[str]) -> dict[str, KnownItem]:
    """What we have of these items of a feed, with their stories' newest versions."""
    known = known_hashes(db, {feed_id: item_ids})[feed_id]
    newest = newest_versions(db, [old.story_id for old in known.values()])
    return {item_id: replace(old, version=newest[old.story_id]) for item_id, old in known.items() if old.story_id in newest}


def known_of_story(db: Connection, story_id: str) -> tuple[str, KnownItem | None]:
    """The item that shows a story and what we have of it, for a re-read."""
    row = db.execute(select(items.c.feed_id, items.c.item_id).where(items.c.story_id == story_id).order_by(items.c.first_seen_at)).first()
    if row is None:
        return "", None
    return row.item_id, known_items(db, row.feed_id, [row.item_id]).get(row.item_id)


def save_intake(db: Connection, taken: Intake, now: datetime) -> None:
    """Store one poll of one feed."""
    save_intakes(db, [taken], now)


def save_intakes(db: Connection, taken: Sequence[Intake], now: datetime) -> None:
    """Store polls of different feeds: new stories and versions as pending, items, and the books."""
    placed = [(one, feed.feed_id) for feed in taken for one in feed.seen]
    new = [(one, one.version) for one, _ in placed if one.outcome is Outcome.PENDING and one.version]
    updated = [(one, one.version) for one, _ in placed if one.outcome is Outcome.UPDATE and one.version]
    if new:
        db.execute(insert(stories), [{
            "id": one.story_id, "feed_id": version.feed_id, "first_seen_at": now, "published_at": version.published.utc, "version": 1,
            "title": version.title, "link": version.link, "language": version.language} for one, version in new])
    if new or updated:
        db.execute(insert(versions), [_version_row(version, one.content_hash) for one, version in (*new, *updated)])
    if updated:
        db.execute(_NEW_HEAD, [{"story": one.story_id, "number": version.number, "headline": version.title, "address": version.link}
                               for one, version in updated])
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    renewed: list[dict[str, Any]] = []
    for one, feed_id in placed:
        if one.outcome is Outcome.UNCHANGED:
            if one.renew:
                renewed.append({"feed": feed_id, "item": one.item_id, "hash": _marked(one), "at": now})
        elif one.reason != "twice in one document":
            rows[feed_id, one.item_id] = {
                "feed_id": feed_id, "item_id": one.item_id, "story_id": one.story_id, "outcome": one.outcome.value, "reason": one.reason or None,
                "content_hash": _marked(one), "first_seen_at": now, "last_seen_at": now}
    if rows:
        db.execute(_put(db.dialect.name), list(rows.values()))
    if renewed:
        db.execute(_RENEW, renewed)
    count_all(db, [(one.feed_id, one.counts()) for one in taken], now)


def _marked(one: Seen) -> str:
    """The content's hash and the dates' mark, as ``known_hashes`` reads them."""
    return f"{one.content_hash}:{one.dates}" if one.dates else one.content_hash


@lru_cache
def _put(dialect: str) -> Any:
    made: Any = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(items)
    return made.on_conflict_do_update(index_elements=["feed_id", "item_id"], set_={
        name: made.excluded[name] for name in ("outcome", "reason", "content_hash", "last_seen_at")})


def _version_row(version: Version, content_hash: str) -> dict[str, Any]:
    return {
        "story_id": version.story_id, "number": version.number, "feed_id": version.feed_id, "seen_at": version.seen_at,
        "change": version.change.value, "title": version.title, "text": version.text, "link": version.link,
        "published": when_json(version.published), "updated": when_json(version.updated), "authors": list(version.authors),
        "language": version.language, "backlog": version.backlog, "teaser_only": version.teaser_only, "content_hash": content_hash}
