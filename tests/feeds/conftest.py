"""A server that may misbehave, and a fetch or a poll against it."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import uvloop

from feed_server import FeedServer
from wirefeed.feeds.catalog import Catalog, Feed
from wirefeed.feeds.fetch import Fetched, Fetcher
from wirefeed.feeds.poll import PollReport, poll
from wirefeed.settings import Settings
from wirefeed.store.database import Store


@pytest.fixture
def server() -> Iterator[FeedServer]:
    """A fresh server."""
    with FeedServer() as started:
        yield started


@pytest.fixture
def fetch(tmp_path: Path) -> Callable[..., Fetched]:
    """``fetch(url, ...)``: one request by a client that allows 127.0.0.1."""
    def one(url: str, *, feed: Feed | None = None, cap: int = 2**20, deadline: float = 10, environment: dict[str, str] | None = None,
            etag: str | None = None, modified: str | None = None, **settings: object) -> Fetched:
        given = Settings.model_validate({"data": tmp_path, "test_hosts": ("127.0.0.1",), **settings})

        async def go() -> Fetched:
            async with Fetcher(given, environment or {}, cap=cap, deadline=deadline) as fetcher:
                return await fetcher.fetch(feed or Feed(id="x", url=url), url, etag=etag, modified=modified, now=datetime.now(UTC))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as a poll does; asyncio's own loop is tested in test_http.py
            return runner.run(go())
    return one


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    """Monday noon."""
    return Clock()


@pytest.fixture
def run(sqlite_store: Store, tmp_path: Path, clock: Clock) -> Callable[..., PollReport]:
    """``run(feed, ...)``: one poll of these feeds on SQLite."""
    def go(*feeds: Feed, store: Store | None = None, force: bool = True, **more: object) -> PollReport:
        settings = Settings.model_validate({"data": tmp_path, "test_hosts": ("127.0.0.1",)} | more.pop("settings", {}))  # type: ignore[operator]
        return poll(store or sqlite_store, settings, Catalog({feed.id: feed for feed in feeds}), clock, once=True, force=force,
                    random=Random(1), environment={}, **more)  # type: ignore[arg-type]
    return go
