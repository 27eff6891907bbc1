"""Stories in an embedded tantivy index under ``<data>/index``: the same searches as Elasticsearch, no server.

A folder a generation; the file ``current`` names the one in use and is replaced in one step. One writer at a time, held by a lock on the
file ``writer.lock`` that the system frees when its process dies; readers reload at every search.
"""

import contextlib
import fcntl
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

import tantivy

from wirefeed.errors import Unreachable
from wirefeed.index import local_search
from wirefeed.index.analysis import register
from wirefeed.index.base import IndexStatus, SearchRequest, SearchResult, WriteReport
from wirefeed.index.partitions import before, newest
from wirefeed.index.schema import fingerprint
from wirefeed.index.tantivy_schema import document as as_tantivy
from wirefeed.index.tantivy_schema import schema
from wirefeed.model import Document
from wirefeed.settings import Settings

HEAP = 64_000_000  # bytes of memory the writer may fill before it makes a segment
PATIENCE = 60.0  # seconds to wait for another process to finish writing


class LocalIndex:
    """Implements KeptIndex."""

    def __init__(self, folder: Path, generation: str | None = None, *, patience: float = PATIENCE) -> None:
        self.folder = folder
        self.patience = patience
        self._fixed = generation
        self._opened: tuple[str, tantivy.Index] | None = None

    @classmethod
    def open(cls, settings: Settings) -> "LocalIndex":
        """The index of these settings; nothing is touched yet."""
        return cls(settings.data / "index")

    # --- opening -----------------------------------------------------------------------------------------------------
    def setup(self) -> None:
        """Make the index if there is none."""
        with self._explained():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._index()

    def _generation(self) -> str:
        if self._fixed is not None:
            return self._fixed
        try:
            return (self.folder / "current").read_text("utf-8").strip()
        except FileNotFoundError:
            return "first"

    def _index(self) -> tantivy.Index:
        generation = self._generation()
        if self._opened and self._opened[0] == generation:
            return self._opened[1]
        path = self.folder / f"stories-{generation}"
        made_with = path / "wirefeed.fingerprint"
        if not made_with.exists():
            with self._lock():
                if not made_with.exists():
                    path.mkdir(parents=True, exist_ok=True)
                    tantivy.Index(schema(), str(path), reuse=True)
                    made_with.write_text(fingerprint(), "utf-8")
        elif made_with.read_text("utf-8") != fingerprint():
            raise Unreachable(f"local index {path}", "it was made by another version of Wirefeed", "run `wirefeed reindex`")
        index = tantivy.Index.open(str(path))
        register(index)
        self._opened = (generation, index)
        return index

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "writer.lock").open("a") as file:
            self._take(file)
            yield

    def _take(self, file: TextIO) -> None:
        deadline = time.monotonic() + self.patience
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Unreachable(f"local index {self.folder}", f"another process has been writing for {self.patience:.0f} s",
                                      "only one can write; use Elasticsearch for several machines") from None
                time.sleep(0.05)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:  # tantivy raises ValueError for everything
            raise Unreachable(f"local index {self.folder}", str(error).split("\n")[0][:300],
                              "is the disk full or read-only? if it is damaged, run `wirefeed reindex`") from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # pyo3's, which is no Exception
                raise
            raise Unreachable(f"local index {self.folder}", f"tantivy gave up: {error}", "run `wirefeed reindex`") from error

    @contextlib.contextmanager
    def _writer(self, index: tantivy.Index) -> Iterator[tantivy.IndexWriter]:
        writer = index.writer(HEAP, 1)
        try:
            yield writer
            writer.commit()
        except BaseException:
            with contextlib.suppress(ValueError):  # the first error is the one to report
                writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()  # else segments are never merged, for each batch has a writer of its own

    # --- writing -----------------------------------------------------------------------------------------------------
    def upsert(self, documents: Sequence[Document]) -> WriteReport:
        """Write each story unless a newer version is there; all of them or none."""
        if not documents:
            return WriteReport()
        written, stale, failed = [], [], {}
        with self._explained():
            index = self._index()
            with self._lock():
                if self._generation() != (self._opened or ("",))[0]:
                    index = self._index()  # flipped while we waited
                index.reload()
                searcher = index.searcher()
                with self._writer(index) as writer:
                    for document in newest(documents):
                        held = local_search.version_of(searcher, document["id"])
                        if held is not None and held > document["version"]:
                            stale.append(document["id"])
                            continue
                        try:
                            made = as_tantivy(document)
                        except (KeyError, TypeError, ValueError) as error:
                            failed[document["id"]] = f"{type(error).__name__}: {error}"
                            continue
                        writer.delete_documents_by_term("id", document["id"])
                        writer.add_document(made)
                        written.append(document["id"])
        return WriteReport(tuple(written), tuple(stale), failed)

    def delete(self, ids: Sequence[str]) -> WriteReport:
        """Remove stories; unknown ids are success."""
        if ids:
            with self._explained():
                index = self._index()
                with self._lock(), self._writer(index) as writer:
                    for one in ids:
                        writer.delete_documents_by_term("id", one)
        return WriteReport(tuple(ids))

    def refresh(self) -> None:
        """Nothing to do: every search sees every commit."""
        with self._explained():
            self._index().reload()

    # --- searching ---------------------------------------------------------------------------------------------------
    def search(self, request: SearchRequest) -> SearchResult:
        """Search; hits ordered by (published, id), newest first."""
        with self._explained():
            index = self._index()
            index.reload()
            return local_search.search(index.searcher(), request)

    def close(self) -> None:
        """Let go of the index."""
        self._opened = None

    # --- keeping -----------------------------------------------------------------------------------------------------
    def beside(self, generation: str) -> "LocalIndex":
        """An index of another generation, unseen by search until ``flip``."""
        return LocalIndex(self.folder, generation, patience=self.patience)

    def flip(self, generation: str) -> None:
        """Use ``generation`` from now on and remove the others."""
        with self._explained():
            self.beside(generation).setup()
            with self._lock():
                part = self.folder / "current.part"
                part.write_text(generation, "utf-8")
                part.replace(self.folder / "current")
                self._opened = None
                for path in self.folder.glob("stories-*"):
                    if path.name != f"stories-{generation}":
                        shutil.rmtree(path, ignore_errors=True)  # a reader may still hold it; the next flip tries again

    def retain(self, oldest: str) -> tuple[str, ...]:
        """Remove the stories of whole months before ``oldest`` (YYYY.MM)."""
        gone = tuple(sorted(month for month in self._months() if before(month, oldest)))
        if gone:
            with self._explained():
                index = self._index()
                with self._lock(), self._writer(index) as writer:
                    for month in gone:
                        writer.delete_documents_by_term("month", month)
        return gone

    def _months(self) -> dict[str, int]:
        with self._explained():
            index = self._index()
            index.reload()
            return local_search.counts(index.searcher(), tantivy.Query.all_query(), "month", 10_000)

    def status(self, now: datetime) -> IndexStatus:
        """How it stands."""
        problems: list[str] = []
        months: dict[str, int] = {}
        try:
            months = self._months()
        except Unreachable as error:
            problems.append(str(error))
        return IndexStatus("local", str(self.folder), self._generation(), sum(months.values()), dict(sorted(months.items())),
                           tuple(problems))


