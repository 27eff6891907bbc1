"""recipients.yaml into frozen Recipients: who is told, where, in which language and on whose clock.

Nobody is mailed until somebody is named; until then (and for a rule addressed to nobody who is known) alerts go to ``LOCAL``, whose mails
only ever become files in the outbox folder.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pydantic

from wirefeed.alerts.hours import QuietHours, local
from wirefeed.yaml_files import ConfigText, Strict, YamlFile, check, read

ChannelName = Literal["mail", "webhook", "slack"]
NIGHT = QuietHours(time(22), time(7))
_ADDRESS = re.compile(r"[^\s@<>(),;:\"\[\]\\]{1,64}@[^\s@<>(),;:\"\[\]\\]{1,255}")
_ID = r"^[a-z0-9][a-z0-9._-]{0,99}$"


@dataclass(frozen=True, slots=True)
class Away:
    """Local days away, both included. Without a deputy everything but a flash waits for the return."""

    first: date
    last: date
    deputy: str | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person. ``webhook_secret`` is the NAME of the environment variable that holds the HMAC key."""

    id: str
    address: str = ""
    name: str = ""
    zone: str = "UTC"
    language: Literal["en", "ru"] = "en"
    channels: tuple[ChannelName, ...] = ("mail",)
    webhook: str = ""
    webhook_secret: str = ""
    slack: str = ""
    quiet: QuietHours | None = NIGHT
    digest: time | None = time(7, 30)
    away: Away | None = None
    escalation: str | None = None  # the deputy an unacknowledged flash goes on to
    escalation_minutes: int = 30
    local: bool = False  # mails become files whatever the mail settings say

    def is_away(self, now: datetime) -> bool:
        """Whether today, on the recipient's own calendar, is a day away."""
        return self.away is not None and self.away.first <= local(now, self.zone).date() <= self.away.last


LOCAL = Recipient("desk", "desk@localhost", "Desk", quiet=None, local=True)


class Recipients:
    """People and groups by id."""

    def __init__(self, people: Mapping[str, Recipient], groups: Mapping[str, tuple[str, ...]], operator: str | None = None) -> None:
        self.people = dict(people)
        self.groups = dict(groups)
        self.operator = self.people.get(operator) if operator else None

    def __len__(self) -> int:
        return len(self.people)

    def knows(self, name: str) -> bool:
        """Whether a rule may name it: a person's id or address, or a group."""
        return name in self.groups or self.get(name) is not None

    def get(self, name: str) -> Recipient | None:
        """A person by id or by address; LOCAL by its id while nobody of that name is there."""
        if (found := self.people.get(name)) is not None:
            return found
        wanted = name.casefold()
        found = next((one for one in self.people.values() if one.address.casefold() == wanted), None)
        return found or (LOCAL if name in (LOCAL.id, LOCAL.address) and name not in self.groups else None)

    def resolve(self, names: Sequence[str]) -> tuple[Recipient, ...]:
        """Everybody the names mean, once each, in order; (LOCAL,) when that is nobody."""
        found: dict[str, Recipient] = {}
        for name in names:
            for member in self.groups.get(name, (name,)):
                one = self.people.get(member) or (self.get(member) if member not in self.groups else None)
                if one is not None and not one.local:
                    found[one.id] = one
        return tuple(found.values()) or (LOCAL,)

    def __iter__(self) -> Any:
        return iter(self.people.values())


# --- the file --------------------------------------------------------------------------------------------------------
class _Away(Strict):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    first: date = pydantic.Field(alias="from")
    last: date = pydantic.Field(alias="to")
    deputy: str | None = None

    @pydantic.model_validator(mode="after")
    def _order(self) -> "_Away":
        if self.last < self.first:
            raise ValueError("'to' lies before 'from'")
        return self


class _Escalation(Strict):
    deputy: str
    after_minutes: int = pydantic.Field(default=30, ge=1, le=1440)


class _Named(Strict):
    id: str = pydantic.Field(pattern=_ID)
    off: bool = False


