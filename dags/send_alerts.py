"""
### Send what is due

Leases outbox rows, renders and sends them one recipient at a time, marks them. A server's "try later" is a back-off,
a refused address is that recipient's dead letter, a failed log-in stops the channel and keeps the rows. Runs when the
tagger has finished, and every minute.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import Asset, AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from wirefeed import pipeline

STORIES, ALERTS = Asset("wirefeed://stories"), Asset("wirefeed://alerts")


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("* * * * *", timezone="UTC"), assets=[STORIES]),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=2,  # a run whose worker died must not hold up the next; leases keep the two apart
    dagrun_timeout=timedelta(minutes=10),
    is_paused_upon_creation=False,
    tags=["wirefeed", "alert"],
    default_args={"owner": "wirefeed", "retries": 3, "retry_delay": timedelta(seconds=10), "retry_exponential_backoff": True,
                  "max_retry_delay": timedelta(minutes=2), "execution_timeout": timedelta(minutes=8)},
    on_failure_callback=pipeline.run_failed,
    doc_md=__doc__,
)
def send_alerts() -> None:
    @task(outlets=[ALERTS])
    def send() -> dict:
        """Everything in the outbox that is due."""
        return pipeline.send_alerts()

    send()


send_alerts()
