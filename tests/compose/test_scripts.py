"""The one-shot scripts of the stack, run for real: against a stub of Elasticsearch's and Kibana's interface that writes down every call, and as processes."""

import base64
import json
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
PASSWORD = 'a "quoted" \\ password'


class Recorder:
    """Answers as told; ``calls`` are (method, path, authorization, body)."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str, Any]] = []
        self.reserved = [1, 3]  # how many reserved users each question finds; the last one stays
        self.good_key = "none"
        self.fail: dict[str, int] = {}
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                recorder.calls.append((self.command, self.path, self.headers.get("authorization", ""), json.loads(body) if body else None))
                status, answer = recorder.answer(self.command, self.path, self.headers.get("authorization", ""))
                data = json.dumps(answer, separators=(",", ":")).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = serve

            def log_message(self, *_arguments: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, method: str, path: str, authorization: str) -> tuple[int, Any]:
        if path in self.fail:
            return self.fail[path], {"error": {"type": "illegal_state", "reason": "told to fail"}}
        if (method, path) == ("GET", "/_security/user"):
            count = self.reserved.pop(0) if len(self.reserved) > 1 else self.reserved[0]
            return 200, {f"user{number}": {"metadata": {"_reserved": True}} for number in range(count)}
        if path == "/_security/_authenticate":
            known = authorization == f"ApiKey {self.good_key}"
            return (200, {"username": "elastic", "api_key": {"id": "key-1", "name": "wirefeed-pipeline"}}) if known else (401, {})
        if (method, path) == ("POST", "/_security/api_key"):
            return 200, {"id": "key-2", "name": "wirefeed-pipeline", "api_key": "s", "encoded": "ZW5jb2RlZA=="}
        return 200, {}

    def did(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, *_ in self.calls]

    def body(self, method: str, path: str) -> Any:
        [found] = [body for one, where, _auth, body in self.calls if (one, where) == (method, path)]
        return found


@pytest.fixture
def server() -> Iterator[Recorder]:
    made = Recorder()
    yield made
    made.server.shutdown()
    made.server.server_close()


def run(script: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A script of deploy/ as its container runs it."""
    return subprocess.run(["bash", str(DEPLOY / script), *arguments], env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True,
                          timeout=120, check=False)


def set_up(server: Recorder, folder: Path) -> "subprocess.CompletedProcess[str]":
    (folder / "snapshots").mkdir(exist_ok=True)
    ours = f"{os.getuid()}:{os.getgid()}"
    return run("elasticsearch-setup.sh", ELASTICSEARCH=server.url, KEY_FILE=str(folder / "pipeline.key"), SNAPSHOTS=str(folder / "snapshots"),
               SNAPSHOT_OWNER=ours, KEY_OWNER=str(os.getuid()), KEY_GROUP=str(os.getgid()), PAUSE="0.05", ELASTIC_PASSWORD="boot",
               KIBANA_SYSTEM_PASSWORD=PASSWORD)


def test_elasticsearch_is_set_up_in_an_order_that_cannot_race(server: Recorder, tmp_path: Path) -> None:
    done = set_up(server, tmp_path)
    assert done.returncode == 0, done.stderr
    assert server.did() == [
        ("GET", "/_security/user"), ("GET", "/_security/user"),  # one reserved user is too early
        ("POST", "/_security/user/kibana_system/_password"), ("PUT", "/_security/role/wirefeed_pipeline"),
        ("POST", "/_security/api_key"), ("PUT", "/_snapshot/wirefeed")]
    basic = "Basic " + base64.b64encode(b"elastic:boot").decode()
    assert {authorization for _method, _path, authorization, _body in server.calls} == {basic}
    assert server.body("POST", "/_security/user/kibana_system/_password") == {"password": PASSWORD}


def test_the_pipelines_key_may_touch_its_own_indices_and_nothing_else(server: Recorder, tmp_path: Path) -> None:
    assert set_up(server, tmp_path).returncode == 0
    made = server.body("POST", "/_security/api_key")
    role = made["role_descriptors"]["wirefeed_pipeline"]
    assert role == server.body("PUT", "/_security/role/wirefeed_pipeline")
    assert [one["names"] for one in role["indices"]] == [["wirefeed-*"]]
    assert set(role["cluster"]) == {"monitor", "manage_index_templates"}
    assert "all" not in role["indices"][0]["privileges"]
    key = tmp_path / "pipeline.key"
    assert key.read_text() == "ZW5jb2RlZA=="
    assert stat.S_IMODE(key.stat().st_mode) == 0o440


def test_a_second_run_keeps_a_key_that_works_and_brings_its_rights_up_to_date(server: Recorder, tmp_path: Path) -> None:
    (tmp_path / "pipeline.key").write_text("c2VlbQ==")
    server.good_key = "c2VlbQ=="
    assert set_up(server, tmp_path).returncode == 0
    assert ("POST", "/_security/api_key") not in server.did()
    assert set(server.body("PUT", "/_security/api_key/key-1")["role_descriptors"]) == {"wirefeed_pipeline"}
    assert (tmp_path / "pipeline.key").read_text() == "c2VlbQ=="


