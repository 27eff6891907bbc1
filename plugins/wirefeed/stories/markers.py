"""The wire's own words for what it did to a story: corrected, withdrawn, updated, sent again. As data, in the languages of the region.

A marker counts where the wire puts it: at the head of a line with a separator behind ("CORRECTED-", "Обновлено:"), in brackets of its own, at a
headline's end, or as a sentence that can mean nothing else. "Withdrawn", "killed" and "поправка" are everyday words of the news itself.
"""

import re

from wirefeed.model import Change

HEAD, TAIL = 400, 300  # characters of a text in which notes to the reader stand

# Words that mark a line or a bracket they open.
_WORDS = {
    Change.WITHDRAWN: r"withdrawn|withdrawal|retraction|retracted|(?:mandatory |bulletin )?kill(?: kill)*|(?:story|headline|alert|item) (?:withdrawn|killed|retracted)|"
                      r"аннулирован\w*|аннулирование|аннуляция|отзыв|отозван[оаы]?|снят[оаы]?(?: с (?:ленты|публикации))?|"
                      r"бекор қилинди|bekor qilindi|(?:хабар )?қайтарып алынды|жокко чыгарылды|бозхонда шуд|бекор карда шуд|ýatyryldy|لغو شد|پس گرفته شد",
    Change.CORRECTION: r"correct(?:ed|ion|ions|s|ing)|clarif(?:ication|ied|ies)|erratum|amended|"
                       r"исправлени[ея]|исправлен[аоы]?|исправленн\w+(?: \w+)?|(?:с )?уточнени[ея]м?|уточнен[оаы]|уточн[её]нн\w+(?: \w+)?|уточняется|"
                       r"поправка|опровержение|корректировка|коррекция|(?:с )?исправлени\w+|"
                       r"түзөтүү|түзөтүлдү|түзөтүлгөн|оңдоо|оңдолду|түзету|түзетілді|түзетілген|tuzatish|tuzatildi|tuzatilgan|тузатиш|тузатилди|тузатилган|"
                       r"ислоҳ|ислоҳшуда|ислоҳ шуд|тасҳеҳ|düzediş|düzedildi|اصلاحیه|تصحیح|اصلاح(?: شد)?",
    Change.UPDATE: r"updated?|upd|wrapup|wrap|lead|(?:1st|2nd|3rd|[4-9]th) ld(?:-writethru)?|recast|"
                   r"обновлен\w*|обновл[её]нн\w+(?: \w+)?|обновляется|дополнен\w*|дополненн\w+ \w+|расширенн\w*(?: \w+)?|подробност[ьи]|подробно|дополнительно|добавлен[аоы]?|"
                   r"жаңыртылды|жаңыланды|жаңартылды|толукталды|толықтырылды|толықтырылған|yangilandi|yangilangan|янгиланди|янгиланган|тўлдирилди|"
                   r"навшуда|нав шуд|täzelendi|به[\u200c ]?روز ?(?:رسانی|شد)",
    Change.REFILE: r"refile[ds]?|rpt|repeat(?:s|ing)?|resen[dt](?:s|ing)?|рефайл|повтор(?:но|яем)?|кайталоо|қайталау|takror|такрор|такроран|gaýtalama|تکرار",
}
# Slugs that are everyday words unless in capitals.
_SLUGS = {Change.WITHDRAWN: "ОТМЕНА|CANCEL(?:LED)?", Change.CORRECTION: "ЗАМЕНА", Change.UPDATE: "ADDS|ДОБАВЛЕНО", Change.REFILE: "RETRANSMIT"}
# Notes in the third person: on a line of their own before the text, or opening a bracket. Russian ones in brackets alone: as lines they are news.
_VERBS = {Change.WITHDRAWN: "withdraws|kills", Change.CORRECTION: "corrects|fixes|clarifies", Change.REFILE: "refiles|repeats|resends",
          Change.UPDATE: "adds|updates|recasts|releads|rewrites|writes through"}
