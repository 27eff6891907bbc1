"""Whatever a feed says, the mail is whole: one subject line, nothing injected, everything escaped, the same bytes again."""

import email
import email.policy
import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsroom import NOON, people, rule_text, ruleset, story
from wirefeed.alerts.channel import Letter
from wirefeed.alerts.mime import mime, one_line
from wirefeed.alerts.recipients import Recipient
from wirefeed.model import Change

ANN = Recipient("ann", "ann@example.org", "Ann")


def letter(subject: str, text: str = "text", html: str = "<html>x</html>", **more) -> Letter:
    return Letter("0123456789abcdef0123456789abcdef01234567", more.pop("recipient", ANN), "alert", "flash", subject, text, html, NOON, **more)


def parsed(one: Letter, sender: str = "wirefeed@example.org"):
    return email.message_from_bytes(mime(one, sender).as_bytes(), policy=email.policy.default)


@pytest.mark.parametrize("bad", [
    "Troops\r\nBcc: all@example.org", "Troops\nX-Evil: 1", "Troops\x00\x1b[31m", "Troops\u2028Bcc: x", "\u202eevil\u202c gpj.exe", "a\u200bb\ufeffc",
    "=?utf-8?q?Bcc=3A_x?=", "\ud800 lone", "x" * 5000, "слово " * 900, "👩‍👩‍👧‍👦" * 60, "", "\t \r\n", "<script>alert(1)</script>"])
def test_headers_cannot_be_broken_out_of(bad):
    mail = parsed(letter(f"[FLASH] {one_line(bad, 110)} · rule", recipient=Recipient("a", "ann@example.org", bad)))
    assert set(mail.keys()) == {"Subject", "From", "To", "Date", "Message-ID", "List-Id", "Auto-Submitted", "Precedence", "Importance", "MIME-Version",
                                "X-Wirefeed-Kind", "X-Wirefeed-Severity", "Content-Type"}
    assert mail["Subject"].startswith("[FLASH]")
    assert not re.search(r"[\x00-\x1f\u202a-\u202e\u200b\ufeff]", str(mail["Subject"]))
    assert mail["To"].addresses[0].addr_spec == "ann@example.org"
    assert all(len(line) <= 998 for line in mime(letter(bad), "wirefeed@example.org").as_bytes().split(b"\r\n"))


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_subject_survives_as_one_line_of_the_same_words(text):
    plain = one_line(text)
    raw = mime(letter(plain), "wirefeed@example.org").as_bytes()
    raw.decode("ascii")
    got = " ".join(str(parsed(letter(plain))["Subject"]).split())
    if not re.search(r"=\?", plain):  # text that is itself an encoded word is decoded by every mail program, as it always was
        assert got == " ".join(plain.split())


def test_a_long_headline_is_cut_at_a_word_and_never_inside_an_emoji_or_letter():
    assert one_line("word " * 50, 30) == "word word word word word word…"
    assert one_line("й" * 50, 10) == "й" * 10 + "…"
    assert not one_line("👨‍👩‍👧" * 20, 31).rstrip("…").endswith("\u200d")


def test_everything_a_feed_says_is_escaped_and_only_web_links_are_links(newsroom):
    evil = '<img src=x onerror=alert(1)> "troops" & <b>'
    room = newsroom(recipients=people())
    room.decide(story("s1", title=evil, text=f"{evil} troops {evil}", link="javascript:alert(1)", source='<i>Feed</i>"', actors=("<u>A</u>",)),
                story("s2", title="copy", cluster="s1", link='https://x.example/"onmouseover="alert(1)', source="B"))
    room.send()
    html = room.mails()[0].get_body(("html",)).get_content()
    assert not re.search(r"<(img|b|i|u|script)\b[^>]*>", html.replace("<b>Single source</b>", "").replace("<body", ""))
    assert "javascript:" not in html
    assert 'href="https://x.example/onmouseover=alert(1)"' in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_the_headers_of_item_7(newsroom):
    room = newsroom(public_url="https://desk.example.org/wire", rules=ruleset(rule_text(severity="flash")), mail_from="Wirefeed <wire@example.org>")
    room.decide(story())
    room.decide(story("s1", "", number=2, change=Change.CORRECTION, seen=NOON + timedelta(minutes=1)))
    room.send()
    room.send()
    alert, follow = sorted(room.mails(), key=lambda mail: str(mail["X-Wirefeed-Kind"]))
    assert alert["List-Id"] == "<bases.wirefeed.example.org>"
    assert alert["Auto-Submitted"] == "auto-generated"
    assert str(alert["List-Unsubscribe"]).startswith("<https://desk.example.org/wire/leave/")
    assert alert["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<[0-9a-f]{40}@example\.org>", alert["Message-ID"])
    assert follow["References"] == alert["Message-ID"]
    assert alert.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in alert.iter_parts()] == ["text/plain", "text/html"]
    body = alert.get_body(("plain",)).get_content()
    assert "https://desk.example.org/wire/act/" in body
    assert "10 Mar 2026, 17:00 (Asia/Almaty, UTC+05:00)" in body
    assert "Single source" in body
    leave = str(alert["List-Unsubscribe"]).strip("<>")
    assert f"Stop this rule's mails: {leave}" in body
    assert f'<a href="{leave}">Stop this rule&#39;s mails</a>' in alert.get_body(("html",)).get_content()


