"""Stretches of a text that are no news: legal disclaimers, footnotes of banned groups, "read also" lines. Offsets stay; matches inside are dropped."""

import re
from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple

from wirefeed.tags.normalise import Normalised, normalise

_PARENTHESES = re.compile(
    r"\((?:[^()]{0,40})?(?:запрещ[её]н|террористическ|экстремистск|признан|деятельность которо|иностранн\w+ агент|иноагент|banned in|designated (?:as )?(?:a )?"
    r"terrorist|outlawed in|recognized as|тыйым салынган|тыйым салынған|тақиқланган|taqiqlangan|мамнӯъ)[^()]{0,220}\)", re.I)
_ALSO = ("read (?:also|more|next)|see also|also read|related(?: stories| articles| news)?|more on this|recommended|"
         "читайте также|читайте на эту тему|по теме|подробнее|смотрите также|материалы по теме|другие новости|дагы окуңуз|тағы оқыңыз|yana o'qing|шунингдек ўқинг|"
         "ҳамчунин хонед|بیشتر بخوانید|همچنین بخوانید")
_ENDING = ("editing by|reporting by|our standards|©|copyright|all rights reserved|subscribe to|"
           "подписывайтесь|подпишитесь|фото:|photo:|источник фото")
_LINE = re.compile(rf"(?i)[^\S\n]*(?:\*+[^\S\n]?.{{0,400}}|(?:{_ALSO})\s*[:：—–-].*|(?:{_ENDING}).*)")
# How such a line opens. Starts with a line's end, which is no letter: the only way to have the search skip what cannot be one.
_OPENING = re.compile("\n[^\\S\n]{0,40}(?:[*©]|" + "|".join(sorted({re.escape(phrase[:3]) for phrase in (*_ALSO.split("|"), *_ENDING.split("|"))})) + ")", re.I)
_NOTE = re.compile(r"(?<!\w)(?:организаци|движени|групп)\w{1,8}(?!\w)[^.\n]{0,60}?запрещ[её]н\w{0,3} (?:в|на территории) (?:РФ|России|Российской Федерации|Казахстан\w*|"
                   r"Кыргызстан\w*|Таджикистан\w*)[^.\n]{0,80}\.?\s*$", re.I | re.M)


class Spans(NamedTuple):
    """Disjoint stretches of a text in order."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def hold(self, start: int, end: int) -> bool:
        """Whether a stretch lies in one of them."""
        at = bisect_right(self.starts, start) - 1
        return at >= 0 and end <= self.ends[at]


@lru_cache(maxsize=4)
def reading(text: str) -> tuple[Normalised, Spans]:
    """A text made ready for matching, and its boilerplate. Linear. The gazetteer and the topics read the same title and text one after the other."""
    normal = normalise(text)
    found = []
    for opening in _OPENING.finditer(f"\n{text}"):  # few lines open so: the pattern of a whole line is dear
        start, end = opening.start(), text.find("\n", opening.start())
        if match := _LINE.fullmatch(text, start, end if end >= 0 else len(text)):
            found.append(match.span())
    if "(" in text:
        found += [match.span() for match in _PARENTHESES.finditer(text)]
    if "запрещен" in normal.text:  # looked for at every letter otherwise
        found += [match.span() for match in _NOTE.finditer(text)]
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(found):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return normal, Spans(tuple(starts), tuple(ends))
