"""Remittances to the treasury, the treasury's advice, and money on its way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from caseflow.domain.bank import Bucket


@dataclass(frozen=True)
class ReceiptRow:
    """A receipt with where its money is: issued, banked, remitted, advised; what is None is missing."""

    lot_id: int
    no: int
    number: str
    status: str
    payer: str
    amount_fen: int
    entered_on: date
    case_id: int | None
    banked_on: date | None
    line_id: int | None
    remittance_id: int | None
    voucher: str | None
    remitted_on: date | None
    remitted_fen: int | None
    advice_number: str | None
    advised_on: date | None
    advised_fen: int | None
    reported: bool = False

    @property
    def key(self) -> tuple[date, int, int]:
        """The key lists are paged by: day, lot, number."""
        return (self.entered_on, self.lot_id, self.no)

    @property
    def stage(self) -> str:
        """How far the money is: ``collected``, ``banked``, ``remitted``, ``differs`` or ``advised``.

        ``reported``: an old casebook says that it was collected, and nothing says what became of it.
        """
        if self.reported:
            return "reported"
        if self.line_id is None:
            return "collected"
        if self.remittance_id is None:
            return "banked"
        if self.advised_fen is None:
            return "remitted"
        return "advised" if self.advised_fen == self.remitted_fen else "differs"


@dataclass(frozen=True)
class RemittanceRow:
    """A remittance with its latest advice and its outgoing line; ``end_reason`` where it was taken back."""

    id: int
    account_id: int
    bank: str
    number: str
    voucher: str
    remitted_on: date
    amount_fen: int
    receipts: int
    transfer_key: str
    line_id: int | None
    line_booked_on: date | None
    advice_number: str | None
    advised_on: date | None
    advised_fen: int | None
    end_reason: str | None

    @property
    def standing(self) -> str:
        """``taken_back``, ``not_advised``, ``differs`` or ``advised``."""
        if self.end_reason is not None:
            return "taken_back"
        if self.advised_fen is None:
            return "not_advised"
        return "advised" if self.advised_fen == self.amount_fen else "differs"


@dataclass(frozen=True)
class NewRemittance:
    """A remittance about to be made of receipts (lot, number) that stand on lines of one account."""

    office_id: int
    account_id: int
    voucher: str
    remitted_on: date
    amount_fen: int
    transfer_key: str
    receipts: tuple[tuple[int, int], ...]
    made_by: int
    event_key: str


@dataclass(frozen=True)
class NewEnd:
    """A remittance about to be taken back."""

    remittance_id: int
    office_id: int
    reason: str
    reversal_key: str
    ended_by: int
    ended_on: date
    event_key: str


@dataclass(frozen=True)
class NewAdvice:
    """The treasury's advice about to be recorded, in fen."""

    remittance_id: int
    office_id: int
    number: str
    advised_on: date
    amount_fen: int
    recorded_by: int
    event_key: str


@dataclass(frozen=True)
class WayFilter:
    """Which receipts are wanted: how far their money is, and the days of that stage."""

    stage: str | None = None
    first: date | None = None
    last: date | None = None


class RemittanceStore(Protocol):
    """Remittances, advice, and receipts by where their money is."""

    def remittable(self, office_id: int, account_id: int, until: date, limit: int) -> Sequence[ReceiptRow]:
        """Return receipts banked on the account up to a day and not remitted, the longest banked first."""
        ...

    def banked(self, office_id: int, account_id: int, keys: Collection[tuple[int, int]]) -> Sequence[ReceiptRow]:
        """Return those of the receipts that are banked on the account and not remitted, by number."""
        ...

    def make(self, new: NewRemittance) -> int:
        """Write a remittance with its receipts; return its id. Raises ``BankRefused``: voucher used, receipt gone."""
        ...

    def take_back(self, end: NewEnd) -> None:
        """End a remittance. Raises ``BankRefused``: it left the bank or was advised."""
        ...

    def advise(self, advice: NewAdvice) -> None:
        """Record the treasury's advice. Raises ``BankRefused``: the number is there, the remittance was taken back."""
        ...

    def one(self, office_id: int, remittance_id: int) -> RemittanceRow | None:
        """Return a remittance of the office."""
        ...

    def by_event(self, office_id: int, event_key: str) -> int | None:
        """Return the remittance that an act made."""
        ...

    def all(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[RemittanceRow]:
        """Return the remittances of the office, newest first."""
        ...

    def receipts_of(self, remittance_id: int, *, after: tuple[int, int], limit: int) -> Sequence[ReceiptRow]:
        """Return the receipts of a remittance by lot and number, after the key."""
        ...

    def ways(
        self, office_id: int, chosen: WayFilter, *, before: tuple[date, int, int] | None, limit: int
    ) -> Sequence[ReceiptRow]:
        """Return receipts with where their money is, newest first, below the key."""
        ...

    def ageing(self, office_id: int, buckets: Sequence[Bucket]) -> Mapping[tuple[str, str], tuple[int, int]]:
        """Return (how many, fen) by (stage, bucket).

        Stages: ``collected``, ``banked``, ``remitted``, ``reported``, ``suspense``.
        """
        ...
