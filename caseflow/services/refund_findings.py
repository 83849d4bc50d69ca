"""Paid levies whose own record shows an unlawful taking: found, reckoned and shown. Nothing here writes or decides.

The database chooses candidates by sets; the law judges them in bounded batches, so that an office with any number of
cases is looked through without loading them at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.assessment import CalculationSheet, added_charge
from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.cases import Case
from caseflow.domain.law import LawRefusal
from caseflow.domain.law.reckoning import reckon
from caseflow.domain.refund_finding import SURCHARGE, LevyRecord, judge_levy
from caseflow.domain.refund_grounds import CaseFindings, Ground, SameFact, Taken
from caseflow.domain.rules import Rules
from caseflow.domain.workflow import Definition, plain_text
from caseflow.services.added_charges import charge_until
from caseflow.services.cases import CaseNotFound
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.refunds import RefundCandidate, RefundScope
from caseflow.services.rulebook import Rulebook
from caseflow.services.views import CaseHeader, StepRecord

FEE_LAW = "prc/social_support_fee"
PAYMENT = "cn.d357.payment_30d"
PAGE_SIZE = 50
# Candidates are chosen in chunks, as rows of a few words, and judged in batches, with all that the law asks for.
CHUNK_SIZE = 5_000
BATCH_SIZE = 100
# How many candidates one page judges before it asks the reader to go on, and how many the counts take in.
MOST_LOOKED_AT = 500
MOST_COUNTED = 500


@dataclass(frozen=True)
class FoundCase:
    """A case with what is found of it."""

    case: RefundCandidate
    state: str
    found: CaseFindings


@dataclass(frozen=True)
class FoundPage:
    """A page of findings, the newest case first; ``next_key`` goes on below it, also where the page is not full."""

    rows: Sequence[FoundCase]
    next_key: int | None


@dataclass(frozen=True)
class GroundCount:
    """In how many cases a ground stands, and what should go back on it, in fen."""

    cases: int = 0
    back_fen: int = 0


@dataclass(frozen=True)
class RefundCounts:
    """Findings of an office: by ground, and all cases with the whole sum. ``at_least``: there are more candidates."""

    by_ground: Mapping[Ground, GroundCount]
    cases: int
    back_fen: int
    at_least: bool


@dataclass(frozen=True)
class RefundFindings:
    """The use cases of the refund finder."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    _counted: dict[int, tuple[tuple[object, ...], RefundCounts]] = field(default_factory=dict, compare=False)

    def newest(self, actor: Actor, ground: Ground | None, *, before_id: int | None) -> FoundPage:
        """Return findings of the actor's office, or those of one ground, the newest case first.

        Raises ``NotPermitted``.
        """
        check_permission(actor, Permission.READ_WIND_DOWN)
        rows: list[FoundCase] = []
        with self.store.snapshot() as work:
            batch = self._candidates(work, actor.office_id, ground, before_id, MOST_LOOKED_AT + 1)
            for one, found in self._judged(work, batch[:MOST_LOOKED_AT]):
                if found is not None and (ground is None or ground in found.found.grounds):
                    rows.append(found)
                if len(rows) == PAGE_SIZE:
                    return FoundPage(rows, None if one is batch[-1] else one.id)
        return FoundPage(rows, batch[MOST_LOOKED_AT - 1].id if len(batch) > MOST_LOOKED_AT else None)

    def counts(self, actor: Actor) -> RefundCounts:
        """Return how many cases of the actor's office stand on each ground. Raises ``NotPermitted``.

        Counted anew only when a step was taken or money moved, or the day changed.
        """
        check_permission(actor, Permission.READ_WIND_DOWN)
        with self.store.snapshot() as work:
            mark: tuple[object, ...] = (self.time.today(), self.rulebook.law.digest, *work.refunds.newest_change())
            known = self._counted.get(actor.office_id)
            if known is not None and known[0] == mark:
                return known[1]
            counted = _counted(self._all(work, actor.office_id, MOST_COUNTED), MOST_COUNTED)
        self._counted[actor.office_id] = (mark, counted)
        return counted

    def of_case(self, actor: Actor, case_id: int) -> FoundCase | None:
        """Return what is found of a case of the actor's office; None for nothing. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        with self.store.begin() as work:
            return self._one(work, actor.office_id, case_id)

    def beside(self, actor: Actor, case: Case, header: CaseHeader, timeline: list[StepRecord]) -> FoundCase | None:
        """Return as :meth:`of_case` for a case that was just read whole, with its timeline, newest first.

        What the candidates are chosen by is known of it already: money was collected on it. The law judges the rest.
        """
        check_permission(actor, Permission.READ_WIND_DOWN)
        if case.money.collected_fen == 0 or self._scope(actor.office_id, None, [case.id]) is None:
            return None
        candidate = RefundCandidate(
            case.id,
            header.number,
            header.number_zh,
            header.party_name,
            case.dates.decision_date,
            case.money.collected_fen,
        )
        with self.store.begin() as work:
            rules = self.rulebook.pinned(case.definition_hash, work)
            same_fact = work.refunds.same_facts([case.id]).get(case.id, ())
        return self._found(rules, candidate, levy_record(rules, case, timeline, same_fact))

    def for_the_person(self, work: UnitOfWork, case: Case, timeline: list[StepRecord]) -> CaseFindings | None:
        """Return what is found of a case for its own party, in the caller's transaction; asks nothing of other regimes.

        What another case of theirs shows is left out: a page of one case tells of no other.
        """
        definition = self.definition
        if definition is None or case.regime != definition.regime or case.money.collected_fen == 0:
            return None
        rules = self.rulebook.pinned(case.definition_hash, work)
        return judge_levy(rules, levy_record(rules, case, timeline), self.time.today())

    def offices(self) -> Sequence[tuple[int, str]]:
        """Return every office as (id, code), for whoever runs the server."""
        with self.store.begin() as work:
            return work.refunds.offices()

    def all_of(self, office_id: int, number: str | None = None) -> Iterator[FoundCase]:
        """Yield every finding of an office, or that of one case number, for whoever runs the server.

        Raises ``CaseNotFound`` for a number that the office has not.
        """
        with self.store.snapshot() as work:
            if number is None:
                yield from (found for found in self._all(work, office_id, None) if found is not None)
                return
            case_id = work.views.find_number(office_id, plain_text(number))
            if case_id is None:
                raise CaseNotFound(number)
            one = self._one(work, office_id, case_id)
        if one is not None:
            yield one

    def standing(self, work: UnitOfWork, office_id: int, case_ids: Sequence[int]) -> frozenset[int]:
        """Return those of these cases of an office of which the record shows money taken without right.

        In the caller's transaction; candidates are chosen and judged by sets, however many cases there are.
        """
        found: set[int] = set()
        for start in range(0, len(case_ids), CHUNK_SIZE):
            scope = self._scope(office_id, None, case_ids[start : start + CHUNK_SIZE])
            if scope is None:
                break
            batch = work.refunds.candidates(scope, before_id=None, limit=CHUNK_SIZE)
            found |= {one.id for one, judged in self._judged(work, batch) if judged is not None}
        return frozenset(found)

    def _one(self, work: UnitOfWork, office_id: int, case_id: int) -> FoundCase | None:
        scope = self._scope(office_id, None, [case_id])
        batch = () if scope is None else work.refunds.candidates(scope, before_id=None, limit=1)
        return next((found for _, found in self._judged(work, batch)), None)

    def _all(self, work: UnitOfWork, office_id: int, most: int | None) -> Iterator[FoundCase | None]:
        """Yield each candidate's finding or None, at most ``most`` of them and one more."""
        key, size = None, CHUNK_SIZE if most is None else most + 1
        while batch := self._candidates(work, office_id, None, key, size):
            for one, found in self._judged(work, batch):
                yield found
                key = one.id
            if most is not None or len(batch) < size:
                return

    def _candidates(
        self, work: UnitOfWork, office_id: int, ground: Ground | None, before_id: int | None, limit: int
    ) -> Sequence[RefundCandidate]:
        scope = self._scope(office_id, ground)
        return () if scope is None else work.refunds.candidates(scope, before_id=before_id, limit=limit)

    def _scope(
        self, office_id: int, ground: Ground | None, case_ids: Sequence[int] | None = None
    ) -> RefundScope | None:
        definition = self.definition
        if definition is None:
            return None
        last = self.rulebook.law.levy_rule(FEE_LAW).versions[-1]
        return RefundScope(office_id, definition.regime, last.until, last.act_date_until, ground, case_ids)

    @property
    def definition(self) -> Definition | None:
        """The workflow of the fee, None where the office has none."""
        return next((one for one in self.rulebook.definitions.values() if one.law == FEE_LAW), None)

    def _judged(
        self, work: UnitOfWork, batch: Sequence[RefundCandidate]
    ) -> Iterator[tuple[RefundCandidate, FoundCase | None]]:
        for start in range(0, len(batch), BATCH_SIZE):
            part = batch[start : start + BATCH_SIZE]
            ids = [one.id for one in part]
            cases, timelines = work.cases.load_many(ids), work.views.timelines(ids)
            same_facts = work.refunds.same_facts(ids)
            for one in part:
                case = cases[one.id]
                rules = self.rulebook.pinned(case.definition_hash, work)
                record = levy_record(rules, case, timelines[one.id], same_facts.get(one.id, ()))
                yield one, self._found(rules, one, record)

    def _found(self, rules: Rules, one: RefundCandidate, record: LevyRecord) -> FoundCase | None:
        found = judge_levy(rules, record, self.time.today())
        return None if found is None else FoundCase(one, record.case.state, found)


