"""Bulk writing that drops nothing: chunks bounded by bytes, back-off on 429 and on a restarting node, halving on 413, and every
item's own result read (Elasticsearch answers 200 with ``errors: true``).

External versions make it safe to send anything twice: an older version never overwrites a newer one.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from elastic_transport import ConnectionError as NoConnection
from elastic_transport import ConnectionTimeout

from elasticsearch import ApiError, Elasticsearch
from wirefeed.index.base import WriteReport
from wirefeed.index.elastic_faults import REMEDIES, cause

CHUNK_BYTES = 5_000_000  # 5 to 10 MB is where throughput stops growing; http.max_content_length is 100 MB by default
CHUNK_ITEMS = 1_000
THREADS = 4
PATIENCE = 90.0  # seconds of back-off in all before an answer is taken as final: a node's restart takes 10 to 60
ANSWER = 120.0  # seconds for one bulk answer: a chunk sent again while a loaded server still works on it doubles its load
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
PASSING = frozenset({429, 502, 503, 504})
BLOCKED = "cluster_block_exception"


@dataclass(frozen=True, slots=True)
class Action:
    """One line pair of a bulk request, ready to send. ``source`` None deletes."""

    index: str
    id: str
    source: bytes | None
    version: int | None = None

    def lines(self) -> bytes:
        """As the bulk interface wants it."""
        if self.source is None:
            return json.dumps({"delete": {"_index": self.index, "_id": self.id}}).encode() + b"\n"
        head: dict[str, Any] = {"_index": self.index, "_id": self.id}
        if self.version is not None:  # gte: the same version with better tags may be written again
            head |= {"version": self.version, "version_type": "external_gte"}
        return json.dumps({"index": head}).encode() + b"\n" + self.source + b"\n"


@dataclass
class BulkWriter:
    """Sends actions to one server. ``sleep`` is an argument for tests."""

    client: Elasticsearch
    sleep: Callable[[float], None] = time.sleep
    patience: float = PATIENCE
    chunk_bytes: int = CHUNK_BYTES
    threads: int = THREADS
    answer: str = "10s"  # how long the server itself waits for a missing shard
    patient: Elasticsearch = field(init=False)

    def __post_init__(self) -> None:
        self.patient = self.client.options(request_timeout=ANSWER)

    def write(self, actions: Sequence[Action]) -> WriteReport:
        """Send all; raises the client's error when the server stays away for ``patience``, else every id is in the report."""
        chunks = list(self._chunks(actions))
        if len(chunks) <= 1:
            results = [self._send(chunk) for chunk in chunks]
        else:
            with ThreadPoolExecutor(min(self.threads, len(chunks))) as pool:
                results = list(pool.map(self._send, chunks))
        merged = _Outcome()
        for result in results:
            merged.take(result)
        return merged.report()

    def _chunks(self, actions: Sequence[Action]) -> Iterator[list[tuple[Action, bytes]]]:
        chunk: list[tuple[Action, bytes]] = []
        size = 0
        for action in actions:
            lines = action.lines()
            if chunk and (size + len(lines) > self.chunk_bytes or len(chunk) >= CHUNK_ITEMS):
                yield chunk
                chunk, size = [], 0
            chunk.append((action, lines))
            size += len(lines)
        if chunk:
            yield chunk

    def _send(self, chunk: list[tuple[Action, bytes]]) -> "_Outcome":
        outcome = _Outcome()
        waiting, pause, waited = chunk, FIRST_PAUSE, 0.0
        while waiting:
            try:
                answer = self.patient.perform_request(
                    "POST", "/_bulk", params={"timeout": self.answer, "filter_path": "items.*.status,items.*.error"},
                    headers={"content-type": "application/x-ndjson", "accept": "application/json"}, body=b"".join(
                        lines for _action, lines in waiting))
                waiting = outcome.read(waiting, answer.body, last=waited >= self.patience)
            except ApiError as error:
                if error.meta.status == 413:
                    outcome.take(self._halved(waiting))
                    return outcome
                if error.meta.status not in PASSING or waited >= self.patience:
                    raise
            except ConnectionTimeout:
                waited += ANSWER
                if waited >= self.patience:
                    raise
            except NoConnection:
                if waited >= self.patience:
                    raise
            if waiting:
                self.sleep(pause)
                waited, pause = waited + pause, min(pause * 2, LONGEST_PAUSE)
        return outcome

    def _halved(self, chunk: list[tuple[Action, bytes]]) -> "_Outcome":
        outcome = _Outcome()
        if len(chunk) == 1:
            action, lines = chunk[0]
            outcome.failed[action.id] = f"larger than the server accepts ({len(lines)} bytes; http.max_content_length)"
            return outcome
        middle = len(chunk) // 2
        for half in (chunk[:middle], chunk[middle:]):
            outcome.take(self._send(half))
        return outcome


class _Outcome:
    """What has come of the actions so far."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.stale: list[str] = []
        self.failed: dict[str, str] = {}

    def take(self, other: "_Outcome") -> None:
        self.written += other.written
        self.stale += other.stale
        self.failed |= other.failed

    def report(self) -> WriteReport:
        return WriteReport(tuple(self.written), tuple(self.stale), self.failed)

    def read(self, sent: list[tuple[Action, bytes]], body: Any, last: bool) -> list[tuple[Action, bytes]]:
        """Sort the items of an answer; the ones worth sending again come back (none when ``last``)."""
        again = []
        for pair, item in zip(sent, body["items"], strict=True):
            action = pair[0]
            result = next(iter(item.values()))
            status = int(result.get("status", 500))
            kind, reason = cause(result.get("error", {}))
            if status < 300 or (status == 404 and action.source is None):
                self.written.append(action.id)
            elif status == 409:
                self.stale.append(action.id)
            elif status in PASSING and kind != BLOCKED and not last:  # a full disk answers 429 too, and no back-off mends it
                again.append(pair)
            else:
                self.failed[action.id] = f"{kind or status}: {reason}{REMEDIES.get(kind, '')}"
        return again
