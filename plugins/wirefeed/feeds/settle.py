"""What one poll of one feed means: the next state, the time of the next poll, the events. Pure; poll.py stores the result."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from wirefeed.feeds.catalog import Feed
from wirefeed.feeds.fetch import Fault, Fetched
from wirefeed.feeds.redirects import learn
from wirefeed.feeds.schedule import (
    DEAD_AFTER,
    DEAD_STREAK,
    Limits,
    after_failure,
    after_success,
    jittered,
    measured,
    silence_limit,
)
from wirefeed.feeds.state import Condition, FeedState
from wirefeed.feeds.window import Seen
from wirefeed.model import Entry, ParsedFeed

IGNORE_SHARE = 0.02  # of polls ask without validators: NewsBlur's 1 % heals feeds whose ETag lies
SAME_RUN = 60  # 304 answers in a row after which we ask once without
SAME_SPAN = timedelta(days=7)  # the same by time (django-feed-reader's figure)
TOLD_STREAK = 3  # failures in a row that become an event
_WEIGHTS: dict[str, float] = {"throttled": 0.25, "network": 0.5, "timeout": 0.5, "challenge": 0.5}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that feed health shows."""

    feed_id: str
    kind: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """The end of one feed's poll."""

    state: FeedState
    next_poll_at: datetime
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What to request."""

    url: str
    etag: str | None = None
    modified: str | None = None


def current(state: FeedState, feed: Feed) -> FeedState:
    """The state as it applies to the catalog's present address: what belonged to another address is forgotten, the window is not."""
    if state.url == feed.url:
        return state
    return replace(state, url=feed.url, moved_to=None, redirect=None, etag=None, modified=None, body_hash=None, same_run=0, same_since=None,
                   streak=0, weight=0.0, failing_since=None, error=None, condition="ok" if state.succeeded_at else "new")


def ask(state: FeedState, feed: Feed, now: datetime, random: Random) -> Ask:
    """Address and validators. They are left out on a small share of polls and after a long run of 304s, because some lie."""
    url = state.moved_to or feed.url
    long_run = state.same_run >= SAME_RUN or (state.same_since is not None and now - state.same_since >= SAME_SPAN)
    if long_run or random.random() < IGNORE_SHARE:
        return Ask(url)
    return Ask(url, state.etag, state.modified)


def body_hash(body: bytes) -> str:
    """The second net under validators."""
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def span_days(entries: tuple[Entry, ...], now: datetime) -> float | None:
    """Days between the oldest and newest dated entry; None when there are no two different past dates."""
    dates = sorted(e.published.utc for e in entries if e.published.utc and e.published.utc <= now)
    if len(dates) < 2 or dates[0] == dates[-1]:
        return None
    # The middle half of the window speaks: one pinned item of last year must not make a busy feed look slow.
    low, high = len(dates) // 4, len(dates) - 1 - len(dates) // 8
    span = (dates[high] - dates[low]).total_seconds() / 86400
    return span * (len(dates) - 1) / max(high - low, 1) or None


def newest_date(entries: tuple[Entry, ...], now: datetime) -> datetime | None:
    """The newest date of a document; hours ahead of us are a zone misread and stay comparable, days are nonsense."""
    return max((e.published.utc for e in entries if e.published.utc and e.published.utc < now + timedelta(days=2)), default=None)


