"""Six processes share the work list: every pending version is claimed exactly once."""

import multiprocessing
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from wirefeed.model import Change, Entry, Outcome, Tags
from wirefeed.store.database import Store, open_store
from wirefeed.store.items import save_intake
from wirefeed.store.stories import finish_version, lease_pending
from wirefeed.stories.intake import intake

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def _claim(url: str, owner: str, results: Any) -> None:
    store = open_store(url)
    mine: list[tuple[str, int]] = []
    while True:
        with store.begin() as db:
            leased = lease_pending(db, owner, NOW, 3600, 60)
        if not leased:
            break
        mine += [(one.version.story_id, one.version.number) for one in leased]
    store.close()
    results.put(mine)


def _fill(store: Store, count: int) -> None:
    with store.begin() as db:
        for feed in range(count // 100):
            entries = [Entry(f"i{n}", f"Title {feed} {n}", None, text=f"Text {feed} {n} of the story") for n in range(100)]
            save_intake(db, intake(f"f{feed}", entries, {}, NOW, backlog=False), NOW)


def test_six_processes_claim_four_thousand_versions_exactly_once(store: Store, database_url: str) -> None:
    _fill(store, 4000)
    context = multiprocessing.get_context("fork")
    results: Any = context.SimpleQueue()
    workers = [context.Process(target=_claim, args=(database_url, f"w{n}", results)) for n in range(6)]
    for worker in workers:
        worker.start()
    claimed = Counter(key for _ in workers for key in results.get())
    for worker in workers:
        worker.join(30)
    assert (len(claimed), max(claimed.values())) == (4000, 1)


def test_a_dead_workers_versions_come_back_after_the_lease(store: Store) -> None:
    _fill(store, 100)
    with store.begin() as db:
        assert len(lease_pending(db, "dead", NOW, 60, 1000)) == 100
    with store.begin() as db:
        assert lease_pending(db, "other", NOW + timedelta(seconds=59), 60, 1000) == []
    with store.begin() as db:
        assert len(lease_pending(db, "other", NOW + timedelta(seconds=61), 60, 1000)) == 100


def test_who_lost_the_lease_writes_nothing(store: Store) -> None:
    _fill(store, 100)
    with store.begin() as db:
        one = lease_pending(db, "slow", NOW, 60, 1)[0]
    with store.begin() as db:
        again = lease_pending(db, "fast", NOW + timedelta(seconds=61), 60, 100)
        assert one.version.story_id in {found.version.story_id for found in again}
        assert not finish_version(db, one, one.version, owner="slow", kept=None, cluster_id="c", outcome=Outcome.IRRELEVANT, now=NOW)


def test_the_oldest_version_is_leased_first_and_done_ones_never(store: Store) -> None:
    first = intake("f", [Entry("a", "Earlier headline", None, text="x")], {}, NOW, backlog=False)
    later = intake("f", [Entry("b", "Later headline", None, text="y")], {}, NOW + timedelta(minutes=1), backlog=False)
    with store.begin() as db:
        save_intake(db, later, NOW + timedelta(minutes=1))
        save_intake(db, first, NOW)
        one = lease_pending(db, "w", NOW, 60, 1)[0]
        assert (one.version.title, one.version.change) == ("Earlier headline", Change.FIRST)
        assert finish_version(db, one, one.version, owner="w", kept=None, cluster_id=one.version.story_id, outcome=Outcome.IRRELEVANT, now=NOW)
        rest = lease_pending(db, "w", NOW + timedelta(hours=1), 60, 10)
    assert [found.version.title for found in rest] == ["Later headline"]


def test_a_rule_match_keeps_a_story_for_the_index(store: Store) -> None:
    from wirefeed.store.stories import load_story
    _fill(store, 100)
    with store.begin() as db:
        one = lease_pending(db, "w", NOW, 60, 1)[0]
        from dataclasses import replace
        version = replace(one.version, tags=Tags("en", False, 0.1))
        finish_version(db, one, version, owner="w", kept="rule", cluster_id=one.version.story_id, outcome=Outcome.NEW, now=NOW, reason="rule")
        row = load_story(db, one.version.story_id)
    assert row is not None
    assert (row.kept, row.index_due, row.relevant, row.reread_at) == ("rule", True, False, NOW + timedelta(hours=1))
