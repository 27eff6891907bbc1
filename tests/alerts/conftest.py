"""Makes newsrooms for tests."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from newsroom import NOON, Newsroom, people, ruleset
from wirefeed.alerts.recipients import Recipients
from wirefeed.rules.catalog import RuleSet
from wirefeed.settings import Settings
from wirefeed.store.database import Store, open_store


@pytest.fixture
def newsroom(tmp_path: Path) -> Any:
    """Makes Newsrooms on SQLite: newsroom(rules=..., recipients=..., started=False, **settings)."""
    opened: list[Store] = []

    def make(rules: RuleSet | None = None, recipients: Recipients | None = None, started: bool = True, now: datetime = NOON,
             database: Store | None = None, **settings: Any) -> Newsroom:
        used = database
        if used is None:
            used = open_store(f"sqlite:///{tmp_path / f'wirefeed{len(opened)}.sqlite'}")
            used.migrate()
            opened.append(used)
        made = Newsroom(used, Settings(data=tmp_path / "data", config=tmp_path / "config", **settings), rules or ruleset(),
                        recipients if recipients is not None else people(), now)
        return made.start() if started else made

    yield make
    for one in opened:
        one.close()
