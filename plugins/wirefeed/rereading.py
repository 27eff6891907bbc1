"""The re-read of matched stories after 1, 6, 24 hours and 7 days: publishers correct, and some withdraw, without touching the feed's item."""

import asyncio
import os
from datetime import datetime
from random import Random
from typing import Any

from wirefeed.configuration import Configuration
from wirefeed.model import Change, Entry
from wirefeed.settings import Settings
from wirefeed.store.database import Store
from wirefeed.store.items import known_of_story, save_intake
from wirefeed.store.stories import reread_done, reread_due
from wirefeed.stories.download import Wanted, read_pages
from wirefeed.stories.intake import intake


def reread_due_stories(store: Store, settings: Settings, configuration: Configuration, now: datetime) -> dict[str, Any]:
    """Read what is due; a page that differs materially becomes a new version, pending for the tagger. Counts: read, changed, failed."""
    with store.begin() as db:
        due = [row for row in reread_due(db, now) if row.feed_id in configuration.feeds]
    wanted = [Wanted(row.id, configuration.feeds[row.feed_id], row.link, row.title, "") for row in due]
    pages = asyncio.run(read_pages(store, settings, os.environ, wanted, now, Random())) if wanted else {}
    counts = {"read": 0, "changed": 0, "failed": 0}
    for row in due:
        page = pages.get(row.id)
        if page is not None and page.teaser_only == "later":
            continue
        with store.begin() as db:
            reread_done(db, row.id, row.reread_step, now)
            if page is None or page.article is None:
                counts["failed"] += 1
                continue
            counts["read"] += 1
            item, known = known_of_story(db, row.id)
            old = known.version if known else None
            if known is None or old is None or len(page.article.text) < 0.6 * len(old.text):
                continue  # a paywall's or a consent wall's remains, not a new text
            entry = Entry(id=item, title=old.title, link=row.link, published=old.published, updated=old.updated, text=page.article.text,
                          authors=old.authors)
            taken = intake(row.feed_id, (entry,), {item: known}, now, backlog=False, language=old.language)
            changed = [one for one in taken.seen if one.version is not None and one.version.change is not Change.TEXT]
            if changed:
                save_intake(db, taken, now)
                counts["changed"] += len(changed)
    return counts
