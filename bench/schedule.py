"""Poll schedules replayed over publishing histories: polls, items found, items lost, gaps that nobody noticed, delay.

    python bench/schedule.py [--days 28] [--seed 1] [--history FILE]

A history is a list of publication times; FILE holds one ISO time a line, for a real feed. The document is the newest ``size`` items at the time
of the poll. Compared: ours, fixed 15 and 60 minutes, miniflux's entry_frequency (a week through the weekly count, times 1, within 5 minutes to a
day) and rss-fetcher's duplicate percentage (6 h at first, 67 % and 33 % bounds), both re-made from their description.
"""

import argparse
import bisect
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import mean

sys.path.insert(0, str(Path(__file__).parent.parent / "plugins"))
START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday


@dataclass(frozen=True)
class History:
    """When a feed published what, and how many items its document holds."""

    name: str
    times: tuple[datetime, ...]
    size: int


@dataclass
class Result:
    """What a schedule made of a history. ``gaps``: pairs of windows that lost something; ``unseen``: those without an alarm."""

    polls: int = 0
    hits: int = 0
    found: int = 0
    lost: int = 0
    gaps: int = 0
    unseen: int = 0
    delay: float = 0.0  # mean minutes from publication to poll


class Schedule:
    """One contender: told what a poll saw, says the minutes to the next one and whether it noticed a gap."""

    def next(self, now: datetime, window: list[int], times: list[datetime]) -> tuple[float, bool]:
        """``window`` are item numbers, newest first; ``times`` their publication times."""
        raise NotImplementedError


class Fixed(Schedule):
    """Always the same interval."""

    def __init__(self, minutes: float) -> None:
        self.minutes = minutes

    def next(self, now: datetime, window: list[int], times: list[datetime]) -> tuple[float, bool]:
        """No alarm: nobody compares windows."""
        return self.minutes, False


class Miniflux(Schedule):
    """Weekly count from the mean distance of the last week's entries."""

    def next(self, now: datetime, window: list[int], times: list[datetime]) -> tuple[float, bool]:
        """Within 5 minutes to a day; no entries of the last week: a day."""
        week = [time for time in times if now - time <= timedelta(days=7)]
        if len(week) < 2:
            return 1440, False
        gap = (week[0] - week[-1]).total_seconds() / 60 / (len(week) - 1)
        return min(max(gap, 5), 1440), False


