"""Hostile text costs what its length is worth, counted in calls and not in seconds, and never breaks the gazetteer's offsets."""

import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType

import pytest

from wirefeed.tags.gazetteer import load_gazetteer
from wirefeed.tags.mentions import Mentions
from wirefeed.yaml_files import find

ROOT = Path(__file__).resolve().parent.parent.parent
MIXED = "Таджикистан border تاجیکستان chegara O‘zbekiston Қазақстан 🔥 <b>Kabul</b>&nbsp;\0 Ош US IS ИГ "


@pytest.fixture(scope="module")
def mentions() -> Mentions:
    return Mentions(load_gazetteer(find((ROOT / "config",), "gazetteer/*.yaml")))


def calls(mentions: Mentions, text: str, language: str) -> int:
    """How many functions, built-in ones included, finding the mentions of a text calls."""
    count = 0

    def step(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(step)
    try:
        mentions.find("", text, language)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(("unit", "language"), [
    (MIXED, "ru"), ("Токаев ", "ru"), ("Timur Japarov and Kyrgyzstan ", "en"), ("Batken, Osh and ", "en"), ("Баткенской и ", "ru"), ("таджикско-", "ru"), ("'", "uz"),
    ("O'zbekiston'", "uz"), ("افغان‌ها ", "fa"), ("Қазақстандағы", "kk"), ("(запрещена ", "ru"), ("Panj river Panj ", "en"), ("e\u0301", "en"), ("\0\n", "en"), ("«Вагнер» ", "ru"),
    ("دوشنبه ", "fa"), ("US$ IS ", "en"),
])
def test_calls_grow_with_length_and_not_with_its_square(mentions: Mentions, unit: str, language: str) -> None:
    def text(size: int) -> str:
        return unit * (size // len(unit))

    small, large = calls(mentions, text(4_000), language), calls(mentions, text(32_000), language)
    assert large < 10 * small + 500, f"{small} calls for 4,000 characters, {large} for 32,000"


@pytest.mark.parametrize("language", ["en", "ru", "kk", "fa", "xx", ""])
@pytest.mark.parametrize("text", ["", " ", "О", "'", "-", "\0", "\ud800", "🇹🇯", MIXED * 3, "<a href='Kabul'>Kabul</a>", "К" * 3_000, "Kabul" * 300, "e" + "\u0301" * 500,
                                  "Казах\u00adстан\u200b, Кабул\ufeff"])
def test_odd_text_under_any_label_keeps_its_offsets_and_order(mentions: Mentions, text: str, language: str) -> None:
    found = mentions.find(text, text, language)
    assert all(one.text == text[one.start:one.end] and one.end > one.start for one in found)
    for field in ("title", "text"):
        own = [(one.start, one.end) for one in found if one.field == field]
        assert own == sorted(own)
        assert all(first[1] <= second[0] for first, second in pairwise(own))


def test_five_megabytes_are_read_to_the_end(mentions: Mentions) -> None:
    text = "Ordinary words about nothing in particular, line after line.\n" * 82_000 + "A shot was heard in Tajikistan."
    assert len(text) > 5_000_000
    assert [(one.id, one.start) for one in mentions.find("", text, "en")] == [("country:TJ", len(text) - len("Tajikistan."))]
