"""The run that brings every case in default up to date: what lateness has added enters the ledger, many cases at once.

It enters no more and no earlier than a step could: only where the case's own workflow has an open step that posts the
added charge, so nothing is added after the demand has named its sum, nor while a remedy pends or the cap is reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import Case
from caseflow.domain.ledger import Entry, Line, Transfer
from caseflow.domain.rules import Rules
from caseflow.domain.stepping import Moment, step_reasons
from caseflow.services.added_charges import charge_open_fen
from caseflow.services.duties import check_duties
from caseflow.services.ports import BusinessTime, LedgerRefused, PostedCase, Store, UnitOfWork
from caseflow.services.rulebook import Rulebook
from caseflow.services.step_transfers import MONEY_MOVED

BATCH = 500
# Whose desk it is does not matter to a run: the actor's own permission does.
_OF_PEOPLE = frozenset({"role", "not_on_case", "one_person", "four_eyes", "recused"})


@dataclass(frozen=True)
class Accrued:
    """A case and what the run adds to it, in fen."""

    case: Case
    fen: int


@dataclass(frozen=True)
class AccrualReport:
    """How many cases a run looked at, and what it added to which."""

    looked_at: int
    accrued: tuple[Accrued, ...]

    @property
    def total_fen(self) -> int:
        """The sum of all that was added, in fen."""
        return sum(one.fen for one in self.accrued)


@dataclass(frozen=True)
class Accrual:
    """The use case: plan (write nothing) or run."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime

    def plan(self, actor: Actor) -> AccrualReport:
        """Return what a run would add today. Raises ``NotPermitted``."""
        check_permission(actor, Permission.ACCRUE)
        looked_at, accrued = 0, list[Accrued]()
        for ids in self._batches(actor):
            looked_at += len(ids)
            with self.store.begin() as work:
                accrued += self._reckon(work, actor, ids)
        return AccrualReport(looked_at, tuple(accrued))

    def run(self, actor: Actor) -> AccrualReport:
        """Add to every case in default what lateness has added until today, in batches; again: nothing new.

        A batch is one transaction with one audit event. A case that somebody moves at the same moment is left to the
        next run. Raises ``NotPermitted`` and ``LedgerRefused``.
        """
        check_duties(actor, Permission.ACCRUE)
        looked_at, accrued = 0, list[Accrued]()
        for ids in self._batches(actor):
            looked_at += len(ids)
            accrued += self._write(actor, ids)
        return AccrualReport(looked_at, tuple(accrued))

    def _write(self, actor: Actor, ids: list[int]) -> list[Accrued]:
        try:
            return self._write_batch(actor, ids)
        except LedgerRefused as refused:
            if refused.rule != MONEY_MOVED:
                raise
            if len(ids) == 1:
                return []
        middle = len(ids) // 2
        return self._write(actor, ids[:middle]) + self._write(actor, ids[middle:])

    def _write_batch(self, actor: Actor, ids: list[int]) -> list[Accrued]:
        today, now = self.time.today(), self.time.now()
        with self.store.begin() as work:
            accrued = self._reckon(work, actor, ids)
            if not accrued:
                return []
            key = f"accrual:{today.isoformat()}:{accrued[0].case.id}:{accrued[0].case.money.charged_fen}"
            body = {"cases": len(accrued), "total_fen": sum(one.fen for one in accrued), "until": today.isoformat()}
            event = AuditEvent(key, now, actor.id, actor.office_id, "charges_accrued", body=body)
            work.ledger.post_for_cases([self._posted(one, event, today) for one in accrued], event)
            work.commit()
        return accrued

    def _posted(self, one: Accrued, event: AuditEvent, today: date) -> tuple[PostedCase, tuple[Transfer, ...]]:
        money, legs = one.case.money.post("charge", one.fen)
        entry = Entry(
            key=f"accrual:{one.case.id}:{today.isoformat()}:{one.case.money.charged_fen}",
            office_id=one.case.office_id,
            line=Line.INCOME,
            booked_on=today,
            value_on=today,
            at=event.at,
            actor_id=event.actor_id,
            case_number=one.case.number,
            reason=f"accrued until {today.isoformat()}",
        )
        return PostedCase(one.case.id, money), entry.of_legs(self.rulebook.chart, one.case.regime, legs)

    def _batches(self, actor: Actor) -> Iterator[list[int]]:
        rules = [rule.id for rule in self.rulebook.law.rules.values() if rule.charge]
        after_id = 0
        while True:
            with self.store.begin() as work:
                ids = list(work.ledger.in_default(actor.office_id, rules, self.time.today(), after_id, BATCH))
            if not ids:
                return
            yield ids
            after_id = ids[-1]

    def _reckon(self, work: UnitOfWork, actor: Actor, ids: list[int]) -> list[Accrued]:
        today = self.time.today()
        timelines = work.views.timelines(ids)
        found = []
        for case_id, case in sorted(work.cases.load_many(ids).items()):
            rules = self.rulebook.pinned(case.definition_hash, work)
            fen = charge_open_fen(rules, case, timelines[case_id], today)
            if fen and _may_be_charged(rules, case, actor, fen, today):
                found.append(Accrued(case, fen))
        return found


def _may_be_charged(rules: Rules, case: Case, actor: Actor, fen: int, today: date) -> bool:
    for step in rules.definition.steps_from(case.state):
        amounts = [posting.amount for posting in step.posts if posting.event == "charge"]
        if not amounts:
            continue
        moment = Moment(today, today, {amounts[0]: fen})
        if all(reason.code in _OF_PEOPLE for reason in step_reasons(rules, case, step, actor, moment)):
            return True
    return False
