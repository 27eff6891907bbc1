"""The one field table. Elasticsearch's mappings (config/index/*.json), tantivy's schema, the rule language's fields and Kibana's
data views are all made from it; a test compares the files with it.

Kinds: ``text`` analysed and stemmed, with an unstemmed ``.exact`` twin; ``name`` analysed without stemming, with a ``.raw`` keyword twin
for facets; ``keyword`` one term, brought to ``case``; ``stored`` kept and shown (Kibana may filter and count its keys, the rule language
may not).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from wirefeed.index.analysis import EXACT, STEMMED, elasticsearch_settings, normal

Kind = Literal["text", "name", "keyword", "date", "long", "double", "boolean", "geo", "stored"]
Case = Literal["lower", "upper", ""]

LONGEST_TERM = 1024  # characters; Lucene refuses a whole document for one term over 32,766 bytes


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a document: what it is called, how it is searched, what an analyst reads above the column."""

    name: str
    kind: Kind
    label: str
    case: Case = "lower"  # keyword only
    many: bool = False
    url: bool = False  # Kibana shows it as a link

    @property
    def exact(self) -> str:
        """Where wildcards run."""
        return f"{self.name}.exact" if self.kind == "text" else self.name

    @property
    def facet(self) -> str:
        """Where values are counted; raises ValueError for a kind that has no values to count."""
        if self.kind in ("keyword", "boolean"):
            return self.name
        if self.kind == "name":
            return f"{self.name}.raw"
        raise ValueError(f"{self.name}: values of a {self.kind} field can't be counted")

    @property
    def chain(self) -> Any:
        """The analysis chain of a text or name field (index/analysis.py)."""
        return STEMMED if self.kind == "text" else EXACT

    def normal(self, value: str) -> str:
        """A keyword's value as the index holds it."""
        return normal(value, self.case)


STORIES: tuple[Field, ...] = (
    # what was said
    Field("title", "text", "Headline"),
    Field("text", "text", "Text"),
    Field("language", "keyword", "Language"),
    Field("link", "keyword", "Link", case="", url=True),
    Field("authors", "name", "Authors", many=True),
    # who says it
    Field("source", "name", "Source"),
    Field("feed", "keyword", "Feed"),
    Field("source_kind", "keyword", "Kind of source"),
    # what it is about
    Field("topic", "keyword", "Topic", many=True),
    Field("country", "keyword", "Country", case="upper", many=True),
    Field("entity", "name", "Entity (ids and names)", many=True),
    Field("place", "name", "Place (ids and names)", many=True),
    Field("place_name", "keyword", "Place", case="", many=True),
    Field("person", "name", "Person", many=True),
    Field("organisation", "name", "Organisation", many=True),
    Field("location", "geo", "Location", many=True),
    Field("score", "double", "Relevance"),
    Field("evidence", "stored", "Evidence", many=True),
    # when
    Field("published", "date", "Published"),
    Field("published_known", "boolean", "Published is the publisher's"),
    Field("seen", "date", "First seen"),
    Field("updated", "date", "Last change seen"),
    Field("month", "keyword", "Month of the index", case=""),
    # its life
    Field("id", "keyword", "Story", case=""),
    Field("cluster", "keyword", "Cluster", case=""),
    Field("copies", "long", "Sources that carry it"),
    Field("version", "long", "Version"),
    Field("change", "keyword", "Last change"),
    Field("withdrawn", "boolean", "Withdrawn"),
    Field("backlog", "boolean", "From a back-log"),
    Field("teaser_only", "keyword", "Why only a teaser"),
    Field("kept", "keyword", "Why kept"),
    Field("rule", "keyword", "Rules that matched", many=True),
    Field("severity", "keyword", "Highest severity"),
)

ALERTS: tuple[Field, ...] = (
    Field("id", "keyword", "Alert", case=""),
    Field("rule", "keyword", "Rule"),
    Field("kind", "keyword", "Kind"),
    Field("severity", "keyword", "Severity"),
    Field("at", "date", "Decided"),
    Field("title", "text", "Headline"),
    Field("link", "keyword", "Link", case="", url=True),
    Field("source", "name", "Source"),
    Field("cluster", "keyword", "Cluster", case=""),
    Field("story", "keyword", "Stories", case="", many=True),
    Field("topic", "keyword", "Topic", many=True),
    Field("country", "keyword", "Country", case="upper", many=True),
    Field("follow_up", "long", "Follow-up number"),
    Field("recipients", "long", "Recipients"),
    Field("acknowledged", "boolean", "Acknowledged"),
    Field("acknowledged_at", "date", "Acknowledged at"),
    Field("minutes_to_acknowledge", "double", "Minutes to acknowledgement"),
    Field("false_positive", "boolean", "False positive"),
    Field("published", "date", "Published"),
    Field("month", "keyword", "Month of the index", case=""),
)

