"""What digests and reminders are made of."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from wirefeed.alerts.values import Alert, Delivery
from wirefeed.store.alerts import read_alert
from wirefeed.store.database import Connection
from wirefeed.store.tables import alerts, deliveries, feed_events, feeds, messages, rules

_FAILING = ("error", "refused", "gone", "dead", "silent", "challenge", "gap", "country-silent")


def waiting_for_digest(db: Connection, recipient: str) -> list[tuple[str, str]]:
    """(alert, channel) of deliveries that wait for this recipient's digest."""
    rows = db.execute(select(deliveries.c.alert_id, deliveries.c.channel).where(
        deliveries.c.recipient == recipient, deliveries.c.disposition == "digest", deliveries.c.message_id.is_(None)))
    return [(row.alert_id, row.channel) for row in rows]


def without_digest(db: Connection) -> set[str]:
    """Who has unsubscribed from digests."""
    return set((db.scalar(select(rules.c.state).where(rules.c.id == "digest")) or {}).get("paused", {}))


def assign(db: Connection, waiting: Sequence[tuple[str, str]], message: str) -> None:
    """Let deliveries go with this message."""
    recipient = db.scalar(select(messages.c.recipient).where(messages.c.id == message))
    for alert, channel in waiting:
        db.execute(update(deliveries).where(
            deliveries.c.alert_id == alert, deliveries.c.recipient == recipient, deliveries.c.channel == channel).values(message_id=message))


def unacknowledged(db: Connection, oldest: datetime, newest: datetime) -> list[tuple[Alert, list[tuple[Delivery, datetime]]]]:
    """Flashes decided in between that nobody has acknowledged, with the deliveries that have left and when."""
    found = []
    rows = db.execute(select(alerts).where(
        alerts.c.severity == "flash", alerts.c.acknowledged_at.is_(None), ~alerts.c.false_positive, alerts.c.follow_up == 0,
        alerts.c.at >= oldest, alerts.c.at <= newest).order_by(alerts.c.at))
    for row in rows.all():
        told = db.execute(select(deliveries, messages.c.sent_at).join(messages, messages.c.id == deliveries.c.message_id).where(
            deliveries.c.alert_id == row.id, messages.c.state == "sent", messages.c.kind.in_(("alert", "situation", "escalation"))))
        found.append((read_alert(row), [(Delivery(one.alert_id, one.recipient, one.channel, one.disposition, one.message_id, True), one.sent_at)
                                        for one in told]))
    return found


def dispositions(db: Connection, recipient: str, since: datetime) -> dict[str, int]:
    """How this recipient's alerts ended since then."""
    rows = db.execute(select(deliveries.c.disposition, func.count().label("n")).where(
        deliveries.c.recipient == recipient, deliveries.c.at >= since).group_by(deliveries.c.disposition))
    return {row.disposition: row.n for row in rows}


def feed_health(db: Connection, now: datetime) -> dict[str, Any]:
    """Active feeds and those with trouble in the last day, each with its newest trouble: {feeds_polled, failing: [{feed, why}]}."""
    polled = db.scalar(select(func.count()).select_from(feeds).where(feeds.c.active)) or 0
    newest: dict[str, tuple[str, Any]] = {}
    for row in db.execute(select(feed_events).where(feed_events.c.at >= now - timedelta(hours=24)).order_by(feed_events.c.at)):
        newest[row.feed_id] = (row.kind, row.detail)
    times = Counter(row[0] for row in db.execute(select(feed_events.c.feed_id).where(
        feed_events.c.at >= now - timedelta(hours=24), feed_events.c.kind.in_(_FAILING))))
    failing = [{"feed": feed, "why": f"{kind}: {_short(detail)}" + (f" ({times[feed]} times)" if times[feed] > 1 else "")}
               for feed, (kind, detail) in sorted(newest.items()) if kind in _FAILING]
    return {"feeds_polled": polled, "failing": failing}


def _short(detail: Any) -> str:
    if isinstance(detail, dict):
        return str(detail.get("reason") or "; ".join(f"{key} {value}" for key, value in detail.items()))[:160]
    return str(detail)[:160]


def dead_letters(db: Connection, since: datetime) -> list[dict[str, Any]]:
    """Messages that could not be delivered, of the last days."""
    rows = db.execute(select(messages.c.recipient, messages.c.channel, messages.c.last_error).where(
        messages.c.state == "dead", messages.c.created_at >= since - timedelta(days=6)).order_by(messages.c.created_at.desc()).limit(10))
    return [dict(row._mapping) for row in rows]
