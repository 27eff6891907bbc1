"""A SearchRequest as Elasticsearch's search body, and the answer as a SearchResult. Pure."""

from typing import Any

from wirefeed.index.base import Hit, SearchRequest, SearchResult
from wirefeed.index.document import stamp
from wirefeed.index.schema import FIELDS
from wirefeed.rules.to_elastic import compile_query

FACET_SIZE = 200
FRAGMENTS = 3
FRAGMENT_SIZE = 160  # characters
LONGEST_HIGHLIGHT = 999_999  # one more than this in a text and the whole search would fail


def body(request: SearchRequest) -> dict[str, Any]:
    """The search body. Everything filters, nothing scores: order is by (published, id)."""
    query = compile_query(request.query) if request.query else None
    filters: list[dict[str, Any]] = [query] if query else []
    bounds = {"gte": stamp(request.since) if request.since else None, "lt": stamp(request.until) if request.until else None}
    if kept := {name: value for name, value in bounds.items() if value}:
        filters.append({"range": {"published": kept}})
    if box := request.box:
        filters.append({"geo_bounding_box": {"location": {
            "top_left": {"lat": box.top, "lon": box.left}, "bottom_right": {"lat": box.bottom, "lon": box.right}}}})
    made: dict[str, Any] = {
        "query": {"bool": {"filter": filters}} if filters else {"match_all": {}},
        "size": request.size, "track_total_hits": True, "sort": [{"published": "desc"}, {"id": "desc"}]}
    if request.after:
        made["search_after"] = [stamp(request.after[0]), request.after[1]]
    aggregations: dict[str, Any] = {
        f"facet:{name}": {"terms": {"field": FIELDS[name].facet, "size": FACET_SIZE}} for name in request.facets}
    if request.months:
        aggregations["months"] = {"date_histogram": {
            "field": "published", "calendar_interval": "month", "format": "yyyy-MM", "min_doc_count": 1}}
    if aggregations:
        made["aggregations"] = aggregations
    if query and request.highlight:
        made["highlight"] = {
            "pre_tags": ["<mark>"], "post_tags": ["</mark>"], "encoder": "html", "max_analyzed_offset": LONGEST_HIGHLIGHT,
            "highlight_query": query, "require_field_match": True, "fields": {
                "title": {"number_of_fragments": 0, "matched_fields": ["title.exact"]},
                "text": {"number_of_fragments": FRAGMENTS, "fragment_size": FRAGMENT_SIZE, "matched_fields": ["text.exact"]}}}
    return made


def result(request: SearchRequest, answer: dict[str, Any]) -> SearchResult:
    """The answer to ``body(request)``."""
    found = answer["hits"]
    counted = answer.get("aggregations", {})
    return SearchResult(
        total=found["total"]["value"],
        hits=tuple(Hit(hit["_id"], hit["_source"], {name: tuple(map(_plain, parts)) for name, parts in hit.get("highlight", {}).items()})
                   for hit in found["hits"]),
        facets={name: {_value(bucket): bucket["doc_count"] for bucket in counted[f"facet:{name}"]["buckets"]} for name in request.facets},
        months={bucket["key_as_string"]: bucket["doc_count"] for bucket in counted["months"]["buckets"]} if request.months else {})


def _plain(fragment: str) -> str:
    return fragment.replace("&#x2F;", "/")  # Lucene's encoder escapes slashes, Python's does not


def _value(bucket: dict[str, Any]) -> str:
    return str(bucket.get("key_as_string", bucket["key"]))
