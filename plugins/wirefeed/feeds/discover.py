"""[IO] `wirefeed feeds check URL`: what we would read there, how often, what is wrong; and the feed behind a home page."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from html import unescape
from random import Random
from typing import Any

import httpx

from wirefeed.feeds.catalog import Feed
from wirefeed.feeds.fetch import Fetched, Fetcher
from wirefeed.feeds.intake import Polled, read
from wirefeed.feeds.redirects import permanent_target
from wirefeed.feeds.schedule import Limits
from wirefeed.feeds.settle import succeeded
from wirefeed.feeds.state import FeedState
from wirefeed.feeds.window import compare
from wirefeed.model import ParsedFeed
from wirefeed.settings import Settings

GUESSES = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/rss/", "/index.xml", "/sitemap-news.xml")
MOST_ASKED = 10  # requests of one check
SPACING = 1.0  # seconds
_LINK = re.compile(r"<link\b[^>]{0,2000}>", re.I)
_ANCHOR = re.compile(r"<a\b[^>]{0,1000}href\s*=\s*[\"']?([^\"'\s>]{1,500})", re.I)
_ATTRIBUTE = re.compile(r"([a-z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "text/xml", "application/xml")
_FEEDLIKE = re.compile(r"(?:^|[/._?=-])(?:rss|feed|atom)(?:[/._&=?-]|\d|$)|\.(?:rss|rdf)$", re.I)


@dataclass(frozen=True)
class Found:
    """The result of a check. ``feed`` is the address that answered with a feed, None when none did."""

    asked: str
    feed: str | None
    error: str | None = None
    format: str | None = None
    encoding: str | None = None
    title: str | None = None
    language: str | None = None
    items: int = 0
    newest: datetime | None = None
    items_a_day: float | None = None
    interval_minutes: float | None = None
    validators: tuple[str, ...] = ()
    redirects: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()  # other feeds that the page names
    sample: tuple[dict[str, Any], ...] = ()


def links_of(page: str, base: str) -> list[str]:
    """Addresses that an HTML page gives as its feeds: declared ones first, then links that look like feeds; comments feeds last."""
    found: list[str] = []
    for tag in _LINK.findall(page[:500_000]):
        given = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(tag)}
        if "alternate" in given.get("rel", "").lower() and given.get("type", "").lower().split(";")[0] in _FEED_TYPES and given.get("href"):
            found.append(given["href"])
    declared = len(found)
    found.extend(href for href in map(unescape, _ANCHOR.findall(page[:500_000])) if _FEEDLIKE.search(href.split("#")[0]))
    joined: dict[str, int] = {}
    for place, href in enumerate(found):
        try:
            url = str(httpx.URL(base).join(httpx.URL(href).copy_with(fragment=None)))
        except (httpx.InvalidURL, ValueError):
            continue
        if url.startswith(("http://", "https://")):
            joined.setdefault(url, (0 if place < declared else 1) + (2 if "comment" in url.lower() else 0))
    return sorted(joined, key=lambda url: joined[url])


def check(url: str, settings: Settings, environment: Mapping[str, str], now: datetime, *, feed: Feed | None = None) -> Found:
    """Ask ``url`` and, where it is a page, the feeds that it names or that are usual. Never raises for the other side's faults."""
    return asyncio.run(_check(url, settings, environment, now, feed))


async def _check(url: str, settings: Settings, environment: Mapping[str, str], now: datetime, feed: Feed | None) -> Found:
    feed = feed or Feed(id="checked", url=url, kind="page" if "t.me/s/" in url else "feed", verified=False)
    async with Fetcher(settings, environment) as fetcher:
        got = await fetcher.fetch(feed, url, now=now)
        first = await asyncio.to_thread(read, Polled(feed, FeedState(), got), now)
        if first.parsed is not None and (first.parsed.entries or feed.kind != "feed"):
            return await _describe(fetcher, url, got, feed, first.parsed, (), now)
        if got.outcome == "failed" or b"<html" not in got.body[:5000].lower():
            if first.parsed is not None:
                return await _describe(fetcher, url, got, feed, first.parsed, (), now)
            if got.fault not in ("status", "") or got.status not in (404, 403, None):
                return Found(url, None, error=first.got.reason, redirects=_redirects(got))
        named = links_of(got.body.decode("utf-8", "replace"), got.final_url)
        guessed = [str(httpx.URL(got.final_url).join(path)) for path in GUESSES]
        tried = list(dict.fromkeys([one for one in (*named, *guessed) if one not in (url, got.final_url)]))[:MOST_ASKED - 1]
        for candidate in tried:
            await asyncio.sleep(0 if httpx.URL(candidate).host in settings.test_hosts else SPACING)
            other = Feed(id="checked", url=candidate, verified=False, proxy=feed.proxy)
            answer = await fetcher.fetch(other, candidate, now=now)
            parsed = (await asyncio.to_thread(read, Polled(other, FeedState(), answer), now)).parsed
            if parsed is not None and parsed.entries:
                others = tuple(one for one in named if one != candidate)
                return await _describe(fetcher, url, answer, other, parsed, others, now)
        return Found(url, None, error=f"{first.got.reason or 'no feed'}; no feed found behind it ({len(tried)} addresses tried)",
                     candidates=tuple(named), redirects=_redirects(got))


async def _describe(
    fetcher: Fetcher, asked: str, got: Fetched, feed: Feed, parsed: ParsedFeed, candidates: tuple[str, ...], now: datetime,
) -> Found:
    problems = list(parsed.problems)
    problems += [f"item {place}: {reason}" for place, reason in parsed.rejected[:10]]
    dates = [entry.published.utc for entry in parsed.entries if entry.published.utc]
    undated = len(parsed.entries) - len(dates)
    if not parsed.entries:
        problems.append("a feed without items")
    if undated:
        problems.append(f"{undated} of {len(parsed.entries)} items have no readable date")
    if unzoned := sum(1 for entry in parsed.entries if entry.published.utc and not entry.published.zone_known):
        problems.append(f"{unzoned} items give their time without a zone")
    if any("future" in entry.published.flags for entry in parsed.entries):
        problems.append("items dated in the future")
    if dates and (now - max(dates)).days >= 30:
        problems.append(f"the newest item is {(now - max(dates)).days} days old")
    validators = tuple(name for name, value in (("ETag", got.etag), ("Last-Modified", got.modified)) if value)
    if validators:
        again = await fetcher.fetch(feed, got.final_url, etag=got.etag, modified=got.modified, now=now)
        if again.outcome == "body":
            problems.append("the validators are useless: the whole document comes every time")
    elif got.final_url.startswith("http"):
        problems.append("no ETag and no Last-Modified: the whole document comes every time")
    target = permanent_target(got.hops)
    if target:
        problems.append(f"permanently moved: use {target}")
    seen = compare((), parsed.entries, (), None)
    state = succeeded(feed, FeedState(url=feed.url), got, parsed, seen, now, Random(0)).state
    return Found(
        asked, target or got.url, None, parsed.format, parsed.encoding, parsed.title, parsed.language, len(parsed.entries),
        max(dates) if dates else None, round(state.rate, 2) if state.rate else None, round(max(state.interval, Limits.of(feed).floor), 1),
        validators, _redirects(got), tuple(problems), candidates,
        tuple({"title": entry.title, "link": entry.link, "published": asdict(entry.published)} for entry in parsed.entries[:5]))


def _redirects(got: Fetched) -> tuple[str, ...]:
    return tuple(f"{status} {to}" for status, to in got.hops)
