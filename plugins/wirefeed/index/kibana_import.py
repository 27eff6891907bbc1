"""``wirefeed kibana import``: wait for Kibana, import the shipped objects over older ones, believe no status code. [IO]

Kibana answers 200 with ``success: false``, skips lines it does not know, and checks few references: everything is counted here.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from wirefeed.errors import ConfigError, InputRefused, Unreachable
from wirefeed.index.kibana.views import DEFAULT_PREFIX, view_id
from wirefeed.settings import Settings

PAUSE = 2.0  # seconds between questions while Kibana starts


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was imported where."""

    kibana: str
    imported: int
    files: tuple[str, ...] = ()
    default_view: str = ""
    types: dict[str, int] = field(default_factory=dict)


def import_all(settings: Settings, files: Sequence[Path], wait: float, sleep: Callable[[float], None] = time.sleep) -> ImportReport:
    """Import ``files``, after waiting up to ``wait`` seconds for Kibana. Raises ConfigError (a faulty file), Unreachable, InputRefused
    (Kibana's errors, by object)."""
    if not settings.kibana_url:
        raise ConfigError("WIREFEED_KIBANA_URL is not set")
    if not files:
        raise ConfigError("no NDJSON files to import")
    read_in = [(path, read(path)) for path in files]  # a faulty file is told before anything is waited for or changed
    base = settings.kibana_url.rstrip("/")
    headers = {"kbn-xsrf": "wirefeed"}
    login: tuple[str, str] | None = None
    if key := settings.elasticsearch_api_key.get_secret_value():
        headers["Authorization"] = f"ApiKey {key}"
    elif settings.elasticsearch_username:
        login = (settings.elasticsearch_username, settings.elasticsearch_password.get_secret_value())
    verify: Any = str(settings.elasticsearch_ca) if settings.elasticsearch_ca else True
    with httpx.Client(base_url=base, headers=headers, auth=login, timeout=60, verify=verify) as client:
        _wait(client, base, wait, sleep)
        types: dict[str, int] = {}
        for path, lines in read_in:
            for kind, count in _import(client, path, lines, settings.index_prefix).items():
                types[kind] = types.get(kind, 0) + count
        _default_view(client)
    return ImportReport(base, sum(types.values()), tuple(path.name for path in files), view_id("stories"), types)


def _wait(client: httpx.Client, base: str, wait: float, sleep: Callable[[float], None]) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            answer = client.get("/api/status")
            if answer.status_code in (401, 403):
                raise Unreachable(f"Kibana {base}", "wrong credentials or no right to Kibana",
                                  "check WIREFEED_ELASTICSEARCH_USERNAME and WIREFEED_ELASTICSEARCH_PASSWORD, or the API key")
            why = f"status {answer.status_code}"
            if answer.status_code == 200:
                level = answer.json().get("status", {}).get("overall", {}).get("level", "unknown")
                if level == "available":
                    return
                why = f"it is {level}"
        except (httpx.HTTPError, ValueError) as error:
            why = str(error) or type(error).__name__
        if time.monotonic() >= deadline:
            raise Unreachable(f"Kibana {base}", f"not ready after {wait:.0f} s: {why}", "is it running, and is WIREFEED_KIBANA_URL right?")
        sleep(PAUSE)


def read(path: Path) -> list[dict[str, Any]]:
    """The objects of an NDJSON file; the summary that Kibana writes as the last line of its exports is none. Raises ConfigError with the line."""
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot be read: {error}", path) from error
    found: list[dict[str, Any]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except ValueError as error:
            raise ConfigError(f"no JSON: {error}", path, number) from error
        if isinstance(one, dict) and "exportedCount" in one:
            continue
        if not isinstance(one, dict) or not all(isinstance(one.get(key), kind) for key, kind in (("type", str), ("id", str), ("attributes", dict))):
            raise ConfigError("not a saved object of Kibana (type, id, attributes), one a line", path, number)
        found.append(one)
    if not found:
        raise ConfigError("there is no object in it", path)
    return found


def _import(client: httpx.Client, path: Path, lines: list[dict[str, Any]], prefix: str) -> dict[str, int]:
    for one in lines:
        if one["type"] == "index-pattern" and str(one["attributes"].get("title", "")).startswith(f"{DEFAULT_PREFIX}-"):
            one["attributes"]["title"] = prefix + one["attributes"]["title"].removeprefix(DEFAULT_PREFIX)
    body = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines).encode()
    name = path.name if path.name.endswith(".ndjson") else f"{path.stem}.ndjson"  # any other ending is a 400
    try:
        answer = client.post("/api/saved_objects/_import", params={"overwrite": "true"},
                             files={"file": (name, body, "application/ndjson")})
    except httpx.HTTPError as error:
        raise Unreachable(f"Kibana {client.base_url}", str(error) or type(error).__name__) from error
    try:
        said = answer.json()
    except ValueError:
        said = {}
    if answer.status_code != 200:
        raise InputRefused(f"{path.name}: Kibana answered {answer.status_code}: {said.get('message', answer.text[:200])}")
    problems = [f"{one.get('type')} {one.get('id')}: {(one.get('error') or {}).get('type', 'unknown')}"
                + (f" ({(one.get('error') or {}).get('message')})" if (one.get("error") or {}).get("message") else "")
                for one in said.get("errors", [])]
    if said.get("success") is not True or problems:
        raise InputRefused(f"{path.name}: Kibana refused {len(problems)} of {len(lines)} objects: {'; '.join(problems[:5])}")
    if said.get("successCount") != len(lines):
        raise InputRefused(f"{path.name}: Kibana imported {said.get('successCount')} of {len(lines)} objects and named no error")
    types: dict[str, int] = {}
    for one in lines:
        types[one["type"]] = types.get(one["type"], 0) + 1
    return types


def _default_view(client: httpx.Client) -> None:
    answer = client.post("/api/data_views/default", json={"data_view_id": view_id("stories"), "force": True})
    if answer.status_code != 200:
        raise InputRefused(f"Kibana would not make {view_id('stories')} the default data view: {answer.status_code} {answer.text[:200]}")
