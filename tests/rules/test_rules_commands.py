"""`wirefeed rules check | test | match | new | backtest` on a site of its own, over a real archive."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wirefeed import cli
from wirefeed.model import Highlight
from wirefeed.rules.backtest import fragments
from wirefeed.rules.desk import slug
from wirefeed.store.database import open_store
from wirefeed.store.rules import keep_revision
from wirefeed.store.tables import rules, stories, versions

OLD = "id: bases\ntitle: Bases\nquery: text:troops AND country:TJ\nmust_match: [{title: A, text: troops in Tajikistan}]\nmust_not_match: [{title: Peace}]\n"
NEW = OLD.replace("text:troops", "(text:troops OR text:войска)")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Three stories of the last days in the archive; a rule that once said less."""
    shipped = tmp_path / "shipped"
    (shipped / "rules").mkdir(parents=True)
    for name in ("gazetteer", "topics"):
        (shipped / name).symlink_to(Path(__file__).parents[2] / "config" / name)
    (shipped / "recipients.yaml").write_text("people:\n  - {id: ann, address: ann@example.org}\ngroups:\n  - {id: desk, members: [ann]}\n", "utf-8")
    (shipped / "feeds.yaml").write_text("feeds:\n  - {id: wire, title: Steppe Wire, url: 'https://wire.example/rss'}\n", "utf-8")
    (shipped / "rules" / "bases.yaml").write_text(NEW, "utf-8")
    for name, value in (("DATA", tmp_path / "data"), ("SHIPPED_CONFIG", shipped), ("CONFIG", tmp_path / "site")):
        monkeypatch.setenv(f"WIREFEED_{name}", str(value))
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'wirefeed.sqlite'}")
    store.migrate()
    now = datetime.now(UTC)
    with store.begin() as db:
        for number, (title, text) in enumerate([("Troops march", "Russian troops left the base."), ("Войска ушли", "Российские войска покинули базу."),
                                                ("Wheat", "A good harvest.")]):
            at = now - timedelta(days=number + 1)
            db.execute(stories.insert().values(id=f"s{number}", feed_id="wire", first_seen_at=at, cluster_id=f"s{number}", version=1, title=title, link=None))
            db.execute(versions.insert().values(
                story_id=f"s{number}", number=1, feed_id="wire", seen_at=at, change="first", title=title, text=text, link=None, published={}, updated={},
                authors=[], content_hash="h", processed_at=at, language="en",
                tags={"language": "en", "relevant": True, "score": 0.9, "countries": ["TJ"], "topics": [], "entities": []}))
        db.execute(rules.insert().values(id="bases", revision="old", source=OLD, state={}, first_run_at=now - timedelta(days=3)))
    yield store, now
    store.close()


@pytest.fixture
def run(capfdbinary):
    def command(*arguments):
        code = 0
        capfdbinary.readouterr()
        try:
            cli.main(list(arguments))
        except SystemExit as error:
            code = int(error.code or 0)
        return code, capfdbinary.readouterr().out.decode()

    return command


def test_examples_match_and_check_through_the_tagger(site, run, tmp_path):
    code, out = run("rules", "test", "--json")
    assert code == 0
    assert json.loads(out)["examples"] == 2
    story = tmp_path / "story.json"
    story.write_text(json.dumps({"title": "Войска у реки", "text": "В Таджикистане войска вышли к Пянджу."}), "utf-8")
    code, out = run("rules", "match", str(story), "--json")
    [match] = json.loads(out)["matches"]
    assert (code, match["rule"], match["severity"], match["clauses"]) == (0, "bases", "routine", ["text:войска", "country:TJ"])
    assert match["highlights"] == [{"field": "text", "start": 15, "end": 21, "clause": "text:войска"}]
    story.write_text("Nothing of the kind in Tajikistan.", "utf-8")
    code, out = run("rules", "match", str(story), "--rule", "bases", "--json")
    assert json.loads(out)["matches"] == []
    assert json.loads(out)["unmet"] == ["(text:troops OR text:войска)"]
    code, out = run("rules", "check")
    assert (code, out) == (0, "")


def test_a_back_test_shows_days_samples_and_what_the_change_added(site, run):
    code, out = run("rules", "backtest", "bases", "--days", "10", "--json")
    told = json.loads(out)
    assert (code, told["read"], told["stories"], told["mails"], len(told["days"])) == (0, 3, 2, 2, 2)
    assert told["compared"]
    assert (told["added_count"], told["removed_count"]) == (1, 0)
    assert told["added"][0]["title"] == "Войска ушли"
    assert ["войска", True] in told["added"][0]["fragments"]
    code, out = run("rules", "backtest", "bases", "--days", "10")
    assert code == 0
    assert "2 of 3 stories, 2 events, 2 mails" in out
    assert out.count("█") >= 2
    assert "Added against the revision before: 1" in out
    assert "Removed" not in out


def test_fragments_of_a_back_test_cut_no_word():
    text = "Предыдущее предложение о погоде в столице и о том, что урожай хлопка удался. " * 2 + "В страну вошли войска соседей. " + "Дальше сказано о многом другом и долго. " * 4
    start = text.index("войска")
    made = fragments({"title": "x", "text": text}, [Highlight("text", start, start + 6, "войска")])
    assert made[0] == ("…", False)
    assert made[2] == ("войска", True)
    assert made[-1][0].endswith("…")
    said = "".join(piece for piece, _ in made).strip("…")
    assert f" {said} " in text
    assert fragments({"title": "слово " * 100, "text": ""}, []) == ((("слово " * 30).rstrip() + "…", False),)
    assert fragments({"title": "ы" * 500, "text": ""}, []) == (("ы" * 180 + "…", False),)


