"""What an index of the server knows of our fields, against the field table. Pure."""

from collections.abc import Mapping
from typing import Any

from wirefeed.index.schema import analysis_fingerprint, mapping

Found = Mapping[str, Any]  # what GET _mapping says of one index under "mappings"


def complete(found: Found, table: str) -> bool:
    """Every field is there as we declare it."""
    return _types(found).items() >= _types(mapping(table)).items()


def outdated(found: Found, table: str) -> bool:
    """Only a new index helps: the analysis has changed since, or a field is of another kind."""
    if found.get("_meta", {}).get("analysis") != analysis_fingerprint():
        return True
    ours = _types(mapping(table))
    return any(name in ours and ours[name] != kind for name, kind in _types(found).items())


def _types(found: Found) -> dict[str, str | None]:
    return {name: field.get("type") for name, field in found.get("properties", {}).items()}
