"""The last good version of every configuration file, so that a faulty edit never stops the wire."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from wirefeed.store.database import Connection
from wirefeed.store.tables import config_files as t


def good_texts(db: Connection) -> dict[str, str]:
    """Path -> last good text."""
    return {row.path: row.good for row in db.execute(select(t.c.path, t.c.good).where(t.c.good.is_not(None)))}


def faults(db: Connection) -> dict[str, str]:
    """Path -> what is wrong with the file that is set aside at present."""
    return {row.path: row.fault for row in db.execute(select(t.c.path, t.c.fault).where(t.c.fault.is_not(None)))}


def keep(db: Connection, good: Mapping[str, str], faulty: Mapping[str, str], now: datetime) -> list[str]:
    """Record what is good and what is set aside. Returns the paths whose fault is new, for telling somebody once."""
    known = {row.path: row for row in db.execute(select(t))}
    fresh = []
    for path, text in good.items():
        values = {"good": text, "good_at": now, "fault": None, "fault_at": None}
        if path not in known:
            db.execute(insert(t).values(path=path, **values))
        elif known[path].good != text or known[path].fault is not None:
            db.execute(update(t).where(t.c.path == path).values(**values))
    for path, fault in faulty.items():
        if path not in known:
            db.execute(insert(t).values(path=path, fault=fault, fault_at=now))
            fresh.append(path)
        elif known[path].fault != fault:
            db.execute(update(t).where(t.c.path == path).values(fault=fault, fault_at=now))
            fresh.append(path)
    gone = set(known) - set(good) - set(faulty)
    if gone:
        db.execute(delete(t).where(t.c.path.in_(gone)))
    return fresh
