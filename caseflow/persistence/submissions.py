"""Submissions in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from caseflow.domain.access import Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.submissions import Desk, Kind, Outcome, State
from caseflow.domain.words import Words
from caseflow.persistence import audit
from caseflow.persistence import submission_sql as sql
from caseflow.persistence.auditing_sql import TELL
from caseflow.persistence.errors import named_errors
from caseflow.services.ports.submissions import (
    Answer,
    Attached,
    Counts,
    Handler,
    NewAnswer,
    NewSubmission,
    Reach,
    Submission,
)

_KEYS: Final = frozenset(
    {
        "uq_submission_idempotency_key",
        "uq_submission_answer_idempotency_key",
        "pk_submission_answer",
        "submission_answer_open",
        "submission_answer_four_eyes",
        "uq_audit_event_key",
    }
)
_BEYOND: Final = 2**62
_SEES_ALL: Final = frozenset({Role.REVIEWER, Role.APPROVER, Role.SUPERVISOR})


class Submissions:
    """Fulfils :class:`caseflow.services.ports.submissions.SubmissionStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take_id(self) -> int:
        """Return an id for a submission to come."""
        return int(self._connection.execute(sql.TAKE_ID).scalar_one())

    def add(self, new: NewSubmission, told: Callable[[str], AuditEvent]) -> str:
        """Write a submission with its files and its event; return the number it was given."""
        row = {
            name: getattr(new, name)
            for name in (
                "id", "office_id", "case_id", "party_id", "session_id", "text_sealed", "hash", "objected_to",
                "received_at", "received_on", "rule", "due_on", "key",
            )
        }  # fmt: skip
        late = None if new.late is None else json.dumps({"en": new.late.en, "zh": new.late.zh}, ensure_ascii=False)
        row |= {
            "kind": new.kind.value,
            "desk": new.desk.value,
            "late": new.late is not None,
            "late_words": late,
            "clock": json.dumps(dict(new.clock), ensure_ascii=False),
        }
        own = {"office_id": new.office_id, "case_id": new.case_id, "submission_id": new.id}
        with named_errors(_KEYS):
            number: str = self._connection.execute(sql.ADD, row).scalar_one()
            if new.files:
                files = [
                    {
                        **own,
                        "position": one.position,
                        "sha256": one.sha256,
                        "size_bytes": one.size_bytes,
                        "media_type": one.media_type,
                    }
                    for one in new.files
                ]
                self._connection.execute(sql.ADD_FILE, files)
            audit.write(self._connection, told(number))
        return number

    def by_key(self, key: str) -> Submission | None:
        """Return what was submitted under an idempotency key."""
        return self._one("s.idempotency_key = :key", {"key": key})

    def get(self, office_id: int, submission_id: int) -> Submission | None:
        """Return a submission of the office."""
        return self._one("s.office_id = :office_id and s.id = :id", {"office_id": office_id, "id": submission_id})

    def of_case_at(self, case_id: int, case_no: int) -> Submission | None:
        """Return a submission by its place in its case."""
        return self._one("s.case_id = :case_id and s.case_no = :no", {"case_id": case_id, "no": case_no})

    def of_case(self, case_id: int, *, before_no: int | None, limit: int) -> Sequence[Submission]:
        """Return submissions of a case, newest first."""
        parameters = {"case_id": case_id, "before": before_no or 2**31 - 1, "limit": limit}
        return [_submission(row) for row in self._connection.execute(sql.OF_CASE, parameters)]

    def on_desk(
        self, reach: Reach, *, is_open: bool, after: tuple[date, int] | None, limit: int
    ) -> Sequence[Submission]:
        """Return what a desk has to answer, or what was answered or withdrawn."""
        after_on, after_id = after or (date.min, 0)
        parameters = {
            **_reach(reach),
            "limit": limit,
            "after_on": after_on,
            "after_id": after_id,
            "before": after_id if after is not None else _BEYOND,
        }
        statement = sql.OPEN if is_open else sql.DONE
        return [_submission(row) for row in self._connection.execute(statement, parameters)]

    def counts(self, reach: Reach, today: date) -> Counts:
        """Count what waits on a desk."""
        parameters = {**_reach(reach), "today": today, "role_names": [role.value for role in reach.roles]}
        row = self._connection.execute(sql.COUNTS, parameters).one()
        return Counts(row.open, row.overdue)

    def files(self, submission_id: int) -> Sequence[Attached]:
        """Return the files of a submission by position."""
        return [Attached(**row._asdict()) for row in self._connection.execute(sql.FILES, {"id": submission_id})]

    def bytes_of_case(self, case_id: int) -> int:
        """Add up what was submitted in a case."""
        return int(self._connection.execute(sql.BYTES, {"case_id": case_id}).scalar_one())

    def many_on(self, case_id: int, day: date) -> int:
        """Count the submissions of a day."""
        return int(self._connection.execute(sql.MANY_ON, {"case_id": case_id, "day": day}).scalar_one())

    def handlers(self, case_id: int) -> Sequence[Handler]:
        """Return who handles or handled the case."""
        return [Handler(**row._asdict()) for row in self._connection.execute(sql.HANDLERS, {"case_id": case_id})]

    def answer(self, submission_id: int) -> Answer | None:
        """Return the answer to a submission."""
        row = self._connection.execute(sql.ANSWER, {"id": submission_id}).one_or_none()
        return None if row is None else Answer(**{**row._asdict(), "outcome": Outcome(row.outcome)})

    def add_answer(self, new: NewAnswer, event: AuditEvent) -> None:
        """Write an answer and mark what it answers."""
        row = {name: getattr(new, name) for name in NewAnswer.__dataclass_fields__}
        with named_errors(_KEYS):
            self._connection.execute(sql.ADD_ANSWER, {**row, "outcome": new.outcome.value})
            self._connection.execute(sql.MARK_ANSWERED, {"id": new.submission_id})
            audit.write(self._connection, event)

    def link(self, submission_id: int, seq: int, desk: Desk, event: AuditEvent) -> bool:
        """Note the step that recorded a submission."""
        parameters = {"id": submission_id, "seq": seq, "desk": desk.value}
        return self._changed(sql.LINK, parameters, event)

    def withdraw(self, submission_id: int, at: datetime, event: AuditEvent) -> bool:
        """Mark a submission as withdrawn."""
        return self._changed(sql.WITHDRAW, {"id": submission_id, "at": at}, event)

    def escalate(self, today: date) -> int:
        """Tell the supervisors of what is overdue."""
        return int(self._connection.execute(sql.ESCALATE, {"today": today}).scalar_one())

    def note(self, event: AuditEvent) -> None:
        """Write an event alone."""
        with named_errors(_KEYS):
            audit.write(self._connection, event)

    def tell(self, key: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Put a notice into the outbox."""
        body = json.dumps(dict(payload), ensure_ascii=False)
        self._connection.execute(TELL, {"key": key, "kind": kind, "payload": body})

    def _changed(self, statement: Any, parameters: Mapping[str, Any], event: AuditEvent) -> bool:
        if self._connection.execute(statement, parameters).scalar_one_or_none() is None:
            return False
        with named_errors(_KEYS):
            audit.write(self._connection, event)
        return True

    def _one(self, condition: str, parameters: Mapping[str, Any]) -> Submission | None:
        # The conditions are literals of this class.
        # nosemgrep: sql-by-string -- as said above
        row = self._connection.execute(text(f"{sql.SELECT} where {condition}"), parameters).one_or_none()
        return None if row is None else _submission(row)


def _reach(reach: Reach) -> dict[str, Any]:
    return {
        "office_id": reach.office_id,
        "staff_id": reach.staff_ids[0],
        "staff_ids": list(reach.staff_ids),
        "is_officer": reach.is_officer,
        "sees_all": bool(_SEES_ALL & set(reach.roles)),
        "own_roles": [role.value for role in reach.own_roles],
    }


def _submission(row: Any) -> Submission:
    known = row._asdict()
    late = known.pop("late_words")
    return Submission(
        **{
            **known,
            "kind": Kind(row.kind),
            "desk": Desk(row.desk),
            "state": State(row.state),
            "outcome": None if row.outcome is None else Outcome(row.outcome),
            "late": None if late is None else Words(late["en"], late["zh"]),
            "text_sealed": bytes(row.text_sealed),
        }
    )
