"""Alembic's entry: uses the connection that store/migrate.py hands over; our version table never meets Airflow's."""

from alembic import context

from wirefeed.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata,
                  version_table="wirefeed_schema", render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
