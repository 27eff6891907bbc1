"""The feed catalog: strict, later files override by id, off is off; what we ship loads; OPML in and out; the site's file is appended to."""

from pathlib import Path

import pytest

from wirefeed.errors import ConfigError, InputRefused
from wirefeed.feeds.catalog import Feed, load_feeds
from wirefeed.feeds.opml import new_id, read_opml, write_opml
from wirefeed.feeds.site_file import append_feeds
from wirefeed.yaml_files import ConfigText

SHIPPED = Path(__file__).parents[2] / "config" / "feeds.yaml"


def texts(*given: str) -> list[ConfigText]:
    return [ConfigText(Path(f"{number}.yaml"), text) for number, text in enumerate(given)]


def test_what_we_ship_loads_and_doubtful_feeds_are_off() -> None:
    catalog = load_feeds([ConfigText(SHIPPED, SHIPPED.read_text("utf-8"))])
    assert len(catalog.all) >= 120
    assert len(catalog) >= 90
    assert len({feed.url for feed in catalog.all.values()}) == len(catalog.all)
    assert {feed.country for feed in catalog} >= {"KZ", "KG", "TJ", "UZ", "TM", "AF"}
    assert all(feed.off for feed in catalog.all.values() if feed.source_kind == "official" and not feed.verified)
    assert sum(feed.verified for feed in catalog) >= 25


def test_a_later_file_overrides_single_keys_and_switches_off_and_on() -> None:
    catalog = load_feeds(texts(
        "defaults: {language: ru}\nfeeds:\n - {id: a, url: 'https://a.example/f', title: A}\n - {id: b, url: 'https://b.example/f', off: true}\n"
        " - {id: c, url: 'https://c.example/f'}",
        "feeds:\n - {id: a, url: 'https://a.example/new'}\n - {id: b, off: false}\n - {id: c, off: true}\n - {id: d, url: 'https://d.example/'}"))
    assert (catalog["a"].url, catalog["a"].title, catalog["a"].language) == ("https://a.example/new", "A", "ru")
    assert [feed.id for feed in catalog] == ["a", "b", "d"]
    assert catalog["d"].language is None, "defaults are a file's own"


@pytest.mark.parametrize(("text", "message"), [
    ("feeds:\n - {id: a, url: 'https://a.example', titel: x}", r"0\.yaml:2: unknown key 'titel'"),
    ("feeds:\n - {id: a, url: 'ftp://a.example'}", r"0\.yaml:2: .*no http or https address"),
    ("feeds:\n - {id: a, url: 'https://a.example'}\n - {id: a, url: 'https://b.example'}", r"0\.yaml:3: the feed 'a' stands twice"),
    ("feeds:\n - {id: a, url: 'https://a.example', country: Kazakhstan}", r"0\.yaml:2: .*two capital letters"),
    ("feeds:\n - {id: a, url: 'https://a.example', kind: page}", r"0\.yaml:2: .*needs selectors"),
    ("feeds:\n - {id: 'A b', url: 'https://a.example'}", r"0\.yaml:2: .*id"),
    ("feeds:\n - id: a", r"0\.yaml:2: .*url: Field required"),
    ("feed: []", r"0\.yaml:1: unknown key 'feed'"),
])
def test_a_mistake_names_file_and_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_feeds(texts(text))


# --- OPML ------------------------------------------------------------------------------------------------------------
def test_a_date_without_a_zone_is_placed_by_feed_or_country() -> None:
    assert str(Feed(id="a", url="https://a.example", country="UZ").place) == "Asia/Tashkent"
    assert str(Feed(id="a", url="https://a.example", country="UZ", zone="Europe/Prague").place) == "Europe/Prague"
    assert str(Feed(id="a", url="https://a.example").place) == "UTC"
    with pytest.raises(ValueError, match="IANA"):
        Feed(id="a", url="https://a.example", zone="Tashkent time")


def test_opml_goes_out_and_comes_back() -> None:
    feeds = [Feed(id="a", url="https://a.example/?x=1&y=2", title='A "quoted" & <odd>', group="кз", language="ru"),
             Feed(id="b", url="https://b.example/"), Feed(id="c", url="folder:x", kind="folder")]
    back = read_opml(write_opml(feeds).encode())
    assert [(one.url, one.title, one.group, one.language) for one in sorted(back, key=lambda one: one.url)] == [
        ("https://a.example/?x=1&y=2", 'A "quoted" & <odd>', "кз", "ru"), ("https://b.example/", "b", "", None)]


