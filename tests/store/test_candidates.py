"""Names that recur and that the gazetteer lacks: counted once a story, with the contexts an analyst needs."""

from dataclasses import replace
from datetime import UTC, datetime

from wirefeed.model import Change, Entity, Tags, Version
from wirefeed.store.database import Store
from wirefeed.store.tags import CONTEXTS, collect_candidates, suggestions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXT = "Officials named the commander as Karim Oripov on Monday."


def story(number: int, version: int = 1, name: str = "Karim Oripov") -> Version:
    text = TEXT.replace("Karim Oripov", name) + f" Report {number}."
    start = text.index(name)
    known = Entity("country:TJ", "country", "Tajikistan", "text", "Officials", 0, 9, "gazetteer")
    found = Entity(None, "person", name, "text", name, start, start + len(name), "model")
    tags = Tags("en", True, 0.9, ("TJ",), (), (known, found, found))
    return Version(f"story-{number}", version, "feed", NOW, next(iter(Change)), "Title", text, tags=tags)


def test_a_name_counts_once_a_story_whatever_its_versions(store: Store) -> None:
    with store.begin() as db:
        for number in range(1, 4):
            collect_candidates(db, story(number), NOW)
        collect_candidates(db, story(3, version=2), NOW)
        collect_candidates(db, story(4, version=2, name="Zafar Aliev"), NOW)
        collect_candidates(db, replace(story(5), tags=None), NOW)
        found = suggestions(db, 1, 10)
    assert [(row["name"], row["count"], row["type"], row["language"]) for row in found] == [
        ("Karim Oripov", 3, "person", "en"), ("Zafar Aliev", 1, "person", "en")]
    assert all("Karim Oripov on Monday" in context for context in found[0]["contexts"])


def test_the_most_frequent_come_first_and_contexts_are_few(store: Store) -> None:
    with store.begin() as db:
        for number in range(1, 10):
            collect_candidates(db, story(number), NOW)
        collect_candidates(db, story(20, name="Zafar Aliev"), NOW)
        assert [row["name"] for row in suggestions(db, 2, 10)] == ["Karim Oripov"]
        assert len(suggestions(db, 1, 1)) == 1
        assert len(suggestions(db, 1, 10)[0]["contexts"]) == CONTEXTS