class RssFetcher(Schedule):
    """Interval by the share of duplicates in each document, adjusted after two successes."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.minutes, self.polls, self.new_at = 360.0, 0, START

    def next(self, now: datetime, window: list[int], times: list[datetime]) -> tuple[float, bool]:
        """Longer from 67 % duplicates, shorter below 33 %."""
        fresh = [one for one in window if one not in self.seen]
        share = 100 * (1 - len(fresh) / len(window)) if window else 102
        if not fresh and window:
            share = 101
        self.seen.update(window)
        self.polls += 1
        if fresh:
            self.new_at = now
        if self.polls > 2:
            if share >= 67:
                self.minutes = min(self.minutes + (10 if now - self.new_at < timedelta(days=31) or share < 100 else 60), 1440)
            elif share < 33:
                self.minutes = max(360 if self.minutes > 360 else self.minutes - 60, 10)
        return self.minutes, False


class Ours(Schedule):
    """feeds/schedule.py and feeds/window.py themselves, through settle.py."""

    def __init__(self, seed: int = 1) -> None:
        from wirefeed.feeds.catalog import Feed
        from wirefeed.feeds.state import FeedState

        self.feed = Feed(id="x", url="https://x.example/")
        self.state = FeedState(url=self.feed.url)
        self.random = Random(seed)
        self.known: set[str] = set()

    def next(self, now: datetime, window: list[int], times: list[datetime]) -> tuple[float, bool]:
        """The alarm is the gap event."""
        from wirefeed.feeds.fetch import Fetched
        from wirefeed.feeds.settle import succeeded
        from wirefeed.feeds.window import compare
        from wirefeed.model import Entry, ParsedFeed, When

        entries = tuple(Entry(str(one), f"Item {one}", None, When(time)) for one, time in zip(window, times, strict=True))
        seen = compare(self.state.window, entries, self.known, self.state.dated_at)
        self.known.update(entry.id for entry in entries)
        got = Fetched("body", self.feed.url, self.feed.url, 200)
        done = succeeded(self.feed, self.state, got, ParsedFeed("rss", "utf-8", "", entries), seen, now, self.random)
        self.state = done.state
        return (done.next_poll_at - now).total_seconds() / 60, seen.gap


def replay(history: History, schedule: Schedule, days: float) -> Result:
    """Poll the history for ``days``; items of the first document are back-log and count nowhere."""
    result = Result()
    now, end = START, START + timedelta(days=days)
    last = bisect.bisect_right(history.times, now)
    first, delays = True, []
    while now < end:
        count = bisect.bisect_right(history.times, now)
        window = list(range(count - 1, max(-1, count - 1 - history.size), -1))
        minutes, alarm = schedule.next(now, window, [history.times[one] for one in window])
        result.polls += 1
        if not first and count > last:
            lost = max(0, count - last - history.size)
            result.found += count - last - lost
            result.hits += 1
            result.lost += lost
            result.gaps += lost > 0
            result.unseen += lost > 0 and not alarm
            delays += [(now - history.times[one]).total_seconds() / 60 for one in window if one >= last]
        first, last = False, count
        now += timedelta(minutes=minutes)
    result.delay = mean(delays) if delays else 0.0
    return result


# --- histories -------------------------------------------------------------------------------------------------------
def _thinned(random: Random, peak: float, share: Callable[[datetime], float], days: float) -> list[datetime]:
    """A Poisson process of ``peak`` items a day, thinned to ``share(time)``; from ten days before the start."""
    at, end, found = START - timedelta(days=10), START + timedelta(days=days), []
    while at < end:
        at += timedelta(days=random.expovariate(peak))
        if random.random() < share(at):
            found.append(at)
    return found


def _office(at: datetime) -> float:
    hour = (at.hour + 5) % 24  # Tashkent
    day = 1.0 if at.weekday() < 5 else 0.35
    return day * max(0.03, math.exp(-((hour - 14) / 4.5) ** 2))


def generated(days: float, seed: int) -> list[History]:
    """Feeds as they are: agencies by day and night, office hours, weeklies, bursts, batches, a long silence."""
    random = Random(seed)

    def burst(at: datetime) -> float:
        return 1.0 if 9 < (at - START).total_seconds() / 86400 < 10 else 0.05

    batches = [START - timedelta(days=10) + timedelta(hours=6 * n, minutes=2 * k, seconds=random.random() * 60)
               for n in range(int((days + 10) * 4)) for k in range(12)]
    silent = [time for time in _thinned(random, 30, _office, days) if not 5 < (time - START).days < 12]
    return [
        History("agency, 300 a day", tuple(_thinned(random, 620, lambda at: 0.15 + 0.85 * _office(at), days)), 50),
        History("agency, short window", tuple(_thinned(random, 300, _office, days)), 15),
        History("portal, office hours", tuple(_thinned(random, 120, _office, days)), 30),
        History("newspaper, 12 a day", tuple(_thinned(random, 30, _office, days)), 20),
        History("think tank, 2 a week", tuple(_thinned(random, 2 / 7, lambda at: 1, days)), 10),
        History("burst on the 10th day", tuple(_thinned(random, 400, burst, days)), 25),
        History("batches of 12", tuple(sorted(batches)), 20),
        History("a week of silence", tuple(silent), 20),
    ]


CONTENDERS: dict[str, Callable[[], Schedule]] = {
    "ours": Ours, "fixed 15 min": lambda: Fixed(15), "fixed 60 min": lambda: Fixed(60), "miniflux": Miniflux, "rss-fetcher": RssFetcher}


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--days", type=float, default=28)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--history", type=Path, help="one ISO time a line")
    parser.add_argument("--size", type=int, default=30, help="items of a document, with --history")
    chosen = parser.parse_args()
    if chosen.history:
        times = sorted(datetime.fromisoformat(line.strip()) for line in chosen.history.read_text().split("\n") if line.strip())
        move = START - (times[0] + (times[-1] - times[0]) * 0.1)
        histories = [History(chosen.history.name, tuple(time + move for time in times), chosen.size)]
    else:
        histories = generated(chosen.days, chosen.seed)
    print(f"{'':26}{'schedule':>14}{'polls':>7}{'items':>7}{'lost':>6}{'gaps':>6}{'unseen':>7}{'polls/item':>11}{'delay min':>10}")
    sums = {name: Result() for name in CONTENDERS}
    weighted = dict.fromkeys(CONTENDERS, 0.0)
    for history in histories:
        for name, make in CONTENDERS.items():
            got = replay(history, make(), chosen.days)
            print(f"{history.name:26}" + _row(name, got))
            whole = sums[name]
            weighted[name] += got.delay * got.found
            for key in ("polls", "hits", "found", "lost", "gaps", "unseen"):
                setattr(whole, key, getattr(whole, key) + getattr(got, key))
    for name, whole in sums.items():
        whole.delay = weighted[name] / max(whole.found, 1)
        print(f"{'all':26}" + _row(name, whole))


def _row(name: str, got: Result) -> str:
    return (f"{name:>14}{got.polls:>7}{got.found:>7}{got.lost:>6}{got.gaps:>6}{got.unseen:>7}"
            f"{got.polls / max(got.found, 1):>11.2f}{got.delay:>10.1f}")


if __name__ == "__main__":
    main()
