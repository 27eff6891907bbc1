"""A batch of stories turned inside out: for all that a program asks for, the stories that it holds for, as the bits of one integer.

What the words of a text meet of the program is known from earlier stories (rules/vocabulary.py). Places are worked out when a story has hit.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wirefeed.index.schema import DEFAULT_FIELDS, FIELDS, LONGEST_TERM
from wirefeed.model import Document, Highlight
from wirefeed.rules.batch_terms import exact_terms, stemmed_terms, term_places
from wirefeed.rules.conditions import Condition
from wirefeed.rules.program import Program
from wirefeed.rules.tree import Range, Word
from wirefeed.rules.values import within
from wirefeed.rules.vocabulary import Numbers

Bits = int  # bit n: the story at place n of the batch
Span = tuple[int, int]
GAP = ""  # no term is empty: this one keeps the last word of a value from standing beside the first of the next


class Batch:
    """The stories at hand. ``bits``: at each number of the program the stories that it holds for."""

    def __init__(self, program: Program, documents: Sequence[Document]) -> None:
        self.program = program
        self.documents = documents
        self._standing: dict[tuple[int, str], dict[str, list[int]]] = {}
        self._met: dict[tuple[int, str], dict[int, list[int]]] = {}  # number -> places of the words that meet it
        self._places: dict[tuple[int, str], list[Span]] = {}
        self._marks: dict[tuple[int, Condition], tuple[Highlight, ...]] = {}
        self.bits: list[Bits] = [0] * program.size
        for name in program.texts:
            self._read_text(name)
        for name in program.names:
            self._read(name)
        for number, asked, terms in program.phrases:
            self.bits[number] = self._in_order(asked, terms)
        self._look_at_values()
        self._join()

    def evidence(self, asked: Iterable[tuple[Condition, int]], slot: int) -> tuple[tuple[str, ...], tuple[Highlight, ...]]:
        """Those of the conditions that the story at ``slot`` meets, as they stand in the source, and where in its title and text, the title first.
        ``asked``: conditions with their numbers."""
        met = [(one, number) for one, number in asked if self.bits[number] >> slot & 1]
        found = {mark for one, number in met for mark in self._marks_of(one, number, slot)}
        return tuple([one.written for one, _ in met]), tuple(sorted(found, key=_reading_order) if len(found) > 1 else found)

    # --- reading -----------------------------------------------------------------------------------------------------
    def _read_text(self, name: str) -> None:
        for number, found in self.program.texts[name].bits([text_of(document, name) for document in self.documents]):
            self.bits[number] |= found

    def _read(self, name: str) -> None:
        field = FIELDS[name]
        for slot, document in enumerate(self.documents):
            if field.kind == "keyword":
                terms = {field.normal(value) for value in values(document, name) if len(value) <= LONGEST_TERM}
            else:
                terms = {term for value in values(document, name) for term in exact_terms(str(value))}
            for number in self.program.meeting(name, terms):
                self.bits[number] |= 1 << slot

    # --- conditions --------------------------------------------------------------------------------------------------
    def _in_order(self, asked: Condition, terms: Numbers) -> Bits:
        """The stories in which the terms of a phrase stand as it wants them."""
        found = self.bits[terms[0]]
        for number in terms[1:]:
            found &= self.bits[number]
        for slot in slots(found):
            if not any(True for name in asked.names for _ in self._runs(asked, slot, name)):
                found ^= 1 << slot
        return found

    def _look_at_values(self) -> None:
        held: dict[str, dict[Any, Bits]] = {}
        for number, asked in self.program.valued:
            name = asked.names[0]
            if name not in held:
                held[name] = defaultdict(int)
                for slot, document in enumerate(self.documents):
                    for value in {*values(document, name)}:
                        held[name][value] |= 1 << slot
            for value, bits in held[name].items():
                if not isinstance(asked.leaf, (Word, Range)) or within(asked.leaf, asked.kind, value):  # else "*": any value
                    self.bits[number] |= bits

    def _join(self) -> None:
        bits, everything = self.bits, (1 << len(self.documents)) - 1
        for number, must, should, must_not in self.program.joined:
            if should:
                found = 0
                for part in should:
                    found |= bits[part]
            else:
                found = everything
                for part in must:
                    found &= bits[part]
            if found:
                for part in must_not:
                    found &= ~bits[part]
                bits[number] = found

    # --- places ------------------------------------------------------------------------------------------------------
    def _marks_of(self, asked: Condition, number: int, slot: int) -> tuple[Highlight, ...]:
        made = self._marks.get((slot, asked))
        if made is None:
            made = self._marks[slot, asked] = tuple([
                Highlight("title" if base == "title" else "text", start, end, asked.written)
                for name in asked.names if (base := name.removesuffix(".exact")) in DEFAULT_FIELDS
                for start, end in (self._phrase_spans(asked, slot, name) if len(asked.wanted) > 1 else self._word_spans(number, slot, base))])
        return made

    def _word_spans(self, number: int, slot: int, base: str) -> Iterator[Span]:
        """Where the words are that meet a number."""
        where = self._met.get((slot, base))
        if where is None:
            where = self._met[slot, base] = defaultdict(list)
            met = self.program.texts[base].met
            for at, word in enumerate(exact_terms(text_of(self.documents[slot], base))):
                for one in met(word):
                    where[one].append(at)
        if number in where:
            places = self._places_in(slot, base)
            yield from (places[at] for at in where[number])

    def _phrase_spans(self, asked: Condition, slot: int, name: str) -> Iterator[Span]:
        base = name.removesuffix(".exact")
        for first, last in self._runs(asked, slot, name):
            places = self._places_in(slot, base)
            if asked.slop and len(asked.wanted) == 2:  # the two words, not what lies between them
                yield from (places[first], places[last])
            else:
                yield places[first][0], places[last][1]

    def _places_in(self, slot: int, base: str) -> Sequence[Span]:
        made = self._places.get((slot, base))
        if made is None:
            made = self._places[slot, base] = term_places(text_of(self.documents[slot], base))
        return made

    def _runs(self, asked: Condition, slot: int, name: str) -> Iterator[tuple[int, int]]:
        stand = self._stand(slot, name)
        return runs([stand.get(term, ()) for term in asked.wanted], asked.slop)

    def _stand(self, slot: int, name: str) -> Mapping[str, Sequence[int]]:
        """A story's terms, each with its positions: a story is asked about by many phrases."""
        made = self._standing.get((slot, name))
        if made is None:
            field, document = FIELDS[name.removesuffix(".exact")], self.documents[slot]
            if field.kind == "name":
                terms = [term for value in values(document, name) for term in (*exact_terms(str(value)), GAP)]
            else:
                terms = (stemmed_terms if name == field.name else exact_terms)(text_of(document, field.name))
            made = self._standing[slot, name] = defaultdict(list)
            for at, term in enumerate(terms):
                made[term].append(at)
        return made


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
