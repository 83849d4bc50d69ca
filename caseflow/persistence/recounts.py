"""Deadlines and ladders that are to be reckoned again, in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import CaseClock
from caseflow.domain.clocks import clock_to_json
from caseflow.domain.recounting import Standing
from caseflow.persistence import audit, recount_sql
from caseflow.persistence.errors import named_errors
from caseflow.persistence.reminder_sql import ladder_columns
from caseflow.services.ports import OfficeDay
from caseflow.services.ports.recounts import CountedCase, HeldCase, Mark, TouchedClocks, Waiting

# Longer than any statement of a step: one that did not see a change has ended by then, and what it wrote is looked at.
STRAGGLER_SECONDS = 60


class Recounts:
    """Fulfils :class:`caseflow.services.ports.recounts.RecountStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def calendar_version(self) -> int:
        """Return how often the office's own days were changed."""
        version: int = self._connection.execute(recount_sql.CALENDAR_VERSION).scalar_one()
        return version

    def change_day(self, day: date, put: OfficeDay | None, event: AuditEvent) -> None:
        """Write (``put``) or take away an own day, and have the running clocks marked that it touches."""
        self._connection.execute(recount_sql.NEXT_CALENDAR_VERSION, {"day": day})
        if put is None:
            self._connection.execute(recount_sql.TAKE_DAY_AWAY, {"day": day})
        else:
            self._connection.execute(recount_sql.PUT_DAY, vars(put))
        self._ask(None, [Mark(day), Mark(day, wait_seconds=STRAGGLER_SECONDS)])
        with named_errors():
            audit.write(self._connection, event)

    def first_change(self, key: str) -> Mapping[str, Any] | None:
        """Return the body of the audit event with this key."""
        body: Mapping[str, Any] | None = self._connection.execute(
            recount_sql.FIRST_CHANGE, {"key": key}
        ).scalar_one_or_none()
        return body

    def waiting(self) -> Waiting:
        """Say what is to be done, in one query."""
        return Waiting(**self._connection.execute(recount_sql.WAITING).mappings().one())

    def note_rules(self, digest: str, marks: Sequence[Mark]) -> None:
        """Keep the digest of the rules that ladders are reckoned by, and ask for ``marks``."""
        self._ask(digest, marks)

    def mark(self, limit: int) -> bool:
        """Mark up to ``limit`` clocks of the first ripe mark; return whether that got on (others may hold them)."""
        ripe = self._connection.execute(recount_sql.RIPE_MARK).one_or_none()
        if ripe is None:
            return False
        parameters = {"day": ripe.day, "after": ripe.after, "limit": limit}
        found = self._connection.execute(recount_sql.MARK, parameters).one()
        if found.marked == found.found:
            after = found.last if found.found == limit else None
            self._connection.execute(recount_sql.ADVANCE_MARK, {"place": ripe.place, "after": after})
            return True
        return bool(found.marked)

    def hold(self, limit: int) -> Sequence[HeldCase]:
        """Hold the cases of up to ``limit`` marked clocks; what somebody else holds is left to the next round."""
        rows = self._connection.execute(recount_sql.HOLD, {"limit": limit}).all()
        standings = self.standings([row.id for row in rows])
        return [HeldCase(row.id, standings[row.id], row.owner_active) for row in rows]

    def standings(self, case_ids: Sequence[int]) -> Mapping[int, Standing]:
        """Return what cases hang on, without holding them."""
        rows = self._connection.execute(recount_sql.STANDINGS, {"case_ids": list(case_ids)})
        return {
            row.id: Standing(
                row.waiting_for,
                row.next_clock,
                row.next_due_on,
                {int(clock_id): date.fromisoformat(day) for clock_id, day in (row.since or {}).items()},
                frozenset(row.ran_out),
            )
            for row in rows
        }

    def write(
        self,
        cases: Sequence[CountedCase],
        unreckonable: Sequence[int],
        event: AuditEvent | None,
        *,
        calendar_version: int,
    ) -> int:
        """Write counted cases whole, and clear the mark where a case cannot be reckoned; return the clocks written."""
        moved = [one for one in cases if one.notice is not None]
        written: int = self._connection.execute(
            recount_sql.WRITE,
            {
                "clocks": _json([row for one in cases for row in _rows(one)]),
                "cases": _json([_hung(one) for one in moved]),
                "notices": _json([{"key": one.notice_key, "payload": one.notice} for one in moved]),
                "unreckonable": list(unreckonable),
                "calendar_version": calendar_version,
            },
        ).scalar_one()
        if event is not None:
            audit.write(self._connection, event)
        return written

    def touched(self, day: date, after: int, limit: int) -> TouchedClocks:
        """Return cases with running clocks whose due date a change of ``day`` may move."""
        rows = self._connection.execute(recount_sql.TOUCHED, {"day": day, "after": after, "limit": limit}).all()
        cases = list(dict.fromkeys(row.case_id for row in rows))
        return TouchedClocks(cases, rows[-1].id if len(rows) == limit else None)

    def _ask(self, digest: str | None, marks: Sequence[Mark]) -> None:
        rows = [{"day": one.day.isoformat() if one.day else None, "wait": one.wait_seconds} for one in marks]
        self._connection.execute(recount_sql.ASK_FOR_MARKS, {"digest": digest, "marks": _json(rows)})


def _rows(one: CountedCase) -> list[dict[str, Any]]:
    return [_row(clock, one) for clock in one.counted.clocks]


def _row(clock: CaseClock, one: CountedCase) -> dict[str, Any]:
    changed = clock.id in one.counted.recorded_anew
    return {
        "id": clock.id,
        "trigger_on": clock.reckoning.trigger_on.isoformat(),
        "due_on": clock.due_on.isoformat(),
        "provisional": clock.reckoning.provisional,
        "record": clock_to_json(clock.clock) if changed else None,
        **ladder_columns(one.counted.ladders[clock.id or 0]),
    }


def _hung(one: CountedCase) -> dict[str, Any]:
    standing = one.counted.standing
    return {
        "id": one.case_id,
        "waiting_for": standing.waiting_for,
        "next_clock": standing.next_clock,
        "next_due_on": standing.next_due_on.isoformat() if standing.next_due_on else None,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
