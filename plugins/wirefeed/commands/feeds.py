"""`wirefeed feeds list|add|check|import|export` and `wirefeed poll`."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wirefeed.commands.output import JsonOption, emit, print_json
from wirefeed.errors import InputRefused

if TYPE_CHECKING:
    from wirefeed.feeds.catalog import Catalog
    from wirefeed.settings import Settings

TICK = 120.0  # seconds between polls of `wirefeed poll` without --once


def register(app: typer.Typer) -> None:
    """Add the commands."""
    feeds = typer.Typer(no_args_is_help=True, help="The feeds we poll.")
    for command in (list_feeds, add, check, import_, export):
        feeds.command(name=command.__name__.strip("_").split("_")[0])(command)
    app.add_typer(feeds, name="feeds")
    app.command()(poll)


def _settings() -> "Settings":
    from wirefeed.settings import from_environment

    return from_environment()


def _catalog(settings: "Settings") -> "Catalog":
    from wirefeed.feeds.catalog import load_feeds
    from wirefeed.yaml_files import find

    texts = find(settings.config_folders, "feeds.yaml")
    return load_feeds([text for text in texts if settings.shipped_feeds or text.path.is_relative_to(settings.config)])


def list_feeds(
    country: Annotated[str, typer.Option(help="Only this country (KZ, KG, TJ, UZ, TM ...).")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also those that are switched off.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Which feeds there are, how they do, when they are polled next."""
    from wirefeed.settings import open_database
    from wirefeed.store.feeds import states

    settings = _settings()
    catalog = _catalog(settings)
    store = open_database(settings)
    with store.begin() as db:
        known = states(db, list(catalog.all))
    rows = []
    for feed in catalog.all.values():
        if (feed.off and not everything) or (country and feed.country != country.upper()):
            continue
        state, at = known.get(feed.id, (None, None))
        rows.append({
            "id": feed.id, "title": feed.name, "url": feed.url, "kind": feed.kind, "source_kind": feed.source_kind.value, "country": feed.country,
            "language": feed.language, "group": feed.group, "off": feed.off, "verified": feed.verified,
            "condition": state.condition if state else "new", "last_success": state.succeeded_at if state else None,
            "last_new": state.new_at if state else None, "error": state.error if state else None, "errors_in_a_row": state.streak if state else 0,
            "gaps": state.gaps if state else 0, "silent_since": state.silent_since if state else None,
            "items_a_day": round(state.rate, 2) if state else None, "interval_minutes": round(state.interval, 1) if state else None,
            "moved_to": state.moved_to if state else None, "next_poll": at})
    emit({"feeds": rows}, as_json, _print_list)


