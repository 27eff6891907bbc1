"""The rule language's tree (to be grown by the rules stage): the one thing rules, search and both indices share."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Query:
    """A parsed query: ``source`` as written."""

    source: str
