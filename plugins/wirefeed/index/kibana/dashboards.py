"""Dashboards: panels by reference on Kibana's grid of 48 columns, filter controls above them."""

from collections.abc import Sequence
from dataclasses import dataclass

from wirefeed.index.kibana.charts import field_of
from wirefeed.index.kibana.saved import Reference, Saved, packed, query, tagged
from wirefeed.index.kibana.views import view_id

WIDTH = 48


@dataclass(frozen=True, slots=True)
class Panel:
    """An object on the grid: columns wide (of 48), rows high; panels fill lines from left to right."""

    shown: Saved
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Control:
    """A list of a field's values to filter by."""

    table: str
    field: str


def dashboard(slug: str, title: str, description: str, panels: Sequence[Panel], controls: Sequence[Control], *, since: str = "now-7d",
              text: str = "") -> Saved:
    """A dashboard that restores its time range and refreshes once a minute."""
    placed, references = [], []
    for number, (panel, (x, y)) in enumerate(zip(panels, _places(panels), strict=True), 1):
        index = f"p{number:02d}"
        placed.append({"type": panel.shown.type, "panelIndex": index, "panelRefName": f"panel_{index}", "embeddableConfig": {},
                       "gridData": {"x": x, "y": y, "w": panel.width, "h": panel.height, "i": index}})
        references.append(Reference(panel.shown.type, panel.shown.id, f"{index}:panel_{index}"))
    listed = {}
    for number, control in enumerate(controls):
        name = f"c{number:02d}"
        field = field_of(control.table, control.field)
        listed[name] = {"type": "optionsListControl", "order": number, "grow": True, "width": "medium", "explicitInput": {
            "id": name, "fieldName": field.facet, "title": field.label.split(" (")[0]}}
        references.append(Reference("index-pattern", view_id(control.table), f"controlGroup_{name}:optionsListDataView"))
    return Saved("dashboard", f"wirefeed-dashboard-{slug}", {
        "title": title, "description": description, "version": 1, "panelsJSON": packed(placed),
        "optionsJSON": packed({"useMargins": True, "syncColors": True, "syncCursor": True, "syncTooltips": False, "hidePanelTitles": False}),
        "timeRestore": True, "timeFrom": since, "timeTo": "now", "refreshInterval": {"pause": False, "value": 60_000},
        "kibanaSavedObjectMeta": {"searchSourceJSON": packed({"query": query(text), "filter": []})},
        "controlGroupInput": {
            "chainingSystem": "HIERARCHICAL", "controlStyle": "oneLine", "showApplySelections": False,
            "ignoreParentSettingsJSON": packed({"ignoreFilters": False, "ignoreQuery": False, "ignoreTimerange": False,
                                                "ignoreValidations": False}),
            "panelsJSON": packed(listed)}},
        (*references, *tagged("wirefeed")))


def _places(panels: Sequence[Panel]) -> list[tuple[int, int]]:
    places, x, y, tallest = [], 0, 0, 0
    for panel in panels:
        if x + panel.width > WIDTH:
            x, y, tallest = 0, y + tallest, 0
        places.append((x, y))
        x, tallest = x + panel.width, max(tallest, panel.height)
    return places
