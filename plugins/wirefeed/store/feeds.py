"""Feeds, hosts and their events in the database: leases, places, states. Every function works inside the caller's transaction."""

import zlib
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from wirefeed.feeds.hosts import HostState
from wirefeed.feeds.state import FeedState
from wirefeed.store.database import Connection
from wirefeed.store.tables import feed_events, feeds, hosts

SHARDS = 32


@dataclass(frozen=True, slots=True)
class Leased:
    """A feed that is ours until the lease runs out."""

    id: str
    host: str
    state: FeedState


def shard_of(host: str) -> int:
    """0..31, the same on every machine: all feeds of a host share a worker."""
    return zlib.crc32(host.encode("utf-8")) % SHARDS


def sync(db: Connection, wanted: Mapping[str, str], now: datetime, *, free: Container[str] = ()) -> None:
    """Make the table follow the catalog: ``wanted`` is feed id -> host. States of feeds that left are kept, inactive.

    Feeds of ``free`` hosts (test hosts, folders) are spread over the shards by their ids: nobody there has to be spared.
    """
    shards = {feed_id: shard_of(feed_id if host in free else host) for feed_id, host in wanted.items()}
    there = {row.id: (row.host, row.active, row.shard) for row in db.execute(select(feeds.c.id, feeds.c.host, feeds.c.active, feeds.c.shard))}
    new = [{"id": feed_id, "host": host, "shard": shards[feed_id], "active": True, "next_poll_at": now, "state": {}}
           for feed_id, host in wanted.items() if feed_id not in there]
    if new:
        db.execute(insert(feeds), new)
    changed = [{"key": feed_id, "host": host, "shard": shards[feed_id], "active": True, "at": now}
               for feed_id, host in wanted.items() if feed_id in there and there[feed_id][:2] != (host, True)]
    if changed:
        db.execute(update(feeds).where(feeds.c.id == bindparam("key")).values(
            host=bindparam("host"), shard=bindparam("shard"), active=bindparam("active"), next_poll_at=bindparam("at")), changed)
    moved = [{"key": feed_id, "to": shards[feed_id]} for feed_id, host in wanted.items()
             if feed_id in there and there[feed_id][:2] == (host, True) and there[feed_id][2] != shards[feed_id]]
    if moved:
        db.execute(update(feeds).where(feeds.c.id == bindparam("key")).values(shard=bindparam("to")), moved)
    gone = [feed_id for feed_id, (_, active, _) in there.items() if active and feed_id not in wanted]
    for start in range(0, len(gone), 500):
        db.execute(update(feeds).where(feeds.c.id.in_(gone[start:start + 500])).values(active=False))


def lease(
    db: Connection, owner: str, now: datetime, seconds: float, limit: int, *, shard: int = 0, shards: int = 1, per_host: int = 2,
    force_after: str | None = None, only: Sequence[str] = (), free: Collection[str] = (),
) -> list[Leased]:
    """Take up to ``limit`` due feeds of our shard, the longest due first; hosts that other workers ask already are left to them, but ``free`` ones.

    ``force_after``: take feeds due or not, in the order of their ids, from behind this id ("" for the start). ``only``: these ids alone.
    """
    busy = {row.host for row in db.execute(
        select(feeds.c.host, func.count()).where(feeds.c.lease_until > now, feeds.c.lease_owner != owner)
        .group_by(feeds.c.host).having(func.count() >= per_host))}.difference(free)
    query = select(feeds.c.id, feeds.c.host, feeds.c.state).where(
        feeds.c.active, or_(feeds.c.lease_until.is_(None), feeds.c.lease_until < now))
    if force_after is None:
        query = query.where(feeds.c.next_poll_at <= now).order_by(feeds.c.next_poll_at, feeds.c.id)
    else:
        query = query.where(feeds.c.id > force_after).order_by(feeds.c.id)
    if shards > 1:
        query = query.where(feeds.c.shard % shards == shard)
    if only:
        query = query.where(feeds.c.id.in_(only))
    if busy:
        query = query.where(feeds.c.host.not_in(sorted(busy)))
    rows = db.execute(query.limit(limit).with_for_update(skip_locked=True)).all()
    if rows:
        db.execute(update(feeds).where(feeds.c.id.in_([row.id for row in rows]))
                   .values(lease_owner=owner, lease_until=now + timedelta(seconds=seconds)))
    return [Leased(row.id, row.host, FeedState.from_json(row.state or {})) for row in rows]


