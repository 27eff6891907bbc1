"""Back-up and restore as their containers run them, on a real PostgreSQL server and a real index: what was there is there again, and nobody is mailed
what the past had queued until somebody says so."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from wirefeed import pipeline
from wirefeed.model import Entry, When
from wirefeed.settings import Settings, from_environment, open_database, open_index
from wirefeed.store.items import save_intake
from wirefeed.stories.intake import intake

pytestmark = pytest.mark.timeout(900)
DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
TITLE = "Patrol finds a tunnel under the Panj"


class House:
    """A site with its database, index and mounted folders."""

    def __init__(self, client: dict[str, str], folder: Path, elasticsearch: str) -> None:
        self.folder = folder
        self.backups = folder / "backups"
        self.backups.mkdir()
        site = folder / "site"
        for part in ("config", "local/rules"):
            (site / part).mkdir(parents=True)
        (site / "config" / "shipped.yaml").write_text("shipped: true\n")
        (site / "env").write_text("SECRET=kept\n")
        for path in (DEPLOY.parent / "config" / "rules").glob("*.yaml"):
            (site / "local" / "rules" / path.name).write_text(f"id: {path.stem}\noff: true\n")
        (site / "local" / "rules" / "mine.yaml").write_text("id: mine\ntitle: Mine\nseverity: flash\nquery: 'text:tunnel'\nrecipients: [desk]\n")
        (site / "local" / "feeds.yaml").write_text("feeds:\n  - {id: f0, title: Outlet, url: 'http://127.0.0.1:9/0', full_text: false}\n")
        (site / "local" / "recipients.yaml").write_text("people:\n  - {id: ann, name: Ann, address: ann@example.org, zone: UTC, quiet_hours: off}\n"
                                                        "groups:\n  - {id: desk, members: [ann]}\n")
        self.prefix = f"t{uuid.uuid4().hex[:10]}"
        self.client = {**client, "SITE": str(site), "BACKUPS": str(self.backups)}
        self.wirefeed = {
            "WIREFEED_DATABASE_URL": f"postgresql://wirefeed@127.0.0.1:{client['PGPORT']}/wirefeed", "WIREFEED_DATA": str(folder / "data"),
            "WIREFEED_CONFIG": str(site / "local"), "WIREFEED_SHIPPED_FEEDS": "false", "WIREFEED_MIN_FREE_GB": "0",
            "WIREFEED_INDEX": "elasticsearch", "WIREFEED_ELASTICSEARCH_URL": elasticsearch, "WIREFEED_INDEX_PREFIX": self.prefix}

    @property
    def settings(self) -> Settings:
        return from_environment(self.wirefeed)

    def run(self, script: str, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(["bash", str(DEPLOY / script), *arguments], env={**self.client, **more}, capture_output=True, text=True, timeout=200, check=False)

    def backup(self) -> Path:
        done = self.run("backup.sh", "once")
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.split("backup: ")[1].strip())

    def command(self, *arguments: str) -> Any:
        """`wirefeed ... --json`."""
        done = subprocess.run([str(Path(sys.executable).parent / "wirefeed"), *arguments, "--json"], env={**os.environ, **self.wirefeed},
                              capture_output=True, text=True, timeout=200, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def bring(self, title: str, text: str, at: datetime) -> None:
        """A story as a poll would store it."""
        entry = Entry(id=title, title=title, link=f"http://outlet.example/{uuid.uuid4()}", published=When(at, at.isoformat(), "test", True), text=text, language="en")
        store = open_database(self.settings)
        with store.begin() as db:
            save_intake(db, intake("f0", (entry,), {}, at, backlog=False, language="en"), at)
        store.close()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.settings.database) as db:
            return db.execute(query).fetchall()

    def mails(self) -> int:
        return len(list(self.settings.outbox.rglob("*.eml")))


@pytest.fixture
def house(production_postgresql: dict[str, str], elasticsearch_url: str, tmp_path: Path) -> Iterator[House]:
    """``lived_in`` for one test."""
    with lived_in(production_postgresql, elasticsearch_url, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def lasting_house(postgresql_as_in_production: dict[str, str], elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """``lived_in`` for the tests that leave everything as it was."""
    with lived_in(postgresql_as_in_production, elasticsearch_url, tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture(scope="module")
def whole_backup(lasting_house: House) -> Path:
    """A sound back-up of it."""
    return lasting_house.backup()


@contextmanager
def lived_in(client: dict[str, str], elasticsearch_url: str, folder: Path) -> Iterator[House]:
    """A house after the rule's first run, with an alert decided and not yet sent."""
    made = House(client, folder, elasticsearch_url)
    now = datetime.now(UTC)
    made.bring("An old tunnel opens as a museum", "Visitors walk through the tunnel.", now - timedelta(minutes=9))
    pipeline.tag_pending(made.settings)
    pipeline.send_alerts(made.settings)
    made.bring(TITLE, "Border guards found a tunnel under the river Panj near Khorog, the service said.", now)
    pipeline.tag_pending(made.settings)
    with psycopg.connect(f"postgresql://airflow@127.0.0.1:{client['PGPORT']}/airflow") as db:
        db.execute("CREATE TABLE dag_run (id int)")
        db.execute("INSERT INTO dag_run VALUES (1), (2)")
    yield made
    index = open_index(made.settings)
    for name in index.client.indices.get(index=f"{made.prefix}-*", filter_path="*.settings.index.uuid").body:  # type: ignore[attr-defined]
        index.client.indices.delete(index=name)  # type: ignore[attr-defined]
    index.close()


