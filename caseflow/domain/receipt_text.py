"""What the QR code of a receipt says, and what somebody types of it to check the receipt. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import quote

from caseflow.domain.proofs import InclusionProof, NotAProof

FORMAT: Final = "caseflow-receipt/1"
_LEAF: Final = re.compile("[0-9a-f]{64}")
_LONGEST_NUMBER: Final = 60
LONGEST_TEXT: Final = 8_000
_FIELDS: Final = 5
_PROOF_AT: Final = 5


class NotAReceipt(ValueError):
    """The text is not that of a receipt's QR code, or was not read whole."""


@dataclass(frozen=True)
class ClaimedReceipt:
    """What a piece of paper says of itself. ``amount_fen`` and ``on`` are None where only number and leaf were given.

    ``leaf`` (32 bytes) is on the paper alone and nobody guesses it: who has it has seen the receipt.
    """

    number: str
    leaf: bytes
    amount_fen: int | None = None
    on: date | None = None
    proof: InclusionProof | None = None


def receipt_text(number: str, amount_fen: int, on: date, leaf: bytes, *, proof: str = "", address: str = "") -> str:
    """Return what the QR code carries, as docs/receipts.md tells verifiers.

    Six fields, the sixth (``proof``) once the record is sealed; where the office has an address, a seventh with that of
    the page to check at. Who reads by place finds the first six where they always were.
    """
    fields = [FORMAT, number, str(amount_fen), on.isoformat(), leaf.hex()]
    if address:
        return "|".join([*fields, proof, address])
    return "|".join([*fields, proof] if proof else fields)


def check_address(page: str, number: str, leaf: bytes) -> str:
    """Return the address that the small QR code leads to: neither sum nor person stands in it."""
    return f"{page}?receipt={quote(number)}&leaf={leaf.hex()}"


def read_receipt_text(text: str) -> ClaimedReceipt:
    """Read :func:`receipt_text` back, whatever blanks and line breaks a phone put into it.

    Fields after the seventh are of a later caseflow and left alone. Raises :class:`NotAReceipt`.
    """
    if len(text) > LONGEST_TEXT:
        raise NotAReceipt
    fields = [part.strip() for part in text.replace("\r", "").replace("\n", "").split("|")]
    if len(fields) < _FIELDS or fields[0] != FORMAT:
        raise NotAReceipt
    _, number, fen, day, leaf = fields[:_FIELDS]
    claimed = claimed_by_number(number, leaf)
    if not fen.isascii() or not fen.isdecimal() or len(fen) > len(str(2**63)):
        raise NotAReceipt
    try:
        on = date.fromisoformat(day)
        told = fields[_PROOF_AT] if len(fields) > _PROOF_AT else ""
        proof = InclusionProof.from_text(told) if told else None
    except (ValueError, NotAProof) as error:
        raise NotAReceipt from error
    return ClaimedReceipt(claimed.number, claimed.leaf, int(fen), on, proof)


def claimed_by_number(number: str, leaf: str) -> ClaimedReceipt:
    """Return what number and leaf of a paper claim, typed in any width. Raises :class:`NotAReceipt`."""
    plain = unicodedata.normalize("NFC", number).strip()
    digits = "".join(unicodedata.normalize("NFKC", leaf).split()).lower()
    if not 1 <= len(plain) <= _LONGEST_NUMBER or not plain.isprintable() or not _LEAF.fullmatch(digits):
        raise NotAReceipt
    return ClaimedReceipt(plain, bytes.fromhex(digits))
