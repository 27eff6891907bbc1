"""Every format the issue names, told by its content, with what an item can carry."""


import gzip
import json
from datetime import UTC, datetime
from textwrap import dedent

import pytest

from wirefeed.entries.parse import MOST_ENTRIES, parse
from wirefeed.errors import InputRefused
from wirefeed.feeds.catalog import Selectors
from wirefeed.model import Entry, ParsedFeed

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)


def read(text: str, url: str = "https://agency.example/feed/rss.xml", **more: object) -> ParsedFeed:
    return parse(dedent(text).encode("utf-8"), url=url, now=NOW, **more)  # type: ignore[arg-type]


def first(text: str, **more: object) -> Entry:
    return read(text, **more).entries[0]  # type: ignore[arg-type]


def rss(item: str, root: str = "", channel: str = "") -> str:
    return (f'<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
            f'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom" '
            f'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:yandex="http://news.yandex.ru" {root}>'
            f"<channel><title>Agency</title>{channel}<item>{item}</item></channel></rss>")


def test_rss_item_with_all_it_can_carry() -> None:
    parsed = read(rss("""<title>Talks &amp;amp; tea</title><link>/news/1</link><guid isPermaLink="false">n1</guid><pubDate>Wed, 10 Jun 2026 10:00:00 +0500</pubDate>
        <author>a.bekova@agency.example (Асель Бекова)</author><category>Politics</category><category>Osh</category>
        <description><![CDATA[<p>Both sides <b>agreed</b>.</p>]]></description>
        <content:encoded><![CDATA[<p>Both sides agreed.</p><p>Troops leave on Monday.</p><script>x()</script>]]></content:encoded>""",
        channel="<link>https://agency.example/</link><language>ru-RU</language><ttl>15</ttl>"))
    entry = parsed.entries[0]
    assert (parsed.format, parsed.title, parsed.link, parsed.language, parsed.interval_hint) == ("rss", "Agency", "https://agency.example/", "ru-RU", 900)
    assert (entry.title, entry.link, entry.guid, entry.authors) == ("Talks & tea", "https://agency.example/news/1", "n1", ("Асель Бекова",))
    assert (entry.summary, entry.text) == ("Both sides agreed.", "Both sides agreed.\n\nTroops leave on Monday.")
    assert entry.published.utc == datetime(2026, 6, 10, 5, tzinfo=UTC)
    assert (entry.published.raw, entry.published.source, entry.published.zone_known) == ("Wed, 10 Jun 2026 10:00:00 +0500", "pubdate", True)
    assert (entry.categories, entry.language, entry.updated.raw) == (("Politics", "Osh"), "ru-RU", None)


