"""One function a stage: all that DAGs and the command line call. Each opens what it needs, works, and answers with counts as plain JSON.

Without ``settings`` they come from the environment and, inside an Airflow task, from Airflow's connections. Each is safe to run twice.
"""

import os
import socket
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from wirefeed.settings import Settings

if TYPE_CHECKING:
    from wirefeed.configuration import Configuration
    from wirefeed.store.database import Store

MOST_SHARDS = 32  # Airflow pays about a second a task
FEEDS_A_SHARD = 400
BATCH = 200  # versions tagged and decided on together
Counts = dict[str, Any]


def now() -> datetime:
    """The present, aware UTC: the one clock of the pipeline."""
    return datetime.now(UTC)


@contextmanager
def opened(settings: Settings | None) -> "Iterator[tuple[Settings, Store, Configuration]]":
    """Settings, the database at its newest schema, and the configuration with faulty files set aside."""
    from wirefeed import configuration, connections
    from wirefeed.settings import open_database
    from wirefeed.store.config_files import good_texts, keep

    chosen = settings or connections.settings()
    store = open_database(chosen)
    try:
        with store.begin() as db:
            good = good_texts(db)
        loaded = configuration.load(chosen, good)
        with store.begin() as db:
            fresh = keep(db, loaded.good, loaded.faults, now())
            if fresh:
                from wirefeed.operator import configuration_faults

                configuration_faults(db, {path: loaded.faults[path] for path in fresh}, loaded, now())
        yield chosen, store, loaded
    finally:
        store.close()


def owner() -> str:
    """Who we are in leases: host, process, and a token against reused process numbers."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


# --- poll ------------------------------------------------------------------------------------------------------------
def due_shards(settings: Settings | None = None, *, force: bool = False) -> list[Counts]:
    """Arguments for ``poll``, one a shard: enough for the feeds that are due, at most 32, none when nothing is due."""
    from wirefeed.feeds.hosts import free_hosts
    from wirefeed.operator import room_for_polling
    from wirefeed.store import feeds

    with opened(settings) as (chosen, store, loaded):
        if not room_for_polling(store, chosen, loaded, now()):
            return []
        shards = max(1, min(MOST_SHARDS, -(-len(loaded.feeds) // FEEDS_A_SHARD)))
        with store.begin() as db:
            feeds.sync(db, {feed.id: feed.host for feed in loaded.feeds}, now(), free=free_hosts(chosen.test_hosts))
            due = feeds.due_shards(db, now(), shards=shards, force=force)
        return [{"name": f"shard {number + 1} of {shards}", "shard": number, "shards": shards, "force": force} for number in due]


def poll(settings: Settings | None = None, *, shard: int = 0, shards: int = 1, force: bool = False, name: str = "") -> Counts:
    """Poll one shard's feeds that are due (all with ``force``)."""
    from wirefeed.feeds.poll import poll as poll_shard

    with opened(settings) as (chosen, store, loaded):
        report = poll_shard(store, chosen, loaded.feeds, now, shard=shard, shards=shards, once=True, force=force)
        return {"feeds": report.feeds, "items": report.items, "outcomes": dict(report.outcomes), "errors": len(report.errors)}


def add_up(counts: Sequence[Counts]) -> Counts:
    """The sum of several stages' counts."""
    outcomes: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for one in counts:
        outcomes.update(one.get("outcomes") or {})
        total.update({key: value for key, value in one.items() if isinstance(value, int)})
    return {**total, "outcomes": dict(outcomes)}


def backfill(settings: Settings | None = None, *, since: str | None = None, until: str | None = None, feeds: Sequence[str] = (),
             **_params: object) -> Counts:
    """Poll feeds at once and treat all they show as back-log; items outside the ISO dates are left out, undated ones are taken. Raises InputRefused."""
    from wirefeed.errors import InputRefused
    from wirefeed.feeds.poll import poll as poll_shard
    from wirefeed.model import Entry

    first, last = _day("since", since), _day("until", until)
    if first and last and last <= first:
        raise InputRefused(f"until must lie behind since: {since} to {until}")

    def wanted(entry: Entry) -> bool:
        at = entry.published.utc
        return at is None or ((first is None or at >= first) and (last is None or at < last))

    with opened(settings) as (chosen, store, loaded):
        known = {feed.id for feed in loaded.feeds}
        if unknown := [one for one in feeds if one not in known]:
            near = get_close_matches(unknown[0], known, 3)
            raise InputRefused(f"no feed has the id {', '.join(unknown)}" + (f"; there is {', '.join(near)}" if near else ""))
        report = poll_shard(store, chosen, loaded.feeds, now, once=True, force=True, only=tuple(feeds), backlog=True, keep=wanted)
        return {"feeds": report.feeds, "items": report.items, "outcomes": dict(report.outcomes), "errors": len(report.errors)}


