"""Odd input gets a result in bounded time; offsets fit the text as it came; the scoreboard stays above its floors."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import score
from wirefeed.tags.tagger import Tagger

STORY = ("DUSHANBE, May 3 - A conscript died when border guards of Tajikistan and Kyrgyzstan exchanged fire near Vorukh, officials said.\r\n\r\n"
         "The Kyrgyz side said its men had been shot at first.")


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return score.tagger()


def test_a_border_clash_is_relevant_and_its_offsets_fit(tagger: Tagger) -> None:
    tags = tagger.tag("Soldier killed near Vorukh", STORY)
    assert tags.relevant
    assert set(tags.countries) == {"TJ", "KG"}
    assert tags.topics[0].id == "border-incidents"
    assert tags.entities
    assert all(one.text == (STORY if one.field == "text" else "Soldier killed near Vorukh")[one.start:one.end] for one in tags.entities)
    assert all(seen.text == STORY[seen.start:seen.end] for topic in tags.topics for seen in topic.evidence if seen.field == "text")


def test_a_sports_report_in_the_words_of_war_is_not_relevant(tagger: Tagger) -> None:
    tags = tagger.tag("Kairat beat Astana in derby", "The striker shot twice and the Almaty side attacked until the defence of the capital's club broke. "
                      "The coach of the Kazakhstan league leaders praised his army of fans after the match.")
    assert not tags.relevant
    assert tags.topics == ()


def test_a_wrong_language_label_does_not_hurt(tagger: Tagger) -> None:
    right, wrong = tagger.tag("", STORY), tagger.tag("", STORY, "ru")
    assert (wrong.language, wrong.relevant, wrong.countries) == ("en", right.relevant, right.countries)


@pytest.mark.parametrize("text", ["", "U", "\0\0 Tajik\0istan \0", "🔥 Tajikistan 🇹🇯 clash 🔥", "<p>Tajik <b>border</b>&nbsp;guards", "half \ud800 Tajikistan",
                                  "Таджикистан border تاجیکستان chegara"])
def test_odd_text_gets_a_result_whose_spans_fit(tagger: Tagger, text: str) -> None:
    tags = tagger.tag("", text)
    assert 0 <= tags.score <= 1
    assert tags.language
    assert all(one.text == text[one.start:one.end] for one in tags.entities)


@pytest.mark.parametrize("piece", ["\n", "(запрещена ", "* ", "o'", "таджикско-", "\u0301", "a", "Tajik border guards killed. ", "Tajikistan also "])
def test_cost_is_linear_in_length(tagger: Tagger, piece: str) -> None:
    def cost(size: int) -> float:
        text = piece * (size // len(piece))
        spent = []
        for _ in range(3):  # the quickest: another process on the same core makes processor time longer, too
            started = time.process_time()
            tagger.tag("", text, entities=False)
            spent.append(time.process_time() - started)
        return min(spent)

    cost(10_000)
    assert cost(200_000) < 0.5 + 12 * cost(50_000)  # four times the length; the quadratic kind costs sixteen times and far above half a second


@pytest.mark.parametrize("name", score.GOLD)
def test_no_figure_lies_below_its_floor(tagger: Tagger, name: str) -> None:
    assert score.below(name, score.score(score.stories(name), tagger)) == []


def test_tags_are_the_same_in_every_process() -> None:
    """Sets have another order under each hash seed; two workers must not tag one story differently."""
    ask = ("import json, pathlib, score\ntagger = score.tagger()\nfor line in pathlib.Path('gold/wire-dev.jsonl').read_text('utf-8').splitlines()[:120]:\n"
           "    story = json.loads(line)\n    print(tagger.tag(story['title'], story['text'], entities=False, explain=True))")
    folder = Path(__file__).resolve().parents[1]
    once, again = (subprocess.run([sys.executable, "-c", ask], cwd=folder, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True, timeout=120)
                   .stdout for seed in ("1", "2"))
    assert once.count(b"\n") >= 120
    assert once == again
