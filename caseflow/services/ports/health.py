"""The look at the background work, and what failed in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.health import Facts, QueueFacts, SweepPulse


@dataclass(frozen=True)
class DeadLetter:
    """A notice or mail that was given up. No content: its kind, its day, for whom, and the error.

    ``addressee`` is the rung's word for whom a reminder is; the names are empty where no one person is meant.
    """

    id: int
    kind: str
    day: date
    addressee: str
    name_en: str
    name_zh: str
    error: str


class HealthStore(Protocol):
    """Bounded reads over what works in the background."""

    def facts(self, office_id: int | None) -> Facts:
        """Return one look at the whole; hints about people are of one office (None: of all)."""
        ...

    def sweep_pulse(self) -> SweepPulse:
        """Return when reminders were last swept, by primary keys alone."""
        ...

    def beat(self, beats: Mapping[str, Mapping[str, Any]]) -> None:
        """Note that these jobs did their round just now, each with what it says."""
        ...

    def dead_notices(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[DeadLetter]:
        """Return notices of the office (and of no office) that were given up, newest first."""
        ...

    def dead_mail(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[DeadLetter]:
        """Return mail to staff of the office that was given up, newest first."""
        ...

    def retry_notice(self, office_id: int, notice_id: int, event: AuditEvent) -> bool:
        """Let a dead notice of the office (or of no office) be tried again; False where it is not dead or not there."""
        ...

    def retry_mail(self, office_id: int, mail_id: int, event: AuditEvent) -> bool:
        """Let dead mail to staff of the office be tried again; False where it is not dead or not there."""
        ...

    def retry_all_mail(self, office_id: int, limit: int, event: AuditEvent) -> int:
        """Let dead mail to staff of the office be tried again, the oldest first; return how much, as the event says."""
        ...


class QueueLook(Protocol):
    """A small look at the queue."""

    def look(self) -> QueueFacts:
        """Return what the queue answers within a second. Never raises."""
        ...
