"""The fixtures that give tests a real Elasticsearch node (elasticsearch_node.py)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from elasticsearch_node import Node, NotToBeHad, running_node


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """Address of a real Elasticsearch 9.5 node; tests share it, so each takes an index prefix of its own."""
    try:
        with running_node(quick=True) as url:
            yield url
    except NotToBeHad as error:
        pytest.skip(f"no Elasticsearch node: {error}")


@pytest.fixture
def own_elasticsearch(tmp_path: Path) -> Iterator[Node]:
    """A node of the test's own, for tests that stop it or break it."""
    node = Node(tmp_path / "node", quick=True)
    try:
        node.start()
    except NotToBeHad as error:
        pytest.skip(f"no Elasticsearch node: {error}")
    yield node
    node.stop()
