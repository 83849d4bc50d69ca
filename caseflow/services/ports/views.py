"""Read-only lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from caseflow.services.views import (
    CaseHeader,
    CaseRow,
    DeskCounts,
    DeskScope,
    GroupBounds,
    InboxFilter,
    InboxItem,
    ListFilter,
    Page,
    StepRecord,
)


class ViewStore(Protocol):
    """Read-only lists; every one is bounded by a limit and served by an index."""

    def desk_rows(
        self, scope: DeskScope, bounds: GroupBounds, *, after: tuple[date, int] | None, limit: int
    ) -> list[CaseRow]:
        """Return the desk's cases by due date (no due date last), from the key ``after`` on."""
        ...

    def desk_counts(self, scope: DeskScope, today: date) -> DeskCounts:
        """Count the desk's cases by how late they are, each count capped."""
        ...

    def list_cases(self, office_id: int, chosen: ListFilter, *, before_id: int | None, limit: int) -> Page:
        """Return cases of the office, newest first, below the key ``before_id``."""
        ...

    def header(self, case_id: int) -> CaseHeader | None:
        """Return what the identity bar of a case shows."""
        ...

    def find_number(self, office_id: int | None, number: str) -> int | None:
        """Return the id of the case with exactly this number (either form)."""
        ...

    def timeline(self, case_id: int) -> list[StepRecord]:
        """Return the steps of a case, newest first, with their actors' names."""
        ...

    def timelines(self, case_ids: Sequence[int]) -> Mapping[int, list[StepRecord]]:
        """Return the steps of several cases, newest first, by case, in one query."""
        ...

    def inbox(self, staff_id: int, chosen: InboxFilter, *, before_id: int | None, limit: int) -> list[InboxItem]:
        """Return messages to a member of staff, newest first, below the key ``before_id``."""
        ...
