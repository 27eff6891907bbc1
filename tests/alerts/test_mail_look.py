"""The mail and the digest as a reader sees them: rendered by a real browser into tests/artifacts (looked at by people, measured here)."""

from datetime import timedelta

import pytest

from browser import picture
from newsroom import NOON, people, rule_text, ruleset, story
from wirefeed.alerts.digests import queue_digests
from wirefeed.model import Change
from wirefeed.store.tables import feed_events

RUSSIAN = """
people:
  - {id: ann, name: Анна, address: ann@example.org, zone: Asia/Almaty, language: ru}
groups:
  - {id: desk, members: [ann]}
"""
QUERY = 'country:TJ AND ("border guards" OR troops OR топограф* OR пограничник) AND (crossed OR shelled OR убит OR ранен OR перестрелка)'


def full(room):
    """An alert with a copy, its correction, and everything a mail can carry."""
    room.decide(
        story("s1", title="Tajik border guards and troops exchange fire with gunmen near Panj", countries=("TJ", "AF"), actors=("ISKP", "CSTO"),
              topics=("border-incidents", "terrorism"), published=NOON - timedelta(minutes=12), teaser_only="paywall",
              text="DUSHANBE - Border guards said that troops crossed the river at dawn and shelled a post near Ishkashim. Two were hurt.\n"
                   "The ministry gave no names. Officials in the capital spoke of smugglers; residents heard gunfire for an hour."),
        story("s2", title="Перестрелка на границе: пограничники сообщили о раненых", cluster="s1", source="Вестник Семиречья", kind="state",
              text="Пограничники сообщили о перестрелке.", countries=("TJ",)))


@pytest.fixture
def room(newsroom):
    """Rule "bases" under the name of a real one."""
    def make(**more):
        rules = ruleset(rule_text(title="Tajik-Afghan border", severity="flash", query=QUERY), rule_text("daily", severity="routine", rhythm="daily"))
        return newsroom(rules=rules, public_url="https://desk.example.org", kibana_url="https://kibana.example.org", **more)

    return make


def html_of(mail) -> str:
    return mail.get_body(("html",)).get_content()


@pytest.mark.parametrize(("name", "width", "dark"), [("mail-phone", 360, False), ("mail-phone-dark", 360, True), ("mail-desktop", 900, False)])
def test_the_alert_is_a_picture_without_anything_remote(room, tmp_path, name, width, dark):
    newsroom = room(recipients=people())
    full(newsroom)
    newsroom.send()
    (mail,) = newsroom.mails()
    assert picture(html_of(mail), name, tmp_path, width, 1350, dark).stat().st_size > 20_000
    assert not any(one in html_of(mail) for one in ("<img", "url(", "<script", "<link", "@import"))


def test_the_correction_in_russian(room, tmp_path):
    newsroom = room(recipients=people(RUSSIAN))
    full(newsroom)
    newsroom.later(minutes=9)
    newsroom.decide(story("s1", number=2, cluster="s1", change=Change.CORRECTION, seen=newsroom.now, countries=("TJ", "AF"),
                          title="CORRECTED: Tajik border guards and troops exchange fire with gunmen near Panj",
                          text="(Corrects number of wounded to three in paragraph one)\nBorder guards said that troops crossed the river."))
    newsroom.send()
    mail = newsroom.mails()[1]
    assert "Исправление" in html_of(mail)
    assert picture(html_of(mail), "correction-phone", tmp_path, 360, 1350).stat().st_size > 20_000


PERSIAN = "تیراندازی در مرز تاجیکستان و افغانستان؛ نیروهای مرزی از زخمی شدن سه سرباز خبر دادند"
LONG = ("Tajik border guards and troops of the 201st base exchange fire with gunmen who crossed the Panj near the Ishkashim district of Gorno-Badakhshan, "
        "the State Committee for National Security said on Tuesday, adding that three servicemen were hurt and that the Kulma road has been closed to all "
        "but military convoys until the end of the week")


