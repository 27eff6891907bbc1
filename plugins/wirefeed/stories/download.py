"""[IO] The pages behind teasers: robots.txt obeyed, hosts spared through the governor's places, the teaser kept with its reason when a page fails."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from urllib.parse import urlsplit

from protego import Protego

from wirefeed.entries.encoding import decode
from wirefeed.feeds import hosts
from wirefeed.feeds.catalog import Feed
from wirefeed.feeds.fetch import Fetched, Fetcher
from wirefeed.settings import Settings
from wirefeed.store import feeds as table
from wirefeed.store.database import Store
from wirefeed.stories.extract import Extracted, text_from_html
from wirefeed.stories.words import words

ENOUGH = 900  # characters from which a feed's own text is taken for the whole story
PAGE_CAP = 10 * 2**20  # bytes; story-indexer's figure
LONGEST_DELAY = 30.0  # seconds of Crawl-delay that we obey; who asks for more is read at that pace
_AGENT = re.compile(r"[A-Za-z_-]+")
_PAYWALL = re.compile(
    r"\"isAccessibleForFree\"\s*:\s*\"?false|class=\"[^\"]*\bpaywall|subscribe to (?:continue|read|unlock)|(?:to continue|keep) reading,? (?:subscribe|log in)|"
    r"already a subscriber|только для подписчиков|доступ(?:ен|на|но)? (?:только )?по подписке|оформите подписку|чтобы (?:читать|прочитать) (?:дальше|полностью)", re.I)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A story whose page should be read: its feed, address and the teaser it has."""

    story_id: str
    feed: Feed
    url: str
    title: str
    teaser: str


@dataclass(frozen=True, slots=True)
class Page:
    """What came of it: the article, or why there is only a teaser ("off", "robots", "challenge", "paywall", "failed", "later")."""

    article: Extracted | None
    teaser_only: str | None = None
    reason: str = ""


def wants_page(feed: Feed, link: str | None, text: str) -> bool:
    """True when the feed gave a teaser and its page may be asked for."""
    return feed.full_text and feed.kind != "folder" and len(text) < ENOUGH and (link or "").startswith(("http://", "https://"))


def read_page(wanted: Wanted, got: Fetched) -> Page:
    """The article in an answer. Pure. A page that has not the teaser's words (consent wall, section front) is a failure, not a text."""
    if got.outcome != "body":
        return Page(None, "challenge" if got.fault == "challenge" else "failed", got.reason)
    if "pdf" in (got.content_type or "") or got.body[:5] == b"%PDF-":
        return Page(None, "failed", "a PDF, not a page")
    markup = decode(got.body, got.content_type).text
    found = text_from_html(markup, got.final_url)
    asked = {word for word in words(f"{wanted.title} {wanted.teaser[:1000]}") if len(word) > 3}
    there = asked & set(words(f"{found.title} {found.text}"))
    longer = len(found.text) > len(wanted.teaser) * 1.1
    if _PAYWALL.search(markup) and not (longer and len(found.text) > ENOUGH * 2):
        return Page(None, "paywall", "the publisher asks for a subscription")
    if asked and len(there) < 0.4 * len(asked):
        return Page(None, "failed", "the page does not hold the story")
    if not longer:
        return Page(None, "failed", "the page has no more than the teaser")
    return Page(found)


class Robots:
    """robots.txt of each host, read once a run. RFC 9309: none (4xx) allows all, an unreachable one (5xx, network) forbids."""

    def __init__(self, fetcher: Fetcher, agent: str) -> None:
        self._fetcher = fetcher
        name = _AGENT.match(agent)
        self._agent = name[0] if name else agent
        self._rules: dict[str, asyncio.Task[Protego | None]] = {}

    async def of(self, feed: Feed, url: str, now: datetime) -> Protego | None:
        """The rules of the url's origin; None when they could not be had."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.create_task(self._read(feed, origin, now))
        return await self._rules[origin]

    async def _read(self, feed: Feed, origin: str, now: datetime) -> Protego | None:
        got = await self._fetcher.fetch(feed, f"{origin}/robots.txt", now=now)
        if got.outcome == "body":
            return Protego.parse(got.body[:500_000].decode("utf-8", "replace"))  # RFC 9309: at least 500 KiB
        if got.status is not None and 400 <= got.status < 500 and got.fault not in ("throttled", "challenge"):
            return Protego.parse("")
        return None

    def allows(self, rules: Protego, url: str) -> bool:
        """Whether our agent may read the url."""
        return bool(rules.can_fetch(url, self._agent))

    def delay(self, rules: Protego) -> float:
        """Seconds the host wants between two requests."""
        return min(LONGEST_DELAY, float(rules.crawl_delay(self._agent) or 0.0))


async def read_pages(
    store: Store, settings: Settings, environment: Mapping[str, str], wanted: Sequence[Wanted], now: datetime, random: Random, *,
    longest: float = 120.0,
) -> dict[str, Page]:
    """Story id -> page, for all of ``wanted``. Hosts' places are taken in the database, so workers share them; what cannot start within the
    horizon is "later". Never raises for what a server does; Unreachable when the database does not answer."""
    found = {one.story_id: Page(None, "off", "full text is off for this feed") for one in wanted if not one.feed.full_text}
    asked = {one.story_id: one for one in wanted if one.feed.full_text}
    host_of = {key: (urlsplit(one.url).hostname or "").lower() for key, one in asked.items()}
    free = frozenset(settings.test_hosts)
    with store.begin() as db:
        states = table.host_states(db, set(host_of.values()) - free)
        places = hosts.give_places([(key, host_of[key]) for key in asked], states, now, random, free=free)
        table.keep_slots(db, places.hosts)
    for key in places.deferred:
        found[key] = Page(None, "later", "the host's queue is long")
    closed: dict[str, float] = {}
    paces: dict[str, asyncio.Lock] = {}

    async with Fetcher(settings, environment, cap=PAGE_CAP) as fetcher:
        robots = Robots(fetcher, settings.user_agent)

        async def one(key: str) -> None:
            want, host = asked[key], host_of[key]
            await asyncio.sleep(max(0.0, (places.start[key] - now).total_seconds()))
            rules = await robots.of(want.feed, want.url, now)
            if rules is None or not robots.allows(rules, want.url):
                found[key] = Page(None, "robots", "robots.txt forbids it" if rules else "robots.txt could not be read")
                return
            async with paces.setdefault(host, asyncio.Lock()):
                if host in closed:
                    found[key] = Page(None, "later", "the host asks us to wait")
                    return
                got = await fetcher.fetch(want.feed, want.url, now=now)
                if got.fault == "throttled":
                    closed[host] = got.retry_after or 600.0
                if robots.delay(rules):
                    await asyncio.sleep(robots.delay(rules))
            found[key] = await asyncio.to_thread(_safely, want, got)

        try:
            async with asyncio.timeout(longest), asyncio.TaskGroup() as group:
                for key in places.start:
                    group.create_task(one(key))
        except TimeoutError:
            pass  # those without an answer are marked below
    for key in asked:
        found.setdefault(key, Page(None, "later", f"not read within {longest:g} seconds"))
    if closed:
        with store.begin() as db:
            for host, seconds in closed.items():
                table.close_host(db, host, now + timedelta(seconds=seconds))
    return found


def _safely(want: Wanted, got: Fetched) -> Page:
    try:
        return read_page(want, got)
    except Exception as error:  # noqa: BLE001 - the stage's border: one odd page must not lose the others; recorded as its reason
        return Page(None, "failed", f"the page could not be read: {type(error).__name__}: {error}")
