"""Bytes into the letters that were meant, and honest flags where a guess or a repair was needed."""


import random
from datetime import UTC, datetime
from io import BytesIO

import pytest

from wirefeed.entries import loose
from wirefeed.entries.encoding import decode
from wirefeed.entries.parse import parse

NOW = datetime(2026, 6, 10, tzinfo=UTC)
RUSSIAN = ("Президент принял министра обороны и обсудил с ним учения", "Войска отведены от границы в Баткенской области", "Взрыв в Ургуте: есть погибшие",
           "СРОЧНО: В ДУШАНБЕ ЗАДЕРЖАНЫ ДВОЕ ПОДОЗРЕВАЕМЫХ", "Ёлка на площади Ала-Тоо обошлась в 5 млн сомов", "ЦИК объявил итоги выборов")
KAZAKH = ("Қауіпсіздік кеңесі шекара мәселесін талқылады", "Қорғаныс министрі әскери оқу-жаттығуға қатысты")
TAJIK = ("Вазири корҳои хориҷӣ бо ҳамтои ӯзбек вохӯрд", "Дар марзи Тоҷикистон вазъият ором аст")
PERSIAN = ("وزارت دفاع افغانستان از درگیری خبر داد", "رئیس جمهور با همتای تاجیک خود دیدار کرد")
LATIN = ("Le président a été reçu à Paris où il a évoqué la sécurité", "Der Außenminister erklärte die Gespräche für beendet")
TURKISH = ("Cumhurbaşkanı güvenlik iş birliği anlaşması imzaladı", "Görüşme İstanbul'da yapıldı, ardından açıklama geldi")


