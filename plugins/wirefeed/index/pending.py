"""Bring due stories into the index: claim, write, mark; what fails stays due with its reason. Called by pipeline.py after each stage."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from wirefeed.errors import Unreachable
from wirefeed.index.base import KeptIndex, SearchIndex
from wirefeed.index.companions import refresh_operations
from wirefeed.index.document import document
from wirefeed.index.facts import Facts, load_facts
from wirefeed.index.partitions import before, oldest_kept
from wirefeed.model import Document
from wirefeed.settings import Settings
from wirefeed.store import index as stored
from wirefeed.store.database import Store, drop_lease, get_meta, set_meta, take_lease

LEASE = "index"
LEASE_SECONDS = 300.0
BATCH = 500
REBUILD = "index_rebuild"  # meta: {"generation", "after", "total", "done"} while a new generation is being built
FAILURES = "index_failures"  # meta: story id -> reason, of the last run
SHOWN_FAILURES = 100
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PendingReport:
    """How a run ended. ``failed`` and everything behind ``unreachable`` stay due; ``busy``: somebody else is writing."""

    written: int = 0
    removed: int = 0
    too_old: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    waiting: int = 0
    unreachable: str | None = None
    busy: bool = False


def index_pending(store: Store, index: KeptIndex, settings: Settings, now: datetime, batch: int = BATCH) -> PendingReport:
    """Write all due stories, once each; safe to run from any number of processes (a lease lets one work).

    With Elasticsearch, alerts, deliveries, feed health and outcomes follow every few minutes.
    """
    owner = uuid.uuid4().hex
    started = time.monotonic()

    def clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - started)

    with store.begin() as db:
        if not take_lease(db, LEASE, owner, now, LEASE_SECONDS):
            return PendingReport(busy=True, waiting=stored.count_due(db))
        stored.recover(db, now)
    try:
        report = _run(store, index, settings, owner, clock, batch)
        if report.unreachable is None:
            try:
                refresh_operations(store, index, settings, clock())
            except Unreachable as error:  # the next run sends them; the stories are in
                report = replace(report, unreachable=str(error))
        return report
    finally:
        with store.begin() as db:
            drop_lease(db, LEASE, owner)


def _run(store: Store, index: KeptIndex, settings: Settings, owner: str, clock: Callable[[], datetime], batch: int) -> PendingReport:
    facts = load_facts(settings)
    oldest = oldest_kept(clock().year, clock().month, settings.search_months)
    written = removed = too_old = 0
    failed: dict[str, str] = {}
    unreachable: str | None = None
    after = ""
    while unreachable is None:
        with store.begin() as db:
            if not take_lease(db, LEASE, owner, clock(), LEASE_SECONDS):
                break  # we were slower than our lease and somebody took over
            ids = stored.claim_due(db, after, batch, clock())
            stories = stored.stories_of(db, ids)
            building = get_meta(db, REBUILD)
        if not ids:
            break
        after = ids[-1]
        targets: list[SearchIndex] = [index, *([index.beside(building["generation"])] if building else [])]
        documents = [story_document(story, facts) for story in stories if story.kept]
        young = [one for one in documents if not before(one["month"], oldest)]
        gone = sorted({*ids} - {one["id"] for one in documents})
        try:
            bad = write_all(targets, young, gone)
        except Unreachable as error:
            unreachable = str(error)
            bad = dict.fromkeys(ids, unreachable)
        else:
            failed |= bad
            written += sum(one["id"] not in bad for one in young)
            removed += sum(one not in bad for one in gone)
            too_old += len(documents) - len(young)
        with store.begin() as db:
            stored.settle(db, list(bad), clock())
    with store.begin() as db:
        waiting = stored.count_due(db)
        set_meta(db, FAILURES, dict(list(failed.items())[:SHOWN_FAILURES]) or None, clock())
    if failed or unreachable:
        log.warning("index_pending", failed=len(failed), waiting=waiting, why=unreachable or next(iter(failed.values())))
    return PendingReport(written, removed, too_old, failed, waiting, unreachable)


def write_all(targets: list[SearchIndex], documents: list[Document], gone: list[str]) -> dict[str, str]:
    """Write and remove in each target; story id -> reason for what failed in any of them."""
    bad: dict[str, str] = {}
    for target in targets:
        bad |= target.upsert(documents).failed
        bad |= target.delete(gone).failed
    return bad


def story_document(story: stored.Story, facts: Facts) -> Document:
    """The document of a stored story."""
    name, kind = facts.source(story.version.feed_id)
    return document(
        story.version, source=name, source_kind=kind, first_seen=story.first_seen, first_published=story.first_published,
        cluster=story.cluster, copies=story.copies, kept=story.kept, withdrawn=story.withdrawn, rules=story.rules,
        severity=story.severity, points=facts.points)
