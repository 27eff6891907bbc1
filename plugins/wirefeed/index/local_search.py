"""Searching a tantivy index: paging by (published, id), facets, months bucketed by us, a bounding box, our own highlights."""

from datetime import UTC, datetime, timedelta
from typing import Any

import tantivy
from tantivy import FieldType, Occur, Query

from wirefeed.index.base import GeoBox, Hit, SearchRequest, SearchResult
from wirefeed.index.highlight import highlights
from wirefeed.index.schema import FIELDS
from wirefeed.index.tantivy_schema import order, parse_time, schema, unpack
from wirefeed.model import Document
from wirefeed.rules.percolate_query import compile_query

FACET_SIZE = 200


def search(searcher: tantivy.Searcher, request: SearchRequest) -> SearchResult:
    """Answer ``request`` from one state of the index."""
    query = _query(searcher, request)
    return SearchResult(
        total=searcher.search(query, 1).count,  # type: ignore[attr-defined]  # missing in tantivy.pyi
        hits=tuple(_page(searcher, query, request)),
        facets={name: counts(searcher, query, FIELDS[name].facet, FACET_SIZE) for name in request.facets},
        months=_months(searcher, query) if request.months else {})


def version_of(searcher: tantivy.Searcher, story_id: str) -> int | None:
    """The version of a story that the index holds, None when it holds none."""
    found = searcher.search(Query.term_query(schema(), "id", story_id, "basic"), 1, count=False).hits
    return int(searcher.fast_field_values("version", [found[0][1]])[0] or 0) if found else None


def counts(searcher: tantivy.Searcher, query: Query, field: str, size: int) -> dict[str, int]:
    """Hits a value of ``field``, the most frequent first."""
    answer = searcher.aggregate(query, {"values": {"terms": {"field": field, "size": size}}})
    return {_value(bucket): int(bucket["doc_count"]) for bucket in answer["values"]["buckets"]}


def _value(bucket: dict[str, Any]) -> str:
    return str(bucket.get("key_as_string", bucket["key"]))


def _query(searcher: tantivy.Searcher, request: SearchRequest) -> Query:
    parts = [] if request.query is None else [compile_query(request.query, schema())]
    if request.since or request.until:
        # Times are whole seconds in the index, so "before until" is "up to the last second that begins before it".
        until = request.until.astimezone(UTC) - timedelta(microseconds=1) if request.until else None
        since = request.since.astimezone(UTC) if request.since else None
        if since and since.microsecond:
            since = since.replace(microsecond=0) + timedelta(seconds=1)
        parts.append(Query.range_query(schema(), "published", FieldType.Date, since, until))
    if request.box:
        parts.append(_inside(searcher, request.box))
    if not parts:
        return Query.all_query()
    return parts[0] if len(parts) == 1 else Query.boolean_query([(Occur.Must, part) for part in parts])


def _inside(searcher: tantivy.Searcher, box: GeoBox) -> Query:
    """Stories with a point in the box. Latitude and longitude are two fields, so a story with several points may pair the latitude of one
    with the longitude of another: those few are looked at one by one."""
    sides = [(box.left, box.right)] if box.left <= box.right else [(box.left, 180.0), (-180.0, box.right)]
    longitudes = [Query.range_query(schema(), "location.lon", FieldType.Float, left, right) for left, right in sides]
    near = [Query.range_query(schema(), "location.lat", FieldType.Float, box.bottom, box.top),
            Query.boolean_query([(Occur.Should, one) for one in longitudes])]

    def points(low: int, high: int | None) -> Query:
        return Query.boolean_query([
            *((Occur.Must, one) for one in near),
            (Occur.Must, Query.range_query(schema(), "location.points", FieldType.Integer, low, high))])

    several = searcher.search(points(2, None), max(searcher.num_docs, 1), count=False).hits
    really = [document["id"] for document in (_document(searcher, address) for _score, address in several)
              if any(box.bottom <= at["lat"] <= box.top and any(left <= at["lon"] <= right for left, right in sides)
                     for at in document["location"])]
    inside = [(Occur.Should, points(1, 1))]
    if really:
        inside.append((Occur.Should, Query.term_set_query(schema(), "id", really)))
    return Query.boolean_query(inside)


def _page(searcher: tantivy.Searcher, query: Query, request: SearchRequest) -> list[Hit]:
    if request.size <= 0:
        return []
    if request.after:
        behind = Query.range_query(schema(), "order", FieldType.Unsigned, None, order(*request.after))
        query = Query.boolean_query([(Occur.Must, query), (Occur.Must, behind)])
    limit = request.size + 8
    while True:
        found = searcher.search(query, limit, count=False, order_by_field="order").hits
        documents = [_document(searcher, address) for _order, address in found]
        keyed = sorted(((_key(one), one) for one in documents), key=lambda pair: pair[0], reverse=True)
        if request.after:
            last = (request.after[0].replace(microsecond=0), request.after[1])
            keyed = [pair for pair in keyed if pair[0] < last]
        # ``order`` holds only the head of the id: a group of equal ones cut off by the limit could hide a hit that belongs on this page.
        whole = len(found) < limit or (len(keyed) >= request.size and found[-1][0] < order(*keyed[request.size - 1][0]))
        if whole:
            break
        limit *= 2
    return [Hit(one["id"], one, highlights(request.query, one) if request.query and request.highlight else {})
            for _key_, one in keyed[:request.size]]


def _key(document: Document) -> tuple[datetime, str]:
    return parse_time(document["published"]), document["id"]


def _document(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> Document:
    return unpack(bytes(searcher.doc(address).get_first("document") or b""))


def _months(searcher: tantivy.Searcher, query: Query) -> dict[str, int]:
    """Days counted by tantivy, which knows no calendar months, and added up by us."""
    answer = searcher.aggregate(query, {"days": {"date_histogram": {"field": "published", "fixed_interval": "1d", "min_doc_count": 1}}})
    months: dict[str, int] = {}
    for bucket in answer["days"]["buckets"]:
        month = str(bucket["key_as_string"])[:7]
        months[month] = months.get(month, 0) + int(bucket["doc_count"])
    return dict(sorted(months.items()))