@pytest.mark.parametrize(("item", "field", "value"), [
    ("<media:title>T</media:title>", "title", "T"), ("<itunes:title>T</itunes:title>", "title", "T"), ("<dc:title>T</dc:title>", "title", "T"),
    ("<title>&lt;b&gt;Срочно&lt;/b&gt;: взрыв</title>", "title", "Срочно: взрыв"), ("<title>5 &lt; 7 &amp; x</title>", "title", "5 < 7 & x"),
    ("<title>«Ош»\n   и Баткен</title>", "title", "«Ош» и Баткен"), ("<title>e\u0301</title>", "title", "é"),
    ("<title>a</title><guid>https://a.example/1</guid>", "link", "https://a.example/1"), ("<guid isPermaLink='false'>https://a.example/1</guid>", "link", None),
    ("<link/><atom:link href='/x'/>", "link", "https://agency.example/x"), ("<atom:link rel='self' href='/s'/><link>y</link>", "link", "https://agency.example/feed/y"),
    ("<link>http://f.example/~r/1</link><feedburner:origLink>http://a.example/1</feedburner:origLink>", "link", "http://a.example/1"),
    ("<link><![CDATA[ https://a.example/1?a=1&b=2 ]]></link>", "link", "https://a.example/1?a=1&b=2"),
    ("<title>a</title><enclosure url='/a.mp3'/>", "link", "https://agency.example/a.mp3"),
    ("<title>a</title><media:content url='/a.jpg'/>", "link", "https://agency.example/a.jpg"),
    ("<atom:link rel='payment' href='/p'/><atom:link rel='http://rel.example/x' href='/b'/>", "link", "https://agency.example/b"),
    ("<title>a</title><guid>http://a.exam[ple/1</guid>", "link", "http://a.exam[ple/1"),
    ("<title>&lt;![CDATA[Войска]]&gt;</title>", "title", "Войска"), ("<title><![CDATA[&lt;b&gt;Ош&lt;/b&gt; &amp;amp; Баткен]]></title>", "title", "Ош & Баткен"),
    ("<title>\u202bآتش\u200cبس\u202c \u200fدر\u00ad مرز</title>", "title", "آتش\u200cبس در مرز"), ("<title>&lt;/example&gt;</title>", "title", "</example>"),
    ("<description>&lt;p&gt;Начало.&lt;/p&gt;&lt;!-- block &lt;p&gt;Конец.&lt;/p&gt;</description>", "summary", "Начало.\n\nКонец."),
    ("<author>by <a href='/a'>A B</a></author>", "authors", ("by A B",)), ("<dc:creator>&lt;a&gt;A B&lt;/a&gt; (AKI)</dc:creator>", "authors", ("A B (AKI)",)),
    ("<dc:creator>А. Бекова</dc:creator>", "authors", ("А. Бекова",)), ("<itunes:author>A B</itunes:author>", "authors", ("A B",)),
    ("<author>a@b.example</author>", "authors", ("a@b.example",)), ("<atom:author><atom:name>A B</atom:name></atom:author>", "authors", ("A B",)),
    ("<media:group><media:description>words</media:description></media:group>", "summary", "words"), ("<itunes:summary>w</itunes:summary>", "summary", "w"),
    ("<yandex:full-text>Полный текст</yandex:full-text>", "text", "Полный текст"), ("<dc:language>ky</dc:language>", "language", "ky"),
    ("<dc:subject>S</dc:subject>", "categories", ("S",)), ("<itunes:keywords>a, b</itunes:keywords>", "categories", ("a", "b")),
    ("<description>one&lt;br&gt;two</description>", "summary", "one\ntwo"), ("<description>&lt;ul&gt;&lt;li&gt;a&lt;li&gt;b&lt;/ul&gt;</description>", "summary", "a\nb"),
])
def test_rss_elements_and_what_stands_in_for_them(item: str, field: str, value: object) -> None:
    assert getattr(first(rss(item)), field) == value


def test_an_item_without_words_is_counted_and_an_empty_one_refused() -> None:
    parsed = read("""<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="enclosure" href="https://a.example/v.mp4"/></entry>
        <entry><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><img src="https://a.example/p.jpg"/></div></content></entry>
        <entry><title/></entry></feed>""")
    assert [entry.link for entry in parsed.entries] == ["https://a.example/v.mp4", None]
    assert [entry.flags for entry in parsed.entries] == [("no-title",), ("no-text", "no-title")]
    assert parsed.rejected == ((2, "empty: nothing of this item could be read"),)
    assert read('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>').format == "rdf"


def test_a_mirrors_relative_links_are_the_sites() -> None:
    """Feedburner and its kin serve other people's feeds: the channel's own address places what they left relative, unless xml:base does."""
    atom = '<feed xmlns="http://www.w3.org/2005/Atom" {0}><link href="https://site.example/"/><entry><title>a</title><link href="news/1"/></entry></feed>'
    assert first(atom.format(""), url="https://mirror.example/feeds/x").link == "https://site.example/news/1"
    assert first(atom.format('xml:base="https://base.example/"'), url="https://mirror.example/feeds/x").link == "https://base.example/news/1"
    assert first(atom.format(""), url="https://site.example/feeds/x").link == "https://site.example/feeds/news/1"
    given = first('{"version": "https://jsonfeed.org/version/1", "home_page_url": "https://site.example/", "items": [{"url": "news/1"}]}', url="")
    assert given.link == "https://site.example/news/1"
    odd = read(rss("<title>a</title><link>/1</link>", channel="<link>http://[links]</link>"), url="https://mirror.example/x")
    assert (len(odd.entries), odd.entries[0].title) == (1, "a")


