"""Runs our DAGs through Airflow in one process. A line of standard input is a DAG id and its conf as JSON; the answer is "ok" or "failed".

One process, because starting Airflow costs seconds and the language models should load once, as in a worker that lives on.
"""

import json
import sys
from contextlib import redirect_stdout

with redirect_stdout(sys.stderr):  # Airflow talks while it is imported, too
    from airflow.dag_processing.dagbag import DagBag


def main() -> None:
    """Serve until standard input ends."""
    with redirect_stdout(sys.stderr):
        bag = DagBag(sys.argv[1])
    if bag.import_errors:
        sys.exit("\n".join(f"{file}: {error}" for file, error in bag.import_errors.items()))
    answer = sys.stdout
    print("ready", file=answer, flush=True)
    for line in sys.stdin:
        dag_id, _, conf = line.strip().partition(" ")
        with redirect_stdout(sys.stderr):
            run = bag.dags[dag_id].test(run_conf=json.loads(conf or "{}"))
        print("ok" if run is not None and str(run.state) in ("success", "DagRunState.SUCCESS") else "failed", file=answer, flush=True)


if __name__ == "__main__":
    main()
