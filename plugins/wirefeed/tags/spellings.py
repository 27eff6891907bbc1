"""Other spellings of one name: alphabets of one language, transliterations into English, quotation marks, missing diacritics.

What a rule can make is not written into config/gazetteer/: the files hold one spelling a script, and the rarer ones that no rule gives.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator

_QUOTES = (("«", "»"), ("“", "”"), ("„", "“"), ('"', '"'), ("", ""))
_UZ = {"yo'": "йў", "o'": "ў", "g'": "ғ", "sh": "ш", "ch": "ч", "yo": "ё", "yu": "ю", "ya": "я", "ye": "е", "ts": "ц", "a": "а", "b": "б", "d": "д", "e": "е", "f": "ф",
       "g": "г", "h": "ҳ", "i": "и", "j": "ж", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "қ", "r": "р", "s": "с", "t": "т", "u": "у",
       "v": "в", "x": "х", "y": "й", "z": "з", "'": "ъ"}
_UZ_PARTS = re.compile("|".join(sorted(map(re.escape, _UZ), key=len, reverse=True)), re.I)
_UZ_BACK = {**{value: key for key, value in _UZ.items()}, "э": "e", "ь": "", "ъ": "'"}
_KK = dict(zip("абвгдежзийклмнопрстуфхһчшыіэңғқәөұүцюяё", (
    "a b v g d e j z i i k l m n o p r s t u f h h ch ş y ı e ñ ğ q ä ö ū ü ts iu ia io").split(), strict=True)) | {"ь": "", "ъ": "", "щ": "şş"}
_KK_2018 = _KK | dict(zip("әғиңөуұүшйюяё", "á ǵ ı ń ó ý u ú sh ı ıý ıa ıo".split(), strict=True)) | {"і": "i"}
_KK_2019 = _KK | {"ш": "sh", "щ": "shsh", "ұ": "u", "і": "i"}
_TG = str.maketrans("ӣӯқғҳҷӢӮҚҒҲҶ", "иукгхчИУКГХЧ")
_PLAIN = dict(zip("абвгдзиклмнопрстуфчшэ", "a b v g d z i k l m n o p r s t u f ch sh e".split(), strict=True)) | {"ц": "ts", "щ": "shch", "ь": "", "ъ": ""}
_CHOICES = {"х": ("kh", "h"), "ж": ("zh", "j"), "й": ("y", "i"), "ы": ("y", "i"), "я": ("ya", "ia"), "ю": ("yu", "iu"), "ё": ("yo", "io", "e")}
MOST = 48  # transliterations of one name
APOSTROPHES = "‘’ʻʼ`´ʹ′"


def quoted(name: str) -> Iterator[str]:
    """The name with every kind of quotation marks that wires use, and with none."""
    found = re.search("«([^»]+)»", name)
    if found is None:
        yield name
        return
    for opening, closing in _QUOTES:
        yield f"{name[:found.start()]}{opening}{found[1]}{closing}{name[found.end():]}"


def without_marks(name: str) -> str:
    """Diacritics taken off (Türkmenabat: Turkmenabat; ğ, ş, ö ...; ı is i)."""
    plain = "".join(char for char in unicodedata.normalize("NFD", name) if not unicodedata.combining(char))
    return plain.replace("ı", "i")


def uzbek(name: str) -> Iterator[str]:
    """The same name in the other Uzbek alphabet, and in Latin letters without apostrophes."""
    latin = re.sub(f"[{APOSTROPHES}]", "'", name)
    if re.search("[а-яўқғҳё]", name, re.I):
        latin = _spelt(name, _UZ_BACK)
        latin = re.sub(r"(?<=[aeiou])e(?=[a-z])", "ye", latin)  # Мирзиёев: Mirziyoyev
        yield re.sub("E(?=[a-z])", "Ye", latin) if name[:1] == "Е" else latin
    else:
        cyrillic = _UZ_PARTS.sub(lambda found: _cased(_UZ[found[0].lower()], found[0]), latin)
        yield re.sub(r"\bЕ(?!\w*ев)", "Э", cyrillic) if re.search(r"\bE", latin) else cyrillic
    if "'" in latin and len(latin) > 5:
        yield latin.replace("'", "")


def kazakh(name: str) -> Iterator[str]:
    """A name in Cyrillic letters in the Latin alphabets of 2021, 2018 and 2019."""
    if re.search("[а-яәғқңөұүһі]", name, re.I):
        for table in (_KK, _KK_2018, _KK_2019):
            made = _spelt(name, table)
            yield made
            if "iia" in made or "iiu" in made:
                yield made.replace("iia", "ia").replace("iiu", "iu")  # Түркия: Türkia


def tajik(name: str) -> str:
    """As typed on a Russian keyboard: Точикистон."""
    return name.translate(_TG)


def english(name: str) -> Iterator[str]:
    """Transliterations of a name in Russian letters, each choice made alike throughout: Жапаров, Zhaparov and Japarov; Рахмон, Rakhmon and Rahmon."""
    low = name.lower()
    letters = [letter for letter in _CHOICES if letter in low]
    soft = re.search("(?:^|[аеёиоуыэюяьъ -])е", low) is not None  # ye or e
    for picked in itertools.islice(itertools.product(*(_CHOICES[letter] for letter in letters), ("ye", "e") if soft else ("e",)), MOST):
        table = _PLAIN | dict(zip(letters, picked, strict=False))
        for dzh in ("dzh", "j") if "дж" in low else ("",):
            yield _transliterated(name, table, picked[-1], dzh)


def _transliterated(name: str, table: dict[str, str], soft: str, dzh: str) -> str:
    text, before = [], ""
    at = 0
    while at < len(name):
        char = name[at]
        low = char.lower()
        if low == "д" and name[at + 1:at + 2].lower() == "ж":
            made, at = dzh, at + 1
        elif low == "е":
            made = soft if not before or before in "аеёиоуыэюяьъ -" else "e"
        elif low == "ё" and before == "и" and table["ё"] == "io":
            made = "o"
        elif low == "и" and name[at + 1:at + 2].lower() == "й" and not name[at + 2:at + 3].isalpha():
            made, at = ("y" if table["й"] == "y" else "ii"), at + 1
        else:
            made = table.get(low, low)
        text.append(_cased(made, char))
        before = low
        at += 1
    return "".join(text)


def _spelt(name: str, table: dict[str, str]) -> str:
    return "".join(_cased(table.get(char.lower(), char.lower()), char) for char in name)


def _cased(made: str, like: str) -> str:
    return made[:1].upper() + made[1:] if like[:1].isupper() else made
