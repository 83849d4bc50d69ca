"""Documents that are printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from caseflow.domain.words import Words


@dataclass(frozen=True)
class ReceiptPaper:
    """Everything a printed receipt says. Amounts in fen; ``mark`` lies across the page (training, void, lost).

    ``proof`` is what lets somebody outside check that the record has the receipt; empty until it is sealed.
    ``check_at`` is the address of the page where anybody checks a receipt; empty where the office has none.
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
    check_at: str = ""


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


@dataclass(frozen=True)
class AccessSlip:
    """A slip with the code of My case. ``address`` is that of the page (empty: not told), ``until`` its last day.

    ``goes_with`` names the paper that it is handed over with.
    """

    office: Words
    case_number: Words
    code: str
    address: str
    made: date
    until: date
    goes_with: Words | None = None
    training: bool = False


class SlipPrinter(Protocol):
    """Prints access slips."""

    def pdf(self, slip: AccessSlip) -> bytes:
        """Return the slip as a one-page PDF in Chinese and English."""
        ...


@dataclass(frozen=True)
class TemplateSources:
    """The Typst files a paper is set from: ``files`` by name, ``main`` the one that is compiled.

    ``hash`` is the SHA-256 (hex) of the RFC 8785 canonical JSON of ``{"main", "files", "typst"}``. They are stored with
    the paper, so that it can be set again byte for byte when the office's templates have changed since.
    """

    hash: str
    main: str
    files: Mapping[str, str]


class PaperPrinter(Protocol):
    """Sets papers. The same sources and inputs give the same bytes."""

    def sources(self, template: str) -> TemplateSources:
        """Return the template called ``template`` as it is now; where there is none, the general one."""
        ...

    def pdf(self, sources: TemplateSources, said: Mapping[str, Any]) -> bytes:
        """Return the paper as a tagged PDF; ``said`` is what :func:`caseflow.domain.papers.said` returned."""
        ...

    def pages(self, sources: TemplateSources, said: Mapping[str, Any]) -> Sequence[bytes]:
        """Return each page as a PNG picture."""
        ...

    def unprintable(self, said: Mapping[str, Any]) -> frozenset[str]:
        """Return the characters of ``said`` that no page can show: a paper that has any must not be issued."""
        ...
