"""Both indices, empty, behind one fixture; and a maker of documents."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from wirefeed.index.base import KeptIndex
from wirefeed.index.document import document
from wirefeed.index.elastic import ElasticIndex
from wirefeed.index.local import LocalIndex
from wirefeed.model import Change, Document, Entity, Evidence, Tags, Topic, Version, When
from wirefeed.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def elastic(elasticsearch_url: str, tmp_path: Path) -> Iterator[ElasticIndex]:
    """An ElasticIndex with a prefix of its own on the real node, removed afterwards."""
    prefix = f"t{uuid.uuid4().hex[:10]}"
    index = ElasticIndex.open(Settings(data=tmp_path, index="elasticsearch", elasticsearch_url=elasticsearch_url, index_prefix=prefix))
    index.setup()
    yield index
    for name in index.client.indices.get(index=f"{prefix}-*", filter_path="*.settings.index.uuid").body:
        index.client.indices.delete(index=name)
    for template in index.client.indices.get_index_template(name=f"{prefix}-*").body["index_templates"]:
        index.client.indices.delete_index_template(name=template["name"])
    index.close()


@pytest.fixture(params=["local", "elasticsearch"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> KeptIndex:
    """Each implementation, set up and empty."""
    if request.param == "local":
        local = LocalIndex(tmp_path / "index", patience=2)
        local.setup()
        return local
    return request.getfixturevalue("elastic")


@pytest.fixture
def story() -> Callable[..., Document]:
    """Makes documents: story("id", title=..., hours=...) published that many hours before NOW."""
    return make


def make(story_id: str, *, title: str = "Border guards report a clash", text: str = "", number: int = 1, hours: float = 0,
         published: datetime | None = None, known: bool = True, feed: str = "test-feed", source: str = "Test Wire", language: str = "en",
         topics: tuple[str, ...] = (), countries: tuple[str, ...] = (), entities: tuple[Entity, ...] = (),
         points: dict[str, tuple[float, float]] | None = None, **more: Any) -> Document:
    """A document as the pipeline makes it."""
    published = published or NOW - timedelta(hours=hours)
    version = Version(story_id, number, feed, max(published, NOW - timedelta(days=1)), Change.FIRST, title, text, f"https://example.org/{story_id}",
                      When(published if known else None), language=language)
    evidence = (Evidence("title", title[:4], 0, 4),)
    tags = Tags(language, True, 0.9, countries, tuple(Topic(one, 0.8, evidence) for one in topics), entities)
    return document(version, source=source, source_kind="agency", first_seen=published, first_published=published, tags=tags, kept="relevant",
                    points=points, **more)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a catalog of one feed and no gazetteer."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "feeds.yaml").write_text("feeds:\n- {id: azattyk, url: 'https://example.org/rss', title: Radio Azattyk, source_kind: independent}\n")
    return Settings(data=tmp_path / "data", shipped_config=config, config=tmp_path / "none")
