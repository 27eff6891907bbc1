"""Decides what each entry of a poll is: a new story, a new version, unchanged, a repetition, or refused. Only processes data."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wirefeed.model import Change, Entry, Outcome, Version, When
from wirefeed.stories.versions import change, content_hash

MOST_VERSIONS = 24  # lemon24/reader #225: clock-like content must not make versions for ever; corrections still do
SEEN_EVERY = timedelta(days=1)  # an item that only stands there still is written down once a day: 28 of 30 items of a poll are such
_ALWAYS = frozenset({Change.CORRECTION, Change.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What the store knows of an item: the hash of what was seen last, and its story's newest version where that was asked for."""

    item_id: str
    story_id: str
    content_hash: str
    version: Version | None = None
    dates: str = ""  # mark of the raw dates seen last (``dates_mark``); "" when not kept
    seen_at: datetime | None = None  # to the day


@dataclass(frozen=True, slots=True)
class Seen:
    """How one entry ended. ``version`` is set for PENDING (a new story) and UPDATE; ``renew``: the item's row must be written."""

    item_id: str
    outcome: Outcome
    story_id: str | None
    content_hash: str
    reason: str = ""
    version: Version | None = None
    dates: str = ""
    renew: bool = True


@dataclass(frozen=True, slots=True)
class Intake:
    """One poll of one feed: every entry has its place, so ``counts()`` sums to what was seen."""

    feed_id: str
    seen: tuple[Seen, ...]
    refused: tuple[tuple[int, str], ...] = ()  # entries that could not be read (ParsedFeed.rejected)

    def counts(self) -> Counter[tuple[str, str]]:
        """(outcome, reason) -> number."""
        found = Counter((str(one.outcome), one.reason) for one in self.seen)
        found.update((str(Outcome.REJECTED), reason.split(":")[0][:200]) for _, reason in self.refused)
        return found


def story_id(feed_id: str, item_id: str) -> str:
    """A story is named after the item that first showed it."""
    return hashlib.sha256(f"{feed_id} {item_id}".encode()).hexdigest()[:32]


def digest_of(entry: Entry) -> str:
    """The hash of what an entry says. Worth computing before a transaction begins."""
    return content_hash(entry.title, _text(entry))


def dates_mark(entry: Entry) -> str:
    """Eight characters that change with the raw dates."""
    return hashlib.blake2b(f"{entry.published.raw}|{entry.updated.raw}".encode("utf-8", "replace"), digest_size=4).hexdigest()


def needs_version(entry: Entry, digest: str, old: KnownItem) -> bool:
    """True when ``intake`` must see the stored version: all but the unchanged, which are nearly all, are placed by their hash alone."""
    return digest != old.content_hash or bool(entry.wire.get("pubstatus"))


def intake(
    feed_id: str, entries: Sequence[Entry], known: Mapping[str, KnownItem], now: datetime, *, backlog: bool, language: str | None = None,
    refused: Sequence[tuple[int, str]] = (), digests: Sequence[str] = (),
) -> Intake:
    """Place each entry of one document. ``known`` holds what the store has of these item ids (with versions where ``needs_version``);
    ``language`` is the feed's, ``digests`` the entries' if they are known."""
    seen: list[Seen] = []
    done: set[str] = set()
    contents: dict[str, str] = {}  # what stands in this document -> its story
    renewed: set[str] = set()  # stories that got a version from this document: two items may share one
    for entry, digest in zip(entries, digests or [digest_of(entry) for entry in entries], strict=True):
        old = known.get(entry.id)
        if entry.id in done:
            seen.append(Seen(entry.id, Outcome.DUPLICATE, story_id(feed_id, entry.id), digest, "twice in one document"))
            continue
        done.add(entry.id)
        if old is not None:
            again = _again(feed_id, entry, digest, old, now, backlog, language)
            if again.version and again.story_id in renewed:
                again = replace(again, outcome=Outcome.DUPLICATE, reason="its story changed already in this document", version=None,
                                content_hash=old.content_hash)
            elif again.version and again.story_id:
                renewed.add(again.story_id)
            seen.append(again)
        elif digest in contents and len(_text(entry)) > 80:
            seen.append(Seen(entry.id, Outcome.DUPLICATE, contents[digest], digest, "same content under another id", dates=dates_mark(entry)))
        else:
            made = _version(feed_id, entry, now, 1, Change.FIRST, story_id(feed_id, entry.id), backlog, language)
            seen.append(Seen(entry.id, Outcome.PENDING, made.story_id, digest, "", made, dates_mark(entry)))
        contents.setdefault(digest, seen[-1].story_id or "")
    return Intake(feed_id, tuple(seen), tuple(refused))


def _text(entry: Entry) -> str:
    return entry.text if len(entry.text) >= len(entry.summary) else entry.summary


def _again(feed_id: str, entry: Entry, digest: str, old: KnownItem, now: datetime, backlog: bool, language: str | None) -> Seen:
    mark, version = dates_mark(entry), old.version
    if old.dates or version is None:
        dates = bool(old.dates) and mark != old.dates
    else:
        dates = entry.published.raw != version.published.raw or entry.updated.raw != version.updated.raw
    renew = digest != old.content_hash or mark != old.dates or old.seen_at is None or now - old.seen_at >= SEEN_EVERY
    if not needs_version(entry, digest, old):
        return Seen(entry.id, Outcome.UNCHANGED, old.story_id, digest, "date only" if dates else "", None, mark, renew)
    assert version is not None, "needs_version was not asked"
    text = _text(entry)
    if len(text) < len(version.text) and version.text.startswith(text.rstrip(" ….")[: max(20, len(text) - 5)]) and entry.title == version.title:
        return Seen(entry.id, Outcome.UNCHANGED, old.story_id, old.content_hash, "teaser of the text we have", dates=mark)
    kind = change(version.title, version.text, entry.title, text, wire=entry.wire, dates_changed=dates)
    if kind in (Change.DATE, Change.COSMETIC):
        return Seen(entry.id, Outcome.UNCHANGED, old.story_id, digest, kind.value, dates=mark)
    if version.number >= MOST_VERSIONS and kind not in _ALWAYS:
        return Seen(entry.id, Outcome.UNCHANGED, old.story_id, digest, "changes like a clock", dates=mark)
    made = _version(feed_id, entry, now, version.number + 1, kind, old.story_id, backlog and version.backlog, language)
    return Seen(entry.id, Outcome.UPDATE, old.story_id, digest, "", made, mark)


def _version(
    feed_id: str, entry: Entry, now: datetime, number: int, kind: Change, story: str, backlog: bool, language: str | None,
) -> Version:
    return Version(
        story_id=story, number=number, feed_id=feed_id, seen_at=now, change=kind, title=entry.title, text=_text(entry), link=entry.link,
        published=entry.published if entry.published.utc or entry.published.raw else When(), updated=entry.updated, authors=entry.authors,
        language=entry.language or language, backlog=backlog)
