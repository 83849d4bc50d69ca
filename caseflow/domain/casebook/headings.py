"""Which column of a spreadsheet holds what: guessed from its headings, or told by a mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caseflow.domain.old_book import OldBook
from caseflow.domain.words import Words


@dataclass(frozen=True, slots=True)
class ColumnFault:
    """Something wrong with a mapping: the column (as the mapping names it), and what is wrong and how to mend it."""

    column: str
    words: Words


class MappingRefused(Exception):
    """A mapping does not fit the regime's columns or the file's headings."""

    def __init__(self, faults: Sequence[ColumnFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(one.words.en for one in faults))


def known_headings(book: OldBook, mapping: Mapping[str, str] | None = None) -> frozenset[str]:
    """Return every heading by which the heading row of a file may be known: the regime's, and those of a mapping."""
    raise NotImplementedError


def guess_columns(headings: Sequence[str], book: OldBook) -> dict[str, int]:
    """Return the place (from 0) of each column of ``book`` among the headings, as far as they tell without doubt."""
    raise NotImplementedError


def unclear_columns(headings: Sequence[str], book: OldBook) -> dict[str, tuple[int, ...]]:
    """Return the columns that were not guessed because several headings might be theirs, with the places of these."""
    raise NotImplementedError


def mapped_columns(mapping: Mapping[str, str], headings: Sequence[str], book: OldBook) -> dict[str, int]:
    """Return the columns: the guess, corrected by ``mapping`` (column name -> heading; an empty heading: not there).

    Raises :class:`MappingRefused`: no such column, no such heading.
    """
    raise NotImplementedError


def columns_faults(columns: Mapping[str, int], headings: Sequence[str], book: OldBook) -> tuple[ColumnFault, ...]:
    """Return what keeps a file from being judged: a required column missing, one heading used twice, no such place."""
    raise NotImplementedError
