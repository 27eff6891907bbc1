"""recipients.yaml: strict, with file and line; and the clocks of people."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from newsroom import people
from wirefeed.alerts.hours import QuietHours, at, digest_window, next_full, quiet_until
from wirefeed.alerts.recipients import LOCAL, load_recipients
from wirefeed.errors import ConfigError
from wirefeed.yaml_files import ConfigText

NIGHT = QuietHours(time(22), time(7))


@pytest.mark.parametrize(("text", "message"), [
    ("people:\n  - {id: a, address: a@x.org, zone: Asia/Atlantis}", "recipients.yaml:2: people.0.zone: Value error, unknown time zone 'Asia/Atlantis'"),
    ("people:\n  - {id: a, address: a@x.org}\n  - {id: a, address: b@x.org}", "recipients.yaml:3: 'a' stands twice"),
    ("people:\n  - {id: a, adress: a@x.org}", "unknown key 'adress'"),
    ("people:\n  - {id: a, address: nonsense}", "'nonsense' is no mail address"),
    ("people:\n  - {id: a, address: \"a@x.org\\nBcc: b@x.org\"}", "is no mail address"),
    ("people:\n  - {id: a}", "channel mail needs address"),
    ("people:\n  - {id: a, address: a@x.org, channels: [slack]}", "channel slack needs slack"),
    ("people:\n  - {id: a, address: a@x.org, quiet_hours: late}", "quiet_hours: write"),
    ("people:\n  - {id: a, address: a@x.org, digest: '25:00'}", "'25:00' is no time of day"),
    ("people:\n  - {id: a, address: a@x.org, away: {from: 2026-03-05, to: 2026-03-01}}", "'to' lies before 'from'"),
    ("people:\n  - {id: a, address: a@x.org, away: {from: 2026-03-01, to: 2026-03-05, deputy: b}}", "nobody is called 'b'"),
    ("people:\n  - {id: a, address: a@x.org, escalation: {deputy: a}}", "nobody is their own deputy"),
    ("groups:\n  - {id: desk, members: [ghost]}", "recipients.yaml:2: group desk: nobody is called 'ghost'"),
    ("operator: ghost", "operator: nobody is called 'ghost'"),
    ("people: [", "recipients.yaml"),
])
def test_mistakes_are_refused_with_their_place(text, message):
    with pytest.raises(ConfigError) as caught:
        people(text)
    assert message in str(caught.value)


def test_a_sites_file_overrides_by_id_switches_off_and_the_shipped_one_names_nobody():
    shipped = Path(__file__).parents[2] / "config" / "recipients.yaml"
    first = ConfigText(shipped, shipped.read_text("utf-8"))
    assert len(load_recipients((first,))) == 0
    base = ConfigText(Path("a.yaml"), "people:\n  - {id: a, address: a@x.org}\n  - {id: b, address: b@x.org}\ngroups:\n  - {id: desk, members: [a]}")
    site = ConfigText(Path("b.yaml"), "people:\n  - {id: a, address: new@x.org}\n  - {id: b, address: b@x.org, off: true}")
    found = load_recipients((first, base, site))
    assert [one.address for one in found.resolve(["desk", "b", "a"])] == ["new@x.org"]


def test_names_nobody_knows_reach_the_local_desk_so_that_nothing_is_lost():
    found = people()
    assert found.resolve(["ghost"]) == found.resolve([]) == (LOCAL,)
    assert [one.id for one in found.resolve(["ANN@example.org", "desk", "ann"])] == ["ann"]
    assert found.knows("desk")
    assert not found.knows("ghost")


def test_yaml_reads_an_unquoted_afternoon_time_as_a_number_and_we_read_it_back():
    assert next(iter(people("people:\n  - {id: a, address: a@x.org, digest: 17:30}"))).digest == time(17, 30)
    assert next(iter(people("people:\n  - {id: a, address: a@x.org, quiet_hours: off, digest: off}"))).quiet is None


@pytest.mark.parametrize(("zone", "now", "until"), [
    ("Asia/Almaty", "2026-03-10T17:00Z", "2026-03-11T02:00Z"), ("Asia/Almaty", "2026-03-10T16:59Z", None), ("Asia/Almaty", "2026-03-11T02:00Z", None),
    ("Europe/Berlin", "2026-03-28T23:00Z", "2026-03-29T05:00Z"),  # clocks go forward in this night
    ("Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T06:00Z"),  # and back in this one
    ("America/New_York", "2026-03-08T05:00Z", "2026-03-08T11:00Z"),
    ("Asia/Kathmandu", "2026-03-10T16:15Z", "2026-03-11T01:15Z"),
])
def test_quiet_hours_end_at_seven_on_the_local_clock_also_when_the_clocks_change(zone, now, until):
    found = quiet_until(datetime.fromisoformat(now), NIGHT, zone)
    assert found == (datetime.fromisoformat(until) if until else None)


def test_a_digest_time_that_summer_time_skips_comes_right_after_the_gap_and_once_only():
    assert at(date(2026, 3, 29), time(2, 30), "Europe/Berlin") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    windows = [digest_window(datetime(2026, 3, 28 + hours // 24, hours % 24, tzinfo=UTC), time(2, 30), "Europe/Berlin") for hours in range(0, 72)]
    assert windows == sorted(windows)
    assert len(set(windows)) == 4


def test_the_next_full_quarter_is_strictly_later():
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert next_full(noon, 15) == datetime(2026, 3, 10, 12, 15, tzinfo=UTC)
    assert next_full(noon.replace(minute=59, second=59), 60) == datetime(2026, 3, 10, 13, tzinfo=UTC)


def test_both_sides_of_midnight_and_a_day_nap():
    nap = QuietHours(time(13), time(14))
    assert quiet_until(datetime(2026, 3, 10, 13, 30, tzinfo=UTC), nap, "UTC") == datetime(2026, 3, 10, 14, tzinfo=UTC)
    assert quiet_until(datetime(2026, 3, 10, 12, 59, tzinfo=UTC), nap, "UTC") is None
