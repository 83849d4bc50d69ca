"""Expenditure in PostgreSQL. What must hold is held there; its refusals become ``LedgerRefused`` here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Table, TextClause, insert, select
from sqlalchemy.exc import DBAPIError

from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import Transfer
from caseflow.domain.spending import Act, Appropriation, Commitment, Movement, OrderState, PaymentOrder
from caseflow.domain.words import Words
from caseflow.persistence import audit, spending_sql
from caseflow.persistence.ledger import ledger_errors, read_transfer
from caseflow.persistence.tables import ledger as ledger_tables
from caseflow.persistence.tables import spending as tables
from caseflow.services.ports import AlreadyWritten, LedgerRefused, NewAct, OrderFilter, WrittenAct

_TABLES: Mapping[Act, Table] = {
    Act.APPROPRIATE: tables.appropriation,
    Act.LAPSE: tables.appropriation_lapse,
    Act.COMMIT: tables.commitment,
    Act.RELEASE: tables.commitment_release,
    Act.PREPARE: tables.payment_order,
    Act.APPROVE: tables.payment_decision,
    Act.REFUSE: tables.payment_decision,
    Act.GIVE_BACK: tables.payment_given_back,
}
_REFUSALS: Mapping[str, Words] = {
    "commitment_before_lapse": Words("What was left of this appropriation has lapsed", "该项拨款的剩余额度已经注销"),
    "ck_commitment_in_its_year": Words("It may be committed only in its own year", "只能在本预算年度内承诺支出"),
    "commitment_covers": Words("The commitment has not so much left", "承诺余额不足"),
    "pk_payment_decision": Words("It was decided a moment ago", "该笔付款刚刚已经审批"),
    "pk_payment_given_back": Words("It was given back already", "该笔付款已经登记退回"),
    "ck_payment_decision_another_person": Words("It needs another person", "须由他人审批"),
    "spending_by_role": Words("Your role does not include this any more", "您已不再担任该岗位"),
    "uq_appropriation_paper": Words(
        "This paper has an appropriation for this purpose already", "该文号下已登记同一用途的拨款"
    ),
}


class Spending:
    """Fulfils :class:`caseflow.services.ports.spending.SpendingStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, new: NewAct, event: AuditEvent) -> int:
        """Write an act; return its id. See the port."""
        table = _TABLES[new.act]
        row: dict[str, Any] = {
            **new.values,
            "office_id": new.office_id,
            "done_on": new.done_on,
            "done_by": new.done_by,
            "idempotency_key": new.idempotency_key,
            "request_hash": new.request_hash,
            "event_key": event.key,
        }
        for kind in ("quota", "committed"):
            if kind in new.values:
                row[f"{kind}_id"] = _account_id(new.office_id, row.pop(kind))
        if new.transfer_key is not None:
            row["transfer_id"] = _transfer_id(new.transfer_key)
        with _spending_errors():
            audit.write(self._connection, event)
            written: int = self._connection.execute(
                insert(table).values(row).returning(next(iter(table.primary_key)))
            ).scalar_one()
        return written

    def written(self, act: Act, key: str) -> WrittenAct | None:
        """Return what this key wrote before; None where it is new."""
        table = _TABLES[act]
        found = self._connection.execute(
            select(next(iter(table.primary_key)).label("id"), table.c.request_hash).where(
                table.c.idempotency_key == key
            )
        ).one_or_none()
        return WrittenAct(found.id, bytes(found.request_hash)) if found is not None else None

    def next_serial(self, office_id: int, year: int) -> int:
        """Return the number of the next appropriation of a year; others wait until this transaction ends."""
        self._connection.execute(spending_sql.LOCK_NUMBERS, {"office_id": office_id})
        serial: int = self._connection.execute(
            spending_sql.NEXT_SERIAL, {"office_id": office_id, "year": year}
        ).scalar_one()
        return serial

    def appropriation(self, office_id: int, appropriation_id: int) -> Appropriation | None:
        """Return an appropriation of the office as it stands."""
        found = self._rows(spending_sql.APPROPRIATION, office_id=office_id, id=appropriation_id)
        return _appropriation(found[0]) if found else None

    def appropriations(self, office_id: int, before_id: int | None, limit: int) -> Sequence[Appropriation]:
        """Return appropriations of the office, newest first."""
        rows = self._rows(spending_sql.APPROPRIATIONS, office_id=office_id, before_id=before_id, limit=limit)
        return [_appropriation(row) for row in rows]

    def lapses(self, appropriation_id: int) -> Sequence[Movement]:
        """Return what lapsed of an appropriation, oldest first."""
        return [Movement(*row) for row in self._rows(spending_sql.LAPSES, id=appropriation_id)]

    def commitment(self, office_id: int, commitment_id: int) -> Commitment | None:
        """Return a commitment of the office as it stands."""
        found = self._rows(spending_sql.COMMITMENT, office_id=office_id, id=commitment_id)
        return _commitment(found[0]) if found else None

    def commitments(self, appropriation_id: int, before_id: int | None, limit: int) -> Sequence[Commitment]:
        """Return commitments of an appropriation, newest first."""
        rows = self._rows(spending_sql.COMMITMENTS, appropriation_id=appropriation_id, before_id=before_id, limit=limit)
        return [_commitment(row) for row in rows]

    def releases(self, commitment_id: int) -> Sequence[Movement]:
        """Return what was released of a commitment, oldest first."""
        return [Movement(*row) for row in self._rows(spending_sql.RELEASES, id=commitment_id)]

    def order(self, office_id: int, order_id: int) -> PaymentOrder | None:
        """Return a payment order of the office as it stands."""
        found = self._rows(spending_sql.ORDER, office_id=office_id, id=order_id)
        return _order(found[0]) if found else None

    def transfers(self, key: str) -> tuple[Transfer, ...]:
        """Return the transfers of the entry of expenditure with this key (empty: none), by leg."""
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor(row_factory=namedtuple_row) as cursor:
            rows = cursor.execute(spending_sql.ENTRY, {"key": key}).fetchall()
        return tuple(read_transfer(row) for row in rows)

    def orders(self, office_id: int, chosen: OrderFilter, before_id: int | None, limit: int) -> Sequence[PaymentOrder]:
        """Return payment orders of the office, newest first."""
        keys = {"office_id": office_id, "before_id": before_id, "limit": limit}
        if chosen.waiting:
            return [_order(row) for row in self._rows(spending_sql.WAITING, **keys)]
        within = {"appropriation_id": chosen.appropriation_id, "commitment_id": chosen.commitment_id}
        return [_order(row) for row in self._rows(spending_sql.ORDERS, **keys, **within)]

    def _rows(self, statement: TextClause, **parameters: Any) -> Sequence[Any]:
        return self._connection.execute(statement, parameters).fetchall()


def _account_id(office_id: int, code: Any) -> Any:
    account = ledger_tables.account
    return select(account.c.id).where(account.c.office_id == office_id, account.c.code == code).scalar_subquery()


def _transfer_id(key: str) -> Any:
    transfer = ledger_tables.transfer
    return select(transfer.c.id).where(transfer.c.key == key, transfer.c.leg == 1).scalar_subquery()


def _appropriation(row: Any) -> Appropriation:
    return Appropriation(
        id=row.id,
        office_id=row.office_id,
        year=row.year,
        serial=row.serial,
        paper=row.paper,
        purpose=row.purpose,
        amount_fen=row.amount_fen,
        entered_on=row.done_on,
        entered_by=row.done_by,
        left_fen=row.left_fen,
        committed_fen=row.committed_fen,
        lapsed_fen=row.lapsed_fen,
        closed=row.closed,
    )


def _commitment(row: Any) -> Commitment:
    return Commitment(
        id=row.id,
        appropriation_id=row.appropriation_id,
        number=f"{row.year}-{row.of_serial:03d}-{row.serial:02d}",
        payee=row.payee,
        purpose=row.purpose,
        document=row.document,
        amount_fen=row.amount_fen,
        committed_on=row.done_on,
        committed_by=row.done_by,
        released_fen=row.released_fen,
        paid_fen=row.paid_fen,
        waiting_fen=row.waiting_fen,
    )


def _order(row: Any) -> PaymentOrder:
    state = OrderState.GIVEN_BACK if row.given_back_on else OrderState(row.decision or "waiting")
    return PaymentOrder(
        id=row.id,
        appropriation_id=row.appropriation_id,
        commitment_id=row.commitment_id,
        number=f"{row.year}-{row.of_serial:03d}-{row.of_commitment:02d}-{row.serial}",
        payee=row.payee,
        purpose=row.purpose,
        amount_fen=row.amount_fen,
        document=row.document,
        payee_account=row.payee_account,
        payee_bank=row.payee_bank,
        prepared_on=row.done_on,
        prepared_by=row.done_by,
        committed_by=row.committed_by,
        state=state,
        decided_on=row.decided_on,
        decided_by=row.decided_by,
        reason=row.reason or "",
        pay_key=row.pay_key,
        given_back_on=row.given_back_on,
        given_back_by=row.given_back_by,
        given_back_reason=row.given_back_reason or "",
        given_back_document=row.given_back_document or "",
    )


@contextmanager
def _spending_errors() -> Iterator[None]:
    """Turn a used key into ``AlreadyWritten`` and a broken invariant of expenditure into ``LedgerRefused``."""
    try:
        with ledger_errors():
            yield
    except DBAPIError as error:
        name = (error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None) or ""
        if name.endswith("_idempotency_key"):
            raise AlreadyWritten from error
        if name in _REFUSALS:
            raise LedgerRefused(name, _REFUSALS[name]) from error
        raise
