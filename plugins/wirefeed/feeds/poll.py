"""[IO] The poll shell: lease due feeds, fetch them at their places in the hosts' queues, parse, store, plan the next poll.

One event loop does the waiting, one thread beside it parses and writes, in small transactions of many feeds. What is under way is bounded,
so memory is, however many feeds there are. A feed's failure never touches the others.
"""

import asyncio
import contextlib
import os
import socket
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import uvloop

from wirefeed.feeds import hosts
from wirefeed.feeds.answer import UNSAID
from wirefeed.feeds.catalog import Catalog, Feed
from wirefeed.feeds.fetch import Fetcher
from wirefeed.feeds.intake import Polled
from wirefeed.feeds.requests import request
from wirefeed.feeds.settle import Event
from wirefeed.feeds.writer import Writer
from wirefeed.model import Entry
from wirefeed.settings import Settings
from wirefeed.store import feeds as table
from wirefeed.store.database import Store

LEASE = 480.0  # seconds: a killed worker's feeds come back after it; the slowest 400 under way (60 s in line, 60 s each, 64 at once) take 435
BATCH = 200  # feeds leased at once
UNDER_WAY = 400  # feeds leased and not yet stored
STORED_AT_ONCE = 100
LONGEST = 600.0  # seconds after which a run takes no more feeds


@dataclass(frozen=True)
class PollReport:
    """What one run did. ``outcomes`` sum to ``items``; ``errors`` are (feed id, reason); ``network_down``: our own line was cut."""

    feeds: int = 0
    items: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[str, int] = field(default_factory=dict)  # body, same-body, not-modified, failed, deferred
    errors: tuple[tuple[str, str], ...] = ()
    events: tuple[Event, ...] = ()
    network_down: bool = False
    seconds: float = 0.0


def poll(
    store: Store, settings: Settings, catalog: Catalog, now_fn: Callable[[], datetime], *, shard: int = 0, shards: int = 1, once: bool = False,
    force: bool = False, only: Sequence[str] = (), backlog: bool = False, keep: Callable[[Entry], bool] | None = None,
    random: Random | None = None, environment: Mapping[str, str] | None = None, longest: float = LONGEST,
) -> PollReport:
    """Poll what is due in our shard (``force``: everything, due or not; ``only``: these feeds).

    ``once`` takes what is due now and no more; otherwise feeds that become due during the run are taken too, up to ``longest`` seconds.
    ``backlog`` treats every item as back-log, ``keep`` takes only some items (a backfill). Raises Unreachable when the database does not answer.
    """
    with store.begin() as db:
        table.sync(db, {feed.id: feed.host for feed in catalog}, now_fn(), free=hosts.free_hosts(settings.test_hosts))
    run = _Run(store, settings, catalog, now_fn, random or Random(), os.environ if environment is None else environment,
               _Scope(shard, shards, once, force, tuple(only), longest), Writer(store, now_fn, backlog=backlog, keep=keep))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # half the cost of a connection (docs/decisions/104)
            return runner.run(run.whole())
    except BaseExceptionGroup as group:  # the task groups' wrapping: callers know Unreachable, not groups
        raise _first(group) from group


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@dataclass(frozen=True)
class _Scope:
    shard: int
    shards: int
    once: bool
    force: bool
    only: tuple[str, ...]
    longest: float


