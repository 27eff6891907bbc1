"""
### Tag, match and decide

Takes every stored version that is not yet processed (the database's own watermark, not the asset event: Airflow can
strand events that arrive while a run is under way, apache/airflow#56050): language, full text where only a teaser
came, places, people, topics, then all rules over the batch, clusters, and the decision who is told. Outbox rows are
written in the transaction that marks the stories as processed. Indexing follows in a task of its own, so a search
outage delays search and nothing else.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import Asset, AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from wirefeed import pipeline

ENTRIES, STORIES = Asset("wirefeed://entries"), Asset("wirefeed://stories")


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("*/2 * * * *", timezone="UTC"), assets=[ENTRIES]),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=2,  # a run whose worker died must not hold up the next; leases keep the two apart
    dagrun_timeout=timedelta(minutes=30),
    is_paused_upon_creation=False,
    tags=["wirefeed", "tag", "match"],
    default_args={"owner": "wirefeed", "retries": 3, "retry_delay": timedelta(seconds=15), "retry_exponential_backoff": True,
                  "max_retry_delay": timedelta(minutes=3), "execution_timeout": timedelta(minutes=20)},
    on_failure_callback=pipeline.run_failed,
    doc_md=__doc__,
)
def tag_stories() -> None:
    @task(outlets=[STORIES])
    def tag() -> dict:
        """All pending versions, in leased batches; several workers may run this at once."""
        return pipeline.tag_pending()

    @task
    def index(counts: dict) -> dict:
        """Bring the search index up to the database."""
        return pipeline.index_pending()

    index(tag())


tag_stories()
