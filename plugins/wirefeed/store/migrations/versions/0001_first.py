"""The first schema. Until the first release it is the metadata itself; afterwards each change is a revision of its own."""

from alembic import op

from wirefeed.store.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create all tables."""
    metadata.create_all(op.get_bind())
