"""Sessions of staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.persistence.staff import LENDABLE_ROLES, STANDING_IN_WITH_SESSION, member_standing_in
from caseflow.services.ports.sessions import Ended, MemberAtWork, NewSession, StaffSession, Stage
from caseflow.services.views import COUNT_CAP

_READ = text(
    STANDING_IN_WITH_SESSION
    + " where x.token_hash = :token_hash and x.stage = :stage and x.ended_at is null and x.created_at >= :not_before "
    "and s.active"
)
_OPEN = text(
    "insert into staff_session (token_hash, staff_id, office_id, stage, created_at, confirmed_at, methods, browser) "
    "values (:token_hash, :staff_id, :office_id, :stage, :at, :at, :methods, :browser) returning id"
)
_CONFIRM = text(
    "update staff_session set confirmed_at = :at where id = :id and ended_at is null and confirmed_at < :at"
)
_END = text(
    "update staff_session set ended_at = :at, ended_why = :why "
    "where id = :id and staff_id = :staff_id and ended_at is null"
)
_END_ALL = text(
    "update staff_session set ended_at = :at, ended_why = :why "
    "where staff_id = :staff_id and ended_at is null and id is distinct from :except_id"
)
_OF_STAFF = text(
    "select id, staff_id, office_id, stage, created_at, confirmed_at, methods, browser from staff_session "
    "where staff_id = :staff_id and ended_at is null and stage = 'open' and created_at >= :not_before "
    "order by id desc limit :limit"
)


class Sessions:
    """Fulfils :class:`caseflow.services.ports.sessions.SessionStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, new: NewSession, event: AuditEvent) -> int:
        """Open a session; return its id."""
        values = {
            "token_hash": new.token_hash,
            "staff_id": new.staff_id,
            "office_id": new.office_id,
            "stage": new.stage.value,
            "at": new.at,
            "methods": list(new.methods),
            "browser": new.browser,
        }
        session_id: int = self._connection.execute(_OPEN, values).scalar_one()
        audit.write(self._connection, event)
        return session_id

    def read(self, token_hash: bytes, on: date, not_before: datetime, stage: Stage = Stage.OPEN) -> MemberAtWork | None:
        """Return who the session with this token belongs to, in one statement."""
        parameters = {
            "token_hash": token_hash,
            "stage": stage.value,
            "not_before": not_before,
            "on": on,
            "lendable": LENDABLE_ROLES,
            "cap": COUNT_CAP,
        }
        row = self._connection.execute(_READ, parameters).one_or_none()
        return None if row is None else MemberAtWork(member_standing_in(row), _session(row, row.session_id))

    def confirm(self, session_id: int, at: datetime, event: AuditEvent) -> None:
        """Note that the person of an open session proved anew who they are."""
        self._connection.execute(_CONFIRM, {"id": session_id, "at": at})
        audit.write(self._connection, event)

    def end(self, session_id: int, staff_id: int, at: datetime, why: Ended, event: AuditEvent) -> bool:
        """End a session of this member of staff; False (and no event) where it had ended, or is not theirs."""
        values = {"id": session_id, "staff_id": staff_id, "at": at, "why": why.value}
        ended = self._connection.execute(_END, values).rowcount == 1
        if ended:
            audit.write(self._connection, event)
        return ended

    def end_all(self, staff_id: int, at: datetime, why: Ended, event: AuditEvent, except_id: int | None = None) -> int:
        """End every session of a member of staff but ``except_id``; return how many, writing the event if any."""
        values = {"staff_id": staff_id, "at": at, "why": why.value, "except_id": except_id}
        ended = self._connection.execute(_END_ALL, values).rowcount
        if ended:
            audit.write(self._connection, event)
        return ended

    def of_staff(self, staff_id: int, not_before: datetime, limit: int) -> Sequence[StaffSession]:
        """Return the open sessions of a member of staff that were opened since, newest first."""
        rows = self._connection.execute(_OF_STAFF, {"staff_id": staff_id, "not_before": not_before, "limit": limit})
        return [_session(row, row.id) for row in rows]


def _session(row: Any, session_id: int) -> StaffSession:
    return StaffSession(
        session_id,
        row.staff_id,
        row.office_id,
        Stage(row.stage),
        row.created_at,
        row.confirmed_at,
        tuple(row.methods),
        row.browser,
    )
