"""The outbox: leasing messages one at a time, marking how they ended, putting dead ones back. One transaction a step.

A clock that was set back must not hold anything up: a lease or back-off that ends later than any could is treated as over, and a message
that was made "in the future" goes by its delay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from wirefeed.alerts.values import Alert
from wirefeed.store.alerts import read_alert
from wirefeed.store.database import Connection, get_meta, set_meta
from wirefeed.store.tables import alerts, deliveries, matches, messages, versions

HELD = "sending_held"
LONGEST_BACK_OFF = timedelta(hours=1, minutes=30)
SUMMARY_WAIT = timedelta(minutes=30)  # a summary waits that long for the rest of its back-log to be tagged
_t = messages.c


@dataclass(frozen=True, slots=True)
class Queued:
    """A leased message with the alerts it is about, newest first."""

    id: str
    recipient: str
    channel: str
    kind: str
    severity: str
    created_at: datetime
    due_at: datetime
    attempts: int
    detail: Mapping[str, Any]
    alerts: tuple[Alert, ...]


def lease_next(db: Connection, owner: str, now: datetime, seconds: float, closed: Sequence[str] = ()) -> Queued | None:
    """Lease the most urgent message that is due on a channel that is not ``closed``; None when there is none."""
    free = or_(_t.lease_until.is_(None), _t.lease_until < now, _t.lease_until > now + timedelta(seconds=seconds))
    wanted: list[ColumnElement[bool]] = [_t.state == "pending", free, _due(now)]
    if closed:
        wanted.append(_t.channel.not_in(closed))
    if _backlog_pending(db):
        wanted.append(or_(_t.kind != "summary", _t.created_at < now - SUMMARY_WAIT))
    rank = case({"flash": 0, "urgent": 1}, value=_t.severity, else_=2)
    key = db.scalar(select(_t.id).where(*wanted).order_by(rank, _t.due_at, _t.id).limit(1).with_for_update(skip_locked=True))
    if key is None:
        return None
    row = db.execute(update(messages).where(_t.id == key, free).values(
        lease_owner=owner, lease_until=now + timedelta(seconds=seconds)).returning(*messages.c)).first()
    if row is None:
        return None
    return Queued(row.id, row.recipient, row.channel, row.kind, row.severity, row.created_at, row.due_at, row.attempts, row.detail,
                  alerts_of(db, row.id, row.detail))


def _due(now: datetime) -> ColumnElement[bool]:
    clock_set_back = or_(and_(_t.created_at > now, _t.due_at <= _t.created_at), and_(_t.attempts > 0, _t.due_at > now + LONGEST_BACK_OFF))
    return or_(_t.due_at <= now, clock_set_back)


def _backlog_pending(db: Connection) -> bool:
    pending = select(versions.c.story_id).where(versions.c.processed_at.is_(None), versions.c.backlog).limit(1)
    return db.scalar(pending) is not None


def alerts_of(db: Connection, message: str, detail: Mapping[str, Any]) -> tuple[Alert, ...]:
    """The alerts that a message is about: those delivered by it and those it names."""
    named = list(detail.get("alerts", ()))
    delivered = select(deliveries.c.alert_id).where(deliveries.c.message_id == message)
    rows = db.execute(select(alerts).where(or_(alerts.c.id.in_(delivered), alerts.c.id.in_(named))).order_by(alerts.c.at.desc(), alerts.c.id))
    return tuple(read_alert(row) for row in rows)


# --- how it ended ----------------------------------------------------------------------------------------------------
def mark_sent(db: Connection, message: Queued, owner: str, now: datetime) -> bool:
    """It has left. False when the lease has gone to another sender meanwhile (then both have sent the same Message-ID)."""
    mine = db.execute(update(messages).where(_t.id == message.id, _t.state == "pending").values(
        state="sent", sent_at=now, attempts=_t.attempts + 1, last_error=None, lease_owner=None, lease_until=None)).rowcount
    rendered = [one.id for one in message.alerts]
    if rendered:
        db.execute(update(deliveries).where(
            deliveries.c.message_id == message.id, deliveries.c.disposition.in_(("queued", "quiet"))).values(disposition="sent"))
        db.execute(update(matches).where(matches.c.alert_id.in_(rendered), matches.c.disposition.in_(("queued", "quiet"))).values(
            disposition="sent"))
    return bool(mine)


def mark_later(db: Connection, message: str, owner: str, due: datetime | None, error: str) -> None:
    """Try again at ``due`` (None: as soon as its channel is open)."""
    values: dict[str, Any] = {"attempts": _t.attempts + 1, "last_error": error, "lease_owner": None, "lease_until": None}
    if due is not None:
        values["due_at"] = due
    db.execute(update(messages).where(_t.id == message, _t.lease_owner == owner, _t.state == "pending").values(**values))


def mark_dead(db: Connection, message: Queued, owner: str, error: str) -> None:
    """This recipient's dead letter: visible, and put back by ``retry``."""
    db.execute(update(messages).where(_t.id == message.id, _t.lease_owner == owner, _t.state == "pending").values(
        state="dead", attempts=_t.attempts + 1, last_error=error, lease_owner=None, lease_until=None))
    db.execute(update(deliveries).where(deliveries.c.message_id == message.id).values(disposition="dead"))
    for alert in message.alerts:  # the match is dead only when nobody got it
        alive = db.scalar(select(func.count()).select_from(deliveries).where(
            deliveries.c.alert_id == alert.id, deliveries.c.disposition != "dead"))
        if not alive:
            db.execute(update(matches).where(matches.c.alert_id == alert.id).values(disposition="dead"))


