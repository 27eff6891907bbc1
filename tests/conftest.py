"""Fixtures that several stages share: a store on each database, real PostgreSQL started for the session."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from postgresql_server import postgresql_server, programs

pytest_plugins = ["elasticsearch_fixture"]
SKIPPED: list[str] = []
FIRST = (  # minutes long, most of it spent in waiting: begun first, a process each, or one would end long after the others; a third computes beside them
    "pipeline/test_celery.py", "airflow_runs/test_make_run_sqlite.py", "pipeline/test_pipeline.py",
    # each process is given two files at once, so short ones stand behind those
    "store/test_candidates.py", "alerts/test_demo_story.py", "alerts/test_items.py", "index/test_links.py",
    # then what takes a minute or more
    "airflow_runs/test_make_run_postgresql.py", "pipeline/test_workers.py", "tags/test_tagger_input.py", "index/test_index_commands.py", "index/test_contract.py",
    "index/test_elastic_bulk.py", "stories/test_compare.py", "rules/test_rules_commands.py", "tags/test_kept_forms.py", "index/test_pending.py",
    "rules/test_engines_agree.py", "compose/test_restore.py", "feeds/test_poll.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first; `make test` gives files to its processes in this order."""
    place = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda one: place.get("/".join(one.path.parts[-2:]), len(FIRST)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped, for CI."""
    if report.skipped and not hasattr(report, "wasxfail"):
        SKIPPED.append(f"{report.nodeid}: {report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With WIREFEED_TEST_ALL=1 (CI) a skipped test is a failed run: tests against real servers must have run."""
    if SKIPPED and exitstatus == 0 and os.environ.get("WIREFEED_TEST_ALL") == "1" and "PYTEST_XDIST_WORKER" not in os.environ:
        print("\nskipped although WIREFEED_TEST_ALL=1:", *SKIPPED, sep="\n  ")
        session.exitstatus = 1


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a PostgreSQL server of our own on 127.0.0.1 (superuser wirefeed, trust), ended with the session."""
    if url := os.environ.get("WIREFEED_TEST_POSTGRESQL_URL"):
        yield url
        return
    with postgresql_server(postgresql_programs(), "wirefeed") as port:
        yield f"postgresql://wirefeed@127.0.0.1:{port}/postgres"


def postgresql_programs() -> Path:
    """The folder of PostgreSQL's programs; skips where it is not installed."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql) and WIREFEED_TEST_POSTGRESQL_URL is not set")
    return found


@pytest.fixture
def production_postgresql() -> Iterator[dict[str, str]]:
    """``production_server`` for one test."""
    with production_server() as environment:
        yield environment


@pytest.fixture(scope="module")
def postgresql_as_in_production() -> Iterator[dict[str, str]]:
    """``production_server`` for the tests of a file that leave it as it was."""
    with production_server() as environment:
        yield environment


@contextmanager
def production_server() -> Iterator[dict[str, str]]:
    """A server made as in docker-compose.yml: superuser airflow with its database, then deploy/postgres-init.sh. The
    environment of a client: PGHOST, PGPORT, PGUSER and a PATH with PostgreSQL's programs."""
    folder = postgresql_programs()
    root = Path(__file__).resolve().parents[1]
    with postgresql_server(folder, "airflow") as port:
        environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "airflow"}
        subprocess.run([str(folder / "createdb"), "airflow"], env=environment, check=True, timeout=60)
        subprocess.run(["bash", str(root / "deploy" / "postgres-init.sh")], check=True, timeout=60, stdout=subprocess.DEVNULL, env={
            **environment, "POSTGRES_USER": "airflow", "POSTGRES_DB": "airflow", "WIREFEED_DATABASE_PASSWORD": "it's a password"})
        yield environment


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
    yield from _migrated(database_url)


@pytest.fixture
def sqlite_store(tmp_path: Path):  # type: ignore[no-untyped-def]
    """A migrated Store on SQLite, where the database's kind says nothing new."""
    yield from _migrated(f"sqlite:///{tmp_path / 'store.sqlite'}")


def _migrated(url: str):  # type: ignore[no-untyped-def]
    from wirefeed.store.database import open_store

    opened = open_store(url)
    opened.migrate()
    yield opened
    opened.close()
