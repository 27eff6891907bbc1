"""[IO] The inflected forms of gazetteer and topics, kept between processes: making them takes pymorphy3 seconds, reading them a fifth of one.

A file is named by a hash of all that its forms come from: the configuration's texts, this folder's code, the dictionaries' version. So none is ever stale;
those that nobody has read for longest are deleted.
"""

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import structlog

from wirefeed.tags.matcher import Form
from wirefeed.yaml_files import ConfigText

log = structlog.get_logger()
T = TypeVar("T")
MOST = 8  # files that are kept


def fingerprint(files: Sequence[ConfigText]) -> str:
    """Hex digits that change with the configuration, the code that makes forms, or pymorphy3's dictionaries."""
    made = hashlib.blake2b(version("pymorphy3-dicts-ru").encode(), digest_size=16)
    for code in sorted(Path(__file__).parent.glob("*.py")):
        made.update(code.read_bytes())
    for file in files:
        made.update(f"\0{file.path.name}\0{file.text}".encode("utf-8", "surrogatepass"))
    return made.hexdigest()


def kept(folder: Path | None, key: str, kind: Callable[..., T], make: Callable[[], Iterable[tuple[Form, T]]]) -> list[tuple[Form, T]]:
    """The forms under ``key``, made and written if there are none. ``kind`` is the dataclass they stand for. A folder that cannot be written, or a file
    that cannot be read, costs time and nothing else."""
    if folder is None:
        return list(make())
    file = folder / f"forms-{kind.__name__.lower()}-{key}.json"
    try:
        rows = json.loads(file.read_text("utf-8"))
        if os.access(file, os.W_OK):
            os.utime(file)  # in use: the configuration of every day must not go because others were tried
        lists: list[Callable[[Any], Any]] = [frozenset if isinstance(field.default, frozenset) else tuple for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
        meanings = [kind(*(made(value) if isinstance(value, list) else value for made, value in zip(lists, one, strict=True))) for one in rows["meanings"]]
        return [(Form(*form), meanings[number]) for number, *form in rows["forms"]]
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        log.warning("kept forms are unreadable and made anew", file=str(file), error=str(error))
    pairs = list(make())
    _write(file, pairs)
    return pairs


def _write(file: Path, pairs: Sequence[tuple[Form, T]]) -> None:
    numbers: dict[T, int] = {}
    forms = [(numbers.setdefault(meaning, len(numbers)), *dataclasses.astuple(form)) for form, meaning in pairs]
    rows = {"meanings": [[sorted(value) if isinstance(value, frozenset) else value for value in dataclasses.astuple(one)] for one in numbers],  # type: ignore[call-overload]
            "forms": forms}
    beside = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(rows, ensure_ascii=False, separators=(",", ":")), "utf-8")
        os.replace(beside, file)
        by_use = sorted(file.parent.glob("forms-*.json"), key=lambda one: one.stat().st_mtime)
        for old in by_use[:-MOST]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("forms are not kept for the next start", folder=str(file.parent), error=str(error))
