"""`make run`: the real feeds, for ever, on this machine: `airflow standalone` on SQLite, the embedded index, until Ctrl-C.

Prints the address, the login and where the data lie. After a laptop's sleep the next tick catches up: feeds that are due are polled, the
tagger takes what is pending (DAGs have no catch-up of missed ticks; the database's own watermarks are the work list).
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from demo.place import ROOT, Place, migrate, place, tool


def main() -> None:
    """Start, watch, end cleanly."""
    console = Console()
    port = int(os.environ.get("WIREFEED_PORT", "8080"))
    if _taken(port):
        sys.exit(f"make run: port {port} is in use; choose another: make run WIREFEED_PORT=8090")
    data = Path(os.environ.get("WIREFEED_DATA", "var/wirefeed"))
    kept = {name.removeprefix("WIREFEED_").lower(): value for name, value in os.environ.items()
            if name.startswith("WIREFEED_") and name not in ("WIREFEED_DATA", "WIREFEED_PORT", "WIREFEED_PARALLELISM")}
    here = place(data, **kept)
    here.data.mkdir(parents=True, exist_ok=True)
    log = here.data / "airflow.log"
    environment = here.environment | {
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(here.airflow_home / "passwords.json"),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": os.environ.get("AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT", str(_free())),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": os.environ.get("AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT", str(_free())),
        # Tasks and api-server must agree on one secret; each process would make up its own.
        "AIRFLOW__API_AUTH__JWT_SECRET": _secret(here.airflow_home / "jwt.secret"),
        "AIRFLOW__API__SECRET_KEY": _secret(here.airflow_home / "api.secret"),
    }
    with console.status("Checking the configuration ..."):
        checked = subprocess.run([tool("wirefeed"), "check"], env=environment, cwd=ROOT, check=False)
    if checked.returncode:
        sys.exit(checked.returncode)
    with console.status("Preparing Airflow's database (SQLite) ..."):
        migrate(here, log)
        _pool(environment, log)
    password = _password(here)
    with log.open("ab") as out:
        # A group of its own: Ctrl-C reaches us alone, and we end Airflow's four processes in order.
        airflow = subprocess.Popen([tool("airflow"), "standalone"], env=environment, cwd=ROOT, stdout=out, stderr=out,
                                   start_new_session=True)
    try:
        with console.status("Starting Airflow (half a minute) ..."):
            _wait(airflow, port, log)
        console.print(f"Wirefeed runs. Airflow: [bold]http://127.0.0.1:{port}[/]  login admin, password {password}")
        console.print(f"Data: {here.data}   log: {log}")
        console.print(f"Mail: {'to ' + kept['smtp_host'] if kept.get('smtp_host') else 'as files in ' + str(here.data / 'outbox')}")
        console.print("Ctrl-C stops; nothing is lost, the next start goes on.")
        airflow.wait()
        sys.exit(f"Airflow ended by itself (exit {airflow.returncode}): see {log}")
    except KeyboardInterrupt:
        console.print("\nStopping ...")
    finally:
        _end(airflow)
    console.print("Stopped.")


def _pool(environment: dict[str, str], log: Path) -> None:
    """The pool that poll_feeds names: Airflow never starts a task of a pool that is not there."""
    with log.open("ab") as out:
        subprocess.run([tool("airflow"), "pools", "set", "feeds", "8", "shards polled at once"], env=environment, cwd=ROOT, stdout=out, stderr=out, check=True)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(64), "ascii")
    return path.read_text("ascii")


def _password(here: Place) -> str:
    path = here.airflow_home / "passwords.json"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({"admin": secrets.token_urlsafe(12)}), "ascii")
    return str(json.loads(path.read_text("ascii"))["admin"])


def _wait(airflow: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(600):
        if airflow.poll() is not None:
            sys.exit(f"Airflow did not start: see {log}")
        if _taken(port):
            return
        time.sleep(0.5)
    sys.exit(f"Airflow did not answer on port {port} within five minutes: see {log}")


def _end(airflow: "subprocess.Popen[bytes]") -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if airflow.poll() is not None:
            break
        try:
            os.killpg(airflow.pid, number)
        except ProcessLookupError:
            break
        try:
            airflow.wait(15)
        except subprocess.TimeoutExpired:
            continue
    with suppress(ProcessLookupError):  # stragglers of the group
        os.killpg(airflow.pid, signal.SIGKILL)


if __name__ == "__main__":
    for ending in (signal.SIGINT, signal.SIGTERM):  # a script's background job inherits SIGINT as ignored
        signal.signal(ending, signal.default_int_handler)
    main()
