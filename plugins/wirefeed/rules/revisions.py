"""The revision of a rule file before the one at hand: the committed one, when the file is being edited, else the commit before. [IO: runs git]"""

import subprocess
from pathlib import Path

from wirefeed.errors import ConfigError
from wirefeed.rules.catalog import Rule, read_rule
from wirefeed.yaml_files import ConfigText

SECONDS = 10


def from_git(path: Path, text: str) -> str | None:
    """The newest committed text of ``path`` that differs from ``text``; None without git, repository or such a commit."""
    listed = _git(path.parent, "log", "--format=%H", "-n", "20", "--", path.name)
    for commit in (listed or "").split():
        before = _git(path.parent, "show", f"{commit}:./{path.name}")
        if before is not None and before != text:
            return before
    return None


def rule_of(path: Path, text: str | None) -> Rule | None:
    """A former text as a rule; None when it was none (another syntax then, or switched off)."""
    if text is None:
        return None
    try:
        made = read_rule(ConfigText(path, text))
    except ConfigError:
        return None  # a revision that never was valid has no hits to compare with
    return made if isinstance(made, Rule) else None


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None  # no git, no repository, no such file in it: then there is nothing to compare with, and the report says so
    return done.stdout.decode("utf-8", "replace")
