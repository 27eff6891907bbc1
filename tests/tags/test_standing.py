"""How a country's name stands in its sentence: what the country model is told of it."""

import pytest

import score
from wirefeed.tags.standing import Mention

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
