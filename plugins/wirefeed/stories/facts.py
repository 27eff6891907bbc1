"""Do the facts inside the prose that two texts share agree? A correction changes one fact, a form filled for another week or company most."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wirefeed.stories.words import fold, number

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’ʻʼ‘`][^\W\d_]+)*|[.!?…\n:;\"«»“”]")
_RUN = 4  # words of prose around a fact that must stand in the other text too
_CALENDAR = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|november|december|"
    r"(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)|понедельник\w*|вторник\w*|сред[ауы]|четверг\w*|пятниц\w|суббот\w|воскресень\w|"
    r"январ[ья]|феврал[ья]|марта?|апрел[ья]|ма[йя]|июн[ья]|июл[ья]|августа?|сентябр[ья]|октябр[ья]|ноябр[ья]|декабр[ья]")

_TURN = re.compile(  # which way it went: half of what a market report says
    r"rose|rises|fell|falls|gain(?:s|ed)|los[et]s?|drop(?:s|ped)|up|down|cut|cuts|add(?:s|ed)|raise[sd]?|lower(?:s|ed)|higher|"
    r"вырос\w*|снизил\w*|подорожал\w*|подешевел\w*|упал\w*|увеличил\w*|сократил\w*|выше|ниже")


@dataclass(frozen=True, slots=True)
class _Prose:
    tokens: tuple[str, ...]  # folded words and numbers
    kinds: tuple[str, ...]  # beside each: "name", "figure", "day", "turn" or ""


def _read(text: str) -> _Prose:
    raw: list[tuple[str, bool]] = []
    opens = True
    for match in _TOKEN.finditer(text):
        if match[0][0].isalnum():
            raw.append((match[0], opens))
            opens = False
        else:
            opens = True
    shouted = sum(word.isupper() for word, _ in raw) > len(raw) / 2
    tokens = tuple(number(word) if word[0].isdigit() else fold(word) for word, _ in raw)
    # A word that opens a sentence is a name only if it is capital elsewhere too.
    inner = {token for token, (word, opening) in zip(tokens, raw, strict=True) if word[0].isupper() and not opening}
    kinds = []
    for n, (token, (word, opening)) in enumerate(zip(tokens, raw, strict=True)):
        if token[0].isdigit():
            beside = (*tokens[max(0, n - 1):n], *tokens[n + 1:n + 2])
            kinds.append("day" if len(token) <= 2 and any(_CALENDAR.fullmatch(near) for near in beside) else "figure")
        elif _CALENDAR.fullmatch(token):
            kinds.append("day")
        elif _TURN.fullmatch(token):
            kinds.append("turn")
        else:
            kinds.append("name" if not shouted and len(word) > 2 and word[0].isupper() and (not opening or token in inner) else "")
    return _Prose(tokens, tuple(kinds))


def agreement(a: str, b: str, *, alone: bool = False) -> float:
    """1 when the facts of the shared prose agree (or but one differs), down to 0.25 when most differ. ``alone``: headlines, where one counts."""
    one, two = _read(a), _read(b)
    worst = 1.0
    runs = _blind(one), _blind(two)
    for mine, my_runs, other, its_runs in ((one, runs[0], two, runs[1]), (two, runs[1], one, runs[0])):
        said = frozenset(other.tokens)
        stems = frozenset(_stem(token) for token in other.tokens)
        near = [True] * len(mine.tokens) if alone else _in_shared_prose(my_runs, frozenset(its_runs), len(mine.tokens))
        facts: dict[str, set[str]] = {"name": set(), "figure": set(), "day": set()}
        for token, kind, shared in zip(mine.tokens, mine.kinds, near, strict=True):
            if kind and shared:
                facts["figure" if kind == "turn" else kind].add(token)
        facts["occasion"] = facts["figure"] | facts["day"]
        for kind, found in facts.items():
            missing = sum(token not in said and not (kind == "name" and _stem(token) in stems) for token in found)
            factor = _factor(missing, len(found), alone)
            worst = min(worst, max(factor, 0.6) if kind == "day" else factor)  # another outlet's dateline alone is no other occasion
    return worst


def _stem(token: str) -> str:
    return token[:max(4, len(token) - 2)]  # case endings


def _factor(missing: int, facts: int, alone: bool) -> float:
    if not missing:
        return 1.0
    if alone:
        return 0.45
    share = (missing - 0.6) / (facts + 0.6)  # one fact of few may be a correction
    return max(0.25, min(1.0, 1.0 - (share - 0.3) * 3.2))


def _blind(prose: _Prose) -> list[tuple[str, ...]]:
    """Runs of four words with the facts blanked out, so that a form is recognised whatever fills it; () where hardly a word is left."""
    shape = [f"#{kind}" if kind else token for token, kind in zip(prose.tokens, prose.kinds, strict=True)]
    runs = [tuple(shape[n:n + _RUN]) for n in range(len(shape) - _RUN + 1)]
    return [run if sum(word[0] == "#" for word in run) <= _RUN - 2 else () for run in runs]


def _in_shared_prose(runs: Sequence[tuple[str, ...]], other: frozenset[tuple[str, ...]], length: int) -> list[bool]:
    """For each position, whether it lies in a blanked run that the other text has too."""
    found = [False] * length
    for n, run in enumerate(runs):
        if run and run in other:
            found[n:n + _RUN] = [True] * _RUN
    return found