def test_a_date_given_twice_counts_as_it_stands_last_unless_unreadable() -> None:
    late, early = "<pubDate>Wed, 31 Dec 2025 10:14:55 GMT</pubDate>", "<pubDate>Tue, 30 Dec 2025 10:14:55 GMT</pubDate>"
    assert first(rss(f"<title>a</title>{early}{late}")).published.utc == datetime(2025, 12, 31, 10, 14, 55, tzinfo=UTC)
    assert first(rss(f"<title>a</title>{late}<pubDate>soon</pubDate>")).published.utc == datetime(2025, 12, 31, 10, 14, 55, tzinfo=UTC)


def test_a_podcasts_owner_speaks_for_its_items() -> None:
    channel = "<itunes:owner><itunes:name>A B</itunes:name><itunes:email>a@b.example</itunes:email></itunes:owner>"
    assert read(rss("<title>a</title>", channel=channel)).entries[0].authors == ("A B",)


def test_older_rss_and_rdf() -> None:
    entry = first("""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel rdf:about="https://a.example/"><title>A</title></channel><item rdf:about="https://a.example/1"><title>T</title><dc:date>2026-06-10T10:00+05:00</dc:date>
        <dc:creator>B</dc:creator><dc:language>tg</dc:language></item></rdf:RDF>""")
    assert (entry.guid, entry.link, entry.authors, entry.language) == ("https://a.example/1", "https://a.example/1", ("B",), "tg")
    assert entry.published.utc == entry.updated.utc == datetime(2026, 6, 10, 5, tzinfo=UTC)
    netscape = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"><item><title>T</title></item></rdf:RDF>'
    assert (read(netscape).format, first(netscape).title) == ("rdf", "T")
    assert first('<rss version="0.91"><channel><item><title>T</title><link>http://a.example/1</link></item></channel></rss>').link == "http://a.example/1"


def test_atom_of_both_generations() -> None:
    parsed = read("""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="kk" xml:base="https://a.example/kk/"><title type="text">A</title><author><name>Редакция</name></author>
        <entry xml:base="2026/"><title type="html">&lt;i&gt;T&lt;/i&gt; &amp;amp; U</title><id>urn:1</id><link rel="self" href="s"/><link href="1.html"/>
        <published>2026-06-10T10:00:00+05:00</published><updated>2026-06-10T11:00:00Z</updated><category term="t" label="Топ"/>
        <source><title>not this</title><author><name>Other</name></author></source>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>Two &amp; <b>three</b></p></div></content></entry></feed>""")
    entry = parsed.entries[0]
    assert (parsed.format, entry.title, entry.link, entry.language) == ("atom", "T & U", "https://a.example/kk/2026/1.html", "kk")
    assert (entry.text, entry.summary, entry.authors, entry.categories) == ("One\n\nTwo & three", "", ("Other",), ("Топ",))
    assert (entry.published.utc, entry.updated.utc) == (datetime(2026, 6, 10, 5, tzinfo=UTC), datetime(2026, 6, 10, 11, tzinfo=UTC))
    old = first("""<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>A</title><entry><title>T</title><link rel="alternate" type="text/html" href="https://a.example/1"/>
        <id>1</id><issued>2026-06-10T10:00:00Z</issued><modified>2026-06-10T12:00:00Z</modified><content mode="base64" type="text/html">PHA+V29yZHM8L3A+</content></entry></feed>""")
    assert (old.text, old.published.source, old.updated.source, old.authors) == ("Words", "issued", "modified", ())


