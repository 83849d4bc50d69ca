"""Documents that are printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from caseflow.domain.words import Words


@dataclass(frozen=True)
class ReceiptPaper:
    """Everything a printed receipt says. Amounts in fen; ``mark`` lies across the page (training, void, lost).

    ``proof`` is what lets somebody outside check that the record has the receipt; empty until it is sealed.
    """

    number: str
    book: str
    lot_first: str
    lot_last: str
    payer: str
    case_number: Words
    items: tuple[tuple[Words, int], ...]
    amount_fen: int
    on: date
    office: Words
    cashier: Words
    leaf: bytes
    mark: Words | None = None
    proof: str = ""


class ReceiptProofs(Protocol):
    """What lets somebody with a receipt check that the record has it."""

    def proof_of(self, event_key: str) -> str:
        """Return the inclusion proof of an audit event as ASCII text without ``|``; empty until it is sealed.

        It is the proof under the first signed head that covers the event, so that a reprint stays the same file.
        """
        ...


class ReceiptPrinter(Protocol):
    """Prints receipts."""

    def pdf(self, paper: ReceiptPaper) -> bytes:
        """Return the receipt as a one-page PDF: the same bytes for the same receipt."""
        ...
