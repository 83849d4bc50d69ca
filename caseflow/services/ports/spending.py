"""Expenditure: acts on appropriations, commitments and payment orders, and how they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import Transfer
from caseflow.domain.spending import Act, Appropriation, Commitment, Movement, PaymentOrder


@dataclass(frozen=True)
class NewAct:
    """An act to write. ``values`` are the columns of its own; ``transfer_key`` the entry it belongs to, if any."""

    act: Act
    office_id: int
    done_on: date
    done_by: int
    idempotency_key: str
    request_hash: bytes
    values: Mapping[str, str | int] = field(default_factory=dict)
    transfer_key: str | None = None


@dataclass(frozen=True)
class WrittenAct:
    """What a key wrote before."""

    id: int
    request_hash: bytes


@dataclass(frozen=True)
class OrderFilter:
    """Which payment orders of an office to list."""

    appropriation_id: int | None = None
    commitment_id: int | None = None
    waiting: bool = False


class SpendingStore(Protocol):
    """The tables of expenditure in one transaction."""

    def record(self, new: NewAct, event: AuditEvent) -> int:
        """Write an act; return its id (of a decision or a payment given back: the order's).

        Raises ``AlreadyWritten`` for a used key and ``LedgerRefused`` for a broken invariant.
        """
        ...

    def written(self, act: Act, key: str) -> WrittenAct | None:
        """Return what this key wrote before; None where it is new."""
        ...

    def next_serial(self, office_id: int, year: int) -> int:
        """Return the number of the next appropriation of a year; others wait until this transaction ends."""
        ...

    def appropriation(self, office_id: int, appropriation_id: int) -> Appropriation | None:
        """Return an appropriation of the office as it stands."""
        ...

    def appropriations(self, office_id: int, before_id: int | None, limit: int) -> Sequence[Appropriation]:
        """Return appropriations of the office, newest first."""
        ...

    def lapses(self, appropriation_id: int) -> Sequence[Movement]:
        """Return what lapsed of an appropriation, oldest first."""
        ...

    def commitment(self, office_id: int, commitment_id: int) -> Commitment | None:
        """Return a commitment of the office as it stands."""
        ...

    def commitments(self, appropriation_id: int, before_id: int | None, limit: int) -> Sequence[Commitment]:
        """Return commitments of an appropriation, newest first."""
        ...

    def releases(self, commitment_id: int) -> Sequence[Movement]:
        """Return what was released of a commitment, oldest first."""
        ...

    def order(self, office_id: int, order_id: int) -> PaymentOrder | None:
        """Return a payment order of the office as it stands."""
        ...

    def orders(self, office_id: int, chosen: OrderFilter, before_id: int | None, limit: int) -> Sequence[PaymentOrder]:
        """Return payment orders of the office, newest first."""
        ...

    def transfers(self, key: str) -> tuple[Transfer, ...]:
        """Return the transfers of the entry of expenditure with this key (empty: none), by leg."""
        ...
