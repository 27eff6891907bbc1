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
UZ_TG, KK_UZ_TG = "uz/tg", "kk/uz/tg"  # a word whose letters leave it open
# Letters by which a language is told; what several share is told by the letters beside it (ы is neither Uzbek nor Tajik).
_LETTERS = (("kk", "әіһұ"), ("tg", "ӣӯҷ"), ("uz", "ў"), ("kk", "(?:ы.*[қғ]|[қғ].*ы)"), ("kk", "(?:[қғ].*[ңөү]|[ңөү].*[қғ])"),
            ("ky", "ңөү"), (UZ_TG, "ҳ"), (KK_UZ_TG, "қғ"), ("tk", "ňýž"))
_UZBEK_LATIN = re.compile(r"[og]'|(?:lar|ning|dan|ga|lik|chi)$|sh.*q|q.*sh")
NAMES = {"kk": "Kazakh", "ky": "Kyrgyz", "uz": "Uzbek", "tg": "Tajik", "tk": "Turkmen", UZ_TG: "Uzbek or Tajik", KK_UZ_TG: "Kazakh, Uzbek or Tajik"}
# The Latin alphabet of 2021: ū is nobody else's in the region, the others are shared with Turkish, Azerbaijani and Turkmen, which have no q beside them, no ñ or neither.
_KAZAKH_LATIN = re.compile("ū|ñ.*[qğäöüşı]|[qğäöüşı].*ñ|q.*[äöüşı]|[äöüşı].*q")
_KAZAKH_TO_CYRILLIC = dict(zip("aäbdefgğhijklmnñoöpqrsştuūüvyzı", "аәбдефгғһижклмнңоөпқрсштуұүвызі", strict=True))


def language(word: str) -> str | None:
    """kk, ky, uz, tg or tk when the word's letters say so, UZ_TG or KK_UZ_TG when they leave these; None when they say nothing (Russian, English and
    what is written with their letters)."""
    lower = word.lower().replace("ʻ", "'").replace("‘", "'").replace("’", "'").replace("ʼ", "'")
    for name, letters in _LETTERS:
        if re.search(letters if letters.startswith("(") else f"[{letters}]", lower):
            return name
    if re.search("[og]'[a-z]", lower) and not re.fullmatch(r"[a-z]+'s?", lower) and not lower.startswith("o'"):
        return "uz"
    return "uz" if re.match(r"o'[a-z]*(?:z|r|q|t|l|n)", lower) and not re.match(r"o'[bcdmn]", lower) else None


def surely_uzbek(word: str) -> bool:
    """Whether the letters are Uzbek and of no other language: ў, or Latin o' and g'."""
    return language(word) == "uz" or "ў" in word.lower()


def uzbek_twin(word: str) -> str:
    """An Uzbek word in the other alphabet; lower case, signs kept."""
    lower = word.lower().replace("ʻ", "'").replace("‘", "'").replace("’", "'").replace("ʼ", "'")
    if re.search("[а-яўқғҳ]", lower):
        lower = re.sub(r"(^|[аеиоуўэ])е", r"\1ye", lower)
        return "".join(_CYRILLIC_TO_LATIN.get(char, char) for char in lower)
    lower = re.sub(r"\bye", "е", re.sub(r"\be", "э", lower)) if not lower.startswith("ye") else "е" + lower[2:]
    return _LATIN.sub(lambda found: _LATIN_TO_CYRILLIC[found[0]], lower)


def kazakh_twin(word: str) -> str | None:
    """The Cyrillic spelling, lower case, of a word that is surely Kazakh in Latin letters; "" where it is doubtful (many type i for ı); None for any other."""
    lower = word.lower()
    if not _KAZAKH_LATIN.search(lower):
        return None
    if re.search("(?<![aäeoöuūüyı])i(?![aäeoöuūüyı])", lower):
        return ""
    return "".join(_KAZAKH_TO_CYRILLIC.get(char, char) for char in re.sub("(?<=[aäeoöuūüyı])i|i(?=[aäeoöuūüyı])", "й", lower))


def latin(text: str) -> str:
    """Cyrillic letters as they sound, lower case: for ids."""
    return "".join(_CYRILLIC_TO_LATIN.get(char, _OTHERS.get(char, char)) for char in text.lower())


def uninflected(word: str, name: str) -> str:
    """The word without its plural, so that a hint never doubles one; lower case."""
    lower = word.lower()
    turkic, tajik = r"(?:[лдт][аеоө]р|l[ae]r)$", "ҳо(?:и|ро)?$"
    bare = re.sub(tajik if name == "tg" else f"{turkic}|{tajik}" if "/" in name else turkic, "", lower)
    return bare if len(bare) >= 3 else lower


def inflected(word: str, name: str) -> tuple[str, ...]:
    """A few of the forms that a wire story is likely to hold (plural, in, from, of), for a hint; the vowel decides the ending. None when
    the language is left open."""
    lower = word.lower()
    if "/" in name:
        return ()
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