def test_our_user_owns_its_database_and_cannot_look_into_airflows(production_postgresql: dict[str, str]) -> None:
    server = f"127.0.0.1:{production_postgresql['PGPORT']}"
    with psycopg.connect(f"postgresql://wirefeed@{server}/wirefeed") as db:
        assert db.execute("SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user").fetchone() == (False, False, False)
        assert db.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        db.execute("CREATE TABLE ours (id int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(f"postgresql://wirefeed@{server}/airflow")


def test_a_back_up_holds_databases_configuration_and_secrets_for_our_eyes_only(house: House, tmp_path: Path) -> None:
    folder = house.backup()
    assert {path.name for path in folder.iterdir()} == {"airflow.dump", "wirefeed.dump", "config.tar.gz", "env", "SHA256SUMS"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder, *folder.iterdir()))
    assert (folder / "env").read_text() == "SECRET=kept\n"
    with tarfile.open(folder / "config.tar.gz") as archive:
        archive.extractall(tmp_path / "out", filter="data")
    assert (tmp_path / "out" / "local" / "rules" / "mine.yaml").read_text().startswith("id: mine")
    assert (tmp_path / "out" / "config" / "shipped.yaml").exists()


def test_old_back_ups_go_and_a_failed_one_leaves_nothing_behind(house: House) -> None:
    for name, days in (("2026-01-01T000000Z", 15), ("2026-01-09T000000Z", 13), ("somebody-elses", 400)):
        (house.backups / name).mkdir()
        os.utime(house.backups / name, (time.time() - days * 86_400 - 3_600,) * 2)
    failed = house.run("backup.sh", "once", PGPORT="9")
    assert failed.returncode != 0
    assert {path.name for path in house.backups.iterdir()} == {"2026-01-01T000000Z", "2026-01-09T000000Z", "somebody-elses"}
    made = house.backup()
    assert {path.name for path in house.backups.iterdir()} == {"2026-01-09T000000Z", "somebody-elses", made.name}


