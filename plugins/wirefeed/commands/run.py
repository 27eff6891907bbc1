"""`wirefeed check | status | tag-pending | run | retag`: the whole configuration, the whole house, the stages without Airflow."""

import re
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wirefeed.commands.output import JsonOption, emit
from wirefeed.errors import ConfigError, InputRefused, Unreachable

if TYPE_CHECKING:
    from wirefeed.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(check)
    app.command()(status)
    app.command("tag-pending")(tag_pending)
    app.command()(run)
    app.command()(retag)


def _settings() -> "Settings":
    from wirefeed.settings import from_environment

    return from_environment()


def check(warnings: Annotated[bool, typer.Option(help="Also print what is only doubtful.")] = False, as_json: JsonOption = False) -> None:
    """Validate all configuration, shipped and the site's own. Exit 1 at a fault; each is told with file and line."""
    from wirefeed import configuration
    from wirefeed.rules.desk import RuleDesk
    from wirefeed.tags.gazetteer import load_gazetteer

    settings = _settings()
    loaded = configuration.load(settings)
    doubts = list(load_gazetteer(loaded.tagger_texts[0]).warnings)
    findings = RuleDesk.open().lint((), examples=False)
    errors = [one for one in findings if one.level == "error"]
    doubts += [str(one) for one in findings if one.level != "error"]
    answer = {"feeds": len(loaded.feeds), "rules": len(loaded.rules), "recipients": len(loaded.recipients.people),
              "errors": [str(one) for one in errors], "warnings": doubts}

    def human(it: dict[str, Any]) -> None:
        for line in [*it["errors"], *(it["warnings"] if warnings else [])]:
            print(line)
        print(f"{it['feeds']} feeds, {it['rules']} rules, {it['recipients']} recipients; {len(it['errors'])} errors, {len(it['warnings'])} warnings"
              + ("" if warnings or not it["warnings"] else " (--warnings shows them)"))

    emit(answer, as_json, human)
    if errors:
        raise typer.Exit(1)


def status(hours: Annotated[int, typer.Option(help="Feed events of so many hours.")] = 24, as_json: JsonOption = False) -> None:
    """Show feeds, books, alerts, outbox, and what does not work at present."""
    from wirefeed.settings import open_database
    from wirefeed.store.config_files import faults
    from wirefeed.store.summary import counts, feed_health, recent_alerts, recent_events, troubles

    now = datetime.now(UTC)
    store = open_database(_settings())
    with store.begin() as db:
        answer = {**counts(db), "feed_health": feed_health(db, now), "events": recent_events(db, now, hours), "alerts_recent": recent_alerts(db, 10),
                  "configuration_faults": faults(db), "trouble": troubles(db)}
    store.close()
    emit(answer, as_json, _print_status)


