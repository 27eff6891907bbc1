"""A batch of stories turned inside out: for each term the stories that hold it, as the bits of one integer. Lives as long as its batch.

Each distinct condition of all rules is asked for once; what a rule then costs is a few operations on integers. A field is read when the first
condition names it, and the place of a word looked up when a story has hit.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Any

from wirefeed.index.schema import DEFAULT_FIELDS, FIELDS, LONGEST_TERM
from wirefeed.model import Document, Highlight
from wirefeed.rules.batch_terms import Places, exact_terms, glob, lower, plain, stem, stemmed_terms, term_places
from wirefeed.rules.tree import Everything, Leaf, Node, Phrase, Query, Range, Wildcard, Word, written
from wirefeed.rules.values import within

Bits = int  # bit n: the story at place n of the batch
GAP = ""  # no term is empty: this one keeps the last word of a value from standing beside the first of the next


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


class Batch:
    """The stories at hand, by term."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = documents
        self._everything: Bits = (1 << len(documents)) - 1
        self._bits: dict[Condition, Bits] = {}
        self._postings: dict[str, Mapping[str, Bits]] = {}
        self._vocabularies: dict[str, list[str]] = {}
        self._terms: dict[tuple[int, str], Sequence[str]] = {}
        self._forms: dict[str, dict[str, list[str]]] = {}  # field -> stem -> the batch's unstemmed terms of it
        self._odd: dict[str, Bits] = {}  # field -> stories whose stemmed terms are not the stems of their unstemmed ones
        self._places: dict[tuple[int, str], Places] = {}
        self._marks: dict[tuple[int, Condition], tuple[Highlight, ...]] = {}

    def meeting(self, node: Compiled) -> Bits:
        """The stories that a tree holds for."""
        if isinstance(node, Condition):
            known = self._bits.get(node)
            return self.bits(node) if known is None else known
        found = self._everything
        if node.must:
            for child in node.must:
                found &= self.meeting(child)
                if not found:
                    return 0
        elif node.should:
            found = 0
            for child in node.should:
                found |= self.meeting(child)
        for child in node.must_not:
            if not found:
                return 0
            found &= ~self.meeting(child)
        return found

    def bits(self, asked: Condition) -> Bits:
        """The stories that meet one condition."""
        found = self._bits.get(asked)
        if found is None:
            found = self._bits[asked] = self._look(asked)
        return found

    def clauses(self, asked: Iterable[Condition], slot: int) -> tuple[str, ...]:
        """Those of the conditions that the story at ``slot`` meets, as they stand in the source."""
        return tuple(one.written for one in asked if self.bits(one) >> slot & 1)

    def highlights(self, asked: Iterable[Condition], slot: int) -> tuple[Highlight, ...]:
        """Where in title and text of the story the conditions are met, the title first."""
        found = {mark for one in asked if self.bits(one) >> slot & 1 for mark in self._marks_of(one, slot)}
        return tuple(sorted(found, key=lambda mark: (mark.field != "title", mark.start, mark.end, mark.clause)))

    # --- conditions --------------------------------------------------------------------------------------------------
    def _look(self, asked: Condition) -> Bits:
        found = 0
        for name in asked.names:
            if asked.wanted:
                found |= self._holding(name, asked.wanted, asked.slop)
            elif isinstance(asked.leaf, Wildcard):
                found |= self._like(name, asked)
            elif isinstance(asked.leaf, Word) and asked.kind == "keyword":
                found |= self._posting(name).get(FIELDS[name].normal(asked.leaf.text), 0)
            else:
                assert isinstance(asked.leaf, (Word, Range))
                for slot, document in enumerate(self.documents):
                    found |= any(within(asked.leaf, asked.kind, value) for value in values(document, name)) << slot
        return found

    def _holding(self, name: str, wanted: tuple[str, ...], slop: int) -> Bits:
        postings, found = self._posting(name), self._everything
        for term in wanted:
            found &= postings.get(term, 0)
            if not found:
                return 0
        if len(wanted) > 1:
            for slot in slots(found):
                if next(runs([self._positions(slot, name, term) for term in wanted], slop), None) is None:
                    found ^= 1 << slot
        return found

    def _like(self, name: str, asked: Condition) -> Bits:
        target = FIELDS[name.removesuffix(".exact")].exact
        if asked.kind in ("text", "name", "keyword"):
            found = 0
            for term in self._fitting(target, asked):
                found |= self._posting(target)[term]
            return found
        return sum(1 << slot for slot, document in enumerate(self.documents) if any(True for _ in values(document, name)))

    def _fitting(self, target: str, asked: Condition) -> Sequence[str]:
        """Terms of the batch that a wildcard fits."""
        assert isinstance(asked.leaf, Wildcard)
        vocabulary = self._vocabularies.get(target)
        if vocabulary is None:
            vocabulary = self._vocabularies[target] = sorted(self._posting(target))
        fold = FIELDS[target.removesuffix(".exact")].normal if asked.kind == "keyword" else lower
        pieces = list(asked.leaf.parts())
        start = "".join(fold(part) for part, _fixed in takewhile(lambda piece: piece[1], pieces))
        begun = vocabulary[bisect_left(vocabulary, start):bisect_left(vocabulary, start + "\U0010ffff")]
        if begun and pieces[1:] != [("*", False)]:
            begun = list(filter(glob(asked.leaf, fold).fullmatch, begun))
        return begun

    # --- fields ------------------------------------------------------------------------------------------------------
    def _posting(self, name: str) -> Mapping[str, Bits]:
        made = self._postings.get(name)
        if made is None:
            kind = FIELDS[name.removesuffix(".exact")].kind
            made = self._postings[name] = self._stemmed(name) if kind == "text" and not name.endswith(".exact") else self._read(name, kind)
        return made

    def _read(self, name: str, kind: str) -> dict[str, Bits]:
        made: dict[str, Bits] = {}
        for slot, document in enumerate(self.documents):
            bit = 1 << slot
            found = {FIELDS[name].normal(one) for one in values(document, name) if len(one) <= LONGEST_TERM} if kind == "keyword" else {
                *self._terms_of(slot, name)}
            for term in found:
                made[term] = made.get(term, 0) | bit
        return made

    def _stemmed(self, name: str) -> dict[str, Bits]:
        """From the unstemmed terms, so that a stem is looked up once a batch and not once a word."""
        made: dict[str, Bits] = {}
        odd = 0
        for slot, document in enumerate(self.documents):
            if plain(text_of(document, name)) is None:
                odd |= 1 << slot
                for term in {*self._terms_of(slot, name)}:
                    made[term] = made.get(term, 0) | 1 << slot
        forms = self._forms[name] = {}
        for term, bits in self._posting(f"{name}.exact").items():
            if bits & ~odd:
                root = stem(term)
                made[root] = made.get(root, 0) | bits & ~odd
                forms.setdefault(root, []).append(term)
        self._odd[name] = odd
        return made

    def _terms_of(self, slot: int, name: str) -> Sequence[str]:
        """The terms of a text or name field, each at its position."""
        found = self._terms.get((slot, name))
        if found is None:
            document, base = self.documents[slot], name.removesuffix(".exact")
            if FIELDS[base].kind == "name":
                found = [term for value in values(document, base) for term in (*exact_terms(str(value)), GAP)]
            else:
                found = (stemmed_terms if name == base else exact_terms)(text_of(document, base))
            self._terms[slot, name] = found
        return found

    # --- places ------------------------------------------------------------------------------------------------------
    def _positions(self, slot: int, name: str, term: str) -> list[int]:
        """Which of a story's terms are this one."""
        if name not in self._forms or self._odd[name] >> slot & 1:
            return positions(self._terms_of(slot, name), term)
        exact = f"{name}.exact"
        forms = [form for form in self._forms[name].get(term, ()) if self._postings[exact][form] >> slot & 1]
        found = [at for form in forms for at in positions(self._terms_of(slot, exact), form)]
        return sorted(found) if len(forms) > 1 else found

    def _marks_of(self, asked: Condition, slot: int) -> tuple[Highlight, ...]:
        made = self._marks.get((slot, asked))
        if made is None:
            made = self._marks[slot, asked] = tuple(
                Highlight("title" if name.startswith("title") else "text", start, end, asked.written)
                for name in asked.names if name.removesuffix(".exact") in DEFAULT_FIELDS for start, end in self._spans(asked, slot, name))
        return made

    def _spans(self, asked: Condition, slot: int, name: str) -> Iterator[tuple[int, int]]:
        base = name.removesuffix(".exact")
        if isinstance(asked.leaf, Wildcard):
            fits = set(self._fitting(f"{base}.exact", asked))
            found: Iterable[tuple[int, int]] = ((at, at) for at, term in enumerate(self._terms_of(slot, f"{base}.exact")) if term in fits)
        else:
            if any(not self._posting(name).get(term, 0) >> slot & 1 for term in asked.wanted):  # it stands in the other field
                return
            found = runs([self._positions(slot, name, term) for term in asked.wanted], asked.slop)
        for first, last in found:
            places = self._places.get((slot, base))
            if places is None:
                places = self._places[slot, base] = term_places(text_of(self.documents[slot], base))
            if asked.slop and len(asked.wanted) == 2:  # the two words, not what lies between them
                yield from (places[first], places[last])
            else:
                yield places[first][0], places[last][1]


