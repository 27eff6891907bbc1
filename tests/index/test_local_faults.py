"""The local index on a bad day: two writers, a full disk, a damaged or outdated folder."""

import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wirefeed.errors import Unreachable
from wirefeed.index.base import SearchRequest
from wirefeed.index.local import LocalIndex
from wirefeed.model import Document

Make = Callable[..., Document]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


WRITER = """
import json, sys
from pathlib import Path
from wirefeed.index.local import LocalIndex
index = LocalIndex(Path(sys.argv[1]))
for document in json.load(sys.stdin):
    assert index.upsert([document]).written
"""


def test_four_processes_write_and_all_their_stories_are_found(tmp_path: Path, story: Make) -> None:
    index = LocalIndex(tmp_path / "index")
    index.setup()
    workers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "index")], stdin=subprocess.PIPE, text=True) for _ in range(4)]
    for number, one in enumerate(workers):
        assert one.stdin is not None
        one.stdin.write(json.dumps([story(f"{number}-{count}") for count in range(5)]))
        one.stdin.close()
    assert [one.wait(60) for one in workers] == [0, 0, 0, 0]
    assert index.search(SearchRequest()).total == 20


def test_a_writer_that_holds_on_is_named_after_our_patience(tmp_path: Path, story: Make) -> None:
    index = LocalIndex(tmp_path / "index", patience=0.2)
    index.setup()
    holder = LocalIndex(tmp_path / "index")
    release = threading.Event()

    def hold() -> None:
        with holder._lock():
            release.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    time.sleep(0.1)
    with pytest.raises(Unreachable, match="another process has been writing"):
        index.upsert([story("s1")])
    assert index.search(SearchRequest()).total == 0, "readers go on"
    release.set()
    thread.join()
    assert index.upsert([story("s1")]).written == ("s1",)


def test_a_killed_writer_leaves_no_lock_behind(tmp_path: Path, story: Make) -> None:
    folder = tmp_path / "index"
    LocalIndex(folder).setup()
    code = "import fcntl, sys, time; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, str(folder / "writer.lock")], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.kill()
    assert LocalIndex(folder, patience=1).upsert([story("s1")]).written == ("s1",)


def test_a_full_disk_is_told_and_what_was_written_before_stays(tmp_path: Path, story: Make) -> None:
    index = LocalIndex(tmp_path / "index", patience=2)
    index.upsert([story("before")])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))  # every file that grows beyond fails, as on a full disk
    try:
        with pytest.raises(Unreachable, match="is the disk full"):
            index.upsert([story(f"s{number}", text="слово и слово " * 500) for number in range(20)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    again = LocalIndex(tmp_path / "index", patience=2)
    assert [hit.id for hit in again.search(SearchRequest()).hits] == ["before"]
    assert again.upsert([story("after")]).written == ("after",)
    assert again.search(SearchRequest()).total == 2


def test_an_index_of_another_version_is_not_read_by_guessing(tmp_path: Path, story: Make) -> None:
    index = LocalIndex(tmp_path / "index")
    index.upsert([story("s1")])
    (tmp_path / "index" / "stories-first" / "wirefeed.fingerprint").write_text("older")
    reopened = LocalIndex(tmp_path / "index")
    with pytest.raises(Unreachable, match="another version of Wirefeed"):
        reopened.search(SearchRequest())
    assert "another version" in reopened.status(NOW).problems[0]
    beside = reopened.beside("2")
    beside.upsert([story("s1")])
    reopened.flip("2")
    assert reopened.search(SearchRequest()).total == 1


def test_a_damaged_index_says_that_reindex_mends_it(tmp_path: Path, story: Make) -> None:
    index = LocalIndex(tmp_path / "index")
    index.upsert([story("s1")])
    for path in (tmp_path / "index" / "stories-first").iterdir():
        if path.suffix in (".store", ".idx", ".term", ".pos", ".fast") or path.name == "meta.json":
            path.write_bytes(b"\x00garbage")
    with pytest.raises(Unreachable, match="reindex"):
        LocalIndex(tmp_path / "index").search(SearchRequest())


def test_many_small_batches_are_merged(tmp_path: Path, story: Make) -> None:
    index = LocalIndex(tmp_path / "index")
    for number in range(40):
        index.upsert([story(f"s{number}")])
    opened = index._index()
    opened.reload()
    assert opened.searcher().num_segments < 20
    assert index.search(SearchRequest()).total == 40
