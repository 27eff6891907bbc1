"""The index measured: our bulk writer beside elasticsearch.helpers.parallel_bulk, search latency, how to keep evidence.

    python bench/index.py [--stories N] [--full] [--words 120] [--heap 1g] [--minutes M] [--only write,elasticsearch,local,evidence]

Everything runs on one machine in one run; the node is the tests' (tests/elasticsearch_node.py) with the heap asked for. --full searches
1,000,000 stories on a 2 GB heap (docs/scale.md has the figures); after --minutes of loading it searches what is there by then.
"""

import argparse
import os
import random
import signal
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]
# ruff: noqa: E402

from elasticsearch.helpers import parallel_bulk
from rich.console import Console
from rich.table import Table

from elasticsearch_node import Node, NotToBeHad
from wirefeed.index import schema
from wirefeed.index.base import GeoBox, KeptIndex, SearchRequest
from wirefeed.index.document import document
from wirefeed.index.elastic import ElasticIndex
from wirefeed.index.local import LocalIndex
from wirefeed.model import Change, Document, Entity, Evidence, Tags, Topic, Version, When
from wirefeed.rules.query import parse
from wirefeed.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONSOLE = Console(width=120)
LOADED_AT_ONCE = 20_000
RUSSIAN = """война войска граница пограничник столкновение перестрелка задержание теракт боевик учения договор безопасность министр президент
переговоры вода плотина наркотик контрабанда суд приговор оппозиция протест область район село дорога посол визит оружие ракета""".split()
ENGLISH = """war troops border guard clash shooting arrest attack militant exercise treaty security minister president talks water dam
drug smuggling court sentence opposition protest region district village road envoy visit weapon missile pipeline railway""".split()
TOPICS = ("terrorism", "border", "crime", "military", "water", "politics", "diplomacy", "narcotics")
COUNTRIES = ("KG", "TJ", "UZ", "KZ", "TM", "AF", "RU", "CN")
QUERIES: dict[str, SearchRequest] = {
    "one word": SearchRequest(parse("столкновение")),
    "phrase": SearchRequest(parse('"border guard"')),
    "topic and country": SearchRequest(parse("topic:border AND country:KG")),
    "boolean": SearchRequest(parse("(troops OR войска) AND (border OR граница) AND NOT exercise")),
    "proximity": SearchRequest(parse('"войска граница"~5')),
    "wildcard": SearchRequest(parse("контраб*")),
    "last week, facets": SearchRequest(parse("country:TJ"), since=NOW - timedelta(days=7), facets=("topic", "country", "source")),
    "months": SearchRequest(parse("topic:water"), months=True, size=0),
    "map": SearchRequest(box=GeoBox(41, 69, 39, 72)),
    "everything, page 3": SearchRequest(size=50, after=(NOW - timedelta(days=30), "8")),
}


def stories(count: int, seed: int = 1, words: int = 120) -> Iterator[Document]:
    """Made-up stories over two years: ``words`` words, Zipf-like vocabulary with rare words, tags with evidence."""
    chance = random.Random(seed)
    vocabulary = [*RUSSIAN, *ENGLISH, *(f"слово{number}" for number in range(20_000))]
    weights = [1 / (1 + rank) for rank in range(len(vocabulary))]
    pool = chance.choices(vocabulary, weights, k=200_000)
    for number in range(count):
        start = chance.randrange(len(pool) - words - 10)
        text = " ".join(pool[start:start + words])
        published = NOW - timedelta(seconds=chance.randrange(700 * 86_400))
        place = f"city:{chance.randrange(200)}"
        version = Version(f"{chance.getrandbits(256):064x}", 1, f"feed-{number % 300}", published, Change.FIRST,
                          " ".join(pool[start + words:start + words + 8]), text, f"https://example.org/{number}", When(published), language="ru")
        tags = Tags("ru", True, 0.8, tuple(chance.sample(COUNTRIES, 2)), tuple(
            Topic(one, 0.7, tuple(Evidence("text", pool[start + k], k * 8, k * 8 + 6, pool[start + k]) for k in range(4)))
            for one in chance.sample(TOPICS, 2)), (Entity(place, "city", place, "text", pool[start], 0, 6),))
        yield document(version, source=f"Source {number % 300}", source_kind="agency", first_seen=published, first_published=published,
                       tags=tags, kept="relevant", points={place: (36 + chance.random() * 14, 52 + chance.random() * 34)})