def host_states(db: Connection, names: Iterable[str]) -> dict[str, HostState]:
    """The rows of these hosts, locked until the transaction ends so that two workers never get the same place."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    _upsert(db, [{"host": name, "state": {}} for name in wanted], ())
    return {row.host: HostState(row.next_slot_at, row.closed_until) for row in db.execute(
        select(hosts.c.host, hosts.c.next_slot_at, hosts.c.closed_until).where(hosts.c.host.in_(wanted))
        .order_by(hosts.c.host).with_for_update())}


def keep_slots(db: Connection, slots: Mapping[str, datetime]) -> None:
    """Store the hosts' next free places."""
    _upsert(db, [{"host": host, "next_slot_at": at, "state": {}} for host, at in slots.items()], ("next_slot_at",))


def close_host(db: Connection, host: str, until: datetime) -> None:
    """Retry-After: nobody asks this host before ``until``; a later time already there stays."""
    before = host_states(db, [host])[host].closed_until
    if before is None or before < until:
        db.execute(update(hosts).where(hosts.c.host == host).values(closed_until=until))


def _upsert(db: Connection, rows: list[dict[str, Any]], replaced: tuple[str, ...]) -> None:
    if not rows:
        return
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(hosts)
    if replaced:
        statement = statement.on_conflict_do_update(index_elements=["host"], set_={name: statement.excluded[name] for name in replaced})
    else:
        statement = statement.on_conflict_do_nothing(index_elements=["host"])
    db.execute(statement, rows)


_SETTLE = update(feeds).where(feeds.c.id == bindparam("key"), feeds.c.lease_owner == bindparam("owner")).values(
    state=bindparam("state"), next_poll_at=bindparam("at"), lease_owner=None, lease_until=None)
_DEFER = update(feeds).where(feeds.c.id == bindparam("key"), feeds.c.lease_owner == bindparam("owner")).values(
    next_poll_at=bindparam("at"), lease_owner=None, lease_until=None)


def settle(db: Connection, owner: str, rows: Sequence[tuple[str, FeedState, datetime]]) -> None:
    """Store (feed id, state, next poll) and give the leases back; a lease that somebody else took over meanwhile stays theirs."""
    if rows:
        db.execute(_SETTLE, [{"key": feed_id, "owner": owner, "state": state.to_json(), "at": at} for feed_id, state, at in rows])


def defer(db: Connection, owner: str, rows: Mapping[str, datetime]) -> None:
    """Give leases back with another time to come again; the feed's state is untouched."""
    if rows:
        db.execute(_DEFER, [{"key": feed_id, "owner": owner, "at": at} for feed_id, at in rows.items()])


def still_ours(db: Connection, owner: str, ids: Sequence[str]) -> set[str]:
    """Those of these feeds whose lease we hold; they stay ours until the transaction ends."""
    return {row.id for row in db.execute(
        select(feeds.c.id).where(feeds.c.id.in_(ids), feeds.c.lease_owner == owner).order_by(feeds.c.id).with_for_update())}


def add_events(db: Connection, events: Sequence[tuple[str, datetime, str, dict[str, Any]]]) -> None:
    """Record (feed id, at, kind, detail)."""
    if events:
        db.execute(insert(feed_events), [{"feed_id": f, "at": at, "kind": kind, "detail": detail} for f, at, kind, detail in events])


def count_due(db: Connection, now: datetime, *, force: bool = False) -> int:
    """How many feeds a poll would take."""
    query = select(func.count()).select_from(feeds).where(feeds.c.active)
    return int(db.execute(query if force else query.where(feeds.c.next_poll_at <= now)).scalar_one())


def due_shards(db: Connection, now: datetime, *, shards: int = SHARDS, force: bool = False) -> list[int]:
    """Which of ``shards`` shards have feeds to poll; with ``force`` every shard that has feeds."""
    query = select(feeds.c.shard).where(feeds.c.active).distinct()
    if not force:
        query = query.where(feeds.c.next_poll_at <= now, or_(feeds.c.lease_until.is_(None), feeds.c.lease_until < now))
    return sorted({row.shard % shards for row in db.execute(query)})


def states(db: Connection, ids: Sequence[str] | None = None) -> dict[str, tuple[FeedState, datetime]]:
    """State and next poll of the active feeds (or of ``ids``)."""
    query = select(feeds.c.id, feeds.c.state, feeds.c.next_poll_at)
    query = query.where(feeds.c.active) if ids is None else query.where(feeds.c.id.in_(ids))
    return {row.id: (FeedState.from_json(row.state or {}), row.next_poll_at) for row in db.execute(query)}


def keep_crisis(db: Connection, changed: Mapping[str, FeedState], at: datetime) -> None:
    """Store these states and poll the feeds again at ``at`` at the latest; leased feeds are left to their workers."""
    for feed_id, state in changed.items():
        free = and_(feeds.c.id == feed_id, feeds.c.lease_owner.is_(None))
        db.execute(update(feeds).where(free).values(state=state.to_json()))
        db.execute(update(feeds).where(free, feeds.c.next_poll_at > at).values(next_poll_at=at))