def test_a_key_that_is_refused_is_replaced(server: Recorder, tmp_path: Path) -> None:
    (tmp_path / "pipeline.key").write_text("b2xk")
    done = set_up(server, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "pipeline.key").read_text() == "ZW5jb2RlZA=="


@pytest.mark.parametrize("path", ["/_security/user/kibana_system/_password", "/_security/role/wirefeed_pipeline", "/_security/api_key"])
def test_a_step_that_fails_fails_the_set_up(server: Recorder, tmp_path: Path, path: str) -> None:
    server.fail[path] = 500
    assert set_up(server, tmp_path).returncode != 0
    assert not (tmp_path / "pipeline.key").exists()


def test_a_snapshot_repository_that_cannot_be_registered_is_told_and_stops_nothing(server: Recorder, tmp_path: Path) -> None:
    server.fail["/_snapshot/wirefeed"] = 500
    done = set_up(server, tmp_path)
    assert done.returncode == 0
    assert "snapshot repository: not registered" in done.stderr


def test_kibanas_accounts_read_or_edit_and_see_our_indices_alone(server: Recorder) -> None:
    done = run("kibana-setup.sh", KIBANA=server.url, ELASTICSEARCH=server.url, ELASTIC_PASSWORD="boot", KIBANA_READER_PASSWORD=PASSWORD,
               KIBANA_EDITOR_PASSWORD="other")
    assert done.returncode == 0, done.stderr
    reading, editing = server.body("PUT", "/api/security/role/wirefeed_read"), server.body("PUT", "/api/security/role/wirefeed_edit")
    assert (reading["kibana"][0]["base"], editing["kibana"][0]["base"]) == (["read"], ["all"])
    for role in (reading, editing):
        assert role["elasticsearch"] == {"cluster": [], "indices": [{"names": ["wirefeed-*"], "privileges": ["read", "view_index_metadata"]}]}
    assert server.body("PUT", "/_security/user/reader") == {"password": PASSWORD, "roles": ["wirefeed_read"], "full_name": "reader"}
    assert server.body("PUT", "/_security/user/editor")["roles"] == ["wirefeed_edit"]


def test_kibanas_refusal_is_an_error(server: Recorder) -> None:
    server.fail["/api/security/role/wirefeed_edit"] = 403
    assert run("kibana-setup.sh", KIBANA=server.url, ELASTICSEARCH=server.url, ELASTIC_PASSWORD="b", KIBANA_READER_PASSWORD="r",
               KIBANA_EDITOR_PASSWORD="e").returncode != 0


def stub_airflow(folder: Path, status: int = 0) -> Path:
    """An `airflow` that writes its arguments down."""
    folder.mkdir()
    (folder / "airflow").write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\nexit {status}\n')
    (folder / "airflow").chmod(0o755)
    return folder


@pytest.mark.parametrize("status", [0, 1])
def test_runs_and_logs_go_after_fourteen_days(tmp_path: Path, status: int) -> None:
    tools = stub_airflow(tmp_path / "bin", status)
    logs = tmp_path / "logs"
    (logs / "dag").mkdir(parents=True)
    for name, days in (("old.log", 15), ("young.log", 13)):
        (logs / "dag" / name).touch()
        os.utime(logs / "dag" / name, (time.time() - days * 86_400,) * 2)
    done = run("groom.sh", "once", PATH=f"{tools}{os.pathsep}{os.environ['PATH']}", LOGS=str(logs))
    call = (tools / "calls").read_text()
    before = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 14 * 86_400))
    assert f"db clean --clean-before-timestamp {before}T00:00:00+00:00 --skip-archive --yes" in call
    left = {path.name for path in (logs / "dag").iterdir()}
    assert (done.returncode, left) == ((0, {"young.log"}) if status == 0 else (1, {"old.log", "young.log"}))


def test_a_faulty_configuration_stops_a_first_start_and_no_later_one(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "rules").mkdir(parents=True)
    faulty = site / "rules" / "mine.yaml"
    common = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "WIREFEED_DATA": str(tmp_path / "data"),
              "WIREFEED_CONFIG": str(site), "HOME": str(tmp_path)}
    faulty.write_text("id: mine\ntitle: Mine\nquery: 'text:(unclosed'\n")
    first = run("wirefeed-setup.sh", "database", **common)
    assert first.returncode == 1
    assert "nothing starts until this is mended" in first.stderr
    assert "mine.yaml" in first.stdout + first.stderr
    faulty.write_text("id: mine\ntitle: Mine\nseverity: routine\nquery: 'text:closed'\nrecipients: []\n")
    good = run("wirefeed-setup.sh", "database", **common)
    assert good.returncode == 0, good.stderr
    faulty.write_text("id: mine\ntitle: Mine\nquery: 'text:(unclosed'\n")
    later = run("wirefeed-setup.sh", "database", **common)
    assert later.returncode == 0
    assert "its last good version goes on" in later.stderr


def test_every_script_is_clean_of_what_a_shell_trips_over() -> None:
    assert shutil.which("bash")
    for script in DEPLOY.glob("*.sh"):
        text = script.read_text("utf-8")
        assert text.startswith("#!/bin/bash\n"), script.name
        assert "set -euo pipefail" in text, script.name
