"""Legal holds and runs of retention; what is personal is erased by the database's own function (migration 0031)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.persistence import retention_sql as sql
from caseflow.services.ports import AlreadyWritten
from caseflow.services.ports.retention import (
    DueCase,
    Hold,
    Recusal,
    Replaced,
    RetentionConflict,
    RetentionRun,
    RunCase,
)


class Retentions:
    """Fulfils :class:`caseflow.services.ports.retention.RetentionStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(
        self, office_id: int, years: Mapping[str, int], after: tuple[date, int] | None, limit: int
    ) -> Sequence[DueCase]:
        """Return closed cases whose years are over, the longest closed first."""
        closed_on, case_id = after or (None, None)
        values: dict[str, Any] = {"office_id": office_id, "years": json.dumps(dict(years)), "limit": limit}
        values |= {"closed_on": closed_on, "case_id": case_id}
        return [DueCase(**row) for row in self._connection.execute(sql.DUE, values).mappings()]

    def of_cases(self, office_id: int, case_ids: Sequence[int]) -> Sequence[DueCase]:
        """Return these cases of an office."""
        values = {"office_id": office_id, "case_ids": list(case_ids), "years": "{}"}
        return [DueCase(**row) for row in self._connection.execute(sql.OF_CASES, values).mappings()]

    def holds(self, office_id: int, below: int | None, limit: int) -> Sequence[Hold]:
        """Return the holds of an office that did not end, newest first."""
        values = {"office_id": office_id, "below": below, "limit": limit}
        return [Hold(**row) for row in self._connection.execute(sql.HOLDS, values).mappings()]

    def held(self, office_id: int, hold_id: int) -> Hold | None:
        """Return a hold that did not end."""
        row = self._connection.execute(sql.HELD, {"office_id": office_id, "id": hold_id}).mappings().first()
        return None if row is None else Hold(**row)

    def recused_from(
        self, staff_id: int, case_ids: Sequence[int] = (), *, run_id: int | None = None
    ) -> Sequence[Recusal]:
        """Return those of these cases, and of a run, in which somebody takes no part, by id."""
        values = {"staff_id": staff_id, "case_ids": list(case_ids), "run_id": run_id}
        return [Recusal(**row) for row in self._connection.execute(sql.RECUSED, values).mappings()]

    def place(self, office_id: int, case_id: int, reason: str, event: AuditEvent) -> int | None:
        """Hold a case; None where it is held already."""
        values = {"office_id": office_id, "case_id": case_id, "reason": reason, "by": event.actor_id}
        with _conflicts():
            hold_id: int | None = self._connection.execute(sql.PLACE, values).scalar_one_or_none()
        if hold_id is not None:
            audit.write(self._connection, event)
        return hold_id

    def end(self, hold_id: int, office_id: int, reason: str, event: AuditEvent) -> bool:
        """End a hold; False where there is none that did not end."""
        values = {"id": hold_id, "office_id": office_id, "reason": reason, "by": event.actor_id}
        with _conflicts():
            ended = self._connection.execute(sql.END, values).first() is not None
        if ended:
            audit.write(self._connection, event)
        return ended

    def with_key(self, key: str) -> int | None:
        """Return the run that was written with a key."""
        found: int | None = self._connection.execute(sql.BY_KEY, {"key": key}).scalar_one_or_none()
        return found

    def begin(self, office_id: int, key: str, case_ids: Sequence[int], event: AuditEvent) -> int:
        """Write a run with its cases."""
        values: dict[str, Any] = {"office_id": office_id, "key": key, "by": event.actor_id}
        with _conflicts():
            run_id: int | None = self._connection.execute(sql.BEGIN, values).scalar_one_or_none()
            if run_id is None:
                raise AlreadyWritten
            values = {"run_id": run_id, "office_id": office_id, "case_ids": list(case_ids)}
            self._connection.execute(sql.ADD_CASES, values)
        audit.write(self._connection, event)
        return run_id

    def lock(self, run_id: int) -> None:
        """Let nobody else change a run until the transaction ends."""
        self._connection.execute(text("select from retention_run where id = :id for update"), {"id": run_id})

    def run(self, run_id: int) -> RetentionRun | None:
        """Return a run."""
        row = self._connection.execute(sql.RUN, {"id": run_id}).mappings().first()
        return None if row is None else RetentionRun(**row)

    def runs(self, office_id: int, below: int | None, limit: int) -> Sequence[RetentionRun]:
        """Return the runs of an office, newest first."""
        values = {"office_id": office_id, "below": below, "limit": limit}
        return [RetentionRun(**row) for row in self._connection.execute(sql.RUNS, values).mappings()]

    def unapproved(self, office_id: int, limit: int) -> Sequence[RetentionRun]:
        """Return the runs of an office that nobody approved yet, newest first."""
        values = {"office_id": office_id, "limit": limit}
        return [RetentionRun(**row) for row in self._connection.execute(sql.UNAPPROVED, values).mappings()]

    def approve(self, run_id: int, event: AuditEvent) -> None:
        """Approve a run as the event's actor."""
        with _conflicts():
            self._connection.execute(sql.APPROVE, {"id": run_id, "by": event.actor_id})
        audit.write(self._connection, event)

    def end_run(self, run_id: int, reason: str, event: AuditEvent) -> None:
        """Withdraw or refuse a run as the event's actor."""
        with _conflicts():
            self._connection.execute(sql.END_RUN, {"id": run_id, "by": event.actor_id, "reason": reason})
        audit.write(self._connection, event)

    def cases(self, run_id: int, after: int = 0, limit: int | None = None) -> Sequence[RunCase]:
        """Return the cases of a run by id, beyond the id ``after``."""
        values = {"id": run_id, "after": after, "limit": limit}
        return [RunCase(**row) for row in self._connection.execute(sql.CASES, values).mappings()]

    def kept(self, run_id: int) -> Mapping[str, int]:
        """Return how many cases of a run that are not erased something keeps, by what it is."""
        return {row.obstacle: row.cases for row in self._connection.execute(sql.KEPT, {"id": run_id})}

    def ask(self, run_id: int, event: AuditEvent) -> None:
        """Have the background carry a run out, for the event's actor."""
        with _conflicts():
            self._connection.execute(sql.ASK, {"id": run_id, "by": event.actor_id})
        audit.write(self._connection, event)

    def asked(self, limit: int) -> Sequence[RetentionRun]:
        """Return runs of every office that the background has to carry out, those asked for first in front."""
        return [RetentionRun(**row) for row in self._connection.execute(sql.ASKED, {"limit": limit}).mappings()]

    def over(self, run: RetentionRun) -> None:
        """Note that the background is through with a run, unless it was asked for again meanwhile."""
        self._connection.execute(sql.OVER, {"id": run.id, "asked_at": run.asked_at})

    def take_turn(self, run_id: int, *, wait: bool) -> bool:
        """Be the only one to carry a run out until the transaction ends; False where somebody else is."""
        asked = sql.WAIT_FOR_TURN if wait else sql.TURN
        taken: bool = self._connection.execute(asked, {"run_id": run_id}).scalar_one()
        return taken

    def erased_at(self, case_id: int, *, keep: bool) -> datetime | None:
        """Return when what is personal of a case was erased; with ``keep`` nobody erases it from now on."""
        if keep:
            self._connection.execute(sql.KEEP, {"case_id": case_id})
        found: datetime | None = self._connection.execute(sql.ERASED_AT, {"case_id": case_id}).scalar_one()
        return found

    def sent(self, case_id: int) -> tuple[Sequence[int], Sequence[int]]:
        """Return the ids of the submissions of a case, and of those that were answered."""
        rows = self._connection.execute(sql.SENT, {"case_id": case_id}).all()
        return [row.id for row in rows], [row.id for row in rows if row.answered]

    def issued(self, case_id: int) -> Sequence[int]:
        """Return the ids of the issued papers of a case."""
        return list(self._connection.execute(sql.ISSUED, {"case_id": case_id}).scalars())

    def erase(self, run_id: int, case_id: int, replaced: Replaced, event: AuditEvent) -> None:
        """Erase what is personal of a case; the event is written first, for the function asks for it."""
        values = {
            "run_id": run_id,
            "case_id": case_id,
            "event_key": event.key,
            "name_sealed": replaced.name_sealed,
            "name_index": replaced.name_index,
            "sent": list(replaced.submissions),
            "texts": list(replaced.submissions.values()),
            "answered": list(replaced.answers),
            "reasons": list(replaced.answers.values()),
            "issued": list(replaced.papers),
            "told": list(replaced.papers.values()),
        }
        with _conflicts():
            audit.write(self._connection, event)
            self._connection.execute(sql.ERASE, values)

    def lone_files(self, case_id: int) -> Sequence[str]:
        """Return the SHA-256 of what only erased cases have."""
        return [row.sha256 for row in self._connection.execute(sql.LONE_FILES, {"case_id": case_id})]

    def is_lone(self, sha256: str) -> bool:
        """Tell whether no case that is kept has these bytes."""
        lone: bool = self._connection.execute(sql.IS_LONE, {"sha256": sha256}).scalar_one()
        return lone


@contextmanager
def _conflicts() -> Iterator[None]:
    """Tell what a guard of migration 0031 refused."""
    try:
        yield
    except DBAPIError as error:
        found: Any = getattr(error.orig, "diag", None)
        constraint = getattr(found, "constraint_name", None) or ""
        if constraint.startswith(("retention", "ck_retention", "legal_hold")):
            raise RetentionConflict(constraint, str(found.message_primary)) from error
        raise
