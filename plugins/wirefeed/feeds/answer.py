"""What a server says besides the body: waiting times, caching, and whether it takes us for a robot. Pure."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(days=1)  # rss-fetcher saw 317,100 seconds once
UNSAID = 600.0  # seconds a host is left alone that says "too many" without saying for how long; FreshRSS waits as long
SHORTEST_WAIT = timedelta(seconds=30)
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.I)
_CHALLENGE = re.compile(rb"cf-chl-|/cdn-cgi/challenge-platform/|<title>\s*(?:Just a moment|DDoS-Guard|Attention Required! \| Cloudflare|"
                        rb"Checking your browser)|__qrator|id=\"cf-challenge|ddos-guard/js-challenge", re.I)


class Headers:
    """Case-insensitive reading of raw response headers; the first of a repeated name counts."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[bytes, str] = {}
        for name, value in raw:
            self._values.setdefault(name.lower(), value.decode("latin-1").strip())

    def get(self, name: str) -> str | None:
        """The value, None when absent or empty."""
        return self._values.get(name.encode()) or None


def as_text(value: str) -> str:
    """A header's value as it was meant: many servers put UTF-8 into Location, where headers are read as Latin-1."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def http_date(text: str | None) -> datetime | None:
    """An HTTP date as aware UTC, None when it is none."""
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def retry_after(headers: Headers, now: datetime) -> float | None:
    """Seconds to wait, from Retry-After in seconds or as a date (relative to the server's own Date); between 30 s and a day."""
    text = headers.get("retry-after")
    if text is None:
        return None
    if text.isdigit():
        seconds = float(min(int(text[:9]), 10**9))
    else:
        until = http_date(text)
        if until is None:
            return None
        seconds = (until - (http_date(headers.get("date")) or now)).total_seconds()
    return min(max(seconds, SHORTEST_WAIT.total_seconds()), LONGEST_WAIT.total_seconds())


def max_age(headers: Headers, now: datetime) -> int | None:
    """Seconds a cache may keep the answer (Cache-Control before Expires); None when nothing useful is said."""
    control = headers.get("cache-control") or ""
    if "no-cache" in control.lower() or "no-store" in control.lower():
        return None
    if found := _MAX_AGE.search(control):
        return int(found[1]) or None
    until = http_date(headers.get("expires"))
    if until is None:
        return None
    seconds = (until - (http_date(headers.get("date")) or now)).total_seconds()
    return int(seconds) if seconds > 0 else None


def challenge(status: int, headers: Headers, start: bytes) -> bool:
    """True for the bot challenges of Cloudflare, DDoS-Guard and Qrator: a state of its own, no error of the feed."""
    if (headers.get("cf-mitigated") or "").lower() == "challenge":
        return True
    if b"<item" in start or b"<entry" in start:
        return False
    return bool(start and b"<html" in start.lower() and _CHALLENGE.search(start))
