"""Writing the cases of an old casebook with the history it reports, in bulk and in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from caseflow.domain.access import Actor
from caseflow.domain.casebook.rows import JudgedRow
from caseflow.services.ports import BusinessTime, UnitOfWork
from caseflow.services.ports.imported_history import Book, NumberReported
from caseflow.services.rulebook import Rulebook


@dataclass(frozen=True)
class Written:
    """What was written: the id of each case by the number of its row, and the totals in fen."""

    case_ids: dict[int, int]
    assessed_fen: int
    collected_fen: int


@dataclass(frozen=True)
class ImportedHistory:
    """The writer of imported cases."""

    rulebook: Rulebook
    time: BusinessTime

    def write(
        self,
        work: UnitOfWork,
        actor: Actor,
        book: Book,
        rows: Sequence[JudgedRow],
        progress: Callable[[int], None] | None = None,
    ) -> Written:
        """Write a case for each row that has a ``reported`` part (the others are passed over); commits nothing.

        ``progress`` is told how many rows are done. Needs no savepoint around it: the database takes reported steps only
        in the very transaction that makes their case, not in a part of it. Raises ``NotPermitted``,
        :class:`NumberReported` (a case or receipt number that the office has already; roll back), ``LedgerRefused`` (the
        month is closed).
        """
        raise NotImplementedError


__all__ = ["Book", "ImportedHistory", "NumberReported", "Written"]
