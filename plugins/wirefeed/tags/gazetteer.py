"""config/gazetteer/*.yaml into entities and their forms. Strict: unknown keys, repeated ids and colliding names are told with file and line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pydantic

from wirefeed.tags import russian
from wirefeed.tags.matcher import Form
from wirefeed.yaml_files import ConfigText, Strict, check, read

Kind = Literal["name", "adjective", "surname", "never"]
LANGUAGES = ("en", "ru", "kk", "ky", "uz", "tg", "tk", "fa")
PLACE_TYPES = frozenset({"country", "area", "region", "city", "village", "border_crossing", "river", "lake", "sea", "dam", "canal", "range", "base",
                         "airport", "facility", "event_place"})
_NAMED_APART = frozenset({"armed_group", "igo", "party", "military"})  # of these only short names are in doubt
_VOICED = str.maketrans("tkpçткпқ", "dgbjдгбғ")
_FULL = re.compile(r"^[A-ZА-ЯЁӘҒҚҢӨҰҮІҺЎҲҶӢӮÜÖŞÇÝŇ0-9+./-]{2,9}$")


class Coordinates(Strict):
    """Degrees, and whose they are (SOURCES.md)."""

    lat: float = pydantic.Field(ge=-90, le=90)
    lon: float = pydantic.Field(ge=-180, le=180)
    source: str


class Role(Strict):
    """What a person is or was; dates as written in the sources, open ends null."""

    role: str
    start: str | None = pydantic.Field(default=None, alias="from")
    end: str | None = pydantic.Field(default=None, alias="to")


class EntityEntry(Strict):
    """One entity of the gazetteer."""

    id: str = pydantic.Field(pattern=r"^[a-z]+:[A-Za-z0-9-]+$")
    type: str
    country: tuple[str, ...] = ()
    names: Mapping[str, tuple[str, ...]]
    adjectives: Mapping[str, tuple[str, ...]] = pydantic.Field(default_factory=dict)
    ambiguous: bool = False  # no name of it is ever enough alone
    ambiguous_names: tuple[str, ...] = ()
    context: tuple[str, ...] = ()  # one of these must be near an ambiguous name
    never: tuple[str, ...] = ()  # phrases in which the name means another thing
    generic: tuple[str, ...] = ()  # names too common to be a mention
    coordinates: Coordinates | None = None
    roles: tuple[Role, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    iso: Mapping[str, str] = pydantic.Field(default_factory=dict)
    wikidata: str | None = None
    note: str = ""
    off: bool = False

    @property
    def name(self) -> str:
        """The name shown: English, else the first there is."""
        return next((self.names[language][0] for language in ("en", "ru", *self.names) if self.names.get(language)), self.id)


class _File(Strict):
    entities: tuple[EntityEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """What a form stands for."""

    entity: str
    kind: Kind
    ambiguous: bool = False
    language: str = ""  # whose spelling it is


class Gazetteer:
    """All entities by id, and warnings of the loader."""

    def __init__(self, entities: Mapping[str, EntityEntry], warnings: Sequence[str] = ()) -> None:
        self.entities = dict(entities)
        self.warnings = tuple(warnings)

    def __getitem__(self, entity_id: str) -> EntityEntry:
        return self.entities[entity_id]

    def __contains__(self, entity_id: object) -> bool:
        return entity_id in self.entities

    def __iter__(self) -> Iterator[EntityEntry]:
        return iter(self.entities.values())

    def __len__(self) -> int:
        return len(self.entities)

    def points(self) -> dict[str, tuple[float, float]]:
        """Entity id -> (latitude, longitude)."""
        return {one.id: (one.coordinates.lat, one.coordinates.lon) for one in self if one.coordinates}

    def terms(self) -> Iterator[tuple[Form, Term]]:
        """Every form of every name, for the automaton."""
        for entity in self:
            yield from _terms(entity)


def load_gazetteer(files: Sequence[ConfigText]) -> Gazetteer:
    """Load and merge; later files replace entities by id. Raises ConfigError; what is only doubtful becomes a warning."""
    entities: dict[str, EntityEntry] = {}
    places: dict[str, str] = {}
    warnings: list[str] = []
    names: dict[str, tuple[str, str]] = {}
    for text in files:
        file = read(text.path, text.text)
        if file.data is None:
            continue
        for number, entity in enumerate(check(_File, file).entities):
            loc = ("entities", number)
            where = f"{text.path}:{file.line((*loc, 'id')) or file.line(loc)}"
            if entity.id in places and places[entity.id].startswith(f"{text.path.parent}/"):
                raise file.error(f"{entity.id!r} stands twice: also {places[entity.id]}", (*loc, "id"))
            places[entity.id] = where
            if entity.off:
                entities.pop(entity.id, None)
                continue
            if not any(entity.names.values()):
                raise file.error(f"{entity.id}: no name", (*loc, "names"))
            for language, given in entity.names.items():
                if len(set(given)) < len(given):
                    warnings.append(f"{where}: {entity.id}: a name stands twice in {language}")
                for name in given:
                    other = names.setdefault(name.casefold(), (entity.id, where))
                    if other[0] != entity.id and name not in entity.ambiguous_names and not entity.ambiguous and entity.type != "person":
                        warnings.append(f"{where}: {name!r} is also a name of {other[0]} ({other[1]}): resolved by context")
            missing = [language for language in LANGUAGES if not entity.names.get(language)]
            if entity.type == "country" and missing:
                warnings.append(f"{where}: {entity.id}: no name in {', '.join(missing)}")
            if entity.type in PLACE_TYPES and not entity.country and entity.type not in ("area", "range", "sea", "river", "lake"):
                warnings.append(f"{where}: {entity.id}: a place without a country")
            entities[entity.id] = entity
    return Gazetteer(entities, warnings)


def _terms(entity: EntityEntry) -> Iterator[tuple[Form, Term]]:
    doubtful = {name.casefold() for name in entity.ambiguous_names}
    generic = {name.casefold() for name in entity.generic}
    for phrase in entity.never:
        yield Form(phrase), Term(entity.id, "never")
        for form in russian.phrase(phrase) if re.search("[а-яё]", phrase) else ():
            yield Form(form), Term(entity.id, "never")
    for language, names in entity.names.items():
        for name in names:
            if name.casefold() in generic:
                continue
            ambiguous = name.casefold() in doubtful or (entity.ambiguous and " " not in name and (
                entity.type not in _NAMED_APART or len(name) <= 4))
            own = "" if name.casefold() in doubtful else language
            yield from ((form, Term(entity.id, "name", ambiguous, own)) for form in _name_forms(name, language, entity.type))
            if entity.type == "person":
                yield from ((form, Term(entity.id, "surname", entity.ambiguous)) for form in _surnames(name, language))
    for language, adjectives in entity.adjectives.items():
        for adjective in adjectives:
            yield from ((form, Term(entity.id, "adjective")) for form in _adjective_forms(adjective, language))


def _name_forms(name: str, language: str, kind: str) -> Iterator[Form]:
    if _FULL.match(name) and sum(c.isupper() for c in name) >= 2:
        yield Form(name, upper=True)
        return
    capital = name[:1].isupper()
    if language == "ru":
        made = russian.person(name) if kind == "person" else russian.phrase(name)
        for form in {name, *made}:
            yield Form(form, capital=capital)
        return
    yield Form(name, capital=capital)
    if language in ("tk", "ky", "kk", "uz", "tr") and len(name) > 4 and name[-1] in "tkpçткпқ":
        yield Form(name[:-1] + name[-1].translate(_VOICED), capital=capital)  # Aşgabat: Aşgabadyň
    if language == "en" and "-" in name and kind != "person":
        yield Form(name.replace("-", " "), capital=capital)


def _surnames(name: str, language: str) -> Iterator[Form]:
    parts = name.split()
    if len(parts) < 2 or language not in ("en", "ru", "kk", "ky", "uz", "tg", "tk"):
        return
    last = parts[-1]
    if len(last) < 4 or not last[0].isupper() or _FULL.match(last):
        return
    forms = {form for made in russian.surname(last).values() for form in made} if language == "ru" else {last}
    yield from (Form(form, capital=True) for form in forms)


def _adjective_forms(adjective: str, language: str) -> Iterator[Form]:
    if language == "ru":
        for form in russian.adjective(adjective):
            yield Form(form, compound=form.endswith("о") and len(form) > 5 and not form.endswith("ого"), endings=False)
        return
    # A people in the singular counts, its plural (өзбектер, Tajiks) does not: so no endings.
    yield Form(adjective, capital=language == "en", endings=False)
