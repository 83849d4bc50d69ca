"""Deadlines and ladders that are to be reckoned again, and the office's own calendar days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.recounting import Recounted, Standing
from caseflow.services.ports.installation import OfficeDay


@dataclass(frozen=True)
class Mark:
    """Clocks still to be marked: those a ``day`` of the calendar touches (None: all), with ids above ``after``.

    ``wait_seconds`` says how long it rests before it is begun.
    """

    day: date | None
    after: int = 0
    wait_seconds: int = 0


@dataclass(frozen=True)
class Waiting:
    """What is to be done: whether marked clocks wait, whether a mark is ripe, and the digest of the rules last seen."""

    clocks: bool
    marks: bool
    digest: str | None


@dataclass(frozen=True)
class HeldCase:
    """A case whose row is held while its clocks are counted."""

    id: int
    standing: Standing
    owner_active: bool


@dataclass(frozen=True)
class CountedCase:
    """A case counted again, with the notice to its owner where something moved (None: nothing did)."""

    case_id: int
    counted: Recounted
    notice_key: str
    notice: Mapping[str, Any] | None


@dataclass(frozen=True)
class TouchedClocks:
    """One round of clocks whose due date may move: the cases, and the clock id that continues the list (None: end)."""

    case_ids: Sequence[int]
    after: int | None


class RecountStore(Protocol):
    """Deadlines and ladders that are to be reckoned again."""

    def calendar_version(self) -> int:
        """Return how often the office's own days were changed."""
        ...

    def change_day(self, day: date, put: OfficeDay | None, event: AuditEvent) -> None:
        """Write (``put``) or take away an own day, and have the running clocks marked that it touches.

        Changes wait for one another.
        """
        ...

    def first_change(self, key: str) -> Mapping[str, Any] | None:
        """Return the body of the audit event with this key."""
        ...

    def waiting(self) -> Waiting:
        """Say what is to be done, in one query."""
        ...

    def note_rules(self, digest: str, marks: Sequence[Mark]) -> None:
        """Keep the digest of the rules that ladders are reckoned by, and ask for ``marks``."""
        ...

    def mark(self, limit: int) -> bool:
        """Mark up to ``limit`` clocks of the first ripe mark; return whether that got on (others may hold them)."""
        ...

    def hold(self, limit: int) -> Sequence[HeldCase]:
        """Hold the cases of up to ``limit`` marked clocks; what somebody else holds is left to the next round."""
        ...

    def write(
        self,
        cases: Sequence[CountedCase],
        unreckonable: Sequence[int],
        event: AuditEvent | None,
        *,
        calendar_version: int,
    ) -> int:
        """Write counted cases whole, and clear the mark where a case cannot be reckoned; return the clocks written.

        What was counted under an older calendar than the one now in force stays marked.
        """
        ...

    def touched(self, day: date, after: int, limit: int) -> TouchedClocks:
        """Return cases with running clocks whose due date a change of ``day`` may move."""
        ...

    def standings(self, case_ids: Sequence[int]) -> Mapping[int, Standing]:
        """Return what cases hang on, without holding them."""
        ...
