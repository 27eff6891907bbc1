"""Cases of Russian proper names by their endings: places, given names, surnames, full names in agreement.

No dictionary: pymorphy3 guesses wrong where it does not know a name (Джалал-Абад: "Джалала-Абада", Кулоб: "Кулба", Шардара: invariable), and
knows a third of the region's surnames as something else (Токаев is a form of "токай").
"""

import re
from collections.abc import Mapping, Sequence

CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
Table = Mapping[str, tuple[str, ...]]
_HUSHING = "жшщчц"


def fixed(word: str) -> Table:
    """The same in every case."""
    return dict.fromkeys(CASES, (word,))


def _table(stem: str, *endings: str) -> Table:
    """Six endings, alternatives within one case separated by a slash."""
    return {case: tuple(stem + one for one in ending.split("/")) for case, ending in zip(CASES, endings, strict=True)}


def noun(name: str) -> Table:
    """A place or a given name in the nominative; both animacies, and both genders where the ending leaves them open (-ь)."""
    low = name.lower()
    if low.endswith("ия"):
        return _table(name[:-1], "я", "и", "и", "ю", "ей", "и")
    if low.endswith("ий"):
        return _table(name[:-1], "й", "я", "ю", "й/я", "ем", "и/е")
    if low.endswith("ый"):
        return adjectival(name)
    if low.endswith("й"):
        return _table(name[:-1], "й", "я", "ю", "й/я", "ем", "е")
    if low.endswith("ь"):
        return _table(name[:-1], "ь", "я/и", "ю/и", "ь/я", "ем/ью", "е/и")
    if low.endswith("я"):
        return _table(name[:-1], "я", "и", "е", "ю", "ей", "е")
    if low.endswith("а") and low[-2:-1] not in "аеиоуыэюя":
        last = low[-2:-1]
        return _table(name[:-1], "а", "и" if last in "гкхжшщч" else "ы", "е", "у", "ей/ой" if last in _HUSHING else "ой/ою", "е")
    if low[-1:].isalpha() and low[-1] not in "аеёиоуыэюя":
        return _table(name, "", "а", "у", "/а", "ем/ом" if low[-1] in _HUSHING else "ом", "е")
    return fixed(name)


def adjectival(name: str) -> Table:
    """A name that declines like an adjective, in the gender and number of its ending (Грозный, Ферганская, Каспийское, Пограничные)."""
    low, stem = name.lower(), name[:-2]
    soft = "и" if low.endswith(("ий", "ие", "яя", "ее")) or low[-3:-2] in "гкхжшщч" else "ы"
    e = "е" if low.endswith(("яя", "ее")) or (low.endswith(("ий", "ие")) and low[-3:-2] not in "гкх") else "о"
    if low.endswith(("ий", "ый", "ой")):
        return _table(stem, name[-2:], f"{e}го", f"{e}му", f"{name[-2:]}/{e}го", f"{soft}м", f"{e}м")
    if low.endswith(("ая", "яя")):
        return _table(stem, name[-2:], f"{e}й", f"{e}й", "юю" if low.endswith("яя") else "ую", f"{e}й/{e}ю", f"{e}й")
    if low.endswith(("ое", "ее")):
        return _table(stem, name[-2:], f"{e}го", f"{e}му", name[-2:], f"{soft}м", f"{e}м")
    return _table(stem, name[-2:], f"{soft}х", f"{soft}м", f"{name[-2:]}/{soft}х", f"{soft}ми", f"{soft}х")


def surname(name: str) -> Table:
    """A surname, masculine or feminine by its ending. -ин takes both instrumentals: Путиным, but Цзиньпином."""
    low = name.lower()
    if re.search(r"(?:ов|ев|ёв)$", low) and len(name) > 3:
        return _table(name, "", "а", "у", "а", "ым", "е")
    if re.search(r"(?:ин|ын)$", low) and len(name) > 3:
        return _table(name, "", "а", "у", "а", "ым/ом", "е")
    if re.search(r"(?:ова|ева|ёва|ина|ына)$", low) and len(name) > 4:
        return _table(name[:-1], "а", "ой", "ой", "у", "ой/ою", "ой")
    if low.endswith(("ский", "цкий", "кий", "ская", "цкая", "ный", "ной", "ная")) and len(name) > 4:
        return adjectival(name)
    if low.endswith(("ых", "их", "аго")):
        return fixed(name)
    return noun(name)


def person(name: str) -> tuple[str, ...]:
    """All cases of a full name: every part in agreement, or only the last one (Ахмад Шах Масуда); a woman's first name that ends in a
    consonant stays (Улфатхоним Мамадшоеву); initials and "аль" stay."""
    parts = name.split()
    woman = re.search(r"(?:ова|ева|ёва|ина|ына|ская|цкая)$", parts[-1]) is not None if parts else False
    tables = [_part(part, last=number == len(parts) - 1, woman=woman) for number, part in enumerate(parts)]
    made = dict.fromkeys(joined(tables))
    if len(parts) > 1:
        made |= dict.fromkeys(joined([*(fixed(part) for part in parts[:-1]), tables[-1]]))
    return tuple(made)


def _part(part: str, *, last: bool, woman: bool) -> Table:
    head, dash, tail = part.rpartition("-")  # Касым-Жомарт, аль-Мухаджир: the last half declines
    if len(tail) < 3 or (not dash and not part[0].isupper()) or tail.endswith("."):
        return noun(part) if part.endswith("а") and len(part) > 3 else fixed(part)  # мулла Якуб, but Ван И
    if woman and not last and tail[-1] not in "ая":
        return fixed(part)
    table = surname(tail) if last else noun(tail)
    return {case: tuple(f"{head}{dash}{form}" for form in forms) for case, forms in table.items()}


def joined(tables: Sequence[Table]) -> tuple[str, ...]:
    """The words of a phrase in the same case, for every case; at most 32 readings of one."""
    made: dict[str, None] = {}
    for case in CASES:
        lines = [""]
        for table in tables:
            lines = [f"{line} {form}".strip() for line in lines for form in table[case]][:32]
        made |= dict.fromkeys(lines)
    return tuple(made)
