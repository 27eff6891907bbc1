"""What two consecutive documents of a feed share: the proof that nothing was published and scrolled off between them. Pure."""

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime

from wirefeed.feeds.state import WINDOW
from wirefeed.model import Entry

FRESH_SHARE = 0.5  # of the former window, by arrival: what must have left last if the feed is a sliding window
MARK = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """One document against the one before. ``overlap`` is 0..1 of this document; ``gap``: items may have been lost between the two."""

    size: int
    new: int
    overlap: float
    gap: bool
    reidentified: bool  # the same items under other ids: not new, no gap
    window: tuple[str, ...]


def short(text: str) -> str:
    """Ten characters that stand for an id."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=5).hexdigest()


def compare(before: Sequence[str], entries: Sequence[Entry], known: Container[str], newest: datetime | None) -> Seen:
    """Compare ``entries`` with the former window (short ids, latest arrival first); ``known``: ids stored at any time.

    Items that stay for ever (pinned on top) prove nothing: they sit at the old end of a window ordered by arrival, so a gap is judged by
    the newer half. Nor do old items that come back. ``newest`` is the newest date of the former document: what claims to be no newer than that
    yet is unknown has only been given another id.
    """
    keys = [_key(entry) for entry in entries]
    ids = [key[:10] for key in keys]
    old = {key[:10] for key in before}
    shared = sum(one in old for one in ids)
    fresh = [place for place, one in enumerate(ids) if one not in old]
    new = sum(1 for place in fresh if entries[place].id not in known)
    present = set(ids)
    window = (*(keys[place] for place in _by_arrival(fresh, entries, first=not before)), *(key for key in before if key[:10] in present))
    size = len(ids)
    if not before or not size:
        return Seen(size, new, 1.0 if not before else 0.0, False, False, window[:WINDOW] or tuple(before))
    reidentified = shared == 0 and new == len(fresh) and _same_items(before, keys, entries, newest)
    newer = {key[:10] for key in before[:max(1, min(len(before), max(2, round(len(before) * FRESH_SHARE))))]}
    gap = new > 0 and not reidentified and not newer & present
    return Seen(size, 0 if reidentified else new, shared / size, gap, reidentified, window[:WINDOW])


def _key(entry: Entry) -> str:
    return short(entry.id) + hashlib.blake2b(" ".join(entry.title.split()).casefold().encode("utf-8", "replace"), digest_size=MARK // 2).hexdigest()


def _by_arrival(places: list[int], entries: Sequence[Entry], *, first: bool) -> list[int]:
    """Newest first. Later polls keep the document's order; the first one sorts by date, for pinned items stand on top there."""
    if not first:
        return places
    found = ((entries[place].published.utc or entries[place].updated.utc, place) for place in places)
    dated = [(date, place) for date, place in found if date is not None]
    if len(dated) < len(places):
        return places
    return [place for _, place in sorted(dated, key=lambda one: one[0], reverse=True)]


def _same_items(before: Sequence[str], keys: Sequence[str], entries: Sequence[Entry], newest: datetime | None) -> bool:
    titles = {key[10:] for key in before}
    if sum(key[10:] in titles for key in keys) * 2 >= min(len(keys), len(before)):
        return True
    dates = [entry.published.utc for entry in entries if entry.published.utc]
    return bool(newest and len(dates) * 2 >= len(entries) and sum(date < newest for date in dates) * 2 > len(entries))
