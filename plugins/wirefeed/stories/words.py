"""Texts as comparable words: wire furniture off, case and typography folded. Shared by versions and clusters."""

import re
import unicodedata

_WORD = re.compile(r"\d+(?:[.,]\d+)*%?|[^\W\d_]+(?:['’ʻʼ‘`][^\W\d_]+)*")
_FOLD = str.maketrans({"ё": "е", "’": "'", "‘": "'", "ʻ": "'", "ʼ": "'", "`": "'", "ي": "ی", "ك": "ک", "\u00ad": None, "\u200b": None, "\u200c": None})
# "MOSCOW, July 13 (Agency) - ", "ДУШАНБЕ, 5 мая. /АГЕНТСТВО/. "
_DATELINE = re.compile(r"^\s*[^\n.!?]{0,80}?(?:\([^()\n]{1,40}\)|/[^/\n]{1,40}/|\d{4}|[A-ZА-ЯЁ]{3,})[.,]?\s*(?:[-–—]{1,2}|\.)\s+", re.U)
MARKER = re.compile(
    r"^\s*(?:\(?(?:update|upd|обновл\w+)\s*\d*\s*[-–—:.)]+|\(?correct(?:ed|ion|s)?\b[^:\-–—)]{0,30}[-–—:)]+|refile\s*[-–—:]+|rpt\s*[-–—:]+|repeat\s*[-–—:]+|"
    r"wrapup\s*\d*\s*[-–—:]+|exclusive\s*[-–—:]+|breaking(?:\s+news)?\s*[-–—:]+|flash\s*[-–—:]+|urgent\s*[-–—:]+|"
    r"(?:исправлени\w*|исправлен[ао]?|уточнени\w*|повтор\w*|дополнен\w*|расширенн\w+|срочно|молния|экстренно)[^:\-–—.]{0,30}[-–—:.]+)\s*", re.I)


def words(text: str) -> list[str]:
    """Folded words and numbers of a text in order."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).translate(_FOLD).casefold())


def headline(title: str) -> str:
    """A headline without wire markers ("UPDATE 2-", "ИСПРАВЛЕНИЕ:")."""
    before = None
    while before != title:
        before, title = title, MARKER.sub("", title, count=1)
    return title.strip()


def body(text: str) -> str:
    """A text without its dateline."""
    head = text[:160]
    found = _DATELINE.match(head)
    return text[found.end():] if found else text


def names(text: str) -> set[str]:
    """Capitalised words that do not open a sentence, and numbers: what differs between two items of one form."""
    found = set()
    for match in re.finditer(r"(?<![.!?…\n\"«“(])[ \u00a0]([A-ZА-ЯЁӘҒҚҢӨҰҮҺІЎҲҶӢӮÇŞÝÄÖÜŇ][\w'’ʻ-]{2,})", text):
        found.add(match[1].translate(_FOLD).casefold())
    return found


def numbers(text: str) -> list[str]:
    """Numbers of a text, separators folded."""
    return [re.sub(r"[.,](?=\d{3}\b)", "", number).replace(",", ".").rstrip("%") for number in re.findall(r"\d+(?:[.,]\d+)*%?", text)]
