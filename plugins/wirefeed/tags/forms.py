"""All forms of an entity's names for the automaton: cases, alphabets, transliterations, quotation marks. Endings of agglutinative languages are
no forms: the matcher reads them behind a name (suffixes.py)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wirefeed.tags import russian, russian_names, spellings
from wirefeed.tags.matcher import Form
from wirefeed.tags.normalise import folded

if TYPE_CHECKING:
    from wirefeed.tags.gazetteer import EntityEntry

Kind = Literal["name", "adjective", "surname", "part", "never"]
_NAMED_APART = frozenset({"armed_group", "igo", "party", "military"})  # of these only short names are in doubt
_VOICED = str.maketrans("tkpçткпқ", "dgbjдгбғ")
_CAPITALS = re.compile(r"^[A-ZА-ЯЁӘҒҚҢӨҰҮІҺЎҲҶӢӮÜÖŞÇÝŇÄŽÑĞŪ0-9+./-]{2,9}$")
_WORDS = frozenset({"Kushka", "Garm", "Akina", "Buran", "Chaman", "Window"})  # transliterations that are English words or other names
_FA_WORDS = frozenset({"برادر", "فطرت", "مینگ", "پینگ", "صالح", "ملت"})  # surnames that are words
_TRANSLITERATED = frozenset({"person", "city", "village", "region", "river", "lake", "dam", "canal", "base", "border_crossing", "range", "facility"})


@dataclass(frozen=True, slots=True)
class Term:
    """What a form stands for."""

    entity: str
    kind: Kind
    ambiguous: bool = False
    languages: frozenset[str] = frozenset()  # whose spelling it is
    listed: bool = False  # among the entity's ambiguous_names: in doubt in its own language too


def terms(entity: "EntityEntry") -> Iterator[tuple[Form, Term]]:
    """Every form of every name, adjective and surname, and of the phrases in which the name means another thing. A spelling that several languages
    share comes once, with all of them: what the automaton finds is then one hit and not five."""
    shared: dict[tuple[Form, Kind, bool, bool], set[str]] = {}
    for form, term in _terms(entity):
        shared.setdefault((form, term.kind, term.ambiguous, term.listed), set()).update(term.languages)
    for (form, kind, ambiguous, listed), languages in shared.items():
        yield form, Term(entity.id, kind, ambiguous, frozenset(languages), listed)


def _terms(entity: "EntityEntry") -> Iterator[tuple[Form, Term]]:
    doubtful = {folded(name) for name in entity.ambiguous_names}
    generic = {name.casefold() for name in entity.generic}
    for phrase in entity.never:
        for spelling in spellings.quoted(phrase):
            for form in {spelling, *(russian.phrase(spelling) if re.search("[а-яё]", spelling) else ())}:
                yield Form(form), Term(entity.id, "never")
    for language, names in entity.names.items():
        for name in names:
            if name.casefold() in generic:
                continue
            listed = folded(name) in doubtful
            ambiguous = listed or (entity.ambiguous and " " not in name and (entity.type not in _NAMED_APART or len(name) <= 4))
            term, doubted = Term(entity.id, "name", ambiguous, frozenset({language}), listed), Term(entity.id, "name", ambiguous=True, languages=frozenset({language}), listed=True)
            yield from ((form, doubted if folded(form.text) in doubtful else term) for form in _name_forms(name, language, entity.type))
            if language == "ru" and not ambiguous and entity.type in _TRANSLITERATED:
                yield from ((form, Term(entity.id, "name", languages=frozenset({"en"}))) for form in _transliterations(name, entity.type))
            if language == "ru" and name.endswith("ская область"):  # в Баткенской и Таласской областях
                stem, part = name.removesuffix(" область"), Term(entity.id, "part", languages=frozenset({"ru"}))
                yield from ((Form(form, capital=True), part) for case in ("nomn", "gent") for form in russian_names.adjectival(stem)[case])
                yield from ((Form(f"{russian_names.adjectival(stem)['gent'][0]} {many}", capital=True), term) for many in ("областей", "областях", "областям", "областями"))
            if entity.type == "person":
                if "CN" in entity.country and language in ("en", "ru"):  # Xi Jinping is Xi, once he is named in full
                    yield Form(name.split()[0], capital=True, endings=False), Term(entity.id, "surname", ambiguous=True)
                # Persian has no capitals that would tell the man رحمان from the word: there the full name must stand in the text.
                yield from ((form, Term(entity.id, "surname", entity.ambiguous or language == "fa")) for form in _surnames(name, language))
    for language, adjectives in entity.adjectives.items():
        for adjective in adjectives:
            yield from ((form, Term(entity.id, "adjective", languages=frozenset({language}))) for form in _adjective_forms(adjective, language))


def _name_forms(name: str, language: str, kind: str) -> Iterator[Form]:
    if _CAPITALS.match(name) and sum(c.isupper() for c in name) >= 2:
        for spelling in dict.fromkeys((name, *(spellings.uzbek(name) if language == "uz" else spellings.kazakh(name) if language == "kk" else ()))):
            yield Form(spelling, upper=True)
        return
    # A capital within (Вилояти Хатлон, движение «Талибан») vouches for a name whose first word is a common noun; three words vouch for themselves.
    capital = name[:1].isupper() and re.match("Trans-[A-Z]", name) is None and (
        language == "en" or " " not in name or (name[1:].islower() and name.count(" ") < 2))
    for spelling in spellings.quoted(name):
        for form in _spellings(spelling, language, kind):
            yield Form(form, capital=capital and form[:1].isalpha())
            if language in ("tk", "ky", "kk", "uz", "tr") and len(form) > 4 and form[-1] in "tkpçткпқ":
                yield Form(form[:-1] + form[-1].translate(_VOICED), capital=capital)  # Aşgabat: Aşgabadyň
            if language == "tk" and form[-1] == "e":
                yield Form(form[:-1] + "ä", capital=capital)  # Türkiýe: Türkiýäniň


def _spellings(name: str, language: str, kind: str) -> Iterator[str]:
    """The name itself, its cases, its other alphabets; a name with a hyphen also with a space, dashes with and without spaces."""
    if re.search(r"\w\s[–-]\s\w", name):
        yield from _spellings(re.sub(r"\s([–-])\s", r"\1", name), language, kind)
    elif "–" in name and " – " not in name:
        yield from _one_dash(name.replace("–", " – "), language)
    yield name
    spaced = name.replace("-", " ") if "-" in name and kind != "person" and len(name) > 7 and not re.search(r"\d", name) else None
    if language == "ru":
        yield from russian_names.person(name) if kind == "person" else russian.phrase(name)
        if spaced is not None and " " not in name:
            head, _, tail = spaced.rpartition(" ")
            yield from (f"{head} {form}" for form in russian.phrase(tail))
        return
    if spaced is not None:
        yield spaced
    if language in ("en", "tk", "tr") and not name.isascii():
        yield spellings.without_marks(name)
    elif language == "uz":
        yield from spellings.uzbek(name)
    elif language == "kk":
        yield from spellings.kazakh(name)
    elif language == "tg" and len(name) > 5:
        yield spellings.tajik(name)
    elif language in ("fa", "ps"):
        yield name.replace("آ", "ا")
        yield name.replace("\u200c", "")
        if " " in name and len(name) < 14:
            yield name.replace(" ", "")  # مزارشریف


def _one_dash(name: str, language: str) -> Iterator[str]:
    yield name
    yield from russian.phrase(name) if language == "ru" else spellings.uzbek(name) if language == "uz" else spellings.kazakh(name) if language == "kk" else ()


def _transliterations(name: str, kind: str) -> Iterator[Form]:
    """English spellings of a Russian name: of persons, and of places whose name is one long word."""
    if kind != "person" and (" " in name or len(name) < 5 or re.search(r"\d|[«»]", name)):
        return
    yield from (Form(form, capital=True) for form in dict.fromkeys(spellings.english(name)) if form not in _WORDS)


def _surnames(name: str, language: str) -> Iterator[Form]:
    parts = name.split()
    if len(parts) < 2 or language not in ("en", "ru", "kk", "ky", "uz", "tg", "tk", "fa"):
        return
    last = parts[-1]
    if language == "fa":
        if len(last) > 3 and last not in _FA_WORDS:
            yield Form(last)
        return
    if len(last) < 4 or not last[0].isupper() or _CAPITALS.match(last) or last.endswith("вич") or any(part[0].islower() and len(part) < 4 for part in parts):
        return
    if language == "ru":
        made = [form for forms in russian_names.surname(last).values() for form in forms]
        made += [form for form in spellings.english(last) if form not in _WORDS]
    else:
        made = list(_spellings(last, language, "person"))
    yield from (Form(form, capital=True) for form in dict.fromkeys(made))


def _adjective_forms(adjective: str, language: str) -> Iterator[Form]:
    if adjective.endswith("-"):  # Sino-: only the first half of a compound
        yield Form(adjective[:-1], capital=language == "en", compound=True, endings=False)
    elif language == "ru":
        for form in russian.adjective(adjective):
            yield Form(form, compound=form.endswith("о") and len(form) > 5 and not form.endswith("ого"), endings=False)
    else:
        # A people in the singular counts, its plural (өзбектер, Tajiks) does not: so no endings.
        forms = [adjective, *_spellings(adjective, language, "adjective")]
        if language == "tg":  # сарҳади тоҷику афғонро, ширкати русии давлатӣ
            forms += [form[:-1] + ending for form in forms if form.endswith("ӣ") for ending in ("ию", "ии", "иро")]
            forms += [form + ending for form in forms if form[-1] not in "аеиоуяюӣӯ" for ending in ("у", "и", "ро")]
        for form in dict.fromkeys(forms):
            yield Form(form, capital=language == "en", endings=False)
