"""Services of papers, and attempts that came to none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from caseflow.domain.audit import AuditEvent


@dataclass(frozen=True)
class ServiceRecord:
    """A service as it is kept, with its step and the name of who recorded it."""

    seq: int
    document: str
    method: str
    receiver: str
    served_on: date
    record_no: str
    proof: Mapping[str, str]
    clocks: Sequence[str]
    trigger: str
    by_en: str
    by_zh: str


@dataclass(frozen=True)
class AttemptRecord:
    """An attempt as it is kept; ``hour`` is the full hour it began in, 0 to 23."""

    id: int
    seq: int
    document: str
    method: str
    result: str
    attempted_on: date
    hour: int
    note: str
    recorded_on: date
    by_en: str
    by_zh: str
    recorded_en: str
    recorded_zh: str


@dataclass(frozen=True)
class NewAttempt:
    """An attempt to keep."""

    case_id: int
    seq: int
    key: str
    document: str
    method: str
    result: str
    attempted_on: date
    hour: int
    attempted_by: int
    note: str
    recorded_by: int
    recorded_on: date
    recorded_at: datetime

    @property
    def said(self) -> tuple[object, ...]:
        """What the same request says again when it is repeated."""
        return (
            self.case_id, self.document, self.method, self.result, self.attempted_on, self.hour, self.attempted_by,
            self.note,
        )  # fmt: skip


class ServiceStore(Protocol):
    """What was served and what was tried. Services are written with their steps (``CaseStore.save_step``)."""

    def services(self, case_id: int, *, before_seq: int | None, limit: int) -> Sequence[ServiceRecord]:
        """Return services of a case, newest first."""
        ...

    def attempts(self, case_id: int, *, before_id: int | None, limit: int) -> Sequence[AttemptRecord]:
        """Return attempts of a case, newest first."""
        ...

    def attempt_with(self, key: str) -> tuple[object, ...] | None:
        """Return what an earlier request with this key said (``NewAttempt.said``)."""
        ...

    def add_attempt(self, new: NewAttempt, event: AuditEvent) -> None:
        """Keep an attempt and its event. Raises ``AlreadyWritten`` and :class:`CaseMovedMeanwhile`."""
        ...


class CaseMovedMeanwhile(Exception):
    """A step was taken a moment before; nothing was written."""
