"""The stages together, through pipeline.py: from a feed's bytes on a local server to mail in the outbox, books closed; faults of servers on the way."""

import email
import email.policy
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from demo.wire import Wire, sample, sample_names

from wirefeed import pipeline
from wirefeed.settings import Settings, from_environment, open_database
from wirefeed.store.books import balance
from wirefeed.store.summary import counts

ROOT = Path(__file__).resolve().parents[2]

SAMPLES = ROOT / "config" / "samples"


class Stage:
    """The sample wire, as far as it has moved."""

    def __init__(self) -> None:
        self.number = 1
        self.start = datetime.now(UTC)

    def look_up(self, name: str) -> tuple[bytes, str] | None:
        """A sample file at this stage."""
        return sample(SAMPLES, self.number, self.start, name)


@pytest.fixture
def wire() -> Iterator[tuple[Stage, int]]:
    """The sample wire on a local port."""
    stage = Stage()
    with Wire(stage.look_up) as server:
        yield stage, server.port


@pytest.fixture
def settings(tmp_path: Path, wire: tuple[Stage, int], database_url: str) -> Settings:
    """A site of its own whose feeds are the sample wire; on SQLite and on PostgreSQL."""
    site = tmp_path / "site"
    site.mkdir()
    feeds = "\n".join(f"  - {{id: f{number}, title: {name}, url: 'http://127.0.0.1:{wire[1]}/{name}', full_text: false, source_kind: agency}}"
                      for number, name in enumerate(sample_names(SAMPLES)))
    (site / "feeds.yaml").write_text(f"feeds:\n{feeds}\n")
    (site / "recipients.yaml").write_bytes((SAMPLES / "recipients.yaml").read_bytes())
    return from_environment({"WIREFEED_DATA": str(tmp_path / "data"), "WIREFEED_CONFIG": str(site), "WIREFEED_SHIPPED_FEEDS": "false",
                             "WIREFEED_TEST_HOSTS": "127.0.0.1", "WIREFEED_DATABASE_URL": database_url, "WIREFEED_MIN_FREE_GB": "0"})


def round_(settings: Settings) -> dict[str, object]:
    """One tick of everything."""
    for shard in pipeline.due_shards(settings, force=True):
        pipeline.poll(settings, **shard)
    tagged = pipeline.tag_pending(settings)
    pipeline.index_pending(settings)
    pipeline.send_alerts(settings)
    return tagged


def mails(settings: Settings) -> list[email.message.EmailMessage]:
    """What lies in the outbox folder."""
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)  # type: ignore[misc]
            for path in sorted(settings.outbox.rglob("*.eml"))]


def books_close(settings: Settings) -> None:
    """Items seen are the sum of the outcomes, and nothing is pending."""
    store = open_database(settings)
    with store.begin() as db:
        found = balance(db)
        pending = counts(db)["pending"]
    store.close()
    seen = found.pop("seen")
    assert seen == sum(found.values())
    assert found.get("pending", 0) == pending == 0


def test_backlog_alert_and_correction_make_three_mails(settings: Settings, wire: tuple[Stage, int]) -> None:
    stage, _port = wire
    round_(settings)
    assert [str(mail["Subject"]).startswith("Back-log summary") for mail in mails(settings)] == [True]
    stage.number = 2
    round_(settings)
    assert len(mails(settings)) == 2
    stage.number = 3
    round_(settings)
    found = mails(settings)
    assert len(found) == 3
    follow = next(mail for mail in found if mail["References"])
    alert = next(mail for mail in found if mail["Message-ID"] in follow["References"].split())
    assert "steppe-wire.rss" in alert.get_body(("plain",)).get_content()
    assert "capital-post.rss" in alert.get_body(("plain",)).get_content()
    books_close(settings)
    round_(settings)
    assert len(mails(settings)) == 3, "nothing new, nothing mailed"
    books_close(settings)


def test_a_feed_that_answers_nonsense_costs_only_itself(settings: Settings, wire: tuple[Stage, int], tmp_path: Path) -> None:
    site = settings.config
    text = (site / "feeds.yaml").read_text()
    text += f"  - {{id: gone, title: Gone, url: 'http://127.0.0.1:{wire[1]}/nothing-here', full_text: false}}\n"
    text += "  - {id: closed, title: Closed, url: 'http://127.0.0.1:9/feed', full_text: false}\n"
    (site / "feeds.yaml").write_text(text)
    (shard,) = pipeline.due_shards(settings, force=True)
    report = pipeline.poll(settings, **shard)
    assert report["errors"] == 2
    assert report["items"] == 19 - 2
    pipeline.tag_pending(settings)
    books_close(settings)


