"""Fixtures that several stages share: a store on each database, real PostgreSQL started for the session."""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["elasticsearch_fixture"]
SKIPPED: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped, for CI."""
    if report.skipped and not hasattr(report, "wasxfail"):
        SKIPPED.append(f"{report.nodeid}: {report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With WIREFEED_TEST_ALL=1 (CI) a skipped test is a failed run: tests against real servers must have run."""
    if SKIPPED and exitstatus == 0 and os.environ.get("WIREFEED_TEST_ALL") == "1":
        print("\nskipped although WIREFEED_TEST_ALL=1:", *SKIPPED, sep="\n  ")
        session.exitstatus = 1


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postgresql_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else Path(p).parent if (p := shutil.which("initdb")) else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a PostgreSQL server of our own on 127.0.0.1 (superuser wirefeed, trust), ended with the session."""
    if url := os.environ.get("WIREFEED_TEST_POSTGRESQL_URL"):
        yield url
        return
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql) and WIREFEED_TEST_POSTGRESQL_URL is not set")
    home = Path(tempfile.mkdtemp(prefix="wirefeed-postgresql-"))  # not pytest's folder: a third later session of pytest's would delete it
    port = free_port()
    root = os.geteuid() == 0
    if root:  # initdb refuses root
        shutil.chown(home, "postgres")

    def run(*command: str) -> None:
        full = ["runuser", "-u", "postgres", "--", *command] if root else list(command)
        subprocess.run(full, check=True, cwd=home, stdout=subprocess.DEVNULL, timeout=60)

    run(str(programs / "initdb"), "-D", f"{home}/data", "-U", "wirefeed", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off -c max_connections=60"
    run(str(programs / "pg_ctl"), "-D", f"{home}/data", "-l", f"{home}/log", "-o", options, "-w", "start")
    try:
        yield f"postgresql://wirefeed@127.0.0.1:{port}/postgres"
    finally:
        run(str(programs / "pg_ctl"), "-D", f"{home}/data", "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'wirefeed.sqlite'}"
        return
    import psycopg

    server = request.getfixturevalue("postgresql")
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    yield server.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def store(database_url: str):  # type: ignore[no-untyped-def]
    """A migrated Store on SQLite and on PostgreSQL."""
    from wirefeed.store.database import open_store

    opened = open_store(database_url)
    opened.migrate()
    yield opened
    opened.close()
