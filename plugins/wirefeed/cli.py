"""``wirefeed``: puts the commands of commands/ together. Exit 0 done, 1 the input was refused, 2 wrong usage.

Command modules import nothing heavy at their top; each command imports what it needs when it runs.
"""

import importlib
import pkgutil
import sys
from typing import Annotated

import typer

from wirefeed import __version__, commands
from wirefeed.commands.output import print_json
from wirefeed.errors import WirefeedError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Watches the news wires for Central Asia security.")

# Each module of commands/ registers its commands on ``app`` in a function ``register(app)``.
for _module in sorted(module.name for module in pkgutil.iter_modules(commands.__path__)):
    if (_register := getattr(importlib.import_module(f"wirefeed.commands.{_module}"), "register", None)) is not None:
        _register(app)


@app.callback(invoke_without_command=False)
def _every_command(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.", is_eager=True)] = False,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with the exit code of design.md (typer itself leaves with 2 on wrong usage)."""
    given = sys.argv[1:] if arguments is None else arguments
    _log_to_stderr()
    try:
        app(given)
    except WirefeedError as error:
        if "--json" in given or "--jsonl" in given:
            print_json({"error": str(error)})
        else:
            print(f"wirefeed: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _log_to_stderr() -> None:
    """Standard output is for answers alone. Airflow configures structlog itself; this is for the command line."""
    import logging
    import os

    import structlog

    level = logging.getLevelNamesMapping().get(os.environ.get("WIREFEED_LOG_LEVEL", "INFO").upper(), logging.INFO)
    structlog.configure(
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr), wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper("iso", utc=True),
                    structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)])
