"""Documents too big for the repository, each built to hurt: `python big_faults.py NAME...` parses each and prints what it cost as JSON."""


import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

NOW = datetime(2026, 6, 10, tzinfo=UTC)
START = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>A</title>'
END = "</channel></rss>"
ITEM = "<item><title>Войска отведены {0}</title><link>http://a.example/{0}</link><description>Стороны договорились.</description></item>"
GOOD = "".join(ITEM.format(number) for number in range(3))
MILLION = 1_000_000

CASES: dict[str, Callable[[], bytes]] = {
    "hundred thousand items": lambda: (START + "".join(ITEM.format(n) for n in range(100_000)) + END).encode(),
    "hundred thousand ill-formed items": lambda: (START + "".join(ITEM.format(n).replace("</title>", "</titel>") for n in range(100_000)) + END).encode(),
    "hundred thousand unclosed items": lambda: (START + "<item><title>A" * 100_000).encode(),
    "hundred thousand unclosed sections": lambda: (START + "<item><title><![CDATA[A</title></item>" * 100_000 + END).encode(),
    "hundred thousand comments": lambda: (START + "<!-- -->" * 100_000 + GOOD + "<!-- " * 100_000 + END).encode(),
    "nested a hundred thousand deep": lambda: ("<a>" * 100_000).encode(),
    "nested deep in an item": lambda: (START + "<item><title>A</title><description>" + "<b>" * 100_000 + "</description></item>" + GOOD + END).encode(),
    "nested deep in escaped markup": lambda: (START + "<item><title>A</title><description>" + "&lt;div&gt;" * 100_000 + "</description></item>" + END).encode(),
    "nested deep in JSON": lambda: ('{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 100_000).encode(),
    "attribute of ten million": lambda: (START + f'<item a="{"x" * 10 * MILLION}"><title>A</title></item>' + GOOD + END).encode(),
    "attribute never closed": lambda: (START + GOOD + '<item a="' + "x <item> " * MILLION + END).encode(),
    "text of fifteen million": lambda: (START + "<item><title>A</title><description>" + "слово " * 1_200_000 + "</description></item>" + GOOD + END).encode(),
    "markup of ten million": lambda: (START + "<item><title>A</title><description>" + "&lt;p&gt;a " * MILLION + "</description></item>" + END).encode(),
    "quotes of three million": lambda: (START + "<item><title>A</title><description>" + "&lt;a '\" " * 300_000 + "</description></item>" + END).encode(),
    "ampersands of five million": lambda: (START + GOOD + "&" * 5 * MILLION + END).encode(),
    "less-than signs of three million": lambda: (START + GOOD + "<" * 3 * MILLION + END).encode(),
    "prefixes without declaration": lambda: (START + "".join(f"<p{n}:a/>" for n in range(100_000)) + GOOD + END).encode(),
    "document type never closed": lambda: ("<!DOCTYPE rss [" + "<!ENTITY a 'b'>" * 200_000).encode(),
    "document type with many quotes": lambda: ("<!DOCTYPE rss " + "\"a'" * MILLION).encode(),
    "prolog of comments": lambda: ("<!-- a -->" * 300_000).encode(),
    "spaces of fifteen million": lambda: b" " * 15 * MILLION,
    "NULs of fifteen million": lambda: b"<rss>" + b"\0" * 15 * MILLION,
    "hundred million bytes": lambda: (START + GOOD).encode() + b"<item><title>A</title></item>" * 3_500_000,
    "windows-1251 of ten million": lambda: (START.replace("UTF-8", "windows-1251") + ITEM.replace("договорились", "договорились о мире " * 200) * 2000
                                             + END).encode("windows-1251"),
    "mojibake of five million": lambda: (START + "<item><title>A</title><description>" + "РџСЂРёРІРµС‚ " * 200_000 + "</description></item>" + END).encode(),
    "dates of a million digits": lambda: (START + "".join(f"<item><title>A</title><pubDate>{'1 ' * 20_000}</pubDate></item>" for _ in range(50)) + END).encode(),
    "HTML page of ten million": lambda: ("<html><head><title>x</title></head><body>" + "<p>a <a href='x'>b</a>" * 500_000).encode(),
    "sitemap of fifty thousand": lambda: ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
                                          + "<url><loc>http://a.example/x</loc><lastmod>2026-06-01</lastmod></url>" * 50_000 + "</urlset>").encode(),
    "JSON feed of a hundred thousand": lambda: json.dumps({"version": "https://jsonfeed.org/version/1", "items": [
        {"id": str(n), "title": f"Story {n}", "content_html": "<p>x</p>"} for n in range(100_000)]}).encode(),
    "wire messages of ten thousand": lambda: b"\x16\x16\x01a0042\x1fr i bc-border\x02Text of a message\r\n\x03 0610 1000\x04" * 10_000,
    "wire envelopes never closed": lambda: b"\x16\x16\x01a0042" * 300_000,
    "UTF-16 of ten million": lambda: (START + GOOD + "<item><title>A</title></item>" * 170_000 + END).encode("utf-16"),
}


def resident() -> int:
    """Bytes of this process in memory now."""

    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def main(name: str) -> None:
    """Parse one case; seconds of CPU, megabytes over what the document itself takes, and the outcome."""
    from wirefeed.entries.parse import parse
    from wirefeed.errors import InputRefused

    parse((START + GOOD.replace("</titel>", "") + END).encode(), now=NOW)
    body = CASES[name]()
    before, began = resident(), time.process_time()
    try:
        parsed = parse(body, url="http://a.example/rss", now=NOW)
        outcome = {"entries": len(parsed.entries), "rejected": len(parsed.rejected), "reasons": sorted({why for _, why in parsed.rejected}),
                   "problems": parsed.problems}
    except InputRefused as error:
        outcome = {"refused": str(error)}
    spent = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": round(spent, 2), "megabytes": round(max(0, peak - before) / MILLION), **outcome}, ensure_ascii=False))


if __name__ == "__main__":
    import wirefeed.entries.parse  # noqa: F401 - once for all

    for one in sys.argv[1:]:  # a process each, so that the peak of memory is the document's own
        if (child := os.fork()) == 0:
            main(one)
            sys.stdout.flush()
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit(f"{one}: failed")
