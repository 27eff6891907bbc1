"""
### Queue digests, situation mails and reminders

Every five minutes: whose digest hour has come in their own time zone, which overflow waits for an hourly mail, which
unacknowledged flash needs a reminder. Digests are sent even when empty, so that silence means trouble. They leave
through the same outbox.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from wirefeed import pipeline


@dag(
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=10),
    is_paused_upon_creation=False,
    tags=["wirefeed", "alert"],
    default_args={"owner": "wirefeed", "retries": 3, "retry_delay": timedelta(seconds=30), "retry_exponential_backoff": True,
                  "max_retry_delay": timedelta(minutes=3), "execution_timeout": timedelta(minutes=8)},
    on_failure_callback=pipeline.run_failed,
    doc_md=__doc__,
)
def send_digests() -> None:
    @task
    def queue() -> dict:
        """Write the digests that are due into the outbox and send them."""
        return pipeline.send_digests()

    queue()


send_digests()
