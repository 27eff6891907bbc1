"""`airflow`'s own commands, one after the other in one process: the program takes ten seconds of processor time to start, each time.

``python airflow_commands.py``: a line of standard input is a command's arguments as a JSON list, the answer a line {"exit": code, "output": its words}.
"""

import contextlib
import io
import json
import sys
import traceback

from airflow.cli import cli_parser


def run(arguments: list[str]) -> tuple[int, str]:
    """As ``airflow <arguments>`` would end, and what it said."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            given = cli_parser.get_parser().parse_args(arguments)
            given.func(given)
        except SystemExit as end:
            if end.code not in (0, None):
                print(end.code)
            return (end.code if isinstance(end.code, int) else int(end.code is not None)), said.getvalue()
        except Exception:  # noqa: BLE001 - whatever it was, a program would end with it and code 1
            traceback.print_exc()
            return 1, said.getvalue()
    return 0, said.getvalue()


def main() -> None:
    """Serve until standard input ends."""
    answer = sys.stdout
    for line in sys.stdin:
        code, said = run(json.loads(line))
        print(json.dumps({"exit": code, "output": said[-6000:]}), file=answer, flush=True)


if __name__ == "__main__":
    main()
