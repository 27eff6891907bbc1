"""Alerts, deliveries, feed health and item outcomes as documents, so that Kibana can chart operations. Elasticsearch only.

Each run sends what changed since the last one (and a little more: writing twice is harmless). Pure but for ``index_operations``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from wirefeed.index.base import WriteReport
from wirefeed.index.document import clean, stamp
from wirefeed.index.facts import Facts, load_facts
from wirefeed.index.partitions import before, oldest_kept
from wirefeed.model import Document
from wirefeed.settings import Settings
from wirefeed.store import index as stored
from wirefeed.store.database import Store, get_meta, set_meta

WATERMARK = "index_operations"
OVERLAP = timedelta(minutes=10)
EVERY = timedelta(minutes=5)  # each time sends the state of every feed
FIRST = datetime(1970, 1, 2, tzinfo=UTC)


@runtime_checkable
class OperationsIndex(Protocol):
    """The part of ElasticIndex that takes companion tables."""

    def write(self, table: str, documents: list[Document]) -> WriteReport:
        """Write documents of one table into their months."""


def index_operations(store: Store, index: OperationsIndex, settings: Settings, now: datetime) -> dict[str, int]:
    """Send what changed; documents a table. Raises Unreachable, and then the next run sends it."""
    facts = load_facts(settings)
    oldest = oldest_kept(now.year, now.month, settings.search_months)
    with store.begin() as db:
        last = get_meta(db, WATERMARK)
        since = datetime.fromisoformat(last) - OVERLAP if last else FIRST
        tables: dict[str, list[Document]] = {
            "alerts": [alert(row, facts) for row in stored.alert_rows(db, since)],
            "deliveries": [delivery(row) for row in stored.delivery_rows(db, since)],
            "feeds": [*(feed_state(row, facts, now) for row in stored.feed_rows(db)),
                      *(feed_event(row, facts) for row in stored.event_rows(db, since))],
            "outcomes": [outcome(row) for row in stored.outcome_rows(db, since)]}
    for table, documents in tables.items():
        index.write(table, [one for one in documents if not before(one["month"], oldest)])
    with store.begin() as db:
        set_meta(db, WATERMARK, now.isoformat(), now)
    return {table: len(documents) for table, documents in tables.items()}


def refresh_operations(store: Store, index: object, settings: Settings, now: datetime) -> None:
    """``index_operations`` when the index takes companions and the last time is long enough ago."""
    if not isinstance(index, OperationsIndex):
        return
    with store.begin() as db:
        last = get_meta(db, WATERMARK)
    if last is None or now - datetime.fromisoformat(last) >= EVERY:
        index_operations(store, index, settings, now)


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
        "id": f"{row['alert_id']}-{row['recipient']}-{row['channel']}", "alert": row["alert_id"], "rule": row["rule_id"],
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
        "id": f"{row['day']}-{row['feed_id']}-{row['outcome']}-{row['reason']}"[:500], "at": stamp(day), "month": _month(day),
        "feed": row["feed_id"], "outcome": row["outcome"], "reason": row["reason"] or None, "count": row["count"]})


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
