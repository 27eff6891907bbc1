"""Saved objects as Kibana imports them: one frame for all types, versions set low enough that Kibana 9.5 migrates them forward.

Shapes: the attributes that Kibana 9's own exports carry; a type's version is one known to be older than 9.5's, for an import from the
future is refused and one without a version runs through every migration since 7.0.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CORE_VERSION = "8.8.0"
TYPE_VERSIONS = {
    "tag": "8.0.0", "index-pattern": "8.0.0", "search": "10.9.0", "lens": "10.1.0", "map": "8.4.0", "dashboard": "10.3.0"}
LANGUAGE = "lucene"  # Kibana's own default is KQL; rules and the desk speak Lucene, so everything shipped does


@dataclass(frozen=True, slots=True)
class Reference:
    """One object points to another under a ``name`` that its attributes use."""

    type: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved object; ``id`` is fixed by us, so that an import replaces and links keep working."""

    type: str
    id: str
    attributes: Mapping[str, Any]
    references: tuple[Reference, ...] = ()

    def line(self) -> str:
        """One line of NDJSON, the same bytes every time."""
        return json.dumps({
            "id": self.id, "type": self.type, "attributes": self.attributes,
            "references": [{"type": one.type, "id": one.id, "name": one.name} for one in self.references],
            "coreMigrationVersion": CORE_VERSION, "typeMigrationVersion": TYPE_VERSIONS[self.type], "managed": False,
        }, ensure_ascii=False, sort_keys=True)


def packed(value: Any) -> str:
    """A value inside an attribute that is itself JSON text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def query(text: str = "") -> dict[str, str]:
    """A query as saved objects keep it."""
    return {"query": text, "language": LANGUAGE}


def tag(slug: str, name: str, description: str, color: str) -> Saved:
    """A tag; others point to it with ``tagged``."""
    return Saved("tag", f"wirefeed-tag-{slug}", {"name": name, "description": description, "color": color})


def tagged(*slugs: str) -> tuple[Reference, ...]:
    """References to tags."""
    return tuple(Reference("tag", f"wirefeed-tag-{slug}", f"tag-ref-wirefeed-tag-{slug}") for slug in slugs)


def ndjson(objects: Iterable[Saved]) -> str:
    """The file."""
    return "".join(f"{one.line()}\n" for one in objects)