class _Person(_Named):
    address: str = ""
    name: str = ""
    zone: str = "UTC"
    language: Literal["en", "ru"] = "en"
    channels: tuple[ChannelName, ...] = ("mail",)
    webhook: str = ""
    webhook_secret: str = ""
    slack: str = ""
    quiet_hours: str | bool | None = "22:00-07:00"
    digest: str | int | bool | None = "07:30"
    away: _Away | None = None
    escalation: _Escalation | None = None

    @pydantic.field_validator("address")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not _ADDRESS.fullmatch(value):
            raise ValueError(f"{value!r} is no mail address")
        return value

    @pydantic.field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {value!r} (write it like Asia/Almaty)") from error
        return value

    @pydantic.field_validator("webhook", "slack")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not re.match(r"https?://[^\s/]+", _expanded(value)) and not value.startswith("$"):
            raise ValueError("an http or https address, or $NAME of a variable that holds one")
        return value

    @pydantic.model_validator(mode="after")
    def _whole(self) -> "_Person":
        if not self.channels:
            raise ValueError("channels is empty: name mail, webhook or slack, or switch the person off (off: true)")
        for channel, value in (("mail", self.address), ("webhook", self.webhook), ("slack", self.slack)):
            if channel in self.channels and not value:
                raise ValueError(f"channel {channel} needs {'address' if channel == 'mail' else channel}")
        self.quiet()
        self.digest_time()
        return self

    def quiet(self) -> QuietHours | None:
        if self.quiet_hours in (False, None, "off", "none"):
            return None
        found = re.fullmatch(r"(\d\d?:\d\d)\s*[-–]\s*(\d\d?:\d\d)", str(self.quiet_hours))
        if not found:
            raise ValueError('quiet_hours: write "22:00-07:00" or off')
        return QuietHours(_clock(found[1]), _clock(found[2]))

    def digest_time(self) -> time | None:
        if self.digest in (False, None, "off", "none"):
            return None
        if isinstance(self.digest, int):  # YAML 1.1 reads an unquoted 17:30 as 17 * 60 + 30
            return _clock(f"{self.digest // 60}:{self.digest % 60:02}")
        return _clock(str(self.digest))


class _Group(_Named):
    members: tuple[str, ...] = ()


class _File(Strict):
    people: tuple[_Person, ...] = ()
    groups: tuple[_Group, ...] = ()
    operator: str | None = None


def _clock(text: str) -> time:
    hours, minutes = text.split(":") if text.count(":") == 1 else ("x", "x")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise ValueError(f"{text!r} is no time of day (write 07:30)")
    return time(int(hours), int(minutes))


def _expanded(value: str) -> str:
    return os.environ.get(value[1:], "") if value.startswith("$") else value


_Entry = TypeVar("_Entry")
_Placed = tuple[_Entry, YamlFile, tuple[int | str, ...]]


def _named(value: Any) -> Any:
    """YAML 1.1 reads the key ``off`` as False."""
    if isinstance(value, dict):
        return {"off" if key is False else key: _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, list) else value


def _names_once(content: _File, file: YamlFile) -> None:
    seen: set[str] = set()
    for kind, listed in (("people", content.people), ("groups", content.groups)):
        for number, one in enumerate(listed):
            if one.id in seen:
                raise file.error(f"{one.id!r} stands twice (people and groups share their names)", (kind, number))
            seen.add(one.id)


def load_recipients(files: Sequence[ConfigText]) -> Recipients:
    """Load and merge, later files overriding by id; raises ConfigError with file and line (unknown members and deputies too)."""
    people: dict[str, _Placed[_Person]] = {}
    groups: dict[str, _Placed[_Group]] = {}
    operator: tuple[str, YamlFile] | None = None
    for text in files:
        file = read(text.path, text.text)
        if file.data is None:
            continue
        file = YamlFile(file.path, _named(file.data), file.lines)
        content = check(_File, file)
        _names_once(content, file)
        for name in [one.id for one in (*content.people, *content.groups)]:  # the later file's word on a name is the only one
            people.pop(name, None)
            groups.pop(name, None)
        people |= {one.id: (one, file, ("people", number)) for number, one in enumerate(content.people) if not one.off}
        groups |= {one.id: (one, file, ("groups", number)) for number, one in enumerate(content.groups) if not one.off}
        operator = (content.operator, file) if content.operator else operator
    for person, file, loc in people.values():
        for what, deputy in (("away", person.away and person.away.deputy), ("escalation", person.escalation and person.escalation.deputy)):
            if deputy and deputy not in people:
                raise file.error(f"{person.id}: {what}: nobody is called {deputy!r}", loc)
            if deputy == person.id:
                raise file.error(f"{person.id}: {what}: nobody is their own deputy", loc)
    for group, file, loc in groups.values():
        for member in group.members:
            if member not in people:
                raise file.error(f"group {group.id}: nobody is called {member!r}", loc)
    if operator and operator[0] not in people:
        raise operator[1].error(f"operator: nobody is called {operator[0]!r}", ("operator",))
    return Recipients({key: _recipient(one[0]) for key, one in people.items()},
                      {key: tuple(one[0].members) for key, one in groups.items()}, operator[0] if operator else None)


def _recipient(person: _Person) -> Recipient:
    away = Away(person.away.first, person.away.last, person.away.deputy) if person.away else None
    return Recipient(
        id=person.id, address=person.address, name=person.name, zone=person.zone, language=person.language,
        channels=tuple(dict.fromkeys(person.channels)), webhook=_expanded(person.webhook), webhook_secret=person.webhook_secret,
        slack=_expanded(person.slack), quiet=person.quiet(), digest=person.digest_time(), away=away,
        escalation=person.escalation.deputy if person.escalation else None,
        escalation_minutes=person.escalation.after_minutes if person.escalation else 30)
