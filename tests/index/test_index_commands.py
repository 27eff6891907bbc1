"""The command line's contract for search and the index, as other programs use it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wirefeed import cli
from wirefeed.commands.index import moment
from wirefeed.errors import InputRefused
from wirefeed.index.elastic import ElasticIndex
from wirefeed.index.local import LocalIndex
from wirefeed.model import Document

Make = Callable[..., Document]
Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A site of its own, in an empty folder."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WIREFEED_")}
    return {**clean, "WIREFEED_DATA": str(tmp_path), "WIREFEED_CONFIG": str(tmp_path)}


def answered(arguments: tuple[str, ...], code: int, out: str, err: str) -> tuple[int, Any, str]:
    return code, json.loads(out) if "--json" in arguments else out, err


@pytest.fixture
def program(environment: dict[str, str]) -> Run:
    """Runs `wirefeed ...` as a program: (exit code, JSON or text of stdout, stderr)."""

    def command(*arguments: str, **more: str) -> tuple[int, Any, str]:
        done = subprocess.run([sys.executable, "-c", "from wirefeed.cli import main; main()", *arguments], capture_output=True, text=True,
                              timeout=120, env={**environment, **more})
        return answered(arguments, done.returncode, done.stdout, done.stderr)

    return command


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The same within this process, which saves the seconds that a program takes to start."""

    def command(*arguments: str, **more: str) -> tuple[int, Any, str]:
        code = 0
        with monkeypatch.context() as patched:
            for name in [name for name in os.environ if name.startswith("WIREFEED_")]:
                patched.delenv(name)
            for name, value in {**environment, **more}.items():
                patched.setenv(name, value)
            capfd.readouterr()
            try:
                cli.main(list(arguments))
            except SystemExit as end:
                code = int(end.code or 0)
        return answered(arguments, code, *capfd.readouterr())

    return command


@pytest.fixture
def filled(tmp_path: Path, story: Make) -> LocalIndex:
    """The local index of ``run`` with three stories."""
    index = LocalIndex(tmp_path / "index")
    index.upsert(three(story))
    return index


def three(story: Make) -> list[Document]:
    """The stories that the searches are about."""
    return [story("a", title="Войска <b>на</b> границе", hours=1), story("b", text="Колонна войск прошла.", hours=48),
            story("c", title="Weather", known=False)]


@pytest.fixture(params=["local", "elasticsearch"])
def place(request: pytest.FixtureRequest, story: Make) -> dict[str, str]:
    """What names an index of either kind with three stories in it."""
    if request.param == "local":
        request.getfixturevalue("filled")
        return {}
    elastic: ElasticIndex = request.getfixturevalue("elastic")
    elastic.upsert(three(story))
    elastic.refresh()
    return {"WIREFEED_INDEX": "elasticsearch", "WIREFEED_ELASTICSEARCH_URL": elastic.url, "WIREFEED_INDEX_PREFIX": elastic.prefix}


@pytest.fixture
def searched(place: dict[str, str], run: Run) -> Run:
    """``run`` on either index with three stories in it."""
    return lambda *arguments, **more: run(*arguments, **place, **more)


def test_search_answers_the_contract_and_keeps_stdout_to_json(program: Run, place: dict[str, str]) -> None:
    code, answer, _logs = program("search", "войска", "--json", **place)
    assert code == 0
    assert answer["total"] == 2
    assert [set(hit) for hit in answer["hits"]] == [{"id", "title", "link", "published", "source", "highlight"}] * 2
    assert answer["hits"][0] == {
        "id": "a", "title": "Войска <b>на</b> границе", "link": "https://example.org/a", "published": "2026-03-01T11:00:00Z",
        "source": "Test Wire", "highlight": {"title": ["<mark>Войска</mark> &lt;b&gt;на&lt;/b&gt; границе"]}}
    assert answer["hits"][1]["highlight"]["text"] == ["Колонна <mark>войск</mark> прошла."]


def test_dates_limit_and_a_day_means_the_whole_day(searched: Run) -> None:
    assert [hit["id"] for hit in searched("search", "войска", "--from", "2026-02-28", "--json")[1]["hits"]] == ["a"]
    assert [hit["id"] for hit in searched("search", "войска", "--to", "2026-02-27", "--json")[1]["hits"]] == ["b"]
    assert len(searched("search", "войска", "--size", "1", "--json")[1]["hits"]) == 1


def test_a_time_that_nobody_gave_is_null(searched: Run) -> None:
    _code, answer, _logs = searched("search", "weather", "--json")
    assert answer["hits"][0]["published"] is None


def test_an_empty_or_star_query_lists_everything(searched: Run) -> None:
    assert searched("search", "*", "--json")[1]["total"] == 3


@pytest.mark.parametrize("arguments", [("search", "title:(", "--json"), ("search", "x", "--from", "yesterday", "--json")])
def test_what_is_refused_says_why_with_exit_code_1(searched: Run, arguments: tuple[str, ...]) -> None:
    code, answer, _logs = searched(*arguments)
    assert code == 1
    assert len(answer["error"]) > 10


def test_people_see_a_table_with_the_words_in_place(searched: Run) -> None:
    code, shown, _logs = searched("search", "войска", COLUMNS="120")
    assert code == 0
    assert "2 stories" in shown
    assert "Войска <b>на</b> границе" in shown


def test_an_index_server_that_is_away_is_one_clear_line(program: Run) -> None:
    away = {"WIREFEED_INDEX": "elasticsearch", "WIREFEED_ELASTICSEARCH_URL": "http://127.0.0.1:9"}
    code, answer, _logs = program("search", "x", "--json", **away)
    assert code == 1
    assert "http://127.0.0.1:9: does not answer" in answer["error"]


def test_set_up_status_reindex_and_retain_work_on_a_fresh_machine(run: Run) -> None:
    assert run("index", "setup", "--json")[:2] == (0, {"index": "local", "ready": True})
    code, status, _logs = run("index", "status", "--json")
    assert (code, status["documents"], status["waiting"], status["problems"]) == (0, 0, 0, [])
    code, report, _logs = run("reindex", "--json")
    assert (code, report["documents"], report["failed"]) == (0, 0, {})
    assert run("index", "migrate", "--json")[0] == 0
    assert run("index", "retain", "--json")[:2] == (0, {"dropped": []})


def test_migrate_rebuilds_an_index_of_another_version(run: Run, filled: LocalIndex, tmp_path: Path) -> None:
    (tmp_path / "index" / "stories-first" / "wirefeed.fingerprint").write_text("older")
    code, answer, _logs = run("search", "войска", "--json")
    assert code == 1
    assert "wirefeed reindex" in answer["error"]
    assert run("index", "migrate", "--json")[0] == 0
    assert run("search", "войска", "--json")[:2] == (0, {"total": 0, "hits": []}), "rebuilt from the database, which is empty here"


def test_moments_of_the_command_line() -> None:
    assert str(moment("2026-03-01")) == "2026-03-01 00:00:00+00:00"
    assert str(moment("2026-03-01", end=True)) == "2026-03-02 00:00:00+00:00"
    assert str(moment("2026-03-01T06:00+05:00", end=True)) == "2026-03-01 01:00:00+00:00"
    with pytest.raises(InputRefused, match="soon"):
        moment("soon")
