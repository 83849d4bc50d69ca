"""Plain SQL against the record, as the application's own role: the database itself must refuse."""

from __future__ import annotations

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.domain.audit import AuditEvent
from tests.attack.roles import application_connection
from tests.office import CHECKED, Office
from tests.parties import UNNAMED

COPY_STEP = """
insert into step (case_id, seq, trigger, from_state, to_state, actor_id, role, effective_on, business_date,
                  idempotency_key, request_hash)
select case_id, {seq}, trigger, from_state, to_state, actor_id, role, {effective_on}, business_date,
       'copy' || seq, request_hash from step
"""


@pytest.fixture
def attacked(office: Office) -> Office:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    with office.application.store.begin() as work:
        work.installation.stamp("training", _event())
        work.commit()
    return office


def _event() -> AuditEvent:
    return bootstrap.setup_event("stamp")


@pytest.mark.parametrize("table", ["step", "case_document", "audit_event", "workflow_definition"])
@pytest.mark.parametrize("attack", ["update {0} set {1} = {1}", "delete from {0}", "truncate {0} cascade"])
def test_the_record_only_grows(attacked: Office, table: str, attack: str) -> None:
    column = {"step": "trigger", "case_document": "kind", "audit_event": "action", "workflow_definition": "regime"}
    refused(attacked, attack.format(table, column[table]))


@pytest.mark.parametrize(
    "attack",
    [
        "delete from cases",
        "truncate cases cascade",
        "update cases set number = 'X'",
        "update cases set opened_on = opened_on - 1",
        "update cases set regime = 'water_abstraction_fine'",
        "update cases set state = 'archived'",
        "update cases set state = 'archived', version = version + 1",
        "update cases set version = version - 1",
        "update cases set version = version + 2",
        "update cases set version = version + 1, last_step_on = last_step_on - 1",
        "update cases set phase = 'closed'",
        "update cases set closed_on = current_date",
        "update cases set collected_fen = -1",
        "update cases set refunded_fen = 1",
        "update cases set written_off_fen = 1",
        "update cases set second_officer_id = owner_id",
        "update cases set phase = 'prison'",
        "update clock set status = 'forgotten'",
        "update clock set closed_on = current_date where status = 'open'",
        (
            "insert into clock (case_id, rule_id, binds, status, started_seq, trigger_on, due_on, provisional, record) "
            "select case_id, rule_id, binds, status, started_seq, trigger_on, due_on, provisional, record from clock "
            "where status = 'open'"
        ),
        f"insert into party (office_id, kind, name_sealed, name_index) select id, 'patient', {UNNAMED} from office",
        "update installation set kind = 'production'",
        "delete from installation",
        "insert into installation (id, kind) values (2, 'production')",
        "insert into staff_role select id, 'king' from staff",
        COPY_STEP.format(seq="seq", effective_on="effective_on"),
        COPY_STEP.format(seq="seq + 100", effective_on="business_date + 1"),
    ],
)
def test_what_the_database_refuses(attacked: Office, attack: str) -> None:
    refused(attacked, attack)


def test_a_production_database_runs_at_the_real_date(office: Office) -> None:
    with office.application.store.begin() as work:
        work.installation.stamp("production", _event())
        work.commit()
    refused(office, "update installation set date_shift_days = -3650")


def refused(office: Office, attack: str) -> None:
    before = fingerprint(office)
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError)):
        committed(office, attack)
    assert fingerprint(office) == before


def committed(office: Office, attack: str) -> None:
    with application_connection(office) as connection:
        connection.execute(attack)
        connection.commit()


def fingerprint(office: Office) -> list[tuple[object, ...]]:
    tables = ("cases", "step", "clock", "case_document", "audit_event", "party", "installation", "staff_role")
    with psycopg.connect(office.database_url) as connection:
        return [
            row
            for table in tables
            for row in connection.execute(
                f"select '{table}', count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t"
            )
        ]
