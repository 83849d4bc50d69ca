"""The read log: who read what of whom and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from caseflow.domain.reading import Purpose


@dataclass(frozen=True, slots=True)
class Reading:
    """One row of the read log, as it is shown. It names no party.

    ``actor_en`` and ``actor_zh`` name who read; empty where a command of the server did, whose ``operator`` is named.
    ``what`` is the endpoint or command, ``reason`` what was stated (empty for a task or a list). ``case_number`` and
    ``case_number_zh`` are empty for a search that found nothing; ``hits`` is None for everything but a search.
    """

    id: int
    at: datetime
    actor_id: int | None
    actor_en: str
    actor_zh: str
    operator: str
    office_id: int
    case_id: int | None
    case_number: str
    case_number_zh: str
    what: str
    purpose: Purpose
    reason: str
    request_id: str
    hits: int | None = None


@dataclass(frozen=True, slots=True)
class NewReadings:
    """What one piece of work read: one row of the log a case.

    Of ``parties`` the cases are found when it is written, those already in ``cases`` among them once. A case in
    ``opened`` is read for ``purpose`` and ``reason``; every other one was merely shown beside it
    (:attr:`Purpose.LIST`). ``actor_id`` is None and ``operator`` named for a command of the server.
    """

    actor_id: int | None
    what: str
    purpose: Purpose
    reason: str = ""
    request_id: str = ""
    operator: str = ""
    parties: Collection[int] = ()
    cases: Collection[int] = ()
    opened: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What somebody read since a moment: different files opened, and rows that lists showed."""

    files: int = 0
    rows: int = 0


class ReadStore(Protocol):
    """The read log. It only grows."""

    def write(self, new: NewReadings) -> int:
        """Write one row a case in one statement; return how many. The log is a record itself and needs no event."""
        ...

    def of_case(self, case_id: int, before: int | None, limit: int) -> Sequence[Reading]:
        """Return who looked at a case, newest first: those below the row ``before`` (None: from the newest)."""
        ...

    def count_today(self, actor_id: int, since: datetime) -> Read:
        """Return what somebody read since the beginning of the business day (an aware moment)."""
        ...
