"""``wirefeed search``, ``reindex``, ``index ...`` and ``kibana import``."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wirefeed.commands.output import JsonOption, emit
from wirefeed.errors import InputRefused, Unreachable

if TYPE_CHECKING:
    from wirefeed.index.base import IndexStatus, KeptIndex, SearchResult

index_app = typer.Typer(no_args_is_help=True, help="The search index: set up, look at, rebuild, drop old months.")
kibana_app = typer.Typer(no_args_is_help=True, help="Kibana's data views, searches and dashboards.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("search")(search)
    app.command("reindex")(reindex)
    app.add_typer(index_app, name="index")
    app.add_typer(kibana_app, name="kibana")


def search(
    query: Annotated[str, typer.Argument(help='Lucene syntax, as in rules and Kibana, for example: topic:terrorism AND "border clash"')],
    since: Annotated[str | None, typer.Option("--from", help="Published from: a date or time, UTC unless it says else.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Published until; a date means its end.")] = None,
    size: Annotated[int, typer.Option("--size", min=1, max=1000, help="Hits to show.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Search the stories, newest first."""
    from wirefeed import settings as settings_module
    from wirefeed.index.base import SearchRequest
    from wirefeed.rules.query import parse

    index = settings_module.open_index(settings_module.from_environment())
    try:
        asked = None if query.strip() in ("", "*", "*:*") else parse(query)
        result = index.search(SearchRequest(query=asked, since=moment(since), until=moment(until, end=True), size=size))
    finally:
        index.close()
    emit(found(result), as_json, lambda _value: _table(result))


def moment(value: str | None, end: bool = False) -> datetime | None:
    """A date or time of the command line as aware UTC; with ``end`` a bare date means the day after it. Raises InputRefused."""
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
    except ValueError as error:
        raise InputRefused(f"not a date or time: {value!r} (write 2026-03-01 or 2026-03-01T06:00+05:00)") from error
    whole_day = len(value.strip()) <= 10
    parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed
    return parsed.astimezone(UTC) + (timedelta(days=1) if whole_day and end else timedelta())


def found(result: "SearchResult") -> dict[str, Any]:
    """The contract of design.md."""
    return {"total": result.total, "hits": [
        {"id": hit.id, "title": hit.document["title"], "link": hit.document.get("link"),
         "published": hit.document["published"] if hit.document.get("published_known", True) else None,
         "source": hit.document.get("source"), "highlight": hit.highlight} for hit in result.hits]}


def _table(result: "SearchResult") -> None:
    import html
    import re

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    def marked(fragment: str) -> str:
        parts = re.split(r"<mark>(.*?)</mark>", fragment, flags=re.S)
        return "".join(f"[bold yellow]{text}[/]" if number % 2 else text
                       for number, text in enumerate(escape(html.unescape(part)) for part in parts))

    table = Table("Published", "Source", "Story", title=f"{result.total} stories" if result.total != 1 else "1 story")
    for hit in result.hits:
        known = hit.document.get("published_known", True)
        lines = [marked(hit.highlight["title"][0]) if "title" in hit.highlight else escape(hit.document["title"])]
        lines += [f"[dim]… {marked(one)} …[/]" for one in hit.highlight.get("text", ())[:2]]
        lines += [f"[blue]{escape(hit.document['link'])}[/]"] if hit.document.get("link") else []
        table.add_row(hit.document["published"][:16].replace("T", " ") + ("" if known else "?"), escape(hit.document.get("source", "")),
                      "\n".join(lines))
    Console(soft_wrap=False).print(table)


