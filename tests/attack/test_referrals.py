"""Referrals written past the use cases, by plain SQL as the application's own role."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from tests.attack.roles import application_connection
from tests.office import Office

TWICE = """
insert into referral (case_id, office_id, decision_seq, signed_seq)
select case_id, office_id, decision_seq, signed_seq from referral
"""
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
