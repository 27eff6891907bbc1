"""The rule language: what is accepted, what is refused, where, and with which hint."""

import pytest

from wirefeed.rules.query import Boolean, Phrase, Query, QueryError, Range, Wildcard, Word, parse


@pytest.mark.parametrize(("source", "tree"), [
    ("перестрелка", Word(None, "перестрелка")),
    ("text:border", Word("text", "border")),
    ('"border guards"', Phrase(None, "border guards")),
    ('"troops base"~5', Phrase(None, "troops base", 5)),
    ("воен*", Wildcard(None, "воен*")),
    ("text.exact:Troops", Word("text.exact", "Troops")),
    ("score:[0.5 TO 1}", Range("score", "0.5", "1", True, False)),
    ("copies:>3", Range("copies", "3", None, False, True)),
    ("a AND b", Boolean(must=(Word(None, "a"), Word(None, "b")))),
    ("(a OR b) AND NOT c", Boolean(must=(Boolean(should=(Word(None, "a"), Word(None, "b"))),), must_not=(Word(None, "c"),))),
    ("+a -b", Boolean(must=(Word(None, "a"),), must_not=(Word(None, "b"),))),
    ('entity:"country:TJ"', Phrase("entity", "country:TJ")),
    ("title:(x AND y)", Boolean(must=(Word("title", "x"), Word("title", "y")))),
])
def test_what_a_query_means(source: str, tree: object) -> None:
    assert parse(source).tree == tree


@pytest.mark.parametrize(("source", "column", "part"), [
    ("", None, "empty"),
    ("a AND b OR c", 1, "mixed without parentheses"),
    ("a OR -b", 6, "OR NOT"),
    ("x AND foo:bar", 7, "unknown field 'foo'"),
    ("topik:water", 1, "did you mean topic:"),
    ("entity:country:TJ", 8, 'entity:"country:TJ"'),
    ("во*", 1, "at least 3 letters"),
    ("*воен", 1, "at least 3 letters"),
    ('text:"Rock*"', 6, "wildcards do not work inside"),
    ('"a b c"~5', 1, "two words only"),
    ('x OR "войска войсками"~4', 6, "word and itself"),
    ('"a b"~1.5', 6, "whole number"),
    ("a && b", 3, "write AND"),
    ("a || b", 3, "write OR"),
    ("a !b", 3, "write NOT"),
    ("km/h", 3, "regular expression"),
    ("пере-стрелка", 1, '"пере-стрелка"'),
    ('a AND "b', 7, "not closed"),
    ("((a", 1, "not closed"),
    ("a AND", 5, "ends after an operator"),
    ("a^2", 1, "boosts"),
    ("a~", 1, "fuzzy"),
    ("a NEAR b", 3, '"one two"~5'),
    ("NOT NOT a", 1, "two operators"),
    ("title:-a", 7, "behind the field"),
    ("☢", 1, "no word"),
    ("score:nan", 7, "no number"),
    ("copies:>3.5", 8, "whole number"),
    ("published:now", 11, "no date"),
    ("withdrawn:maybe", 11, "true or false"),
    ("topic.raw:x", 1, "unknown field"),
    ("location:x", 1, "unknown field"),
    ("title:>3", 7, "takes no range"),
])
def test_what_is_refused_where_and_with_which_hint(source: str, column: int | None, part: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(source)
    assert caught.value.column == column
    assert part in str(caught.value)


@pytest.mark.parametrize("source", ["(" * 5000 + "a" + ")" * 5000, "NOT " * 5000 + "a", "-" * 9000 + "a", "a" * 30_000, "title:(" * 900 + "a" + ")" * 900,
                                    "\\", "a\\", '"', ")", "AND", "[a TO", "a:", ":", "\x00", "\ud800"])
def test_hostile_queries_are_refused_and_never_crash(source: str) -> None:
    with pytest.raises(QueryError):
        parse(source)


def test_words_side_by_side_are_told_with_their_columns() -> None:
    query = parse("border clash troops")
    assert isinstance(query, Query)
    assert query.side_by_side == (8, 14)


def test_many_alternatives_are_no_problem() -> None:
    query = parse(" OR ".join(f"word{number}" for number in range(1500)))
    assert len(query.leaves()) == 1500
