"""Rules in the database: the archive that back-tests read, each rule's history, revisions and first meetings."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from wirefeed.index.document import document
from wirefeed.model import Change, Document
from wirefeed.rules.catalog import Rule
from wirefeed.rules.trends import Hit, Pair, Past, hit, memory
from wirefeed.store.database import Connection
from wirefeed.store.stories import iterate_versions, read_tags
from wirefeed.store.tables import alerts, matches, rules, stories, versions

_NOT_NEWS = ("summary", "catch-up", "unchanged", "off")
_KEPT = 10  # former revisions of a rule


def archive(db: Connection, since: datetime, until: datetime, names: dict[str, tuple[str, str]]) -> Iterator[tuple[Document, datetime]]:
    """(document, first seen) of every story first seen in the span whose text is kept, matched or not, oldest first.

    ``names``: feed id -> (source name, source kind)."""
    for version, row in iterate_versions(db, since, until):
        source, kind = names.get(version.feed_id, (version.feed_id, "unverified"))
        made = document(version, source=source, source_kind=kind, first_seen=row.first_seen_at, first_published=row.published_at,
                        cluster=row.cluster_id, kept=row.kept, withdrawn=version.change is Change.WITHDRAWN)
        yield made, row.first_seen_at


def history(db: Connection, rule_id: str, since: datetime, until: datetime) -> list[Hit]:
    """The rule's matches decided from ``since`` to before ``until``, one a story, for rules/trends.py. Back-log and late stories say nothing about
    how much is going on now."""
    rows = db.execute(
        select(matches.c.story_id, matches.c.cluster_id, func.min(matches.c.at).label("at"), func.max(matches.c.version).label("version"),
               stories.c.title, stories.c.link, stories.c.feed_id)
        .join(stories, stories.c.id == matches.c.story_id)
        .where(matches.c.rule_id == rule_id, matches.c.at >= since, matches.c.at < until, matches.c.disposition.not_in(_NOT_NEWS))
        .group_by(matches.c.story_id, matches.c.cluster_id, stories.c.title, stories.c.link, stories.c.feed_id).order_by("at")).all()
    found = []
    for row in rows:
        kept = db.execute(select(versions.c.tags).where(versions.c.story_id == row.story_id, versions.c.number == row.version)).scalar()
        tags = read_tags(kept)
        entities = [one.id for one in tags.entities if one.id] if tags else []
        countries = list(tags.countries) if tags else []
        made = hit({"id": row.story_id, "cluster": row.cluster_id, "entity": entities, "country": countries}, row.at)
        found.append(replace(made, story=row.story_id, title=row.title or "", link=row.link, feed=row.feed_id))
    return found


def past(db: Connection, rule: Rule, now: datetime) -> Past:
    """All that ``judge`` asks about a rule."""
    started = db.execute(select(rules.c.first_run_at).where(rules.c.id == rule.id)).scalar()
    return Past(tuple(history(db, rule.id, now - memory(rule), now + timedelta(microseconds=1))), seen_pairs(db, rule.id), started,
                last_fired(db, rule.id))


def last_fired(db: Connection, rule_id: str) -> datetime | None:
    """When the rule last made an alert of its own (not a follow-up)."""
    return db.execute(select(func.max(alerts.c.at)).where(alerts.c.rule_id == rule_id, alerts.c.follow_up == 0)).scalar()


def runs(db: Connection) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Rule id -> (first run, last match)."""
    return {row.id: (row.first_run_at, row.last_match_at) for row in db.execute(select(rules.c.id, rules.c.first_run_at, rules.c.last_match_at))}


def seen_pairs(db: Connection, rule_id: str) -> frozenset[Pair]:
    """The pairs of group and country that the rule has met."""
    state = db.execute(select(rules.c.state).where(rules.c.id == rule_id)).scalar() or {}
    return frozenset((group, country) for group, country in state.get("pairs", ()))


def remember_pairs(db: Connection, rule_id: str, pairs: Iterable[Pair]) -> None:
    """Add pairs that the rule has met now; the rule must have a row."""
    _merge(db, rule_id, lambda state: {**state, "pairs": sorted({*map(tuple, state.get("pairs", ())), *pairs})})


def stored(db: Connection, rule_id: str) -> tuple[str, str] | None:
    """(revision, YAML) of the rule as it last ran, None when it never did."""
    row = db.execute(select(rules.c.revision, rules.c.source).where(rules.c.id == rule_id)).first()
    return (row.revision, row.source) if row else None


def former(db: Connection, rule_id: str) -> tuple[str, str] | None:
    """(revision, YAML) of the revision before the stored one."""
    state = db.execute(select(rules.c.state).where(rules.c.id == rule_id)).scalar() or {}
    before = state.get("revisions", ())
    return (before[-1]["revision"], before[-1]["source"]) if before else None


def keep_revision(db: Connection, rule_id: str, revision: str, source: str, now: datetime) -> bool:
    """Make this the stored revision of a rule that has run, the one before it kept for comparison; False when nothing changed."""
    row = db.execute(select(rules).where(rules.c.id == rule_id).with_for_update()).first()
    if row is None or row.revision == revision:
        return False
    old = {"revision": row.revision, "source": row.source, "until": now.isoformat()}
    state = row.state or {}
    if row.revision:  # a row without one was made before the rule ran, for somebody who left it
        state = {**state, "revisions": [*state.get("revisions", ()), old][-_KEPT:]}
    db.execute(update(rules).where(rules.c.id == rule_id).values(revision=revision, source=source, state=state))
    return True


def statistics(db: Connection, rule_id: str, now: datetime, days: int = 30) -> dict[str, int]:
    """Stories matched, alerts, acknowledged and false positives of the last ``days``."""
    since = now - timedelta(days=days)
    matched = db.execute(select(func.count(matches.c.story_id.distinct())).where(matches.c.rule_id == rule_id, matches.c.at >= since)).scalar()
    rows = db.execute(select(alerts.c.acknowledged_at, alerts.c.false_positive).where(alerts.c.rule_id == rule_id, alerts.c.at >= since)).all()
    return {"stories": int(matched or 0), "alerts": len(rows), "acknowledged": sum(row.acknowledged_at is not None for row in rows),
            "false_positives": sum(bool(row.false_positive) for row in rows)}


def _merge(db: Connection, rule_id: str, change: Any) -> None:
    row = db.execute(select(rules.c.state).where(rules.c.id == rule_id).with_for_update()).first()
    if row is not None:
        db.execute(update(rules).where(rules.c.id == rule_id).values(state=change(row.state or {})))
