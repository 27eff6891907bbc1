"""What an index must do; two implementations exist: elastic.py and local.py. One contract suite runs on both."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from wirefeed.model import Document
from wirefeed.rules.query import Query


@dataclass(frozen=True, slots=True)
class WriteReport:
    """How a batch ended, per story id: written, stale (a newer version is there: success), failed with the reason."""

    written: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GeoBox:
    """A bounding box in degrees."""

    top: float
    left: float
    bottom: float
    right: float


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What to look for: a parsed query (None: all), published from ``since`` (inclusive) to ``until`` (exclusive), a box.

    Paging continues behind ``after``. Facets are story fields of kind keyword, name or boolean (index/schema.py).
    """

    query: Query | None = None
    since: datetime | None = None
    until: datetime | None = None
    box: GeoBox | None = None
    size: int = 20
    after: tuple[datetime, str] | None = None  # (published, id) of the last hit seen
    facets: tuple[str, ...] = ()  # keyword fields to count
    months: bool = False  # count hits a month of published
    highlight: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    """One found story, newest first; highlight: field -> HTML-escaped fragments with <mark>."""

    id: str
    document: Document
    highlight: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits of one page, the number of all, and counts by facet value or month (YYYY-MM)."""

    total: int
    hits: tuple[Hit, ...]
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    months: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """How the index stands: its generation, documents a month, what somebody should do about it."""

    kind: str
    where: str
    generation: str
    documents: int
    months: dict[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


class SearchIndex(Protocol):
    """A derived index of stories. Every method may raise Unreachable; nothing else for the server's faults."""

    def setup(self) -> None:
        """Make or update what the index needs (templates, schema, alias); idempotent, run with every deploy."""

    def upsert(self, documents: Sequence[Document]) -> WriteReport:
        """Write each document unless the index holds a newer version of it (document key ``version``)."""

    def delete(self, ids: Sequence[str]) -> WriteReport:
        """Remove stories; unknown ids are success."""

    def search(self, request: SearchRequest) -> SearchResult:
        """Search; hits ordered by (published, id), newest first."""

    def refresh(self) -> None:
        """Make all that was written visible to search."""

    def close(self) -> None:
        """Give locks and connections back."""


class KeptIndex(SearchIndex, Protocol):
    """What operation needs beside search: both implementations are a KeptIndex."""

    def beside(self, generation: str) -> SearchIndex:
        """An index of another ``generation`` (lower-case letters and digits), unseen by search until ``flip``."""

    def flip(self, generation: str) -> None:
        """Make ``generation`` the one that is searched and written, in one step, and remove the others."""

    def retain(self, oldest: str) -> tuple[str, ...]:
        """Remove the stories of whole months before ``oldest`` (YYYY.MM); the months that went."""

    def status(self, now: datetime) -> IndexStatus:
        """How it stands; faults that can be told apart become ``problems``."""
