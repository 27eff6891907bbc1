r"""The rule language: a written subset of Lucene's query syntax, so that a rule, the desk and Kibana's search bar (set to Lucene) agree.

    text:перестрелка AND country:TJ          word in a field; a bare word means title or text
    "border guards"    "troops base"~5       phrase; two words within a distance
    воен*    te?t*                           wildcards, after at least three letters, on unstemmed words
    published:[2024-01-01 TO 2024-02-01}     ranges of times and numbers: [ ] inclusive, { } exclusive, >=, <
    a AND (b OR c) AND NOT d    +a -b        one kind of operator a level; mixed ones need parentheses
    entity:"country:TJ"    topic:militancy   ids and names the tagger found

Words side by side mean OR, as in Lucene; rule files may not do that (rules/lint.py). What tantivy and Lucene read differently is refused
with its column: unescaped / : ! && ||, wildcards in phrases, distances over more than two words, regular expressions, fuzzy words, boosts,
OR NOT, a word that the index splits (quote it).
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from wirefeed.errors import InputRefused

LEAST_LETTERS = 3  # before a wildcard
LONGEST = 20_000  # characters of a query


class QueryError(InputRefused):
    """A query we do not accept: what, at which column (from 1), and what to write instead."""

    def __init__(self, message: str, column: int | None = None, hint: str = "") -> None:
        self.column, self.hint, self.reason = column, hint, message
        super().__init__((f"column {column}: " if column else "") + message + (f" ({hint})" if hint else ""))


@dataclass(frozen=True)
class Leaf:
    """A single condition. ``field`` None: title or text. ``column``: where it stands in the source, from 1."""

    field: str | None
    column: int = field(compare=False, kw_only=True, default=1)


@dataclass(frozen=True)
class Word(Leaf):
    """One word or id."""

    text: str


@dataclass(frozen=True)
class Phrase(Leaf):
    """Words in order; with ``slop`` two words at most that many places apart."""

    text: str
    slop: int = 0


@dataclass(frozen=True)
class Wildcard(Leaf):
    """A word with * (any letters) or ? (one); ``pattern`` "*" alone: the field has a value."""

    pattern: str

    def regex(self, fold: Any = None) -> str:
        """As a regular expression over one whole term; ``fold`` maps the fixed parts as the analyser would."""
        out, fixed = [], []

        def flush() -> None:
            part = "".join(fixed)
            out.append(re.escape(fold(part) if fold else part))
            fixed.clear()

        escaped = False
        for char in self.pattern:
            if not escaped and char == "\\":
                escaped = True
                continue
            if not escaped and char in "*?":
                flush()
                out.append(".*" if char == "*" else ".")
            else:
                fixed.append(char)
            escaped = False
        flush()
        return "".join(out)


@dataclass(frozen=True)
class Range(Leaf):
    """Values between two ends; None is open."""

    low: str | None
    high: str | None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True)
class Everything:
    """``*:*``."""


@dataclass(frozen=True)
class Boolean:
    """All of ``must``, at least one of ``should`` if there is no ``must``, none of ``must_not``."""

    must: tuple["Node", ...] = ()
    should: tuple["Node", ...] = ()
    must_not: tuple["Node", ...] = ()


Node = Word | Phrase | Wildcard | Range | Everything | Boolean


@dataclass(frozen=True)
class Query:
    """A parsed query: ``source`` as written, ``tree`` what it means, ``side_by_side`` columns of words without an operator between."""

    source: str
    tree: Node
    side_by_side: tuple[int, ...] = ()

    def leaves(self, positive: bool = False) -> tuple[Leaf, ...]:
        """All conditions; with ``positive`` only those that make a hit."""
        return tuple(_leaves(self.tree, positive))


def _leaves(node: Node, positive: bool) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Boolean):
        for child in (*node.must, *node.should, *(() if positive else node.must_not)):
            yield from _leaves(child, positive)


@lru_cache(maxsize=20_000)
def parse(source: str) -> Query:
    """Parse ``source``; raises QueryError with column and hint."""
    import luqum.exceptions
    import luqum.thread

    if not source.strip():
        raise QueryError("the query is empty")
    if len(source) > LONGEST:
        raise QueryError(f"the query is longer than {LONGEST} characters")
    _refuse_signs(source)
    try:
        tree = luqum.thread.parse(source)
    except luqum.exceptions.ParseError as error:
        raise _syntax(source, str(error)) from error
    reader = _Reader(source)
    node = reader.node(tree, None)
    if isinstance(node, Boolean) and not node.must and not node.should:
        node = Boolean(must=(Everything(),), must_not=node.must_not)
    return Query(source, node, tuple(reader.side_by_side))


_SIGNS = re.compile(r"""\\.|"(?:\\.|[^"\\])*"|\[[^\]}]*[\]}]|\{[^\]}]*[\]}]|&&|\|\||!|/""", re.S)


