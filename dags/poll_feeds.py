"""
### Poll the feeds that are due

Every two minutes: which host shards have feeds due, then one task a shard (all feeds of a host share a shard, so a
publisher meets one polite client). Inside a task `asyncio` does the waiting; Airflow pays about a second a task, so
there are never more than 32. The pool `feeds` bounds how many shards are polled at once, whatever is triggered.

New items are stored with their outcome; `tag_stories` starts when this run says that there are some. Trigger by hand
with `force` to poll every feed now, due or not.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import Asset, CronTriggerTimetable, Param, dag, task

from wirefeed import pipeline

ENTRIES = Asset("wirefeed://entries")


@dag(
    schedule=CronTriggerTimetable("*/2 * * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=2,  # a run whose worker died must not hold up the next; leases keep the two apart
    dagrun_timeout=timedelta(minutes=20),
    is_paused_upon_creation=False,
    tags=["wirefeed", "ingest"],
    params={"force": Param(False, type="boolean", description="Poll every feed, due or not")},
    default_args={"owner": "wirefeed", "retries": 2, "retry_delay": timedelta(seconds=20), "retry_exponential_backoff": True,
                  "max_retry_delay": timedelta(minutes=3), "execution_timeout": timedelta(minutes=15)},
    on_failure_callback=pipeline.run_failed,
    doc_md=__doc__,
)
def poll_feeds() -> None:
    @task
    def due_shards(params: dict | None = None) -> list[dict]:
        """Which shards have work; an empty list ends the run here."""
        return pipeline.due_shards(force=bool(params and params["force"]))

    @task(map_index_template="{{ shard['name'] }}", pool="feeds", max_active_tis_per_dagrun=8)
    def poll(shard: dict) -> dict:
        """Fetch, parse and store one shard's feeds; counts only travel on."""
        return pipeline.poll(**shard)

    @task(outlets=[ENTRIES], trigger_rule="none_failed")
    def new_entries(counts: list[dict]) -> dict:
        """The sum of all shards, and the signal to the tagger."""
        return pipeline.add_up(counts)

    new_entries(poll.expand(shard=due_shards()))


poll_feeds()
