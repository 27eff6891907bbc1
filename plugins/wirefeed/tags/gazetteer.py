"""config/gazetteer/*.yaml into entities and their forms. Strict: unknown keys, repeated ids and colliding names are told with file and line."""

from collections.abc import Iterator, Mapping, Sequence

import pydantic

from wirefeed.tags import forms
from wirefeed.tags.forms import Term
from wirefeed.tags.matcher import Form
from wirefeed.yaml_files import ConfigText, Strict, check, read

LANGUAGES = ("en", "ru", "kk", "ky", "uz", "tg", "tk", "fa")
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
