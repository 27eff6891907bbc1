"""Single values and words of a query against what is known: ids that are none, names that stories write otherwise, words that are found in one form only."""

import difflib
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from wirefeed.index.analysis import EXACT, STEMMED, terms
from wirefeed.rules import scripts
from wirefeed.rules.known import Known
from wirefeed.rules.tree import Leaf, Phrase, Word

Level = Literal["error", "warning"]
LANGUAGES = frozenset({"en", "ru", "kk", "ky", "uz", "tg", "tk", "fa", "ps", "tr", "zh", "ar", "und"})
VALUES = {"severity": ("flash", "urgent", "routine"), "source_kind": ("official", "state", "agency", "independent", "social", "unverified"),
          "change": ("correction", "withdrawn", "update", "text", "refile", "date", "cosmetic", "first")}
NAMED = frozenset({"topic", "entity", "place", "person", "organisation", "language", "country", "feed", "source", *VALUES})
_PLURAL = re.compile(r"[лдт][аеоө]р|l[ae]r|ҳои?|с?[иыі]|s?[iy]|çi")
_CASE = re.compile(r"(?:[гғкқ][аеоө]|[гdgkq][ae]|[дт][аеоө]н?|d[ae]n|н[иыуү]н|нинг|ning)$")
_ID = re.compile(r"[a-z]+:\S+", re.I)


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding in a query: ``column`` from 1."""

    level: Level
    column: int
    message: str
    hint: str = ""


def values(leaf: Leaf, name: str, text: str, known: Known) -> Iterator[Remark]:
    """A value of a field that holds ids, names or a few fixed words."""
    if name == "topic" and known.topics and text not in known.topics:
        yield Remark("error", leaf.column, f"unknown topic {text!r}", _near(text, known.topics))
    elif name in ("entity", "place") and known.entities and _ID.fullmatch(text):
        if text not in known.entities:
            yield Remark("error", leaf.column, f"unknown {name} {text!r}", _near(text, known.entities))
        elif name == "place" and text not in known.places:
            yield Remark("error", leaf.column, f"{text!r} is no place", f'write entity:"{text}"')
    elif name in ("entity", "place", "person", "organisation"):
        # Stories hold names as the gazetteer writes them; another language or case of the name is found under its id alone.
        if (entity := known.names.get(tuple(terms(text, STEMMED)))) and not known.shown >= {*terms(text, EXACT)}:
            yield Remark("warning", leaf.column, f"no story has the {name} {text!r}: names stand there as the gazetteer writes them", _by_id(entity, known))
    elif name == "language" and text.lower() not in LANGUAGES:
        yield Remark("warning", leaf.column, f"no story has the language {text!r}", f"one of {', '.join(sorted(LANGUAGES))}")
    elif name == "country":
        yield from _country(leaf, text, known)
    elif name == "feed" and known.feeds and text.lower() not in known.feeds:
        yield Remark("warning", leaf.column, f"no feed has the id {text!r}", _near(text, known.feeds, "see `wirefeed feeds list`"))
    elif name == "source" and known.sources and (odd := [word for word in terms(text, EXACT) if word not in known.sources]):
        yield Remark("warning", leaf.column, f"no feed's name holds {odd[0]!r}", _near(odd[0], known.sources, "see `wirefeed feeds list`"))
    elif name in VALUES and text.lower() not in VALUES[name]:
        yield Remark("error", leaf.column, f"{name} is never {text!r}", _near(text, frozenset(VALUES[name])))


def _country(leaf: Leaf, text: str, known: Known) -> Iterator[Remark]:
    if not re.fullmatch("[A-Za-z]{2}", text):
        code = known.names.get(tuple(terms(text, STEMMED)), "")
        hint = f"write {code}" if code.startswith("country:") else "two letters: TJ, KG ..."
        yield Remark("error", leaf.column, f"{text!r} is no country code", hint)
    elif known.entities and f"country:{text.upper()}" not in known.entities:
        yield Remark("warning", leaf.column, f"the tagger knows no country {text.upper()}", "it never appears as country:")


def _near(text: str, ids: frozenset[str], other: str = "see `wirefeed tag` for the ids it finds") -> str:
    near = difflib.get_close_matches(text, sorted(ids), 1, 0.5) or [one for one in sorted(ids) if one.endswith(":" + text)][:1]
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(ids))}" if len(ids) <= 20 else other


def _by_id(entity: str, known: Known) -> str:
    return f'write {"place" if entity in known.places else "entity"}:"{entity}"'


def words(leaf: Word | Phrase, known: Known, named: AbstractSet[str], written: Sequence[str]) -> Iterator[Remark]:
    """A word or phrase of the text: is it a name, and is it stemmed? ``named``: ids that the query asks for anyway; ``written``: all its words."""
    if entity := known.names.get(tuple(terms(leaf.text, STEMMED))):
        if entity in named:
            return  # the words stand beside the id on purpose
        yield Remark("warning", leaf.column, f"{leaf.text!r} is a name the tagger knows in all its forms and languages", _by_id(entity, known))
        return
    if (leaf.field or "").endswith(".exact"):
        return
    several = leaf.text.split()
    stem, name = _unstemmed(several[-1], leaf.text, known)
    if name is None or (len(several) > 1 and (name.endswith("tg") or _CASE.search(several[-1].lower()))):
        return  # a Tajik phrase is inflected inside, one that may be Tajik too; a phrase that ends in a case was meant that way
    begins = " ".join((*several[:-1], stem[:max(4, len(stem) - 2)] if len(several) > 1 else stem)).lower()
    whole = leaf.text.lower()
    if any(other.startswith(begins) or whole.startswith(other) for other in written if len(other) > 2 and other != whole):
        return  # other forms of it stand there, too
    forms = [" ".join((*several[:-1], form)) for form in (stem, *scripts.inflected(stem, name))]
    shown = [f'"{form}"' if len(several) > 1 else form for form in forms if form.lower() != whole]
    yield Remark("warning", leaf.column, f"{leaf.text!r} ({scripts.NAMES[name]}) is not stemmed: it finds this form only",
                 " or ".join([f"write {stem}*"] * (len(several) == 1) + [f"add {' OR '.join(shown)}"] * bool(shown)))


def _unstemmed(word: str, whole: str, known: Known) -> tuple[str, str | None]:
    """(the word without its plural, its language) when the analysis does not stem it; (word, None) for English, Russian and the rest."""
    lower = word.lower()
    if name := known.foreign.get(lower):
        return scripts.uninflected(lower, name), name
    for end in range(len(lower) - 1, 3, -1):  # the plural or possessive of a word that the topics know
        if (name := known.foreign.get(lower[:end])) and _PLURAL.fullmatch(lower, end):
            return lower[:end], name
    name = scripts.language(word) and scripts.language(whole)  # the word's own letters, named by those beside it
    return (scripts.uninflected(word, name), name) if name else (lower, None)
