"""Separation of duties: nobody has two parts of one matter that two persons have, in whatever order they come."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from caseflow.bootstrap import shipped_definitions
from caseflow.domain.access import Actor, Lent, Permission, Role
from caseflow.domain.cases import Case, CaseDates, StepTaken
from caseflow.domain.duties import APART, DutiesRefused, Matter, Part, bars, parts_of_step
from caseflow.domain.ledger import Money
from caseflow.domain.soundness import Space
from caseflow.domain.soundness.space import Situation
from caseflow.domain.step_people import role_on, step_bars
from caseflow.domain.workflow import Definition
from caseflow.services.duties import check_duties

ONE, OTHER, AWAY = 1, 2, 3
REGIMES = ("social_support_fee", "two_illegal", "water_abstraction_fine")
# Written down once more, so that a rule lost from the table is noticed.
NEVER_BOTH = {
    frozenset(pair)
    for pair in (
        (Part.INVESTIGATOR, Part.REVIEWER),
        (Part.INVESTIGATOR, Part.APPROVER),
        (Part.REVIEWER, Part.APPROVER),
        (Part.DECIDER, Part.CASHIER),
        (Part.PREPARER, Part.CHECKER),
        (Part.COMMITTER, Part.CHECKER),
        (Part.COLLECTOR, Part.REVERSER),
        (Part.REPLIER, Part.CLOSER),
        (Part.PROPOSER, Part.CONFIRMER),
        (Part.RECEIVER, Part.CONFIRMER),
        (Part.RECEIVER, Part.PROPOSER),
    )
}
EVERY_CASE_ROLE = frozenset({Role.OFFICER, Role.REVIEWER, Role.APPROVER, Role.CASHIER, Role.LIAISON, Role.SUPERVISOR})


def person(*roles: Role, number: int = ONE, lent: frozenset[Lent] = frozenset()) -> Actor:
    held = frozenset(roles) | {one.role for one in lent}
    return Actor(number, 1, f"p{number}", "P", "人", held, lent=lent)


def case_with(*taken: StepTaken, recused: frozenset[int] = frozenset()) -> Case:
    return Case(
        id=1, office_id=1, number="1", regime="r", definition_hash="h", party_id=1, party_kind="institution",
        owner_id=8, second_officer_id=9, state="s", phase="investigation", version=len(taken),
        dates=CaseDates(date(2026, 1, 1)), money=Money(), history=taken, recused=recused,
    )  # fmt: skip


def test_the_table_holds_every_rule_and_no_other() -> None:
    assert {frozenset((rule.one, rule.other)) for rule in APART} == NEVER_BOTH
    assert len(APART) == len(NEVER_BOTH)


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(Part, 2)))
def test_whichever_part_comes_first_keeps_from_the_other(first: Part, second: Part) -> None:
    found = bars(person(), {second}, Matter({first: (ONE,)}))
    assert bool(found) is (frozenset((first, second)) in NEVER_BOTH)
    assert bars(person(number=OTHER), {second}, Matter({first: (ONE,)})) == ()
    assert all(bar.code == "four_eyes" and bar.words.en and bar.words.zh for bar in found)


Mine = frozenset[tuple[str, Role]]


@dataclass
class Everything:
    """Somebody with every role at work on one kind of case: what they may still take after what they took."""

    definition: Definition
    actor: Actor = field(default_factory=lambda: person(*EVERY_CASE_ROLE))
    known: dict[tuple[Mine, str], tuple[Role, frozenset[Part]] | None] = field(default_factory=dict)

    stand_in: dict[frozenset[Part], tuple[str, Role]] = field(default_factory=dict)

    def may_take(self, mine: Mine, trigger: str) -> tuple[Role, frozenset[Part]] | None:
        """Return in which role they may take a step, and the parts that is; None where they are kept off."""
        key = (mine, trigger)
        if key not in self.known:
            self.known[key] = self._asked(mine, trigger)
        return self.known[key]

    def _asked(self, mine: Mine, trigger: str) -> tuple[Role, frozenset[Part]] | None:
        case = case_with(*(StepTaken(n, name, ONE, "s", role=role) for n, (name, role) in enumerate(sorted(mine), 1)))
        step = self.definition.steps[trigger]
        role = role_on(self.definition, case, step, self.actor)
        if role is None or step_bars(self.definition, case, step, self.actor, role):
            return None
        return role, parts_of_step(step, role)

    def had(self, mine: Mine) -> frozenset[Part]:
        """Return the parts of what they took."""
        return frozenset(part for name, role in mine for part in parts_of_step(self.definition.steps[name], role))


@pytest.mark.parametrize("regime", REGIMES)
def test_nobody_approves_what_they_assessed_in_any_order_of_steps(regime: str) -> None:
    """Over every situation a case can come into, somebody with every role takes whatever they may, or others do."""
    definition = shipped_definitions()[regime]
    space, everything = Space(definition), Everything(definition)
    start: tuple[Situation, Mine] = (space.start, frozenset())
    seen, waiting, kept_off = {start}, deque([start]), set[str]()
    while waiting:
        situation, mine = waiting.popleft()
        had = everything.had(mine)
        assert not any(pair <= had for pair in NEVER_BOTH), sorted(mine)
        for step, target in space.moves(situation):
            allowed = everything.may_take(mine, step.name)
            following = [mine]
            if allowed is None:
                kept_off.add(step.name)
            elif not allowed[1] <= had:
                # One step stands for all that make the same parts, so that the search stays small.
                stands = everything.stand_in.setdefault(allowed[1], (step.name, allowed[0]))
                following.append(mine | {stands})
            for then in following:
                if (target, then) not in seen:
                    seen.add((target, then))
                    waiting.append((target, then))
    levying = {step.name for step in definition.steps.values() if step.levies}
    assert levying <= kept_off
    parts = {everything.had(mine) for _, mine in seen}
    assert {Part.INVESTIGATOR} in parts
    assert any(Part.DECIDER in one for one in parts)


@pytest.mark.parametrize("regime", REGIMES)
def test_who_decides_is_nobody_who_investigated_or_reviewed_or_takes_the_money(regime: str) -> None:
    definition = shipped_definitions()[regime]
    levying = [step for step in definition.steps.values() if step.levies]
    assert levying
    for step, role in itertools.product(levying, (Role.OFFICER, Role.REVIEWER)):
        case = case_with(StepTaken(1, "any", ONE, "s", role=role))
        assert step_bars(definition, case, step, person(Role.APPROVER), Role.APPROVER)
    for step in levying:
        case = case_with(StepTaken(1, step.name, ONE, "s", role=Role.APPROVER))
        collects = next(one for one in definition.steps.values() if "cashier" in one.by)
        assert step_bars(definition, case, collects, person(Role.CASHIER), Role.CASHIER)
        assert not step_bars(definition, case, collects, person(Role.CASHIER, number=OTHER), Role.CASHIER)


def test_nobody_approves_for_themselves_through_a_substitute() -> None:
    definition = shipped_definitions()["two_illegal"]
    step = next(one for one in definition.steps.values() if one.levies)
    case = case_with(StepTaken(1, "any", AWAY, "s", role=Role.OFFICER))
    lent = person(Role.LIAISON, lent=frozenset({Lent(Role.APPROVER, AWAY)}))
    assert [bar.code for bar in step_bars(definition, case, step, lent, Role.APPROVER)] == ["four_eyes"]
    in_their_own_right = person(Role.APPROVER)
    assert not step_bars(definition, case, step, in_their_own_right, Role.APPROVER)


def test_what_an_old_casebook_reports_was_done_by_nobody_of_ours() -> None:
    definition = shipped_definitions()["two_illegal"]
    step = next(one for one in definition.steps.values() if one.levies)
    reported = StepTaken(1, "any", ONE, "s", reported=True, role=Role.OFFICER)
    assert not step_bars(definition, case_with(reported), step, person(Role.APPROVER), Role.APPROVER)


def test_somebody_with_two_roles_takes_a_step_in_the_one_that_nothing_keeps_them_from() -> None:
    definition = shipped_definitions()["two_illegal"]
    step = replace(next(iter(definition.steps.values())), by=("reviewer", "officer"), levies=False)
    both = person(Role.REVIEWER, Role.OFFICER)
    assert role_on(definition, case_with(), step, both) is Role.REVIEWER
    investigated = case_with(StepTaken(1, "any", ONE, "s", role=Role.OFFICER))
    assert role_on(definition, investigated, step, both) is Role.OFFICER


@pytest.mark.parametrize(
    ("actor", "matter", "code"),
    [
        (person(Role.OFFICER), Matter(recused=frozenset({ONE}), of_a_case=True), "recused"),
        (person(Role.ADMINISTRATOR), Matter(of_a_case=True), "administrator"),
        (person(Role.CASHIER, Role.PAYER), Matter(), "roles_apart"),
        (person(Role.CASHIER, lent=frozenset({Lent(Role.PAYER, AWAY)})), Matter(), "roles_apart"),
    ],
)
def test_the_choke_point_says_what_keeps_somebody_off(actor: Actor, matter: Matter, code: str) -> None:
    with pytest.raises(DutiesRefused) as refused:
        check_duties(actor, Permission.SEE_DESK, (), matter)
    assert code in [bar.code for bar in refused.value.bars]
    assert refused.value.words.zh
