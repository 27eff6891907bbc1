"""`make demo`: the whole flow on a sample wire, or on feed files of yours, through the real Airflow DAGs on this machine alone."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import yaml
from rich.console import Console
from rich.status import Status

from demo import table
from demo.place import ROOT, Place, WireState, folder_name, migrate, place
from demo.wire import Wire, sample, sample_names, saved, saved_names

SAMPLES = ROOT / "config" / "samples"
CHAIN = ("poll_feeds", "tag_stories", "send_alerts")
STEPS = ("the back-log", "the breaking story and its copy", "its correction")


def main() -> None:
    """Poll three times, the wire moving on in between; then show what came of it."""
    console = Console()
    wanted = _arguments()
    feeds: Path | None = wanted.feeds.expanduser().resolve() if wanted.feeds else None
    if feeds is not None and not (feeds.is_dir() and saved_names(feeds)):
        sys.exit(f"make demo: FEEDS={wanted.feeds}: no folder with feed files in it")
    home = ROOT / "var" / "demo" / (folder_name(feeds) if feeds else "")
    state = WireState.load(home / "wire.json")
    with _index(wanted.index, console) as index:
        here = place(home, config=str(home / "config"), shipped_feeds="false", sample="true", test_hosts="127.0.0.1", **index)
        look_up = partial(saved, feeds) if feeds else lambda name: sample(SAMPLES, state.stage, state.start, name)
        with Wire(look_up, _port(state)) as wire:
            state.port = wire.port
            _configure(home / "config", wire.port, feeds)
            with console.status("Preparing Airflow's database (SQLite) ...") as status:
                migrate(here, home / "airflow.log")
                status.update("Starting Airflow ...")
                with _chain(here, home / "airflow.log") as chain:
                    _run(console, status, chain, state, feeds)
        table.show(console, here, feeds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--index", default="local", choices=["local", "elasticsearch"])
    parser.add_argument("--feeds", type=Path, default=None)
    return parser.parse_args()


def _port(state: WireState) -> int:
    import socket

    with suppress(OSError), socket.socket() as probe:  # the same port again, so that feeds keep their addresses
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", state.port))
        return state.port
    return 0


def _configure(folder: Path, port: int, feeds: Path | None) -> None:
    """The demo's own feeds.yaml and recipients.yaml: sample feeds under names of their own, nobody real."""
    folder.mkdir(parents=True, exist_ok=True)
    about = yaml.safe_load((SAMPLES / "feeds.yaml").read_text("utf-8"))
    if feeds is None:
        entries = [entry | {"url": f"http://127.0.0.1:{port}/{entry['url']}"} for entry in about["feeds"]]
        missing = set(sample_names(SAMPLES)) - {entry["url"] for entry in about["feeds"]}
        if missing:
            sys.exit(f"config/samples/feeds.yaml lacks {', '.join(sorted(missing))}")
    else:
        from urllib.parse import quote

        entries = [{"id": f"file-{number:03}", "title": name, "url": f"http://127.0.0.1:{port}/{quote(name)}", "source_kind": "unverified"}
                   for number, name in enumerate(saved_names(feeds), 1)]
    (folder / "feeds.yaml").write_text(yaml.safe_dump({"defaults": {"full_text": False}, "feeds": entries}, allow_unicode=True, sort_keys=False), "utf-8")
    (folder / "recipients.yaml").write_bytes((SAMPLES / "recipients.yaml").read_bytes())


@contextmanager
def _index(kind: str, console: Console) -> Iterator[dict[str, str]]:
    """Settings of the index; for Elasticsearch the test node of tests/elasticsearch is started unless a server is named."""
    if kind == "local":
        yield {"index": "local"}
    elif url := os.environ.get("WIREFEED_ELASTICSEARCH_URL"):
        yield {"index": "elasticsearch", "elasticsearch_url": url, "index_prefix": "wirefeed-demo"}
    else:
        sys.path.insert(0, str(ROOT / "tests"))
        from elasticsearch_node import running_node

        console.print("Starting a real Elasticsearch node (once: about 45 MB of jars) ...")
        with running_node() as url:
            yield {"index": "elasticsearch", "elasticsearch_url": url, "index_prefix": "wirefeed-demo"}


@contextmanager
def _chain(here: Place, log: Path) -> Iterator["subprocess.Popen[str]"]:
    with log.open("a") as out:
        process = subprocess.Popen([sys.executable, "-m", "demo.dags", str(ROOT / "dags")], env=here.environment, cwd=ROOT, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out)
        try:
            if _answer(process) != "ready":
                sys.exit(f"Airflow did not start: see {log}")
            yield process
        finally:
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _answer(process: "subprocess.Popen[str]") -> str:
    return process.stdout.readline().strip() if process.stdout else ""


def _run(console: Console, status: Status, chain: "subprocess.Popen[str]", state: WireState, feeds: Path | None) -> None:
    for number, step in enumerate(STEPS, 1):
        state.stage = max(state.stage, number)
        state.save()
        name = f"your files, poll {number}" if feeds else step if state.stage == number else "the wire as it stands"
        for dag in CHAIN:
            status.update(f"Poll {number} of {len(STEPS)}: {name} · DAG {dag}")
            if chain.stdin is None or chain.poll() is not None:
                sys.exit("Airflow ended early: see airflow.log in the demo's folder")
            print(dag, json.dumps({"force": True} if dag == "poll_feeds" else {}), file=chain.stdin, flush=True)
            if _answer(chain) != "ok":
                sys.exit(f"the DAG {dag} failed: see airflow.log in the demo's folder")
        console.print(f"[green]✓[/] Poll {number}: {name}")


if __name__ == "__main__":
    main()
