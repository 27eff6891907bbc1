"""
### Read the past

By hand only. Polls the named feeds (or all) at once and treats whatever they show as back-log: tagged, matched and
indexed, but told in one summary mail a recipient at most. `since` and `until` (ISO dates) limit which items are taken
by their published date; items without a date are taken.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import Asset, Param, dag, task

from wirefeed import pipeline

ENTRIES = Asset("wirefeed://entries")


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    is_paused_upon_creation=False,
    tags=["wirefeed", "ingest"],
    params={
        "since": Param(None, type=["string", "null"], format="date", description="Items published from this day on"),
        "until": Param(None, type=["string", "null"], format="date", description="Items published before this day"),
        "feeds": Param([], type="array", items={"type": "string"}, description="Feed ids; none: all"),
    },
    default_args={"owner": "wirefeed", "retries": 1, "retry_delay": timedelta(minutes=1), "retry_exponential_backoff": True,
                  "max_retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=2)},
    on_failure_callback=pipeline.run_failed,
    doc_md=__doc__,
)
def backfill() -> None:
    @task(outlets=[ENTRIES])
    def read(params: dict | None = None) -> dict:
        """Poll and store as back-log."""
        return pipeline.backfill(**(params or {}))

    read()


backfill()
