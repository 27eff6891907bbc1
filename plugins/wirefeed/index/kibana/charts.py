"""Lens charts and a map, in the few forms the dashboards need: a field, a question, one layer."""

from collections.abc import Sequence
from typing import Any

from wirefeed.index.kibana.saved import Reference, Saved, packed, query, tagged
from wirefeed.index.kibana.views import TIME_FIELDS, view_id
from wirefeed.index.schema import TABLES, Field

Column = dict[str, Any]
LAYER = "layer"


def field_of(table: str, name: str) -> Field:
    """A field of a table; KeyError names a typing error of ours."""
    return {field.name: field for field in TABLES[table]}[name]


def count(label: str) -> Column:
    """How many documents."""
    return {"label": label, "customLabel": True, "dataType": "number", "operationType": "count", "isBucketed": False, "scale": "ratio",
            "sourceField": "___records___", "params": {"emptyAsNull": False}}


def number(operation: str, table: str, name: str, label: str) -> Column:
    """``sum``, ``median``, ``max`` ... of a number, or ``unique_count`` of a keyword."""
    return {"label": label, "customLabel": True, "dataType": "number", "operationType": operation, "isBucketed": False, "scale": "ratio",
            "sourceField": field_of(table, name).facet if operation == "unique_count" else name, "params": {"emptyAsNull": False}}


