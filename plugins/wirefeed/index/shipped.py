"""``python -m wirefeed.index.shipped``: write config/index/*.json and config/kibana/wirefeed.ndjson anew from the field table.

The topics that get a saved search each are read from config/topics/.
"""

import json
from pathlib import Path

from wirefeed import yaml_files
from wirefeed.index.kibana import objects
from wirefeed.index.schema import TABLES, template


def files(config: Path) -> dict[Path, str]:
    """Path under ``config`` -> content; the same bytes in every run."""
    made = {config / "index" / f"{table}.json": json.dumps(template(table), ensure_ascii=True, indent=1) + "\n" for table in TABLES}
    return {**made, config / "kibana" / "wirefeed.ndjson": objects.ndjson(topics(config))}


def topics(config: Path) -> list[tuple[str, str]]:
    """(id, English name) of the shipped topics, in order of id."""
    found: dict[str, str] = {}
    for text in yaml_files.find((config,), "topics/*.yaml"):
        data = yaml_files.read(text.path, text.text).data or {}
        for topic in data.get("topics", [data]) if isinstance(data, dict) else data:
            if isinstance(topic, dict) and "id" in topic and not any(topic.get(key) for key in ("off", "other", "general")):  # no story bears those
                name = topic.get("label") or topic["id"]
                found[str(topic["id"])] = str(name.get("en", topic["id"]) if isinstance(name, dict) else name)
    return sorted(found.items())


if __name__ == "__main__":
    for path, content in files(Path(__file__).parents[3] / "config").items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
        print(path)
