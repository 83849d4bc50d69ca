"""Referrals written past the use cases, by plain SQL as the application's own role."""

from __future__ import annotations

import io
import uuid
from datetime import date

import psycopg
import pytest

from caseflow.domain.case_files import Purpose
from caseflow.services.case_files import AddFile
from tests.attack.roles import application_connection
from tests.office import Office

TWICE = """
insert into referral (case_id, office_id, decision_seq, signed_seq)
select case_id, office_id, decision_seq, signed_seq from referral
"""
CHOOSE = "insert into referral_evidence (case_id, file_id, chosen_by) values (%(case)s, %(file)s, %(staff)s)"
BUNDLE = """
insert into referral_bundle (case_id, referral_id, tagmanifest_sha256, made_by)
select r.case_id, r.id, %(hash)s, %(staff)s from referral r
"""


def filed(office: Office) -> None:
    office.walk("two_illegal_hearing_court", until="apply_to_court")


def test_a_decision_cannot_be_before_a_court_twice(office: Office) -> None:
    filed(office)
    with application_connection(office) as connection, pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(TWICE)


@pytest.mark.parametrize(
    "attack",
    [
        "update referral set filed_on = filed_on - 30",
        "update referral set court = 'Another court'",
        "update referral set filed_seq = null, filed_on = null, court = null",
        "update referral set signed_seq = decision_seq + 1",
        "update referral set decision_no = 'another'",
        "update referral set case_id = case_id + 1",
        "delete from referral",
        "truncate referral",
    ],
)
def test_what_was_written_of_a_referral_stays(office: Office, attack: str) -> None:
    filed(office)
    with application_connection(office) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(attack)
    with (
        psycopg.connect(office.database_url) as connection,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported)),
    ):
        connection.execute(attack)


def test_a_withdrawal_is_a_step_of_the_case_and_is_not_taken_back(office: Office) -> None:
    filed(office)
    with application_connection(office) as connection, pytest.raises(psycopg.errors.CheckViolation, match="in_order"):
        connection.execute("update referral set withdrawn_seq = filed_seq")
    with application_connection(office) as connection, pytest.raises(psycopg.errors.ForeignKeyViolation):
        connection.execute("update referral set withdrawn_seq = 999999")
    office.time.day = date(2023, 12, 20)
    answers = {"withdrawn_on": "2023-12-20", "outcome_reasons": "A sheet was missing."}
    office.advance(1, "withdraw_application", answers, actor="liaison")
    for attack in ("null", "filed_seq + 2"):
        with application_connection(office) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"update referral set withdrawn_seq = {attack}")


def test_a_bundle_is_of_its_own_case_and_stays(office: Office) -> None:
    filed(office)
    staff = office.actors["liaison"].id
    with application_connection(office) as connection:
        connection.execute(BUNDLE, {"hash": bytes(32), "staff": staff})
    with application_connection(office) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(BUNDLE, {"hash": bytes(31), "staff": staff})
    with application_connection(office) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("update referral_bundle set tagmanifest_sha256 = sha256('x')")
    with psycopg.connect(office.database_url) as connection:
        for attack in ("update referral_bundle set made_by = made_by", "delete from referral_bundle"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(attack)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="somebody of its office"):
            connection.execute(BUNDLE, {"hash": bytes(32), "staff": 0})


def test_evidence_for_the_court_is_a_file_of_the_case_and_is_only_taken_back(office: Office) -> None:
    other = office.open()
    case_id = office.walk("two_illegal_hearing_court", until="sign_court_application")
    officer = office.actors["officer"]
    asked = AddFile(case_id, Purpose.EVIDENCE, "Meter", None, "note.txt", io.BytesIO(b"7"), str(uuid.uuid4()))
    file_id = office.application.case_files.add(officer, asked)
    chosen = {"case": case_id, "file": file_id, "staff": officer.id}
    with application_connection(office) as connection:
        connection.execute(CHOOSE, chosen)
    with application_connection(office) as connection, pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(CHOOSE, chosen)
    with (
        application_connection(office) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="of the case"),
    ):
        connection.execute(CHOOSE, {**chosen, "case": other})
    for attack in (
        "delete from referral_evidence",
        "truncate referral_evidence",
        "update referral_evidence set file_id = file_id + 1",
        "update referral_evidence set dropped_at = null, dropped_by = null",
    ):
        with application_connection(office) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(attack)
    with application_connection(office) as connection:
        connection.execute("update referral_evidence set dropped_at = now(), dropped_by = chosen_by")
    with application_connection(office) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("update referral_evidence set dropped_at = now()")
    office.application.case_files.withdraw(officer, case_id, file_id, "By mistake.")
    with application_connection(office) as connection, pytest.raises(psycopg.errors.CheckViolation, match="withdrawn"):
        connection.execute(CHOOSE, chosen)
