"""A transfer: one amount from one account to another of the same line, with the leaf hash it carries for ever."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

from caseflow.domain.ledger.moves import Line


@dataclass(frozen=True)
class Account:
    """An account of an office as a transfer names it."""

    code: str
    kind: str


@dataclass(frozen=True)
class Transfer:
    """One row of the ledger. ``key`` is the entry's idempotency key, ``leg`` numbers its transfers from 1.

    ``booked_on`` is the business date of posting and rules periods and balances; ``value_on`` the day the money moved
    or the act took effect. ``document`` is the number of the paper behind it; ``reverses`` the (key, leg) it mirrors.
    """

    key: str
    leg: int
    office_id: int
    line: Line
    operation: str
    debit: Account
    credit: Account
    amount_fen: int
    booked_on: date
    value_on: date
    at: datetime
    actor_id: int | None = None
    case_number: str | None = None
    seq: int | None = None
    document: str = ""
    reason: str = ""
    reverses: tuple[str, int] | None = None

    def canonical(self) -> bytes:
        """Return the transfer as RFC 8785 canonical JSON: the bytes the record is sealed over.

        Accounts stand by code, so that an auditor reads it without our tables; amounts are whole fen.
        """
        return json.dumps(
            {
                "format": "caseflow-transfer/1",
                "key": self.key,
                "leg": self.leg,
                "office": self.office_id,
                "line": self.line.value,
                "operation": self.operation,
                "debit": self.debit.code,
                "credit": self.credit.code,
                "amount_fen": self.amount_fen,
                "booked_on": self.booked_on.isoformat(),
                "value_on": self.value_on.isoformat(),
                "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "actor": self.actor_id,
                "case": self.case_number,
                "seq": self.seq,
                "document": self.document,
                "reason": self.reason,
                "reverses": f"{self.reverses[0]}#{self.reverses[1]}" if self.reverses else None,
            },
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        ).encode()

    def leaf(self) -> bytes:
        """Return the RFC 6962 leaf hash: SHA-256 over a zero byte and the canonical bytes (32 bytes)."""
        return hashlib.sha256(b"\x00" + self.canonical()).digest()
