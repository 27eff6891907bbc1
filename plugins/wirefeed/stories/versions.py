"""What changed between two states of a story: by the wire's own markers, then by a diff of the words. Pure.

CORRECTION, WITHDRAWN, UPDATE and TEXT are material; REFILE, DATE and COSMETIC never alert. Reuters' handbook names the first four kinds.
"""

import hashlib
from collections import Counter
from difflib import SequenceMatcher

from wirefeed.model import Change
from wirefeed.stories.markers import marks, without_note
from wirefeed.stories.words import body, headline, names, numbers, without_frame, words

_NEGATION = frozenset("not no never none without denies denied не нет ни никогда без опроверг опровергли отрицает".split())
COSMETIC = 0.985  # share of words that stay when nothing of weight changed


def content_hash(title: str, text: str) -> str:
    """Equal when nothing but typography, case, boilerplate or counters differs."""
    return hashlib.sha256(" ".join((*words(title), "|", *words(without_frame(text)))).encode()).hexdigest()[:40]


def change(old_title: str, old_text: str, new_title: str, new_text: str, *, wire: dict[str, str] | None = None,
           dates_changed: bool = False) -> Change:
    """The kind of a change. The markers count when the older version did not carry them already."""
    status = (wire or {}).get("pubstatus", "").lower()
    if status in ("canceled", "cancelled", "withdrawn", "withheld", "kill"):
        return Change.WITHDRAWN
    fresh = {kind: Counter(marks(kind, new_title, new_text)) - Counter(marks(kind, old_title, old_text))
             for kind in (Change.WITHDRAWN, Change.CORRECTION, Change.REFILE, Change.UPDATE)}
    if fresh[Change.WITHDRAWN]:
        return Change.WITHDRAWN
    if content_hash(old_title, old_text) == content_hash(new_title, new_text):
        return Change.DATE if dates_changed else Change.COSMETIC
    if fresh[Change.CORRECTION]:
        return Change.CORRECTION
    if fresh[Change.REFILE]:
        return Change.TEXT if _weighty(old_title, old_text, new_title, new_text) else Change.REFILE
    if fresh[Change.UPDATE]:
        return Change.UPDATE
    return Change.TEXT if _material(old_title, old_text, new_title, new_text) else Change.COSMETIC


def _bare(title: str, text: str) -> str:
    return f"{headline(title)}\n{body(without_note(without_frame(text)))}"


def _weighty(old_title: str, old_text: str, new_title: str, new_text: str) -> bool:
    """Numbers, names or negations changed."""
    old, new = _bare(old_title, old_text), _bare(new_title, new_text)
    one, two = words(old), words(new)
    if sorted(numbers(old)) != sorted(numbers(new)):
        return True
    if names(f" {old}") != names(f" {new}"):
        return True
    if _NEGATION & (set(one) ^ set(two)) or sum(w in _NEGATION for w in one) != sum(w in _NEGATION for w in two):
        return True
    return len(two) > 1.3 * len(one)


def _material(old_title: str, old_text: str, new_title: str, new_text: str) -> bool:
    """Numbers, names or negations changed, or more than a few words."""
    if _weighty(old_title, old_text, new_title, new_text):
        return True
    one, two = words(_bare(old_title, old_text)), words(_bare(new_title, new_text))
    if len(one) * len(two) > 4_000_000:  # SequenceMatcher is quadratic at worst: long texts by their word sets
        return len(set(one) ^ set(two)) > (1 - COSMETIC) * len(set(one) | set(two))
    return SequenceMatcher(None, one, two, autojunk=True).ratio() < COSMETIC