def test_json_feed() -> None:
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "A", "language": "ky", "authors": [{"name": "Редакция"}], "items": [
        {"id": 7, "url": "/n/7", "title": "T", "content_html": "<p>One</p><p>Two</p>", "summary": "S", "date_published": "2026-06-10T10:00:00+06:00", "tags": ["x"]},
        {"id": "8", "content_text": "Only text", "author": {"name": "B"}}]}
    parsed = read(json.dumps(document))
    one, two = parsed.entries
    assert (parsed.format, one.link, one.text, one.summary, one.authors, one.categories) == (
        "json", "https://agency.example/n/7", "One\n\nTwo", "S", ("Редакция",), ("x",))
    assert (one.published.utc, two.text, two.authors, two.language) == (datetime(2026, 6, 10, 4, tzinfo=UTC), "Only text", ("B",), "ky")


def test_sitemaps() -> None:
    news = read("""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://a.example/1</loc>
        <news:news><news:publication><news:name>A</news:name><news:language>ru</news:language></news:publication><news:publication_date>2026-06-10T10:00:00+05:00
        </news:publication_date><news:title>Войска &amp; граница</news:title><news:keywords>a, b</news:keywords></news:news></url></urlset>""")
    entry = news.entries[0]
    assert (news.format, entry.title, entry.link, entry.language, entry.categories) == ("sitemap", "Войска & граница", "https://a.example/1", "ru", ("a", "b"))
    assert entry.published.utc == datetime(2026, 6, 10, 5, tzinfo=UTC)
    bare = read('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.example/1</loc><lastmod>2026-06-01</lastmod></url></urlset>')
    assert (bare.problems, bare.entries[0].title, bare.entries[0].flags) == (("no-news-tags",), "", ("no-title",))
    index = read("<sitemapindex><sitemap><loc>https://a.example/a.xml</loc></sitemap><sitemap><loc>https://a.example/b.xml</loc></sitemap></sitemapindex>")
    assert (index.entries, index.children) == ((), ("https://a.example/a.xml", "https://a.example/b.xml"))


def test_newsml_g2() -> None:
    parsed = read("""<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet><newsItem guid="urn:newsml:a.example:1" version="3" xml:lang="en"><itemMeta>
        <versionCreated>2026-06-10T10:30:00Z</versionCreated><firstCreated>2026-06-10T10:00:00Z</firstCreated><pubStatus qcode="stat:usable"/></itemMeta><contentMeta>
        <urgency>2</urgency><headline>Talks resume</headline><by>Asel Bekova</by><language tag="en"/><slugline>KYRGYZSTAN-BORDER</slugline><subject><name>Diplomacy</name></subject>
        </contentMeta><contentSet><inlineXML><html xmlns="http://www.w3.org/1999/xhtml"><body><p>One.</p><p>Two.</p></body></html></inlineXML></contentSet></newsItem></itemSet></newsMessage>""")
    entry = parsed.entries[0]
    assert (parsed.format, entry.guid, entry.title, entry.text, entry.authors) == ("newsml-g2", "urn:newsml:a.example:1", "Talks resume", "One.\n\nTwo.", ("Asel Bekova",))
    assert (entry.published.utc, entry.updated.utc) == (datetime(2026, 6, 10, 10, tzinfo=UTC), datetime(2026, 6, 10, 10, 30, tzinfo=UTC))
    assert entry.wire == {"version": "3", "pubstatus": "usable", "urgency": "2", "slugline": "KYRGYZSTAN-BORDER"}


