"""What changed between two versions: wire markers and the diff of the words."""

import time

import pytest

from wirefeed.model import Change
from wirefeed.stories.versions import change, content_hash

TITLE = "Two killed near Guliston crossing - officials"
TEXT = ("BISHKEK, May 3 - Two border guards were killed near the Guliston crossing on Tuesday, officials said.\n\nThe guards did not fire first, "
        "the State Committee for National Security said. Some 40 lorries were waiting at the barrier, and the road to Batken stayed open.")
RU = "В Баткене открыли пост"
RU_TEXT = "БИШКЕК, 3 мая. Новый пограничный пост открыли во вторник в Баткенской области, сообщила пресс-служба. На посту служат 40 человек."


@pytest.mark.parametrize(("title", "text", "expected"), [
    ("CORRECTED-" + TITLE, TEXT.replace("40", "14"), Change.CORRECTION),
    ("CORRECTED (OFFICIAL)-" + TITLE, TEXT.replace("40", "14"), Change.CORRECTION),
    (TITLE, "(Corrects number of lorries in second paragraph)\n\n" + TEXT.replace("40", "14"), Change.CORRECTION),
    (TITLE, TEXT.replace("40", "14") + "\n\nAn earlier version of this article misstated the number of lorries.", Change.CORRECTION),
    ("UPDATE 1-" + TITLE, TEXT + "\n\nThe president called a meeting.", Change.UPDATE),
    ("UPDATE 2-" + TITLE, TEXT.replace("Two", "Five"), Change.UPDATE),
    ("REFILE-" + TITLE, TEXT, Change.REFILE),
    ("RPT-" + TITLE, TEXT, Change.REFILE),
    ("STORY WITHDRAWN: " + TITLE, "The story is withdrawn, there will be no substitute.", Change.WITHDRAWN),
    (TITLE, "BULLETIN KILL: editors, please kill this item.", Change.WITHDRAWN),
    (TITLE, TEXT.replace("40", "14"), Change.TEXT),
    (TITLE, TEXT.replace("did not fire", "did fire"), Change.TEXT),
    (TITLE, TEXT.replace("Batken", "Isfana"), Change.TEXT),
    (TITLE, TEXT + " A third guard died in hospital in the night, a doctor told reporters by telephone.", Change.TEXT),
    (TITLE, TEXT.replace(" - ", " – ").replace("\n\n", " "), Change.COSMETIC),
    (TITLE, TEXT + "\n\nViews: 1834\nRead also: Oil prices edge up", Change.COSMETIC),
    (TITLE, TEXT.replace("BISHKEK", "Bishkek"), Change.COSMETIC),
    ("Troops withdrawn from Guliston, 3 killed - officials", TEXT, Change.TEXT),
    ("Rockets hit Guliston, kill 12", TEXT, Change.TEXT), ("Correction officers killed near Guliston", TEXT, Change.TEXT),
    ("Update on talks: Guliston crossing shut", TEXT, Change.TEXT),
    ("UPDATE 2-CORRECTED-" + TITLE, TEXT.replace("40", "14"), Change.CORRECTION), ("[CORRECTED] " + TITLE, TEXT.replace("40", "14"), Change.CORRECTION),
    (TITLE + " (corrected)", TEXT.replace("40", "14"), Change.CORRECTION), ("CLARIFICATION: " + TITLE, TEXT.replace("40", "14"), Change.CORRECTION),
    (TITLE, "Corrects paragraph 3\n" + TEXT.replace("40", "14"), Change.CORRECTION),
    (TITLE, "(This May 3 story has been corrected to say 14 lorries)\n" + TEXT.replace("40", "14"), Change.CORRECTION),
    (TITLE, TEXT.replace("40", "14") + "\n\nCorrection, May 4: forty was wrong.", Change.CORRECTION),
    (TITLE + " - UPDATE", TEXT + "\n\nThe president called a meeting.", Change.UPDATE),
    ("WRAPUP 3-" + TITLE, TEXT + "\n\nThe president called a meeting.", Change.UPDATE),
    ("BC-KG--Border, 2nd Ld-Writethru " + TITLE, TEXT + "\n\nThe president called a meeting.", Change.UPDATE),
    (TITLE, "Adds details in paragraph 3\n\n" + TEXT + " The president called a meeting.", Change.UPDATE),
    (TITLE, "(Refiles to fix a word)\n" + TEXT.replace("stayed open", "was open"), Change.REFILE), ("(RPT) " + TITLE, TEXT, Change.REFILE),
    ("KILL KILL KILL", "Editors, please kill.", Change.WITHDRAWN), ("[RETRACTED] " + TITLE, TEXT, Change.WITHDRAWN),
    ("ADVISORY-Story on Guliston withdrawn", "Editors: see above.", Change.WITHDRAWN), (TITLE, "This article has been removed.", Change.WITHDRAWN),
])
def test_an_english_change_has_its_kind(title: str, text: str, expected: Change) -> None:
    assert change(TITLE, TEXT, title, text) is expected


