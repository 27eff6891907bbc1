"""The demo's last screen: what was polled, what it was about, who was told, where to look next."""

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from demo.place import ROOT, Place

ORDER = ("new", "update", "duplicate", "irrelevant", "unchanged", "rejected", "pending")


def show(console: Console, here: Place, feeds: Path | None) -> None:
    """Read the demo's database and print."""
    from wirefeed.settings import from_environment, open_database
    from wirefeed.store.summary import counts, recent_alerts, recent_events

    settings = from_environment(here.environment)
    store = open_database(settings)
    with store.begin() as db:
        now = counts(db)
        alerts = recent_alerts(db)
        events = recent_events(db, datetime.now(UTC))
    store.close()
    console.print()
    console.print(_counts(now))
    failing = [event for event in events if event["kind"] in ("error", "refused", "gone", "dead")]
    if failing:
        console.print(_simple("Feeds that could not be read", ("feed", "why"), sorted(
            {(event["feed"], str(event["detail"].get("reason") or event["detail"])) for event in failing})))
    if alerts:
        rows = [(alert["severity"], alert["kind"], alert["rule"], alert["title"], "\n".join(alert["recipients"])) for alert in alerts[::-1]]
        console.print(_simple("Alerts", ("severity", "kind", "rule", "story", "told"), rows))
    mails = sorted(settings.outbox.rglob("*.eml"))
    console.print(f"[bold]Mails[/] ({len(mails)}) as files, none left this machine:")
    for mail in mails:
        console.print(f"  {_short(mail)}", soft_wrap=True, highlight=False)
    environment = " ".join(f"{name}={shlex.quote(_short(value))}" for name, value in here.environment.items()
                           if name in ("WIREFEED_DATA", "WIREFEED_CONFIG", "WIREFEED_INDEX", "WIREFEED_INDEX_PREFIX"))
    query = "topic:border-incidents OR topic:foreign-basing" if feeds is None else "country:TJ OR country:KG"
    if here.environment.get("WIREFEED_INDEX") == "elasticsearch" and "WIREFEED_ELASTICSEARCH_URL" not in os.environ:
        console.print("\nThe Elasticsearch node ended with the demo; with one of your own (WIREFEED_ELASTICSEARCH_URL) the stories stay searchable.")
    else:
        console.print("\n[bold]Next[/], search the stories as an analyst would:")
        console.print(f"  {environment} .venv/bin/wirefeed search {shlex.quote(query)}", soft_wrap=True, highlight=False)
    console.print("then `make run` for the real wires.")


def _short(path: Path | str) -> str:
    return str(path).replace(f"{ROOT}/", "")


def _counts(now: dict[str, Any]) -> Table:
    outcomes = [(name, str(now["outcomes"][name])) for name in ORDER if now["outcomes"].get(name)]
    columns = (outcomes, [(name, str(n)) for name, n in now["topics"].items()], [(name, str(n)) for name, n in now["countries"].items()])
    grid = Table(box=box.SIMPLE_HEAD, title=f"{now['feeds']} feeds polled, {now['kept']} stories kept in {now['clusters']} clusters")
    for head in ("items by outcome", "", "stories by topic", "", "by country", ""):
        grid.add_column(head, justify="right" if not head else "left")
    for number in range(max(len(column) for column in columns)):
        grid.add_row(*(cell for column in columns for cell in (column[number] if number < len(column) else ("", ""))))
    return grid


def _simple(title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    grid = Table(*heads, title=title, box=box.SIMPLE_HEAD)
    for row in rows:
        grid.add_row(*row)
    return grid
