"""What of a case belongs to its referral, and what to the investigation before it.

The decision, its service, the demand and the party's views on it go to the court (ACL 55). What was found, said and
weighed before the decision stays with the desks that decided.
"""

from __future__ import annotations

from functools import lru_cache

from caseflow.domain.workflow_model import Definition, Step

BEFORE = frozenset({"investigation", "assessment"})


def before_the_decision(definition: Definition, trigger: str, from_state: str) -> bool:
    """Tell whether a step (or the opening) belongs to the investigation and the assessment before the decision.

    Making the decision is no part of them, nor is what follows from a state that only a decision leads to. A step or
    state that the definition does not know is taken for one of them.
    """
    step = definition.steps.get(trigger)
    if step is None or from_state not in definition.states:
        return True
    if decides(step):
        return False
    return definition.states[from_state].phase in BEFORE and from_state in _without_a_decision(definition)


def is_of_investigation(definition: Definition, step: Step) -> bool:
    """Tell whether a step can only be taken before the decision, so that what it makes belongs to the investigation."""
    return all(before_the_decision(definition, step.name, state) for state in step.from_states)


def served_in_referral(definition: Definition, document: str) -> bool:
    """Tell whether serving ``document`` belongs to the referral: some step serves it that follows the decision."""
    return any(
        step.serves == document and not is_of_investigation(definition, step) for step in definition.steps.values()
    )


def decides(step: Step) -> bool:
    """Tell whether a step makes the decision: it levies, or sets the date of the decision."""
    return step.levies or "decision_date" in step.sets


@lru_cache(maxsize=64)
def _without_a_decision(definition: Definition) -> frozenset[str]:
    """Return the states a case can stand in without ever having been decided."""
    found, waiting = {definition.opens}, [definition.opens]
    while waiting:
        state = waiting.pop()
        for step in definition.steps_from(state):
            after = step.target(state)
            if not decides(step) and after not in found:
                found.add(after)
                waiting.append(after)
    return frozenset(found)