def runs(stand: Sequence[Sequence[int]], slop: int) -> Iterator[tuple[int, int]]:
    """First and last position of each place where a phrase is; ``stand``: the positions of each of its terms, ascending. With ``slop`` two terms are
    near when the second is that many moves from its place at most; Lucene counts a swap as two."""
    if slop and len(stand) == 2:
        second = stand[1]
        for one in stand[0]:
            yield from ((one, two) for two in second[bisect_left(second, one + 1 - slop):bisect_right(second, one + 1 + slop)] if one != two)
        return
    others = [set(some) for some in stand[1:]]
    for at in stand[0]:
        if all(at + away in some for away, some in enumerate(others, 1)):
            yield at, at + len(others)


def positions(terms: Sequence[str], wanted: str) -> list[int]:
    """Where a term stands."""
    found, at = [], -1
    for _ in range(terms.count(wanted)):
        at = terms.index(wanted, at + 1)
        found.append(at)
    return found


def slots(bits: Bits) -> Iterator[int]:
    """The places whose bits are set, in order."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def values(document: Document, name: str) -> Iterator[Any]:
    """What a field holds, one by one."""
    value = document.get(name)
    if isinstance(value, (list, tuple)):
        yield from value
    elif value is not None:
        yield value


def text_of(document: Document, name: str) -> str:
    """Title or text."""
    return str(document.get(name) or "")