@pytest.mark.parametrize(("table", "texts"), [
    *((table, RUSSIAN) for table in ("windows-1251", "koi8-r", "cp866", "iso-8859-5", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8", "utf-8-sig")),
    ("kz1048", KAZAKH), ("ptcp154", KAZAKH), ("koi8-t", TAJIK), ("windows-1256", PERSIAN), ("windows-1252", LATIN), ("windows-1254", TURKISH), ("iso-8859-9", TURKISH),
])
def test_short_texts_without_a_label_are_read(table: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        assert decode(f"<rss><title>{text}</title></rss>".encode(table, "xmlcharrefreplace")).text == \
            f"<rss><title>{text}</title></rss>".encode(table, "xmlcharrefreplace").decode(table)


def test_ukrainian_is_not_taken_for_kazakh() -> None:
    for text in ("Президент України провів зустріч із міністром", "Ідеться про захист кордону, їхні військові готові"):
        assert decode(f"<title>{text}</title>".encode("windows-1251")).text == f"<title>{text}</title>"
    assert decode(f"<title>{KAZAKH[0]}</title>".encode("kz1048")).text == f"<title>{KAZAKH[0]}</title>"


def test_single_russian_words_are_read_nine_times_of_ten() -> None:
    """Fifteen letters from anywhere in a text: the least that a headline gives."""

    dice, right, tried = random.Random(7), 0, 0
    for table in ("windows-1251", "koi8-r", "cp866"):
        for text in RUSSIAN:
            for _ in range(10):
                start = dice.randrange(len(text) - 15)
                piece = text[start:start + 15]
                tried += 1
                right += decode(b"<title>" + piece.encode(table) + b"</title>").text == f"<title>{piece}</title>"
    assert right / tried > 0.9


def test_utf8_wins_over_a_wrong_label() -> None:
    for label in ("windows-1251", "iso-8859-1", "koi8-r", "utf-16", "x-nothing", "rot13"):
        found = decode(f'<?xml version="1.0" encoding="{label}"?><title>{RUSSIAN[0]}</title>'.encode())
        assert (found.encoding, RUSSIAN[0] in found.text) == ("utf-8", True)
    assert "charset-label-wrong" in decode(f'<?xml version="1.0" encoding="windows-1251"?><t>{RUSSIAN[0]}</t>'.encode()).flags


def test_a_label_that_fits_is_believed_and_one_that_does_not_is_overruled() -> None:
    body = f'<?xml version="1.0" encoding="koi8-r"?><t>{" ".join(RUSSIAN)}</t>'
    assert decode(body.encode("koi8-r")).encoding == "koi8-r"
    overruled = decode(body.encode("windows-1251"))
    assert (overruled.encoding, overruled.flags, RUSSIAN[0] in overruled.text) == ("windows-1251", ("charset-label-wrong",), True)
    assert decode("<t>Ђ</t>".encode("windows-1251"), "text/xml; charset=windows-1251").text == "<t>Ђ</t>"  # one letter proves nothing against a label


def test_the_documents_word_stands_before_the_servers() -> None:
    body = f'<?xml version="1.0" encoding="windows-1251"?><t>{RUSSIAN[1]}</t>'.encode("windows-1251")
    assert RUSSIAN[1] in decode(body, "text/xml; charset=iso-8859-1").text
    assert RUSSIAN[1] in decode(f"<t>{RUSSIAN[1]}</t>".encode("cp866"), "text/xml; charset=cp866").text


@pytest.mark.parametrize(("wrong", "right"), [("windows-1251", "utf-8"), ("latin-1", "utf-8"), ("windows-1252", "windows-1251"), ("windows-1251", "koi8-r"),
                                              ("koi8-r", "windows-1251"), ("koi8-r", "utf-8"), ("cp866", "utf-8"), ("cp866", "windows-1251"),
                                              ("windows-1251", "cp866")])
def test_mis_decoded_text_is_repaired_and_flagged(wrong: str, right: str) -> None:
    meant = " ".join(RUSSIAN[:3])
    raw = meant.encode(right)
    hurt = "".join(bytes([byte]).decode(wrong, "ignore") or chr(byte) for byte in raw)
    found = decode(f"<title>{hurt}</title>".encode())
    assert (found.text, found.flags) == (f"<title>{meant}</title>", ("mojibake-repaired",))


@pytest.mark.parametrize(("wrong", "meant"), [
    ("windows-1252", "Türkiye Dışişleri Bakanlığı açıklama yaptı"), ("windows-1252", "Türkmenistanyň Aşgabat şäherinde duşuşdylar"),
    ("windows-1252", "Oʻzbekiston — “Toshkent”"), ("windows-1251", PERSIAN[0]), ("windows-1256", PERSIAN[0]), ("latin-1", PERSIAN[0])])
def test_utf8_of_other_languages_read_with_a_wrong_table_is_repaired(wrong: str, meant: str) -> None:
    hurt = "".join(bytes([byte]).decode(wrong, "ignore") or chr(byte) for byte in meant.encode())
    assert decode(f"<title>{hurt}</title>".encode()).text == f"<title>{meant}</title>"


def test_what_is_lost_is_flagged_not_hidden() -> None:
    hurt = RUSSIAN[0].encode().decode("windows-1252", "replace")  # half of the bytes are gone
    entry = parse(f"<rss><channel><item><title>{hurt}</title></item></channel></rss>".encode(), now=NOW).entries[0]
    assert "mojibake" in entry.flags


def test_sound_text_of_any_language_is_left_alone() -> None:
    for text in (*RUSSIAN, *KAZAKH, *TAJIK, *PERSIAN, *LATIN, *TURKISH, "ÅÄÖ, Ø!", "РОССИЯ И США", "«Сбер» — С°", "«Рэ»", "ÐÑ", "Việt Nam Đà Nẵng", "日本語", "Ångström, Ä! Ålborg", "São João: NÃO",
                 "São Tomé « Ã »", "ظفر، طاهر و عظیم غایب بودند", "│ Курс │ 450 √ ░▒▓"):
        assert decode(text.encode()) == decode(text.encode("utf-8-sig"))
        assert (decode(text.encode()).text, decode(text.encode()).flags) == (text, ())


def test_decoding_never_raises() -> None:
    dice = random.Random(3)
    for size in (0, 1, 2, 3, 7, 100, 5000):
        for _ in range(30):
            assert isinstance(decode(dice.randbytes(size)).text, str)
            told = decode(b'<?xml version="1.0" encoding="' + dice.choice([b"utf-7", b"idna", b"punycode", b"unicode_escape", b"undefined", b"hex"]) + b'"?>' + dice.randbytes(size))
            assert told.encoding not in ("idna", "punycode", "hex")


def test_feedparser_only_ever_sees_a_stream_of_utf8_with_the_two_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    real = loose.feedparser.parse

    def watched(source: object, **more: object) -> object:
        seen.append((source, more))
        return real(source, **more)

    monkeypatch.setattr(loose.feedparser, "parse", watched)
    body = f"<rss><channel><item><title>{RUSSIAN[0]}</titel><description><p>a<br>b</description></item></channel></rss>".encode("windows-1251")
    entry = parse(body, url="https://a.example/rss", now=NOW).entries[0]
    assert "ill-formed" in entry.flags
    (source, more), = seen
    assert isinstance(source, BytesIO)
    assert RUSSIAN[0] in source.getvalue().decode("utf-8")
    assert more["response_headers"] == {"content-type": "application/xml; charset=utf-8", "content-location": "https://a.example/rss"}
