"""Commands of the alert stage: send what is due, queue digests, look into the outbox, try the way out, act on alerts."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wirefeed.commands.output import JsonOption, emit
from wirefeed.errors import InputRefused

if TYPE_CHECKING:
    from wirefeed.configuration import Configuration
    from wirefeed.settings import Settings
    from wirefeed.store.database import Store

outbox_app = typer.Typer(no_args_is_help=True, help="Messages on their way: list, show, retry, release.")
mail_app = typer.Typer(no_args_is_help=True, help="Try the way out.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(outbox_app, name="outbox")
    app.add_typer(mail_app, name="mail")
    for command in (alert, digest, ack, snooze, rejoin):
        app.command(command.__name__)(command)


def opened() -> "tuple[Settings, Store, Configuration]":
    """Settings, database and configuration of this process, faulty files set aside."""
    from wirefeed import settings as settings_module
    from wirefeed.configuration import load
    from wirefeed.store.config_files import good_texts

    settings = settings_module.from_environment()
    store = settings_module.open_database(settings)
    with store.begin() as db:
        good = good_texts(db)
    return settings, store, load(settings, good)


def _now() -> datetime:
    return datetime.now(UTC)


def _sent(report: Any) -> None:
    print(f"{report.sent} sent, {report.later} to be tried again, {report.dead} dead")
    if report.held:
        print("sending is held; wirefeed outbox release lets it go")
    for channel, why in report.closed.items():
        print(f"channel {channel} is closed for now: {why}")


def alert(as_json: JsonOption = False) -> None:
    """Send what is due in the outbox."""
    from wirefeed.alerts.outbox import send_due
    from wirefeed.alerts.stage import names

    settings, store, configuration = opened()
    emit(send_due(store, settings, configuration.recipients, configuration.rules, _now, names=names(configuration)), as_json, _sent)


def digest(as_json: JsonOption = False) -> None:
    """Queue the digests and reminders that are due, and send."""
    from wirefeed.alerts.digests import queue_digests
    from wirefeed.alerts.outbox import send_due
    from wirefeed.alerts.stage import names

    settings, store, configuration = opened()
    queued = queue_digests(store, settings, configuration.recipients, configuration.rules, _now())
    report = send_due(store, settings, configuration.recipients, configuration.rules, _now, names=names(configuration))
    if not as_json:
        print(f"{queued} queued")
    emit({"queued": queued, "sent": report}, as_json, lambda _value: _sent(report))


# --- the outbox ------------------------------------------------------------------------------------------------------
@outbox_app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="pending, sent, dead or held; all without it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """The newest messages, and channels that are closed."""
    from wirefeed.store import outbox
    from wirefeed.store.database import get_meta

    _settings, store, _configuration = opened()
    with store.begin() as db:
        answer = {"messages": outbox.list_messages(db, state, limit), "counts": outbox.count_messages(db), "held": bool(get_meta(db, outbox.HELD)),
                  "channels": {name: found for name in ("mail", "webhook", "slack") if (found := outbox.channel_state(db, name))}}
    emit(answer, as_json, _list)


def _list(answer: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("id", "state", "kind", "to", "due (UTC)", "tries", "last error")
    for one in answer["messages"]:
        table.add_row(one["id"][:12], one["state"], f"{one['kind']} ({one['severity']})", f"{one['recipient']} by {one['channel']}",
                      f"{one['due_at']:%m-%d %H:%M}", str(one["attempts"]), escape(one["last_error"] or ""))
    console = Console()
    console.print(table)
    console.print(", ".join(f"{count} {name}" for name, count in answer["counts"].items()) or "The outbox is empty.")
    if answer["held"]:
        console.print("[red]Sending is held[/]; wirefeed outbox release lets it go.")
    for name, state in answer["channels"].items():
        wait = "somebody must act, then: wirefeed outbox retry --all" if state["stopped"] else f"tried again at {state['until'][11:16]} UTC"
        console.print(f"[red]Channel {name} is closed[/] since {state['since'][:16]}: {escape(state['reason'])} ({wait})")


@outbox_app.command("show")
def show(message: Annotated[str, typer.Argument(help="A message's id or the beginning of it.")], as_json: JsonOption = False) -> None:
    """One message as it would leave now."""
    from wirefeed.alerts import links
    from wirefeed.alerts.digests import digest_extra
    from wirefeed.alerts.policy import policies
    from wirefeed.alerts.render import Surroundings, render
    from wirefeed.alerts.stage import names
    from wirefeed.store import outbox

    settings, store, configuration = opened()
    now = _now()
    with store.begin() as db:
        found = outbox.read_message(db, message)
        if found is None:
            raise InputRefused(f"no message, or several, whose id begins with {message!r}")
        row, queued = found
        extra = digest_extra(db, queued, now) if queued.kind == "digest" and "window" in queued.detail else {}
    recipient = configuration.recipients.get(queued.recipient)
    letter = render(queued, recipient, Surroundings(
        settings, policies(configuration.rules), links.secret(settings), names(configuration), extra), now) if recipient else None
    answer = {**{name: value for name, value in row.items() if name != "detail"}, "alerts": [one.id for one in queued.alerts],
              "subject": letter.subject if letter else None, "text": letter.text if letter else None}
    emit(answer, as_json, lambda _value: print("\n".join(
        [*(f"{name}: {value}" for name, value in answer.items() if name != "text" and value not in (None, [])), "", answer["text"] or ""])))


@outbox_app.command("retry")
def retry(
    message: Annotated[str | None, typer.Argument(help="A message's id or the beginning of it.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All dead and failed messages; opens closed channels.")] = False,
    since: Annotated[str | None, typer.Option(help="With --all: made since this date or time (UTC unless it says else).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Put messages back, due now."""
    from wirefeed.commands.index import moment
    from wirefeed.store import outbox

    if (message is None) == (not every):
        raise typer.BadParameter("name one message, or say --all")
    _settings, store, _configuration = opened()
    now = _now()
    with store.begin() as db:
        if message is not None:
            found = outbox.read_message(db, message)
            if found is None:
                raise InputRefused(f"no message, or several, whose id begins with {message!r}")
            ids = [found[1].id]
        else:
            ids = outbox.retry_ids(db, moment(since))
            for name in ("mail", "webhook", "slack"):
                outbox.set_channel(db, name, None, now)
        done = outbox.retry(db, ids, now)
    emit({"retried": done}, as_json, lambda _value: print(f"{done} put back"))


