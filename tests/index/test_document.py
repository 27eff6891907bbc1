"""The document that both indices and the rules see: honest dates, stable months, bounded texts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirefeed.index.document import LONGEST_TEXT, LONGEST_WORD, clean, document, partition
from wirefeed.index.partitions import before, oldest_kept
from wirefeed.index.schema import FIELDS
from wirefeed.index.tantivy_schema import document as as_tantivy
from wirefeed.model import Change, Document, Entity, Evidence, Tags, Topic, Version, When

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def made(published: datetime | None = None, flags: tuple[str, ...] = (), **more: object) -> Document:
    version = Version("ab" * 32, 2, "feed", NOW, Change.CORRECTION, "Заголовок", "Текст", None, When(published, flags=flags))
    return document(version, source="Wire", source_kind="agency", first_seen=NOW - timedelta(hours=2), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("published", "flags"), [
    (None, ()), (NOW + timedelta(days=2), ()), (datetime(1970, 1, 1, tzinfo=UTC), ()), (NOW, ("future",)), (NOW, ("absurd",))])
def test_a_date_nobody_gave_or_can_believe_is_first_sight_and_says_so(published: datetime | None, flags: tuple[str, ...]) -> None:
    document = made(published, flags)
    assert (document["published"], document["published_known"]) == ("2026-03-01T10:00:00Z", False)


def test_a_believable_date_is_kept_in_whole_seconds() -> None:
    document = made(NOW - timedelta(hours=5, microseconds=1))
    assert (document["published"], document["published_known"]) == ("2026-03-01T06:59:59Z", True)


@pytest.mark.parametrize(("published", "seen", "month"), [
    (datetime(2026, 2, 28, 23, 59, tzinfo=UTC), NOW, "2026.02"),
    (None, NOW, "2026.03"),
    (datetime(2009, 7, 1, tzinfo=UTC), NOW, "2009"),
    (datetime(2024, 1, 1, tzinfo=UTC), NOW, "2024.01"),
    (NOW + timedelta(days=300), NOW, "2026.03"),
])
def test_the_month_is_of_first_publication_and_archives_go_by_year(published: datetime | None, seen: datetime, month: str) -> None:
    assert partition(published, seen) == month


def test_tags_become_fields_of_their_kinds() -> None:
    evidence = (Evidence("text", "граница", 3, 10, "граница"),)
    tags = Tags("ru", True, 0.91234567, ("KG", "TJ", "KG"), (Topic("crime", 0.2, ()), Topic("border", 0.9, evidence)), (
        Entity("city:batken", "city", "Batken", "text", "Баткене", 0, 7), Entity("city:batken", "city", "Batken", "title", "Баткен", 0, 6),
        Entity(None, "person", "Асан Усенов", "text", "Усенова", 8, 15, "model"), Entity("igo:csto", "igo", "CSTO", "text", "ОДКБ", 20, 24),
        Entity("event:x", "event", "Event", "text", "x", 30, 31)))
    document = made(tags=tags, points={"city:batken": (40.06, 70.82), "elsewhere": (0.0, 0.0)})
    assert document["topic"] == ["border", "crime"], "the strongest first"
    assert document["country"] == ["KG", "TJ"]
    assert document["entity"] == ["city:batken", "Batken", "Асан Усенов", "igo:csto", "CSTO", "event:x", "Event"]
    assert (document["place"], document["place_name"]) == (["city:batken", "Batken"], ["Batken"])
    assert (document["person"], document["organisation"]) == (["Асан Усенов"], ["CSTO"])
    assert document["location"] == [{"lat": 40.06, "lon": 70.82}]
    assert document["score"] == 0.9123
    assert document["evidence"][0] == {"tag": "border", "by": "topic", "field": "text", "text": "граница", "start": 3, "end": 10}
    assert len(document["evidence"]) == 6


def test_every_key_is_a_field_of_the_table() -> None:
    assert set(made(NOW, kept="rule", rules=("b", "a", "b"), severity="flash", withdrawn=True)) <= set(FIELDS)


@given(st.text(max_size=3_000))
def test_any_text_becomes_something_both_engines_can_hold(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not any(c < " " and c not in "\n\t" for c in cleaned)
    as_tantivy(made(NOW) | {"title": cleaned, "source": cleaned}, slot=0)


def test_words_and_texts_are_bounded() -> None:
    assert max(map(len, clean("ж" * 5_000).split())) == LONGEST_WORD
    assert clean("word " * 3) == "word word word "
    assert len(clean("a b " * LONGEST_TEXT)) <= LONGEST_TEXT
    assert clean("e\u0301te\u0301 \x00\ud800") == "été  ?"


@pytest.mark.parametrize(("month", "oldest", "expected"), [
    ("2025.02", "2025.03", True), ("2025.03", "2025.03", False), ("2024", "2025.01", True), ("2025", "2025.12", False),
    ("empty", "2025.01", False), ("current", "2025.01", False)])
def test_a_month_goes_only_when_it_lies_wholly_before(month: str, oldest: str, expected: bool) -> None:
    assert before(month, oldest) is expected


def test_the_oldest_month_to_keep_crosses_years_and_zero_keeps_all() -> None:
    assert [oldest_kept(2026, 3, months) for months in (1, 3, 24, 0)] == ["2026.02", "2025.12", "2024.03", ""]
    assert not before("1990", oldest_kept(2026, 3, 0))
