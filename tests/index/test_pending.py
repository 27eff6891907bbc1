"""From the database into the index and back: due stories, reindex while the wire runs, retention, operations for Kibana."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from wirefeed.errors import InputRefused, Unreachable
from wirefeed.index.base import KeptIndex, SearchIndex, SearchRequest, WriteReport
from wirefeed.index.companions import index_operations
from wirefeed.index.elastic import ElasticIndex
from wirefeed.index.local import LocalIndex
from wirefeed.index.pending import FAILURES, LEASE, REBUILD, index_pending
from wirefeed.index.rebuild import reindex, retain
from wirefeed.model import Document, Entity, Evidence, Tags, Topic, When
from wirefeed.settings import Settings
from wirefeed.store import index as stored
from wirefeed.store import tables
from wirefeed.store.database import Store, get_meta, take_lease
from wirefeed.store.stories import tags_json, when_json

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TAGS = Tags("ru", True, 0.9, ("KG",), (Topic("border", 0.8, (Evidence("title", "Столк", 0, 5),)),),
            (Entity("place:batken", "place", "Batken", "text", "Баткен", 0, 6),))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a catalog of one feed and no gazetteer."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "feeds.yaml").write_text("feeds:\n- {id: azattyk, url: 'https://example.org/rss', title: Radio Azattyk, source_kind: independent}\n")
    return Settings(data=tmp_path / "data", shipped_config=config, config=tmp_path / "none")


@pytest.fixture
def local(settings: Settings) -> LocalIndex:
    """An empty local index."""
    index = LocalIndex.open(settings)
    index.setup()
    return index


def put(store: Store, story_id: str, *, version: int = 1, title: str = "Столкновение", kept: str | None = "relevant", due: bool = True,
        published: datetime | None = NOW, cluster: str | None = None, feed: str = "azattyk") -> None:
    """A story with one version, or a newer version of it."""
    with store.begin() as db:
        if version == 1:
            db.execute(insert(tables.stories).values(
                id=story_id, feed_id=feed, cluster_id=cluster or story_id, first_seen_at=NOW, published_at=published, version=1, title=title,
                kept=kept, index_due=due, withdrawn=False, reread_step=0))
        else:
            db.execute(update(tables.stories).where(tables.stories.c.id == story_id).values(version=version, title=title, index_due=due))
        db.execute(insert(tables.versions).values(
            story_id=story_id, number=version, feed_id=feed, seen_at=NOW, change="first" if version == 1 else "correction", title=title,
            text="В Баткене.", link="https://example.org/1", published=when_json(When(published)), updated=when_json(When()), authors=[],
            language="ru", backlog=False, content_hash="x", tags=tags_json(TAGS)))


def due(store: Store) -> set[str]:
    """Ids that wait for the index."""
    with store.begin() as db:
        return set(db.scalars(select(tables.stories.c.id).where(tables.stories.c.index_due)))


def titles(index: SearchIndex) -> dict[str, str]:
    """What search shows."""
    return {hit.id: hit.document["title"] for hit in index.search(SearchRequest(size=1000)).hits}


@dataclass
class Broken:
    """The local index with a fault: ``bad`` ids fail, ``down`` makes it unreachable, ``before`` runs before each write."""

    inner: KeptIndex
    bad: dict[str, str] = field(default_factory=dict)
    down: bool = False
    before: Callable[[], None] = lambda: None
    written: int = 0

    def upsert(self, documents: list[Document]) -> WriteReport:
        self.before()
        if self.down:
            raise Unreachable("index", "does not answer")
        self.written += len(documents)
        report = self.inner.upsert([one for one in documents if one["id"] not in self.bad])
        return WriteReport(report.written, report.stale, {one["id"]: self.bad[one["id"]] for one in documents if one["id"] in self.bad})

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def beside(self, generation: str) -> "Broken":
        return Broken(self.inner.beside(generation), self.bad, self.down, self.before)  # type: ignore[arg-type]


def test_due_stories_arrive_with_all_that_the_database_knows(store: Store, local: LocalIndex, settings: Settings) -> None:
    put(store, "a", cluster="c")
    put(store, "b", cluster="c", feed="other")
    with store.begin() as db:
        db.execute(insert(tables.alerts).values(id="al", rule_id="r1", cluster_id="c", follow_up=0, kind="new", severity="flash", at=NOW, detail={},
                                                false_positive=False))
        for number, rule in enumerate(("r1", "r2")):
            db.execute(insert(tables.matches).values(id=f"m{number}", rule_id=rule, rule_revision="1", story_id="a", version=1, cluster_id="c",
                                                     at=NOW, clauses=[], highlights=[], disposition="sent", alert_id="al" if number == 0 else None))
    report = index_pending(store, local, settings, NOW)
    assert (report.written, report.failed, report.waiting, report.busy) == (2, {}, 0, False)
    assert due(store) == set()
    document = {hit.id: hit.document for hit in local.search(SearchRequest()).hits}["a"]
    assert document["source"] == "Radio Azattyk"
    assert document["source_kind"] == "independent"
    assert (document["copies"], document["rule"], document["severity"]) == (2, ["r1", "r2"], "flash")
    assert (document["country"], document["topic"], document["place_name"]) == (["KG"], ["border"], ["Batken"])
    assert document["published"] == "2026-03-01T12:00:00Z"


def test_batches_follow_each_other_until_nothing_is_due(store: Store, local: LocalIndex, settings: Settings) -> None:
    for number in range(7):
        put(store, f"s{number}")
    assert index_pending(store, local, settings, NOW, batch=3).written == 7
    assert len(titles(local)) == 7


def test_what_fails_stays_due_with_its_reason_and_never_blocks_the_rest(store: Store, local: LocalIndex, settings: Settings) -> None:
    for number in range(6):
        put(store, f"s{number}")
    broken = Broken(local, bad={"s0": "too large", "s1": "too large"})
    report = index_pending(store, broken, settings, NOW, batch=2)  # type: ignore[arg-type]
    assert (report.written, report.failed, report.waiting) == (4, {"s0": "too large", "s1": "too large"}, 2)
    assert due(store) == {"s0", "s1"}
    with store.begin() as db:
        assert get_meta(db, FAILURES) == {"s0": "too large", "s1": "too large"}
    assert index_pending(store, local, settings, NOW).written == 2
    with store.begin() as db:
        assert get_meta(db, FAILURES) is None


def test_an_outage_delays_and_loses_nothing(store: Store, local: LocalIndex, settings: Settings) -> None:
    for number in range(5):
        put(store, f"s{number}")
    report = index_pending(store, Broken(local, down=True), settings, NOW, batch=2)  # type: ignore[arg-type]
    assert report.unreachable == "index: does not answer"
    assert (report.written, report.waiting, len(due(store))) == (0, 5, 5)
    assert index_pending(store, local, settings, NOW).written == 5


def test_a_story_that_changes_while_it_is_written_is_written_again(store: Store, local: LocalIndex, settings: Settings) -> None:
    put(store, "a", title="first")
    changed: list[bool] = []

    def change() -> None:
        if not changed:
            changed.append(True)
            put(store, "a", version=2, title="second")

    index_pending(store, Broken(local, before=change), settings, NOW)  # type: ignore[arg-type]
    assert due(store) == {"a"}
    index_pending(store, local, settings, NOW)
    assert titles(local) == {"a": "second"}


def test_a_writer_that_dies_between_claim_and_mark_loses_nothing(store: Store, local: LocalIndex, settings: Settings) -> None:
    put(store, "a")
    with store.begin() as db:
        assert stored.claim_due(db, "", 10, NOW) == ["a"]
    assert due(store) == set()
    assert index_pending(store, local, settings, NOW).written == 1
    assert titles(local) == {"a": "Столкновение"}


def test_only_one_writes_at_a_time(store: Store, local: LocalIndex, settings: Settings) -> None:
    put(store, "a")
    with store.begin() as db:
        assert take_lease(db, LEASE, "somebody", NOW, 60)
    report = index_pending(store, local, settings, NOW)
    assert (report.busy, report.waiting) == (True, 1)
    assert index_pending(store, local, settings, NOW + timedelta(seconds=61)).written == 1


def test_a_story_no_longer_kept_leaves_the_index(store: Store, local: LocalIndex, settings: Settings) -> None:
    put(store, "a")
    index_pending(store, local, settings, NOW)
    with store.begin() as db:
        db.execute(update(tables.stories).values(kept=None, index_due=True))
    assert index_pending(store, local, settings, NOW).removed == 1
    assert titles(local) == {}


def test_stories_older_than_the_searchable_months_are_not_written(store: Store, local: LocalIndex, settings: Settings) -> None:
    put(store, "old", published=datetime(2024, 2, 28, tzinfo=UTC))
    put(store, "young", published=datetime(2024, 3, 1, tzinfo=UTC))
    report = index_pending(store, local, settings, NOW)
    assert (report.written, report.too_old, due(store)) == (1, 1, set())
    assert set(titles(local)) == {"young"}


def test_retention_follows_the_setting_and_keeps_the_database(store: Store, local: LocalIndex, settings: Settings) -> None:
    put(store, "old", published=datetime(2025, 11, 30, tzinfo=UTC))
    put(store, "young", published=datetime(2025, 12, 1, tzinfo=UTC))
    index_pending(store, local, settings, NOW)
    assert retain(local, settings.model_copy(update={"search_months": 3}), NOW) == ("2025.11",)
    assert set(titles(local)) == {"young"}
    assert retain(local, settings.model_copy(update={"search_months": 0}), NOW) == ()
    reindex(store, local, settings, NOW)
    assert set(titles(local)) == {"old", "young"}, "reindex brings back what the setting allows"


def test_reindex_rebuilds_from_the_database_and_reports_progress(store: Store, local: LocalIndex, settings: Settings) -> None:
    for number in range(5):
        put(store, f"s{number}", due=False)
    put(store, "not kept", kept=None)
    local.upsert([])
    steps: list[tuple[int, int]] = []
    report = reindex(store, local, settings, NOW, lambda done, total: steps.append((done, total)), batch=2)
    assert (report.documents, report.failed, steps) == (5, {}, [(2, 5), (4, 5), (5, 5)])
    assert set(titles(local)) == {f"s{number}" for number in range(5)}
    assert local.status(NOW).generation == report.generation


def test_stories_that_arrive_during_a_rebuild_are_in_both_generations(store: Store, local: LocalIndex, settings: Settings) -> None:
    for number in range(4):
        put(store, f"s{number}")
    index_pending(store, local, settings, NOW)
    seen_meanwhile: list[set[str]] = []

    def meanwhile(done: int, _total: int) -> None:
        if done == 2:
            put(store, "a-new")  # behind the rebuild's place
            put(store, "s0", version=2, title="corrected")
            put(store, "s3", version=2, title="corrected too")
            assert index_pending(store, local, settings, NOW).written == 3
            seen_meanwhile.append(set(titles(local)))

    reindex(store, local, settings, NOW, meanwhile, batch=2)
    assert seen_meanwhile == [{"s0", "s1", "s2", "s3", "a-new"}]
    assert titles(local) == {"a-new": "Столкновение", "s0": "corrected", "s1": "Столкновение", "s2": "Столкновение", "s3": "corrected too"}
    assert due(store) == set()


def test_a_broken_rebuild_goes_on_where_it_stopped_and_search_never_notices(store: Store, local: LocalIndex, settings: Settings) -> None:
    for number in range(6):
        put(store, f"s{number}")
    index_pending(store, local, settings, NOW)

    def pull_the_plug(done: int, _total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex(store, local, settings, NOW, pull_the_plug, batch=2)
    assert len(titles(local)) == 6
    counting = Broken(local)
    report = reindex(store, counting, settings, NOW, batch=2)  # type: ignore[arg-type]
    assert report.resumed_at == 4
    assert len(titles(local)) == 6
    with store.begin() as db:
        assert get_meta(db, REBUILD) is None


def test_what_fails_in_a_rebuild_is_due_again(store: Store, local: LocalIndex, settings: Settings) -> None:
    put(store, "a", due=False)
    put(store, "b", due=False)
    report = reindex(store, Broken(local, bad={"b": "no"}), settings, NOW)  # type: ignore[arg-type]
    assert (report.failed, due(store)) == ({"b": "no"}, {"b"})


def test_two_rebuilds_at_once_are_refused(store: Store, local: LocalIndex, settings: Settings) -> None:
    with store.begin() as db:
        take_lease(db, "reindex", "somebody", NOW, 60)
    with pytest.raises(InputRefused, match="another reindex"):
        reindex(store, local, settings, NOW)


def test_reindex_flips_the_alias_of_elasticsearch(store: Store, elastic: ElasticIndex, settings: Settings) -> None:
    put(store, "a")
    put(store, "old", published=datetime(2025, 11, 30, tzinfo=UTC))
    index_pending(store, elastic, settings, NOW)
    elastic.refresh()
    assert set(titles(elastic)) == {"a", "old"}
    report = reindex(store, elastic, settings, NOW)
    elastic.refresh()
    assert set(titles(elastic)) == {"a", "old"}
    names = sorted(elastic.client.indices.get_alias(name=elastic.alias("stories")).body)
    assert names == [f"{elastic.prefix}-stories-2025.11-r{report.generation}", f"{elastic.prefix}-stories-2026.03-r{report.generation}"]
    put(store, "b", published=datetime(2026, 1, 1, tzinfo=UTC))
    index_pending(store, elastic, settings, NOW)
    elastic.refresh()
    assert set(titles(elastic)) == {"a", "b", "old"}


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
    assert index_operations(store, elastic, settings, NOW) == {"alerts": 1, "deliveries": 1, "feeds": 2, "outcomes": 1}
    index_operations(store, elastic, settings, NOW + timedelta(days=3))
    assert index_operations(store, elastic, settings, NOW + timedelta(days=3))["alerts"] == 0, "only what changed is sent again"
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
