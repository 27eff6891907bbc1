"""Feeds per second of one poll cycle: ours and the `reader` library's, on the same local server in the same run.

    python bench/poll.py [--feeds 10000] [--without-reader] [--profile]

80 % of the feeds answer 304, the rest are 30 items of which 2 are new since the cycle before. Each feed lives on a host of its own
(f12.localhost), so politeness is in force but holds nobody up. The measured cycle is the second one; the first fills both databases.
A third cycle of ours over an archive grown by ``--archive`` items shows that its size does not matter.
"""

import argparse
import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "plugins"))
ITEMS, NEW, SAME_SHARE = 30, 2, 0.8


def document(number: int, cycle: int) -> bytes:
    """Feed ``number`` as it stands in ``cycle``: two items further each time."""
    first = cycle * NEW
    items = "".join(
        f"<item><title>Feed {number} reports number {n}: patrol at the border crossing</title><link>http://p{number}.example/{n}</link>"
        f"<guid>http://p{number}.example/{n}</guid><pubDate>Mon, 02 Mar 2026 {n // 60 % 24:02}:{n % 60:02}:00 +0500</pubDate>"
        f"<description>Officers of post {n} said that lorries queue at the crossing; talks of the two sides about the line {number} go on "
        f"this week in the regional centre, the service told reporters on its page.</description></item>"
        for n in range(first + ITEMS - 1, first - 1, -1))
    return (f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Feed {number}</title><link>http://p{number}.example/</link>"
            f"<description>Bench</description>{items}</channel></rss>").encode()


