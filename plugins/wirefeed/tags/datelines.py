"""Cities of outside powers (config/datelines.yaml): they say where a story plays, and nothing else; no entity, no relevance."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from wirefeed.model import Entity, FieldName
from wirefeed.tags import russian
from wirefeed.tags.boilerplate import reading
from wirefeed.tags.matcher import Form, Matcher, longest
from wirefeed.yaml_files import ConfigText, read

CITY = "outside_city"  # the type of such a mention; it never leaves the country model


class Datelines:
    """Finds the cities in datelines and texts, Russian ones in all cases."""

    def __init__(self, cities: Mapping[str, str]) -> None:
        self._cities = dict(cities)

    @cached_property
    def _matcher(self) -> Matcher[str]:
        return Matcher((Form(form, capital=True), country) for name, country in self._cities.items()
                       for form in {name, *(russian.phrase(name) if re.search("[а-яё]", name.lower()) else ())})

    def find(self, title: str, text: str, language: str) -> list[tuple[Entity, str]]:
        """Mentions in order, title first, each with its country."""
        found: list[tuple[Entity, str]] = []
        for field, content in (("title", title), ("text", text)):
            name: FieldName = "title" if field == "title" else "text"
            for one in longest(self._matcher.find(reading(content)[0], language)):
                found.append((Entity(None, CITY, one.surface, name, one.surface, one.start, one.end, "gazetteer"), one.term))
        return found


def load_datelines(files: Sequence[ConfigText]) -> Datelines:
    """City -> country. Raises ConfigError with file and line."""
    cities: dict[str, str] = {}
    for text in files:
        file = read(text.path, text.text)
        for country, names in (file.data or {}).items():
            if not re.fullmatch("[A-Z]{2}", str(country)) or not isinstance(names, list):
                raise file.error(f"{country}: a country's two letters and a list of cities are wanted", (country,))
            cities |= {str(name): str(country) for name in names}
    return Datelines(cities)