@outbox_app.command("release")
def release(as_json: JsonOption = False) -> None:
    """End a hold on sending (after a restored backup, for instance)."""
    from wirefeed.store import outbox

    _settings, store, _configuration = opened()
    with store.begin() as db:
        done = outbox.release(db, _now())
    emit({"released": done}, as_json, lambda _value: print(f"sending goes on; {done} held messages are due"))


@mail_app.command("test")
def mail_test(address: Annotated[str, typer.Argument(help="Where the test mail shall go.")], as_json: JsonOption = False) -> None:
    """Send one test mail, past the outbox, and say what the server answered."""
    from wirefeed import settings as settings_module
    from wirefeed.alerts.mail import channel, trial_letter

    settings = settings_module.from_environment()
    way = channel(settings)
    try:
        result = way.send(trial_letter(address, settings, _now()))
    finally:
        way.close()
    where = f"{settings.smtp_host}:{settings.smtp_port} ({settings.smtp_security})" if settings.smtp_host else str(settings.outbox)
    if result.end != "accepted":
        raise InputRefused(f"{where}: {result.reason}")
    emit({"accepted": True, "by": where, "answer": result.reason}, as_json, lambda _value: print(
        f"accepted by {where} {result.reason}" if settings.smtp_host else f"no mail server is set (WIREFEED_SMTP_HOST): written as a file into {where}"))


# --- acts ------------------------------------------------------------------------------------------------------------
def ack(
    alert_id: Annotated[str, typer.Argument(help="An alert's id or the beginning of it.")],
    by: Annotated[str, typer.Option(help="Who acknowledges.")] = "operator",
    wrong: Annotated[bool, typer.Option("--false-positive", help="It should not have fired; counts in the rule's statistics.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Acknowledge an alert: no more reminders."""
    from wirefeed.alerts import acts

    _settings, store, _configuration = opened()
    with store.begin() as db:
        first = acts.acknowledge(db, alert_id, by, _now())
        if wrong:
            acts.reject(db, alert_id, by, _now())
    emit({"acknowledged": True, "first": first}, as_json, lambda _value: print("acknowledged" if first else "was acknowledged already"))


def snooze(
    alert_id: Annotated[str, typer.Argument(help="An alert's id or the beginning of it.")],
    hours: Annotated[float, typer.Option(help="For how long.")] = 24,
    rule: Annotated[bool, typer.Option("--rule", help="The whole rule, not this story alone.")] = False,
    for_: Annotated[str | None, typer.Option("--for", help="One recipient; everybody without it.")] = None,
    by: Annotated[str, typer.Option(help="Who snoozes.")] = "operator",
    as_json: JsonOption = False,
) -> None:
    """Silence an alert's story, or its rule, for a while. Corrections come all the same."""
    from wirefeed.alerts import acts

    _settings, store, _configuration = opened()
    with store.begin() as db:
        until = acts.snooze(db, alert_id, hours, rule, for_, by, _now())
    emit({"until": until}, as_json, lambda _value: print(f"snoozed until {until + timedelta():%Y-%m-%d %H:%M} UTC"))


def rejoin(
    rule: Annotated[str, typer.Argument(help="A rule's id, or digest.")], recipient: Annotated[str, typer.Argument(help="A recipient's id.")],
    as_json: JsonOption = False,
) -> None:
    """Take somebody who left a rule back in."""
    from wirefeed.store import audit

    _settings, store, _configuration = opened()
    with store.begin() as db:
        done = audit.rejoin(db, rule, recipient, "operator", _now())
    emit({"rejoined": done}, as_json, lambda _value: print("back in" if done else "was not out"))
