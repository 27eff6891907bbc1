"""What is shipped to Kibana: every reference resolves, every field exists, every attribute has a shape that Kibana 9.5 accepts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wirefeed.index import shipped
from wirefeed.index.kibana import objects, saved, views
from wirefeed.index.schema import TABLES, mapping

CONFIG = Path(__file__).parents[2] / "config"
TOPICS = [("terrorism", "Terrorism"), ("border-incidents", "Border incidents")]
LINES = [json.loads(line) for line in (CONFIG / "kibana" / "wirefeed.ndjson").read_text("utf-8").splitlines()]
BY_KEY = {(one["type"], one["id"]): one for one in LINES}
TOP_LEVEL = {"id", "type", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion", "managed"}
TABS_KEYS = {"columns", "sort", "grid", "hideChart", "isTextBasedQuery", "kibanaSavedObjectMeta", "timeRestore", "timeRange",
             "refreshInterval", "viewMode", "density", "rowHeight", "rowsPerPage", "usesAdHocDataView", "breakdownField"}
# type -> (required, allowed): the closed attribute sets of Kibana 9.5's saved object schemas
ATTRIBUTES: dict[str, tuple[set[str], set[str]]] = {
    "tag": ({"name", "description", "color"}, set()),
    "index-pattern": ({"title", "name", "timeFieldName"}, {"fields", "fieldAttrs", "fieldFormatMap", "runtimeFieldMap", "sourceFilters",
                                                           "typeMeta", "allowHidden"}),
    "search": ({"title", "description", "tabs", "columns", "sort", "kibanaSavedObjectMeta"}, TABS_KEYS),
    "lens": ({"title", "description", "visualizationType", "state"}, set()),
    "map": ({"title", "layerListJSON", "mapStateJSON"}, {"description", "uiStateJSON"}),
    "dashboard": ({"title", "panelsJSON", "optionsJSON", "kibanaSavedObjectMeta"}, {
        "description", "version", "timeRestore", "timeFrom", "timeTo", "refreshInterval", "controlGroupInput"}),
}


def of(kind: str) -> list[dict[str, Any]]:
    """All shipped objects of a type."""
    return [one for one in LINES if one["type"] == kind]


def reference(one: dict[str, Any], name: str) -> dict[str, Any]:
    """The object that a named reference points to."""
    [found] = [ref for ref in one["references"] if ref["name"] == name]
    return BY_KEY[found["type"], found["id"]]


def table_of(view: dict[str, Any]) -> str:
    """The table behind a data view."""
    return str(view["id"]).removeprefix("wirefeed-")


def fields(table: str) -> dict[str, str]:
    """Every field and sub-field of a table's mapping with its type."""
    found = {"_source": "source"}
    for name, made in mapping(table)["properties"].items():
        found[name] = made["type"]
        found |= {f"{name}.{sub}": inner["type"] for sub, inner in made.get("fields", {}).items()}
    return found


def test_the_shipped_file_is_what_the_generator_makes_byte_for_byte() -> None:
    made = shipped.files(CONFIG)[CONFIG / "kibana" / "wirefeed.ndjson"]
    assert made == (CONFIG / "kibana" / "wirefeed.ndjson").read_text("utf-8"), "run python -m wirefeed.index.shipped"
    assert objects.ndjson(TOPICS) == objects.ndjson(TOPICS)


def test_a_configured_topic_gets_a_saved_search_of_its_own() -> None:
    made = {(one.type, one.id) for one in objects.everything(TOPICS)}
    assert {("search", "wirefeed-search-topic-terrorism"), ("search", "wirefeed-search-topic-border-incidents")} <= made
    assert not {"other-news", "security-words"} & {topic for topic, _name in shipped.topics(CONFIG)}  # no story bears them
    assert {f"wirefeed-search-topic-{topic}" for topic, _name in shipped.topics(CONFIG)} <= {one["id"] for one in of("search")}


def test_there_is_what_an_agency_expects_on_the_first_morning() -> None:
    assert {one["attributes"]["title"] for one in of("dashboard")} == {"Desk", "Topic", "Country", "Alerts", "Feed health"}
    assert {"wirefeed-stories", "wirefeed-alerts", "wirefeed-feeds"} <= {one["id"] for one in of("index-pattern")}
    assert len(of("map")) == 1
    assert len(of("tag")) >= 1


