"""How commands answer: one JSON document on stdout with --json, else text for people; logs go to stderr."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Answer with JSON on standard output.")]


def plain(value: Any) -> Any:
    """Dataclasses, times, enums, paths and tuples as JSON knows them."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value


def print_json(value: Any) -> None:
    """One line of JSON on stdout, UTF-8 whatever the locale says."""
    sys.stdout.buffer.write(json.dumps(plain(value), ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def emit(value: Any, as_json: bool, human: Callable[[Any], None]) -> None:
    """Answer with ``value`` as JSON, or let ``human`` print it."""
    if as_json:
        print_json(value)
    else:
        human(value)
