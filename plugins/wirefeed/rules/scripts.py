"""Words of the region's languages as they are written in other scripts, and what endings they take: for lint's hints.

Uzbek has two alphabets in daily use, and Kazakh, Kyrgyz, Uzbek, Tajik and Turkmen words are not stemmed by the analysis chain, so that a bare
word finds one form only.
"""

import re

_CYRILLIC = "абвгдежзийклмнопрстуфхцчшъьэюяёўқғҳ"
_TWINS = "a b v g d e j z i y k l m n o p r s t u f x ts ch sh ' _ e yu ya yo o' q g' h".replace("_", "").split(" ")
_CYRILLIC_TO_LATIN = dict(zip(_CYRILLIC, _TWINS, strict=True))
_OTHERS = dict(zip("ыщәіңөүұһӣӯҷ", "y shch a i n o u u h i u j".split(), strict=True))
_LATIN_TO_CYRILLIC = {latin: letter for letter, latin in _CYRILLIC_TO_LATIN.items() if latin and letter not in "цэ"}
_LATIN = re.compile("|".join(sorted(_LATIN_TO_CYRILLIC, key=len, reverse=True)))
# Letters by which a language is told; what several share is told by the letters beside it (ы is neither Uzbek nor Tajik).
_LETTERS = (("kk", "әіһұ"), ("tg", "ӣӯҷ"), ("uz", "ў"), ("kk", "(?:ы.*[қғ]|[қғ].*ы)"), ("kk", "(?:[қғ].*[ңөү]|[ңөү].*[қғ])"),
            ("ky", "ңөү"), ("uz", "қғҳ"), ("tk", "ňýž"))
_UZBEK_LATIN = re.compile(r"[og]'|(?:lar|ning|dan|ga|lik|chi)$|sh.*q|q.*sh")
NAMES = {"kk": "Kazakh", "ky": "Kyrgyz", "uz": "Uzbek", "tg": "Tajik", "tk": "Turkmen"}


def language(word: str) -> str | None:
    """kk, ky, uz, tg or tk when the word's letters say so; None when they do not (Russian, English and what is written with their letters)."""
    lower = word.lower().replace("ʻ", "'").replace("‘", "'").replace("’", "'").replace("ʼ", "'")
    for name, letters in _LETTERS:
        if re.search(letters if letters.startswith("(") else f"[{letters}]", lower):
            return name
    if re.search("[og]'[a-z]", lower) and not re.fullmatch(r"[a-z]+'s?", lower) and not lower.startswith("o'"):
        return "uz"
    return "uz" if re.match(r"o'[a-z]*(?:z|r|q|t|l|n)", lower) and not re.match(r"o'[bcdmn]", lower) else None


def surely_uzbek(word: str) -> bool:
    """Whether the letters are Uzbek and of no other language: ў, or Latin o' and g'."""
    return (language(word) == "uz" and re.search("[қғҳ]", word.lower()) is None) or "ў" in word.lower()


def uzbek_twin(word: str) -> str:
    """An Uzbek word in the other alphabet; lower case, signs kept."""
    lower = word.lower().replace("ʻ", "'").replace("‘", "'").replace("’", "'").replace("ʼ", "'")
    if re.search("[а-яўқғҳ]", lower):
        lower = re.sub(r"(^|[аеиоуўэ])е", r"\1ye", lower)
        return "".join(_CYRILLIC_TO_LATIN.get(char, char) for char in lower)
    lower = re.sub(r"\bye", "е", re.sub(r"\be", "э", lower)) if not lower.startswith("ye") else "е" + lower[2:]
    return _LATIN.sub(lambda found: _LATIN_TO_CYRILLIC[found[0]], lower)


def latin(text: str) -> str:
    """Cyrillic letters as they sound, lower case: for ids."""
    return "".join(_CYRILLIC_TO_LATIN.get(char, _OTHERS.get(char, char)) for char in text.lower())


def uninflected(word: str, name: str) -> str:
    """The word without its plural, so that a hint never doubles one; lower case."""
    lower = word.lower()
    bare = re.sub(r"(?:[лдт][аеоө]р|l[ae]r)$" if name != "tg" else "ҳо(?:и|ро)?$", "", lower)
    return bare if len(bare) >= 3 else lower


def inflected(word: str, name: str) -> tuple[str, ...]:
    """A few of the forms that a wire story is likely to hold (plural, in, from, of), for a hint; the vowel decides the ending."""
    lower = word.lower()
    last = next((char for char in reversed(lower) if char in "аеиоуыэәөүұіўӯӣяюёaeiouyäöü"), "а")
    back = last in "аоуыұўяюaouy"
    voiced = lower[-1] not in "кқпстфхцчшщkqpstfxh"
    vowel = lower[-1] in "аеиоуыэәөүұіяaeiouyäöü"
    if name == "uz":
        latin = lower[-1].isascii()
        return tuple(lower + end for end in (("lar", "da", "dan", "ning") if latin else ("лар", "да", "дан", "нинг")))
    if name == "tg":
        return tuple(lower + end for end in ("и", "ҳо", "ҳои", "ро"))
    if name == "tk":
        return tuple(lower + end for end in (("lar", "da", "dan") if back else ("ler", "de", "den")) + (("n" if vowel else "") + ("yň" if back else "iň"),))
    # Kyrgyz rounds its endings after rounded vowels, but for an open one after у; Kazakh does not.
    low, high = ("а", "ы") if back else ("е", "и" if name == "ky" else "і")
    if name == "ky" and last in "оуөүю":
        low, high = ("ө" if last in "өү" else "о" if last == "о" else "а"), ("ү" if last in "өү" else "у")
    first = "л" if vowel or (voiced and name == "ky") else "д" if voiced else "т"
    stop = "д" if voiced else "т"
    return (f"{lower}{first}{low}р", f"{lower}{stop}{low}", f"{lower}{stop}{low}н", f"{lower}{'н' if vowel else stop}{high}{'ң' if name == 'kk' else 'н'}")