def test_an_unreachable_index_delays_search_and_nothing_else(settings: Settings) -> None:
    cut = settings.model_copy(update={"index": "elasticsearch", "elasticsearch_url": "http://127.0.0.1:9"})
    (shard,) = pipeline.due_shards(cut, force=True)
    pipeline.poll(cut, **shard)
    pipeline.tag_pending(cut)
    answer = pipeline.index_pending(cut)
    assert "127.0.0.1:9" in str(answer.get("error") or answer)
    pipeline.send_alerts(cut)
    assert len(mails(cut)) == 1
    written = pipeline.index_pending(settings)
    assert written["written"] >= 10, "caught up once an index answers"


def test_a_faulty_rule_file_is_set_aside_and_the_others_go_on(settings: Settings) -> None:
    round_(settings)
    rules = settings.config / "rules"
    rules.mkdir()
    (rules / "mine.yaml").write_text("id: mine\ntitle: Mine\nquery: 'text:(unclosed'\n")
    with pipeline.opened(settings) as (_, store, loaded):
        assert str(rules / "mine.yaml") in loaded.faults
        assert "column" in loaded.faults[str(rules / "mine.yaml")]
        assert len(loaded.rules) >= 12
        from wirefeed.store.config_files import faults

        with store.begin() as db:
            assert str(rules / "mine.yaml") in faults(db)


def test_a_text_that_breaks_the_tagger_is_rejected_with_its_reason_and_loses_nothing_else(
        settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from wirefeed.tags.tagger import Tagger

    whole = Tagger.tag

    def breaks(self: Tagger, title: str, *arguments: object, **named: object) -> object:
        if title.startswith("Pakhtakor"):
            raise RuntimeError("no such luck")
        return whole(self, title, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Tagger, "tag", breaks)
    (shard,) = pipeline.due_shards(settings, force=True)
    pipeline.poll(settings, **shard)
    report = pipeline.tag_pending(settings)
    assert report["failed"] == 1
    assert report["outcomes"]["rejected"] == 1
    books_close(settings)


def test_retagging_shows_the_difference_and_mails_nothing(settings: Settings) -> None:
    from wirefeed.retagging import retag_since

    round_(settings)
    before = len(mails(settings))
    topics = settings.config / "topics"
    topics.mkdir()
    (topics / "melons.yaml").write_text("id: melons\nlabel: {en: Melons}\nterms: {en: [{term: turbine, weight: 3}, {term: filling timetable, weight: 3}]}\n")
    with pipeline.opened(settings) as (_, store, loaded):
        shown = retag_since(store, loaded, datetime(2026, 1, 1, tzinfo=UTC), pipeline.now(), apply=False)
        assert any("+melons" in change["difference"] for change in shown["changes"])
        applied = retag_since(store, loaded, datetime(2026, 1, 1, tzinfo=UTC), pipeline.now(), apply=True)
        assert applied["changes"] == shown["changes"]
        again = retag_since(store, loaded, datetime(2026, 1, 1, tzinfo=UTC), pipeline.now(), apply=False)
        assert again["changes"] == []
    pipeline.send_alerts(settings)
    assert len(mails(settings)) == before


def test_polling_pauses_below_the_free_space_and_says_so_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from wirefeed.operator import TROUBLE
    from wirefeed.store.audit import trail
    from wirefeed.store.database import get_meta

    tight = settings.model_copy(update={"min_free_gb": 5.0})

    def ticks(*gigabytes: float) -> list[bool]:
        polled = []
        for free in gigabytes:
            monkeypatch.setattr("wirefeed.operator.shutil.disk_usage", lambda _path, free=free: SimpleNamespace(free=int(free * 2**30)))
            polled.append(bool(pipeline.due_shards(tight)))
        return polled

    def told() -> tuple[list[str], bool]:
        store = open_database(tight)
        with store.begin() as db:
            found = [str(line["subject"]) for line in trail(db)], get_meta(db, TROUBLE + "disk") is not None
        store.close()
        return found

    assert ticks(5.1, 4.9, 4.2, 5.1, 4.9) == [True, False, False, False, False], "at the limit it does not go on and off"
    assert told() == (["Polling is paused: only 4.9 GB free"], True), "one alarm, and the status says so as long as it lasts"
    assert ticks(6.1, 5.1) == [True, True], "it resumes by itself"
    assert sorted(told()[0]) == ["Polling goes on", "Polling is paused: only 4.9 GB free"]
    assert not told()[1]
