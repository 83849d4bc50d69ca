"""Where the data lies: engines, the roles they work as, migrations."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Engine, create_engine

from caseflow.bootstrap.privacy import build_field_cipher
from caseflow.config import APPLICATION_ROLE, OWNER_ROLE, ConfigurationError, Settings, prepared_statements
from caseflow.persistence import migrate as migrations
from caseflow.persistence.connections import ping_idle_connections, scope_every_transaction
from caseflow.persistence.resealing import Resealing
from caseflow.persistence.roles import ensure_roles


def role_address(database_url: str, role: str) -> tuple[str, str]:
    """Return the address and the options with which one works at ``database_url`` as ``role``.

    On the embedded server each role signs in by itself; on a given one the login of the address takes the role.
    """
    parts = urlsplit(database_url)
    if parts.netloc == f"{OWNER_ROLE}@" and "host=%2F" in parts.query:
        return urlunsplit(parts._replace(netloc=f"{role}@")), ""
    return database_url, f" -c role={role}"


def make_engine(database_url: str, *, pool_size: int = 5, role: str | None = APPLICATION_ROLE) -> Engine:
    """Return an engine on PostgreSQL (psycopg 3) that works as ``role`` (None: as the owner of the tables).

    A plain ``postgresql://`` address is accepted too. Time-outs make a cut network an error within seconds instead of
    a hang (psycopg's default is to wait). Raises ``ConfigurationError`` for a setting that cannot be read.
    """
    plain = database_url.replace("postgres://", "postgresql://", 1)
    plain, options = (plain, "") if role is None else role_address(plain, role)
    address = plain.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(
        address,
        pool_size=pool_size,
        # What people wrote is among the parameters, and an error is logged with its text.
        hide_parameters=True,
        connect_args={
            "application_name": "caseflow",
            "connect_timeout": 5,
            "tcp_user_timeout": 3000,
            "keepalives_idle": 5,
            "options": f"-c timezone=UTC{options}",
            # psycopg's own: from the fifth time on, or where a statement asks for it; None: never, whatever asks.
            "prepare_threshold": 5 if prepared_statements() else None,
        },
    )
    scope_every_transaction(engine)
    ping_idle_connections(engine)
    return engine


def migrate(database_url: str) -> None:
    """Bring the database to the newest migration (safe to call from several processes at once)."""
    engine = make_engine(database_url, role=None)
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            ensure_roles(driver)
            # SQLAlchemy did not see these statements and would commit nothing.
            driver.commit()
        migrations.migrate(engine)
        seal_plain(engine)
    finally:
        engine.dispose()


def seal_plain(engine: Engine) -> int:
    """Seal what an older caseflow kept plain, batch by batch; return how many rows (again: none).

    Raises ``ConfigurationError`` where the keys cannot be read, which are only read if there is something to seal.
    """
    resealing = Resealing(engine)
    if not resealing.plain_rows():
        return 0
    return resealing.seal_plain(build_field_cipher()).rows


def migration_revisions(database_url: str) -> tuple[str | None, str | None]:
    """Return (the database's migration, the newest one this caseflow ships)."""
    engine = make_engine(database_url, role=None)
    try:
        return migrations.revisions(engine)
    finally:
        engine.dispose()


def check_migrations(database_url: str) -> None:
    """Raise ``MigrationDrift`` when migrations and table definitions differ."""
    engine = make_engine(database_url, role=None)
    try:
        migrations.check_drift(engine)
    finally:
        engine.dispose()


def database_address(settings: Settings) -> str:
    """Return the address of the database. Raises ``ConfigurationError`` where ``caseflow run`` gave none."""
    if settings.database_url is None:
        message = "CASEFLOW_DATABASE_URL is missing: this process is started by 'caseflow run', or give it an address."
        raise ConfigurationError(message)
    return settings.database_url
