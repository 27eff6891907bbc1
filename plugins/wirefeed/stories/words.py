"""Texts as comparable words: wire furniture off, case and typography folded. Shared by versions and clusters."""

import re
import unicodedata

from wirefeed.stories.markers import without_marks

_WORD = re.compile(r"\d+(?:[.,]\d+)*%?|[^\W\d_]+(?:['’ʻʼ‘`][^\W\d_]+)*")
_FOLD = str.maketrans({"ё": "е", "’": "'", "‘": "'", "ʻ": "'", "ʼ": "'", "`": "'", "ي": "ی", "ك": "ک", "\u00ad": None, "\u200b": None, "\u200c": None})
# "MOSCOW, July 13 (Agency) - ", "ДУШАНБЕ, 5 мая. /АГЕНТСТВО/. "
_DATELINE = re.compile(r"^\s*[^\n.!?]{0,80}?(?:\([^()\n]{1,40}\)|/[^/\n]{1,40}/|\d{4}|[A-ZА-ЯЁ]{3,})[.,]?\s*(?:[-–—]{1,2}|\.)\s+", re.U)
MARKER = re.compile(
    r"^\s*(?:\(?(?:update|upd|обновл\w+)\s*\d*\s*[-–—:.)]+|\(?correct(?:ed|ion|s)?\b[^:\-–—)]{0,30}[-–—:)]+|refile\s*[-–—:]+|rpt\s*[-–—:]+|repeat\s*[-–—:]+|"
    r"wrapup\s*\d*\s*[-–—:]+|exclusive\s*[-–—:]+|breaking(?:\s+news)?\s*[-–—:]+|flash\s*[-–—:]+|urgent\s*[-–—:]+|"
    r"(?:исправлени\w*|исправлен[ао]?|уточнени\w*|повтор\w*|дополнен\w*|расширенн\w+|срочно|молния|экстренно)[^:\-–—.]{0,30}[-–—:.]+)\s*", re.I)
# Lines that outlets put around a copy. Short lines only: a paragraph of the story may begin with any of these words.
_FRAME = re.compile(
    r"(?im)^[ \t•·*▪>-]*(?:(?:read|see|watch) (?:also|more|next)\b|also read\b|related(?: (?:stories|articles|news|topics|content))?\s*(?::|$)|"
    r"(?:follow|join|find|like) us\b|subscribe\b|sign up\b|share (?:this|on)\b|share\s*$|advertise?ment\s*$|(?:photo|image|picture|file photo)\s*(?::|by\b|/)|"
    r"©|\(c\)|copyright\b|all rights reserved|(?:views|comments|tags|source|reading time|published|updated|last updated|posted)\s*:|"
    r"\d[\d\s]*(?:views|comments|shares|просмотр\w*|комментари\w*)\s*$|(?:\d+ )?min(?:ute)?s? read\b|published \d+ \w+ ago\b|"
    r"listen to this article|(?:writing|reporting|editing|additional reporting|compiled|translated) by\b|\((?:writing|reporting|editing|additional)[^)\n]*\b by\b|"
    r"by (?:a |our )?(?:staff|correspondent|[A-Z][\w.'’-]+ [A-Z][\w.'’-]+)[^.\n]{0,60}$|"
    r"читайте (?:также|ещ[её]|по теме)|по теме\s*(?::|$)|материалы по теме|подпи(?:сывайтесь|шитесь|ска\s*:)|реклама\s*$|(?:фото|видео|иллюстрация)\s*[:©/]|"
    r"поделиться|(?:просмотр\w*|комментари\w*|теги|источник|автор\w*|редактор|время чтения|опубликовано|обновлено|фотограф)\s*:|"
    r"все права защищены|при (?:перепечатке|использовании материал|цитировании)|нашли ошибку|выделите (?:е[её]|ошибку|текст)|(?:мы|наш[аи]?) в (?:telegram|телеграм)|"
    r"следите за (?:нашими )?новостями).{0,240}$")


def without_frame(text: str) -> str:
    """A text without the lines an outlet puts around it: read-also, bylines, copyright, counters."""
    return _FRAME.sub("", text)


def words(text: str) -> list[str]:
    """Folded words and numbers of a text in order."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).translate(_FOLD).casefold())


def fold(word: str) -> str:
    """One word in the form in which words are compared."""
    return unicodedata.normalize("NFKC", word).translate(_FOLD).casefold()


def number(text: str) -> str:
    """A number with its separators folded: "1,200" is "1200", "3,5" is "3.5"."""
    return re.sub(r"[.,](?=\d{3}\b)", "", text).replace(",", ".").rstrip("%")


def headline(title: str) -> str:
    """A headline without wire markers ("UPDATE 2-", "ИСПРАВЛЕНИЕ:")."""
    before = None
    while before != title:
        before, title = title, without_marks(MARKER.sub("", title, count=1))
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
    return [number(found) for found in re.findall(r"\d+(?:[.,]\d+)*%?", text)]
