"""From a fetched answer to stored items: parsing before the transaction, intake within it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from wirefeed.entries.parse import parse
from wirefeed.errors import InputRefused
from wirefeed.feeds.catalog import Feed
from wirefeed.feeds.fetch import Fault, Fetched
from wirefeed.feeds.settle import Settled, body_hash, failed, succeeded
from wirefeed.feeds.state import FeedState
from wirefeed.feeds.window import Seen, compare
from wirefeed.model import Entry, ParsedFeed
from wirefeed.store.database import Connection
from wirefeed.store.stories import known_items, save_intake
from wirefeed.stories.intake import intake


@dataclass(frozen=True, slots=True)
class Polled:
    """One feed's answer on its way into the store. ``parsed`` is None for a failure and for a document we have already."""

    feed: Feed
    state: FeedState
    got: Fetched
    parsed: ParsedFeed | None = None


def read(polled: Polled, now: datetime) -> Polled:
    """Parse the body, unless it is the one of the last poll; a refused document becomes a failure with its reason."""
    got, state = polled.got, polled.state
    if got.outcome != "body" or polled.parsed is not None:
        return polled
    if state.body_hash and body_hash(got.body) == state.body_hash:
        return replace(polled, got=replace(got, body=b""))
    try:
        parsed = parse(got.body, url=got.final_url, content_type=got.content_type, kind="page" if polled.feed.kind == "page" else "feed",
                       selectors=polled.feed.selectors, now=now.astimezone(polled.feed.place))
    except InputRefused as error:
        fault: Fault = "challenge" if "challenge" in str(error) else "document"
        return replace(polled, got=replace(got, outcome="failed", fault=fault, reason=str(error), body=b""))
    except Exception as error:  # noqa: BLE001 - the stage's border: one document must not end the poll; recorded as the feed's failure
        return replace(polled, got=replace(got, outcome="failed", fault="document", body=b"",
                                           reason=f"the parser failed: {type(error).__name__}: {error}"))
    return replace(polled, parsed=parsed)


def store(
    db: Connection, polled: Polled, now: datetime, random: Random, *, backlog: bool = False, keep: Callable[[Entry], bool] | None = None,
) -> tuple[Settled, int, dict[str, int]]:
    """Store one feed's items within the transaction; returns what it means, items seen, and their outcomes. ``keep`` limits the items."""
    feed, state, got = polled.feed, polled.state, polled.got
    if got.outcome == "failed":
        return failed(feed, state, got.fault, got.reason, now, random, status=got.status, retry_after=got.retry_after), 0, {}
    if polled.parsed is None:
        return succeeded(feed, state, got, None, None, now, random), 0, {}
    parsed = polled.parsed
    if keep is not None:
        parsed = replace(parsed, entries=tuple(entry for entry in parsed.entries if keep(entry)))
    known = known_items(db, feed.id, [entry.id for entry in parsed.entries])
    if feed.kind == "folder":  # files come once: there is no window to overlap
        seen = Seen(len(parsed.entries), sum(entry.id not in known for entry in parsed.entries), 1.0, False, False, ())
    else:
        seen = compare(state.window, polled.parsed.entries, known, state.succeeded_at)
    taken = intake(feed.id, parsed.entries, known, now, backlog=backlog or state.succeeded_at is None or seen.reidentified,
                   language=feed.language, refused=parsed.rejected)
    save_intake(db, taken, now)
    counts: dict[str, int] = {}
    for (outcome, _), number in taken.counts().items():
        counts[outcome] = counts.get(outcome, 0) + number
    return succeeded(feed, state, got, polled.parsed, seen, now, random), sum(counts.values()), counts
