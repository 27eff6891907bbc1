"""Alerts, deliveries, feed health and item outcomes as documents, so that Kibana can chart operations. Elasticsearch only.

Each run sends what changed since the last one of which everything arrived (and a little more: writing twice is harmless). Pure but for
``index_operations``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import structlog

from wirefeed.index.base import WriteReport
from wirefeed.index.document import clean, stamp
from wirefeed.index.facts import Facts, load_facts
from wirefeed.index.partitions import before, oldest_kept
from wirefeed.model import Document
from wirefeed.settings import Settings
from wirefeed.store import index as stored
from wirefeed.store.database import Store, get_meta, set_meta

WATERMARK = "index_operations"  # meta: {"sent": up to when all arrived, "tried": when we last wrote}
FAILURES = "index_operations_failed"  # meta: "table id" -> reason, of the last run
SHOWN_FAILURES = 100
OVERLAP = timedelta(minutes=10)
EVERY = timedelta(minutes=5)  # each time sends the state of every feed
LONGEST_ID = 512  # bytes
FIRST = datetime(1970, 1, 2, tzinfo=UTC)
log = structlog.get_logger()


@runtime_checkable
class OperationsIndex(Protocol):
    """The part of ElasticIndex that takes companion tables."""

    def write(self, table: str, documents: list[Document]) -> WriteReport:
        """Write documents of one table into their months."""


@dataclass(frozen=True, slots=True)
class OperationsReport:
    """Documents sent a table, and "table id" -> reason for what the index refused: the next run sends it again."""

    sent: dict[str, int]
    failed: dict[str, str]


def index_operations(store: Store, index: OperationsIndex, settings: Settings, now: datetime) -> OperationsReport:
    """Send what changed. Raises Unreachable, and then the next run sends it."""
    facts = load_facts(settings)
    oldest = oldest_kept(now.year, now.month, settings.search_months)
    with store.begin() as db:
        before_this = _mark(get_meta(db, WATERMARK))["sent"]
        since = before_this - OVERLAP if before_this else FIRST
        tables: dict[str, list[Document]] = {
            "alerts": [alert(row, facts) for row in stored.alert_rows(db, since)],
            "deliveries": [delivery(row) for row in stored.delivery_rows(db, since)],
            "feeds": [*(feed_state(row, facts, now) for row in stored.feed_rows(db)),
                      *(feed_event(row, facts) for row in stored.event_rows(db, since))],
            "outcomes": [outcome(row) for row in stored.outcome_rows(db, since)]}
    failed: dict[str, str] = {}
    for table, documents in tables.items():
        report = index.write(table, [one for one in documents if not before(one["month"], oldest)])
        failed |= {f"{table} {one}": why for one, why in report.failed.items()}
    sent = before_this if failed else now
    with store.begin() as db:
        set_meta(db, WATERMARK, {"sent": sent.isoformat() if sent else None, "tried": now.isoformat()}, now)
        set_meta(db, FAILURES, dict(list(failed.items())[:SHOWN_FAILURES]) or None, now)
    return OperationsReport({table: len(documents) for table, documents in tables.items()}, failed)


def _mark(kept: Any) -> dict[str, datetime | None]:
    """The watermark as times; a plain time is how it was kept before it told the two apart."""
    found = kept if isinstance(kept, dict) else {"sent": kept, "tried": kept}
    return {name: datetime.fromisoformat(found[name]) if found.get(name) else None for name in ("sent", "tried")}


def refresh_operations(store: Store, index: object, settings: Settings, now: datetime) -> None:
    """``index_operations`` when the index takes companions and the last time is long enough ago."""
    if not isinstance(index, OperationsIndex):
        return
    with store.begin() as db:
        tried = _mark(get_meta(db, WATERMARK))["tried"]
    if tried is None or now - tried >= EVERY:
        failed = index_operations(store, index, settings, now).failed
        if failed:
            log.warning("index_operations", failed=len(failed), why=next(iter(failed.values())))


def alert(row: Mapping[str, Any], facts: Facts) -> Document:
    """An alert with what its first story says."""
    tags = row["tags"] or {}
    detail = row["detail"] or {}
    acknowledged = row["acknowledged_at"]
    return _filled({
        "id": row["id"], "rule": row["rule_id"], "kind": row["kind"], "severity": row["severity"], "at": stamp(row["at"]),
        "month": _month(row["at"]), "title": clean(row["title"] or ""), "link": row["link"],
        "source": facts.source(row["feed_id"])[0] if row["feed_id"] else None, "cluster": row["cluster_id"],
        "story": [str(one) for one in detail.get("stories", ()) if isinstance(one, str)],
        "topic": [topic["id"] for topic in tags.get("topics", ())], "country": list(tags.get("countries", ())),
        "follow_up": row["follow_up"], "recipients": row["recipients"] or 0, "acknowledged": acknowledged is not None,
        "acknowledged_at": stamp(acknowledged) if acknowledged else None,
        "minutes_to_acknowledge": round((acknowledged - row["at"]).total_seconds() / 60, 2) if acknowledged else None,
        "false_positive": row["false_positive"], "published": stamp(row["published_at"]) if row["published_at"] else None})


def delivery(row: Mapping[str, Any]) -> Document:
    """One alert for one recipient over one channel."""
    sent = row["sent_at"]
    return _filled({
        "id": _key(row["alert_id"], row["recipient"], row["channel"]), "alert": row["alert_id"], "rule": row["rule_id"],
        "severity": row["severity"], "recipient": row["recipient"], "channel": row["channel"], "disposition": row["disposition"],
        "at": stamp(row["at"]), "month": _month(row["at"]), "sent_at": stamp(sent) if sent else None, "attempts": row["attempts"],
        "error": row["last_error"],
        "seconds_to_send": round((sent - row["alert_at"]).total_seconds(), 1) if sent and row["alert_at"] else None})


def feed_state(row: Mapping[str, Any], facts: Facts, now: datetime) -> Document:
    """How a feed is now; one document a feed, overwritten each time."""
    state = row["state"] or {}
    failures = _number(state, "failures", "failures_in_a_row")
    return _filled({
        "id": row["id"], "feed": row["id"], "record": "state", "host": row["host"], "source": facts.source(row["id"])[0],
        "at": stamp(now), "month": "current", "active": row["active"], "next_poll": stamp(row["next_poll_at"]),
        "last_success": _time(state, "last_success", "last_success_at"), "failures": failures,
        "status": str(state.get("status") or ("off" if not row["active"] else "failing" if failures else "ok"))})


def feed_event(row: Mapping[str, Any], facts: Facts) -> Document:
    """Something that befell a feed."""
    detail = row["detail"] or {}
    return _filled({
        "id": f"event-{row['id']}", "feed": row["feed_id"], "record": "event", "source": facts.source(row["feed_id"])[0],
        "at": stamp(row["at"]), "month": _month(row["at"]), "kind": row["kind"],
        "detail": "; ".join(f"{name}: {value}" for name, value in sorted(detail.items()))[:1000] or None})


def outcome(row: Mapping[str, Any]) -> Document:
    """How many items of a feed ended so on a day."""
    day = datetime.fromisoformat(row["day"]).replace(tzinfo=UTC)
    return _filled({
        "id": _key(row["day"], row["feed_id"], row["outcome"], row["reason"]), "at": stamp(day), "month": _month(day),
        "feed": row["feed_id"], "outcome": row["outcome"], "reason": row["reason"] or None, "count": row["count"]})


def _key(*parts: str) -> str:
    """A document's id; a hash where the parts together are longer than the 512 bytes that Elasticsearch takes."""
    plain = "-".join(parts)
    return plain if len(plain.encode()) <= LONGEST_ID else hashlib.sha256(plain.encode()).hexdigest()


def _month(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y.%m}"


def _filled(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None and value != []}


def _number(state: Mapping[str, Any], *names: str) -> int:
    return next((int(state[name]) for name in names if isinstance(state.get(name), int)), 0)


def _time(state: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        if isinstance(value := state.get(name), str):
            return stamp(datetime.fromisoformat(value))
    return None
