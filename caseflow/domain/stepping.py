"""One lawful step: which steps are open and why the others are not, and what a step changes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from caseflow.domain.access import Actor, Role
from caseflow.domain.cases import Case, CaseClock
from caseflow.domain.guards import CaseFacts, ReadView, build_view
from caseflow.domain.issued import on_paper, outdated, waits_for
from caseflow.domain.law import NoLawInForce
from caseflow.domain.ledger import Leg, Money
from caseflow.domain.referral_marks import ReferralMark
from caseflow.domain.referrals import CLOCK_CONDITIONS, referral_conditions
from caseflow.domain.reminders import DueRung
from caseflow.domain.rules import Rules, regime_ended, remedy_pending
from caseflow.domain.served import Service
from caseflow.domain.service import service_wanted
from caseflow.domain.step_people import role_on, step_bars
from caseflow.domain.words import Words
from caseflow.domain.workflow import Step


@dataclass(frozen=True)
class Reason:
    """Why a step is closed; ``opens_on`` is the day it opens by itself, where there is one."""

    code: str
    words: Words
    opens_on: date | None = None


@dataclass(frozen=True)
class StepOffer:
    """A step that leaves the case's state, with everything that keeps it closed to this actor (nothing: open)."""

    step: Step
    reasons: tuple[Reason, ...]

    @property
    def is_open(self) -> bool:
        """Whether the actor may take the step now."""
        return not self.reasons


class StepRefused(Exception):
    """The step is closed; ``reasons`` says everything that is missing."""

    def __init__(self, trigger: str, reasons: tuple[Reason, ...]) -> None:
        self.trigger, self.reasons = trigger, reasons
        super().__init__(f"{trigger}: " + "; ".join(reason.words.en for reason in reasons))


@dataclass(frozen=True)
class StepOutcome:
    """Everything one step changes, ready to be written in one statement. ``facts`` and ``answers`` are JSON values.

    ``ladders`` holds the rungs of each started or changed clock that runs, by its rule.
    ``owner_id`` and ``second_officer_id`` are the officers it names (None: they stay), ``floor_on`` the date before
    which no later step may lie (None: the earlier one stays); ``calendar_version`` says under which working days its
    clocks were reckoned.
    """

    trigger: str
    from_state: str
    to_state: str
    phase: str
    waiting_for: str
    role: Role
    effective_on: date
    business_date: date
    answers: Mapping[str, Any]
    facts: Mapping[str, Any]
    dates: Mapping[str, date]
    money: Money
    started: tuple[CaseClock, ...] = ()
    changed: tuple[CaseClock, ...] = ()
    ladders: Mapping[str, tuple[DueRung, ...]] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    postings: tuple[Mapping[str, Any], ...] = ()
    legs: tuple[Leg, ...] = ()
    law: tuple[Mapping[str, Any], ...] = ()
    next_due_on: date | None = None
    next_clock: str | None = None
    desk_role: str = ""
    closed_on: date | None = None
    owner_id: int | None = None
    second_officer_id: int | None = None
    floor_on: date | None = None
    calendar_version: int = 0
    service: Service | None = None
    referral: ReferralMark | None = None


@dataclass(frozen=True)
class Moment:
    """The day a step is judged at: ``on`` is the step's own date, ``today`` the business date it is recorded on."""

    on: date
    today: date
    answers: Mapping[str, Any] = field(default_factory=dict)


def read_view(
    rules: Rules, case: Case, today: date, answers: Mapping[str, Any] | None = None, asked: Collection[str] = ()
) -> ReadView:
    """Return the read-only view of the case that guards are evaluated over; ``answers`` override the facts.

    ``asked`` names the fields a step asks anew: what an earlier step answered to them does not count.
    """
    known = {**{name: answer for name, answer in case.facts.items() if name not in asked}, **(answers or {})}
    facts = CaseFacts(
        state=case.state,
        phase=case.phase,
        act_date=case.dates.act_date,
        filed_on=case.dates.filed_on,
        decision_date=case.dates.decision_date,
        served_on=case.dates.served_on,
        opened_on=case.dates.opened_on,
        evidence_items=int(known.get("evidence_items") or 0),
        officers=case.officers,
        assessed_fen=case.money.assessed_fen,
        paid_fen=case.money.collected_fen - case.money.refunded_fen,
        outstanding_fen=case.money.outstanding_fen,
        refundable_fen=case.money.refundable_fen,
        remedy_pending=remedy_pending(rules, case),
    )
    return build_view(rules.definition.view_kinds, known, facts, today)


def step_reasons(rules: Rules, case: Case, step: Step, actor: Actor, moment: Moment) -> tuple[Reason, ...]:
    """Return everything that keeps ``step`` closed to ``actor``; an empty tuple means it is open."""
    if case.state not in step.from_states:
        return (Reason("state", Words("the case is not where this step starts", "案件不在本步骤的起始状态")),)
    reasons: list[Reason] = []
    reasons += _branch_reasons(rules, step, moment)
    reasons += _people_reasons(rules, case, step, actor)
    reasons += _need_reasons(rules, case, step, moment)
    reasons += _guard_reasons(rules, case, step, moment)
    reasons += _clock_reasons(rules, case, step, moment)
    if step.levies:
        reasons += _levy_reasons(rules, case, moment)
    if step.referral in ("sign", "file"):
        reasons += _referral_reasons(rules, case, step, moment, {reason.code for reason in reasons})
    return tuple(reasons)