def _print_status(answer: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from wirefeed.feeds.events import said as told

    console = Console()
    books = dict(answer["outcomes"])
    seen = books.pop("seen", 0)
    console.print(f"{answer['feeds']} feeds, {answer['stories']} stories, {answer['kept']} kept, {answer['pending']} pending, "
                  f"{answer['index_due']} to index, {answer['alerts']} alerts")
    console.print("books: " + ", ".join(f"{name} {n}" for name, n in books.items()) + f" = {sum(books.values())} of {seen} seen"
                  + ("" if sum(books.values()) == seen else "  [red]do not close[/]"))
    console.print("outbox: " + (", ".join(f"{name} {n}" for name, n in answer["messages"].items()) or "empty"))
    for what, said in {**answer["trouble"], **answer["configuration_faults"]}.items():
        console.print(f"[red]{escape(f'{what}: {said}')}[/]")
    lossy = {event["feed"] for event in answer["events"] if event["kind"] == "gap"}
    ill = [row for row in answer["feed_health"] if row["failures"] or row["silent"] or row["feed"] in lossy]
    if ill:
        grid = Table("feed", "last success", "failures", "last fault", title="feeds that need a look")
        for row in ill[:30]:
            gaps = f"possible loss ({row['gaps']} so far)" if row["feed"] in lossy else ""
            why = row["fault"] or ("silent for longer than it should be" if row["silent"] else gaps)
            grid.add_row(row["feed"], (row["last_success"] or "never")[:16].replace("T", " "), str(row["failures"]), escape(why[:120]))
        console.print(grid)
        if len(ill) > 30:
            console.print(f"  and {len(ill) - 30} more: wirefeed feeds list")
    for event in answer["events"][:15]:
        console.print(f"  {event['at']:%m-%d %H:%M} {event['feed'] or 'network'}: {told(event['kind'], event['detail'])}"[:230], highlight=False, markup=False)


def tag_pending(as_json: JsonOption = False) -> None:
    """Tag, match and decide what polls have stored, then bring the index up to date."""
    from wirefeed import pipeline

    settings = _settings()
    answer = {**pipeline.tag_pending(settings), "index": pipeline.index_pending(settings)}
    emit(answer, as_json, lambda it: print(f"{it['versions']} versions, {it['kept']} kept, {it['matches']} matches, {it['messages']} messages; "
                                           f"{it['index']['written']} indexed" + (f"; {it['index']['error']}" if it["index"].get("error") else "")))


def run(
    every: Annotated[str, typer.Option(help="How often: 90s, 2m, 1h.")] = "2m",
    rounds: Annotated[int, typer.Option(help="Stop after so many rounds; 0: never.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Run all stages in turn without Airflow, until Ctrl-C. An outage of database, index or mail is said and tried again."""
    from wirefeed import pipeline

    pause = _seconds(every)
    settings = _settings()
    done = 0
    while True:
        started = time.monotonic()
        try:
            polled = pipeline.add_up([pipeline.poll(settings, shard=one["shard"], shards=one["shards"]) for one in pipeline.due_shards(settings)])
            tagged = pipeline.tag_pending(settings)
            sent = pipeline.send_digests(settings)
            indexed = pipeline.index_pending(settings)
            if done % max(1, int(3600 // pause)) == 0 and done:
                pipeline.reread(settings)
                pipeline.tidy(settings)
            answer: dict[str, Any] = {"polled": polled, "tagged": tagged, "sent": sent, "indexed": indexed}
        except (Unreachable, ConfigError) as error:
            answer = {"error": str(error)}
        emit(answer, as_json, _print_round)
        done += 1
        if rounds and done >= rounds:
            return
        time.sleep(max(0.0, pause - (time.monotonic() - started)))


def _print_round(answer: dict[str, Any]) -> None:
    at = datetime.now(UTC).strftime("%H:%M:%S")
    if "error" in answer:
        print(f"{at} {answer['error']}; trying again", file=sys.stderr)
        return
    print(f"{at} feeds {answer['polled'].get('feeds', 0)}, items {answer['polled'].get('items', 0)}, tagged {answer['tagged']['versions']}, "
          f"alerts {answer['tagged']['alerts']}, sent {answer['sent']['sent']}, indexed {answer['indexed'].get('written', 0)}", flush=True)


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip())
    if not found or float(found[1]) <= 0:
        raise typer.BadParameter(f"{text!r} is no span of time: write 90s, 2m or 1h")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600, "": 1}[found[2]]


def retag(
    since: Annotated[str, typer.Option(help="From this day on (ISO date), or so many days back (7d).")],
    apply: Annotated[bool, typer.Option("--apply", help="Write the new tags; without it only the difference is shown.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Apply changed topics or gazetteer to kept text. Shows the difference first; mails nothing, ever."""
    from wirefeed import pipeline
    from wirefeed.retagging import retag_since

    if (days := re.fullmatch(r"(\d+)d", since)) is not None:
        start = datetime.now(UTC) - timedelta(days=int(days[1]))
    else:
        try:
            start = datetime.fromisoformat(since)
            start = start if start.tzinfo else start.replace(tzinfo=UTC)
        except ValueError as error:
            raise InputRefused(f"--since {since!r}: write a day as 2026-03-01, or 7d") from error
    with pipeline.opened(_settings()) as (_, store, loaded):
        answer = retag_since(store, loaded, start, pipeline.now(), apply=apply)

    def human(it: dict[str, Any]) -> None:
        for one in it["changes"][:200]:
            print(f"{one['story'][:12]} {one['title'][:80]}\n    {one['difference']}")
        print(f"{it['read']} read, {len(it['changes'])} differ" + (", written" if apply else "; --apply writes them"))

    emit(answer, as_json, human)