def _refuse_signs(source: str) -> None:
    """Signs that Lucene reads as operators and an analyst mostly means as they are."""
    for found in _SIGNS.finditer(source):
        sign = found[0]
        if sign in ("&&", "||", "!"):
            raise QueryError(f"{sign} is not part of the rule language", found.start() + 1,
                             f"write {({'&&': 'AND', '||': 'OR', '!': 'NOT'})[sign]}, or escape it with \\")
        if sign == "/":
            raise QueryError("/ would begin a regular expression", found.start() + 1, "put the word into quotation marks, or escape it with \\")
    if source.count('"') - len(re.findall(r'\\"', source)) & 1:
        raise QueryError("a quotation mark is not closed", source.rfind('"') + 1)


def _syntax(source: str, message: str) -> QueryError:
    found = re.search(r"position (\d+)", message)
    column = int(found[1]) + 1 if found else None
    if "unexpected end" in message.lower() or column is None:
        opened, closed = source.count("("), source.count(")")
        if opened > closed:
            return QueryError("a parenthesis is not closed", source.find("(") + 1)
        if re.search(r"\b(AND|OR|NOT)\s*$", source):
            return QueryError("the query ends after an operator", len(source.rstrip()))
        return QueryError("the query ends too early", len(source))
    rest = source[column - 1:column + 14].split("\n")[0]
    hint = "a colon inside a word needs quotation marks or \\:" if rest.startswith(":") else "one ) too many" if rest.startswith(")") else ""
    return QueryError(f"unexpected {rest!r}", column, hint)


