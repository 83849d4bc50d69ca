"""What a superuser changes behind the database's back, the ledger check names."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from caseflow.domain.ledger import Line
from tests.office import Office

REMIT_TOO_MUCH = """
insert into transfer (office_id, line, key, leg, operation, debit_id, debit_kind, credit_id, credit_kind, amount_fen,
                      booked_on, value_on, at, leaf)
select a.office_id, 'income', 'x', 1, 'remit', a.id, 'treasury', b.id, 'collecting_bank', 10^12, '2026-03-01',
       '2026-03-01', now(), sha256('')
  from account a, account b where a.code = '1301' and b.code = '1201'
"""


@pytest.fixture
def paid(office: Office) -> Office:
    office.walk("two_illegal_paid", until="record_payment")
    office.time.day = date(2026, 4, 2)
    office.application.ledger.close_period(office.actors["supervisor"], Line.INCOME, 202603, idempotency_key="march")
    return office


def as_superuser(office: Office, statement: str) -> None:
    parts = urlsplit(office.database_url)
    user = parts.netloc if parts.netloc != "caseflow@" else "postgres@"
    with psycopg.connect(urlunsplit(parts._replace(netloc=user))) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(statement)
        connection.commit()


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
    ],
)
def test_the_check_names_what_was_changed(paid: Office, tampering: str, check: str) -> None:
    as_superuser(paid, tampering)
    found = paid.application.ledger_check.run()
    assert check in {one.check for one in found}
    assert all(one.what and one.expected != one.found for one in found)
