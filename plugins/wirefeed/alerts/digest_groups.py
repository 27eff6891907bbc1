"""How a digest is arranged. Pure."""

from collections.abc import Sequence
from typing import Any


def groups(alerts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Alerts of a digest (as templates see them) by their first topic and country, the fullest first."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in alerts:
        lead = one["lead"]
        if lead is not None:
            key = ((lead["topic_names"] or [""])[0], (lead["country_names"] or [""])[0])
            found.setdefault(key, []).append(one)
    return [{"topic": topic, "country": country, "alerts": some}
            for (topic, country), some in sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))]
