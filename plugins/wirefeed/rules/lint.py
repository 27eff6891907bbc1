"""All that is wrong or doubtful in rule files, each finding with file, line and column. Pure; `wirefeed rules check` prints it."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from wirefeed.errors import ConfigError
from wirefeed.model import Severity
from wirefeed.rules.catalog import Rule, read_rule
from wirefeed.rules.examples import Result
from wirefeed.rules.known import Known
from wirefeed.rules.lint_query import remarks
from wirefeed.rules.lint_values import Level
from wirefeed.rules.places import place
from wirefeed.yaml_files import ConfigText, YamlFile, read

IDLE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; line and column from 1, None when they are not known."""

    file: str
    line: int | None
    column: int | None
    level: Level
    message: str
    rule: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line or 1}:{self.column or 1}: {self.level}: {self.message}"


def lint(files: Sequence[ConfigText], known: Known, now: datetime, run: Callable[[Sequence[Rule]], Iterable[Result]] | None = None) -> list[Finding]:
    """All findings in order of file and place. ``run`` tries examples (rules/examples.py); without it they stay untried."""
    found: list[Finding] = []
    good: dict[str, tuple[Rule, YamlFile, ConfigText]] = {}
    for text in files:
        try:
            rule = read_rule(text)
        except ConfigError as error:
            found.append(_of_error(error, text))
            continue
        if isinstance(rule, str):
            if rule not in good:
                found.append(Finding(str(text.path), 1, 1, "error", f"there is no rule {rule!r} to switch off{_near(rule, good)}", rule))
            good.pop(rule, None)
            continue
        before = good.get(rule.id)
        if before and before[2].path.parent == text.path.parent:
            found.append(Finding(str(text.path), 1, 1, "error", f"the rule {rule.id!r} stands in {before[2].path.name} too", rule.id))
            continue
        good[rule.id] = rule, read(text.path, text.text), text
    queries: dict[str, str] = {}
    for rule, file, text in good.values():
        found += _of_rule(rule, file, text, known, now)
        if (other := queries.setdefault(" ".join(rule.query.split()), rule.id)) != rule.id:
            found.append(_at(file, text, rule, ("query",), "warning", f"the same query as rule {other}"))
    if run is not None:
        for result in run([rule for rule, _file, _text in good.values() if not rule.off]):
            if not result.passed:
                rule, file, text = good[result.rule_id]
                said = "matches although it must not, by" if result.matched else "does not match; not met:"
                found.append(_at(file, text, rule, (result.kind, result.number), "error", f"example {result.title!r} {said} {'; '.join(result.why)}"))
    return sorted(found, key=lambda one: (one.file, one.line or 0, one.column or 0, one.level, one.message))


def _of_error(error: ConfigError, text: ConfigText) -> Finding:
    message = error.reason
    column = 1
    if message.startswith("column "):
        head, message = message.split(": ", 1)
        column = int(head.removeprefix("column "))
    return Finding(str(text.path), error.line, column, "error", message)


def _of_rule(rule: Rule, file: YamlFile, text: ConfigText, known: Known, now: datetime) -> Iterator[Finding]:
    for remark in remarks(rule.parsed, known):
        line, column = place(file, text.text, rule.query, remark.column)
        message = remark.message + (f" ({remark.hint})" if remark.hint else "")
        yield Finding(str(text.path), line, column, remark.level, f"rule {rule.id}: {message}", rule.id)
    if known.recipient is not None:
        for loc, name in [*((("recipients", n), name) for n, name in enumerate(rule.recipients)), (("escalate_to",), rule.escalate_to)]:
            if name and not known.recipient(name):
                yield _at(file, text, rule, loc, "error", f"unknown recipient {name!r}{_near(name, known.recipients) or ' (people and groups stand in recipients.yaml)'}")
    if not rule.recipients:
        yield _at(file, text, rule, ("recipients",), "error", "nobody is told")
    if rule.severity is Severity.FLASH and rule.rhythm != "immediate":
        yield _at(file, text, rule, ("rhythm",), "error", f"a flash is never held: rhythm {rule.rhythm} has no effect")
    if lacking := [name for name in ("must_match", "must_not_match") if not getattr(rule, name)]:
        yield _at(file, text, rule, ("id",), "warning", f"no {' and no '.join(lacking)} example: nobody can see what the rule is for")
    first, last = known.matched.get(rule.id, (None, None))
    since = last or first
    if not rule.off and since is not None and now - since > IDLE:
        yield _at(file, text, rule, ("id",), "warning", f"no story has matched for {(now - since).days} days")


def _at(file: YamlFile, text: ConfigText, rule: Rule, loc: tuple[str | int, ...], level: Level, message: str) -> Finding:
    return Finding(str(text.path), file.line(loc), 1, level, f"rule {rule.id}: {message}", rule.id)


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    return f" (did you mean {near[0]}?)" if near else ""


def in_files(findings: Sequence[Finding], files: Sequence[Path]) -> list[Finding]:
    """Only those of the named files and folders."""
    wanted = [file.absolute() for file in files]
    return [one for one in findings if any(Path(one.file).absolute() == file or file in Path(one.file).absolute().parents for file in wanted)]