def test_a_back_test_without_hits_or_difference_says_so_in_words(site, run, tmp_path):
    (tmp_path / "shipped" / "rules" / "none.yaml").write_text("id: none\ntitle: None\nquery: text:volcano\n", "utf-8")
    assert "no story matched" in run("rules", "backtest", "none", "--days", "10")[1]
    store, now = site
    with store.begin() as db:
        assert keep_revision(db, "bases", "same", NEW + "# a note\n", now)
    assert "the revision before matches the same stories" in run("rules", "backtest", "bases", "--days", "10")[1]


def test_the_stored_former_revision_counts_when_the_file_is_what_ran_last(site, run):
    store, now = site
    with store.begin() as db:
        assert keep_revision(db, "bases", "new", NEW, now)
    code, out = run("rules", "backtest", "bases", "--days", "10", "--json")
    assert (code, json.loads(out)["compared"], json.loads(out)["added_count"]) == (0, True, 1)


def test_new_writes_lints_and_back_tests_and_leaves_nothing_when_refused(site, run, tmp_path):
    code, out = run("rules", "new", "text:harvest OR text:урожай", "--to", "ann", "--id", "bread", "--json")
    made = json.loads(out)
    assert (code, made["rule"], made["backtest"]["stories"]) == (0, "bread", 1)
    assert (tmp_path / "site" / "rules" / "bread.yaml").read_text("utf-8").startswith("id: bread\n")
    for query, to, part in (("text:a AND", "ann", "ends after an operator"), ("text:harvest", "bob", "unknown recipient"), ("a b", "ann", "side by side"),
                            ("topic:watter", "ann", "did you mean")):
        code, out = run("rules", "new", query, "--to", to, "--id", "other", "--json")
        assert code == 1
        assert part in json.loads(out)["error"]
    assert sorted(path.name for path in (tmp_path / "site" / "rules").iterdir()) == ["bread.yaml"]


def test_unknown_rules_and_missing_files_are_refused(site, run):
    for arguments in (("rules", "backtest", "nobody"), ("rules", "test", "nobody"), ("rules", "match", "/no/such/file"), ("rules", "check", "/no/such.yaml")):
        code, out = run(*arguments, "--json")
        assert code == 1
        assert "error" in json.loads(out)


def test_check_takes_a_whole_configuration_and_reads_its_rules_alone(site, run, tmp_path):
    other = tmp_path / "analysts" / "rules"
    other.mkdir(parents=True)
    (other / "two.yaml").write_text("id: two\ntitle: Two\nquery: text:troops AND place:Ташкент\n", "utf-8")
    (other.parent / "recipients.yaml").write_text("people: []\n", "utf-8")
    code, out = run("rules", "check", str(other.parent), "--json")
    messages = [one["message"] for one in json.loads(out)["findings"]]
    assert code == 0
    assert [one.split(": ", 1)[1] for one in messages] == [
        "no must_match and no must_not_match example: nobody can see what the rule is for",
        "no story has the place 'Ташкент': names stand there as the gazetteer writes them (write place:\"city:tashkent\")"]


@pytest.mark.parametrize(("title", "made"), [("Граница: Фергана", "granitsa-fergana"), ("Мұнай және газ", "munay-jane-gaz"), ("Qo‘shin", "qoshin"),
                                             ("مرز", "rule"), ("CSTO, 2026", "csto-2026"), ("Әскер ҷанг өкмөт", "asker-jang-okmot")])
def test_an_id_is_made_of_a_title_in_any_alphabet_of_the_region(title, made):
    assert slug(title) == made


def test_check_names_the_rule_that_an_old_archive_never_matched_until_a_story_does(site, run, tmp_path):
    store, now = site
    folder = tmp_path / "site" / "rules"
    folder.mkdir(parents=True)
    for rule, word in (("harvest", "wheat"), ("quiet", "xylophone")):
        (folder / f"{rule}.yaml").write_text(OLD.replace("bases", rule).replace("text:troops AND country:TJ", f"text:{word} OR title:{word}"), "utf-8")
    with store.begin() as db:
        for rule, last in (("bases", 5), ("harvest", 120), ("quiet", None)):
            db.execute(rules.delete().where(rules.c.id == rule))
            db.execute(rules.insert().values(id=rule, revision="r", source="", state={}, first_run_at=now - timedelta(days=200),
                                             last_match_at=now - timedelta(days=last) if last else None))
        db.execute(versions.update().where(versions.c.story_id == "s2").values(processed_at=None))

    def idle():
        found = json.loads(run("rules", "check", "--json")[1])["findings"]
        return sorted(one["message"] for one in found if "no story has matched" in one["message"])

    assert idle() == ["rule harvest: no story has matched for 120 days", "rule quiet: no story has matched for 200 days"]
    assert run("tag-pending")[0] == 0
    assert idle() == ["rule quiet: no story has matched for 200 days"]
