"""Passkeys: what an answer must prove, that it proves it once, and that a copied one is found out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from caseflow.adapters.passkeys import site_of
from caseflow.bootstrap.ways_in import build_passkey_factor
from caseflow.services.passkeys import ANSWERED_WITHIN, PasskeyNotTaken
from caseflow.services.staff_access import SecondFactorWanted, SignedInNow, SignInRefused, Visit
from tests.authenticator import Authenticator
from tests.office import Office, open_office
from tests.site import PASSWORD, password_hash

VISIT = Visit("192.0.2.1", "Chromium")


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[Office]:
    monkeypatch.setenv("CASEFLOW_ADDRESS", "http://localhost:8080")
    built = open_office(database_url)
    yield built
    built.application.close()


def enrolled(office: Office, login: str = "officer", **of: Any) -> Authenticator:
    device, passkeys = Authenticator(**of), office.application.passkeys
    options, kept = passkeys.ask_new(office.actors[login])
    passkeys.register(office.actors[login], "The phone", device.make(options), kept)
    return device


def test_a_passkey_signs_in_by_itself(office: Office) -> None:
    device, passkeys = enrolled(office), office.application.passkeys
    kept = passkeys.begin()
    done = passkeys.sign_in(device.answer(passkeys.options(kept)), kept, VISIT)
    assert done.actor.login == "officer"
    assert done.session.methods == ("passkey",)
    assert office.application.staff.at_work(done.token) is not None
    [kept_passkey] = passkeys.mine(office.actors["officer"])
    assert (kept_passkey.sign_count, kept_passkey.name) == (device.count, "The phone")
    assert kept_passkey.last_used_at is not None


def test_a_passkey_is_a_second_factor_and_confirms(office: Office) -> None:
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update staff set password_hash = %s", (password_hash(),))
    device, staff, passkeys = enrolled(office), office.application.staff, office.application.passkeys
    step = staff.sign_in("officer", PASSWORD, VISIT)
    assert isinstance(step, SecondFactorWanted)
    assert step.methods == ("passkey",)
    kept = staff.begin_factor(step.actor, "passkey")
    done = staff.second_factor(step.token, "passkey", {"passkey": device.answer(passkeys.options(kept))}, kept, VISIT)
    assert isinstance(done, SignedInNow)
    assert done.session.methods == ("password", "passkey")
    again = staff.begin_factor(step.actor, "passkey")
    given = {"passkey": device.answer(passkeys.options(again))}
    staff.confirm(done.actor, done.session.id, "passkey", given, again)
    with pytest.raises(SignInRefused):
        staff.confirm(done.actor, done.session.id, "passkey", given, again)


def test_the_passkey_of_somebody_else_is_no_second_factor(office: Office) -> None:
    enrolled(office)
    stranger, passkeys = enrolled(office, "officer2"), office.application.passkeys
    kept = passkeys.begin()
    given = {"passkey": stranger.answer(passkeys.options(kept))}
    with office.application.store.begin() as work:
        assert not passkeys.factor.finish(work, office.actors["officer"], given, kept)


def test_an_answer_proves_once(office: Office) -> None:
    device, passkeys = enrolled(office, counts=False), office.application.passkeys
    kept = passkeys.begin()
    answer = device.answer(passkeys.options(kept))
    passkeys.sign_in(answer, kept, VISIT)
    with pytest.raises(SignInRefused):
        passkeys.sign_in(answer, kept, VISIT)
    with pytest.raises(SignInRefused):
        passkeys.sign_in(answer, passkeys.begin(), VISIT)
    assert events(office, "passkey_refused") == [{"why": "answered before"}, {"why": "InvalidAuthenticationResponse"}]


@pytest.mark.parametrize(
    "thief",
    [
        {"origin": "http://localhost.example.org:8080"},
        {"origin": "http://localhost:8081"},
        {"origin": "https://localhost:8080"},
        {"rp_id": "example.org"},
        {"verifies": False},
    ],
)
def test_an_answer_to_another_site_or_without_its_holder_is_refused(office: Office, thief: dict[str, Any]) -> None:
    device, passkeys = enrolled(office), office.application.passkeys
    other = Authenticator(**{"count": device.count, "key": device.key, "credential_id": device.credential_id, **thief})
    kept = passkeys.begin()
    with pytest.raises(SignInRefused):
        passkeys.sign_in(other.answer(passkeys.options(kept)), kept, VISIT)
    options, asked = passkeys.ask_new(office.actors["officer2"])
    with pytest.raises(PasskeyNotTaken):
        passkeys.register(office.actors["officer2"], "n", Authenticator(**thief).make(options), asked)
    assert passkeys.mine(office.actors["officer2"]) == []


def test_an_answer_signed_with_another_key_is_refused(office: Office) -> None:
    device, passkeys = enrolled(office), office.application.passkeys
    forged = Authenticator(credential_id=device.credential_id, count=100)
    kept = passkeys.begin()
    with pytest.raises(SignInRefused):
        passkeys.sign_in(forged.answer(passkeys.options(kept)), kept, VISIT)


def test_a_count_that_goes_back_is_refused_and_recorded(office: Office) -> None:
    device, passkeys = enrolled(office), office.application.passkeys
    kept = passkeys.begin()
    passkeys.sign_in(device.answer(passkeys.options(kept)), kept, VISIT)
    device.count -= 1
    kept = passkeys.begin()
    with pytest.raises(SignInRefused):
        passkeys.sign_in(device.answer(passkeys.options(kept)), kept, VISIT)
    [noted] = events(office, "passkey_count_went_back")
    assert (noted["kept"], noted["sent"]) == (2, 2)


def test_a_question_is_open_for_five_minutes(office: Office) -> None:
    device, passkeys = enrolled(office), office.application.passkeys
    kept = passkeys.begin()
    answer = device.answer(passkeys.options(kept))
    late = {**kept, "at": kept["at"] - ANSWERED_WITHIN.total_seconds() - 1}
    for bad in (late, {}, {"challenge": "x"}, {**kept, "at": "soon"}, {**kept, "at": kept["at"] + 3600}):
        with pytest.raises(SignInRefused):
            passkeys.sign_in(answer, bad, VISIT)
    passkeys.sign_in(answer, kept, VISIT)


@pytest.mark.parametrize("answer", ["", "{", "[]", "{}", '{"response": {}}', '{"response": 1}', "x" * 20_000])
def test_what_is_no_answer_is_refused(office: Office, answer: str) -> None:
    enrolled(office)
    passkeys = office.application.passkeys
    with pytest.raises(SignInRefused):
        passkeys.sign_in(answer, passkeys.begin(), VISIT)
    with pytest.raises(PasskeyNotTaken):
        passkeys.register(office.actors["officer"], "n", answer, passkeys.begin())


def test_who_left_or_removed_the_passkey_does_not_come_in(office: Office) -> None:
    device, passkeys, officer = enrolled(office), office.application.passkeys, office.actors["officer"]
    kept = passkeys.begin()
    done = passkeys.sign_in(device.answer(passkeys.options(kept)), kept, VISIT)
    [one] = passkeys.mine(officer)
    assert not passkeys.remove(office.actors["officer2"], one.id)
    assert passkeys.remove(officer, one.id)
    assert office.application.staff.at_work(done.token) is None
    kept = passkeys.begin()
    with pytest.raises(SignInRefused):
        passkeys.sign_in(device.answer(passkeys.options(kept)), kept, VISIT)
    second = enrolled(office)
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update staff set active = false where id = %s", (officer.id,))
    kept = passkeys.begin()
    with pytest.raises(SignInRefused):
        passkeys.sign_in(second.answer(passkeys.options(kept)), kept, VISIT)


def test_a_passkey_is_registered_once_and_ten_at_most(office: Office) -> None:
    device, passkeys, officer = enrolled(office), office.application.passkeys, office.actors["officer"]
    options, kept = passkeys.ask_new(officer)
    with pytest.raises(PasskeyNotTaken, match="registered already"):
        passkeys.register(officer, "Again", device.make(options), kept)
    for _ in range(9):
        enrolled(office)
    with pytest.raises(PasskeyNotTaken, match="You have 10"):
        enrolled(office)


def test_without_an_address_there_are_no_passkeys(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASEFLOW_ADDRESS")
    application = office.application
    passkeys = replace(application.passkeys, factor=build_passkey_factor(office.time))
    assert not passkeys.are_offered
    with pytest.raises(SignInRefused):
        passkeys.sign_in("{}", passkeys.begin(), VISIT)


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://cases.example.org", ("cases.example.org", "https://cases.example.org")),
        ("https://cases.example.org:443/caseflow", ("cases.example.org", "https://cases.example.org")),
        ("https://cases.example.org:8443", ("cases.example.org", "https://cases.example.org:8443")),
        ("http://localhost:8080", ("localhost", "http://localhost:8080")),
        ("http://cases.example.org", None),
        ("http://127.0.0.1:8080", None),
        ("https://192.0.2.1", None),
        ("https://[2001:db8::1]", None),
        (None, None),
    ],
)
def test_the_site_of_an_address(address: str | None, site: tuple[str, str] | None) -> None:
    assert site_of(address) == site


def test_an_hour_later_nothing_is_kept_of_a_challenge(office: Office) -> None:
    device, passkeys = enrolled(office), office.application.passkeys
    kept = passkeys.begin()
    passkeys.sign_in(device.answer(passkeys.options(kept)), kept, VISIT)
    with office.application.store.begin() as work:
        later = office.time.real_now() + timedelta(hours=2)
        work.passkeys.use_up(b"x" * 32, later)
        work.commit()
    with psycopg.connect(office.database_url) as connection:
        assert connection.execute("select count(*) from passkey_challenge").fetchone() == (1,)


def events(office: Office, action: str) -> list[dict[str, Any]]:
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute("select body from audit_event where action = %s order by id", (action,))
        return [body for (body,) in found]
