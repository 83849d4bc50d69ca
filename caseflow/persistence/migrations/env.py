"""Alembic environment: the caller hands over the connection, so no address stands in a file."""

from __future__ import annotations

from alembic import context

from caseflow.persistence.tables import metadata


def run() -> None:
    """Run the migrations on the connection in ``config.attributes['connection']``."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
