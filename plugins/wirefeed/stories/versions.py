"""What changed between two states of a story: by the wire's own markers, then by a diff of the words. Pure.

CORRECTION, WITHDRAWN, UPDATE and TEXT are material; REFILE, DATE and COSMETIC never alert. Reuters' handbook names the first four kinds.
"""

import hashlib
import re
from difflib import SequenceMatcher

from wirefeed.model import Change
from wirefeed.stories.words import body, headline, names, numbers, words

_I = re.I
_WITHDRAWN = re.compile(
    r"\b(?:story (?:is )?withdrawn|withdrawn|(?:mandatory |bulletin )?kill(?:ed)?\s*[-–—:]|withdraws? (?:the )?story|retract(?:ed|ion)\b|"
    r"disregard (?:the )?(?:story|headline|alert))|(?:^|\W)(?:аннулиру\w+|аннулирован\w*|отзыв (?:сообщени|материал|новост)\w*|сообщение отозвано|отозван\w* материал|"
    r"материал (?:удал[её]н|снят|отозван)|новость (?:удалена|снята)|снято с ленты|бекор қилинди|chaqirib olindi|қайтарып алынды)", _I)
_CORRECTION = re.compile(
    r"^\W*correct(?:ed|ion|s)\b|\bcorrected\s*[-–—:(]|\(corrects?\b|\bcorrection:|\(this (?:story|version) (?:has been )?correct(?:s|ed)|"
    r"\bcorrects? (?:to|that|the|a|name|number|spelling|day|date|figure|paragraph|in|throughout)\b|(?:^|\W)(?:исправлени[ея]|исправлен[аоы]?(?!\w)|исправленн\w+|"
    r"с исправлени\w+|уточнени[ея]|уточня(?:ем|ется)|поправка|опровержение|түзөтүү|түзету|tuzatish|тузатиш|ислоҳ|düzediş|اصلاحیه|تصحیح)\b", _I)
_UPDATE = re.compile(r"^\W*(?:update|upd|wrapup)\s*\d*\s*[-–—:]|\((?:adds|updates|recasts|releads|rewrites)\b|^\W*(?:обновлен\w*|дополнен\w*|расширенн\w*|"
                     r"подробности|жаңыртылды|жаңартылды|yangilandi)\b", _I)
_REFILE = re.compile(r"^\W*(?:refile|rpt|repeat(?:s|ing)?|resend(?:s|ing)?)\b\s*[-–—:(]|\((?:refiles?|repeats?|resend\w*)\b|^\W*повтор(?:но|яем)?\b(?! с исправ)", _I)
_BOILERPLATE = re.compile(
    r"(?im)^\s*(?:read (?:also|more)|see also|related|follow us|subscribe|sign up|share this|advertisement|photo:|©|copyright|all rights reserved|views?:|comments?:|"
    r"читайте также|подпис\w+|по теме|реклама|фото:|поделиться|просмотр\w*|комментари\w*|источник:|\d+\s*(?:views|просмотр\w*|comments|комментари\w*)).*$")
_NEGATION = frozenset("not no never none without denies denied не нет ни никогда без опроверг опровергли отрицает".split())
COSMETIC = 0.985  # share of words that stay when nothing of weight changed


def content_hash(title: str, text: str) -> str:
    """Equal when nothing but typography, case, boilerplate or counters differs."""
    return hashlib.sha256(" ".join((*words(title), "|", *words(_BOILERPLATE.sub("", text)))).encode()).hexdigest()[:40]


def change(old_title: str, old_text: str, new_title: str, new_text: str, *, wire: dict[str, str] | None = None,
           dates_changed: bool = False) -> Change:
    """The kind of a change. The markers count when the older version did not carry them already."""
    status = (wire or {}).get("pubstatus", "").lower()
    if status in ("canceled", "cancelled", "withdrawn", "kill"):
        return Change.WITHDRAWN
    new_head, old_head = f"{new_title}\n{new_text[:400]}", f"{old_title}\n{old_text[:400]}"
    note = f"{new_title}\n{new_text[:400]}\n{new_text[-300:]}"
    if _WITHDRAWN.search(new_head) and not _WITHDRAWN.search(old_head):
        return Change.WITHDRAWN
    if content_hash(old_title, old_text) == content_hash(new_title, new_text):
        return Change.DATE if dates_changed else Change.COSMETIC
    if (_CORRECTION.search(new_title) or _CORRECTION.search(note)) and _fresh(_CORRECTION, old_head + old_text[-300:], note):
        return Change.CORRECTION
    if _REFILE.search(new_title) and not _UPDATE.search(new_title):
        return Change.REFILE if not _material(old_title, old_text, new_title, new_text) else Change.TEXT
    if _UPDATE.search(new_head) and _fresh(_UPDATE, old_head, new_head):
        return Change.UPDATE
    return Change.TEXT if _material(old_title, old_text, new_title, new_text) else Change.COSMETIC


def _fresh(pattern: re.Pattern[str], old: str, new: str) -> bool:
    was, now = {match[0].casefold() for match in pattern.finditer(old)}, {match[0].casefold() for match in pattern.finditer(new)}
    return bool(now - was) or len(pattern.findall(new)) > len(pattern.findall(old))


def _material(old_title: str, old_text: str, new_title: str, new_text: str) -> bool:
    """Numbers, names or negations changed, or more than a few words."""
    old, new = _BOILERPLATE.sub("", old_text), _BOILERPLATE.sub("", new_text)
    one, two = words(f"{headline(old_title)} {body(old)}"), words(f"{headline(new_title)} {body(new)}")
    if sorted(numbers(f"{old_title} {old}")) != sorted(numbers(f"{new_title} {new}")):
        return True
    if names(f" {old_title} {old}") != names(f" {new_title} {new}"):
        return True
    if _NEGATION & (set(one) ^ set(two)) or sum(w in _NEGATION for w in one) != sum(w in _NEGATION for w in two):
        return True
    if len(one) * len(two) > 4_000_000:  # SequenceMatcher is quadratic at worst: long texts by their word sets
        return len(set(one) ^ set(two)) > (1 - COSMETIC) * len(set(one) | set(two))
    return SequenceMatcher(None, one, two, autojunk=True).ratio() < COSMETIC
