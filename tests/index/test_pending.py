"""From the database into the index and back: due stories, reindex while the wire runs, retention, operations for Kibana."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from stored_stories import NOW, TAGS, put
from wirefeed.errors import InputRefused, Unreachable
from wirefeed.index.base import KeptIndex, SearchIndex, SearchRequest, WriteReport
from wirefeed.index.elastic import ElasticIndex
from wirefeed.index.local import LocalIndex
from wirefeed.index.pending import FAILURES, LEASE, REBUILD, index_pending
from wirefeed.index.rebuild import reindex, retain
from wirefeed.model import Document
from wirefeed.settings import Settings
from wirefeed.store import index as stored
from wirefeed.store import tables
from wirefeed.store.database import Store, get_meta, take_lease
from wirefeed.store.stories import tags_json


@pytest.fixture
def local(settings: Settings) -> LocalIndex:
    """An empty local index."""
    index = LocalIndex.open(settings)
    index.setup()
    return index


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


@pytest.mark.parametrize(("changes", "expected"), [
    ({"tags": tags_json(replace(TAGS, countries=("KG", "UZ")))}, {"a": ["KG", "UZ"], "b": ["KG"]}),
    ({"kept": None}, {"b": ["KG"]}),
], ids=["better tags", "kept no longer"])
def test_what_changes_within_a_version_while_a_rebuild_writes_it_wins(
        store: Store, local: LocalIndex, settings: Settings, changes: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """The rebuild has read the story, somebody changes it and writes both generations, then the rebuild writes what it had read."""
    put(store, "a")
    put(store, "b")
    index_pending(store, local, settings, NOW)
    changed: list[bool] = []

    def change() -> None:
        if not changed:
            changed.append(True)
            table, name = (tables.stories, tables.stories.c.id) if "kept" in changes else (tables.versions, tables.versions.c.story_id)
            with store.begin() as db:
                db.execute(update(table).where(name == "a").values(**changes))
                db.execute(update(tables.stories).where(tables.stories.c.id == "a").values(index_due=True))
            done = index_pending(store, local, settings, NOW)
            assert (done.written + done.removed, done.waiting) == (1, 0)

    reindex(store, Broken(local, before=change), settings, NOW)  # type: ignore[arg-type]
    assert changed
    index_pending(store, local, settings, NOW)
    assert {hit.id: hit.document["country"] for hit in local.search(SearchRequest()).hits} == expected
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


def test_a_rebuild_that_the_server_refuses_never_takes_the_place_of_a_whole_index(store: Store, local: LocalIndex, settings: Settings) -> None:
    """A disk that is full answers for each story by itself: 20 of them failed, and an almost empty generation would be searched."""
    for number in range(60):
        put(store, f"s{number:02d}", due=False)
    reindex(store, local, settings, NOW)
    full = dict.fromkeys((f"s{number:02d}" for number in range(30, 50)), "cluster_block_exception: read-only")
    with pytest.raises(Unreachable, match=r"refused 10 of 20 stories: cluster_block_exception.*wirefeed reindex"):
        reindex(store, Broken(local, bad=full), settings, NOW, batch=20)  # type: ignore[arg-type]
    assert len(titles(local)) == 60, "the index in use is as it was"
    report = reindex(store, local, settings, NOW, batch=20)
    assert (report.resumed_at, report.documents, report.failed) == (20, 60, {})
    assert len(titles(local)) == 60


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
