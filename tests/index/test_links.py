"""Links to Discover survive what mail programs and Kibana do to them."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import unquote, urlsplit

import prison
import pytest

from wirefeed.index.links import LONGEST, discover_link
from wirefeed.settings import Settings

SETTINGS = Settings(kibana_url="https://kibana.example.org/s/desk/")
SINCE, UNTIL = datetime(2026, 3, 1, 6, tzinfo=UTC), datetime(2026, 3, 1, 17, tzinfo=timezone(timedelta(hours=5)))
NDJSON = Path(__file__).parents[2] / "config" / "kibana" / "wirefeed.ndjson"


def parsed(link: str) -> dict[str, dict[str, object]]:
    """The state as Kibana reads it out of the fragment."""
    fragment = urlsplit(link).fragment
    assert fragment.startswith("/?")
    return {name: prison.loads(unquote(value)) for name, value in (part.split("=", 1) for part in fragment[2:].split("&"))}


@pytest.mark.parametrize("query", [
    'topic:border AND "перестрелка на границе"~5', "it's (very) 50% !odd, isn't it", "title:\"O‘zbekiston\" OR country:UZ", "", "a&b=c#d?e",
    "نیروهای مرزی", "back\\slash and \\: colon", "true", "!t", "123"])
def test_a_link_parsed_back_holds_query_times_and_data_view(query: str) -> None:
    link = discover_link(SETTINGS, query, SINCE, UNTIL)
    assert link is not None
    assert link.startswith("https://kibana.example.org/s/desk/app/discover#/?_g=")
    state = parsed(link)
    assert state["_g"] == {"time": {"from": "2026-03-01T06:00:00.000Z", "to": "2026-03-01T12:00:00.000Z"}}
    assert state["_a"]["query"] == {"language": "lucene", "query": query}
    assert state["_a"]["dataSource"] == {"dataViewId": "wirefeed-stories", "type": "dataView"}
    assert state["_a"]["sort"] == [["published", "desc"]]


def test_nothing_in_it_can_be_cut_off_by_a_mail_program() -> None:
    link = discover_link(SETTINGS, "(a 'quoted' !word) <b>", SINCE, UNTIL)
    assert link is not None
    assert not set(link.split("#", 1)[1]) & set("()'! <>\"")


def test_control_characters_become_blanks_that_rison_can_read_back() -> None:
    link = discover_link(SETTINGS, "one\ntwo\tthree\x00", SINCE, UNTIL)
    assert link is not None
    assert parsed(link)["_a"]["query"] == {"language": "lucene", "query": "one two three "}


def test_no_link_without_kibana_and_none_that_would_be_cut() -> None:
    assert discover_link(Settings(), "x", SINCE, UNTIL) is None
    assert discover_link(SETTINGS, "слово " * 200, SINCE, UNTIL) is None
    assert len(discover_link(SETTINGS, "слово", SINCE, UNTIL) or "") < LONGEST


@pytest.mark.parametrize("table", ["stories", "alerts", "feeds"])
def test_the_data_view_linked_to_is_one_that_is_shipped(table: str) -> None:
    link = discover_link(SETTINGS, "*", SINCE, UNTIL, table)
    assert link is not None
    linked = parsed(link)["_a"]["dataSource"]["dataViewId"]  # type: ignore[index]
    assert linked in {one["id"] for one in map(json.loads, NDJSON.read_text("utf-8").splitlines()) if one["type"] == "index-pattern"}
