"""The rules we ship, on their own examples and on events of the region that none of them was written for; and on football."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from wirefeed.rules import examples
from wirefeed.rules.catalog import RuleSet, load_rules
from wirefeed.rules.desk import RuleDesk
from wirefeed.rules.percolate import Percolator
from wirefeed.settings import Settings
from wirefeed.stories.language import detect
from wirefeed.yaml_files import find

ROOT = Path(__file__).parents[2]
CASES = yaml.safe_load((ROOT / "tests" / "data" / "rules" / "events.yaml").read_text("utf-8"))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    return load_rules(find((ROOT / "config",), "rules/*.yaml"))


def fired(rules: RuleSet, tagger: Any, cases: list[dict[str, Any]]) -> list[set[str]]:
    """For each text the rules that it fires."""
    stories = [examples.story(one["title"], one["text"], None, tagger, NOW) for one in cases]
    found: list[set[str]] = [set() for _ in cases]
    for rule_id, slots in Percolator(rules).slots(stories).items():
        for slot in slots:
            found[slot].add(rule_id)
    return found


def test_every_event_fires_its_rules(shipped, tagger):
    missed = [(one["title"], sorted(set(one["rules"]) - got)) for one, got in zip(CASES["events"], fired(shipped, tagger, CASES["events"]), strict=True)
              if set(one["rules"]) - got]
    assert not missed


def test_football_weather_and_trade_fire_nothing(shipped, tagger):
    loud = [(one["title"], sorted(got)) for one, got in zip(CASES["silence"], fired(shipped, tagger, CASES["silence"]), strict=True) if got]
    assert not loud


def test_every_rule_has_events_in_english_russian_and_another_language(shipped):
    heard: dict[str, Counter[str]] = {rule.id: Counter() for rule in shipped}
    for rule in shipped:
        for one in rule.must_match:
            heard[rule.id][detect(one.title, one.text, one.language)] += 1
    for one in CASES["events"]:
        for rule_id in one["rules"]:
            heard[rule_id][detect(one["title"], one["text"], None)] += 1
    assert len(heard) >= 12
    assert not [rule_id for rule_id, languages in heard.items() if not languages["en"] or not languages["ru"]]
    assert sum(bool(set(languages) - {"en", "ru"}) for languages in heard.values()) >= 12, heard


def test_the_shipped_rules_pass_their_own_lint_without_a_remark(tmp_path):
    desk = RuleDesk(Settings(data=tmp_path, config=tmp_path / "none", shipped_config=ROOT / "config"), NOW)
    assert [str(one) for one in desk.lint()] == []
    assert all(len(rule.must_match) >= 2 and len(rule.must_not_match) >= 2 for rule in desk.rules)
