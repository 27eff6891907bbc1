"""What flows between the stages: frozen values without behaviour. All times are timezone-aware UTC.

feeds --poll--> Fetched --parse--> ParsedFeed(Entry...) --versions--> Version --tag--> Tags --percolate--> Match --decide--> Alert
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

FieldName = Literal["title", "text"]


class SourceKind(StrEnum):
    """Who speaks, shown beside every source: copies never count as confirmation."""

    OFFICIAL = "official"
    STATE = "state"
    AGENCY = "agency"
    INDEPENDENT = "independent"
    SOCIAL = "social"
    UNVERIFIED = "unverified"


class Outcome(StrEnum):
    """How a seen item ended. Each item of each poll is counted in exactly one; PENDING is only on its way."""

    PENDING = "pending"
    NEW = "new"
    UNCHANGED = "unchanged"
    UPDATE = "update"
    DUPLICATE = "duplicate"
    IRRELEVANT = "irrelevant"
    REJECTED = "rejected"


class Change(StrEnum):
    """What a version changed against the one before it. Only the first four can alert again."""

    CORRECTION = "correction"
    WITHDRAWN = "withdrawn"
    UPDATE = "update"
    TEXT = "text"
    REFILE = "refile"
    DATE = "date"
    COSMETIC = "cosmetic"
    FIRST = "first"


class Severity(StrEnum):
    """Flash breaks quiet hours; routine may wait for a digest."""

    FLASH = "flash"
    URGENT = "urgent"
    ROUTINE = "routine"


@dataclass(frozen=True, slots=True)
class When:
    """A point in time as a publisher gave it: UTC or None, never "now" as a substitute."""

    utc: datetime | None = None
    raw: str | None = None
    source: str | None = None  # the element it came from: pubDate, updated, dc:date, page ...
    zone_known: bool = False
    flags: tuple[str, ...] = ()  # "future", "absurd", "day-only", "zone-guessed" ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed document. ``id`` is stable across polls (entries/identity.py); texts are plain, NFC, unescaped."""

    id: str
    title: str
    link: str | None
    published: When = When()
    updated: When = When()
    summary: str = ""
    text: str = ""  # full text where the feed carries one, else ""
    language: str | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    guid: str | None = None  # as found
    flags: tuple[str, ...] = ()  # "mojibake-repaired", "truncated", "guid-repeated" ...
    wire: dict[str, str] = field(default_factory=dict)  # wire metadata: pubstatus, version, urgency, slug


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A parsed document. ``rejected`` lists items that could not be read: (position from 0, reason)."""

    format: str
    encoding: str
    title: str
    entries: tuple[Entry, ...]
    link: str | None = None
    language: str | None = None
    rejected: tuple[tuple[int, str], ...] = ()
    problems: tuple[str, ...] = ()  # survived faults of the document, for feed health
    interval_hint: int | None = None  # seconds, from ttl / sy: elements
    children: tuple[str, ...] = ()  # a sitemap index's parts


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stretch of text that proves a tag: offsets are Unicode code points into that field of the tagged text."""

    field: FieldName
    text: str
    start: int
    end: int
    term: str = ""  # the gazetteer form or topic term that matched
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Entity:
    """One mention. ``id`` is the gazetteer's, None for what only the model found; ``name`` is normalised."""

    id: str | None
    type: str
    name: str
    field: FieldName
    text: str
    start: int
    end: int
    by: Literal["gazetteer", "model"] = "gazetteer"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its score (0..1) and the words that prove it."""

    id: str
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Tags:
    """All that tagging says of one text."""

    language: str
    relevant: bool
    score: float
    countries: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    entities: tuple[Entity, ...] = ()
    why: tuple[str, ...] = ()  # one line a step of the decision, for --explain


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a story as a feed showed it. ``number`` counts from 1."""

    story_id: str
    number: int
    feed_id: str
    seen_at: datetime
    change: Change
    title: str
    text: str  # the full text if we have one, else the summary
    link: str | None = None
    published: When = When()
    updated: When = When()
    authors: tuple[str, ...] = ()
    language: str | None = None
    backlog: bool = False  # first poll, import, backfill, ids all changed: never an immediate mail
    teaser_only: str | None = None  # why only a teaser: "paywall", "challenge", "robots", "failed", "off"
    tags: Tags | None = None


@dataclass(frozen=True, slots=True)
class Highlight:
    """Where a rule's clause hit: offsets as in Evidence."""

    field: FieldName
    start: int
    end: int
    clause: str


@dataclass(frozen=True, slots=True)
class Match:
    """A rule fired on a version of a story."""

    rule_id: str
    story_id: str
    version: int
    clauses: tuple[str, ...]
    highlights: tuple[Highlight, ...] = ()


Document = dict[str, Any]
"""What the index holds for one story: the keys of index/schema.py's field table."""
