"""Alerts, deliveries, feed health and outcomes for Kibana: all that happened arrives, whatever the index refuses at first."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from stored_stories import NOW, put
from wirefeed.index.base import WriteReport
from wirefeed.index.companions import FAILURES, WATERMARK, delivery, index_operations, outcome, refresh_operations
from wirefeed.index.elastic import ElasticIndex
from wirefeed.index.pending import index_pending
from wirefeed.index.rebuild import reindex
from wirefeed.model import Document
from wirefeed.settings import Settings
from wirefeed.store import tables
from wirefeed.store.database import Store, get_meta, set_meta


def test_pending_work_brings_the_operations_along(store: Store, elastic: ElasticIndex, settings: Settings) -> None:
    with store.begin() as db:
        db.execute(insert(tables.outcomes).values(day="2026-03-01", feed_id="azattyk", outcome="new", reason="", count=7))
    for _run in range(2):
        assert index_pending(store, elastic, settings, NOW).unreachable is None
    elastic.client.indices.refresh(index=f"{elastic.prefix}-*")
    assert elastic.client.count(index=elastic.alias("outcomes"))["count"] == 1


def test_operations_can_be_charted(store: Store, elastic: ElasticIndex, settings: Settings) -> None:
    put(store, "a")
    with store.begin() as db:
        db.execute(insert(tables.alerts).values(
            id="al", rule_id="r1", cluster_id="a", follow_up=0, kind="new", severity="flash", at=NOW, detail={"stories": ["a"]},
            acknowledged_at=NOW + timedelta(minutes=4), false_positive=False))
        db.execute(insert(tables.messages).values(
            id="m", recipient="x@example.org", channel="mail", kind="alert", state="sent", severity="flash", created_at=NOW, due_at=NOW,
            attempts=1, sent_at=NOW + timedelta(seconds=20), detail={}))
        db.execute(insert(tables.deliveries).values(alert_id="al", recipient="x@example.org", channel="mail", message_id="m",
                                                    disposition="sent", at=NOW))
        db.execute(insert(tables.feeds).values(id="azattyk", host="example.org", shard=1, active=True, next_poll_at=NOW, state={}))
        db.execute(insert(tables.feed_events).values(feed_id="azattyk", at=NOW, kind="error", detail={"status": 503}))
        db.execute(insert(tables.outcomes).values(day="2026-03-01", feed_id="azattyk", outcome="new", reason="", count=7))
    report = index_operations(store, elastic, settings, NOW)
    assert (report.sent, report.failed) == ({"alerts": 1, "deliveries": 1, "feeds": 2, "outcomes": 1}, {})
    index_operations(store, elastic, settings, NOW + timedelta(days=3))
    assert index_operations(store, elastic, settings, NOW + timedelta(days=3)).sent["alerts"] == 0, "only what changed is sent again"
    client = elastic.client
    client.indices.refresh(index=f"{elastic.prefix}-*")

    def only(table: str, query: str = "*") -> dict[str, Any]:
        hits = client.search(index=elastic.alias(table), q=query)["hits"]["hits"]
        assert len(hits) == 1
        return dict(hits[0]["_source"])

    alert = only("alerts")
    assert (alert["title"], alert["minutes_to_acknowledge"], alert["recipients"], alert["country"]) == ("Столкновение", 4.0, 1, ["KG"])
    assert only("deliveries")["seconds_to_send"] == 20.0
    assert only("feeds", "record:event")["detail"] == "status: 503"
    assert only("feeds", "record:state")["source"] == "Radio Azattyk"
    assert only("outcomes")["count"] == 7


class Refusing:
    """An index that takes every companion table but ``bad``, and remembers what it took."""

    def __init__(self, bad: str = "") -> None:
        self.bad = bad
        self.taken: dict[str, Document] = {}

    def write(self, table: str, documents: list[Document]) -> WriteReport:
        ids = tuple(one["id"] for one in documents)
        if table == self.bad:
            return WriteReport(failed=dict.fromkeys(ids, "unavailable_shards_exception: red"))
        self.taken |= {f"{table} {one['id']}": one for one in documents}
        return WriteReport(ids)


def alerted(store: Store, name: str, at: datetime) -> None:
    """An alert of a rule."""
    with store.begin() as db:
        db.execute(insert(tables.alerts).values(id=name, rule_id="r1", cluster_id=name, follow_up=0, kind="new", severity="flash", at=at, detail={},
                                                false_positive=False))


def test_what_the_index_refuses_is_recorded_and_sent_again_until_it_is_in(store: Store, settings: Settings) -> None:
    alerted(store, "first", NOW - timedelta(hours=1))
    index = Refusing()
    assert index_operations(store, index, settings, NOW).failed == {}
    alerted(store, "second", NOW + timedelta(minutes=1))
    index.bad = "alerts"
    for minutes in (6, 60):  # well behind the overlap of two runs
        report = index_operations(store, index, settings, NOW + timedelta(minutes=minutes))
        assert report.failed == {"alerts second": "unavailable_shards_exception: red"}
    with store.begin() as db:
        assert get_meta(db, FAILURES) == {"alerts second": "unavailable_shards_exception: red"}
    index.bad = ""
    index_operations(store, index, settings, NOW + timedelta(minutes=70))
    assert {"alerts first", "alerts second"} <= set(index.taken)
    with store.begin() as db:
        assert get_meta(db, FAILURES) is None
    assert index_operations(store, index, settings, NOW + timedelta(minutes=90)).sent["alerts"] == 0


def test_a_table_that_stays_away_is_tried_every_five_minutes_and_not_at_each_run(store: Store, settings: Settings) -> None:
    alerted(store, "a", NOW)
    index = Refusing("alerts")
    tries = 0
    for minute in range(11):
        with store.begin() as db:
            before = get_meta(db, WATERMARK)
        refresh_operations(store, index, settings, NOW + timedelta(minutes=minute))
        with store.begin() as db:
            tries += get_meta(db, WATERMARK) != before
    assert tries == 3


def test_a_watermark_of_an_older_wirefeed_is_understood(store: Store, settings: Settings) -> None:
    alerted(store, "long ago", NOW - timedelta(days=3))
    with store.begin() as db:
        set_meta(db, WATERMARK, (NOW - timedelta(days=1)).isoformat(), NOW)
    assert index_operations(store, Refusing(), settings, NOW).sent["alerts"] == 0


def test_a_rebuild_sends_all_of_it_again_for_the_server_may_be_a_new_one(store: Store, elastic: ElasticIndex, settings: Settings) -> None:
    alerted(store, "a", NOW - timedelta(days=20))
    index_pending(store, elastic, settings, NOW)
    for name in elastic.client.indices.get_alias(name=elastic.alias("alerts")).body:
        elastic.client.indices.delete(index=name)
    elastic.setup()
    index_pending(store, elastic, settings, NOW + timedelta(hours=1))
    elastic.client.indices.refresh(index=f"{elastic.prefix}-*")
    assert elastic.client.count(index=elastic.alias("alerts"))["count"] == 0, "nothing has changed since"
    reindex(store, elastic, settings, NOW + timedelta(hours=2))
    index_pending(store, elastic, settings, NOW + timedelta(hours=2))
    elastic.client.indices.refresh(index=f"{elastic.prefix}-*")
    assert elastic.client.count(index=elastic.alias("alerts"))["count"] == 1


def test_ids_are_never_longer_than_the_server_takes() -> None:
    row = {"day": "2026-03-01", "feed_id": "ф" * 200, "outcome": "rejected", "reason": "причина " * 60, "count": 1}
    other = {**row, "reason": row["reason"] + "!"}
    ids = [outcome(one)["id"] for one in (row, other, {**row, "reason": "", "feed_id": "f"})]
    assert max(len(one.encode()) for one in ids) <= 512
    assert len(set(ids)) == 3
    assert ids[2] == "2026-03-01-f-rejected-"
    sent = {"alert_id": "a", "recipient": "р" * 600, "channel": "mail", "rule_id": None, "severity": None, "disposition": "sent", "at": NOW,
            "sent_at": None, "attempts": None, "last_error": None, "alert_at": None}
    assert len(delivery(sent)["id"]) == 64


def test_retention_drops_the_companions_months_too_and_never_the_present_state(elastic: ElasticIndex) -> None:
    for table in ("alerts", "deliveries", "outcomes"):
        elastic.write(table, [{"id": "old", "month": "2025.02"}, {"id": "young", "month": "2025.03"}])
    elastic.write("feeds", [{"id": "old", "month": "2025.02"}, {"id": "state", "month": "current"}])
    elastic.retain("2025.03")
    left = {name.removeprefix(f"{elastic.prefix}-") for name in elastic.client.indices.get(index=f"{elastic.prefix}-*", filter_path="*.settings.index.uuid").body}
    assert {name for name in left if not name.endswith("-empty")} == {"alerts-2025.03", "deliveries-2025.03", "outcomes-2025.03", "feeds-current"}
