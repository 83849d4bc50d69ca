"""When something may be submitted, what is late, and until when the office answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.cases import Case
from caseflow.domain.law import LawRefusal
from caseflow.domain.law.reckoning import Reckoning, reckon
from caseflow.domain.rules import Rules, regime_ended
from caseflow.domain.submissions import Kind
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, Step

_REFUND_RULE: Final = "cn.provincial.refund_verify"
_DECIDED: Final = frozenset({"collection", "court_referral", "closed"})
_NOTHING_OWED: Final = Words(
    "Nothing is owed in this case now. If you think otherwise, send a statement.",
    "本案目前没有应缴款项。如有异议，请提交陈述意见。",
)
_NOT_COLLECTED: Final = Words(
    "Nothing is collected in this case any more, so there is nothing to pay later or by instalments. If you paid and "
    "think the money should come back, send a claim for a refund.",
    "本案不再收取任何款项，因此没有可以延期或者分期缴纳的款项。如您曾经缴款并认为应当退还，请提交退款申请。",
)
_CLOSED: Final = Words(f"This case is closed. {_NOT_COLLECTED.en}", f"本案已经结案。{_NOT_COLLECTED.zh}")
_NOTHING_PAID: Final = Words(
    "Nothing was paid in this case. If you paid, send the receipt as evidence.",
    "本案没有缴款记录。如您已经缴款，请将票据作为证据提交。",
)
_NO_HEARING: Final = Words(
    "The procedure of this case knows no hearing. Send a statement instead: it must be weighed.",
    "本案程序没有听证环节。您可以提交陈述意见，本机关应当复核。",
)
_AFTER_DECISION: Final = Words(
    "The decision has been made. What you send goes into the file; to have the decision changed, apply for "
    "reconsideration or sue in time.",
    "本案已作出决定。您提交的内容将并入案卷；如不服决定，请在法定期限内申请行政复议或者提起行政诉讼。",
)
_HEARING_AFTER: Final = Words(
    "The decision has been made, so no hearing comes before it any more. Your request is kept and answered.",
    "本案已作出决定，不能再在决定前举行听证。您的申请仍予收存并答复。",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a kind stands in a case now.

    ``closed`` says why it is not offered (None: it is); ``late`` what follows from its being late (None: it is in
    time).
    """

    kind: Kind
    closed: Words | None
    late: Words | None


@dataclass(frozen=True, slots=True)
class AnswerLimit:
    """Until when the office answers: the reckoning, or None where no law of that day and no calendar reckons it."""

    rule_id: str
    reckoning: Reckoning | None

    @property
    def due_on(self) -> date | None:
        """The last day to answer."""
        return self.reckoning.due_on if self.reckoning is not None else None


def recording_steps(definition: Definition, current: Definition | None, kind: Kind) -> tuple[Step, ...]:
    """Return the steps of the case's workflow that take such a submission in.

    A case pinned to a file from before submissions goes by what the regime's ``current`` file says of steps that both
    know.
    """
    own = tuple(step for step in definition.steps.values() if step.on_submission == kind.value)
    if own or current is None:
        return own
    named = [step.name for step in current.steps.values() if step.on_submission == kind.value]
    return tuple(definition.steps[name] for name in named if name in definition.steps)


def standing(rules: Rules, case: Case, kind: Kind, steps: tuple[Step, ...], today: date) -> Standing:
    """Return whether a kind is offered on ``today`` and whether it would be late; ``steps`` take it in."""
    closed = _closed(rules, case, kind, steps, today)
    if closed is not None:
        return Standing(kind, closed, None)
    return Standing(kind, None, _late(rules, case, kind, steps, today))


def answer_limit(rules: Rules, kind: Kind, steps: tuple[Step, ...], received_on: date) -> AnswerLimit:
    """Return until when the office answers what it received on ``received_on``.

    A time limit of law that the recording step starts for the office counts (Decree 357 article 6: 30 days for
    instalments); else that of the kind, which for most is a rule of the house.
    """
    found = None
    for rule_id in (*_started_for_the_office(rules, steps), _rule_of(kind)):
        found = AnswerLimit(rule_id, _reckoned(rules, rule_id, received_on))
        if found.reckoning is not None:
            return found
    return found if found is not None else AnswerLimit(_rule_of(kind), None)


def _rule_of(kind: Kind) -> str:
    return _REFUND_RULE if kind is Kind.REFUND_CLAIM else f"house.submission.{kind.value}"


def _started_for_the_office(rules: Rules, steps: tuple[Step, ...]) -> list[str]:
    started = [start.clock for step in steps for start in step.starts if start.on is None and start.after is None]
    return [
        rule_id
        for rule_id in dict.fromkeys(started)
        if rules.law.rule(rule_id).binds == "agency" and rules.law.rule(rule_id).kind == "time_limit"
    ]


def _reckoned(rules: Rules, rule_id: str, received_on: date) -> Reckoning | None:
    if rule_id not in rules.law.rules:
        return None
    try:
        return reckon(rules.law.rule(rule_id), trigger_on=received_on, calendar=rules.calendar)
    except (LawRefusal, CalendarNotPublished):
        return None


def _closed(rules: Rules, case: Case, kind: Kind, steps: tuple[Step, ...], today: date) -> Words | None:
    if kind is Kind.HEARING_REQUEST and not steps:
        return _NO_HEARING
    if kind is Kind.INSTALMENTS:
        return _not_collected(rules, case, today)
    if kind is Kind.REFUND_CLAIM and case.money.collected_fen <= 0:
        return _NOTHING_PAID
    return None


def _not_collected(rules: Rules, case: Case, today: date) -> Words | None:
    """Say why there is nothing to pay later: the law has ended, the case is closed, or nothing is owed."""
    ended = regime_ended(rules, today)
    if ended is not None:
        act = ended.repealed_by
        en = f"The law behind this case was abolished on {act.on} by: {act.name.en}" if act else ended.message_en
        zh = f"本案所依据的规定已于{act.on}被{act.name.zh}废止" if act else ended.message_zh
        return Words(f"{en.rstrip('.')}. {_NOT_COLLECTED.en}", f"{zh.rstrip('。')}。{_NOT_COLLECTED.zh}")
    if case.phase == "closed":
        return _CLOSED
    return _NOTHING_OWED if case.money.outstanding_fen <= 0 else None


def _late(rules: Rules, case: Case, kind: Kind, steps: tuple[Step, ...], today: date) -> Words | None:
    for rule_id in dict.fromkeys(name for step in steps for name in step.within):
        clock = case.latest_clock(rule_id)
        if clock is not None and clock.has_run_out(today):
            return _ran_out(rules, rule_id, clock.due_on)
    if case.phase not in _DECIDED:
        return None
    if kind is Kind.HEARING_REQUEST:
        return _HEARING_AFTER
    # A demand before execution is answered by a statement, too (Administrative Coercion Law article 36).
    answers_a_demand = any(case.state in step.from_states for step in steps)
    if kind in (Kind.STATEMENT, Kind.EVIDENCE) and not answers_a_demand:
        return _AFTER_DECISION
    return None


def _ran_out(rules: Rules, rule_id: str, due_on: date) -> Words:
    rule = rules.law.rule(rule_id)
    late = rule.late
    en = f"“{rule.title.en}” ended on {due_on}"
    zh = f"“{rule.title.zh}”的期限已于{due_on}届满"
    if late is not None:
        en, zh = f"{en}: {late.text.en}", f"{zh}：{late.text.zh}"
    return Words(
        f"{en}. It is taken in all the same, marked late, and answered.",
        f"{zh}。本机关仍予接收，注明逾期，并作出答复。",
    )
