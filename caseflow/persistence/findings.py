"""Findings in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.domain.findings import About, Note, Severity, Standing, Subject, Written, standing_after
from caseflow.persistence import audit
from caseflow.persistence.audit_errors import audit_errors
from caseflow.persistence.auditing_sql import (
    ADD_FINDING,
    ADD_NOTE,
    FINDING,
    NOTE_WITH,
    NOTES,
    OPEN_COUNTS,
    RESOLVE,
    TELL,
)
from caseflow.services.ports.auditing import Finding, NewFinding, NewNote, Resolved

_BEYOND = 2**62


class Findings:
    """Fulfils :class:`caseflow.services.ports.auditing.FindingStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def resolve(self, office_id: int, subject: Subject) -> Resolved | None:
        """Return the rows a subject names; None where the office has no such thing."""
        parameters = {
            "office_id": office_id,
            "entry_key": subject.entry_key,
            "leg": subject.leg,
            "case_number": subject.case_number,
            "sample_id": subject.sample_id,
            "item_no": subject.item_no,
        }
        row = self._connection.execute(RESOLVE, parameters).one()
        found = {
            About.ENTRY: (row.entry_key, Resolved(entry_key=row.entry_key)),
            About.TRANSFER: (row.transfer_id, Resolved(transfer_id=row.transfer_id, entry_key=row.entry_key)),
            About.CASE: (row.case_id, Resolved(case_id=row.case_id)),
            About.SAMPLE_ITEM: (
                row.item_transfer_id,
                Resolved(transfer_id=row.item_transfer_id, entry_key=row.item_entry_key),
            ),
            About.RECEIPT: (subject.receipt_number or None, Resolved()),
            About.GENERAL: (True, Resolved()),
        }
        there, resolved = found[subject.about]
        return None if there is None else resolved

    def add(self, office_id: int, new: NewFinding, resolved: Resolved, event: AuditEvent) -> int:
        """Write a finding; return its id."""
        parameters = {
            "office_id": office_id,
            "key": new.key,
            "about": new.subject.about.value,
            "transfer_id": resolved.transfer_id,
            "entry_key": resolved.entry_key,
            "receipt_number": new.subject.receipt_number or None,
            "case_id": resolved.case_id,
            "sample_id": new.subject.sample_id or None,
            "item_no": new.subject.item_no or None,
            "title": new.title,
            "text": new.text,
            "severity": new.severity.value,
            "reply_due_on": new.reply_due_on,
            "actor_id": event.actor_id,
            "raised_on": new.raised_on,
            "at": event.at,
        }
        with audit_errors():
            finding_id: int = self._connection.execute(ADD_FINDING, parameters).scalar_one()
            audit.write(self._connection, event)
        return finding_id

    def by_key(self, office_id: int, key: str) -> Finding | None:
        """Return the finding with this idempotency key."""
        return self._one(" and f.key = :key", {"office_id": office_id, "key": key})

    def get(self, office_id: int, finding_id: int) -> Finding | None:
        """Return a finding of the office."""
        return self._one(" and f.id = :id", {"office_id": office_id, "id": finding_id})

    def notes(self, finding_id: int) -> Sequence[Written]:
        """Return the notes on a finding, oldest first."""
        return [_note(row._asdict()) for row in self._connection.execute(NOTES, {"finding_id": finding_id})]

    def newest(
        self, office_id: int, standing: Standing | None, *, before_id: int | None, limit: int
    ) -> Sequence[Finding]:
        """Return findings, newest first."""
        kinds = [None, *Note] if standing is None else _leads_to(standing)
        parameters = {
            "office_id": office_id,
            "before": before_id or _BEYOND,
            "limit": limit,
            "kinds": ["" if kind is None else kind.value for kind in kinds],
        }
        statement = (
            FINDING + " and f.id < :before and coalesce(last.kind, '') = any(:kinds) order by f.id desc limit :limit"
        )
        return [_finding(row) for row in self._connection.execute(text(statement), parameters)]

    def of_entry(self, office_id: int, key: str) -> Sequence[Finding]:
        """Return the findings on an entry or one of its transfers, newest first (at most 20)."""
        statement = FINDING + " and f.entry_key = :key order by f.id desc limit 20"
        rows = self._connection.execute(text(statement), {"office_id": office_id, "key": key})
        return [_finding(row) for row in rows]

    def open_counts(self, office_id: int) -> Mapping[Standing, int]:
        """Count the findings that are not ended, by whose turn it is."""
        counts = {Standing.AWAITS_REPLY: 0, Standing.AWAITS_AUDITOR: 0}
        for row in self._connection.execute(OPEN_COUNTS, {"office_id": office_id}):
            standing = standing_after(None if row.kind is None else Note(row.kind))
            if standing in counts:
                counts[standing] += row.findings
        return counts

    def note_with(self, key: str) -> tuple[int, Written] | None:
        """Return (finding id, note) of what was written under an idempotency key."""
        row = self._connection.execute(NOTE_WITH, {"key": key}).one_or_none()
        if row is None:
            return None
        known = row._asdict()
        return known.pop("finding_id"), _note(known)

    def add_note(self, new: NewNote, event: AuditEvent) -> None:
        """Write a note."""
        parameters = {
            "finding_id": new.finding_id,
            "seq": new.seq,
            "key": new.key,
            "kind": new.kind.value,
            "text": new.text,
            "due_on": new.due_on,
            "actor_id": event.actor_id,
            "written_on": new.on,
            "at": event.at,
        }
        with audit_errors():
            self._connection.execute(ADD_NOTE, parameters)
            audit.write(self._connection, event)

    def tell(self, key: str, kind: str, role: str, payload: Mapping[str, object]) -> None:
        """Put a notice to everybody of an office with a role into the outbox."""
        body = json.dumps({**payload, "desk_role": role}, ensure_ascii=False)
        self._connection.execute(TELL, {"key": key, "kind": kind, "payload": body})

    def _one(self, condition: str, parameters: dict[str, Any]) -> Finding | None:
        row = self._connection.execute(text(FINDING + condition), parameters).one_or_none()
        return None if row is None else _finding(row)


def _leads_to(standing: Standing) -> list[Note | None]:
    return [kind for kind in (None, *Note) if standing_after(kind) is standing]


def _note(known: dict[str, Any]) -> Written:
    return Written(**{**known, "kind": Note(known["kind"])})


def _finding(row: Any) -> Finding:
    known = row._asdict()
    last = known.pop("last_kind")
    subject = Subject(
        About(known.pop("about")),
        entry_key=known.pop("entry_key") or "",
        leg=known.pop("leg") or 0,
        receipt_number=known.pop("receipt_number") or "",
        case_number=known.pop("case_number") or "",
        sample_id=known.pop("sample_id") or 0,
        item_no=known.pop("item_no") or 0,
    )
    standing = standing_after(None if last is None else Note(last))
    return Finding(**{**known, "severity": Severity(known["severity"]), "subject": subject, "standing": standing})
