"""Decides what each entry of a poll is: a new story, a new version, unchanged, a repetition, or refused. Only processes data."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wirefeed.model import Change, Entry, Outcome, Version, When
from wirefeed.stories.versions import change, content_hash

MOST_VERSIONS = 24  # lemon24/reader #225: clock-like content must not make versions for ever; corrections still do
_ALWAYS = frozenset({Change.CORRECTION, Change.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What the store knows of an item: its story's newest version and that one's hash."""

    item_id: str
    story_id: str
    content_hash: str
    version: Version


@dataclass(frozen=True, slots=True)
class Seen:
    """How one entry ended. ``version`` is set for PENDING (a new story) and UPDATE."""

    item_id: str
    outcome: Outcome
    story_id: str | None
    content_hash: str
    reason: str = ""
    version: Version | None = None


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


def intake(
    feed_id: str, entries: Sequence[Entry], known: Mapping[str, KnownItem], now: datetime, *, backlog: bool, language: str | None = None,
    refused: Sequence[tuple[int, str]] = (), keep_full: bool = True,
) -> Intake:
    """Place each entry of one document. ``known`` holds what the store has of these item ids; ``language`` is the feed's."""
    seen: list[Seen] = []
    done: set[str] = set()
    contents: dict[str, str] = {}  # what stands in this document -> its story
    renewed: set[str] = set()  # stories that got a version from this document: two items may share one
    for entry in entries:
        text = entry.text if len(entry.text) >= len(entry.summary) else entry.summary
        digest = content_hash(entry.title, text)
        old = known.get(entry.id)
        if entry.id in done:
            seen.append(Seen(entry.id, Outcome.DUPLICATE, story_id(feed_id, entry.id), digest, "twice in one document"))
            continue
        done.add(entry.id)
        if old is not None:
            again = _again(feed_id, entry, text, digest, old, now, backlog, language)
            if again.version and again.story_id in renewed:
                again = replace(again, outcome=Outcome.DUPLICATE, reason="its story changed already in this document", version=None,
                                content_hash=old.content_hash)
            elif again.version and again.story_id:
                renewed.add(again.story_id)
            seen.append(again)
        elif digest in contents and len(text) > 80:
            seen.append(Seen(entry.id, Outcome.DUPLICATE, contents[digest], digest, "same content under another id"))
        else:
            made = _version(feed_id, entry, text, now, 1, Change.FIRST, story_id(feed_id, entry.id), backlog, language)
            seen.append(Seen(entry.id, Outcome.PENDING, made.story_id, digest, "", made))
        contents.setdefault(digest, seen[-1].story_id or "")
    return Intake(feed_id, tuple(seen), tuple(refused))


def _again(feed_id: str, entry: Entry, text: str, digest: str, old: KnownItem, now: datetime, backlog: bool, language: str | None) -> Seen:
    dates = entry.published.raw != old.version.published.raw or entry.updated.raw != old.version.updated.raw
    if digest == old.content_hash and not entry.wire.get("pubstatus"):
        return Seen(entry.id, Outcome.UNCHANGED, old.story_id, digest, "date only" if dates else "")
    if len(text) < len(old.version.text) and old.version.text.startswith(text.rstrip(". …")[: max(20, len(text) - 5)]) and \
            entry.title == old.version.title:
        return Seen(entry.id, Outcome.UNCHANGED, old.story_id, old.content_hash, "teaser of the text we have")
    kind = change(old.version.title, old.version.text, entry.title, text, wire=entry.wire, dates_changed=dates)
    if kind in (Change.DATE, Change.COSMETIC):
        return Seen(entry.id, Outcome.UNCHANGED, old.story_id, digest, kind.value)
    if old.version.number >= MOST_VERSIONS and kind not in _ALWAYS:
        return Seen(entry.id, Outcome.UNCHANGED, old.story_id, digest, "changes like a clock")
    made = _version(feed_id, entry, text, now, old.version.number + 1, kind, old.story_id, backlog and old.version.backlog, language)
    return Seen(entry.id, Outcome.UPDATE, old.story_id, digest, "", made)


def _version(
    feed_id: str, entry: Entry, text: str, now: datetime, number: int, kind: Change, story: str, backlog: bool, language: str | None,
) -> Version:
    return Version(
        story_id=story, number=number, feed_id=feed_id, seen_at=now, change=kind, title=entry.title, text=text, link=entry.link,
        published=entry.published if entry.published.utc or entry.published.raw else When(), updated=entry.updated, authors=entry.authors,
        language=entry.language or language, backlog=backlog)
