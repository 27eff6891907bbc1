"""Writes the faulty documents of this folder and faults.jsonl, what must come of each: `python tests/data/feeds/make.py`.

Deterministic. A line: file, kind of fault, entries expected (or ``refused``: a piece of the reason), ``problem``: a piece of a recorded fault,
``titles``: headlines that must come out whole. Documents too big for a repository are made in tests/entries/faults_big.py.
"""


import gzip
import json
from pathlib import Path

HERE = Path(__file__).parent
STORIES = (
    ("Войска отведены от границы в Баткенской области", "Стороны договорились о совместном патрулировании, сообщил министр обороны."),
    ("Border talks resume in Osh after a night of shelling", "Both delegations agreed to reopen the Kyzyl-Bel crossing on Monday."),
    ("Қауіпсіздік кеңесі шекара мәселесін талқылады", "Отырысқа қорғаныс министрі мен сыртқы істер министрі қатысты."),
    ("Вазири корҳои хориҷӣ бо ҳамтои ӯзбек вохӯрд", "Ҷонибҳо масъалаи обро баррасӣ карданд."),
)
RUSSIAN = [STORIES[0], ("Президент принял министра обороны", "Речь шла об учениях на полигоне «Эдельвейс»."),
           ("Задержаны двое подозреваемых в подготовке теракта", "Обыски прошли в Душанбе и Худжанде, сообщает следствие.")]
CASES: list[dict] = []


def item(number: int, title: str, text: str, extra: str = "") -> str:
    return (f"<item><title>{title}</title><link>http://agency.example/{number}</link><guid>http://agency.example/{number}</guid>"
            f"<pubDate>Mon, 0{number % 9 + 1} Jun 2026 10:00:00 +0500</pubDate><description>{text}</description>{extra}</item>\n")


def items(stories=STORIES) -> str:
    return "".join(item(number, *story) for number, story in enumerate(stories))


def rss(body: str, prolog: str = '<?xml version="1.0" encoding="UTF-8"?>\n', root: str = '<rss version="2.0">', end: str = "</channel></rss>") -> str:
    return f"{prolog}{root}<channel><title>Agency</title><link>http://agency.example/</link>\n{body}{end}"


def atom() -> str:
    entries = "".join(f"<entry><title>{title}</title><id>urn:a:{n}</id><link href='http://agency.example/{n}'/><updated>2026-06-0{n + 1}T10:00:00Z</updated>"
                      f"<summary>{text}</summary></entry>\n" for n, (title, text) in enumerate(STORIES))
    return f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><title>Agency</title><id>urn:a</id>\n{entries}</feed>'


def rdf() -> str:
    whole = "".join(f'<item rdf:about="http://agency.example/{n}"><title>{title}</title><link>http://agency.example/{n}</link><description>{text}'
                    f"</description><dc:date>2026-06-0{n + 1}T10:00:00+05:00</dc:date></item>\n" for n, (title, text) in enumerate(STORIES))
    return ('<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="http://agency.example/"><title>Agency</title></channel>\n{whole}</rdf:RDF>')


def json_feed() -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Agency", "items": [
        {"id": str(n), "title": title, "url": f"http://agency.example/{n}", "content_text": text, "date_published": f"2026-06-0{n + 1}T10:00:00Z"}
        for n, (title, text) in enumerate(STORIES)]}, ensure_ascii=False, indent=1)


def case(kind: str, body: str | bytes, entries: int | None = None, refused: str | None = None, **more) -> None:
    """One document. Exactly one of ``entries`` and ``refused``."""
    assert (entries is None) != (refused is None), kind
    number = sum(one["kind"] == kind for one in CASES)
    name = f"{kind}-{number:02}.txt"
    (HERE / name).write_bytes(body.encode("utf-8") if isinstance(body, str) else body)
    CASES.append({"file": name, "kind": kind, **({"entries": entries} if refused is None else {"refused": refused}), **more})


