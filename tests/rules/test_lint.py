"""Lint: every kind of mistake, with its line, its column and what to write instead."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wirefeed.index.analysis import STEMMED, terms
from wirefeed.rules.catalog import read_rule
from wirefeed.rules.examples import Result
from wirefeed.rules.known import Known
from wirefeed.rules.lint import lint
from wirefeed.yaml_files import ConfigText

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KNOWN = Known(
    topics=frozenset({"border-incidents", "water", "unrest"}), entities=frozenset({"group:iskp", "region:KG-B", "city:tashkent", "country:TJ", "person:rahmon"}),
    places=frozenset({"region:KG-B", "city:tashkent", "country:TJ"}),
    names={tuple(terms(form, STEMMED)): one for one, forms in {"city:tashkent": ("Ташкент", "Ташкенте", "Tashkent"), "person:rahmon": ("Рахмон", "Рахмона"), "group:iskp": ("ISKP",),
                                                              "country:TJ": ("Tajikistan",)}.items() for form in forms},
    shown=frozenset({"tashkent", "city", "country", "tj", "tajikistan", "person", "rahmon", "emomali"}), feeds=frozenset({"asia-plus", "kloop"}),
    sources=frozenset({"asia", "plus", "interfax"}),
    foreign={"шекара": "kk", "chegara": "uz", "сарҳад": "tg", "serhet": "tk", "аскерлер": "ky", "askar": "uz"}, recipient={"desk", "ann"}.__contains__, recipients=("ann", "desk"))
WHOLE = "must_match: [{title: a}]\nmust_not_match: [{title: b}]\n"


def findings(text: str, known: Known = KNOWN, **more):
    return lint((ConfigText(Path("rules/r.yaml"), text),), known, NOW, **more)


def of_query(query: str):
    return [(one.level, one.line, one.column, one.message) for one in findings(f"id: r\ntitle: R\nquery: {query}\n{WHOLE}")]


@pytest.mark.parametrize(("query", "level", "column", "part"), [
    ("topic:border-incident", "error", 14, "did you mean border-incidents?"),
    ('topic:water AND entity:"group:iskpp"', "error", 31, "did you mean group:iskp?"),
    ('topic:water AND place:"region:KG-BB"', "error", 30, "did you mean region:KG-B?"),
    ('place:"person:rahmon"', "error", 14, 'write entity:"person:rahmon"'),
    ("topic:water AND country:Tajikistan", "error", 32, "write country:TJ"),
    ("topic:water AND language:rus", "warning", 33, "one of ar, en"),
    ("topic:water AND severity:high", "error", 33, "flash, routine, urgent"),
    ("border AND граница clash", "error", 8, "words side by side are mixed"),
    ("topic:water граница", "error", 20, "words side by side"),
    ("NOT topic:water", "error", 8, "what a story must not be"),
    ('"*:*"', "error", 9, "must not be"),
    ("topic:water AND *воен", "error", 24, "at least 3 letters"),
    ("topic:water AND (a OR b AND c)", "error", 30, "mixed without parentheses"),
    ('topic:water AND "troops base"~15', "warning", 24, "at most 10"),
    ("topic:water AND Ташкентом", "warning", 24, 'write place:"city:tashkent"'),
    ("topic:water AND ISKP", "warning", 24, 'write entity:"group:iskp"'),
    ("topic:water AND шекара", "warning", 24, "шекара* or add шекаралар OR шекарада OR шекарадан OR шекараның"),
    ("topic:water AND өкмөт", "warning", 24, "(Kyrgyz) is not stemmed"),
    ("topic:water AND chegara", "warning", 24, "add чегара"),
    ("topic:water AND сарҳад", "warning", 24, "(Tajik) is not stemmed"),
    ("topic:water AND қала", "warning", 24, "(Kazakh, Uzbek or Tajik) is not stemmed: it finds this form only (write қала*)"),
    ("topic:water AND қалалар", "warning", 24, "(write қала* or add қала)"),
    ("topic:water AND қаһарман", "warning", 24, "(Kazakh) is not stemmed"),
    ("topic:water AND ҳужум", "warning", 24, "(Uzbek or Tajik) is not stemmed"),
    ("topic:water AND қўшин", "warning", 24, "Uzbek wires use two (add qo'shin)"),
    ("topic:water AND ūlttyq", "warning", 24, "most Kazakh wires are Cyrillic (add ұлттық)"),
    ("topic:water AND saqşy*", "warning", 24, "most Kazakh wires are Cyrillic (add сақшы*)"),
    ("topic:water AND qauıpsızdık", "warning", 24, "(add қауіпсіздік)"),
    ("topic:water AND qauipsizdık", "warning", 24, "(add it in Cyrillic)"),
    ("topic:water AND serhet", "warning", 24, "serhetler OR serhetde OR serhetden OR serhetiň"),
    ("border OR clash", "warning", 8, "no condition in Cyrillic"),
    ("граница OR бой", "warning", 8, "no condition in Latin"),
    ("topic:water AND аскерлер", "warning", 24, "write аскер* or add аскер OR аскерде OR аскерден OR аскердин"),
    ("topic:water AND askarlar", "warning", 24, "write askar* or add askar OR askarda"),
    ("topic:water AND өкмөт", "warning", 24, "өкмөттөр OR өкмөттө OR өкмөттөн OR өкмөттүн"),
    ("topic:water AND goňşy", "warning", 24, "goňşylar OR goňşyda OR goňşydan OR goňşynyň"),
    ('topic:water AND "мемлекеттік шекара"', "warning", 24, 'add "мемлекеттік шекаралар" OR "мемлекеттік шекарада"'),
    ("topic:water AND Рахмона", "warning", 24, 'write entity:"person:rahmon"'),
    ("topic:water AND person:Рахмон", "warning", 31, 'write entity:"person:rahmon"'),
    ("place:Ташкент", "warning", 14, 'write place:"city:tashkent"'),
    ("topic:water AND country:XX", "warning", 32, "knows no country XX"),
    ("topic:water AND feed:asia-pls", "warning", 29, "did you mean asia-plus?"),
    ("topic:water AND source:Interfex", "warning", 31, "did you mean interfax?"),
    ("topic:water AND titel:border", "error", 24, "did you mean title:"),
])
def test_a_query_is_told_where_and_what_to_write(query, level, column, part):
    found = of_query(query)
    assert any(one[0] == level and one[1] == 3 and one[2] == column and part in one[3] for one in found), found


@pytest.mark.parametrize("query", ['topic:water AND (border OR граница)', 'entity:"group:iskp" AND (ISKP OR attack OR нападение)', 'шекара* OR "граница села" OR topic:water',
                                   "(text:border OR text:граница) AND NOT topic:unrest", "don't OR не OR it's OR топор", "place:tashkent OR person:rahmon", 'topic:water OR "harbiy chegara" OR "harbiy chegarasi" OR "ҳарбий чегара" OR "ҳарбий чегараси"',
                                   "шекара OR шекарада OR topic:water", 'topic:water OR "prezident iste\'foga" OR "президент истеъфога" OR "қўлга олинди" OR "qo\'lga olindi"',
                                   "topic:water OR ūlttyq OR ұлттық* OR Qazaqstan OR saldırı OR döwlet* OR Şuşa", "feed:kloop AND source:interfax AND country:tj"])
def test_a_good_query_has_no_remark(query):
    assert of_query(query) == []


def test_a_place_inside_a_folded_block_is_found():
    text = f"id: r\ntitle: R\nquery: >-\n  topic:water AND\n  (border OR граница OR topic:wather)\n{WHOLE}"
    [found] = findings(text)
    assert (found.line, found.column) == (5, 31)
    assert text.splitlines()[4][30:] == "wather)"


@pytest.mark.parametrize(("text", "line", "part"), [
    ("id: r\ntitle: R\nquery: topic:water\nrecipients: [dsk]\n", 4, "unknown recipient 'dsk' (did you mean desk?)"),
    ("id: r\ntitle: R\nquery: topic:water\nescalate_to: bob\n", 4, "unknown recipient 'bob' (people and groups stand in recipients.yaml)"),
    ("id: r\ntitle: R\nquery: topic:water\nrecipients: []\n", 4, "nobody is told"),
    ("id: r\ntitle: R\nquery: topic:water\nseverity: flash\nrhythm: daily\n", 5, "a flash is never held"),
    ("id: r\ntitle: R\nquery: topic:water\nseverity: urgnt\n", 4, "'flash', 'urgent' or 'routine'"),
    ("id: r\ntitle: R\nquery: topic:water\nquery: x\n", 4, "stands twice"),
    ("id: r\ntitle: R\nquery: topic:water\nthreshold: {count: 1, hours: 6}\n", 4, "threshold"),
    ("id: r\ntitle: R\nquery: [a, b]\n", 3, "query"),
    ("id: R!\ntitle: R\nquery: topic:water\n", 1, "id"),
    ("- a\n- b\n", 1, ""),
    ("", 1, "the file is empty"),
    ("id: r\ntitle: R\nquery: topic:water\nunknown: 1\n", 4, "unknown key 'unknown'"),
    ('id: r\ntitle: R\nquery: "troops base"~5 AND topic:water\n', 3, "write query: >- and the query on the next line"),
    ("id: r\ntitle: R\nquery: *roops\n", 3, "write query: >- and the query on the next line"),
    ("id: r\ntitle: R\nquery: text: troops\n", 3, "write query: >- and the query on the next line"),
    ("id: nobody\noff: true\n", 1, "no rule 'nobody' to switch off"),
    ("id: r\ntitle: 'R\nquery: x\n", None, ""),
    ("a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nid: r\n", None, ""),
    ("id: !!python/object/apply:os.system ['true']\ntitle: R\nquery: x\n", None, ""),
])
def test_a_rule_file_is_told_where(text, line, part):
    found = [one for one in findings(text) if one.level == "error"]
    assert any(part in one.message and (line is None or one.line == line) for one in found), found


def test_two_files_with_one_id_and_two_rules_with_one_query():
    one, two = (ConfigText(Path(f"rules/{name}.yaml"), f"id: {rule}\ntitle: R\nquery: topic:water\n{WHOLE}") for name, rule in (("a", "r"), ("b", "r")))
    assert "stands in a.yaml too" in str(lint((one, two), KNOWN, NOW)[0])
    three = ConfigText(Path("rules/c.yaml"), f"id: other\ntitle: R\nquery: topic:water\n{WHOLE}")
    assert "the same query as rule r" in str(lint((one, three), KNOWN, NOW)[0])


@pytest.mark.parametrize(("first", "last", "told"), [(200, 91, "no story has matched for 91 days"), (200, 89, None), (95, None, "no story has matched for 95 days"),
                                                     (10, None, None), (None, None, None)])
def test_a_rule_that_nothing_has_matched_for_ninety_days(first, last, told):
    matched = {"r": tuple(NOW - timedelta(days=days) if days is not None else None for days in (first, last))}
    import dataclasses

    found = findings(f"id: r\ntitle: R\nquery: topic:water\n{WHOLE}", dataclasses.replace(KNOWN, matched=matched))
    assert [one.message for one in found] == ([f"rule r: {told}"] if told else [])


def test_a_failing_example_is_an_error_at_its_line_with_the_condition_that_decides():
    text = "id: r\ntitle: R\nquery: topic:water\nmust_match:\n  - title: good\n  - title: bad\nmust_not_match: [{title: loud}]\n"

    def run(rules):
        assert isinstance(read_rule(ConfigText(Path("rules/r.yaml"), text)), type(rules[0]))
        return [Result("r", "must_match", 0, "good", True, ()), Result("r", "must_match", 1, "bad", False, ("topic:water",)),
                Result("r", "must_not_match", 0, "loud", True, ("topic:water",))]

    assert [(one.line, one.level, one.message) for one in findings(text, run=run)] == [
        (6, "error", "rule r: example 'bad' does not match; not met: topic:water"),
        (7, "error", "rule r: example 'loud' matches although it must not, by topic:water")]
