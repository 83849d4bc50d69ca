"""The read log in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, RowMapping, text

from caseflow.domain.access import Actor, Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.reading import Alarm, Allowance, Purpose, ReadLimits, ReasonKind
from caseflow.persistence import audit
from caseflow.persistence.errors import named_errors
from caseflow.persistence.reading_sql import (
    ALARM,
    APPROVAL,
    APPROVALS,
    ASK,
    ASKED_TODAY,
    COUNT,
    DECIDE,
    NARROWED,
    OF_CASE,
    OF_OFFICE_END,
    READINGS,
    SEARCH,
    SEARCHES,
    STANDING,
    STATE,
    USE,
    WAIT,
    WRITE,
)
from caseflow.services.ports.reading import (
    Approval,
    CaseStanding,
    Found,
    NewApproval,
    NewReadings,
    NewSearch,
    Read,
    ReadFilter,
    Reading,
    ReadingNotRecorded,
    Written,
)

_NO_LIMIT: Final = 2**31 - 1
_MOST_FOUND: Final = 100


class Readings:
    """Fulfils :class:`caseflow.services.ports.reading.ReadStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, new: NewReadings, limits: ReadLimits | None = None) -> Written:
        """Write one row a case in one statement, or nothing where that would be more than ``limits`` allow a day."""
        every = new.purpose in (Purpose.SYSTEM, Purpose.EXPORT)
        most = limits or ReadLimits(_NO_LIMIT, _NO_LIMIT, _NO_LIMIT)
        parameters = {
            "actor_id": new.actor_id,
            "day": new.day,
            "operator": new.operator,
            "what": new.what,
            "purpose": new.purpose.value,
            "beside": new.purpose.value if every else Purpose.LIST.value,
            "reason_kind": new.reason_kind,
            "reason": new.reason,
            "request_id": new.request_id,
            "cases": sorted(new.cases),
            "parties": sorted(new.parties),
            "opened": sorted(new.opened),
            "lines": sorted(new.lines),
            "lots": [lot_id for lot_id, _no in sorted(new.receipts)],
            "numbers": [no for _lot_id, no in sorted(new.receipts)],
            "most_files": most.files,
            "most_rows": most.rows,
            "most_export": most.export,
        }
        driver: Any = self._connection.connection.driver_connection
        try:
            with driver.cursor(row_factory=namedtuple_row) as cursor:
                row = cursor.execute(WRITE, parameters, prepare=True).fetchone()
        except psycopg.Error as error:
            raise ReadingNotRecorded from error
        return Written(
            row.written,
            Read(row.files_before, row.rows_before),
            Read(row.files_after, row.rows_after),
            row.wanted_count,
            Allowance(row.over) if row.over is not None else None,
        )

    def of_case(self, case_id: int, before: int | None, limit: int) -> Sequence[Reading]:
        """Return who looked at a case, newest first: those below the row ``before`` (None: from the newest)."""
        rows = self._connection.execute(OF_CASE, {"case_id": case_id, "before": before, "limit": limit})
        return [_reading(row) for row in rows.mappings()]

    def of_office(self, office_id: int, chosen: ReadFilter, before: int | None, limit: int) -> Sequence[Reading]:
        """Return the log of an office, newest first."""
        given: Mapping[str, Any] = {name: value for name, value in asdict(chosen).items() if value is not None}
        narrowed = " and ".join(["r.office_id = :office_id", *(NARROWED[name] for name in given), OF_OFFICE_END])
        parameters = {**given, "office_id": office_id, "before": before, "limit": limit}
        # What is put in are constants, chosen by the names of a dataclass.
        # nosemgrep: sql-by-string -- as said above
        rows = self._connection.execute(text(f"{READINGS} where {narrowed}"), parameters)
        return [_reading(row) for row in rows.mappings()]

    def count_today(self, actor_id: int, day: date) -> Read:
        """Return what somebody read on a business day."""
        row = self._connection.execute(COUNT, {"actor_id": actor_id, "day": day}).one()
        return Read(row.files, row.rows)

    def standing(self, actor: Actor, case_id: int | None, paper_id: int | None, day: date) -> CaseStanding | None:
        """Return how the actor stands to a case (or the case of a paper) of their office; None: there is none."""
        parameters = {
            "actor_id": actor.id,
            "office_id": actor.office_id,
            "case_id": case_id,
            "paper_id": paper_id,
            "day": day,
            "reviews": bool(actor.roles & {Role.REVIEWER, Role.APPROVER}),
            "audits": bool(actor.roles & {Role.AUDITOR, Role.SUPERVISOR}),
            "supervises": Role.SUPERVISOR in actor.roles,
        }
        row = self._connection.execute(STANDING, parameters).mappings().one_or_none()
        return None if row is None else CaseStanding(**row)

    def state_reason(self, actor: Actor, case_id: int, kind: ReasonKind, reason: str, day: date) -> None:
        """Keep why the actor opens a file today; the same stated twice is kept once."""
        parameters = {"case_id": case_id, "kind": kind.value, "reason": reason, "day": day}
        self._connection.execute(STATE, {**parameters, "actor_id": actor.id, "office_id": actor.office_id})

    def note_alarm(self, actor: Actor, day: date, alarm: Alarm, allowance: Allowance, most: int) -> bool:
        """Note that a limit is near or was passed; False where that was noted of the day already."""
        parameters = {"day": day, "kind": alarm.value, "allowance": allowance.value, "most": most}
        row = self._connection.execute(ALARM, {**parameters, "actor_id": actor.id, "office_id": actor.office_id})
        return row.scalar_one_or_none() is not None

    def note(self, event: AuditEvent) -> None:
        """Write an event about reading: something was refused, or the log itself was taken out."""
        audit.write(self._connection, event)

    def ask(self, actor: Actor, asked: NewApproval, event: AuditEvent) -> int:
        """Keep what somebody asks for; return its id. Raises ``AlreadyWritten`` for a used key."""
        with named_errors():
            audit.write(self._connection, event)
        parameters = {**asdict(asked), "actor_id": actor.id, "office_id": actor.office_id}
        made: int = self._connection.execute(ASK, parameters).scalar_one()
        return made

    def decide(self, approval_id: int, *, approved: bool, event: AuditEvent) -> bool:
        """Decide what was asked for; False where it was decided already."""
        parameters = {"id": approval_id, "approved": approved, "actor_id": event.actor_id}
        if not self._connection.execute(DECIDE, parameters).rowcount:
            return False
        audit.write(self._connection, event)
        return True

    def use(self, approval_id: int, event: AuditEvent) -> bool:
        """Mark an approved export as used; False where it was used already."""
        if not self._connection.execute(USE, {"id": approval_id}).rowcount:
            return False
        audit.write(self._connection, event)
        return True

    def approval(self, approval_id: int) -> Approval | None:
        """Return what was asked for."""
        row = self._connection.execute(APPROVAL, {"id": approval_id}).mappings().one_or_none()
        return None if row is None else _approval(row)

    def approvals(self, office_id: int, before: int | None, limit: int) -> Sequence[Approval]:
        """Return what the office's people asked for, newest first."""
        rows = self._connection.execute(APPROVALS, {"office_id": office_id, "before": before, "limit": limit})
        return [_approval(row) for row in rows.mappings()]

    def asked_today(self, actor_id: int, day: date) -> Sequence[Approval]:
        """Return what somebody asked for on a business day, newest first."""
        rows = self._connection.execute(ASKED_TODAY, {"actor_id": actor_id, "day": day})
        return [_approval(row) for row in rows.mappings()]

    def searches_since(self, actor_id: int, since: datetime) -> int:
        """Count somebody's searches by identity number since a moment; who else searches in their name waits."""
        self._connection.execute(WAIT, {"actor_id": actor_id})
        counted: int = self._connection.execute(SEARCHES, {"actor_id": actor_id, "since": since}).scalar_one()
        return counted

    def search(self, actor: Actor, new: NewSearch) -> Sequence[Found]:
        """Look an identity number up in the actor's office by its blind index, and log the search in one statement."""
        parameters = {**asdict(new), "actor_id": actor.id, "office_id": actor.office_id, "limit": _MOST_FOUND}
        parameters["indexes"] = list(new.indexes)
        rows = self._connection.execute(SEARCH, parameters)
        return [Found(row.id, *row[1:]) for row in rows]


def _reading(row: RowMapping) -> Reading:
    return Reading(**{**row, "purpose": Purpose(row["purpose"])})


def _approval(row: RowMapping) -> Approval:
    known = {name: value for name, value in row.items() if name != "idempotency_key"}
    return Approval(**{**known, "allowance": Allowance(known["allowance"])})
