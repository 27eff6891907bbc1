"""What the configuration adds to a stored story: the feed's display name and kind, the places' coordinates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from wirefeed import yaml_files
from wirefeed.feeds.catalog import load_feeds
from wirefeed.settings import Settings

Source = tuple[str, str]  # display name, source kind


@dataclass(frozen=True)
class Facts:
    """Feed id -> (name, kind) and gazetteer id -> (latitude, longitude)."""

    sources: Mapping[str, Source] = field(default_factory=dict)
    points: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def source(self, feed_id: str) -> Source:
        """Name and kind of a feed; a feed that has left the catalog keeps its id as name."""
        return self.sources.get(feed_id, (feed_id, "unverified"))


def load_facts(settings: Settings) -> Facts:
    """Read the catalog and the gazetteer of these settings. Raises ConfigError."""
    feeds = load_feeds(yaml_files.find(settings.config_folders, "feeds.yaml"))
    return Facts({feed_id: (feed.name, str(feed.source_kind)) for feed_id, feed in feeds.all.items()},
                 _points(yaml_files.find(settings.config_folders, "gazetteer/*.yaml")))


@lru_cache(maxsize=4)
def _points(files: tuple[yaml_files.ConfigText, ...]) -> Mapping[str, tuple[float, float]]:
    """Coordinates alone, read without building the gazetteer: the tagger checks these files, and its automaton takes seconds."""
    points: dict[str, tuple[float, float]] = {}
    for text in files:
        data = yaml_files.read(text.path, text.text).data
        for entry in data.get("entities", ()) if isinstance(data, dict) else ():
            at = entry.get("coordinates")
            if "id" in entry and isinstance(at, dict) and "lat" in at and "lon" in at:
                points[str(entry["id"])] = (float(at["lat"]), float(at["lon"]))
    return points
