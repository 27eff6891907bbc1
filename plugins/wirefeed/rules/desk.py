"""What the commands do: reads the configuration and the database, calls the pure parts. [IO]"""

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from wirefeed.errors import ConfigError, InputRefused, Unreachable
from wirefeed.rules import examples
from wirefeed.rules.backtest import Outcome, backtest
from wirefeed.rules.catalog import Rule, RuleSet, load_rules, read_rule
from wirefeed.rules.explain import unmet
from wirefeed.rules.known import Known, know
from wirefeed.rules.lint import Finding, lint
from wirefeed.rules.percolate import Percolator
from wirefeed.rules.revisions import from_git, rule_of
from wirefeed.rules.scripts import latin
from wirefeed.settings import Settings, from_environment, open_database
from wirefeed.yaml_files import ConfigText, find

if TYPE_CHECKING:
    from wirefeed.tags.tagger import Tagger


class RuleDesk:
    """Rules of one installation, at one moment."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.settings = settings
        self.now = now

    @classmethod
    def open(cls) -> "RuleDesk":
        """The installation that the environment names, now."""
        return cls(from_environment(), datetime.now(UTC))

    def _texts(self, pattern: str) -> tuple[ConfigText, ...]:
        return find(self.settings.config_folders, pattern)

    @cached_property
    def files(self) -> tuple[ConfigText, ...]:
        """All rule files, shipped ones first."""
        return self._texts("rules/*.yaml")

    @cached_property
    def rules(self) -> RuleSet:
        """All rules. Raises ConfigError."""
        return load_rules(self.files)

    @cached_property
    def tagger(self) -> "Tagger":
        """The installation's tagger; takes seconds."""
        from wirefeed.tags.tagger import load_tagger

        return load_tagger(self._texts("gazetteer/*.yaml"), self._texts("topics/*.yaml"), self.settings)

    @cached_property
    def known(self) -> Known:
        """Ids of the configuration, and when rules last matched as far as there is a database."""
        from wirefeed.store.rules import runs

        matched = {}
        if self._has_database():
            store = open_database(self.settings)
            try:
                with store.begin() as db:
                    matched = runs(db)
            finally:
                store.close()
        return know(self._texts("gazetteer/*.yaml"), self._texts("topics/*.yaml"), self._texts("recipients.yaml"),
                    self._texts("feeds.yaml"), matched)

    def _has_database(self) -> bool:
        """Lint must not make a database where there is none (an analyst's CI)."""
        return bool(self.settings.database_url) or (self.settings.data / "wirefeed.sqlite").exists()

    def _rule(self, rule_id: str) -> Rule:
        if rule_id not in self.rules:
            raise InputRefused(f"there is no rule {rule_id!r} (known: {', '.join(sorted(self.rules.all))})")
        return self.rules[rule_id]

    # --- commands ----------------------------------------------------------------------------------------------------
    def lint(self, more: Iterable[Path] = (), *, examples: bool = True) -> list[Finding]:
        """Findings in all rule files, and in those of ``more`` that lie elsewhere (they count as the site's own)."""
        have = {text.path.absolute() for text in self.files}
        extra: list[ConfigText] = []
        for path in more:
            if not path.exists():
                raise InputRefused(f"{path}: there is no such file")
            folder = path / "rules" if (path / "rules").is_dir() else path  # a whole configuration, or its rules alone
            inside = sorted(folder.glob("*.yaml")) if path.is_dir() else [path]
            for one in inside:
                if one.absolute() not in have:
                    try:
                        extra.append(ConfigText(one, one.read_text("utf-8")))
                    except (OSError, UnicodeDecodeError) as error:
                        raise InputRefused(f"{one}: {error}") from error
        return lint((*self.files, *extra), self.known, self.now, self._run if examples else None)

    def _run(self, rules: Sequence[Rule]) -> Iterable[examples.Result]:
        return examples.run(rules, self.tagger, self.now)

    def examples(self, rule_id: str | None) -> list[examples.Result]:
        """Results of one rule's examples, or of all."""
        return list(self._run([self._rule(rule_id)] if rule_id else list(self.rules)))

    def match(self, file: Path, title: str, language: str | None, rule_id: str | None) -> dict[str, Any]:
        """Which rules a text fires; with ``rule_id`` also what that one misses."""
        title, text = _read_story(file, title)
        document = examples.story(title, text, language, self.tagger, self.now)
        rules = [self._rule(rule_id)] if rule_id else list(self.rules)
        found = [{"rule": one.rule_id, "severity": self.rules[one.rule_id].severity.value, "clauses": one.clauses,
                  "highlights": [asdict(mark) for mark in one.highlights]} for one in Percolator(rules).match([document])]
        answer: dict[str, Any] = {"title": title, "language": document.get("language"), "matches": found}
        if rule_id and not found:
            answer["unmet"] = unmet(self._rule(rule_id).parsed, document)
        return answer

    def backtest(self, rule_id: str, days: int, samples: int = 5) -> Outcome:
        """The rule over the last ``days`` of the archive, against its revision before: what ran last if that differs, what ran before it, else git's."""
        return self._backtest(self._rule(rule_id), self.rules.sources[rule_id], days, samples)

    def _backtest(self, rule: Rule, source: ConfigText, days: int, samples: int) -> Outcome:
        from wirefeed.feeds.catalog import load_feeds
        from wirefeed.store import rules as stored

        feeds = load_feeds(self._texts("feeds.yaml"))
        names = {feed.id: (feed.name, str(feed.source_kind)) for feed in feeds}
        store = open_database(self.settings)
        try:
            with store.begin() as db:
                kept = stored.stored(db, rule.id)
                before = stored.former(db, rule.id)
                text = kept[1] if kept and kept[1] != source.text else before[1] if before else from_git(source.path, source.text)
                archive = stored.archive(db, self.now - timedelta(days=days), self.now, names)
                return backtest(rule, archive, rule_of(source.path, text), samples)
        finally:
            store.close()

    def new(self, query: str, to: Sequence[str], title: str, name: str, severity: str, days: int) -> dict[str, Any]:
        """Write, lint and back-test a rule. Raises ConfigError or InputRefused, and then no file is left."""
        title = title or query[:60]
        name = name or slug(title)
        if name in self.rules:
            raise InputRefused(f"there is a rule {name!r} already: {self.rules.sources[name].path}")
        path = self.settings.config / "rules" / f"{name}.yaml"
        made = {"id": name, "title": title, "query": query, "severity": severity, "recipients": list(to)}
        source = ConfigText(path, yaml.safe_dump(made, allow_unicode=True, sort_keys=False, width=140))
        rule = read_rule(source)
        assert isinstance(rule, Rule)
        findings = [one for one in lint((source,), self.known, self.now) if one.file == str(path)]
        if errors := [one for one in findings if one.level == "error"]:
            raise ConfigError("; ".join(one.message for one in errors))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(source.text)
        try:
            outcome = self._backtest(rule, source, days, 5)
        except Unreachable as error:
            raise Unreachable(f"written to {path}, but not back-tested: {error.what}", str(error)) from error
        return {"file": str(path), "rule": name, "findings": findings, "backtest": outcome}


def slug(title: str) -> str:
    """An id from a title: Latin letters (Cyrillic ones as they sound), digits, hyphens; "rule" when none are left."""
    plain = unicodedata.normalize("NFKD", latin(title)).encode("ascii", "ignore").decode().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "rule"


def _read_story(file: Path, title: str) -> tuple[str, str]:
    from wirefeed.stories.extract import read_document

    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise InputRefused(f"{file}: {error.strerror}") from error
    if content.lstrip()[:1] == b"{":
        try:
            given = json.loads(content)
            return str(title or given.get("title") or ""), str(given.get("text") or "")
        except (ValueError, UnicodeDecodeError) as error:
            raise InputRefused(f"{file}: begins like JSON and is none: {error}") from error
    found = read_document(content)
    return title or found.title, found.text
