"""The index templates of a site: config/index/<table>.json, over it the site's own file of the same name.

A site may set what an index is made with (shards, replicas, refresh interval ...); fields and analysis belong to the code that writes and
searches, so a file that changes them is refused with its name.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wirefeed.errors import ConfigError
from wirefeed.index.schema import TABLES, sealed, template

Template = dict[str, Any]


def load_templates(folders: Sequence[Path], prefix: str) -> dict[str, Template]:
    """Table -> template for the site's ``prefix``; a later folder's file overrides. Raises ConfigError that names the file."""
    return {table: _one(table, [path for folder in folders if (path := folder / "index" / f"{table}.json").exists()], prefix) for table in TABLES}


def _one(table: str, files: Sequence[Path], prefix: str) -> Template:
    made = template(table, prefix)
    for path in files:
        made["template"]["settings"]["index"] = made["template"]["settings"]["index"] | _index_settings(path, table)
    return sealed(table, {key: value for key, value in made.items() if key != "_meta"})


def _index_settings(path: Path, table: str) -> dict[str, Any]:
    """The settings under ``template.settings.index`` of a file, which may leave out all else."""
    try:
        given = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"no readable JSON: {error}", path, getattr(error, "lineno", None)) from error
    shipped = json.loads(json.dumps(template(table)))
    inner = given.get("template", {}) if isinstance(given, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("settings", {}), dict):
        raise ConfigError('not an index template: {"template": {"settings": {"index": {...}}}}', path)
    for name, value, ours in (
            *((name, value, shipped.get(name)) for name, value in given.items() if name not in ("template", "_meta")),
            *((f"template.{name}", value, shipped["template"].get(name)) for name, value in inner.items() if name != "settings"),
            *((f"template.settings.{name}", value, shipped["template"]["settings"].get(name))
              for name, value in inner.get("settings", {}).items() if name != "index")):
        if value != ours:
            raise ConfigError(f"{name} differs from the field table of this version (index/schema.py); a file may change template.settings.index only", path)
    found = inner.get("settings", {}).get("index", {})
    if not isinstance(found, dict):
        raise ConfigError("template.settings.index is not an object", path)
    return found
