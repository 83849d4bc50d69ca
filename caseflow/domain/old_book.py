"""What an old casebook may say of a case of one regime, and which steps of the workflow that reports.

A part of the workflow file (``old_book``). The columns are what a bureau's spreadsheet has; each event names the step
that a filled column reports. What is in no column is not taken over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caseflow.domain.words import Words


@dataclass(frozen=True, slots=True)
class BookColumn:
    """A column of an old casebook.

    ``also`` are other headings it goes by, in any language. ``needs`` are columns that must be filled where this one
    is, ``not_before`` date columns that it may not lie before, ``not_above`` an amount column that it may not exceed.
    ``choices`` gives for each value the ways a book writes it.
    """

    name: str
    kind: str
    title: Words
    also: tuple[str, ...]
    required: bool
    needs: tuple[str, ...]
    not_before: tuple[str, ...]
    not_above: str | None
    choices: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class BookEvent:
    """A step that a row reports as taken.

    It is reported where the column ``on`` is filled and every column of ``when`` has the value named. ``takes`` gives
    the column that answers a field of the step, ``says`` what the fact itself answers. ``undated`` events have no date
    of their own: they lie on the day of the column ``on``, and say so.
    """

    step: str
    on: str
    when: Mapping[str, str]
    takes: Mapping[str, str]
    says: Mapping[str, bool | int | str]
    undated: bool


@dataclass(frozen=True, slots=True)
class OldBook:
    """The columns by name, the party kind of a book that has no such column, and the events in the order of the law.

    ``settled`` is the step that is reported, too, where nothing is left to be paid: the one that confirms it.
    """

    columns: Mapping[str, BookColumn]
    party_kind: str
    opened_on: str
    opening: Mapping[str, str]
    events: tuple[BookEvent, ...]
    settled: str | None = None
