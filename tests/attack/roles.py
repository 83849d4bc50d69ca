"""Connections as the roles that caseflow itself works under."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.config import APPLICATION_ROLE
from caseflow.services.ports.scope import SYSTEM
from tests.office import Office


def role_connection(office: Office, role: str, scope: str | None = SYSTEM.value) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect to the office's database as ``role``, for every office unless the test is about scopes (None: unset)."""
    address, options = bootstrap.role_address(office.database_url, role)
    scoped = "" if scope is None else f" -c caseflow.office={scope}"
    return psycopg.connect(address, options=f"-c timezone=UTC{options}{scoped}")


def application_connection(office: Office) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect as the application does."""
    return role_connection(office, APPLICATION_ROLE)


def as_superuser(database_url: str) -> str:
    """Return the address of the same database for its superuser, who can switch every trigger off."""
    parts = urlsplit(database_url)
    return urlunsplit(parts._replace(netloc="postgres@")) if parts.netloc == "caseflow@" else database_url


def refused(connection: psycopg.Connection[tuple[Any, ...]], statement: str) -> None:
    """Assert that the database refuses a statement, for want of a privilege or by a constraint or trigger."""
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError)):
        connection.execute(statement.encode())
    connection.rollback()
