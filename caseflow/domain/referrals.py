"""Whether a decision may be referred to the court, condition by condition, each with its date and its source. Pure.

Sources: Administrative Compulsion Law articles 53-54 and 69; SPC interpretation of 2018 article 156 (before 2012 of
2000, article 88); Administrative Penalty Law 2021 article 72. The rows named here are those of the law files' table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.cases import Case, CaseClock
from caseflow.domain.law import Checked, Citation, LawRefusal, NoLawInForce, Rule
from caseflow.domain.law.reckoning import reckon
from caseflow.domain.referral_marks import decision_seq, fallen_by
from caseflow.domain.rules import Rules, regime_ended
from caseflow.domain.words import Words
from caseflow.domain.workflow import Step

DEMAND, WINDOW, SUE_DIRECT, SUE_AFTER_REVIEW = "E1", "E2", "L1", "L2"
# The conditions that a step's own clocks tell of, where it names them.
CLOCK_CONDITIONS = {"demand": DEMAND, "window": WINDOW}
CONDITIONS = (
    "decision_served",
    "decision_lawful",
    "no_remedy",
    "time_to_sue",
    "no_plan",
    "demand",
    "window",
    "outstanding",
    "regime_in_force",
    "not_referred",
)
TITLES = {
    "decision_served": Words("Decision made and served", "决定已作出并送达"),
    "decision_lawful": Words("Decision lawful when made", "作出决定时有法律依据"),
    "no_remedy": Words("No reconsideration or suit pending", "无未决复议或者诉讼"),
    "time_to_sue": Words("Time to sue over", "起诉期限届满"),
    "no_plan": Words("No instalment plan running", "无分期（延期）缴纳"),
    "demand": Words("Demand served and its time past", "已催告且催告期满"),
    "window": Words("Within the time to apply to the court", "在申请执行期限内"),
    "outstanding": Words("Something outstanding", "尚有未缴款项"),
    "regime_in_force": Words("Law of the regime in force", "征收（处罚）依据现行有效"),
    "not_referred": Words("Not referred before", "未曾申请执行"),
}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ReferralCondition:
    """One condition of a referral: whether it holds, in words, and what it hangs on.

    ``on`` is the date it hangs on, ``opens_on`` the day from which it holds by itself, ``waits_for`` the condition
    that must hold before this one can be judged, ``clock`` the rule of the limit it is about, ``cite`` and ``checked``
    its source in the law files.
    """

    code: str
    holds: bool
    words: Words
    on: date | None = None
    opens_on: date | None = None
    waits_for: str | None = None
    clock: str | None = None
    cite: Citation | None = None
    checked: Checked | None = None

    @property
    def title(self) -> Words:
        """What is asked."""
        return TITLES[self.code]


def referral_conditions(rules: Rules, case: Case, on: date) -> tuple[ReferralCondition, ...]:
    """Return every condition of a referral on the day ``on``, in a fixed order; it is offered when all of them hold."""
    looked = _Looked(rules, case, on)
    return tuple(judge(looked) for judge in _JUDGES.values())


def may_refer(conditions: tuple[ReferralCondition, ...]) -> bool:
    """Tell whether a referral is offered."""
    return all(condition.holds for condition in conditions)


class _Looked:
    """A case as the conditions look at it: the clocks that govern it and what came after what."""

    def __init__(self, rules: Rules, case: Case, on: date) -> None:
        self.rules, self.case, self.on = rules, case, on
        self.decided_on, self.served_on = case.dates.decision_date, case.dates.served_on
        self.is_served = self.decided_on is not None and self.served_on is not None and self.served_on <= on
        self.remedy = next((clock for clock in case.clocks if clock.is_running and self._pends(clock)), None)
        self.plan_pends = rules.definition.states[case.state].pends is not None
        self.demand = case.latest_clock(self.rule(DEMAND).id)
        sue_rules = (self.rule(SUE_DIRECT).id, self.rule(SUE_AFTER_REVIEW).id)
        self.sue = next((clock for clock in reversed(case.clocks) if clock.rule_id in sue_rules), None)
        suit = next((clock for clock in reversed(case.clocks) if self._pends(clock) == "litigation"), None)
        # A suit that failed leaves nothing to sue for, until a reconsideration opens the way anew.
        self.suit_over = suit is not None and not suit.is_running and self._place(suit) > self._place(self.sue)
        self.suit = suit if self.suit_over else None

    def rule(self, row: str) -> Rule:
        return self.rules.law.rule(row)

    def _pends(self, clock: CaseClock) -> str | None:
        return self.rules.law.rule(clock.rule_id).pends

    def _place(self, clock: CaseClock | None) -> int:
        return -1 if clock is None else self.case.clocks.index(clock)

    def last_step(self, is_it: Callable[[Step], bool]) -> int:
        """Return the number of the last step of the kind since the decision; -1: there was none."""
        steps, decided = self.rules.definition.steps, decision_seq(self.rules.definition, self.case)
        taken = (one for one in self.case.history if one.seq > decided and one.trigger in steps)
        return max((one.seq for one in taken if is_it(steps[one.trigger])), default=-1)

    @cached_property
    def demanded_seq(self) -> int:
        """The number of the step that served the last demand since the decision; -1: none was served."""
        demand = self.rule(DEMAND).id
        return self.last_step(lambda step: demand in {start.clock for start in step.starts})

    @cached_property
    def withdrawn_seq(self) -> int:
        """The number of the step that withdrew an application since the decision; -1: none did."""
        return self.last_step(lambda step: step.referral == "withdraw")

    def sue_over_on(self) -> date | None:
        """Return the last day of the time to sue, or the day the suit ended; None: it never began."""
        if self.suit is not None:
            return self.suit.clock.ended_on
        return None if self.sue is None else self.sue.due_on

    def window(self) -> tuple[date, date]:
        """Return the day the time to apply begins to run from and its last day. Raises ``LawRefusal``.

        The case's own clock counts where it was put up for the limit that governs now; else it is reckoned here.
        """
        clock = self.case.latest_clock(self.rule(WINDOW).id)
        if clock is not None and self._place(clock) > max(self._place(self.sue), self._place(self.suit)):
            return clock.reckoning.trigger_on, clock.due_on
        begins = self.sue_over_on()
        assert begins is not None  # noqa: S101 - asked only once the time to sue is over
        reckoned = reckon(
            self.rule(WINDOW), trigger_on=begins, calendar=self.rules.calendar, applies_on=self.decided_on
        )
        return begins, reckoned.due_on

    def demand_is_spent(self) -> bool:
        """Tell whether something since the demand leaves another sum or another term than it stated (ACL 35).

        A remedy or an instalment plan that began after it and has ended, or an application that was withdrawn.
        """
        demanded = self.demanded_seq
        begun = [
            one.seq
            for one in self.case.history
            if one.seq > demanded and any(self.rules.law.rule(clock).pends for clock in self._started_by(one.trigger))
        ]
        pending = 0 if self.remedy is None else 1
        return len(begun) > pending or self._plan_ended_after(demanded) or self.withdrawn_seq > demanded

    def _started_by(self, trigger: str) -> tuple[str, ...]:
        step = self.rules.definition.steps.get(trigger)
        return () if step is None else tuple(start.clock for start in step.starts)

    def _plan_ended_after(self, seq: int) -> bool:
        states = self.rules.definition.states
        pended = [(one.seq, states[one.to_state].pends is not None) for one in self.case.history]
        return any(was and not still and later > seq for (_, was), (later, still) in pairwise(pended))

    def demand_is_asked_for(self) -> bool:
        """Tell whether the law of the day asks for a demand, or else the workflow does (before 2012)."""
        rule = self.rule(DEMAND)
        if rule.version_or_none(self.on) is not None:
            return True
        signing = [step for step in self.rules.definition.steps.values() if step.referral == "sign"]
        return all(rule.id in step.opens_after for step in signing)

    def source(self, row: str, at: date | None = None) -> tuple[Citation, Checked]:
        """Return what the law files cite for a row on the day: the version of then, else the nearest one."""
        rule = self.rule(row)
        on = at or self.decided_on or self.on
        version = rule.version_or_none(on) or (rule.versions[0] if on < rule.versions[0].from_ else rule.versions[-1])
        return version.cite, version.checked


def _condition(
    looked: _Looked, code: str, *, holds: bool, words: Words, row: str = WINDOW, at: date | None = None
) -> ReferralCondition:
    cite, checked = looked.source(row, at)
    return ReferralCondition(code, holds, words, cite=cite, checked=checked)


def _waiting(looked: _Looked, code: str, waits_for: str, row: str = WINDOW) -> ReferralCondition:
    title = TITLES[waits_for]
    words = Words(f"cannot be judged before: {title.en.lower()}", f"须先满足：{title.zh}")
    return replace(_condition(looked, code, holds=False, words=words, row=row), waits_for=waits_for)


def _decision_served(looked: _Looked) -> ReferralCondition:
    decided, served = looked.decided_on, looked.served_on
    if decided is None:
        words = Words("no decision has been made", "尚未作出决定")
    elif not looked.is_served:
        words = Words(f"the decision of {decided} is not served yet", f"{decided}作出的决定尚未送达")
    else:
        words = Words(f"decided on {decided}, served on {served}", f"{decided}作出决定，{served}送达")
    found = _condition(looked, "decision_served", holds=looked.is_served, words=words, row=SUE_DIRECT)
    return replace(found, on=served or decided)


def _decision_lawful(looked: _Looked) -> ReferralCondition:
    code, case, decided = "decision_lawful", looked.case, looked.decided_on
    levy = looked.rules.law.levy_rule(looked.rules.definition.law)
    if decided is None:
        return _waiting(looked, code, "decision_served", levy.id)
    try:
        basis = looked.rules.law.levy_basis(
            looked.rules.definition.law, act_date=case.dates.act_date or decided, decision_date=decided
        )
    except NoLawInForce as refusal:
        words = Words(refusal.message_en, refusal.message_zh)
        return replace(_condition(looked, code, holds=False, words=words, row=levy.id), on=decided)
    definition = looked.rules.definition
    fell = fallen_by(definition, case, decision_seq(definition, case))
    if fell is not None:
        words = Words(f"the decision fell: “{fell.title.en}”", f"决定已失效：“{fell.title.zh}”")
        return replace(_condition(looked, code, holds=False, words=words, row=levy.id), on=decided)
    text = basis.version.cite.text
    words = Words(f"in force on {decided}: {text.en}", f"{decided}有效：{text.zh}")
    found = ReferralCondition(code, holds=True, words=words, cite=basis.version.cite, checked=basis.version.checked)
    return replace(found, on=decided)


def _no_remedy(looked: _Looked) -> ReferralCondition:
    code, remedy = "no_remedy", looked.remedy
    if remedy is None:
        words = Words("nothing is pending", "无未决救济程序")
        return _condition(looked, code, holds=True, words=words)
    since, pends = remedy.reckoning.trigger_on, looked.rules.law.rule(remedy.rule_id).pends
    name = Words("a suit", "行政诉讼") if pends == "litigation" else Words("a reconsideration", "行政复议")
    words = Words(f"{name.en} is pending since {since}", f"自{since}起{name.zh}未决")
    found = _condition(looked, code, holds=False, words=words, row=remedy.rule_id, at=since)
    return replace(found, on=since, clock=remedy.rule_id)


def _time_to_sue(looked: _Looked) -> ReferralCondition:
    code = "time_to_sue"
    row = SUE_DIRECT if looked.sue is None else looked.sue.rule_id
    if not looked.is_served:
        return _waiting(looked, code, "decision_served", row)
    if looked.remedy is not None:
        return _waiting(looked, code, "no_remedy", row)
    over = looked.sue_over_on()
    if over is None:
        words = Words("the time to sue has not begun", "起诉期限尚未起算")
        return _condition(looked, code, holds=False, words=words, row=row)
    at = looked.sue.reckoning.applies_on if looked.sue else None
    if looked.suit is not None:
        holds, words = over <= looked.on, Words(f"the suit ended on {over}", f"诉讼已于{over}终结")
        return replace(_condition(looked, code, holds=holds, words=words, row=row, at=at), on=over)
    if over < looked.on:
        words = Words(f"ended on {over}", f"已于{over}届满")
        found = _condition(looked, code, holds=True, words=words, row=row, at=at)
        return replace(found, on=over, clock=row)
    words = Words(f"runs until {over}", f"至{over}届满")
    found = _condition(looked, code, holds=False, words=words, row=row, at=at)
    return replace(found, on=over, opens_on=over + _DAY, clock=row)


def _no_plan(looked: _Looked) -> ReferralCondition:
    if not looked.plan_pends:
        return _condition(looked, "no_plan", holds=True, words=Words("none is running", "无分期（延期）缴纳"))
    title = looked.rules.definition.states[looked.case.state].title
    words = Words(f"{title.en.lower()}: the time to apply begins when it ends", f"{title.zh}：申请期限自其结束之日起算")
    return _condition(looked, "no_plan", holds=False, words=words)


def _demand(looked: _Looked) -> ReferralCondition:
    code, rule = "demand", looked.rule(DEMAND)
    if not looked.is_served:
        return _waiting(looked, code, "decision_served", DEMAND)
    settled = _demand_without_its_time(looked)
    if settled is not None:
        holds, words = settled
        return _condition(looked, code, holds=holds, words=words, row=DEMAND, at=looked.on)
    clock = looked.demand
    assert clock is not None  # noqa: S101 - told apart by _demand_without_its_time
    served, due = clock.reckoning.trigger_on, clock.due_on
    past = due < looked.on
    words = (
        Words(f"served on {served}, its time ended on {due}", f"{served}送达，{due}期满")
        if past
        else Words(f"served on {served}, its time runs until {due}", f"{served}送达，至{due}期满")
    )
    found = _condition(looked, code, holds=past, words=words, row=DEMAND, at=served)
    return replace(found, on=due, opens_on=None if past else due + _DAY, clock=rule.id)


def _demand_without_its_time(looked: _Looked) -> tuple[bool, Words] | None:
    """Return the verdict where no time of a demand has to be looked at; None where it has."""
    law_knows_it = looked.rule(DEMAND).version_or_none(looked.on) is not None
    if not looked.demand_is_asked_for():
        return True, Words("the law of this day asks for no demand", "当时的法律未要求催告")
    if looked.demanded_seq < 0:
        return False, Words("no demand was served", "尚未催告")
    if looked.demand_is_spent():
        return False, Words(
            "no demand was served since the last remedy, plan or withdrawal", "最近一次救济、分期或者撤回之后尚未催告"
        )
    if not law_knows_it:
        return True, Words("a demand was served; no limit ran on it then", "已催告；当时未规定催告期限")
    if looked.demand is None:
        return False, Words("no demand was served under the law now in force", "未按现行法律催告")
    return None


def _window(looked: _Looked) -> ReferralCondition:
    code, rule_id = "window", looked.rule(WINDOW).id
    earlier = (_decision_served(looked), _no_remedy(looked), _time_to_sue(looked), _no_plan(looked))
    missing = next((one for one in earlier if not one.holds), None)
    if missing is not None:
        return replace(_waiting(looked, code, missing.waits_for or missing.code), opens_on=missing.opens_on)
    try:
        begins, ends = looked.window()
    except (LawRefusal, CalendarNotPublished) as refusal:
        words = Words(refusal.message_en, refusal.message_zh)
        return replace(_condition(looked, code, holds=False, words=words), clock=rule_id)
    if looked.on > ends:
        words = Words(f"ended on {ends}", f"已于{ends}届满")
    elif looked.on < begins:
        words = Words(f"begins on {begins}", f"自{begins}起算")
    else:
        words = Words(f"open until {ends}", f"至{ends}届满")
    found = _condition(looked, code, holds=begins <= looked.on <= ends, words=words)
    return replace(found, on=ends, opens_on=begins if looked.on < begins else None, clock=rule_id)


def _outstanding(looked: _Looked) -> ReferralCondition:
    if not looked.is_served:
        return _waiting(looked, "outstanding", "decision_served")
    fen = looked.case.money.outstanding_fen
    if fen > 0:
        yuan = f"{fen // 100:,}.{fen % 100:02d}"
        words = Words(f"{yuan} yuan", f"{yuan}元")
    else:
        words = Words("nothing is outstanding", "应缴款项已结清")
    return _condition(looked, "outstanding", holds=fen > 0, words=words)


def _regime_in_force(looked: _Looked) -> ReferralCondition:
    levy = looked.rules.law.levy_rule(looked.rules.definition.law)
    refusal = regime_ended(looked.rules, looked.on)
    words = (
        Words(f"in force on {looked.on}", f"{looked.on}现行有效")
        if refusal is None
        else Words(refusal.message_en, refusal.message_zh)
    )
    found = _condition(looked, "regime_in_force", holds=refusal is None, words=words, row=levy.id, at=looked.on)
    repeal = refusal.repealed_by if refusal is not None else None
    return replace(found, on=repeal.on if repeal is not None else None)


def _not_referred(looked: _Looked) -> ReferralCondition:
    filed = looked.last_step(lambda step: step.referral == "file")
    if filed < 0:
        words = Words("it never was before a court", "从未向法院申请")
    elif looked.withdrawn_seq > filed:
        words = Words("it was, and was withdrawn: a decision is referred once", "曾申请并已撤回：同一决定只申请一次")
    else:
        words = Words("it is before the court: a decision is referred once", "已向法院申请：同一决定只申请一次")
    return _condition(looked, "not_referred", holds=filed < 0, words=words)


_JUDGES: dict[str, Callable[[_Looked], ReferralCondition]] = {
    "decision_served": _decision_served,
    "decision_lawful": _decision_lawful,
    "no_remedy": _no_remedy,
    "time_to_sue": _time_to_sue,
    "no_plan": _no_plan,
    "demand": _demand,
    "window": _window,
    "outstanding": _outstanding,
    "regime_in_force": _regime_in_force,
    "not_referred": _not_referred,
}
