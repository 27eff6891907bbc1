"""`airflow dags test` for each DAG, over the sample wire: Airflow's own command runs our files to their end, and each leaves what it promises."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from demo.wire import Wire, sample, sample_names

from wirefeed.settings import Settings, from_environment, open_database
from wirefeed.store.audit import trail
from wirefeed.store.summary import counts

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "config" / "samples"
pytestmark = pytest.mark.timeout(900)  # Airflow's command takes ten seconds of processor time to start


BROKEN = """
from airflow.sdk import dag, task

from wirefeed import pipeline


@dag(schedule=None, on_failure_callback=pipeline.run_failed)
def broken():
    @task
    def fails():
        raise RuntimeError("no such luck")

    fails()


broken()
"""


@pytest.fixture(scope="module")
def site(airflow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a site whose feeds are the sample wire; the tests of this file run in order, as the flow does."""
    folder = tmp_path_factory.mktemp("site")
    start = datetime.now(UTC)
    with Wire(lambda name: sample(SAMPLES, 1, start, name)) as wire:
        feeds = "\n".join(f"  - {{id: f{number}, url: 'http://127.0.0.1:{wire.port}/{name}', full_text: false}}"
                          for number, name in enumerate(sample_names(SAMPLES)))
        (folder / "feeds.yaml").write_text(f"feeds:\n{feeds}\n")
        (folder / "recipients.yaml").write_bytes((SAMPLES / "recipients.yaml").read_bytes())
        shutil.copytree(ROOT / "dags", folder / "dags", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "dags" / "broken.py").write_text(BROKEN)
        yield {"AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"), "WIREFEED_DATA": str(folder / "data"), "WIREFEED_CONFIG": str(folder), "WIREFEED_SHIPPED_FEEDS": "false",
               "WIREFEED_TEST_HOSTS": "127.0.0.1", "WIREFEED_MIN_FREE_GB": "0"}


def state(site: dict[str, str]) -> tuple[Settings, dict[str, object]]:
    """Settings and what the database counts."""
    settings = from_environment(site)
    store = open_database(settings)
    with store.begin() as db:
        found = dict(counts(db))
    store.close()
    return settings, found


Airflow = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def airflow(site: dict[str, str]) -> Iterator[Airflow]:
    """``airflow("dags", "test", ...)``: exit code and output of Airflow's own command."""
    server = subprocess.Popen([sys.executable, str(ROOT / "tests" / "airflow_commands.py")], env={**os.environ, **site, "PYTHONPATH": str(ROOT / "plugins")},
                              cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def run(*arguments: str) -> tuple[int, str]:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(arguments) + "\n")
        server.stdin.flush()
        answer = json.loads(server.stdout.readline())
        return answer["exit"], answer["output"]

    yield run
    server.communicate(timeout=60)


def test_poll_feeds(site: dict[str, str], airflow: Airflow) -> None:
    code, output = airflow("dags", "test", "poll_feeds")
    assert code == 0, output
    _settings, found = state(site)
    assert found["stories"] == found["pending"] == 17


def test_tag_stories(site: dict[str, str], airflow: Airflow) -> None:
    code, output = airflow("dags", "test", "tag_stories")
    assert code == 0, output
    _settings, found = state(site)
    assert (found["pending"], found["index_due"]) == (0, 0)
    assert int(str(found["kept"])) >= 10


def test_send_alerts(site: dict[str, str], airflow: Airflow) -> None:
    code, output = airflow("dags", "test", "send_alerts")
    assert code == 0, output
    settings, _found = state(site)
    assert len(list(settings.outbox.rglob("*.eml"))) == 1, "the back-log's summary"


def test_send_digests(site: dict[str, str], airflow: Airflow) -> None:
    code, output = airflow("dags", "test", "send_digests")
    assert code == 0, output
    _settings, found = state(site)
    assert dict(found["messages"]).get("pending", 0) == 0  # type: ignore[call-overload]


def test_maintain(site: dict[str, str], airflow: Airflow) -> None:
    code, output = airflow("dags", "test", "maintain")
    assert code == 0, output
    _settings, found = state(site)
    assert (found["pending"], found["index_due"]) == (0, 0)


def test_backfill_takes_its_params(site: dict[str, str], airflow: Airflow) -> None:
    before = state(site)[1]["stories"]
    code, output = airflow("dags", "test", "backfill", "--conf", json.dumps({"since": "2020-01-01", "until": "2020-01-02", "feeds": ["f0"]}))
    assert code == 0, output
    assert state(site)[1]["stories"] == before, "nothing of the sample was published on that day"


def test_airflow_calls_us_when_a_run_fails_and_the_operator_is_told(site: dict[str, str], airflow: Airflow) -> None:
    code, output = airflow("dags", "test", "broken")
    assert code != 0
    store = open_database(from_environment(site))
    with store.begin() as db:
        told = [line["subject"] for line in trail(db)]
    store.close()
    assert told == ["Airflow: broken failed"], output