def serve(pipe: Connection) -> None:
    """The server, in a process of its own: /feed/N; the cycle is set through the pipe."""
    cycle = 0

    class Feeds(asyncio.Protocol):
        """Reads whole requests only: our clients send them in one piece."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport
            self.rest = b""

        def data_received(self, data: bytes) -> None:
            self.rest += data
            while b"\r\n\r\n" in self.rest:
                head, _, self.rest = self.rest.partition(b"\r\n\r\n")
                number = int(head.split(b" ", 2)[1].rsplit(b"/", 1)[1])
                moving = number % 100 >= SAME_SHARE * 100
                tag = b'"%d-%d"' % (number, cycle if moving else 0)
                same = b"if-none-match: " + tag in head.replace(b"If-None-Match", b"if-none-match")
                body = b"" if same else document(number, cycle if moving else 0)
                self.transport.write(b"HTTP/1.1 %s\r\nETag: %s\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n" % (
                    b"304 Not Modified" if same else b"200 OK", tag, len(body)) + body)

    async def main() -> None:
        nonlocal cycle
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Feeds, "127.0.0.1", 0, backlog=2048)
        pipe.send(server.sockets[0].getsockname()[1])
        while (word := await asyncio.to_thread(pipe.recv)) is not None:
            cycle = word
            pipe.send("ok")
        server.close()

    asyncio.run(main())


def ours(port: int, feeds: int, folder: str, go: Connection, archive: int, profile: bool) -> None:
    """In a process of its own, so that memory is ours alone: cycles as told, answers (seconds, feeds, CPU seconds, MB)."""
    from wirefeed.feeds.catalog import Catalog, Feed
    from wirefeed.feeds.poll import poll
    from wirefeed.settings import Settings
    from wirefeed.store.database import open_store

    store = open_store(f"sqlite:///{folder}/wirefeed.sqlite")
    store.migrate()
    settings = Settings(data=Path(folder), test_hosts=("127.0.0.1",), poll_limit=10**6)
    catalog = Catalog({f"f{n}": Feed(id=f"f{n}", url=f"http://f{n}.localhost:{port}/feed/{n}") for n in range(feeds)})
    now = datetime.now(UTC)
    while (word := go.recv()) is not None:
        if word == "archive":
            _grow(store, archive)
            go.send(None)
            continue
        now += timedelta(hours=7)
        begun, spent = time.perf_counter(), time.process_time()
        started, skip = now, time.monotonic()
        clock = lambda started=started, skip=skip: started + timedelta(seconds=time.monotonic() - skip)  # noqa: E731
        if profile and word == 1:
            import cProfile

            with cProfile.Profile() as profiler:
                report = poll(store, settings, catalog, clock, once=True, longest=3600)
            profiler.dump_stats("/tmp/wirefeed-poll.prof")
        else:
            report = poll(store, settings, catalog, clock, once=True, longest=3600)
        assert not report.errors, report.errors[:3]
        go.send((time.perf_counter() - begun, report.feeds, time.process_time() - spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def _grow(store: object, count: int) -> None:
    from sqlalchemy import insert

    from wirefeed.store.tables import items, stories, versions

    at = datetime.now(UTC) - timedelta(days=90)
    when = {"utc": None, "raw": None, "source": None, "zone_known": False, "flags": []}
    for start in range(0, count, 5000):
        part = range(start, min(start + 5000, count))
        with store.begin() as db:  # type: ignore[attr-defined]
            db.execute(insert(stories), [{
                "id": f"old{n}", "feed_id": f"f{n % 1000}", "first_seen_at": at, "version": 1, "title": f"Old story {n}"} for n in part])
            db.execute(insert(versions), [{
                "story_id": f"old{n}", "number": 1, "feed_id": f"f{n % 1000}", "seen_at": at, "change": "first", "title": "Old",
                "text": "word " * 80, "published": when, "updated": when, "content_hash": str(n), "processed_at": at} for n in part])
            db.execute(insert(items), [{
                "feed_id": f"f{n % 1000}", "item_id": f"old{n}", "story_id": f"old{n}", "outcome": "irrelevant", "content_hash": str(n),
                "first_seen_at": at, "last_seen_at": at} for n in part])


def readers(port: int, feeds: int, folder: str, go: Connection, workers: int) -> None:
    """The same for reader, with its own worker threads."""
    import feedparser_sgmllib  # feedparser's own copy of the module that reader's vendored feedparser misses on today's Python

    sys.modules.setdefault("sgmllib", feedparser_sgmllib)
    from reader import make_reader

    reader = make_reader(f"{folder}/reader.sqlite")
    for number in range(feeds):
        reader.add_feed(f"http://127.0.0.1:{port}/feed/{number}")
    while go.recv() is not None:
        begun, spent = time.perf_counter(), time.process_time()
        done = sum(1 for _ in reader.update_feeds_iter(workers=workers, scheduled=False))
        go.send((time.perf_counter() - begun, done, time.process_time() - spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--archive", type=int, default=50_000)
    parser.add_argument("--reader-workers", type=int, default=20)
    parser.add_argument("--without-reader", action="store_true")
    parser.add_argument("--profile", action="store_true", help="write /tmp/wirefeed-poll.prof of the measured cycle")
    chosen = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    server = spawn.Process(target=serve, args=(there,), daemon=True)
    server.start()
    port = here.recv()

    def cycle(number: int) -> None:
        here.send(number)
        here.recv()

    def answer(pipe: Connection, process: Any) -> Any:
        while not pipe.poll(1):
            if not process.is_alive():
                sys.exit("a contender died: see above")
        return pipe.recv()

    rows: list[tuple[str, float, float, int, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        contenders = [("wirefeed", ours, (chosen.archive, chosen.profile))]
        if not chosen.without_reader:
            contenders.append((f"reader ({chosen.reader_workers} workers)", readers, (chosen.reader_workers,)))  # type: ignore[arg-type]
        for name, target, more in contenders:
            mine, its = spawn.Pipe()
            process = spawn.Process(target=target, args=(port, chosen.feeds, folder, its, *more), daemon=True)
            process.start()
            for number, label in ((0, f"{name}: first, all new"), (1, f"{name}: 80 % 304, 2 new items in the others")):
                cycle(number)
                mine.send(number)
                seconds, done, spent, memory = answer(mine, process)
                rows.append((label, seconds, spent, done, memory))
            if target is ours and chosen.archive:
                mine.send("archive")
                answer(mine, process)
                cycle(2)
                mine.send(2)
                seconds, done, spent, memory = answer(mine, process)
                rows.append((f"{name}: the same, archive + {chosen.archive}", seconds, spent, done, memory))
            mine.send(None)
            process.join(10)
    here.send(None)
    server.join(5)
    base = next(((done / seconds, done / spent) for label, seconds, spent, done, _ in rows if label.startswith("reader") and "304" in label), None)
    # Feeds per CPU second stand beside the wall clock because other work on the machine slows the two contenders unevenly.
    print(f"{'':58}{'feeds':>7}{'s':>8}{'feeds/s':>9}{'cpu s':>7}{'MB':>6}{'x reader':>10}{'by cpu':>8}")
    for label, seconds, spent, done, memory in rows:
        ratio = f"{done / seconds / base[0]:>10.1f}{done / spent / base[1]:>8.1f}" if base and "first" not in label else ""
        print(f"{label:58}{done:>7}{seconds:>8.1f}{done / seconds:>9.0f}{spent:>7.1f}{memory:>6.0f}{ratio}")


if __name__ == "__main__":
    main()