def over_time(table: str) -> Column:
    """The time axis."""
    return {"label": field_of(table, TIME_FIELDS[table]).label, "customLabel": True, "dataType": "date", "operationType": "date_histogram",
            "isBucketed": True, "scale": "interval", "sourceField": TIME_FIELDS[table],
            "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False}}


def top(table: str, name: str, size: int, by: str = "value", other: bool = False) -> Column:
    """The ``size`` most frequent values, ranked by the column ``by``."""
    field = field_of(table, name)
    return {"label": field.label.split(" (")[0], "customLabel": True, "dataType": "boolean" if field.kind == "boolean" else "string",
            "operationType": "terms", "isBucketed": True, "scale": "ordinal", "sourceField": field.facet,
            "params": {"size": size, "orderBy": {"type": "column", "columnId": by}, "orderDirection": "desc", "otherBucket": other,
                       "missingBucket": False, "parentFormat": {"id": "terms"}, "include": [], "exclude": [], "includeIsRegex": False,
                       "excludeIsRegex": False}}


def _lens(slug: str, title: str, kind: str, table: str, columns: dict[str, Column], visualization: dict[str, Any], text: str,
          description: str) -> Saved:
    layer = {"columnOrder": list(columns), "columns": columns, "incompleteColumns": {}, "ignoreGlobalFilters": False}
    return Saved("lens", f"wirefeed-lens-{slug}", {
        "title": title, "description": description, "visualizationType": kind, "state": {
            "datasourceStates": {"formBased": {"layers": {LAYER: layer}}}, "visualization": visualization, "query": query(text),
            "filters": [], "internalReferences": [], "adHocDataViews": {}}},
        (Reference("index-pattern", view_id(table), f"indexpattern-datasource-layer-{LAYER}"), *tagged("wirefeed")))


def bars(slug: str, title: str, table: str, value: Column, *, split: Column | None = None, text: str = "", kind: str = "bar_stacked",
         description: str = "") -> Saved:
    """Bars (or ``line``, ``area_stacked``) over time, split by a field."""
    columns = {"time": over_time(table), **({"split": split} if split else {}), "value": value}
    layer = {"layerId": LAYER, "layerType": "data", "seriesType": kind, "xAccessor": "time", "accessors": ["value"],
             **({"splitAccessor": "split"} if split else {})}
    return _lens(slug, title, "lnsXY", table, columns, {
        "layers": [layer], "legend": {"isVisible": split is not None, "position": "right"}, "preferredSeriesType": kind,
        "valueLabels": "hide", "fittingFunction": "None", "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False}},
        text, description)


def ranking(slug: str, title: str, table: str, group: Column, value: Column, *, text: str = "", description: str = "") -> Saved:
    """Horizontal bars, the longest first."""
    layer = {"layerId": LAYER, "layerType": "data", "seriesType": "bar_horizontal", "xAccessor": "group", "accessors": ["value"]}
    return _lens(slug, title, "lnsXY", table, {"group": group, "value": value}, {
        "layers": [layer], "legend": {"isVisible": False, "position": "right"}, "preferredSeriesType": "bar_horizontal",
        "valueLabels": "show", "fittingFunction": "None",
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False}}, text, description)


def donut(slug: str, title: str, table: str, group: Column, value: Column, *, text: str = "", description: str = "") -> Saved:
    """Shares of a whole."""
    layer = {"layerId": LAYER, "layerType": "data", "primaryGroups": ["group"], "metrics": ["value"], "numberDisplay": "value",
             "categoryDisplay": "default", "legendDisplay": "default", "nestedLegend": False}
    return _lens(slug, title, "lnsPie", table, {"group": group, "value": value}, {"shape": "donut", "layers": [layer]}, text, description)


def figure(slug: str, title: str, table: str, value: Column, *, text: str = "", description: str = "", color: str = "#1D6FA5") -> Saved:
    """One number, large."""
    return _lens(slug, title, "lnsMetric", table, {"value": value}, {
        "layerId": LAYER, "layerType": "data", "metricAccessor": "value", "color": color}, text, description)


def listing(slug: str, title: str, table: str, groups: dict[str, Column], values: dict[str, Column], *, text: str = "",
            description: str = "") -> Saved:
    """A table: a row a combination of ``groups``."""
    return _lens(slug, title, "lnsDatatable", table, {**groups, **values}, {
        "layerId": LAYER, "layerType": "data", "columns": [{"columnId": name} for name in (*groups, *values)],
        "paging": {"size": 10, "enabled": True}}, text, description)


def story_map(slug: str, title: str, shown: Sequence[str], description: str = "") -> Saved:
    """Where stories happen: clusters from afar, single stories close up with the fields ``shown`` in the tooltip."""
    table = "stories"
    base = {"applyGlobalQuery": True, "applyGlobalTime": True, "applyForceRefresh": True}

    def style(color: str, size: dict[str, Any]) -> dict[str, Any]:
        return {"type": "VECTOR", "isTimeAware": True, "properties": {
            "fillColor": {"type": "STATIC", "options": {"color": color}}, "lineColor": {"type": "STATIC", "options": {"color": "#FFFFFF"}},
            "lineWidth": {"type": "STATIC", "options": {"size": 1}}, "iconSize": size,
            "symbolizeAs": {"options": {"value": "circle"}}}}

    grown = {"type": "DYNAMIC", "options": {"minSize": 6, "maxSize": 32, "field": {"name": "doc_count", "origin": "source"},
                                            "fieldMetaOptions": {"isEnabled": True, "sigma": 3}}}
    layers = [
        {"id": "wirefeed-map-ground", "type": "EMS_VECTOR_TILE", "sourceDescriptor": {"type": "EMS_TMS", "isAutoSelect": True},
         "minZoom": 0, "maxZoom": 24, "alpha": 1, "visible": True, "includeInFitToBounds": True, "style": {"type": "EMS_VECTOR_TILE", "color": ""}},
        {"id": "wirefeed-map-clusters", "type": "GEOJSON_VECTOR", "label": "Stories by place", "joins": [], "minZoom": 0, "maxZoom": 8,
         "alpha": 0.75, "visible": True, "includeInFitToBounds": True, "style": style("#1D6FA5", grown), "sourceDescriptor": {
             "id": "wirefeed-map-clusters-source", "type": "ES_GEO_GRID", "geoField": "location", "requestType": "point", "resolution": "FINE",
             "metrics": [{"type": "count"}], "indexPatternRefName": "layer_1_source_index_pattern", **base}},
        {"id": "wirefeed-map-stories", "type": "GEOJSON_VECTOR", "label": "Stories", "joins": [], "minZoom": 8, "maxZoom": 24, "alpha": 0.75,
         "visible": True, "includeInFitToBounds": True, "style": style("#C4262E", {"type": "STATIC", "options": {"size": 8}}),
         "sourceDescriptor": {
             "id": "wirefeed-map-stories-source", "type": "ES_SEARCH", "geoField": "location", "scalingType": "LIMIT",
             "filterByMapBounds": True, "tooltipProperties": list(shown), "sortField": "published", "sortOrder": "desc",
             "indexPatternRefName": "layer_2_source_index_pattern", **base}}]
    state = {"adHocDataViews": [], "zoom": 3.7, "center": {"lon": 67.5, "lat": 42.0}, "timeFilters": {"from": "now-7d", "to": "now"},
             "refreshConfig": {"isPaused": True, "interval": 60_000}, "query": query(), "filters": [], "settings": {
                 "autoFitToDataBounds": False, "initialLocation": "LAST_SAVED_LOCATION", "maxZoom": 24, "minZoom": 0}}
    return Saved("map", f"wirefeed-map-{slug}", {
        "title": title, "description": description, "layerListJSON": packed(layers), "mapStateJSON": packed(state),
        "uiStateJSON": packed({"isLayerTOCOpen": False, "openTOCDetails": []})},
        (Reference("index-pattern", view_id(table), "layer_1_source_index_pattern"),
         Reference("index-pattern", view_id(table), "layer_2_source_index_pattern"), *tagged("wirefeed")))
