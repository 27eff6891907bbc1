"""Rules against new stories: percolation beside the two Elasticsearch ways, in one run.

    python bench/match.py            1,000 rules x 200 stories (seconds)
    python bench/match.py --full     10,000 rules x 500 stories (the issue's size; the Elasticsearch ways take some minutes)
    python bench/match.py --percolation-only

Peers on the same real node (tests/elasticsearch_node.py), the batch indexed and refreshed beforehand:
  msearch   each rule as a query of its own over the batch
  named     searches whose named queries are the rules, 100 a search (the limit of clauses bounds it)
Percolation pays for turning its batch inside out, for every rule, and for conditions and highlights of the hits, which the peers do not give;
"hits only" is the same without them, as the peers' answers are. Every way is given by the clock and by processor time (the node's and our own);
of each way the quickest of three runs counts, so that other work on the machine, and a virtual machine that has yet to compile, weigh on none.
"""

import argparse
import gc
import os
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Rule:
    """What the percolator needs of a rule."""

    def __init__(self, rule_id, query):
        self.id, self.parsed = rule_id, query


def words(count, rng):
    """Made-up words with the letters of Russian and English, in a Zipf-like order."""
    from wirefeed.index.analysis import terms

    alphabets = ("абвгдеиклмнопрстуя", "abcdefghiklmnoprstu")
    made = {}
    while len(made) < count:
        word = "".join(rng.choices(rng.choice(alphabets), k=rng.randint(4, 10)))
        made.setdefault(terms(word)[0], word)  # each of its own stem
    return list(made.values())


def make(rules, stories, length, rng):
    """(queries, documents): rules with fields, phrases, wildcards, negation; stories of ``length`` words."""
    from wirefeed.index.document import document
    from wirefeed.model import Change, Tags, Topic, Version, When

    vocabulary = words(30_000, rng)
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]
    documents = []
    for number in range(stories):
        text = " ".join(rng.choices(vocabulary, weights, k=length))
        tags = Tags("ru", True, 0.7, (rng.choice(["KZ", "KG", "TJ", "UZ", "TM"]),), (Topic(rng.choice(["unrest", "militancy", "nuclear"]), 0.7, ()),))
        version = Version(f"{number:032x}", 1, "bench", NOW, Change.FIRST, text[:80], text, None, When(NOW), language="ru", tags=tags)
        documents.append(document(version, source="Bench", source_kind="agency", first_seen=NOW))
    queries = []
    for _ in range(rules):
        picked = rng.sample(vocabulary[300:], 6)  # what rules name is rarer than what texts are made of
        a, b, c, d, e, f = picked
        queries.append(rng.choice([
            f"({a} OR {b} OR {c}) AND country:TJ", f'"{a} {b}" OR ({c} AND {d})', f"text:{a} AND topic:unrest AND NOT {b}", f"{a[:5]}* AND ({b} OR {c})",
            f'"{a} {b}"~5 OR "{c} {d}"', f"({a} OR {b}) AND ({c} OR {d}) AND NOT ({e} OR {f})", f"title:{a} AND country:KG", f"({' OR '.join(picked)}) AND country:UZ"]))
    return queries, documents


def timed(action, node=None):
    """(result, seconds by the clock, seconds of processor time: ours and the node's)."""
    def spent():
        times = node.cpu_times() if node else None
        return time.process_time() + (times.user + times.system if times else 0)

    gc.collect()
    begin, used = time.perf_counter(), spent()
    result = action()
    return result, time.perf_counter() - begin, spent() - used


def quickest(action, node=None):
    """The run of three that took the least processor time."""
    return min((timed(action, node) for _ in range(3)), key=lambda run: run[2])


def process_at(url):
    """The process that listens at the address's port."""
    import psutil

    port = int(url.rsplit(":", 1)[1].strip("/"))
    return next(psutil.Process(one.pid) for one in psutil.net_connections("tcp") if one.status == "LISTEN" and one.laddr.port == port and one.pid)