@pytest.mark.parametrize("dark", [False, True])
def test_headlines_in_persian_and_of_three_hundred_letters_keep_to_a_phones_width(room, tmp_path, dark):
    newsroom = room(recipients=people())
    newsroom.decide(story("s1", title=LONG, text=f"{LONG}. Guards said troops crossed.", link="https://steppe-wire.example/" + "a-very-long-path" * 14),
                    story("s2", title=PERSIAN, cluster="s1", source="Radio Azadi", kind="independent", text=PERSIAN, countries=("TJ",)))
    newsroom.decide(story("s3", title=PERSIAN, text=f"{PERSIAN}. سربازان troops", source="Radio Azadi", kind="independent"))
    newsroom.send()
    letters = newsroom.mails()
    assert len(letters) == 2
    for mail in letters:
        assert len(mail["Subject"]) < 200
        name = "persian-phone" if mail["Subject"].find("تیر") >= 0 else "long-headline-phone"
        assert picture(html_of(mail), name + ("-dark" if dark else ""), tmp_path, 360, 1500, dark).stat().st_size > 15_000


def test_a_situation_mail_is_readable_on_a_phone(room, tmp_path):
    newsroom = room(recipients=people())
    for number in range(11):
        newsroom.later(minutes=1)
        newsroom.decide(story(f"s{number}", seen=newsroom.now, title=f"Shelling report {number}: troops fire on the Ishkashim post", source=f"Outlet {number}"))
    newsroom.decide(story("s9", number=2, change=Change.CORRECTION, seen=newsroom.now, title="CORRECTED: Shelling report 9: no troops were hurt",
                          text="(Corrects: nobody was hurt)\nGuards said troops fired.", source="Outlet 9"))
    newsroom.send()
    newsroom.later(minutes=16)
    newsroom.send()
    mail = next(one for one in newsroom.mails() if "s10" in str(newsroom.rows("matches")) and "Shelling report 10" in html_of(one))
    body = html_of(mail)
    assert body.index("CORRECTED") < body.index("Shelling report 10") < body.index("Shelling report 8"), "corrections on top, then newest first"
    assert picture(body, "situation-phone", tmp_path, 360, 2200).stat().st_size > 20_000


def test_a_catch_up_mail_is_readable_on_a_phone(room, tmp_path):
    newsroom = room(recipients=people(RUSSIAN))
    newsroom.decide(*(story(f"s{number}", seen=newsroom.now, published=newsroom.now - timedelta(days=2, hours=number),
                            title=f"Перестрелка номер {number} на границе", source=f"Outlet {number}") for number in range(4)))
    newsroom.send()
    newsroom.later(minutes=40)
    newsroom.send()
    (mail,) = newsroom.mails()
    assert picture(html_of(mail), "catch-up-phone-dark", tmp_path, 360, 1300, dark=True).stat().st_size > 15_000


@pytest.mark.parametrize("dark", [False, True])
def test_the_digest_has_groups_bars_and_feed_health(room, tmp_path, dark):
    newsroom = room(recipients=people())
    queue_digests(newsroom.store, newsroom.settings, newsroom.recipients, newsroom.rules, newsroom.now)
    about = [("TJ", "border-incidents"), ("TJ", "border-incidents"), ("KG", "water"), ("UZ", "foreign-basing"), ("KZ", "unrest")]
    for number, (country, topic) in enumerate(about):
        newsroom.decide(story(f"s{number}", "daily", countries=(country,), topics=(topic,), source=f"Outlet {number}",
                              title=f"Headline number {number} about troops and more of it"))
    with newsroom.store.begin() as db:
        db.execute(feed_events.insert(), [{"feed_id": f"feed-{number}", "at": newsroom.now + timedelta(hours=10), "kind": "error",
                                           "detail": {"reason": "HTTP 503"}} for number in range(3)])
    newsroom.later(days=1)
    queue_digests(newsroom.store, newsroom.settings, newsroom.recipients, newsroom.rules, newsroom.now)
    newsroom.send()
    (mail,) = newsroom.mails()
    assert "3 failing" in html_of(mail)
    assert picture(html_of(mail), "digest-phone-dark" if dark else "digest-phone", tmp_path, 360, 1500, dark).stat().st_size > 20_000
