"""The roles of the database: who owns the tables, who works in them, who spends, who only reads.

The login that migrates owns the tables. The application works as ``caseflow_application``, posts expenditure as
``caseflow_spending`` and lets auditors read as ``caseflow_auditor``. A role that holds both lines may post to neither.
On the embedded server each of the three signs in by itself, so that no statement of the application can become the
owner. On a given server they share the login of CASEFLOW_DATABASE_URL and work under ``SET ROLE``.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from caseflow.config import DATABASE_ROLES


class RolesMissing(Exception):
    """The server lacks roles that the login may not make; the message says what its administrator has to run."""


def ensure_roles(connection: psycopg.Connection) -> None:
    """Make the three roles where they are missing and let the connection's login act as each.

    Roles belong to the whole server. Raises :class:`RolesMissing` where the login may not make them.
    """
    missing = [row[0] for row in connection.execute(_MISSING, (list(DATABASE_ROLES),)).fetchall()]
    if not missing:
        return
    try:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(4920102)")
            for role in missing:
                if connection.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone() is None:
                    connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
                connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))
    except psycopg.errors.InsufficientPrivilege as error:
        commands = " ".join(f"CREATE ROLE {role} NOLOGIN; GRANT {role} TO {connection.info.user};" for role in missing)
        message = f"The database lacks roles that its login may not make. Let its administrator run: {commands}"
        raise RolesMissing(message) from error


# On the embedded server the owner is no member of them and need not be.
_MISSING = """
select r from unnest(%s::text[]) as r
 where not exists (select from pg_roles where rolname = r and (rolcanlogin or pg_has_role(rolname, 'member')))
"""
