"""The books close: whatever feeds publish, items seen = the sum of outcomes, before and after tagging."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wirefeed.model import Entry, Outcome
from wirefeed.store.books import SEEN, balance
from wirefeed.store.database import Store, open_store
from wirefeed.store.items import known_items, save_intake
from wirefeed.store.stories import finish_version, lease_pending, versions_of
from wirefeed.stories.intake import intake

START = datetime(2026, 3, 1, 22, tzinfo=UTC)
TEXTS = ["", "The guards opened the crossing near Guliston on Monday, officials in Bishkek said after the talks about the border.",
         "The guards opened the crossing near Guliston on Monday, officials in Bishkek said after the talks about the border. Views: 12",
         "Three men were held with 12 kg of heroin at the river, the agency said, and two more fled to the other bank of the Panj."]
entry = st.builds(lambda i, t, x: Entry(f"id{i}", t, None, text=TEXTS[x]), st.integers(0, 5),
                  st.sampled_from(["Crossing opens", "CORRECTED-Crossing opens", "Heroin seized", "UPDATE 1-Heroin seized"]), st.integers(0, 3))
poll = st.tuples(st.sampled_from(["f1", "f2"]), st.lists(entry, max_size=8), st.integers(0, 2), st.sampled_from([0, 0, 1, 3, 20]))


@pytest.fixture(scope="module")
def books_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("books")
    opened = open_store(f"sqlite:///{folder}/b.sqlite")
    opened.migrate()
    yield opened
    opened.close()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(poll, max_size=10))
def test_seen_is_the_sum_of_outcomes_after_any_sequence_of_polls(books_store: Store, polls: list[tuple[str, list[Entry], int, int]]) -> None:
    with books_store.begin() as db:
        outer = db.begin_nested()
        seen, now = 0, START
        for feed, entries, refused, processed in polls:
            now += timedelta(minutes=30)
            known = known_items(db, feed, [one.id for one in entries])
            taken = intake(feed, entries, known, now, backlog=False, refused=[(n, "no title: x") for n in range(refused)])
            assert sum(taken.counts().values()) == len(entries) + refused
            save_intake(db, taken, now)
            seen += len(entries) + refused
            _process(db, now, processed)
            _closed(balance(db), seen)
        _process(db, now, 10_000)
        done = balance(db)
        _closed(done, seen)
        assert done.get("pending", 0) == 0
        outer.rollback()


def _closed(found: dict[str, int], seen: int) -> None:
    assert found.get(SEEN, 0) == seen == sum(n for outcome, n in found.items() if outcome != SEEN)


def _process(db, now: datetime, limit: int) -> None:  # type: ignore[no-untyped-def]
    for n, one in enumerate(lease_pending(db, "w", now, 60, limit) if limit else []):
        outcome = (Outcome.UPDATE if one.version.number > 1 else [Outcome.NEW, Outcome.IRRELEVANT, Outcome.DUPLICATE][n % 3])
        assert finish_version(db, one, one.version, owner="w", kept="relevant" if n % 3 == 0 else None, cluster_id=one.version.story_id,
                              outcome=outcome, now=now)


def test_versions_count_from_one_without_gaps(store: Store) -> None:
    with store.begin() as db:
        for n in range(4):
            one = Entry("a", "Heroin seized", None, text=TEXTS[3].replace("12 kg", f"{12 + n} kg"))
            save_intake(db, intake("f", [one], known_items(db, "f", ["a"]), START, backlog=False), START)
        story = known_items(db, "f", ["a"])["a"].story_id
        kept = versions_of(db, story)
    assert [version.number for version in kept] == [1, 2, 3, 4]
    assert ["12 kg" in kept[0].text, "15 kg" in kept[3].text] == [True, True]


def test_the_books_are_kept_by_the_day_an_item_was_seen(store: Store) -> None:
    with store.begin() as db:
        save_intake(db, intake("f", [Entry("a", "One", None, text=TEXTS[1])], {}, START, backlog=False), START)
        later = START + timedelta(hours=5)  # tagged after midnight
        one = lease_pending(db, "w", later, 60, 1)[0]
        finish_version(db, one, one.version, owner="w", kept=None, cluster_id="c", outcome=Outcome.IRRELEVANT, now=later)
        assert balance(db, "2026-03-01", "2026-03-02") == {SEEN: 1, "irrelevant": 1}
        assert balance(db, "2026-03-02") == {}
