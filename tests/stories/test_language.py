"""Languages of short headlines, look-alikes and wrong labels."""

import json
import time
from pathlib import Path

import pytest

from wirefeed.stories import language
from wirefeed.stories.language import detect

DATA = Path(__file__).parents[1] / "data" / "compare" / "stories.jsonl"


@pytest.mark.parametrize(("title", "expected"), [
    ("Tajik border troops kill two smugglers", "en"), ("Talks on water end in Tashkent", "en"), ("Запад готовит новые санкции", "ru"),
    ("Погода в Таджикистане на 5 мая", "ru"), ("Қазақстан мен Өзбекстан су туралы келісті", "kk"), ("Қырғызстанда үш адам ұсталды", "kk"),
    ("Кыргызстанда чек арада атышуу болду", "ky"), ("Президент Жапаров өкмөттү кызматтан кетирди", "ky"),
    ("Ўзбекистон чегарасида отишма бўлди", "uz"), ("Oʻzbekiston va Tojikiston chegara boʻyicha kelishdi", "uz"),
    ("Toshkentda yangi vazir tayinlandi", "uz"), ("Дар сарҳади Тоҷикистон ду нафар кушта шуд", "tg"),
    ("Президенти кишвар бо вазирон мулоқот кард", "tg"), ("Türkmenistanyň Prezidenti täze ministri belledi", "tk"),
    ("Aşgabatda halkara maslahat geçirildi", "tk"), ("طالبان پیشنهاد امریکا را رد کردند", "fa"), ("د افغانستان په شمال کې جګړه وشوه", "ps"),
    ("Qazaqstan men Reseı kelisimge qol qoıdy", "kk"), ("МВД: задержаны трое", "ru"),
    ("Şekarada qauıpsızdık küşeitildi", "kk"), ("Samarqandda yangi zavod ishga tushirildi", "uz"), ("Toshkentda bir kishi hibsga olindi", "uz"),
    ("Gaz şertnamasy baglaşyldy", "tk"), ("Тошкентда учрашув", "uz"), ("Армия машқлари бошланди", "uz"), ("Оруссия менен машыгуу башталды", "ky"),
    ("Doğal gaz anlaşması imzalandı", "tr"), ("Сарбозон дар марз кушта шуданд", "tg"), ("Ядро қалдықтары туралы келісім", "kk"),
])
def test_a_headline_alone_tells_its_language(title: str, expected: str) -> None:
    assert detect(title) == expected


def test_a_wrong_label_does_not_beat_clear_evidence() -> None:
    assert detect("Қазақстан мен Өзбекстан су туралы келісті", hint="ru") == "kk"
    assert detect("Власти сообщили о перестрелке на границе", hint="kk-KZ") == "ru"
    assert detect("Border troops opened fire near the river on Monday", hint="ru") == "en"


def test_whole_stories_are_right_without_a_hint() -> None:
    stories = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    wrong = [story["id"] for story in stories if detect(story["title"], story["text"]) != story["language"]]
    assert len(wrong) <= 1


@pytest.mark.parametrize("odd", ["", "12345", "🙂", "\x00", "---"])
def test_no_words_is_undetermined_or_the_label(odd: str) -> None:
    assert detect(odd) == "und"
    assert detect(odd, hint="ru") == "ru"


def test_five_megabytes_cost_little() -> None:
    begun = time.process_time()
    assert detect("", "Власти сообщили о перестрелке на границе. " * 120_000) == "ru"
    assert time.process_time() - begun < 3


def test_the_model_is_asked_only_where_it_can_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(language, "_model", lambda sample: asked.append(sample) or [])
    assert detect("Border closed", "The ministry said on Monday that the crossing would be closed for the week and that the guards had been told.") == "en"
    assert not asked
    detect("Gaz")
    assert asked
