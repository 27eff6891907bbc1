"""Strict YAML at the edge: duplicate keys, unknown keys and bad values are errors with file and line.

Reading is PyYAML's safe loader (C speed where libyaml is there); checking is pydantic; this module only keeps the lines.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pydantic
import yaml

from wirefeed.errors import ConfigError

Model = TypeVar("Model", bound=pydantic.BaseModel)
Loc = tuple[int | str, ...]
_BOOLEAN = "tag:yaml.org,2002:bool"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2's booleans only: 1.1 reads the key ``off`` as False, and Norway's ``no`` too."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {
        first: [(tag, pattern) for tag, pattern in pairs if tag != _BOOLEAN] for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()}


_Loader.add_implicit_resolver(_BOOLEAN, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


class Strict(pydantic.BaseModel):
    """Base of every model that a YAML file is read into: unknown keys refused, instances frozen."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class YamlFile:
    """One parsed file: plain data, and the line (1-based) of each location in it."""

    path: Path
    data: Any
    lines: dict[Loc, int]

    def line(self, loc: Loc) -> int | None:
        """The line of a location, or of the nearest enclosing one."""
        for end in range(len(loc), -1, -1):
            if (found := self.lines.get(loc[:end])) is not None:
                return found
        return None

    def error(self, message: str, loc: Loc = ()) -> ConfigError:
        """A ConfigError that names this file and the line of ``loc``."""
        return ConfigError(message, self.path, self.line(loc))


def read(path: Path, text: str | None = None) -> YamlFile:
    """Parse one YAML file (or ``text`` under its name). Raises ConfigError for syntax, duplicate keys, non-UTF-8."""
    try:
        source = path.read_text("utf-8") if text is None else text
        loader = _Loader(source)
        try:
            node = loader.get_single_node()
            lines = dict(_lines(node, (), path)) if node is not None else {}
            data = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ConfigError(error.problem or str(error), path, mark.line + 1 if mark else None) from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise ConfigError(str(error).split("\n")[0], path) from error
    except OSError as error:
        raise ConfigError(error.strerror or str(error), path) from error
    return YamlFile(path, data, lines)


def _lines(node: yaml.Node, loc: Loc, path: Path) -> Iterator[tuple[Loc, int]]:
    yield loc, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for number, child in enumerate(node.value):
            yield from _lines(child, (*loc, number), path)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise ConfigError(f"the key {name!r} stands twice", path, key.start_mark.line + 1)
            seen.add(name)
            yield from _lines(value, (*loc, name), path)
            yield (*loc, name), key.start_mark.line + 1


def check(model: type[Model], file: YamlFile, loc: Loc = ()) -> Model:
    """Validate the part of ``file`` at ``loc`` as ``model``; the first fault becomes a ConfigError with its line."""
    data = file.data
    for step in loc:
        data = data[step]
    try:
        return model.model_validate(data)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = tuple(first["loc"])
        name = ".".join(str(part) for part in where)
        if first["type"] == "extra_forbidden":
            known = ", ".join(sorted(model.model_fields)) if len(where) == 1 else ""
            message = f"unknown key {str(where[-1])!r}" + (f" (known: {known})" if known else "")
        else:
            message = f"{name}: {first['msg']}" if name else first["msg"]
        raise file.error(message, (*loc, *where)) from error


@dataclass(frozen=True)
class ConfigText:
    """One configuration file's text under its path; loaders take these so that a last good version can stand in."""

    path: Path
    text: str


def find(folders: tuple[Path, ...], pattern: str) -> tuple[ConfigText, ...]:
    """The files that match ``pattern`` (``rules/*.yaml``) in each folder, in order: later files override by id."""
    found = []
    for folder in folders:
        for path in sorted(folder.glob(pattern)):
            try:
                found.append(ConfigText(path, path.read_text("utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(str(error), path) from error
    return tuple(found)
