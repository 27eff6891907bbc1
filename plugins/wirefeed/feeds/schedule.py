"""When to poll a feed next: driven by how fast its window turns over, so that consecutive windows always overlap. Pure.

Minutes in and out. The figures of miniflux and rss-fetcher stand beside these in bench/schedule.py, over the same histories.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from wirefeed.feeds.catalog import Feed
from wirefeed.feeds.state import FeedState
from wirefeed.feeds.window import Seen

DAY = 1440.0
TURNOVER = 0.35  # of the window may be replaced between two polls at the highest pace seen lately
PACE = 100.0  # minutes for a feed of one item a day. Intervals fall with the square root of the rate: for a given number of polls that makes
# the sum of all items' delays smallest (rate * T / 2 summed, under a fixed sum of 1 / T). 300 items a day: 6 minutes; 10: half an hour.
GROW = 1.5  # an idle feed's interval grows by no more than this at once
HINT_CAP = 30.0  # a publisher's wish is honoured up to here; WordPress says "hourly" by default and means nothing by it
RATE_MEMORY = 1.5  # days over which the rate is smoothed
PEAK_MEMORY = 10.0  # days after which a burst counts 37 %
JITTER = 0.1

FAILURE_CAP = 360.0
DEAD_AFTER = timedelta(days=14)
DEAD_STREAK = 20
DEAD_FIRST, DEAD_CAP = DAY, 7 * DAY  # rss-fetcher: feeds come back from what looks like death
GONE_FIRST, GONE_CAP = DAY, 30 * DAY
CHALLENGE_FIRST, CHALLENGE_CAP = 60.0, 720.0
CRISIS = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """A feed's bounds in minutes."""

    floor: float
    start: float
    cap: float

    @classmethod
    def of(cls, feed: Feed) -> "Limits":
        """The bounds the catalog gives."""
        return cls(feed.min_interval, max(feed.min_interval, feed.first_interval), max(feed.min_interval, feed.max_interval))


def measured(state: FeedState, seen: Seen, span_days: float | None, now: datetime) -> FeedState:
    """The state with rate and peak (items a day) brought up to date. ``span_days``: what a first document covers, by its dates."""
    if state.succeeded_at is None:
        rate = (seen.size - 1) / span_days if span_days and seen.size > 1 else 0.0
        return replace(state, rate=rate, peak=rate)
    days = max((now - state.succeeded_at).total_seconds() / 86400, 1 / DAY)
    weight = 1 - math.exp(-days / RATE_MEMORY)
    # A single item after two minutes is no pace of 720 a day: the peak is taken over what would fill a good hour.
    burst = seen.new / max(days, 1 / 16)
    return replace(state, rate=state.rate + weight * (seen.new / days - state.rate),
                   peak=max(burst, state.peak * math.exp(-days / PEAK_MEMORY)))


def after_success(state: FeedState, seen: Seen | None, limits: Limits) -> float:
    """Minutes until the next poll. ``seen`` is None when the document was unchanged (304, same bytes)."""
    before = state.interval or limits.start
    # Two words on the target: what the feed's pace makes worth while, and what keeps the windows overlapping in its worst hour.
    worth = PACE / math.sqrt(state.rate) if state.rate > 0 else limits.cap
    safe = TURNOVER * DAY * max(len(state.window), 1) / state.peak if state.peak > 0 else limits.cap
    target = min(worth, safe)
    if seen is not None and seen.gap:
        target = min(target, before / 4)
    elif seen is not None and seen.new and seen.overlap < 1 - TURNOVER:
        target = min(target, before * max(0.25, seen.overlap))
    wish = min((state.hint or 0) / 60, HINT_CAP, safe)
    if state.succeeded_at is None and state.rate == 0:
        target = limits.start
    return clamp(max(min(target, before * GROW), wish), limits)


def after_failure(state: FeedState, limits: Limits, now: datetime, *, retry_after: float | None = None) -> float:
    """Minutes until the next try; ``state`` has the failure counted already, ``retry_after`` is in seconds."""
    wait = (retry_after or 0) / 60
    if state.condition == "gone":
        return max(wait, min(GONE_FIRST * 2.0 ** min(max(state.streak - 1, 0), 10), GONE_CAP))
    if state.crisis_until and now < state.crisis_until:
        return max(wait, CRISIS)
    if state.condition == "challenge":
        return max(wait, min(CHALLENGE_FIRST * 2.0 ** min(max(state.streak - 1, 0), 10), CHALLENGE_CAP))
    if state.condition == "dead":
        since = (now - state.failing_since).days if state.failing_since else 0
        return max(wait, min(DEAD_FIRST * max(1, since // 14), DEAD_CAP))
    base = min(max(state.interval or limits.start, 5.0), 60.0)
    factor: float = 2.0 ** (min(state.weight, 12.0) - 1)
    return max(wait, min(base * max(1.0, factor), max(FAILURE_CAP, limits.floor)))


def clamp(minutes: float, limits: Limits) -> float:
    """Within the feed's bounds."""
    return min(max(minutes, limits.floor), limits.cap)


def jittered(minutes: float, random: Random) -> timedelta:
    """The interval with a little chance in it, so that feeds that started together do not stay together."""
    return timedelta(minutes=minutes * (1 + random.uniform(-JITTER, JITTER)))


def silence_limit(state: FeedState, limits: Limits) -> timedelta:
    """How long this feed may bring nothing before that is strange: ten mean gaps, from half a day to two weeks."""
    if state.rate <= 0:
        return timedelta(days=14)
    return min(max(timedelta(days=10 / state.rate), timedelta(hours=12), 3 * timedelta(minutes=limits.cap)), timedelta(days=14))
