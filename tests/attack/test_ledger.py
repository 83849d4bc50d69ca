"""Plain SQL against the money, as the application's own roles: the database itself must refuse."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from caseflow.config import APPLICATION_ROLE, AUDITOR_ROLE, SPENDING_ROLE
from caseflow.domain.ledger import MOVES, NORMAL_SIDES, Line
from caseflow.services.ledger import Posting
from tests.attack.roles import role_connection
from tests.office import Office

# A transfer as the application writes one, every value of which an attack may replace.
VALUES = {
    "office_id": "c.office_id",
    "line": "'income'",
    "key": "'attack'",
    "leg": "1",
    "operation": "'collect'",
    "debit_id": "d.id",
    "debit_kind": "d.kind",
    "credit_id": "c.id",
    "credit_kind": "c.kind",
    "amount_fen": "100",
    "booked_on": "current_date",
    "value_on": "current_date",
    "at": "now()",
    "leaf": r"'\x00'::bytea || decode(repeat('00', 31), 'hex')",
}
BANK, CLAIM, HELD, TREASURY, AUTHORITY = "1201", "1101", "2102", "1301", "3501"
REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError)


def insert(debit: str, credit: str, **changed: str) -> str:
    values = VALUES | changed
    accounts = f"from account d, account c where d.code = '{debit}' and c.code = '{credit}'"
    return f"insert into transfer ({', '.join(values)}) select {', '.join(values.values())} {accounts}"


@pytest.fixture
def paid(office: Office) -> Office:
    """A case whose decision was served and paid, at the business date of its walk."""
    office.walk("two_illegal_paid", until="record_payment")
    return office


def test_a_lawful_transfer_goes_in_by_the_same_words(paid: Office) -> None:
    attempt(paid, insert(BANK, HELD))


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(insert(BANK, AUTHORITY), id="mixed lines"),
        pytest.param(insert(BANK, AUTHORITY, line="'expenditure'"), id="mixed lines, the other name"),
        pytest.param(insert(BANK, HELD, line="'expenditure'"), id="income called expenditure"),
        pytest.param(insert(BANK, HELD, debit_kind="'treasury'"), id="an account of another kind"),
        pytest.param(insert(BANK, HELD, office_id="c.office_id + 1"), id="another office"),
        pytest.param(insert(BANK, HELD, amount_fen="0"), id="zero"),
        pytest.param(insert(BANK, HELD, amount_fen="-100"), id="negative"),
        pytest.param(insert(BANK, HELD, amount_fen="null"), id="no amount"),
        pytest.param(insert(BANK, BANK), id="to itself"),
        pytest.param(insert(HELD, BANK), id="a move that is not on the list"),
        pytest.param(insert(TREASURY, HELD, operation="'remit'"), id="a remittance from elsewhere"),
        pytest.param(insert(TREASURY, BANK, operation="'remit'", amount_fen="10^15"), id="more than the bank has"),
        pytest.param(insert(BANK, HELD, value_on="current_date + 1"), id="value after booking"),
        pytest.param(insert(BANK, HELD, leaf="''::bytea"), id="no leaf hash"),
        pytest.param(insert(BANK, HELD, key="(select key from transfer limit 1)"), id="a used key"),
        pytest.param(insert(BANK, CLAIM, case_id="(select id from cases limit 1)"), id="a case without its money"),
        pytest.param(insert(BANK, HELD, id="1"), id="a number of one's own"),
    ],
)
def test_the_database_refuses_the_transfer(paid: Office, attack: str) -> None:
    refused(paid, attack)


@pytest.mark.parametrize("table", ["transfer", "account", "period_close", "account_balance"])
@pytest.mark.parametrize("attack", ["update {0} set office_id = office_id", "delete from {0}", "truncate {0} cascade"])
def test_the_ledger_only_grows(paid: Office, table: str, attack: str) -> None:
    close_a_month(paid)
    attack = attack.replace("office_id", "account_id") if table == "account_balance" else attack
    for role in (APPLICATION_ROLE, SPENDING_ROLE, AUDITOR_ROLE):
        refused(paid, attack.format(table), role)


@pytest.mark.parametrize(
    "attack",
    [
        "update cases set collected_fen = collected_fen - 1, principal_open_fen = principal_open_fen + 1",
        "update cases set held_fen = held_fen + 1",
        "update cases set assessed_fen = assessed_fen + 100, principal_open_fen = principal_open_fen + 100",
        "alter table transfer disable trigger all",
        "set session_replication_role = replica",
        "drop trigger check_added on transfer",
        "create or replace function check_transfers() returns trigger language plpgsql as 'begin return null; end'",
        "set role caseflow",
        "insert into account_balance (account_id, period, debit_fen, credit_fen) select id, 202601, 1, 0 from account",
    ],
)
def test_the_figures_of_a_case_and_the_guards_cannot_be_changed(paid: Office, attack: str) -> None:
    refused(paid, attack)


def test_a_transfer_is_reversed_once_and_exactly(paid: Office) -> None:
    attempt(paid, insert(BANK, HELD, key="'first'"))
    of = "(select max(id) from transfer where key = 'first')"
    mirror = insert(HELD, BANK, key="'undo'", reverses_id=of)
    refused(paid, insert(HELD, BANK, key="'undo'", reverses_id=of, amount_fen="99"))
    refused(paid, insert(HELD, BANK, key="'undo'", reverses_id=of, operation="'suspend'"))
    refused(paid, insert(BANK, HELD, key="'undo'", reverses_id=of))
    attempt(paid, mirror)
    refused(paid, mirror.replace("'undo'", "'again'"))
    undo = "(select max(id) from transfer where key = 'undo')"
    refused(paid, insert(BANK, HELD, key="'undo the undoing'", reverses_id=undo))


def test_a_closed_period_takes_no_entry(paid: Office) -> None:
    close_a_month(paid)
    refused(paid, insert(BANK, HELD, booked_on="date '2026-03-31'", value_on="date '2026-03-31'"))
    attempt(paid, insert(BANK, HELD, booked_on="date '2026-04-01'", value_on="date '2026-04-01'"))
    refused(paid, close_statement(202602))
    refused(paid, close_statement(202603))
    refused(paid, close_statement(202613))


def test_each_role_posts_to_its_own_line_and_a_holder_of_both_to_neither(paid: Office) -> None:
    refused(paid, insert(BANK, HELD), SPENDING_ROLE)
    refused(paid, insert(BANK, HELD), AUDITOR_ROLE)
    refused(paid, insert("5501", AUTHORITY, line="'expenditure'", operation="'pay'"), APPLICATION_ROLE)
    with psycopg.connect(paid.database_url) as owner:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="may not post"):
            owner.execute(insert(BANK, HELD))
        owner.rollback()


def test_what_the_office_has_not_cannot_be_spent_twice_at_once(paid: Office) -> None:
    """Two remittances of everything in the bank: the second waits for the first and is refused."""
    everything = f"(select account_balance_fen(id) from account where code = '{BANK}')"
    remit = insert(TREASURY, BANK, operation="'remit'", amount_fen=everything)
    with role_connection(paid, APPLICATION_ROLE) as first, role_connection(paid, APPLICATION_ROLE) as second:
        amount = first.execute(f"select {everything}").fetchone()
        assert amount is not None
        assert amount[0] > 0
        first.execute(remit.replace("'attack'", "'one'").replace(everything, str(amount[0])))
        second.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute(remit.replace("'attack'", "'two'").replace(everything, str(amount[0])))
        second.rollback()
        first.commit()
        with pytest.raises(psycopg.errors.CheckViolation, match="below zero"):
            second.execute(remit.replace("'attack'", "'two'").replace(everything, str(amount[0])))


def close_a_month(office: Office) -> None:
    office.time.day = date(2026, 4, 2)
    supervisor = office.actors["supervisor"]
    office.application.ledger.close_period(supervisor, Line.INCOME, 202603, idempotency_key="march")


def close_statement(period: int) -> str:
    columns = "office_id, line, period, closed_by"
    return f"insert into period_close ({columns}) select office_id, 'income', {period}, id from staff limit 1"


def attempt(office: Office, statement: str, role: str = APPLICATION_ROLE) -> None:
    with role_connection(office, role) as connection:
        connection.execute(statement)
        connection.commit()


def refused(office: Office, statement: str, role: str = APPLICATION_ROLE) -> None:
    before = fingerprint(office)
    with pytest.raises(psycopg.Error) as refusal:
        attempt(office, statement, role)
    assert isinstance(refusal.value, (*REFUSED, psycopg.errors.GeneratedAlways, psycopg.errors.DataError))
    assert fingerprint(office) == before


def fingerprint(office: Office) -> list[tuple[Any, ...]]:
    tables = ("transfer", "account", "period_close", "account_balance", "cases")
    with psycopg.connect(office.database_url) as connection:
        return [
            row
            for table in tables
            for row in connection.execute(
                f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t"
            )
        ]


def test_posting_through_the_service_is_refused_in_words(paid: Office) -> None:
    ledger, chart = paid.application.ledger, paid.application.rulebook.chart
    treasury, bank = (chart.account(Line.INCOME, kind) for kind in ("treasury", "collecting_bank"))
    posting = Posting("too much", Line.INCOME, (("remit", treasury, bank, 10**15),))
    with pytest.raises(Exception, match="not so much money"):
        ledger.post(paid.actors["cashier"], posting)


def test_the_database_holds_the_closed_list_of_moves(paid: Office) -> None:
    kinds = sorted(kind for _, kind in NORMAL_SIDES)
    operations = sorted({operation for _, operation, _, _ in MOVES})
    asked = """
        select l, o, d, c from unnest(%s::text[]) l, unnest(%s::text[]) o, unnest(%s::text[]) d, unnest(%s::text[]) c
         where is_lawful_move(l, o, d, c, false) and is_lawful_move(l, o, c, d, true)
    """
    with psycopg.connect(paid.database_url) as connection:
        rows = connection.execute(asked, ([line.value for line in Line], operations, kinds, kinds)).fetchall()
    assert {(Line(line), *move) for line, *move in rows} == MOVES
