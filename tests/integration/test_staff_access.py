"""Sign-in, locks and the stamp of the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.services.installation import DateRefused
from caseflow.services.staff_access import SignedInNow, SignInRefused
from tests.office import Office


@pytest.fixture
def signed(office: Office) -> Office:
    office.application.installation.stamp("training")
    password_hash = office.application.passwords.hash("correct horse")
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update staff set password_hash = %s", (password_hash,))
        connection.commit()
    return office


def test_the_right_password_signs_in_whatever_the_case_of_the_login(signed: Office) -> None:
    step = signed.application.staff.sign_in(" Officer ", "correct horse")
    assert isinstance(step, SignedInNow)
    assert step.actor.login == "officer"


@pytest.mark.parametrize(("login", "password"), [("officer", "wrong"), ("nobody", "correct horse"), ("", "")])
def test_a_refusal_does_not_tell_which_part_was_wrong(signed: Office, login: str, password: str) -> None:
    with pytest.raises(SignInRefused):
        signed.application.staff.sign_in(login, password)


def test_after_five_failures_one_waits_and_then_the_right_password_is_taken(signed: Office) -> None:
    staff = signed.application.staff
    for _ in range(5):
        with pytest.raises(SignInRefused) as refused:
            staff.sign_in("officer", "wrong")
        assert refused.value.until is None
    with pytest.raises(SignInRefused) as waiting:
        staff.sign_in("officer", "correct horse")
    assert waiting.value.until is not None
    assert timedelta(seconds=20) < waiting.value.until - datetime.now(UTC) <= timedelta(seconds=30)
    assert staff.sign_in("officer2", "correct horse").actor.login == "officer2"
    with psycopg.connect(signed.database_url) as connection:
        connection.execute("update attempt_limit set wait_until = now() - interval '1 second'")
        connection.commit()
    assert staff.sign_in("officer", "correct horse").actor.login == "officer"
    with psycopg.connect(signed.database_url) as connection:
        counts = connection.execute(
            "select action, count(*) from audit_event where action in ('signed_in', 'refused') group by 1 order by 1"
        ).fetchall()
    # The one that was told to wait was not looked at.
    assert counts == [("refused", 5), ("signed_in", 2)]


def test_a_leaver_is_out_at_once(signed: Office) -> None:
    officer = signed.actors["officer"]
    assert signed.application.staff.signed_in(officer.id) == officer
    with psycopg.connect(signed.database_url) as connection:
        connection.execute("update staff set active = false where login = 'officer'")
        connection.commit()
    assert signed.application.staff.signed_in(officer.id) is None
    with pytest.raises(SignInRefused):
        signed.application.staff.sign_in("officer", "correct horse")


def test_colleagues_are_the_other_officers(signed: Office) -> None:
    assert [one.login for one in signed.application.staff.colleagues(signed.actors["officer"])] == ["officer2"]


def test_the_language_is_kept(signed: Office) -> None:
    signed.application.staff.choose_locale(signed.actors["officer"], "en")
    actor = signed.application.staff.signed_in(signed.actors["officer"].id)
    assert actor is not None
    assert actor.locale == "en"


def test_a_training_database_moves_its_date_forward_only_past_its_newest_step(office: Office) -> None:
    assert office.application.installation.stamp("training").kind == "training"
    assert office.application.installation.stamp("production").kind == "training"
    office.open()
    assert office.application.installation.move_date(date(2026, 3, 2)) == date(2026, 3, 2)
    with pytest.raises(DateRefused) as refusal:
        office.application.installation.move_date(date(2026, 3, 1))
    assert "2026-03-02" in refusal.value.words.zh
    moved = bootstrap.build_application(office.database_url)
    assert moved.time.today() in (date(2026, 3, 2), date(2026, 3, 3))
    moved.close()


def test_a_production_database_never_moves_its_date(office: Office) -> None:
    office.application.installation.stamp("production")
    with pytest.raises(DateRefused):
        office.application.installation.move_date(date(2011, 3, 1))
