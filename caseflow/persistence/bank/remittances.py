"""Remittances, the treasury's advice, and receipts by where their money is, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.bank import Bucket
from caseflow.persistence.bank import remittance_sql as sql
from caseflow.persistence.bank.errors import bank_errors
from caseflow.persistence.parties import PartyNames
from caseflow.services.ports.remittances import (
    NewAdvice,
    NewEnd,
    NewRemittance,
    ReceiptRow,
    RemittanceRow,
    WayFilter,
)

_BEYOND = 2**62


class Remittances:
    """Fulfils :class:`caseflow.services.ports.remittances.RemittanceStore` on one connection."""

    def __init__(self, connection: Connection, names: PartyNames) -> None:
        self._connection = connection
        self._names = names

    def remittable(self, office_id: int, account_id: int, until: date, limit: int) -> Sequence[ReceiptRow]:
        """Return receipts banked on the account up to a day and not remitted, the longest banked first."""
        parameters = {"office_id": office_id, "account_id": account_id, "until": until, "limit": limit}
        return [self._receipt(row) for row in self._connection.execute(sql.REMITTABLE, parameters)]

    def banked(self, office_id: int, account_id: int, keys: Collection[tuple[int, int]]) -> Sequence[ReceiptRow]:
        """Return those of the receipts that are banked on the account and not remitted, by number."""
        parameters = {
            "office_id": office_id,
            "account_id": account_id,
            "lots": [lot for lot, _no in keys],
            "numbers": [no for _lot, no in keys],
        }
        return [self._receipt(row) for row in self._connection.execute(sql.BANKED, parameters)]

    def make(self, new: NewRemittance) -> int:
        """Write a remittance with its receipts; return its id."""
        row = {name: value for name, value in asdict(new).items() if name != "receipts"}
        with bank_errors():
            made: int = self._connection.execute(sql.MAKE, row).scalar_one()
            self._connection.execute(
                sql.ITEMS,
                {
                    "remittance_id": made,
                    "office_id": new.office_id,
                    "lots": [lot for lot, _no in new.receipts],
                    "numbers": [no for _lot, no in new.receipts],
                },
            )
            self._connection.execute(text("set constraints all immediate"))
            self._connection.execute(text("set constraints all deferred"))
        return made

    def take_back(self, end: NewEnd) -> None:
        """End a remittance."""
        with bank_errors():
            self._connection.execute(sql.END, asdict(end))

    def advise(self, advice: NewAdvice) -> None:
        """Record the treasury's advice."""
        with bank_errors():
            self._connection.execute(sql.ADVISE, asdict(advice))

    def one(self, office_id: int, remittance_id: int) -> RemittanceRow | None:
        """Return a remittance of the office."""
        row = self._connection.execute(sql.ONE, {"office_id": office_id, "remittance_id": remittance_id}).one_or_none()
        return None if row is None else RemittanceRow(**row._asdict())

    def by_event(self, office_id: int, event_key: str) -> int | None:
        """Return the remittance that an act made."""
        found: int | None = self._connection.execute(
            text("select id from remittance where office_id = :office_id and event_key = :event_key"),
            {"office_id": office_id, "event_key": event_key},
        ).scalar_one_or_none()
        return found

    def all(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[RemittanceRow]:
        """Return the remittances of the office, newest first."""
        parameters = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit}
        return [RemittanceRow(**row._asdict()) for row in self._connection.execute(sql.ALL, parameters)]

    def receipts_of(self, remittance_id: int, *, after: tuple[int, int], limit: int) -> Sequence[ReceiptRow]:
        """Return the receipts of a remittance by lot and number, after the key."""
        parameters = {"remittance_id": remittance_id, "lot_id": after[0], "no": after[1], "limit": limit}
        return [self._receipt(row) for row in self._connection.execute(sql.OF_REMITTANCE, parameters)]

    def ways(
        self, office_id: int, chosen: WayFilter, *, before: tuple[date, int, int] | None, limit: int
    ) -> Sequence[ReceiptRow]:
        """Return receipts with where their money is, newest first, below the key."""
        parameters: dict[str, Any] = {"office_id": office_id, "limit": limit}
        wheres = [sql.COUNTS]
        day = "r.entered_on"
        if chosen.stage is not None:
            condition, day = sql.STAGES[chosen.stage]
            wheres.append(condition)
        for sign, name, value in ((">=", "first", chosen.first), ("<=", "last", chosen.last)):
            if value is not None:
                wheres.append(f"{day} {sign} :{name}")
                parameters[name] = value
        if before is not None:
            wheres.append("(r.entered_on, r.lot_id, r.no) < (:before_day, :before_lot, :before_no)")
            parameters |= {"before_day": before[0], "before_lot": before[1], "before_no": before[2]}
        order = " order by r.entered_on desc, r.lot_id desc, r.no desc limit :limit"
        statement = f"{sql.WAY} where {' and '.join(wheres)}{order}"
        return [self._receipt(row) for row in self._connection.execute(text(statement), parameters)]

    def _receipt(self, row: Any) -> ReceiptRow:
        return ReceiptRow(**self._names.paying(row))

    def ageing(self, office_id: int, buckets: Sequence[Bucket]) -> Mapping[tuple[str, str], tuple[int, int]]:
        """Return (how many, fen) by (stage, bucket)."""
        rows = self._connection.execute(
            sql.AGEING,
            {
                "office_id": office_id,
                "names": [one.name for one in buckets],
                "firsts": [one.first for one in buckets],
                "lasts": [one.last for one in buckets],
            },
        )
        return {(row.stage, row.name): (row.many, row.fen) for row in rows}
