"""config/gazetteer/*.yaml into entities and their forms. Strict: unknown keys, repeated ids and colliding names are told with file and line."""

from collections.abc import Iterator, Mapping, Sequence

import pydantic

from wirefeed.errors import ConfigError
from wirefeed.tags import forms
from wirefeed.tags.forms import Term
from wirefeed.tags.matcher import Form
from wirefeed.yaml_files import ConfigText, Strict, check, read

LANGUAGES = ("en", "ru", "kk", "ky", "uz", "tg", "tk", "fa")
OTHER_LANGUAGES = ("ps", "tr", "kaa")
OWN_LANGUAGE = {"KZ": "kk", "KG": "ky", "TJ": "tg", "TM": "tk", "UZ": "uz", "AF": "fa", "IR": "fa"}
PLACE_TYPES = frozenset({"country", "area", "region", "city", "village", "border_crossing", "river", "lake", "sea", "dam", "canal", "range", "base",
                         "airport", "facility", "event_place"})


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
            yield from forms.terms(entity)


def load_gazetteer(files: Sequence[ConfigText]) -> Gazetteer:
    """Load and merge; later files replace entities by id. Raises ConfigError; what is only doubtful becomes a warning."""
    entities: dict[str, EntityEntry] = {}
    places: dict[str, str] = {}
    warnings: list[str] = []
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
            for field, given in (("names", entity.names), ("adjectives", entity.adjectives)):
                if unknown := given.keys() - {*LANGUAGES, *OTHER_LANGUAGES}:
                    raise file.error(f"{entity.id}: {field} in the unknown language {', '.join(sorted(unknown))}", (*loc, field))
            entities[entity.id] = entity
            warnings += (f"{where}: {entity.id}: {doubt}" for doubt in _doubts(entity))
    return Gazetteer(entities, [*warnings, *_collisions(entities, places)])


def _doubts(entity: EntityEntry) -> Iterator[str]:
    """What is odd about one entity: names that stand twice, a script that its readers write and it lacks, a place without country or point."""
    for language, given in entity.names.items():
        if len(set(given)) < len(given):
            yield f"a name stands twice in {language}"
    wanted = LANGUAGES if entity.type == "country" else ("en", "ru", *dict.fromkeys(OWN_LANGUAGE[land] for land in entity.country if land in OWN_LANGUAGE))
    if missing := [language for language in wanted if not entity.names.get(language)]:
        yield f"no name in {', '.join(missing)}"
    if entity.type in PLACE_TYPES and not entity.country and entity.type not in ("area", "range", "sea", "river", "lake"):
        yield "a place without a country"
    if entity.type in PLACE_TYPES - {"country", "area"} and entity.coordinates is None:
        yield "a place without coordinates"


def _collisions(entities: Mapping[str, EntityEntry], places: Mapping[str, str]) -> Iterator[str]:
    """Names that several entities bear. Kind, country or context tell most apart; where nothing can, it is an error. Persons resolve by full name."""
    bearers: dict[str, list[EntityEntry]] = {}
    for entity in entities.values():
        for name in dict.fromkeys(name.casefold() for given in entity.names.values() for name in given):
            bearers.setdefault(name, []).append(entity)
    for name, (first, *others) in bearers.items():
        for other in others:
            sure = [one for one in (first, other) if not one.ambiguous and name not in {doubtful.casefold() for doubtful in (*one.ambiguous_names, *one.generic)}]
            if len(sure) == 2 and (first.type, set(first.country)) == (other.type, set(other.country)):
                raise ConfigError(f"{places[other.id]}: {name!r} is also a name of {first.id} ({places[first.id]}), of the same kind and country: nothing can tell them apart")
            if other in sure and other.type != "person":
                yield f"{places[other.id]}: {name!r} is also a name of {first.id} ({places[first.id]}): resolved by context"
