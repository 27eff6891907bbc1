"""[IO] Adding feeds to the site's own feeds.yaml: entries are appended as text, so that comments and order stay."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wirefeed.errors import ConfigError
from wirefeed.feeds.catalog import load_feeds
from wirefeed.yaml_files import ConfigText


def append_feeds(path: Path, feeds: Sequence[Mapping[str, Any]]) -> None:
    """Append feeds and check the whole file before it replaces the old one. Raises ConfigError; the file is then as it was."""
    try:
        before = path.read_text("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(error), path) from error
    lines = before.rstrip("\n").split("\n") if before.strip() else ["# This site's own feeds; `off: true` on a shipped id switches it off."]
    if not any(line.startswith("feeds:") for line in lines):
        lines.append("feeds:")
    place = next(number for number, line in enumerate(lines) if line.startswith("feeds:"))
    lines[place] = "feeds:" if lines[place].rstrip() in ("feeds: []", "feeds:[]") else lines[place]
    pad = next((line[:len(line) - len(line.lstrip())] for line in lines[place + 1:] if line.lstrip().startswith("- ")), "  ")
    end = next((number for number in range(place + 1, len(lines)) if lines[number][:1] not in ("", " ", "#", "-", "\t")), len(lines))
    rows = [pad + "- {" + ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in feed.items()) + "}" for feed in feeds]
    text = "\n".join([*lines[:end], *rows, *lines[end:]]) + "\n"
    load_feeds([ConfigText(path, text)])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(text, "utf-8")
        os.replace(fresh, path)
    except OSError as error:
        raise ConfigError(error.strerror or str(error), path) from error
