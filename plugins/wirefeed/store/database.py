"""Opening the database and running transactions; the queries lie in the sibling files, one a subject."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, delete, event, insert, make_url, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from wirefeed.errors import ConfigError, Unreachable
from wirefeed.store import tables

__all__ = ["Connection", "Store", "open_store"]


class Store:
    """One database. ``begin()`` is the only way in: a transaction that commits as a whole or not at all."""

    def __init__(self, engine: Engine, address: str) -> None:
        self.engine = engine
        self.address = address

    @property
    def sqlite(self) -> bool:
        """True for SQLite, where one writer at a time is the rule."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction (BEGIN IMMEDIATE on SQLite). Raises Unreachable when the database does not answer."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise Unreachable(f"database {self.address}", str(error.orig).strip().split("\n")[0]) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unreachable(f"database {self.address}", str(error.orig).strip().split("\n")[0]) from error
            raise

    def migrate(self) -> None:
        """Bring the schema to the newest version; safe to run at every start and from several processes."""
        from wirefeed.store.migrate import upgrade

        upgrade(self)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open ``sqlite:///path`` or ``postgresql://...`` (psycopg 3); creates the SQLite folder. Does not connect yet."""
    try:
        address = make_url(url)
    except Exception as error:
        raise ConfigError(f"WIREFEED_DATABASE_URL: not a database address: {url!r}") from error
    if address.get_backend_name() == "sqlite":
        return Store(_sqlite(address), address.render_as_string())
    if address.get_backend_name() == "postgresql":
        engine = create_engine(address.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=5, max_overflow=10)
        return Store(engine, address.render_as_string(hide_password=True))
    raise ConfigError(f"WIREFEED_DATABASE_URL: {address.drivername!r} is not supported (sqlite or postgresql)")


def _sqlite(address: URL) -> Engine:
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address.set(drivername="sqlite+pysqlite"), connect_args={"timeout": 60})

    # Transactions of our own: with the driver's deferred ones, six processes claimed 4,000 rows 18,800 times (design.md).
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "busy_timeout=60000", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


# --- named leases ----------------------------------------------------------------------------------------------------
def take_lease(db: Connection, name: str, owner: str, now: datetime, seconds: float) -> bool:
    """Take or renew the named lease; False while somebody else holds it. The holder must renew before it runs out."""
    until = now + timedelta(seconds=seconds)
    row = tables.leases
    free = update(row).where(
        row.c.name == name, (row.c.lease_owner == owner) | (row.c.lease_until < now) | row.c.lease_owner.is_(None),
    ).values(lease_owner=owner, lease_until=until)
    if db.execute(free).rowcount:
        return True
    try:
        with db.begin_nested():
            db.execute(insert(row).values(name=name, lease_owner=owner, lease_until=until))
    except IntegrityError:  # there is a row by now: held, or made and given back by a worker that came first
        return bool(db.execute(free).rowcount)
    return True


def drop_lease(db: Connection, name: str, owner: str) -> None:
    """Give a named lease back; harmless when it is no longer ours."""
    db.execute(update(tables.leases).where(tables.leases.c.name == name, tables.leases.c.lease_owner == owner)
               .values(lease_owner=None, lease_until=None))


# --- small facts -----------------------------------------------------------------------------------------------------
def get_meta(db: Connection, name: str, default: Any = None) -> Any:
    """A small fact, or ``default``."""
    row = db.execute(select(tables.meta.c.value).where(tables.meta.c.name == name)).first()
    return default if row is None else row[0]


def set_meta(db: Connection, name: str, value: Any, now: datetime) -> None:
    """Keep a small fact; None forgets it. Two workers may say the same at once."""
    if value is None:
        db.execute(delete(tables.meta).where(tables.meta.c.name == name))
        return
    made: Any = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(tables.meta).values(name=name, value=value, at=now)
    db.execute(made.on_conflict_do_update(index_elements=["name"], set_={"value": made.excluded.value, "at": made.excluded.at}))
