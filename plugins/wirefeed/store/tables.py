"""The schema, once, for SQLite and PostgreSQL. migrations/ must reach the same (a test compares).

JSON columns hold what is only ever read whole (a feed's state, tags of a version); what is filtered or leased is a column.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB


class Utc(TypeDecorator[datetime]):
    """Aware UTC in Python on both databases (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they are always a bug here."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
metadata = MetaData(naming_convention={
    "ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"})


def _lease() -> tuple[Column[Any], Column[Any]]:
    return Column("lease_owner", String(80)), Column("lease_until", Utc)


# --- feeds -----------------------------------------------------------------------------------------------------------
feeds = Table(
    "feeds", metadata,
    Column("id", String(100), primary_key=True),
    Column("host", String(253), nullable=False),
    Column("shard", Integer, nullable=False),  # 0..31, hash of the host: all feeds of a host share a worker
    Column("active", Boolean, nullable=False, default=True),
    Column("next_poll_at", Utc, nullable=False),
    Column("state", Json, nullable=False),  # feeds/state.py: FeedState
    *_lease(),
    Index("ix_feeds_due", "active", "next_poll_at"))

hosts = Table(
    "hosts", metadata,
    Column("host", String(253), primary_key=True),
    Column("next_slot_at", Utc),  # earliest start of the next request
    Column("closed_until", Utc),  # Retry-After
    Column("state", Json, nullable=False, default=dict))

feed_events = Table(
    "feed_events", metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("feed_id", String(100), nullable=False, index=True),
    Column("at", Utc, nullable=False, index=True),
    Column("kind", String(40), nullable=False),  # gap, silent, error, recovered, moved, gone, challenge, country-silent ...
    Column("detail", Json, nullable=False, default=dict))

# --- items and stories -----------------------------------------------------------------------------------------------
items = Table(
    "items", metadata,
    Column("feed_id", String(100), primary_key=True),
    Column("item_id", String(64), primary_key=True),  # Entry.id
    Column("story_id", String(64)),  # the story it belongs to, also for a duplicate; None when rejected
    Column("outcome", String(20), nullable=False),
    Column("reason", String(200)),
    Column("content_hash", String(64), nullable=False),
    Column("first_seen_at", Utc, nullable=False),
    Column("last_seen_at", Utc, nullable=False, index=True),
    Index("ix_items_story", "story_id"))

outcomes = Table(  # the books: seen = sum of outcomes, per feed and day
    "outcomes", metadata,
    Column("day", String(10), primary_key=True),
    Column("feed_id", String(100), primary_key=True),
    Column("outcome", String(20), primary_key=True),
    Column("reason", String(200), primary_key=True, default=""),
    Column("count", Integer, nullable=False))

stories = Table(
    "stories", metadata,
    Column("id", String(64), primary_key=True),
    Column("feed_id", String(100), nullable=False, index=True),
    Column("cluster_id", String(64), index=True),  # the id of the cluster's first story
    Column("first_seen_at", Utc, nullable=False, index=True),
    Column("published_at", Utc, index=True),  # of the first version, None when unknown
    Column("version", Integer, nullable=False),  # the newest version's number
    Column("title", Text, nullable=False),
    Column("link", Text),
    Column("language", String(10)),
    Column("relevant", Boolean),  # None until tagged
    Column("score", Float),
    Column("kept", String(20)),  # why it is kept and indexed: relevant, rule, None
    Column("withdrawn", Boolean, nullable=False, default=False),
    Column("index_due", Boolean, nullable=False, default=False, index=True),
    Column("reread_at", Utc, index=True),  # next re-read of a matched story (1, 6, 24 h, 7 d)
    Column("reread_step", Integer, nullable=False, default=0))

versions = Table(
    "versions", metadata,
    Column("story_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("feed_id", String(100), nullable=False),
    Column("seen_at", Utc, nullable=False, index=True),
    Column("change", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),  # "" once pruned
    Column("link", Text),
    Column("published", Json, nullable=False),  # model.When
    Column("updated", Json, nullable=False),
    Column("authors", Json, nullable=False, default=list),
    Column("language", String(10)),
    Column("backlog", Boolean, nullable=False, default=False),
    Column("teaser_only", String(20)),
    Column("content_hash", String(64), nullable=False),
    Column("tags", Json),  # model.Tags, None until tagged
    Column("processed_at", Utc),  # tagged, percolated and decided
    *_lease(),
    Index("ix_versions_pending", "processed_at", "lease_until"))

fingerprints = Table(  # cluster candidates: a row per band of a story's fingerprint, looked up in constant time
    "fingerprints", metadata,
    Column("band", String(40), primary_key=True),
    Column("story_id", String(64), primary_key=True),
    Column("seen_at", Utc, nullable=False, index=True))

candidates = Table(  # recurring names that the gazetteer lacks
    "candidates", metadata,
    Column("name", String(300), primary_key=True),
    Column("type", String(20), primary_key=True),
    Column("language", String(10), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_seen_at", Utc, nullable=False),
    Column("contexts", Json, nullable=False, default=list))

# --- rules, alerts, mail ---------------------------------------------------------------------------------------------
rules = Table(
    "rules", metadata,
    Column("id", String(100), primary_key=True),
    Column("revision", String(64), nullable=False),  # hash of the YAML
    Column("source", Text, nullable=False),  # the last good YAML
    Column("first_run_at", Utc),
    Column("last_match_at", Utc),
    Column("state", Json, nullable=False, default=dict))  # seen pairs, paused for whom, previous revisions

matches = Table(
    "matches", metadata,
    Column("id", String(64), primary_key=True),  # hash(rule, story, version)
    Column("rule_id", String(100), nullable=False),
    Column("rule_revision", String(64), nullable=False),
    Column("story_id", String(64), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("cluster_id", String(64), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("clauses", Json, nullable=False),
    Column("highlights", Json, nullable=False),
    Column("disposition", String(30), nullable=False),
    Column("alert_id", String(64), index=True),
    Index("ix_matches_rule_at", "rule_id", "at"))

alerts = Table(
    "alerts", metadata,
    Column("id", String(64), primary_key=True),  # hash(rule, cluster, follow-up number)
    Column("rule_id", String(100), nullable=False),
    Column("cluster_id", String(64), nullable=False),
    Column("follow_up", Integer, nullable=False, default=0),
    Column("kind", String(30), nullable=False),  # new, correction, withdrawn, country, actor, sources ...
    Column("severity", String(10), nullable=False),
    Column("at", Utc, nullable=False, index=True),
    Column("detail", Json, nullable=False),  # stories, versions, clauses, why
    Column("acknowledged_at", Utc),
    Column("acknowledged_by", String(320)),
    Column("false_positive", Boolean, nullable=False, default=False),
    UniqueConstraint("rule_id", "cluster_id", "follow_up"))

messages = Table(  # the outbox
    "messages", metadata,
    Column("id", String(64), primary_key=True),  # hash(recipient, channel, alert | window)
    Column("recipient", String(320), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("kind", String(20), nullable=False),  # alert, follow-up, digest, situation, catch-up, summary, reminder, escalation
    Column("state", String(20), nullable=False),  # pending, sent, dead, held
    Column("severity", String(10), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("last_error", Text),
    Column("sent_at", Utc),
    Column("detail", Json, nullable=False),  # alert ids or window; what render needs beyond the alerts
    *_lease(),
    Index("ix_messages_due", "state", "due_at"))

deliveries = Table(  # which alert goes to whom by which message, and how that ended
    "deliveries", metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("recipient", String(320), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("message_id", String(64), index=True),
    Column("disposition", String(30), nullable=False),  # sent, grouped, digest, snoozed, quiet, capped, dead ...
    Column("at", Utc, nullable=False))

snoozes = Table(
    "snoozes", metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("rule_id", String(100), nullable=False),
    Column("cluster_id", String(64)),  # None: the whole rule
    Column("recipient", String(320)),  # None: everybody
    Column("until", Utc, nullable=False),
    Column("by", String(320), nullable=False))

audit = Table(
    "audit", metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Utc, nullable=False, index=True),
    Column("actor", String(320), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", Json, nullable=False, default=dict))

# --- operation -------------------------------------------------------------------------------------------------------
leases = Table(  # named locks: cluster decision, index writer ...
    "leases", metadata,
    Column("name", String(100), primary_key=True),
    *_lease())

config_files = Table(  # the last good version of each configuration file, and whether the present one is set aside
    "config_files", metadata,
    Column("path", String(300), primary_key=True),
    Column("good", Text),
    Column("good_at", Utc),
    Column("fault", Text),
    Column("fault_at", Utc))

meta = Table(  # small facts: sending_held, polling_paused, last poll ...
    "meta", metadata,
    Column("name", String(100), primary_key=True),
    Column("value", Json, nullable=False),
    Column("at", Utc, nullable=False))
