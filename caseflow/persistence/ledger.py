"""The ledger in PostgreSQL. What must hold of money is held there; its refusals become ``LedgerRefused`` here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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
from caseflow.persistence.check_sql import CHECKS, GUARDS, TOTALS
from caseflow.persistence.ledger_sql import (
    COPIED_TRANSFER,
    ENTRY,
    IN_DEFAULT,
    MONEY_COLUMNS,
    POST,
    POST_FOR_CASE,
    POST_FOR_CASES,
    POST_ONE,
    TRIAL_BALANCE,
)
from caseflow.persistence.staging import insert_many
from caseflow.services.ports import AlreadyWritten
from caseflow.services.ports.ledger import AccountBalance, Close, Disagreement, LedgerRefused, PostedCase

_RESTED_ON = Words(
    "Later entries of this case rest on that money: put those right first",
    "本案后续分录以该款项为基础，请先更正后续分录",
)
_REFUSALS: Mapping[str, Words] = {
    "transfer_period_open": Words("The period is closed: book it in an open one", "该期间已结账，请记入未结账期间"),
    "transfer_account_covered": Words("There is not so much money on the account", "账户余额不足"),
    "transfer_role_fits_line": Words("This connection may not post to that line", "该连接无权记入此收支线"),
    "transfer_reverses_one": Words("A reversal mirrors one transfer of the same case", "冲销须与同案的一笔原分录对应"),
    "transfer_office_of_case": Words("The case belongs to another office", "案件属于其他单位"),
    "cases_money_is_its_transfers": Words(
        "Somebody else moved the money of this case a moment ago: look at it again", "本案款项刚刚发生变动，请重新查看"
    ),
    "ck_cases_money_is_possible": _RESTED_ON,
    "ck_cases_no_part_below_zero": _RESTED_ON,
    "receipt_void_not_banked": Words(
        "The bank has shown this money: undo the match with its line first", "该款项已与银行流水对应，请先撤销对应关系"
    ),
    "uq_transfer_reverses_id": Words("The entry was reversed before", "该分录已经冲销"),
    "period_close_in_order": Words("That period, or a later one, is closed already", "该期间或其后的期间已经结账"),
    "receipt_void_with_its_entry": Words(
        "A receipt stands for this money: void the receipt, which takes the money back with it",
        "该款项有票据在册：请办理票据作废，款项随之冲销",
    ),
    "period_is_over": Words("Only a month that is over can be closed", "只能结账已经过去的月份"),
    "period_closed_by_supervisor": Words("Only a supervisor closes a period", "只有主管可以结账"),
    "pk_period_close": Words("The period is closed already", "该期间已经结账"),
}
_USED_KEYS = frozenset({"uq_transfer_key_leg", "uq_audit_event_key"})

AccountIds = dict[tuple[int, str], int]
"""The id of each account by office and code: it never changes, so a process reads it once."""


class Ledger:
    """Fulfils :class:`caseflow.services.ports.ledger.LedgerStore` on one connection."""

    def __init__(self, connection: Connection, account_ids: AccountIds) -> None:
        self._connection = connection
        self._kept_ids = account_ids
        self._account_ids = dict(account_ids)

    def keep_account_ids(self) -> None:
        """Let later units of work know the ids read in this one, whose accounts are now there for good."""
        self._kept_ids.update(self._account_ids)

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
        """Write the transfers of one entry in one statement."""
        rows = self.rows(transfers)
        parameters: Any
        if case is not None:
            statement = POST_FOR_CASE
            money = {name: getattr(case.money, name) for name in MONEY_COLUMNS}
            parameters = {
                "transfers": json_rows(rows), "actor_id": transfers[0].actor_id, "case_id": case.id, **money
            }  # fmt: skip
        elif len(rows) == 1:
            statement, parameters = POST_ONE, rows[0].values
        else:
            statement = POST
            parameters = {"transfers": json_rows(rows), "actor_id": transfers[0].actor_id}
        driver: Any = self._connection.connection.driver_connection
        with ledger_errors(), driver.cursor() as cursor:
            cursor.execute(statement, parameters, prepare=True)
        if event is not None:
            with ledger_errors():
                audit.write(self._connection, event)

    def post_for_cases(self, posted: Sequence[tuple[PostedCase, Sequence[Transfer]]], event: AuditEvent) -> None:
        """Write the transfers of many cases with each case's money after them, in one statement."""
        moved = [
            {"case_id": case.id, **{name: getattr(case.money, name) for name in MONEY_COLUMNS}} for case, _ in posted
        ]
        rows = []
        for case, transfers in posted:
            rows += [{**row.as_json, "case_id": case.id} for row in self.rows(transfers)]
        parameters = {"cases": json.dumps(moved), "transfers": json.dumps(rows, ensure_ascii=False)}
        driver: Any = self._connection.connection.driver_connection
        with ledger_errors(), driver.cursor() as cursor:
            cursor.execute(POST_FOR_CASES, {**parameters, "actor_id": event.actor_id})
            audit.write(self._connection, event)

    def in_default(self, office_id: int, rule_ids: Sequence[str], on: date, after_id: int, limit: int) -> Sequence[int]:
        """Return the cases in default above ``after_id``; see the port."""
        parameters = {"office_id": office_id, "rules": list(rule_ids), "on": on, "after": after_id, "limit": limit}
        return list(self._connection.execute(IN_DEFAULT, parameters).scalars())

    def post_many(self, transfers: Sequence[Transfer]) -> None:
        """Write many transfers that belong to no case by COPY; see the port."""
        driver: Any = self._connection.connection.driver_connection
        rows = self.rows(transfers)
        with ledger_errors(), driver.cursor() as cursor:
            kinds = list(COPIED_TRANSFER.values())
            insert_many(cursor, "transfer", list(COPIED_TRANSFER), (row.values for row in rows), types=kinds)

    def rows(self, transfers: Sequence[Transfer]) -> list[TransferRow]:
        """Return transfers ready to be written, with the ids of their accounts and of what they reverse.

        Accounts never change, so their ids are read once a process. Raises ``LookupError`` for an account that the
        office has not.
        """
        reversed_ids = self._reversed_ids(transfers)
        return [
            TransferRow(
                one,
                self._account_id(one.office_id, one.debit.code),
                self._account_id(one.office_id, one.credit.code),
                reversed_ids.get(one.reverses) if one.reverses is not None else None,
            )
            for one in transfers
        ]

    def _account_id(self, office_id: int, code: str) -> int:
        found = self._account_ids.get((office_id, code))
        if found is None:
            driver: Any = self._connection.connection.driver_connection
            known = driver.execute("select code, id from account where office_id = %s", (office_id,))
            self._account_ids.update({(office_id, known_code): account_id for known_code, account_id in known})
            found = self._account_ids.get((office_id, code))
        if found is None:
            message = f"the office has no account {code}"
            raise LookupError(message)
        return found

    def _reversed_ids(self, transfers: Sequence[Transfer]) -> Mapping[tuple[str, int], int]:
        keys = {one.reverses[0] for one in transfers if one.reverses is not None}
        if not keys:
            return {}
        driver: Any = self._connection.connection.driver_connection
        rows = driver.execute("select key, leg, id from transfer where key = any(%s)", (list(keys),))
        return {(key, leg): transfer_id for key, leg, transfer_id in rows}

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

    def disagreements(self) -> Sequence[Disagreement]:
        """Derive everything anew and return what does not agree, at most a thousand of each kind."""
        driver: Any = self._connection.connection.driver_connection
        driver.execute("set local work_mem = '128MB'")
        driver.execute(TOTALS)
        driver.execute("analyze totals")
        found = []
        for check, query in CHECKS.items():
            guard = GUARDS.get(check)
            # Both are constants of check_sql.
            if guard is None or driver.execute(f"select exists ({guard})").fetchone()[0]:  # nosemgrep: sql-by-string
                rows = driver.execute(f"{query} limit 1000").fetchall()  # nosemgrep: sql-by-string
                found += [Disagreement(check, *row) for row in rows]
        return found

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


