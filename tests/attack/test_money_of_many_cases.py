"""Plain SQL against the money of many cases at once: the one look at all of them misses none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from caseflow.domain.ledger import MOVES, Line
from caseflow.persistence.ledger_sql import MONEY_COLUMNS
from tests.attack.roles import application_connection, as_superuser
from tests.attack.test_ledger import BANK, HELD, VALUES
from tests.imported import import_rows, made_up
from tests.office import Office

CASES = 4


@pytest.fixture
def connection(office: Office) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    import_rows(office, made_up(CASES))
    with application_connection(office) as connected:
        yield connected
        connected.rollback()


def paid_into(cases: str, told: str) -> bytes:
    """Take 100 fen for each of the first ``cases`` and tell the first ``told`` of them, in one statement."""
    values = VALUES | {"key": "'many' || k.id", "case_id": "k.id"}
    return (
        f"with moved as (update cases set collected_fen = collected_fen + 100, held_fen = held_fen + 100 "
        f"where id <= {told}) insert into transfer ({', '.join(values)}) select {', '.join(values.values())} "
        f"from cases k, account d, account c where d.code = '{BANK}' and c.code = '{HELD}' and k.id <= {cases}"
    ).encode()


def test_many_cases_go_in_with_their_money(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    assert connection.execute(paid_into("3", "3")).rowcount == CASES - 1


def test_one_case_without_its_money_is_found_among_many(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="sum of its transfers") as refusal:
        connection.execute(paid_into("3", "2"))
    assert refusal.value.diag.constraint_name == "cases_money_is_its_transfers"


def test_one_case_born_with_money_is_found_among_many(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    columns = "office_id, regime, definition_hash, party_id, owner_id, state, phase, waiting_for, version, opened_on"
    born = (
        f"insert into cases ({columns}, last_step_on, number, number_zh, idempotency_key, held_fen) select {columns}, "
        "last_step_on, 'N-' || id, 'N-' || id, 'n' || id, case when id = 2 then 100 else 0 end from cases"
    ).encode()
    with pytest.raises(psycopg.errors.CheckViolation, match="N-2 is not the sum of its transfers"):
        connection.execute(born)


def test_the_many_are_summed_as_the_one(office: Office) -> None:
    """Every lawful move of income and its reversal, each of another sum: no figure of a case may differ unseen."""
    import_rows(office, made_up(1))
    figures = ", ".join(MONEY_COLUMNS)
    with psycopg.connect(as_superuser(office.database_url)) as owner:
        owner.execute("set session_replication_role = replica")
        owner.execute("alter table cases drop constraint ck_cases_no_part_below_zero")
        owner.execute("alter table cases drop constraint ck_cases_money_is_possible")
        for place, (_, operation, debit, credit) in enumerate(sorted(one for one in MOVES if one[0] is Line.INCOME)):
            for reverses, sides, fen in (("null", (debit, credit), 1 << place), ("1", (credit, debit), 3 << place)):
                values = VALUES | {
                    "key": f"'sum-{place}-{reverses}'", "case_id": "1", "operation": f"'{operation}'",
                    "amount_fen": str(fen), "reverses_id": f"{place + 1}" if reverses == "1" else "null",
                    "actor_id": "1",
                }  # fmt: skip
                added = owner.execute(
                    f"insert into transfer ({', '.join(values)}) select {', '.join(values.values())} "
                    f"from account d, account c where d.kind = '{sides[0]}' and c.kind = '{sides[1]}' "
                    "and d.line = 'income' and c.line = 'income' order by d.id, c.id limit 1".encode()
                )
                assert added.rowcount == 1
                owner.execute(f"update cases set ({figures}) = (select {figures} from case_money(1))".encode())
                assert odd(owner) == []
        for name in MONEY_COLUMNS:
            owner.execute(f"update cases set {name} = {name} + 1".encode())
            assert odd(owner) == [1]
            owner.execute(f"update cases set {name} = {name} - 1".encode())
        owner.execute("update cases set office_id = office_id + 1")
        assert odd(owner) == [1]
        owner.rollback()


def odd(connection: psycopg.Connection[tuple[Any, ...]]) -> list[int]:
    found = connection.execute("select cases_at_odds(array[1::bigint], array[(select min(id) from office)])")
    return [case_id for (case_id,) in found]
