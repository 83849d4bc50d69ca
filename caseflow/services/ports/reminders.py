"""Reminders: the sweep, what is due, what was told about a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from caseflow.domain.audit import AuditEvent


@dataclass(frozen=True)
class Swept:
    """What one round of the sweep did: clocks it took a rung off, rungs that took effect, ends and escalations.

    ``still_due`` counts the clocks whose next rung is due as well.
    """

    clocks: int
    still_due: int
    reminders: int
    ran_out: int
    escalations: int


@dataclass(frozen=True)
class ComingRung:
    """A rung that has not taken effect yet, with the case whose clock it belongs to."""

    case_id: int
    number: str
    number_zh: str
    rule_id: str
    due_on: date
    rung: str
    day: date
    addressee: str
    escalates: bool


@dataclass(frozen=True)
class GivenReminder:
    """A rung that took effect on a case."""

    id: int
    clock_id: int
    rule_id: str
    due_on: date
    rung: str
    day: date
    addressee: str
    escalates: bool
    swept_on: date
    swept_at: datetime


@dataclass(frozen=True)
class ClockMark:
    """What reminders left on a clock of a case: the first day on which it was over, to whom it was escalated and when.

    ``escalated_on`` is the day on which that superior was told.
    """

    clock_id: int
    rule_id: str
    status: str
    due_on: date
    ran_out_on: date | None
    closed_on: date | None
    escalated_to: str | None
    escalated_on: date | None


class ReminderStore(Protocol):
    """Rungs that are due and rungs that took effect."""

    def business_date(self) -> date:
        """Return the office's date by the database's clock."""
        ...

    def sweep(self, today: date, limit: int) -> Swept:
        """Let the next rung of up to ``limit`` due clocks take effect, each exactly once.

        Clocks that another sweep or a step holds are left to the next round.
        """
        ...

    def record_sweep(self, event: AuditEvent) -> None:
        """Write the audit event of a sweep that did something."""
        ...

    def beat(self, name: str, detail: Mapping[str, Any]) -> None:
        """Note that the job ``name`` did its round just now."""
        ...

    def due(self, until: date, *, office_id: int | None, limit: int) -> Sequence[ComingRung]:
        """Return the rungs up to ``until`` that have not taken effect yet, by day."""
        ...


class MuteStore(Protocol):
    """Rungs that a person does not want to be given."""

    def add(self, staff_id: int, ladder: str, rung: str, event: AuditEvent) -> bool:
        """Mute a rung for a member of staff and write the event; False and no event where it was muted already."""
        ...

    def remove(self, staff_id: int, ladder: str, rung: str, event: AuditEvent) -> bool:
        """Take a mute back and write the event; False and no event where there was none."""
        ...

    def own(self, staff_id: int) -> frozenset[tuple[str, str]]:
        """Return what a member of staff muted, as (ladder, rung)."""
        ...
