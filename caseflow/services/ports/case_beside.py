"""What stands beside a case on its page, read together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from caseflow.domain.case_files import Purpose
from caseflow.services.ports.case_files import CaseFile
from caseflow.services.ports.imported_history import ReportedSource
from caseflow.services.ports.reading import Reading
from caseflow.services.ports.reminders import ClockMark, GivenReminder
from caseflow.services.ports.service import ServiceRecord
from caseflow.services.ports.substitutes import Substitution


@dataclass(frozen=True, slots=True)
class AskedBeside:
    """Of which case, and how much: who stands in today for ``officers``, files for these purposes, at most so many."""

    case_id: int
    today: date
    officers: Collection[int]
    purposes: Collection[Purpose]
    most_reminders: int
    most_services: int
    most_files: int
    most_readings: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What was found: who stands in, marks on clocks, reminders, services, files and readings, the newest first.

    ``source`` says from which row of an old casebook the case comes, if it does.
    """

    stood_in: Sequence[Substitution]
    marks: Sequence[ClockMark]
    reminders: Sequence[GivenReminder]
    services: Sequence[ServiceRecord]
    files: Sequence[CaseFile]
    readings: Sequence[Reading]
    source: ReportedSource | None


class CaseBesideStore(Protocol):
    """Reads what several repositories keep of one case."""

    def read(self, asked: AskedBeside) -> Beside:
        """Return it all, in one statement."""
        ...
