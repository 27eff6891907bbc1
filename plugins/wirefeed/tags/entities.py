"""Names that the gazetteer lacks: spaCy's English model and natasha's slovnet model for Russian, both as spans of one spaCy Doc.

natasha itself is never imported (it drags in the dead pymorphy2): slovnet and navec read its data files, found by importlib.
"""

import importlib.util
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from wirefeed.errors import ConfigError
from wirefeed.model import Entity, FieldName
from wirefeed.tags import russian_nominative

MOST = 20_000  # characters a model reads; wires put their names early
_TYPES = {"PERSON": "person", "PER": "person", "ORG": "organisation", "GPE": "place", "LOC": "place", "FAC": "place"}
_NOISE = re.compile(
    r"^(?:(?:on |last |next |this )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|november|"
    r"december|reportedly|soviet|islam|islamic|muslim|muslims|christian|orthodox|president|minister|deputy|general|prime minister|foreign minister|"
    r"deputy foreign minister|ministry|government|parliament|senate|state|states|republic|region|district|province|border|army|police|court|supreme court|"
    r"security council|[ivx]+|covid(?:-19)?|mr|mrs|ms|dr|said|the|суд[а-я]{0,2}|сизо|ссср|европ[аыеуо]й?)$",
    re.I)
_PRODUCT = re.compile(r"\s+(?:[\w-]+\s+(?:and\s+[\w-]+\s+)?)?(?:drones?|uavs?|missiles?|helicopters?|gunships?|tanks?|rifles?|types|list)\b", re.I)
_TAIL = re.compile(r"(?:['’]s|['’])$")
_HEAD = re.compile(r"^(?:the|a|an|mr|mrs|ms|dr|president|prime minister|foreign minister|deputy foreign minister|defence minister|defense minister|"
                   r"interior minister|general|colonel|major|captain|lieutenant|spokesman|spokeswoman|professor|judge|sheikh|mullah|ambassador)\.?\s+", re.I)
_GENERIC_TAIL = re.compile(r"\b(?:administration|force|forces|troops|officials|government|summit|border|soldiers)$", re.I)


class Recogniser:
    """Loads each model once a process, when first needed."""

    def __init__(self, english_model: str, *, russian: bool) -> None:
        self._english_model = english_model
        self._russian = russian

    def find(self, title: str, text: str, language: str) -> list[Entity]:
        """Model entities of title and text, noise left out; nothing for languages without a model."""
        if language == "en":
            return self._read(_english(self._english_model), title, text, language)
        if language == "ru" and self._russian:
            return self._read(_russian(), title, text, language)
        return []

    @staticmethod
    def _read(pipeline: Any, title: str, text: str, language: str) -> list[Entity]:
        made: list[Entity] = []
        for field, content in (("title", title), ("text", text[:MOST])):
            shouting = content.isupper()
            if not content.strip() or shouting:
                continue
            name: FieldName = "title" if field == "title" else "text"
            # A single line break is a space to the reader and a sentence end to the models.
            for span in pipeline(re.sub(r"(?<!\n)\n(?!\n)", " ", content.replace("\r", " "))).ents:
                entity = _entity(content, span.start_char, span.end_char, span.label_, name, language)
                if entity is not None:
                    made.append(entity)
        return made


def _entity(content: str, start: int, end: int, label: str, field: FieldName, language: str) -> Entity | None:
    kind = _TYPES.get(label)
    if kind is None:
        return None
    surface = content[start:end]
    if (tail := _TAIL.search(surface)) is not None:
        end -= len(tail[0])
    while (head := _HEAD.match(content[start:end])) is not None and head.end() < end - start:
        start += head.end()
    while start < end and not content[start].isalnum():
        start += 1
    while end > start and not (content[end - 1].isalnum() or content[end - 1] == "."):
        end -= 1
    surface = content[start:end]
    plain = " ".join(surface.split())
    if len(plain) < 3 or not any(c.isupper() for c in plain) or _NOISE.match(plain) or any(c in "<>{}|@" for c in plain) or "\n\n" in surface:
        return None
    if kind != "organisation" and any(c.isdigit() for c in plain):
        return None
    if language == "en" and kind != "place" and _PRODUCT.match(content, end):
        return None  # Bayraktar strike drones: a make, not the maker
    if language == "en" and (_GENERIC_TAIL.search(plain) or plain[0].islower()):
        return None
    return Entity(None, kind, normal_name(plain, kind, language), field, surface, start, end, "model")


