"""Substitutes: who stands in for whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.substitutions import Arranged, Standing


@dataclass(frozen=True, kw_only=True)
class Substitution(Arranged):
    """An arrangement as it is kept, with everybody's name."""

    id: int
    reason: str
    made_by: int
    made_at: datetime
    away_en: str
    away_zh: str
    substitute_en: str
    substitute_zh: str
    made_en: str
    made_zh: str
    ended_en: str | None
    ended_zh: str | None


@dataclass(frozen=True)
class NewSubstitution:
    """An arrangement to keep."""

    office_id: int
    arranged: Arranged
    reason: str
    key: str


class SubstituteStore(Protocol):
    """Arrangements of an office; they are added and ended, never changed or deleted."""

    def lock(self, office_id: int) -> None:
        """Wait until nobody else arranges anything in the office, and keep others waiting until the commit."""
        ...

    def get(self, office_id: int, substitution_id: int) -> Substitution | None:
        """Return an arrangement of the office."""
        ...

    def by_key(self, office_id: int, key: str) -> Substitution | None:
        """Return what was arranged under an idempotency key."""
        ...

    def touching(self, staff_ids: Collection[int], from_on: date, until_on: date) -> Sequence[Substitution]:
        """Return the arrangements that hold in a stretch with one of these in either part, by their first day.

        At most 100.
        """
        ...

    def in_force(self, away_ids: Collection[int], on: date) -> Sequence[Substitution]:
        """Return the arrangements that hold on a day for these who are away."""
        ...

    def newest(
        self,
        office_id: int,
        *,
        staff_id: int | None,
        standing: Standing | None,
        today: date,
        before_id: int | None,
        limit: int,
    ) -> Sequence[Substitution]:
        """Return arrangements, newest first: of the office, or only those in which ``staff_id`` has a part."""
        ...

    def add(self, new: NewSubstitution, event: AuditEvent) -> int:
        """Keep an arrangement; return its id. Raises ``AlreadyWritten`` for a used key."""
        ...

    def end(self, substitution_id: int, on: date, event: AuditEvent) -> bool:
        """End an arrangement, so that it no longer holds on ``on``; return whether it was still to be ended."""
        ...
