"""Judges the rows of an old casebook: each against itself, against the rows above it, and against the law."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from caseflow.domain.casebook.rows import JudgedRow, ReportedRow, Sheet
from caseflow.domain.rules import Rules


class Known(Protocol):
    """What the office has already, loaded beforehand for all numbers of a file: nothing here may ask a database."""

    def has_case(self, number: str) -> bool:
        """Tell whether the office has a case with this number, as the book writes it."""
        ...

    def is_same(self, reported: ReportedRow) -> bool:
        """Tell whether the case of this number was imported from the same content (:func:`content_text`)."""
        ...

    def receipt_of(self, number: str) -> str | None:
        """Return the case number of the receipt with this number, "" where it has none; None: no such receipt."""
        ...


class NothingKnown:
    """An empty office."""

    def has_case(self, number: str) -> bool:  # noqa: ARG002
        """Return that there is none."""
        return False

    def is_same(self, reported: ReportedRow) -> bool:  # noqa: ARG002
        """Return that there is none."""
        return False

    def receipt_of(self, number: str) -> str | None:  # noqa: ARG002
        """Return that there is none."""
        return None


@dataclass(frozen=True)
class Numbers:
    """The case and receipt numbers of a file, as it writes them: what :class:`Known` must know about."""

    cases: Collection[str]
    receipts: Collection[str]


def numbers_in(sheet: Sheet, columns: Mapping[str, int], rules: Rules) -> Numbers:
    """Return the case and receipt numbers of all rows, for one look into the database before judging."""
    raise NotImplementedError


def content_text(reported: ReportedRow) -> str:
    """Return what a row says as one canonical text, the same however the file writes it; to be hashed with a key."""
    raise NotImplementedError


def judge(sheet: Sheet, columns: Mapping[str, int], rules: Rules, today: date, known: Known) -> Iterator[JudgedRow]:
    """Yield each row of the file judged, in its order. ``columns``: column name -> place of the cell, from 0.

    A row with an error has no ``reported``. A row whose case the office has from the same content is ``known``: it is
    OK and adds nothing. ``rules.definition.old_book`` must be set.
    """
    raise NotImplementedError