def normal_name(name: str, kind: str, language: str) -> str:
    """A Russian name in the nominative; other names as they are."""
    if language != "ru":
        return name
    return russian_nominative.person(name) if kind == "person" else russian_nominative.phrase(name)


@lru_cache(maxsize=2)
def _english(model: str) -> Any:
    import spacy

    try:
        module = importlib.import_module(model)
        return module.load(exclude=["lemmatizer", "parser", "attribute_ruler", "tagger"])
    except ModuleNotFoundError:
        try:
            return spacy.load(model, exclude=["lemmatizer", "parser", "attribute_ruler", "tagger"])
        except OSError as error:
            raise ConfigError(f"WIREFEED_SPACY_MODEL: spaCy has no model {model!r} here") from error


class _SlovnetPipeline:
    """slovnet's NER behind the interface of a spaCy pipeline: text in, Doc with ents out."""

    def __init__(self, data: Path) -> None:
        import spacy
        from navec import Navec
        from slovnet import NER

        embeddings = next((data / "emb").glob("navec_news*.tar"))
        self._ner = NER.load(str(data / "model" / "slovnet_ner_news_v1.tar"))
        self._ner.navec(Navec.load(str(embeddings)))
        self._blank = spacy.blank("ru")
        self._blank.max_length = 10_000_000

    def __call__(self, text: str) -> Any:
        markup = self._ner(text)
        doc = self._blank.make_doc(text)
        spans = [doc.char_span(span.start, span.stop, label=span.type, alignment_mode="expand") for span in markup.spans]
        from spacy.util import filter_spans

        doc.ents = filter_spans([span for span in spans if span is not None])
        return doc


@lru_cache(maxsize=1)
def _russian() -> _SlovnetPipeline:
    found = importlib.util.find_spec("natasha")
    if found is None or not found.submodule_search_locations:
        raise ConfigError("the package natasha (its data files) is not installed; or set WIREFEED_RUSSIAN_NER=false")
    return _SlovnetPipeline(Path(found.submodule_search_locations[0]) / "data")


def merged(gazetteer: Sequence[Entity], model: Sequence[Entity]) -> list[Entity]:
    """Both in document order; where they overlap the gazetteer overrules. A model's surname joins the full name met before it."""
    taken = sorted((one.field, one.end, one.start) for one in gazetteer)  # no two overlap: the first that ends behind a span's start decides
    kept = []
    for one in model:
        at = bisect_right(taken, (one.field, one.start, one.start))
        if at == len(taken) or taken[at][0] != one.field or taken[at][2] >= one.end:
            kept.append(one)
    full: dict[str, Entity] = {}
    for one in kept:
        if one.type == "person" and " " in one.name:
            full.setdefault(one.name.split()[-1], one)
    joined = [_joined(one, full) if one.type == "person" and " " not in one.name else one for one in kept]
    return sorted([*gazetteer, *joined], key=lambda one: (one.field != "title", one.start, one.end))


def _joined(one: Entity, full: Mapping[str, Entity]) -> Entity:
    """A surname as the full name that the text has for it; in Russian by every reading of its form (Досанова: Каирбек Досанов)."""
    readings = (one.name, *(name for _, _, name in russian_nominative.surname_readings(one.name)))
    known = next((full[name] for name in readings if name in full), None)
    return one if known is None else Entity(None, "person", known.name, one.field, one.text, one.start, one.end, "model")
