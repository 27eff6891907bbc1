"""What alerts/decide.py needs to know, read for one batch; and what it decided, written in the caller's transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from wirefeed.alerts.ids import match_id, message_id
from wirefeed.alerts.recipients import Recipients
from wirefeed.alerts.values import Alert, Chain, Decisions, Delivery, Facts, Ledger, Message, Snooze
from wirefeed.rules.trends import plain
from wirefeed.store.database import Connection
from wirefeed.store.rules import keep_revision, past, remember_pairs
from wirefeed.store.tables import alerts, deliveries, matches, messages, rules, snoozes, stories

if TYPE_CHECKING:
    from wirefeed.rules.catalog import RuleSet

_CHUNK = 400
HOUR = timedelta(hours=1)


# --- reading ---------------------------------------------------------------------------------------------------------
def ledger(db: Connection, found: Sequence[Facts], active: "RuleSet", recipients: Recipients, now: datetime) -> Ledger:
    """All that was decided before about these versions' clusters, and each rule's and recipient's state."""
    clusters = {facts.cluster_id for facts in found}
    states = {row.id: row for row in db.execute(select(rules.c.id, rules.c.first_run_at, rules.c.revision, rules.c.state))}
    ids = [match_id(one.rule_id, one.story_id, one.version) for facts in found for one in facts.matches]
    story_ids = {facts.version.story_id for facts in found if facts.version.number > 1}
    return Ledger(
        chains=chains(db, clusters),
        decided=frozenset(row.id for some in _chunks(ids) for row in db.execute(select(matches.c.id).where(matches.c.id.in_(some)))),
        matched=frozenset((row.rule_id, row.story_id) for some in _chunks(story_ids) for row in db.execute(
            select(matches.c.rule_id, matches.c.story_id).where(matches.c.story_id.in_(some)).distinct())),
        started=frozenset(key for key, row in states.items() if row.first_run_at is not None),
        revisions={key: row.revision for key, row in states.items()},
        paused=frozenset((key, name) for key, row in states.items() for name in (row.state or {}).get("paused", {})),
        snoozes=tuple(Snooze(row.rule_id, row.cluster_id, row.recipient, row.until)
                      for row in db.execute(select(snoozes).where(snoozes.c.until > now))),
        past={rule.id: past(db, rule, now) for rule in active if not plain(rule) and any(one.rule_id == rule.id for facts in found for one in facts.matches)},
        last_hour=_last_hour(db, now), open=_open(db, now))


def chains(db: Connection, clusters: Iterable[str]) -> dict[tuple[str, str], Chain]:
    """Alerts with their deliveries by (rule, cluster). After a merge the chain of a cluster that was swallowed counts for the older one."""
    home: dict[str, str] = {one: one for one in clusters}
    for some in _chunks(list(home)):
        # A cluster's id is its first story's: every former id is the id of a story that is now a member.
        for row in db.execute(select(stories.c.id, stories.c.cluster_id).where(stories.c.cluster_id.in_(some))):
            home.setdefault(row.id, row.cluster_id)
    found: dict[tuple[str, str], list[Alert]] = {}
    for some in _chunks(list(home)):
        for row in db.execute(select(alerts).where(alerts.c.cluster_id.in_(some)).order_by(alerts.c.follow_up, alerts.c.at)):
            found.setdefault((row.rule_id, home[row.cluster_id]), []).append(read_alert(row))
    for key, several in found.items():  # two chains that a merge brought together: the older cluster's goes on
        if len({one.cluster_id for one in several}) > 1:
            keep = key[1] if any(one.cluster_id == key[1] for one in several) else min(several, key=lambda one: one.at).cluster_id
            found[key] = [one for one in several if one.cluster_id == keep]
    told = deliveries_of(db, [one.id for several in found.values() for one in several])
    return {key: Chain(tuple(several), tuple(one for alert in several for one in told.get(alert.id, ()))) for key, several in found.items()}


def read_alert(row: Any) -> Alert:
    """A row of ``alerts``."""
    return Alert(row.id, row.rule_id, row.cluster_id, row.follow_up, row.kind, row.severity, row.at, row.detail,
                 row.acknowledged_at is not None, row.false_positive)


