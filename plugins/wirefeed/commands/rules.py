"""``wirefeed rules``: check (lint), test (examples), match (which rules a text fires), backtest, new."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from wirefeed.commands.output import JsonOption, emit

RuleArgument = Annotated[str, typer.Argument(help="The rule's id.")]
DaysOption = Annotated[int, typer.Option(min=1, max=3650, help="How many days of the archive to read.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    rules = typer.Typer(no_args_is_help=True, help="Alert rules: check, test, back-test, write.")
    for command in (check, match, backtest, new):
        rules.command()(command)
    rules.command("test")(run_examples)
    app.add_typer(rules, name="rules")


def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Report on these files and folders only.")] = None,
    examples: Annotated[bool, typer.Option(help="Also run the examples.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong or doubtful in the rule files: file:line:column: level: message. Exit 1 when there is an error."""
    from wirefeed.rules.desk import RuleDesk
    from wirefeed.rules.lint import in_files

    found = RuleDesk.open().lint(files or (), examples=examples)
    shown = in_files(found, files) if files else found
    errors = sum(one.level == "error" for one in shown)

    def human(_: Any) -> None:
        for one in shown:
            print(one)
        print(f"{errors} errors, {len(shown) - errors} warnings", file=sys.stderr)

    emit({"errors": errors, "warnings": len(shown) - errors, "findings": shown}, as_json, human)
    if errors:
        raise typer.Exit(1)


def run_examples(
    rule: Annotated[str | None, typer.Argument(help="The rule's id; without one all rules.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the examples that rules carry. Exit 1 when one fails."""
    from wirefeed.rules.desk import RuleDesk

    results = RuleDesk.open().examples(rule)
    failed = [one for one in results if not one.passed]

    def human(_: Any) -> None:
        for one in results:
            print(f"{'ok  ' if one.passed else 'FAIL'} {one.rule_id} {one.kind}: {one.title}")
            if not one.passed:
                print(f"     {'hit by' if one.matched else 'not met'}: {'; '.join(one.why)}")
        print(f"{len(results)} examples, {len(failed)} failed", file=sys.stderr)

    emit({"examples": len(results), "failed": len(failed), "results": [
        {"rule": one.rule_id, "kind": one.kind, "title": one.title, "matched": one.matched, "passed": one.passed, "why": one.why}
        for one in results]},
        as_json, human)
    if failed:
        raise typer.Exit(1)


def match(
    file: Annotated[Path, typer.Argument(help='Plain text, a web page, or JSON with "title" and "text"; - reads standard input.')],
    title: Annotated[str, typer.Option(help="The headline of a plain text.")] = "",
    language: Annotated[str | None, typer.Option(help="The language, when it is known.")] = None,
    rule: Annotated[str | None, typer.Option(help="Ask this rule only; says what is not met.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which rules a text would fire, and by which of their conditions."""
    from wirefeed.rules.desk import RuleDesk

    answer = RuleDesk.open().match(file, title, language, rule)

    def human(found: dict[str, Any]) -> None:
        print(f"{found['title']!r} ({found['language']}): {len(found['matches'])} rules")
        for one in found["matches"]:
            print(f"  {one['rule']} ({one['severity']}): {'; '.join(one['clauses'])}")
        for line in found.get("unmet", ()):
            print(f"  not met: {line}")

    emit(answer, as_json, human)


def backtest(
    rule: RuleArgument, days: DaysOption = 30, samples: Annotated[int, typer.Option(min=0, max=100, help="How many stories to show.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Run a rule over the archive: hits a day, mails after grouping, samples, difference to its revision before."""
    from wirefeed.commands.rules_report import show_backtest
    from wirefeed.rules.desk import RuleDesk

    emit(RuleDesk.open().backtest(rule, days, samples), as_json, show_backtest)


def new(
    query: Annotated[str, typer.Argument(help="The query, in quotation marks.")],
    to: Annotated[list[str], typer.Option("--to", help="A recipient's id, a group or an address; may be given again.")],
    title: Annotated[str, typer.Option(help="What the mail's subject calls it.")] = "",
    name: Annotated[str, typer.Option("--id", help="The rule's id and file name; made from the title.")] = "",
    severity: Annotated[str, typer.Option(help="flash, urgent or routine.")] = "routine",
    days: DaysOption = 30,
    as_json: JsonOption = False,
) -> None:
    """Write a rule into the site's configuration, lint it and back-test it. Nothing is written when it has an error."""
    from wirefeed.commands.rules_report import show_backtest
    from wirefeed.rules.desk import RuleDesk

    made = RuleDesk.open().new(query, to, title, name, severity, days)

    def human(answer: dict[str, Any]) -> None:
        print(f"written: {answer['file']}")
        for one in answer["findings"]:
            print(one)
        show_backtest(answer["backtest"])

    emit(made, as_json, human)