def elastic(url: str, made_with: dict[str, str] | None = None) -> ElasticIndex:
    """A fresh index on the node; ``made_with``: settings for loading much at once."""
    index = ElasticIndex.open(Settings(index="elasticsearch", elasticsearch_url=url, index_prefix=f"bench{uuid.uuid4().hex[:8]}"))
    index.templates["stories"]["template"]["settings"]["index"] |= made_with or {}
    index.setup()
    return index


def dropped(index: ElasticIndex) -> None:
    """Remove what ``elastic`` made."""
    for name in index.client.indices.get(index=f"{index.prefix}-*", filter_path="*.settings.index.uuid").body:
        index.client.indices.delete(index=name)
    for found in index.client.indices.get_index_template(name=f"{index.prefix}-*").body["index_templates"]:
        index.client.indices.delete_index_template(name=found["name"])
    index.close()


def write(url: str, count: int) -> None:
    """Our writer against parallel_bulk (4 threads, its other settings as they come), the same documents, in turn, best of three."""
    documents = list(stories(count))

    def ours(index: ElasticIndex) -> None:
        for start in range(0, count, 5_000):
            report = index.upsert(documents[start:start + 5_000])
            assert not report.failed

    def theirs(index: ElasticIndex) -> None:
        actions = ({"_index": f"{index.prefix}-stories-{one['month']}", "_id": one["id"], "_source": one, "version": 1,
                    "version_type": "external_gte"} for one in documents)
        assert all(fine for fine, _result in parallel_bulk(index.client, actions))

    best: dict[str, float] = {}
    for _turn in range(3):
        for name, run in (("parallel_bulk", theirs), ("Wirefeed", ours)):
            index = elastic(url)
            for month in {one["month"] for one in documents}:
                index._make("stories", month, "")
            started = time.perf_counter()
            run(index)
            best[name] = max(best.get(name, 0.0), count / (time.perf_counter() - started))
            dropped(index)
    table = Table("writer", "stories/s", "ratio", title=f"Bulk writing, {count:,} stories, best of three")
    for name, rate in best.items():
        table.add_row(name, f"{rate:,.0f}", f"{rate / best['parallel_bulk']:.2f}")
    CONSOLE.print(table)


def search(indices: dict[str, KeptIndex], count: int, words: int, minutes: float) -> None:
    """p50 and p95 of ten queries, 20 runs each; loading ends after ``minutes``."""
    spent = dict.fromkeys(indices, 0.0)
    loaded = 0
    made = stories(count, words=words)
    begun = time.perf_counter()
    while loaded < count:
        batch = list(islice(made, min(LOADED_AT_ONCE, count - loaded)))
        for name, index in indices.items():
            started = time.perf_counter()
            assert not index.upsert(batch).failed
            spent[name] += time.perf_counter() - started
        loaded += len(batch)
        print(f"\rloading: {loaded:,} of {count:,}, {time.perf_counter() - begun:,.0f} s", end="", file=sys.stderr, flush=True)
        if time.perf_counter() - begun > minutes * 60:
            CONSOLE.print(f"loading stopped after {minutes:.0f} minutes")
            break
    for name, index in indices.items():
        if isinstance(index, ElasticIndex):  # the first refresh after such a load is no quick matter
            index.client.options(request_timeout=900).indices.refresh(index=f"{index.prefix}-stories-*")
        size = _bytes(index)
        CONSOLE.print(f"{name}: {loaded:,} stories written, {loaded / spent[name]:,.0f}/s, {size / loaded:,.0f} bytes a story")
    table = Table("query", *(f"{name} p50 / p95 ms" for name in indices), "hits", title=f"Search over {loaded:,} stories of {words} words")
    every: dict[str, list[float]] = {name: [] for name in indices}
    for label, request in QUERIES.items():
        cells, totals = [], set()
        for name, index in indices.items():
            totals.add(index.search(request).total)
            times = sorted(_timed(lambda index=index, request=request: index.search(request)) for _ in range(20))  # type: ignore[misc]
            every[name] += times
            cells.append(f"{statistics.median(times):.1f} / {times[18]:.1f}")
        table.add_row(label, *cells, " or ".join(f"{total:,}" for total in totals))
    table.add_row("all ten, p95", *(f"{sorted(times)[int(len(times) * 0.95)]:.1f}" for times in every.values()), "")
    CONSOLE.print(table)