def test_nitf_and_ninjs() -> None:
    entry = first("""<nitf change.typ="new"><head><docdata><doc-id id-string="n1"/><urgency ed-urg="1"/><date.issue norm="20260610T100000Z"/></docdata></head><body><body.head>
        <hedline><hl1>Talks resume</hl1></hedline><byline>By Asel Bekova</byline></body.head><body.content><p>One.</p><p>Two.</p></body.content></body></nitf>""")
    assert (entry.guid, entry.title, entry.text, entry.authors, entry.wire["urgency"]) == ("n1", "Talks resume", "One.\n\nTwo.", ("Asel Bekova",), "1")
    assert entry.published.utc == datetime(2026, 6, 10, 10, tzinfo=UTC)
    item = {"uri": "urn:1", "headline": "Talks resume", "byline": "A", "body_text": "One.\n\nTwo.", "versioncreated": "2026-06-10T10:00:00Z", "pubstatus": "canceled",
            "language": "en"}
    assert read(json.dumps(item)).format == "ninjs"
    assert first(json.dumps(item)).wire["pubstatus"] == "canceled"


def test_wire_text() -> None:
    anpa = b"\x16\x16\x01a0042 r i bc-border 06-10 0100\x02BORDER TALKS RESUME\r\n   OSH (Agency) - Both sides agreed.\r\n   Troops leave Monday.\r\n\x03 06-10-26 1000\x04"
    entry = parse(anpa, now=NOW).entries[0]
    assert (parse(anpa, now=NOW).format, entry.title) == ("anpa", "BORDER TALKS RESUME")
    assert entry.text == "OSH (Agency) - Both sides agreed.\n\nTroops leave Monday."
    russian = "\x01ABC0123 4 POL 0012 граница\r\n\x02Переговоры возобновлены\r\n   ОШ. Стороны договорились.\r\n\x03101000 JUN 26\x04".encode("windows-1251")
    entry = parse(russian, now=NOW).entries[0]
    assert (entry.title, entry.text, entry.published.utc) == ("Переговоры возобновлены", "ОШ. Стороны договорились.", datetime(2026, 6, 10, 10, tzinfo=UTC))
    assert entry.wire["urgency"] == "4"


def test_wire_text_with_slug_byline_and_another_alphabet() -> None:
    anpa = (b"\x16\x16\x01a0042\x1fr i \x13bc-Kyrgyz-Border,1st Ld\x1406-10 0123\x12\r\n\x02\x1c\r\n^Border reopens after talks<\r\n^By JANE DOE=\r\n"
            b"^Agency Writer=\r\n\tOSH, Kyrgyzstan (AG) _ First.\r\n\tSecond.\r\n\x03\r\n06-10-26 1030EDT<\r\n\x04")
    entry = parse(anpa, now=NOW).entries[0]
    assert (entry.title, entry.authors, entry.text) == ("Border reopens after talks", ("JANE DOE",), "OSH, Kyrgyzstan (AG) _ First.\n\nSecond.")
    assert (entry.published.utc, entry.published.zone_known) == (datetime(2026, 6, 10, 14, 30, tzinfo=UTC), True)
    russian = "\x01ТАГ0045 4 ПОЛ 0086 \r\n\x02ГРАНИЦА-КЫРГЫЗСТАН\r\nГраница открыта\r\n   ОШ. Первый абзац.\r\n\x03\r\n101030 JUN 26\x04".encode("windows-1251")
    entry = parse(russian, now=NOW).entries[0]
    assert (entry.title, entry.text, entry.categories) == ("Граница открыта", "ОШ. Первый абзац.", ("ПОЛ",))


