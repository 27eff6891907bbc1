"""Texts as comparable words: wire furniture off, case and typography folded. Shared by versions and clusters."""

import re
import unicodedata
from collections.abc import Sequence

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


# Sentences of an outlet to its readers, wherever they stand.
_REQUEST = re.compile(
    r"(?i)whatsapp|telegram[- ](?:канал|channel)|qr-код|подписывайтесь|подпишитесь|при использовании материал|при перепечатке|мнение автор\w* мо|"
    r"если вы нашли ошибку|выделите фрагмент|ctrl\s?\+\s?enter|поддержать редакцию|сообщи свою новость|sign up for|subscribe to|follow us|first appeared on|"
    r"all rights reserved|our newsletter|the opinions of authors|читать далее|continue reading")
_END = re.compile(r"[.!?…\n]")


def without_frame(text: str) -> str:
    """A text without what an outlet puts around it: read-also lines, bylines, copyright, counters, requests to its readers."""
    text = _FRAME.sub("", text)
    kept, done = [], 0
    for found in _REQUEST.finditer(text):
        if found.start() < done:
            continue
        ends = [match.end() for match in _END.finditer(text, max(done, found.start() - 200), found.start())]
        kept.append(text[done:ends[-1] if ends else max(done, found.start() - 200)])
        end = _END.search(text, found.end(), found.end() + 200)
        done = end.end() if end else min(len(text), found.end() + 200)
    return "".join((*kept, text[done:]))


def words(text: str) -> list[str]:
    """Folded words and numbers of a text in order."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).translate(_FOLD).casefold())


_SMALL = frozenset(
    "the a an of and to in is for on with that by at from as was were are be it its his their has have had said says will would not but or also he she they who "
    "which this after before into over about и в во на с со по к от из за о об не что как для его её их был была было были это при также он она они но или уже "
    "между а до у же бы".split())


def content(tokens: Sequence[str]) -> list[str]:
    """The beginnings of the words that carry a text, in order: what a sub-editor leaves."""
    return [token[:5] for token in tokens if token not in _SMALL]


_AHEAD = re.compile(r"\b(?:will|to (?=(?:sign|hold|vote|meet|open|visit|discuss|host|join|build|launch|begin|start|send|hand|decide|consider)\b)|plans? to|due to|set to|"
                    r"expected to|scheduled to|предстоит|планиру\w+|намерен\w*|собира\w+тся|готовится|будет|будут|состоится|состоятся|"
                    r"(?:подпишет|подпишут|проведёт|проведет|проведут|проголосует|проголосуют|обсудит|обсудят|посетит|примет|рассмотрит|рассмотрят|встретится|встретятся))\b", re.I)


def ahead(text: str, characters: int) -> bool:
    """Whether the first so many characters of a story announce something that has not happened yet."""
    return _AHEAD.search(text[:characters]) is not None


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
