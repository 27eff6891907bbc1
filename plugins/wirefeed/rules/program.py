"""The trees of all rules compiled together: whatever they ask for has a number, and equal parts share it. Pure.

A batch of stories (rules/batch.py) answers with one list, at each number the stories for which it holds: first the terms and wildcards, found while a
text is read, then what is made of them.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable

from wirefeed.index.schema import FIELDS
from wirefeed.rules.conditions import Condition, condition
from wirefeed.rules.tree import LEAST_LETTERS, Boolean, Leaf, Node, Wildcard
from wirefeed.rules.vocabulary import Numbers, Vocabulary


class Program:
    """What ``add`` has been given. ``size``: how many numbers there are."""

    def __init__(self) -> None:
        self.size = 0
        self.phrases: list[tuple[int, Condition, Numbers]] = []  # with the numbers of their terms
        self.valued: list[tuple[int, Condition]] = []  # about dates, numbers and truth
        self.joined: list[tuple[int, Numbers, Numbers, Numbers]] = []  # must, should, must_not; parts before the whole
        self.texts: dict[str, Vocabulary] = {}  # title and text, if asked for
        self.names: set[str] = set()  # other fields whose terms are asked for
        self._known: dict[Hashable, int] = {}
        self._terms: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._globs: defaultdict[str, defaultdict[str, list[tuple[str, re.Pattern[str] | None, int]]]] = defaultdict(lambda: defaultdict(list))

    def add(self, node: Node) -> int:
        """The number of a tree."""
        if isinstance(node, Leaf):
            return self.number(condition(node))
        parts: tuple[Numbers, Numbers, Numbers] = ((), (), ())
        if isinstance(node, Boolean):
            parts = (self._all(node.must), () if node.must else self._all(node.should), self._all(node.must_not))
        number = self._known.get(parts)
        if number is None:
            number = self._new(parts)
            self.joined.append((number, *parts))
        return number

    def number(self, asked: Condition) -> int:
        """The number of a condition; that of its only term if it has one."""
        terms = tuple(self._term(asked.names, term) for term in asked.wanted)
        if len(terms) == 1:
            return terms[0]
        number = self._known.get(asked)
        if number is None:
            number = self._new(asked)
            if terms:
                self.phrases.append((number, asked, terms))
            elif isinstance(asked.leaf, Wildcard) and asked.kind in ("text", "name", "keyword"):
                for name in asked.names:
                    self._read(name)
                    self._globs[name][asked.start[:LEAST_LETTERS]].append((asked.start, asked.pattern, number))
            else:
                self.valued.append((number, asked))
        return number

    def meeting(self, name: str, terms: Iterable[str]) -> list[int]:
        """The numbers of what terms of a field meet."""
        wanted, globs = self._terms[name], self._globs[name]
        found = [number for term in terms if term in wanted for number in wanted[term]]
        if globs:
            for term in terms:
                for length in range(LEAST_LETTERS + 1):  # few begin with less than three: "*" alone
                    for start, pattern, number in globs.get(term[:length], ()):
                        if term.startswith(start) and (pattern is None or pattern.fullmatch(term)):
                            found.append(number)
        return found

    def _all(self, nodes: tuple[Node, ...]) -> Numbers:
        return tuple([self.add(node) for node in nodes])

    def _term(self, names: tuple[str, ...], term: str) -> int:
        number = self._known.get((names, term))
        if number is None:
            number = self._new((names, term))
            for name in names:
                self._read(name)
                self._terms[name][term].append(number)
        return number

    def _new(self, key: Hashable) -> int:
        self._known[key] = number = self.size
        self.size += 1
        return number

    def _read(self, name: str) -> None:
        field = FIELDS[name.removesuffix(".exact")]
        if field.kind != "text":
            self.names.add(name)
        else:
            name, exact = field.name, f"{field.name}.exact"
            self.texts.setdefault(name, Vocabulary(lambda word, stem: [*self.meeting(name, (stem,)), *self.meeting(exact, (word,))]))
