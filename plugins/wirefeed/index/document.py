"""A version of a story as the document that the index holds: plain values under the names of index/schema.py, ready for JSON.

Pure; one function makes it for the pipeline, for ``reindex`` and for percolation, so that rules see what search finds.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from wirefeed.model import Document, Entity, Tags, Version

LONGEST_WORD = 200  # letters; a longer run is base64 or worse, and Lucene refuses a document for one term over 32,766 bytes
LONGEST_TEXT = 500_000  # characters; a page beyond is a dump, its head is what it is about
FUTURE = timedelta(days=1)  # a publisher's clock may be wrong by a zone
YEARLY_AFTER = timedelta(days=3 * 366)  # archives: one index a year, else an import of twenty years makes 240 indices
# The tagger's types (config/gazetteer, and the models' own): what is none of these is an organisation or a group.
PLACES = frozenset({
    "country", "region", "district", "city", "village", "place", "area", "sea", "lake", "river", "canal", "range", "mountain", "valley", "pass",
    "border", "border_crossing", "corridor", "road", "facility", "base", "airport", "dam", "pipeline", "power_line", "event_place"})
PEOPLE = frozenset({"person"})
EVENTS = frozenset({"event"})
_LONG = re.compile(rf"\w{{{LONGEST_WORD}}}(?=\w)")


def document(
    version: Version,
    *,
    source: str,
    source_kind: str,
    first_seen: datetime,
    first_published: datetime | None = None,
    tags: Tags | None = None,
    cluster: str | None = None,
    copies: int = 1,
    kept: str | None = None,
    withdrawn: bool = False,
    rules: Sequence[str] = (),
    severity: str | None = None,
    points: Mapping[str, tuple[float, float]] | None = None,
) -> Document:
    """The document of ``version``: ``source`` is the feed's display name, ``rules`` the ids that matched any version, ``severity`` the
    highest of theirs, ``points`` gazetteer id -> (latitude, longitude). ``tags`` defaults to the version's own.

    ``published`` is the publisher's time in whole seconds; where he gave none, or an impossible one, the time we first saw the story,
    with ``published_known`` false.
    """
    tags = tags or version.tags
    known = believable(version.published.utc, version.seen_at, version.published.flags)
    published = known or first_seen
    made: Document = {
        "id": version.story_id,
        "version": version.number,
        "title": clean(version.title),
        "text": clean(version.text),
        "language": (tags.language if tags else None) or version.language,
        "link": version.link,
        "authors": [clean(author) for author in version.authors],
        "source": clean(source),
        "feed": version.feed_id,
        "source_kind": str(source_kind),
        "published": stamp(published),
        "published_known": known is not None,
        "seen": stamp(first_seen),
        "updated": stamp(version.seen_at),
        "month": partition(first_published, first_seen),
        "cluster": cluster or version.story_id,
        "copies": copies,
        "change": str(version.change),
        "withdrawn": withdrawn,
        "backlog": version.backlog,
        "teaser_only": version.teaser_only,
        "kept": kept,
        "rule": sorted(set(rules)),
        "severity": str(severity) if severity else None,
    }
    if tags is not None:
        made |= _tagged(tags, points or {})
    return {key: value for key, value in made.items() if value is not None and value != []}


def _tagged(tags: Tags, points: Mapping[str, tuple[float, float]]) -> Document:
    places = [entity for entity in tags.entities if entity.type in PLACES]
    located = _distinct(entity.id for entity in places if entity.id is not None and entity.id in points)
    evidence = [
        {"tag": topic.id, "by": "topic", "field": seen.field, "text": seen.text, "start": seen.start, "end": seen.end}
        for topic in tags.topics for seen in topic.evidence
    ] + [
        {"tag": entity.id or entity.name, "by": entity.by, "field": entity.field, "text": entity.text, "start": entity.start,
         "end": entity.end}
        for entity in tags.entities
    ]
    return {
        "score": round(tags.score, 4),
        "country": _distinct(tags.countries),
        "topic": _distinct(topic.id for topic in sorted(tags.topics, key=lambda topic: -topic.score)),
        "entity": _names(tags.entities),
        "place": _names(places),
        "place_name": _distinct(clean(entity.name) for entity in places),
        "person": _distinct(entity.name for entity in tags.entities if entity.type in PEOPLE),
        "organisation": _distinct(entity.name for entity in tags.entities if entity.type not in PEOPLE | PLACES | EVENTS),
        "location": [{"lat": points[name][0], "lon": points[name][1]} for name in located],
        "evidence": evidence,
    }


def _names(entities: Iterable[Entity]) -> list[str]:
    return _distinct(name for entity in entities for name in (entity.id, clean(entity.name)) if name)


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def believable(published: datetime | None, seen: datetime, flags: Sequence[str] = ()) -> datetime | None:
    """``published`` unless it lies in the future or before the web (1990): then None, for no order may rest on it."""
    if published is None or "future" in flags or "absurd" in flags:
        return None
    return published if published.year >= 1990 and published <= seen + FUTURE else None


def partition(first_published: datetime | None, first_seen: datetime) -> str:
    """Which monthly index a story lives in for good: ``2026.11`` by its first known publication; ``2009`` when that is long before
    we saw it. A function of two facts that never change, so that an update always meets its story."""
    day = believable(first_published, first_seen) or first_seen
    day = day.astimezone(UTC)
    return f"{day:%Y}" if first_seen - day > YEARLY_AFTER else f"{day:%Y.%m}"


def clean(text: str) -> str:
    """NFC, no control characters or lone surrogates, bounded words and length: what both engines can hold."""
    text = unicodedata.normalize("NFC", text[:LONGEST_TEXT])
    text = "".join(c if c >= " " or c in "\n\t" else " " for c in text.encode("utf-8", "replace").decode("utf-8"))
    return _LONG.sub(r"\g<0> ", text)


def stamp(moment: datetime) -> str:
    """UTC in whole seconds, ISO-8601 with Z."""
    return f"{moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"