def test_frames_are_complete_unique_and_older_than_kibana() -> None:
    assert len(BY_KEY) == len(LINES)
    for one in LINES:
        assert set(one) == TOP_LEVEL
        assert one["coreMigrationVersion"] == saved.CORE_VERSION
        assert one["typeMigrationVersion"] == saved.TYPE_VERSIONS[one["type"]]
        assert re.fullmatch(r"[a-z0-9-]+", one["id"]), "other characters break data views (kibana#132735)"


def test_attributes_are_of_the_closed_sets_and_never_null() -> None:
    for one in LINES:
        required, allowed = ATTRIBUTES[one["type"]]
        keys = set(one["attributes"])
        assert required <= keys <= required | allowed, one["id"]
        assert all(value is not None for value in one["attributes"].values()), one["id"]


def test_every_reference_resolves_and_is_used_by_name() -> None:
    for one in LINES:
        names = [ref["name"] for ref in one["references"]]
        assert len(names) == len(set(names)), one["id"]
        for ref in one["references"]:
            assert (ref["type"], ref["id"]) in BY_KEY, f"{one['id']} -> {ref['id']}"
            if ref["type"] == "tag":
                assert ref["name"] == f"tag-ref-{ref['id']}"


def test_data_views_name_existing_fields_and_their_time_field() -> None:
    for view in of("index-pattern"):
        table = table_of(view)
        known = fields(table)
        assert known[view["attributes"]["timeFieldName"]] == "date"
        assert view["attributes"]["title"] == f"wirefeed-{table}"
        for part in ("fieldAttrs", "fieldFormatMap"):
            assert set(json.loads(view["attributes"][part])) <= set(known), (table, part)
        for part in ("fields", "runtimeFieldMap", "sourceFilters", "typeMeta"):
            json.loads(view["attributes"][part])
    assert "link" in json.loads(BY_KEY["index-pattern", "wirefeed-stories"]["attributes"]["fieldFormatMap"])


