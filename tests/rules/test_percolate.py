"""A batch turned inside out: the quick tokenizer against the analysis chain, conditions and places of hits, sharing, odd stories."""

import re
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wirefeed.index.analysis import EXACT, STEMMED, tokens
from wirefeed.rules import vocabulary
from wirefeed.rules.batch import Batch
from wirefeed.rules.batch_terms import LONGEST_KEPT, PLAIN, STEMS, Kept, exact_terms, glob, lower, stemmed_terms, term_places
from wirefeed.rules.explain import holds
from wirefeed.rules.highlights import clauses, highlights
from wirefeed.rules.percolate import Percolator
from wirefeed.rules.program import Program
from wirefeed.rules.query import Wildcard, parse

LETTERS = "аёйЁеıİñʻ'’-_ .,«»ӣқңҷўғ0123٣نی‌كةà́̈́­​x中ὉσςΣA\xa0\x1f\x85\u2028"


class Rule:
    def __init__(self, rule_id: str, query: str) -> None:
        self.id, self.parsed = rule_id, parse(query)


def ours(text: str) -> tuple[list[str], list[str], list[tuple[int, int]]]:
    """Unstemmed and stemmed terms, and places."""
    return exact_terms(text), stemmed_terms(text), term_places(text)


def the_chains(text: str) -> tuple[list[str], list[str], list[tuple[int, int]]]:
    """The same as index/analysis.py gives them; each at the position of its number."""
    exact, stemmed = tokens(text, EXACT), tokens(text, STEMMED)
    assert [one.position for one in exact] == list(range(len(exact)))
    return [one.text for one in exact], [one.text for one in stemmed], [(one.start, one.end) for one in exact]


def test_every_character_that_is_split_in_python_is_split_as_the_analyser_does():
    plain = [chr(code) for code in range(sys.maxunicode) if PLAIN.fullmatch(chr(code))]
    assert len(plain) > 1500
    for start in range(0, len(plain), 40):
        text = " ".join(f"a{c}b {c} {c}я z{c} '{c}' y'{c}" for c in plain[start:start + 40])
        assert ours(text) == the_chains(text)
    for code in range(256):  # alone with letters of Windows-1251, which take the way over bytes
        c = bytes([code]).decode("cp1251", "replace")
        text = f"A{c}B {c} Я{c}я {c}{c}z {c}'{c} '{c} Y'{c}y x{c}'y x''y ' x'''y'{c}"
        assert ours(text) == the_chains(text), c


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(LETTERS, max_size=40), st.text(max_size=30), st.lists(st.sampled_from(
    ["войсками", "Узбекистонда", "o‘zbek", "it's", "за́мок", "ex-soldier", "نیرو‌ها", "бе\u00adлый", "中国", "Kyrgyz’s"]), max_size=8).map(" ".join)))
def test_any_text_gives_the_terms_and_places_of_the_chain(text):
    assert ours(text) == the_chains(text)


@given(st.text("абв", min_size=3, max_size=5), st.lists(st.sampled_from(["*", "?", "а", "б", "аб"]), min_size=1, max_size=6).map("".join), st.text("абв", max_size=12))
def test_a_glob_finds_what_a_backtracking_pattern_finds(start, rest, more):
    leaf = Wildcard(None, start + rest)
    term = start + more
    assert bool(glob(leaf, lower).fullmatch(term)) == bool(re.fullmatch(leaf.regex(lower), term))


def test_many_stars_on_a_word_of_a_hundred_thousand_letters_take_no_time(story):
    long = story("s1", "", "abc" + "d" * 100_000 + " border")
    begin = time.process_time()
    found = Percolator([Rule("stars", "abc*d*d*d*d*d*d*e*"), Rule("hit", "abc*d*d*d")]).match([long])
    assert [one.rule_id for one in found] == ["hit"]
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(("query", "text", "marked"), [
    ("войска", "Бои: войсками занят мост, войска́ ушли", ["войсками", "войска́"]),
    ("text.exact:войска", "Бои: войсками занят мост, войска ушли", ["войска"]),
    ('"border guards"', "Border guard, the border's guards; border GUARDS.", ["Border guard", "border's guards", "border GUARDS"]),
    ('"troops base"~3', "a base of troops. Troops left.", ["base", "troops"]),
    ("воен*", "Военные и воен­ный, невоенный", ["Военные", "воен­ный"]),
    ("cla?h*", "clashes, CLASH, clas", ["clashes", "CLASH"]),
    ('"таджикско-афганская"', "на таджикско-афганской границе", ["таджикско-афганской"]),
    ("ёлка", "Елка и ёлки", ["Елка", "ёлки"]),
    ("o'zbekiston", "Oʻzbekiston va O‘zbekiston", ["Oʻzbekiston", "O‘zbekiston"]),
    ("中国", "与中国边境", ["中国"]),
    ("σελήνη", "ΣΕΛΉΝΗ στη", ["ΣΕΛΉΝΗ"]),
    ("country:TJ AND NOT gone", "gone away", []),
])
def test_a_hit_shows_its_words_where_they_stand(story, query, text, marked):
    one = story("s1", "no hit here", text, countries=("TJ",))
    if query == "中国":
        query = '"中国"'
    found = [mark for mark in highlights(parse(query), one) if mark.field == "text"]
    assert [text[mark.start:mark.end] for mark in found] == marked
    if marked:
        [match] = Percolator([Rule("r", query)]).match([one])
        assert list(match.highlights) == found
        assert match.clauses == clauses(parse(query), one) == (query,)


