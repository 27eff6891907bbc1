"""Forms kept between processes: the same as those made, and never in the way."""

import json
import os
from pathlib import Path

import pytest

from wirefeed.configuration import PATTERNS
from wirefeed.settings import Settings
from wirefeed.tags.forms import Term
from wirefeed.tags.kept_forms import MOST, fingerprint, kept
from wirefeed.tags.matcher import Form
from wirefeed.tags.tagger import load_tagger
from wirefeed.tags.topic_terms import Meaning
from wirefeed.yaml_files import ConfigText, find

CONFIG = Path(__file__).parents[2] / "config"
PAIRS = [(Form("Ош", capital=True), Term("city:osh", "name", True, frozenset({"ru", "ky"}))), (Form("Оше"), Term("city:osh", "name")),
         (Form("Оша"), Term("city:osh", "name"))]


def refuse() -> list[tuple[Form, Term]]:
    raise AssertionError("made although kept")


def test_what_is_kept_comes_back_whole_and_is_not_made_again(tmp_path: Path) -> None:
    assert kept(tmp_path / "deep", "a", Term, lambda: PAIRS) == PAIRS
    assert kept(tmp_path / "deep", "a", Term, refuse) == PAIRS
    words = [(Form("КПП", upper=True), Meaning("border-incidents", "КПП", 1.5, "ru", frozenset({"граница", "застава"})))]
    assert kept(tmp_path, "b", Meaning, lambda: words) == words
    assert kept(tmp_path, "b", Meaning, lambda: []) == words


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"meanings": [[1]], "forms": [[0, "a"]]}', '{"meanings": [], "forms": [[5, "a"]]}'])
def test_a_spoilt_file_is_made_anew(tmp_path: Path, spoilt: str) -> None:
    (tmp_path / "forms-term-a.json").write_text(spoilt, "utf-8")
    assert kept(tmp_path, "a", Term, lambda: PAIRS) == PAIRS
    assert json.loads((tmp_path / "forms-term-a.json").read_text("utf-8"))["meanings"]


def test_a_folder_that_cannot_be_written_or_none_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert kept(tmp_path / "file" / "below", "a", Term, lambda: PAIRS) == PAIRS
    assert kept(None, "a", Term, lambda: PAIRS) == PAIRS


def test_old_files_go(tmp_path: Path) -> None:
    for number in range(MOST + 5):
        kept(tmp_path, str(number), Term, lambda: PAIRS)
    assert len(list(tmp_path.iterdir())) == MOST


def test_what_is_read_every_day_stays(tmp_path: Path) -> None:
    def never() -> list[tuple[Form, Term]]:
        raise AssertionError("made again")

    kept(tmp_path, "ours", Term, lambda: PAIRS)
    for number in range(MOST + 5):
        for age, path in enumerate(sorted(tmp_path.iterdir(), key=lambda one: one.stat().st_mtime_ns, reverse=True)):
            os.utime(path, (1e9 - age,) * 2)  # time passes
        assert kept(tmp_path, "ours", Term, never) == PAIRS
        kept(tmp_path, str(number), Term, lambda: PAIRS)


def test_a_changed_word_changes_the_fingerprint() -> None:
    one, other = (ConfigText(Path("a.yaml"), text) for text in ("id: a", "id: b"))
    assert len({fingerprint([one]), fingerprint([other]), fingerprint([one, other])}) == 3


def test_tagging_is_the_same_with_and_without(tmp_path: Path) -> None:
    files = find((CONFIG,), PATTERNS["gazetteer"]), find((CONFIG,), PATTERNS["topics"])
    story = "Стрельба у Воруха", "БАТКЕН. Пограничники Кыргызстана и Таджикистана обстреляли друг друга у села Ворух, сообщил ГКНБ."
    answers = [load_tagger(*files, Settings(cache=folder)).tag(*story, entities=False) for folder in (None, tmp_path, tmp_path)]
    assert answers[0] == answers[1] == answers[2]
    assert len(list(tmp_path.iterdir())) == 2
    assert {"KG", "TJ"} <= set(answers[0].countries)
