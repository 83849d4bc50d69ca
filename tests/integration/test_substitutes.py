"""Substitutes on a real database: what is lent comes and goes by the date, and four eyes stay four."""

from __future__ import annotations

import threading
import uuid
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from caseflow.domain.access import Actor, Lent, NotPermitted, Permission, Role
from caseflow.domain.ledger import Line
from caseflow.domain.stepping import StepRefused
from caseflow.domain.substitutions import Standing, SubstituteRefused
from caseflow.services.case_answers import AnswersRefused
from caseflow.services.cases import KeyReused, TakeStep
from caseflow.services.substitutes import Arrange, NoSuchSubstitution
from tests.office import CHECKED, Office

DAY = date(2026, 3, 2)
FILED = {"filed_on": "2026-03-02"}


def asked(
    office: Office, away: str, substitute: str, last: int = 4, *, first: int = 0, key: str | None = None
) -> Arrange:
    people = (office.actors[away].id, office.actors[substitute].id)
    days = (DAY + timedelta(days=first), DAY + timedelta(days=last))
    return Arrange(*people, *days, "Annual leave", key or str(uuid.uuid4()))


def arrange(
    office: Office, away: str, substitute: str, last: int = 4, *, first: int = 0, by: str = "administrator"
) -> int:
    request = asked(office, away, substitute, last, first=first)
    return office.application.substitutes.arrange(office.actors[by], request)


def now(office: Office, login: str) -> Actor:
    """Return somebody as a request of theirs would load them."""
    known = office.application.staff.signed_in(office.actors[login].id)
    assert known is not None
    return known


def step(office: Office, login: str, case_id: int, trigger: str, answers: dict[str, str]) -> None:
    request = TakeStep(case_id, trigger, office.version(case_id), answers, str(uuid.uuid4()))
    office.application.cases.advance(now(office, login), request)


def rows(office: Office, statement: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(office.database_url) as connection:
        return connection.execute(statement.encode(), values or None).fetchall()


def codes(refused: pytest.ExceptionInfo[SubstituteRefused]) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in refused.value.faults]


def test_roles_are_lent_on_their_days_and_gone_the_day_after(office: Office) -> None:
    arrange(office, "approver", "reviewer", first=1, last=3)
    held = {}
    for day in range(5):
        office.time.day = DAY + timedelta(days=day)
        held[day] = now(office, "reviewer").roles
    own, lent = {Role.REVIEWER}, {Role.REVIEWER, Role.APPROVER}
    assert held == {0: own, 1: lent, 2: lent, 3: lent, 4: own}
    office.time.day = DAY + timedelta(days=2)
    known = now(office, "reviewer")
    assert known.stands_in_for == {office.actors["approver"].id}
    assert known.lent == {Lent(Role.APPROVER, office.actors["approver"].id)}
    assert office.application.staff.with_login("reviewer") == known
    assert now(office, "approver").roles == {Role.APPROVER}


def test_ended_at_once_is_gone_at_once_and_ended_with_today_tomorrow(office: Office) -> None:
    substitutes, administrator = office.application.substitutes, office.actors["administrator"]
    first = arrange(office, "approver", "reviewer")
    second = arrange(office, "supervisor", "officer")
    substitutes.end(administrator, first)
    substitutes.end(office.actors["supervisor"], second, from_tomorrow=True)
    assert now(office, "reviewer").roles == {Role.REVIEWER}
    assert Role.SUPERVISOR in now(office, "officer").roles
    with pytest.raises(SubstituteRefused) as refused:
        substitutes.end(administrator, second, from_tomorrow=True)
    assert codes(refused) == [("", "ended")]
    third = arrange(office, "liaison", "officer2")
    substitutes.end(administrator, third, from_tomorrow=True)
    assert Role.LIAISON in now(office, "officer2").roles
    substitutes.end(administrator, third)
    assert Role.LIAISON not in now(office, "officer2").roles, "what ends tomorrow may still be ended today"
    office.time.day = DAY + timedelta(days=1)
    assert now(office, "officer").roles == {Role.OFFICER}
    assert rows(office, "select action, body ->> 'ended_on' from audit_event where action like 'substitute%' "
                "order by id") == [("substitute_arranged", None), ("substitute_arranged", None),
                                   ("substitute_ended", "2026-03-02"), ("substitute_ended", "2026-03-03"),
                                   ("substitute_arranged", None), ("substitute_ended", "2026-03-03"),
                                   ("substitute_ended", "2026-03-02")]  # fmt: skip


