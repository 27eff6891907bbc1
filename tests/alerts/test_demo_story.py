"""The three mails that a newcomer sees: back-log, breaking story with its copy, correction."""

from datetime import timedelta
from pathlib import Path

from newsroom import NOON, people, story
from wirefeed.alerts.recipients import load_recipients
from wirefeed.model import Change
from wirefeed.yaml_files import find


def test_backlog_breaking_story_and_correction_make_three_mails_the_last_threaded_under_the_second(newsroom):
    room = newsroom(started=False, sample=True)
    room.decide(story("b1", backlog=True, title="Old troops"), story("b2", backlog=True, title="Older troops", source="Oxus Herald"))
    room.send()
    room.later(minutes=2)
    room.decide(story("n1", title="Russia warns US against troops in Central Asia", seen=room.now),
                story("n2", title="Moscow warns Washington", cluster="n1", source="Capital Post", kind="independent", seen=room.now))
    room.send()
    room.later(minutes=2)
    room.decide(story("n1", "", number=2, cluster="n1", change=Change.CORRECTION, first_seen=NOON, seen=room.now,
                      title="CORRECTED: Russia warns US against troops in Central Asia", text="(Corrects share to 90 percent)\nGuards said so."))
    room.send()
    summary, alert, follow = room.mails()
    assert summary["Subject"] == "[SAMPLE] Back-log summary: 2 stories · Rule bases"
    assert alert["Subject"] == "[SAMPLE] [URGENT] Russia warns US against troops in Central Asia · Rule bases · Steppe Wire"
    assert follow["Subject"] == "[SAMPLE] [URGENT] CORRECTED: Russia warns US against troops in Central Asia · Rule bases · Steppe Wire"
    body = alert.get_body(("plain",)).get_content()
    assert "Steppe Wire (news agency)" in body
    assert "Capital Post (independent)" in body
    assert follow["References"] == alert["Message-ID"] == follow["In-Reply-To"]
    assert "(Corrects share to 90 percent)" in follow.get_body(("html",)).get_content()
    assert summary["References"] is None
    assert [row.kind for row in room.rows("alerts")] == ["new", "correction"]
    assert room.ends() == {"summary": 2, "sent": 2}
    assert room.later(minutes=20).send().sent == 0


def test_a_newcomer_gets_the_three_mails_at_any_hour():
    """With quiet hours the breaking story would wait for the morning whenever the demo is started at night in Almaty."""
    readers = load_recipients(find((Path(__file__).parents[2] / "config" / "samples",), "recipients.yaml"))
    assert [one.quiet for one in readers.people.values()] == [None]


def test_while_nobody_is_named_mails_lie_in_the_outbox_folder_for_desk_at_localhost_even_with_a_mail_server_set(newsroom):
    room = newsroom(recipients=people("people: []\n"), smtp_host="127.0.0.1", smtp_port=9)
    room.decide(story())
    assert room.send().sent == 1
    (mail,) = room.mails()
    assert mail["To"] == "Desk <desk@localhost>"
    assert room.later(hours=1).decide(story("s9", seen=NOON + timedelta(hours=1))).messages[0].recipient == "desk"
