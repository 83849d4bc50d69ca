"""A referral is offered if and only if an independent oracle says so, written here as tables from law.md.

The oracle shares nothing with the code it judges: it reads a bare log of what happened on which day, and counts days by
the published working days alone.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from caseflow.domain.referrals import CONDITIONS, ReferralCondition, may_refer, referral_conditions
from tests.referred import FEE, SUM, TWO_ILLEGAL, WATER, History

# ---- law.md 0.5: decisions made from a day on: months to sue; then, to apply to the court, days or months.
LIMITS = (
    (date(1990, 10, 1), ("months", 3), ("days", 180)),
    (date(2012, 1, 1), ("months", 3), ("months", 3)),
    (date(2015, 5, 1), ("months", 6), ("months", 3)),
)
AFTER_REVIEW = ("days", 15)  # L2
LAST = date(2026, 12, 31)  # the working days published today
DEMAND_DAYS, DEMAND_FROM = 10, date(2012, 1, 1)  # E1: working days; ACL in force
DEMAND_WITHOUT_LAW = {FEE: False, TWO_ILLEGAL: True, WATER: True}  # whether the shipped procedure asks for one before
# ---- law.md 1.2, 2, 9: decisions from, to; acts from, to.
LEVIES = {
    FEE: (date(2002, 9, 1), date(2021, 8, 19), date(2002, 9, 1), date(2021, 5, 31)),
    TWO_ILLEGAL: (date(2002, 9, 1), date.max, date(2002, 9, 1), date.max),
    WATER: (date(2002, 10, 1), date.max, date(2002, 10, 1), date.max),
}
REMEDIES = {"file_reconsideration": "reconsideration", "file_suit": "suit"}
FELL = {"reconsideration_annulled", "suit_annulled", "revoke_decision"}
# A remedy takes the place of a plan that was asked for or kept, and so does a decision that falls.
PLAN_ENDS = {"refuse_instalments", "note_default", *REMEDIES, "revoke_decision"}


def rest(day: date) -> bool:
    # Beyond the published years no test looks further than to "not over yet".
    return day.year <= 2026 and not chinese_calendar.is_workday(day)


def end_of(start: date, limit: tuple[str, int]) -> date:
    unit, length = limit
    if unit == "days":
        day = start + timedelta(days=length)
    else:
        year, month = divmod(start.year * 12 + start.month - 1 + length, 12)
        day = date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    while rest(day):
        day += timedelta(days=1)
    return day


def working_days_after(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= not rest(day)
    return day


def straddles(decided: date, which: int, end: date) -> bool:
    """Whether a limit crosses into a time whose decisions are counted otherwise: refused, never guessed."""
    row = max(number for number, limits in enumerate(LIMITS) if limits[0] <= decided)
    return any(later[0] <= end and later[which] != LIMITS[row][which] for later in LIMITS[row + 1 :])


@dataclass
class Oracle:
    """What law.md says of a log on a day: which conditions hold, and which fail on their own account."""

    history: History

    def verdicts(self, on: date) -> tuple[dict[str, bool], set[str]]:
        log = self.history.log
        decided = self.last("decided")
        served = self.last("serve_decision", "complete_public_notice")
        remedy = self.pending_remedy()
        plan = self.place("request_instalments") > max(self.place(end) for end in PLAN_ENDS)
        over = self.sue_over(decided, served)
        holds = {
            "decision_served": served is not None,
            "decision_lawful": decided is not None and self.lawful(decided) and not FELL & {what for what, *_ in log},
            "no_remedy": remedy is None,
            "time_to_sue": served is not None
            and remedy is None
            and over is not None
            and (over[0] < on or (over[1] and over[0] == on)),
            "no_plan": not plan,
            "demand": served is not None and self.demanded(on),
            "outstanding": self.owed() > 0,
            "regime_in_force": on <= LEVIES[self.history.regime][1],
            "not_referred": self.last("apply_to_court") is None,
        }
        can_begin = holds["decision_served"] and holds["no_remedy"] and holds["time_to_sue"] and holds["no_plan"]
        holds["window"] = can_begin and self.in_window(on, decided, over)
        waits = set()
        if served is None:
            waits |= {"time_to_sue", "demand", "outstanding"} | ({"decision_lawful"} if decided is None else set())
        if remedy is not None:
            waits.add("time_to_sue")
        if not can_begin:
            waits.add("window")
        return holds, {code for code, held in holds.items() if not held} - waits

    def last(self, *names: str) -> date | None:
        return max((day for what, day, _ in self.history.log if what in names), default=None)

    def place(self, *names: str) -> int:
        return max((number for number, (what, *_) in enumerate(self.history.log) if what in names), default=-1)

    def pending_remedy(self) -> str | None:
        pending = None
        for what, *_ in self.history.log:
            if what in REMEDIES:
                pending = REMEDIES[what]
            elif what.startswith(("reconsideration_", "suit_")):
                pending = None
        return pending

    def lawful(self, decided: date) -> bool:
        first, last, first_act, last_act = LEVIES[self.history.regime]
        assert self.history.act_date is not None
        return first <= decided <= last and first_act <= self.history.act_date <= last_act

    def sue_over(self, decided: date | None, served: date | None) -> tuple[date, bool] | None:
        """The day the time to sue ends, and whether that was a suit's end (nothing more to sue for on that day)."""
        if decided is None or served is None:
            return None
        row = max(limits for limits in LIMITS if limits[0] <= decided)
        over = (end_of(served, row[1]), False)
        for what, day, _ in self.history.log:
            if what in ("reconsideration_upheld", "reconsideration_reduced"):
                over = (end_of(day, AFTER_REVIEW), False)
            elif what in ("suit_dismissed", "suit_reduced", "suit_annulled"):
                over = (day, True)
        return over

    def demanded(self, on: date) -> bool:
        if on < DEMAND_FROM and not DEMAND_WITHOUT_LAW[self.history.regime]:
            return True
        at = self.place("serve_early_demand", "serve_demand")
        if at < 0:
            return False
        later = [what for what, *_ in self.history.log[at + 1 :]]
        ended = self.ended_since(later)
        if ended or "withdraw_application" in later:
            return False
        served = self.history.log[at][1]
        if on < DEMAND_FROM:
            return True
        return served >= DEMAND_FROM and working_days_after(served, DEMAND_DAYS) < on

    def ended_since(self, later: list[str]) -> bool:
        began = {"remedy": False, "plan": False}
        for what in later:
            if began["remedy"] and what.startswith(("reconsideration_", "suit_")):
                return True
            if began["plan"] and what in PLAN_ENDS:
                return True
            began["remedy"] |= what in REMEDIES
            began["plan"] |= what == "request_instalments"
        return False

    def in_window(self, on: date, decided: date | None, over: tuple[date, bool] | None) -> bool:
        assert decided is not None
        assert over is not None
        start = max(over[0], self.last("note_default") or over[0])
        row = max(limits for limits in LIMITS if limits[0] <= decided)
        end = end_of(start, row[2])
        return start <= on <= end and not straddles(decided, 2, end)

    def owed(self) -> int:
        owed = SUM if self.last("serve_decision", "complete_public_notice") else 0
        paid = 0
        for what, _, fen in self.history.log:
            if what.startswith("pay_"):
                paid += fen
            elif what in ("reconsideration_reduced", "suit_reduced"):
                owed = fen
            elif what in FELL:
                owed = 0
        return owed - paid

    def turns(self, after: date) -> list[date]:
        """The later days about which something turns, as far as the tables know."""
        days = {day for _, day, _ in self.history.log} | {date(2021, 8, 20), DEMAND_FROM}
        decided, served = self.last("decided"), self.last("serve_decision", "complete_public_notice")
        over = self.sue_over(decided, served)
        if decided is not None and over is not None:
            row = max(limits for limits in LIMITS if limits[0] <= decided)
            start = max(over[0], self.last("note_default") or over[0])
            days |= {over[0], end_of(start, row[2])}
        published = self.last("publish_decision")
        if published is not None:
            days.add(end_of(published, ("days", 60 if published < date(2022, 1, 1) else 30)))
        demand = self.last("serve_early_demand", "serve_demand")
        if demand is not None:
            days.add(working_days_after(demand, DEMAND_DAYS))
        around = {day + timedelta(days=shift) for day in days for shift in (0, 1)}
        return sorted(day for day in around if after < day <= LAST)


