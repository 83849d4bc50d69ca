"""Whoever has the right password, code or paper never waits for somebody else who has it too, however many at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import psycopg
import pytest
from argon2 import PasswordHasher

from caseflow.adapters.pdf import qr_text
from caseflow.domain.access import Role
from caseflow.domain.grants import NewColleague
from caseflow.domain.receipt_text import read_receipt_text
from caseflow.services.enrolment import Enrol
from caseflow.services.ports.rate_limits import Limit
from caseflow.services.rate_limits import RateLimits, TooManyAttempts, counted
from caseflow.services.staff_access import SignInRefused, Visit
from tests.cashier import opened, pays, served
from tests.office import STAFF, Office
from tests.persons import code_for

PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
AT_ONCE = 8
One = TypeVar("One")
SHARED = Limit("of_this_test", 3, timedelta(seconds=30), timedelta(seconds=30))


def refused_of(office: Office, everybody: Iterable[One], act: Callable[[One], object], rounds: int = 4) -> int:
    """Let everybody act at the same moment, several times over; return how many were told to wait."""
    office.application.passwords.hasher = CHEAP
    people = list(everybody)
    start = Barrier(len(people))

    def one(person: One) -> int:
        waited = 0
        for _ in range(rounds):
            start.wait(30)
            try:
                act(person)
            except (TooManyAttempts, SignInRefused):
                waited += 1
        return waited

    with ThreadPoolExecutor(len(people)) as pool:
        return sum(pool.map(one, people))


def test_nobody_with_the_right_password_waits_for_the_others_of_the_office(office: Office) -> None:
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update staff set password_hash = %s", (CHEAP.hash(PASSWORD),))
    here = Visit("192.0.2.7", "Firefox, Linux")
    logins = list(STAFF)[:AT_ONCE]
    waited = refused_of(office, logins, lambda login: office.application.staff.sign_in(login, PASSWORD, here), 8)
    assert waited == 0


def test_no_person_with_the_right_code_waits_for_another_at_my_case(office: Office) -> None:
    cases = [office.open() for _ in range(AT_ONCE)]
    show = office.application.pages.show
    officer = office.actors["officer"]
    ways = [(show(officer, case_id).header.number, code_for(office, case_id)) for case_id in cases]
    sign_in = office.application.person_access.sign_in
    waited = refused_of(office, ways, lambda way: sign_in(officer.office_id, *way, "192.0.2.7"), 1)
    assert waited == 0


def test_nobody_with_the_right_code_waits_for_the_others_who_enrol(office: Office) -> None:
    grants, by, second = office.application.grants, office.actors["administrator"], office.actors["supervisor"]
    new = NewColleague("one", "New Comer", "新来", (Role.APPROVER,), "", "Joins us", "")
    for number in range(AT_ONCE):
        grants.let_in(by, replace(new, login=f"one{number}", idempotency_key=str(uuid.uuid4())))
    codes = [
        (waiting.grant.login, confirmed.code.text)
        for waiting in grants.waiting(second)
        if (confirmed := grants.confirm(second, waiting.grant.id)).code is not None
    ]
    enrol = office.application.enrolment.enrol
    word = "seven tall ships went by"
    waited = refused_of(office, codes, lambda one: enrol(Enrol(*one, word, word), "192.0.2.7"), 1)
    assert (len(codes), waited) == (AT_ONCE, 0)


def test_nobody_with_a_genuine_receipt_waits_for_the_others_who_check_theirs(office: Office) -> None:
    case_id, lot_id = served(office), opened(office)
    pays(office, case_id, "100", "1")
    paper = office.application.receipt_papers.paper(office.actors["cashier"], lot_id, 1)
    claimed = read_receipt_text(qr_text(replace(paper, check_at="https://cases.example.org/verify")))
    verify = office.application.verification.verify
    assert refused_of(office, [claimed] * AT_ONCE, lambda one: verify(one, "192.0.2.7")) == 0


@pytest.fixture
def limits(office: Office) -> RateLimits:
    return office.application.staff.limits


def test_a_right_attempt_lifts_the_wait_that_only_itself_brought_about(limits: RateLimits) -> None:
    shared = (counted(SHARED, "an address"),)
    first = limits.take(shared=shared)
    limits.take(shared=shared)
    limits.take(shared=shared)
    limits.succeeded(first)
    third = limits.take(shared=shared)
    limits.succeeded(third)
    limits.take(shared=shared)


def test_a_right_attempt_lifts_no_wait_that_wrong_ones_brought_about(limits: RateLimits) -> None:
    shared = (counted(SHARED, "an address"),)
    right = limits.take(shared=shared)
    limits.take(shared=shared)
    limits.take(shared=shared)
    limits.succeeded(right)
    limits.take(shared=shared)
    with pytest.raises(TooManyAttempts):
        limits.take(shared=shared)


def test_guesses_beside_right_attempts_are_counted_to_the_last(limits: RateLimits) -> None:
    shared = (counted(SHARED, "an address"),)
    start = Barrier(10)

    def act(number: int) -> bool:
        start.wait(30)
        for _ in range(5):
            try:
                attempt = limits.take(shared=shared)
            except TooManyAttempts:
                continue
            if number % 2:
                return True
            limits.succeeded(attempt)
        return False

    with ThreadPoolExecutor(10) as pool:
        guessed = list(pool.map(act, range(10))).count(True)
    assert guessed <= SHARED.free
