"""Who takes a step: in which role, in whose place, and how the separation of duties keeps somebody from it. Pure."""

from __future__ import annotations

from caseflow.domain.access import Actor, Role
from caseflow.domain.cases import Case
from caseflow.domain.duties import Bar, bars, case_matter, parts_of_step
from caseflow.domain.workflow_model import Definition, Step


def step_bars(definition: Definition, case: Case, step: Step, actor: Actor, role: Role) -> tuple[Bar, ...]:
    """Return how the separation of duties keeps ``actor`` from taking ``step`` as ``role``, but for its ``not_by``."""
    matter = case_matter(definition, case, acts_for(case, role, actor))
    return bars(actor, parts_of_step(step, role), matter)


def role_on(definition: Definition, case: Case, step: Step, actor: Actor) -> Role | None:
    """Return the role in which ``actor`` takes ``step`` on this case: one that nothing keeps them from, if there is."""
    named = [role for role in map(Role, step.by) if role in actor.roles]
    if len(named) < 2:  # noqa: PLR2004 - nothing to choose from
        return role_taken(step, actor)
    ordered = sorted(named, key=lambda role: role not in actor.own_roles)
    free = (role for role in ordered if not step_bars(definition, case, step, actor, role))
    return next(free, ordered[0])


def role_taken(step: Step, actor: Actor) -> Role | None:
    """Return the role in which ``actor`` takes ``step``: one of their own before a lent one; None where none fits."""
    named = [Role(role) for role in step.by]
    return next((role for held in (actor.own_roles, actor.roles) for role in named if role in held), None)


def acts_for(case: Case, role: Role, actor: Actor) -> frozenset[int]:
    """Return the ids of those in whose place ``actor`` acts on the case as ``role``; nobody: in their own right."""
    officers = {case.owner_id, case.second_officer_id}
    away_here = actor.stands_in_for & officers if role is Role.OFFICER and actor.id not in officers else frozenset()
    lenders = frozenset(one.by for one in actor.lent if one.role is role)
    return frozenset(away_here or lenders)
