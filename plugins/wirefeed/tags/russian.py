"""Russian forms of phrases and words: pymorphy3 for words it knows, our own tables for names (russian_names.py) and adjectives."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from wirefeed.tags.russian_names import CASES, Table, adjectival, fixed, joined, noun

_ORDINAL = re.compile(r"(\d+)-([яй])$")
_ADJECTIVAL = re.compile(r"(?:ский|цкий|ская|цкая|ское|цкое|ские|цкие)$", re.I)


@lru_cache(maxsize=1)
def analyser() -> Any:
    """pymorphy3's analyser; loading takes a third of a second, so only when forms are made."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")


def adjective(word: str) -> tuple[str, ...]:
    """All forms of an adjective given in the masculine nominative, and the first half of a compound (таджикско-)."""
    if word.endswith(("ский", "цкий")):
        stem = word[:-2]
        made = tuple(stem + ending for ending in ("ий", "ого", "ому", "им", "ом", "ая", "ой", "ую", "ою", "ое", "ие", "их", "ими", "о"))
        return (*made, word[:-4] + "о") if len(word) > 7 else made  # афганский: афгано-пакистанский
    if word.endswith(("ый", "ой")):
        stem = word[:-2]
        return tuple(stem + ending for ending in ("ый", "ой", "ого", "ому", "ым", "ом", "ая", "ую", "ое", "ые", "ых", "ыми", "о"))
    if word.endswith("ий"):
        stem = word[:-2]
        return tuple(stem + ending for ending in ("ий", "его", "ему", "им", "ем", "яя", "ей", "юю", "ее", "ие", "их", "ими", "е"))
    return (word,)


@lru_cache(maxsize=50_000)
def _nominative(word: str) -> Any:
    """The parse whose nominative keeps the spelling (е may stand for ё); the likeliest of them. None when there is none."""
    low = word.lower().replace("ё", "е")
    for parse in analyser().parse(word.lower()):
        if parse.word.replace("ё", "е") == low and "nomn" in parse.tag and ("NOUN" in parse.tag or "ADJF" in parse.tag or "PRTF" in parse.tag):
            return parse
    return None


def _inflected(parse: Any) -> Table:
    """Case -> forms of a parse that is in the nominative, in its own number."""
    number = "plur" if "plur" in parse.tag else "sing"
    adjective_ = "ADJF" in parse.tag or "PRTF" in parse.tag
    found: dict[str, list[str]] = {case: [] for case in CASES}
    for case in CASES:
        wanted = {case, number}
        if adjective_ and number == "sing" and parse.tag.gender:
            wanted.add(str(parse.tag.gender))
        made = parse.inflect(wanted)
        if made is None:
            continue
        found[case].append(made.word)
        if case == "accs" and adjective_ and parse.tag.gender != "femn":
            found[case] += [other.word for animacy in ("anim", "inan") if (other := parse.inflect(wanted | {animacy})) is not None]
        if case == "ablt" and (longer := parse.inflect(wanted | {"V-oy"})) is not None:
            found[case].append(longer.word)
    return {case: tuple(dict.fromkeys(forms)) or (parse.word,) for case, forms in found.items()}


@lru_cache(maxsize=50_000)
def declined(word: str) -> Table:
    """Case -> forms of one word of a phrase. Abbreviations and what is no word stay; a name that pymorphy3 does not know goes by its ending,
    one that it knows takes both answers (Алматы stays, Ош is in both)."""
    if ordinal := _ORDINAL.match(word):
        feminine = ordinal[2] == "я"
        endings = ("я", "й", "й", "ю", "й", "й") if feminine else ("й", "го", "му", "й", "м", "м")
        return {case: (f"{ordinal[1]}-{ending}",) for case, ending in zip(CASES, endings, strict=True)}
    if re.fullmatch("[БВГДЖЗКЛМНПРСТ][АЕИОУ][БВГДЖЗКЛМНПРСТ]", word):  # МИД is read as a word: в МИДе
        return {case: (word, form) for case, (form, *_) in noun(word).items()}
    if (word.isupper() and len(word) > 1) or not re.search("[а-яё]", word.lower()) or len(word) < (2 if word[0].isupper() else 3):  # Ош
        return fixed(word)
    head, dash, tail = word.rpartition("-")
    parse = _nominative(word)
    if dash and (parse is None or not parse.is_known):  # Джалал-Абад, Кемпир-Абадское: the last part declines
        return {case: tuple(f"{head}-{form}" for form in forms) for case, forms in declined(tail).items()}
    if _ADJECTIVAL.search(word):
        return adjectival(word)
    if not word[0].isupper():
        return _inflected(parse) if parse is not None else fixed(word)
    if parse is None or not parse.is_known:
        return noun(word)
    known = _inflected(parse)
    if "NOUN" not in parse.tag or "plur" in parse.tag or "Fixd" in parse.tag:
        return known
    return {case: tuple(dict.fromkeys((*known[case], *(form.lower() for form in noun(word)[case])))) for case in CASES}


def _is_adjective(word: str) -> bool:
    if _ADJECTIVAL.search(word):
        return True
    parse = _nominative(word)
    return parse is not None and "NOUN" not in parse.tag and (parse.is_known or not word[:1].isupper())


def phrase(text: str, *, plural: bool = False) -> tuple[str, ...]:
    """All cases of a noun phrase in the nominative. Words before and including the head agree; what stands in another case behind it
    (Организация | Договора о коллективной безопасности) stays. A name behind the head may decline with it or alone (вилаята Хорасан, вилаята
    Хорасана, Керемет Банка)."""
    words = text.split()
    if not words:
        return ()
    tables: list[Table] = []
    head = 0  # how many words up to the head and with it
    for number, word in enumerate(words):
        core = word.strip("«»\"(),")
        if head or not core or core.lower() in ("и", "о", "об", "в", "на", "по", "для", "с", "к", "из", "за", "от", "при"):
            tables.append(fixed(word))
            head = head or number
            continue
        tables.append({case: tuple(word.replace(core, form) for form in forms) for case, forms in declined(core).items()})
        if not _is_adjective(core) and (core[:1].isupper() or _nominative(core) is not None):
            head = number + 1
    made = dict.fromkeys(joined(tables))
    if head == len(words) - 1 and words[-1][:1].isupper() and not words[-1].isupper() and _nominative(words[-1]) is not None:
        last = declined(words[-1])
        made |= dict.fromkeys((*joined([*tables[:-1], last]), *joined([*(fixed(word) for word in words[:-1]), last])))
    if plural and len(words) <= 3:
        made |= dict.fromkeys(_plural(words))
    return tuple(made)


def _plural(words: Sequence[str]) -> tuple[str, ...]:
    """Plural of adjectives + noun, for topic terms (военная база -> военных баз)."""
    made: list[str] = []
    for case in CASES:
        line, head = [], False
        for word in words:
            parse = _nominative(word) if not word.isupper() else None
            if head or parse is None:
                line.append(word)
                continue
            form = parse.inflect({case, "plur"})
            if form is None:
                return tuple(made)
            line.append(form.word)
            head = "NOUN" in parse.tag
        made.append(" ".join(line))
    return tuple(made)


@lru_cache(maxsize=50_000)
def verb_forms(word: str) -> tuple[str, ...]:
    """All forms of a verb in the infinitive (participles left out), for topic terms; itself when it is no verb."""
    for parse in analyser().parse(word):
        if "INFN" in parse.tag:
            return tuple(dict.fromkeys(form.word for form in parse.lexeme if not {"PRTF", "PRTS", "GRND"} & set(form.tag.grammemes)
                                       or "PRTS" in form.tag))
    return (word,)
