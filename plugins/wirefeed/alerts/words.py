"""The labels of mails in the recipient's language (config/mail/words.yaml), dates and country names. The news itself is never translated."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from wirefeed.alerts.hours import local
from wirefeed.yaml_files import Strict, check, read


class _File(Strict):
    words: dict[str, dict[str, str]]  # key -> language -> text
    counts: dict[str, dict[str, list[str]]]  # noun -> language -> plural forms
    countries: dict[str, dict[str, str]]
    months: dict[str, list[str]]


@dataclass(frozen=True)
class Words:
    """``w("key")`` in templates; English where the language lacks a word, the key itself where both do."""

    language: str
    file: Any

    def __call__(self, key: str) -> str:
        """A label."""
        found = self.file.words.get(key, {})
        return str(found.get(self.language, found.get("en", key)))

    def count(self, noun: str, number: int) -> str:
        """"3 stories", with the plural of the language."""
        forms = self.file.counts[noun].get(self.language, self.file.counts[noun]["en"])
        return f"{number} {forms[_plural(self.language, number)]}"

    def country(self, code: str) -> str:
        """A country's name."""
        found = self.file.countries.get(code, {})
        return str(found.get(self.language, found.get("en", code)))

    def short(self, when: datetime, zone: str) -> str:
        """"24 Nov, 15:30", on the clock that the mail names elsewhere."""
        here = local(when, zone)
        months = self.file.months.get(self.language, self.file.months["en"])
        return f"{here.day} {months[here.month - 1]}, {here:%H:%M}"

    def moment(self, when: datetime, zone: str) -> str:
        """"24 Nov 2026, 15:30 (Asia/Almaty, UTC+05:00)"."""
        here = local(when, zone)
        months = self.file.months.get(self.language, self.file.months["en"])
        offset = here.strftime("%z")
        shown = f", UTC{offset[:3]}:{offset[3:5]}" if zone != "UTC" else ""
        return f"{here.day} {months[here.month - 1]} {here.year}, {here:%H:%M} ({zone.replace('_', ' ')}{shown})"


def _plural(language: str, number: int) -> int:
    if language != "ru":
        return 0 if number == 1 else 1
    if number % 10 == 1 and number % 100 != 11:
        return 0
    return 1 if 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14 else 2


def words(folders: tuple[Path, ...], language: str) -> Words:
    """The words of the first folder that has a file of them."""
    path = next((folder / "words.yaml" for folder in folders if (folder / "words.yaml").is_file()), folders[-1] / "words.yaml")
    return Words(language, _load(path, path.stat().st_mtime_ns if path.exists() else 0))


@lru_cache(maxsize=8)
def _load(path: Path, _changed: int) -> _File:
    return check(_File, read(path))
