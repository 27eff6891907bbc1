"""The desk over real HTTP semantics: pages escape, signed links act on POST alone, forged and expired ones do nothing."""

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient

from browser import picture
from newsroom import NOON, Newsroom, people, rule_text, ruleset, story
from wirefeed.alerts import links
from wirefeed.desk.app import create_app
from wirefeed.model import Evidence
from wirefeed.settings import Settings
from wirefeed.store import audit
from wirefeed.store.database import open_store
from wirefeed.store.tables import versions

FLASH = ruleset(rule_text(severity="flash"))


@pytest.fixture
def desk(tmp_path):
    config = tmp_path / "config"
    (config / "rules").mkdir(parents=True)
    settings = Settings(data=tmp_path / "data", config=config, public_url="https://desk.example.org", sample=True)
    store = open_store(settings.database)
    store.migrate()
    room = Newsroom(store, settings, FLASH, people(), NOON).start()
    client = TestClient(create_app(settings, now=lambda: room.now), follow_redirects=False)
    yield room, client
    store.close()


def mailed_link(room, path):
    body = room.mails()[0].get_body(("html",)).get_content()
    found = re.search(rf'href="https://desk\.example\.org(/{path}/[^"]+)"', body)
    assert found, body
    return html.unescape(found[1])


def alert_row(room):
    return room.rows("alerts")[0]


def test_a_get_of_a_signed_link_changes_nothing_and_a_post_acknowledges(desk):
    room, client = desk
    room.decide(story())
    room.send()
    path = mailed_link(room, "act")
    for _ in range(3):  # mail scanners follow links
        page = client.get(path)
        assert page.status_code == 200
        assert 'method="post"' in page.text
    assert alert_row(room).acknowledged_at is None
    done = client.post(path, data={"what": "acknowledge"})
    assert "Acknowledged" in done.text
    assert (alert_row(room).acknowledged_at, alert_row(room).acknowledged_by) == (NOON, "ann")
    assert "already" in client.post(path, data={"what": "acknowledge"}).text
    with room.store.begin() as db:
        assert [(one["actor"], one["action"]) for one in audit.trail(db)] == [("ann", "acknowledge")]


def test_snooze_and_false_positive_by_post(desk):
    room, client = desk
    room.decide(story())
    room.send()
    path = mailed_link(room, "act")
    assert "Silent until 2026-03-11 12:00" in client.post(path, data={"what": "snooze", "hours": "24", "rule": "true"}).text
    room.later(minutes=5)
    room.decide(story("s2", seen=room.now))
    assert room.ends() == {"sent": 1, "snoozed": 1}
    assert client.post(path, data={"what": "snooze", "hours": "9999"}).status_code == 400
    assert client.post(path, data={"what": "nonsense"}).status_code == 400
    assert "false positive" in client.post(path, data={"what": "false-positive"}).text
    assert alert_row(room).false_positive
    assert re.search(r"bases</td><td class=\"n\">2</td><td class=\"n\">1</td><td class=\"n\">1<", client.get("/alerts").text)


@pytest.mark.parametrize("spoil", [
    lambda token: token[:-3] + "AAA", lambda token: "x" + token, lambda token: token.split(".")[0], lambda token: "a.b", lambda token: "%00"])
def test_forged_links_do_nothing(desk, spoil):
    room, client = desk
    room.decide(story())
    room.send()
    token = mailed_link(room, "act").removeprefix("/act/")
    assert client.post(f"/act/{spoil(token)}", data={"what": "acknowledge"}).status_code in (400, 404)
    assert alert_row(room).acknowledged_at is None


def test_a_link_for_one_thing_is_no_link_for_another_and_expires(desk):
    room, client = desk
    room.decide(story())
    room.send()
    token = mailed_link(room, "act").removeprefix("/act/")
    assert client.post(f"/leave/{token}").status_code == 400
    room.later(days=15)
    assert "expired" in client.post(f"/act/{token}", data={"what": "acknowledge"}).text
    assert alert_row(room).acknowledged_at is None


def test_one_click_unsubscribe_is_a_bare_post_and_a_get_only_asks(desk):
    room, client = desk
    room.decide(story())
    room.send()
    url = str(room.mails()[0]["List-Unsubscribe"]).strip("<>").removeprefix("https://desk.example.org")
    assert "Stop these mails?" in client.get(url).text
    room.later(minutes=1)
    room.decide(story("s2", seen=room.now))
    assert len(room.rows("messages")) == 2
    assert client.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    room.decide(story("s3", seen=room.now))
    assert [row.disposition for row in room.rows("deliveries")].count("left") == 1


