"""Beyond one machine: Airflow with CeleryExecutor as docker-compose.yml sets it up, on real PostgreSQL, Redis and Elasticsearch, two workers that are
processes of their own, 20,000 items, and one worker killed (-9) half-way: nothing lost, nothing doubled."""

import email
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from random import Random

import psycopg
import pytest

from airflow_stack import Stack, redis_server, stack_environment
from feed_server import Answer, FeedServer, Request
from postgresql_server import free_port
from wirefeed import pipeline
from wirefeed.index.base import SearchRequest
from wirefeed.settings import Settings, open_index
from wirefeed.store.index import INFLIGHT

ROOT = Path(__file__).resolve().parents[2]
FEEDS, ITEMS = 500, 40
TOTAL = FEEDS * ITEMS
FLASHES, ROUTINE = 25, 400  # items that the two rules match
PROCESSED = "versions WHERE processed_at IS NOT NULL"
WORDS = """harvest market bakery violin stadium museum kitchen garden orchestra carpet melon festival teacher library ticket mountain river
railway bridge painter dancer weather summer winter village station letter window marathon recipe planet telescope copper cotton silk tractor""".split()


@cache
def item(number: int, at: datetime) -> str:
    """One RSS item; no two share more than chance words, so copies of one story do not come up."""
    chance = Random(number)
    text = " ".join(f"{chance.choice(WORDS)}{chance.randrange(10_000)}" if k % 3 else chance.choice(WORDS) for k in range(30))
    if number >= TOTAL:
        pass  # each feed's old item: history, and no news
    elif number % (TOTAL // FLASHES) == 0:
        text += " klaxonflash"
    elif number % (TOTAL // ROUTINE) == 0:
        text += " klaxonroutine"
    return (f"<item><title>{chance.choice(WORDS).title()} {chance.choice(WORDS)} {number}</title><link>http://p{number % FEEDS}.example/{number}</link>"
            f"<guid>http://p{number % FEEDS}.example/{number}</guid><pubDate>{format_datetime(at)}</pubDate><description>{text}</description></item>")


class Newsroom:
    """Five hundred feeds on one server: one old item each, and once it is ``going`` forty new ones."""

    def __init__(self) -> None:
        self.begun = datetime.now(UTC)
        self.going = False

    def page(self, number: int) -> Callable[[Request], Answer]:
        """Feed ``number`` as it is now."""
        def answer(_request: Request) -> Answer:
            numbers = range(number, TOTAL, FEEDS) if self.going else ()
            items = "".join(item(one, self.begun + timedelta(seconds=1)) for one in numbers) + item(TOTAL + number, self.begun - timedelta(hours=2))
            return Answer(200, {"Content-Type": "application/rss+xml"}, f"<rss version='2.0'><channel><title>F{number}</title>{items}</channel></rss>".encode())
        return answer


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two rules of our own, none of the shipped, and somebody to mail."""
    folder = tmp_path / "site"
    (folder / "rules").mkdir(parents=True)
    for path in (ROOT / "config" / "rules").glob("*.yaml"):
        (folder / "rules" / path.name).write_text(f"id: {path.stem}\noff: true\n")
    for severity, rhythm in (("flash", "immediate"), ("routine", "daily")):
        (folder / "rules" / f"{severity}.yaml").write_text(
            f"id: {severity}\ntitle: T {severity}\nseverity: {severity}\nrhythm: {rhythm}\nquery: 'text:klaxon{severity}'\nrecipients: [desk]\n")
    (folder / "recipients.yaml").write_text("people:\n  - {id: ann, name: Ann, address: ann@example.org, zone: Asia/Almaty, quiet_hours: off}\n"
                                            "groups:\n  - {id: desk, members: [ann]}\n")
    return folder


@pytest.fixture
def newsroom(site: Path) -> Iterator[Newsroom]:
    """The feeds of the site, served."""
    made = Newsroom()
    with FeedServer() as server:
        for number in range(FEEDS):
            server.put(f"/{number}", made.page(number))
        (site / "feeds.yaml").write_text("feeds:\n" + "".join(
            f"  - {{id: f{number}, title: Outlet {number}, url: 'http://f{number}.localhost:{server.port}/{number}', full_text: false}}\n"
            for number in range(FEEDS)))
        yield made


@pytest.fixture
def stack(production_postgresql: dict[str, str], elasticsearch_url: str, site: Path, newsroom: Newsroom, tmp_path: Path) -> Iterator[Stack]:
    """Airflow's services with compose's environment, ready to be started; ended whatever happens."""
    logs, redis_password = tmp_path / "logs", secrets.token_hex(8)
    logs.mkdir()
    with redis_server(tmp_path, redis_password) as redis:
        port, api = production_postgresql["PGPORT"], free_port()
        made = Stack(stack_environment(
            PATH=f"{Path(sys.executable).parent}{os.pathsep}{production_postgresql['PATH']}",
            AIRFLOW_HOME=str(tmp_path / "airflow"), AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"), AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
            AIRFLOW__CORE__EXECUTOR="CeleryExecutor", AIRFLOW_ADMIN_PASSWORD=secrets.token_hex(12), AIRFLOW__API__PORT=str(api), AIRFLOW__API__HOST="127.0.0.1",
            AIRFLOW__API__BASE_URL=f"http://127.0.0.1:{api}", AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"http://127.0.0.1:{api}/execution/",
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"postgresql+psycopg2://airflow@127.0.0.1:{port}/airflow",
            AIRFLOW__CELERY__BROKER_URL=f"redis://:{redis_password}@127.0.0.1:{redis}/0",
            AIRFLOW__CELERY__RESULT_BACKEND=f"db+postgresql://airflow@127.0.0.1:{port}/airflow",
            AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK="false", AIRFLOW__LOGGING__BASE_LOG_FOLDER=str(tmp_path / "airflow-logs"), LOGS=str(tmp_path / "airflow-logs"),
            AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING", AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT="40",  # compose: 120
            PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "plugins")]),
            WIREFEED_DATABASE_URL=f"postgresql://wirefeed@127.0.0.1:{port}/wirefeed", WIREFEED_ELASTICSEARCH_URL=elasticsearch_url,
            WIREFEED_ELASTICSEARCH_API_KEY_FILE="", WIREFEED_INDEX_PREFIX=f"t{secrets.token_hex(5)}", WIREFEED_DATA=str(tmp_path / "data"),
            WIREFEED_CONFIG=str(site), WIREFEED_SHIPPED_FEEDS="false", WIREFEED_TEST_HOSTS="127.0.0.1",
            WIREFEED_SMTP_HOST="", WIREFEED_MIN_FREE_GB="0", WIREFEED_RUSSIAN_NER="false"), logs)
        try:
            yield made
        finally:
            made.stop()
            drop_indices(made.settings)


@pytest.mark.timeout(1_500)
def test_twenty_thousand_items_one_worker_killed_nothing_lost_nothing_doubled(stack: Stack, newsroom: Newsroom) -> None:
    settings = stack.settings
    stack.start("init", "bash", str(ROOT / "deploy" / "airflow-init.sh"))
    history(settings)
    assert stack.running.pop("init").wait(900) == 0, stack.tails()
    stack.start("api", "airflow", "api-server", "--workers", "1")
    stack.start("scheduler", "airflow", "scheduler")
    stack.start("dags", "airflow", "dag-processor")
    for worker in ("one", "two"):
        stack.start(worker, "airflow", "celery", "worker", "--celery-hostname", f"{worker}@%h", "--concurrency", "2", "--skip-serve-logs",
                    "--pid", str(stack.logs / f"{worker}.pid"))
    newsroom.going = True

    killed, done = killed_while_tagging(settings, stack)
    assert killed in ("one", "two")
    assert TOTAL * 0.4 <= done < TOTAL, "half-way"
    left_over(settings, stack)

    with psycopg.connect(settings.database) as db:
        outcomes = dict(db.execute("SELECT outcome, sum(count)::int FROM outcomes GROUP BY 1").fetchall())
        assert outcomes.pop("pending", 0) == 0
        assert outcomes.pop("seen") == sum(outcomes.values()), "the books close"
        assert sum(number for name, number in outcomes.items() if name != "unchanged") == TOTAL + FEEDS
        assert count(db, "items") == count(db, "stories") == count(db, "versions") == TOTAL + FEEDS
        assert count(db, "versions WHERE lease_owner IS NOT NULL") == 0
        found = Counter(rule for (rule,) in db.execute("SELECT rule_id FROM matches").fetchall())
        assert found == {"flash": FLASHES, "routine": ROUTINE - FLASHES}
        assert count(db, "(SELECT DISTINCT rule_id, story_id, version FROM matches) m") == ROUTINE
        assert count(db, "alerts WHERE rule_id = 'flash'") == FLASHES
        assert count(db, "deliveries d JOIN alerts a ON a.id = d.alert_id WHERE a.rule_id = 'flash'") == FLASHES
        kept = count(db, "stories WHERE kept IS NOT NULL")
        sent = count(db, "messages WHERE state = 'sent'")
    assert kept >= ROUTINE
    mails = [email.message_from_bytes(path.read_bytes())["Message-ID"] for path in settings.outbox.rglob("*.eml")]
    assert len(set(mails)) == len(mails) == sent > 0
    assert indexed(settings) == kept
    stack.run("bash", str(ROOT / "deploy" / "groom.sh"), "once")


def history(settings: Settings) -> None:
    """Every feed and both rules have been seen before, so that what follows is news and no back-log."""
    for shard in pipeline.due_shards(settings, force=True):
        pipeline.poll(settings, **shard)
    pipeline.tag_pending(settings)
    with psycopg.connect(settings.database) as db:
        assert count(db, "stories") == FEEDS
        db.execute("UPDATE feeds SET next_poll_at = now()")  # due at the scheduler's first tick


def count(db: "psycopg.Connection[tuple[object, ...]]", what: str) -> int:
    """Rows of a table, with a condition perhaps."""
    row = db.execute(f"SELECT count(*) FROM {what}").fetchone()
    return int(str(row[0])) if row else 0


def waited(settings: Settings, stack: Stack, until: "Callable[[psycopg.Connection[tuple[object, ...]]], bool]") -> None:
    """Until it is true; every service goes on meanwhile."""
    deadline = time.monotonic() + 1_200
    with psycopg.connect(settings.database, autocommit=True) as db:
        while not until(db):
            dead = [name for name, one in stack.running.items() if one.poll() is not None]
            if dead or time.monotonic() > deadline:
                raise AssertionError(f"ended: {dead}, {count(db, 'versions')} stored, {count(db, PROCESSED)} processed\n{stack.tails()}")
            time.sleep(0.5)


def killed_while_tagging(settings: Settings, stack: Stack) -> tuple[str, int]:
    """Airflow polls and tags by itself; when all is stored and two fifths are processed, the worker whose process holds leased versions dies.
    (The worker, items processed by then.)"""
    found: list[tuple[str, int, str]] = []

    def half_way(db: "psycopg.Connection[tuple[object, ...]]") -> bool:
        done = count(db, PROCESSED) - FEEDS
        if count(db, "versions") < TOTAL + FEEDS or done < TOTAL * 0.4:
            return False
        row = db.execute("SELECT lease_owner FROM versions WHERE processed_at IS NULL AND lease_until > now() ORDER BY lease_until DESC LIMIT 1").fetchone()
        process = int(str(row[0]).split(":")[1]) if row else 0  # 0: between two batches
        found.extend((name, done, str(row[0])) for name in ("one", "two") if row and process in {one.pid for one in stack.tree(name)})
        return bool(found)

    waited(settings, stack, half_way)
    worker, done, owner = found[0]
    stack.kill(worker)
    with psycopg.connect(settings.database) as db:  # thirty seconds of waiting tell as much as a lease's three minutes
        db.execute("UPDATE versions SET lease_until = lease_until - interval '150 s' WHERE lease_owner = %s", (owner,))
    return worker, done


def left_over(settings: Settings, stack: Stack) -> None:
    """What is left when one worker is dead: the other ends the work, the dead one's leases included."""
    waited(settings, stack, lambda db: count(db, PROCESSED) == TOTAL + FEEDS and not count(db, "stories WHERE index_due")
           and not count(db, f"meta WHERE name = '{INFLIGHT}'")  # claimed for the index, not yet written
           and not count(db, "messages WHERE state = 'pending' AND due_at <= now()"))


def indexed(settings: Settings) -> int:
    """Stories in the index."""
    index = open_index(settings)
    index.refresh()
    found = index.search(SearchRequest(size=0)).total
    index.close()
    return found


def drop_indices(settings: Settings) -> None:
    """Leave the node as it was found."""
    index = open_index(settings)
    for name in index.client.indices.get(index=f"{settings.index_prefix}-*", filter_path="*.settings.index.uuid").body:  # type: ignore[attr-defined]
        index.client.indices.delete(index=name)  # type: ignore[attr-defined]
    index.close()
