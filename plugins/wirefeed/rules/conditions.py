"""What rules ask of stories: each distinct condition once, shared by all rules that say the same, under Boolean nodes. Pure."""

from functools import lru_cache

from wirefeed.index.schema import DEFAULT_FIELDS, FIELDS
from wirefeed.rules.batch_terms import exact_terms, stemmed_terms
from wirefeed.rules.tree import Everything, Leaf, Node, Phrase, Query, Word, written


class Condition:
    """One distinct condition of any number of rules, with what is worth working out once: the terms that it wants of each field."""

    __slots__ = ("kind", "leaf", "names", "slop", "wanted", "written")

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf
        self.written = written(leaf)
        self.names = (leaf.field,) if leaf.field else DEFAULT_FIELDS
        self.kind = FIELDS[self.names[0].removesuffix(".exact")].kind
        self.slop = leaf.slop if isinstance(leaf, Phrase) else 0
        self.wanted: tuple[str, ...] = ()
        if isinstance(leaf, (Word, Phrase)) and self.kind in ("text", "name"):
            stemmed = self.kind == "text" and not self.names[0].endswith(".exact")
            self.wanted = tuple(stemmed_terms(leaf.text) if stemmed else exact_terms(leaf.text))


condition = lru_cache(maxsize=100_000)(Condition)  # rules that say the same share it


class Joined:
    """A Boolean node over conditions; empty, it is met by every story."""

    __slots__ = ("must", "must_not", "should")

    def __init__(self, must: tuple["Compiled", ...] = (), should: tuple["Compiled", ...] = (), must_not: tuple["Compiled", ...] = ()) -> None:
        self.must, self.should, self.must_not = must, should, must_not


Compiled = Condition | Joined


def compiled(node: Node) -> Compiled:
    """A tree over shared conditions."""
    if isinstance(node, Everything):
        return Joined()
    if isinstance(node, Leaf):
        return condition(node)
    return Joined(*(tuple(compiled(child) for child in children) for children in (node.must, node.should, node.must_not)))


def positive_conditions(query: Query) -> tuple[Condition, ...]:
    """The conditions that make a hit, each once, in the order of the source."""
    return tuple(dict.fromkeys(condition(leaf) for leaf in query.leaves(positive=True)))
