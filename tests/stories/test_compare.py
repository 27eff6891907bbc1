"""Copies told from hard negatives: floors on the labelled set, hostile input, the command."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from pairs import hard, pairs

from wirefeed.stories import clusters
from wirefeed.stories.clusters import SAME, Text, bands, best, same_story, similarity

LONG = "The guards at the river crossing counted lorries all day and told nobody what they had found in them. " * 3


@pytest.mark.parametrize("language", ["en", "ru"])
def test_precision_and_recall_keep_their_floors(language: str) -> None:
    found: Counter[tuple[bool, bool]] = Counter()
    for pair in pairs(seed=20, half=1):  # the half that the thresholds were not set on
        if pair.language == language:
            found[pair.same, same_story(Text(*pair.a), Text(*pair.b))] += 1
    precision = found[True, True] / (found[True, True] + found[False, True])
    recall = found[True, True] / (found[True, True] + found[True, False])
    assert precision >= 0.975
    assert recall >= 0.99


def test_hard_pairs_merge_few_other_stories() -> None:
    """Merging two stories hides one, a copy not found costs a second mail: here precision counts, and is far above the 0.5 of guessing."""
    found = Counter((pair.same, same_story(Text(*pair.a), Text(*pair.b))) for pair in hard())
    assert found[False, True] <= 12
    assert found[True, True] >= 32


def test_similarity_is_symmetric_and_bounded() -> None:
    for n, pair in enumerate(pairs(seed=3)):
        if n % 40 == 0:
            one, two = Text(*pair.a), Text(*pair.b)
            assert similarity(one, two) == pytest.approx(similarity(two, one))
            assert 0 <= similarity(one, two) <= 1
            assert similarity(one, one) > 0.9


@pytest.mark.parametrize("odd", ["", " ", "x", "\x00\x00", "🙂🙂", "1 2 3", "<p>", "\ud800", "a" * 100_000])
def test_odd_texts_have_an_answer(odd: str) -> None:
    assert 0 <= similarity(Text(odd, odd), Text("Headline of a story", LONG)) < SAME
    assert 0 <= similarity(Text("", odd), Text("", odd)) <= 1
    assert isinstance(bands(odd, odd), tuple)


def test_five_megabytes_do_not_hang() -> None:
    big = "слово за словом идёт граница без конца 12 раз " * 100_000
    begun = time.process_time()
    assert same_story(Text("a", big), Text("a", big + "конец"))
    bands("a", big)
    assert time.process_time() - begun < 10


def test_copies_share_a_band_and_other_stories_none() -> None:
    missed, wrong, copies, others = 0, 0, 0, 0
    for pair in pairs(seed=5, half=0):
        shared = bool(set(bands(*pair.a)) & set(bands(*pair.b)))
        if pair.same and pair.kind not in ("brief", "brief+retitled"):
            copies, missed = copies + 1, missed + (not shared)
        elif pair.kind == "other story":
            others, wrong = others + 1, wrong + shared
    assert missed / copies < 0.02
    assert wrong == 0
    assert others > 20


def test_the_command_answers_in_order(tmp_path: Path) -> None:
    lines = [{"id": n, "a": {"title": p.a[0], "text": p.a[1]}, "b": {"title": p.b[0], "text": p.b[1]}} for n, p in enumerate(pairs()) if n < 30]
    file = tmp_path / "pairs.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    done = subprocess.run([str(Path(sys.executable).parent / "wirefeed"), "compare", "--jsonl", str(file)], capture_output=True, text=True, timeout=60, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in answers] == list(range(30))
    assert all(set(one) == {"id", "same_story", "similarity"} for one in answers)


def test_two_files_are_compared_and_a_missing_one_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LONG, "utf-8")
    (tmp_path / "b.html").write_text(f"<html><body><article><p>{LONG}</p></article></body></html>", "utf-8")
    run = [str(Path(sys.executable).parent / "wirefeed"), "compare", "--json"]
    done = subprocess.run([*run, str(tmp_path / "a.txt"), str(tmp_path / "b.html")], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["same_story"] is True
    refused = subprocess.run([*run, str(tmp_path / "a.txt"), str(tmp_path / "none")], capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert "none" in json.loads(refused.stdout)["error"]


AHEAD = ("Capitals to sign water deal on Friday", "The two ministers will meet in Tashkent on Friday to sign a water deal, the press office said.")
DONE = ("Water deal signed in Tashkent", "The two ministers put their names to a water deal on Friday after a night of talks.")
SHARED = ("\n\nThe paper, discussed since 2019, sets winter releases from three reservoirs and replaces an accord in force since 1998."
          "\n\nTrade between the two neighbours reached 5.1 billion dollars last year, the statistics office says.")


def test_an_announcement_is_not_its_outcome() -> None:
    assert not same_story(Text(AHEAD[0], AHEAD[1] + SHARED), Text(DONE[0], DONE[1] + SHARED))


def test_a_follow_up_that_repeats_yesterdays_story_at_its_end_is_another() -> None:
    first = ("Avalanche buries skiers above the city", "Three people were caught by an avalanche in the Kimasar gorge on Sunday, rescuers said. Two were found alive and "
             "taken to hospital by helicopter with fractures.")
    then = ("Minister promises barriers in the gorges", "Steel nets and sirens will stand above all ski paths before the next season, the emergencies minister told "
            "deputies on Wednesday. The money comes from the reserve, he said, and a tender opens in a month. Owners of the lifts must pay a tenth of the sum.\n\n" + first[1])
    assert not same_story(Text(*first), Text(*then))


def test_requests_to_readers_are_no_common_text() -> None:
    plea = (" Сообщи свою новость: WhatsApp. Подписывайтесь на наш канал, чтобы первыми узнавать о главном. При использовании материалов ссылка обязательна. "
            "Если вы нашли ошибку, выделите фрагмент текста.")
    one = "Депутаты горкенеша снизили плату за проезд в автобусах для школьников с десяти до пяти сомов." + plea
    two = "Стоимость проезда в маршрутках города с декабря вырастет до двадцати сомов, сообщили в мэрии." + plea
    assert similarity(Text("Тариф снизили", one), Text("Проезд подорожает", two)) < 0.3


def test_a_sub_edited_copy_is_found_and_a_headline_filled_anew_is_not() -> None:
    wire = ("Border service reports seizure", "Guards at the Dostuk crossing found forty kilograms of opium in a lorry of onions on Thursday, the border service said in a "
            "statement. The driver, 41, had crossed the frontier nine times this year, it said. Investigators are looking for the owner of the cargo.")
    edited = ("Opium found among onions", "Guards at Dostuk crossing have found 40 kilograms of opium in a lorry carrying onions, the border service said. The driver, aged 41, "
              "crossed the frontier nine times during this year. Investigators look for the cargo's owner.")
    assert same_story(Text(*wire), Text(*edited))
    assert not same_story(Text("Школьники города завоевали четыре медали по физике", ""), Text("Школьники города завоевали четыре медали по химии", ""))


def test_the_best_copy_is_that_of_the_whole_comparison_and_facts_are_read_only_where_they_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Text("Guards find a tunnel under the Panj", LONG)
    far = [(f"far{n}", Text(f"Minister visits school number {n}", f"{LONG[:40]} Pupils of class {n} sang for the minister and showed him what they had painted. " * 2))
           for n in range(6)]
    copy = ("copy", Text("Guards find tunnel under Panj", LONG + " The agency adds that nobody was hurt."))
    asked: list[str] = []
    whole = clusters.agreement
    monkeypatch.setattr(clusters, "agreement", lambda a, b: asked.append(b) or whole(a, b))
    assert all(similarity(story, other, at_least=SAME) < SAME for _, other in far)
    assert not asked
    assert best(story, [*far, copy]) == ("copy", similarity(story, copy[1]))
    assert len(asked) == 2
