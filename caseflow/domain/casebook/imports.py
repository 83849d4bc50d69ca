"""An import of an old casebook: where it stands, what became of each of its rows, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from caseflow.domain.words import Words

LONGEST_REASON: Final = 500
LONGEST_NAME: Final = 200
LONGEST_CELL: Final = 1000


class ImportState(StrEnum):
    """Where an import stands.

    ``ENTERED``: kept, and somebody must choose columns or say how to read it. ``CHECKING`` and ``COMMITTING``: at work,
    here or in the background. ``CHECKED``: every row has been judged, nothing is written. ``COMMITTED``: the good rows
    are cases; what is in the quarantine may still be mended. ``DROPPED``: given up before anything was written.
    """

    ENTERED = "entered"
    CHECKING = "checking"
    CHECKED = "checked"
    COMMITTING = "committing"
    COMMITTED = "committed"
    DROPPED = "dropped"


class Fate(StrEnum):
    """What became of a row. ``MENDED``: written from the quarantine, after somebody corrected it."""

    WAITING = "waiting"
    WRITTEN = "written"
    ALREADY_THERE = "already_there"
    QUARANTINED = "quarantined"
    MENDED = "mended"
    LEFT_OUT = "left_out"


class Phase(StrEnum):
    """What the work at an import does just now."""

    READING = "reading"
    JUDGING = "judging"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class Totals:
    """What the rows come to: by grade, by what would become of them, and the sums of the rows without an error.

    ``new`` rows would be written (or were), ``already`` are cases already, from rows of the same content. ``rows`` is
    all rows that hold a case; ``left_out_lines`` the lines that hold none (titles, totals, empty ones). Sums in fen,
    of the new rows.
    """

    rows: int = 0
    ok: int = 0
    warning: int = 0
    error: int = 0
    new: int = 0
    already: int = 0
    left_out_lines: int = 0
    assessed_fen: int = 0
    paid_fen: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work has come: ``done`` of ``total`` rows of this phase; ``phase`` None: nothing is at work.

    ``waiting``: it was asked for, and no worker has taken it up yet. ``failed`` says why the last try was given up.
    """

    state: ImportState
    phase: Phase | None
    done: int
    total: int
    waiting: bool = False
    failed: Words | None = None

    @property
    def percent(self) -> int:
        """Whole per cent of the phase, 0 to 100."""
        return min(100, self.done * 100 // self.total) if self.total else 0


# Which columns of the book a heading of the file fills: column name -> heading.
Chosen = Mapping[str, str]
