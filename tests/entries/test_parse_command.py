"""`wirefeed parse` as scripts use it: the contract of the command line."""

import json
import subprocess
import sys
from pathlib import Path

FEED = """<rss version="2.0"><channel><title>Agency</title><item><title>Войска &amp;amp; граница</title><link>/1</link><guid>1</guid>
<pubDate>Wed, 10 Jun 2026 10:00:00 MSK</pubDate><description>Текст\u2028ещё</description></item></channel></rss>"""


def wirefeed(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", "from wirefeed.cli import main; main()", *arguments], capture_output=True, text=True, encoding="utf-8",
                          timeout=60, cwd=cwd)


def test_one_document_as_json(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(FEED, "utf-8")
    done = wirefeed("parse", str(tmp_path / "feed.xml"), "--url", "https://a.example/rss", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert {"format", "encoding", "title", "entries"} <= answer.keys()
    entry = answer["entries"][0]
    assert {"id", "title", "link", "published", "updated", "summary", "text", "language", "authors"} <= entry.keys()
    assert (answer["format"], answer["encoding"], answer["title"]) == ("rss", "utf-8", "Agency")
    assert (entry["title"], entry["link"], entry["authors"]) == ("Войска & граница", "https://a.example/1", [])
    assert {key: entry["published"][key] for key in ("utc", "raw", "zone_known")} == {
        "utc": "2026-06-10T07:00:00Z", "raw": "Wed, 10 Jun 2026 10:00:00 MSK", "zone_known": True}
    assert entry["updated"]["utc"] is None


def test_a_refused_document_ends_with_one_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html><title>Вход</title><input type='password'></html>", "utf-8")
    done = wirefeed("parse", str(tmp_path / "page.html"), "--json")
    assert (done.returncode, "login page" in json.loads(done.stdout)["error"]) == (1, True)
    assert wirefeed("parse", str(tmp_path / "absent.xml"), "--json").returncode == 1
    assert wirefeed("parse").returncode == 2


def test_many_documents_a_line_each_in_order(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.xml").write_text(FEED, "utf-8")
    (tmp_path / "sub" / "b.xml").write_bytes(FEED.encode("windows-1251", "xmlcharrefreplace"))
    (tmp_path / "sub" / "c.html").write_text("<html></html>", "utf-8")
    lines = [{"file": "a.xml", "url": "https://a.example/", "content_type": None}, {"file": "b.xml", "content_type": "text/xml; charset=windows-1251"},
             {"file": "c.html"}, {"file": "absent"}, {"file": "sub/a.xml", "note": "a\u2028b"}]
    (tmp_path / "sub" / "list.jsonl").write_text("\ufeff" + "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\nno json\n\n", "utf-8")
    done = wirefeed("parse", "--jsonl", "sub/list.jsonl", cwd=tmp_path)
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert done.returncode == 0
    assert [answer["file"] for answer in answers] == ["a.xml", "b.xml", "c.html", "absent", "sub/a.xml", None]
    assert [len(answer["entries"]) for answer in answers] == [1, 1, 0, 0, 1, 0]
    assert ["error" in answer for answer in answers] == [False, False, True, True, False, True]
    assert answers[1]["encoding"] == "windows-1251"
