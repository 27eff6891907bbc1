"""What the alert stage passes around: facts in, decisions out, all frozen and without behaviour. Times are aware UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wirefeed.model import Match, Severity, Version
from wirefeed.rules.trends import Pair, Past

RANK = {"flash": 0, "urgent": 1, "routine": 2}

MAILED = frozenset({"queued", "sent", "quiet", "situation", "hourly", "digest", "capped", "away", "grouped"})
"""Dispositions of deliveries that reached the recipient or will: corrections follow them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A tagged version with all that deciding needs; ``matches`` may be empty (a correction that no longer matches still counts)."""

    version: Version
    cluster_id: str
    first_seen: datetime  # of the story
    matches: tuple[Match, ...]
    source: str
    source_kind: str


@dataclass(frozen=True, slots=True)
class Item:
    """One story inside an alert or summary, as its mail shows it. ``fragments``: pieces of text, each a list of [text, is it a hit]."""

    story: str
    version: int
    title: str
    link: str | None
    feed: str
    source: str
    source_kind: str
    change: str
    published: str | None
    seen: str
    language: str | None = None
    teaser_only: str | None = None
    fragments: tuple[tuple[tuple[str, bool], ...], ...] = ()
    title_marked: tuple[tuple[str, bool], ...] = ()
    clauses: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    note: str = ""  # a correction's own first words
    lead: str = ""  # start of the text, for telling a copy of a correction from another one
    rule: str = ""  # in summaries only: the rule that matched


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of ``alerts``. ``known`` of the detail is what the reader has been told: countries, actors, number of sources."""

    id: str
    rule_id: str
    cluster_id: str
    follow_up: int
    kind: str  # new, correction, withdrawn, country, actor, sources
    severity: str
    at: datetime
    detail: Mapping[str, Any]
    acknowledged: bool = False
    false_positive: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """Which alert goes to whom by which message. ``message_id`` None: it waits for the digest. ``sent``: the message has left."""

    alert_id: str
    recipient: str
    channel: str
    disposition: str
    message_id: str | None = None
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox. ``join``: window key under which later alerts may still be added while it is unsent, "" for none."""

    id: str
    recipient: str
    channel: str
    kind: str  # alert, follow-up, digest, situation, catch-up, summary, reminder, escalation, notice
    severity: str
    created_at: datetime
    due_at: datetime
    detail: Mapping[str, Any]
    join: str = ""


@dataclass(frozen=True, slots=True)
class Disposed:
    """How one match ended."""

    match: Match
    cluster_id: str
    rule_revision: str
    disposition: str
    alert_id: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """An alert and its follow-ups, in order, with all their deliveries."""

    alerts: tuple[Alert, ...]
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Snooze:
    """Nothing of this rule (or of one story of it) for a while, for one recipient or all."""

    rule_id: str
    cluster_id: str | None
    recipient: str | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """What has been decided before, as far as the present matches need it."""

    chains: Mapping[tuple[str, str], Chain] = field(default_factory=dict)  # by (rule, present cluster id)
    decided: frozenset[str] = frozenset()  # ids of matches that are stored
    matched: frozenset[tuple[str, str]] = frozenset()  # (rule, story) of earlier versions that matched
    started: frozenset[str] = frozenset()  # rules that have had their first run
    revisions: Mapping[str, str] = field(default_factory=dict)  # of rules as they last ran
    paused: frozenset[tuple[str, str]] = frozenset()  # (rule, recipient) who left
    snoozes: tuple[Snooze, ...] = ()
    last_hour: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (rule, recipient): mails of their own
    past: Mapping[str, Past] = field(default_factory=dict)  # of rules with a threshold, spike or first_seen
    open: Mapping[tuple[str, str, str], str] = field(default_factory=dict)  # (recipient, channel, join): unsent message


@dataclass(frozen=True, slots=True)
class Decisions:
    """What shall be: all of it is written in one transaction, with the processed versions."""

    alerts: tuple[Alert, ...] = ()
    messages: tuple[Message, ...] = ()
    additions: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)  # open summary or catch-up message: more items
    deliveries: tuple[Delivery, ...] = ()
    disposed: tuple[Disposed, ...] = ()
    grouped: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # alert id: its new detail, copies added
    pairs: Mapping[str, frozenset[Pair]] = field(default_factory=dict)  # rule: groups and countries it has met now
    started: tuple[tuple[str, str, str], ...] = ()  # rules whose first run this was, or whose text has changed since: id, revision, source


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule as the alert stage sees it."""

    id: str
    title: str
    severity: Severity
    rhythm: str  # immediate, hourly, daily
    recipients: tuple[str, ...]
    cap: int  # mails an hour and recipient
    revision: str = ""
    source: str = ""
    quiet: bool = True  # keeps to the recipients' quiet hours
    owner: str = ""
    query: str = ""
    escalate_to: str | None = None
    escalate_after: float = 30  # minutes
