"""``python -m wirefeed.index.shipped``: write config/index/*.json and config/kibana/*.ndjson anew from the field table."""

import json
from pathlib import Path

from wirefeed.index.kibana import objects
from wirefeed.index.schema import TABLES, template


def write(config: Path) -> list[Path]:
    """Write the files under ``config``; the same bytes in every run."""
    written = []
    for table in TABLES:
        path = config / "index" / f"{table}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(template(table), ensure_ascii=True, indent=1) + "\n", "utf-8")
        written.append(path)
    path = config / "kibana" / "wirefeed.ndjson"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(objects.ndjson(), "utf-8")
    return [*written, path]


if __name__ == "__main__":
    for made in write(Path(__file__).parents[3] / "config"):
        print(made)
