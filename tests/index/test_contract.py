"""One suite for both indices: what search promises, whatever stands behind it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from wirefeed.index.base import GeoBox, KeptIndex, SearchRequest
from wirefeed.model import Document, Entity
from wirefeed.rules.query import parse

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Make = Callable[..., Document]


def ids(index: KeptIndex, **request: object) -> list[str]:
    """Ids found, in order."""
    return [hit.id for hit in index.search(SearchRequest(**request)).hits]  # type: ignore[arg-type]


def fill(index: KeptIndex, *documents: Document) -> None:
    """Write and make visible; all must succeed."""
    report = index.upsert(documents)
    assert report.failed == {}
    index.refresh()


def test_an_empty_index_answers(index: KeptIndex) -> None:
    result = index.search(SearchRequest(facets=("topic",), months=True))
    assert (result.total, result.hits, result.facets, result.months) == (0, (), {"topic": {}}, {})


def test_what_was_written_comes_back_whole(index: KeptIndex, story: Make) -> None:
    made = story("s1", text="Пограничники сообщили о столкновении.", topics=("border",), countries=("KG", "TJ"),
                 entities=(Entity("place:batken", "place", "Batken", "text", "Баткен", 0, 6),), points={"place:batken": (40.06, 70.82)})
    report = index.upsert([made])
    assert (report.written, report.stale, report.failed) == (("s1",), (), {})
    index.refresh()
    assert index.search(SearchRequest()).hits[0].document == made


def test_an_older_version_never_overwrites_a_newer_one(index: KeptIndex, story: Make) -> None:
    fill(index, story("s1", title="second", number=2))
    report = index.upsert([story("s1", title="first", number=1)])
    assert (report.written, report.stale, report.failed) == ((), ("s1",), {})
    index.refresh()
    assert index.search(SearchRequest()).hits[0].document["title"] == "second"
    fill(index, story("s1", title="second, better tagged", number=2), story("s2"))
    assert index.search(SearchRequest()).total == 2
    assert {hit.document["title"] for hit in index.search(SearchRequest()).hits} >= {"second, better tagged"}


def test_of_two_versions_in_one_batch_the_newer_stays(index: KeptIndex, story: Make) -> None:
    fill(index, story("s1", title="third", number=3), story("s1", title="second", number=2))
    assert [hit.document["version"] for hit in index.search(SearchRequest()).hits] == [3]


def test_a_story_whose_date_changes_stays_one_story(index: KeptIndex, story: Make) -> None:
    fill(index, story("s1", number=1, published=datetime(2026, 1, 31, 23, tzinfo=UTC)))
    later = story("s1", number=2, published=datetime(2026, 2, 2, tzinfo=UTC)) | {"month": "2026.01"}  # the first publication decides
    fill(index, later)
    result = index.search(SearchRequest(months=True))
    assert (result.total, result.months) == (1, {"2026-02": 1})


def test_deleting_removes_and_unknown_ids_are_success(index: KeptIndex, story: Make) -> None:
    fill(index, story("s1"), story("s2", hours=2000))
    report = index.delete(["s2", "never-there"])
    assert (set(report.written), report.failed) == ({"s2", "never-there"}, {})
    index.refresh()
    assert ids(index) == ["s1"]


@pytest.mark.parametrize(("query", "expected"), [
    ("войска", {"ru"}),
    ("text:войсками", {"ru"}),
    ("title:clashes", {"en", "both"}),
    ('"border guards"', {"en", "both"}),
    ('"guards border"', set()),
    ("clash AND NOT Batken", {"en"}),
    ("topic:border", {"en", "both"}),
    ("country:kg", {"both"}),
    ("country:KG OR language:ru", {"both", "ru"}),
    ('entity:"place:batken"', {"both"}),
    ("source:azattyk", {"ru"}),
    ('source:"Radio Azattyk"', {"ru"}),
    ("воен*", {"ru"}),
    ("title:clas?", {"en", "both"}),
    ("published:[2026-02-28 TO 2026-03-01]", {"en", "ru"}),
    ("Oʻzbekiston", {"uz"}),
    ("o'zbekiston", {"uz"}),
    ("نیروهای", {"fa"}),
])
def test_the_query_language_finds_the_same_on_both(index: KeptIndex, story: Make, query: str, expected: set[str]) -> None:
    batken = Entity("place:batken", "place", "Batken", "text", "Batken", 0, 6)
    fill(index,
         story("en", topics=("border",), hours=1),
         story("both", text="It happened in Batken.", topics=("border",), countries=("KG",), entities=(batken,), hours=100),
         story("ru", title="Военные учения начались", text="В учениях участвуют войска трёх стран.", language="ru", source="Radio Azattyk", hours=2),
         story("uz", title="O‘zbekiston chegarasida", language="uz", hours=300),
         story("fa", title="نيروهاي مرزی", language="fa", hours=400))
    assert set(ids(index, query=parse(query))) == expected


def test_highlights_mark_the_words_and_escape_the_rest(index: KeptIndex, story: Make) -> None:
    filler = "Ничего не произошло. " * 40
    fill(index, story("s1", title="<b>Войска</b> & граница", text=f"{filler}Колонна войск <прошла> мост. {filler}"))
    hit = index.search(SearchRequest(query=parse("войсками"))).hits[0]
    assert hit.highlight["title"] == ("&lt;b&gt;<mark>Войска</mark>&lt;/b&gt; &amp; граница",)
    [fragment] = hit.highlight["text"]
    assert "<mark>войск</mark>" in fragment
    assert len(fragment) < 400
    assert index.search(SearchRequest(query=parse("войсками"), highlight=False)).hits[0].highlight == {}


def test_pages_follow_each_other_without_gap_or_repetition_even_among_equal_times(index: KeptIndex, story: Make) -> None:
    documents = [story(f"{number * 2654435761 % 2**64:016x}", hours=number // 12) for number in range(60)]
    fill(index, *documents)
    expected = [one["id"] for one in sorted(documents, key=lambda one: (one["published"], one["id"]), reverse=True)]
    seen: list[str] = []
    after = None
    while True:
        hits = index.search(SearchRequest(size=7, after=after)).hits
        if not hits:
            break
        seen += [hit.id for hit in hits]
        after = (datetime.fromisoformat(hits[-1].document["published"]), hits[-1].id)
    assert seen == expected


def test_paging_holds_for_ids_that_begin_alike(index: KeptIndex, story: Make) -> None:
    fill(index, *(story(f"samestart-{number:03d}") for number in range(40)))
    first = ids(index, size=25)
    rest = ids(index, size=25, after=(NOW, first[-1]))
    assert first + rest == [f"samestart-{number:03d}" for number in reversed(range(40))]


def test_facets_count_values(index: KeptIndex, story: Make) -> None:
    fill(index, story("a", topics=("border", "crime"), countries=("KG",)), story("b", topics=("border",), countries=("TJ", "KG")),
         story("c", source="Radio Azattyk"))
    facets = index.search(SearchRequest(facets=("topic", "country", "source", "withdrawn"))).facets
    assert facets == {"topic": {"border": 2, "crime": 1}, "country": {"KG": 2, "TJ": 1}, "source": {"Test Wire": 2, "Radio Azattyk": 1},
                      "withdrawn": {"false": 3}}


def test_months_are_calendar_months_of_publication(index: KeptIndex, story: Make) -> None:
    fill(index, *(story(f"s{number}", published=moment) for number, moment in enumerate([
        datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC),
        datetime(2025, 12, 1, tzinfo=UTC)])))
    assert index.search(SearchRequest(months=True)).months == {"2025-12": 1, "2026-01": 1, "2026-02": 2}


def test_since_is_inclusive_and_until_exclusive(index: KeptIndex, story: Make) -> None:
    second = timedelta(seconds=1)
    fill(index, story("at", published=NOW), story("before", published=NOW - second), story("after", published=NOW + second))
    assert ids(index, since=NOW) == ["after", "at"]
    assert ids(index, until=NOW) == ["before"]
    assert ids(index, since=NOW, until=NOW + second) == ["at"]


@pytest.mark.parametrize(("box", "expected"), [
    (GeoBox(top=41, left=70, bottom=39, right=72), {"batken", "two"}),
    (GeoBox(top=41, left=66, bottom=39, right=67), set()),  # latitude of one point, longitude of the other
    (GeoBox(top=80, left=170, bottom=-10, right=-170), {"date line"}),
    (GeoBox(top=90, left=-180, bottom=-90, right=180), {"batken", "two", "date line"}),
])
def test_a_box_finds_the_stories_with_a_point_in_it(index: KeptIndex, story: Make, box: GeoBox, expected: set[str]) -> None:
    def at(story_id: str, *points: tuple[float, float]) -> Document:
        named = {f"place:{number}": point for number, point in enumerate(points)}
        return story(story_id, entities=tuple(Entity(name, "place", name, "text", "x", 0, 1) for name in named), points=named)

    fill(index, at("batken", (40.06, 70.82)), at("two", (40.06, 70.82), (50.0, 66.5)), at("date line", (65.0, 179.5)), story("nowhere"))
    assert set(ids(index, box=box)) == expected


def test_a_rebuilt_generation_is_unseen_until_the_flip(index: KeptIndex, story: Make) -> None:
    fill(index, story("old"), story("gone"))
    beside = index.beside("20260301")
    assert beside.upsert([story("old", title="rebuilt"), story("new", hours=3)]).failed == {}
    beside.refresh()
    assert ids(index) == ["old", "gone"] or set(ids(index)) == {"old", "gone"}
    index.flip("20260301")
    assert set(ids(index)) == {"old", "new"}
    assert index.status(NOW).generation == "20260301"
    fill(index, story("later", hours=1000))
    assert set(ids(index)) == {"old", "new", "later"}


def test_flipping_to_an_empty_generation_empties_the_index(index: KeptIndex, story: Make) -> None:
    fill(index, story("old"))
    index.flip("7")
    assert ids(index) == []
    fill(index, story("new"))
    assert ids(index) == ["new"]


def test_retention_drops_whole_months(index: KeptIndex, story: Make) -> None:
    fill(index, story("now"), story("border", published=datetime(2025, 3, 1, tzinfo=UTC)), story("old", published=datetime(2025, 2, 28, tzinfo=UTC)),
         story("ancient", published=datetime(2009, 5, 1, tzinfo=UTC)) | {"month": "2009"})
    assert index.retain("2025.03") == ("2009", "2025.02")
    index.refresh()
    assert set(ids(index)) == {"now", "border"}
    assert index.retain("2025.03") == ()


def test_status_tells_months_and_no_problem(index: KeptIndex, story: Make) -> None:
    fill(index, story("a"), story("b", published=datetime(2026, 1, 5, tzinfo=UTC)))
    status = index.status(datetime.now(UTC))
    assert (status.documents, status.months, status.problems) == (2, {"2026.01": 1, "2026.03": 1}, ())


def test_a_document_that_cannot_be_held_fails_alone(index: KeptIndex, story: Make) -> None:
    bad = story("bad") | {"published": "no time at all"}
    report = index.upsert([story("a"), bad, story("b")])
    assert set(report.written) == {"a", "b"}
    assert set(report.failed) == {"bad"}
    index.refresh()
    assert set(ids(index)) == {"a", "b"}


def test_monstrous_words_and_texts_are_held(index: KeptIndex, story: Make) -> None:
    fill(index, story("s1", title="A" * 50_000, text="б" * 40_000 + " слово " + "x " * 100_000, source="Ж" * 20_000))
    assert index.search(SearchRequest()).total == 1
