"""Ids stay what they are while publishers edit; addresses of one story are one."""


from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirefeed.entries.identity import canonical_link, identify, made_of_words
from wirefeed.model import Entry, When


def entry(title: str = "Border talks resume in Osh", link: str | None = None, guid: str | None = None, **more: object) -> Entry:
    return replace(Entry("", title, link, guid=guid), **more)  # type: ignore[arg-type]


def ids(*entries: Entry) -> list[str]:
    return [one.id for one in identify(entries)]


@pytest.mark.parametrize("other", [
    "http://www.agency.example/news/1", "https://m.agency.example/news/1", "https://agency.example:443/news/1/", "http://agency.example:80/news/1#comments",
    "https://agency.example/news/1?utm_source=rss&utm_medium=feed", "https://agency.example/news/1?fbclid=x&from=rss", "https://amp.agency.example/news/1",
    "https://agency.example/news/1/amp", "https://agency.example/news/1/amp/", "https://agency.example/news/1.amp.html", "https://agency.example/amp/news/1",
    "https://www.google.com/amp/s/agency.example/news/1", "https://agency-example.cdn.ampproject.org/c/s/agency.example/news/1",
    " https://AGENCY.example//news/1?ref=tg ", "https://agency.example/news/1?yclid=5&ysclid=lq", "https://agency.example/news/1/index.html", "https://agency.example/news/1;jsessionid=AB12?CMP=rss",
    "https://agency.example/news/1?rcmd_alg=slotter&ns_campaign=1490&print=1", "https://agency.example/news/%31",
])
def test_addresses_of_one_story_are_one(other: str) -> None:
    assert canonical_link(other) == canonical_link("https://agency.example/news/1")


@pytest.mark.parametrize(("one", "two"), [
    ("https://a.example/?p=1", "https://a.example/?p=2"), ("https://a.example/n?cid=17", "https://a.example/n?cid=18"),
    ("https://a.example/x", "https://b.example/x"), ("https://a.example/X1", "https://a.example/x1"), ("https://kk.a.example/x", "https://ru.a.example/x"),
    ("https://a.example/%ED%EE%E2", "https://a.example/%F1%EB%EE"), ("https://a.example/#!/1", "https://a.example/#!/2"),
    ("https://a.example/amper", "https://a.example/"), ("https://a.example:8080/x", "https://a.example/x"), ("https://m.example/x", "https://example/x"),
])
def test_addresses_of_two_stories_stay_two(one: str, two: str) -> None:
    assert canonical_link(one) != canonical_link(two)


@given(st.text(max_size=80))
def test_any_text_has_a_canonical_form_that_is_its_own(text: str) -> None:
    link = canonical_link("https://a.example/" + text)
    assert canonical_link(link) == canonical_link(canonical_link(link))
    assert isinstance(canonical_link(text), str)


def test_what_is_no_web_address_stays() -> None:
    assert canonical_link("mailto:a@b.example") == "mailto:a@b.example"
    assert canonical_link("http://[") == "http://["


def test_cyrillic_hosts_and_paths_have_one_spelling() -> None:
    assert canonical_link("https://новости.example/ош") == canonical_link("https://xn--b1amnebsh.example/%D0%BE%D1%88")


def test_a_guid_that_follows_the_headline_does_not_make_a_new_story() -> None:
    before = entry("Border talks resume in Osh", "https://a.example/news/17", "border-talks-resume-in-osh")
    after = entry("Border talks collapse in Osh", "https://a.example/news/17", "border-talks-collapse-in-osh")
    assert ids(before) == ids(after)


def test_a_headline_edited_under_a_frozen_slug_does_not_make_a_new_story() -> None:
    for guid, link in (("border-talks-resume-in-osh", "https://a.example/news/17"), ("https://a.example/border-talks-resume-in-osh",) * 2,
                       ("https://a.example/1234567-border-talks-resume-in-osh",) * 2):
        assert ids(entry("Border talks resume in Osh", link, guid)) == ids(entry("Переговоры прерваны", link, guid))


def test_an_address_with_number_and_slug_is_known_by_its_number() -> None:
    assert ids(entry("A", "https://a.example/doc/512345_border_talks_resume.html")) == ids(entry("B", "https://a.example/doc/512345_border_talks_collapse.html"))
    assert ids(entry("A", "https://a.example/20260610-border-talks-resume-again")) != ids(entry("A", "https://a.example/20260610-quake-shakes-the-valley"))


def test_an_opaque_guid_outlives_a_changed_link() -> None:
    for guid in ("https://a.example/?p=123", "tag:a.example,2026:17", "5f2b1c9e-8f5a-4f5e-9a9e-1f2d3c4b5a69", "17"):
        assert ids(entry("A", "https://a.example/old-words-of-the-slug", guid)) == ids(entry("B", "https://a.example/new-words-of-the-slug", guid))


def test_items_that_share_a_page_are_told_by_their_place_in_it() -> None:
    one, two = (Entry(id="", title=title, link=None, guid=f"https://agency.example/30.html#item{number}") for title, number in (("A", 572), ("B", 573)))
    assert ids(one, two) == [*ids(one), *ids(two)]
    assert len(set(ids(one, two))) == 2


def test_repeated_guids_do_not_swallow_stories() -> None:
    done = identify([entry("One", "https://a.example/1", "same"), entry("Two", "https://a.example/2", "same")])
    assert done[0].id != done[1].id
    assert all("guid-repeated" in one.flags for one in done)
    assert [one.id for one in identify([entry("One", "https://a.example/", "same"), entry("Two", "https://a.example/", "same")])] != ["", ""]
    assert len(set(ids(entry("One", None, "same"), entry("Two", None, "same"), entry("Two", None, "same")))) == 3


def test_a_home_page_as_every_items_link_tells_nothing() -> None:
    assert len(set(ids(entry("One", "https://a.example/"), entry("Two", "https://a.example/")))) == 2
    assert ids(entry("One", "https://a.example/")) != ids(entry("Two", "https://a.example/"))


def test_without_guid_and_link_headline_and_date_decide() -> None:
    day = When(datetime(2026, 6, 10, tzinfo=UTC), "10.06.2026")
    assert ids(entry("Обзор прессы", published=day)) == ids(entry("Обзор  прессы ", published=day))
    assert ids(entry("Обзор прессы", published=day)) != ids(entry("Обзор прессы", published=replace(day, raw="11.06.2026")))


def test_ids_do_not_depend_on_the_neighbours_or_the_order() -> None:
    some = [entry(f"Story {n}", f"https://a.example/{n}", f"g{n}") for n in range(5)]
    assert ids(*some) == list(reversed(ids(*reversed(some))))
    assert ids(some[2]) == [ids(*some)[2]]


@given(st.lists(st.builds(entry, st.text(max_size=12), st.none() | st.sampled_from(["https://a.example/1", "https://a.example/2", "x"]),
                          st.none() | st.sampled_from(["1", "2", "https://a.example/1"])), max_size=8))
def test_every_item_of_a_document_has_an_id_of_its_own(entries: list[Entry]) -> None:
    found = ids(*entries)
    assert len(set(found)) == len(found)
    assert all(len(one) == 40 for one in found)


def test_words_are_told_from_opaque_ids() -> None:
    assert made_of_words("https://a.example/2026/06/border-talks-resume")
    assert made_of_words("Переговоры о границе возобновлены")
    for opaque in ("5f2b1c9e-8f5a-4f5e-9a9e-1f2d3c4b5a69", "tag:blogger.com,1999:blog-123.post-456", "https://a.example/?p=1", "urn:newsml:afp:20260610:TX-PAR-1"):
        assert not made_of_words(opaque)