def check_step(rules: Rules, case: Case, step: Step, actor: Actor, moment: Moment) -> None:
    """Raise :class:`StepRefused` unless ``actor`` may take ``step`` now."""
    reasons = step_reasons(rules, case, step, actor, moment)
    if reasons:
        raise StepRefused(step.name, reasons)


def offers(rules: Rules, case: Case, actor: Actor, today: date) -> tuple[StepOffer, ...]:
    """Return every step that leaves the case's state, in the order of the file, with what keeps it closed."""
    moment = Moment(on=today, today=today)
    return tuple(
        StepOffer(step, step_reasons(rules, case, step, actor, moment))
        for step in rules.definition.steps_from(case.state)
    )


def _branch_reasons(rules: Rules, step: Step, moment: Moment) -> list[Reason]:
    if step.branch == "wind_down":
        return []
    refusal = regime_ended(rules, moment.on)
    if refusal is None:
        return []
    return [Reason("regime_ended", Words(refusal.message_en, refusal.message_zh))]


def _people_reasons(rules: Rules, case: Case, step: Step, actor: Actor) -> list[Reason]:
    reasons = []
    if not any(role in step.by for role in actor.roles):
        names_en = " or ".join(ROLE_WORDS[Role(role)].en for role in step.by)
        names_zh = "或".join(ROLE_WORDS[Role(role)].zh for role in step.by)
        reasons.append(Reason("role", Words(f"for the {names_en}", f"由{names_zh}办理")))
    role = role_on(rules.definition, case, step, actor)
    if step.needs.officers > 1 and role is Role.OFFICER:
        reasons += _two_officers_reasons(case, actor)
    # Held by the name of whoever acts. A substitute is another person than who is away: they may approve what the one
    # away prepared, which nobody but that one may not. What the substitute prepared themselves they may approve in
    # nobody's place, by whatever role.
    for other in step.not_by:
        if actor.id in case.takers_of(other):
            title = rules.definition.steps[other].title
            reasons.append(
                Reason(
                    "four_eyes",
                    Words(
                        f"needs another person: you took “{title.en}” on this case",
                        f"须由他人办理：您已在本案办理“{title.zh}”",
                    ),
                )
            )
            break
    told = {reason.code for reason in reasons}
    barred = step_bars(rules.definition, case, step, actor, role) if role is not None else ()
    return reasons + [Reason(bar.code, bar.words) for bar in barred if bar.code not in told]


def _two_officers_reasons(case: Case, actor: Actor) -> list[Reason]:
    officers = [one for one in (case.owner_id, case.second_officer_id) if one is not None]
    # Who stands in for one of the two takes that one's place, and no second one: the two stay two persons.
    present = [actor.id if one in actor.stands_in_for else one for one in officers]
    # APL 2021 article 42: it is the two officers of the case who act together, not any two of the office.
    if actor.id not in present:
        return [Reason("not_on_case", Words("for the two officers of the case", "由本案的两名执法人员办理"))]
    if len(set(present)) < len(officers):
        words = Words(
            "needs two persons: you would be both officers of the case, as yourself and as a substitute",
            "须由两人办理：您不得同时以本人和代岗人身份充当本案两名执法人员",
        )
        return [Reason("one_person", words)]
    return []


def _need_reasons(rules: Rules, case: Case, step: Step, moment: Moment) -> list[Reason]:
    reasons = []
    for name in step.needs.documents:
        if name not in case.documents and name not in on_paper(rules.definition, case):
            title = rules.definition.documents[name].title
            reasons.append(Reason("document", Words(f"needs the {title.en.lower()}", f"缺少{title.zh}")))
    for name in dict.fromkeys(kind for kind, _ in waits_for(rules.definition, case, step)):
        title = rules.definition.documents[name].title
        words = Words(
            f"the {title.en.lower()} is not issued yet: draft, review and issue it under Papers",
            f"{title.zh}尚未制发：请在“文书”中拟制、审核并制发",
        )
        reasons.append(Reason("unissued", words))
    for name in outdated(rules.definition, case, step):
        title = rules.definition.documents[name].title
        words = Words(
            f"money has moved since the {title.en.lower()} was issued: correct it under Papers",
            f"{title.zh}制发后款项已有变动：请在“文书”中更正",
        )
        reasons.append(Reason("outdated", words))
    wanted = service_wanted(rules.law.service, rules.definition, case, step, moment.on)
    reasons += [Reason(code, words) for code, words in wanted]
    for name in step.needs.steps:
        if not case.has_taken(name):
            title = rules.definition.steps[name].title
            reasons.append(Reason("step", Words(f"needs “{title.en}” first", f"须先办理“{title.zh}”")))
    if case.officers < step.needs.officers:
        reasons.append(
            Reason(
                "officers",
                Words(
                    f"needs {step.needs.officers} officers on the case (now {case.officers})",
                    f"须有{step.needs.officers}名执法人员（现有{case.officers}名）",
                ),
            )
        )
    return reasons


