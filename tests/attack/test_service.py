"""Plain SQL against services and attempts, as the application's own role: the database itself must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from tests.attack.roles import application_connection
from tests.integration.test_service import POST, SERVED, asked
from tests.office import Office

REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError, psycopg.errors.FeatureNotSupported)
SERVICE = (
    "insert into service (case_id, seq, document, method, receiver, served_on, record_no, clocks, recorded_by) "
    "select case_id, {seq}, {document}, {method}, {receiver}, {day}, {number}, {clocks}, {by} from service "
    "where document = 'penalty_decision'"
)
PLAIN = {
    "seq": "seq - 1", "document": "document", "method": "method", "receiver": "receiver", "day": "served_on",
    "number": "record_no", "clocks": "'{}'", "by": "recorded_by",
}  # fmt: skip
ATTEMPT = (
    "insert into service_attempt (case_id, seq, key, document, method, result, attempted_on, hour, attempted_by, note, "
    "recorded_by, recorded_on, recorded_at) select {case}, {seq}, 'other', document, method, result, {day}, {hour}, "
    "{tried}, '', {by}, recorded_on, recorded_at from service_attempt"
)
FITTING = {
    "case": "case_id", "seq": "(select version from cases c where c.id = case_id)", "day": "attempted_on",
    "hour": "hour", "tried": "attempted_by", "by": "recorded_by",
}  # fmt: skip


@pytest.fixture
def served(office: Office) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A case with a failed attempt and a decision served, and a connection as the application has it."""
    case_id = office.walk("two_illegal_paid", until="enter_confiscation")
    office.time.day = date(2024, 2, 23)
    office.application.service.record(office.actors["officer"], asked(office, case_id))
    office.advance(case_id, "serve_decision", {**SERVED, **POST})
    with application_connection(office) as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "update service set served_on = served_on - 1",
        "update service set method = 'direct'",
        "delete from service",
        "truncate service",
        "update service_attempt set result = 'moved'",
        "delete from service_attempt",
        "truncate service_attempt",
        "alter table service disable trigger all",
        "drop trigger fits_its_step on service",
    ],
)
def test_what_was_served_and_tried_stays_as_it_was(served: psycopg.Connection[tuple[Any, ...]], statement: str) -> None:
    with pytest.raises(REFUSED):
        served.execute(statement)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        # Written after its step, however well everything else fits.
        ({"seq": "(select seq from step s where s.case_id = service.case_id and trigger = 'decide')",
          "day": "(select effective_on from step s where s.case_id = service.case_id and trigger = 'decide')",
          "by": "(select actor_id from step s where s.case_id = service.case_id and trigger = 'decide')"},
         "service_with_its_step"),
        ({"seq": "seq"}, "pk_service"),
        ({"seq": "seq + 40"}, "fk_service_step"),
        ({"day": "served_on + 1"}, "service_fits_its_step"),
        ({"by": "recorded_by + 1"}, "service_fits_its_step"),
        ({"receiver": "'neighbour'"}, "ck_service_receiver"),
        ({"number": "''"}, "ck_service_record_no"),
        ({"document": "'Decision!'"}, "ck_service_document"),
    ],
)  # fmt: skip
def test_no_service_is_written_beside_its_step(
    served: psycopg.Connection[tuple[Any, ...]], changes: dict[str, str], constraint: str
) -> None:
    with pytest.raises(psycopg.IntegrityError) as refused:
        served.execute(SERVICE.format(**{**PLAIN, **changes}))
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize(
    ("served_on", "document", "clocks", "constraint"),
    [
        ("2024-02-23", "penalty_decision", "{}", None),
        ("2024-02-22", "penalty_decision", "{}", "service_fits_its_step"),
        ("2024-02-23", "demand_letter", "{}", "service_of_a_document"),
        ("2024-02-23", "penalty_decision", "{cn.acl.demand_10wd}", "clock_from_service"),
        # The clock is there, but it began on another day.
        ("2024-02-23", "penalty_decision", "{cn.apl.decision_90d}", "clock_from_service"),
    ],
)
def test_a_service_in_the_transaction_of_its_step_must_still_fit_it(
    served: psycopg.Connection[tuple[Any, ...]], served_on: str, document: str, clocks: str, constraint: str | None
) -> None:
    """Even whoever writes a whole step of their own can serve only what there is, on its day, with its clocks."""
    step = (
        "with moved as (update cases set version = version + 1 returning id, version), "
        "written as (insert into step (case_id, seq, trigger, from_state, to_state, actor_id, role, effective_on, "
        "business_date, idempotency_key, request_hash) select m.id, m.version, 'x', 'decision_served', "
        "'decision_served', (select min(id) from staff), 'officer', '2024-02-23', '2024-02-23', 'forged', '\\x00' "
        "from moved m), said as (insert into audit_event (key, at, action, case_id, seq, body, leaf) select 'forged', "
        "now(), 'step_taken', m.id, m.version, '{}', sha256('x') from moved m) "
        "insert into service (case_id, seq, document, method, receiver, served_on, record_no, clocks, recorded_by) "
        "select id, version, %s, 'direct', 'party', %s, '1', %s, (select min(id) from staff) from moved"
    )
    act = (step, (document, served_on, clocks))
    if constraint is None:
        served.execute(*act)
        served.rollback()
        return
    with pytest.raises(psycopg.IntegrityError) as refused:
        served.execute(*act)
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({}, None),
        ({"seq": "seq"}, "service_attempt_of_office"),
        ({"case": "case_id + 100"}, "service_attempt_of_office"),
        ({"tried": "99999"}, "service_attempt_of_office"),
        ({"by": "99999"}, "service_attempt_of_office"),
        ({"day": "recorded_on + 1"}, "ck_service_attempt_not_ahead"),
        ({"hour": "24"}, "ck_service_attempt_hour"),
    ],
)
def test_an_attempt_is_of_the_case_as_it_stands_and_of_its_office(
    served: psycopg.Connection[tuple[Any, ...]], changes: dict[str, str], constraint: str | None
) -> None:
    statement = ATTEMPT.format(**{**FITTING, **changes})
    if constraint is None:
        served.execute(statement)
        served.rollback()
        return
    with pytest.raises(psycopg.IntegrityError) as refused:
        served.execute(statement)
    assert refused.value.diag.constraint_name == constraint
