"""What a superuser changes behind the database's back, the ledger check names."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from caseflow.domain.ledger import Line
from tests.attack.roles import as_superuser
from tests.casebook import remitted
from tests.office import Office

REMIT_TOO_MUCH = """
insert into transfer (office_id, line, key, leg, operation, debit_id, debit_kind, credit_id, credit_kind, amount_fen,
                      booked_on, value_on, at, leaf)
select a.office_id, 'income', 'x', 1, 'remit', a.id, 'treasury', b.id, 'collecting_bank', 10^12, '2026-03-01',
       '2026-03-01', now(), sha256('')
  from account a, account b where a.code = '1301' and b.code = '1201'
"""


VOID_WITHOUT_REVERSAL = """
update receipt set status = 'void', reason = 'x', copies = 3, ended_on = entered_on, end_event_key = event_key,
       ended_by = (select max(id) from staff), reversal_key = 'x'
"""


@pytest.fixture
def paid(office: Office) -> Office:
    office.walk("two_illegal_paid", until="record_payment")
    office.time.day = date(2026, 4, 2)
    office.application.ledger.close_period(office.actors["supervisor"], Line.INCOME, 202603, idempotency_key="march")
    return office


def tamper(office: Office, statement: str) -> None:
    with psycopg.connect(as_superuser(office.database_url)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize(
    ("tampering", "check"),
    [
        ("update bank_line set amount_fen = amount_fen + 1", "matches of the bank"),
        ("update receipt set amount_fen = amount_fen + 1, held_fen = held_fen + 1", "remittances"),
        ("update remittance set amount_fen = amount_fen + 1", "remittances"),
        ("update bank_line_state set state = 'suspended' where state = 'matched'", "money in suspense"),
    ],
)
def test_the_check_names_what_was_changed_at_the_bank(office: Office, tampering: str, check: str) -> None:
    remitted(office)
    assert list(office.application.ledger_check.run()) == []
    tamper(office, tampering)
    assert check in {one.check for one in office.application.ledger_check.run()}


def test_a_sound_ledger_has_nothing_to_say(paid: Office) -> None:
    assert list(paid.application.ledger_check.run()) == []


@pytest.mark.parametrize(
    ("tampering", "check"),
    [
        ("update transfer set amount_fen = amount_fen + 1 where operation = 'collect'", "figures of cases"),
        ("update transfer set amount_fen = amount_fen + 1 where operation = 'collect'", "snapshots"),
        ("update transfer set amount_fen = amount_fen + 1 where operation = 'collect'", "postings of steps"),
        ("delete from transfer where operation = 'collect'", "figures of cases"),
        ("update cases set collected_fen = collected_fen - 1", "figures of cases"),
        ("update account_balance set debit_fen = debit_fen + 1", "snapshots"),
        ("update transfer set debit_id = (select id from account where code = '3501')", "accounts of a transfer"),
        ("update account set line = 'expenditure', kind = 'expense' where code = '1201'", "accounts of a transfer"),
        ("update cases set charged_fen = assessed_fen", "figures of cases"),
        (REMIT_TOO_MUCH, "accounts below zero"),
        ("update receipt set amount_fen = amount_fen + 1, held_fen = held_fen + 1", "receipts and their money"),
        ("delete from receipt", "payments on receipts"),
        ("update receipt set no = no + 1, previous_no = no", "numbers of receipts"),
        (VOID_WITHOUT_REVERSAL, "void receipts"),
    ],
)
def test_the_check_names_what_was_changed(paid: Office, tampering: str, check: str) -> None:
    tamper(paid, tampering)
    found = paid.application.ledger_check.run()
    assert check in {one.check for one in found}
    assert all(one.what and one.expected != one.found for one in found)
