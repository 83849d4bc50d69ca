"""Computes the worked examples of a law file, so that a wrong figure stops the load."""

from __future__ import annotations

from datetime import date

from caseflow.domain.calendar import CalendarNotPublished, WorkingCalendar
from caseflow.domain.law.charges import added_charge
from caseflow.domain.law.file_format import ExampleSpec
from caseflow.domain.law.fines import FineFacts, fine_range
from caseflow.domain.law.interest import deposit_interest
from caseflow.domain.law.model import LawBook, Rule
from caseflow.domain.law.reckoning import reckon
from caseflow.domain.law.refusals import LawRefusal


def example_failure(book: LawBook, rule: Rule, example: ExampleSpec, calendar: WorkingCalendar | None) -> str | None:
    """Return why the example does not hold, or None.

    Without a calendar an example of a limit that needs one is left to a load that has one.
    """
    try:
        found, expected = _outcome(book, rule, example, calendar)
    except LawRefusal as refusal:
        return None if example.refused else f"the example is refused: {refusal}"
    except CalendarNotPublished as refusal:
        return f"the example cannot be counted: {refusal}"
    if example.refused and not (rule.kind == "time_limit" and calendar is None):
        return f"the example should be refused, but gives {found}"
    return None if found == expected else f"the example gives {found}, not {expected}"


def _outcome(book: LawBook, rule: Rule, example: ExampleSpec, calendar: WorkingCalendar | None) -> tuple[str, str]:
    if rule.kind == "time_limit" and example.trigger is not None:
        return _limit_outcome(rule, example.trigger, example, calendar)
    if rule.kind == "added_charge" and example.principal_fen is not None and example.default_on and example.until:
        sheet = added_charge(
            rule, principal_fen=example.principal_fen, default_on=example.default_on, until=example.until
        )
        return f"{sheet.result_fen} fen", f"{example.charge_fen} fen"
    if rule.kind == "deposit_interest" and example.principal_fen is not None and example.taken_on and example.until:
        taken = [(example.taken_on, example.principal_fen)]
        return (
            f"{deposit_interest(rule, taken=taken, until=example.until).result_fen} fen",
            f"{example.interest_fen} fen",
        )
    if rule.kind == "fine_range" and example.on is not None:
        facts = FineFacts(example.role, example.gains_fen, example.serious)
        found = fine_range(rule, on=example.on, facts=facts)
        return f"{found.min_fen} to {found.max_fen} fen", f"{example.min_fen} to {example.max_fen} fen"
    if rule.kind == "levy" and rule.regime and example.act_date and example.decision_date:
        book.levy_basis(rule.regime, act_date=example.act_date, decision_date=example.decision_date)
    elif rule.kind == "fact" and example.on is not None:
        rule.version_on(example.on)
    else:
        return "an example that lacks the fields of its kind", "a complete example"
    return "law in force", "law in force"


def _limit_outcome(
    rule: Rule, trigger_on: date, example: ExampleSpec, calendar: WorkingCalendar | None
) -> tuple[str, str]:
    if calendar is None:
        return str(example.due), str(example.due)
    reckoning = reckon(rule, trigger_on=trigger_on, applies_on=example.applies_on, calendar=calendar)
    return str(reckoning.due_on), str(example.due)
