"""Plain SQL against expenditure, as the roles caseflow works under: the database itself must refuse."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from caseflow.config import APPLICATION_ROLE, AUDITOR_ROLE, SPENDING_ROLE
from caseflow.domain.spending import Act
from tests.attack.roles import role_connection
from tests.expenditure import do, prepared
from tests.office import Office

TABLES = (
    "appropriation", "appropriation_lapse", "commitment", "commitment_release", "payment_order", "payment_decision",
    "payment_given_back",
)  # fmt: skip
REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError)
PAYERS = 8

EVENT = """
insert into audit_event (key, at, action, body, leaf)
values ('attack:' || '{key}', now(), 'attack', '{{}}', decode(repeat('00', 32), 'hex'))
"""
TRANSFER = """
insert into transfer (office_id, line, key, leg, operation, debit_id, debit_kind, credit_id, credit_kind, amount_fen,
                      booked_on, value_on, at, actor_id, leaf{more})
select d.office_id, 'expenditure', '{key}', 1, '{operation}', d.id, d.kind, c.id, c.kind, {fen}, date '2026-03-02',
       date '2026-03-02', now(), (select id from staff where login = '{who}'), decode(repeat('00', 32), 'hex'){values}
  from account d, account c where d.code = '{debit}' and c.code = '{credit}'
"""
ACT = """
select o.id, date '2026-03-02', s.id, '{key}', ''::bytea, 'attack:{key}',
       (select id from transfer where key = '{key}') from office o, staff s where s.login = '{who}'
