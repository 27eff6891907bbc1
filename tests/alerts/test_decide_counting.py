"""Rules that count: thresholds, spikes against the rule's own history, first meetings of group and country, through the real database."""

from datetime import timedelta

import pytest

from newsroom import NOON, rule_text, ruleset, story
from wirefeed.model import Change, Entity
from wirefeed.store.rules import seen_pairs


def named(newsroom, **keys):
    """A newsroom whose one rule has run before."""
    return newsroom(rules=ruleset(rule_text(**keys)), started=False).start()


def of(name, group="", **more):
    """A story of its own event; with ``group`` it names that group."""
    made = story(name, text=f"Guards said troops crossed at {name}.", **more)
    if group:
        import dataclasses

        tags = dataclasses.replace(made.version.tags, entities=(Entity(f"group:{group}", "group", group.upper(), "text", "", 0, 0),))
        made = dataclasses.replace(made, version=dataclasses.replace(made.version, tags=tags))
    return made


def test_the_third_story_within_six_hours_is_the_alert_and_names_the_two_before(newsroom):
    room = named(newsroom, threshold={"count": 3, "hours": 6}, severity="flash")
    room.decide(of("s1", seen=room.now))
    room.later(hours=1).decide(of("s1-copy", cluster="s1", seen=room.now))  # a copy is the same event
    assert room.kinds() == []
    assert room.ends() == {"counted": 2}
    room.later(hours=1).decide(of("s2", seen=room.now))
    room.later(hours=1).decide(of("s3", seen=room.now, title="The third crossing"))
    assert room.kinds() == ["alert"]
    assert room.ends() == {"counted": 3, "queued": 1}
    room.send()
    [mail] = room.mails()
    text = mail.get_body(("plain",)).get_content()
    assert "3 different stories within 6 h" in text
    assert text.count("steppe-wire.example/s") == 3
    room.later(hours=1).decide(of("s4", seen=room.now))  # one alert a window
    assert room.kinds() == ["alert"]


def test_stories_farther_apart_than_the_window_never_alert(newsroom):
    room = named(newsroom, threshold={"count": 2, "hours": 1})
    for number in range(4):
        room.later(hours=2).decide(of(f"s{number}", seen=room.now))
    assert room.kinds() == []
    assert room.ends() == {"counted": 4}


def test_all_in_one_batch_count_one_after_another(newsroom):
    room = named(newsroom, threshold={"count": 3, "hours": 6})
    room.decide(*(of(f"s{number}") for number in range(5)))
    assert room.ends() == {"counted": 4, "queued": 1}
    assert len(room.rows("alerts")) == 1


def test_a_backlog_does_not_count(newsroom):
    room = named(newsroom, threshold={"count": 3, "hours": 6})
    room.decide(*(of(f"b{number}", backlog=True) for number in range(5)))
    room.later(minutes=30).decide(of("fresh", seen=room.now))
    assert room.ends() == {"summary": 5, "counted": 1}
    assert room.kinds() == ["summary"]


def test_a_copy_or_correction_of_the_alerted_event_follows_its_alert(newsroom):
    room = named(newsroom, threshold={"count": 2, "hours": 6})
    room.decide(of("s1"), of("s2"))
    [alert] = room.rows("alerts")
    room.later(hours=1).decide(of(alert.cluster_id, number=2, change=Change.CORRECTION, seen=room.now))
    assert [row.kind for row in room.rows("alerts")] == ["new", "correction"]


def test_a_spike_leaps_out_of_the_rules_own_history(newsroom):
    room = named(newsroom, spike={"factor": 3, "hours": 6, "reference_days": 5, "least": 4})
    for day in range(1, 6):  # one story a day: 0.25 in six hours
        room.now = NOON + timedelta(days=day)
        room.decide(of(f"day{day}", seen=room.now))
    assert room.kinds() == []
    room.later(hours=20)
    for number in range(4):
        room.later(minutes=10).decide(of(f"burst{number}", seen=room.now))
    assert [row.cluster_id for row in room.rows("alerts")] == ["burst3"]
    room.send()
    assert "4 different stories within 6 h; 0.2 is usual" in room.mails()[0].get_body(("plain",)).get_content()


def test_a_young_rule_has_no_history_to_leap_out_of(newsroom):
    room = named(newsroom, spike={"factor": 2, "hours": 6, "least": 2})
    room.decide(*(of(f"s{number}") for number in range(10)))
    assert room.kinds() == []


def test_a_group_and_a_country_alert_when_they_meet_for_the_first_time(newsroom):
    room = named(newsroom, first_seen=True)
    room.decide(of("old", "iskp", countries=("AF",), backlog=True))  # the back-log makes the pair known
    room.decide(of("s1", "iskp", countries=("AF",)), of("s2", "iskp", countries=("TJ",)))
    assert [row.cluster_id for row in room.rows("alerts")] == ["s2"]
    room.later(hours=3).decide(of("s3", "iskp", countries=("TJ",), seen=room.now))
    assert [row.cluster_id for row in room.rows("alerts")] == ["s2"]
    with room.store.begin() as db:
        assert seen_pairs(db, "bases") == {("group:iskp", "AF"), ("group:iskp", "TJ")}
    room.send()
    mail = next(mail for mail in room.mails() if "alert" in mail["X-Wirefeed-Kind"])
    assert "named together for the first time: ISKP and Tajikistan" in mail.get_body(("plain",)).get_content()


def test_a_later_version_that_names_another_country_is_a_first_meeting(newsroom):
    room = named(newsroom, first_seen=True)
    room.decide(of("s1", "iskp", countries=("AF",), backlog=True))
    room.later(hours=1).decide(of("s1", "iskp", number=2, change=Change.TEXT, countries=("AF", "KG"), seen=room.now))
    assert len(room.rows("alerts")) == 1


@pytest.mark.parametrize("keys", [{"threshold": {"count": 2, "hours": 6}}, {"first_seen": True}])
def test_deciding_the_same_batch_twice_changes_nothing(newsroom, keys):
    room = named(newsroom, **keys)
    batch = [of("s1", "iskp"), of("s2", "iskp")]
    room.decide(*batch)
    before = room.ends(), room.kinds()
    room.decide(*batch)
    assert (room.ends(), room.kinds()) == before
