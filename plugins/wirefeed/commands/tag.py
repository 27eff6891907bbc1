"""`wirefeed tag`, `wirefeed gazetteer suggest`: what tagging says of a text, and which names it does not know yet."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wirefeed.commands.output import JsonOption, emit, print_json
from wirefeed.errors import InputRefused

if TYPE_CHECKING:
    from wirefeed.model import Tags
    from wirefeed.tags.tagger import Tagger


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(tag)
    group = typer.Typer(no_args_is_help=True, help="The gazetteer: names of places, people and bodies.")
    group.command("suggest")(suggest)
    app.add_typer(group, name="gazetteer")


def tag(
    file: Annotated[str, typer.Argument(help="A text or page, - for standard input; with --jsonl stories, one JSON object a line.")],
    title: Annotated[str, typer.Option(help="The headline, if the file holds only the text.")] = "",
    language: Annotated[str | None, typer.Option(help="A hint; clear evidence in the text outweighs it.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Print why.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='FILE holds lines {"id", "title", "text", "language"?}; a line out for each.')] = False,
    as_json: JsonOption = False,
) -> None:
    """Show language, relevance, countries, topics and entities of a text."""
    from wirefeed.stories.extract import read_document

    body = _read(file)
    tagger = _tagger()
    if jsonl:
        _batch(tagger, body, file)
        return
    document = read_document(body)
    head = title or document.title
    found = tagger.tag(head, document.text, language, explain=explain)
    answer = {**_plain(found), "title": head, "text": document.text} | ({"why": list(found.why)} if explain else {})
    emit(answer, as_json, lambda it: _print(it, found, explain))


def _batch(tagger: "Tagger", body: bytes, file: str) -> None:
    for number, line in enumerate(body.decode("utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            title, text, language = str(given.get("title") or ""), str(given.get("text") or ""), given.get("language")
        except (ValueError, AttributeError) as error:
            raise InputRefused(f"{file}:{number}: not a JSON object with title and text: {error}") from error
        print_json({"id": given.get("id"), **_plain(tagger.tag(title, text, language if isinstance(language, str) else None)), "text": text})


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InputRefused(f"{file}: {error.strerror}") from error


def _tagger() -> "Tagger":
    from wirefeed.configuration import PATTERNS
    from wirefeed.settings import from_environment
    from wirefeed.tags.tagger import load_tagger
    from wirefeed.yaml_files import find

    settings = from_environment()
    return load_tagger(find(settings.config_folders, PATTERNS["gazetteer"]), find(settings.config_folders, PATTERNS["topics"]), settings)


def _plain(tags: "Tags") -> dict[str, Any]:
    return {
        "language": tags.language, "relevant": tags.relevant, "score": tags.score, "countries": list(tags.countries),
        "topics": [{"id": topic.id, "score": topic.score, "evidence": [
            {"field": seen.field, "text": seen.text, "start": seen.start, "end": seen.end} for seen in topic.evidence]} for topic in tags.topics],
        "entities": [{"id": one.id, "type": one.type, "name": one.name, "field": one.field, "text": one.text, "start": one.start, "end": one.end,
                      "by": one.by} for one in tags.entities],
    }


def _print(answer: dict[str, Any], tags: "Tags", explain: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"[bold]{'relevant' if answer['relevant'] else 'not relevant'}[/] (score {answer['score']:.2f}), {answer['language']}, "
                  f"countries: {', '.join(answer['countries']) or 'none'}")
    for topic in answer["topics"]:
        words = ", ".join(dict.fromkeys(" ".join(seen["text"].split()) for seen in topic["evidence"]))
        console.print(f"  {topic['id']} {topic['score']:.2f}: {words}", highlight=False)
    grid = Table("entity", "type", "mentions", "by")
    names: dict[tuple[str, str, str], list[str]] = {}
    for one in answer["entities"]:
        names.setdefault((one["id"] or one["name"], one["type"], one["by"]), []).append(" ".join(one["text"].split()))
    for (name, kind, by), texts in names.items():
        grid.add_row(name, kind, f"{len(texts)}: {', '.join(dict.fromkeys(texts))}", by)
    console.print(grid)
    if explain:
        console.print("\n".join(tags.why), highlight=False, markup=False)


def suggest(
    least: Annotated[int, typer.Option(help="Met in at least so many stories.")] = 3,
    limit: Annotated[int, typer.Option(help="At most so many names.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List recurring names that the gazetteer lacks, with counts and contexts; what it has learnt since is left out."""
    from wirefeed.configuration import PATTERNS
    from wirefeed.settings import from_environment, open_database
    from wirefeed.store.tags import suggestions
    from wirefeed.tags.gazetteer import load_gazetteer
    from wirefeed.tags.mentions import Mentions
    from wirefeed.yaml_files import find

    settings = from_environment()
    mentions = Mentions(load_gazetteer(find(settings.config_folders, PATTERNS["gazetteer"])))
    store = open_database(settings)
    with store.begin() as db:
        found = [row for row in suggestions(db, least, 10 * limit) if not mentions.knows(row["name"], row["language"])][:limit]
    store.close()

    def human(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            print(f"{row['count']:5}  {row['name']}  ({row['type']}, {row['language']})\n       {row['contexts'][-1]}")
        if not rows:
            print("no name recurs that the gazetteer lacks")

    emit(found, as_json, human)
