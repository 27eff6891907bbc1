"""A batch of stories turned inside out: for each term the stories that hold it, as the bits of one integer. Lives as long as its batch.

Each distinct condition of all rules is asked for once; what a rule then costs is a few operations on integers. A field is read when the first
condition names it, and the place of a word looked up when a story has hit.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from wirefeed.index.schema import DEFAULT_FIELDS, FIELDS, LONGEST_TERM
from wirefeed.model import Document, Highlight
from wirefeed.rules.batch_terms import Places, exact_terms, glob, lower, plain, stem, stemmed_terms, term_places, words
from wirefeed.rules.conditions import Compiled, Condition
from wirefeed.rules.tree import Range, Wildcard, Word
from wirefeed.rules.values import within

Bits = int  # bit n: the story at place n of the batch
GAP = ""  # no term is empty: this one keeps the last word of a value from standing beside the first of the next


class Batch:
    """The stories at hand, by term."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = documents
        self._everything: Bits = (1 << len(documents)) - 1
        self._bits: dict[Condition, Bits] = {}
        self._postings: dict[str, Mapping[str, Bits]] = {}
        self._vocabularies: dict[str, list[str]] = {}
        self._plain: dict[tuple[int, str], str | None] = {}
        self._terms: dict[tuple[int, str], Sequence[str]] = {}
        self._stand: dict[tuple[int, str], dict[str, list[int]]] = {}
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

    def evidence(self, asked: Iterable[Condition], slot: int) -> tuple[tuple[str, ...], tuple[Highlight, ...]]:
        """Those of the conditions that the story at ``slot`` meets, as they stand in the source, and where in its title and text, the title first."""
        met = [one for one in asked if self.bits(one) >> slot & 1]
        found = {mark for one in met for mark in self._marks_of(one, slot)}
        return tuple(one.written for one in met), tuple(sorted(found, key=_reading_order) if len(found) > 1 else found)

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
        made: defaultdict[str, Bits] = defaultdict(int)
        for slot, document in enumerate(self.documents):
            bit = 1 << slot
            found = {FIELDS[name].normal(one) for one in values(document, name) if len(one) <= LONGEST_TERM} if kind == "keyword" else {
                *self._terms_of(slot, name)}
            for term in found:
                made[term] |= bit
        return made

    def _stemmed(self, name: str) -> dict[str, Bits]:
        """From the unstemmed terms, so that a stem is looked up once a batch and not once a word."""
        made: defaultdict[str, Bits] = defaultdict(int)
        odd = 0
        for slot in range(len(self.documents)):
            if self._plain_text(slot, name) is None:
                odd |= 1 << slot
                for term in {*self._terms_of(slot, name)}:
                    made[term] |= 1 << slot
        forms: defaultdict[str, list[str]] = defaultdict(list)
        for term, bits in self._posting(f"{name}.exact").items():
            if regular := bits & ~odd:
                root = stem(term)
                made[root] |= regular
                forms[root].append(term)
        self._forms[name] = forms
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
                mapped = self._plain_text(slot, base)
                if name != base and mapped is not None:
                    found = words(mapped)
                else:
                    found = (stemmed_terms if name == base else exact_terms)(text_of(document, base))
            self._terms[slot, name] = found
        return found

    def _plain_text(self, slot: int, name: str) -> str | None:
        """Title or text with its characters mapped, when it may be split here (``plain``)."""
        if (slot, name) not in self._plain:
            self._plain[slot, name] = plain(text_of(self.documents[slot], name))
        return self._plain[slot, name]

    # --- places ------------------------------------------------------------------------------------------------------
    def _positions(self, slot: int, name: str, term: str) -> list[int]:
        """Which of a story's terms are this one."""
        if name not in self._forms or self._odd[name] >> slot & 1:
            return self._standing(slot, name).get(term, [])
        exact = f"{name}.exact"
        forms = [form for form in self._forms[name].get(term, ()) if self._postings[exact][form] >> slot & 1]
        stand = self._standing(slot, exact)
        return stand[forms[0]] if len(forms) == 1 else sorted(at for form in forms for at in stand[form])

    def _standing(self, slot: int, name: str) -> Mapping[str, list[int]]:
        """A story's terms, each with its positions: a story that one rule has hit is asked about by many."""
        made = self._stand.get((slot, name))
        if made is None:
            made = self._stand[slot, name] = defaultdict(list)
            for at, term in enumerate(self._terms_of(slot, name)):
                made[term].append(at)
        return made

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
            stand = self._standing(slot, f"{base}.exact")
            found: Iterable[tuple[int, int]] = ((at, at) for term in self._fitting(f"{base}.exact", asked) for at in stand.get(term, ()))
        else:
            if any(not self._posting(name).get(term, 0) >> slot & 1 for term in asked.wanted):  # it stands in the other field
                return
            found = runs([self._positions(slot, name, term) for term in asked.wanted], asked.slop)
        for first, last in found:
            places = self._places.get((slot, base))
            if places is None:
                places = self._places[slot, base] = term_places(text_of(self.documents[slot], base), self._plain_text(slot, base))
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
    if len(stand) == 1:
        yield from ((at, at) for at in stand[0])
        return
    others = [set(some) for some in stand[1:]]
    for at in stand[0]:
        if all(at + away in some for away, some in enumerate(others, 1)):
            yield at, at + len(others)


def _reading_order(mark: Highlight) -> tuple[bool, int, int, str]:
    return mark.field != "title", mark.start, mark.end, mark.clause


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
