"""Services and attempts in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.persistence.service_sql import ADD_ATTEMPT, ATTEMPT_WITH, ATTEMPTS, SERVICES
from caseflow.services.ports import AlreadyWritten
from caseflow.services.ports.service import AttemptRecord, CaseMovedMeanwhile, NewAttempt, ServiceRecord

# Beyond every step there is.
LAST: Final = 2**31 - 1
_BEYOND_ID: Final = 2**62
_USED_KEYS: Final = frozenset({"uq_service_attempt_key", "uq_audit_event_key"})


class ServicesOfPapers:
    """Fulfils :class:`caseflow.services.ports.service.ServiceStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def services(self, case_id: int, *, before_seq: int | None, limit: int) -> Sequence[ServiceRecord]:
        """Return services of a case, newest first."""
        asked = {"case_id": case_id, "before": before_seq if before_seq is not None else LAST, "limit": limit}
        return [ServiceRecord(**row) for row in self._connection.execute(SERVICES, asked).mappings()]

    def attempts(self, case_id: int, *, before_id: int | None, limit: int) -> Sequence[AttemptRecord]:
        """Return attempts of a case, newest first."""
        asked = {"case_id": case_id, "before": before_id if before_id is not None else _BEYOND_ID, "limit": limit}
        return [AttemptRecord(**row) for row in self._connection.execute(ATTEMPTS, asked).mappings()]

    def attempt_with(self, key: str) -> tuple[object, ...] | None:
        """Return what an earlier request with this key said."""
        row = self._connection.execute(ATTEMPT_WITH, {"key": key}).one_or_none()
        return None if row is None else tuple(row)

    def add_attempt(self, new: NewAttempt, event: AuditEvent) -> None:
        """Keep an attempt and its event; its guard refuses a version the case no longer has."""
        try:
            self._connection.execute(ADD_ATTEMPT, vars(new))
            audit.write(self._connection, event)
        except DBAPIError as error:
            name = error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None
            if name in _USED_KEYS:
                raise AlreadyWritten from error
            if name == "service_attempt_of_office":
                raise CaseMovedMeanwhile from error
            raise
