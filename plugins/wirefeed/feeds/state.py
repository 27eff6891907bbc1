"""What we remember of a feed between polls: one frozen value, kept as JSON in the ``feeds`` table."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

Condition = Literal["new", "ok", "failing", "challenge", "gone", "dead"]

WINDOW = 200  # ids kept of the last document; longer documents are compared by their newest ones


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the feed has been sent lately: the same target, how often in a row, since when."""

    target: str
    permanent: bool
    times: int
    since: datetime


@dataclass(frozen=True, slots=True)
class FeedState:
    """Intervals are minutes, hints seconds, rates items a day. Validators are kept verbatim: they are opaque."""

    condition: Condition = "new"
    interval: float = 0.0  # 0: never polled
    rate: float = 0.0  # smoothed items a day
    peak: float = 0.0  # the highest pace of late, items a day
    window: tuple[str, ...] = ()  # ids and titles of the last document, hashed, the latest arrived first (feeds/window.py)
    # asking
    url: str = ""  # the catalog's address these facts belong to
    moved_to: str | None = None  # learned address, asked instead of url
    redirect: Redirect | None = None
    etag: str | None = None
    modified: str | None = None
    body_hash: str | None = None
    hint: int | None = None  # the publisher's ttl / sy: / max-age
    same_run: int = 0  # 304 answers in a row
    same_since: datetime | None = None
    # when
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    first_success_at: datetime | None = None
    new_at: datetime | None = None  # last time a new item came
    dated_at: datetime | None = None  # the newest date in the last document
    # trouble
    streak: int = 0  # failures in a row
    weight: float = 0.0  # the same, soft ones counted half
    failing_since: datetime | None = None
    error: str | None = None
    status: int | None = None
    gap_at: datetime | None = None
    gaps: int = 0
    silent_since: datetime | None = None
    crisis_until: datetime | None = None  # country silent: no long back-off until then
    problems: tuple[str, ...] = ()  # survived faults of the last document

    def to_json(self) -> dict[str, Any]:
        """Plain JSON without the fields that stand at their default: 10,000 feeds stay small."""
        plain: dict[str, Any] = {}
        for name, default in _DEFAULTS.items():
            value = getattr(self, name)
            if value == default:
                continue
            if name == "redirect":
                plain[name] = {"target": value.target, "permanent": value.permanent, "times": value.times, "since": value.since.isoformat()}
            elif isinstance(value, datetime):
                plain[name] = value.isoformat()
            else:
                plain[name] = list(value) if isinstance(value, tuple) else value
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> "FeedState":
        """The state again; unknown keys (of a newer version) are left out, missing ones take their default."""
        values: dict[str, Any] = {}
        for name, value in plain.items():
            if name not in _DEFAULTS or value is None:
                continue
            if name == "redirect":
                values[name] = Redirect(value["target"], value["permanent"], value["times"], datetime.fromisoformat(value["since"]))
            elif name in _TIMES:
                values[name] = datetime.fromisoformat(value)
            else:
                values[name] = tuple(value) if isinstance(value, list) else value
        return cls(**values)


_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(FeedState)}
_TIMES = frozenset(name for name in _DEFAULTS if name.endswith(("_at", "_since", "_until")))
