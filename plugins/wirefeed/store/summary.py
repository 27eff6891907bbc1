"""Counts for people: what the demo's table, `wirefeed status` and the digest's last lines show."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from wirefeed.feeds.state import FeedState
from wirefeed.store.books import balance
from wirefeed.store.database import Connection
from wirefeed.store.tables import alerts, deliveries, feed_events, feeds, matches, messages, meta, stories, versions


def counts(db: Connection, since: datetime | None = None) -> dict[str, Any]:
    """Feeds, items by outcome, kept stories by topic and country (of their newest version), alerts and messages; ``since`` limits stories
    and alerts by first sight."""
    kept = select(stories.c.id, stories.c.version).where(stories.c.kept.is_not(None))
    if since is not None:
        kept = kept.where(stories.c.first_seen_at >= since)
    topics: Counter[str] = Counter()
    countries: Counter[str] = Counter()
    newest = kept.subquery()
    rows = db.execute(select(versions.c.tags).join(
        newest, (versions.c.story_id == newest.c.id) & (versions.c.number == newest.c.version)).where(versions.c.tags.is_not(None)))
    for (tags,) in rows:
        topics.update(topic["id"] for topic in tags["topics"])
        countries.update(tags["countries"])
    alerted = select(func.count()).select_from(alerts)
    return {
        "feeds": db.scalar(select(func.count()).select_from(feeds).where(feeds.c.active)) or 0,
        "outcomes": balance(db),
        "stories": db.scalar(select(func.count()).select_from(stories)) or 0,
        "kept": db.scalar(select(func.count()).select_from(newest)) or 0,
        "clusters": db.scalar(select(func.count(func.distinct(stories.c.cluster_id))).where(stories.c.kept.is_not(None))) or 0,
        "pending": db.scalar(select(func.count()).select_from(versions).where(versions.c.processed_at.is_(None))) or 0,
        "index_due": db.scalar(select(func.count()).select_from(stories).where(stories.c.index_due)) or 0,
        "topics": dict(topics.most_common()),
        "countries": dict(countries.most_common()),
        "matches": {row.disposition: row.n for row in db.execute(
            select(matches.c.disposition, func.count().label("n")).group_by(matches.c.disposition))},
        "alerts": db.scalar(alerted if since is None else alerted.where(alerts.c.at >= since)) or 0,
        "messages": {row.state: row.n for row in db.execute(
            select(messages.c.state, func.count().label("n")).group_by(messages.c.state))},
    }


def recent_alerts(db: Connection, limit: int = 20) -> list[dict[str, Any]]:
    """The newest alerts with their story's title and who got them how: {id, rule, kind, severity, at, title, recipients}."""
    found = []
    for row in db.execute(select(alerts, stories.c.title).outerjoin(stories, stories.c.id == alerts.c.cluster_id)
                          .order_by(alerts.c.at.desc(), alerts.c.follow_up.desc()).limit(limit)):
        sent = db.execute(select(deliveries.c.recipient, deliveries.c.channel, deliveries.c.disposition)
                          .where(deliveries.c.alert_id == row.id).order_by(deliveries.c.recipient))
        found.append({"id": row.id, "rule": row.rule_id, "kind": row.kind, "severity": row.severity, "at": row.at, "title": row.title or "",
                      "recipients": [f"{one.recipient} ({one.channel}: {one.disposition})" for one in sent]})
    return found


def recent_messages(db: Connection, limit: int = 20) -> list[dict[str, Any]]:
    """The newest messages of the outbox: {id, kind, recipient, channel, state, created_at, sent_at, last_error}."""
    t = messages.c
    columns = (t.id, t.kind, t.recipient, t.channel, t.state, t.created_at, t.sent_at, t.last_error)
    return [dict(row._mapping) for row in db.execute(select(*columns).order_by(t.created_at.desc()).limit(limit))]


def recent_events(db: Connection, now: datetime, hours: int = 24) -> list[dict[str, Any]]:
    """Feed events of the last hours, newest first: {feed, at, kind, detail}."""
    t = feed_events.c
    return [{"feed": row.feed_id, "at": row.at, "kind": row.kind, "detail": row.detail} for row in db.execute(
        select(t.feed_id, t.at, t.kind, t.detail).where(t.at >= now - timedelta(hours=hours)).order_by(t.at.desc()))]


def troubles(db: Connection) -> dict[str, str]:
    """What does not work at present: subject -> why."""
    return {row.name.removeprefix("trouble:"): row.value.get("why", "") for row in db.execute(
        select(meta.c.name, meta.c.value).where(meta.c.name.startswith("trouble:")))}


def feed_health(db: Connection, now: datetime) -> list[dict[str, Any]]:
    """Each active feed: {feed, condition, last_success, failures, fault, interval_minutes, next_poll, gaps, silent}, the worst first."""
    rows = []
    for row in db.execute(select(feeds.c.id, feeds.c.state, feeds.c.next_poll_at).where(feeds.c.active)):
        state = FeedState.from_json(row.state)
        rows.append({
            "feed": row.id, "condition": state.condition, "last_success": state.succeeded_at.isoformat() if state.succeeded_at else None,
            "failures": state.streak, "fault": state.error or "", "interval_minutes": round(state.interval, 1),
            "next_poll": row.next_poll_at.isoformat(), "gaps": state.gaps, "silent": state.silent_since is not None})
    return sorted(rows, key=lambda one: (-one["failures"], not one["silent"], one["feed"]))
