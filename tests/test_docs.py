"""Documentation holds: every command and every setting is described, every link in it leads somewhere. `python tests/test_docs.py` writes the two lists."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from wirefeed.cli import app
from wirefeed.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTINGS_HEAD = """# Every setting

All come from the environment. `<NAME>_FILE` may name a file that holds the value instead (mounted secrets). An unknown WIREFEED_ variable is an error.
Inside an Airflow task the connections `wirefeed_db`, `wirefeed_smtp` and `wirefeed_elasticsearch` override, where they exist.
This page is made from `plugins/wirefeed/settings.py` by `python tests/test_docs.py`.

| variable | default | note |
|---|---|---|
"""
COMMANDS_HEAD = """# Every command

All take `--json`: one JSON document on standard output, logs on standard error. Exit 0 done, 1 the input was refused (with `{"error": ...}`), 2 wrong usage.
This page is made from the commands themselves by `python tests/test_docs.py`.

"""


def commands(group: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """(full name, command) of all leaves."""
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from commands(command, (*before, name))
        else:
            yield " ".join((*before, name)), command


def commands_page() -> str:
    """docs/commands.md."""
    lines = [COMMANDS_HEAD]
    for name, command in commands(typer.main.get_command(app)):
        lines.append(f"## wirefeed {name}\n\n{' '.join((command.help or '').split())}\n")
        for one in command.params:
            if one.name in ("help", "as_json"):
                continue
            is_argument = getattr(one, "param_type_name", "") == "argument"
            label = (one.name or "").upper() if is_argument else ", ".join(one.opts)
            lines.append(f"- `{label}`: {' '.join((getattr(one, 'help', '') or '').split())}".rstrip(": "))
        lines.append("")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def settings_page() -> str:
    """docs/settings.md: the comment behind each field is its note."""
    source = (ROOT / "plugins" / "wirefeed" / "settings.py").read_text("utf-8")
    notes = dict(re.findall(r"^    (\w+): [^#\n]*#\s*(.+)$", source, re.M))
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory else field.default
        shown = "" if "Secret" in str(field.annotation) or default in ("", None, ()) else f"`{default}`"
        rows.append(f"| `WIREFEED_{name.upper()}` | {shown} | {notes.get(name, '').replace('|', '/')} |")
    return SETTINGS_HEAD + "\n".join(rows) + "\n"


def test_every_command_is_described() -> None:
    assert (ROOT / "docs" / "commands.md").read_text("utf-8") == commands_page(), "run python tests/test_docs.py"


def test_every_setting_is_described() -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == settings_page(), "run python tests/test_docs.py"


def test_every_command_says_what_it_does_and_takes_json() -> None:
    for name, command in commands(typer.main.get_command(app)):
        assert command.help, name
        assert name == "serve" or any("--json" in one.opts for one in command.params), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_in_pages_exist(page: Path) -> None:
    known = {name for name, _ in commands(typer.main.get_command(app))}
    groups = {name.split()[0] for name in known if " " in name}
    for found in re.findall(r"(?:^|[`\s])wirefeed ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)", page.read_text("utf-8")):
        words = found.split()
        full = " ".join(words[:2]) if words[0] in groups else words[0]
        if words[0] in groups or words[0] in known or f"`wirefeed {words[0]}" in page.read_text("utf-8"):
            assert full in known or (words[0] in groups and len(words) == 1), f"{page.name}: wirefeed {found}"


def test_make_targets_in_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for page in PAGES:
        for target in re.findall(r"(?:^    |`)make ([a-z-]+)", page.read_text("utf-8"), re.M):
            assert target in targets, f"{page.name}: make {target}"


if __name__ == "__main__":
    (ROOT / "docs" / "commands.md").write_text(commands_page(), "utf-8")
    (ROOT / "docs" / "settings.md").write_text(settings_page(), "utf-8")
    print("wrote docs/commands.md and docs/settings.md", file=sys.stderr)
