"""Plain SQL as the application's own roles: nothing of another office is read, changed or inserted, in any table."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from caseflow import bootstrap
from caseflow.config import APPLICATION_ROLE, AUDITOR_ROLE, SPENDING_ROLE
from caseflow.domain.case_files import Purpose
from caseflow.persistence.row_security import WITHOUT_POLICY, tables_without_policy
from caseflow.services.case_files import AddFile
from tests.attack.roles import role_connection
from tests.casebook import remitted
from tests.cashier import opened, pays, served
from tests.expenditure import prepared
from tests.office import Office

SCOPED = (
    "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relrowsecurity order by 1"
)
# What has a row in the office below; of the other tables only the policy itself is compared.
AT_LEAST_FILLED = 25


@dataclass
class TwoOffices:
    office: Office
    mine: int
    other: int
    tables: list[str]
    filled: dict[str, int]

    def as_role(self, role: str, scope: int | str | None) -> psycopg.Connection[tuple[Any, ...]]:
        return role_connection(self.office, role, None if scope is None else str(scope))


@pytest.fixture
def two(office: Office) -> TwoOffices:
    """One office that has cases, papers, money and expenditure, and another that has nothing."""
    prepared(office)
    today = office.time.day
    case_id = served(office)
    opened(office)
    pays(office, case_id, "100", "1")
    office.time.day = today
    remitted(office)
    licence = AddFile(case_id, Purpose.EVIDENCE, "The licence", None, "a.txt", io.BytesIO(b"text"), "key")
    office.application.case_files.add(office.actors["officer"], licence)
    with office.application.store.begin() as work:
        other = work.staff.add_office("OTHER", "Other County", "他县", bootstrap.setup_event("other"))
        work.commit()
    with psycopg.connect(office.database_url) as owner:
        tables = [name for (name,) in owner.execute(SCOPED)]
        filled = {name: _count(owner, name) for name in tables}
    return TwoOffices(office, office.actors["officer"].office_id, other, tables, {k: n for k, n in filled.items() if n})


def _count(connection: psycopg.Connection[tuple[Any, ...]], table: str) -> int:
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def test_every_table_has_a_policy_or_a_reason_not_to(office: Office) -> None:
    assert sorted(tables_without_policy(office.application.engine)) == sorted(WITHOUT_POLICY)
    assert all(WITHOUT_POLICY.values())


def test_a_table_of_an_office_without_a_policy_is_found(office: Office) -> None:
    with psycopg.connect(office.database_url) as owner:
        owner.execute("create table forgotten (office_id integer)")
        owner.execute("create table half (office_id integer)")
        owner.execute("create policy p on half using (true)")
    assert {"forgotten", "half"} <= set(tables_without_policy(office.application.engine))


def test_an_office_sees_its_own_and_the_other_sees_nothing(two: TwoOffices) -> None:
    assert len(two.filled) >= AT_LEAST_FILLED
    with two.as_role(AUDITOR_ROLE, two.mine) as mine, two.as_role(AUDITOR_ROLE, two.other) as other:
        for table in two.tables:
            try:
                seen = _count(mine, table)
            except psycopg.errors.InsufficientPrivilege:
                mine.rollback()  # an auditor may not read whole casebooks in any office
                continue
            assert seen == two.filled.get(table, 0), table
            # What happened at no office is in everybody's record.
            general = " where office_id is not null" if table == "audit_event" else ""
            assert other.execute(f"select count(*) from {table}{general}").fetchone() == (0,), table


@pytest.mark.parametrize("role", [APPLICATION_ROLE, SPENDING_ROLE, AUDITOR_ROLE])
@pytest.mark.parametrize("scope", [None, "", "424242"], ids=["unset", "nobody", "no such office"])
def test_without_an_office_nothing_is_seen(two: TwoOffices, role: str, scope: str | None) -> None:
    with two.as_role(role, scope) as connection:
        for table in two.tables:
            allowed = connection.execute("select has_table_privilege(%s, 'select')", (table,)).fetchone()
            if allowed == (True,):
                general = " where office_id is not null" if table == "audit_event" else ""
                assert connection.execute(f"select count(*) from {table}{general}").fetchone() == (0,), table


def test_nothing_of_another_office_is_changed_or_deleted(two: TwoOffices) -> None:
    tried = 0
    with two.as_role(APPLICATION_ROLE, two.other) as connection:
        for table in two.filled:
            columns = connection.execute(
                "select attname from pg_attribute a where attrelid = %s::regclass and attnum > 0 and not attisdropped "
                "and attidentity <> 'a' and attgenerated = '' "
                "and has_column_privilege(attrelid, attnum, 'update')",
                (table,),
            ).fetchall()
            for (column,) in columns:
                changed = connection.execute(f'update {table} set "{column}" = "{column}"').rowcount
                assert changed == 0, (table, column)
                tried += 1
            if connection.execute("select has_table_privilege(%s, 'delete')", (table,)).fetchone() == (True,):
                assert connection.execute(f"delete from {table}").rowcount == 0, table
        connection.rollback()
    assert tried > 60


def test_nothing_is_inserted_for_another_office(two: TwoOffices) -> None:
    by_policy = set()
    with psycopg.connect(two.office.database_url) as owner, two.as_role(APPLICATION_ROLE, two.other) as connection:
        for table in two.filled:
            columns = [
                name
                for (name,) in owner.execute(
                    "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 "
                    "and not attisdropped and attgenerated = '' order by attnum",
                    (table,),
                )
            ]
            listed = ", ".join(f'"{name}"' for name in columns)
            where = " where office_id is not null" if table == "audit_event" else ""
            row = owner.execute(f"select to_jsonb(t) from {table} t{where} limit 1").fetchone()
            assert row is not None
            statement = (
                f"insert into {table} ({listed}) overriding system value "
                f"select {listed} from jsonb_populate_record(null::{table}, %s)"
            )
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError)) as refusal:
                connection.execute(statement, (psycopg.types.json.Jsonb(row[0]),))
            if "row-level security" in str(refusal.value):
                by_policy.add(table)
            connection.rollback()
    # The others are refused by a privilege or by a guard that looks before the policy does.
    assert {"cases", "party", "step", "clock", "transfer", "audit_event"} <= by_policy


def test_rows_are_not_moved_to_another_office(two: TwoOffices) -> None:
    with two.as_role(APPLICATION_ROLE, two.mine) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute("update party set office_id = %s", (two.other,))
        connection.rollback()


def test_no_view_shows_more_than_its_tables(two: TwoOffices) -> None:
    with psycopg.connect(two.office.database_url) as owner:
        loose = owner.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm') "
            "and not coalesce(reloptions, '{}') @> array['security_invoker=true']"
        ).fetchall()
    assert loose == []
