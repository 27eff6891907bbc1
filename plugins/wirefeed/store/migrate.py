"""Schema migrations by Alembic, run from code so that no alembic.ini is needed."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import text

from wirefeed.errors import Unreachable
from wirefeed.store.database import Store

MIGRATIONS = Path(__file__).parent / "migrations"
_POSTGRESQL_LOCK = 0x57495245  # "WIRE": one migration at a time across workers


def alembic_config() -> Config:
    """Alembic's configuration for our migrations folder."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_table", "wirefeed_schema")
    return config


def upgrade(store: Store, revision: str = "head") -> None:
    """Upgrade to ``revision`` in one transaction. Raises Unreachable when the database does not answer, or was left by a newer Wirefeed."""
    with store.begin() as connection:
        if not store.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK})
        config = alembic_config()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        except CommandError as error:  # a revision that our migrations do not know: after a downgrade, or a restore of a later back-up
            raise Unreachable(f"database {store.address}", f"its schema is of another version of Wirefeed: {error}",
                              "install that version or a later one, or restore a back-up of this one") from error
