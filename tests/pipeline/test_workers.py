"""Several workers and killed ones: ten copies make one alert, a tagger killed between match and commit loses nothing and doubles nothing."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wirefeed import pipeline
from wirefeed.model import Entry, When
from wirefeed.settings import Settings, from_environment, open_database
from wirefeed.store.items import save_intake
from wirefeed.store.summary import counts, recent_alerts
from wirefeed.stories.intake import intake

TITLE = "Gunmen cross the Panj river and attack a Tajik border post"
TEXT = ("DUSHANBE - Armed men crossed the Panj river from Afghanistan before dawn and opened fire on a border post in the Shamsiddin Shohin district of "
        "Tajikistan, the border troops said. Two border guards were wounded and three of the attackers were killed in the exchange of fire.\n\n"
        "The attackers withdrew across the river after an hour. Tajikistan closed the crossing and sent reinforcements to the district.")


@pytest.fixture
def environment(tmp_path: Path, database_url: str) -> dict[str, str]:
    """A site with one rule and ten feeds that are never polled."""
    site = tmp_path / "site"
    (site / "rules").mkdir(parents=True)
    feeds = "\n".join(f"  - {{id: f{number}, title: Outlet {number}, url: 'http://127.0.0.1:9/{number}', full_text: false}}" for number in range(11))
    (site / "feeds.yaml").write_text(f"feeds:\n{feeds}\n")
    (site / "recipients.yaml").write_text("people:\n  - {id: ann, name: Ann, address: ann@example.org, zone: Asia/Almaty, quiet_hours: off}\n"
                                          "groups:\n  - {id: desk, members: [ann]}\n")
    shipped = Path(__file__).resolve().parents[2] / "config" / "rules"
    for path in shipped.glob("*.yaml"):  # one rule only: the shipped ones are off
        (site / "rules" / path.name).write_text(f"id: {path.stem}\noff: true\n")
    (site / "rules" / "mine.yaml").write_text("id: mine\ntitle: River crossed\nseverity: flash\nquery: 'text:Panj AND text:border'\nrecipients: [desk]\n")
    return {"WIREFEED_DATA": str(tmp_path / "data"), "WIREFEED_CONFIG": str(site), "WIREFEED_SHIPPED_FEEDS": "false",
            "WIREFEED_DATABASE_URL": database_url, "WIREFEED_MIN_FREE_GB": "0"}


def bring(settings: Settings, feed: str, title: str, text: str, at: datetime) -> None:
    """A story as a poll would store it."""
    entry = Entry(id=f"{feed}-{title[:20]}", title=title, link=f"http://{feed}.example/1", published=When(at, at.isoformat(), "test", True), text=text, language="en")
    store = open_database(settings)
    with store.begin() as db:
        save_intake(db, intake(feed, (entry,), {}, at, backlog=False, language="en"), at)
    store.close()


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    """The site after the rule's first run, so that what follows is news."""
    made = from_environment(environment)
    bring(made, "f10", "The Panj valley's border markets open", "Border markets on the Panj opened for the season with music.", datetime.now(UTC) - timedelta(minutes=9))
    pipeline.tag_pending(made)
    return made


def alerts(settings: Settings) -> list[dict[str, object]]:
    """Alerts about the crossing."""
    store = open_database(settings)
    with store.begin() as db:
        assert counts(db)["pending"] == 0
        found = [one for one in recent_alerts(db) if one["title"] == TITLE]
    store.close()
    return found


def worker(environment: dict[str, str], code: str) -> "subprocess.Popen[str]":
    """A worker process of its own."""
    return subprocess.Popen([sys.executable, "-c", code], env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_ten_copies_and_four_workers_make_one_mail(settings: Settings, environment: dict[str, str]) -> None:
    now = datetime.now(UTC)
    for number in range(10):
        bring(settings, f"f{number}", TITLE, f"{TEXT}\n\nOutlet {number} is part of Example Media.", now + timedelta(milliseconds=number))
    code = "from wirefeed import pipeline\nwhile pipeline.tag_pending(batch=2)['versions']: pass\n"
    workers = [worker(environment, code) for _ in range(4)]
    for one in workers:
        output, _ = one.communicate(timeout=600)
        assert one.returncode == 0, output
    pipeline.tag_pending(settings)
    (alert,) = alerts(settings)
    assert alert["kind"] == "new"
    pipeline.send_alerts(settings)
    mails = [path.read_text() for path in settings.outbox.rglob("*.eml")]
    assert sum("border post" in mail and "flash" in mail.lower() for mail in mails) == 1


def test_a_tagger_killed_between_match_and_commit_loses_and_doubles_nothing(
        settings: Settings, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    bring(settings, "f0", TITLE, TEXT, datetime.now(UTC))
    code = ("import time\nfrom wirefeed import pipeline\nfrom wirefeed.store import alerts\nwhole = alerts.record\n"
            "def record(*given):\n    whole(*given)\n    print('written, not committed', flush=True)\n    time.sleep(60)\nalerts.record = record\n"
            "pipeline.tag_pending()\n")
    one = worker(environment, code)
    assert one.stdout is not None
    line = ""
    while "written" not in line and one.poll() is None:
        line = one.stdout.readline()
    assert "written" in line
    one.send_signal(signal.SIGKILL)
    one.wait(20)
    later = datetime.now(UTC) + timedelta(minutes=11)
    monkeypatch.setattr(pipeline, "now", lambda: later)
    for _ in range(20):  # PostgreSQL notices the dead client within moments
        if pipeline.tag_pending(settings)["versions"]:
            break
        time.sleep(0.5)
    assert len(alerts(settings)) == 1
    pipeline.tag_pending(settings)
    assert len(alerts(settings)) == 1
