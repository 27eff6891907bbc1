"""The errors a user may see. Each message is one line that names the culprit."""

from pathlib import Path


class WirefeedError(Exception):
    """Base of all errors that end a command with exit code 1 and ``{"error": ...}``."""


class InputRefused(WirefeedError):
    """A document, text or query that we will not process; the message says which and why."""


class ConfigError(WirefeedError):
    """A configuration file is wrong; ``file`` and ``line`` (1-based, None when unknown) name the place."""

    def __init__(self, message: str, file: Path | str | None = None, line: int | None = None) -> None:
        self.file = str(file) if file is not None else None
        self.line = line
        self.reason = message
        where = f"{self.file}:{line}: " if self.file and line else f"{self.file}: " if self.file else ""
        super().__init__(where + message)


class Unreachable(WirefeedError):
    """A server we depend on (database, index, mail) does not answer or refuses us; work waits, nothing is lost."""

    def __init__(self, what: str, why: str, hint: str = "") -> None:
        self.what = what
        super().__init__(f"{what}: {why}" + (f" ({hint})" if hint else ""))
