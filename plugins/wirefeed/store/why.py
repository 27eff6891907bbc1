"""What `wirefeed why` asks the database."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from wirefeed.store.database import Connection
from wirefeed.store.stories import read_version
from wirefeed.store.tables import deliveries, feed_events, feeds, items, matches, messages, outcomes, stories, versions


def find_story(db: Connection, asked: str, links: tuple[str, ...]) -> Any:
    """A story's row by id (or a beginning of it that fits one), else by one of the links in any of its versions; None."""
    rows = db.execute(select(stories).where(stories.c.id == asked)).all()
    if not rows and len(asked) >= 6:
        rows = db.execute(select(stories).where(stories.c.id.startswith(asked, autoescape=True)).limit(2)).all()
        rows = rows if len(rows) == 1 else []
    if not rows and links:
        rows = db.execute(select(stories).where(stories.c.link.in_(links)).order_by(stories.c.first_seen_at.desc()).limit(1)).all()
    if not rows and links:
        ids = select(versions.c.story_id).where(versions.c.link.in_(links))
        rows = db.execute(select(stories).where(stories.c.id.in_(ids)).order_by(stories.c.first_seen_at.desc()).limit(1)).all()
    if not rows and (plain := [one for one in links if "?" not in one]):  # feeds add what readers leave out: ?utm_source=rss
        longer = or_(*(stories.c.link.startswith(f"{one}?", autoescape=True) for one in plain))
        rows = db.execute(select(stories).where(longer).order_by(stories.c.first_seen_at.desc()).limit(1)).all()
    return rows[0] if rows else None


def item_of(db: Connection, story_id: str) -> Any:
    """The story's item: outcome and reason."""
    return db.execute(select(items).where(items.c.story_id == story_id).order_by(items.c.first_seen_at).limit(1)).first()


def versions_of(db: Connection, story_id: str) -> list[Any]:
    """Its versions, newest first, with whether each has been processed: (Version, processed_at)."""
    rows = db.execute(select(versions).where(versions.c.story_id == story_id).order_by(versions.c.number.desc()))
    return [(read_version(row), row.processed_at) for row in rows]


def feed_states(db: Connection, ids: list[str]) -> list[Any]:
    """Rows of these feeds."""
    return list(db.execute(select(feeds).where(feeds.c.id.in_(ids))).all())


def events_of(db: Connection, ids: list[str], since: datetime) -> list[Any]:
    """What befell these feeds since then, newest first."""
    return list(db.execute(select(feed_events).where(feed_events.c.feed_id.in_(ids), feed_events.c.at >= since)
                           .order_by(feed_events.c.at.desc()).limit(20)).all())


def rejections(db: Connection, ids: list[str], now: datetime) -> list[Any]:
    """(feed, reason, count) of items refused in the last week."""
    since = f"{now - timedelta(days=7):%Y-%m-%d}"
    return list(db.execute(select(outcomes.c.feed_id, outcomes.c.reason, func.sum(outcomes.c.count).label("n")).where(
        outcomes.c.feed_id.in_(ids), outcomes.c.outcome == "rejected", outcomes.c.day >= since)
        .group_by(outcomes.c.feed_id, outcomes.c.reason)).all())


def endings(db: Connection, story_id: str, rule_id: str | None) -> list[dict[str, Any]]:
    """Matches of the story, newest first, each with its deliveries."""
    wanted = select(matches).where(matches.c.story_id == story_id)
    if rule_id:
        wanted = wanted.where(matches.c.rule_id == rule_id)
    found = []
    for row in db.execute(wanted.order_by(matches.c.at.desc(), matches.c.version.desc())).all():
        told: Any = db.execute(
            select(deliveries.c.recipient, deliveries.c.channel, deliveries.c.disposition, messages.c.state, messages.c.kind, messages.c.due_at,
                   messages.c.sent_at, messages.c.last_error).outerjoin(messages, messages.c.id == deliveries.c.message_id)
            .where(deliveries.c.alert_id == row.alert_id)) if row.alert_id else []
        found.append({"rule": row.rule_id, "version": row.version, "at": row.at, "disposition": row.disposition, "clauses": row.clauses,
                      "alert": row.alert_id, "deliveries": [dict(one._mapping) for one in told]})
    return found


def summaries(db: Connection, story_id: str) -> list[dict[str, Any]]:
    """Summary and catch-up messages that list the story: {recipient, state, sent_at}."""
    rows = db.execute(select(messages).where(or_(messages.c.kind == "summary", messages.c.kind == "catch-up"))
                      .order_by(messages.c.created_at.desc()).limit(500))
    return [{"recipient": row.recipient, "kind": row.kind, "state": row.state, "sent_at": row.sent_at} for row in rows
            if any(one["story"] == story_id for one in row.detail.get("items", ()))]
