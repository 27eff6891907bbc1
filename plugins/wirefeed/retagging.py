"""Changed topics or gazetteer over kept text: the difference first, then, if wanted, the new tags. No rule runs and nobody is mailed."""

from datetime import datetime, timedelta
from typing import Any

from wirefeed.configuration import Configuration
from wirefeed.model import Tags
from wirefeed.processing import tagged
from wirefeed.store.database import Store
from wirefeed.store.stories import iterate_versions, replace_tags


def retag_since(store: Store, configuration: Configuration, since: datetime, now: datetime, *, apply: bool) -> dict[str, Any]:
    """Tag again what was first seen from ``since`` on. {"read", "changes": [{"story", "title", "difference"}]}."""
    changes: list[dict[str, Any]] = []
    read = 0
    with store.begin() as db:
        found = list(iterate_versions(db, since, now + timedelta(days=1)))
    for version, row in found:
        read += 1
        new = tagged(version, configuration)
        if (difference := differs(version.tags, new.tags)) and new.tags is not None:
            changes.append({"story": version.story_id, "title": version.title, "difference": difference})
            if apply:
                with store.begin() as db:
                    replace_tags(db, version, new.tags, kept="relevant" if new.tags.relevant else row.kept if row.kept == "rule" else None)
    return {"read": read, "changes": changes}


def differs(old: Tags | None, new: Tags | None) -> str:
    """What changed, in a line; empty when nothing a reader would notice did."""
    if old is None or new is None:
        return "" if old is new else "tagged for the first time"
    parts = []
    if old.relevant != new.relevant:
        parts.append("now relevant" if new.relevant else "no longer relevant")
    for name, before, after in (("topics", {one.id for one in old.topics}, {one.id for one in new.topics}),
                                ("countries", set(old.countries), set(new.countries)),
                                ("entities", {one.id for one in old.entities if one.id}, {one.id for one in new.entities if one.id})):
        if before != after:
            parts.append(f"{name} " + " ".join([*(f"+{one}" for one in sorted(after - before)), *(f"-{one}" for one in sorted(before - after))]))
    return "; ".join(parts)