SEEN: Counter[str] = Counter()
# Days on; below zero: to the next day about which something turns, or the one after it ...
GAPS = (0, 1, 7, 20, 40, 100, -1, -2, -2, -3, -4)
DECISIONS = st.one_of(
    st.dates(date(2003, 1, 2), date(2026, 3, 1)),
    st.dates(date(2010, 11, 1), date(2012, 2, 1)),
    st.dates(date(2014, 10, 1), date(2015, 6, 1)),
    st.dates(date(2020, 9, 1), date(2021, 8, 25)),
    st.dates(date(2020, 11, 20), date(2021, 2, 10)),
)
# Two numbers choose among what may be done in the state, the forward acts more often; and how far on that is.
MOVES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(GAPS)), min_size=1, max_size=7)


# How histories begin that chance finds too seldom; each act waits for the next days about which something turns.
TO_COURT = ("serve_decision", "note", "serve_demand", "sign", "apply_to_court")
SCRIPTS = st.sampled_from(
    (
        (),
        (),
        TO_COURT[:1],
        TO_COURT[:3],
        TO_COURT[:4],
        TO_COURT,
        ("publish_decision", "complete_public_notice", "note", "serve_demand"),
        ("serve_decision", "serve_early_demand"),
        ("serve_decision", "serve_early_demand", "request_instalments", "wait", "wait", "wait"),
        ("serve_decision", "serve_early_demand", "request_instalments", "grant_instalments", "wait", "wait"),
        ("serve_decision", "request_instalments", "grant_instalments", "note_default"),
        ("serve_decision", "file_reconsideration", "reconsideration_upheld", "note", "serve_demand"),
        ("serve_decision", "file_suit", "suit_dismissed", "serve_demand"),
        ("serve_decision", "note", "file_reconsideration", "reconsideration_withdrawn", "note"),
        ("serve_decision", "file_reconsideration", "wait", "wait", "reconsideration_withdrawn", "serve_demand", "sign"),
        ("serve_decision", "file_reconsideration", "wait", "reconsideration_upheld", "note", "serve_demand", "sign"),
        ("serve_decision", "request_instalments", "grant_instalments", "wait", "wait", "note_default", "serve_demand"),
        ("serve_decision", "serve_early_demand", "request_instalments", "wait", "refuse_instalments", "note"),
    )
)


