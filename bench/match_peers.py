"""The Elasticsearch ways of bench/match.py, on a real node that this module starts."""

import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
RULES_A_SEARCH = 1000
HIGHLIGHT: dict[str, int] = {}  # fragments, as a mail shows them: whole texts took a third longer


class Peers:
    """A node with the batch indexed, to be entered; ``indexing``: (seconds by the clock, of the node's and our processor time) that took."""

    def __init__(self, parsed, documents):
        self.parsed, self.documents = parsed, documents
        self.stack = ExitStack()

    def __enter__(self):
        import psutil

        from elasticsearch_node import Node
        from wirefeed.index.elastic import ElasticIndex
        from wirefeed.settings import Settings

        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="wirefeed-match-")))
        server = Node(folder / "node", heap="1g")
        server.start()
        self.stack.callback(server.stop)
        self.node = psutil.Process(server.process.pid)
        index = ElasticIndex.open(Settings(data=folder, index="elasticsearch", elasticsearch_url=server.url, index_prefix=f"b{uuid.uuid4().hex[:8]}"))
        self.stack.callback(index.close)
        index.setup()

        def spent():
            times = self.node.cpu_times()
            return times.user + times.system + time.process_time()

        begin, used = time.perf_counter(), spent()
        index.upsert(self.documents)
        index.refresh()
        self.indexing = time.perf_counter() - begin, spent() - used
        self.where = f"{index.prefix}-stories"
        self.client = index.client.options(request_timeout=600)
        self.client.indices.forcemerge(index=self.where, max_num_segments=1)
        index.refresh()
        return self

    def __exit__(self, *error):
        self.stack.close()

    def msearch(self):
        """Each rule a query: {(rule, story)}."""
        from wirefeed.rules.to_elastic import compile_query

        found = set()
        for start, answers in self._searches([{"query": {"bool": {"filter": [compile_query(query)]}}} for query in self.parsed]):
            found |= {(start + n, hit["_id"]) for n, answer in enumerate(answers) for hit in answer["hits"]["hits"]}
        return found

    def named(self):
        """Rules as named queries: {(rule, story)}."""
        from wirefeed.rules.to_elastic import compile_query

        found = set()
        for start in range(0, len(self.parsed), RULES_A_SEARCH):
            should = [{"bool": {"filter": [compile_query(query)], "_name": str(start + n)}} for n, query in enumerate(self.parsed[start:start + RULES_A_SEARCH])]
            answer = self.client.search(index=self.where, query={"bool": {"should": should}}, size=len(self.documents), source=False, sort="_doc", track_total_hits=False)
            found |= {(int(name), hit["_id"]) for hit in answer["hits"]["hits"] for name in hit.get("matched_queries", ())}
        return found

    def msearch_evidence(self):
        """Each rule a query with its conditions named and highlighted: {(rule, story): conditions met}."""
        return self._evidence(range(len(self.parsed)))

    def named_evidence(self):
        """The same for the rules that named queries say have hit."""
        return self._evidence(sorted({rule for rule, _story in self.named()}))

    def _evidence(self, rules):
        found = {}
        for start, answers in self._searches([self._asking(self.parsed[rule]) for rule in rules]):
            for n, answer in enumerate(answers):
                found |= {(rules[start + n], hit["_id"]): set(hit["matched_queries"]) for hit in answer["hits"]["hits"]}
        return found

    def _asking(self, query):
        from wirefeed.rules.tree import Wildcard

        fields = {"title": HIGHLIGHT, "text": HIGHLIGHT}
        if any(isinstance(leaf, Wildcard) for leaf in query.leaves(positive=True)):
            fields |= {"title.exact": HIGHLIGHT, "text.exact": HIGHLIGHT}
        return {"query": {"bool": {"filter": [clauses(query.tree)]}}, "highlight": {"fields": fields}}

    def _searches(self, bodies):
        for start in range(0, len(bodies), 500):
            lines = []
            for body in bodies[start:start + 500]:
                lines += [{"index": self.where}, {**body, "size": len(self.documents), "_source": False, "sort": "_doc", "track_total_hits": False}]
            yield start, self.client.msearch(searches=lines, max_concurrent_searches=4).body["responses"]


def clauses(node):
    """The DSL of a tree with each condition named as it is written."""
    from wirefeed.rules.to_elastic import compile_query
    from wirefeed.rules.tree import Boolean, Query, written

    if not isinstance(node, Boolean):
        return {"bool": {"filter": [compile_query(Query("", node))], "_name": written(node)}}
    made = {"must_not": [compile_query(Query("", child)) for child in node.must_not]} if node.must_not else {}
    if node.must:
        return {"bool": {**made, "filter": [clauses(child) for child in node.must]}}
    return {"bool": {**made, "should": [clauses(child) for child in node.should], "minimum_should_match": 1}}
