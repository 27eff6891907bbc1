"""When next: the replay loses nothing unnoticed, hints and bounds hold, failures back off and come back."""

import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import settings as limited
from hypothesis import strategies as st

from wirefeed.feeds.catalog import Feed
from wirefeed.feeds.schedule import Limits, after_failure, after_success, silence_limit
from wirefeed.feeds.settle import ask, body_hash, current, failed, newest_date
from wirefeed.feeds.state import FeedState, Redirect
from wirefeed.feeds.window import Seen, compare
from wirefeed.model import Entry, When

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMITS = Limits(2, 15, 360)
FEED = Feed(id="x", url="https://x.example/")


def _bench() -> ModuleType:
    path = Path(__file__).parents[2] / "bench" / "schedule.py"
    spec = importlib.util.spec_from_file_location("bench_schedule", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_schedule"] = module
    spec.loader.exec_module(module)
    return module


BENCH = _bench()


@pytest.mark.parametrize("place", range(8))
def test_no_gap_goes_unseen_and_next_to_nothing_is_lost(place: int) -> None:
    for seed in (11, 12):
        history = BENCH.generated(14, seed)[place]
        got = BENCH.replay(history, BENCH.Ours(seed), 14)
        assert got.unseen == 0
        assert got.lost <= 0.002 * got.found


def test_for_no_more_polls_items_come_sooner_than_every_15_minutes() -> None:
    ours, fixed = [], []
    for history in BENCH.generated(14, 21):
        ours.append(BENCH.replay(history, BENCH.Ours(), 14))
        fixed.append(BENCH.replay(history, BENCH.Fixed(15), 14))

    def delay(results: list[object]) -> float:
        return sum(r.delay * r.found for r in results) / sum(r.found for r in results)  # type: ignore[attr-defined]
    assert sum(r.polls for r in ours) < sum(r.polls for r in fixed)
    assert delay(ours) < delay(fixed)


@limited(max_examples=12, deadline=None)
@given(st.integers(5, 60), st.floats(1, 400), st.integers(0, 10_000))
def test_every_loss_raises_the_alarm_whatever_the_feed(size: int, rate: float, seed: int) -> None:
    random = Random(seed)
    times = BENCH._thinned(random, rate, lambda at: 1.0 if random.random() < 0.5 or at.hour < 12 else 0.1, 5)
    got = BENCH.replay(BENCH.History("random", tuple(times), size), BENCH.Ours(seed), 5)
    assert got.unseen == 0


# --- windows ---------------------------------------------------------------------------------------------------------
def entries(*numbers: int, hours: float = 1) -> list[Entry]:
    return [Entry(f"id{n}", f"Title {n}", None, When(NOW + timedelta(hours=n * hours))) for n in numbers]


def test_pinned_items_prove_no_overlap() -> None:
    first = compare((), entries(99, 3, 2, 1), set(), None)  # 99 is pinned on top
    second = compare(first.window, entries(99, 5, 4, 3), {"id99", "id3"}, NOW)
    assert (second.new, second.gap) == (2, False)
    third = compare(second.window, entries(99, 16, 15, 14), {"id99"}, NOW)
    assert third.gap, "only the pinned one is common"


def test_a_deleted_newest_item_is_no_gap() -> None:
    first = compare((), entries(6, 5, 4, 3, 2, 1), set(), None)
    assert not compare(first.window, entries(7, 5, 4, 3, 2, 1), {"id5", "id4", "id3", "id2", "id1"}, NOW).gap


def test_an_emptied_feed_keeps_its_window_and_an_old_item_is_not_new() -> None:
    first = compare((), entries(3, 2, 1), set(), None)
    empty = compare(first.window, [], set(), NOW)
    assert (empty.gap, empty.window) == (False, first.window)
    back = compare(first.window, entries(0, 3, 2, 1), {"id0", "id1", "id2", "id3"}, NOW)
    assert (back.new, back.gap) == (0, False)


def dated(start: int, *, day: float, step: float = 0.01) -> list[Entry]:
    return [Entry(f"id{start + n}", f"Title {start + n}", None, When(NOW + timedelta(days=day - n * step))) for n in range(8)]


def test_old_dates_alone_make_no_item_an_old_one() -> None:
    """A publisher that dates late, a misread zone, a replayed feed: what is newer than the former document is new, whatever our clock says."""
    before = compare((), dated(0, day=-200), set(), None).window
    newest = newest_date(tuple(dated(0, day=-200)), NOW)
    later = compare(before, dated(100, day=-199), set(), newest)
    assert (later.gap, later.reidentified, later.new) == (True, False, 8)
    again = compare(before, dated(200, day=-200), set(), newest)
    assert (again.gap, again.reidentified, again.new) == (False, True, 0), "the same dates under other ids and headlines"
    same_day = compare(before, dated(300, day=-200, step=0), set(), newest)
    assert same_day.gap, "day-only dates tell nothing"


# --- intervals -------------------------------------------------------------------------------------------------------
def test_bounds_hold_and_a_gap_shortens() -> None:
    busy = FeedState(interval=60, rate=5000, peak=9000, succeeded_at=NOW, window=("x",) * 20)
    assert after_success(busy, None, LIMITS) == 2
    idle = FeedState(interval=300, rate=0.01, peak=0.01, succeeded_at=NOW, window=("x",) * 20)
    assert after_success(idle, None, LIMITS) == 360
    gap = FeedState(interval=80, rate=1, peak=1, succeeded_at=NOW, window=("x",) * 20)
    assert after_success(gap, Seen(20, 20, 0, True, False, ()), LIMITS) == 20


def test_a_publishers_hint_is_honoured_but_never_costs_an_item() -> None:
    slow = FeedState(interval=10, rate=48, peak=48, succeeded_at=NOW, window=("x",) * 50, hint=1800)
    assert after_success(slow, None, LIMITS) == pytest.approx(30)
    fast = FeedState(interval=10, rate=480, peak=2000, succeeded_at=NOW, window=("x",) * 20, hint=86400)
    assert after_success(fast, None, LIMITS) < 6


def test_failures_back_off_and_a_crisis_keeps_them_short() -> None:
    state, waits = FeedState(interval=15), []
    for _ in range(12):
        done = failed(FEED, state, "status", "HTTP 500", NOW, Random(1))
        state = done.state
        waits.append((done.next_poll_at - NOW).total_seconds() / 60)
    assert waits[0] < 20
    assert waits == sorted(waits) or max(waits) < 400
    assert 300 < waits[-1] < 400
    crisis = FeedState(interval=15, streak=9, weight=9, crisis_until=NOW + timedelta(hours=1))
    assert after_failure(crisis, LIMITS, NOW) == 5
    assert after_failure(crisis, LIMITS, NOW, retry_after=1200) == 20, "but the publisher's word counts"


def test_two_weeks_of_failures_are_dead_and_still_probed() -> None:
    state, now, kinds = FeedState(interval=60), NOW, []
    for _ in range(120):
        done = failed(FEED, state, "status", "HTTP 404", now, Random(1))
        state, now = done.state, done.next_poll_at
        kinds += [event.kind for event in done.events]
    assert kinds == ["error", "dead"]
    assert timedelta(days=5) < done.next_poll_at - (state.polled_at or now) < timedelta(days=8)


def test_silence_is_measured_by_the_feeds_own_pace() -> None:
    assert silence_limit(FeedState(rate=100), LIMITS) == timedelta(hours=18)
    assert silence_limit(FeedState(rate=2), LIMITS) == timedelta(days=5)
    assert silence_limit(FeedState(), LIMITS) == timedelta(days=14)


# --- state -----------------------------------------------------------------------------------------------------------
def test_a_state_survives_json_and_a_newer_versions_keys() -> None:
    state = FeedState(condition="ok", interval=12.5, window=("a", "b"), etag='W/"x"', polled_at=NOW, failing_since=NOW,
                      redirect=Redirect("https://y.example", True, 2, NOW), hint=60, problems=("p",))
    assert FeedState.from_json(state.to_json()) == state
    assert FeedState.from_json({**state.to_json(), "unheard-of": 1}) == state
    assert FeedState().to_json() == {}


def test_another_address_in_the_catalog_forgets_what_belonged_to_the_old_one() -> None:
    old = FeedState(url="https://old.example/", etag="x", moved_to="https://m.example", streak=9, window=("w",), succeeded_at=NOW)
    new = current(old, FEED)
    assert (new.url, new.etag, new.moved_to, new.streak, new.window) == (FEED.url, None, None, 0, ("w",))
    assert current(new, FEED) is new


def test_validators_are_left_out_on_a_small_share_and_after_long_runs() -> None:
    state = FeedState(url=FEED.url, etag="x", same_run=3, same_since=NOW)
    random = Random(3)
    without = sum(ask(state, FEED, NOW, random).etag is None for _ in range(5000))
    assert 50 < without < 170
    assert ask(state, FEED, NOW + timedelta(days=8), Random(1)).etag is None
    assert ask(FeedState(url=FEED.url, etag="x", same_run=60, same_since=NOW), FEED, NOW, Random(1)).etag is None
    assert body_hash(b"a") != body_hash(b"b")
