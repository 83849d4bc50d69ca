"""The stamp of the database and the office's own calendar days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from caseflow.domain.audit import AuditEvent


@dataclass(frozen=True)
class OfficeDay:
    """A day the office declared working (or not), over and above the published calendar."""

    day: date
    working: bool
    title_en: str
    title_zh: str


@dataclass(frozen=True)
class Installation:
    """What this database is for."""

    kind: str
    date_shift_days: int


class InstallationStore(Protocol):
    """The stamp of the database."""

    def get(self) -> Installation | None:
        """Return the stamp, or ``None`` for a database nobody has stamped yet."""
        ...

    def stamp(self, kind: str, event: AuditEvent) -> None:
        """Stamp the database ``training`` or ``production``, for ever."""
        ...

    def shift_dates(self, days: int, event: AuditEvent) -> None:
        """Let a training database run ``days`` away from the real date."""
        ...

    def latest_step_on(self) -> date | None:
        """Return the newest date any step of any case bears."""
        ...

    def office_days(self) -> Sequence[OfficeDay]:
        """Return the office's own calendar days."""
        ...
