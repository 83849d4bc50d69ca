"""Constraint errors of PostgreSQL become named errors of the services, here and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import IntegrityError

from caseflow.services.ports import AlreadyWritten

_IDEMPOTENCY = frozenset({"uq_cases_idempotency_key", "uq_step_idempotency_key", "uq_audit_event_key"})
_VIOLATIONS = (psycopg.errors.UniqueViolation, psycopg.errors.CheckViolation)


@contextmanager
def named_errors(keys: Collection[str] = _IDEMPOTENCY) -> Iterator[None]:
    """Raise :class:`AlreadyWritten` for a used idempotency key; any other violation goes on as it is.

    ``keys`` are the constraints that hold such keys (default: those of cases, steps and events). A guard that looks
    first whether something was written is one of them by the name it gives, though it violates no unique index.
    """
    try:
        yield
    except (IntegrityError, psycopg.IntegrityError) as error:
        cause = error.orig if isinstance(error, IntegrityError) else error
        if isinstance(cause, _VIOLATIONS) and cause.diag.constraint_name in keys:
            raise AlreadyWritten from error
        raise
