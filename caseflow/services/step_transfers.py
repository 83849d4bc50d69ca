"""The transfers that a step of a case posts, in the step's own statement."""

from __future__ import annotations

from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import Case
from caseflow.domain.ledger import Chart, Entry, Line, Transfer
from caseflow.domain.stepping import StepOutcome

MONEY_MOVED = "cases_money_is_its_transfers"
_PAPERS = ("receipt_no", "finance_paper_no", "remedy_paper_no", "confiscation_no", "decision_no")


def step_transfers(chart: Chart, case: Case, outcome: StepOutcome, event: AuditEvent) -> tuple[Transfer, ...]:
    """Return the transfers of a step under the key of its audit event; none for a step that moves no money.

    Booked on the business date, with the step's own date as the day of value. The paper behind them is the one whose
    number the step asked for, the reason the legal reason it asked for.
    """
    if not outcome.legs:
        return ()
    entry = Entry(
        key=event.key,
        office_id=case.office_id,
        line=Line.INCOME,
        booked_on=outcome.business_date,
        value_on=outcome.effective_on,
        at=event.at,
        actor_id=event.actor_id,
        case_number=case.number,
        seq=event.seq,
        document=next((str(outcome.answers[name]) for name in _PAPERS if outcome.answers.get(name)), ""),
        reason=str(outcome.answers.get("legal_reason") or outcome.trigger),
    )
    return entry.of_legs(chart, case.regime, outcome.legs)
