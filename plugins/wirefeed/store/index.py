"""What the index is made from: due stories, all that is known of a story, and the tables that Kibana charts.

A claim clears ``index_due`` and notes the ids under ``index_inflight`` in the same transaction, so that a story that changes while it is
being written becomes due again, and a crash in between loses nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, update

from wirefeed.model import Version
from wirefeed.store.database import Connection, get_meta, set_meta
from wirefeed.store.stories import read_version
from wirefeed.store.tables import alerts, deliveries, feed_events, feeds, matches, messages, outcomes, stories, versions

INFLIGHT = "index_inflight"
_RANK = {"routine": 0, "urgent": 1, "flash": 2}


@dataclass(frozen=True, slots=True)
class Story:
    """A story as the index wants it: its newest version and what other tables say of it."""

    version: Version
    first_seen: datetime
    first_published: datetime | None
    kept: str | None
    withdrawn: bool
    cluster: str | None
    copies: int
    rules: tuple[str, ...]
    severity: str | None


# --- the queue -------------------------------------------------------------------------------------------------------
def claim_due(db: Connection, after: str, limit: int, now: datetime) -> list[str]:
    """Up to ``limit`` due stories with ids behind ``after``, no longer due but noted as under way."""
    ids = list(db.scalars(select(stories.c.id).where(stories.c.index_due, stories.c.id > after).order_by(stories.c.id).limit(limit)))
    if ids:
        set_meta(db, INFLIGHT, ids, now)
        db.execute(update(stories).where(stories.c.id.in_(ids)).values(index_due=False))
    return ids


def settle(db: Connection, due_again: Sequence[str], now: datetime) -> None:
    """The claimed stories are done, but for those that stay due."""
    set_meta(db, INFLIGHT, None, now)
    make_due(db, due_again)


def recover(db: Connection, now: datetime) -> int:
    """Make due again what a writer that died had claimed; how many."""
    ids: list[str] = get_meta(db, INFLIGHT) or []
    settle(db, ids, now)
    return len(ids)


def make_due(db: Connection, ids: Sequence[str]) -> None:
    """Ask for these stories to be written (again)."""
    for start in range(0, len(ids), 500):
        db.execute(update(stories).where(stories.c.id.in_(ids[start:start + 500])).values(index_due=True))


def count_due(db: Connection) -> int:
    """Stories that wait for the index."""
    return db.scalar(select(func.count()).select_from(stories).where(stories.c.index_due)) or 0


# --- stories ---------------------------------------------------------------------------------------------------------
def count_kept(db: Connection) -> int:
    """Stories that belong into the index."""
    return db.scalar(select(func.count()).select_from(stories).where(stories.c.kept.is_not(None))) or 0


def kept_after(db: Connection, after: str, limit: int) -> list[str]:
    """Ids of kept stories in order, behind ``after``."""
    return list(db.scalars(select(stories.c.id).where(stories.c.kept.is_not(None), stories.c.id > after)
                           .order_by(stories.c.id).limit(limit)))


def stories_of(db: Connection, ids: Sequence[str]) -> list[Story]:
    """All that the index wants to know of these stories; ids without a stored version are left out."""
    if not ids:
        return []
    newest = {row.story_id: read_version(row) for row in db.execute(select(versions).join(
        stories, (versions.c.story_id == stories.c.id) & (versions.c.number == stories.c.version)).where(stories.c.id.in_(ids)))}
    rows = db.execute(select(stories).where(stories.c.id.in_(list(newest))).order_by(stories.c.id)).all()
    clusters = {row.cluster_id for row in rows} - {None}
    copies: dict[str, int] = {row[0]: row[1] for row in db.execute(
        select(stories.c.cluster_id, func.count(func.distinct(stories.c.feed_id))).where(stories.c.cluster_id.in_(clusters))
        .group_by(stories.c.cluster_id))}
    rules: dict[str, set[str]] = defaultdict(set)
    severities: dict[str, set[str]] = defaultdict(set)
    for story_id, rule_id, severity in db.execute(
            select(matches.c.story_id, matches.c.rule_id, alerts.c.severity)
            .outerjoin(alerts, alerts.c.id == matches.c.alert_id).where(matches.c.story_id.in_(ids))):
        rules[story_id].add(rule_id)
        if severity:
            severities[story_id].add(severity)
    return [
        Story(version=newest[row.id], first_seen=row.first_seen_at, first_published=row.published_at, kept=row.kept,
              withdrawn=row.withdrawn, cluster=row.cluster_id, copies=max(copies.get(row.cluster_id, 1), 1),
              rules=tuple(sorted(rules[row.id])), severity=max(severities[row.id], key=lambda one: _RANK.get(one, 0), default=None))
        for row in rows]


# --- operations ------------------------------------------------------------------------------------------------------
def _plain(db: Connection, wanted: Select[Any]) -> Iterator[dict[str, Any]]:
    return (dict(row) for row in db.execute(wanted).mappings())


def alert_rows(db: Connection, since: datetime) -> Iterator[dict[str, Any]]:
    """Alerts decided or acknowledged since then, with the cluster's first story and the number of recipients."""
    people = select(deliveries.c.alert_id, func.count(func.distinct(deliveries.c.recipient)).label("recipients")).group_by(
        deliveries.c.alert_id).subquery()
    yield from _plain(db, select(alerts, people.c.recipients, stories.c.title, stories.c.link, stories.c.feed_id, stories.c.published_at,
        versions.c.tags).outerjoin(people, people.c.alert_id == alerts.c.id).outerjoin(stories, stories.c.id == alerts.c.cluster_id)
        .outerjoin(versions, (versions.c.story_id == stories.c.id) & (versions.c.number == stories.c.version))
        .where((alerts.c.at >= since) | (alerts.c.acknowledged_at >= since)))


def delivery_rows(db: Connection, since: datetime) -> Iterator[dict[str, Any]]:
    """Deliveries decided or sent since then, with their message and alert."""
    wanted: Select[Any] = select(
        deliveries, alerts.c.rule_id, alerts.c.severity, alerts.c.at.label("alert_at"), messages.c.sent_at, messages.c.attempts,
        messages.c.last_error).outerjoin(messages, messages.c.id == deliveries.c.message_id).outerjoin(
        alerts, alerts.c.id == deliveries.c.alert_id).where((deliveries.c.at >= since) | (messages.c.sent_at >= since))
    yield from _plain(db, wanted)


def feed_rows(db: Connection) -> Iterator[dict[str, Any]]:
    """The state of every feed."""
    yield from _plain(db, select(feeds.c.id, feeds.c.host, feeds.c.active, feeds.c.next_poll_at, feeds.c.state))


def event_rows(db: Connection, since: datetime) -> Iterator[dict[str, Any]]:
    """What befell feeds since then."""
    yield from _plain(db, select(feed_events).where(feed_events.c.at >= since))


def outcome_rows(db: Connection, since: datetime) -> Iterator[dict[str, Any]]:
    """The books of the days since then (the day before included: its last polls may have come late)."""
    yield from _plain(db, select(outcomes).where(outcomes.c.day >= f"{since - timedelta(days=1):%Y-%m-%d}"))
