"""The ledger in PostgreSQL. What must hold of money is held there; its refusals become ``LedgerRefused`` here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import Account, ChartAccount, Line, Transfer
from caseflow.domain.words import Words
from caseflow.persistence import audit
from caseflow.persistence.ledger_sql import ENTRY, MONEY_COLUMNS, POST, POST_FOR_CASE, TRIAL_BALANCE
from caseflow.services.ports import AlreadyWritten
from caseflow.services.ports.ledger import AccountBalance, Close, LedgerRefused, PostedCase

_REFUSALS: Mapping[str, Words] = {
    "transfer_period_open": Words("The period is closed: book it in an open one", "该期间已结账，请记入未结账期间"),
    "transfer_account_covered": Words("There is not so much money on the account", "账户余额不足"),
    "transfer_role_fits_line": Words("This connection may not post to that line", "该连接无权记入此收支线"),
    "transfer_reverses_one": Words("A reversal mirrors one transfer of the same case", "冲销须与同案的一笔原分录对应"),
    "transfer_office_of_case": Words("The case belongs to another office", "案件属于其他单位"),
    "cases_money_is_its_transfers": Words(
        "Somebody else moved the money of this case a moment ago: look at it again", "本案款项刚刚发生变动，请重新查看"
    ),
    "uq_transfer_reverses_id": Words("The entry was reversed before", "该分录已经冲销"),
    "period_close_in_order": Words("A later period is closed already", "其后的期间已经结账"),
    "pk_period_close": Words("The period is closed already", "该期间已经结账"),
}
_USED_KEYS = frozenset({"uq_transfer_key_leg", "uq_audit_event_key"})


class Ledger:
    """Fulfils :class:`caseflow.services.ports.ledger.LedgerStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open_accounts(self, office_id: int | None, accounts: Iterable[ChartAccount]) -> None:
        """Open the accounts an office (None: every office) lacks (again: nothing new)."""
        rows = [
            {
                "line": one.line.value,
                "code": one.code,
                "kind": one.kind,
                "regime": one.regime,
                "en": one.name.en,
                "zh": one.name.zh,
            }
            for one in accounts
        ]
        self._connection.execute(
            text(
                "insert into account (office_id, line, code, kind, regime, name_en, name_zh) "
                "select o.id, x.line, x.code, x.kind, x.regime, x.en, x.zh from office o, "
                "jsonb_to_recordset(cast(:rows as jsonb)) as x(line text, code text, kind text, regime text, en text, "
                "zh text) where o.id = coalesce(:office_id, o.id) and not exists "
                "(select from account a where a.office_id = o.id and a.code = x.code) "
                "order by o.id, x.code on conflict (office_id, code) do nothing"
            ),
            {"office_id": office_id, "rows": json.dumps(rows, ensure_ascii=False)},
        )

    def post(
        self, transfers: Sequence[Transfer], case: PostedCase | None = None, event: AuditEvent | None = None
    ) -> None:
        """Write the transfers of one entry in one statement; see the port."""
        rows = json.dumps([transfer_row(one) for one in transfers], ensure_ascii=False)
        parameters: dict[str, Any] = {"transfers": rows, "actor_id": transfers[0].actor_id}
        statement = POST
        if case is not None:
            statement = POST_FOR_CASE
            parameters |= {"case_id": case.id, **{name: getattr(case.money, name) for name in MONEY_COLUMNS}}
        driver: Any = self._connection.connection.driver_connection
        with ledger_errors(), driver.cursor() as cursor:
            cursor.execute(statement, parameters, prepare=True)
        if event is not None:
            audit.write(self._connection, event)

    def entry(self, key: str) -> tuple[Transfer, ...]:
        """Return the transfers of the entry with this key (empty: none), by leg."""
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor(row_factory=namedtuple_row) as cursor:
            rows = cursor.execute(ENTRY, {"key": key}).fetchall()
        return tuple(read_transfer(row) for row in rows)

    def balance_fen(self, office_id: int, code: str) -> int:
        """Return debits less credits of one account, of everything ever booked."""
        found: int = self._connection.execute(
            text("select account_balance_fen(id) from account where office_id = :office_id and code = :code"),
            {"office_id": office_id, "code": code},
        ).scalar_one()
        return found

    def trial_balance(self, office_id: int, line: Line, as_of: date) -> Sequence[AccountBalance]:
        """Return every account of one line with its totals up to and including ``as_of``, by code."""
        rows = self._connection.execute(
            TRIAL_BALANCE,
            {"office_id": office_id, "line": line.value, "as_of": as_of, "period": as_of.year * 100 + as_of.month},
        )
        return [
            AccountBalance(row.id, row.code, row.kind, Words(row.name_en, row.name_zh), row.debit_fen, row.credit_fen)
            for row in rows
        ]

    def close(self, office_id: int, line: Line, period: int, closed_by: int, event: AuditEvent) -> None:
        """Close a period (yyyymm) for ever."""
        with ledger_errors():
            self._connection.execute(
                text(
                    "insert into period_close (office_id, line, period, closed_by) "
                    "values (:office_id, :line, :period, :closed_by)"
                ),
                {"office_id": office_id, "line": line.value, "period": period, "closed_by": closed_by},
            )
            audit.write(self._connection, event)

    def closes(self, office_id: int, line: Line) -> Sequence[Close]:
        """Return the closed periods of a line, newest first."""
        rows = self._connection.execute(
            text(
                "select line, period, closed_by from period_close where office_id = :office_id and line = :line "
                "order by period desc"
            ),
            {"office_id": office_id, "line": line.value},
        )
        return [Close(Line(row.line), row.period, row.closed_by) for row in rows]


def transfer_row(one: Transfer) -> dict[str, Any]:
    """Return a transfer as the JSON object that the posting statements read; accounts stand by code."""
    return {
        "office_id": one.office_id,
        "line": one.line.value,
        "key": one.key,
        "leg": one.leg,
        "operation": one.operation,
        "debit": one.debit.code,
        "debit_kind": one.debit.kind,
        "credit": one.credit.code,
        "credit_kind": one.credit.kind,
        "amount_fen": one.amount_fen,
        "booked_on": one.booked_on.isoformat(),
        "value_on": one.value_on.isoformat(),
        "seq": one.seq,
        "document": one.document,
        "reason": one.reason,
        "reverses_key": one.reverses[0] if one.reverses else None,
        "reverses_leg": one.reverses[1] if one.reverses else None,
        "at": one.at.isoformat(timespec="microseconds"),
        "leaf": one.leaf().hex(),
    }


def read_transfer(row: Any) -> Transfer:
    """Return the transfer of a row of ``ENTRY``'s columns."""
    return Transfer(
        key=row.key,
        leg=row.leg,
        office_id=row.office_id,
        line=Line(row.line),
        operation=row.operation,
        debit=Account(row.debit, row.debit_kind),
        credit=Account(row.credit, row.credit_kind),
        amount_fen=row.amount_fen,
        booked_on=row.booked_on,
        value_on=row.value_on,
        at=row.at,
        actor_id=row.actor_id,
        case_number=row.case_number,
        seq=row.seq,
        document=row.document,
        reason=row.reason,
        reverses=(row.reverses_key, row.reverses_leg) if row.reverses_key is not None else None,
    )


@contextmanager
def ledger_errors() -> Iterator[None]:
    """Turn a used key into ``AlreadyWritten`` and a broken invariant of money into :class:`LedgerRefused`."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
        if name in _USED_KEYS:
            raise AlreadyWritten from error
        if name is not None and name in _REFUSALS:
            raise LedgerRefused(name, _REFUSALS[name]) from error
        raise
