"""Feeds per second of one poll cycle: ours and the `reader` library's, on the same local server in the same run.

    python bench/poll.py [--feeds 10000] [--hosts one] [--archive 1000000] [--without-reader] [--profile]

80 % of the feeds answer 304, the rest are 30 items of which 2 are new since the cycle before. By default each feed lives on a host of its own
(f12.localhost), as nearly all feeds do, so that politeness is in force but holds nobody up and each feed costs a connection; with ``--hosts one`` all
live on 127.0.0.1, where both may keep their connections. The measured cycle is the second one; the first fills the databases. With ``--archive`` a
third cycle of ours runs over an archive grown by so many items, to show that its size does not matter.

Ours is what `wirefeed poll --once --force` runs, with as many processes as it takes by itself (``--workers``). reader is `update_feeds_iter` with 20 of its own
worker threads (``--reader-workers``), its storage on disk as by default, every feed due. The server answers from memory and is the same for both.
"""

import argparse
import asyncio
import cProfile
import multiprocessing
import os
import resource
import socket
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvloop

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


def serve(pipe: Connection, feeds: int) -> None:
    """The server, in a process of its own: /feed/N; the cycle is set through the pipe. All answers are made before a cycle begins."""
    answers: dict[int, tuple[bytes, bytes]] = {}  # feed -> (ETag, whole answer)
    not_modified: dict[int, bytes] = {}

    def prepare(cycle: int) -> None:
        for number in range(feeds):
            moving = number % 100 >= SAME_SHARE * 100
            if cycle and not moving:
                continue
            tag, body = b'"%d-%d"' % (number, cycle), document(number, cycle)
            head = b"ETag: %s\r\nContent-Type: application/rss+xml\r\n" % tag
            answers[number] = tag, b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (head, len(body), body)
            not_modified[number] = b"HTTP/1.1 304 Not Modified\r\n%s\r\n" % head

    class Feeds(asyncio.Protocol):
        """Reads whole requests only: our clients send them in one piece."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport
            self.rest = b""

        def data_received(self, data: bytes) -> None:
            self.rest += data
            while b"\r\n\r\n" in self.rest:
                head, _, self.rest = self.rest.partition(b"\r\n\r\n")
                number = int(head[10:head.index(b" ", 10)])  # GET /feed/N
                tag, answer = answers[number]
                self.transport.write(not_modified[number] if tag in head else answer)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Feeds, "127.0.0.1", 0, backlog=2048)
        pipe.send(server.sockets[0].getsockname()[1])
        while (word := await asyncio.to_thread(pipe.recv)) is not None:
            prepare(word)
            pipe.send("ok")
        server.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


def address(port: int, number: int, hosts: str) -> str:
    """Where a feed lives."""
    return f"http://{f'f{number}.localhost' if hosts == 'each' else '127.0.0.1'}:{port}/feed/{number}"


def spent() -> float:
    """CPU seconds of this process and of those it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def memory(processes: int) -> float:
    """MB at the highest, this process and (processes - 1) times the largest of the others."""
    own, others = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own + (processes - 1) * others


def ours(port: int, feeds: int, folder: str, go: Connection, hosts: str, workers: int, archive: int, profile: bool) -> None:
    """In a process of its own, so that memory is ours alone: cycles as told, answers (seconds, feeds, CPU seconds, MB)."""
    from wirefeed.feeds.catalog import Catalog, Feed
    from wirefeed.feeds.workers import fitting, poll_in_processes
    from wirefeed.settings import Settings, open_database

    settings = Settings(data=Path(folder), test_hosts=("127.0.0.1",))
    store = open_database(settings)
    catalog = Catalog({f"f{n}": Feed(id=f"f{n}", url=address(port, n, hosts)) for n in range(feeds)})
    chosen = workers or fitting(store, settings, catalog, force=True)
    while (word := go.recv()) is not None:
        if word == "archive":
            _grow(store, archive)
            go.send(None)
            continue
        before, began = spent(), time.perf_counter()
        profiler = cProfile.Profile()
        if profile and word == 1:
            profiler.enable()
        report = poll_in_processes(store, settings, catalog, chosen, force=True)
        took = time.perf_counter() - began
        if profile and word == 1:
            profiler.disable()
            profiler.dump_stats("/tmp/wirefeed-poll.prof")
        assert not report.errors, report.errors[:3]
        new = ITEMS * feeds if word == 0 else sum(NEW for n in range(feeds) if n % 100 >= SAME_SHARE * 100)
        assert report.outcomes["pending"] == new, report.outcomes
        go.send((took, report.feeds, spent() - before, memory(chosen), chosen))


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


