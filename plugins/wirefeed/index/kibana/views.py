"""Data views from the field tables (labels, links), and saved searches over them."""

from collections.abc import Sequence

from wirefeed.index.kibana.saved import Reference, Saved, packed, query, tagged
from wirefeed.index.schema import TABLES

TIME_FIELDS = {"stories": "published", "alerts": "at", "deliveries": "at", "feeds": "at", "outcomes": "at"}
NAMES = {"stories": "Stories", "alerts": "Alerts", "deliveries": "Deliveries", "feeds": "Feed health", "outcomes": "Items by outcome"}
SOURCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
DEFAULT_PREFIX = "wirefeed"


def view_id(table: str) -> str:
    """The data view of a table; mails link to it."""
    return f"wirefeed-{table}"


def data_view(table: str) -> Saved:
    """The data view of a table: our labels above the columns, links that can be clicked."""
    labels, formats = {}, {}
    for field in TABLES[table]:
        labels[field.name] = {"customLabel": field.label}
        if field.kind == "name":
            labels[field.facet] = {"customLabel": field.label.split(" (")[0]}
        elif field.kind == "text":
            labels[field.exact] = {"customLabel": f"{field.label} (word for word)"}
        if field.url:
            formats[field.name] = {"id": "url", "params": {
                "type": "a", "urlTemplate": "{{rawValue}}", "labelTemplate": "{{value}}", "openLinkInCurrentTab": False}}
    return Saved("index-pattern", view_id(table), {
        "title": f"{DEFAULT_PREFIX}-{table}", "name": NAMES[table], "timeFieldName": TIME_FIELDS[table], "fields": "[]",
        "fieldAttrs": packed(labels), "fieldFormatMap": packed(formats), "runtimeFieldMap": "{}", "sourceFilters": "[]", "typeMeta": "{}",
        "allowHidden": False}, tagged("wirefeed"))


def search(slug: str, title: str, text: str, columns: Sequence[str], *, table: str = "stories", description: str = "",
           since: str | None = None, tags: Sequence[str] = ("wirefeed",)) -> Saved:
    """A saved search of Discover, newest first; ``since`` (such as now-24h) fixes its time range."""
    shared = {
        "columns": list(columns), "sort": [[TIME_FIELDS[table], "desc"]], "grid": {}, "hideChart": False, "isTextBasedQuery": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": packed({"query": query(text), "filter": [], "indexRefName": SOURCE})},
        "timeRestore": since is not None}
    if since is not None:
        shared |= {"timeRange": {"from": since, "to": "now"}, "refreshInterval": {"pause": False, "value": 60_000}}
    return Saved("search", f"wirefeed-search-{slug}", {
        "title": title, "description": description, **shared, "tabs": [{"id": f"wirefeed-{slug}", "label": title, "attributes": shared}]},
        (Reference("index-pattern", view_id(table), SOURCE), *tagged(*tags)))