class _Reader:
    """luqum's tree into ours, refusing what is not in the subset."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.side_by_side: list[int] = []

    def column(self, tree: Any) -> int:
        """Where a node of luqum's begins, from 1."""
        start = tree.pos if tree.pos is not None else 0
        return int(start) + len(self.source[start:]) - len(self.source[start:].lstrip()) + 1

    def node(self, tree: Any, name: str | None) -> Node:
        """Translate one node under the field ``name``."""
        kind = type(tree).__name__
        if kind in ("Group", "FieldGroup"):
            inner = self.node(tree.expr, name)
            if isinstance(inner, Boolean) and not inner.must and not inner.should:
                raise QueryError("parentheses hold only a negation", self.column(tree), "write: ... AND NOT word, without parentheses around it")
            return inner
        if kind == "SearchField":
            return self.field(tree)
        if kind == "AndOperation":
            return self.all_of(tree, name)
        if kind == "OrOperation":
            return self.any_of(tree, name)
        if kind == "UnknownOperation":
            return self.beside(tree, name)
        if kind == "Not":
            return Boolean(must_not=(self.node(tree.a, name),))
        if kind == "Plus":
            return Boolean(must=(self.node(tree.a, name),))
        if kind == "Prohibit":
            return Boolean(must_not=(self.node(tree.a, name),))
        return self.leaf(tree, kind, name)

    def all_of(self, tree: Any, name: str | None) -> Node:
        must: list[Node] = []
        must_not: list[Node] = []
        for child in tree.children:
            if type(child).__name__ in ("OrOperation", "UnknownOperation"):
                raise QueryError("AND and OR are mixed without parentheses", self.column(child), "put parentheses around what belongs together")
            if type(child).__name__ in ("Not", "Prohibit"):
                must_not.append(self.node(child.a, name))
            else:
                must.append(self.node(child, name))
        if not must:
            return Boolean(must_not=tuple(must_not))
        return Boolean(must=tuple(must), must_not=tuple(must_not))

    def any_of(self, tree: Any, name: str | None) -> Node:
        should: list[Node] = []
        for child in tree.children:
            kind = type(child).__name__
            if kind in ("AndOperation", "UnknownOperation"):
                raise QueryError("AND and OR are mixed without parentheses", self.column(child), "put parentheses around what belongs together")
            if kind in ("Not", "Prohibit", "Plus"):
                raise QueryError("OR NOT means another thing to Lucene than to a reader", self.column(child), "turn it round: NOT (...) AND ...")
            should.append(self.node(child, name))
        return Boolean(should=tuple(should))

    def beside(self, tree: Any, name: str | None) -> Node:
        must: list[Node] = []
        should: list[Node] = []
        must_not: list[Node] = []
        for child in tree.children:
            kind = type(child).__name__
            if kind in ("AndOperation", "OrOperation"):
                raise QueryError("words side by side are mixed with AND or OR", self.column(child), "write an operator between all of them")
            if kind == "Plus":
                must.append(self.node(child.a, name))
            elif kind in ("Not", "Prohibit"):
                must_not.append(self.node(child.a, name))
            else:
                should.append(self.node(child, name))
                if len(should) > 1:
                    self.side_by_side.append(self.column(child))
                if kind == "Word" and child.value in ("NEAR", "and", "or", "not", "И", "ИЛИ", "НЕ"):
                    raise QueryError(f"{child.value} is read as a word, not as an operator", self.column(child),
                                     'use AND, OR, NOT in capitals; nearness is "one two"~5')
        return Boolean(tuple(must), tuple(should), tuple(must_not))

    def field(self, tree: Any) -> Node:
        from wirefeed.index.schema import searchable

        name, value = tree.name, tree.expr
        if name == "*" and str(value) == "*":
            return Everything()
        known = {one.name for one in searchable()}
        base = name.removesuffix(".exact").removesuffix(".raw")
        if base not in known:
            near = difflib.get_close_matches(base, known, 1, 0.5)
            hint = f"did you mean {near[0]}:" if near else f"fields: {', '.join(sorted(known))}"
            if re.fullmatch(r"country|region|city|person|org|group|site|area|water|infra|event", base):
                hint = f'ids need quotation marks: entity:"{name}:..."'
            raise QueryError(f"unknown field {name!r}", self.column(tree), hint)
        return self.node(value, name)

    def leaf(self, tree: Any, kind: str, name: str | None) -> Node:
        column = self.column(tree)
        if kind == "Word":
            return self.word(str(tree.value), name, column)
        if kind == "Phrase":
            return self.phrase(tree.value, 0, name, column)
        if kind == "Proximity":
            return self.phrase(tree.term.value, int(tree.degree), name, column)
        if kind in ("Range", "From", "To"):
            return self.range(tree, kind, name, column)
        refused = {"Regex": "regular expressions are not part of the rule language", "Fuzzy": "fuzzy words are not part of the rule language",
                   "Boost": "boosts are not part of the rule language"}
        raise QueryError(refused.get(kind, f"{kind} is not part of the rule language"), column)

    def word(self, text: str, name: str | None, column: int) -> Node:
        bare = re.sub(r"\\.", "", text)
        if "*" in bare or "?" in bare:
            if text == "*" and name:
                return Wildcard(name, "*", column=column)
            if self.kind(name) in ("date", "long", "double", "boolean"):
                raise QueryError(f"{name} takes no wildcard", column, "use a range: [... TO ...]")
            lead = re.match(r"(?:\\.|[^*?\\])*", text)
            letters = re.sub(r"\\(.)", r"\1", lead[0]) if lead else ""
            if len(letters) < LEAST_LETTERS:
                raise QueryError(f"a wildcard needs at least {LEAST_LETTERS} letters before it", column)
            return Wildcard(name, text, column=column)
        plain = re.sub(r"\\(.)", r"\1", text)
        self.check_words(plain, name, column, 1, plain)
        return self.value(name, plain, column) or Word(name, plain, column=column)

    def value(self, name: str | None, text: str, column: int) -> Node | None:
        """A single time or number as a range of itself; None for other fields."""
        from wirefeed.rules.values import check_end

        if self.kind(name) not in ("date", "long", "double"):
            return None
        check_end(self.kind(name), text, column)
        return Range(name, text, text, column=column)

    def phrase(self, quoted: str, slop: int, name: str | None, column: int) -> Node:
        raw = quoted[1:-1]
        if re.search(r"(?<!\\)[*?]", raw) and self.kind(name) in ("text", "name"):
            raise QueryError("wildcards do not work inside quotation marks", column, "use the word alone, or spell it out")
        text = re.sub(r"\\(.)", r"\1", raw)
        count = self.check_words(text, name, column, 0, text)
        if slop and count > 2:
            raise QueryError("a distance works between two words only", column, 'combine pairs: "a b"~5 AND "b c"~5')
        if made := self.value(name, text, column):
            return made
        return Phrase(name, text, slop, column=column) if self.kind(name) in ("text", "name") else Word(name, text, column=column)

    def check_words(self, text: str, name: str | None, column: int, most: int, shown: str) -> int:
        from wirefeed.index.analysis import EXACT, terms

        if self.kind(name) not in ("text", "name"):
            return 1
        count = len(terms(text, EXACT))
        if not count:
            raise QueryError(f"{shown!r} holds no word to look for", column)
        if most and count > most:
            raise QueryError(f"{shown!r} is {count} words to the index", column, f'put it into quotation marks: "{shown}"')
        return count

    def range(self, tree: Any, kind: str, name: str | None, column: int) -> Node:
        if self.kind(name) not in ("date", "long", "double"):
            raise QueryError(f"{name or 'a bare word'} takes no range", column, "ranges are for times and numbers: published, seen, score, copies")
        if kind == "Range":
            ends = [None if str(end) == "*" else str(end).strip('"') for end in (tree.low, tree.high)]
            made = Range(name, ends[0], ends[1], tree.include_low, tree.include_high, column=column)
        else:
            value = str(tree.a).strip('"')
            made = Range(name, value, None, tree.include, True, column=column) if kind == "From" else Range(
                name, None, value, True, tree.include, column=column)
        from wirefeed.rules.values import check_end

        for end in (made.low, made.high):
            if end is not None:
                check_end(self.kind(name), end, column)
        return made

    @staticmethod
    def kind(name: str | None) -> str:
        """The kind of a field; bare words go to text."""
        from wirefeed.index.schema import FIELDS

        base = (name or "text").removesuffix(".exact").removesuffix(".raw")
        return FIELDS[base].kind
