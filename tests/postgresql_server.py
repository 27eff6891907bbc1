"""A real PostgreSQL server of Debian's package on 127.0.0.1, made for a test and ended with it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def programs() -> Path | None:
    """The folder of initdb, pg_ctl, pg_dump ...; None when PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else Path(p).parent if (p := shutil.which("initdb")) else None


def as_postgres(folder: Path, *command: str) -> None:
    """Run one of PostgreSQL's programs, as the user postgres when we are root."""
    full = ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)
    subprocess.run(full, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=120)


@contextmanager
def postgresql_server(folder: Path, superuser: str) -> Iterator[int]:
    """Its port; trust for everybody on 127.0.0.1. ``folder`` holds initdb and pg_ctl (``programs``)."""
    home = Path(tempfile.mkdtemp(prefix="wirefeed-postgresql-"))  # not pytest's folder: a third later session of pytest's would delete it
    port = free_port()
    if os.geteuid() == 0:  # initdb refuses root
        shutil.chown(home, "postgres")

    def run(*command: str) -> None:
        as_postgres(home, *command)

    run(str(folder / "initdb"), "-D", f"{home}/data", "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off -c max_connections=100"
    run(str(folder / "pg_ctl"), "-D", f"{home}/data", "-l", f"{home}/log", "-o", options, "-w", "start")
    try:
        yield port
    finally:
        run(str(folder / "pg_ctl"), "-D", f"{home}/data", "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)
