"""Text out of pages, short and odd ones too."""

import time

import pytest

from wirefeed.stories.extract import read_document, text_from_html

STORY = "The guards opened the crossing on Monday, officials in Bishkek said, and forty lorries went through before noon. "


def test_an_article_leaves_its_frame_behind() -> None:
    page = (f"<html><head><title>Crossing opens - Site</title></head><body><nav><a href='/'>Home</a></nav><article><h1>Crossing opens</h1>"
            f"{''.join(f'<p>{STORY}{n}</p>' for n in range(8))}</article><footer>Imprint</footer></body></html>")
    found = text_from_html(page)
    assert STORY.strip() in found.text
    assert "Imprint" not in found.text
    assert "Crossing opens" in found.title
    assert found.text.startswith(STORY.strip())  # the headline is the title, and a dateline must come first


def test_a_short_page_is_not_lost() -> None:
    found = text_from_html("<html><head><title>T</title></head><body><p>Rockets hit Termez, no casualties.</p></body></html>")
    assert "Rockets hit Termez" in found.text


def test_a_fragment_keeps_its_words() -> None:
    assert text_from_html("<p>Власти <b>Таджикистана</b> сообщили</p><p>о перестрелке.</p>").text.split() == "Власти Таджикистана сообщили о перестрелке.".split()


@pytest.mark.parametrize("odd", ["", "<", "<html>", "<p" * 1000, "<html><body>" + "<div>" * 3000 + "deep" + "</div>" * 3000, "\x00<p>x</p>", "<html>&#xD800;</html>"])
def test_odd_markup_never_raises(odd: str) -> None:
    assert isinstance(text_from_html(odd).text, str)


def test_plain_text_stays_to_the_letter_and_a_declared_charset_is_read() -> None:
    assert read_document(b"First line\r\n\r\nx < y & z\n").text == "First line\r\n\r\nx < y & z\n"
    page = f"<html><head><meta charset='windows-1251'><title>Т</title></head><body><article>{'<p>Власти Казахстана сообщили о границе.</p>' * 9}</article></body></html>"
    assert "Казахстана" in read_document(page.encode("windows-1251")).text


def test_a_large_page_costs_seconds_at_most() -> None:
    begun = time.process_time()
    text_from_html(f"<html><body><article>{f'<p>{STORY}</p>' * 8000}</article></body></html>")
    assert time.process_time() - begun < 20


def test_teasers_of_other_stories_are_no_part_of_an_article() -> None:
    teasers = "".join(f"<div class='related-item'><a href='/{n}'>Minister of defence visits Khorog border post number {n}</a></div>" for n in range(12))
    page = (f"<html><head><title>Crossing opens</title></head><body><article>{''.join(f'<p>{STORY}{n}</p>' for n in range(8))}</article>"
            f"<div class='related-news'>{teasers}</div></body></html>")
    assert "Khorog" not in text_from_html(page).text
