"""Events of a feed in words. Pure."""

from collections.abc import Mapping
from typing import Any


def said(kind: str, detail: Mapping[str, Any]) -> str:
    """One line for people: what happened and what it means."""
    match kind:
        case "gap":
            return (f"possible loss: none of the last items was left in the document ({detail.get('new')} of its {detail.get('items')} items are new), "
                    f"last read {_time(detail.get('since'))}, every {detail.get('interval_minutes')} minutes till then")
        case "silent":
            return f"silent for longer than it should be: nothing new since {_time(detail.get('last_new'))}, usually {detail.get('items_a_day')} items a day"
        case "speaks-again":
            return f"speaks again after its silence since {_time(detail.get('since'))}"
        case "error":
            return f"fails since {_time(detail.get('since'))}: {detail.get('reason')}"
        case "gone" | "dead" | "challenge":
            return f"{kind}: {detail.get('reason')}"
        case "recovered":
            return f"answers again after {detail.get('after')} failures" + (f" ({detail['error']})" if detail.get("error") else "")
        case "moved":
            return f"moved: asked at {detail.get('to')} from now on"
        case "moved-back":
            return f"asked at its own address again: {detail.get('from')} failed"
        case "reidentified":
            return f"its {detail.get('items')} items came under other ids: taken as back-log, no alerts"
        case "network-down":
            return f"our own network seems down: none of {detail.get('hosts')} hosts could be reached; this counts against no feed"
        case "country-silent":
            quiet = len(detail.get("failing", ())) + len(detail.get("silent", ()))
            return f"{detail.get('country')}: {quiet} of {detail.get('of')} feeds fail or fell silent together since {_time(detail.get('since'))}"
        case _:
            return f"{kind} {dict(detail) or ''}".strip()


def _time(text: object) -> str:
    return str(text)[:16].replace("T", " ") if text else "never"