def test_ninjs_of_all_generations_tells_the_same() -> None:
    one = {"uri": "urn:1", "headline": "Talks", "versioncreated": "2026-06-10T10:00:00Z", "firstcreated": "2026-06-10T09:00:00Z", "byline": "By A B",
           "body_html": "<p>One.</p>", "description_text": "Short", "subject": [{"name": "war"}], "pubstatus": "usable", "language": "en"}
    two = {"uri": "urn:1", "headlines": [{"role": "short", "value": "T"}, {"role": "main", "value": "Talks"}], "bylines": [{"byline": "A B"}],
           "versioncreated": "2026-06-10T10:00:00Z", "firstcreated": "2026-06-10T09:00:00Z", "descriptions": [{"value": "Short"}],
           "bodies": [{"contenttype": "text/html", "value": "<p>One.</p>"}], "subjects": [{"name": "war"}], "pubstatus": "usable", "language": "en"}
    three = {"uri": "urn:1", "standard": {"name": "ninjs", "version": "3.0"}, "headlines": [{"role": "main", "value": "Talks"}], "by": "By A B",
             "versionCreated": "2026-06-10T10:00:00Z", "firstCreated": "2026-06-10T09:00:00Z", "descriptions": [{"value": "Short"}],
             "bodies": [{"contentType": "text/html", "value": "<p>One.</p>"}], "subjects": [{"name": "war"}], "pubStatus": "usable", "language": "en"}
    read_all = [first(json.dumps(item)) for item in (one, two, three)]
    assert read_all[0] == read_all[1] == read_all[2]
    assert (read_all[0].title, read_all[0].text, read_all[0].summary, read_all[0].authors) == ("Talks", "One.", "Short", ("A B",))
    assert (read_all[0].published.utc, read_all[0].categories, read_all[0].wire) == (datetime(2026, 6, 10, 9, tzinfo=UTC), ("war",), {"pubstatus": "usable"})


def test_nitf_captions_and_titles_of_office_stay_out() -> None:
    entry = first("""<nitf><head><docdata management-status="withheld"><ed-msg info="Corrects"/><du-key key="border" version="2"/></docdata></head><body><body.head>
        <hedline><hl1>Talks</hl1></hedline><byline>By <person>A B</person><byttl>editor</byttl></byline></body.head><body.content><media><media-caption>Photo
        </media-caption></media><p>One.</p><p>Two.</p></body.content></body></nitf>""")
    assert (entry.text, entry.authors) == ("One.\n\nTwo.", ("A B",))
    assert entry.wire == {"pubstatus": "withheld", "ednote": "Corrects", "version": "2", "slugline": "border"}


