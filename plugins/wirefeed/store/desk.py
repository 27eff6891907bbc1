"""What the desk's pages show."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from wirefeed.store.database import Connection
from wirefeed.store.stories import read_version
from wirefeed.store.tables import alerts, deliveries, feed_events, feeds, matches, outcomes, stories, versions


def story(db: Connection, story_id: str) -> dict[str, Any] | None:
    """A story with its versions (newest first), the other stories of its cluster, its matches and alerts; None when unknown."""
    row = db.execute(select(stories).where(stories.c.id == story_id)).first()
    if row is None:
        return None
    found = db.execute(select(versions).where(versions.c.story_id == story_id).order_by(versions.c.number.desc()))
    cluster = row.cluster_id or row.id
    copies = db.execute(select(stories.c.id, stories.c.title, stories.c.feed_id, stories.c.link, stories.c.first_seen_at).where(
        stories.c.cluster_id == cluster, stories.c.id != story_id).order_by(stories.c.first_seen_at))
    fired = db.execute(select(matches).where(matches.c.story_id == story_id).order_by(matches.c.at.desc()))
    return {"story": dict(row._mapping), "versions": [read_version(one) for one in found], "copies": [dict(one._mapping) for one in copies],
            "matches": [dict(one._mapping) for one in fired],
            "alerts": [dict(one._mapping) for one in db.execute(select(alerts).where(alerts.c.cluster_id == cluster).order_by(alerts.c.at))]}


def alerts_list(db: Connection, limit: int = 100, open_only: bool = False) -> list[dict[str, Any]]:
    """The newest alerts with the number of their recipients."""
    people = select(deliveries.c.alert_id, func.count(func.distinct(deliveries.c.recipient)).label("recipients")).group_by(
        deliveries.c.alert_id).subquery()
    wanted = select(alerts, people.c.recipients).outerjoin(people, people.c.alert_id == alerts.c.id)
    if open_only:
        wanted = wanted.where(alerts.c.acknowledged_at.is_(None))
    return [dict(row._mapping) for row in db.execute(wanted.order_by(alerts.c.at.desc(), alerts.c.id).limit(limit))]


def feeds_list(db: Connection, now: datetime) -> list[dict[str, Any]]:
    """Every feed with its newest event of the last week."""
    newest = {row.feed_id: (row.kind, row.at, row.detail) for row in db.execute(
        select(feed_events).where(feed_events.c.at >= now - timedelta(days=7)).order_by(feed_events.c.at))}
    rows = db.execute(select(feeds.c.id, feeds.c.host, feeds.c.active, feeds.c.next_poll_at, feeds.c.state).order_by(feeds.c.id))
    return [{**row._mapping, "event": newest.get(row.id)} for row in rows]


def books(db: Connection, days: int, now: datetime) -> list[dict[str, Any]]:
    """Items by day and outcome: {day, outcomes: {outcome: count}, seen}; seen is their sum."""
    since = f"{now - timedelta(days=days):%Y-%m-%d}"
    found: dict[str, dict[str, int]] = {}
    for row in db.execute(select(outcomes.c.day, outcomes.c.outcome, func.sum(outcomes.c.count).label("n")).where(outcomes.c.day >= since)
                          .group_by(outcomes.c.day, outcomes.c.outcome)):
        found.setdefault(row.day, {})[row.outcome] = int(row.n)
    return [{"day": day, "outcomes": counted, "seen": sum(counted.values())} for day, counted in sorted(found.items(), reverse=True)]


def rule_statistics(db: Connection, since: datetime) -> list[dict[str, Any]]:
    """Alerts a rule since then, how many of them were acknowledged and how many wrong."""
    rows = db.execute(select(alerts.c.rule_id, func.count().label("alerts"), func.count(alerts.c.acknowledged_at).label("acknowledged"),
                             func.count().filter(alerts.c.false_positive).label("false_positives"))
                      .where(alerts.c.at >= since).group_by(alerts.c.rule_id).order_by(func.count().desc(), alerts.c.rule_id))
    return [dict(row._mapping) for row in rows]
