"""`make run` as a user has it: Airflow's own scheduler polls by itself, mail appears, Ctrl-C ends every process. A file a database in tests/airflow_runs."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psutil
from demo.wire import Wire, sample, sample_names

from postgresql_server import free_port

ROOT = Path(__file__).resolve().parents[1]

SAMPLES = ROOT / "config" / "samples"
PATIENCE = 1_000  # seconds, a bound for what hangs: an idle machine needs two minutes


def site(folder: Path, port: int) -> Path:
    """A configuration whose feeds are the sample wire."""
    folder.mkdir()
    feeds = "\n".join(f"  - {{id: f{number}, url: 'http://127.0.0.1:{port}/{name}', full_text: false}}" for number, name in enumerate(sample_names(SAMPLES)))
    (folder / "feeds.yaml").write_text(f"feeds:\n{feeds}\n")
    (folder / "recipients.yaml").write_bytes((SAMPLES / "recipients.yaml").read_bytes())
    return folder


class Ran(NamedTuple):
    """How a `make run` went: mails until Ctrl-C, processes at work then and left over, what it printed."""

    mails: int
    processes: int
    left: int
    code: int
    output: str


def until_first_mail(tmp_path: Path, databases: dict[str, str]) -> Ran:
    """Start it, press Ctrl-C when a mail is there. ``databases``: the environment that names Airflow's and our own; none is SQLite."""
    start = datetime.now(UTC)
    environment = {**os.environ, **databases, "WIREFEED_DATA": str(tmp_path / "data"), "WIREFEED_PORT": str(free_port()), "WIREFEED_SHIPPED_FEEDS": "false",
                   "WIREFEED_TEST_HOSTS": "127.0.0.1", "WIREFEED_MIN_FREE_GB": "0"}
    with Wire(lambda name: sample(SAMPLES, 1, start, name)) as wire:
        environment["WIREFEED_CONFIG"] = str(site(tmp_path / "site", wire.port))
        run = subprocess.Popen([sys.executable, "-m", "demo.run"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        children: list[psutil.Process] = []
        try:
            mails: list[Path] = []
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until and not mails and run.poll() is None:
                time.sleep(1)
                mails = list((tmp_path / "data" / "outbox").rglob("*.eml"))
            children = psutil.Process(run.pid).children(recursive=True) if run.poll() is None else []
        finally:
            if run.poll() is None:
                run.send_signal(signal.SIGINT)
            try:
                output, _ = run.communicate(timeout=120)
            except subprocess.TimeoutExpired:  # whatever is wrong with it, nothing of it may stay behind
                for one in [*psutil.Process(run.pid).children(recursive=True), run]:
                    one.kill()
                output, _ = run.communicate(timeout=30)
    if not mails and (tmp_path / "data" / "airflow.log").exists():
        output += (tmp_path / "data" / "airflow.log").read_text()[-3000:]
    _, alive = psutil.wait_procs(children, timeout=10)
    return Ran(len(mails), len(children), len([one for one in alive if one.status() != psutil.STATUS_ZOMBIE]), run.returncode, output)