def levy_record(rules: Rules, case: Case, timeline: list[StepRecord], same_fact: Sequence[SameFact] = ()) -> LevyRecord:
    """Return a case as the refund finder judges it; ``timeline`` is newest first."""
    taken = tuple(sorted((Taken(one.effective_on, one.paid_fen) for one in timeline if one.paid_fen), key=_by_day))
    charged_on = tuple(
        sorted(one.effective_on for one in timeline if any(posting["event"] == "charge" for posting in one.postings))
    )
    sheet, unknown = _lawful_charge(rules, case, timeline, taken)
    return LevyRecord(case, taken, tuple(same_fact), sheet, charged_on, charge_unknown=unknown)


def _by_day(one: Taken) -> date:
    return one.on


def _lawful_charge(
    rules: Rules, case: Case, timeline: list[StepRecord], taken: Sequence[Taken]
) -> tuple[CalculationSheet | None, bool]:
    """Return the lawful surcharge until the last payment, and whether it could not be reckoned.

    A case that was kept elsewhere has no clock of its own here: its default begins after the limit that the law gave
    from the service of the decision.
    """
    if case.money.charged_fen == 0 or not taken:
        return None, False
    if any(rules.law.rule(clock.rule_id).charge for clock in case.clocks):
        return charge_until(rules, case, timeline, taken[-1].on), False
    if case.dates.served_on is None:
        return None, True
    try:
        limit = reckon(rules.law.rule(PAYMENT), trigger_on=case.dates.served_on, calendar=rules.calendar)
        default_on = limit.due_on + timedelta(days=1)
        if taken[-1].on <= default_on:
            return None, False
        sheet = added_charge(
            rules.law.rule(SURCHARGE),
            principal_fen=max(0, case.money.assessed_fen - case.money.charged_fen),
            default_on=default_on,
            until=taken[-1].on,
            payments=[(one.effective_on, one.principal_paid_fen) for one in timeline if one.principal_paid_fen],
        )
    except (LawRefusal, CalendarNotPublished):
        return None, True
    return sheet, False


def _counted(judged: Iterator[FoundCase | None], most: int) -> RefundCounts:
    by_ground = dict.fromkeys(Ground, GroundCount())
    looked_at = cases = back_fen = 0
    for found in judged:
        if looked_at == most:
            return RefundCounts(by_ground, cases, back_fen, at_least=True)
        looked_at += 1
        if found is None:
            continue
        cases += 1
        back_fen += found.found.back_fen
        for one in found.found.findings:
            before = by_ground[one.ground]
            by_ground[one.ground] = GroundCount(before.cases + 1, before.back_fen + one.back_fen)
    return RefundCounts(by_ground, cases, back_fen, at_least=False)