def _print_list(answer: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    grid = Table("id", "country", "condition", "last new (UTC)", "a day", "every", "url or error")
    for row in answer["feeds"]:
        grid.add_row(row["id"], row["country"] or "", ("off" if row["off"] else row["condition"]) + ("" if row["verified"] else " ?"),
                     f"{row['last_new']:%Y-%m-%d %H:%M}" if row["last_new"] else "", str(row["items_a_day"] or ""),
                     f"{row['interval_minutes']:.0f} min" if row["interval_minutes"] else "", escape(row["error"] or row["url"]))
    Console().print(grid)
    print(f"{len(answer['feeds'])} feeds; ? = the address was never seen to answer")


def add(
    url: Annotated[str, typer.Argument(help="The feed's address, or the home page of which the feed is wanted.")],
    id_: Annotated[str, typer.Option("--id", help="Default: made from the host.")] = "",
    title: Annotated[str, typer.Option(help="Default: the feed's own.")] = "",
    country: Annotated[str, typer.Option(help="Two letters.")] = "",
    language: Annotated[str, typer.Option()] = "",
    source_kind: Annotated[str, typer.Option(help="official, state, agency, independent, social, unverified.")] = "unverified",
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Do not ask the address first.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Add a feed to this site's feeds.yaml, after a look at it."""
    from wirefeed.feeds.opml import new_id
    from wirefeed.feeds.site_file import append_feeds

    settings = _settings()
    catalog = _catalog(settings)
    if not unchecked:
        found = _check(url, settings, catalog)
        if found.feed is None:
            raise InputRefused(f"{url}: {found.error} (--unchecked adds it all the same)")
        url, title, language = found.feed, title or found.title or "", language or found.language or ""
    if same := next((feed for feed in catalog.all.values() if feed.url == url), None):
        raise InputRefused(f"{url}: already there as {same.id!r}" + (" (switched off)" if same.off else ""))
    if id_ and id_ in catalog:
        raise InputRefused(f"the id {id_!r} is taken")
    row: dict[str, Any] = {"id": id_ or new_id(url, title, set(catalog.all)), "url": url, "title": title, "country": country.upper(),
                           "language": language, "source_kind": source_kind, "verified": not unchecked}
    row = {key: value for key, value in row.items() if value != ""}
    append_feeds(settings.config / "feeds.yaml", [row])
    emit({"added": row, "file": settings.config / "feeds.yaml"}, as_json, lambda answer: print(f"added {row['id']} to {answer['file']}"))


def _check(url: str, settings: "Settings", catalog: "Catalog") -> Any:
    import os
    from datetime import UTC, datetime

    from wirefeed.feeds.discover import check as look

    if url in catalog:
        feed = catalog[url]
        return look(feed.url, settings, os.environ, datetime.now(UTC), feed=feed)
    if not url.lower().startswith(("http://", "https://")):
        url = f"https://{url}"
    return look(url, settings, os.environ, datetime.now(UTC))


def check(
    url: Annotated[str, typer.Argument(help="Address of a feed or home page, or the id of a feed of ours.")],
    as_json: JsonOption = False,
) -> None:
    """What we would read there, how often, and what is wrong; finds the feed behind a home page."""
    settings = _settings()
    found = _check(url, settings, _catalog(settings))
    if found.feed is None:
        raise InputRefused(f"{url}: {found.error}" + (f"; the page names {', '.join(found.candidates[:3])}" if found.candidates else ""))
    emit(found, as_json, _print_check)


def _print_check(found: Any) -> None:
    from rich.console import Console
    from rich.markup import escape

    say = Console(highlight=False).print
    say(f"[bold]{escape(found.title or found.feed)}[/]  {escape(found.feed)}")
    say(f"{found.format}, {found.encoding}, {found.items} items" + (f", newest {found.newest:%Y-%m-%d %H:%M} UTC" if found.newest else ""))
    say((f"about {found.items_a_day:g} items a day, " if found.items_a_day else "") + f"polled every {found.interval_minutes:g} minutes at first")
    for one in found.redirects:
        say(f"redirect {escape(one)}")
    for one in found.problems:
        say(f"[yellow]! {escape(one)}[/]")
    for one in found.sample:
        when = one["published"]["utc"]
        say(f"  {when:%m-%d %H:%M}  {escape(one['title'])}" if when else f"  {'':11}  {escape(one['title'])}")
    for one in found.candidates[:10]:
        say(f"also named: {escape(one)}")


def import_(
    file: Annotated[Path, typer.Argument(help="An OPML file.")],
    source_kind: Annotated[str, typer.Option(help="Who speaks there, for all of them.")] = "unverified",
    as_json: JsonOption = False,
) -> None:
    """Add the feeds of an OPML list to this site's feeds.yaml."""
    from wirefeed.feeds.opml import new_id, read_opml
    from wirefeed.feeds.site_file import append_feeds

    settings = _settings()
    catalog = _catalog(settings)
    try:
        body = file.read_bytes()
    except OSError as error:
        raise InputRefused(f"{file}: {error.strerror}") from error
    there = {feed.url for feed in catalog.all.values()}
    taken = set(catalog.all)
    rows = []
    outlines = read_opml(body)
    for outline in outlines:
        if outline.url in there:
            continue
        row = {"id": new_id(outline.url, outline.title, taken), "url": outline.url, "title": outline.title, "group": outline.group,
               "language": outline.language or "", "source_kind": source_kind, "verified": False}
        taken.add(str(row["id"]))
        rows.append({key: value for key, value in row.items() if value != ""})
    if rows:
        append_feeds(settings.config / "feeds.yaml", rows)
    emit({"added": [row["id"] for row in rows], "already_there": len(outlines) - len(rows)}, as_json,
         lambda answer: print(f"{len(rows)} feeds added, {answer['already_there']} were there"))


def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; default: standard output.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are switched off.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the feeds as an OPML list."""
    from wirefeed.feeds.opml import write_opml

    catalog = _catalog(_settings())
    chosen = [feed for feed in catalog.all.values() if everything or not feed.off]
    text = write_opml(chosen)
    if file is None and not as_json:
        sys.stdout.write(text)
        return
    if file is not None:
        try:
            file.write_text(text, "utf-8")
        except OSError as error:
            raise InputRefused(f"{file}: {error.strerror}") from error
    emit({"feeds": len(chosen), "file": file} if file else {"feeds": len(chosen), "opml": text}, as_json,
         lambda _: print(f"{len(chosen)} feeds written to {file}"))


def poll(
    once: Annotated[bool, typer.Option("--once", help="Poll what is due and leave; else go on every two minutes.")] = False,
    shard: Annotated[str, typer.Option(help="Only part i of n of the hosts, as i/n (0/4 ... 3/4).")] = "0/1",
    force: Annotated[bool, typer.Option("--force", help="Poll every feed, due or not.")] = False,
    workers: Annotated[int, typer.Option(min=0, max=32, help="Processes that share the work; 0: one a core where thousands of feeds are due.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Poll the feeds that are due and store what is new."""
    from wirefeed.feeds.poll import poll as poll_feeds
    from wirefeed.feeds.workers import fitting, now, poll_in_processes
    from wirefeed.settings import open_database

    part, _, parts = shard.partition("/")
    if not (part.isdigit() and parts.isdigit() and int(part) < int(parts) <= 32):
        raise typer.BadParameter(f"{shard!r} is not i/n with i < n <= 32", param_hint="--shard")
    settings = _settings()
    store = open_database(settings)
    while True:
        begun = time.monotonic()
        catalog = _catalog(settings)
        if parts == "1":
            report = poll_in_processes(store, settings, catalog, workers or fitting(store, settings, catalog, force=force), force=force)
        else:
            report = poll_feeds(store, settings, catalog, now, shard=int(part), shards=int(parts), once=True, force=force)
        answer = {"feeds": report.feeds, "items": report.items, "outcomes": dict(report.outcomes), "answers": dict(report.answers),
                  "errors": [{"feed": feed, "reason": reason} for feed, reason in report.errors],
                  "events": list(report.events), "network_down": report.network_down, "seconds": round(report.seconds, 2)}
        if as_json:
            print_json(answer)
        else:
            _print_poll(answer)
        if once:
            return
        time.sleep(max(0.0, TICK - (time.monotonic() - begun)))


def _print_poll(answer: dict[str, Any]) -> None:
    from wirefeed.feeds.events import said as told

    said = ", ".join(f"{number} {name}" for name, number in {**answer["answers"], **answer["outcomes"]}.items())
    print(f"{answer['feeds']} feeds in {answer['seconds']:.1f} s: {said or 'nothing due'}")
    for one in answer["errors"]:
        print(f"  {one['feed']}: {one['reason']}")
    for event in answer["events"]:
        print(f"  {event.feed_id or 'network'}: {told(event.kind, event.detail)}")
