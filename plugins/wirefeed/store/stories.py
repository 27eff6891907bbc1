"""Items, stories and versions: what polls bring in, what the tagger leases and finishes. Few statements a feed, for thousands of feeds a minute."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, bindparam, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from wirefeed.model import Change, Entity, Evidence, Outcome, Tags, Topic, Version, When
from wirefeed.store.books import count
from wirefeed.store.database import Connection
from wirefeed.store.tables import fingerprints, items, matches, stories, versions

REREAD = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(days=7))
_CHUNK = 500  # SQLite allows 32,766 parameters a statement, PostgreSQL's driver 65,535


# --- values <-> JSON -------------------------------------------------------------------------------------------------
def when_json(when: When) -> dict[str, Any]:
    """A When as JSON keeps it."""
    return {"utc": when.utc.isoformat() if when.utc else None, "raw": when.raw, "source": when.source, "zone_known": when.zone_known,
            "flags": list(when.flags)}


def _when(kept: Mapping[str, Any] | None) -> When:
    if not kept:
        return When()
    utc = kept.get("utc")
    return When(datetime.fromisoformat(utc) if utc else None, kept.get("raw"), kept.get("source"), bool(kept.get("zone_known")),
                tuple(kept.get("flags") or ()))


def tags_json(tags: Tags) -> dict[str, Any]:
    """Tags as JSON keeps them (without the explanation)."""
    kept = asdict(tags)
    kept.pop("why")
    return kept


def read_tags(kept: Mapping[str, Any] | None) -> Tags | None:
    """Tags from JSON."""
    if kept is None:
        return None
    return Tags(
        kept["language"], kept["relevant"], kept["score"], tuple(kept["countries"]),
        tuple(Topic(topic["id"], topic["score"], tuple(Evidence(**seen) for seen in topic["evidence"])) for topic in kept["topics"]),
        tuple(Entity(**entity) for entity in kept["entities"]))


def read_version(row: Row[Any]) -> Version:
    """A row of ``versions``."""
    return Version(
        story_id=row.story_id, number=row.number, feed_id=row.feed_id, seen_at=row.seen_at, change=Change(row.change), title=row.title,
        text=row.text, link=row.link, published=_when(row.published), updated=_when(row.updated), authors=tuple(row.authors or ()),
        language=row.language, backlog=row.backlog, teaser_only=row.teaser_only, tags=read_tags(row.tags))


# --- the tagger's work list ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PendingVersion:
    """A leased version and what its story's row says."""

    version: Version
    content_hash: str
    first_seen_at: datetime
    published_at: datetime | None
    cluster_id: str | None
    kept: str | None


def lease_pending(db: Connection, owner: str, now: datetime, seconds: float, limit: int) -> list[PendingVersion]:
    """Lease the oldest pending versions for ``seconds``. On PostgreSQL other workers skip locked rows; on SQLite one writer runs at a time."""
    free = versions.c.processed_at.is_(None) & or_(versions.c.lease_until.is_(None), versions.c.lease_until < now)
    wanted = select(versions.c.story_id, versions.c.number).where(free).order_by(versions.c.seen_at, versions.c.story_id, versions.c.number)
    keys = db.execute(wanted.limit(limit).with_for_update(skip_locked=True)).all()
    if not keys:
        return []
    leased = db.execute(update(versions).where(tuple_(versions.c.story_id, versions.c.number).in_([tuple(key) for key in keys]), free)
                        .values(lease_owner=owner, lease_until=now + timedelta(seconds=seconds))
                        .returning(versions.c.story_id, versions.c.number)).all()
    wanted_keys = {(row.story_id, row.number) for row in leased}
    rows = db.execute(
        select(versions, stories.c.first_seen_at, stories.c.published_at, stories.c.cluster_id, stories.c.kept)
        .join(stories, stories.c.id == versions.c.story_id).where(versions.c.story_id.in_({key[0] for key in wanted_keys}))
        .order_by(versions.c.seen_at, versions.c.story_id, versions.c.number))
    return [PendingVersion(read_version(row), row.content_hash, row.first_seen_at, row.published_at, row.cluster_id, row.kept)
            for row in rows if (row.story_id, row.number) in wanted_keys]