def succeeded(feed: Feed, state: FeedState, got: Fetched, parsed: ParsedFeed | None, seen: Seen | None, now: datetime, random: Random) -> Settled:
    """After an answer. ``parsed`` and ``seen`` are None when the document is the one we have (304, same bytes)."""
    limits = Limits.of(feed)
    events: list[Event] = []
    if state.streak >= TOLD_STREAK or state.condition in ("gone", "dead", "challenge"):
        since = state.failing_since.isoformat() if state.failing_since else None
        events.append(Event(feed.id, "recovered", {"after": state.streak, "since": since, "error": state.error}))
    after = learn(state, got.url, got.hops, now)
    if after.moved_to != state.moved_to:
        events.append(Event(feed.id, "moved", {"from": got.url, "to": after.moved_to}))
    hints = [hint for hint in (got.max_age, parsed.interval_hint if parsed else state.hint) if hint]
    unchanged = got.outcome == "not-modified"
    after = replace(
        after, condition="ok", streak=0, weight=0.0, failing_since=None, error=None, status=got.status, crisis_until=None,
        etag=got.etag or (state.etag if unchanged else None), modified=got.modified or (state.modified if unchanged else None),
        same_run=state.same_run + 1 if unchanged else 0, same_since=(state.same_since or now) if unchanged else None,
        polled_at=now, first_success_at=state.first_success_at or now, hint=max(hints) if hints else None)
    quiet = Seen(len(state.window), 0, 1.0, False, False, state.window)
    after = measured(after, seen or quiet, span_days(parsed.entries, now) if parsed else None, now)
    if seen is not None and parsed is not None:
        after = replace(after, window=seen.window, body_hash=body_hash(got.body) if got.body else None, problems=parsed.problems[:10],
                        dated_at=newest_date(parsed.entries, now))
        if seen.gap:
            after = replace(after, gap_at=now, gaps=state.gaps + 1)
            events.append(Event(feed.id, "gap", {
                "since": state.succeeded_at.isoformat() if state.succeeded_at else None, "items": seen.size, "new": seen.new,
                "interval_minutes": round(state.interval, 1)}))
        if seen.reidentified:
            events.append(Event(feed.id, "reidentified", {"items": seen.size}))
        if seen.new or state.succeeded_at is None:
            after = replace(after, new_at=now)
    minutes = after_success(after, seen, limits)
    after, spoke = _silence(feed, replace(after, succeeded_at=now, interval=minutes), limits, now)
    return Settled(after, now + jittered(minutes, random), (*events, *spoke))


def _silence(feed: Feed, state: FeedState, limits: Limits, now: datetime) -> tuple[FeedState, tuple[Event, ...]]:
    last = state.new_at or state.first_success_at or now
    if now - last <= silence_limit(state, limits):
        if state.silent_since is None:
            return state, ()
        return replace(state, silent_since=None), (Event(feed.id, "speaks-again", {"since": state.silent_since.isoformat()}),)
    if state.silent_since is not None:
        return state, ()
    return replace(state, silent_since=now), (Event(feed.id, "silent", {"last_new": last.isoformat(), "items_a_day": round(state.rate, 2)}),)


def failed(feed: Feed, state: FeedState, fault: Fault, reason: str, now: datetime, random: Random, *, status: int | None = None,
           retry_after: float | None = None) -> Settled:
    """After a failure of this feed (not of our own network, which counts against nobody)."""
    limits = Limits.of(feed)
    since = state.failing_since or now
    streak = state.streak + 1
    condition: Condition = "failing"
    if fault == "gone":
        condition = "gone"
    elif fault == "challenge":
        condition = "challenge"
    elif now - since >= DEAD_AFTER and streak >= DEAD_STREAK:
        condition = "dead"
    if condition in ("gone", "challenge") and state.condition != condition:
        streak = 1  # its own ladder of waits begins
    events: list[Event] = []
    if condition != state.condition and condition in ("gone", "challenge", "dead"):
        events.append(Event(feed.id, condition, {"reason": reason}))
    elif streak == TOLD_STREAK:
        events.append(Event(feed.id, "error", {"reason": reason, "since": since.isoformat()}))
    after = replace(state, condition=condition, streak=streak, weight=state.weight + _WEIGHTS.get(fault, 1.0), failing_since=since,
                    error=reason[:300], status=status, polled_at=now)
    if state.moved_to and streak >= TOLD_STREAK:
        events.append(Event(feed.id, "moved-back", {"from": state.moved_to, "to": feed.url}))
        after = replace(after, moved_to=None, etag=None, modified=None)
    return Settled(after, now + jittered(after_failure(after, limits, now, retry_after=retry_after), random), tuple(events))
