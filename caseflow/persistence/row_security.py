"""Which tables row policies do not cover, and why; what is found to be without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Engine, text

_WHO_SIGNS_IN: Final = "looked at before it is known who acts, and holds no case"
_FOR_ALL: Final = "the same for every office, and holds nothing of a case"
_THE_LOG: Final = "hashes and numbers only: the record is sealed and verified across offices"

# Every table without a policy. A new table either has one or stands here with its reason (test_row_security.py).
WITHOUT_POLICY: Final[Mapping[str, str]] = {
    "alembic_version": "names the newest migration",
    "attempt_limit": "hashes of what was guessed at, counted before it is known whose it is",
    "calendar_day": _FOR_ALL,
    "heartbeat": "when background jobs last ran, for all offices",
    "installation": _FOR_ALL,
    "log_leaf": _THE_LOG,
    "log_node": _THE_LOG,
    "office": "the tree of offices is known to all; holds names of offices only",
    "outbox": "worked off by one job for all offices; the web face may insert, and lists its failures as numbers only",
    "paper_template": _FOR_ALL,
    "passkey_challenge": "hashes of questions answered before it is known by whom",
    "retired_data_key": _FOR_ALL,
    "signed_head": _THE_LOG,
    "staff": _WHO_SIGNS_IN,
    "staff_role": _WHO_SIGNS_IN,
    "workflow_definition": _FOR_ALL,
}

_WITHOUT = text("""
select c.relname from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
   and not (c.relrowsecurity and exists (
     select from pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polqual is not null
        and p.polwithcheck is not null and p.polcmd = '*'))
 order by c.relname
""")


def tables_without_policy(engine: Engine) -> list[str]:
    """Return the tables of the database in which no policy covers both what is seen and what is written."""
    with engine.connect() as connection:
        return list(connection.execute(_WITHOUT).scalars())