class _Run:
    def __init__(self, store: Store, settings: Settings, catalog: Catalog, now_fn: Callable[[], datetime], random: Random,
                 environment: Mapping[str, str], scope: _Scope, writer: Writer) -> None:
        self.store, self.settings, self.catalog, self.now = store, settings, catalog, now_fn
        self.random, self.environment, self.scope, self.writer = random, environment, scope, writer
        self.owner = writer.owner = f"{socket.gethostname()[:40]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.deferred = 0
        self.closed: dict[str, datetime] = {}  # hosts that said "too many" in this run: those in line behind come back later
        self.late: dict[str, datetime] = {}  # feed id -> when
        self.free = hosts.free_hosts(settings.test_hosts)

    async def whole(self) -> PollReport:
        begun = time.monotonic()
        loop = asyncio.get_running_loop()
        # getaddrinfo blocks a thread each: dead name servers must not queue behind six default threads.
        loop.set_default_executor(ThreadPoolExecutor(48, "resolve"))
        queue: asyncio.Queue[Polled] = asyncio.Queue(STORED_AT_ONCE * 2)
        self.room = asyncio.Semaphore(UNDER_WAY)
        self.requests = asyncio.Semaphore(self.settings.concurrency)
        self.at_host: dict[str, asyncio.Semaphore] = {}
        with ThreadPoolExecutor(1, "store") as beside:
            async with Fetcher(self.settings, self.environment) as fetcher, asyncio.TaskGroup() as group:
                writing = group.create_task(self._write(queue, beside))
                async with asyncio.TaskGroup() as fetching:
                    await self._lease_all(beside, fetcher, fetching, queue, begun)
                await queue.join()
                writing.cancel()
            await loop.run_in_executor(beside, self._put_back)
            await loop.run_in_executor(beside, self.writer.finish, self.catalog)
        done = self.writer
        return PollReport(
            done.feeds, sum(done.outcomes.values()), dict(done.outcomes), dict(Counter(done.answers) + Counter({"deferred": self.deferred})),
            tuple(done.errors), tuple(done.events), done.network_down, time.monotonic() - begun)

    async def _lease_all(self, beside: ThreadPoolExecutor, fetcher: Fetcher, fetching: asyncio.TaskGroup, queue: "asyncio.Queue[Polled]",
                         begun: float) -> None:
        loop = asyncio.get_running_loop()
        left = self.settings.poll_limit
        after = "" if self.scope.force else None
        due = self.now()
        while left > 0 and time.monotonic() - begun < self.scope.longest:
            at = due if self.scope.once else self.now()
            leased, places = await loop.run_in_executor(beside, self._lease, min(BATCH, left), at, after)
            if not leased:
                return
            left -= len(leased)
            if after is not None:
                after = leased[-1].id
            for one in leased:
                if (start := places.start.get(one.id)) is not None:
                    await self.room.acquire()
                    fetching.create_task(self._one(fetcher, self.catalog[one.id], one, start, queue))

    def _lease(self, limit: int, at: datetime, after: str | None) -> tuple[list[table.Leased], hosts.Places]:
        """In the store's thread: lease feeds and take their places in one transaction; those too far back are given back at once."""
        now = self.now()
        with self.store.begin() as db:
            scope = self.scope
            leased = table.lease(db, self.owner, at, LEASE, limit, shard=scope.shard, shards=scope.shards, per_host=hosts.AT_ONCE,
                                 force_after=after, only=scope.only, free=self.free)
            known = [one for one in leased if one.id in self.catalog]
            # A feed that left the catalog after the table was brought up to date: nobody knows its address any more.
            table.defer(db, self.owner, {one.id: now + timedelta(hours=1) for one in leased if one.id not in self.catalog})
            places = hosts.give_places([(one.id, one.host) for one in known], table.host_states(db, {one.host for one in known} - {"folder"}),
                                       now, self.random, free=self.free)
            table.keep_slots(db, places.hosts)
            table.defer(db, self.owner, places.deferred)
        self.deferred += len(places.deferred)
        return leased, places

    def _put_back(self) -> None:
        with self.store.begin() as db:
            table.defer(db, self.owner, self.late)
        self.deferred += len(self.late)

    async def _one(self, fetcher: Fetcher, feed: Feed, leased: table.Leased, start: datetime, queue: "asyncio.Queue[Polled]") -> None:
        wait = (start - self.now()).total_seconds()
        if wait > 0:
            await asyncio.sleep(wait)
        at_once = self.at_host.setdefault(leased.host, asyncio.Semaphore(hosts.AT_ONCE))
        async with at_once if leased.host != "folder" else contextlib.nullcontext(), self.requests:
            if (until := self.closed.get(leased.host)) is not None and until > self.now():
                self.closed[leased.host] = self.late[feed.id] = until + timedelta(seconds=hosts.SPACING)
                self.room.release()
                return
            polled = await request(fetcher, feed, leased.state, self.settings, self.now(), self.random)
            if polled.got.fault == "throttled":
                self.closed[leased.host] = self.now() + timedelta(seconds=polled.got.retry_after or UNSAID)
        await queue.put(polled)

    async def _write(self, queue: "asyncio.Queue[Polled]", beside: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while True:
            some = [await queue.get()]
            while len(some) < STORED_AT_ONCE and not queue.empty():
                some.append(queue.get_nowait())
            await loop.run_in_executor(beside, self.writer.store_some, some, self.random)
            for _ in some:
                queue.task_done()
                self.room.release()
