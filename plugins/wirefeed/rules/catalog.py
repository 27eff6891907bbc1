"""One rule a YAML file into frozen Rules. Strict: unknown keys, bad queries and repeated ids are errors with file and line."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import pydantic

from wirefeed.errors import ConfigError
from wirefeed.model import Severity
from wirefeed.rules.places import place
from wirefeed.rules.query import Query, QueryError, parse
from wirefeed.yaml_files import ConfigText, Strict, check, read


class Example(Strict):
    """A text that a rule must or must not match; it is tagged like a story before the rule sees it."""

    title: str
    text: str = ""
    language: str | None = None
    note: str = ""


class Threshold(Strict):
    """Fire only when ``count`` different stories matched within ``hours``."""

    count: int = pydantic.Field(ge=2)
    hours: float = pydantic.Field(gt=0)


class Spike(Strict):
    """Fire when the stories of the last ``hours`` are at least ``factor`` times the rule's own mean of ``reference_days``, and ``least``."""

    factor: float = pydantic.Field(gt=1)
    hours: float = pydantic.Field(gt=0, default=6)
    reference_days: float = pydantic.Field(gt=0, default=14)
    least: int = pydantic.Field(ge=2, default=4)


class Rule(Strict):
    """An alert rule."""

    id: str = pydantic.Field(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")
    title: str
    query: str
    severity: Severity = Severity.ROUTINE
    recipients: tuple[str, ...] = ("desk",)
    rhythm: Literal["immediate", "hourly", "daily"] = "immediate"
    quiet_hours: Literal["keep", "ignore"] = "keep"  # ignore: mail at night too (flash always does)
    threshold: Threshold | None = None
    spike: Spike | None = None
    first_seen: bool = False  # fire only for a pair of group and country never met before
    escalate_to: str | None = None  # who hears of an unacknowledged flash
    escalate_after: float = pydantic.Field(default=30, gt=0)  # minutes
    owner: str = ""
    note: str = ""
    off: bool = False
    must_match: tuple[Example, ...] = ()
    must_not_match: tuple[Example, ...] = ()

    @property
    def parsed(self) -> Query:
        """The query's tree."""
        return parse(self.query)


class RuleSet:
    """All rules by id, those that are off apart; hashable by content."""

    def __init__(self, rules: Mapping[str, Rule], sources: Mapping[str, ConfigText]) -> None:
        self.all = dict(rules)
        self.active = {rule_id: rule for rule_id, rule in rules.items() if not rule.off}
        self.sources = dict(sources)
        self.revisions = {rule_id: hashlib.sha256(sources[rule_id].text.encode()).hexdigest()[:16] for rule_id in rules}
        self._key = tuple(sorted(self.revisions.items()))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleSet) and other._key == self._key

    def __getitem__(self, rule_id: str) -> Rule:
        return self.all[rule_id]

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self.all

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.active.values())

    def __len__(self) -> int:
        return len(self.active)


def read_rule(text: ConfigText) -> Rule | str:
    """The rule of one file; or the id that the file switches off (``id: x`` and ``off: true`` alone). Raises ConfigError."""
    try:
        file = read(text.path, text.text)
    except ConfigError as error:
        if hint := _yaml_hint(text.text, error):
            raise ConfigError(f"{error.reason} ({hint})", text.path, error.line) from error
        raise
    if file.data is None:
        raise ConfigError("the file is empty: a rule needs id, title and query", text.path, 1)
    if isinstance(file.data, dict) and set(file.data) <= {"id", "off", "note"} and file.data.get("off") is True and "id" in file.data:
        return str(file.data["id"])
    rule = check(Rule, file)
    try:
        parse(rule.query)
    except QueryError as error:
        line, column = place(file, text.text, rule.query, error.column)
        where = f"column {column}: " if column else ""
        hint = f" ({error.hint})" if error.hint else ""
        raise ConfigError(f"{where}rule {rule.id}: query: {error.reason}{hint}", text.path, line) from error
    return rule


def _yaml_hint(text: str, error: ConfigError) -> str:
    """What to write when YAML, not the rule language, stumbles over a query: it begins with a quotation mark or *, or holds a colon and a blank."""
    found = re.search(r"(?m)^query[ \t]*:[ \t]*(?![>|])(\S.*)$", text)
    if found is None or error.line is None or not 0 <= error.line - 1 - text.count("\n", 0, found.start()) <= 1:
        return ""
    return "YAML reads this before the rule does: write query: >- and the query on the next line, indented"


def load_rules(files: Sequence[ConfigText]) -> RuleSet:
    """Load rule files; a later file replaces the rule of the same id. Raises ConfigError with file and line."""
    rules: dict[str, Rule] = {}
    sources: dict[str, ConfigText] = {}
    for text in files:
        made = read_rule(text)
        if isinstance(made, str):
            if made not in rules:
                raise ConfigError(f"there is no rule {made!r} to switch off", text.path, 1)
            rules[made], sources[made] = rules[made].model_copy(update={"off": True}), text
            continue
        if made.id in sources and sources[made.id].path.parent == text.path.parent:
            raise ConfigError(f"the rule {made.id!r} stands in {sources[made.id].path.name} too", text.path, 1)
        rules[made.id], sources[made.id] = made, text
    return RuleSet(rules, sources)
