"""From a name as it stands in a Russian sentence back to the nominative: persons by gender and case in agreement, places and bodies by their head noun.

A surname alone leaves it open (Досанова is she, or of him); `surname_readings` gives both, and the full name in the same text decides.
"""

import re
from functools import lru_cache
from typing import Any

from wirefeed.tags.russian import analyser
from wirefeed.tags.russian_names import noun

Reading = tuple[str, str, str]  # gender, case, surname in the nominative
_OV = re.compile(r"(.+(?:ов|ев|ёв|ин|ын))(|а|у|ым|е|ой|ою)$")
_SKI = re.compile(r"(.+(?:ск|цк))(ий|ого|ому|им|ом|ая|ой|ую|ою)$")
_OV_ENDINGS = {"": (("masc", "nomn", ""),), "а": (("masc", "gent", ""), ("femn", "nomn", "а")), "у": (("masc", "datv", ""), ("femn", "accs", "а")),
               "ым": (("masc", "ablt", ""),), "е": (("masc", "loct", ""),), "ой": (("femn", "obl", "а"),), "ою": (("femn", "obl", "а"),)}
_SKI_ENDINGS = {"ий": ("masc", "nomn", "ий"), "ого": ("masc", "gent", "ий"), "ому": ("masc", "datv", "ий"), "им": ("masc", "ablt", "ий"), "ом": ("masc", "loct", "ий"),
                "ая": ("femn", "nomn", "ая"), "ой": ("femn", "obl", "ая"), "ую": ("femn", "accs", "ая"), "ою": ("femn", "obl", "ая")}
_CASES = {"obl": ("gent", "datv", "ablt", "loct"), "gent": ("gent", "accs")}
# Endings of a first name that fit; a woman's name in a consonant (Улфатхоним) stays in every case.
_FIRST = {("masc", "nomn"): "[^аеёиоуыэюя]", ("masc", "gent"): "[ая]", ("masc", "datv"): "[ую]", ("masc", "ablt"): "(?:ом|ем|ём)", ("masc", "loct"): "[еи]",
          ("femn", "nomn"): "(?:уу|[ая]|[^еёиоуыэюя])", ("femn", "accs"): "(?:[ую]|[^аеёиоыэюя])", ("femn", "obl"): "(?:ы|и|е|ой|ей|[^аёоуэюя])"}


def surname_readings(word: str) -> tuple[Reading, ...]:
    """What a surname's form can be; empty when its ending says nothing (Мирзо, Кабири)."""
    if found := _OV.match(word):
        return tuple((gender, case, found[1] + ending) for gender, case, ending in _OV_ENDINGS[found[2]]) if len(found[1]) > 3 else ()
    if found := _SKI.match(word):
        gender, case, ending = _SKI_ENDINGS[found[2]]
        return ((gender, case, found[1] + ending),)
    return ()


@lru_cache(maxsize=20_000)
def person(name: str) -> str:
    """A full name in the nominative: Веры Шатовой: Вера Шатова; Марата Есенова: Марат Есенов; Вера Лобанова stays."""
    parts = name.split()
    if len(parts) < 2:
        return _known_nominative(name, "Name") if not surname_readings(name) else name
    readings = surname_readings(parts[-1])
    if not readings:
        return " ".join(_known_nominative(part, "Name") for part in parts)
    gender, case, last = max(readings, key=lambda reading: _fits(parts[0], reading[0], reading[1]))
    return " ".join([*(_first(part, gender, case) for part in parts[:-1]), last])


def _fits(first: str, gender: str, case: str) -> int:
    known = {(str(parse.tag.gender), str(parse.tag.case)) for parse in analyser().parse(first.lower()) if parse.is_known and {"Name", "Patr"} & set(parse.tag.grammemes)}
    cases = _CASES.get(case, (case,))
    if any((gender, one) in known for one in cases):
        return 4
    if re.search(f"{_FIRST[gender, case]}$", first.lower()) is None:
        return 0
    return 1 if case != "nomn" or (known and not any(one == gender for one, _ in known)) else 2


def _first(word: str, gender: str, case: str) -> str:
    """A first name or patronymic whose gender and case the surname tells."""
    if case == "nomn" or word.endswith("."):
        return word
    cases = _CASES.get(case, (case,))
    for parse in analyser().parse(word.lower()):
        if parse.is_known and parse.tag.gender == gender and parse.tag.case in cases and {"Name", "Patr"} & set(parse.tag.grammemes):
            return _like(parse.normal_form, word)
    stem = re.sub(r"(?:ом|ем|ой|ей|[аяуюеыи])$", "", word)
    for nominative in (stem, f"{stem}й", f"{stem}ь") if gender == "masc" else (f"{stem}а", f"{stem}я"):
        if any(word in noun(nominative)[one] for one in cases):
            return nominative
    return word


@lru_cache(maxsize=20_000)
def phrase(name: str) -> str:
    """A place or a body in the nominative by its head: Центрального военного округа: Центральный военный округ. Abbreviations and what pymorphy3 does
    not know stay."""
    words = name.split()
    if len(words) == 1:
        return _known_nominative(name, "Geox")
    heads: list[str] = []
    for word in words:
        parses = [parse for parse in analyser().parse(word.lower()) if parse.tag.case]
        if word.isupper() or not parses or not word[0].isalpha():
            return name
        if parses[0].tag.POS in ("ADJF", "PRTF"):
            heads.append(word)
            continue
        if parses[0].tag.POS != "NOUN" or not parses[0].is_known or "nomn" in parses[0].tag:
            return name
        number = "plur" if "plur" in parses[0].tag else "sing"
        made = [_agreeing(one, number, str(parses[0].tag.gender)) for one in heads]
        head = parses[0].inflect({"nomn", number})
        if head is None or None in made:
            return name
        return " ".join([*(_like(one, word_) for one, word_ in zip(made, heads, strict=True) if one), _like(head.word, word), *words[len(heads) + 1:]])
    return name


def _agreeing(word: str, number: str, gender: str) -> str | None:
    for parse in analyser().parse(word.lower()):
        if parse.tag.POS in ("ADJF", "PRTF"):
            made = parse.inflect({"nomn", number} | ({gender} if number == "sing" else set()))
            return str(made.word) if made is not None else None
    return None


@lru_cache(maxsize=20_000)
def _known_nominative(word: str, kind: str) -> str:
    parses: list[Any] = [parse for parse in analyser().parse(word.lower()) if parse.tag.POS == "NOUN" and "sing" in parse.tag]
    parses.sort(key=lambda parse: kind not in parse.tag)  # Астану is the city, not a man named Астан
    if not parses or "Abbr" in parses[0].tag or (word.isupper() and (len(word) < 5 or not parses[0].is_known)) or any("nomn" in parse.tag for parse in parses[:1]):
        return word
    if not parses[0].is_known:  # guessed: only what cannot be a nominative (в Джаузджане)
        stem = re.sub(r"(?:ом|ем|е)$", "", word)
        return stem if stem != word and len(stem) > 3 and stem[-1] not in "аеёиоуыэюяьй" and not word.endswith(("заде", "кале")) else word
    form = parses[0].inflect({"nomn"})
    return _like(form.word, word) if form is not None else word


def _like(made: str, word: str) -> str:
    """Capitals as in the text, behind hyphens too (Иссык-Куле: Иссык-Куль); of a word all in capitals the first."""
    likes = word.split("-")
    return "-".join(part.capitalize() if likes[min(number, len(likes) - 1)][:1].isupper() else part for number, part in enumerate(made.split("-")))