"""
SHARED = "office_id, done_on, done_by, idempotency_key, request_hash, event_key"
QUOTA, BOUND, EXPENSE, AUTHORITY = "3511-2026-001", "3512-2026-001", "5501", "3501"


def transfer(operation: str, debit: str, credit: str, fen: int, *, key: str = "x", who: str = "payer") -> str:
    return TRANSFER.format(
        more="", values="", key=key, operation=operation, debit=debit, credit=credit, fen=fen, who=who
    )  # fmt: skip


def act(table: str, columns: str, values: str, *, key: str = "x", who: str = "payer", moves: bool = True) -> str:
    """An event and an act under its key; ``values`` may quote the newest rows."""
    shared = f"{SHARED}, transfer_id" if moves else SHARED
    taken = f"(select id from transfer where key = '{key}')" if moves else ""
    return EVENT.format(key=key) + (
        f"; insert into {table} ({shared}, {columns}) select o.id, date '2026-03-02', s.id, '{key}', ''::bytea, "
        f"'attack:{key}', {f'{taken}, ' if moves else ''}{values} from office o, staff s where s.login = '{who}'"
    )


def commit(fen: int, *, key: str = "x", who: str = "payer", said: int | None = None) -> str:
    row = f"(select max(id) from appropriation), 2026, 'P', 'F', {said or fen}"
    return transfer("commit", BOUND, QUOTA, fen, key=key, who=who) + ";" + act(
        "commitment", "appropriation_id, year, payee, purpose, amount_fen", row, key=key, who=who
    )  # fmt: skip


CARRIED = (
    "(select max(id) from commitment), (select max(id) from appropriation), "
    "(select done_by from commitment order by id desc limit 1)"
)


def prepare(fen: int, *, key: str = "x", who: str = "payer") -> str:
    columns = "commitment_id, appropriation_id, committed_by, amount_fen, document, payee_account, payee_bank"
    return act("payment_order", columns, f"{CARRIED}, {fen}, 'I', 'A', 'B'", key=key, who=who, moves=False)


def decide(decision: str, *, who: str = "approver", committed_by: str = "", prepared_by: str = "") -> str:
    newest = "(select {} from payment_order order by id desc limit 1)"
    row = (
        f"{newest.format('id')}, {committed_by or newest.format('committed_by')}, "
        f"{prepared_by or newest.format('done_by')}, '{decision}'"
    )
    return act("payment_decision", "order_id, committed_by, prepared_by, decision", row, who=who)


def pay(fen: int = 15_000, *, who: str = "approver", **changed: str) -> str:
    return transfer("pay", EXPENSE, BOUND, fen, who=who) + ";" + decide("paid", who=who, **changed)


@pytest.fixture
def spent(office: Office) -> Office:
    """1,000 yuan appropriated, 400 committed, a payment of 150 prepared; the approver may prepare payments too."""
    with psycopg.connect(office.database_url) as connection:
        connection.execute("insert into staff_role select id, 'payer' from staff where login = 'approver'")
    prepared(office)
    return office


@pytest.mark.parametrize(
    "statement",
    [commit(60_000), prepare(25_000), pay(), pay(who="approver2")],
    ids=["commit", "prepare", "pay", "pay2"],
)
def test_what_is_lawful_goes_in_by_the_same_words(spent: Office, statement: str) -> None:
    attempt(spent, statement)


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(commit(60_001), id="a commitment above the quota"),
        pytest.param(commit(100, said=50), id="a commitment for less than its transfer"),
        pytest.param(commit(100, said=150), id="a commitment for more than its transfer"),
        pytest.param(commit(100, who="cashier"), id="a commitment by somebody who is no payer"),
        pytest.param(transfer("commit", BOUND, QUOTA, 100), id="a transfer without its commitment"),
        pytest.param(transfer("pay", EXPENSE, BOUND, 100, who="approver"), id="a payment without an order"),
        pytest.param(transfer("release", QUOTA, BOUND, 100), id="a release without its act"),
        pytest.param(transfer("lapse", AUTHORITY, QUOTA, 100, who="supervisor"), id="a lapse without its act"),
        pytest.param(transfer("appropriate", QUOTA, AUTHORITY, 10**9, who="supervisor"), id="quota out of nothing"),
        pytest.param(prepare(25_001), id="an order above its commitment"),
        pytest.param(prepare(0), id="an order of nothing"),
        pytest.param(prepare(100, who="supervisor"), id="an order by somebody who is no payer"),
        pytest.param(pay(14_999), id="a payment of less than the order"),
        pytest.param(pay(15_001), id="a payment of more than the order"),
        pytest.param(pay(who="payer"), id="a payment by its preparer, who is no approver"),
        pytest.param(pay(who="payer2"), id="a payment by somebody who is no approver"),
        pytest.param(pay(prepared_by="0"), id="a payment that names another preparer"),
        pytest.param(pay(committed_by="0"), id="a payment that names another committer"),
        pytest.param(pay() + ";" + decide("paid", who="approver2"), id="one payment decided twice"),
        pytest.param(decide("paid"), id="paid without a transfer"),
        pytest.param(decide("refused"), id="refused without a reason"),
        pytest.param("alter table commitment disable trigger all", id="the guards switched off"),
        pytest.param("set session_replication_role = replica", id="the guards left out"),
        pytest.param("set role caseflow", id="becoming the owner"),
    ],
)
def test_the_database_refuses(spent: Office, attack: str) -> None:
    refused(spent, attack)


def test_a_payment_is_not_approved_by_who_prepared_it_or_who_committed(spent: Office) -> None:
    attempt(spent, prepare(100, key="own", who="approver"))
    refused(spent, pay(100, who="approver"), match="another_person")
    attempt(spent, commit(100, key="c", who="approver") + ";" + prepare(100, key="o", who="payer2"))
    refused(spent, pay(100, who="approver"), match="another_person")
    attempt(spent, pay(100, who="approver2"))


@pytest.mark.parametrize("attack", ["update {0} set done_by = done_by", "delete from {0}", "truncate {0} cascade"])
def test_what_was_done_is_not_undone(office: Office, attack: str) -> None:
    for role in (SPENDING_ROLE, APPLICATION_ROLE, AUDITOR_ROLE):
        for table in TABLES:
            refused(office, attack.format(table), role)


@pytest.mark.parametrize("attack", ["update {0} set done_on = done_on", "delete from {0}", "truncate {0} cascade"])
def test_even_the_owner_changes_nothing(spent: Office, attack: str) -> None:
    of, bound, paid = (ids(spent, table) for table in ("appropriation", "commitment", "payment_order"))
    do(spent, Act.APPROVE, paid, by="approver2")
    do(spent, Act.GIVE_BACK, paid)
    do(spent, Act.RELEASE, bound)
    do(spent, Act.LAPSE, of)
    for table in TABLES:
        with psycopg.connect(spent.database_url) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(attack.format(table))


def test_nothing_is_committed_after_a_lapse(spent: Office) -> None:
    do(spent, Act.LAPSE, ids(spent, "appropriation"))
    do(spent, Act.RELEASE, ids(spent, "commitment"), amount="50")
    refused(spent, commit(1_000), match="has lapsed")


def test_the_lines_never_meet(spent: Office) -> None:
    """The spending role posts no income, the application no expenditure, and neither can mix the lines."""
    income = transfer("collect", "1201", "2102", 100).replace("'expenditure'", "'income'")
    attempt(spent, income, APPLICATION_ROLE)
    refused(spent, income.replace("'x'", "'y'"), SPENDING_ROLE)
    refused(spent, transfer("commit", BOUND, QUOTA, 100, key="z"), APPLICATION_ROLE)
    refused(spent, act("payment_order", "serial, amount_fen", "1, 1", key="z", moves=False), APPLICATION_ROLE)
    for line in ("income", "expenditure"):
        for debit, credit in ((EXPENSE, "1201"), ("1201", BOUND), ("1301", AUTHORITY), (QUOTA, "2103")):
            mixed = transfer("pay", debit, credit, 100, key="mixed").replace("'expenditure'", f"'{line}'")
            for role in (SPENDING_ROLE, APPLICATION_ROLE):
                refused(spent, mixed, role)


def test_whoever_spends_cannot_even_look_at_a_case(office: Office) -> None:
    for table in ("cases", "step", "party", "clock", "case_document", "receipt", "receipt_lot", "inbox"):
        refused(office, f"select from {table}")


def test_expenditure_names_no_case(spent: Office) -> None:
    named = transfer("commit", BOUND, QUOTA, 100).replace("leaf)", "leaf, case_id)").replace("'hex')\n", "'hex'), 1\n")
    refused(spent, named)
    with psycopg.connect(spent.database_url) as connection:
        pointed_at = connection.execute(
            "select distinct confrelid::regclass::text from pg_constraint where contype = 'f' "
            "and conrelid::regclass::text = any(%s)",
            (list(TABLES),),
        ).fetchall()
    allowed = {"account", "audit_event", "office", "staff", "transfer", *TABLES}
    assert {table for (table,) in pointed_at} <= allowed


@pytest.mark.parametrize(
    ("login", "role"),
    [("cashier", "payer"), ("payer", "cashier"), ("administrator", "payer"), ("payer", "administrator")],
)
def test_one_person_never_holds_both(office: Office, login: str, role: str) -> None:
    # As whoever sets up: the application may give no role at all by itself (test_grants.py).
    given = f"insert into staff_role select id, 'reviewer' from staff where login = '{login}'"
    for statement in (
        f"insert into staff_role select id, '{role}' from staff where login = '{login}'",
        f"{given}; update staff_role set role = '{role}' where role = 'reviewer'",
    ):
        with psycopg.connect(office.database_url) as owner:
            with pytest.raises(psycopg.errors.CheckViolation, match="may not hold"):
                owner.execute(statement)
            owner.rollback()


def test_two_grants_at_once_do_not_slip_past_one_another(office: Office) -> None:
    grant = "insert into staff_role select id, '{}' from staff where login = 'reviewer'"
    with psycopg.connect(office.database_url) as first, psycopg.connect(office.database_url) as second:
        first.execute(grant.format("cashier"))
        second.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute(grant.format("payer"))
        second.rollback()
        first.commit()
        with pytest.raises(psycopg.errors.CheckViolation, match="may not hold"):
            second.execute(grant.format("payer"))


def at_once(office: Office, statement: Callable[[int], str]) -> list[str]:
    """Let eight connections send their statement at the same moment; return what each was refused for, or nothing."""
    answers = [""] * PAYERS
    barrier = threading.Barrier(PAYERS)

    def send(number: int) -> None:
        with role_connection(office, SPENDING_ROLE) as connection:
            barrier.wait()
            try:
                connection.execute(statement(number))
                connection.commit()
            except psycopg.errors.CheckViolation as error:
                answers[number] = error.diag.constraint_name or ""

    threads = [threading.Thread(target=send, args=(number,)) for number in range(PAYERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


def test_eight_payers_at_once_commit_exactly_what_fits(spent: Office) -> None:
    """600 yuan are left and eight want 150 each: four have it, and the database refuses the others."""
    answers = at_once(spent, lambda number: commit(15_000, key=f"rush{number}"))
    assert answers == [""] * 4 + ["transfer_account_covered"] * 4
    assert balances(spent) == {QUOTA: 0, BOUND: 100_000}


def test_eight_payers_at_once_order_exactly_what_fits(spent: Office) -> None:
    """250 yuan of the commitment are open and eight prepare 80 each: three fit."""
    answers = at_once(spent, lambda number: prepare(8_000, key=f"rush{number}"))
    assert answers == [""] * 3 + ["commitment_covers"] * 5


def test_eight_payers_at_once_pay_exactly_what_fits(spent: Office) -> None:
    """Each commits 150, orders and has it paid in one go: four reach the end, and 550 yuan in all are never passed."""

    def whole(number: int) -> str:
        key = f"rush{number}"
        mine = f"(select id from commitment where idempotency_key = '{key}')"
        order = prepare(15_000, key=f"o{key}").replace("(select max(id) from commitment)", mine)
        paid = pay(15_000, who="approver2").replace("'x'", f"'p{key}'").replace("attack:x", f"attack:p{key}")
        paid = paid.replace("'attack:' || 'x'", f"'attack:p{key}'")
        newest = "from payment_order order by id desc limit 1"
        return commit(15_000, key=key) + ";" + order + ";" + paid.replace(
            newest, f"from payment_order where idempotency_key = 'o{key}'"
        )  # fmt: skip

    answers = at_once(spent, whole)
    assert answers == [""] * 4 + ["transfer_account_covered"] * 4
    assert balances(spent) == {QUOTA: 0, BOUND: 40_000}
    with psycopg.connect(spent.database_url) as connection:
        assert connection.execute("select count(*) from payment_decision").fetchone() == (4,)


def balances(office: Office) -> dict[str, int]:
    with psycopg.connect(office.database_url) as connection:
        return dict(
            connection.execute("select code, account_balance_fen(id) from account where code like '351%'").fetchall()
        )


def ids(office: Office, table: str) -> int:
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute(f"select max(id) from {table}").fetchone()
    assert found is not None
    return int(found[0])


def attempt(office: Office, statement: str, role: str = SPENDING_ROLE) -> None:
    with role_connection(office, role) as connection:
        connection.execute(statement)
        connection.commit()


def refused(office: Office, statement: str, role: str = SPENDING_ROLE, match: str | None = None) -> None:
    before = fingerprint(office)
    with pytest.raises(REFUSED, match=match):
        attempt(office, statement, role)
    assert fingerprint(office) == before


def fingerprint(office: Office) -> list[tuple[Any, ...]]:
    with psycopg.connect(office.database_url) as connection:
        return [
            row
            for table in (*TABLES, "transfer", "account", "staff_role")
            for row in connection.execute(
                f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t"
            )
        ]
