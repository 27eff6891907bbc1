"""
### Look after the house

Every hour: matched stories are read again (1, 6, 24 hours and 7 days after the match: publishers change a fifth of
their articles within a week), texts of irrelevant stories are pruned after their days, index months beyond the policy
are dropped, free disk space is watched, and what failed to index is tried again.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from wirefeed import pipeline


@dag(
    schedule=CronTriggerTimetable("7 * * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=50),
    is_paused_upon_creation=False,
    tags=["wirefeed", "maintain"],
    default_args={"owner": "wirefeed", "retries": 2, "retry_delay": timedelta(minutes=2), "retry_exponential_backoff": True,
                  "max_retry_delay": timedelta(minutes=8), "execution_timeout": timedelta(minutes=40)},
    on_failure_callback=pipeline.run_failed,
    doc_md=__doc__,
)
def maintain() -> None:
    @task
    def reread() -> dict:
        """Fetch matched stories again and store what changed."""
        return pipeline.reread()

    @task(trigger_rule="all_done")
    def tidy(counts: dict) -> dict:
        """Prune, retain, watch the disk, retry the index."""
        return pipeline.tidy()

    tidy(reread())


maintain()