def queries(value: Any) -> Iterator[dict[str, str]]:
    """Every query anywhere in an object, also inside JSON text."""
    if isinstance(value, str) and value[:1] in tuple("{[") and not value.startswith("{{"):
        value = json.loads(value)
    if isinstance(value, dict):
        if set(value) == {"query", "language"} and isinstance(value["query"], str):
            yield value
        for inner in value.values():
            yield from queries(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from queries(inner)


def test_every_query_is_lucene_and_names_existing_fields() -> None:
    seen = 0
    for one in LINES:
        tables = {table_of(BY_KEY[ref["type"], ref["id"]]) for ref in one["references"] if ref["type"] == "index-pattern"}
        for query in queries(one["attributes"]):
            assert query["language"] == "lucene"
            seen += 1
            for name in re.findall(r"([a-z_]+):", re.sub(r'"[^"]*"', '""', query["query"])):
                assert any(name in fields(table) for table in tables), (one["id"], name)
    assert seen > 40


def test_saved_searches_show_existing_columns_in_both_forms() -> None:
    for one in of("search"):
        view = reference(one, views.SOURCE)
        known = fields(table_of(view))
        [tab] = one["attributes"]["tabs"]
        assert set(tab) == {"id", "label", "attributes"}
        assert set(tab["attributes"]) <= TABS_KEYS
        for form in (one["attributes"], tab["attributes"]):
            assert set(form["columns"]) <= set(known)
            assert [direction for name, direction in form["sort"] if known[name] == "date"] == ["desc"]
            source = json.loads(form["kibanaSavedObjectMeta"]["searchSourceJSON"])
            assert set(source) == {"query", "filter", "indexRefName"}
            assert source["indexRefName"] == views.SOURCE
            assert form["timeRestore"] == ("timeRange" in form)


def test_lens_columns_exist_can_be_aggregated_and_are_all_shown() -> None:
    shown = {"lnsXY": ("xAccessor", "splitAccessor", "accessors"), "lnsPie": ("primaryGroups", "metrics"),
             "lnsMetric": ("metricAccessor",), "lnsDatatable": ("columns",)}
    for one in of("lens"):
        state = one["attributes"]["state"]
        assert set(state) == {"datasourceStates", "visualization", "query", "filters", "internalReferences", "adHocDataViews"}
        [(layer_id, layer)] = state["datasourceStates"]["formBased"]["layers"].items()
        known = fields(table_of(reference(one, f"indexpattern-datasource-layer-{layer_id}")))
        assert sorted(layer["columnOrder"]) == sorted(layer["columns"])
        buckets = [layer["columns"][name]["isBucketed"] for name in layer["columnOrder"]]
        assert buckets == sorted(buckets, reverse=True), "Lens wants buckets before metrics"
        for column in layer["columns"].values():
            if column["operationType"] == "terms":
                assert known[column["sourceField"]] in ("keyword", "boolean"), (one["id"], column["sourceField"])
                assert column["params"]["orderBy"]["columnId"] in layer["columns"]
            elif column["operationType"] == "date_histogram":
                assert known[column["sourceField"]] == "date"
            elif column["operationType"] == "unique_count":
                assert known[column["sourceField"]] == "keyword"
            elif column["operationType"] != "count":
                assert known[column["sourceField"]] in ("long", "double"), (one["id"], column["sourceField"])
        visualization = state["visualization"]
        layers = visualization.get("layers", [visualization])
        assert {part["layerId"] for part in layers} == {layer_id}
        assert {part["layerType"] for part in layers} == {"data"}
        used: list[str] = []
        for key in shown[one["attributes"]["visualizationType"]]:
            for part in layers:
                value = part.get(key, [])
                used += [item["columnId"] if isinstance(item, dict) else item for item in ([value] if isinstance(value, str) else value)]
        assert sorted(used) == sorted(layer["columns"]), one["id"]


LENS = {  # visualization -> (allowed keys of its state, allowed keys of a layer within it), as its type in Kibana's lens plugin declares them
    "lnsXY": ({"layers", "legend", "preferredSeriesType", "valueLabels", "fittingFunction", "axisTitlesVisibilitySettings"},
              {"layerId", "layerType", "seriesType", "xAccessor", "accessors", "splitAccessor"}),
    "lnsPie": ({"shape", "layers"}, {"layerId", "layerType", "primaryGroups", "metrics", "numberDisplay", "categoryDisplay", "legendDisplay", "nestedLegend"}),
    "lnsMetric": ({"layerId", "layerType", "metricAccessor", "color"}, set()),
    "lnsDatatable": ({"layerId", "layerType", "columns", "paging"}, set())}
SERIES = {"bar", "bar_stacked", "bar_horizontal", "line", "area", "area_stacked"}


def test_charts_say_only_what_lens_understands() -> None:
    for one in of("lens"):
        state = one["attributes"]["state"]["visualization"]
        keys, inner = LENS[one["attributes"]["visualizationType"]]
        assert set(state) <= keys, one["id"]
        for layer in state.get("layers", []):
            assert set(layer) <= inner, one["id"]
            assert layer.get("seriesType", "bar") in SERIES
            assert layer.get("numberDisplay", "value") in ("hidden", "percent", "value")
        assert state.get("shape", "donut") in ("donut", "pie", "treemap", "mosaic", "waffle")
        assert state.get("valueLabels", "hide") in ("hide", "show")
        assert state.get("preferredSeriesType", "bar") in SERIES
        assert "paging" not in state or set(state["paging"]) == {"size", "enabled"}


# The closed sets of Kibana's map schemas: keys of every layer and source, and those each type adds; the words that some of them may hold.
LAYER = {"id", "type", "label", "alpha", "minZoom", "maxZoom", "visible", "includeInFitToBounds", "sourceDescriptor", "style", "query", "attribution", "parent"}
LAYERS = {"EMS_VECTOR_TILE": {"areLabelsOnTop", "locale"}, "GEOJSON_VECTOR": {"joins", "disableTooltips"}}
SOURCE = {"id", "type", "indexPatternRefName", "applyGlobalQuery", "applyGlobalTime", "applyForceRefresh", "geoField"}
SOURCES = {"ES_GEO_GRID": {"metrics", "requestType", "resolution"},
           "ES_SEARCH": {"filterByMapBounds", "scalingType", "sortField", "sortOrder", "tooltipProperties"}}
WORDS = {"requestType": {"heatmap", "point", "grid", "hex"}, "resolution": {"COARSE", "FINE", "MOST_FINE", "SUPER_FINE"},
         "scalingType": {"LIMIT", "CLUSTERS", "MVT", "TOP_HITS"}, "sortOrder": {"asc", "desc"}}
MAP_SETTINGS = {"autoFitToDataBounds", "initialLocation", "maxZoom", "minZoom"}


def test_a_map_has_the_layers_sources_and_settings_of_kibanas_schemas() -> None:
    for one in of("map"):
        for layer in json.loads(one["attributes"]["layerListJSON"]):
            assert set(layer) <= LAYER | LAYERS[layer["type"]], layer["id"]
            assert all(value is not None for value in layer.values()), layer["id"]
            assert 0 <= layer["alpha"] <= 1
            assert 0 <= layer["minZoom"] < layer["maxZoom"] <= 24
            source = layer["sourceDescriptor"]
            if source["type"] == "EMS_TMS":
                assert set(source) == {"type", "isAutoSelect"}
                continue
            assert set(source) <= SOURCE | SOURCES[source["type"]]
            for key in WORDS.keys() & source.keys():
                assert source[key] in WORDS[key], (layer["id"], key)
            assert set(layer["style"]) == {"type", "isTimeAware", "properties"}
            for name, style in layer["style"]["properties"].items():
                assert name in {"fillColor", "lineColor", "lineWidth", "iconSize", "symbolizeAs"}
                assert style.get("type", "STATIC") in ("STATIC", "DYNAMIC")
                assert isinstance(style["options"], dict)
        state = json.loads(one["attributes"]["mapStateJSON"])
        assert set(state) <= {"adHocDataViews", "zoom", "center", "timeFilters", "refreshConfig", "query", "filters", "settings"}
        assert set(state["settings"]) <= MAP_SETTINGS
        assert set(state["center"]) == {"lat", "lon"}


def test_maps_use_geo_fields_and_existing_tooltips() -> None:
    for one in of("map"):
        for layer in json.loads(one["attributes"]["layerListJSON"]):
            source = layer["sourceDescriptor"]
            assert source["type"] in ("EMS_TMS", "ES_GEO_GRID", "ES_SEARCH")
            if "indexPatternRefName" in source:
                known = fields(table_of(reference(one, source["indexPatternRefName"])))
                assert known[source["geoField"]] == "geo_point"
                assert set(source.get("tooltipProperties", [])) <= set(known)
        assert set(json.loads(one["attributes"]["mapStateJSON"])) >= {"zoom", "center", "query", "filters", "timeFilters"}


@pytest.mark.parametrize("one", of("dashboard"), ids=lambda one: one["id"])
def test_dashboards_place_panels_without_overlap_and_bind_controls(one: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    panels = json.loads(one["attributes"]["panelsJSON"])
    for panel in panels:
        grid = panel["gridData"]
        assert set(panel) == {"type", "panelIndex", "panelRefName", "gridData", "embeddableConfig"}
        assert panel["panelIndex"] == grid["i"]
        assert panel["panelRefName"] == f"panel_{grid['i']}"
        assert reference(one, f"{grid['i']}:panel_{grid['i']}")["type"] == panel["type"]
        assert 0 <= grid["x"] < grid["x"] + grid["w"] <= 48
        cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
        assert not cells & taken
        taken |= cells
    controls = json.loads(one["attributes"]["controlGroupInput"]["panelsJSON"])
    assert controls
    for name, control in controls.items():
        inner = control["explicitInput"]
        assert inner["id"] == name
        assert inner["title"], "a null title keeps a dashboard from opening (kibana#268172)"
        known = fields(table_of(reference(one, f"controlGroup_{name}:optionsListDataView")))
        assert known[inner["fieldName"]] in ("keyword", "boolean")
    used = {ref["name"] for ref in one["references"] if not ref["name"].startswith("tag-ref-")}
    assert len(used) == len(panels) + len(controls)


def test_every_table_has_a_data_view() -> None:
    assert {table_of(view) for view in of("index-pattern")} == set(TABLES)
