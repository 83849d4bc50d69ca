"""Cases, the definitions they are pinned to, and what a request to write one meets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from caseflow.domain.access import Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import Case
from caseflow.domain.ledger import Transfer
from caseflow.domain.stepping import StepOutcome
from caseflow.services.ports.privacy import SealedDetails
from caseflow.services.ports.receipts import StepReceipt


class AlreadyWritten(Exception):
    """Another request with the same idempotency key was written first."""


@dataclass(frozen=True)
class NewCase:
    """The row of a case at its opening; the first step is the opening itself."""

    office_id: int
    regime: str
    definition_hash: str
    number: str
    number_zh: str
    party_kind: str
    party_id: int
    party: SealedDetails
    owner_id: int
    second_officer_id: int | None
    role: Role
    idempotency_key: str
    request_hash: bytes
    outcome: StepOutcome
    business_date: date


@dataclass(frozen=True)
class OutboxMessage:
    """An effect outside the database; ``key`` is made before the first try and never repeats."""

    key: str
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Saved:
    """The first result of a request, told again to whoever repeats it."""

    case_id: int
    seq: int
    request_hash: bytes


@dataclass(frozen=True)
class LastMove:
    """What somebody else did to the case meanwhile."""

    trigger: str
    to_state: str
    actor_en: str
    actor_zh: str
    taken_at: datetime


@dataclass(frozen=True)
class StepMoney:
    """What a step moves: its transfers and, where it takes money, the receipt that it issues."""

    transfers: Sequence[Transfer] = ()
    receipt: StepReceipt | None = None


class CaseStore(Protocol):
    """Cases, their steps, clocks and documents."""

    def load(self, case_id: int) -> Case | None:
        """Return the case with its clocks, history and documents."""
        ...

    def load_many(self, case_ids: Sequence[int]) -> Mapping[int, Case]:
        """Return the cases of these ids, by id, in one query."""
        ...

    def open(self, new: NewCase, event: AuditEvent, message: OutboxMessage) -> int:
        """Write a new case with its first step; return its id."""
        ...

    def save_step(
        self,
        case: Case,
        outcome: StepOutcome,
        *,
        idempotency_key: str,
        request_hash: bytes,
        event: AuditEvent,
        message: OutboxMessage,
        moved: StepMoney,
    ) -> bool:
        """Write one step with its money if the case is still at ``case.version``; return whether it was.

        Raises ``AlreadyWritten``, ``LedgerRefused`` and ``NumberTaken`` (somebody else's receipt has the number).
        """
        ...

    def saved(self, idempotency_key: str) -> Saved | None:
        """Return the step an earlier request with this key wrote."""
        ...

    def last_move(self, case_id: int) -> LastMove | None:
        """Return the newest step with its actor's name."""
        ...

    def next_serial(self, office_id: int, regime: str, year: int) -> int:
        """Take the next case number of the year, without gaps (rolled back with the transaction)."""
        ...


class DefinitionStore(Protocol):
    """Workflow definitions cases are pinned to."""

    def body(self, content_hash: str) -> Mapping[str, Any] | None:
        """Return the body kept under ``content_hash``."""
        ...

    def keep(self, content_hash: str, regime: str, version: int, body: Mapping[str, Any]) -> None:
        """Keep a definition's body (again: nothing new)."""
        ...
