"""The host governor: one budget a host across all workers, kept in the ``hosts`` table through store/feeds.py. Pure.

A request's start is a place in the host's queue, given out in the transaction that leases the feed. What would have to wait beyond the
horizon goes back with its place as the time to come again: deferred, never an error.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

SPACING = 2.0  # seconds between two starts on one host: NewsBlur's 30 a minute
JITTER = 0.25
AT_ONCE = 2  # requests under way on one host
HORIZON = timedelta(seconds=60)  # how far ahead a poll waits for a place


@dataclass(frozen=True, slots=True)
class HostState:
    """A host's row: the earliest start of the next request, and until when it asked to be left alone."""

    next_slot_at: datetime | None = None
    closed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Who starts when, who comes back when, and the hosts' next free places."""

    start: Mapping[str, datetime]  # feed id -> start
    deferred: Mapping[str, datetime]  # feed id -> when to come again
    hosts: Mapping[str, datetime]  # host -> next_slot_at


def free_hosts(test_hosts: Iterable[str]) -> frozenset[str]:
    """Hosts that nobody has to be spared on: our own test servers, and drop folders."""
    return frozenset({"folder", *test_hosts})


def give_places(
    asked: Sequence[tuple[str, str]], hosts: Mapping[str, HostState], now: datetime, random: Random, *,
    spacing: float = SPACING, free: frozenset[str] = frozenset(), horizon: timedelta = HORIZON,
) -> Places:
    """Places for ``asked`` (feed id, host) in that order. ``free`` hosts (test hosts, folders) have no spacing; Retry-After closes them too."""
    start: dict[str, datetime] = {}
    deferred: dict[str, datetime] = {}
    slots: dict[str, datetime] = {}
    queue: dict[str, datetime] = {}  # where the line of the deferred ends, per host
    for feed_id, host in asked:
        state = hosts.get(host, HostState())
        if state.closed_until and state.closed_until > now:
            queue[host] = max(queue.get(host, state.closed_until), state.closed_until) + timedelta(seconds=spacing)
            deferred[feed_id] = queue[host]
            continue
        if host in free:
            start[feed_id] = now
            continue
        slot = slots.get(host) or max(now, state.next_slot_at or now)
        step = timedelta(seconds=spacing * (1 + random.uniform(-JITTER, JITTER)))
        if slot - now > horizon:
            # The place is not taken: who comes back asks again. But the line is remembered, so the Nth learns its place.
            queue[host] = queue.get(host, slot) + step
            deferred[feed_id] = queue[host] - step
            continue
        start[feed_id] = slot
        slots[host] = slot + step
    return Places(start, deferred, slots)
