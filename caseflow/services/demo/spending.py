"""What the demo county spends: a year of it, driven through the use cases of expenditure on their own days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from caseflow.domain.access import Actor
from caseflow.domain.calendar import WorkingCalendar
from caseflow.domain.spending import Act
from caseflow.services.demo.loading import MovableTime
from caseflow.services.ports import Store
from caseflow.services.spending import Request, Spending


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PaymentPlan(_Part):
    """A payment order, and what becomes of it ``after`` days; without ``then`` it waits."""

    on: str
    amount: str
    document: str
    account: str
    bank: str
    then: Literal["approve", "refuse", "give_back"] | None = None
    after: int = 1
    reason: str = ""
    advice: str = ""


class ReleasePlan(_Part):
    """The release of a part of a commitment."""

    on: str
    amount: str
    reason: str


class CommitmentPlan(_Part):
    """A commitment with its payments."""

    payee: str
    purpose: str
    document: str
    amount: str
    on: str
    payments: tuple[PaymentPlan, ...] = ()
    release: ReleasePlan | None = None


class LapsePlan(_Part):
    """The lapse of what is left."""

    on: str
    document: str
    reason: str


class AppropriationPlan(_Part):
    """A sum of the budget."""

    paper: str
    purpose: str
    amount: str
    on: str
    lapse: LapsePlan
    commitments: tuple[CommitmentPlan, ...]


class SpendingPlan(_Part):
    """A year of expenditure; people stand by login, days as MM-DD of the budget year or -N before the business date."""

    supervisor: str
    payer: str
    approvers: tuple[str, ...]
    begins: str
    appropriations: tuple[AppropriationPlan, ...]


@dataclass
class _Move:
    """One act to come: on which day, by whom, on what the act ``on`` made."""

    day: date
    act: Act
    login: str
    answers: Mapping[str, str]
    on: _Move | None = None
    made: int = field(default=0)


@dataclass(frozen=True)
class SpendingLoader:
    """Loads the plan through the use cases, as at a business date."""

    store: Store
    spending: Spending
    time: MovableTime
    calendar: WorkingCalendar

    def load(self, plan: SpendingPlan, office_code: str, as_of: date) -> int:
        """Do everything of the plan that has happened by ``as_of``; return the number of acts.

        Nothing where the office has appropriations already, or lacks one of the people.
        """
        actors = self._actors(plan, office_code)
        if actors is None:
            return 0
        begins = date.fromisoformat(f"{as_of.year}-{plan.begins}")
        moves = [move for move in _moves(plan, _Days(as_of, self.calendar, begins)) if move.day <= as_of]
        for number, move in enumerate(sorted(moves, key=lambda move: move.day)):
            self.time.day = move.day
            subject_id = move.on.made if move.on is not None else 0
            request = Request(move.act, move.answers, f"demo-spending-{number:03d}", subject_id)
            move.made = self.spending.do(actors[move.login], request)
        return len(moves)

    def _actors(self, plan: SpendingPlan, office_code: str) -> Mapping[str, Actor] | None:
        logins = (plan.supervisor, plan.payer, *plan.approvers)
        with self.store.begin() as work:
            office_id = work.staff.office_with(office_code)
            if office_id is None or work.spending.appropriations(office_id, None, 1):
                return None
            known = [member for member in map(work.staff.by_login, logins) if member is not None]
        return {member.actor.login: member.actor for member in known} if len(known) == len(logins) else None


@dataclass(frozen=True)
class _Days:
    as_of: date
    calendar: WorkingCalendar
    begins: date

    @property
    def year(self) -> int:
        """The budget year: this one, or the one before while this one is young."""
        return self.as_of.year if self.as_of >= self.begins else self.as_of.year - 1

    def day(self, written: str) -> date:
        """Return the day that is meant; a rest day moves to the next working day of the same year."""
        if written.startswith("-"):
            return self.as_of - timedelta(days=int(written[1:]))
        return self.working(date.fromisoformat(f"{self.year}-{written}"))

    def working(self, day: date) -> date:
        """Return the next working day of the same year, or the day itself where there is none."""
        rolled = self.calendar.next_working(day)
        return rolled if rolled.year == day.year else day


def _moves(plan: SpendingPlan, days: _Days) -> Iterator[_Move]:
    for one in plan.appropriations:
        paper = one.paper.format(year=days.year)
        asked = {"paper": paper, "year": str(days.year), "purpose": one.purpose, "amount": one.amount}
        given = _Move(days.day(one.on), Act.APPROPRIATE, plan.supervisor, asked)
        yield given
        for bound in one.commitments:
            yield from _moves_of_commitment(plan, days, given, bound)
        lapse = {"document": one.lapse.document.format(year=days.year), "reason": one.lapse.reason}
        yield _Move(days.day(one.lapse.on), Act.LAPSE, plan.supervisor, lapse, given)


def _moves_of_commitment(plan: SpendingPlan, days: _Days, given: _Move, one: CommitmentPlan) -> Iterator[_Move]:
    asked: dict[str, Any] = one.model_dump(include={"payee", "purpose", "amount"})
    asked["document"] = one.document.format(year=days.year)
    bound = _Move(days.day(one.on), Act.COMMIT, plan.payer, asked, given)
    yield bound
    for number, payment in enumerate(one.payments):
        yield from _moves_of_payment(plan, days, bound, payment, number)
    if one.release is not None:
        release = {"amount": one.release.amount, "reason": one.release.reason}
        yield _Move(days.day(one.release.on), Act.RELEASE, plan.payer, release, bound)


def _moves_of_payment(plan: SpendingPlan, days: _Days, bound: _Move, one: PaymentPlan, number: int) -> Iterator[_Move]:
    asked = {"payee_account": one.account, "payee_bank": one.bank, "amount": one.amount, "document": one.document}
    ready = _Move(days.day(one.on), Act.PREPARE, plan.payer, asked, bound)
    yield ready
    if one.then is None:
        return
    decided_on = days.working(ready.day + timedelta(days=one.after))
    approver = plan.approvers[number % len(plan.approvers)]
    act = Act.REFUSE if one.then == "refuse" else Act.APPROVE
    yield _Move(decided_on, act, approver, {"reason": one.reason} if act is Act.REFUSE else {}, ready)
    if one.then == "give_back":
        advice = {"document": one.advice, "reason": one.reason}
        yield _Move(days.working(decided_on + timedelta(days=1)), Act.GIVE_BACK, plan.payer, advice, ready)
