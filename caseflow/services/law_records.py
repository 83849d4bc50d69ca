"""The law a case was worked under, computed again: every due date, every cited version, the added charge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from caseflow.domain.assessment import CalculationSheet, recomputed
from caseflow.domain.calendar import CalendarNotPublished, WorkingCalendar
from caseflow.domain.cases import CaseClock
from caseflow.domain.clocks import recheck
from caseflow.domain.law import LawBook, LawRefusal
from caseflow.domain.law.reckoning import Reckoning
from caseflow.domain.words import Words
from caseflow.services.added_charges import charge_to_date
from caseflow.services.cases import CaseNotFound
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.rulebook import Rulebook


@dataclass(frozen=True)
class ClockCheck:
    """A stored clock beside its fresh reckoning (None where the law now refuses it, with ``refusal``)."""

    stored: CaseClock
    fresh: Reckoning | None
    differs: tuple[str, ...]
    refusal: Words | None

    @property
    def agrees(self) -> bool:
        """Whether the stored due date and all it was computed from are what the law gives."""
        return self.fresh is not None and not self.differs


@dataclass(frozen=True)
class CitationCheck:
    """A version of the law a step cited: ``agrees`` when the law still has that version on that date."""

    seq: int
    trigger: str
    rule_id: str
    version_from: date
    applied_on: date
    agrees: bool


@dataclass(frozen=True)
class LawRecord:
    """All checks of one case; ``charge_agrees`` is True when nothing is charged."""

    number: str
    clocks: tuple[ClockCheck, ...]
    citations: tuple[CitationCheck, ...]
    charge: CalculationSheet | None
    charge_agrees: bool

    @property
    def agrees(self) -> bool:
        """Whether every stored reckoning, citation and sheet agrees with the law."""
        checks = [*(clock.agrees for clock in self.clocks), *(cited.agrees for cited in self.citations)]
        return all(checks) and self.charge_agrees


@dataclass(frozen=True)
class LawRecords:
    """The use case behind ``caseflow law explain``. It reads; nothing here writes."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime

    def explain(self, number: str) -> LawRecord:
        """Compute again what the case with this number was given. Raises ``CaseNotFound``."""
        with self.store.begin() as work:
            case_id = work.views.find_number(None, number)
            case = work.cases.load(case_id) if case_id is not None else None
            if case_id is None or case is None:
                raise CaseNotFound(number)
            rules = self.rulebook.pinned(case.definition_hash, work)
            timeline = work.views.timeline(case_id)
        charge = charge_to_date(rules, case, timeline, self.time.today())
        cited = [
            _check_citation(rules.law, record.seq, record.trigger, entry)
            for record in reversed(timeline)
            for entry in record.law
        ]
        return LawRecord(
            number=number,
            clocks=tuple(_check_clock(rules.law, clock, rules.calendar) for clock in case.clocks),
            citations=tuple(cited),
            charge=charge,
            charge_agrees=charge is None
            or recomputed(CalculationSheet.from_json(charge.to_json()), rules.law) == charge,
        )


def _check_clock(law: LawBook, clock: CaseClock, calendar: WorkingCalendar) -> ClockCheck:
    try:
        fresh, differs = recheck(clock.clock, law.rule(clock.rule_id), calendar)
    except (LawRefusal, CalendarNotPublished) as refusal:
        return ClockCheck(clock, None, (), Words(refusal.message_en, refusal.message_zh))
    return ClockCheck(clock, fresh, differs, None)


def _check_citation(law: LawBook, seq: int, trigger: str, entry: Mapping[str, Any]) -> CitationCheck:
    version_from, applied_on = (date.fromisoformat(entry[key]) for key in ("version_from", "applied_on"))
    try:
        agrees = law.rule(entry["rule"]).version_on(applied_on).from_ == version_from
    except LawRefusal:
        agrees = False
    return CitationCheck(seq, trigger, entry["rule"], version_from, applied_on, agrees)