def refused_by_policy(db: Connection, channel: str, recipient: str) -> list[str]:
    """Other recipients whose unsent messages were refused with 5.7.x: more than one such refusal is about us, not about them."""
    return list(db.scalars(select(_t.recipient).where(
        _t.channel == channel, _t.recipient != recipient, _t.state.in_(("pending", "dead")), _t.last_error.like("%policy 5%")).distinct()))


def revive_policy_refusals(db: Connection, channel: str, now: datetime) -> None:
    """The channel is at fault: its policy refusals are nobody's dead letters."""
    ids = list(db.scalars(select(_t.id).where(_t.channel == channel, _t.state == "dead", _t.last_error.like("%policy 5%"))))
    retry(db, ids, now)


# --- channels --------------------------------------------------------------------------------------------------------
def channel_state(db: Connection, channel: str) -> dict[str, Any]:
    """{} while it works, else {reason, until (ISO), failures, stopped: somebody must act}."""
    found: dict[str, Any] = get_meta(db, f"channel:{channel}") or {}
    return found


def set_channel(db: Connection, channel: str, state: Mapping[str, Any] | None, now: datetime) -> None:
    """Close a channel, or open it (None)."""
    set_meta(db, f"channel:{channel}", dict(state) if state else None, now)


# --- people's hands --------------------------------------------------------------------------------------------------
def list_messages(db: Connection, state: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """The newest messages, of one state or all."""
    wanted = select(*(one for one in messages.c if one.name not in ("detail", "lease_owner"))).order_by(_t.created_at.desc(), _t.id).limit(limit)
    return [dict(row._mapping) for row in db.execute(wanted.where(_t.state == state) if state else wanted)]


def count_messages(db: Connection) -> dict[str, int]:
    """Messages by state."""
    return {row.state: row.n for row in db.execute(select(_t.state, func.count().label("n")).group_by(_t.state))}


def read_message(db: Connection, prefix: str) -> tuple[dict[str, Any], Queued] | None:
    """A message by id or a beginning of it that fits only one."""
    rows = db.execute(select(messages).where(_t.id.startswith(prefix, autoescape=True)).limit(2)).all()
    if len(rows) != 1:
        return None
    row = rows[0]
    queued = Queued(row.id, row.recipient, row.channel, row.kind, row.severity, row.created_at, row.due_at, row.attempts, row.detail,
                    alerts_of(db, row.id, row.detail))
    return dict(row._mapping), queued


def retry(db: Connection, ids: Sequence[str], now: datetime) -> int:
    """Put dead or waiting messages back, due now; how many."""
    done = 0
    for key in ids:
        done += db.execute(update(messages).where(_t.id == key, _t.state.in_(("dead", "pending", "held"))).values(
            state="pending", due_at=now, created_at=case((_t.state == "dead", now), else_=_t.created_at), attempts=0, last_error=None)).rowcount
        db.execute(update(deliveries).where(deliveries.c.message_id == key, deliveries.c.disposition == "dead").values(disposition="queued"))
        freed = select(deliveries.c.alert_id).where(deliveries.c.message_id == key)
        db.execute(update(matches).where(matches.c.alert_id.in_(freed), matches.c.disposition == "dead").values(disposition="queued"))
    return done


def retry_ids(db: Connection, since: datetime | None) -> list[str]:
    """All dead and waiting-after-failure messages, made since then."""
    wanted = select(_t.id).where(or_(_t.state == "dead", and_(_t.state == "pending", _t.attempts > 0)))
    return list(db.scalars(wanted.where(_t.created_at >= since) if since else wanted))


def release(db: Connection, now: datetime) -> int:
    """End a hold on all sending and let held messages go; how many those were."""
    set_meta(db, HELD, None, now)
    return db.execute(update(messages).where(_t.state == "held").values(state="pending")).rowcount