def _guard_reasons(rules: Rules, case: Case, step: Step, moment: Moment) -> list[Reason]:
    if not step.when and not step.unless:
        return []
    view = read_view(rules, case, moment.today, moment.answers, step.asks)
    reasons = []
    for name in step.when:
        condition = rules.definition.conditions[name]
        if not condition.guard.holds(view):
            reasons.append(Reason("when", Words(f"only when {condition.words.en}", f"仅当{condition.words.zh}")))
    for name in step.unless:
        condition = rules.definition.conditions[name]
        if condition.guard.holds(view):
            reasons.append(Reason("unless", Words(f"not when {condition.words.en}", f"{condition.words.zh}时不可办理")))
    return reasons


def _clock_reasons(rules: Rules, case: Case, step: Step, moment: Moment) -> list[Reason]:
    reasons = []
    for rule_id in step.opens_after:
        title = rules.law.rule(rule_id).title
        clock = case.latest_clock(rule_id)
        if clock is None and rules.law.rule(rule_id).version_or_none(moment.on) is None:
            continue
        if clock is None:
            reasons.append(Reason("clock_not_started", Words(f"{title.en} has not begun", f"“{title.zh}”尚未起算")))
        elif clock.status == "tolled":
            reasons.append(Reason("clock_tolled", Words(f"{title.en} is suspended", f"“{title.zh}”中止中")))
        elif clock.is_running and clock.due_on >= moment.on:
            # One that was met or stopped is not waited for: a remedy was used, or another limit took its place.
            opens_on = clock.due_on + timedelta(days=1)
            reasons.append(
                Reason(
                    "clock_running",
                    Words(
                        f"opens when {title.en} has run out: {opens_on.isoformat()}",
                        f"“{title.zh}”届满后可办理：{opens_on.isoformat()}",
                    ),
                    opens_on,
                )
            )
    for rule_id in step.within:
        reasons += _within_reasons(rules, case, rule_id, moment)
    return reasons


def _within_reasons(rules: Rules, case: Case, rule_id: str, moment: Moment) -> list[Reason]:
    title = rules.law.rule(rule_id).title
    clock = case.running_clock(rule_id)
    if clock is None:
        latest = case.latest_clock(rule_id)
        if latest is None or latest.status != "missed":
            return [Reason("clock_not_running", Words(f"{title.en} is not running", f"“{title.zh}”未在计算"))]
        clock = latest
    if clock.due_on < moment.on:
        return [
            Reason(
                "clock_past",
                Words(
                    f"{title.en} ended on {clock.due_on.isoformat()}",
                    f"“{title.zh}”已于{clock.due_on.isoformat()}届满",
                ),
            )
        ]
    counts_back = clock.reckoning.direction == "before"
    if clock.reckoning.trigger_on > moment.on and not counts_back:
        begins = clock.reckoning.trigger_on
        return [
            Reason(
                "clock_ahead",
                Words(
                    f"{title.en} begins on {begins.isoformat()}",
                    f"“{title.zh}”自{begins.isoformat()}起算",
                ),
                begins,
            )
        ]
    return []


def _levy_reasons(rules: Rules, case: Case, moment: Moment) -> list[Reason]:
    act_date = case.dates.act_date or moment.on
    try:
        rules.law.levy_basis(rules.definition.law, act_date=act_date, decision_date=moment.on)
    except NoLawInForce as refusal:
        return [Reason("no_law", Words(refusal.message_en, refusal.message_zh))]
    return []


def _referral_reasons(rules: Rules, case: Case, step: Step, moment: Moment, said: Collection[str]) -> list[Reason]:
    """Return the conditions of a referral that do not hold, but those the step's own clocks and guards tell of."""
    told = {"regime_in_force"} if "regime_ended" in said else set()
    if "unless" in said:
        told.add("outstanding")
    if any(code.startswith("clock_") for code in said):
        told |= {name for name, row in CLOCK_CONDITIONS.items() if rules.law.rule(row).id in step.own_clocks}
    return [
        Reason(
            condition.code,
            Words(f"{condition.title.en}: {condition.words.en}", f"{condition.title.zh}：{condition.words.zh}"),
            condition.opens_on,
        )
        for condition in referral_conditions(rules, case, moment.on)
        if not condition.holds and condition.waits_for is None and condition.code not in told
    ]


ROLE_WORDS: Mapping[Role, Words] = {
    Role.OFFICER: Words("enforcement officer", "执法人员"),
    Role.REVIEWER: Words("legal reviewer", "法制审核人员"),
    Role.APPROVER: Words("approver", "审批人"),
    Role.CASHIER: Words("cashier", "收费员"),
    Role.PAYER: Words("expenditure payer", "支出出纳"),
    Role.LIAISON: Words("court liaison", "法院联络员"),
    Role.AUDITOR: Words("auditor", "审计员"),
    Role.SUPERVISOR: Words("supervisor", "督查员"),
    Role.ADMINISTRATOR: Words("administrator", "系统管理员"),
}
