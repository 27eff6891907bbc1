"""An Airflow of our own for these tests: a fresh home on SQLite, migrated once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """AIRFLOW_HOME with a migrated database; the environment of this process points to it."""
    home = tmp_path_factory.mktemp("airflow")
    ours = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"), "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False"}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    program = Path(sys.executable).parent / "airflow"
    subprocess.run([str(program), "db", "migrate"], check=True, capture_output=True, timeout=600)
    yield home
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
