"""Ends of ranges: dates with the rounding that Elasticsearch gives them, numbers."""

import re
from datetime import UTC, datetime, timedelta

from wirefeed.rules.tree import QueryError, Range, Word

_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:T(\d{2})(?::(\d{2}))?(?::(\d{2}))?(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")


def check_end(kind: str, value: str, column: int) -> None:
    """Raises QueryError unless ``value`` can end a range of that kind."""
    try:
        if kind == "date":
            date_span(value)
        elif kind == "long":
            if not re.fullmatch(r"-?[0-9]{1,15}", value):
                raise ValueError(value)
        elif not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", value):
            raise ValueError(value)
    except (ValueError, OverflowError) as error:
        raise QueryError(f"{value!r} is no {'date' if kind == 'date' else 'whole number' if kind == 'long' else 'number'}", column,
                         "write 2024-05-31 or 2024-05-31T10:00:00Z" if kind == "date" else "") from error


def date_span(value: str) -> tuple[datetime, datetime]:
    """The first and the last whole second that ``value`` (a year, month, day, hour, minute or second) covers. Raises ValueError."""
    found = _DATE.fullmatch(value)
    if not found:
        raise ValueError(value)
    year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups()[:6])
    zone = UTC if found[7] in (None, "Z") else datetime.fromisoformat(f"2000-01-01T00:00:00{found[7]}").tzinfo
    assert year is not None
    start = datetime(year, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=zone)
    if second is not None:
        end = start
    elif minute is not None:
        end = start + timedelta(seconds=59)
    elif hour is not None:
        end = start + timedelta(seconds=3599)
    elif day is not None:
        end = start + timedelta(seconds=86399)
    elif month is not None:
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone) - timedelta(seconds=1)
    else:
        end = datetime(year + 1, 1, 1, tzinfo=zone) - timedelta(seconds=1)
    return start.astimezone(UTC), end.astimezone(UTC)


def date_ends(leaf: Range) -> tuple[datetime | None, datetime | None]:
    """Both ends as inclusive whole seconds: [2024-05 TO 2024-06} covers May, as in Elasticsearch."""
    low = high = None
    if leaf.low is not None:
        first, last = date_span(leaf.low)
        low = first if leaf.include_low else last + timedelta(seconds=1)
    if leaf.high is not None:
        first, last = date_span(leaf.high)
        high = last if leaf.include_high else first - timedelta(seconds=1)
    return low, high


def within(leaf: Range | Word, kind: str, value: object) -> bool:
    """Whether one value of a date, number or boolean field meets a condition."""
    if isinstance(leaf, Word):
        return str(value).lower() == leaf.text.lower() if kind == "boolean" else float(str(value)) == float(leaf.text)
    if kind == "date":
        low, high = date_ends(leaf)
        at = datetime.fromisoformat(str(value)).astimezone(UTC).replace(microsecond=0)
        return (low is None or at >= low) and (high is None or at <= high)
    number = float(str(value))
    above = leaf.low is None or (number >= float(leaf.low) if leaf.include_low else number > float(leaf.low))
    return above and (leaf.high is None or (number <= float(leaf.high) if leaf.include_high else number < float(leaf.high)))
