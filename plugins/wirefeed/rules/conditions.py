"""What rules ask of stories: each distinct condition once, shared by all rules that say the same. Pure."""

import re
from functools import lru_cache
from itertools import takewhile

from wirefeed.index.schema import DEFAULT_FIELDS, FIELDS
from wirefeed.rules.batch_terms import exact_terms, glob, lower, stemmed_terms
from wirefeed.rules.tree import Leaf, Phrase, Query, Wildcard, Word, written


class Condition:
    """One distinct condition of any number of rules, with all that is worth working out once.

    ``names``: the fields whose terms it is about, any of which may meet it. A word or phrase wants the terms ``wanted`` of one of them; a wildcard
    wants any term that begins with ``start`` and, unless ``pattern`` is None, fits it whole.
    """

    __slots__ = ("kind", "leaf", "names", "pattern", "slop", "start", "wanted", "written")

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf
        self.written = written(leaf)
        self.names: tuple[str, ...] = (leaf.field,) if leaf.field else DEFAULT_FIELDS
        field = FIELDS[self.names[0].removesuffix(".exact")]
        self.kind = field.kind
        self.slop = leaf.slop if isinstance(leaf, Phrase) else 0
        self.wanted: tuple[str, ...] = ()
        self.start = ""
        self.pattern: re.Pattern[str] | None = None
        if isinstance(leaf, Wildcard):
            self.names = tuple(FIELDS[name.removesuffix(".exact")].exact for name in self.names)
            fold = field.normal if self.kind == "keyword" else lower
            pieces = list(leaf.parts())
            self.start = "".join(fold(part) for part, _fixed in takewhile(lambda piece: piece[1], pieces))
            if leaf.pattern != "*" and pieces[1:] != [("*", False)]:
                self.pattern = glob(leaf, fold)
        elif isinstance(leaf, (Word, Phrase)) and self.kind in ("text", "name"):
            stemmed = self.kind == "text" and not self.names[0].endswith(".exact")
            self.wanted = tuple(stemmed_terms(leaf.text) if stemmed else exact_terms(leaf.text))
        elif isinstance(leaf, Word) and self.kind == "keyword":
            self.wanted = (field.normal(leaf.text),)


condition = lru_cache(maxsize=100_000)(Condition)  # rules that say the same share it


def positive_conditions(query: Query) -> tuple[Condition, ...]:
    """The conditions that make a hit, each once, in the order of the source."""
    return tuple(dict.fromkeys(condition(leaf) for leaf in query.leaves(positive=True)))