@pytest.mark.parametrize(("title", "text", "expected"), [
    ("ИСПРАВЛЕНИЕ: " + RU, RU_TEXT.replace("40", "14"), Change.CORRECTION),
    ("ИСПРАВЛЕНО - " + RU, RU_TEXT.replace("40", "14"), Change.CORRECTION),
    ("Повтор с исправлением: " + RU, RU_TEXT.replace("40", "14"), Change.CORRECTION),
    (RU, "(Уточняется число служащих)\n" + RU_TEXT.replace("40", "14"), Change.CORRECTION),
    ("УТОЧНЕНИЕ: " + RU, RU_TEXT.replace("40", "14"), Change.CORRECTION),
    ("ПОВТОР: " + RU, RU_TEXT, Change.REFILE),
    ("ДОПОЛНЕННАЯ ВЕРСИЯ: " + RU, RU_TEXT + " Дорога к посту отремонтирована за лето.", Change.UPDATE),
    ("АННУЛИРОВАНО: " + RU, "Просим не использовать.", Change.WITHDRAWN),
    (RU, "Сообщение аннулировано редакцией.", Change.WITHDRAWN),
    ("Отзыв: " + RU, "Просим считать сообщение недействительным.", Change.WITHDRAWN),
    (RU, RU_TEXT + " Принята поправка к закону, договор аннулирован, число требует уточнения.", Change.TEXT),
    (RU, RU_TEXT.replace("служат", "не служат"), Change.TEXT),
    (RU, RU_TEXT + "\nЧитайте также: Погода на завтра", Change.COSMETIC),
    (RU, RU_TEXT.replace(" пост ", " «пост» "), Change.COSMETIC),
    ("Түзөтүү: " + RU, RU_TEXT.replace("40", "14"), Change.CORRECTION),
    ("Tuzatish: " + RU, RU_TEXT.replace("40", "14"), Change.CORRECTION),
    ("Түзету: " + RU, RU_TEXT.replace("40", "14"), Change.CORRECTION),
    (RU + " (исправлено)", RU_TEXT.replace("40", "14"), Change.CORRECTION), (RU + " - ИСПРАВЛЕНИЕ", RU_TEXT.replace("40", "14"), Change.CORRECTION),
    ("УТОЧНЁННАЯ ВЕРСИЯ: " + RU, RU_TEXT.replace("40", "14"), Change.CORRECTION), ("ЗАМЕНА: " + RU, RU_TEXT.replace("40", "14"), Change.CORRECTION),
    (RU, "В тексте исправлена опечатка во втором абзаце.\n" + RU_TEXT.replace("40", "14"), Change.CORRECTION),
    ("Замена постов: " + RU, RU_TEXT.replace("40", "14"), Change.TEXT), (RU, "Уточнил и министр.\n" + RU_TEXT.replace("40", "14"), Change.TEXT),
    ("(Обновлено) " + RU, RU_TEXT + " Дорогу отремонтировали.", Change.UPDATE), (RU + " [обновляется]", RU_TEXT + " Дорогу отремонтировали.", Change.UPDATE),
    (RU, RU_TEXT + " Дорогу отремонтировали.\nUPD: добавлен комментарий.", Change.UPDATE), ("(Повтор) " + RU, RU_TEXT, Change.REFILE),
    ("СНЯТО С ЛЕНТЫ: " + RU, "Просим извинить.", Change.WITHDRAWN), ("[АННУЛИРОВАНО] " + RU, RU_TEXT, Change.WITHDRAWN),
    ("ОТМЕНА: " + RU, "Просим извинить.", Change.WITHDRAWN), (RU, "Материал снят с публикации.", Change.WITHDRAWN),
    (RU, "Просим считать новость недействительной.", Change.WITHDRAWN), (RU, "Новый пост снят с учета, отмена договора и отзыв посла.", Change.TEXT),
    ("Тузатилди: " + RU, RU_TEXT.replace("40", "14"), Change.CORRECTION), ("Ислоҳшуда: " + RU, RU_TEXT.replace("40", "14"), Change.CORRECTION),
    ("Жаңыланды: " + RU, RU_TEXT + " Дорогу отремонтировали.", Change.UPDATE), ("Янгиланди: " + RU, RU_TEXT + " Дорогу отремонтировали.", Change.UPDATE),
])
def test_a_russian_or_turkic_change_has_its_kind(title: str, text: str, expected: Change) -> None:
    assert change(RU, RU_TEXT, title, text) is expected


def test_the_wires_own_status_outranks_the_text() -> None:
    assert change(TITLE, TEXT, TITLE, TEXT, wire={"pubstatus": "canceled"}) is Change.WITHDRAWN


def test_a_marker_that_was_there_before_is_no_news() -> None:
    assert change("CORRECTED-" + TITLE, TEXT, "CORRECTED-" + TITLE, TEXT + "\nViews: 12") is Change.COSMETIC


def test_only_the_date_moved() -> None:
    assert change(TITLE, TEXT, TITLE, TEXT, dates_changed=True) is Change.DATE


def test_a_paragraph_that_begins_like_a_frame_line_counts() -> None:
    assert content_hash("x", "Подписан указ о новой границе.") != content_hash("x", "Подписан указ о новом налоге.")
    assert content_hash("x", "Related to the attack, two men were held.") != content_hash("x", "Related to the attack, nine men were held.")


def test_five_megabytes_are_compared_in_linear_time() -> None:
    long = "слово число граница пост " * 100_000
    begun = time.process_time()
    assert change("a", long, "a", long + "конец 12") is Change.TEXT
    assert time.process_time() - begun < 20
