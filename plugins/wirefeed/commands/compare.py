"""`wirefeed compare`: are two texts copies of one story?"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from wirefeed.commands.output import JsonOption, emit, print_json
from wirefeed.errors import InputRefused


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)


def compare(
    files: Annotated[list[Path], typer.Argument(help="Two texts or pages; with --jsonl one file of pairs.")],
    jsonl: Annotated[bool, typer.Option("--jsonl", help='The file holds lines {"id", "a": {"title", "text"}, "b": {...}}.')] = False,
    as_json: JsonOption = False,
) -> None:
    """Say whether two texts are copies of one story, and how similar they are."""
    from wirefeed.stories.clusters import SAME, Text, similarity

    def answer(a: Text, b: Text) -> dict[str, Any]:
        value = similarity(a, b)
        return {"same_story": value >= SAME, "similarity": round(value, 4)}

    if jsonl:
        if len(files) != 1:
            raise typer.BadParameter("--jsonl takes one file")
        for number, line in enumerate(_read(files[0]).decode("utf-8-sig", "replace").split("\n"), 1):
            if line.strip():
                try:
                    pair = json.loads(line)
                    one, two = (Text(str(pair[side].get("title") or ""), str(pair[side].get("text") or "")) for side in "ab")
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise InputRefused(f"{files[0]}:{number}: not a pair with 'a' and 'b': {error}") from error
                print_json({"id": pair.get("id"), **answer(one, two)})
        return
    if len(files) != 2:
        raise typer.BadParameter("two files are compared")
    found = answer(*(_text(file) for file in files))
    emit(found, as_json, lambda it: print(f"{'the same story' if it['same_story'] else 'different stories'} (similarity {it['similarity']:.2f})"))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputRefused(f"{file}: {error.strerror}") from error


def _text(file: Path) -> Any:
    from wirefeed.stories.clusters import Text
    from wirefeed.stories.extract import read_document

    document = read_document(_read(file))
    return Text(document.title, document.text)
