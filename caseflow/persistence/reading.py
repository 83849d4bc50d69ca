"""The read log in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from caseflow.domain.reading import Purpose
from caseflow.persistence.reading_sql import COUNT, OF_CASE, WRITE
from caseflow.services.ports.reading import NewReadings, Read, Reading


class Readings:
    """Fulfils :class:`caseflow.services.ports.reading.ReadStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, new: NewReadings) -> int:
        """Write one row a case in one statement; return how many. The log is a record itself and needs no event."""
        every = new.purpose in (Purpose.SYSTEM, Purpose.EXPORT)
        parameters = {
            "actor_id": new.actor_id,
            "operator": new.operator,
            "what": new.what,
            "purpose": new.purpose.value,
            "beside": new.purpose.value if every else Purpose.LIST.value,
            "reason": new.reason,
            "request_id": new.request_id,
            "cases": sorted({*new.cases, *new.opened}),
            "parties": sorted(new.parties),
            "opened": sorted(new.opened),
        }
        return self._connection.execute(WRITE, parameters).rowcount

    def of_case(self, case_id: int, before: int | None, limit: int) -> Sequence[Reading]:
        """Return who looked at a case, newest first: those below the row ``before`` (None: from the newest)."""
        rows = self._connection.execute(OF_CASE, {"case_id": case_id, "before": before, "limit": limit})
        return [reading(row) for row in rows]

    def count_today(self, actor_id: int, since: datetime) -> Read:
        """Return what somebody read since the beginning of the business day (an aware moment)."""
        row = self._connection.execute(COUNT, {"actor_id": actor_id, "since": since}).one()
        return Read(row.files, row.rows)


def reading(row: Row[Any]) -> Reading:
    """Return a row of the log as it is shown."""
    return Reading(
        id=row.id,
        at=row.at,
        actor_id=row.actor_id,
        actor_en=row.actor_en,
        actor_zh=row.actor_zh,
        operator=row.operator,
        office_id=row.office_id,
        case_id=row.case_id,
        case_number=row.number,
        case_number_zh=row.number_zh,
        what=row.what,
        purpose=Purpose(row.purpose),
        reason=row.reason,
        request_id=row.request_id,
        hits=row.hits,
    )
