"""Receipts as anybody with the paper in hand looks them up."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from caseflow.domain.receipts import Status
from caseflow.domain.words import Words
from caseflow.services.ports.receipt_verification import KnownReceipt

# A receipt that an old casebook names was never printed with a leaf.
_WITH_LEAF: Final = text("""
select e.id as event_id, r.number, e.leaf, r.amount_fen, r.entered_on, r.status, r.ended_on, o.title_en, o.title_zh,
       coalesce(c.refunded_fen, 0) as refunded_fen
  from receipt r join audit_event e on e.key = r.event_key join office o on o.id = r.office_id
  left join cases c on c.id = r.case_id
 where r.number = :number and e.leaf = :leaf and not r.reported and r.amount_fen is not null
""")


class PublicReceipts:
    """Fulfils :class:`caseflow.services.ports.receipt_verification.PublicReceiptStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def with_leaf(self, number: str, leaf: bytes) -> KnownReceipt | None:
        """Return the receipt with this printed number whose event has this leaf; None where there is none."""
        row = self._connection.execute(_WITH_LEAF, {"number": number, "leaf": leaf}).first()
        if row is None:
            return None
        return KnownReceipt(
            event_id=row.event_id,
            number=row.number,
            leaf=row.leaf,
            amount_fen=row.amount_fen,
            entered_on=row.entered_on,
            status=Status(row.status),
            ended_on=row.ended_on,
            office=Words(row.title_en, row.title_zh),
            refunded_fen=row.refunded_fen,
        )
