"""Cities of outside powers that datelines name (config/datelines.yaml): they say where a story plays, and nothing else."""

import re
from collections.abc import Mapping, Sequence

from wirefeed.yaml_files import ConfigText, read


def load_datelines(files: Sequence[ConfigText]) -> dict[str, str]:
    """City (folded) -> country. Raises ConfigError with file and line."""
    cities: dict[str, str] = {}
    for text in files:
        file = read(text.path, text.text)
        for country, names in (file.data or {}).items():
            if not re.fullmatch("[A-Z]{2}", str(country)) or not isinstance(names, list):
                raise file.error(f"{country}: a country's two letters and a list of cities are wanted", (country,))
            cities |= {str(name).casefold(): str(country) for name in names}
    return cities


def played_in(dateline: str, cities: Mapping[str, str]) -> str | None:
    """The country of the city that a dateline names, None for the gazetteer's own cities and for no dateline."""
    head = dateline.casefold()
    found = [name for name in cities if name in head and not re.search(rf"\w{re.escape(name)}|{re.escape(name)}\w", head)]
    return cities[max(found, key=len)] if found else None
