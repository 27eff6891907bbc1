"""Headers that belong to one feed alone: secrets by the name of an environment variable, sent to the feed's own origin only."""

import base64
from collections.abc import Mapping
from urllib.parse import urlsplit

from wirefeed.feeds.address import Address
from wirefeed.feeds.catalog import Feed

_PORTS = {"http": 80, "https": 443}


class MissingSecret(Exception):
    """An environment variable that the feed names is not set."""


def secrets_of(feed: Feed, environment: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The feed's own headers with its secrets. Raises MissingSecret that names the variable, never a value."""
    headers = [(name.encode("latin-1"), value.encode("utf-8")) for name, value in feed.headers.items()]
    if feed.auth.basic:
        coded = base64.b64encode(_value(feed, feed.auth.basic, environment).encode("utf-8"))
        headers.append((b"Authorization", b"Basic " + coded))
    if feed.auth.bearer:
        headers.append((b"Authorization", b"Bearer " + _value(feed, feed.auth.bearer, environment).encode("utf-8")))
    return headers


def _value(feed: Feed, variable: str, environment: Mapping[str, str]) -> str:
    value = environment.get(variable, "").strip()
    if not value:
        raise MissingSecret(f"feed {feed.id}: the environment variable {variable} is not set")
    return value


def same_origin(own: str, url: Address) -> bool:
    """True when ``url`` is the feed's own host and port, on the same scheme or upgraded to https."""
    mine = urlsplit(own)
    if (mine.hostname or "").lower() != url.host.lower():
        return False
    if mine.scheme == "http" and url.scheme == "https":
        return url.port == 443
    return mine.scheme == url.scheme and (mine.port or _PORTS.get(mine.scheme)) == url.port
