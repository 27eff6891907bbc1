"""Item 5 of issue D, a sentence a test: who is told what, when, and what is not told at all."""

from datetime import UTC, datetime, timedelta

import pytest

from newsroom import NOON, people, rule_text, ruleset, story
from wirefeed.alerts import acts
from wirefeed.alerts.digests import queue_digests
from wirefeed.model import Change
from wirefeed.store import audit

FLASH = ruleset(rule_text(severity="flash"))
ROUTINE_DAILY = ruleset(rule_text(severity="routine", rhythm="daily"))
TWO = """
people:
  - {id: ann, address: ann@example.org, zone: Asia/Almaty}
  - {id: bob, address: bob@example.org, zone: Asia/Almaty%s}
groups:
  - {id: desk, members: [%s]}
"""


def at(hour: int, minute: int = 0, day: int = 10) -> datetime:
    """A moment in Almaty (UTC+5)."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=5)


def due(room):
    return [(row.kind, row.due_at) for row in room.rows("messages")]


# --- one alert a rule and cluster ------------------------------------------------------------------------------------
def test_ten_copies_in_ten_batches_make_one_alert_and_one_mail(newsroom):
    room = newsroom()
    for number in range(4):
        room.decide(story(f"s{number}", cluster="s0", source=f"Outlet {number}", seen=room.now))
        room.later(minutes=2)
    assert room.kinds() == ["alert"]
    assert room.ends() == {"queued": 1, "grouped": 3}
    assert [one["source"] for one in room.rows("alerts")[0].detail["items"]] == ["Outlet 0", "Outlet 1", "Outlet 2", "Outlet 3"]


def test_deciding_the_same_batch_twice_changes_nothing(newsroom):
    room = newsroom()
    first = room.decide(story())
    second = room.decide(story())
    assert (len(first.alerts), len(second.alerts), len(second.disposed)) == (1, 0, 0)
    assert len(room.rows("messages")) == len(room.rows("matches")) == 1


def test_two_rules_on_one_cluster_are_two_alerts(newsroom):
    room = newsroom(rules=ruleset(rule_text("bases"), rule_text("border")))
    room.decide(story("s1", "bases", "border"))
    assert room.kinds() == ["alert", "alert"]


def test_a_cluster_that_was_swallowed_by_an_older_one_keeps_its_alert(newsroom):
    room = newsroom()
    room.decide(story("s2"))
    room.later(minutes=5)
    room.decide(story("s2", number=2, cluster="s1", change=Change.TEXT, first_seen=NOON, seen=room.now), story("s3", cluster="s1", seen=room.now))
    assert room.kinds() == ["alert"]


# --- follow-ups ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("change", [Change.DATE, Change.COSMETIC, Change.REFILE])
def test_a_change_of_date_or_boilerplate_never_alerts(newsroom, change):
    room = newsroom()
    room.decide(story())
    room.later(hours=2)
    room.decide(story(number=2, change=change, first_seen=NOON, seen=room.now, countries=("TJ", "AF")))
    room.decide(story("other", number=2, change=change, seen=room.now))
    assert room.kinds() == ["alert"]
    assert room.ends() == {"queued": 1, "grouped": 1, "unchanged": 1}


@pytest.mark.parametrize(("more", "kind"), [
    ({"countries": ("TJ", "AF")}, "country"), ({"actors": ("ISKP",)}, "actor"), ({"text": "New troops words only."}, None),
])
def test_a_new_country_or_actor_is_a_follow_up_and_other_text_is_not(newsroom, more, kind):
    room = newsroom()
    room.decide(story())
    room.send()
    room.later(hours=1)
    room.decide(story(number=2, change=Change.UPDATE, first_seen=NOON, seen=room.now, **more))
    assert [row.kind for row in room.rows("alerts")][1:] == ([kind] if kind else [])
    if kind:
        follow = next(row for row in room.rows("messages") if row.kind == "follow-up")
        assert follow.detail["references"] == [next(row.id for row in room.rows("messages") if row.kind == "alert")]


def test_news_waits_half_an_hour_so_that_a_growing_story_does_not_flood(newsroom):
    room = newsroom()
    room.decide(story())
    room.later(minutes=10)
    room.decide(story("s2", cluster="s1", seen=room.now, countries=("TJ", "AF")))
    assert room.kinds() == ["alert"]
    room.later(minutes=25)
    room.decide(story("s3", cluster="s1", seen=room.now, countries=("TJ", "AF")))
    assert room.kinds() == ["alert", "follow-up"]


def test_a_step_in_sources_is_one_follow_up(newsroom):
    room = newsroom()
    room.decide(story("s0"))
    for number in range(1, 8):
        room.later(minutes=31)
        room.decide(story(f"s{number}", cluster="s0", source=f"Outlet {number}", seen=room.now))
    assert [row.kind for row in room.rows("alerts")] == ["new", "sources"]
    assert len(room.rows("alerts")[1].detail["known"]["sources"]) == 5


def test_a_correction_follows_the_alert_not_the_query_and_passes_snooze_cap_and_quiet_hours(newsroom):
    room = newsroom(now=at(21, 50))
    room.decide(story(seen=room.now))
    room.send()
    with room.store.begin() as db:
        audit.snooze(db, "bases", None, None, room.now + timedelta(days=2), "ann", room.now)
    room.later(hours=1)  # 22:50: quiet
    room.decide(story("s1", "", number=2, change=Change.CORRECTION, first_seen=room.now, seen=room.now, text="No army was there."))
    kinds = {row.kind: row for row in room.rows("messages")}
    assert kinds["follow-up"].due_at == room.now
    assert room.rows("alerts")[1].kind == "correction"
    assert room.send().sent == 1


def test_a_routine_correction_waits_for_the_end_of_quiet_hours(newsroom):
    room = newsroom(rules=ruleset(rule_text(severity="routine")), now=at(21, 50))
    room.decide(story(seen=room.now))
    room.send()
    room.later(hours=1)
    room.decide(story("s1", "", number=2, change=Change.WITHDRAWN, seen=room.now))
    assert ("follow-up", at(7, day=11)) in due(room)


def test_a_correction_of_what_waits_for_the_digest_goes_into_the_same_digest(newsroom):
    room = newsroom(rules=ROUTINE_DAILY)
    room.decide(story())
    room.later(hours=1)
    room.decide(story("s1", "", number=2, change=Change.CORRECTION, seen=room.now))
    assert room.kinds() == []
    assert [row.disposition for row in room.rows("deliveries")] == ["digest", "digest"]


def test_another_outlets_copy_of_a_correction_is_a_copy_and_another_correction_is_another_mail(newsroom):
    room = newsroom()
    text = "(Corrects the number of guards to 12 in paragraph two)\nGuards said that twelve men had crossed the river at dawn near Panj."
    room.decide(story("s1"), story("s2", cluster="s1", source="Capital Post"))
    corrections = [("s1", text), ("s2", text + " Sign up."), ("s1", "(Corrects the name of the village to Ishkashim) At noon.")]
    for minutes, (story_id, words) in enumerate(corrections):
        room.later(minutes=1)
        room.decide(story(story_id, "", number=2 + minutes, cluster="s1", change=Change.CORRECTION, seen=room.now, text=words,
                          source="Steppe Wire" if story_id == "s1" else "Capital Post"))
    assert [row.kind for row in room.rows("alerts")] == ["new", "correction", "correction"]


def test_newcomers_get_no_backlog_and_no_follow_ups_of_what_they_never_had(newsroom):
    room = newsroom(recipients=people(TWO % ("", "ann")))
    room.decide(story())
    room.recipients = people(TWO % ("", "ann, bob"))
    room.later(hours=1)
    room.decide(story(number=2, change=Change.UPDATE, first_seen=NOON, seen=room.now, countries=("TJ", "AF")))
    room.decide(story("s1", "", number=3, change=Change.CORRECTION, seen=room.now))
    room.decide(story("fresh", seen=room.now))
    assert [row.kind for row in room.rows("messages") if row.recipient == "bob"] == ["alert"]


# --- back-log and age ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("facts", "end"), [
    ({"backlog": True}, "summary"),
    ({"published": NOON - timedelta(hours=25)}, "catch-up"),
    ({"published": NOON - timedelta(hours=23)}, "queued"),
    ({"published": None}, "queued"),
    ({"published": None, "seen": NOON - timedelta(hours=30)}, "catch-up"),
    ({"published": NOON + timedelta(hours=3)}, "queued"),
    ({"change": Change.CORRECTION, "number": 2, "published": NOON - timedelta(days=3), "first_seen": NOON - timedelta(days=3)}, "queued"),
])
def test_only_what_is_fresh_is_mailed_at_once(newsroom, facts, end):
    room = newsroom()
    room.decide(story(**facts))
    assert room.ends() == {end: 1}


def test_a_backlog_over_several_batches_and_rules_is_one_summary_a_recipient(newsroom):
    room = newsroom(rules=ruleset(rule_text("bases"), rule_text("border", severity="flash")), recipients=people(TWO % ("", "ann, bob")))
    for number in range(5):
        room.decide(story(f"s{number}", "bases", "border", backlog=True, seen=room.now))
        room.later(seconds=20)
    assert [(row.kind, row.recipient) for row in room.rows("messages")] == [("summary", "ann"), ("summary", "bob")]
    assert room.send().sent == 2
    assert room.mails()[0].get_body(("plain",)).get_content().count("* Troops") == 10
    room.later(minutes=5)
    room.decide(story("late", backlog=True, seen=room.now))
    assert sum(row.state == "pending" for row in room.rows("messages")) == 2, "what comes later is a summary of its own"


def test_a_rules_first_run_is_a_summary_and_its_second_alerts(newsroom):
    room = newsroom(started=False)
    room.decide(story("s1"))
    room.decide(story("s2"))
    assert room.ends() == {"summary": 1, "queued": 1}


def test_an_update_of_a_backlog_story_stays_quiet_but_its_correction_alerts(newsroom):
    room = newsroom()
    room.decide(story("s1", backlog=True))
    room.later(hours=1)
    room.decide(story("s1", number=2, change=Change.UPDATE, first_seen=NOON, seen=room.now))
    assert room.ends() == {"summary": 1, "unchanged": 1}
    room.decide(story("s1", number=3, change=Change.CORRECTION, first_seen=NOON, seen=room.now))
    assert [row.kind for row in room.rows("alerts")] == ["new"]


# --- rhythm, quiet hours, caps ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("severity", "rhythm", "now", "expected"), [
    ("urgent", "immediate", at(12), ("alert", at(12))),
    ("urgent", "immediate", at(23), ("digest", at(7, day=11))),
    ("urgent", "immediate", at(3), ("digest", at(7))),
    ("urgent", "immediate", at(22), ("digest", at(7, day=11))),
    ("urgent", "immediate", at(7), ("alert", at(7))),
    ("flash", "immediate", at(3), ("alert", at(3))),
    ("flash", "daily", at(12), ("alert", at(12))),
    ("routine", "hourly", at(12, 20), ("digest", at(13))),
    ("routine", "hourly", at(21, 20), ("digest", at(7, day=11))),
])
def test_rhythm_and_quiet_hours_in_the_recipients_zone(newsroom, severity, rhythm, now, expected):
    room = newsroom(rules=ruleset(rule_text(severity=severity, rhythm=rhythm)), now=now)
    room.decide(story(seen=now))
    assert due(room) == [expected]


def test_a_rule_may_ignore_quiet_hours(newsroom):
    room = newsroom(rules=ruleset(rule_text(quiet_hours="ignore")), now=at(3))
    room.decide(story(seen=room.now))
    assert due(room) == [("alert", at(3))]


def test_the_seventh_flash_of_an_hour_opens_a_situation_mail_every_quarter_of_an_hour(newsroom):
    room = newsroom(rules=FLASH)
    for number in range(12):
        room.decide(story(f"s{number}", seen=room.now))
        room.later(minutes=2)
    alone = [row for row in room.rows("messages") if row.kind == "alert"]
    gathered = sorted((row for row in room.rows("messages") if row.kind == "situation"), key=lambda row: row.due_at)
    assert len(alone) == 6
    assert [row.due_at for row in gathered] == [NOON + timedelta(minutes=15), NOON + timedelta(minutes=30)]
    assert room.ends() == {"queued": 6, "situation": 6}
    room.decide(story("s11", "", number=2, cluster="s11", change=Change.CORRECTION, seen=room.now))
    room.later(minutes=10)
    room.send()
    bodies = [mail.get_body(("plain",)).get_content() for mail in room.mails() if "Situation" in str(mail["Subject"])]
    body = next(one for one in bodies if "CORRECTION" in one)
    assert body.index("CORRECTION") < body.index("* Troops cross")


def test_what_passes_the_cap_of_an_hour_goes_into_the_hourly_mail(newsroom):
    room = newsroom()
    for number in range(15):
        room.decide(story(f"s{number}", seen=room.now))
    assert room.ends() == {"queued": 12, "capped": 3}
    assert due(room).count(("digest", NOON + timedelta(hours=1))) == 1


def test_a_daily_rule_waits_for_the_digest_at_half_past_seven(newsroom):
    room = newsroom(rules=ROUTINE_DAILY)
    queue_digests(room.store, room.settings, room.recipients, room.rules, room.now)
    room.decide(story())
    room.now = at(7, 29, 11)
    assert queue_digests(room.store, room.settings, room.recipients, room.rules, room.now) == 0
    room.now = at(7, 31, 11)
    assert queue_digests(room.store, room.settings, room.recipients, room.rules, room.now) == 1
    assert queue_digests(room.store, room.settings, room.recipients, room.rules, room.now) == 0
    room.send()
    (mail,) = room.mails()
    assert mail["Subject"] == "Wirefeed digest 2026-03-11: 1 alert"
    assert "Troops cross the river" in mail.get_body(("plain",)).get_content()


def test_an_empty_digest_is_sent_so_that_silence_means_trouble_and_an_outage_makes_one_not_three(newsroom):
    room = newsroom()
    queue_digests(room.store, room.settings, room.recipients, room.rules, room.now)
    room.now = at(10, 0, 14)
    assert queue_digests(room.store, room.settings, room.recipients, room.rules, room.now) == 1
    room.send()
    assert "silence means trouble" in room.mails()[0].get_body(("plain",)).get_content()


# --- people's hands --------------------------------------------------------------------------------------------------
def test_a_snooze_holds_for_its_story_and_recipient_and_expires(newsroom):
    room = newsroom(recipients=people(TWO % ("", "ann, bob")), rules=FLASH)
    with room.store.begin() as db:
        audit.snooze(db, "bases", None, "bob", room.now + timedelta(hours=2), "bob", room.now)
    room.decide(story("s1"))
    assert [row.recipient for row in room.rows("messages")] == ["ann"]
    assert sorted((row.recipient, row.disposition) for row in room.rows("deliveries")) == [("ann", "queued"), ("bob", "snoozed")]
    room.later(hours=3)
    room.decide(story("s2", seen=room.now))
    assert [row.recipient for row in room.rows("messages") if row.created_at == room.now] == ["ann", "bob"]


def test_reminder_after_a_quarter_of_an_hour_once_and_escalation_only_to_a_named_deputy(newsroom):
    deputy = ", escalation: {deputy: ann, after_minutes: 40}"
    room = newsroom(rules=FLASH, recipients=people(TWO % (deputy, "bob")), public_url="https://desk.example.org")
    room.decide(story())
    room.send()

    def queued():
        return queue_digests(room.store, room.settings, room.recipients, room.rules, room.now)

    queued()
    assert room.kinds() == ["alert"]
    room.later(minutes=16)
    assert queued() == 1
    assert queued() == 0
    room.send()
    room.later(minutes=30)
    assert queued() == 1
    assert {row.recipient for row in room.rows("messages") if row.kind == "escalation"} == {"ann"}


def test_acknowledgement_stops_reminders_and_without_a_public_address_there_are_none(newsroom):
    room = newsroom(rules=FLASH, public_url="https://desk.example.org")
    room.decide(story())
    room.send()
    with room.store.begin() as db:
        assert acts.acknowledge(db, room.log[-1].alerts[0].id, "ann", room.now)
    room.later(minutes=20)
    queue_digests(room.store, room.settings, room.recipients, room.rules, room.now)
    assert room.kinds() == ["alert"]
    silent = newsroom(rules=FLASH)
    silent.decide(story())
    silent.send()
    silent.later(minutes=20)
    queue_digests(silent.store, silent.settings, silent.recipients, silent.rules, silent.now)
    assert silent.kinds() == ["alert"]


def test_leaving_a_rule_pauses_it_for_that_person_and_tells_the_owner(newsroom):
    room = newsroom(recipients=people(TWO % ("", "ann, bob")), rules=ruleset(rule_text(owner="ann")))
    with room.store.begin() as db:
        assert acts.leave(db, "bases", "bob", room.recipients, {"bases": "ann"}, room.now) == ["bases"]
        assert acts.leave(db, "bases", "bob", room.recipients, {"bases": "ann"}, room.now) == []
    room.decide(story())
    assert sorted((row.kind, row.recipient) for row in room.rows("messages")) == [("alert", "ann"), ("notice", "ann")]
    assert ("bob", "left") in [(row.recipient, row.disposition) for row in room.rows("deliveries")]
    with room.store.begin() as db:
        assert audit.rejoin(db, "bases", "bob", "operator", room.now)
    room.decide(story("s2"))
    assert "bob" in [row.recipient for row in room.rows("messages") if row.kind == "alert"]


AWAY = ", away: {from: 2026-03-09, to: 2026-03-12%s}"


@pytest.mark.parametrize(("severity", "deputy", "expected"), [
    ("urgent", ", deputy: ann", [("alert", "ann", NOON)]),
    ("flash", ", deputy: ann", [("alert", "ann", NOON)]),
    ("urgent", "", [("catch-up", "bob", at(7, 30, 13))]),
    ("flash", "", [("alert", "bob", NOON)]),
])
def test_who_is_away_has_a_deputy_or_a_catch_up_mail_on_return_but_a_flash_is_never_held(newsroom, severity, deputy, expected):
    room = newsroom(recipients=people(TWO % (AWAY % deputy, "bob")), rules=ruleset(rule_text(severity=severity)))
    room.decide(story())
    assert [(row.kind, row.recipient, row.due_at) for row in room.rows("messages")] == expected


def test_a_deputy_who_gets_the_rule_anyway_gets_one_mail(newsroom):
    room = newsroom(recipients=people(TWO % (AWAY % ", deputy: ann", "ann, bob")))
    room.decide(story())
    assert [row.recipient for row in room.rows("messages")] == ["ann"]


def test_a_rule_that_is_off_by_now_ends_its_matches_as_off(newsroom):
    room = newsroom()
    room.decide(story("s1", "gone"))
    assert room.ends() == {"off": 1}


def test_a_changed_rule_keeps_what_ran_before_for_back_tests(newsroom):
    from wirefeed.store.rules import former, stored

    room = newsroom()
    first = room.rules.sources["bases"].text
    room.rules = ruleset(rule_text(title="Bases, said better"))
    room.later(minutes=5).decide(story("s1", seen=room.now))
    room.later(minutes=5).decide(story("s2", seen=room.now))
    with room.store.begin() as db:
        assert stored(db, "bases") == (room.rules.revisions["bases"], room.rules.sources["bases"].text)
        assert former(db, "bases")[1] == first
    assert room.ends() == {"queued": 2}