def hostile(room):
    facts = story("s<1>", title="<script>alert(1)</script> troops", text='Guards "troops" <img src=x> crossed', source="<b>Feed</b>")
    room.decide(facts)
    with room.store.begin() as db:
        db.execute(versions.insert().values(
            story_id="s<1>", number=1, feed_id="f", seen_at=NOON, change="first", title=facts.version.title, text=facts.version.text, link="javascript:x",
            published={}, updated={}, authors=[], content_hash="h", processed_at=NOON, language="en", tags={
                "language": "en", "relevant": True, "score": 0.8, "countries": ["TJ"], "entities": [],
                "topics": [{"id": "border", "score": 0.9, "evidence": [vars_of(Evidence("text", "troops", 8, 14, "troops"))]}]}))


def vars_of(one):
    from dataclasses import asdict

    return asdict(one)


def test_pages_show_feed_text_as_text_and_run_no_scripts(desk):
    room, client = desk
    hostile(room)
    for path in ("/alerts", "/stories/s%3C1%3E", "/feeds", "/books"):
        page = client.get(path)
        assert page.status_code == 200, path
        assert not re.search(r"<(script|img|b)>?[ >]", page.text.replace("<b>Wirefeed</b>", "").replace("<b>1</b>", "")), path
        assert "javascript:" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<mark>troops</mark>" in client.get("/stories/s%3C1%3E").text
    assert client.get("/stories/unknown").status_code == 404


def test_a_search_finds_through_the_index_and_a_wrong_query_is_told_with_its_place(desk):
    from wirefeed.settings import open_index

    room, client = desk
    index = open_index(room.settings)
    index.setup()
    from wirefeed.index.document import document

    facts = story("s1", title="Troops cross the river")
    index.upsert([document(facts.version, source="Steppe Wire", source_kind="agency", first_seen=NOON, first_published=NOON, cluster="s1", kept="relevant",
                           withdrawn=False)])
    index.refresh()
    index.close()
    page = client.get("/", params={"q": "river"})
    assert "1 story" in page.text
    assert "<mark>river</mark>" in page.text
    for query in ("", "topic:border-incidents", "guards"):  # nothing to mark in the headline
        page = client.get("/", params={"q": query})
        assert page.status_code == 200, query
        assert ">Troops cross the river</a>" in page.text
        assert "at dawn" in page.text
    wrong = client.get("/", params={"q": "river AND ("})
    assert wrong.status_code == 400
    assert 'class="card fault"' in wrong.text


@pytest.mark.parametrize(("width", "dark"), [(1100, False), (360, False), (360, True)])
def test_the_pages_are_pictures_without_anything_remote(desk, tmp_path, width, dark):
    from wirefeed.index.document import document
    from wirefeed.settings import open_index

    room, client = desk
    told = [story("s1", title="Tajik border guards and troops exchange fire with gunmen near Panj", countries=("TJ", "AF")),
            story("s2", title="Перестрелка на границе: пограничники сообщили о раненых", source="Вестник Семиречья", kind="state"),
            story("s3", title="تیراندازی در مرز تاجیکستان؛ نیروهای مرزی از زخمی شدن سه سرباز خبر دادند", source="Radio Azadi", kind="independent")]
    room.decide(*told)
    index = open_index(room.settings)
    index.setup()
    index.upsert([document(one.version, source=one.source, source_kind=one.source_kind, first_seen=NOON, first_published=NOON, cluster=one.cluster_id,
                           kept="relevant", withdrawn=False) for one in told])
    index.refresh()
    index.close()
    for name, path in (("search", "/?q=troops"), ("alerts", "/alerts")):
        page = client.get(path).text
        assert not any(one in page for one in ("<img", "url(", "<script", "<link", "@import"))
        shown = f"desk-{name}-{width}{'-dark' if dark else ''}"
        assert picture(page, shown, tmp_path, width, 900, dark).stat().st_size > 15_000


def test_a_guard_closes_every_page_but_the_signed_links(tmp_path):
    def nobody() -> None:
        raise HTTPException(401)

    client = TestClient(create_app(Settings(data=tmp_path, config=tmp_path / "c"), guard=nobody))
    for path in ("/", "/alerts", "/feeds", "/books", "/stories/x"):
        assert client.get(path).status_code == 401
    assert client.get("/health").status_code == 200
    assert client.get("/act/x.y").status_code == 400


def test_an_unreachable_database_is_one_sentence(tmp_path):
    settings = Settings(data=tmp_path, config=tmp_path / "c", database_url="postgresql://wirefeed@127.0.0.1:9/none")
    answer = TestClient(create_app(settings)).get("/alerts")
    assert answer.status_code == 503
    assert "database" in answer.text


def test_the_signing_key_is_made_once_and_kept_private(tmp_path):
    settings = Settings(data=tmp_path / "new")
    assert links.secret(settings) == links.secret(settings)
    assert (Path(tmp_path) / "new" / "secret").stat().st_mode & 0o777 == 0o600
    ticket = links.Ticket("act", "a", "ann", int((NOON + timedelta(days=1)).timestamp()))
    assert links.verify(links.sign(ticket, b"key"), b"key", NOON) == ticket