def judged(history: History, on: date) -> tuple[ReferralCondition, ...]:
    """Compare code and oracle on a day, condition by condition and step by step."""
    conditions = referral_conditions(history.rules, history.case, on)
    holds, own = Oracle(history).verdicts(on)
    said = {one.code: one.holds for one in conditions}
    about = f"{history.regime} on {on} in {history.case.state}: {history.log}"
    assert said == holds, about
    assert {one.code for one in conditions if not one.holds and one.waits_for is None} == own, about
    assert may_refer(conditions) == all(holds.values()), about
    if all(holds.values()):
        SEEN["offered"] += 1
    elif len(own) == 1:
        SEEN[next(iter(own))] += 1
    steps(history, on, offered=all(holds.values()), about=about)
    return conditions


def steps(history: History, on: date, *, offered: bool, about: str) -> None:
    """The steps that sign and file are open exactly when it is offered, once a clerk has noted the end of the limit."""
    clerked = history.clerked(on)
    doors = [
        step for step in clerked.rules.definition.steps_from(clerked.case.state) if step.referral in ("sign", "file")
    ]
    doors = [step for step in doors if on < DEMAND_FROM or "before_2012" not in step.name]
    for step in doors:
        reasons = clerked.reasons(step, on)
        assert (not reasons) == offered, f"{step.name} {reasons} {about}"
        SEEN[f"open {step.referral}" if offered else f"shut {step.referral}"] += 1
    assert doors or not offered, f"nothing opens: {clerked.case.state} {about}"


@seed(20260226)
@settings(max_examples=450, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    regime=st.sampled_from((FEE, TWO_ILLEGAL, WATER)),
    decided=DECISIONS,
    act=st.sampled_from((None, None, None, None, None, date(1999, 1, 1), date(2021, 6, 1))),
    script=SCRIPTS,
    moves=MOVES,
)
def check(
    regime: str, decided: date, act: date | None, script: tuple[str, ...], moves: list[tuple[int, int, int]]
) -> None:
    history = History(regime, decided, act_date=act)
    history.decide()
    judged(history, history.day)
    for wanted in script:
        if wanted == "wait":
            history.day = (Oracle(history).turns(history.day)[1:] or [history.day])[0]
            continue
        for day in (history.day, *Oracle(history).turns(history.day)[:6]):
            history.day = day
            if history.do(wanted):
                judged(history, day)
                break
    for one, other, gap in moves:
        acts, turns = history.acts(), Oracle(history).turns(history.day)
        day = history.day + timedelta(days=gap) if gap >= 0 else (turns[-gap - 1 :] or [LAST])[0]
        if day > LAST or not acts:
            break
        history.day = day
        history.do(acts[one * other * len(acts) // 961])
        judged(history, day)
    for day in Oracle(history).turns(history.day):
        judged(history, day)


def test_a_referral_is_offered_if_and_only_if_the_oracle_says_so() -> None:
    SEEN.clear()
    check()
    assert not [code for code in CONDITIONS if SEEN[code] < 5], SEEN
    assert SEEN["offered"] >= 50, SEEN
    assert min(SEEN[name] for name in ("open sign", "open file", "shut sign", "shut file")) >= 10, SEEN
