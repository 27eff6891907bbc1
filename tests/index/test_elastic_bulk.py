"""Bulk writing drops nothing: against the real node where it can be made to fail, against a stub of its interface where it can't."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from elasticsearch_node import Node
from stored_stories import NOW, put
from wirefeed.errors import Unreachable
from wirefeed.index.base import SearchRequest
from wirefeed.index.elastic import ElasticIndex
from wirefeed.index.pending import index_pending
from wirefeed.model import Document
from wirefeed.settings import Settings
from wirefeed.store.database import Store

Make = Callable[..., Document]
Answer = tuple[int, Any]


class Stub:
    """Elasticsearch's interface on a socket of 127.0.0.1; ``bulk`` decides what each bulk request (its action lines) gets."""

    def __init__(self) -> None:
        self.bulk: Callable[[list[dict[str, Any]], int], Answer] = lambda actions, _size: (200, ok(actions))
        self.every: Answer | None = None
        self.requests: list[tuple[str, int]] = []
        self.lock = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                with stub.lock:
                    stub.requests.append((f"{self.command} {self.path.split('?')[0]}", len(body)))
                    status, answer = stub.answer(self.command, self.path, body)
                data = b"" if self.command == "HEAD" else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("content-type", "application/vnd.elasticsearch+json;compatible-with=9")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_HEAD = serve

            def log_message(self, *_arguments: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        if self.every is not None:
            return self.every
        if path.startswith("/_bulk"):
            lines = [json.loads(line) for line in body.splitlines()]
            return self.bulk([line["index"] for line in lines if set(line) == {"index"} and "_index" in line["index"]], len(body))
        if path.startswith("/_alias"):
            return 200, {"wirefeed-stories-2026.03": {"aliases": {"wirefeed-stories": {}}}}
        return (200, {}) if method == "HEAD" else (200, {"acknowledged": True})

    def bulks(self) -> list[int]:
        """Sizes of the bulk requests so far."""
        return [size for line, size in self.requests if line == "POST /_bulk"]


def ok(actions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"items": [{"index": {"status": 201}} for _ in actions]}


@pytest.fixture
def stub() -> Iterator[Stub]:
    made = Stub()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def stubbed(stub: Stub) -> ElasticIndex:
    """An index on the stub that sleeps in no time and notes for how long."""
    index = ElasticIndex.open(Settings(index="elasticsearch", elasticsearch_url=stub.url))
    index.writer.sleep = lambda _seconds: None
    return index


def many(story: Make, count: int, text: str = "") -> list[Document]:
    return [story(f"s{number:05d}", text=text) for number in range(count)]


def test_chunks_are_bounded_by_bytes(stub: Stub, stubbed: ElasticIndex, story: Make) -> None:
    stubbed.writer.chunk_bytes = 20_000
    report = stubbed.upsert(many(story, 100, "x" * 1_000))
    assert len(report.written) == 100
    assert len(stub.bulks()) > 5
    assert max(stub.bulks()) <= 20_000


def test_what_is_rejected_with_429_is_sent_again_and_nothing_else(stub: Stub, stubbed: ElasticIndex, story: Make) -> None:
    seen: list[list[str]] = []

    def busy(actions: list[dict[str, Any]], _size: int) -> Answer:
        seen.append([one["_id"] for one in actions])
        busy_now = {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "queue full"}}
        return 200, {"items": [{"index": busy_now if len(seen) == 1 and one["_id"] in ("s00001", "s00002") else {"status": 201}}
                               for one in actions]}

    stub.bulk = busy
    report = stubbed.upsert(many(story, 4))
    assert set(report.written) == {"s00000", "s00001", "s00002", "s00003"}
    assert seen[1:] == [["s00001", "s00002"]]


def test_back_off_grows_and_ends_in_a_reason_for_each_story(stub: Stub, stubbed: ElasticIndex, story: Make) -> None:
    pauses: list[float] = []
    stubbed.writer.sleep = pauses.append
    full = {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "queue full"}}
    stub.bulk = lambda actions, _size: (200, {"items": [{"index": full} for _ in actions]})
    report = stubbed.upsert(many(story, 2))
    assert report.failed == dict.fromkeys(("s00000", "s00001"), "es_rejected_execution_exception: queue full")
    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert 90 <= sum(pauses) < 120


def test_a_request_that_is_too_large_is_halved_until_it_fits(stub: Stub, stubbed: ElasticIndex, story: Make) -> None:
    stub.bulk = lambda actions, size: (200, ok(actions)) if size < 8_000 else (413, {"error": "too large"})
    documents = [*many(story, 30, "y" * 500), story("whale", text="z" * 20_000)]
    report = stubbed.upsert(documents)
    assert len(report.written) == 30
    assert list(report.failed) == ["whale"]
    assert "larger than the server accepts" in report.failed["whale"]


