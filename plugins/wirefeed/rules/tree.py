"""The tree of a query: frozen conditions and how they are joined; and the error that names a column."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wirefeed.errors import InputRefused

LEAST_LETTERS = 3  # before a wildcard


class QueryError(InputRefused):
    """A query we do not accept: what, at which column (from 1), and what to write instead."""

    def __init__(self, message: str, column: int | None = None, hint: str = "") -> None:
        self.column, self.hint, self.reason = column, hint, message
        super().__init__((f"column {column}: " if column else "") + message + (f" ({hint})" if hint else ""))


@dataclass(frozen=True)
class Leaf:
    """A single condition. ``field`` None: title or text. ``column``: where it stands in the source, from 1."""

    field: str | None
    column: int = dataclasses.field(compare=False, kw_only=True, default=1)


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

    def parts(self) -> Iterator[tuple[str, bool]]:
        """The pattern in pieces: ("*" or "?", False), and fixed text without its escapes, True."""
        fixed = ""
        for found in re.finditer(r"\\(.)|([*?])|(.)", self.pattern, re.S):
            if found[2] is None:
                fixed += found[1] or found[3]
                continue
            if fixed:
                yield fixed, True
            fixed = ""
            yield found[2], False
        if fixed:
            yield fixed, True

    def regex(self, fold: Callable[[str], str]) -> str:
        """As a regular expression over one whole term; ``fold`` maps the fixed parts as the analyser would."""
        return "".join(re.escape(fold(part)) if fixed else ".*" if part == "*" else "." for part, fixed in self.parts())


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


def written(leaf: Leaf) -> str:
    """A condition as an analyst would write it."""
    prefix = f"{leaf.field}:" if leaf.field else ""
    if isinstance(leaf, Phrase):
        return f'{prefix}"{leaf.text}"' + (f"~{leaf.slop}" if leaf.slop else "")
    if isinstance(leaf, Wildcard):
        return prefix + leaf.pattern
    if isinstance(leaf, Range):
        return f"{prefix}{'[' if leaf.include_low else '{'}{leaf.low or '*'} TO {leaf.high or '*'}{']' if leaf.include_high else '}'}"
    assert isinstance(leaf, Word)
    return prefix + (leaf.text if re.fullmatch(r"[\w.\-']+", leaf.text) else f'"{leaf.text}"')
