"""Russian forms: pymorphy3 where a nominative parse keeps the spelling, our own tables for surnames and adjectives, agreement in phrases.

pymorphy3 has no nominative for a third of the region's surnames (Токаев parses as a form of "токай"), so surnames never go through it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_VOWELS = "аеёиоуыэюя"


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
        return (*made, word[:-4] + "о") if len(word) > 8 else made  # афганский: афгано-пакистанский
    if word.endswith(("ый", "ой")):
        stem = word[:-2]
        return tuple(stem + ending for ending in ("ый", "ой", "ого", "ому", "ым", "ом", "ая", "ую", "ое", "ые", "ых", "ыми", "о"))
    if word.endswith("ий"):
        stem = word[:-2]
        return tuple(stem + ending for ending in ("ий", "его", "ему", "им", "ем", "яя", "ей", "юю", "ее", "ие", "их", "ими", "е"))
    return (word,)


def surname(name: str) -> dict[str, tuple[str, ...]]:
    """Case -> forms of a surname in the masculine or feminine, by its ending. Invariable ones give themselves."""
    low = name.lower()
    if re.search(r"(?:ов|ев|ёв|ин|ын)$", low) and len(name) > 3:
        return _cases(name, ("", "а", "у", "а", "ым", "е"))
    if re.search(r"(?:ова|ева|ёва|ина|ына)$", low) and len(name) > 4:
        stem = name[:-1]
        return _cases(stem, ("а", "ой", "ой", "у", "ой", "ой"))
    if low.endswith(("ский", "цкий", "ой", "ый", "ий")) and len(name) > 4:
        stem = name[:-2]
        soft = low.endswith("ий") and not low.endswith(("ский", "цкий", "кий", "гий", "хий"))
        return _cases(stem, (name[-2:], "его" if soft else "ого", "ему" if soft else "ому", "его" if soft else "ого",
                             "им" if low.endswith("ий") else "ым", "ем" if soft else "ом"))
    if low.endswith(("ская", "цкая")):
        stem = name[:-2]
        return _cases(stem, ("ая", "ой", "ой", "ую", "ой", "ой"))
    if low.endswith(("о", "е", "и", "у", "ю", "ы", "э", "ых", "их", "аго")):
        return dict.fromkeys(CASES, (name,))
    if low.endswith("ь"):
        stem = name[:-1]
        return _cases(stem, ("ь", "я", "ю", "я", "ем", "е"))
    if low.endswith("й"):
        stem = name[:-1]
        return _cases(stem, ("й", "я", "ю", "я", "ем", "е"))
    if low.endswith("я"):
        stem = name[:-1]
        return _cases(stem, ("я", "и", "е", "ю", "ей", "е"))
    if low.endswith("а"):
        stem = name[:-1]
        hushing = low[-2:-1] in "гкхжшщч"
        return _cases(stem, ("а", "и" if hushing else "ы", "е", "у", "ой" if low[-2:-1] not in "жшщчц" else "ей", "е"))
    if low[-1:] not in _VOWELS and low[-1:].isalpha():
        return _cases(name, ("", "а", "у", "а", "ем" if low[-1] in "жшщчц" else "ом", "е"))
    return dict.fromkeys(CASES, (name,))


def _cases(stem: str, endings: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {case: (stem + ending,) for case, ending in zip(CASES, endings, strict=True)}


def person(name: str) -> tuple[str, ...]:
    """All cases of a full name: each part declined, in agreement; "аль", "шах" and initials stay."""
    parts = name.split()
    tables: list[dict[str, tuple[str, ...]]] = [surname(part) if len(part) > 2 and part[0].isupper() else dict.fromkeys(CASES, (part,)) for part in parts]
    for number, part in enumerate(parts):
        if "-" in part:  # Касым-Жомарт: the last half declines
            head, _, tail = part.rpartition("-")
            tables[number] = {case: tuple(f"{head}-{form}" for form in forms) for case, forms in surname(tail).items()}
    return _joined(tables)


def _joined(tables: Sequence[dict[str, tuple[str, ...]]]) -> tuple[str, ...]:
    made: dict[str, None] = {}
    for case in CASES:
        lines = [""]
        for table in tables:
            lines = [f"{line} {form}".strip() for line in lines for form in table[case]][:32]
        made |= dict.fromkeys(lines)
    return tuple(made)


@lru_cache(maxsize=50_000)
def _nominative(word: str) -> Any:
    """The parse whose nominative keeps the spelling; the likeliest of them. None when there is none."""
    low = word.lower()
    for parse in analyser().parse(low):
        if parse.word == low and "nomn" in parse.tag and ("NOUN" in parse.tag or "ADJF" in parse.tag or "PRTF" in parse.tag):
            return parse
    return None


@lru_cache(maxsize=50_000)
def word_forms(word: str) -> tuple[tuple[str, str], ...]:
    """(case or "", form) of one word; only itself when it does not inflect. Upper-case abbreviations do not."""
    if (word.isupper() and len(word) > 1) or not re.search("[а-яё]", word.lower()) or len(word) < (2 if word[0].isupper() else 3):  # Ош
        return tuple((case, word) for case in CASES)
    parse = _nominative(word)
    if parse is None:
        return tuple((case, form) for case, forms in surname(word).items() for form in forms)
    number = "plur" if "plur" in parse.tag else "sing"
    found: list[tuple[str, str]] = []
    for case in CASES:
        wanted = {case, number}
        if "ADJF" in parse.tag or "PRTF" in parse.tag:
            wanted |= {str(parse.tag.gender)} if number == "sing" and parse.tag.gender else set()
        made = parse.inflect(wanted)
        if made is None:
            continue
        found.append((case, made.word))
        if case == "accs" and ("ADJF" in parse.tag or "PRTF" in parse.tag) and parse.tag.gender != "femn":
            for animacy in ("anim", "inan"):
                if (other := parse.inflect(wanted | {animacy})) is not None:
                    found.append((case, other.word))
        if case == "ablt" and (longer := parse.inflect(wanted | {"V-oy"})) is not None:
            found.append((case, longer.word))
    return tuple(dict.fromkeys(found)) or tuple((case, word) for case in CASES)


def phrase(text: str, *, plural: bool = False) -> tuple[str, ...]:
    """All cases of a noun phrase in the nominative. Words before and including the head agree; what stands in another case behind it
    (Организация | Договора о коллективной безопасности) stays."""
    words = text.split()
    if not words:
        return ()
    tables: list[dict[str, tuple[str, ...]]] = []
    head = False
    for word in words:
        fixed: dict[str, tuple[str, ...]] = dict.fromkeys(CASES, (word,))
        core = word.strip("«»\"(),")
        if head or not core or core.lower() in ("и", "о", "об", "в", "на", "по", "для", "с", "к", "из", "за", "от", "при"):
            tables.append(fixed)
            head = head or bool(tables[:-1])
            continue
        parse = _nominative(core) if not core.isupper() else None
        if parse is None and not core[:1].isupper():
            tables.append(fixed)
            continue
        forms: dict[str, list[str]] = {case: [] for case in CASES}
        for case, form in _hyphened(core):
            forms[case].append(word.replace(core, form))
        tables.append({case: tuple(forms[case]) or (word,) for case in CASES})
        if parse is None or "NOUN" in parse.tag:
            head = True
    made = dict.fromkeys(_joined(tables))
    if plural and len(words) <= 3:
        made |= dict.fromkeys(_plural(words))
    return tuple(made)


def _hyphened(word: str) -> tuple[tuple[str, str], ...]:
    if "-" not in word or _nominative(word) is not None:
        return word_forms(word)
    head, _, tail = word.rpartition("-")
    return tuple((case, f"{head}-{form}") for case, form in word_forms(tail))


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
