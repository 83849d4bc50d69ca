"""Lists beside the plan of a wind-down: since when the court is waited for, sums of a run, who is behind a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from caseflow.services.ports.wind_down import ClassCount, ReleasedScope


class FigureOf(StrEnum):
    """The figures of the page of those released: of whom or what each is."""

    LISTED = "listed"
    LIMITED = "limited"
    WITHDRAWAL = "withdrawal"
    DELISTING = "delisting"
    STOPPED = "stopped"
    DELISTED = "delisted"
    WRITTEN_OFF = "written_off"


@dataclass(frozen=True)
class Figure:
    """One figure; of a year (``year_unknown``: where no day is known), or of a month (its first day)."""

    of: FigureOf
    year: int | None = None
    year_unknown: bool = False
    month: date | None = None

    @property
    def is_past(self) -> bool:
        """Whether it tells what happened, rather than who waits now."""
        return self.of in (FigureOf.DELISTED, FigureOf.WRITTEN_OFF)


@dataclass(frozen=True)
class FigureCase:
    """A case behind a figure. ``since``: the day it counts from or happened on; ``amount_fen``: what is or was owed."""

    id: int
    number: str
    number_zh: str
    party_name: str
    state: str
    since: date | None
    amount_fen: int
    sort: str


@dataclass(frozen=True)
class LetterScope:
    """Whose letters: those of an office and a regime, of the cases in ``states`` each with its document (``kinds``).

    ``begins`` are the steps that begin a wind-down: what was issued before is no letter of it. ``run_id`` narrows to
    the cases of a run.
    """

    office_id: int
    regime: str
    states: Sequence[str]
    kinds: Sequence[str]
    begins: Sequence[str]
    run_id: int | None = None


@dataclass(frozen=True)
class Letter:
    """A letter of a case that is not issued; ``paper_id`` and ``status`` are None where nobody has begun it."""

    case_id: int
    number: str
    number_zh: str
    party_name: str
    state: str
    kind: str
    paper_id: int | None
    status: str | None


class WindDownListStore(Protocol):
    """What these lists read."""

    def waiting_since(self, office_id: int, case_ids: Sequence[int]) -> Mapping[int, date]:
        """Return for cases of the office the day of the step that led to the state in which each stands."""
        ...

    def run_sums(self, office_id: int, run_id: int) -> Sequence[ClassCount]:
        """Return the cases of a run by class and stage as they were prepared, with what they owe and paid by now."""
        ...

    def letters_waiting(self, scope: LetterScope) -> Mapping[str, int]:
        """Return how many letters of each kind are not issued."""
        ...

    def letters(
        self, scope: LetterScope, *, case_ids: Sequence[int] | None, after: int, limit: int
    ) -> Sequence[Letter]:
        """Return letters that are not issued by case, beyond the case ``after``; of these cases, or of all."""
        ...

    def cases_behind(
        self, scope: ReleasedScope, figure: Figure, *, after: tuple[str, int] | None, limit: int
    ) -> Sequence[FigureCase]:
        """Return the cases behind a figure in their order, from the key (``sort``, id) ``after`` on."""
        ...
