"""[IO] One poll run in several processes: Python computes in one at a time, and a cycle over thousands of feeds is mostly computing.

Each process is a shard of its own (store/feeds.py: all feeds of a host in one shard) with its own connections and its own database session,
just like an Airflow worker. They share nothing but the database.
"""

import multiprocessing
import os
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

from wirefeed.errors import WirefeedError
from wirefeed.feeds.catalog import Catalog
from wirefeed.feeds.hosts import free_hosts
from wirefeed.feeds.poll import PollReport, poll
from wirefeed.settings import Settings
from wirefeed.store import feeds as table
from wirefeed.store.database import Store, open_store

ENOUGH = 1000  # feeds that are worth a process: it takes half a second to start
MOST = 8


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def fitting(store: Store, settings: Settings, catalog: Catalog, *, force: bool = False) -> int:
    """How many processes the feeds that are due are worth, at most one a core."""
    with store.begin() as db:
        table.sync(db, {feed.id: feed.host for feed in catalog}, now(), free=free_hosts(settings.test_hosts))
        due = table.count_due(db, now(), force=force)
    return max(1, min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, MOST, due // ENOUGH))


def poll_in_processes(store: Store, settings: Settings, catalog: Catalog, workers: int, *, force: bool = False) -> PollReport:
    """``poll`` with ``once``, divided over ``workers`` processes, this one among them. Raises Unreachable when the database does not answer."""
    if workers <= 1:
        return poll(store, settings, catalog, now, once=True, force=force)
    # A fork spares the second of imports. It must share neither a database connection nor a lock that another thread holds.
    store.engine.dispose()
    method = "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"
    with ProcessPoolExecutor(workers - 1, multiprocessing.get_context(method)) as others:
        parts = [others.submit(_part, settings, catalog, shard, workers, force) for shard in range(1, workers)]
        reports = [poll(store, settings, catalog, now, shard=0, shards=workers, once=True, force=force)]
        for part in parts:
            report = part.result()
            if isinstance(report, str):
                raise WirefeedError(report)
            reports.append(report)
    return together(reports)


def _part(settings: Settings, catalog: Catalog, shard: int, shards: int, force: bool) -> PollReport | str:
    store = open_store(settings.database)
    try:
        return poll(store, settings, catalog, now, shard=shard, shards=shards, once=True, force=force)
    except WirefeedError as error:  # by its text: not every error of ours survives the way between processes
        return str(error)
    finally:
        store.close()


def together(reports: Sequence[PollReport]) -> PollReport:
    """One report of several; ``network_down`` when no part reached anybody."""
    return PollReport(
        sum(one.feeds for one in reports), sum(one.items for one in reports),
        dict(sum((Counter(one.outcomes) for one in reports), Counter[str]())), dict(sum((Counter(one.answers) for one in reports), Counter[str]())),
        tuple(error for one in reports for error in one.errors), tuple(event for one in reports for event in one.events),
        all(one.network_down for one in reports if one.feeds) and any(one.feeds for one in reports), max(one.seconds for one in reports))
