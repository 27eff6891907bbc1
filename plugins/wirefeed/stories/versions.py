"""What changed between two states of a story: by the wire's own markers, then by a diff of the words. Pure.

CORRECTION, WITHDRAWN, UPDATE and TEXT are material; REFILE, DATE and COSMETIC never alert. Reuters' handbook names the first four kinds.
"""

import hashlib
import re
from difflib import SequenceMatcher

from wirefeed.model import Change
from wirefeed.stories.words import body, headline, names, numbers, without_frame, words

_I = re.I | re.M
# Markers count where the wire puts them: at the head of a line with a separator behind, or in brackets. "Withdrawn", "killed" and "поправка"
# are everyday words of the news itself.
_SEP = r"\s*\d*\s*(?:[-–—:.(]|$)"
_WITHDRAWN = re.compile(
    rf"\bstory (?:is |has been |was )?(?:withdrawn|retracted|killed)\b|\b(?:withdraws?|retracts?|kills?) (?:the |this |its )?story\b|"
    rf"^\W*(?:withdrawn|withdrawal|retraction|retracted|(?:mandatory |bulletin )?kill){_SEP}|\bmandatory kill\b|disregard (?:the |this )?(?:previous )?(?:story|headline|alert|item)\b|"
    rf"^\W*(?:аннулирован\w*|аннулирование|аннуляция|отзыв|отозвано|снято){_SEP}|(?:аннулир\w+|отзыва\w+|отозва\w+|сня\w+) (?:с ленты )?(?:эт\w+ |наш\w+ |предыдущ\w+ )?(?:сообщени|материал|новост)\w*|"
    rf"\b(?:сообщение|материал|новость) (?:\w+ )?(?:отозван\w*|аннулирован\w*|удал[её]н\w*|снят\w*)\b|отзыв (?:сообщени|материал|новост)\w*|снят\w* с ленты|"
    rf"^\W*(?:бекор қилинди|bekor qilindi|хабар қайтарып алынды|қайтарып алынды|жокко чыгарылды|бозхонда шуд|لغو شد){_SEP}", _I)
_CORRECTION = re.compile(
    rf"^\W*correct(?:ed|ion|s|ing){_SEP}|\bcorrected\s*[-–—:(]|\(corrects?\b|\bcorrection:|^\W*corrects\b|"
    rf"\bthis (?:story|version|article|item|report) (?:has been |was |is )?correct(?:s|ed)\b|\ban earlier version of this (?:story|article|report)\b|"
    rf"^\W*(?:исправлени[ея]|исправлен[аоы]?|исправленн\w+|уточнени[ея]|уточнено|уточняется|поправка|опровержение){_SEP}|"
    rf"\((?:исправл|уточн|исправля|с исправл)\w*|\b(?:повтор\w* )?с исправлени\w+|исправленн\w+ верси\w+|в (?:предыдущей|более ранней|первоначальной) версии\b|"
    rf"^\W*(?:түзөтүү|оңдоо|түзету|tuzatish|тузатиш|ислоҳ|тасҳеҳ|düzediş|اصلاحیه|تصحیح|اصلاح){_SEP}", _I)
_UPDATE = re.compile(
    rf"^\W*(?:updated?|upd|wrapup|2nd lead|lead){_SEP}|\((?:adds|updates|recasts|releads|rewrites|writes through)\b|"
    rf"^\W*(?:обновлен\w*|дополнен\w*|расширенн\w*|подробности|дополнительно){_SEP}|\b(?:дополненная|расширенная|обновл[её]нная) версия\b|\((?:дополн|обновл|добавл)\w*|"
    rf"^\W*(?:жаңыртылды|жаңартылды|толукталды|толықтырылды|yangilandi|янгиланди|навшуда|täzelendi|به‌?روز\s?رسانی){_SEP}", _I)
_REFILE = re.compile(
    rf"^\W*(?:refile[ds]?|rpt|repeat(?:s|ing)?|resend(?:s|ing)?){_SEP}|\((?:refiles?|repeats?|resend\w*)\b|^\W*повтор(?:но|яем)?(?! с исправ){_SEP}|"
    rf"^\W*(?:кайталоо|қайталау|takror|такрор|такроран|gaýtalama|تکرار){_SEP}", _I)
_NEGATION = frozenset("not no never none without denies denied не нет ни никогда без опроверг опровергли отрицает".split())
COSMETIC = 0.985  # share of words that stay when nothing of weight changed


def content_hash(title: str, text: str) -> str:
    """Equal when nothing but typography, case, boilerplate or counters differs."""
    return hashlib.sha256(" ".join((*words(title), "|", *words(without_frame(text)))).encode()).hexdigest()[:40]


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
    old, new = without_frame(old_text), without_frame(new_text)
    old, new = f"{headline(old_title)}\n{body(old)}", f"{headline(new_title)}\n{body(new)}"
    one, two = words(old), words(new)
    if sorted(numbers(old)) != sorted(numbers(new)):
        return True
    if names(f" {old}") != names(f" {new}"):
        return True
    if _NEGATION & (set(one) ^ set(two)) or sum(w in _NEGATION for w in one) != sum(w in _NEGATION for w in two):
        return True
    if len(one) * len(two) > 4_000_000:  # SequenceMatcher is quadratic at worst: long texts by their word sets
        return len(set(one) ^ set(two)) > (1 - COSMETIC) * len(set(one) | set(two))
    return SequenceMatcher(None, one, two, autojunk=True).ratio() < COSMETIC
