"""Where the demo and `make run` keep their data, and the environment that Airflow needs to run on this machine alone."""

import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from demo.wire import now

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Place:
    """A data folder, and the environment of every process that works on it."""

    data: Path
    environment: dict[str, str]

    @property
    def airflow_home(self) -> Path:
        """Airflow's own folder, apart from ours."""
        return self.data / "airflow"


def place(data: Path, **wirefeed: str) -> Place:
    """A place with Airflow on SQLite below ``data``; keyword arguments become WIREFEED_<NAME> variables."""
    data = data if data.is_absolute() else ROOT / data
    ours = {f"WIREFEED_{name.upper()}": value for name, value in wirefeed.items()}
    # Airflow's own variables of this shell may belong to another installation; its database is the one a visitor may want to choose.
    chosen = {name: os.environ[name] for name in ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",) if name in os.environ}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "AIRFLOW__", "WIREFEED_"))}
    environment |= ours | {
        "WIREFEED_DATA": str(data),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),  # airflow standalone starts "airflow"
        "AIRFLOW_HOME": str(data / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        # A laptop does not need 32 workers; LocalExecutor forks them all at the first task.
        "AIRFLOW__CORE__PARALLELISM": os.environ.get("WIREFEED_PARALLELISM", "3"),
        # A busy machine answers late; with the defaults (five tries of 5 s) a task fails before it has begun.
        "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "10",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "plugins")]),
        "PYTHONWARNINGS": "ignore",
    } | chosen
    return Place(data, environment)


def migrate(where: Place, log: Path) -> None:
    """Airflow's database at its newest schema. Raises SystemExit that names the log."""
    where.airflow_home.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        done = subprocess.run([tool("airflow"), "db", "migrate"], env=where.environment, stdout=out, stderr=out, check=False)
    if done.returncode:
        sys.exit(f"airflow db migrate failed: see {log}")


def tool(name: str) -> str:
    """A program of this environment."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name) or name


@dataclass
class WireState:
    """How far the sample wire has come, so that a second run goes on where the first ended."""

    path: Path
    start: datetime
    stage: int
    port: int

    @classmethod
    def load(cls, path: Path) -> "WireState":
        """The state kept at ``path``, or a fresh one."""
        if path.exists():
            kept = json.loads(path.read_text("utf-8"))
            return cls(path, datetime.fromisoformat(kept["start"]), kept["stage"], kept["port"])
        return cls(path, now(), 0, 0)

    def save(self) -> None:
        """Keep it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps({"start": self.start.isoformat(), "stage": self.stage, "port": self.port}), "utf-8")


def folder_name(feeds: Path) -> str:
    """A name for the data of a visitor's folder: readable, and different for different folders."""
    return f"{re.sub(r'[^a-z0-9]+', '-', feeds.name.lower()).strip('-') or 'feeds'}-{zlib.crc32(str(feeds.resolve()).encode()):08x}"