def deliveries_of(db: Connection, ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """Deliveries by alert, in the order of decision."""
    found: dict[str, list[Delivery]] = {}
    for some in _chunks(ids):
        for row in db.execute(
                select(deliveries, messages.c.state).outerjoin(messages, messages.c.id == deliveries.c.message_id)
                .where(deliveries.c.alert_id.in_(some)).order_by(deliveries.c.at, deliveries.c.recipient, deliveries.c.channel)):
            found.setdefault(row.alert_id, []).append(
                Delivery(row.alert_id, row.recipient, row.channel, row.disposition, row.message_id, row.state == "sent"))
    return found


def _last_hour(db: Connection, now: datetime) -> dict[tuple[str, str], int]:
    # Mails of their own that count against the caps; corrections don't (they pass them).
    rows = db.execute(
        select(alerts.c.rule_id, deliveries.c.recipient, func.count(func.distinct(alerts.c.id)).label("n"))
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(deliveries.c.at > now - HOUR, deliveries.c.disposition.in_(("queued", "sent")), alerts.c.kind.not_in(("correction", "withdrawn")))
        .group_by(alerts.c.rule_id, deliveries.c.recipient))
    return {(row.rule_id, row.recipient): row.n for row in rows}


def _open(db: Connection, now: datetime) -> dict[tuple[str, str, str], str]:
    free = or_(messages.c.lease_until.is_(None), messages.c.lease_until < now)
    rows = db.execute(select(messages.c.id, messages.c.recipient, messages.c.channel, messages.c.detail)
                      .where(messages.c.state == "pending", messages.c.attempts == 0, messages.c.kind.in_(
                          ("situation", "digest", "summary", "catch-up")), free))
    return {(row.recipient, row.channel, row.detail["join"]): row.id for row in rows if row.detail.get("join")}


# --- writing ---------------------------------------------------------------------------------------------------------
def record(db: Connection, decided: Decisions, now: datetime) -> None:
    """Write all of it; whatever exists already stays as it is."""
    _new(db, matches, [{
        "id": match_id(one.match.rule_id, one.match.story_id, one.match.version), "rule_id": one.match.rule_id,
        "rule_revision": one.rule_revision, "story_id": one.match.story_id, "version": one.match.version, "cluster_id": one.cluster_id,
        "at": now, "clauses": list(one.match.clauses), "highlights": [asdict(mark) for mark in one.match.highlights],
        "disposition": one.disposition, "alert_id": one.alert_id} for one in decided.disposed])
    _new(db, alerts, [{
        "id": one.id, "rule_id": one.rule_id, "cluster_id": one.cluster_id, "follow_up": one.follow_up, "kind": one.kind,
        "severity": one.severity, "at": one.at, "detail": dict(one.detail)} for one in decided.alerts])
    for alert, detail in decided.grouped.items():
        db.execute(update(alerts).where(alerts.c.id == alert).values(detail=dict(detail)))
    _new(db, messages, [message_row(one) for one in decided.messages])
    moved = _join(db, decided, now)
    _new(db, deliveries, [{
        "alert_id": one.alert_id, "recipient": one.recipient, "channel": one.channel, "disposition": one.disposition, "at": now,
        "message_id": moved.get(one.message_id, one.message_id) if one.message_id else None} for one in decided.deliveries])
    for rule_id, revision, source in decided.started:
        keep_rule(db, rule_id, revision, source)
        db.execute(update(rules).where(rules.c.id == rule_id, rules.c.first_run_at.is_(None)).values(first_run_at=now))
        keep_revision(db, rule_id, revision, source, now)
    for rule_id, pairs in decided.pairs.items():
        remember_pairs(db, rule_id, pairs)
    matched = Counter(one.match.rule_id for one in decided.disposed)
    if matched:
        db.execute(update(rules).where(rules.c.id.in_(list(matched))).values(last_match_at=now))


def new_message(db: Connection, one: Message) -> bool:
    """Put one message into the outbox; False when it is there already."""
    return _new(db, messages, [message_row(one)]) > 0


def new_delivery(db: Connection, one: Delivery, now: datetime) -> None:
    """Write one delivery."""
    _new(db, deliveries, [{"alert_id": one.alert_id, "recipient": one.recipient, "channel": one.channel, "disposition": one.disposition,
                           "message_id": one.message_id, "at": now}])


def message_row(one: Message) -> dict[str, Any]:
    """A message as the outbox keeps it."""
    return {"id": one.id, "recipient": one.recipient, "channel": one.channel, "kind": one.kind, "state": "pending", "severity": one.severity,
            "created_at": one.created_at, "due_at": one.due_at, "attempts": 0, "detail": {**one.detail, "join": one.join, "date": one.due_at.isoformat()}}


def keep_rule(db: Connection, rule_id: str, revision: str, source: str) -> None:
    """Make sure that the rule has a row."""
    _new(db, rules, [{"id": rule_id, "revision": revision, "source": source, "state": {}}])


def _join(db: Connection, decided: Decisions, now: datetime) -> dict[str, str]:
    """Put additions into their collecting messages. One that a sender has taken since the ledger was read is left alone and gets a
    successor (old id -> new id)."""
    mine = {one.id for one in decided.messages}
    wanted = {one.message_id for one in decided.deliveries if one.message_id} | set(decided.additions)
    moved: dict[str, str] = {}
    for key in sorted(wanted):
        fresh = [asdict(one) for one in decided.additions.get(key, ())]
        if key in mine and not fresh:
            continue
        row = db.execute(select(messages).where(messages.c.id == key).with_for_update()).one()
        if key not in mine and (row.state != "pending" or (row.lease_until is not None and row.lease_until >= now)):
            moved[key] = message_id(row.recipient, row.channel, f"{key}@{now.isoformat()}")
            _new(db, messages, [{**row._mapping, "id": moved[key], "state": "pending", "attempts": 0, "created_at": now, "sent_at": None,
                                 "last_error": None, "lease_owner": None, "lease_until": None,
                                 "detail": {**row.detail, "items": fresh, "alerts": []}}])
        elif fresh:
            db.execute(update(messages).where(messages.c.id == key).values(
                detail={**row.detail, "items": [*row.detail.get("items", ()), *fresh]}))
    return moved


def _new(db: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    if not rows:
        return 0
    made: Any = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(table)
    if len(rows) == 1:
        return int(db.execute(made.values(**rows[0]).on_conflict_do_nothing()).rowcount)
    db.execute(made.on_conflict_do_nothing(), list(rows))
    return len(rows)


def _chunks(values: Iterable[Any]) -> Iterable[list[Any]]:
    some = list(values)
    return (some[start:start + _CHUNK] for start in range(0, len(some), _CHUNK))


