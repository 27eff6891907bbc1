"""How a country's name stands in its sentence: what the country model is told of it."""

import re

import pytest

import score
from wirefeed.tags.standing import _PASSING, Mention

TAGS = score.tagger()


def standing(text: str, country: str, language: str) -> Mention:
    """The last mention of a country in a text without a headline."""
    made, _ = TAGS.scene(TAGS.read("", text, language), relevant=True)
    return [one for one in made.mentions if country in one.lands][-1]


@pytest.mark.parametrize(("text", "country", "language", "field", "value"), [
    ("Soldiers were sent home. Russian paratroopers left on Monday.", "RU", "en", "actor", True),
    ("The mill buys Russian crude at a discount.", "RU", "en", "actor", False),
    ("В город вошли российские десантники.", "RU", "ru", "actor", True),
    ("На рынке продают российскую нефть.", "RU", "ru", "actor", False),
    ("Trains stopped. China called it an internal affair.", "CN", "en", "says", True),
    ("Trains stopped. China sent engineers to the pass.", "CN", "en", "says", False),
    ("Work on the China-Uzbekistan pipeline goes on.", "UZ", "en", "chained", True),
    ("Work goes on in China and Uzbekistan.", "UZ", "en", "chained", False),
    ("An envoy flew to Moscow on Friday.", "RU", "en", "kind", "seat"),
    ("An envoy flew to Russia on Friday.", "RU", "en", "kind", "state"),
    ("An envoy spoke to Turkish reporters.", "TR", "en", "kind", "adjective"),
    ("Посол говорил с турецкими журналистами.", "TR", "ru", "kind", "adjective"),
    ("The winner was born in Uzbekistan.", "UZ", "en", "passing", True),
    ("The winner was honoured in Uzbekistan.", "UZ", "en", "passing", False),
])
def test_standing(text: str, country: str, language: str, field: str, value: object) -> None:
    assert getattr(standing(text, country, language), field) == value
    assert standing(text, country, language).lands == frozenset({country})


def test_words_of_the_main_country_and_of_one_apart() -> None:
    made, seen = TAGS.scene(TAGS.read("Tajikistan mobilises reservists", "Tajikistan called up its reservists on Monday. Armenia held a festival of wine.", "en"), relevant=True)
    assert set(seen) == {"TJ", "AM"}
    assert max(made.salience, key=lambda land: made.salience[land]) == "TJ"
    assert all(one.sentence not in made.top for one in made.mentions if "AM" in one.lands)


PASSING = {
    "en": ("born in", "a native of", "grew up in", "lived in", "came from", "originally from", "neighbouring", "the border with", "like", "unlike", "as in",
           "veterans of", "a student from", "students from", "tourists from", "guests from", "listed also in", "fought in", "served in", "similar to", "than in", "once in",
           "visitors from", "used cars from", "which borders", "on the border", "borders on"),
    "ru": ("родился в", "выходец из", "приехал из", "жил в", "вырос в", "соседний", "граница с", "граничит с", "как в", "как и в", "в отличие от", "по сравнению с",
           "воевал в", "служил под", "вывод советских войск из", "гость из", "студент из", "турист из", "экипаж из", "команда из", "уроженец", "ветеран")}


def alternatives(pattern: str) -> list[str]:
    """What stands between the bars of a pattern's first group."""
    inside, depth, parts = pattern[pattern.index("(?:") + 3:], 0, [""]
    for char in inside:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            break
        if char == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def test_every_phrase_that_makes_a_mention_passing_passes_the_look_before_it() -> None:
    """The pattern is tried only where a head word stands before the name; a phrase whose head is not listed would never be tried."""
    spoken = [(f"Long before that day the old man, {phrase} " if language == "en" else f"Задолго до того дня старик, {phrase} ", language)
              for language, phrases in PASSING.items() for phrase in phrases]
    for alternative in set(alternatives(_PASSING.pattern)):
        assert any(re.search(rf"(?<!\w)(?:{alternative})\s+$", text) for text, _ in spoken), f"no example of {alternative}"
    for text, language in spoken:
        made = standing(text + ("Uzbekistan rested." if language == "en" else "Узбекистан отдыхал."), "UZ", language)
        assert made.passing, text
