"""Recurring names that the gazetteer lacks, collected for the analyst to adopt."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from wirefeed.model import Version
from wirefeed.store.database import Connection
from wirefeed.store.tables import candidates as t

CONTEXTS = 5


def collect_candidates(db: Connection, version: Version, now: datetime) -> None:
    """Count each unknown name of a relevant story once, with a context; a later version of the story counts only names that no story had before."""
    if version.tags is None:
        return
    names = {(one.name, one.type): one for one in version.tags.entities if one.id is None and len(one.name) <= 300}
    for (name, kind), one in names.items():
        content = version.title if one.field == "title" else version.text
        context = " ".join(content[max(0, one.start - 60):one.end + 60].split())
        key = (t.c.name == name) & (t.c.type == kind) & (t.c.language == version.tags.language)
        row = db.execute(select(t.c.count, t.c.contexts).where(key)).first()
        if row is None:
            db.execute(insert(t).values(name=name, type=kind, language=version.tags.language, count=1, last_seen_at=now, contexts=[context]))
        elif version.number == 1:
            db.execute(update(t).where(key).values(count=row[0] + 1, last_seen_at=now, contexts=[*row[1], context][-CONTEXTS:]))


def suggestions(db: Connection, least: int, limit: int) -> list[dict[str, Any]]:
    """Names met at least ``least`` times, the most frequent first."""
    rows = db.execute(select(t).where(t.c.count >= least).order_by(t.c.count.desc(), t.c.name).limit(limit))
    return [dict(row._mapping) for row in rows]
