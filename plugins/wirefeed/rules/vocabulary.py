"""What the words of a field's texts meet of a program, and which stories of a batch meet what.

Most words of a story stood in others before: each is looked at once. What it meets is a row; few rows are different, and the rows of a whole batch become
bits in a few steps of numpy.
"""

from collections.abc import Callable, Iterator, Sequence, Set
from itertools import chain, islice, repeat
from typing import Any

import numpy as np

from wirefeed.rules.batch_terms import LONGEST_KEPT, exact_terms, stems_of

Numbers = tuple[int, ...]
Integers = np.ndarray[Any, np.dtype[np.int64]]
MOST = 200_000  # words of which it is remembered what they meet
BLOCK = 512  # stories whose bits are made at once: the table of a block has a byte for each story and number that is met


class Vocabulary:
    """The words of one field's texts that have been read so far. ``meeting``: an unstemmed term and its stem -> the numbers that they meet."""

    def __init__(self, meeting: Callable[[str, str], list[int]]) -> None:
        self._meeting = meeting
        self._words: dict[str, int] = {}  # to the place of their row
        self._long: list[str] = []  # those of them that are forgotten with their batch
        self._rows: list[Numbers] = [()]
        self._row_of: dict[Numbers, int] = {(): 0}
        self._sizes, self._flat = np.zeros(0, np.int64), np.zeros(0, np.int64)  # the rows' lengths, and the rows one behind the other

    def met(self, word: str) -> Numbers:
        """What a word of the last batch meets."""
        return self._rows[self._words[word]]

    def bits(self, texts: Sequence[str]) -> Iterator[tuple[int, int]]:
        """(number, stories that meet it): bit n is the text at place n. A number comes once a block of texts."""
        self._forget()
        for first in range(0, len(texts), BLOCK):
            held = [{*exact_terms(text)} for text in texts[first:first + BLOCK]]
            places = np.fromiter(map(self._words.get, chain.from_iterable(held), repeat(-1)), np.int64, sum(map(len, held)))
            if len(unread := np.flatnonzero(places < 0)):
                every = list(chain.from_iterable(held))
                new = [every[at] for at in unread.tolist()]
                self._learn({*new})
                places[unread] = [self._words[word] for word in new]
            yield from self._block(places, [len(words) for words in held], first)

    def _block(self, rows: Integers, counts: Sequence[int], first: int) -> Iterator[tuple[int, int]]:
        """``rows``: those of the first story, which has ``counts[0]``, and so on. Each (story, number) becomes a line of two columns; then a table of numbers
        by stories, eight stories a byte."""
        if len(self._sizes) != len(self._rows):  # else none was added
            self._sizes = np.fromiter(map(len, self._rows), np.int64, len(self._rows))
            self._flat = np.fromiter(chain.from_iterable(self._rows), np.int64, int(self._sizes.sum()))
        times = self._sizes[rows]
        starts, ends = np.cumsum(self._sizes) - self._sizes, np.cumsum(times)
        stories = np.repeat(np.repeat(np.arange(len(counts)), counts), times)
        numbers = self._flat[np.repeat(starts[rows] - (ends - times), times) + np.arange(len(stories))]
        met, lines = np.unique(numbers, return_inverse=True)
        table = np.zeros((len(met), len(counts)), np.bool_)
        table[lines, stories] = True
        packed = np.packbits(table, axis=1, bitorder="little")
        width, data = packed.shape[1], packed.tobytes()
        for at, number in enumerate(met.tolist()):
            yield number, int.from_bytes(data[at * width:(at + 1) * width], "little") << first

    def _learn(self, words: Set[str]) -> None:
        new = list(words)
        for word, stem in zip(new, stems_of(new), strict=True):
            self._words[word] = self._row(tuple(sorted({*self._meeting(word, stem)})))
        self._long += [word for word in new if len(word) > LONGEST_KEPT]

    def _forget(self) -> None:
        """Long words; of too many others the older half, and rows that only they had."""
        for word in self._long:
            self._words.pop(word, None)
        self._long = []
        if len(self._words) <= MOST:
            return
        words, rows = self._words, self._rows
        self._rows, self._row_of, self._sizes = [()], {(): 0}, np.zeros(0, np.int64)
        self._words = {word: self._row(rows[place]) for word, place in islice(words.items(), len(words) // 2, None)}

    def _row(self, numbers: Numbers) -> int:
        place = self._row_of.setdefault(numbers, len(self._rows))
        if place == len(self._rows):
            self._rows.append(numbers)
        return place
