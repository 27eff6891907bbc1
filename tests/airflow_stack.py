"""Airflow's services as docker-compose.yml sets them up, run as processes on this machine (tests/pipeline/test_celery.py)."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import yaml
from demo.env import fill

from postgresql_server import free_port
from wirefeed.settings import Settings, from_environment

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def redis_server(folder: Path, password: str) -> Iterator[int]:
    """Redis on 127.0.0.1; its port."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("Redis is not installed (Debian: redis-server)")
    port = free_port()
    server = subprocess.Popen([program, "--port", str(port), "--bind", "127.0.0.1", "--requirepass", password, "--dir", str(folder), "--save", ""],
                              stdout=subprocess.DEVNULL)
    try:
        yield port
    finally:
        server.terminate()
        server.wait(20)


def stack_environment(**replaced: str) -> dict[str, str]:
    """The environment of Airflow's services in docker-compose.yml, addresses and secrets replaced: what runs here is what compose runs."""
    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", fill((ROOT / ".env.example").read_text("utf-8")), re.M))
    given = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["x-airflow"]["environment"]
    resolved = {name: re.sub(r"\$\{(\w+)(?::[-?][^}]*)?\}", lambda found: values[found[1]], str(value)) for name, value in given.items()}
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "WIREFEED_"))}
    return {**own, **resolved, **replaced}


class Stack:
    """Airflow's services as processes, each in a session of its own, with its output in a file."""

    def __init__(self, environment: dict[str, str], logs: Path) -> None:
        self.environment = environment
        self.logs = logs
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def settings(self) -> Settings:
        """Wirefeed's part of the environment."""
        return from_environment({name: value for name, value in self.environment.items() if name.startswith("WIREFEED_")})

    def run(self, *command: str) -> None:
        """A command to its end."""
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"

    def start(self, name: str, *command: str) -> None:
        """A service."""
        with (self.logs / f"{name}.log").open("wb") as out:
            self.running[name] = subprocess.Popen(list(command), env=self.environment, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)

    def tree(self, name: str) -> list[psutil.Process]:
        """A service's processes, all of them."""
        try:
            first = psutil.Process(self.running[name].pid)
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill(self, name: str) -> None:
        """As when a machine loses its power."""
        for process in self.tree(name):
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.running.pop(name).wait(20)

    def stop(self) -> None:
        """End everything that was started here, by its own id."""
        trees = [process for name in self.running for process in self.tree(name)]
        for one in self.running.values():
            one.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(trees, timeout=25)
        for process in alive:
            process.kill()

    def tails(self) -> str:
        """The end of every log, for the assertion's message."""
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')[-1500:]}" for path in sorted(self.logs.glob("*.log")))