def test_who_has_left_lends_nothing(office: Office) -> None:
    arrange(office, "approver", "reviewer")
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update staff set active = false where login = 'approver'")
    assert now(office, "reviewer").roles == {Role.REVIEWER}
    assert not now(office, "reviewer").stands_in_for


def test_a_substitute_approves_what_another_prepared_and_never_what_they_prepared(office: Office) -> None:
    arrange(office, "approver", "officer2")
    arrange(office, "officer", "reviewer")
    own, away = office.open(), office.open()
    step(office, "officer2", own, "check_report", CHECKED)
    with pytest.raises(StepRefused, match="you took"):
        step(office, "officer2", own, "file_case", FILED)
    # The reviewer is lent the officer's role, and prepares what the lent approver then approves.
    step(office, "reviewer", away, "check_report", CHECKED)
    step(office, "officer2", away, "file_case", FILED)
    assert rows(
        office,
        "select a.login, s.role, e.body -> 'standing_in_for' from step s join staff a on a.id = s.actor_id "
        "join audit_event e on e.case_id = s.case_id and e.seq = s.seq where s.case_id in (%s, %s) order by s.case_id, "
        "s.seq",
        own,
        away,
    ) == [
        ("officer", "officer", None),
        ("officer2", "officer", None),
        ("officer", "officer", None),
        ("reviewer", "officer", [office.actors["officer"].id]),
        ("officer2", "approver", [office.actors["approver"].id]),
    ]


def test_a_substitute_steps_in_for_one_officer_and_never_for_both(office: Office) -> None:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "file_case", FILED, actor="approver")
    office.advance(case_id, "name_officers", {"first_card_no": "1", "second_card_no": "2"}, actor="supervisor")

    def closed(login: str) -> set[str]:
        page = office.application.pages.show(now(office, login), case_id)
        offer = next(offer for offer in page.offers if offer.step.name == "inspect")
        return {reason.code for reason in offer.reasons} & {"role", "not_on_case", "one_person"}

    assert closed("liaison") == {"role"}
    arrange(office, "officer", "liaison")
    assert closed("liaison") == set()
    page = office.application.pages.show(now(office, "liaison"), case_id)
    assert [(one.away_en, one.substitute_en) for one in page.stood_in.values()] == [("Officer", "Liaison")]
    arrange(office, "officer2", "liaison")
    assert closed("liaison") == {"one_person"}
    office.time.day = DAY + timedelta(days=10)
    arrange(office, "officer", "officer2", first=10, last=12)
    assert closed("officer2") == {"one_person"}
    office.time.day = DAY + timedelta(days=13)
    assert closed("officer2") == set()


def test_the_desk_shows_the_cases_of_whom_one_stands_in_for(office: Office) -> None:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    arrange(office, "officer", "liaison")
    desk = office.application.desks.my_desk(now(office, "liaison"))
    assert [(row.case.id, row.in_place_of) for group in desk.groups for row in group.rows] == [
        (case_id, (office.actors["officer"].id,))
    ]
    assert [group.count for group in desk.groups] == [1]
    desk = office.application.desks.my_desk(now(office, "officer2"))
    assert [row.in_place_of for group in desk.groups for row in group.rows] == [()]
    office.time.day = DAY + timedelta(days=5)
    assert office.application.desks.my_desk(now(office, "liaison")).is_empty


def test_a_lent_role_opens_no_case_closes_no_month_and_is_named_on_no_case(office: Office) -> None:
    arrange(office, "officer", "liaison")
    arrange(office, "supervisor", "reviewer")
    office.actors |= {login: now(office, login) for login in ("liaison", "reviewer")}
    with pytest.raises(NotPermitted):
        office.open("liaison", second_officer_id=None)
    with pytest.raises(AnswersRefused):
        office.open(second_officer_id=office.actors["liaison"].id)
    with pytest.raises(NotPermitted) as refused:
        office.application.ledger.close_period(office.actors["reviewer"], Line.INCOME, 202601, idempotency_key="k")
    assert refused.value.permission is Permission.CLOSE_PERIOD


