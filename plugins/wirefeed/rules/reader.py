"""luqum's tree into ours, refusing what is not in the written subset (rules/query.py), with the column."""

import difflib
import re
from typing import Any

from wirefeed.index.analysis import EXACT, STEMMED, terms
from wirefeed.index.schema import FIELDS, searchable
from wirefeed.rules.tree import LEAST_LETTERS, Boolean, Everything, Node, Phrase, QueryError, Range, Wildcard, Word
from wirefeed.rules.values import check_end


class Reader:
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
        name, value = tree.name, tree.expr
        if name == "*" and str(value) == "*":
            return Everything()
        known = {one.name for one in searchable()}
        base = name.removesuffix(".exact")
        if type(value).__name__ == "SearchField":
            raise QueryError("a colon inside a value", self.column(tree) + len(name) + 1, f'ids need quotation marks: {name}:"{value}"')
        if type(value).__name__ in ("Not", "Plus", "Prohibit"):
            raise QueryError("the sign stands behind the field", self.column(value), f"write it before {name}:")
        if base in known and base != name and FIELDS[base].kind != "text":
            raise QueryError(f"{base} has no unstemmed twin", self.column(tree), f"write {base}:")
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
            if not re.fullmatch(r"\d{1,3}", str(tree.degree)):
                raise QueryError(f"{tree.degree} is no distance in words", column, 'write a whole number: "one two"~5')
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
        if self.kind(name) == "boolean" and plain.lower() not in ("true", "false"):
            raise QueryError(f"{name} is true or false", column)
        return self.value(name, plain, column) or Word(name, plain, column=column)

    def value(self, name: str | None, text: str, column: int) -> Node | None:
        """A single time or number as a range of itself; None for other fields."""
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
        if slop and self.kind(name) in ("text", "name"):
            one, two = terms(text, EXACT if (name or "").endswith(".exact") or self.kind(name) == "name" else STEMMED)[:2] if count == 2 else ("", "-")
            if one == two:  # tantivy takes one occurrence for both
                raise QueryError("a distance between a word and itself", column, "both words have the same stem; name another one")
        if made := self.value(name, text, column):
            return made
        if self.kind(name) == "boolean":
            raise QueryError(f"{name} is true or false", column, "without quotation marks")
        return Phrase(name, text, slop, column=column) if self.kind(name) in ("text", "name") else Word(name, text, column=column)

    def check_words(self, text: str, name: str | None, column: int, most: int, shown: str) -> int:
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
        for end in (made.low, made.high):
            if end is not None:
                check_end(self.kind(name), end, column)
        return made

    @staticmethod
    def kind(name: str | None) -> str:
        """The kind of a field; bare words go to text."""
        base = (name or "text").removesuffix(".exact")
        return FIELDS[base].kind
