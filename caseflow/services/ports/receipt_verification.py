"""What anybody with a receipt in hand may learn of it: nothing that names a person or a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from caseflow.domain.receipts import Status
from caseflow.domain.words import Words


@dataclass(frozen=True)
class KnownReceipt:
    """A receipt of the record. ``refunded_fen`` is what of its case was paid back since, ``amount_fen`` its sum.

    Neither sum is shown to anybody: they are only compared with what a paper says.
    """

    event_id: int
    number: str
    leaf: bytes
    amount_fen: int
    entered_on: date
    status: Status
    ended_on: date | None
    office: Words
    refunded_fen: int


class PublicReceiptStore(Protocol):
    """Receipts as the public page looks them up."""

    def with_leaf(self, number: str, leaf: bytes) -> KnownReceipt | None:
        """Return the receipt with this printed number whose event has this leaf; None where there is none."""
        ...