def test_only_the_administrator_lends(office: Office) -> None:
    substitutes, officer = office.application.substitutes, office.actors["officer"]
    with pytest.raises(NotPermitted):
        arrange(office, "officer2", "officer", by="officer")
    with pytest.raises(SubstituteRefused) as refused:
        arrange(office, "officer", "reviewer", by="officer")
    assert codes(refused) == [("substitute", "lends")]
    mine = arrange(office, "officer", "officer2", by="officer")
    assert [one.login for one in substitutes.candidates(officer).substitutes] == ["officer2"]
    assert "administrator" not in [one.login for one in substitutes.candidates(office.actors["administrator"]).away]
    with pytest.raises(NotPermitted):
        substitutes.end(office.actors["officer2"], mine)
    with pytest.raises(NoSuchSubstitution):
        substitutes.one(office.actors["approver"], mine)


def test_everything_wrong_is_said_at_its_field(office: Office) -> None:
    nobody = Arrange(None, 10**6, DAY - timedelta(days=1), None, " ", "k")
    with pytest.raises(SubstituteRefused) as refused:
        office.application.substitutes.check(office.actors["administrator"], nobody)
    assert codes(refused) == [
        ("away", "nobody"), ("substitute", "nobody"), ("from_on", "past"), ("until_on", "no_day"), ("reason", "reason"),
    ]  # fmt: skip
    arrange(office, "approver", "officer")
    for away, substitute, found in (
        ("approver", "approver2", [("away", "overlap")]),
        ("liaison", "approver", [("substitute", "chain")]),
        ("officer", "officer2", [("away", "chain")]),
        ("cashier", "officer", [("substitute", "never_lent")]),
        ("payer", "cashier", [("substitute", "apart")]),
    ):
        with pytest.raises(SubstituteRefused) as refused:
            arrange(office, away, substitute)
        assert codes(refused) == found


def test_sent_twice_is_arranged_once(office: Office) -> None:
    substitutes, administrator = office.application.substitutes, office.actors["administrator"]
    request = asked(office, "approver", "reviewer", key="one-key")
    assert substitutes.arrange(administrator, request) == substitutes.arrange(administrator, request)
    with pytest.raises(KeyReused):
        substitutes.arrange(administrator, asked(office, "approver", "reviewer", last=9, key="one-key"))
    assert rows(office, "select count(*) from substitution") == [(1,)]


def test_of_two_who_arrange_at_once_one_is_told(office: Office) -> None:
    substitutes, administrator = office.application.substitutes, office.actors["administrator"]
    together, said = threading.Barrier(4), []

    def run(substitute: str) -> None:
        together.wait()
        try:
            substitutes.arrange(administrator, asked(office, "approver", substitute))
            said.append("arranged")
        except SubstituteRefused as refusal:
            said.append(refusal.faults[0].code)

    threads = [threading.Thread(target=run, args=(login,)) for login in ("reviewer", "officer", "liaison", "officer2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["arranged", "overlap", "overlap", "overlap"]


def test_lists_by_how_it_stands_and_by_key(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caseflow.services.substitutes.PAGE_SIZE", 2)
    substitutes, administrator = office.application.substitutes, office.actors["administrator"]
    made = [
        arrange(office, "officer", "officer2", first=0, last=1),
        arrange(office, "officer", "officer2", first=2, last=3),
        arrange(office, "approver", "reviewer", first=0, last=9),
        arrange(office, "supervisor", "reviewer", first=5, last=9),
    ]
    substitutes.end(administrator, made[3])
    office.time.day = DAY + timedelta(days=1)
    found, key = substitutes.listed(administrator)
    assert ([one.id for one in found], key) == ([made[3], made[2]], made[2])
    found, key = substitutes.listed(administrator, before_id=key)
    assert ([one.id for one in found], key) == ([made[1], made[0]], None)
    for standing, ids in (
        (Standing.CURRENT, [made[2], made[0]]), (Standing.COMING, [made[1]]), (Standing.PAST, [made[3]])
    ):  # fmt: skip
        found, _key = substitutes.listed(administrator, standing)
        assert [one.id for one in found] == ids
        assert {one.standing(office.time.day) for one in found} == {standing}
    assert [one.id for one in substitutes.listed(office.actors["officer"])[0]] == [made[1], made[0]]
    own = substitutes.of(office.actors["reviewer"])
    assert ([one.id for one in own.by_me], own.for_me) == ([made[2]], [])
