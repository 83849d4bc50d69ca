"""Temporary tables that bear the names of ours: no guard may look into one, and none may be run by the owner."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from caseflow.config import APPLICATION_ROLE, SPENDING_ROLE
from tests.attack.roles import role_connection
from tests.attack.test_ledger import BANK, HELD, TREASURY, close_a_month, insert
from tests.casebook import remitted
from tests.expenditure import prepared
from tests.office import Office

MARCH = {"booked_on": "date '2026-03-31'", "value_on": "date '2026-03-31'"}
TOO_MUCH = {"operation": "'remit'", "amount_fen": "10^12"}
PAYER = "insert into public.staff_role select id, 'payer' from staff where login = 'cashier'"
SPEND = (
    "insert into transfer (office_id, line, key, leg, operation, debit_id, debit_kind, credit_id, credit_kind, "
    "amount_fen, booked_on, value_on, actor_id, at, leaf) select office_id, line, 'stolen', 1, operation, debit_id, "
    "debit_kind, credit_id, credit_kind, amount_fen, booked_on, value_on, actor_id, at, leaf from transfer "
    "where operation = 'appropriate' limit 1"
)
FAKE_ACT = (
    "create temp table spending_act as select t.id + 1 as transfer_id, office_id, operation, amount_fen, debit_id, "
    "null::integer as credit_id, actor_id as done_by, booked_on as done_on, null::bigint as reverses_id "
    "from transfer t where false; insert into spending_act select g, t.office_id, t.operation, t.amount_fen, "
    "t.debit_id, null, t.actor_id, t.booked_on, null from transfer t, generate_series(1, 100) g "
    "where operation = 'appropriate'"
)

FAKE_BALANCE = (
    "create temp table account_balance as select id as account_id, 190001 as period, 10^15::bigint as debit_fen, "
    "0::bigint as credit_fen from account"
)


@pytest.fixture
def busy(office: Office) -> Office:
    """An office with a remittance, a prepared payment and a closed month."""
    remitted(office)
    prepared(office)
    close_a_month(office)
    return office


@pytest.mark.parametrize(
    ("role", "shadow", "attack"),
    [
        (APPLICATION_ROLE, "create temp table period_close (like public.period_close)", insert(BANK, HELD, **MARCH)),
        (
            APPLICATION_ROLE,
            FAKE_BALANCE,
            insert(TREASURY, BANK, **TOO_MUCH),
        ),
        (APPLICATION_ROLE, "create temp table staff_role (like public.staff_role)", PAYER),
        (SPENDING_ROLE, FAKE_ACT, SPEND),
        (
            APPLICATION_ROLE,
            "create temp table transfer (like public.transfer)",
            "update cases set assessed_fen = assessed_fen + 1, principal_open_fen = principal_open_fen + 1",
        ),
    ],
    ids=["period_close", "account_balance", "staff_role", "spending_act", "transfer"],
)
def test_a_shadow_blinds_no_guard(busy: Office, role: str, shadow: str, attack: str) -> None:
    busy.open()
    with role_connection(busy, role) as connection:
        connection.execute(shadow)
        with pytest.raises((psycopg.IntegrityError, psycopg.errors.InsufficientPrivilege)):
            # What is looked at only at the end of a transaction is looked at now.
            connection.execute(f"set constraints all immediate; {attack}")


def test_a_shadow_is_never_run_as_the_owner(busy: Office) -> None:
    with role_connection(busy, APPLICATION_ROLE) as connection:
        connection.execute("create temp table bank_line_state (like public.bank_line_state)")
        connection.execute("create temp table seen (who text)")
        connection.execute("grant all on seen, bank_line_state to public")
        connection.execute(
            "create function pg_temp.own() returns trigger language plpgsql as "
            "$$ begin insert into pg_temp.seen values (current_user); return null; end $$"
        )
        connection.execute(
            "create trigger own after insert on pg_temp.bank_line_state for each statement "
            "execute function pg_temp.own()"
        )
        columns = (
            "office_id, account_id, statement_id, position, booked_on, value_on, direction, amount_fen, said_sealed, "
            "bank_reference, identity_index, occurrence"
        )
        connection.execute(
            f"insert into public.bank_line ({columns}) select {columns} from public.bank_line where false"
        )
        assert connection.execute("select who from pg_temp.seen").fetchall() == []


def test_every_function_of_ours_names_where_it_looks(busy: Office) -> None:
    with psycopg.connect(busy.database_url) as connection:
        loose = connection.execute(
            "select proname from pg_proc where pronamespace = 'public'::regnamespace and proname not in "
            "('is_lawful_move', 'refuse_change', 'caseflow_sees_all', 'caseflow_office') "
            "and not coalesce(proconfig, '{}') @> array['search_path=pg_catalog, public, pg_temp']"
        ).fetchall()
    assert loose == []


@pytest.mark.parametrize(
    ("period", "login"), [(299912, "supervisor"), (202603, "cashier")], ids=["the future", "by a cashier"]
)
def test_a_close_is_of_a_month_that_is_over_and_by_a_supervisor(office: Office, period: int, login: str) -> None:
    with role_connection(office, APPLICATION_ROLE) as connection:
        with pytest.raises((psycopg.IntegrityError, psycopg.errors.InsufficientPrivilege)):
            connection.execute(
                "insert into period_close (office_id, line, period, closed_by) select office_id, 'income', %s, id "
                "from staff where login = %s",
                (period, login),
            )
        connection.rollback()


def test_no_case_is_born_with_money(office: Office) -> None:
    office.time.day = date(2026, 3, 2)
    office.open()
    with role_connection(office, APPLICATION_ROLE) as connection:
        columns = (
            "office_id, regime, definition_hash, party_id, owner_id, state, phase, waiting_for, version, opened_on, "
            "last_step_on"
        )
        with pytest.raises(psycopg.IntegrityError, match="sum of its transfers"):
            connection.execute(
                f"insert into cases ({columns}, number, number_zh, idempotency_key, held_fen) "
                f"select {columns}, 'X-1', 'X-1', 'x', 100 from cases"
            )
        connection.rollback()