def test_one_bad_story_never_drops_the_rest(stub: Stub, stubbed: ElasticIndex, story: Make) -> None:
    def picky(actions: list[dict[str, Any]], _size: int) -> Answer:
        bad = {"status": 400, "error": {"type": "document_parsing_exception", "reason": "no", "caused_by": {
            "type": "strict_dynamic_mapping_exception", "reason": "mapping set to strict, dynamic introduction of [x] is not allowed"}}}
        stale = {"status": 409, "error": {"type": "version_conflict_engine_exception", "reason": "newer"}}
        return 200, {"items": [{"index": {"s00001": bad, "s00002": stale}.get(one["_id"], {"status": 200})} for one in actions]}

    stub.bulk = picky
    report = stubbed.upsert(many(story, 5))
    assert set(report.written) == {"s00000", "s00003", "s00004"}
    assert report.stale == ("s00002",)
    assert "strict_dynamic_mapping_exception" in report.failed["s00001"]


FAULTS: list[tuple[Answer, str]] = [
    ((401, {"error": {"type": "security_exception", "reason": "unable to authenticate user"}}),
     "wrong credentials.*WIREFEED_ELASTICSEARCH_USERNAME"),
    ((403, {"error": {"type": "security_exception", "reason": "action [indices:data/write/bulk] is unauthorized for user [x]"}}),
     "not allowed: action.*privilege"),
    ((400, {"error": {"type": "media_type_header_exception", "reason": "Accept version must be either version 8 or 7, but found 9."}}),
     "wrong major version.*needs Elasticsearch 9"),
    ((503, {"error": {"type": "search_phase_execution_exception", "reason": "all shards failed"}}), "all shards failed.*allocation/explain"),
    ((429, {"error": {"type": "circuit_breaking_exception", "reason": "Data too large"}}), "overloaded: Data too large"),
]


@pytest.mark.parametrize(("answer", "says"), FAULTS, ids=["credentials", "privilege", "version", "red", "overloaded"])
def test_each_fault_says_what_to_do(stub: Stub, stubbed: ElasticIndex, story: Make, answer: Answer, says: str) -> None:
    stub.every = answer
    with pytest.raises(Unreachable, match=says):
        stubbed.search(SearchRequest())
    with pytest.raises(Unreachable, match=says):
        stubbed.upsert([story("s1")])


@pytest.mark.parametrize(("answer", "says"), FAULTS, ids=["credentials", "privilege", "version", "red", "overloaded"])
def test_only_what_passes_by_itself_is_waited_for(stub: Stub, stubbed: ElasticIndex, story: Make, answer: Answer, says: str) -> None:
    pauses: list[float] = []
    stubbed.writer.sleep = pauses.append
    stub.bulk = lambda _actions, _size: answer
    with pytest.raises(Unreachable, match=says):
        stubbed.upsert([story("s1")])
    assert bool(pauses) == (answer[0] in (429, 503))


@pytest.mark.parametrize(("answer", "says"), FAULTS, ids=["credentials", "privilege", "version", "red", "overloaded"])
def test_pending_work_waits_through_each_fault_and_is_caught_up(
        stub: Stub, stubbed: ElasticIndex, sqlite_store: Store, settings: Settings, answer: Answer, says: str) -> None:
    for number in range(3):
        put(sqlite_store, f"s{number}")
    stub.every = answer
    report = index_pending(sqlite_store, stubbed, settings, NOW, batch=2)
    assert re.search(says, report.unreachable or "")
    assert (report.written, report.waiting) == (0, 3)
    stub.every = None
    report = index_pending(sqlite_store, stubbed, settings, NOW)
    assert (report.unreachable, report.written, report.waiting) == (None, 3, 0)


def test_a_server_of_another_major_version_is_refused_at_set_up(stub: Stub, stubbed: ElasticIndex) -> None:
    stub.every = (200, {"nodes": {"n": {"version": "8.19.0"}}})
    with pytest.raises(Unreachable, match=r"wrong major version: 8\.19\.0"):
        stubbed.setup()


def test_something_else_on_the_port_is_recognised() -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_arguments: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    index = ElasticIndex.open(Settings(elasticsearch_url=f"http://127.0.0.1:{server.server_port}"))
    with pytest.raises(Unreachable, match="not an Elasticsearch server"):
        index.search(SearchRequest())
    server.shutdown()
    server.server_close()


def test_nobody_on_the_port_is_told_with_the_setting_to_check() -> None:
    index = ElasticIndex.open(Settings(elasticsearch_url="http://127.0.0.1:9"))
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9: does not answer.*WIREFEED_ELASTICSEARCH_URL"):
        index.search(SearchRequest())


def test_a_skewed_clock_is_a_problem_of_the_status(elastic: ElasticIndex) -> None:
    assert elastic.status(datetime.now(UTC)).problems == ()
    [problem] = elastic.status(datetime(2020, 1, 1, tzinfo=UTC)).problems
    assert "ahead; set both by NTP" in problem


def test_without_its_template_no_index_is_made_by_guessing(elastic: ElasticIndex, story: Make) -> None:
    elastic.client.indices.delete_index_template(name=elastic.alias("stories"))
    with pytest.raises(Unreachable, match=r"index template .* is missing.*wirefeed index setup"):
        elastic.upsert([story("s1")])
    assert any("template" in problem for problem in elastic.status(datetime.now(UTC)).problems)
    elastic.setup()
    assert elastic.upsert([story("s1")]).written == ("s1",)