DELIVERIES: tuple[Field, ...] = (
    Field("id", "keyword", "Delivery", case=""),
    Field("alert", "keyword", "Alert", case=""),
    Field("rule", "keyword", "Rule"),
    Field("severity", "keyword", "Severity"),
    Field("recipient", "keyword", "Recipient", case=""),
    Field("channel", "keyword", "Channel"),
    Field("disposition", "keyword", "How it ended"),
    Field("at", "date", "Decided"),
    Field("sent_at", "date", "Sent"),
    Field("attempts", "long", "Attempts"),
    Field("error", "keyword", "Last error", case=""),
    Field("seconds_to_send", "double", "Seconds to send"),
    Field("month", "keyword", "Month of the index", case=""),
)

FEEDS: tuple[Field, ...] = (
    Field("id", "keyword", "Record", case=""),
    Field("feed", "keyword", "Feed"),
    Field("record", "keyword", "Record kind"),  # state: how the feed is now; event: what befell it
    Field("host", "keyword", "Host"),
    Field("source", "name", "Source"),
    Field("country", "keyword", "Country", case="upper", many=True),
    Field("at", "date", "As of"),
    Field("kind", "keyword", "Event"),
    Field("detail", "keyword", "Detail", case=""),
    Field("active", "boolean", "Active"),
    Field("next_poll", "date", "Next poll"),
    Field("last_success", "date", "Last success"),
    Field("failures", "long", "Failures in a row"),
    Field("status", "keyword", "Status"),
    Field("month", "keyword", "Month of the index", case=""),
)

OUTCOMES: tuple[Field, ...] = (
    Field("id", "keyword", "Record", case=""),
    Field("at", "date", "Day"),
    Field("feed", "keyword", "Feed"),
    Field("outcome", "keyword", "Outcome"),
    Field("reason", "keyword", "Reason", case=""),
    Field("count", "long", "Items"),
    Field("month", "keyword", "Month of the index", case=""),
)

TABLES: dict[str, tuple[Field, ...]] = {
    "stories": STORIES, "alerts": ALERTS, "deliveries": DELIVERIES, "feeds": FEEDS, "outcomes": OUTCOMES}
FIELDS: dict[str, Field] = {field.name: field for field in STORIES}
DEFAULT_FIELDS = ("title", "text")  # where a bare word is looked for
COMPANIONS = tuple(name for name in TABLES if name != "stories")


def searchable() -> Iterator[Field]:
    """The story fields that a query may name."""
    return (field for field in STORIES if field.kind not in ("geo", "stored"))


def mapping(table: str) -> dict[str, Any]:
    """Elasticsearch's mapping of one table: strict, so that a field nobody declared is an error and not a guess."""
    properties = {field.name: _property(field) for field in TABLES[table]}
    return {"dynamic": "strict", "_meta": {"analysis": analysis_fingerprint()}, "properties": properties}


def fingerprint() -> str:
    """Changes when the analysis changes, or a field: an index made with another one wants `wirefeed index migrate`."""
    made = json.dumps([elasticsearch_settings(), [_property(field) | {"name": field.name} for field in STORIES]], sort_keys=True)
    return hashlib.sha256(made.encode()).hexdigest()[:12]


def analysis_fingerprint() -> str:
    """Changes when the analysis changes: the part that Elasticsearch can't alter in an index that exists."""
    return hashlib.sha256(json.dumps(elasticsearch_settings(), sort_keys=True).encode()).hexdigest()[:12]


def _property(field: Field) -> dict[str, Any]:
    if field.kind == "text":
        return {"type": "text", "analyzer": STEMMED, "index_options": "offsets", "fields": {"exact": {"type": "text", "analyzer": EXACT}}}
    if field.kind == "name":  # gap 1 as in tantivy, so that a phrase never joins two names on either side
        return {"type": "text", "analyzer": EXACT, "position_increment_gap": 1,
                "fields": {"raw": {"type": "keyword", "ignore_above": LONGEST_TERM}}}
    if field.kind == "keyword":
        made: dict[str, Any] = {"type": "keyword", "ignore_above": LONGEST_TERM}
        return {**made, "normalizer": f"wirefeed_{field.case}"} if field.case else made
    if field.kind == "date":
        return {"type": "date", "format": "strict_date_time_no_millis||strict_date_optional_time||epoch_millis"}
    if field.kind == "geo":
        return {"type": "geo_point"}
    if field.kind == "stored":
        return {"type": "flattened", "ignore_above": LONGEST_TERM}
    return {"type": field.kind}


def template(table: str, prefix: str = "wirefeed") -> dict[str, Any]:
    """The composable index template of one table, as shipped: one node, so no replicas. The pattern takes every month and generation.

    No alias stands in it: a generation that is being built must stay unseen until the flip.
    """
    return sealed(table, {
        "index_patterns": [f"{prefix}-{table}-*"], "priority": 500,
        "template": {"settings": {"index": {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "5s"},
                                  "analysis": elasticsearch_settings()}, "mappings": mapping(table)}})


def sealed(table: str, made: dict[str, Any]) -> dict[str, Any]:
    """A template with ``_meta``: whose it is, and a digest by which set-up sees whether the server's is the same."""
    digest = hashlib.sha256(json.dumps(made["template"], sort_keys=True).encode()).hexdigest()[:12]
    return {**made, "_meta": {"made_by": "wirefeed", "table": table, "digest": digest}}
