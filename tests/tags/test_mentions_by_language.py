"""Inflected forms, alphabets, transliterations and traps, language by language. A new case is a new line below tests/data/mentions.

Both directions count: every bracketed stretch must be found with its id and its ends, and nothing else may be.
"""

import re
from pathlib import Path

import pytest

from wirefeed.tags.gazetteer import load_gazetteer
from wirefeed.tags.mentions import Mentions
from wirefeed.yaml_files import find

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "tests" / "data" / "mentions"
MARK = re.compile(r"\[([^|\]]+)\|([^\]]+)\]")


def cases() -> list[tuple[str, int, str]]:
    """Language (the file's name), line number, sentence with its marks."""
    return [(path.stem, number, line) for path in sorted(DATA.glob("*.txt")) for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
            if line.strip() and not line.startswith("#")]


def unmarked(line: str) -> tuple[str, list[tuple[str, str, int]]]:
    """The sentence as a reader sees it, and the mentions it holds: id, text, start."""
    text, wanted, done = "", [], 0
    for mark in MARK.finditer(line):
        text += line[done:mark.start()]
        wanted.append((mark[2], mark[1], len(text)))
        text += mark[1]
        done = mark.end()
    return text + line[done:], wanted


@pytest.fixture(scope="module")
def mentions() -> Mentions:
    return Mentions(load_gazetteer(find((ROOT / "config",), "gazetteer/*.yaml")))


@pytest.mark.parametrize(("language", "number", "line"), cases(), ids=lambda value: value if isinstance(value, str) and len(value) == 2 else None)
def test_a_sentence_holds_its_mentions_and_no_others(mentions: Mentions, language: str, number: int, line: str) -> None:
    text, wanted = unmarked(line)
    found = [(one.id, one.text, one.start) for one in mentions.find("", text, language)]
    assert found == wanted, f"{language}.txt:{number}"


def test_every_language_of_the_gazetteer_has_its_sentences() -> None:
    counts = {language: sum(one == language for one, _, _ in cases()) for language in ("en", "ru", "kk", "ky", "uz", "tg", "tk", "fa")}
    assert min(counts.values()) >= 10, counts


@pytest.mark.parametrize(("name", "language", "known"), [
    ("Касым-Жомарт Токаев", "ru", True), ("Kulob", "en", True), ("Токаева", "ru", True), ("Karim Oripov", "en", False), ("Ош базары", "ky", False)])
def test_the_gazetteer_knows_its_own_names(mentions: Mentions, name: str, language: str, known: bool) -> None:
    assert mentions.knows(name, language) is known