def test_a_mapping_of_another_kind_is_a_conflict_that_names_the_way_out(elastic: ElasticIndex, story: Make) -> None:
    name = f"{elastic.prefix}-other-2026.03"
    elastic.client.indices.create(index=name, mappings={"properties": {"version": {"type": "keyword"}}},
                                  aliases={elastic.alias("stories"): {}})
    with pytest.raises(Unreachable, match=r"mapping conflict.*wirefeed index migrate"):
        elastic.setup()


def test_a_companion_that_another_version_made_is_named_and_made_anew_by_a_flip(elastic: ElasticIndex, story: Make) -> None:
    """A mapping cannot be changed in an index that exists; stories are rebuilt beside it, companions are sent again from the database."""
    elastic.upsert([story("s1")])
    alias, old = elastic.alias("alerts"), f"{elastic.prefix}-alerts-2026.02"
    for name in elastic.client.indices.get_alias(name=alias).body:
        elastic.client.indices.delete(index=name)
    elastic.client.indices.delete_index_template(name=alias)
    elastic.client.indices.create(index=old, mappings={"properties": {"follow_up": {"type": "keyword"}}}, aliases={alias: {}})
    with pytest.raises(Unreachable, match=r"mapping conflict.*wirefeed index migrate"):
        elastic.setup()
    assert any(old in problem and "wirefeed index migrate" in problem for problem in elastic.status(datetime.now(UTC)).problems)
    beside = elastic.beside("2")
    beside.setup()
    beside.upsert([story("s1")])
    elastic.flip("2")
    elastic.setup()
    assert elastic.status(datetime.now(UTC)).problems == ()
    [now] = elastic.client.indices.get_alias(name=alias).body
    assert elastic.client.indices.get_mapping(index=now).body[now]["mappings"]["properties"]["follow_up"]["type"] == "long"


def test_a_search_before_set_up_says_what_to_do_and_not_that_there_is_nothing(elasticsearch_url: str) -> None:
    index = ElasticIndex.open(Settings(elasticsearch_url=elasticsearch_url, index_prefix="never-set-up"))
    with pytest.raises(Unreachable, match=r"no index behind never-set-up-stories \(run `wirefeed index setup`\)"):
        index.search(SearchRequest())
    index.close()


def test_set_up_only_looks_when_all_is_as_it_should_be(elastic: ElasticIndex) -> None:
    asked: list[str] = []
    original = elastic.client.perform_request

    def note(method: str, path: str, **named: Any) -> Any:
        asked.append(method)
        return original(method, path, **named)

    elastic.client.perform_request = note  # type: ignore[method-assign,assignment]
    elastic.setup()
    assert "PUT" not in asked


def test_a_field_that_nobody_declared_fails_that_story_alone(elastic: ElasticIndex, story: Make) -> None:
    report = elastic.upsert([story("s1"), story("s2") | {"surprise": 1}])
    assert report.written == ("s1",)
    assert "surprise" in report.failed["s2"]


def test_a_read_only_index_keeps_its_stories_due_and_says_why(elastic: ElasticIndex, story: Make) -> None:
    elastic.upsert([story("s1")])
    name = f"{elastic.prefix}-stories-2026.03"
    elastic.client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": True})
    report = elastic.upsert([story("s2"), story("old", hours=2000)])
    assert report.written == ("old",), "the other months go on"
    assert "read-only" in report.failed["s2"]
    assert any("read-only" in problem for problem in elastic.status(datetime.now(UTC)).problems)
    elastic.client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": None})
    assert elastic.upsert([story("s2")]).written == ("s2",)


def test_the_real_node_refuses_a_huge_request_and_halving_gets_it_through(elastic: ElasticIndex, story: Make) -> None:
    elastic.writer.chunk_bytes = 50_000_000  # the test node accepts 10 MB
    report = elastic.upsert([story(f"s{number}", text="слово " * 40_000) for number in range(40)])
    assert len(report.written) == 40


def test_a_node_restarted_in_the_middle_of_a_bulk_loses_nothing(own_elasticsearch: Node, story: Make) -> None:
    index = ElasticIndex.open(Settings(elasticsearch_url=own_elasticsearch.url, index_prefix="t"))
    index.setup()
    index.writer.threads = 2
    index.writer.chunk_bytes = 100_000
    stopped = threading.Event()
    sent = 0

    def restart_once(*arguments: Any, **named: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == 5 and not stopped.is_set():
            stopped.set()
            own_elasticsearch.stop(hard=True)
            threading.Thread(target=own_elasticsearch.start).start()
        return original(*arguments, **named)

    original = index.writer.patient.perform_request
    index.writer.patient.perform_request = restart_once  # type: ignore[method-assign]
    documents = many(story, 3_000, "Пограничники сообщили о столкновении. " * 10)
    report = index.upsert(documents)
    assert stopped.is_set()
    assert report.failed == {}
    index.refresh()
    assert index.search(SearchRequest(size=1)).total == 3_000
    assert len(set(report.written) | set(report.stale)) == 3_000
