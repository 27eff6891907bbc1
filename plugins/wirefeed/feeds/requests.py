"""[IO] One feed's requests: a document over HTTP, a drop folder, or the parts of a sitemap index."""

import asyncio
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random

from wirefeed.feeds.catalog import Feed
from wirefeed.feeds.fetch import Fetched, Fetcher
from wirefeed.feeds.folder import read_new
from wirefeed.feeds.intake import Polled, read
from wirefeed.feeds.settle import ask, current
from wirefeed.feeds.state import FeedState
from wirefeed.settings import Settings

PARTS = 2  # newest sitemaps of an index read at a poll: an index of 50,000 must not flood anybody
PART_SPACING = 2.0  # seconds


async def request(fetcher: Fetcher, feed: Feed, state: FeedState, settings: Settings, now: datetime, random: Random) -> Polled:
    """Ask for what the feed has now. Never raises for anything the other side does."""
    state = current(state, feed)
    try:
        if feed.kind == "folder":
            got, parsed = await asyncio.to_thread(read_new, feed, Path(settings.data), state.modified, now)
            return Polled(feed, state, got, parsed)
        wanted = ask(state, feed, now, random)
        got = await fetcher.fetch(feed, wanted.url, etag=wanted.etag, modified=wanted.modified, now=now)
        if got.outcome == "body" and b"<sitemapindex" in got.body[:4000]:
            return await _parts(fetcher, Polled(feed, state, got), now)
        return Polled(feed, state, got)
    except Exception as error:  # noqa: BLE001 - the stage's border: a fault of ours with one feed must not end the run; it is recorded
        return Polled(feed, state, Fetched("failed", feed.url, feed.url, fault="protocol", reason=f"internal: {type(error).__name__}: {error}"))


async def _parts(fetcher: Fetcher, index: Polled, now: datetime) -> Polled:
    """The newest parts of a sitemap index, read as one document; the index itself is fetched without validators next time."""
    listed = await asyncio.to_thread(read, index, now)
    if listed.parsed is None or not listed.parsed.children:
        return listed
    whole = listed.parsed
    problems: list[str] = []
    for part in newest(listed.parsed.children)[:PARTS]:
        await asyncio.sleep(PART_SPACING)
        got = await fetcher.fetch(index.feed, part, now=now)
        # Without the hash of the former body: each part is compared by its items.
        found = await asyncio.to_thread(read, Polled(index.feed, replace(index.state, body_hash=None), got), now)
        if found.parsed is None:
            problems.append(f"{part}: {found.got.reason}"[:200])
            continue
        whole = replace(whole, format="sitemap", entries=(*whole.entries, *found.parsed.entries), rejected=(*whole.rejected, *found.parsed.rejected))
    if not whole.entries and problems:
        return replace(index, got=replace(index.got, outcome="failed", fault="document", reason=problems[0], body=b""))
    return replace(index, parsed=replace(whole, problems=(*whole.problems, *problems)),
                   got=replace(index.got, body=b"", etag=None, modified=None))


def newest(parts: tuple[str, ...]) -> list[str]:
    """News sitemaps first, then by the numbers in their names (dates, counters), highest first."""
    def key(address: str) -> tuple[bool, list[int]]:
        return "news" in address.lower(), [int(number) for number in re.findall(r"\d{1,12}", address.split("//", 1)[-1].partition("/")[2])]
    return sorted(parts, key=key, reverse=True)