def cut_documents() -> None:
    for whole, close in ((rss(items()), b"</item>"), (atom(), b"</entry>"), (rdf(), b"</item>"), (json_feed(), b"\n  }")):
        data = whole.encode("utf-8")
        for tenth in range(1, 10):
            piece = data[:len(data) * tenth // 10]
            complete = piece.count(close)
            if close == b"\n  }" and not complete:
                case("truncated", piece, refused="not valid JSON")
            else:
                case("truncated", piece, complete, problem="truncated")


def entities() -> None:
    body = items(STORIES[:2])
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    case("entity-bomb", f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]>' + rss(item(0, "&l9;", "x"), ""), refused="entity bomb")
    case("entity-bomb", f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "{"a" * 20000}">]>' + rss(item(0, "&a;" * 5000, "x"), ""), refused="entity bomb")
    case("entity-bomb", '<!DOCTYPE r [<!ENTITY % p "<!ENTITY x \'y\'>">%p;]>' + rss(body, ""), refused="entity bomb")
    case("entity-bomb", "<!DOCTYPE r [" + "".join(f'<!ENTITY e{n} "x">' for n in range(3000)) + "]>" + rss(body, ""), refused="entity bomb")
    case("entity-external", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss(item(0, "A &x; B", "t") + body, ""), 3)
    case("entity-external", '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/rss.dtd">' + rss(body, ""), 2, titles=[STORIES[0][0]])
    case("entity-external", '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">' + rss(body, ""), 2)
    case("entity-own", '<!DOCTYPE r [<!ENTITY osh "Osh &#38; Jalal-Abad">]>' + rss(item(0, "Talks in &osh;", "t"), ""), 1, titles=["Talks in Osh & Jalal-Abad"])
    case("entity-undeclared", rss(item(0, "Kyzyl&nbsp;Bel &mdash; open &hellip;", "&laquo;да&raquo;")), 1, titles=["Kyzyl Bel — open …"], problem="unknown entities")
    case("entity-undeclared", rss(item(0, "A &unheard; B", "t") + body), 3)
    case("entity-number", rss(item(0, "A &#0; B &#x1F; C &#xFFFF; D &#99999999; E", "t") + body), 3)
    case("entity-number", rss(item(0, "don&#146;t &#150; it", "t")), 1, titles=["don’t – it"])
    case("ampersand-bare", rss(item(0, "AT&T & Kcell", "R&D") + body), 3, titles=["AT&T & Kcell"], problem="bare ampersands")
    case("ampersand-bare", rss(item(0, "Q&A", "http://a.example/?a=1&b=2&amp;c=3")), 1, titles=["Q&A"])
    case("escaped-twice", rss(item(0, "Tom &amp;amp; Jerry &amp;quot;x&amp;quot;", "&amp;lt;p&amp;gt;Текст&amp;lt;/p&amp;gt;")), 1, titles=['Tom & Jerry "x"'])
    case("escaped-twice", rss(item(0, "&lt;b&gt;Срочно&lt;/b&gt;: взрыв", "t")), 1, titles=["Срочно: взрыв"])


def characters() -> None:
    body = items(STORIES[:2])
    for code in (0x00, 0x01, 0x08, 0x0B, 0x0C, 0x1F):
        case("control-characters", rss(item(0, f"A{chr(code)}B", f"t{chr(code)}") + body), 3, problem="control-characters")
    case("nul-bytes", b"\0" * 50 + rss(body).encode(), 2)
    case("nul-bytes", rss(body).encode() + b"\0" * 500, 2)
    case("nul-bytes", b"\0" * 4000, refused="empty")
    case("lone-surrogates", rss(body).encode().replace(b"Osh", b"Osh\xed\xa0\x80"), 2)
    case("noncharacters", rss(item(0, "A\ufffeB\uffff", "t") + body), 3)
    for mark in ("\ufeff", "\ufeff\ufeff", "\ufeff\n\ufeff", " \n\ufeff"):
        case("bom-soup", mark + rss(body), 2, titles=[STORIES[0][0]])
    case("bom-soup", rss(item(0, "\ufeffA\ufeff B", "t") + body), 3, titles=["A B"])
    case("bom-soup", "\ufeff", refused="empty")
    case("newlines-mixed", rss(body).replace("\n", "\r"), 2)
    case("newlines-mixed", rss(body).replace("\n", "\r\n", 1).replace("><title>", ">\r<title>"), 2)
    case("newlines-mixed", rss(item(0, "Две\r\nстроки", "t\u2028t")), 1, titles=["Две строки"])


def charsets() -> None:
    text = rss(items(RUSSIAN), prolog="")
    title = RUSSIAN[1][0]
    for table in ("windows-1251", "koi8-r", "cp866", "iso-8859-5", "mac-cyrillic", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"):
        case("charset-undeclared", text.encode(table, "xmlcharrefreplace"), 3, titles=[title])
        case("charset-declared", f'<?xml version="1.0" encoding="{table}"?>{text}'.encode(table, "xmlcharrefreplace"), 3, titles=[title])
    for told, real in (("windows-1251", "utf-8"), ("iso-8859-1", "utf-8"), ("utf-16", "utf-8"), ("utf-8", "windows-1251"), ("windows-1251", "koi8-r"),
                       ("koi8-r", "windows-1251"), ("windows-1252", "windows-1251"), ("iso-8859-1", "windows-1251"), ("x-unheard", "windows-1251"),
                       ("win-1251", "windows-1251"), ("rot13", "utf-8")):
        case("charset-label-wrong", f'<?xml version="1.0" encoding="{told}"?>{text}'.encode(real, "xmlcharrefreplace"), 3, titles=[title])
    case("charset-header", text.encode("windows-1251"), 3, titles=[title], content_type="text/xml; charset=windows-1251")
    case("charset-header", text.encode("utf-8"), 3, titles=[title], content_type="text/xml; charset=iso-8859-1")
    kazakh = rss(items(STORIES[2:3] * 3), prolog="")
    case("charset-regional", kazakh.encode("kz1048"), 3, titles=[STORIES[2][0]])
    case("charset-regional", kazakh.encode("ptcp154"), 3, titles=[STORIES[2][0]])
    tajik = rss(items(STORIES[3:] * 3), prolog="")
    case("charset-regional", tajik.encode("koi8-t"), 3, titles=[STORIES[3][0]])
    persian = rss(items([("وزارت دفاع افغانستان از درگیری خبر داد", "نیروهای مرزی در ولایت تخار درگیر شدند")]), prolog="")
    case("charset-regional", persian.encode("windows-1256", "xmlcharrefreplace"), 1, titles=["وزارت دفاع افغانستان از درگیری خبر داد"])
    case("charset-mixed", rss(items(RUSSIAN)).encode().replace(RUSSIAN[2][1].encode(), RUSSIAN[2][1].encode("windows-1251")), 3, titles=[title],
         problem="charset-mixed")
    for wrong in ("windows-1251", "latin-1"):
        hurt = "".join(char.encode().decode("latin-1") if wrong == "latin-1" else _as_1251(char) for char in title)
        case("mojibake", rss(item(0, hurt, "t") + items(STORIES[1:2])), 2, titles=[title], problem="mojibake-repaired")
    case("mojibake", text.encode("windows-1251").decode("windows-1252"), 3, titles=[title], problem="mojibake-repaired")


def _as_1251(char: str) -> str:
    return "".join(bytes([byte]).decode("windows-1251", "ignore") or chr(byte) for byte in char.encode())


def markup() -> None:
    body = items(STORIES[:2])
    case("cdata-unclosed", rss("<item><title><![CDATA[A story</title><link>http://a.example/9</link></item>\n" + body), 3, titles=[STORIES[0][0]])
    case("cdata-unclosed", rss(body + "<item><title>B</title><description><![CDATA[text</description></item>"), 3, titles=[STORIES[0][0]])
    case("cdata-nested", rss("<item><title>A</title><description><![CDATA[x <![CDATA[y]]> z]]></description></item>\n" + body), 3, titles=[STORIES[0][0]])
    case("cdata-nested", rss("<item><title><![CDATA[A ]]]]><![CDATA[> B]]></title></item>\n"), 1, titles=["A ]]> B"])
    case("html-unescaped", rss("<item><title>A</title><description><p>one<br>two<img src=x></description></item>\n" + body), 3, titles=[STORIES[0][0]])
    case("html-unescaped", rss("<item><title>A</title><description><b>one</i></description></item>\n" + body), 3, titles=[STORIES[1][0]])
    case("less-than-bare", rss(item(0, "Inflation < 5 %", "a <3 b") + body), 3, titles=["Inflation < 5 %"])
    case("tags-mismatched", rss("<item><title>A</titel><link>http://a.example/1</link></item>\n" + body), 3, titles=[STORIES[0][0], STORIES[1][0]])
    case("tags-mismatched", rss("<item><title>A</title></description></item>\n" + body), 3, titles=[STORIES[0][0]])
    case("item-unclosed", rss("<item><title>A</title><link>http://a.example/1</link>\n" + body), 3, titles=["A", STORIES[0][0]])
    case("item-unclosed", rss(body + "<item><title>A</title></channel></rss>", end=""), 2, problem="truncated")
    case("attribute-faults", rss(f"<item><title>A</title><enclosure url=x.mp3 length=1/></item>\n{body}"), 3, titles=[STORIES[0][0]])
    case("attribute-faults", rss(f'<item><title>A</title><guid a="1" a="2">g</guid></item>\n{body}'), 3, titles=[STORIES[0][0]])
    case("attribute-faults", rss(body, root="<rss version=2.0>"), 2, titles=[STORIES[0][0]])
    case("attribute-faults", rss(f'<item><title>A</title><media:thumbnail url="x\n{body}'), 3, titles=[STORIES[1][0]])
    case("case-wrong", rss(body).replace("<item>", "<ITEM>").replace("</item>", "</ITEM>").replace("title>", "TITLE>"), 2, titles=[STORIES[0][0]])
    case("case-wrong", rss(body, root='<RSS VERSION="2.0">', end="</channel></RSS>"), 2, titles=[STORIES[0][0]])
    case("comment-faults", rss(f"<!-- a -- b -->{body}"), 2, titles=[STORIES[0][0]])
    case("comment-faults", rss(f"<!-- <item><title>no</title></item> -->{body}"), 2, titles=[STORIES[0][0]])
    case("comment-faults", rss(f"{body}<!-- never closed"), 2, titles=[STORIES[0][0]])
    case("instruction-faults", rss(f"<?php echo 1 ?>{body}<?bad"), 2, titles=[STORIES[0][0]])
    case("root-unclosed", rss(body, end=""), 2, problem="truncated", titles=[STORIES[0][0]])
    case("root-unclosed", rss(body, end="</channel>"), 2, problem="truncated")
    case("roots-two", rss(body) + rss(items(STORIES[2:]), ""), 4)
    case("junk-before", "\n\n  " + rss(body), 2, titles=[STORIES[0][0]])
    case("junk-before", "<br />\n<b>Warning</b>: mysql_connect() in <b>/x.php</b> on line <b>3</b><br />\n" + rss(body), 2, titles=[STORIES[0][0]])
    case("junk-before", "Deprecated: Function x() in y.php\n" + rss(body), 2, titles=[STORIES[0][0]])
    case("junk-after", rss(body) + "<script>var a = 1 < 2;</script><!-- page made in 0.2 s -->", 2, titles=[STORIES[0][0]])
    case("junk-after", rss(body) + "\n<br /><b>Fatal error</b>: out of memory", 2, titles=[STORIES[0][0]])
    case("prolog-faults", '<?xml version="1.0"?><?xml version="1.0"?>' + rss(body, ""), 2, titles=[STORIES[0][0]])
    case("prolog-faults", '<?xml version="7.0" encoding="UTF-8"?>' + rss(body, ""), 2, titles=[STORIES[0][0]])
    case("prolog-faults", "<?xml?>" + rss(body, ""), 2, titles=[STORIES[0][0]])
    case("prolog-faults", "<!DOCTYPE html>" + rss(body, ""), 2, titles=[STORIES[0][0]])
    case("prolog-faults", '<?xml version="1.0" encoding="', refused="")
    case("namespace-undeclared", rss(item(0, "A", "t", "<dc:creator>Асель</dc:creator><media:thumbnail url='x'/><x:y>z</x:y>") + body), 3,
         titles=["A"], problem="undeclared prefixes")
    case("namespace-undeclared", rss(body, root='<rss version="2.0" xlink:href="x">'), 2)
    case("namespace-undeclared", rdf().replace('xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" ', ""), 4, titles=[STORIES[0][0]])
    case("namespace-wrong", atom().replace("http://www.w3.org/2005/Atom", "http://www.w3.org/Atom/mistyped"), 4, titles=[STORIES[0][0]])
    case("namespace-wrong", atom().replace(' xmlns="http://www.w3.org/2005/Atom"', ""), 4, titles=[STORIES[1][0]])
    case("structure-wrong", rss("", end="</channel>") + body + "</rss>", 2, titles=[STORIES[0][0]])
    case("structure-wrong", '<?xml version="1.0"?><rss version="2.0">' + body + "</rss>", 2, titles=[STORIES[0][0]])
    case("structure-wrong", "<html><body>" + rss(body, "") + "</body></html>", 2, titles=[STORIES[0][0]])
    case("structure-wrong", body, 2, titles=[STORIES[0][0]])


def contents() -> None:
    body = items(STORIES[:2])
    case("guid-repeated", rss(body.replace("<guid>http://agency.example/1", "<guid>http://agency.example/0")), 2, flag="guid-repeated")
    case("guid-repeated", rss((item(0, "A", "one") + item(0, "B", "two")).replace("<link>http://agency.example/0</link>", "")), 2, flag="guid-repeated")
    case("guid-missing", rss("<item><title>A</title></item><item><title>B</title></item>"), 2, titles=["A", "B"])
    case("guid-missing", rss("<item><title>A</title><guid></guid><link>http://a.example/1</link></item>"), 1)
    case("item-empty", rss("<item></item><item/>" + body), 2, rejected="empty")
    case("item-empty", rss("<item><title></title><link></link></item>" + body), 2, rejected="empty")
    case("no-items", rss(""), 0)
    case("no-items", '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>', 0)
    case("no-title", rss("<item><description>Only a text</description></item>"), 1, flag="no-title")
    case("date-faults", rss("".join(f"<item><title>A{n}</title><pubDate>{raw}</pubDate></item>" for n, raw in enumerate((
        "", "never", "0000-00-00 00:00:00", "31.02.2026", "Mon, 99 Foo 2026 99:99:99", "2999-01-01", "1-1-1", "-62135596800", "9" * 400)))), 9)
    case("link-faults", rss("".join(f"<item><title>A{n}</title><link>{link}</link></item>" for n, link in enumerate((
        "http://[", "javascript:alert(1)", "  http://a.example/a b ", "//a.example/x", "http://a.example:99999/", "http://\u0430\u0431.example/", "mailto:a@b")))), 7)
    case("long-values", rss(item(0, "A " * 20000, "t " * 50000)), 1)
    case("many-children", rss(item(0, "A", "t", "<category>c</category>" * 3000 + "<author>a</author>" * 300)), 1)


def no_feeds() -> None:
    page = "<!DOCTYPE html><html><head><title>{}</title>{}</head><body>{}</body></html>"
    case("html-login", page.format("Вход", "", '<form><input name=u><input type="password" name=p></form>'), refused="login page")
    case("html-login", page.format("Sign in", "", "<form><input type='password'></form>"), refused="login page")
    case("html-login", "\ufeff<HTML><BODY><FORM><INPUT TYPE=PASSWORD></FORM>", refused="login page")
    case("html-challenge", page.format("Just a moment...", "", "<div class='cf-chl-widget'></div>"), refused="challenge")
    case("html-challenge", page.format("DDoS-Guard", "", "Checking your browser"), refused="challenge")
    case("html-page", page.format("404 Not Found", "", "<h1>nginx</h1>"), refused="HTML page")
    case("html-page", "<div>maintenance</div>", refused="HTML page")
    case("html-page", page.format("Новости", "", "<p>x").encode("windows-1251"), refused="HTML page")
    case("html-page", page.format("Agency", '<link rel="alternate" type="application/rss+xml" href="/rss">', ""), refused="links to a feed")
    case("html-page", "<script>location='/?x=1'</script>", refused="HTML page")
    for empty in ("", " \n\t\r\n ", "\ufeff \n"):
        case("empty", empty, refused="empty")
    case("binary", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, refused="binary")
    case("binary", b"PK\x03\x04" + bytes(range(32)) * 40, refused="binary")
    case("gzip-file", gzip.compress(rss(items()).encode(), mtime=0), entries=4)
    case("gzip-file", gzip.compress(b"x" * 3000, mtime=0), refused="plain text")
    case("gzip-file", b"\x1f\x8b\x08" + bytes(range(200)), refused="damaged gzip")
    case("gzip-file", gzip.compress(rss(items()).encode(), mtime=0)[:520], entries=2, problem="truncated")
    case("binary", b"%PDF-1.4\n" + bytes(range(256)) * 4, refused="binary")
    case("plain-text", "Not found", refused="plain text")
    case("plain-text", "Извините, страница временно недоступна", refused="plain text")
    case("other-xml", '<opml version="2.0"><body><outline xmlUrl="http://a.example/"/></body></opml>', refused="OPML")
    case("other-xml", '<soap:Envelope xmlns:soap="http://s.example/"><soap:Body/></soap:Envelope>', refused="another kind")
    case("other-xml", '<svg xmlns="http://www.w3.org/2000/svg"/>', refused="another kind")
    case("other-xml", '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></sitemapindex>', refused="no sitemap")
    case("json-faults", '{"error": "rate limited"}', refused="another kind")
    case("json-faults", "[1, 2, 3]", refused="another kind")
    case("json-faults", '{"version": "https://jsonfeed.org/version/1", "items": {}}', 0)
    case("json-faults", '{"version": "https://jsonfeed.org/version/1", "items": [null, 7, {"id": 5, "title": 12, "authors": "x", "tags": 3, "url": []}]}', 1,
         rejected="no object")
    case("json-faults", "{" * 5000, refused="")
    case("json-faults", json_feed().replace("},\n", "},,\n", 1), 4, problem="ill-formed")
    case("wire-faults", b"\x16\x16\x01a0042\x1fr i bc-border\x02no end", 1, problem="truncated")
    case("wire-faults", b"\x01\x02", refused="envelope")
    case("wire-faults", "<nitf><head></head></nitf>", 0)
    case("wire-faults", "<nitf><body><body.head><hedline><hl1>Talks</hl1></hedline></body.head><body.content><p>Text", 1, titles=["Talks"])


def main() -> None:
    for old in HERE.glob("*.txt"):
        old.unlink()
    for part in (cut_documents, entities, characters, charsets, markup, contents, no_feeds):
        part()
    (HERE / "faults.jsonl").write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in CASES), "utf-8")
    print(len(CASES), "documents,", len({one["kind"] for one in CASES}), "kinds")


if __name__ == "__main__":
    main()
