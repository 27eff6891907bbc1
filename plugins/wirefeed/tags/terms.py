"""A topic's term into the forms it takes in running text: Russian in all cases, English plurals and verbs, endings of the Turkic languages."""

import re
from collections.abc import Iterator

from wirefeed.tags import russian

_VOICED = {  # a last consonant before a vowel: norozilik, noroziligi
    "kk": {"к": "г", "қ": "ғ", "п": "б"}, "ky": {"к": "г", "п": "б"}, "tk": {"k": "g", "p": "b"}, "uz": {"k": "g", "q": "g'", "к": "г", "қ": "ғ"}}
_IRREGULAR = {  # past forms; the rest follows the rules
    "shoot": "shot", "fight": "fought", "hold": "held", "find": "found", "break": "broke broken", "bring": "brought", "build": "built", "buy": "bought",
    "catch": "caught", "cut": "cut", "drive": "drove driven", "flee": "fled", "fly": "flew flown", "give": "gave given", "go": "went gone", "keep": "kept",
    "lay": "laid", "lead": "led", "leave": "left", "lose": "lost", "make": "made", "meet": "met", "pay": "paid", "put": "put", "run": "ran run",
    "seek": "sought", "sell": "sold", "send": "sent", "set": "set", "shut": "shut", "stand": "stood", "steal": "stole stolen", "swear": "swore sworn",
    "take": "took taken", "throw": "threw thrown", "win": "won", "withdraw": "withdrew withdrawn", "come": "came", "dig": "dug", "blow": "blew blown",
    "hit": "hit", "sit": "sat", "hang": "hanged hung"}
_DOUBLED = re.compile(r"[^aeiou]*[aeiou][bdglmnprt]|(?:kid|wire)?[nt]ap|commit")  # plot: plotted
# Verb endings after a stem, back vowels and front: past, participle, gerund, present, infinitive. The passive is a stem of its own.
_ENDINGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "kk": (("ды", "ты", "ған", "қан", "ып", "п", "у", "йды", "ады", "мақ"), ("ді", "ті", "ген", "кен", "іп", "п", "у", "йді", "еді", "мек")),
    "ky": (("ды", "ты", "ду", "ту", "ган", "кан", "гон", "ып", "уп", "п", "уу", "оо", "йт", "ат", "от"),
           ("ди", "ти", "дү", "тү", "ген", "кен", "гөн", "ип", "үп", "п", "үү", "өө", "йт", "ет", "өт")),
    "uz": (("di", "gan", "kan", "ib", "ish", "moqda", "yapti", "adi", "ди", "ган", "кан", "иб", "иш", "моқда", "япти", "ади", "yotgan", "ётган"),) * 2,
    "tk": (("dy", "dylar", "du", "an", "ypdyr", "yp", "ýar", "mak", "jak"), ("di", "diler", "dü", "en", "ipdir", "ip", "ýär", "mek", "jek")),
}


def forms(term: str, language: str, *, verb: bool = False) -> set[str]:
    """All spellings of a term that the automaton is to know; ``verb``: its first word is a verb (English) or its last a verb's stem (Turkic)."""
    if language == "en":
        return {term, *(_conjugated(term) if verb else _plural(term))}
    if language == "ru":
        return {term, *_russian(term)}
    if verb and language in _ENDINGS:
        return set(_verb(term, language))
    voiced = _VOICED.get(language, {}).get(term[-1]) if len(term) > 4 else None
    return {term} if voiced is None else {term, term[:-1] + voiced}


def _plural(term: str) -> Iterator[str]:
    last = term.split()[-1]
    if not last.isalpha() or last.isupper() or last.endswith("s") or len(last) < 3:
        return
    if last.endswith("y") and last[-2:-1] not in "aeiou":
        yield term[:-1] + "ies"
        return
    yield term + ("es" if last.endswith(("x", "ch", "sh", "z")) else "s")


def _conjugated(term: str) -> Iterator[str]:
    verb, _, rest = term.partition(" ")
    soft = verb.endswith("y") and verb[-2:-1] not in "aeiou"
    stem = verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb + verb[-1] if _DOUBLED.fullmatch(verb) else verb
    past = _IRREGULAR[verb].split() if verb in _IRREGULAR else [verb[:-1] + "ied" if soft else stem + "ed"]
    third = verb[:-1] + "ies" if soft else verb + ("es" if verb.endswith(("s", "x", "ch", "sh", "z", "o")) else "s")
    yield from (f"{form} {rest}".strip() for form in (verb, third, stem + "ing", *past))


def _verb(stem: str, language: str) -> Iterator[str]:
    """A stem's finite forms; vowel harmony by the last vowel."""
    vowels = [letter for letter in stem.lower() if letter in "аәеёиоөуұүыіэюяaeiouäöüyıo"]
    back, front = _ENDINGS[language]
    last = vowels[-1] if vowels else "а"
    for ending in back if last in "аоуұыюяaouyı" else front:
        if ending == "п" and stem[-1] not in "аәеиоөуүыіэюя":
            continue
        yield stem + ending


def _russian(term: str) -> Iterator[str]:
    words = term.split()
    parses = russian.analyser().parse(words[0].lower())
    if any("INFN" in parse.tag for parse in parses[:3]):
        rest = " ".join(words[1:])
        yield from (f"{form} {rest}".strip() for form in russian.verb_forms(words[0].lower()))
        return
    if len(words) == 1:
        best = parses[0]
        if "ADJF" in best.tag or term.endswith(("ский", "ный", "вый", "ческий", "тельный")):
            yield from russian.adjective(term)
            return
        for parse in parses:
            if parse.word == term.lower() and "NOUN" in parse.tag and "nomn" in parse.tag:
                yield from (form.word for form in parse.lexeme)
                return
        yield from russian.phrase(term)
        return
    yield from russian.phrase(term, plural=True)


def cancelling(phrase: str) -> set[str]:
    """A phrase that cancels, in whatever language it is written."""
    return {phrase, *(russian.phrase(phrase, plural=True) if re.search("[а-яё]", phrase.lower()) else ())}