def _bytes(index: KeptIndex) -> int:
    """What an index takes on disk."""
    if isinstance(index, LocalIndex):
        return sum(path.stat().st_size for path in index.folder.rglob("*") if path.is_file())
    assert isinstance(index, ElasticIndex)
    return int(index.client.indices.stats(index=f"{index.prefix}-stories-*")["_all"]["primaries"]["store"]["size_in_bytes"])


def _timed(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def evidence(url: str, count: int) -> None:
    """Evidence nested, flattened or only stored: bytes on disk and time to write."""
    documents = list(stories(count, seed=3))
    index = elastic(url)
    table = Table("evidence as", "bytes a story", "stories/s", "ratio of bytes", title=f"How to keep evidence, {count:,} stories")
    base = 0.0
    for kind, made in (("only stored", {"type": "object", "enabled": False}), ("flattened", {"type": "flattened"}), ("nested", {
            "type": "nested", "properties": {name: {"type": "keyword"} for name in ("tag", "by", "field", "text")} | {
                "start": {"type": "integer"}, "end": {"type": "integer"}}})):
        name = f"{index.prefix}-stories-{kind.split()[-1]}"
        mapping = schema.mapping("stories")
        mapping["properties"]["evidence"] = made
        index.client.indices.create(index=name, mappings=mapping)
        started = time.perf_counter()
        assert all(fine for fine, _result in parallel_bulk(
            index.client, ({"_index": name, "_id": one["id"], "_source": one} for one in documents)))
        rate = count / (time.perf_counter() - started)
        index.client.indices.forcemerge(index=name, max_num_segments=1)
        size = index.client.indices.stats(index=name)["_all"]["primaries"]["store"]["size_in_bytes"] / count
        base = base or size
        table.add_row(kind, f"{size:,.0f}", f"{rate:,.0f}", f"{size / base:.2f}")
    CONSOLE.print(table)
    dropped(index)


@contextmanager
def own_node(folder: Path, heap: str) -> Iterator[str]:
    """The server of WIREFEED_TEST_ELASTICSEARCH_URL, else a node of our own with this heap."""
    if url := os.environ.get("WIREFEED_TEST_ELASTICSEARCH_URL"):
        yield url
        return
    node = Node(folder, heap=heap)
    try:
        node.start()
        yield node.url
    finally:
        node.stop()


def main() -> None:
    """Run the parts asked for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stories", type=int, default=10_000)
    options.add_argument("--full", action="store_true", help="search over 1,000,000 stories, heap 2g unless --heap says else")
    options.add_argument("--words", type=int, default=120, help="of a story in the search part")
    options.add_argument("--heap", help="of the node, such as 1g (default: 1g)")
    options.add_argument("--minutes", type=float, default=40, help="bound of the loading before the search")
    options.add_argument("--only", default="write,elasticsearch,local,evidence")
    given = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the node ends with us
    parts = set(given.only.split(","))
    with tempfile.TemporaryDirectory(prefix="wirefeed-bench-") as name:
        folder = Path(name)
        asked = 1_000_000 if given.full else given.stories
        if parts & {"write", "evidence", "elasticsearch"}:
            try:
                with own_node(folder / "node", given.heap or ("2g" if given.full else "1g")) as url:
                    if "write" in parts:
                        write(url, given.stories)
                    if "evidence" in parts:
                        evidence(url, given.stories)
                    if "elasticsearch" in parts:
                        index = elastic(url, {"refresh_interval": "-1", "translog.durability": "async"})
                        search({"elasticsearch": index}, asked, given.words, given.minutes)
                        dropped(index)
            except NotToBeHad as error:
                CONSOLE.print(f"no Elasticsearch node: {error}")
        if "local" in parts:
            search({"local": LocalIndex(folder / "index")}, asked, given.words, given.minutes)


if __name__ == "__main__":
    main()
