"""`wirefeed parse`: what we read in a feed document."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from wirefeed.commands.output import JsonOption, emit, print_json
from wirefeed.errors import InputRefused, WirefeedError
from wirefeed.model import ParsedFeed, When


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(parse)


def parse(
    file: Annotated[Path, typer.Argument(help="A saved document; with --jsonl a list of them, one JSON object a line.")],
    url: Annotated[str, typer.Option(help="Where it came from: relative links are resolved against it.")] = "",
    content_type: Annotated[str | None, typer.Option(help="The Content-Type it came with.")] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='FILE holds lines {"file", "url", "content_type"}; a line out for each.')] = False,
    as_json: JsonOption = False,
) -> None:
    """Show format, encoding and entries of a feed document."""
    if not jsonl:
        emit(_answer(_read(file), url, content_type), as_json, _print)
        return
    # Not splitlines(): U+2028 and its kin may stand inside a JSON string.
    for number, line in enumerate(_read(file).decode("utf-8-sig", "replace").split("\n"), 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            name = str(given["file"])
        except (ValueError, KeyError, TypeError) as error:
            print_json({"file": None, "error": f"{file}:{number}: not an object with a 'file': {error}", "entries": []})
            continue
        try:
            path = Path(name) if Path(name).exists() else file.parent / name
            print_json({"file": name, **_answer(_read(path), str(given.get("url") or ""), str(given.get("content_type") or "") or None)})
        except WirefeedError as error:
            print_json({"file": name, "error": str(error), "entries": []})
        except Exception as error:  # noqa: BLE001 - a fault of ours on one document must not lose the others; it is said in its line
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            print_json({"file": name, "error": f"internal fault: {type(error).__name__}: {error}", "entries": []})


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputRefused(f"{file}: {error.strerror}") from error


def _answer(body: bytes, url: str, content_type: str | None) -> dict[str, Any]:
    from wirefeed.entries.parse import parse as parse_document

    return _plain(parse_document(body, url=url, content_type=content_type, now=datetime.now(UTC),
                                 kind="page" if "t.me/s/" in url else "feed"))


def _plain(parsed: ParsedFeed) -> dict[str, Any]:
    return {
        "format": parsed.format, "encoding": parsed.encoding, "title": parsed.title, "link": parsed.link, "language": parsed.language,
        "problems": list(parsed.problems), "rejected": [{"position": position, "reason": reason} for position, reason in parsed.rejected],
        "children": list(parsed.children),
        "entries": [{
            "id": entry.id, "title": entry.title, "link": entry.link, "published": _when(entry.published), "updated": _when(entry.updated),
            "summary": entry.summary, "text": entry.text, "language": entry.language, "authors": list(entry.authors),
            "categories": list(entry.categories), "guid": entry.guid, "flags": list(entry.flags), "wire": entry.wire,
        } for entry in parsed.entries],
    }


def _when(when: When) -> dict[str, Any]:
    return {"utc": when.utc, "raw": when.raw, "zone_known": when.zone_known, "source": when.source, "flags": list(when.flags)}


def _print(answer: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"[bold]{answer['title'] or '(no title)'}[/]  {answer['format']}, {answer['encoding']}, {len(answer['entries'])} entries"
                  + (f", problems: {', '.join(answer['problems'])}" if answer["problems"] else ""))
    grid = Table("published (UTC)", "title", "link")
    for entry in answer["entries"]:
        utc = entry["published"]["utc"]
        when = utc.strftime("%Y-%m-%d %H:%M") if utc else entry["published"]["raw"] or ""
        grid.add_row(when, entry["title"] or entry["summary"][:80], entry["link"] or "")
    console.print(grid)
    for one in answer["rejected"]:
        console.print(f"[yellow]item {one['position']}: {one['reason']}[/]")