def reindex(as_json: JsonOption = False) -> None:
    """Rebuild the index from the database beside the one in use, then switch over. Resumes where a broken one stopped."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from wirefeed import settings as settings_module
    from wirefeed.index.rebuild import reindex as rebuild

    settings = settings_module.from_environment()
    store, index = settings_module.open_database(settings), settings_module.open_index(settings)
    columns = (TextColumn("reindex"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("reindex", total=None)
        report = rebuild(store, index, settings, datetime.now(UTC), lambda done, total: bar.update(task, completed=done, total=total))
    waiting = f", {len(report.failed)} failed and wait" if report.failed else ""
    emit(report, as_json, lambda _value: print(f"{report.documents} stories in generation {report.generation}{waiting}"))


@index_app.command("setup")
def setup(as_json: JsonOption = False) -> None:
    """Make or update what the index needs; run it with every deploy."""
    from wirefeed import settings as settings_module

    settings = settings_module.from_environment()
    index = settings_module.open_index(settings)
    index.setup()
    emit({"index": settings.index, "ready": True}, as_json, lambda _value: print(f"index {settings.index}: ready"))


@index_app.command("status")
def status(as_json: JsonOption = False) -> None:
    """Documents a month, what waits, what is wrong."""
    from wirefeed import settings as settings_module
    from wirefeed.index.companions import FAILURES as NOT_CHARTED
    from wirefeed.index.pending import FAILURES, REBUILD
    from wirefeed.store.database import get_meta
    from wirefeed.store.index import count_due

    settings = settings_module.from_environment()
    store = settings_module.open_database(settings)
    with store.begin() as db:
        waiting, building = count_due(db), get_meta(db, REBUILD)
        failed = {**(get_meta(db, FAILURES) or {}), **(get_meta(db, NOT_CHARTED) or {})}
    state: IndexStatus = settings_module.open_index(settings).status(datetime.now(UTC))
    answer = {"kind": state.kind, "where": state.where, "generation": state.generation, "documents": state.documents,
              "months": state.months, "problems": state.problems, "waiting": waiting, "failed": failed, "rebuilding": building}
    emit(answer, as_json, _show_status)


def _show_status(answer: dict[str, Any]) -> None:
    print(f"{answer['kind']} index at {answer['where']}: {answer['documents']} stories, {answer['waiting']} waiting")
    for month, count in answer["months"].items():
        print(f"  {month}  {count}")
    if answer["rebuilding"]:
        print(f"  rebuilding: {answer['rebuilding']['done']} of {answer['rebuilding']['total']}")
    for story, reason in answer["failed"].items():
        print(f"  failed: {story}: {reason}")
    for problem in answer["problems"]:
        print(f"  problem: {problem}")


@index_app.command("migrate")
def migrate(as_json: JsonOption = False) -> None:
    """Set up, and rebuild if the index was made by another version of Wirefeed."""
    from wirefeed import settings as settings_module

    settings = settings_module.from_environment()
    index = settings_module.open_index(settings)
    if not _outdated(index):
        return setup(as_json)
    return reindex(as_json)


def _outdated(index: "KeptIndex") -> bool:
    """True when only a rebuild helps: the analysis or a field's kind has changed."""
    sign = "another version of Wirefeed"
    if any(sign in problem for problem in index.status(datetime.now(UTC)).problems):
        return True
    try:
        index.setup()
    except Unreachable as error:
        if sign not in str(error):
            raise
        return True
    return False


@index_app.command("retain")
def retain(as_json: JsonOption = False) -> None:
    """Drop the months older than WIREFEED_SEARCH_MONTHS from the index; the database keeps its stories."""
    from wirefeed import settings as settings_module
    from wirefeed.index.rebuild import retain as drop

    settings = settings_module.from_environment()
    gone = drop(settings_module.open_index(settings), settings, datetime.now(UTC))
    emit({"dropped": gone}, as_json, lambda _value: print("dropped: " + (", ".join(gone) or "nothing")))


@kibana_app.command("import")
def kibana_import(
    files: Annotated[list[Path] | None, typer.Argument(help="NDJSON files (default: all of config/kibana).")] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for Kibana.")] = 300,
    as_json: JsonOption = False,
) -> None:
    """Import the shipped data views, searches and dashboards, replacing older ones of the same ids."""
    from wirefeed import settings as settings_module
    from wirefeed.index.kibana_import import import_all

    settings = settings_module.from_environment()
    paths = files or [path for folder in settings.config_folders for path in sorted(folder.glob("kibana/*.ndjson"))]
    report = import_all(settings, paths, wait)
    emit(report, as_json, lambda _value: print(f"{report.imported} objects imported into {report.kibana}"))
