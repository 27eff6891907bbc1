"""Whatever comes in whatever order: every match ends somewhere, no flash is lost, no rule alerts twice on a cluster."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsroom import NOON, Newsroom, people, rule_text, ruleset, story
from wirefeed.alerts.digests import queue_digests
from wirefeed.model import Change
from wirefeed.settings import Settings
from wirefeed.store import audit
from wirefeed.store.database import open_store

RULES = ruleset(rule_text("bases", severity="flash"), rule_text("border"), rule_text("water", severity="routine", rhythm="daily"))
PEOPLE = """
people:
  - {id: ann, address: ann@example.org, zone: Asia/Almaty}
  - {id: bob, address: bob@example.org, zone: America/New_York, away: {from: 2026-03-11, to: 2026-03-12, deputy: ann}}
  - {id: cat, address: cat@example.org, zone: Europe/Berlin, digest: off}
groups:
  - {id: desk, members: [ann, bob, cat]}
"""
arrival = st.fixed_dictionaries({
    "story": st.integers(0, 5), "rules": st.sets(st.sampled_from(["bases", "border", "water"])), "change": st.sampled_from(list(Change)),
    "backlog": st.sampled_from([False, False, False, True]), "age": st.sampled_from([0, 1, 30]), "country": st.sampled_from(["TJ", "AF", "KG"]),
    "wait": st.sampled_from([0, 1, 20, 400]), "snooze": st.sampled_from([None, None, None, "bases", "border"]), "same_batch": st.booleans()})
WAITS = {"queued", "sent", "quiet", "hourly", "digest", "capped", "away", "situation", "grouped", "snoozed", "left", "nobody", "summary", "catch-up",
         "unchanged"}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(arrival, min_size=1, max_size=14))
def test_every_match_ends_and_no_flash_is_lost_and_no_cluster_alerts_twice(arrivals):
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/wirefeed.sqlite")
        store.migrate()
        room = Newsroom(store, Settings(data=Path(folder), config=Path(folder) / "config"), RULES, people(PEOPLE)).start()
        matched, flash_fresh, snoozed, batch = set(), set(), False, []
        versions: dict[int, int] = {}
        for one in arrivals:
            if not one["same_batch"] and batch:
                room.decide(*batch)
                batch = []
            room.now += timedelta(minutes=one["wait"])
            if one["snooze"]:
                snoozed = True
                with store.begin() as db:
                    audit.snooze(db, one["snooze"], None, None, room.now + timedelta(hours=3), "ann", room.now)
            number = versions[one["story"]] = versions.get(one["story"], 0) + 1
            change = Change.FIRST if number == 1 else one["change"]
            cluster = f"s{one['story'] // 2 * 2}"  # stories come in pairs of copies
            facts = story(f"s{one['story']}", *(sorted(one["rules"]) or ("",)), number=number, cluster=cluster, change=change, seen=room.now,
                          first_seen=NOON, backlog=one["backlog"], published=NOON - timedelta(hours=one["age"]), countries=(one["country"],),
                          source=f"Outlet {one['story']}")
            batch.append(facts)
            matched |= {(rule, facts.version.story_id, number) for rule in one["rules"]}
            old = one["backlog"] or (change is Change.FIRST and one["age"] == 30)
            if "bases" in one["rules"] and not old and change not in (Change.DATE, Change.COSMETIC, Change.REFILE):
                flash_fresh.add((facts.version.story_id, number))
        room.decide(*batch)
        room.now += timedelta(days=3)
        queue_digests(store, room.settings, room.recipients, RULES, room.now)
        room.now += timedelta(minutes=1)
        room.send()

        rows = room.rows("matches")
        assert {(row.rule_id, row.story_id, row.version) for row in rows} == matched
        assert {row.disposition for row in rows} <= WAITS
        alerts = room.rows("alerts")
        keys = [(row.rule_id, row.cluster_id, row.follow_up) for row in alerts]
        assert len(keys) == len(set(keys))
        assert sum(row.follow_up == 0 for row in alerts) == len({(row.rule_id, row.cluster_id) for row in alerts})
        assert all(row.state == "sent" for row in room.rows("messages")), "nothing is left over"
        for row in rows:
            if row.rule_id == "bases" and not snoozed and (row.story_id, row.version) in flash_fresh:
                assert row.disposition in ("sent", "situation", "grouped", "unchanged"), row.disposition
                if row.disposition == "unchanged":  # an update of a story that a summary has shown
                    assert any(other.story_id == row.story_id and other.disposition in ("summary", "catch-up") for other in rows)
        if not snoozed:
            reached = {(row.alert_id, row.recipient) for row in room.rows("deliveries") if row.message_id}
            for alert in alerts:
                if alert.rule_id == "bases" and alert.follow_up == 0:
                    assert {name for key, name in reached if key == alert.id} >= {"ann", "cat"}
        waiting = [row for row in room.rows("deliveries") if row.message_id is None and row.disposition not in ("snoozed", "left", "digest")]
        assert waiting == []
        store.close()
