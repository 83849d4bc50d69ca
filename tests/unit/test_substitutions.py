"""Who may stand in for whom, what a lent role carries, and that two persons stay two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import pytest

from caseflow import bootstrap
from caseflow.domain.access import GRANTS, Actor, Lent, Permission, Role, may
from caseflow.domain.cases import Case, CaseDates, StepTaken
from caseflow.domain.ledger import Money
from caseflow.domain.rules import Rules
from caseflow.domain.step_people import acts_for, role_taken
from caseflow.domain.stepping import Moment, step_reasons
from caseflow.domain.substitutions import (
    MOST_AT_ONCE,
    Arranged,
    Standing,
    clash_faults,
    day_faults,
    end_fault,
    lent_roles,
    people_faults,
    reason_faults,
)

DAY = date(2026, 3, 2)
OF_PEOPLE = {"role", "not_on_case", "one_person", "four_eyes"}
AWAY, OTHER, SUBSTITUTE = 1, 2, 3


@cache
def rules() -> Rules:
    definition = bootstrap.shipped_definitions()["two_illegal"]
    return Rules(definition, bootstrap.shipped_law(), bootstrap.published_calendar())


def actor(staff_id: int, *roles: Role, lent: tuple[Role, ...] = (), stands_in_for: tuple[int, ...] = ()) -> Actor:
    borrowed = frozenset(Lent(role, stands_in_for[0]) for role in lent)
    held = frozenset(roles) | frozenset(lent)
    return Actor(staff_id, 1, f"s{staff_id}", "", "", held, "en", frozenset(stands_in_for), borrowed)


def reasons(step: str, by: Actor, *taken: tuple[str, int], second: int = OTHER) -> set[str]:
    asked = rules().definition.steps[step]
    history = tuple(StepTaken(seq, name, who, "x") for seq, (name, who) in enumerate(taken, start=1))
    case = case_of(next(iter(asked.from_states)), second)
    found = step_reasons(rules(), replace(case, history=history), asked, by, Moment(DAY, DAY))
    return {reason.code for reason in found} & OF_PEOPLE


def case_of(state: str = "reported", second: int = OTHER) -> Case:
    return Case(
        1, 1, "N", "two_illegal", "h", 1, "institution", AWAY, second, state, "investigation", 3,
        CaseDates(opened_on=DAY), Money(),
    )  # fmt: skip


def test_a_lent_role_reads_and_takes_steps_and_carries_nothing_else() -> None:
    lent = actor(SUBSTITUTE, Role.LIAISON, lent=(Role.SUPERVISOR, Role.APPROVER, Role.OFFICER), stands_in_for=(AWAY,))
    carried = {permission for permission in Permission if may(lent, permission)}
    assert carried == {
        Permission.SEE_DESK, Permission.READ_CASES, Permission.TAKE_STEP, Permission.SUPERVISE, Permission.SEE_LAW,
        Permission.SEE_MONEY, Permission.READ_LEDGER, Permission.READ_FINDINGS, Permission.READ_SPENDING,
        Permission.READ_FILES, Permission.ADD_FILES, Permission.RECORD_SERVICE, Permission.READ_REFERRALS,
        Permission.REFER, Permission.MAKE_BUNDLES, Permission.READ_WIND_DOWN,
        # The days for an answer run while somebody is away; a liaison searches in their own right.
        Permission.READ_SUBMISSIONS, Permission.ANSWER_SUBMISSIONS, Permission.SEARCH_IDENTITY,
    }  # fmt: skip
    assert lent.own_roles == {Role.LIAISON}


@pytest.mark.parametrize("permission", list(Permission))
def test_a_role_of_ones_own_carries_what_it_always_did(permission: Permission) -> None:
    assert [role for role in Role if may(actor(SUBSTITUTE, role), permission)] == [
        role for role in Role if role in GRANTS[permission]
    ]


def test_a_substitute_is_an_officer_of_the_cases_of_whom_they_stand_in_for() -> None:
    assert reasons("inspect", actor(SUBSTITUTE, Role.OFFICER)) == {"not_on_case"}
    assert reasons("inspect", actor(SUBSTITUTE, Role.OFFICER, stands_in_for=(AWAY,))) == set()
    assert reasons("inspect", actor(SUBSTITUTE, Role.REVIEWER, lent=(Role.OFFICER,), stands_in_for=(AWAY,))) == set()
    assert reasons("inspect", actor(SUBSTITUTE, Role.OFFICER, stands_in_for=(9,))) == {"not_on_case"}
    assert reasons("inspect", actor(SUBSTITUTE, Role.REVIEWER, stands_in_for=(AWAY,))) == {"role"}


def test_the_two_officers_stay_two_persons() -> None:
    assert reasons("inspect", actor(OTHER, Role.OFFICER, stands_in_for=(AWAY,))) == {"one_person"}
    assert reasons("inspect", actor(AWAY, Role.OFFICER, stands_in_for=(OTHER,))) == {"one_person"}
    assert reasons("inspect", actor(SUBSTITUTE, Role.OFFICER, stands_in_for=(AWAY, OTHER))) == {"one_person"}
    assert reasons("inspect", actor(OTHER, Role.OFFICER, stands_in_for=(9,))) == set()


def test_four_eyes_are_held_by_the_name_of_whoever_acts() -> None:
    substitute = actor(SUBSTITUTE, Role.OFFICER, lent=(Role.APPROVER,), stands_in_for=(AWAY,))
    # Who prepared it does not approve it in another's place, whoever else had a hand in it.
    assert reasons("file_case", substitute, ("check_report", SUBSTITUTE)) == {"four_eyes"}
    assert reasons("file_case", substitute, ("check_report", AWAY), ("check_report", SUBSTITUTE)) == {"four_eyes"}
    # The substitute is another person: what the one away prepared, they approve; the one away may not.
    assert reasons("file_case", substitute, ("check_report", AWAY)) == set()
    assert reasons("file_case", actor(AWAY, Role.OFFICER, Role.APPROVER), ("check_report", AWAY)) == {"four_eyes"}
    # And what the substitute prepared in the place of the one away, that one approves when they are back.
    assert reasons("file_case", actor(AWAY, Role.APPROVER), ("check_report", SUBSTITUTE)) == set()


def test_one_acts_in_ones_own_right_where_one_can() -> None:
    either = rules().definition.steps["release_evidence"]
    assert either.by == ("officer", "approver")
    substitute = actor(SUBSTITUTE, Role.APPROVER, lent=(Role.OFFICER,), stands_in_for=(AWAY,))
    assert role_taken(either, substitute) is Role.APPROVER
    assert role_taken(either, actor(SUBSTITUTE, Role.LIAISON)) is None
    case = case_of()
    assert acts_for(case, Role.APPROVER, substitute) == frozenset()
    assert acts_for(case, Role.OFFICER, substitute) == {AWAY}
    assert acts_for(case, Role.OFFICER, actor(OTHER, Role.OFFICER, stands_in_for=(AWAY,))) == frozenset()
    assert acts_for(case, Role.OFFICER, actor(SUBSTITUTE, Role.OFFICER, stands_in_for=(9, AWAY))) == {AWAY}
    lent = actor(SUBSTITUTE, Role.OFFICER, lent=(Role.SUPERVISOR,), stands_in_for=(9,))
    assert acts_for(case, Role.SUPERVISOR, lent) == {9}


CLERK = actor(10, Role.OFFICER)
ADMINISTRATOR = actor(99, Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    ("by", "away", "substitute", "found"),
    [
        (ADMINISTRATOR, {Role.APPROVER}, {Role.OFFICER}, []),
        (ADMINISTRATOR, {Role.SUPERVISOR, Role.LIAISON}, {Role.REVIEWER}, []),
        (ADMINISTRATOR, {Role.CASHIER}, {Role.CASHIER, Role.OFFICER}, []),
        (ADMINISTRATOR, {Role.CASHIER}, {Role.OFFICER}, [("substitute", "never_lent")]),
        (ADMINISTRATOR, {Role.PAYER, Role.OFFICER}, {Role.OFFICER}, [("substitute", "never_lent")]),
        (ADMINISTRATOR, {Role.AUDITOR}, {Role.SUPERVISOR}, [("substitute", "never_lent")]),
        (ADMINISTRATOR, {Role.OFFICER}, {Role.AUDITOR}, [("substitute", "auditor")]),
        (ADMINISTRATOR, {Role.AUDITOR}, {Role.AUDITOR}, []),
        (ADMINISTRATOR, {Role.PAYER}, {Role.CASHIER}, [("substitute", "apart")]),
        (ADMINISTRATOR, {Role.ADMINISTRATOR}, {Role.OFFICER}, [("away", "nobody")]),
        (ADMINISTRATOR, {Role.OFFICER}, {Role.ADMINISTRATOR}, [("substitute", "nobody")]),
        (ADMINISTRATOR, None, None, [("away", "nobody"), ("substitute", "nobody")]),
        (CLERK, {Role.OFFICER}, {Role.OFFICER, Role.APPROVER}, []),
        (CLERK, {Role.OFFICER}, {Role.REVIEWER}, [("substitute", "lends")]),
    ],
)
def test_who_may_stand_in_for_whom(
    by: Actor, away: set[Role] | None, substitute: set[Role] | None, found: list[tuple[str, str]]
) -> None:
    two = [None if roles is None else actor(place, *roles) for place, roles in enumerate((away, substitute), start=10)]
    assert [(fault.field, fault.code) for fault in people_faults(by, *two)] == found


def test_nobody_stands_in_for_themselves() -> None:
    assert [fault.code for fault in people_faults(ADMINISTRATOR, CLERK, CLERK)] == ["same"]


def test_what_is_lent_is_what_the_substitute_lacks_and_never_money_or_audit() -> None:
    assert lent_roles(set(Role), {Role.OFFICER}) == {Role.REVIEWER, Role.APPROVER, Role.LIAISON, Role.SUPERVISOR}


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        (0, 0, []),
        (0, 365, []),
        (0, 366, [("until_on", "too_long")]),
        (-1, 3, [("from_on", "past")]),
        (5, 4, [("until_on", "before_first")]),
        (None, None, [("from_on", "no_day"), ("until_on", "no_day")]),
    ],
)
def test_the_days_of_an_arrangement(first: int | None, last: int | None, found: list[tuple[str, str]]) -> None:
    days = [None if away is None else DAY + timedelta(days=away) for away in (first, last)]
    assert [(fault.field, fault.code) for fault in day_faults(days[0], days[1], DAY)] == found


def test_a_reason_is_given_and_short() -> None:
    assert reason_faults("leave") == []
    assert [[fault.code for fault in reason_faults(text)] for text in ("", "x" * 501)] == [["reason"], ["reason"]]


def days(first: int, last: int, *, away: int = 1, substitute: int = 2, ended: int | None = None) -> Arranged:
    ended_on = None if ended is None else DAY + timedelta(days=ended)
    return Arranged(away, substitute, DAY + timedelta(days=first), DAY + timedelta(days=last), ended_on)


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (days(0, 4, away=1, substitute=9), []),
        (days(0, 5, away=1, substitute=9), [("away", "overlap")]),
        (days(9, 12, away=1, substitute=9), [("away", "overlap")]),
        (days(10, 12, away=1, substitute=9), []),
        (days(0, 20, away=1, substitute=9, ended=5), []),
        (days(0, 20, away=1, substitute=9, ended=6), [("away", "overlap")]),
        (days(7, 20, away=1, substitute=9, ended=3), []),
        (days(6, 7, away=2, substitute=9), [("substitute", "chain")]),
        (days(6, 7, away=9, substitute=1), [("away", "chain")]),
        (days(6, 7, away=9, substitute=2), []),
    ],
)
def test_what_an_arrangement_cannot_stand_beside(known: Arranged, found: list[tuple[str, str]]) -> None:
    assert [(fault.field, fault.code) for fault in clash_faults(days(5, 9), [known])] == found


def test_nobody_stands_in_for_a_whole_office() -> None:
    others = [days(0, 20, away=10 + number, substitute=2) for number in range(MOST_AT_ONCE)]
    assert clash_faults(days(5, 9), others[1:]) == []
    assert [(fault.field, fault.code) for fault in clash_faults(days(5, 9), others)] == [("substitute", "too_many")]


@pytest.mark.parametrize(
    ("one", "standing", "holds", "ends"),
    [
        (days(0, 3), Standing.CURRENT, True, None),
        (days(1, 3), Standing.COMING, False, None),
        (days(-3, 0), Standing.CURRENT, True, None),
        (days(-3, -1), Standing.PAST, False, "over"),
        (days(-3, 3, ended=0), Standing.PAST, False, "ended"),
        # What ends tomorrow may still be ended today.
        (days(-3, 3, ended=1), Standing.CURRENT, True, None),
        (days(1, 3, ended=0), Standing.PAST, False, "ended"),
    ],
)
def test_where_an_arrangement_stands(one: Arranged, standing: Standing, holds: bool, ends: str | None) -> None:
    fault = end_fault(one, DAY, DAY)
    assert (one.standing(DAY), one.holds_on(DAY), fault and fault.code) == (standing, holds, ends)


def test_what_ends_today_anyway_is_not_ended_from_tomorrow() -> None:
    fault = end_fault(days(-3, 0), DAY + timedelta(days=1), DAY)
    assert fault is not None
    assert fault.code == "over"