@dataclass(frozen=True)
class TransferRow:
    """A transfer with the ids that its row needs."""

    transfer: Transfer
    debit_id: int
    credit_id: int
    reverses_id: int | None

    @property
    def values(self) -> tuple[Any, ...]:
        """Return the values in the order of ``COPIED_TRANSFER`` and ``POST_ONE``."""
        one = self.transfer
        return (
            one.office_id,
            one.line.value,
            one.key,
            one.leg,
            one.operation,
            self.debit_id,
            one.debit.kind,
            self.credit_id,
            one.credit.kind,
            one.amount_fen,
            one.booked_on,
            one.value_on,
            one.actor_id,
            one.document,
            one.reason,
            self.reverses_id,
            one.at,
            one.leaf(),
        )

    @property
    def as_json(self) -> dict[str, Any]:
        """Return the JSON object that the posting statements read."""
        one = self.transfer
        return {
            "office_id": one.office_id,
            "line": one.line.value,
            "key": one.key,
            "leg": one.leg,
            "operation": one.operation,
            "debit_id": self.debit_id,
            "debit_kind": one.debit.kind,
            "credit_id": self.credit_id,
            "credit_kind": one.credit.kind,
            "amount_fen": one.amount_fen,
            "booked_on": one.booked_on.isoformat(),
            "value_on": one.value_on.isoformat(),
            "seq": one.seq,
            "document": one.document,
            "reason": one.reason,
            "reverses_id": self.reverses_id,
            "at": one.at.isoformat(timespec="microseconds"),
            "leaf": one.leaf().hex(),
        }


def json_rows(rows: Iterable[TransferRow]) -> str:
    """Return the rows as the JSON array that the posting statements read."""
    return json.dumps([row.as_json for row in rows], ensure_ascii=False)


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
