"""Paid levies that may have to go back in part or whole: the candidates, chosen by the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from caseflow.domain.refund_grounds import Ground, SameFact


@dataclass(frozen=True)
class RefundScope:
    """Which cases are looked at: those of an office and a regime on which money was collected.

    ``ended`` is the day from which the regime has no law (None: it has one), ``act_until`` the last day of conduct that
    its last law reached. ``ground`` and ``case_ids`` narrow the candidates to one ground, to some cases.
    """

    office_id: int
    regime: str
    ended: date | None
    act_until: date | None
    ground: Ground | None = None
    case_ids: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class RefundCandidate:
    """A case that may show a ground; only the law's own judgement tells."""

    id: int
    number: str
    number_zh: str
    party_name: str
    decision_date: date | None
    collected_fen: int


class RefundStore(Protocol):
    """Candidates for a refund, and what judging them needs beside the case itself."""

    def candidates(self, scope: RefundScope, *, before_id: int | None, limit: int) -> Sequence[RefundCandidate]:
        """Return candidates, the newest case first, below the key ``before_id``."""
        ...

    def same_facts(self, case_ids: Sequence[int]) -> Mapping[int, tuple[SameFact, ...]]:
        """Return other levied cases of the same person and day within the same office, by case, in one query."""
        ...

    def newest_change(self) -> tuple[int, int]:
        """Return the newest step and the newest transfer: while they stay, no finding changes."""
        ...

    def offices(self) -> Sequence[tuple[int, str]]:
        """Return every office as (id, code)."""
        ...
