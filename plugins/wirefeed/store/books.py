"""The books: every item of every poll is counted in exactly one outcome, so that seen = the sum of outcomes."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from wirefeed.store.database import Connection
from wirefeed.store.tables import outcomes

SEEN = "seen"  # kept beside the outcomes, counted when a document is read and never touched again


def count(db: Connection, feed_id: str, counts: Mapping[tuple[str, str], int], now: datetime) -> None:
    """Add (outcome, reason) -> n to the day's books; positive counts of a poll are also added to SEEN unless they only move from pending."""
    count_all(db, [(feed_id, counts)], now)


def count_all(db: Connection, counted: Iterable[tuple[str, Mapping[tuple[str, str], int]]], now: datetime) -> None:
    """The same for many feeds, in one statement."""
    day = now.astimezone(UTC).date().isoformat()
    rows: list[dict[str, object]] = []
    for feed_id, counts in counted:
        rows += [{"day": day, "feed_id": feed_id, "outcome": outcome, "reason": (reason or "")[:200], "count": n}
                 for (outcome, reason), n in counts.items() if n]
        if total := sum(counts.values()):
            rows.append({"day": day, "feed_id": feed_id, "outcome": SEEN, "reason": "", "count": total})
    if rows:
        db.execute(_add(db.dialect.name), rows)


@lru_cache
def _add(dialect: str) -> Any:
    made: Any = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(outcomes)
    return made.on_conflict_do_update(index_elements=["day", "feed_id", "outcome", "reason"],
                                      set_={"count": outcomes.c.count + made.excluded["count"]})


def balance(db: Connection, since: str = "", until: str = "9999") -> dict[str, int]:
    """Sums by outcome between two ISO days (the second exclusive), with SEEN. The books close when the others add up to it."""
    return {row.outcome: int(row.n) for row in db.execute(
        select(outcomes.c.outcome, func.sum(outcomes.c.count).label("n")).where(outcomes.c.day >= since, outcomes.c.day < until)
        .group_by(outcomes.c.outcome)) if row.n}


def reasons(db: Connection, outcome: str) -> dict[str, int]:
    """Counts of one outcome by reason."""
    return {row.reason: int(row.n) for row in db.execute(
        select(outcomes.c.reason, func.sum(outcomes.c.count).label("n")).where(outcomes.c.outcome == outcome).group_by(outcomes.c.reason))}
