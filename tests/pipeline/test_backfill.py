"""Reading the past by hand: named feeds, a span of days, all of it back-log; what was left out comes with the next ordinary poll."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo.wire import Wire
from sqlalchemy import select

from wirefeed import pipeline
from wirefeed.errors import InputRefused
from wirefeed.settings import Settings, from_environment, open_database
from wirefeed.store.tables import versions

DATES = {"January": "Mon, 05 Jan 2026 10:00:00 GMT", "midnight": "Sun, 01 Feb 2026 00:00:00 GMT", "February": "Thu, 05 Feb 2026 10:00:00 GMT",
         "last second": "Sat, 28 Feb 2026 23:59:59 GMT", "March": "Sun, 01 Mar 2026 00:00:00 GMT", "undated": ""}


def page(name: str) -> tuple[bytes, str]:
    """A feed with an item for each date."""
    items = "".join(f"<item><title>{title} of {name}</title><guid>{name}-{title}</guid>" + (f"<pubDate>{at}</pubDate>" if at else "") + "</item>"
                    for title, at in DATES.items())
    return f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>".encode(), "application/rss+xml"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Two feeds that nobody has polled yet."""
    site = tmp_path / "site"
    site.mkdir()
    with Wire(page) as wire:
        (site / "feeds.yaml").write_text("feeds:\n" + "".join(
            f"  - {{id: {name}, url: 'http://127.0.0.1:{wire.port}/{name}', full_text: false}}\n" for name in ("one", "two")))
        yield from_environment({"WIREFEED_DATA": str(tmp_path / "data"), "WIREFEED_CONFIG": str(site), "WIREFEED_SHIPPED_FEEDS": "false",
                                "WIREFEED_TEST_HOSTS": "127.0.0.1", "WIREFEED_MIN_FREE_GB": "0"})


def stored(settings: Settings) -> dict[str, bool]:
    """Title -> whether it is back-log."""
    store = open_database(settings)
    with store.begin() as db:
        found = {row.title: row.backlog for row in db.execute(select(versions.c.title, versions.c.backlog))}
    store.close()
    return found


def test_only_the_named_feeds_and_the_days_from_since_to_before_until_are_read_and_all_of_it_is_back_log(settings: Settings) -> None:
    report = pipeline.backfill(settings, since="2026-02-01", until="2026-03-01", feeds=["one"])
    assert (report["feeds"], report["errors"]) == (1, 0)
    assert stored(settings) == dict.fromkeys(("midnight of one", "February of one", "last second of one", "undated of one"), True)


def test_without_params_everything_is_read(settings: Settings) -> None:
    pipeline.backfill(settings)
    assert stored(settings) == dict.fromkeys((f"{title} of {name}" for title in DATES for name in ("one", "two")), True)


def test_what_a_backfill_left_out_comes_with_the_next_poll_although_the_feed_has_not_changed(settings: Settings) -> None:
    pipeline.backfill(settings, since="2026-03-01", feeds=["one"])
    assert set(stored(settings)) == {"March of one", "undated of one"}
    for shard in pipeline.due_shards(settings, force=True):
        pipeline.poll(settings, **shard)
    assert stored(settings) == dict.fromkeys((f"{title} of {name}" for title in DATES for name in ("one", "two")), True), "all of it the past"


@pytest.mark.parametrize(("params", "says"), [
    ({"feeds": ["one", "tow"]}, r"no feed has the id tow.*two"),
    ({"since": "1 March"}, r"since: '1 March' is no day"),
    ({"since": "2026-03-01", "until": "2026-03-01"}, "until must lie behind since"),
])
def test_params_that_could_read_nothing_are_refused(settings: Settings, params: dict[str, object], says: str) -> None:
    with pytest.raises(InputRefused, match=says):
        pipeline.backfill(settings, **params)  # type: ignore[arg-type]
    assert stored(settings) == {}