def test_a_news_sitemap_with_pictures_and_videos() -> None:
    text = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:video="http://www.google.com/schemas/sitemap-video/1.1">
        <url><loc>https://a.example/1</loc><image:image><image:title>Picture</image:title></image:image><news:news><news:publication><news:name>A</news:name>
        <news:language>kk</news:language></news:publication><news:publication_date>2026-06-10T10:00:00+05:00</news:publication_date><news:title>Шекара</news:title>
        <news:keywords>Ош, шекара</news:keywords></news:news></url>
        <url><loc>https://a.example/2</loc><video:video><video:title>Film</video:title><video:description>Words</video:description></video:video></url>
        <url><loc>/3</loc><image:image><image:title>Picture</image:title></image:image></url></urlset>"""
    parsed = read(text, url="https://a.example/sitemap.xml")
    assert [(one.title, one.summary, one.link) for one in parsed.entries] == [
        ("Шекара", "", "https://a.example/1"), ("Film", "Words", "https://a.example/2"), ("", "", "https://a.example/3")]
    assert (parsed.entries[0].language, parsed.entries[0].categories) == ("kk", ("Ош", "шекара"))
    assert parse(gzip.compress(text.encode()), url="https://a.example/sitemap.xml.gz", now=NOW).entries == parsed.entries
    index = read("<sitemapindex><sitemap><loc>/s.xml.gz</loc></sitemap></sitemapindex>", url="https://a.example/sitemap.xml")
    assert index.children == ("https://a.example/s.xml.gz",)


def test_a_list_page_by_selectors() -> None:
    page = """<html><head><title>Новости</title></head><body><div class=n><a href="/1"><h3>Войска отведены</h3></a><time datetime="2026-06-10T10:00:00+05:00">10 июня</time></div>
        <div class=n><a href="/2"><h3>Talks</h3></a><span>x</span></div><div class=n></div></body></html>"""

    parsed = read(page, kind="page", selectors=Selectors(item=".n", title="h3", date="time"))
    assert [(entry.title, entry.link) for entry in parsed.entries] == [("Войска отведены", "https://agency.example/1"), ("Talks", "https://agency.example/2")]
    assert parsed.entries[0].published.utc == datetime(2026, 6, 10, 5, tzinfo=UTC)
    assert parsed.rejected == ((2, "empty: no title or text"),)
    with pytest.raises(InputRefused, match="was it rebuilt"):
        read(page, kind="page", selectors=Selectors(item=".gone"))


def test_a_public_telegram_preview() -> None:
    page = """<html><head><title>Канал</title></head><body><div class="tgme_widget_message" data-post="kanal/17"><div class="tgme_widget_message_text">Взрыв в Ургуте<br>Подробности
        позже</div><a class="tgme_widget_message_date" href="https://t.me/kanal/17"><time datetime="2026-06-10T10:00:00+00:00">10:00</time></a></div></body></html>"""
    parsed = read(page, url="https://t.me/s/kanal", kind="page")
    entry = parsed.entries[0]
    assert (parsed.format, entry.title, entry.link, entry.guid) == ("telegram", "Взрыв в Ургуте", "https://t.me/kanal/17", "kanal/17")
    assert entry.published.utc == datetime(2026, 6, 10, 10, tzinfo=UTC)


def test_a_list_page_without_words_in_its_first_links() -> None:
    page = """<html><head><base href="https://site.example/ru/"></head><body><ul><li><a href="javascript:open()">+</a><a href="1"><img alt="Фото"></a>
        <h3><a href="news/1">Второе</a></h3><time>Бүгүн, 09:10</time></li><li><a href="/2"><img alt="Учения"></a></li></ul></body></html>"""
    parsed = read(page, kind="page", selectors=Selectors(item="li"))
    assert [(entry.title, entry.link) for entry in parsed.entries] == [("Второе", "https://site.example/ru/news/1"), ("Учения", "https://site.example/2")]
    assert parsed.entries[0].published.flags == ("relative",)
    with pytest.raises(ValueError, match="no CSS selector"):
        Selectors(item="li", title="a:::b")


def test_telegram_posts_that_answer_show_films_or_tell_of_the_channel() -> None:
    wrap = '<div class="tgme_widget_message {1}" data-post="k/{0}">{2}<a class="tgme_widget_message_date" href="https://t.me/k/{0}"><time datetime="2026-06-10T1{0}:00:00Z">x</time></a></div>'
    quoted = '<a class="tgme_widget_message_reply"><div class="tgme_widget_message_text js-message_reply_text">Old words</div></a>'
    body = '<div class="tgme_widget_message_text js-message_text">New words</div>'
    film = '<time class="message_video_duration">0:42</time>'
    page = "<html><body>" + "".join((wrap.format(0, "", quoted + body), wrap.format(1, "", film + body), wrap.format(2, "", ""),
                                     wrap.format(3, "service_message", body))) + "</body></html>"
    for parsed in (read(page, url="https://t.me/s/k", kind="page"), read(page, url="")):
        assert [(entry.title, entry.published.utc) for entry in parsed.entries] == [
            ("New words", datetime(2026, 6, 10, 10, tzinfo=UTC)), ("New words", datetime(2026, 6, 10, 11, tzinfo=UTC))]
        assert [reason for _, reason in parsed.rejected] == ["empty: no title or text", "empty: no words: a service message"]
    with pytest.raises(InputRefused, match="no public preview"):
        read("<html><body><div class=tgme_page></div></body></html>", url="https://t.me/s/k", kind="page")


def test_beyond_the_cap_items_are_counted() -> None:
    parsed = read("<rss><channel>" + "".join(f"<item><title>{n}</title></item>" for n in range(MOST_ENTRIES + 5)) + "</channel></rss>")
    assert len(parsed.entries) == MOST_ENTRIES
    assert [reason for _, reason in parsed.rejected] == ["beyond the cap of entries"] * 5


def test_parsing_is_pure() -> None:
    document = rss("<title>T</title><description>сегодня</description>").encode()
    assert parse(document, now=NOW) == parse(document, now=NOW)
