"""The DAG files: they parse, stay thin, say what they are, and pull in nothing heavy."""

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "dags").glob("*.py"))
OVERLAPPING = {"poll_feeds", "tag_stories", "send_alerts"}  # a dead worker's run must not hold up the next
EXPECTED = {"poll_feeds", "tag_stories", "send_alerts", "send_digests", "maintain", "backfill"}


@pytest.fixture(scope="session")
def bag(airflow_home: Path):  # type: ignore[no-untyped-def]
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(ROOT / "dags"))


def test_all_dags_are_there_and_parse(bag) -> None:  # type: ignore[no-untyped-def]
    assert bag.import_errors == {}
    assert set(bag.dags) == EXPECTED


def test_every_dag_says_what_it_is_and_cannot_run_away(bag) -> None:  # type: ignore[no-untyped-def]
    for dag in bag.dags.values():
        assert dag.doc_md, dag.dag_id
        assert "wirefeed" in dag.tags
        assert dag.max_active_runs == (2 if dag.dag_id in OVERLAPPING else 1)
        assert dag.has_on_failure_callback
        assert dag.catchup is False
        assert dag.dagrun_timeout is not None
        for task in dag.tasks:
            assert task.owner == "wirefeed"
            assert task.retries >= 1
            assert task.retry_exponential_backoff
            assert task.max_retry_delay is not None
            assert task.execution_timeout is not None
            assert task.execution_timeout < dag.dagrun_timeout


def test_the_assets_draw_the_flow(bag) -> None:  # type: ignore[no-untyped-def]
    def outlets(dag_id: str) -> set[str]:
        return {asset.uri.rstrip("/") for task in bag.dags[dag_id].tasks for asset in task.outlets}

    assert outlets("poll_feeds") == {"wirefeed://entries"}
    assert outlets("tag_stories") == {"wirefeed://stories"}
    assert outlets("send_alerts") == {"wirefeed://alerts"}
    assert outlets("backfill") == {"wirefeed://entries"}

    def starts(dag_id: str) -> set[str]:
        return {asset.uri.rstrip("/") for asset in bag.dags[dag_id].timetable.asset_condition.objects}

    assert starts("tag_stories") == {"wirefeed://entries"}
    assert starts("send_alerts") == {"wirefeed://stories"}


def test_a_task_a_host_shard_is_mapped_at_run_time(bag) -> None:  # type: ignore[no-untyped-def]
    poll = bag.dags["poll_feeds"].get_task("poll")
    assert poll.is_mapped
    assert "shard" in poll.map_index_template
    assert poll.pool == "feeds"
    assert [one.task_id for one in poll.upstream_list] == ["due_shards"]


def test_polling_is_bounded_by_a_pool_that_every_set_up_makes(bag) -> None:  # type: ignore[no-untyped-def]
    pools = {task.pool for dag in bag.dags.values() for task in dag.tasks} - {"default_pool"}
    assert pools == {"feeds"}
    for maker in ("deploy/airflow-init.sh", "demo/run.py"):
        text = (ROOT / maker).read_text("utf-8")
        assert all(f'pools", "set", "{pool}"' in text or f"pools set {pool} " in text for pool in pools), maker


@pytest.mark.parametrize(("dag_id", "names"), [("backfill", {"since", "until", "feeds"}), ("poll_feeds", {"force"})])
def test_params_are_checked_and_described(bag, dag_id: str, names: set[str]) -> None:  # type: ignore[no-untyped-def]
    params = bag.dags[dag_id].params
    assert set(params) == names
    assert all(params.get_param(name).description for name in names)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_a_dag_file_is_short_and_imports_only_the_sdk_and_the_pipeline(file: Path) -> None:
    source = file.read_text("utf-8")
    assert source.count("\n") <= 60
    imported = {name for node in ast.walk(ast.parse(source)) for name in (
        [alias.name for alias in node.names] if isinstance(node, ast.Import) else
        [f"{node.module}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else [])}
    assert {name for name in imported if not name.startswith(("airflow.sdk.", "datetime."))} == {"wirefeed.pipeline"}


def test_parsing_imports_nothing_heavy_and_takes_under_a_second_each(airflow_home: Path) -> None:
    script = ("import sys, time, airflow.sdk, runpy\n"
              "airflow.sdk.dag, airflow.sdk.Asset, airflow.sdk.Param, airflow.sdk.CronTriggerTimetable, airflow.sdk.AssetOrTimeSchedule\n"
              "for file in sys.argv[1:]:\n"
              "    start = time.process_time(); runpy.run_path(file); print(file, time.process_time() - start)\n"
              "heavy = {'spacy', 'slovnet', 'elasticsearch', 'tantivy', 'pymorphy3', 'sqlalchemy.engine.default'} & set(sys.modules)\n"
              "print('heavy', sorted(heavy - {'sqlalchemy.engine.default'}))\n")
    done = subprocess.run([sys.executable, "-c", script, *map(str, FILES)], capture_output=True, text=True, timeout=120, check=False,
                          cwd=ROOT)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert lines[-1] == "heavy []"
    times = {line.split()[0]: float(line.split()[1]) for line in lines[:-1] if line.startswith(str(ROOT))}
    assert len(times) == len(FILES)
    # Processor time, so that a loaded machine does not count; the first file pays for the pipeline's own import.
    assert all(seconds < 1.0 for seconds in times.values()), times


def test_start_dates_are_constant(bag) -> None:  # type: ignore[no-untyped-def]
    """A runtime value would make a new DAG version at every parse (apache/airflow#54285)."""
    time.sleep(0.01)
    from airflow.dag_processing.dagbag import DagBag

    again = DagBag(str(ROOT / "dags"))
    assert {dag_id: dag.start_date for dag_id, dag in again.dags.items()} == {dag_id: dag.start_date for dag_id, dag in bag.dags.items()}
