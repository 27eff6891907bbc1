"""From a fetched answer to stored items: parsing before the transaction, intake within it."""

from collections import Counter
from collections.abc import Callable, Sequence
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
from wirefeed.store.items import known_hashes, newest_versions, save_intakes
from wirefeed.stories.intake import Intake, KnownItem, digest_of, intake, needs_version


@dataclass(frozen=True, slots=True)
class Polled:
    """One feed's answer on its way into the store. ``parsed`` is None for a failure and for a document we have already."""

    feed: Feed
    state: FeedState
    got: Fetched
    parsed: ParsedFeed | None = None
    digests: tuple[str, ...] = ()  # of the parsed entries, computed before the transaction
    whole: tuple[Entry, ...] = ()  # all entries of the document: the window is judged by them even when a backfill takes a part


def read(polled: Polled, now: datetime) -> Polled:
    """Parse the body, unless it is the one of the last poll; a refused document becomes a failure with its reason."""
    got, state = polled.got, polled.state
    if got.outcome != "body" or polled.digests:
        return polled
    if polled.parsed is None and state.body_hash and body_hash(got.body) == state.body_hash:
        return replace(polled, got=replace(got, body=b""))
    try:
        parsed = polled.parsed or parse(
            got.body, url=got.final_url, content_type=got.content_type, kind="page" if polled.feed.kind == "page" else "feed",
            selectors=polled.feed.selectors, now=now.astimezone(polled.feed.place))
        return replace(polled, parsed=parsed, digests=tuple(map(digest_of, parsed.entries)), whole=parsed.entries)
    except InputRefused as error:
        fault: Fault = "challenge" if str(error).startswith("the document is a bot challenge") else "document"
        return replace(polled, got=replace(got, outcome="failed", fault=fault, reason=str(error), body=b""))
    except Exception as error:  # noqa: BLE001 - the stage's border: one document must not end the poll; recorded as the feed's failure
        return replace(polled, parsed=None, got=replace(got, outcome="failed", fault="document", body=b"",
                                                        reason=f"the parser failed: {type(error).__name__}: {error}"))


def store(
    db: Connection, some: Sequence[Polled], now: datetime, random: Random, *, backlog: bool = False, keep: Callable[[Entry], bool] | None = None,
) -> list[tuple[Settled, Counter[str]]]:
    """Store the items of different feeds within the transaction: for each, what it means and the outcomes. ``keep`` limits the items."""
    read_ = [one if keep is None else _kept(one, keep) for one in some if one.parsed is not None]
    known = _known(db, read_)
    taken: dict[str, Intake] = {}
    seen: dict[str, Seen] = {}
    for one in read_:
        feed, entries, before = one.feed, one.parsed.entries if one.parsed else (), known[one.feed.id]
        if feed.kind == "folder":  # files come once: there is no window to overlap
            window = Seen(len(entries), sum(entry.id not in before for entry in entries), 1.0, False, False, ())
        else:
            window = compare(one.state.window, one.whole, before, one.state.dated_at)
        seen[feed.id] = window
        taken[feed.id] = intake(
            feed.id, entries, before, now, backlog=backlog or one.state.succeeded_at is None or window.reidentified, language=feed.language,
            refused=one.parsed.rejected if one.parsed else (), digests=one.digests)
    save_intakes(db, list(taken.values()), now)
    limited = {one.feed.id: one for one in read_}
    return [_settled(limited.get(one.feed.id, one), seen.get(one.feed.id), taken.get(one.feed.id), now, random) for one in some]


def _known(db: Connection, read_: Sequence[Polled]) -> dict[str, dict[str, KnownItem]]:
    """What the store has of these feeds' items; versions only of those that may have changed, one or two of a document."""
    known = known_hashes(db, {one.feed.id: [entry.id for entry in one.parsed.entries] for one in read_ if one.parsed})
    doubtful = [(one.feed.id, old) for one in read_ for entry, digest in zip(one.parsed.entries if one.parsed else (), one.digests, strict=True)
                if (old := known[one.feed.id].get(entry.id)) is not None and needs_version(entry, digest, old)]
    versions = newest_versions(db, [old.story_id for _, old in doubtful])
    for feed_id, old in doubtful:
        if old.story_id in versions:
            known[feed_id][old.item_id] = replace(old, version=versions[old.story_id])
        else:
            known[feed_id].pop(old.item_id, None)
    return known


def _kept(one: Polled, keep: Callable[[Entry], bool]) -> Polled:
    assert one.parsed is not None
    chosen = [(entry, digest) for entry, digest in zip(one.parsed.entries, one.digests, strict=True) if keep(entry)]
    return replace(one, parsed=replace(one.parsed, entries=tuple(entry for entry, _ in chosen)), digests=tuple(digest for _, digest in chosen),
                   whole=one.parsed.entries)


def _settled(one: Polled, seen: Seen | None, taken: Intake | None, now: datetime, random: Random) -> tuple[Settled, Counter[str]]:
    got, counts = one.got, Counter[str]()
    if got.outcome == "failed":
        return failed(one.feed, one.state, got.fault, got.reason, now, random, status=got.status, retry_after=got.retry_after), counts
    for (outcome, _), number in taken.counts().items() if taken else ():
        counts[outcome] += number
    if one.parsed is None or len(one.whole) == len(one.parsed.entries):
        return succeeded(one.feed, one.state, got, one.parsed, seen, now, random), counts
    # A backfill took a part: the next poll must get the document again, unchanged or not, and judge the rest as it would have been judged now.
    settled = succeeded(one.feed, one.state, got, replace(one.parsed, entries=one.whole), seen, now, random)
    return replace(settled, state=replace(settled.state, etag=None, modified=None, body_hash=None, window=one.state.window,
                                          succeeded_at=one.state.succeeded_at)), counts
