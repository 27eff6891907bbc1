"""Documents for rule tests, made as the pipeline makes them; and the shipped tagger, built once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from wirefeed.index.document import document
from wirefeed.model import Change, Document, Entity, Tags, Topic, Version, When

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONFIG = Path(__file__).parents[2] / "config"


def make(story_id: str = "s1", title: str = "", text: str = "", *, hours: float = 0, topics: tuple[str, ...] = (), countries: tuple[str, ...] = (),
         entities: tuple[str, ...] = (), language: str = "en", source: str = "Test Wire", score: float = 0.5, copies: int = 1, **more: Any) -> Document:
    """A document; ``entities`` are gazetteer ids."""
    at = NOW - timedelta(hours=hours)
    mentions = tuple(Entity(one, "country" if one.startswith("country:") else "armed_group", one.split(":")[1], "text", "", 0, 0) for one in entities)
    version = Version(story_id, 1, "test-feed", at, Change.FIRST, title, text, f"https://example.org/{story_id}", When(at), language=language)
    tags = Tags(language, True, score, countries, tuple(Topic(one, 0.8, ()) for one in topics), mentions)
    return document(version, source=source, source_kind="agency", first_seen=at, first_published=at, tags=tags, copies=copies, **more)


@pytest.fixture
def story() -> Callable[..., Document]:
    """Makes documents: story("id", title, text, hours=..., topics=(...), ...)."""
    return make


@cache
def shipped_tagger() -> Any:
    """The tagger of the shipped configuration."""
    from wirefeed.settings import Settings
    from wirefeed.tags.tagger import load_tagger
    from wirefeed.yaml_files import find

    return load_tagger(find((CONFIG,), "gazetteer/*.yaml"), find((CONFIG,), "topics/*.yaml"), Settings(shipped_config=CONFIG))


@pytest.fixture(scope="session")
def tagger() -> Any:
    """The shipped tagger."""
    return shipped_tagger()