# Made once: SQLAlchemy takes longer to build these for each story than the database to run them.
_FINISHED = update(versions).where(
    versions.c.story_id == bindparam("b_story"), versions.c.number == bindparam("b_number"), versions.c.processed_at.is_(None),
    versions.c.lease_owner == bindparam("b_owner")).values(
        processed_at=bindparam("b_now"), lease_owner=None, lease_until=None, tags=bindparam("b_tags"), text=bindparam("b_text"),
        teaser_only=bindparam("b_teaser"), language=bindparam("b_language"))
_STORY = update(stories).where(stories.c.id == bindparam("b_story")).values(
    cluster_id=bindparam("b_cluster"), kept=bindparam("b_kept"), index_due=bindparam("b_due"))
_NEWEST = update(stories).where(stories.c.id == bindparam("b_story"), stories.c.version == bindparam("b_number")).values(
    relevant=bindparam("b_relevant"), score=bindparam("b_score"), language=bindparam("b_language"))
_ITEMS = update(items).where(items.c.story_id == bindparam("b_story"), items.c.outcome == Outcome.PENDING.value).values(
    outcome=bindparam("b_outcome"), reason=bindparam("b_reason"))


def finish_version(
    db: Connection, done: PendingVersion, version: Version, *, owner: str, kept: str | None, cluster_id: str, outcome: Outcome, now: datetime,
    reason: str = "",
) -> bool:
    """Mark a leased version as processed with its tags and outcome. False when the lease has passed to another worker: then nothing is
    written and the caller must drop what it decided."""
    tags = version.tags
    key = {"b_story": version.story_id, "b_number": version.number}
    if not db.execute(_FINISHED, key | {
            "b_owner": owner, "b_now": now, "b_tags": tags_json(tags) if tags else None, "b_text": version.text, "b_teaser": version.teaser_only,
            "b_language": tags.language if tags else version.language}).rowcount:
        return False
    keeps = kept or done.kept
    db.execute(_STORY, {"b_story": version.story_id, "b_cluster": cluster_id, "b_kept": keeps, "b_due": keeps is not None})
    if tags:
        db.execute(_NEWEST, key | {"b_relevant": tags.relevant, "b_score": tags.score, "b_language": tags.language})
    if version.change is Change.WITHDRAWN:
        db.execute(update(stories).where(stories.c.id == version.story_id).values(withdrawn=True))
    if keeps and not done.kept:
        db.execute(update(stories).where(stories.c.id == version.story_id).values(reread_at=now + REREAD[0], reread_step=0))
    if version.number == 1:
        count(db, version.feed_id, {(Outcome.PENDING.value, ""): -1, (outcome.value, reason): 1}, done.version.seen_at)
        db.execute(_ITEMS, {"b_story": version.story_id, "b_outcome": outcome.value, "b_reason": reason or None})
    return True


# --- clusters --------------------------------------------------------------------------------------------------------
_SHARED = (select(fingerprints.c.story_id, func.count().label("n"))
           .where(fingerprints.c.band.in_(bindparam("bands", expanding=True)), fingerprints.c.seen_at >= bindparam("since"))
           .group_by(fingerprints.c.story_id).order_by(func.count().desc(), fingerprints.c.story_id).limit(bindparam("most")).subquery())
_CANDIDATES = (select(stories.c.cluster_id, stories.c.id, versions.c.title, versions.c.text)
               .join(_SHARED, _SHARED.c.story_id == stories.c.id)
               .join(versions, (versions.c.story_id == stories.c.id) & (versions.c.number == stories.c.version))
               .order_by(_SHARED.c.n.desc(), stories.c.first_seen_at, stories.c.id))


def cluster_candidates(db: Connection, bands: Sequence[str], since: datetime, limit: int = 30) -> list[tuple[str, str, str]]:
    """Stories that share most bands: (cluster id, title, text) of their newest versions; bounded, so time does not grow with the archive."""
    if not bands:
        return []
    rows = db.execute(_CANDIDATES, {"bands": list(bands), "since": since, "most": limit})
    return [(row.cluster_id or row.id, row.title, row.text) for row in rows]