def test_a_restore_brings_everything_back_and_sends_nothing_until_released(house: House) -> None:
    folder = house.backup()
    before = {table: house.ask(f"SELECT count(*) FROM {table}") for table in ("stories", "versions", "matches", "alerts", "deliveries", "messages", "items")}
    mails = house.mails()
    with psycopg.connect(house.settings.database) as db:  # what happened since: a newer schema, lost rows
        db.execute("CREATE TABLE of_a_later_version (id int)")
        db.execute("DELETE FROM messages")
        db.execute("DELETE FROM versions")
    with psycopg.connect(f"postgresql://airflow@127.0.0.1:{house.client['PGPORT']}/airflow") as db:
        db.execute("DROP TABLE dag_run")
    forgotten = psycopg.connect(house.settings.database)  # somebody is still logged in, and is shown out
    forgotten.execute("SELECT 1")
    done = house.run("restore.sh", str(folder))
    forgotten.close()
    assert done.returncode == 0, done.stderr
    assert "wirefeed outbox release" in done.stdout
    assert {table: house.ask(f"SELECT count(*) FROM {table}") for table in before} == before
    assert house.ask("SELECT tablename FROM pg_tables WHERE tablename = 'of_a_later_version'") == []
    assert house.ask("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [("wirefeed",)]
    with psycopg.connect(f"postgresql://airflow@127.0.0.1:{house.client['PGPORT']}/airflow") as db:
        assert db.execute("SELECT count(*) FROM dag_run").fetchone() == (2,)
    assert house.command("outbox", "list")["held"] is True
    assert house.command("alert")["sent"] == 0
    assert house.mails() == mails
    house.command("outbox", "release")
    assert house.command("alert")["sent"] == 1
    assert house.mails() == mails + 1
    assert house.command("reindex")["documents"] == house.ask("SELECT count(*) FROM stories WHERE kept IS NOT NULL")[0][0]
    found: dict[str, Any] = {}
    for _ in range(40):  # the refresh interval is five seconds
        found = house.command("search", "tunnel AND Khorog")
        if found["total"]:
            break
    assert [hit["title"] for hit in found["hits"]] == [TITLE]


def truncated(folder: Path) -> None:
    """As when the disk was full and nobody looked: the sums are those of the ruin."""
    whole = (folder / "wirefeed.dump").read_bytes()
    (folder / "wirefeed.dump").write_bytes(whole[:len(whole) * 2 // 3])


def cut_later(folder: Path) -> None:
    """As above, after the sums were made."""
    truncated(folder)


def no_dump(folder: Path) -> None:
    (folder / "airflow.dump").write_text("-- PostgreSQL database dump\n")


def exchanged(folder: Path) -> None:
    """A whole dump, and the other database's."""
    (folder / "wirefeed.dump").write_bytes((folder / "airflow.dump").read_bytes())


def of_a_later_postgresql(folder: Path) -> None:
    """The archive's version, two bytes after its first five."""
    whole = bytearray((folder / "wirefeed.dump").read_bytes())
    assert whole[:5] == b"PGDMP"
    whole[6] = 99
    (folder / "wirefeed.dump").write_bytes(whole)


def not_finished(folder: Path) -> None:
    (folder / "SHA256SUMS").unlink()


def gone(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


@pytest.mark.parametrize(("harm", "says"), [
    (cut_later, "the back-up is damaged, take another one: wirefeed.dump: FAILED"), (truncated, "wirefeed.dump cannot be read to its end"),
    (no_dump, "airflow.dump cannot be read to its end"), (exchanged, "wirefeed.dump holds another database: no table wirefeed_schema"),
    (of_a_later_postgresql, "unsupported version (1.99)"), (not_finished, "is no whole back-up: it has no SHA256SUMS"), (gone, "is not there; the back-ups are:"),
], ids=lambda one: getattr(one, "__name__", ""))
def test_a_restore_from_a_damaged_back_up_says_so_and_changes_nothing(
        lasting_house: House, whole_backup: Path, tmp_path: Path, harm: Callable[[Path], None], says: str) -> None:
    house, folder = lasting_house, tmp_path / whole_backup.name
    shutil.copytree(whole_backup, folder)
    harm(folder)
    if harm not in (cut_later, not_finished, gone):
        subprocess.run("sha256sum airflow.dump wirefeed.dump config.tar.gz env > SHA256SUMS", shell=True, cwd=folder, check=True)
    tables = "SELECT (SELECT count(*) FROM stories), (SELECT count(*) FROM alerts), (SELECT count(*) FROM messages), (SELECT count(*) FROM meta)"
    before = house.ask(tables)
    in_use = psycopg.connect(house.settings.database)  # a scheduler that was not stopped: a failed restore does not even show it out
    done = house.run("restore.sh", str(folder))
    assert done.returncode != 0
    assert says in done.stderr, done.stderr
    assert "nothing was changed" in done.stderr
    assert in_use.execute(tables).fetchall() == before == house.ask(tables)
    in_use.close()
    with psycopg.connect(f"postgresql://airflow@127.0.0.1:{house.client['PGPORT']}/airflow") as db:
        assert db.execute("SELECT count(*) FROM dag_run").fetchone() == (2,)
        assert {name for (name,) in db.execute("SELECT datname FROM pg_database").fetchall()} >= {"airflow", "wirefeed"}
        assert db.execute("SELECT count(*) FROM pg_database WHERE datname LIKE '%restored'").fetchone() == (0,), "no half-filled database stays"


def test_a_back_up_of_a_later_wirefeed_is_restored_and_its_version_asked_for(house: House) -> None:
    with psycopg.connect(house.settings.database) as db:
        db.execute("UPDATE wirefeed_schema SET version_num = '9999_of_next_year'")
    done = house.run("restore.sh", str(house.backup()))
    assert done.returncode == 0, done.stderr
    refused = subprocess.run([str(Path(sys.executable).parent / "wirefeed"), "outbox", "list", "--json"], env={**os.environ, **house.wirefeed},
                             capture_output=True, text=True, timeout=200, check=False)
    assert refused.returncode == 1
    assert "another version of Wirefeed" in json.loads(refused.stdout)["error"]
    assert "install that version or a later one" in json.loads(refused.stdout)["error"]