def test_all_rules_in_order_of_stories_then_ids_with_the_conditions_that_hit(story):
    batch = [story("s1", "Border closed", "troops"), story("s2", "Nothing"), story("s3", "border", countries=("KG",))]
    rules = [Rule("b", "border AND (troops OR country:KG OR dam)"), Rule("a", "title:border"), Rule("c", "dam")]
    found = Percolator(rules).match(batch)
    assert [(one.story_id, one.rule_id, one.clauses) for one in found] == [
        ("s1", "a", ("title:border",)), ("s1", "b", ("border", "troops")), ("s3", "a", ("title:border",)), ("s3", "b", ("border", "country:KG"))]
    assert Percolator(rules).slots(batch) == {"a": [0, 2], "b": [0, 2]}
    assert Percolator(rules).slots([]) == {}


def test_rules_that_say_the_same_share_their_numbers(story):
    program = Program()
    tree, again, word, form, phrase = (program.add(parse(query).tree) for query in (
        "troops AND NOT border", "(troops) AND NOT (border)", "border", "borders", '"border troops"'))
    assert (tree, word) == (again, form)
    size = program.size
    program.add(parse('troops AND "border troops"').tree)
    assert program.size == size + 1
    batch = Batch(program, [story("s1", "", "border troops"), story("s2", "", "troops")])
    assert (batch.bits[tree], batch.bits[word], batch.bits[phrase]) == (0b10, 0b01, 0b01)


def test_what_is_remembered_of_words_is_bounded():
    asked = []
    kept = Kept(lambda word: asked.append(word) or len(word), 10)
    long = "x" * (LONGEST_KEPT + 1)
    assert [kept[long], kept[long], *(kept[f"{number}"] for number in range(10))] == [len(long)] * 2 + [1] * 10
    assert [kept[word] for word in ("0", "new", "1", "0")] == [1, 3, 1, 1]
    assert asked == [long, long, *map(str, range(10)), "new", "0"]  # "0" was the oldest when "new" came
    assert len(kept) == 10


def test_more_stories_than_a_block_and_more_words_than_are_remembered_change_no_hit(story, monkeypatch):
    rules = [Rule(word, f"{word} OR (dam AND NOT {word}x)") for word in ("border", "troops", "Σελήνη", "войск*")]
    batches = [[story(f"{turn}-{n}", "dam" * (n % 3 == 0), f"word{turn}{n} {('border', 'troops 🙂', 'ΣΕΛΉΝΗ', 'войсками', 'borderx')[n % 5]}") for n in range(11)]
               for turn in range(4)]
    wanted = [Percolator(rules).match(batch) for batch in batches]
    assert all(len(found) > 11 for found in wanted)
    monkeypatch.setattr(vocabulary, "BLOCK", 3)
    monkeypatch.setattr(vocabulary, "MOST", 7)
    small = Percolator(rules)
    assert [small.match(batch) for batch in batches] == wanted
    assert len(small._program.texts["text"]._words) < 35  # of some fifty


def test_a_feed_of_long_words_does_not_fill_the_memory(story):
    percolator = Percolator([Rule("r", "wordy* OR border")])
    for turn in range(5):
        long = [f"wordy{turn}{n}" + "x" * 5000 for n in range(20)]
        [match] = percolator.match([story("s1", "", " ".join(long))])
        assert len(match.highlights) == 20
    percolator.match([story("s2", "", "border")])
    assert max(map(len, percolator._program.texts["text"]._words)) <= LONGEST_KEPT
    assert max(map(len, STEMS)) <= LONGEST_KEPT


@pytest.mark.parametrize(("query", "there"), [
    ('entity:"iskp country"', False),  # two names never make a phrase
    ('entity:"group iskp"', True),
    ('entity:"iskp country"~1', True),  # the gap counts as one place, as in Elasticsearch and tantivy
    ("entity:isk*", True),
    ("withdrawn:false", True), ("withdrawn:true", False), ("copies:2", True), ("copies:[3 TO *]", False), ("score:0.5", True),
    ("published:2026-03-01", True), ("published:{* TO 2026-03-01}", False), ("country:*", True), ("language:EN", True), ("severity:*", False),
    ("withdrawn:*", True), ("*:*", True)])
def test_fields_of_every_kind(story, query, there):
    one = story("s1", "title", entities=("group:iskp", "country:TJ"), countries=("TJ",), copies=2)
    assert holds(parse(query).tree, one) is there


def test_a_value_longer_than_the_index_takes_is_not_found_by_rules_either(story):
    one = {**story("s1", "title"), "link": "https://example.org/" + "x" * 2000}
    assert not holds(parse("link:https*").tree, one)
