"""[IO] The storing side of a poll run: many feeds a transaction, each in a savepoint of its own; failures are judged at the end of the run.

Failures wait because when nearly everybody fails it is our own network, and then it counts against no feed.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from wirefeed.errors import Unreachable
from wirefeed.feeds.answer import UNSAID
from wirefeed.feeds.catalog import Catalog
from wirefeed.feeds.fetch import NETWORK_FAULTS
from wirefeed.feeds.intake import Polled, read, store
from wirefeed.feeds.network import DOWN_FOR, NETWORK_META, our_network_is_down
from wirefeed.feeds.settle import Event, Settled, failed
from wirefeed.feeds.watch import Watched, watch_countries
from wirefeed.model import Entry
from wirefeed.store import feeds as table
from wirefeed.store.database import Connection, Store, drop_lease, get_meta, set_meta, take_lease

RETRY = timedelta(minutes=2)  # after our own network was down
MOST_ERRORS_TOLD = 1000


class Writer:
    """Parses and stores; everything but the constructor runs in one thread."""

    def __init__(self, store_: Store, now_fn: Callable[[], datetime], *, backlog: bool = False, keep: Callable[[Entry], bool] | None = None) -> None:
        self._store, self._now, self._backlog, self._keep = store_, now_fn, backlog, keep
        self._held: list[Polled] = []
        self._answered: set[str] = set()  # hosts
        self.owner = ""
        self.feeds = 0
        self.outcomes: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.errors: list[tuple[str, str]] = []
        self.events: list[Event] = []
        self.network_down = False

    def store_some(self, some: Sequence[Polled], random: Random) -> None:
        """Parse outside, store inside one transaction. Raises Unreachable when the database does not answer: the leases run out, nothing is lost."""
        now = self._now()
        ready: list[Polled] = []
        for polled in some:
            one = read(polled, now)
            self.feeds += 1
            self.answers["same-body" if one.got.outcome == "body" and one.parsed is None else one.got.outcome] += 1
            if one.got.status is not None or one.got.outcome != "failed":
                self._answered.add(one.feed.host)
            (self._held if one.got.fault in NETWORK_FAULTS else ready).append(one)
        self._store_ready(ready, now, random)

    def _store_ready(self, ready: Sequence[Polled], now: datetime, random: Random) -> None:
        if not ready:
            return
        settled: list[tuple[str, Settled]] = []
        outcomes: Counter[str] = Counter()
        with self._store.begin() as db:
            ours = table.still_ours(db, self.owner, [polled.feed.id for polled in ready])
            # What is not ours any more: the lease ran out and another worker has the feed, its items are that worker's.
            mine = [polled for polled in ready if polled.feed.id in ours]
            for polled, (result, counts) in zip(mine, self._store_all(db, mine, now, random), strict=True):
                settled.append((polled.feed.id, result))
                outcomes.update(counts)
                if polled.got.fault == "throttled":
                    table.close_host(db, polled.feed.host, now + timedelta(seconds=polled.got.retry_after or UNSAID))
            self._keep_settled(db, settled, now)
        self.outcomes.update(outcomes)
        self._tell(settled)

    def _store_all(self, db: Connection, some: Sequence[Polled], now: datetime, random: Random) -> list[tuple[Settled, Counter[str]]]:
        """All feeds at once, in a savepoint; if that fails, one by one, so that the others of the transaction go on."""
        try:
            with db.begin_nested():
                return store(db, some, now, random, backlog=self._backlog, keep=self._keep)
        except Unreachable:
            raise
        except Exception as error:  # noqa: BLE001 - the stage's border: recorded with its reason as that feed's failure
            if len(some) > 1:
                return [self._store_all(db, [polled], now, random)[0] for polled in some]
            return [(failed(some[0].feed, some[0].state, "document", f"could not be stored: {type(error).__name__}: {error}"[:300], now, random),
                     Counter())]

    def _keep_settled(self, db: Connection, settled: Sequence[tuple[str, Settled]], now: datetime) -> None:
        table.settle(db, self.owner, [(feed_id, one.state, one.next_poll_at) for feed_id, one in settled])
        table.add_events(db, [(event.feed_id, now, event.kind, event.detail)
                              for event in itertools.chain.from_iterable(one.events for _, one in settled)])

    def _tell(self, settled: Sequence[tuple[str, Settled]]) -> None:
        for feed_id, one in settled:
            self.events.extend(one.events)
            if one.state.error and one.state.streak and len(self.errors) < MOST_ERRORS_TOLD:
                self.errors.append((feed_id, one.state.error))

    def finish(self, catalog: Catalog, random: Random | None = None) -> None:
        """Judge the held failures, then look at the countries."""
        random = random or Random()
        now = self._now()
        with self._store.begin() as db:
            before = get_meta(db, NETWORK_META)
            self.network_down = our_network_is_down(
                {one.feed.host for one in self._held}, self._answered, datetime.fromisoformat(before) if before else None, now)
            if self.network_down:
                set_meta(db, NETWORK_META, now.isoformat(), now)
                table.defer(db, self.owner, {one.feed.id: now + RETRY for one in self._held})
                if before is None or now - datetime.fromisoformat(before) > DOWN_FOR:
                    event = Event("", "network-down", {"hosts": len({one.feed.host for one in self._held})})
                    table.add_events(db, [("", now, event.kind, event.detail)])
                    self.events.append(event)
            elif self._answered and before:
                set_meta(db, NETWORK_META, None, now)
        if self.network_down:
            self.errors.extend((one.feed.id, f"our own network seems down: {one.got.reason}") for one in self._held[:MOST_ERRORS_TOLD])
            return
        for start in range(0, len(self._held), 200):
            self._store_ready([replace(one) for one in self._held[start:start + 200]], now, random)
        with self._store.begin() as db:
            # One shard at a time: two that see the same country silent would both write its story, and one of them fail.
            mine = take_lease(db, "country-watch", self.owner, now, 60)
            taken = watch_countries(db, catalog, now) if mine else Watched()
            drop_lease(db, "country-watch", self.owner)
            table.add_events(db, [(event.feed_id, now, event.kind, event.detail) for event in taken.events])
        self.events.extend(taken.events)
        self.outcomes.update(taken.outcomes)
