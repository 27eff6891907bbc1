"""`wirefeed feeds ...` and `wirefeed poll` as a user runs them: a process, JSON alone on stdout, the exit codes of design.md."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from feed_server import Answer, FeedServer, rss

PACKAGE = Path(__file__).parents[2] / "plugins"


def wirefeed(folder: Path, *arguments: str) -> tuple[int, Any, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WIREFEED_")} | {
        "WIREFEED_TEST_HOSTS": "127.0.0.1", "WIREFEED_SHIPPED_FEEDS": "false", "WIREFEED_DATA": str(folder / "var"),
        "WIREFEED_CONFIG": str(folder / "local"), "PYTHONPATH": str(PACKAGE)}
    done = subprocess.run([sys.executable, "-c", "from wirefeed.cli import main; main()", *arguments], env=environment, cwd=folder,
                          capture_output=True, text=True, timeout=60)
    try:
        return done.returncode, json.loads(done.stdout), done.stderr
    except ValueError:
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def home(server: FeedServer) -> str:
    """A home page that declares its feed, a comments feed first."""
    server.put("/news/feed.xml", rss(6, title="Steppe"), etag='"1"')
    server.put("/comments/feed", rss(1))
    page = ("<html><head><link rel='alternate' type='application/rss+xml' href='/comments/feed' title='comments'>"
            "<link type=\"application/rss+xml\" href=\"/news/feed.xml\" rel=\"alternate\"></head><body>Steppe</body></html>")
    return server.put("/", Answer(200, {"Content-Type": "text/html"}, page.encode()))


def test_check_finds_the_feed_behind_a_home_page(home: str, tmp_path: Path) -> None:
    code, found, _ = wirefeed(tmp_path, "feeds", "check", home, "--json")
    assert code == 0
    assert found["feed"].endswith("/news/feed.xml")
    assert (found["format"], found["items"], found["title"]) == ("rss", 6, "Steppe")
    assert found["validators"] == ["ETag"]
    assert found["interval_minutes"] > 0
    assert found["candidates"][0].endswith("/comments/feed")
    assert found["sample"][0]["title"].startswith("Item number 5")


def test_check_says_what_is_wrong(server: FeedServer, tmp_path: Path) -> None:
    url = server.put("/old", Answer(301, {"Location": "/a"}))
    server.put("/a", rss(2).replace(b"Sun, 01 Mar 2026 00:00:00 +0000", b"no idea"))
    _, found, _ = wirefeed(tmp_path, "feeds", "check", url, "--json")
    said = " | ".join(found["problems"])
    assert "permanently moved" in said
    assert "no ETag" in said
    assert "1 of 2 items have no readable date" in said


def test_check_of_nothing_is_refused_with_the_reason(server: FeedServer, tmp_path: Path) -> None:
    code, answer, _ = wirefeed(tmp_path, "feeds", "check", server.url("/none"), "--json")
    assert code == 1
    assert "404" in answer["error"]
    code, answer, _ = wirefeed(tmp_path, "feeds", "check", "http://10.1.2.3/", "--json")
    assert code == 1
    assert "private address" in answer["error"]


def test_add_poll_list_export_import(home: str, server: FeedServer, tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    code, added, error = wirefeed(tmp_path, "feeds", "add", home, "--id", "steppe", "--country", "kz", "--json")
    assert (code, added["added"]["url"]) == (0, server.url("/news/feed.xml")), error
    assert wirefeed(tmp_path, "feeds", "add", home, "--json")[0] == 1, "twice is refused"
    code, report, _ = wirefeed(tmp_path, "poll", "--once", "--json")
    assert (code, report["feeds"], report["outcomes"]) == (0, 1, {"pending": 6})
    assert wirefeed(tmp_path, "poll", "--once", "--json")[1]["feeds"] == 0, "not due"
    _, listed, _ = wirefeed(tmp_path, "feeds", "list", "--json")
    assert [(row["id"], row["country"], row["condition"]) for row in listed["feeds"]] == [("steppe", "KZ", "ok")]
    code, _, _ = wirefeed(tmp_path, "feeds", "export", str(tmp_path / "list.opml"))
    assert code == 0
    other = tmp_path / "other"
    (other / "local").mkdir(parents=True)
    code, got, error = wirefeed(other, "feeds", "import", str(tmp_path / "list.opml"), "--json")
    assert (code, len(got["added"]), got["already_there"]) == (0, 1, 0), error
    assert wirefeed(other, "feeds", "import", str(tmp_path / "list.opml"), "--json")[1] == {"added": [], "already_there": 1}


def test_status_tells_of_a_gap_a_failure_and_the_books_in_words(server: FeedServer, tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "feeds.yaml").write_text(
        "feeds:\n" + "".join(f"  - {{id: {name}, url: '{server.put('/' + name, rss(6))}'}}\n" for name in ("lossy", "lost")))
    assert wirefeed(tmp_path, "poll", "--once")[0] == 0
    server.put("/lossy", rss(6, start=50))
    server.put("/lost", Answer(410))
    code, said, _ = wirefeed(tmp_path, "poll", "--once", "--force", "--workers", "2")
    assert code == 0
    assert "lossy: possible loss: none of the last items was left in the document (6 of its 6 items are new)" in said
    code, status, _ = wirefeed(tmp_path, "status")
    assert "18 of 18 seen" in " ".join(status.split())
    assert "possible loss (1 so far)" in " ".join(status.split())
    assert "gone for good" in status
    _, answer, _ = wirefeed(tmp_path, "status", "--json")
    health = {row["feed"]: row for row in answer["feed_health"]}
    assert (health["lossy"]["gaps"], health["lost"]["condition"], health["lost"]["failures"]) == (1, "gone", 1)
    assert {event["kind"] for event in answer["events"]} == {"gap", "gone"}


def test_wrong_usage_leaves_with_2(tmp_path: Path) -> None:
    assert wirefeed(tmp_path, "poll", "--shard", "4/4")[0] == 2
    assert wirefeed(tmp_path, "feeds", "import", "nowhere.opml", "--json")[0] == 1
