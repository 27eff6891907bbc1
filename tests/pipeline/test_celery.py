"""Beyond one machine: Airflow with CeleryExecutor as docker-compose.yml sets it up, on real PostgreSQL, Redis and Elasticsearch, two workers that are
processes of their own, 20,000 items, and one worker killed (-9) half-way: nothing lost, nothing doubled."""

import email
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random

import psutil
import psycopg
import pytest
import yaml

from feed_server import Answer, FeedServer, Request
from postgresql_server import free_port
from wirefeed import pipeline
from wirefeed.index.base import SearchRequest
from wirefeed.settings import Settings, from_environment, open_index

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
FEEDS, ITEMS = 500, 40
TOTAL = FEEDS * ITEMS
FLASHES, ROUTINE = 25, 400  # items that the two rules match
WORDS = """harvest market bakery violin stadium museum kitchen garden orchestra carpet melon festival teacher library ticket mountain river
railway bridge painter dancer weather summer winter village station letter window marathon recipe planet telescope copper cotton silk tractor""".split()


def item(number: int, at: datetime) -> str:
    """One RSS item; no two share more than chance words, so copies of one story do not come up."""
    chance = Random(number)
    text = " ".join(f"{chance.choice(WORDS)}{chance.randrange(10_000)}" if k % 3 else chance.choice(WORDS) for k in range(45))
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


@contextmanager
def redis_server(folder: Path, password: str) -> Iterator[int]:
    """Redis on 127.0.0.1; its port."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("Redis is not installed (Debian: redis-server)")
    port = free_port()
    server = subprocess.Popen([program, "--port", str(port), "--bind", "127.0.0.1", "--requirepass", password, "--dir", str(folder), "--save", ""],
                              stdout=subprocess.DEVNULL)
    try:
        yield port
    finally:
        server.terminate()
        server.wait(20)


def stack_environment(**replaced: str) -> dict[str, str]:
    """The environment of Airflow's services in docker-compose.yml, addresses and secrets replaced: what runs here is what compose runs."""
    from demo.env import fill

    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", fill((ROOT / ".env.example").read_text("utf-8")), re.M))
    given = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["x-airflow"]["environment"]
    resolved = {name: re.sub(r"\$\{(\w+)(?::[-?][^}]*)?\}", lambda found: values[found[1]], str(value)) for name, value in given.items()}
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "WIREFEED_"))}
    return {**own, **resolved, **replaced}


class Stack:
    """Airflow's services as processes, each in a session of its own, with its output in a file."""

    def __init__(self, environment: dict[str, str], logs: Path) -> None:
        self.environment = environment
        self.logs = logs
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, *command: str) -> None:
        """A command to its end."""
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"

    def start(self, name: str, *command: str) -> None:
        """A service."""
        with (self.logs / f"{name}.log").open("wb") as out:
            self.running[name] = subprocess.Popen([str(Path(sys.executable).parent / command[0]), *command[1:]], env=self.environment, cwd=ROOT, stdout=out, stderr=out,
                                                  start_new_session=True)

    def tree(self, name: str) -> list[psutil.Process]:
        """A service's processes, all of them."""
        try:
            first = psutil.Process(self.running[name].pid)
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill(self, name: str) -> None:
        """As when a machine loses its power."""
        for process in self.tree(name):
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.running.pop(name).wait(20)

    def stop(self) -> None:
        """End everything that was started here, by its own id."""
        trees = [process for name in self.running for process in self.tree(name)]
        for one in self.running.values():
            one.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(trees, timeout=25)
        for process in alive:
            process.kill()

    def tails(self) -> str:
        """The end of every log, for the assertion's message."""
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')[-1500:]}" for path in sorted(self.logs.glob("*.log")))


