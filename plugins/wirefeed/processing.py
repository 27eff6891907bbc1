"""The tag stage's shell: leased versions become tags, matches, clusters and outbox rows, in one transaction that also marks them as processed.

Tagging (slow, pure) happens outside any transaction; deciding (fast, needs the newest state) inside one, under the lease "decide".
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import structlog

from wirefeed.alerts.decide import Facts, decide
from wirefeed.configuration import Configuration
from wirefeed.index.document import document
from wirefeed.model import Change, Document, Match, Outcome, Tags, Version
from wirefeed.store import alerts as alert_store
from wirefeed.store.database import Connection, Store, drop_lease, take_lease
from wirefeed.store.stories import PendingVersion, cluster_candidates, finish_version, lease_pending, save_bands
from wirefeed.store.tags import collect_candidates
from wirefeed.stories.clusters import Text, bands, best
from wirefeed.stories.download import Wanted, read_pages, wants_page
from wirefeed.stories.language import detect

log = structlog.get_logger()
LEASE = 180.0  # seconds; a batch that takes longer belongs to a dead worker (200 relevant stories and their pages take about a minute)
PAGES_LONGEST = 40.0  # seconds a batch waits for pages: an alert must not
CLUSTER_WINDOW = timedelta(days=14)


@dataclass
class Report:
    """What one run of the stage did."""

    versions: int = 0
    kept: int = 0
    matches: int = 0
    alerts: int = 0
    messages: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """A version with its tags, ready to be decided on."""

    pending: PendingVersion
    version: Version
    document: Document
    fault: str = ""


def process_batch(store: Store, configuration: Configuration, owner: str, now: datetime, limit: int, report: Report) -> bool:
    """Lease, tag, match, decide and store up to ``limit`` versions. False when there was nothing to do."""
    with store.begin() as db:
        leased = lease_pending(db, owner, now, LEASE, limit)
    if not leased:
        return False
    # Of copies that came in one poll the one published first is the cluster's first story.
    leased.sort(key=lambda one: (one.version.published.utc or one.version.seen_at, one.version.story_id, one.version.number))
    prepared = _with_pages(store, configuration, [_prepare(one, configuration) for one in leased], now)
    found: dict[str, list[Match]] = {}
    for match in configuration.percolator.match([one.document for one in prepared]):
        found.setdefault(match.story_id, []).append(match)
    with store.begin() as db:
        # Taken and dropped in this transaction: another worker that decides makes us wait here, on the row or on SQLite's one writer.
        if not take_lease(db, "decide", owner, now, LEASE):
            raise RuntimeError("the lease 'decide' is held outside a transaction")
        _decide(db, configuration, prepared, found, owner, now, report)
        drop_lease(db, "decide", owner)
    return True


def _prepare(one: PendingVersion, configuration: Configuration) -> Prepared:
    version = one.version
    try:
        version = tagged(version, configuration)
        return Prepared(one, version, make_document(version, one, configuration))
    except Exception as error:
        # One odd text must not hold up the others; it stays visible as rejected with its reason.
        log.exception("a story could not be tagged", story=version.story_id, feed=version.feed_id)
        bare = replace(version, tags=Tags(version.language or "und", False, 0.0))
        return Prepared(one, bare, make_document(bare, one, configuration), f"{type(error).__name__}: {error}")


def _with_pages(store: Store, configuration: Configuration, prepared: list[Prepared], now: datetime) -> list[Prepared]:
    """Full text for teasers that may concern us (a topic's word and a name of the region); back-log stays as it came."""
    wanted = {}
    for one in prepared:
        version = one.version
        feed = configuration.feeds.get(version.feed_id)
        if feed is not None and not one.fault and version.link and not version.backlog and wants_page(feed, version.link, version.text) and \
                configuration.tagger.candidate(version.title, version.text, version.language):
            wanted[version.story_id] = Wanted(version.story_id, feed, version.link, version.title, version.text)
    if not wanted:
        return prepared
    pages = asyncio.run(read_pages(store, configuration.settings, os.environ, list(wanted.values()), now, Random(), longest=PAGES_LONGEST))
    made = []
    for one in prepared:
        page = pages.get(one.version.story_id)
        if page is None:
            made.append(one)
        elif page.article is None:
            made.append(replace(one, version=replace(one.version, teaser_only=page.teaser_only)))
        else:
            authors = one.version.authors or ((page.article.author,) if page.article.author else ())
            whole = replace(one.pending, version=replace(one.pending.version, text=page.article.text, authors=authors))
            made.append(_prepare(whole, configuration))
    return made


def tagged(version: Version, configuration: Configuration) -> Version:
    """The version with language and tags."""
    language = detect(version.title, version.text, version.language)
    tags = configuration.tagger.tag(version.title, version.text, language)
    return replace(version, tags=tags, language=tags.language)


def make_document(version: Version, one: PendingVersion, configuration: Configuration, rules: Sequence[str] = ()) -> Document:
    """The document that rules see."""
    feed = configuration.feeds.get(version.feed_id)
    return document(
        version, source=feed.name if feed else version.feed_id, source_kind=str(feed.source_kind) if feed else "unverified",
        first_seen=one.first_seen_at, first_published=one.published_at, cluster=one.cluster_id, kept=one.kept, rules=rules,
        withdrawn=version.change is Change.WITHDRAWN)


def _decide(
    db: Connection, configuration: Configuration, prepared: Sequence[Prepared], found: Mapping[str, list[Match]], owner: str, now: datetime,
    report: Report,
) -> None:
    facts: list[Facts] = []
    for one in prepared:
        version, tags = one.version, one.version.tags
        matches = [match for match in found.get(version.story_id, []) if match.version == version.number]
        cluster, copy = _cluster(db, one, now)
        kept = "relevant" if tags and tags.relevant else "rule" if matches else None
        outcome, reason = _outcome(one, kept, copy)
        if not finish_version(db, one.pending, version, owner=owner, kept=kept, cluster_id=cluster, outcome=outcome, now=now, reason=reason):
            continue  # our lease ran out and another worker has done this one
        report.versions += 1
        report.kept += kept is not None
        report.outcomes[outcome.value] = report.outcomes.get(outcome.value, 0) + 1
        if one.fault:
            report.failed[version.story_id] = one.fault
        if tags and tags.relevant:
            collect_candidates(db, version, now)
        feed = configuration.feeds.get(version.feed_id)
        facts.append(Facts(
            version=version, cluster_id=cluster, first_seen=one.pending.first_seen_at, matches=tuple(matches),
            source=feed.name if feed else version.feed_id, source_kind=str(feed.source_kind) if feed else "unverified"))
    ledger = alert_store.ledger(db, facts, configuration.rules, configuration.recipients, now)
    decisions = decide(facts, ledger, configuration.rules, configuration.recipients, now)
    alert_store.record(db, decisions, now)
    report.matches += sum(len(one.matches) for one in facts)
    report.alerts += len(decisions.alerts)
    report.messages += len(decisions.messages)


def _cluster(db: Connection, one: Prepared, now: datetime) -> tuple[str, bool]:
    """(cluster id, whether the story is a copy of an earlier one). A story stays in the cluster it has; a new one joins its first copy's."""
    version = one.version
    mine = bands(version.title, version.text)
    cluster = one.pending.cluster_id
    copy = False
    if cluster is None:
        text = Text(version.title, version.text)
        candidates = [(key, Text(title, other)) for key, title, other in cluster_candidates(db, mine, now - CLUSTER_WINDOW)
                      if key != version.story_id]
        match = best(text, candidates)
        cluster, copy = (match[0], True) if match else (version.story_id, False)
    save_bands(db, version.story_id, mine, now)
    return cluster, copy


def _outcome(one: Prepared, kept: str | None, copy: bool) -> tuple[Outcome, str]:
    if one.fault:
        return Outcome.REJECTED, "could not be tagged"
    if one.version.number > 1:
        return Outcome.UPDATE, ""
    if copy:
        return Outcome.DUPLICATE, "copy in another feed"
    return (Outcome.NEW, kept) if kept else (Outcome.IRRELEVANT, "")
