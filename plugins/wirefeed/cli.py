"""``wirefeed``: puts the commands of commands/ together. Exit 0 done, 1 the input was refused, 2 wrong usage.

Command modules import nothing heavy at their top; each command imports what it needs when it runs.
"""

import importlib
import sys

import click
import typer

from wirefeed.commands.output import print_json
from wirefeed.errors import WirefeedError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Watches the news wires for Central Asia security.")

# A module registers its commands on ``app`` in a function ``register(app)``.
MODULES: tuple[str, ...] = ()

for _name in MODULES:
    importlib.import_module(f"wirefeed.commands.{_name}").register(app)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with the exit code of design.md."""
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given or "--jsonl" in given
    try:
        code = app(given, standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except WirefeedError as error:
        if as_json:
            print_json({"error": str(error)})
        else:
            print(f"wirefeed: {error}", file=sys.stderr)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
