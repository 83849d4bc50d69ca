"""What the database itself refuses: roles that no two persons gave, codes, recusals and steps of one hand."""

from __future__ import annotations

import psycopg
import pytest

from caseflow.domain.access import Role
from tests.attack.roles import application_connection
from tests.office import CHECKED, Office

REFUSED = (psycopg.IntegrityError, psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException)
ADMIN = "(select id from staff where login = 'administrator')"
OFFICER = "(select id from staff where login = 'officer')"
SUPERVISOR = "(select id from staff where login = 'supervisor')"
OFFICE = "(select office_id from staff where login = 'administrator')"
PROPOSED = (
    "insert into role_grant (office_id, staff_id, kind, role, source, proposed_by) values "
    f"({OFFICE}, {OFFICER}, 'role', 'approver', 'proposal', {ADMIN}); "
)
SET_UP = (
    "insert into role_grant (office_id, staff_id, kind, role, source, confirmed_at) values "
    f"({OFFICE}, {OFFICER}, 'role', 'approver', 'set_up', now())"
)
CODE = (
    "insert into enrolment (staff_id, code_hash, issued_by, expires_at) values "
    f"({OFFICER}, sha256('x'), {ADMIN}, now() + interval '1 hour')"
)
GIVE = f"insert into staff_role (staff_id, role) values ({OFFICER}, 'approver')"
BORN = "insert into staff (office_id, login, name_en, name_zh, password_hash) values ({}, 'x', 'X', 'X', '')"


def confirmed_by(whom: str) -> str:
    return f"update role_grant set confirmed_by = {whom}, confirmed_at = now() where source = 'proposal'; "


@pytest.mark.parametrize(
    ("attack", "rule"),
    [
        (GIVE, "staff_role_granted"),
        (f"insert into staff_role (staff_id, role) values ({ADMIN}, 'approver')", "staff_role_granted"),
        (f"update staff_role set role = 'approver' where staff_id = {OFFICER}", "staff_role_granted"),
        (PROPOSED + GIVE, "staff_role_granted"),
        (PROPOSED + confirmed_by(ADMIN), "role_grant_confirmed"),
        (PROPOSED + confirmed_by(OFFICER), "role_grant_confirmed"),
        (PROPOSED + confirmed_by("(select id from staff where login = 'reviewer')"), "role_grant_confirmed"),
        (PROPOSED.replace(f"'proposal', {ADMIN}", f"'proposal', {SUPERVISOR}"), "role_grant_proposed"),
        (PROPOSED.replace(OFFICER, ADMIN), "ck_role_grant_proposed_for_another"),
        (SET_UP, "role_grant_set_up"),
        (f"update staff set created_at = now() where id = {OFFICER}", "staff_stays"),
        (PROPOSED + "update role_grant set role = 'auditor' where source = 'proposal'", None),
        (PROPOSED + "delete from role_grant", None),
        ("truncate role_grant", None),
        (CODE, "enrolment_granted"),
    ],
)
def test_no_role_and_no_code_without_two_persons(office: Office, attack: str, rule: str | None) -> None:
    with application_connection(office) as connection, pytest.raises(REFUSED) as refused:
        connection.execute(attack)
    assert isinstance(refused.value, psycopg.Error)
    if rule is not None:
        assert refused.value.diag.constraint_name == rule


def test_two_persons_give_a_role_and_what_they_decided_stays(office: Office) -> None:
    with application_connection(office) as connection:
        connection.execute(PROPOSED + confirmed_by(SUPERVISOR) + GIVE)
        connection.execute("savepoint given")
        for change in (
            "update role_grant set confirmed_by = null, confirmed_at = null where source = 'proposal'",
            f"update role_grant set refused_by = {ADMIN}, refused_at = now() where source = 'proposal'",
        ):
            with pytest.raises(REFUSED):
                connection.execute(change)
            connection.execute("rollback to given")
        connection.execute(
            "update role_grant set withdrawn_at = now() where source = 'proposal'; "
            f"delete from staff_role where staff_id = {OFFICER} and role = 'approver'"
        )
        with pytest.raises(REFUSED):
            connection.execute(GIVE)


def test_in_production_the_application_sets_nobody_up(office: Office) -> None:
    person = BORN.format(OFFICE)
    role = "insert into staff_role select id, 'approver' from staff where login = 'x'"
    with application_connection(office) as connection:
        connection.execute(f"{person}; {role}")
        connection.rollback()
        connection.execute("insert into installation (id, kind) values (1, 'production')")
        connection.execute(person)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="two persons"):
            connection.execute(role)


def test_whoever_left_comes_back_by_two_persons_only(office: Office) -> None:
    with application_connection(office) as connection:
        connection.execute(f"update staff set active = false where id = {OFFICER}")
        connection.commit()
        for attack in ("active = true", "left_at = null", "active = true, left_at = null"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"update staff set {attack} where id = {OFFICER}")
            connection.rollback()


def step(case_id: int, login: str, role: Role, trigger: str = "any") -> str:
    return (
        "insert into step (case_id, seq, trigger, from_state, to_state, actor_id, role, effective_on, business_date, "
        f"idempotency_key, request_hash) select {case_id}, 99, '{trigger}', 'a', 'b', id, '{role.value}', "
        f"date '2026-03-02', date '2026-03-02', 'forged', 'x' from staff where login = '{login}'"
    )


def test_one_person_does_not_investigate_and_approve_by_plain_sql(office: Office) -> None:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    with application_connection(office) as connection:
        for role in (Role.APPROVER, Role.REVIEWER):
            with pytest.raises(psycopg.errors.CheckViolation) as refused:
                connection.execute(step(case_id, "officer", role))
            assert refused.value.diag.constraint_name == "step_duties_apart"
            connection.rollback()
        connection.execute(step(case_id, "approver", Role.APPROVER))
        connection.rollback()


def test_who_decided_takes_no_money_by_plain_sql(office: Office) -> None:
    case_id = office.open()
    levying = next(one for one in office.application.rulebook.regime("two_illegal").steps.values() if one.levies)
    decided = step(case_id, "approver", Role.APPROVER, levying.name)
    collects = step(case_id, "approver", Role.CASHIER).replace("99", "100").replace("forged", "forged2")
    with application_connection(office) as connection:
        connection.execute(decided)
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            connection.execute(collects)
        assert refused.value.diag.constraint_name == "step_duties_apart"


def test_a_recusal_is_recorded_by_a_supervisor_stays_and_holds(office: Office) -> None:
    case_id = office.open()
    record = (
        "insert into recusal (office_id, case_id, staff_id, ground, reason, recorded_by) "
        f"values ({OFFICE}, {case_id}, {OFFICER}, 'objection', 'A cousin', {{}})"
    )
    with application_connection(office) as connection:
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            connection.execute(record.format(OFFICER))
        assert refused.value.diag.constraint_name == "recusal_recorded"
        connection.rollback()
        # An approver may after their own answer that grants the objection, and there is none.
        with pytest.raises(psycopg.errors.CheckViolation) as not_granted:
            connection.execute(record.format("(select id from staff where login = 'approver')"))
        assert not_granted.value.diag.constraint_name == "recusal_recorded"
        connection.rollback()
        connection.execute(record.format(SUPERVISOR))
        connection.commit()
        for attack in ("delete from recusal", "update recusal set reason = 'none'", "truncate recusal"):
            with pytest.raises(REFUSED):
                connection.execute(attack)
            connection.rollback()
        with pytest.raises(psycopg.errors.CheckViolation) as kept_off:
            connection.execute(step(case_id, "officer", Role.OFFICER))
        assert kept_off.value.diag.constraint_name == "step_recused"