def save_bands(db: Connection, story_id: str, bands: Iterable[str], now: datetime) -> None:
    """Remember a story's fingerprint."""
    rows = [{"band": band, "story_id": story_id, "seen_at": now} for band in bands]
    if rows:
        db.execute(_remember(db.dialect.name), rows)


@lru_cache
def _remember(dialect: str) -> Any:
    return (sqlite.insert if dialect == "sqlite" else postgresql.insert)(fingerprints).on_conflict_do_nothing()


# --- reading ---------------------------------------------------------------------------------------------------------
def load_story(db: Connection, story: str) -> Row[Any] | None:
    """A row of ``stories`` by id or link."""
    return db.execute(select(stories).where(or_(stories.c.id == story, stories.c.link == story))).first()


def versions_of(db: Connection, story_id: str) -> list[Version]:
    """All versions, the first one first."""
    return [read_version(row) for row in db.execute(select(versions).where(versions.c.story_id == story_id).order_by(versions.c.number))]


def iterate_versions(db: Connection, since: datetime, until: datetime, page: int = 500) -> Iterator[tuple[Version, Row[Any]]]:
    """Newest versions of stories first seen in a span whose text is still kept, with their story rows, oldest first, in pages."""
    after: tuple[datetime, str] | None = None
    while True:
        query = (select(versions, stories.c.first_seen_at, stories.c.published_at, stories.c.cluster_id, stories.c.kept, stories.c.withdrawn)
                 .join(stories, (stories.c.id == versions.c.story_id) & (stories.c.version == versions.c.number))
                 .where(stories.c.first_seen_at >= since, stories.c.first_seen_at < until, versions.c.text != "")
                 .order_by(stories.c.first_seen_at, stories.c.id).limit(page))
        if after:
            query = query.where(or_(stories.c.first_seen_at > after[0], (stories.c.first_seen_at == after[0]) & (stories.c.id > after[1])))
        rows = db.execute(query).all()
        for row in rows:
            yield read_version(row), row
        if len(rows) < page:
            return
        after = (rows[-1].first_seen_at, rows[-1].story_id)


# --- upkeep ----------------------------------------------------------------------------------------------------------
def reread_due(db: Connection, now: datetime, limit: int = 200) -> list[Row[Any]]:
    """Kept stories whose page should be read again."""
    return list(db.execute(select(stories).where(stories.c.reread_at <= now, stories.c.link.is_not(None)).order_by(stories.c.reread_at).limit(limit)))


def reread_done(db: Connection, story_id: str, step: int, now: datetime) -> None:
    """Plan the next re-read; after the last none."""
    later = REREAD[step + 1] - REREAD[step] if step + 1 < len(REREAD) else None
    db.execute(update(stories).where(stories.c.id == story_id).values(reread_step=step + 1, reread_at=now + later if later else None))


def prune_texts(db: Connection, before: datetime) -> int:
    """Empty the texts of stories nobody kept that were first seen before ``before``. Matched stories are never touched."""
    old = select(stories.c.id).where(stories.c.kept.is_(None), stories.c.first_seen_at < before)
    held = select(matches.c.story_id)
    return int(db.execute(update(versions).where(
        versions.c.story_id.in_(old), versions.c.story_id.not_in(held), versions.c.text != "", versions.c.processed_at.is_not(None))
        .values(text="")).rowcount)


def prune_fingerprints(db: Connection, before: datetime) -> int:
    """Forget fingerprints that no copy will ask for."""
    return int(db.execute(fingerprints.delete().where(fingerprints.c.seen_at < before)).rowcount)


def replace_tags(db: Connection, version: Version, tags: Tags, kept: str | None) -> None:
    """New tags for a processed version; what a rule or alert holds stays kept."""
    db.execute(update(versions).where(versions.c.story_id == version.story_id, versions.c.number == version.number).values(
        tags=tags_json(tags), language=tags.language))
    held = db.execute(select(matches.c.id).where(matches.c.story_id == version.story_id).limit(1)).first() is not None
    db.execute(update(stories).where(stories.c.id == version.story_id).values(
        relevant=tags.relevant, score=tags.score, language=tags.language, kept=kept or ("rule" if held else None), index_due=True))
