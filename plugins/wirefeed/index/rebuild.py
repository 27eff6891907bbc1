"""``reindex``: a new generation of the index from the database, beside the one in use; then the alias flips in one step.

New stories keep arriving meanwhile: while the meta fact ``index_rebuild`` exists, index/pending.py writes to both generations, and
versions keep either order of writing right. What changes within a version (tags, a rule that matched, kept no longer) is seen by reading
each batch again after it was written. The fact holds how far we are, so that a broken rebuild goes on where it stopped.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from wirefeed.errors import InputRefused, Unreachable
from wirefeed.index.base import KeptIndex
from wirefeed.index.companions import WATERMARK
from wirefeed.index.facts import load_facts
from wirefeed.index.partitions import before, oldest_kept
from wirefeed.index.pending import LEASE, LEASE_SECONDS, REBUILD, story_document
from wirefeed.settings import Settings
from wirefeed.store import index as stored
from wirefeed.store.database import Store, drop_lease, get_meta, set_meta, take_lease

REINDEX_LEASE = "reindex"
BATCH = 500
MANY = 10  # refused stories of a batch, and a fifth of it, that are no fault of theirs
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """How a rebuild ended: ``failed`` stories are due again and will be retried by index_pending."""

    generation: str
    documents: int
    resumed_at: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def reindex(store: Store, index: KeptIndex, settings: Settings, now: datetime, progress: Progress = lambda done, total: None,
            batch: int = BATCH, patience: float = 60.0) -> RebuildReport:
    """Rebuild and flip. ``progress(done, total)`` after each batch. Raises Unreachable (run it again: it resumes), InputRefused when
    another rebuild is under way."""
    owner, started = uuid.uuid4().hex, time.monotonic()

    def clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - started)

    with store.begin() as db:
        if not take_lease(db, REINDEX_LEASE, owner, now, LEASE_SECONDS):
            raise InputRefused("another reindex is under way")
    try:
        return _rebuild(store, index, settings, owner, clock, progress, batch, patience)
    finally:
        with store.begin() as db:
            drop_lease(db, REINDEX_LEASE, owner)


def _rebuild(store: Store, index: KeptIndex, settings: Settings, owner: str, clock: Callable[[], datetime], progress: Progress,
             batch: int, patience: float) -> RebuildReport:
    facts = load_facts(settings)
    oldest = oldest_kept(clock().year, clock().month, settings.search_months)
    with store.begin() as db:
        state: dict[str, Any] = get_meta(db, REBUILD) or {
            "generation": f"{clock():%Y%m%d%H%M%S}", "after": "", "done": 0, "failed": {}}
        state["total"] = stored.count_kept(db)
        set_meta(db, REBUILD, state, clock())
    resumed_at = state["done"]
    target = index.beside(state["generation"])
    target.setup()
    while True:
        with store.begin() as db:
            take_lease(db, REINDEX_LEASE, owner, clock(), LEASE_SECONDS)
            ids = stored.kept_after(db, state["after"], batch)
            stories = stored.stories_of(db, ids)
        if not ids:
            break
        documents = [document for story in stories if not before((document := story_document(story, facts))["month"], oldest)]
        report = target.upsert(documents)
        if len(report.failed) >= max(MANY, len(documents) / 5):  # a full disk, a lost shard: this generation must not take the place of a whole one
            raise Unreachable("index", f"it refused {len(report.failed)} of {len(documents)} stories: {next(iter(report.failed.values()))}",
                              "search goes on with the index in use; mend this and run `wirefeed reindex` again, it goes on here")
        state = state | {"after": ids[-1], "done": state["done"] + len(ids), "failed": state["failed"] | report.failed}
        with store.begin() as db:
            set_meta(db, REBUILD, state, clock())
            stored.make_due(db, _changed(stories, stored.stories_of(db, ids)))
        progress(state["done"], max(state["total"], state["done"]))
    _flip(store, index, state, owner, clock, patience)
    return RebuildReport(state["generation"], state["done"], resumed_at, state["failed"])


def _changed(before: list[stored.Story], now: list[stored.Story]) -> list[str]:
    """Stories that somebody changed while we wrote them: whoever wrote last may have been us, with what was true before."""
    known = {story.version.story_id: story for story in before}
    return [story.version.story_id for story in now if story != known.get(story.version.story_id)]


def _flip(store: Store, index: KeptIndex, state: dict[str, Any], owner: str, clock: Callable[[], datetime], patience: float) -> None:
    """Under the writers' lease, so that nobody writes to a generation that is about to go."""
    deadline = time.monotonic() + patience
    while True:
        with store.begin() as db:
            if take_lease(db, LEASE, owner, clock(), LEASE_SECONDS):
                break
        if time.monotonic() >= deadline:
            raise Unreachable("index", f"somebody has been writing for {patience:.0f} s", "run `wirefeed reindex` again, it goes on here")
        time.sleep(0.2)
    try:
        index.flip(state["generation"])
        with store.begin() as db:
            set_meta(db, REBUILD, None, clock())
            set_meta(db, WATERMARK, None, clock())  # the companions follow from the beginning: the server may be a new one
            stored.make_due(db, list(state["failed"]))
    finally:
        with store.begin() as db:
            drop_lease(db, LEASE, owner)


def retain(index: KeptIndex, settings: Settings, now: datetime) -> tuple[str, ...]:
    """Drop the months that are no longer to be searchable (WIREFEED_SEARCH_MONTHS; 0 keeps all). The database keeps its stories."""
    oldest = oldest_kept(now.year, now.month, settings.search_months)
    return index.retain(oldest) if oldest else ()
