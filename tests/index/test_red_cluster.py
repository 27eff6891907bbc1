"""A cluster that has lost a primary shard: said with what to do, other months go on, the rest is caught up once the shard is back."""

from collections.abc import Callable
from datetime import UTC, datetime

from elasticsearch_node import Node
from wirefeed.index.base import SearchRequest
from wirefeed.index.elastic import ElasticIndex
from wirefeed.model import Document
from wirefeed.settings import Settings

Make = Callable[..., Document]


def test_a_lost_shard_is_named_with_the_way_to_look_and_its_stories_follow_later(own_elasticsearch: Node, story: Make) -> None:
    index = ElasticIndex.open(Settings(elasticsearch_url=own_elasticsearch.url, index_prefix="t"))
    index.setup()
    index.writer.patience = 0
    index.writer.answer = "1s"
    nowhere = {"index.routing.allocation.require._name": "a node that is gone"}
    index.client.indices.create(index="t-stories-2026.03", settings=nowhere, aliases={"t-stories": {}}, wait_for_active_shards="0")
    report = index.upsert([story("s1"), story("old", hours=2000)])
    assert report.written == ("old",), "the other months go on"
    assert "allocation/explain" in report.failed["s1"]
    assert any("the cluster is red" in problem and "allocation/explain" in problem for problem in index.status(datetime.now(UTC)).problems)
    index.client.indices.put_settings(index="t-stories-2026.03", settings={"index.routing.allocation.require._name": None})
    index.client.cluster.health(wait_for_status="yellow", timeout="60s")
    assert index.upsert([story("s1")]).written == ("s1",)
    index.refresh()
    assert index.search(SearchRequest()).total == 2
    index.close()
