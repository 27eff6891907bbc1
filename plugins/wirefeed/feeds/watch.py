"""A country whose feeds fail or fall silent together, as Kazakhstan's did in January 2022: one event, told as a story that rules can match.

The judgement is pure (``judge``); ``watch_countries`` reads the states, puts the story through the ordinary intake (feed id
``wirefeed-watch``), so that it is tagged, matched, indexed and mailed like any other, and keeps the feeds' back-off short for three days.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from wirefeed.feeds.catalog import Catalog, Feed
from wirefeed.feeds.schedule import CRISIS, Limits, silence_limit
from wirefeed.feeds.settle import Event
from wirefeed.feeds.state import FeedState
from wirefeed.model import Entry, When
from wirefeed.store import feeds as table
from wirefeed.store.database import Connection, get_meta, set_meta
from wirefeed.store.items import known_items, save_intake
from wirefeed.stories.intake import intake

WATCH_FEED = "wirefeed-watch"
LEAST = 3  # feeds of one country
SHARE = 0.5
TOGETHER = timedelta(hours=12)  # within which they must have gone quiet
CRISIS_FOR = timedelta(hours=72)
_HARD = 2  # failures in a row

NAMES = {"KZ": "Kazakhstan", "KG": "Kyrgyzstan", "TJ": "Tajikistan", "UZ": "Uzbekistan", "TM": "Turkmenistan", "AF": "Afghanistan",
         "RU": "Russia", "CN": "China", "IR": "Iran", "PK": "Pakistan", "AZ": "Azerbaijan", "MN": "Mongolia"}


@dataclass(frozen=True, slots=True)
class Quiet:
    """A country that went quiet: which feeds, of how many that spoke before, since when."""

    country: str
    failing: tuple[str, ...]
    silent: tuple[str, ...]
    of: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """What a look at the countries brought."""

    events: tuple[Event, ...] = ()
    outcomes: Mapping[str, int] = field(default_factory=dict)


def judge(states: Mapping[str, FeedState], feeds: Mapping[str, Feed], now: datetime) -> list[Quiet]:
    """Countries of which at least half of the living feeds (three or more) fail or fell silent within the last hours.

    Feeds that were quiet long before count on neither side: a dead feed says nothing about its country today.
    """
    countries: dict[str, list[tuple[str, str, datetime | None]]] = {}
    for feed_id, state in states.items():
        feed = feeds.get(feed_id)
        if feed is None or feed.country is None or feed.kind == "folder" or state.first_success_at is None:
            continue
        kind, since = _quiet(state, Limits.of(feed), now)
        if since is not None and now - since > CRISIS_FOR:
            continue
        countries.setdefault(feed.country, []).append((feed_id, kind, since))
    found = []
    for country, rows in sorted(countries.items()):
        quiet = [(feed_id, kind, since) for feed_id, kind, since in rows if since is not None]
        onset = _together([since for _, _, since in quiet if since])
        if onset is None:
            continue
        first, last = onset
        members = [(feed_id, kind) for feed_id, kind, since in quiet if since and first <= since <= last]
        if len(members) >= LEAST and len(members) >= SHARE * len(rows):
            found.append(Quiet(country, tuple(sorted(f for f, kind in members if kind == "failing")),
                               tuple(sorted(f for f, kind in members if kind == "silent")), len(rows), first))
    return found


def _quiet(state: FeedState, limits: Limits, now: datetime) -> tuple[str, datetime | None]:
    """When the feed's voice was lost: the first failure, or the last item of a feed that should have spoken since."""
    if state.streak >= _HARD and state.condition != "gone":
        return "failing", state.failing_since
    last = state.new_at or state.first_success_at
    if last and state.rate > 0 and now - last > silence_limit(state, limits):
        return "silent", last
    return "", None


def _together(times: Sequence[datetime]) -> tuple[datetime, datetime] | None:
    """The span of TOGETHER that holds most of ``times``."""
    best: tuple[int, datetime] | None = None
    for start in sorted(times):
        count = sum(start <= time <= start + TOGETHER for time in times)
        if best is None or count > best[0]:
            best = (count, start)
    return (best[1], best[1] + TOGETHER) if best else None


def story(quiet: Quiet, feeds: Mapping[str, Feed], now: datetime) -> Entry:
    """The event as an entry that tagging and rules understand."""
    name = NAMES.get(quiet.country, quiet.country)
    many = len(quiet.failing) + len(quiet.silent)
    title = f"{name}: {many} of {quiet.of} news feeds went silent together, possible internet shutdown"
    lines = [f"{many} of the {quiet.of} news feeds from {name} that Wirefeed follows failed or fell silent together since "
             f"{quiet.since:%Y-%m-%d %H:%M} UTC. A blackout of the news in {name} may mean an internet shutdown, a blocked network "
             "or unrest. This is an observation of Wirefeed itself, not a report of a publisher."]
    if quiet.failing:
        lines.append("Not reachable: " + ", ".join(feeds[f].name for f in quiet.failing) + ".")
    if quiet.silent:
        lines.append("Reachable, but without new items: " + ", ".join(feeds[f].name for f in quiet.silent) + ".")
    key = hashlib.sha256(f"country-silent {quiet.country} {quiet.since:%Y-%m-%d}".encode()).hexdigest()[:32]
    return Entry(id=key, title=title, link=None, published=When(now, now.isoformat(), "wirefeed", True), summary=lines[0],
                 text="\n\n".join(lines), language="en", categories=("country-silent",))


def watch_countries(db: Connection, catalog: Catalog, now: datetime) -> Watched:
    """Judge all countries; at most one event a country in CRISIS_FOR, whatever the number of workers (inside one transaction)."""
    states = {feed_id: state for feed_id, (state, _) in table.states(db).items()}
    events: list[Event] = []
    outcomes: Counter[str] = Counter()
    for quiet in judge(states, catalog.all, now):
        meta = f"country-silent:{quiet.country}"
        told = get_meta(db, meta)
        if told and now - datetime.fromisoformat(told) < CRISIS_FOR:
            continue
        set_meta(db, meta, now.isoformat(), now)
        entry = story(quiet, catalog.all, now)
        taken = intake(WATCH_FEED, (entry,), known_items(db, WATCH_FEED, [entry.id]), now, backlog=False, language="en")
        save_intake(db, taken, now)
        for (outcome, _), number in taken.counts().items():
            outcomes[outcome] += number
        affected = [f for f in (*quiet.failing, *quiet.silent) if f in states]
        table.keep_crisis(db, {f: replace(states[f], crisis_until=now + CRISIS_FOR) for f in affected}, now + timedelta(minutes=CRISIS))
        events.append(Event(WATCH_FEED, "country-silent", {
            "country": quiet.country, "failing": list(quiet.failing), "silent": list(quiet.silent), "of": quiet.of,
            "since": quiet.since.isoformat()}))
    return Watched(tuple(events), outcomes)
