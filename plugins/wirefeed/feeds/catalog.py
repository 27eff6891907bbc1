"""feeds.yaml into frozen Feeds: what to poll, who speaks there, how to ask.

One file holds ``feeds:`` (a list) and optionally ``defaults:`` for all of them. A site's file overrides a shipped feed by id (only the keys it
names) or switches it off with ``off: true``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import cssselect
import pydantic

from wirefeed.model import SourceKind
from wirefeed.yaml_files import ConfigText, Strict, YamlFile, check, read

COUNTRY = re.compile(r"[A-Z]{2}")
# Countries with one zone, or one in which all news is written.
_ZONES = {"KZ": "Asia/Almaty", "KG": "Asia/Bishkek", "UZ": "Asia/Tashkent", "TJ": "Asia/Dushanbe", "TM": "Asia/Ashgabat", "AF": "Asia/Kabul",
          "IR": "Asia/Tehran", "RU": "Europe/Moscow", "PK": "Asia/Karachi", "CN": "Asia/Shanghai", "TR": "Europe/Istanbul", "AZ": "Asia/Baku"}


class Selectors(Strict):
    """Where a list page (kind ``page``) holds its items: CSS selectors, ``item`` once per story, the others inside it."""

    item: str
    title: str = ""
    link: str = "a"
    date: str = ""
    summary: str = ""

    @pydantic.field_validator("item", "title", "link", "date", "summary")
    @classmethod
    def _valid(cls, value: str) -> str:
        try:
            cssselect.parse(value) if value else None
        except cssselect.SelectorError as error:
            raise ValueError(f"{value!r} is no CSS selector: {error}") from error
        return value


class Auth(Strict):
    """Secrets by the NAME of an environment variable, never by value; sent to the feed's own host only."""

    basic: str = ""  # variable holding user:password
    bearer: str = ""  # variable holding a token


class Feed(Strict):
    """One feed of the catalog. Intervals are minutes."""

    id: str = pydantic.Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")
    url: str
    title: str = ""
    kind: Literal["feed", "page", "folder"] = "feed"
    source_kind: SourceKind = SourceKind.UNVERIFIED
    country: str | None = None
    language: str | None = None
    zone: str = ""  # IANA name; where dates without a zone are meant; empty: the country's, else UTC
    group: str = ""
    off: bool = False
    verified: bool = True  # False: the address was never seen to answer
    trusted: bool = False  # may live on a private address
    full_text: bool = True  # fetch the page of a relevant teaser
    min_interval: float = 2
    start_interval: float | None = None  # default 15, agencies 5
    max_interval: float = 360
    headers: Mapping[str, str] = {}
    auth: Auth = Auth()
    proxy: str = ""  # empty: the global one; "direct": none
    selectors: Selectors | None = None
    note: str = ""

    @pydantic.field_validator("country")
    @classmethod
    def _country(cls, value: str | None) -> str | None:
        if value is not None and not COUNTRY.fullmatch(value):
            raise ValueError("two capital letters (ISO 3166) or nothing")
        return value

    @pydantic.field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key if value else ""
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("a name of the IANA database, like Asia/Almaty") from error

    @pydantic.model_validator(mode="after")
    def _whole(self) -> "Feed":
        scheme = urlsplit(self.url).scheme
        if self.kind != "folder" and scheme not in ("http", "https"):
            raise ValueError(f"url: {self.url!r} is no http or https address")
        if self.kind == "page" and self.selectors is None and "t.me/s/" not in self.url:
            raise ValueError("kind page needs selectors")
        return self

    @property
    def host(self) -> str:
        """The host that politeness counts by; folders have none."""
        return (urlsplit(self.url).hostname or "").lower() if self.kind != "folder" else "folder"

    @property
    def place(self) -> tzinfo:
        """The zone in which the publisher writes dates without one."""
        name = self.zone or _ZONES.get(self.country or "", "")
        return ZoneInfo(name) if name else UTC

    @property
    def name(self) -> str:
        """What readers see."""
        return self.title or self.id

    @property
    def first_interval(self) -> float:
        """Minutes between the first polls."""
        return self.start_interval or (5 if self.source_kind is SourceKind.AGENCY else 15)


class Catalog:
    """All feeds by id, the switched-off ones apart."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        self.all = dict(feeds)
        self.active = {feed_id: feed for feed_id, feed in feeds.items() if not feed.off}

    def __getitem__(self, feed_id: str) -> Feed:
        return self.all[feed_id]

    def get(self, feed_id: str) -> Feed | None:
        """A feed by id, None for one that left the catalog."""
        return self.all.get(feed_id)

    def __contains__(self, feed_id: object) -> bool:
        return feed_id in self.all

    def __len__(self) -> int:
        return len(self.active)

    def __iter__(self) -> Iterator[Feed]:
        return iter(self.active.values())


class _File(Strict):
    defaults: Mapping[str, Any] = {}
    feeds: Sequence[dict[str, Any]] = ()


def _named(value: Any) -> Any:
    """YAML 1.1 reads the bare key ``off`` as the boolean False: give such keys their names back."""
    if isinstance(value, dict):
        return {{False: "off", True: "on"}.get(key, key) if isinstance(key, bool) else key: _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, list) else value


def load_feeds(files: Sequence[ConfigText]) -> Catalog:
    """Load and merge; raises ConfigError with file and line."""
    merged: dict[str, dict[str, Any]] = {}
    feeds: dict[str, Feed] = {}
    for text in files:
        file = read(text.path, text.text)
        if file.data is None:
            continue
        content = check(_File, YamlFile(file.path, _named(file.data), file.lines))
        seen: set[str] = set()
        for number, given in enumerate(content.feeds):
            feed_id = str(given.get("id", ""))
            if feed_id in seen:
                raise file.error(f"the feed {feed_id!r} stands twice", ("feeds", number))
            seen.add(feed_id)
            whole = {**merged.get(feed_id, content.defaults), **given}
            checked = YamlFile(file.path, {"feeds": {number: whole}}, file.lines)  # a mapping of one: 10,000 feeds are not copied 10,000 times
            feeds[feed_id] = check(Feed, checked, ("feeds", number))
            merged[feed_id] = whole
    return Catalog(feeds)