_OPENED = {Change.WITHDRAWN: "аннулир", Change.CORRECTION: "исправл|уточн|с исправл|с уточн", Change.REFILE: "повтор(?! с)", Change.UPDATE: "дополн|обновл|добавл"}
# What a headline may end with, after a dash.
_ENDS = {Change.CORRECTION: r"correct(?:ed|ion)|исправлени[ея]|исправлено|уточнени[ея]|уточнено", Change.UPDATE: r"updated?(?: \d)?|upd(?: \d)?|обновлено|обновляется|дополнено"}
_THIS = r"this (?:\w+\.? \d{1,2} )?(?:story|article|item|report|headline|alert|version|post)"
_SENTENCES = {
    Change.WITHDRAWN:
        r"\bstory (?:is |has been |was )?(?:withdrawn|retracted|killed)\b|\b(?:withdraws?|retracts?|kills?|killing) (?:the |this |its )?(?:story|headline|alert)\b|"
        rf"\b(?:{_THIS}|the (?:story|headline|alert|item))\b[^.\n]{{0,120}}\b(?:has been|have been|is|was) (?:withdrawn|retracted|killed|removed|deleted|taken down)\b|"
        r"\b(?:mandatory|bulletin) kill\b|^\W*advisory\b[^\n]{0,160}\bwithdrawn\b|disregard (?:the |this )?(?:previous |above )?(?:story|headline|alert|item|report)\b|"
        r"(?:аннулир\w+|отзыва\w+|отозва\w+|сня\w+) (?:с ленты )?(?:эт\w+ |наш\w+ |предыдущ\w+ )?(?:сообщени|материал|новост)\w*|"
        r"\b(?:сообщение|материал|новость|публикация) (?:\w+ )?(?:отозван\w*|аннулирован\w*|удал[её]н\w*|снят\w*)\b|отзыв (?:сообщени|материал|новост)\w*|"
        r"снят\w* с (?:ленты|публикации)|(?:сообщение|новость|материал)[^.\n]{0,80} недействительн\w+|не использовать (?:\w+ )?(?:сообщени|материал|новост)\w*",
    Change.CORRECTION:
        r"\bcorrected\s*[-–—:(]|\bcorrection(?:,[^:\n]{1,25})?:|\bclarification(?:,[^:\n]{1,25})?:|"
        rf"\b{_THIS} (?:has been |was |is )?(?:correct(?:s|ed)|amended|clarified)\b|\ban? (?:earlier|previous) version of this (?:story|article|report|post)\b|"
        r"\b(?:повтор\w* )?с исправлени\w+|(?:исправленн|уточн[её]нн)\w+ (?:верси|редакци)\w+|в (?:предыдущей|более ранней|первоначальной|ранее опубликованной) верси\w+|"
        r"\b(?:в (?:тексте|заголовке|сообщении|новости|материале)[^.\n]{0,40} исправлен\w*|исправлен\w* (?:опечатк|ошибк|неточност)\w+)",
    Change.UPDATE: rf"\b{_THIS} (?:has been|was) updated\b|^[^\n]{{0,60}},\s?(?:1st|2nd|3rd|[4-9]th) ld\b|\b(?:дополненная|расширенная|обновл[её]нная) версия\b|\b(?:новость|материал|статья) (?:обновл|дополн)\w+",
    Change.REFILE: r"\bповторная передача\b|\bno changes? (?:to|in) (?:the )?text\b",
}
_BEFORE = r"^\W*(?:(?:update|wrapup|rpt|refile|urgent|срочно|внимание)\s*\d*\s*[-–—:!]\s*)*"
_BEHIND = r"\s*\d*\s*(?:[-–—:.!(|]|$)"


def _pattern(kind: Change) -> re.Pattern[str]:
    apart = "(?! с (?:исправ|уточн))" if kind is Change.REFILE else ""
    parts = [
        rf"{_BEFORE}(?:(?:{_WORDS[kind]}){apart}|(?-i:{_SLUGS[kind]})){_BEHIND}",  # "UPDATE 2-CORRECTED-"
        rf"[\[(]\s*(?:{_WORDS[kind]}){apart}\s*\d*\s*[\])]",  # "(исправлено)"
        rf"\((?:(?:{_VERBS[kind]})\b|(?:{_OPENED[kind]}))",  # "(Adds quotes, paragraph 3)"
        rf"^\W*(?:eds?\.?:?\s*)?(?:{_VERBS[kind]})\s[^\n]{{3,160}}\n",  # "Corrects paragraph 3"
        _SENTENCES[kind],
    ]
    return re.compile("|".join(parts), re.I | re.M)


_PATTERNS = {kind: _pattern(kind) for kind in _WORDS}
_AT_END = {kind: re.compile(rf"\s[-–—|]\s*(?:{words})\s*\Z", re.I) for kind, words in _ENDS.items()}
_NOTE = re.compile(
    rf"\A\s*(?:\((?:(?:{'|'.join((*_VERBS.values(), _THIS))})\b|{'|'.join(_OPENED.values())})[^()\n]{{0,300}}\)|"
    rf"(?:eds?\.?:?\s*)?(?:{'|'.join(_VERBS.values())})\s[^\n]{{3,160}}\n)\s*", re.I)


_ALL = "|".join((*_WORDS.values(), "exclusive|breaking(?: news)?|flash|urgent|срочно|молния|экстренно|внимание"))
_ON_HEADLINE = re.compile(
    rf"\A\W*(?:{_ALL})(?:\s\([^()]{{1,20}}\)|\s\d+)?\s*[-–—:.!]+\s*|\s*[\[(]\s*(?:{_ALL})\s*\d*\s*[\])]\s*|\s[-–—|]\s*(?:{'|'.join(_ENDS.values())})\s*\Z", re.I)


def without_marks(title: str) -> str:
    """A headline without markers at its head, in brackets, and at its end."""
    before = None
    while before != title:
        before, title = title, _ON_HEADLINE.sub(" ", title).strip()
    return title


def marks(kind: Change, title: str, text: str) -> list[str]:
    """Every marker of this kind in a headline and at a text's ends, case folded; they count as new when the older version has fewer."""
    pattern = _PATTERNS[kind]
    pieces = [title, text] if len(text) <= HEAD + TAIL else [title, text[:HEAD], text[-TAIL:]]
    found = [mark[0] for piece in pieces for mark in pattern.finditer(piece)]
    if kind in _AT_END:
        found += [mark[0] for mark in _AT_END[kind].finditer(title)]
    return [" ".join(mark.casefold().split()) for mark in found]


def without_note(text: str) -> str:
    """A text without the note that stands over it ("(Adds quotes, paragraph 3)")."""
    return _NOTE.sub("", text)
