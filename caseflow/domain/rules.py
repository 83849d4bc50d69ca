"""What a case is judged by, and the questions that everything which judges it asks first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from caseflow.domain.calendar import WorkingCalendar
from caseflow.domain.cases import Case
from caseflow.domain.law import LawBook, NoLawInForce
from caseflow.domain.workflow import Definition


@dataclass(frozen=True)
class Rules:
    """What a case is judged by: its pinned workflow, the law, and the working days.

    ``calendar_version`` counts the changes of the office's own days, so that what was reckoned under an older calendar
    is known and reckoned again.
    """

    definition: Definition
    law: LawBook
    calendar: WorkingCalendar
    calendar_version: int = 0


def regime_ended(rules: Rules, today: date) -> NoLawInForce | None:
    """Return the refusal that names the repealing act when no law supports the regime's levy on ``today``."""
    rule = rules.law.levy_rule(rules.definition.law)
    try:
        rule.version_on(today)
    except NoLawInForce as refusal:
        return refusal
    return None


def regime_is_over(rules: Rules, today: date) -> bool:
    """Tell whether no law supports the regime's levy on ``today``; :func:`regime_ended` says why."""
    return rules.law.levy_rule(rules.definition.law).version_or_none(today) is None


def remedy_pending(rules: Rules, case: Case) -> bool:
    """Tell whether a reconsideration or a suit of the party is pending: a clock that says so runs."""
    return any(clock.is_running and rules.law.rule(clock.rule_id).pends for clock in case.clocks)
