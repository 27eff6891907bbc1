"""Pages behind teasers, read from a real server."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from feed_server import Answer, FeedServer
from wirefeed.feeds.catalog import Feed
from wirefeed.settings import Settings
from wirefeed.store.database import open_store
from wirefeed.stories.download import Page, Wanted, read_pages, wants_page

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TITLE = "Border guards open a second crossing at Guliston"
TEASER = "Tajik and Kyrgyz border guards opened a second crossing near Guliston on Monday."
BODY = " ".join(f"Paragraph {n}: the guards checked lorries, buses and people with herds who wait for the crossing near Guliston to open." for n in range(12))
ARTICLE = f"<html><head><title>{TITLE}</title></head><body><nav>Home News</nav><article><h1>{TITLE}</h1><p>{TEASER}</p><p>{BODY}</p></article></body></html>"


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as started:
        yield started


@pytest.fixture
def read(server: FeedServer, tmp_path: Path) -> Callable[..., Page]:
    def go(page: Answer | None, robots: Answer | None = None, **feed: object) -> Page:
        if page:
            server.put("/story", page)
        if robots:
            server.put("/robots.txt", robots)
        store = open_store(f"sqlite:///{tmp_path}/d.sqlite")
        store.migrate()
        url = server.url("/story")
        wanted = Wanted("s", Feed.model_validate({"id": "f", "url": url, **feed}), url, TITLE, TEASER)
        settings = Settings.model_validate({"data": tmp_path, "test_hosts": ("127.0.0.1",)})
        found = asyncio.run(read_pages(store, settings, {}, [wanted], NOW, Random(1), longest=20))
        store.close()
        return found["s"]
    return go


def _html(text: str) -> Answer:
    return Answer(200, {"Content-Type": "text/html; charset=utf-8"}, text.encode())


def test_a_teaser_becomes_the_article(read: Callable[..., Page]) -> None:
    page = read(_html(ARTICLE))
    assert page.article is not None
    assert "Paragraph 11" in page.article.text
    assert "Home News" not in page.article.text


def test_robots_txt_is_obeyed(read: Callable[..., Page], server: FeedServer) -> None:
    page = read(_html(ARTICLE), _html("User-agent: *\nDisallow: /story\n"))
    assert page.teaser_only == "robots"
    assert [request.path for request in server.requests] == ["/robots.txt"]


def test_a_rule_for_our_own_name_counts(read: Callable[..., Page]) -> None:
    assert read(_html(ARTICLE), _html("User-agent: wirefeed\nDisallow: /\n\nUser-agent: *\nAllow: /\n")).teaser_only == "robots"


def test_unreachable_robots_forbid(read: Callable[..., Page]) -> None:
    assert read(_html(ARTICLE), Answer(503)).teaser_only == "robots"


def test_a_paywall_leaves_the_teaser(read: Callable[..., Page]) -> None:
    wall = f'<html><body><article><h1>{TITLE}</h1><p>{TEASER}</p><div class="paywall">Subscribe to continue reading</div></article></body></html>'
    assert read(_html(wall)).teaser_only == "paywall"


def test_a_challenge_leaves_the_teaser(read: Callable[..., Page]) -> None:
    page = read(Answer(403, {"Content-Type": "text/html", "cf-mitigated": "challenge"}, b"<html><title>Just a moment...</title></html>"))
    assert page.teaser_only == "challenge"


def test_another_page_is_not_taken_for_the_story(read: Callable[..., Page]) -> None:
    other = "<html><body><article><p>" + "We value your privacy and use cookies to improve your visit. " * 40 + "</p></article></body></html>"
    assert read(_html(other)).teaser_only == "failed"


def test_a_missing_page_has_its_reason(read: Callable[..., Page]) -> None:
    page = read(Answer(404))
    assert (page.teaser_only, "404" in page.reason) == ("failed", True)


def test_a_feed_can_switch_pages_off(read: Callable[..., Page], server: FeedServer) -> None:
    assert read(_html(ARTICLE), full_text=False).teaser_only == "off"
    assert not server.requests


def test_only_teasers_with_a_web_address_want_their_page() -> None:
    feed = Feed(id="f", url="http://x.example/rss")
    assert wants_page(feed, "https://x.example/1", TEASER)
    assert not wants_page(feed, "https://x.example/1", BODY)
    assert not wants_page(feed, None, TEASER)
    assert not wants_page(feed.model_copy(update={"full_text": False}), "https://x.example/1", TEASER)