def _day(name: str, given: str | None) -> datetime | None:
    from wirefeed.errors import InputRefused

    try:
        return datetime.fromisoformat(given).replace(tzinfo=UTC) if given else None
    except ValueError as error:
        raise InputRefused(f"{name}: {given!r} is no day (write 2026-03-01)") from error


# --- tag, match, decide ----------------------------------------------------------------------------------------------
def tag_pending(settings: Settings | None = None, *, batch: int = BATCH) -> Counts:
    """Tag, match and decide everything that is pending, in leased batches."""
    from wirefeed.processing import Report, process_batch

    report, me = Report(), owner()
    with opened(settings) as (_chosen, store, loaded):
        while process_batch(store, loaded, me, now(), batch, report):
            pass
    return {"versions": report.versions, "kept": report.kept, "matches": report.matches, "alerts": report.alerts, "messages": report.messages,
            "outcomes": report.outcomes, "failed": len(report.failed)}


def index_pending(settings: Settings | None = None) -> Counts:
    """Write kept stories that changed into the search index. An unreachable index leaves them due and is said, not raised: the next run catches up."""
    from wirefeed.errors import Unreachable
    from wirefeed.index.pending import index_pending as write
    from wirefeed.operator import clear, note
    from wirefeed.settings import open_index

    with opened(settings) as (chosen, store, _loaded):
        try:
            index = open_index(chosen)
            try:
                index.setup()
                report = write(store, index, chosen, now())
                index.refresh()
            finally:
                index.close()
        except Unreachable as error:
            note(store, "index", str(error), now())
            return {"written": 0, "failed": 0, "error": str(error)}
        if report.unreachable:
            note(store, "index", report.unreachable, now())
        elif not report.busy:
            clear(store, "index", now())
        return {"written": report.written, "removed": report.removed, "failed": len(report.failed), "waiting": report.waiting}


# --- alerts ----------------------------------------------------------------------------------------------------------
def send_alerts(settings: Settings | None = None) -> Counts:
    """Send what is due in the outbox."""
    from wirefeed.alerts.outbox import send_due
    from wirefeed.alerts.stage import names

    with opened(settings) as (chosen, store, loaded):
        report = send_due(store, chosen, loaded.recipients, loaded.rules, now, names=names(loaded))
        return {"sent": report.sent, "later": report.later, "dead": report.dead}


def send_digests(settings: Settings | None = None) -> Counts:
    """Queue digests, situation mails and reminders that are due, then send."""
    from wirefeed.alerts.digests import queue_digests

    with opened(settings) as (chosen, store, loaded):
        queued = queue_digests(store, chosen, loaded.recipients, loaded.rules, now())
    return {"queued": queued, **send_alerts(settings)}


# --- upkeep ----------------------------------------------------------------------------------------------------------
def reread(settings: Settings | None = None) -> Counts:
    """Read the pages of matched stories again (1, 6, 24 hours and 7 days after) and store what changed as new versions."""
    from wirefeed.rereading import reread_due_stories

    with opened(settings) as (chosen, store, loaded):
        return reread_due_stories(store, chosen, loaded, now())


def tidy(settings: Settings | None = None) -> Counts:
    """Prune texts nobody kept, drop index months beyond the policy, forget old fingerprints, try the index again."""
    from wirefeed.errors import Unreachable
    from wirefeed.index.rebuild import retain
    from wirefeed.settings import open_index
    from wirefeed.store.stories import prune_fingerprints, prune_texts

    with opened(settings) as (chosen, store, _loaded):
        with store.begin() as db:
            texts = prune_texts(db, now() - timedelta(days=chosen.keep_irrelevant_days))
            prune_fingerprints(db, now() - timedelta(days=30))
        dropped: tuple[str, ...] = ()
        try:
            index = open_index(chosen)
            try:
                dropped = retain(index, chosen, now())
            finally:
                index.close()
        except Unreachable as error:
            from wirefeed.operator import note

            note(store, "index", str(error), now())
    return {"texts": texts, "months": len(dropped), **index_pending(settings)}


def run_failed(context: Mapping[str, Any]) -> None:
    """Airflow's callback when a run has failed for good (retries used up, or out of time): the operator is told, once an hour and DAG.

    By our own outbox; where the database itself is the trouble, by mail at once. A fault here is logged: nothing stands behind a callback.
    """
    import structlog

    from wirefeed import connections
    from wirefeed.errors import WirefeedError
    from wirefeed.operator import notice

    dag, reason = connections.failed_run(context)
    subject = f"Airflow: {dag} failed"
    text = f"A run of {dag} failed: {reason}.\n\nIts log is in Airflow. Work that was pending waits and is caught up by the next run."
    try:
        with opened(None) as (_settings, store, loaded), store.begin() as db:
            notice(db, loaded.recipients, subject, text, f"dag:{dag}:{now():%Y-%m-%dT%H}", now())
    except WirefeedError as error:
        structlog.get_logger().error("run_failed", dag=dag, reason=reason, why=str(error))
        connections.mail_operator(subject, f"{text}\n\nIt could not be put into the outbox: {error}", now())