@pytest.mark.parametrize("title", ["تیراندازی در مرز", "Shots at the border"])
def test_a_headline_has_its_own_direction(newsroom, title):
    """dir=auto looks for the first letter outside <bdi>: one inside it leaves Persian lines at the left."""
    room = newsroom()
    room.decide(story("s1", title=title, text=f"{title} troops"))
    room.send()
    html = room.mails()[0].get_body(("html",)).get_content()
    assert f'<h1 dir="auto">{title}</h1>' in html
    assert re.search(rf'<div class="fragment" dir="auto">{title}', html)


def test_without_a_public_address_there_are_no_links_to_us_and_no_list_unsubscribe(newsroom):
    room = newsroom(kibana_url="https://kibana.example.org")
    room.decide(story())
    room.send()
    (mail,) = room.mails()
    assert mail["List-Unsubscribe"] is None
    body = mail.get_body(("html",)).get_content()
    assert "/act/" not in body
    assert "/leave/" not in body
    assert "https://kibana.example.org/app/discover#/?_g=" in body


def test_a_broken_template_of_the_site_holds_up_its_own_mails_alone_and_says_so(newsroom, tmp_path):
    folder = tmp_path / "config" / "mail"
    folder.mkdir(parents=True)
    (folder / "collection.txt").write_text("{{ nonsense( }}", "utf-8")
    room = newsroom()
    room.decide(story("b", backlog=True), story("fresh"))
    report = room.send()
    assert (report.sent, report.later) == (1, 1)
    assert "TemplateSyntaxError" in next(row.last_error for row in room.rows("messages") if row.state == "pending")
    (folder / "collection.txt").write_text("our own words", "utf-8")
    room.later(minutes=5)
    assert room.send().sent == 1
    assert "our own words" in [mail.get_body(("plain",)).get_content().strip() for mail in room.mails()]


def test_long_links_and_ids_are_never_encoded_and_lines_keep_to_the_limits():
    link = "https://desk.example.org/leave/" + "t0K-en_" * 60
    letter = Letter("a" * 40, Recipient("ann", "ann@example.org"), "alert", "flash", "перестрелка " * 30, "x" * 3000, "ы" * 3000, NOON,
                    references=tuple(f"{number:040d}" for number in range(30)), list_id="a-rule-with-a-name-" * 5 + "end", unsubscribe=link)
    raw = mime(letter, "Новости <alerts@example.org>").as_bytes()
    lines = raw.split(b"\r\n")
    assert raw.count(b"\n") == len(lines) - 1
    assert f"List-Unsubscribe: <{link}>".encode() in lines
    assert b"List-Id: <" + b"a-rule-with-a-name-" * 5 + b"end.wirefeed.example.org>" in lines
    assert sum(len(line) > 78 for line in lines) == 2
    assert max(map(len, lines)) <= 998
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert len(mail["References"].split()) == 10


def test_a_link_that_no_header_line_holds_is_left_out_with_its_post():
    letter = Letter("a" * 40, Recipient("ann", "ann@example.org"), "digest", "routine", "s", "x", "y", NOON,
                    unsubscribe="https://desk.example.org/leave/" + "t" * 1000)
    mail = mime(letter, "alerts@example.org")
    assert mail["List-Unsubscribe"] is None
    assert mail["List-Unsubscribe-Post"] is None