def main():
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--length", type=int, default=300, help="words a story")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--percolation-only", action="store_true")
    options = parser.parse_args()
    if options.full:
        options.rules, options.stories = 10_000, 500
    from wirefeed.rules.percolate import Percolator
    from wirefeed.rules.query import parse

    queries, documents = make(options.rules, options.stories, options.length, random.Random(7))
    parsed, _, parsing = timed(lambda: [parse(query) for query in queries])
    percolator, _, compiling = timed(lambda: Percolator([Rule(str(n), query) for n, query in enumerate(parsed)]))
    percolator.match(documents[:20])
    matches, seconds, used = quickest(lambda: percolator.match(documents))
    ours = {(int(one.rule_id), one.story_id) for one in matches}
    met, took, cpu = quickest(lambda: percolator.slots(documents))
    rows = [("percolation", seconds, used, ours), ("  hits only", took, cpu, {(int(rule), documents[slot]["id"]) for rule, some in met.items() for slot in some})]
    if not options.percolation_only:
        rows += peers(parsed, documents, options)
    print(f"{options.rules} rules x {options.stories} stories of {options.length} words; {len(ours)} hits by {len({r for r, _ in ours})} rules; once: "
          f"rules parsed in {parsing:.2f} s, compiled in {compiling:.2f} s; load {os.getloadavg()[0]:.1f}")
    print(f"{'way':<14}{'clock s':>9}{'CPU s':>9}{'stories/s':>11}{'a CPU s':>9}{'slower by':>11}{'in CPU':>9}  same hits")
    for name, took, cpu, hits in rows:
        print(f"{name:<14}{took:>9.2f}{cpu:>9.2f}{options.stories / took:>11.0f}{options.stories / cpu:>9.0f}{took / seconds:>10.1f}x{cpu / used:>8.1f}x  {hits == ours}")


def peers(parsed, documents, options):
    """The two Elasticsearch ways."""
    import tempfile
    import uuid

    from elasticsearch_node import running_node
    from wirefeed.index.elastic import ElasticIndex
    from wirefeed.rules.to_elastic import compile_query
    from wirefeed.settings import Settings

    with running_node() as url, tempfile.TemporaryDirectory() as folder:
        index = ElasticIndex.open(Settings(data=Path(folder), index="elasticsearch", elasticsearch_url=url, index_prefix=f"b{uuid.uuid4().hex[:8]}"))
        index.setup()
        index.upsert(documents)
        index.refresh()
        where, node = f"{index.prefix}-stories", process_at(url)
        client = index.client.options(request_timeout=600)
        size = len(documents)

        def each():
            found = set()
            for start in range(0, len(parsed), 500):
                lines = []
                for query in parsed[start:start + 500]:
                    lines += [{"index": where}, {"query": {"bool": {"filter": [compile_query(query)]}}, "size": size, "_source": False}]
                answers = client.msearch(searches=lines, max_concurrent_searches=4).body["responses"]
                found |= {(start + n, hit["_id"]) for n, answer in enumerate(answers) for hit in answer["hits"]["hits"]}
            return found

        def named():
            found = set()
            for start in range(0, len(parsed), 100):
                should = [{"bool": {"filter": [compile_query(query)], "_name": str(start + n)}} for n, query in enumerate(parsed[start:start + 100])]
                answer = client.search(index=where, query={"bool": {"should": should}}, size=size, source=False)
                found |= {(int(name), hit["_id"]) for hit in answer["hits"]["hits"] for name in hit.get("matched_queries", ())}
            return found

        rows = []
        for name, way in (("msearch", each), ("named", named)):
            hits, took, cpu = quickest(way, node)
            rows.append((name, took, cpu, hits))
        for name in client.indices.get(index=f"{index.prefix}-*", filter_path="*.settings.index.uuid").body:
            client.indices.delete(index=name)
        index.close()
        return rows


if __name__ == "__main__":
    main()
