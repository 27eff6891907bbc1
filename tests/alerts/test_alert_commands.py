"""The command line of the alert stage: JSON on stdout, exit codes, and why a story did or did not arrive."""

import json
from pathlib import Path

import pytest

from newsroom import NOON, Newsroom, people, rule_text, ruleset, story
from wirefeed import cli
from wirefeed.settings import Settings
from wirefeed.store.database import open_store
from wirefeed.store.tables import feed_events, feeds, items, stories, versions

RULE = rule_text(query="troops AND country:TJ", severity="flash")
FEEDS = "feeds:\n  - {id: steppe-wire, title: Steppe Wire, url: 'https://steppe-wire.example/rss', source_kind: agency}\n" \
        "  - {id: quiet-post, url: 'https://quiet-post.example/rss', source_kind: state}\n"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A site of two feeds and one rule, with a database where a story was mailed and another missed the rule."""
    shipped = tmp_path / "shipped"
    (shipped / "rules").mkdir(parents=True)
    (shipped / "mail").symlink_to(Path(__file__).parents[2] / "config" / "mail")
    (shipped / "feeds.yaml").write_text(FEEDS, "utf-8")
    (shipped / "recipients.yaml").write_text("people:\n  - {id: ann, address: ann@example.org}\ngroups:\n  - {id: desk, members: [ann]}\n", "utf-8")
    (shipped / "rules" / "bases.yaml").write_text(RULE.text, "utf-8")
    settings = Settings(data=tmp_path / "data", shipped_config=shipped, config=tmp_path / "none")
    for name, value in (("DATA", settings.data), ("SHIPPED_CONFIG", shipped), ("CONFIG", tmp_path / "none")):
        monkeypatch.setenv(f"WIREFEED_{name}", str(value))
    store = open_store(settings.database)
    store.migrate()
    room = Newsroom(store, settings, ruleset(RULE), people((shipped / "recipients.yaml").read_text("utf-8"))).start()
    hit, miss = story("story-hit"), story("story-miss", "", title="Wheat harvest", text="Farmers of the region.", countries=("KZ",))
    room.decide(hit, miss)
    with store.begin() as db:
        for facts in (hit, miss):
            version = facts.version
            db.execute(versions.insert().values(
                story_id=version.story_id, number=1, feed_id=version.feed_id, seen_at=NOON, change="first", title=version.title, text=version.text,
                link=version.link, published={}, updated={}, authors=[], content_hash="h", processed_at=NOON, language="en", tags={
                    "language": "en", "relevant": True, "score": 0.9, "countries": list(version.tags.countries), "topics": [], "entities": []}))
            db.execute(items.insert().values(feed_id=version.feed_id, item_id=version.story_id, story_id=version.story_id, outcome="new",
                                             content_hash="h", first_seen_at=NOON, last_seen_at=NOON))
            db.execute(stories.update().where(stories.c.id == version.story_id).values(relevant=True, score=0.9))
        db.execute(feeds.insert(), [
            {"id": "steppe-wire", "host": "steppe-wire.example", "shard": 0, "active": True, "next_poll_at": NOON,
             "state": {"succeeded_at": NOON.isoformat()}},
            {"id": "quiet-post", "host": "quiet-post.example", "shard": 1, "active": True, "next_poll_at": NOON, "state": {}}])
        db.execute(feed_events.insert().values(feed_id="steppe-wire", at=__import__("datetime").datetime.now(NOON.tzinfo), kind="gap", detail={"lost": 3}))
    yield room
    store.close()


@pytest.fixture
def run(capfdbinary):
    def command(*arguments: str):
        code = 0
        capfdbinary.readouterr()
        try:
            cli.main([*arguments, "--json"])
        except SystemExit as error:
            code = int(error.code or 0)
        out = capfdbinary.readouterr().out
        return code, json.loads(out.splitlines()[-1]) if out.strip() else None

    return command


def test_the_outbox_is_listed_shown_sent_and_retried(site, run):
    code, answer = run("outbox", "list")
    assert code == 0
    assert answer["counts"] == {"pending": 1}
    key = answer["messages"][0]["id"]
    code, shown = run("outbox", "show", key[:10])
    assert shown["subject"].startswith("[FLASH] Troops cross the river")
    code, sent = run("alert")
    assert (code, sent["sent"]) == (0, 1)
    assert len(site.mails()) == 1


def test_unknown_ids_and_wrong_usage(site, run):
    assert run("outbox", "show", "nothing")[0] == 1
    assert run("outbox", "retry")[0] == 2
    assert run("mail", "test", "nonsense") == (1, {"error": "'nonsense' is no mail address"})
    assert run("ack", "nothing")[0] == 1
    assert run("outbox", "release") == (0, {"released": 0})
    code, answer = run("mail", "test", "ann@example.org")
    assert (code, answer["accepted"]) == (0, True)


def test_acknowledge_and_snooze_from_the_command_line(site, run):
    alert = site.rows("alerts")[0].id
    assert run("ack", alert[:12], "--by", "ann", "--false-positive") == (0, {"acknowledged": True, "first": True})
    assert site.rows("alerts")[0].false_positive
    assert run("snooze", alert, "--hours", "3", "--rule")[0] == 0
    assert run("snooze", alert, "--hours", "9000")[0] == 1


@pytest.mark.parametrize(("asked", "rule", "question", "words"), [
    ("story-hit", None, "disposition", "queued"), ("story-hit", "bases", "disposition", "ann by mail"),
    ("https://www.steppe-wire.example/story-hit/?utm_source=x#top", "bases", "disposition", "matched version 1"),
    ("story-miss", None, "matched", "no rule matched"), ("story-miss", "bases", "clause", "country:"),
    ("https://nobody.example/news/1", None, "feed", "unknown"), ("https://news.quiet-post.example/a", None, "polled", "never read"),
    ("https://steppe-wire.example/unseen", None, "seen", "none of these feeds"),
])
def test_why_answers_in_the_order_of_the_flow(site, run, asked, rule, question, words):
    code, answer = run("why", asked, *([rule] if rule else []))
    assert code == 0
    end = next(one for one in answer["steps"] if one["end"])
    assert end["question"] == question
    assert words in end["answer"]


def test_why_finds_a_story_whose_feed_adds_a_query_to_its_links(site, run):
    with site.store.begin() as db:
        db.execute(stories.update().where(stories.c.id == "story-hit").values(link="https://steppe-wire.example/story-hit?utm_source=rss"))
        db.execute(versions.update().where(versions.c.story_id == "story-hit").values(link="https://steppe-wire.example/story-hit?utm_source=rss"))
    _code, answer = run("why", "https://steppe-wire.example/story-hit")
    assert answer["steps"][-1]["question"] == "disposition"
    assert "none of these feeds" in str(run("why", "https://steppe-wire.example/story")[1])


def test_why_tells_of_a_rejection_and_of_the_score(site, run):
    with site.store.begin() as db:
        db.execute(stories.update().where(stories.c.id == "story-miss").values(relevant=False, score=0.07))
    _code, answer = run("why", "story-miss", "bases")
    assert [one["question"] for one in answer["steps"]] == ["seen", "relevant", "clause"]
    assert "no, score 0.07" in answer["steps"][1]["answer"]
    with site.store.begin() as db:
        db.execute(items.update().where(items.c.story_id == "story-miss").values(outcome="rejected", reason="no text"))
    _code, answer = run("why", "story-miss", "bases")
    assert (answer["steps"][-1]["question"], answer["steps"][-1]["answer"]) == ("rejected", "no text")


def test_a_test_mail_without_a_server_says_that_it_is_a_file(site, capfd):
    with pytest.raises(SystemExit) as end:
        cli.main(["mail", "test", "ann@example.org"])
    assert end.value.code == 0
    assert "no mail server is set" in capfd.readouterr().out


def test_why_tells_of_gaps_and_refuses_unknown_rules(site, run):
    _code, answer = run("why", "https://steppe-wire.example/unseen")
    assert "gap" in [one["question"] for one in answer["steps"]]
    assert run("why", "story-hit", "no-such-rule")[0] == 1
    assert run("why", "no-such-story")[0] == 1
