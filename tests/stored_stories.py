"""Stories in the database as the pipeline leaves them, for tests of the index."""

from datetime import UTC, datetime

from sqlalchemy import insert, update

from wirefeed.model import Entity, Evidence, Tags, Topic, When
from wirefeed.store import tables
from wirefeed.store.database import Store
from wirefeed.store.stories import tags_json, when_json

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TAGS = Tags("ru", True, 0.9, ("KG",), (Topic("border", 0.8, (Evidence("title", "Столк", 0, 5),)),),
            (Entity("place:batken", "place", "Batken", "text", "Баткен", 0, 6),))


def put(store: Store, story_id: str, *, version: int = 1, title: str = "Столкновение", kept: str | None = "relevant", due: bool = True,
        published: datetime | None = NOW, cluster: str | None = None, feed: str = "azattyk") -> None:
    """A story with one version, or a newer version of it."""
    with store.begin() as db:
        if version == 1:
            db.execute(insert(tables.stories).values(
                id=story_id, feed_id=feed, cluster_id=cluster or story_id, first_seen_at=NOW, published_at=published, version=1, title=title,
                kept=kept, index_due=due, withdrawn=False, reread_step=0))
        else:
            db.execute(update(tables.stories).where(tables.stories.c.id == story_id).values(version=version, title=title, index_due=due))
        db.execute(insert(tables.versions).values(
            story_id=story_id, number=version, feed_id=feed, seen_at=NOW, change="first" if version == 1 else "correction", title=title,
            text="В Баткене.", link="https://example.org/1", published=when_json(When(published)), updated=when_json(When()), authors=[],
            language="ru", backlog=False, content_hash="x", tags=tags_json(TAGS)))
