"""The surcharge or added fine of a case to date, from its own history."""

from __future__ import annotations

from datetime import date, timedelta

from caseflow.domain.assessment import CalculationSheet, Pause, Payment, added_charge
from caseflow.domain.cases import Case, CaseClock
from caseflow.domain.law import LawRefusal
from caseflow.domain.law.model import PauseKind
from caseflow.domain.rules import Rules
from caseflow.domain.workflow import Step
from caseflow.services.views import StepRecord


def charge_to_date(rules: Rules, case: Case, timeline: list[StepRecord], today: date) -> CalculationSheet | None:
    """Return the added fine or surcharge accrued until ``today`` with its sheet; None when nothing is in default.

    ``timeline`` is newest first. The principal is what was assessed, without confiscated gains; payments lower it from
    their day on. Steps that toll the charge pause it until a step resumes it.
    Sources: the rule that the payment clock names (APL articles 51, 72, 73; D357 article 8; ACL article 45).
    """
    return None if case.money.outstanding_fen == 0 else _accrued(rules, case, timeline, today)


def charge_open_fen(rules: Rules, case: Case, timeline: list[StepRecord], on: date) -> int:
    """Return what lateness has added until ``on`` and is not in the ledger yet, in fen; 0 when nothing is in default.

    What was paid late stays owed for its days, so this counts where the principal is settled too. ``timeline`` as in
    :func:`charge_to_date`.
    """
    sheet = _accrued(rules, case, timeline, on)
    return 0 if sheet is None else max(0, sheet.result_fen - case.money.charged_fen)


def charge_until(rules: Rules, case: Case, timeline: list[StepRecord], until_on: date) -> CalculationSheet | None:
    """Return what lateness has lawfully added until ``until_on`` with its sheet, entered or not; None for nothing.

    ``timeline`` as in :func:`charge_to_date`.
    """
    return _accrued(rules, case, timeline, until_on)


def _accrued(rules: Rules, case: Case, timeline: list[StepRecord], until_on: date) -> CalculationSheet | None:
    clock = next((clock for clock in reversed(case.clocks) if rules.law.rule(clock.rule_id).charge), None)
    charge_rule = rules.law.rule(clock.rule_id).charge if clock is not None else None
    principal_fen = _principal_fen(timeline)
    if clock is None or charge_rule is None or principal_fen == 0:
        return None
    # A remedy that was filed before a payment may be recorded after it: what counts is when things happened.
    in_date_order = sorted(timeline, key=lambda record: (record.effective_on, record.seq))
    taken = [(record, rules.definition.steps.get(record.trigger)) for record in in_date_order]
    default_on = _default_on(clock, charge_rule, taken)
    until = min(case.dates.closed_on or until_on, until_on)
    if default_on is None or until <= default_on:
        return None
    try:
        return added_charge(
            rules.law.rule(charge_rule),
            principal_fen=principal_fen,
            default_on=default_on,
            until=until,
            payments=_payments(timeline),
            pauses=_pauses(rules, charge_rule, taken),
        )
    except LawRefusal:
        return None


def _default_on(clock: CaseClock, charge_rule: str, taken: list[tuple[StepRecord, Step | None]]) -> date | None:
    """Return the first day of default: after the limit, or after a plan that took its place was broken."""
    if clock.status == "tolled":
        return None
    if clock.status != "stopped":
        return clock.due_on + timedelta(days=1)
    stopped_on = clock.clock.ended_on or clock.due_on
    broken = [
        record.effective_on
        for record, step in taken
        if step is not None and charge_rule in step.resumes and record.effective_on >= stopped_on
    ]
    return max(broken[0], clock.due_on) + timedelta(days=1) if broken else None


def _principal_fen(timeline: list[StepRecord]) -> int:
    signs = {"assess": 1, "annul": -1}
    postings = [posting for record in timeline for posting in record.postings]
    owed_fen: int = sum(signs.get(posting["event"], 0) * posting["amount_fen"] for posting in postings)
    return max(0, owed_fen)


def _payments(timeline: list[StepRecord]) -> list[Payment]:
    return [(record.effective_on, record.principal_paid_fen) for record in timeline if record.principal_paid_fen]


def _pauses(rules: Rules, charge_rule: str, taken: list[tuple[StepRecord, Step | None]]) -> list[Pause]:
    pauses: list[Pause] = []
    begun: tuple[date, PauseKind] | None = None
    for record, step in taken:
        if step is None:
            continue
        if begun is not None and charge_rule in step.resumes:
            pauses.append((begun[0], record.effective_on, begun[1]))
            begun = None
        if begun is None and charge_rule in {toll.clock for toll in step.tolls}:
            begun = (record.effective_on, _kind(rules, step))
    if begun is not None:
        pauses.append((begun[0], None, begun[1]))
    return pauses


def _kind(rules: Rules, step: Step) -> PauseKind:
    """Return what pauses the charge: the remedy whose clock the step starts, else an application for instalments."""
    pending = (rules.law.rule(start.clock).pends for start in step.starts)
    return next((remedy for remedy in pending if remedy), "instalment")