@pytest.mark.parametrize(("body", "urls"), [
    (b"<opml><body><outline text='News'><outline text='A' xmlUrl='https://a.example'/></outline></body></opml>", ["https://a.example"]),
    (b"<opml><body><outline xmlurl='https://a.example/?a=1&b=2'/></body></opml>", ["https://a.example/?a=1&b=2"]),
    ("<?xml version='1.0' encoding='windows-1251'?><opml><body><outline text='Новости' xmlUrl='https://a.example'/></body></opml>".encode("cp1251"),
     ["https://a.example"]),
    (b"<opml><body><outline xmlUrl='feed://a.example/x'/><outline xmlUrl='javascript:1'/><outline xmlUrl=''/></body></opml>", ["http://a.example/x"]),
    (b"<!DOCTYPE opml><opml><body><outline text='arch&aelig;ology &nbsp;' xmlUrl='https://a.example/x'/>\x0b</body></opml>", ["https://a.example/x"]),
    (b"<opml><body><outline type='include' xmlUrl='https://a.example/list'/><outline type='rss' xmlUrl='https://a.example/x'/></body></opml>",
     ["https://a.example/x"]),
    (b"<opml><body>" + b"<outline text='x'>" * 5000 + b"<outline xmlUrl='https://a.example'/>" + b"</outline>" * 5000 + b"</body></opml>",
     ["https://a.example"]),
])
def test_odd_lists_are_read(body: bytes, urls: list[str]) -> None:
    assert [one.url for one in read_opml(body)] == urls


def test_an_outlines_names_groups_and_languages() -> None:
    found = read_opml(b"""<opml version="2.0"><body><outline text="KG"><outline title="Publisher" text="Ours" xmlUrl="https://a.example/1" language="ru_RU"/>
        </outline><outline text="B" xmlUrl="https://a.example/2" category="/news/kg,x" language="unknown"/></body></opml>""")
    assert [(one.title, one.group, one.language) for one in found] == [("Ours", "KG", "ru-RU"), ("B", "news/kg", None)]


@pytest.mark.parametrize("body", [
    b"", b"<rss/>", b"hello", b"<!DOCTYPE x [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><opml><body><outline xmlUrl='https://a.example/&c;'/></body></opml>", b"<opml><body>"])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(InputRefused):
        read_opml(body)


def test_ids_are_short_and_never_collide() -> None:
    taken = {"a-example"}
    assert new_id("https://www.tengrinews.kz/news.rss", "", taken) == "tengrinews-kz"
    assert new_id("https://a.example/rss/politics.xml", "", taken) == "a-example-politics"
    assert new_id("https://a.example/rss", "", taken) == "a-example-2"


# --- the site's file -------------------------------------------------------------------------------------------------
def test_feeds_are_appended_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "local" / "feeds.yaml"
    append_feeds(path, [{"id": "a", "url": "https://a.example", "title": "Ала-Тоо: \"кабар\""}])
    path.write_text(path.read_text("utf-8") + "  # a comment of mine\n", "utf-8")
    append_feeds(path, [{"id": "b", "url": "https://b.example"}])
    catalog = load_feeds([ConfigText(path, path.read_text("utf-8"))])
    assert [feed.id for feed in catalog] == ["a", "b"]
    assert catalog["a"].title == 'Ала-Тоо: "кабар"'
    assert "# a comment of mine" in path.read_text("utf-8")


def test_a_file_that_would_be_wrong_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text("feeds:\n- {id: a, url: 'https://a.example'}\ndefaults: {verified: false}\n")
    before = path.read_text()
    with pytest.raises(ConfigError, match="twice"):
        append_feeds(path, [{"id": "a", "url": "https://b.example"}])
    assert path.read_text() == before
    append_feeds(path, [{"id": "b", "url": "https://b.example"}])
    assert [feed.verified for feed in load_feeds([ConfigText(path, path.read_text())])] == [False, False]
