"""Names in Russian sentences come back in the nominative: gender and case of first name and surname agree, heads of phrases lead."""

import pytest

from wirefeed.model import Entity
from wirefeed.tags.entities import merged
from wirefeed.tags.russian_nominative import person, phrase


@pytest.mark.parametrize(("form", "nominative"), [
    ("Вера Лобанова", "Вера Лобанова"), ("Веры Шатовой", "Вера Шатова"), ("Марата Есенова", "Марат Есенов"), ("Дилфуза Рахимова", "Дилфуза Рахимова"),
    ("Бактыгуль Шамшиева", "Бактыгуль Шамшиева"), ("Улфатхоним Мамадшоеву", "Улфатхоним Мамадшоева"), ("Варвара Синицкая", "Варвара Синицкая"),
    ("Айсулуу Мамбетова", "Айсулуу Мамбетова"), ("Мураду Аннабердыеву", "Мурад Аннабердыев"), ("Сергея Викторовича Лаврова", "Сергей Викторович Лавров"),
    ("Дмитрием Песковым", "Дмитрий Песков"), ("Ольгу Ивановскую", "Ольга Ивановская"), ("Юлия Ким", "Юлия Ким"), ("Камчыбеку Ташиеву", "Камчыбек Ташиев"),
])
def test_persons_agree(form: str, nominative: str) -> None:
    assert person(form) == nominative


@pytest.mark.parametrize(("form", "nominative"), [
    ("Красной площади", "Красная площадь"), ("Центрального военного округа", "Центральный военный округ"), ("СССР", "СССР"), ("МВД", "МВД"),
    ("Иссык-Куле", "Иссык-Куль"), ("Джаузджане", "Джаузджан"), ("Турсунзаде", "Турсунзаде"), ("Карасуу", "Карасуу"), ("БИШКЕК", "Бишкек"),
    ("Астану", "Астана"), ("Торткульского водохранилища", "Торткульское водохранилище"), ("Жогорку Кенеш", "Жогорку Кенеш"),
])
def test_places_and_bodies_follow_their_head(form: str, nominative: str) -> None:
    assert phrase(form) == nominative


def test_a_surname_in_any_case_joins_the_full_name_of_its_text() -> None:
    def span(text: str, start: int, name: str) -> Entity:
        return Entity(None, "person", name, "text", text, start, start + len(text), "model")

    made = merged([], [span("Каирбек Досанов", 0, "Каирбек Досанов"), span("Досанова", 40, "Досанова"), span("Вера Шатова", 60, "Вера Шатова"),
                       span("Шатовой", 90, "Шатовой"), span("Рыжова", 120, "Рыжова")])
    assert [one.name for one in made] == ["Каирбек Досанов", "Каирбек Досанов", "Вера Шатова", "Вера Шатова", "Рыжова"]


def test_the_gazetteer_overrules_the_model() -> None:
    ours = Entity("person:lavrov", "person", "Sergey Lavrov", "text", "Лавров", 10, 16, "gazetteer")
    model = Entity(None, "place", "Лавров", "text", "Лавров", 10, 16, "model")
    apart = Entity(None, "person", "Марат Есенов", "text", "Марат Есенов", 30, 42, "model")
    assert merged([ours], [model, apart]) == [ours, apart]
