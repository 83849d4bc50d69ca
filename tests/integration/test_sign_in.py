"""Sessions that the server ends, second factors that are used once, guessing that is slowed down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pyotp
import pytest
from argon2 import PasswordHasher

from caseflow.services.ports.sessions import Ended, Stage
from caseflow.services.recovery_codes import NAME as RECOVERY
from caseflow.services.staff_access import (
    EnrolmentWanted,
    SecondFactorWanted,
    SignedInNow,
    SignInRefused,
    Visit,
)
from caseflow.services.totp import NAME as TOTP
from caseflow.services.totp import CodeRefused, LastFactorStays
from tests.office import Office

PASSWORD = "correct horse battery"
HERE = Visit("192.0.2.7", "Firefox, Linux")
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def signed(office: Office) -> Office:
    office.application.passwords.hasher = CHEAP
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update staff set password_hash = %s", (CHEAP.hash(PASSWORD),))
        connection.commit()
    return office


@pytest.fixture
def training(signed: Office) -> Office:
    signed.application.installation.stamp("training")
    return signed


def asked(office: Office, sql: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute(sql, values)
        rows = found.fetchall() if found.description else []
        connection.commit()
    return rows


def signed_in(office: Office, login: str = "officer") -> SignedInNow:
    step = office.application.staff.sign_in(login, PASSWORD, HERE)
    assert isinstance(step, SignedInNow)
    return step


def with_app(office: Office, login: str = "officer") -> str:
    own, actor = office.application.own_sign_in, office.actors[login]
    own.totp.offer(actor)
    offer = own.totp.offered(actor)
    assert offer is not None
    secret = offer.secret.replace(" ", "")
    own.totp.enrol(actor, pyotp.TOTP(secret).at(datetime.now(UTC) - timedelta(seconds=30)), None)
    return secret


def halfway(office: Office) -> SecondFactorWanted:
    step = office.application.staff.sign_in("officer", PASSWORD, HERE)
    assert isinstance(step, SecondFactorWanted)
    return step


def test_each_sign_in_has_a_token_of_its_own_of_which_only_a_hash_is_kept(training: Office) -> None:
    first, second = signed_in(training), signed_in(training)
    assert first.token != second.token
    assert len(first.token) >= 43
    for one in (first, second):
        known = training.application.staff.at_work(one.token)
        assert known is not None
        assert known.member.actor.login == "officer"
        assert (known.session.methods, known.session.browser) == (("password",), "Firefox, Linux")
    kept = str(asked(training, "select * from staff_session"))
    assert first.token not in kept
    assert second.token not in kept


def test_a_session_that_ended_stays_ended(training: Office) -> None:
    staff, one, other = training.application.staff, signed_in(training), signed_in(training)
    staff.sign_out(one.actor, one.session.id)
    assert staff.at_work(one.token) is None
    assert staff.at_work(other.token) is not None
    assert training.application.own_sign_in.sessions.end(one.actor, one.session.id) is False
    [(why,)] = asked(training, "select ended_why from staff_session where id = %s", one.session.id)
    assert why == "signed_out"


def test_nobody_ends_the_session_of_somebody_else(training: Office) -> None:
    mine, theirs = signed_in(training), signed_in(training, "cashier")
    assert training.application.own_sign_in.sessions.end(mine.actor, theirs.session.id) is False
    assert training.application.staff.at_work(theirs.token) is not None


def test_who_leaves_is_out_whether_or_not_their_sessions_were_ended(training: Office) -> None:
    one, other = signed_in(training), signed_in(training, "cashier")
    asked(training, "update staff set active = false where login = 'cashier'")
    assert training.application.staff.at_work(other.token) is None
    with training.application.store.begin() as work:
        event = training.application.staff._event(one.actor, "left")
        ended = work.sessions.end_all(one.actor.id, datetime.now(UTC), Ended.LEFT, event)
        work.commit()
    assert ended == 1
    assert training.application.staff.at_work(one.token) is None


def test_a_session_is_over_after_its_hours_however_busy(training: Office) -> None:
    one = signed_in(training)
    assert training.application.staff.at_work(one.token, timedelta(hours=12)) is not None
    assert training.application.staff.at_work(one.token, timedelta(0)) is None


def test_an_old_hash_is_made_anew_at_sign_in(training: Office) -> None:
    [(before,)] = asked(training, "select password_hash from staff where login = 'officer'")
    signed_in(training)
    assert asked(training, "select password_hash from staff where login = 'officer'") == [(before,)]
    training.application.passwords.hasher = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    signed_in(training)
    [(after,)] = asked(training, "select password_hash from staff where login = 'officer'")
    assert "m=16,t=2" in str(after)
    signed_in(training)


def test_a_production_database_lets_nobody_in_by_password_alone(signed: Office) -> None:
    staff = signed.application.staff
    for stamp in (None, "production"):
        if stamp is not None:
            signed.application.installation.stamp(stamp)
        step = staff.sign_in("officer", PASSWORD, HERE)
        assert isinstance(step, EnrolmentWanted)
        assert staff.at_work(step.token) is None
        with pytest.raises(SignInRefused):
            staff.go_on_after_enrolment(step.token, TOTP, HERE)
        with pytest.raises(SignInRefused):
            staff.second_factor(step.token, TOTP, {"code": "000000"}, {}, HERE)
    with_app(signed)
    # Setting the app up ended what was half-way elsewhere.
    with pytest.raises(SignInRefused):
        staff.go_on_after_enrolment(step.token, TOTP, HERE)
    assert isinstance(staff.sign_in("officer", PASSWORD, HERE), SecondFactorWanted)


def test_a_half_way_sign_in_opens_nothing_and_goes_on_once(training: Office) -> None:
    secret, staff = with_app(training), training.application.staff
    half = halfway(training)
    assert half.methods == (TOTP,)
    assert staff.at_work(half.token) is None
    done = staff.second_factor(half.token, TOTP, {"code": pyotp.TOTP(secret).now()}, {}, HERE)
    assert done.token != half.token
    known = staff.at_work(done.token)
    assert known is not None
    assert known.session.methods == ("password", "totp")
    assert staff.half_way(half.token, Stage.SECOND_FACTOR) is None


def test_a_half_way_sign_in_is_over_after_ten_minutes(training: Office) -> None:
    secret, half = with_app(training), halfway(training)
    # Moved as only the owner of the table could, with its guard away.
    asked(
        training,
        "alter table staff_session disable trigger session_only_ends; "
        "update staff_session set created_at = created_at - interval '11 minutes'; "
        "alter table staff_session enable trigger session_only_ends",
    )
    with pytest.raises(SignInRefused):
        training.application.staff.second_factor(half.token, TOTP, {"code": pyotp.TOTP(secret).now()}, {}, HERE)


def test_a_code_is_good_once_also_with_spaces_and_in_full_width(training: Office) -> None:
    secret, staff = with_app(training), training.application.staff
    code = pyotp.TOTP(secret).now()
    halves = [halfway(training) for _ in range(4)]
    spaced = f" {code[:3]} {code[3:]} "
    wide = "".join(chr(ord(one) + 0xFEE0) for one in code)
    staff.second_factor(halves[0].token, TOTP, {"code": spaced}, {}, HERE)
    for half, again in zip(halves[1:], (code, spaced, wide), strict=True):
        with pytest.raises(SignInRefused):
            staff.second_factor(half.token, TOTP, {"code": again}, {}, HERE)


def test_one_step_of_drift_is_forgiven_and_two_are_not(training: Office) -> None:
    secret, staff, now = with_app(training), training.application.staff, datetime.now(UTC)
    for seconds in (-90, 90):
        code, half = pyotp.TOTP(secret).at(now + timedelta(seconds=seconds)), halfway(training)
        with pytest.raises(SignInRefused):
            staff.second_factor(half.token, TOTP, {"code": code}, {}, HERE)
    ahead = pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30))
    staff.second_factor(halfway(training).token, TOTP, {"code": ahead}, {}, HERE)


def test_of_the_same_code_sent_fifty_times_at_once_one_is_taken(training: Office) -> None:
    secret, staff = with_app(training), training.application.staff
    code, halves = pyotp.TOTP(secret).now(), [halfway(training) for _ in range(5)]

    def send(half: SecondFactorWanted) -> bool:
        try:
            staff.second_factor(half.token, TOTP, {"code": code}, {}, HERE)
        except SignInRefused:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        taken = list(pool.map(send, halves * 10))
    assert taken.count(True) == 1


def test_guessing_codes_makes_one_wait(training: Office) -> None:
    secret, staff = with_app(training), training.application.staff
    half = halfway(training)
    for _ in range(5):
        with pytest.raises(SignInRefused) as refused:
            staff.second_factor(half.token, TOTP, {"code": "000000"}, {}, HERE)
        assert refused.value.until is None
    with pytest.raises(SignInRefused) as refused:
        staff.second_factor(half.token, TOTP, {"code": pyotp.TOTP(secret).now()}, {}, HERE)
    assert refused.value.until is not None


def test_a_secret_is_of_no_use_before_a_first_code_and_lies_sealed(training: Office) -> None:
    own, actor = training.application.own_sign_in, training.actors["officer"]
    own.totp.offer(actor)
    offer = own.totp.offered(actor)
    assert offer is not None
    with pytest.raises(CodeRefused):
        own.totp.enrol(actor, "000000", None)
    signed_in(training)
    secret = offer.secret.replace(" ", "")
    assert secret.encode() not in str(asked(training, "select * from staff_totp")).encode()
    assert f"secret={secret}" in offer.uri
    assert own.totp.offered(training.actors["cashier"]) is None


def test_the_only_factor_stays_in_production(signed: Office) -> None:
    signed.application.installation.stamp("production")
    with_app(signed)
    with pytest.raises(LastFactorStays):
        signed.application.own_sign_in.totp.remove(signed.actors["officer"], 0, others_suffice=False)
    signed.application.own_sign_in.totp.remove(signed.actors["officer"], 0, others_suffice=True)
    assert isinstance(signed.application.staff.sign_in("officer", PASSWORD, HERE), EnrolmentWanted)


def test_a_recovery_code_signs_in_once_and_new_codes_end_old_ones(training: Office) -> None:
    with_app(training)
    own, staff, actor = training.application.own_sign_in, training.application.staff, training.actors["officer"]
    codes = own.recovery.make(actor)
    assert len(set(codes)) == 10
    done = staff.second_factor(halfway(training).token, RECOVERY, {"code": f" {codes[0].lower()} "}, {}, HERE)
    assert done.session.methods == ("password", "recovery")
    assert own.recovery.left(actor) == 9
    half = halfway(training)
    with pytest.raises(SignInRefused):
        staff.second_factor(half.token, RECOVERY, {"code": codes[0]}, {}, HERE)
    fresh = own.recovery.make(actor)
    with pytest.raises(SignInRefused):
        staff.second_factor(half.token, RECOVERY, {"code": codes[1]}, {}, HERE)
    staff.second_factor(halfway(training).token, RECOVERY, {"code": fresh[0].replace("-", "")}, {}, HERE)
    kept = str(asked(training, "select * from staff_recovery_code")).upper()
    assert not any(code.replace("-", "") in kept or code in kept for code in (*codes, *fresh))


def test_recovery_codes_alone_are_no_second_factor(training: Office) -> None:
    training.application.own_sign_in.recovery.make(training.actors["officer"])
    signed_in(training)


def test_a_confirmation_by_password_or_code_makes_the_session_fresh(training: Office) -> None:
    secret, staff = with_app(training), training.application.staff
    app = pyotp.TOTP(secret)
    done = staff.second_factor(halfway(training).token, TOTP, {"code": app.now()}, {}, HERE)
    for method, given in (
        ("password", {"password": PASSWORD}),
        (TOTP, {"code": app.at(datetime.now(UTC) + timedelta(seconds=30))}),
    ):
        known = staff.at_work(done.token)
        assert known is not None
        staff.confirm(done.actor, done.session.id, method, given, {})
        fresh = staff.at_work(done.token)
        assert fresh is not None
        assert fresh.session.confirmed_at > known.session.confirmed_at
    for method, given in (("password", {"password": "wrong"}), (TOTP, {"code": "000000"}), ("unknown", {})):
        with pytest.raises(SignInRefused):
            staff.confirm(done.actor, done.session.id, method, given, {})


@pytest.mark.parametrize("login", ["officer", "nobody at all"])
def test_an_unknown_login_is_answered_as_a_known_one(training: Office, login: str) -> None:
    answers = []
    for _ in range(6):
        with pytest.raises(SignInRefused) as refused:
            training.application.staff.sign_in(login, "wrong", HERE)
        answers.append(refused.value.until is None)
    assert answers == [True] * 5 + [False]


def test_the_owner_of_a_login_waits_briefly_while_strangers_guess_at_it(training: Office) -> None:
    staff = training.application.staff
    for number in range(60):
        with pytest.raises(SignInRefused):
            staff.sign_in("officer", "wrong", Visit(f"198.51.100.{number}"))
    with pytest.raises(SignInRefused) as refused:
        staff.sign_in("officer", PASSWORD, HERE)
    assert refused.value.until is not None
    assert refused.value.until - datetime.now(UTC) <= timedelta(seconds=30)


def test_an_address_that_guesses_at_many_logins_waits(training: Office) -> None:
    staff = training.application.staff
    for number in range(40):
        with pytest.raises(SignInRefused) as refused:
            staff.sign_in(f"somebody{number}", "wrong", HERE)
        assert refused.value.until is None
    with pytest.raises(SignInRefused) as refused:
        staff.sign_in("officer", PASSWORD, HERE)
    assert refused.value.until is not None
    assert isinstance(staff.sign_in("officer", PASSWORD, Visit("203.0.113.9")), SignedInNow)


def test_signing_in_oneself_does_not_buy_an_address_more_guesses(training: Office) -> None:
    staff = training.application.staff
    for number in range(39):
        with pytest.raises(SignInRefused):
            staff.sign_in(f"somebody{number}", "wrong", HERE)
    signed_in(training)
    with pytest.raises(SignInRefused) as refused:
        staff.sign_in("another", "wrong", HERE)
    assert refused.value.until is None
    with pytest.raises(SignInRefused) as refused:
        staff.sign_in("another1", "wrong", HERE)
    assert refused.value.until is not None


def test_what_is_recorded_tells_who_and_what_and_no_secret(training: Office) -> None:
    secret, staff = with_app(training), training.application.staff
    code = pyotp.TOTP(secret).now()
    done = staff.second_factor(halfway(training).token, TOTP, {"code": code}, {}, HERE)
    for login in ("officer", "my password typed as login"):
        with pytest.raises(SignInRefused):
            staff.sign_in(login, "wrong", HERE)
    staff.sign_out(done.actor, done.session.id)
    rows = asked(training, "select action, actor_id, body from audit_event where key like 'sign_in:%%' order by id")
    mine = done.actor.id
    assert [(row[0], row[1]) for row in rows] == [
        ("second_factor_wanted", mine),
        ("sign_in_completed", mine),
        ("signed_in", mine),
        ("refused", mine),
        ("refused", None),
        ("signed_out", mine),
    ]
    told = str(rows)
    assert not any(one in told for one in (code, secret, done.token, "my password typed", PASSWORD))
