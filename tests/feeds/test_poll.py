"""The poll shell end to end: a real server, real databases, every item in the books."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from feed_server import Answer, FeedServer, rss
from wirefeed.errors import Unreachable, WirefeedError
from wirefeed.feeds.catalog import Feed
from wirefeed.feeds.poll import PollReport
from wirefeed.feeds.state import FeedState
from wirefeed.model import SourceKind
from wirefeed.store import feeds as table
from wirefeed.store.books import balance
from wirefeed.store.database import Store
from wirefeed.store.stories import lease_pending
from wirefeed.store.tables import feeds as feeds_table

Run = Callable[..., PollReport]


def state_of(store: Store, feed_id: str) -> FeedState:
    with store.begin() as db:
        return table.states(db, [feed_id])[feed_id][0]


def next_of(store: Store, feed_id: str) -> datetime:
    with store.begin() as db:
        return table.states(db, [feed_id])[feed_id][1]


def pending(store: Store, now: datetime) -> list[tuple[str, bool]]:
    with store.begin() as db:
        return sorted((one.version.title, one.version.backlog) for one in lease_pending(db, "test", now, 1, 1000))


def test_the_first_poll_is_back_log_the_next_one_is_news(store: Store, run: Run, server: FeedServer, clock) -> None:  # type: ignore[no-untyped-def]
    feed = Feed(id="a", url=server.put("/a", rss(5), etag='"1"'))
    first = run(feed, store=store)
    assert (first.feeds, first.items, dict(first.outcomes), first.errors) == (1, 5, {"pending": 5}, ())
    assert {backlog for _, backlog in pending(store, clock())} == {True}
    clock.on(minutes=20)
    server.put("/a", rss(5, start=2), etag='"2"')
    second = run(feed, store=store)
    assert dict(second.outcomes) == {"unchanged": 3, "pending": 2}
    assert [backlog for title, backlog in pending(store, clock()) if "number 5" in title or "number 6" in title] == [False, False]
    with store.begin() as db:
        books = balance(db)
        seen = books.pop("seen")
    assert seen == sum(books.values()) == 10


def test_a_304_and_the_same_bytes_store_nothing(run: Run, server: FeedServer, sqlite_store: Store) -> None:
    a, b = Feed(id="a", url=server.put("/a", rss(3), etag='"1"')), Feed(id="b", url=server.put("/b", rss(3)))
    run(a, b)
    again = run(a, b)
    assert again.items == 0
    assert dict(again.answers) == {"not-modified": 1, "same-body": 1}
    assert state_of(sqlite_store, "a").same_run == 1


def test_what_is_not_due_is_left_alone_and_force_takes_it(run: Run, server: FeedServer, clock) -> None:  # type: ignore[no-untyped-def]
    feed = Feed(id="a", url=server.put("/a", rss(3)))
    assert run(feed, force=False).feeds == 1
    assert run(feed, force=False).feeds == 0
    assert run(feed, force=True).feeds == 1
    clock.on(hours=7)
    assert run(feed, force=False).feeds == 1


def test_a_feeds_failure_never_touches_the_others(run: Run, server: FeedServer, tmp_path: Path) -> None:
    feeds = [Feed(id="good", url=server.put("/good", rss(3))),
             Feed(id="html", url=server.put("/html", Answer(200, {"Content-Type": "text/html"}, b"<html><form><input type=password></form></html>"))),
             Feed(id="empty", url=server.put("/empty", b"")), Feed(id="lost", url=server.url("/lost")),
             Feed(id="slow", url=server.put("/cut", Answer(200, {"Content-Length": "500"}, rss(1)[:100], cut=100))),
             Feed(id="nameless", url="http://no-such-host.invalid/"), Feed(id="folder", url="folder:/nowhere", kind="folder")]
    report = run(*feeds)
    assert dict(report.outcomes) == {"pending": 3}
    reasons = dict(report.errors)
    assert set(reasons) == {feed.id for feed in feeds} - {"good"}
    assert "login page" in reasons["html"]
    assert "empty" in reasons["empty"]
    assert reasons["lost"] == "HTTP 404 Not Found"
    assert "name not found" in reasons["nameless"]
    assert "No such file" in reasons["folder"]


def test_a_parser_that_breaks_costs_one_feed(run: Run, server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import wirefeed.feeds.intake as module

    real = module.parse

    def broken(body: bytes, **more: object) -> object:
        if b"broken" in body:
            raise RecursionError("too deep")
        return real(body, **more)  # type: ignore[arg-type]
    monkeypatch.setattr(module, "parse", broken)
    report = run(Feed(id="a", url=server.put("/a", rss(2, title="broken"))), Feed(id="b", url=server.put("/b", rss(2))))
    assert dict(report.outcomes) == {"pending": 2}
    assert report.errors == (("a", "the parser failed: RecursionError: too deep"),)


def test_a_store_that_breaks_on_one_feed_keeps_the_others(run: Run, server: FeedServer, monkeypatch: pytest.MonkeyPatch, sqlite_store: Store) -> None:
    import wirefeed.feeds.intake as module

    real = module.save_intakes

    def broken(db: object, taken: list[object], now: datetime) -> None:
        real(db, taken, now)  # type: ignore[arg-type]
        if any(one.feed_id == "a" for one in taken):  # type: ignore[attr-defined]
            raise ValueError("after writing half")
    monkeypatch.setattr(module, "save_intakes", broken)
    report = run(Feed(id="a", url=server.put("/a", rss(2))), Feed(id="b", url=server.put("/b", rss(2))))
    assert dict(report.outcomes) == {"pending": 2}
    assert report.errors == (("a", "could not be stored: ValueError: after writing half"),)
    with sqlite_store.begin() as db:
        assert balance(db)["seen"] == 2, "the broken feed's half is rolled back"


def test_an_unreachable_database_is_said_plainly(run: Run, server: FeedServer, tmp_path: Path) -> None:
    from wirefeed.store.database import open_store

    with pytest.raises(Unreachable, match="database"):
        run(Feed(id="a", url=server.put("/a", rss(1))), store=open_store("postgresql://nobody@127.0.0.1:9/none"))


# --- gaps ------------------------------------------------------------------------------------------------------------
def test_two_windows_without_a_common_item_raise_one_gap(run: Run, server: FeedServer, clock, sqlite_store: Store) -> None:  # type: ignore[no-untyped-def]
    feed = Feed(id="a", url=server.put("/a", rss(10, when=clock() - timedelta(minutes=100))))
    run(feed)
    before = state_of(sqlite_store, "a").interval
    clock.on(hours=5)
    server.put("/a", rss(10, start=30, when=clock() - timedelta(minutes=400)))
    report = run(feed)
    assert [(event.kind, event.detail["new"]) for event in report.events] == [("gap", 10)]
    after = state_of(sqlite_store, "a")
    assert after.gaps == 1
    assert after.interval < before
    clock.on(minutes=5)
    server.put("/a", rss(10, start=32, when=clock() - timedelta(minutes=400)))
    assert run(feed).events == ()


def test_items_under_new_ids_are_back_log_and_no_gap(run: Run, server: FeedServer, clock, sqlite_store: Store) -> None:  # type: ignore[no-untyped-def]
    feed = Feed(id="a", url=server.put("/a", rss(8, when=clock() - timedelta(hours=3))))
    run(feed)
    pending(sqlite_store, clock())
    clock.on(minutes=30)
    server.put("/a", rss(8, when=clock() - timedelta(hours=3, minutes=30)).replace(b">item-", b">post-"))
    report = run(feed)
    assert [event.kind for event in report.events] == ["reidentified"]
    assert all(backlog for _, backlog in pending(sqlite_store, clock()))


# --- trouble ---------------------------------------------------------------------------------------------------------
def test_our_own_dead_network_counts_against_nobody(run: Run, server: FeedServer, clock, sqlite_store: Store) -> None:  # type: ignore[no-untyped-def]
    feeds = [Feed(id=f"f{n}", url=f"http://host{n}.invalid/rss") for n in range(6)]
    report = run(*feeds)
    assert report.network_down
    assert [event.kind for event in report.events] == ["network-down"]
    assert all(state_of(sqlite_store, feed.id).streak == 0 for feed in feeds)
    assert next_of(sqlite_store, "f0") - clock() <= timedelta(minutes=2)
    clock.on(minutes=3)
    good = [Feed(id=f"g{n}", url=server.put(f"/g{n}", rss(1)).replace("127.0.0.1", f"g{n}.localhost")) for n in range(3)]
    later = run(*feeds, *good)
    assert not later.network_down
    assert state_of(sqlite_store, "f0").streak == 1, "others answer: now it is theirs"


def test_retry_after_closes_the_host_for_all_its_feeds(run: Run, server: FeedServer, clock, sqlite_store: Store) -> None:  # type: ignore[no-untyped-def]
    server.put("/a", Answer(429, {"Retry-After": "900"}))
    server.put("/b", rss(2))
    a, b = (Feed(id=name, url=server.url(f"/{name}", "busy.localhost")) for name in "ab")
    run(a)
    report = run(a, b)
    assert dict(report.answers) == {"deferred": 2}
    assert report.errors == ()
    assert server.asked("/b") == []
    assert next_of(sqlite_store, "b") >= clock() + timedelta(seconds=900)
    assert state_of(sqlite_store, "b").streak == 0
    clock.on(seconds=1000)
    assert dict(run(b).outcomes) == {"pending": 2}


def test_a_host_that_says_too_many_is_not_asked_again_in_the_same_run(run: Run, server: FeedServer, clock, sqlite_store: Store) -> None:  # type: ignore[no-untyped-def]
    feeds = [Feed(id=f"f{n}", url=server.put(f"/{n}", Answer(429, {"Retry-After": "900"} if n % 2 else {}, delay=0.05))) for n in range(8)]
    report = run(*feeds, settings={"concurrency": 1})
    assert len(server.requests) == 1
    assert dict(report.answers) == {"failed": 1, "deferred": 7}
    assert len(report.errors) == 1
    waits = sorted(next_of(sqlite_store, feed.id) - clock() for feed in feeds)
    assert waits[1] >= timedelta(seconds=600), "ten minutes when nothing is said"
    clock.on(seconds=120)
    assert dict(run(*feeds).answers) == {"deferred": 8}, "test hosts are not spaced, but they are obeyed"


def test_a_hosts_requests_are_spaced_and_few_at_once(run: Run, server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import wirefeed.feeds.hosts as module

    monkeypatch.setattr(module.give_places, "__kwdefaults__", {**(module.give_places.__kwdefaults__ or {}), "spacing": 0.1})
    feeds = []
    for number in range(8):
        server.put(f"/{number}", Answer(200, {"Content-Type": "application/rss+xml"}, rss(1), delay=0.3))
        feeds.append(Feed(id=f"f{number}", url=server.url(f"/{number}", "one.localhost")))
    report = run(*feeds)
    assert dict(report.outcomes) == {"pending": 8}
    assert server.most_at_once <= 2


def test_410_is_asked_rarely_and_comes_back(run: Run, server: FeedServer, clock, sqlite_store: Store) -> None:  # type: ignore[no-untyped-def]
    feed = Feed(id="a", url=server.put("/a", Answer(410)))
    report = run(feed)
    assert [event.kind for event in report.events] == ["gone"]
    assert next_of(sqlite_store, "a") - clock() > timedelta(hours=20)
    server.put("/a", rss(2))
    clock.on(days=2)
    assert [event.kind for event in run(feed, force=False).events] == ["recovered"]
    assert state_of(sqlite_store, "a").condition == "ok"


def test_a_permanent_redirect_is_learned_after_repeated_agreement_and_unlearned_on_failure(
        run: Run, server: FeedServer, clock, sqlite_store: Store) -> None:  # type: ignore[no-untyped-def]
    server.put("/new", rss(2))
    feed = Feed(id="a", url=server.put("/old", Answer(301, {"Location": "/new"})))
    for _ in range(3):
        run(feed)
        assert state_of(sqlite_store, "a").moved_to is None
        clock.on(hours=11)
    clock.on(hours=11)
    assert [event.kind for event in run(feed).events] == ["moved"]
    asked = len(server.asked("/old"))
    run(feed)
    assert len(server.asked("/old")) == asked, "the learned address is asked"
    server.put("/new", Answer(404))
    kinds = [event.kind for _ in range(3) for event in run(feed).events]
    assert "moved-back" in kinds
    assert state_of(sqlite_store, "a").moved_to is None


def test_a_lying_validator_is_found_out(run: Run, server: FeedServer, clock, sqlite_store: Store) -> None:  # type: ignore[no-untyped-def]
    feed = Feed(id="a", url=server.put("/a", rss(2), etag='"stuck"'))
    run(feed)
    server.put("/a", rss(2, start=1), etag='"stuck"')  # new item, same ETag: 304 for ever
    found = 0
    for _ in range(70):
        clock.on(hours=3)
        found += run(feed).outcomes.get("pending", 0)
    assert found == 1


# --- kinds -----------------------------------------------------------------------------------------------------------
def test_a_drop_folder_is_read_once_and_a_half_written_file_waits(run: Run, clock, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import os

    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "one.xml").write_bytes(rss(2))
    (drop / "bad.xml").write_bytes(b"\x00\x01\x02 nothing")
    (drop / ".hidden.xml").write_bytes(rss(1))
    (drop / "three.xml.part").write_bytes(rss(1))
    feed = Feed(id="wire", url="folder:drop", kind="folder")
    clock.now = datetime.now(UTC) + timedelta(seconds=5)
    first = run(feed)
    assert dict(first.outcomes) == {"pending": 2, "rejected": 1}
    assert run(feed).items == 0
    os.rename(drop / "three.xml.part", drop / "three.xml")
    (drop / "three.xml").write_bytes(rss(1, start=9))
    clock.now = datetime.now(UTC)
    assert run(feed).items == 0, "younger than two seconds"
    clock.now = datetime.now(UTC) + timedelta(seconds=10)
    assert dict(run(feed).outcomes) == {"pending": 1}


def test_a_page_is_polled_like_a_feed(run: Run, server: FeedServer) -> None:
    page = "<html><body>" + "".join(
        f"<article><h2><a href='/n/{n}'>Border guards report number {n} of the week</a></h2></article>" for n in range(4)) + "</body></html>"
    url = server.put("/list", Answer(200, {"Content-Type": "text/html"}, page.encode()))
    report = run(Feed.model_validate({"id": "p", "url": url, "kind": "page", "selectors": {"item": "article", "title": "h2", "link": "a"}}))
    assert dict(report.outcomes) == {"pending": 4}, report


def test_the_newest_parts_of_a_sitemap_index_are_read(run: Run, server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import wirefeed.feeds.requests as module

    monkeypatch.setattr(module, "PART_SPACING", 0)
    ns = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"

    def part(n: int) -> bytes:
        return (f"<urlset {ns}><url><loc>http://p.example/{n}</loc><news:news><news:publication><news:name>P</news:name></news:publication>"
                f"<news:publication_date>2026-03-0{n}T10:00:00Z</news:publication_date><news:title>Story {n} from the border</news:title>"
                "</news:news></url></urlset>").encode()
    parts = [server.put(f"/map-2026-0{n}.xml", part(n)) for n in (1, 2, 3)]
    index = "".join(f"<sitemap><loc>{loc}</loc></sitemap>" for loc in parts)
    report = run(Feed(id="s", url=server.put("/index.xml", f"<sitemapindex {ns}>{index}</sitemapindex>".encode())))
    assert dict(report.outcomes) == {"pending": 2}, report
    assert [r.path for r in server.requests] == ["/index.xml", "/map-2026-03.xml", "/map-2026-02.xml"]


# --- many workers ----------------------------------------------------------------------------------------------------
def test_four_workers_share_the_feeds_and_fetch_each_once(store: Store, run: Run, server: FeedServer) -> None:
    feeds = [Feed(id=f"f{n}", url=server.put(f"/f{n}", rss(2, title=f"Feed {n}")).replace("127.0.0.1", f"h{n}.localhost")) for n in range(24)]
    reports: list[PollReport] = []
    run(store=store)  # no feeds: the tables are there
    with store.begin() as db:
        table.sync(db, {feed.id: feed.host for feed in feeds}, datetime(2026, 3, 2, 12, tzinfo=UTC))
    workers = [threading.Thread(target=lambda: reports.append(run(*feeds, store=store, force=False))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(report.feeds for report in reports) == 24
    assert len(server.requests) == 24
    assert sum(report.outcomes.get("pending", 0) for report in reports) == 48


def test_shards_divide_the_hosts_without_a_rest(run: Run, server: FeedServer) -> None:
    feeds = [Feed(id=f"f{n}", url=server.put(f"/f{n}", rss(1)).replace("127.0.0.1", f"h{n % 7}.localhost")) for n in range(14)]
    total = sum(run(*feeds, force=False, shard=shard, shards=4).feeds for shard in range(4))
    assert total == 14


def test_a_killed_workers_feeds_return_after_the_lease(store: Store, run: Run, server: FeedServer, clock) -> None:  # type: ignore[no-untyped-def]
    feed = Feed(id="a", url=server.put("/a", rss(1)), source_kind=SourceKind.AGENCY)
    with store.begin() as db:
        table.sync(db, {"a": feed.host}, clock())
        assert [one.id for one in table.lease(db, "dead worker", clock(), 900, 10)] == ["a"]
    assert run(feed, store=store).feeds == 0
    clock.on(seconds=901)
    assert run(feed, store=store).feeds == 1


def test_processes_share_a_run_and_add_up(server: FeedServer, tmp_path: Path) -> None:
    from wirefeed.feeds.catalog import Catalog
    from wirefeed.feeds.workers import fitting, poll_in_processes
    from wirefeed.settings import Settings, open_database

    settings = Settings(data=tmp_path, test_hosts=("127.0.0.1",))
    store = open_database(settings)
    catalog = Catalog({f"f{n}": Feed(id=f"f{n}", url=server.put(f"/f{n}", rss(3, title=f"Feed {n}"))) for n in range(20)})
    assert fitting(store, settings, catalog, force=True) == 1, "twenty feeds are not worth a second process"
    report = poll_in_processes(store, settings, catalog, 2)
    assert (report.feeds, dict(report.outcomes), report.errors) == (20, {"pending": 60}, ())
    assert len(server.requests) == 20
    with store.begin() as db:
        shards = {row.shard % 2 for row in db.execute(select(feeds_table.c.shard))}
        assert shards == {0, 1}, "feeds of a test host are spread, for nobody has to be spared there"
        books = balance(db)
        assert books.pop("seen") == sum(books.values()) == 60
    elsewhere = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:9/none"})
    with pytest.raises(WirefeedError, match="database"):
        poll_in_processes(store, elsewhere, catalog, 2)


def test_no_statement_of_a_poll_reads_a_whole_archive_table(run: Run, server: FeedServer, sqlite_store: Store, clock) -> None:  # type: ignore[no-untyped-def]
    """The duration of a poll must not grow with the archive: SQLite's own plan of each statement is asked."""
    said: dict[str, object] = {}

    def before(_connection: object, _cursor: object, statement: str, parameters: object, _context: object, many: bool) -> None:
        said.setdefault(statement, parameters[0] if many else parameters)  # type: ignore[index]
    feeds = [Feed(id=f"f{n}", url=server.put(f"/{n}", rss(20, title=f"Feed {n}"))) for n in range(3)]
    run(*feeds)
    clock.on(hours=30)
    for n in range(3):
        server.put(f"/{n}", rss(20, start=2, title=f"Feed {n}").replace(b"trucks", b"cars"))
    event.listen(sqlite_store.engine, "before_cursor_execute", before)
    assert dict(run(*feeds).outcomes) == {"update": 54, "pending": 6}
    event.remove(sqlite_store.engine, "before_cursor_execute", before)
    archive = ("items", "versions", "stories", "outcomes")
    with sqlite_store.begin() as db:
        for statement, parameters in said.items():
            if statement.startswith(("SELECT", "UPDATE", "INSERT")):
                plan = [row[3] for row in db.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)]  # type: ignore[arg-type]
                assert not [step for step in plan if step.startswith(tuple(f"SCAN {table}" for table in archive))], (statement, plan)
    assert any("FROM items" in statement for statement in said)
