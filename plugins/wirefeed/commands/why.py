"""``wirefeed why``: where a story went on its way to a mail."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from wirefeed.commands.output import JsonOption, emit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("why")(why)


def why(
    story: Annotated[str, typer.Argument(help="A story's id or its address.")],
    rule: Annotated[str | None, typer.Argument(help="A rule's id: which clause failed, or how its match ended.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Why a story reached somebody, or why not: feed, poll, gap, rejection, relevance, clause, disposition."""
    from wirefeed.alerts.why import why as ask
    from wirefeed.commands.outbox import opened

    _settings, store, configuration = opened()
    with store.begin() as db:
        steps = ask(db, configuration, story, rule, datetime.now(UTC))
    emit({"story": story, "rule": rule, "steps": steps, "answer": next((one["answer"] for one in steps if one["end"]), None)}, as_json, _show)


def _show(answer: dict[str, Any]) -> None:
    for one in answer["steps"]:
        print(f"{'=>' if one['end'] else '  '} {one['question']:<12} {one['answer']}")