@pytest.mark.timeout(1_500)
def test_twenty_thousand_items_one_worker_killed_nothing_lost_nothing_doubled(
        production_postgresql: dict[str, str], elasticsearch_url: str, tmp_path: Path) -> None:
    site, logs = tmp_path / "site", tmp_path / "logs"
    (site / "rules").mkdir(parents=True)
    logs.mkdir()
    for path in (ROOT / "config" / "rules").glob("*.yaml"):
        (site / "rules" / path.name).write_text(f"id: {path.stem}\noff: true\n")
    for severity, rhythm in (("flash", "immediate"), ("routine", "daily")):
        (site / "rules" / f"{severity}.yaml").write_text(
            f"id: {severity}\ntitle: T {severity}\nseverity: {severity}\nrhythm: {rhythm}\nquery: 'text:klaxon{severity}'\nrecipients: [desk]\n")
    (site / "recipients.yaml").write_text("people:\n  - {id: ann, name: Ann, address: ann@example.org, zone: Asia/Almaty, quiet_hours: off}\n"
                                          "groups:\n  - {id: desk, members: [ann]}\n")
    redis_password, prefix = secrets.token_hex(8), f"t{secrets.token_hex(5)}"
    newsroom = Newsroom()
    with redis_server(tmp_path, redis_password) as redis, FeedServer() as server:
        for number in range(FEEDS):
            server.put(f"/{number}", newsroom.page(number))
        (site / "feeds.yaml").write_text("feeds:\n" + "".join(
            f"  - {{id: f{number}, title: Outlet {number}, url: 'http://f{number}.localhost:{server.port}/{number}', full_text: false}}\n"
            for number in range(FEEDS)))
        port, api = production_postgresql["PGPORT"], free_port()
        environment = stack_environment(
            PATH=f"{Path(sys.executable).parent}{os.pathsep}{production_postgresql['PATH']}",
            AIRFLOW_HOME=str(tmp_path / "airflow"), AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"), AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
            AIRFLOW__CORE__EXECUTOR="CeleryExecutor", AIRFLOW_ADMIN_PASSWORD=secrets.token_hex(12), AIRFLOW__API__PORT=str(api), AIRFLOW__API__HOST="127.0.0.1",
            AIRFLOW__API__BASE_URL=f"http://127.0.0.1:{api}", AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"http://127.0.0.1:{api}/execution/",
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"postgresql+psycopg2://airflow@127.0.0.1:{port}/airflow",
            AIRFLOW__CELERY__BROKER_URL=f"redis://:{redis_password}@127.0.0.1:{redis}/0",
            AIRFLOW__CELERY__RESULT_BACKEND=f"db+postgresql://airflow@127.0.0.1:{port}/airflow",
            AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK="false", AIRFLOW__LOGGING__BASE_LOG_FOLDER=str(tmp_path / "airflow-logs"),
            AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING", AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT="40",  # compose: 120
            PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "plugins")]),
            WIREFEED_DATABASE_URL=f"postgresql://wirefeed@127.0.0.1:{port}/wirefeed", WIREFEED_ELASTICSEARCH_URL=elasticsearch_url,
            WIREFEED_ELASTICSEARCH_API_KEY_FILE="", WIREFEED_INDEX_PREFIX=prefix, WIREFEED_DATA=str(tmp_path / "data"), WIREFEED_CONFIG=str(site),
            WIREFEED_SHIPPED_FEEDS="false", WIREFEED_TEST_HOSTS="127.0.0.1",
            WIREFEED_SMTP_HOST="", WIREFEED_MIN_FREE_GB="0", WIREFEED_RUSSIAN_NER="false")
        settings = from_environment({name: value for name, value in environment.items() if name.startswith("WIREFEED_")})
        history(settings)
        stack = Stack(environment, logs)
        try:
            stack.run("bash", str(ROOT / "deploy" / "airflow-init.sh"))
            stack.start("api", "airflow", "api-server", "--workers", "1")
            stack.start("scheduler", "airflow", "scheduler")
            stack.start("dags", "airflow", "dag-processor")
            for worker in ("one", "two"):
                stack.start(worker, "airflow", "celery", "worker", "--celery-hostname", f"{worker}@%h", "--concurrency", "2", "--skip-serve-logs",
                            "--pid", str(tmp_path / f"{worker}.pid"))
            newsroom.going = True
            watched(settings, stack)
            books(settings, prefix)
            stack.run("bash", str(ROOT / "deploy" / "groom.sh"), "once")
        finally:
            stack.stop()


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


def watched(settings: Settings, stack: Stack) -> None:
    """Airflow polls and tags by itself; half-way the worker that is tagging is killed; the other one ends the work."""
    killed = ""
    deadline = time.monotonic() + 1_200
    with psycopg.connect(settings.database, autocommit=True) as db:
        while time.monotonic() < deadline:
            time.sleep(0.5)
            dead = [name for name, one in stack.running.items() if one.poll() is not None]
            assert not dead, f"{dead} ended\n{stack.tails()}"
            stored, done = count(db, "versions"), count(db, "versions WHERE processed_at IS NOT NULL")
            if not killed and stored == TOTAL + FEEDS and done - FEEDS >= TOTAL * 0.4:
                killed = tagger(db, stack)
                if killed:
                    assert done < stored, "it was over before a worker could be killed"
                    stack.kill(killed)
            idle = count(db, "stories WHERE index_due") + count(db, "messages WHERE state = 'pending' AND due_at <= now()")
            if killed and done == stored == TOTAL + FEEDS and idle == 0:
                return
        raise AssertionError(f"not done: {stored} stored, {done} processed, killed {killed!r}\n{stack.tails()}")


def tagger(db: "psycopg.Connection[tuple[object, ...]]", stack: Stack) -> str:
    """The worker whose process holds leased versions at this moment; "" between two batches."""
    row = db.execute("SELECT lease_owner FROM versions WHERE processed_at IS NULL AND lease_owner IS NOT NULL AND lease_until > now() LIMIT 1").fetchone()
    if row is None:
        return ""
    process = int(str(row[0]).split(":")[1])
    return next((name for name in ("one", "two") if process in {one.pid for one in stack.tree(name)}), "")


def books(settings: Settings, prefix: str) -> None:
    """Every item once: in the books, as a story, as a match, as an alert, as a delivery, in a mail, in the index."""
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
    index = open_index(settings)
    try:
        index.refresh()
        assert index.search(SearchRequest(size=0)).total == kept
    finally:
        for name in index.client.indices.get(index=f"{prefix}-*", filter_path="*.settings.index.uuid").body:  # type: ignore[attr-defined]
            index.client.indices.delete(index=name)  # type: ignore[attr-defined]
        index.close()