def readers(port: int, feeds: int, folder: str, go: Connection, hosts: str, workers: int) -> None:
    """The same for reader, with its own worker threads."""
    import feedparser_sgmllib  # feedparser's own copy of the module that reader's vendored feedparser misses on today's Python

    sys.modules.setdefault("sgmllib", feedparser_sgmllib)
    from reader import make_reader

    real = socket.getaddrinfo  # the C library knows no *.localhost: spare reader a name server

    def known(host: Any, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more)
    socket.getaddrinfo = known
    reader = make_reader(f"{folder}/reader.sqlite")
    for number in range(feeds):
        reader.add_feed(address(port, number, hosts))
    while (word := go.recv()) is not None:
        before, began = spent(), time.perf_counter()
        done = new = 0
        for result in reader.update_feeds_iter(workers=workers, scheduled=False):
            done += 1
            new += getattr(result.value, "new", 0) or 0
        took = time.perf_counter() - began
        wanted = ITEMS * feeds if word == 0 else sum(NEW for n in range(feeds) if n % 100 >= SAME_SHARE * 100)
        assert new == wanted, (new, wanted)
        go.send((took, done, spent() - before, memory(1), 1))


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--hosts", choices=("each", "one"), default="each")
    parser.add_argument("--workers", type=int, default=0, help="our processes; default: what `wirefeed poll` takes")
    parser.add_argument("--archive", type=int, default=50_000)
    parser.add_argument("--reader-workers", type=int, default=20)
    parser.add_argument("--without-reader", action="store_true")
    parser.add_argument("--profile", action="store_true", help="write /tmp/wirefeed-poll.prof of the measured cycle (with --workers 1)")
    chosen = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    server = spawn.Process(target=serve, args=(there, chosen.feeds), daemon=True)
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

    # Feeds per CPU second stand beside the wall clock because other work on the machine slows the two contenders unevenly.
    print(f"{'':58}{'feeds':>7}{'s':>8}{'feeds/s':>9}{'cpu s':>7}{'MB':>6}", flush=True)
    speeds: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        contenders: list[tuple[str, Any, tuple[Any, ...]]] = [("wirefeed", ours, (chosen.workers, chosen.archive, chosen.profile))]
        if not chosen.without_reader:
            contenders.append(("reader", readers, (chosen.reader_workers,)))
        for name, target, more in contenders:
            mine, its = spawn.Pipe()
            process = spawn.Process(target=target, args=(port, chosen.feeds, folder, its, chosen.hosts, *more))
            process.start()
            steps = [("first cycle, all new", 0), ("80 % 304, 2 new items in the others", 1)]
            if target is ours and chosen.archive:
                steps.append((f"the same, archive + {chosen.archive} items", 2))
            for label, number in steps:
                if number == 2:
                    mine.send("archive")
                    answer(mine, process)
                cycle(number)
                mine.send(number)
                seconds, done, cpu, size, processes = answer(mine, process)
                if number == 1:
                    speeds[name] = done / seconds, done / cpu
                how = f"{processes} processes" if target is ours else f"{chosen.reader_workers} threads"
                print(f"{f'{name} ({how}): {label}':58}{done:>7}{seconds:>8.1f}{done / seconds:>9.0f}{cpu:>7.1f}{size:>6.0f}", flush=True)
            mine.send(None)
            process.join(10)
    here.send(None)
    server.join(5)
    if "reader" in speeds:
        (us, us_cpu), (it, it_cpu) = speeds["wirefeed"], speeds["reader"]
        print(f"wirefeed takes {us / it:.1f} times reader's feeds per second, {us_cpu / it_cpu:.1f} times its feeds per CPU second")


if __name__ == "__main__":
    main()
