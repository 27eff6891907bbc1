"""What a mail quotes: stretches around hits that begin and end like sentences, every hit marked once."""

from hypothesis import given
from hypothesis import strategies as st

from wirefeed.alerts.items import fragments, marked
from wirefeed.model import Highlight

TEXT = ("First sentence says little. The guards and troops crossed the river at dawn, officials said. " + "Filler words follow here. " * 40
        + "Much later a base was named. The end.")


def hit(word: str, clause: str = "") -> Highlight:
    at = TEXT.index(word)
    return Highlight("text", at, at + len(word), clause or word)


def plain(parts) -> str:
    return "".join(text for text, _ in parts)


def test_fragments_are_whole_sentences_around_hits_in_the_texts_order():
    found = fragments(TEXT, [hit("base"), hit("troops"), hit("guards", "troops")])
    assert [plain(one) for one in found] == [
        "… The guards and troops crossed the river at dawn, officials said. …", "… Much later a base was named. …"]
    assert [text for text, is_hit in found[0] if is_hit] == ["guards", "troops"]


def test_without_hits_the_beginning_is_shown_and_an_empty_text_has_none():
    assert plain(fragments(TEXT, [])[0]).startswith("First sentence says little.")
    assert fragments("", []) == fragments("  ", []) == ()


@given(st.text(max_size=400), st.lists(st.tuples(st.integers(-3, 420), st.integers(-3, 420), st.sampled_from("abc")), max_size=12))
def test_any_offsets_give_pieces_of_the_text_that_do_not_overlap(text, spans):
    hits = [Highlight("text", start, end, clause) for start, end, clause in spans]
    found = fragments(text, hits)
    assert len(found) <= 3
    for one in found:
        quoted = plain([part for part in one if part not in (("… ", False), (" …", False))])
        assert quoted in text
    good = [one for one in hits if 0 <= one.start < one.end <= len(text)]
    assert plain(marked(text, 0, len(text), good)) == text
