"""Words by which a text looks back, or at others: what such a sentence names is rarely what the story is about. One pass of an automaton finds them all;
patterns tried at each letter cost a hundred times as much."""

from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

from wirefeed.tags.automaton import Automaton
from wirefeed.tags.normalise import Normalised, spaced

# "*": whatever ends the word. Spelt as normalised text is: lower case, ё as е.
_PAST = (
    "ago|until|earlier|previously|before that|formerly|former|once|since|last year|decade|decades|then|soviet|used to|had been|already|"
    "назад|ранее|раньше|прежде|прежн*|бывш*|до этого|до того|тогда|когда-то|со времен|советск*|в прошлом|с тех пор|бұрын*|бұған дейін|былтыр|мурда|"
    "мурун|буга чейин|ага чейин|avval|ilgari|o'tgan yil|аввал|илгари|утган йил*|ўтган йил*|пештар|қаблан|соли гузашта|ozal|geçen ýyl*|öň|پیشتر|قبلا|پیش از این|"
    "سال گذشته").split("|") + [f"in the {century}{decade}0s" for century in ("", "19", "20") for decade in range(10)]
_OTHERS = (
    "other|others|also|too|as well|meanwhile|like|unlike|except|instead|rather|similar|elsewhere|worldwide|together with|along with|также|тоже|другие|"
    "в том числе|остальн*|минуя|вместо|кроме|помимо|наряду|в отличие|между тем|тем временем").split("|")


class Places(NamedTuple):
    """Stretches of the original text, in order of their start."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def within(self, first: int, last: int) -> bool:
        """Whether one of them lies wholly in a stretch."""
        at = bisect_left(self.starts, first)
        while at < len(self.starts) and self.starts[at] < last:
            if self.ends[at] <= last:
                return True
            at += 1
        return False


class Asides(NamedTuple):
    """Where a text looks back, and where at others."""

    past: Places
    others: Places


@lru_cache(maxsize=1)
def _automaton() -> Automaton:
    return Automaton([f"{spaced(word.rstrip('*')).rstrip()}{'' if word.endswith('*') else ' '}" for word in (*_PAST, *_OTHERS)])


def asides(text: Normalised) -> Asides:
    """Find them all. Linear."""
    found: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    words, straight = text.words, isinstance(text.offsets, range)
    for index, start, stop in _automaton().find(text):
        end = max(start + 1, stop - 1 if words[stop - 1] != " " else stop - 2)
        found[index >= len(_PAST)].append((start, end) if straight else text.span(start, end))
    return Asides(_places(found[0]), _places(found[1]))


def _places(found: list[tuple[int, int]]) -> Places:
    found.sort()
    return Places(tuple([start for start, _ in found]), tuple([end for _, end in found]))
