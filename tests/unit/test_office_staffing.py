"""Whether the people of an office are enough for every step, whoever took which before."""

from __future__ import annotations

import pytest

from caseflow.bootstrap import shipped_definitions
from caseflow.domain.access import Role
from caseflow.domain.office_staffing import Staff, office_gaps
from tests.office import STAFF

FULL = {number: frozenset({role}) for number, role in enumerate(STAFF.values())}


def without(*roles: Role, but: int = 0) -> Staff:
    kept, staff = dict.fromkeys(roles, but), {}
    for number, held in FULL.items():
        [role] = held
        if role in kept:
            if not kept[role]:
                continue
            kept[role] -= 1
        staff[number] = held
    return staff


def gaps(staff: Staff, regime: str = "two_illegal") -> dict[str, str]:
    return {gap.step: gap.words.en for gap in office_gaps(shipped_definitions()[regime], staff)}


@pytest.mark.parametrize("regime", ["social_support_fee", "two_illegal", "water_abstraction_fine"])
def test_a_full_office_has_somebody_for_every_step(regime: str) -> None:
    assert gaps(FULL, regime) == {}


@pytest.mark.parametrize("role", [Role.OFFICER, Role.REVIEWER, Role.APPROVER, Role.CASHIER, Role.LIAISON])
def test_a_role_that_nobody_holds_is_named_with_each_of_its_steps(role: Role) -> None:
    steps = shipped_definitions()["two_illegal"].steps.values()
    alone = {step.name for step in steps if set(step.by) == {role.value}}
    found = gaps(without(role))
    assert alone
    assert alone <= set(found)
    assert all("nobody of the office is" in found[name] for name in alone)


def test_one_officer_is_too_few_where_the_law_asks_for_two() -> None:
    found = gaps(without(Role.OFFICER, but=1))
    assert found
    assert all("2 enforcement officers" in words for words in found.values())


def test_one_person_who_reviews_and_approves_is_a_second_person_too_few() -> None:
    both = {**without(Role.REVIEWER, Role.APPROVER), 90: frozenset({Role.REVIEWER, Role.APPROVER})}
    levying = {step.name for step in shipped_definitions()["two_illegal"].steps.values() if step.levies}
    found = gaps(both)
    assert levying <= set(found)
    assert all("one more" in found[name] for name in levying)
    # Somebody else who only approves closes the gap: there is always one who had no other part.
    assert not levying & set(gaps({**both, 91: frozenset({Role.APPROVER})}))


def test_an_approver_who_is_the_only_cashier_takes_no_money() -> None:
    both = {**without(Role.CASHIER), 90: frozenset({Role.APPROVER, Role.CASHIER})}
    steps = shipped_definitions()["two_illegal"].steps.values()
    collecting = {step.name for step in steps if step.by == ("cashier",) and step.not_by}
    assert collecting
    assert collecting <= set(gaps(both))
