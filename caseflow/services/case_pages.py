"""Everything one case page shows, read in a handful of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from caseflow.domain.access import Actor, Permission, check_permission, may
from caseflow.domain.assessment import CalculationSheet
from caseflow.domain.case_files import readable
from caseflow.domain.casebook.numbers import usual_number
from caseflow.domain.cases import Case, CaseClock
from caseflow.domain.law import NoLawInForce
from caseflow.domain.receipts import Receipt
from caseflow.domain.rules import Rules, regime_ended
from caseflow.domain.step_effects import OPENING
from caseflow.domain.stepping import StepOffer, offers
from caseflow.domain.workflow import plain_text
from caseflow.services.added_charges import charge_open_fen, charge_to_date
from caseflow.services.cases import CaseNotFound
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.case_beside import AskedBeside
from caseflow.services.ports.case_files import CaseFile
from caseflow.services.ports.imported_history import ReportedSource
from caseflow.services.ports.reading import Reading
from caseflow.services.ports.reminders import ClockMark, GivenReminder
from caseflow.services.ports.service import ServiceRecord
from caseflow.services.ports.substitutes import Substitution
from caseflow.services.refund_interest import payments_of, refund_interest
from caseflow.services.rulebook import Rulebook
from caseflow.services.sight import seen_case, seen_services, seen_timeline
from caseflow.services.views import CaseHeader, StepRecord

MOST_REMINDERS = 200
MOST_SERVICES = 5
MOST_FILES = 5
MOST_READINGS = 5


@dataclass(frozen=True)
class CasePage:
    """A case as its page shows it.

    ``offers`` are all steps that leave the state (open ones first), ``path`` the moves taken as
    (from_state, to_state, step name), ``receipts`` those of its payments by the number of the step, ``charge`` the
    added charge to date with its calculation sheet,
    ``charge_open_fen`` what of it no step has entered yet (fen; what a charging step may post today),
    ``ended`` the refusal that names the repealing act when the regime is over, ``marks`` the clocks that ran out or
    were escalated, ``reminders`` the newest that were given, at most :data:`MOST_REMINDERS`, ``stood_in`` who
    stands in for an officer of the case who is away, by the id of that one, ``services`` the newest papers served, at
    most :data:`MOST_SERVICES`, and ``files`` the newest that the actor may see, at most :data:`MOST_FILES` and one more
    (None: their desk reads none). ``readings`` are the newest rows of the read log, for who may read it. ``source``
    says from which row of an old casebook the case comes, if it does.
    """

    header: CaseHeader
    case: Case
    rules: Rules
    today: date
    offers: tuple[StepOffer, ...]
    timeline: list[StepRecord]
    running: tuple[CaseClock, ...]
    finished: tuple[CaseClock, ...]
    path: tuple[tuple[str, str, str], ...]
    receipts: Mapping[int, Receipt]
    charge: CalculationSheet | None
    charge_open_fen: int
    interest: CalculationSheet | None
    ended: NoLawInForce | None
    marks: Sequence[ClockMark]
    reminders: Sequence[GivenReminder]
    stood_in: Mapping[int, Substitution]
    services: Sequence[ServiceRecord]
    files: Sequence[CaseFile] | None
    readings: Sequence[Reading] = ()
    source: ReportedSource | None = None

    @property
    def escalated(self) -> tuple[ClockMark, ...]:
        """Limits that are still running and were escalated, by due date."""
        return tuple(one for one in self.marks if one.status == "open" and one.escalated_to)

    @property
    def ran_out(self) -> tuple[ClockMark, ...]:
        """Limits that ran out, by due date."""
        return tuple(one for one in self.marks if one.ran_out_on)


@dataclass(frozen=True)
class CasePages:
    """The use case behind the case page. It reads; nothing here writes."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime

    def show(self, actor: Actor, case_id: int) -> CasePage:
        """Return the page of a case of the actor's office. Raises ``NotPermitted`` and ``CaseNotFound``."""
        check_permission(actor, Permission.READ_CASES)
        today = self.time.today()
        with self.store.begin() as work:
            case = work.cases.load(case_id)
            header = work.views.header(case_id)
            if case is None or header is None or case.office_id != actor.office_id:
                raise CaseNotFound(case_id)
            rules = self.rulebook.pinned(case.definition_hash, work)
            officers = [one for one in (case.owner_id, case.second_officer_id) if one is not None]
            timeline = work.views.timeline(case_id)
            readings = MOST_READINGS if may(actor, Permission.READ_READINGS) else 0
            most = (MOST_REMINDERS, MOST_SERVICES, MOST_FILES + 1, readings)
            asked = AskedBeside(case_id, today, officers, readable(actor), *most)
            beside = work.case_beside.read(asked)
            receipts = work.receipts.of_case(case_id) if any(record.postings for record in timeline) else ()
        offered = sorted(offers(rules, case, actor, today), key=lambda offer: not offer.is_open)
        seen = seen_timeline(actor, rules.definition, timeline)
        return CasePage(
            header=header,
            case=seen_case(actor, case, seen),
            rules=rules,
            today=today,
            offers=tuple(offered),
            timeline=seen,
            receipts={receipt.seq: receipt for receipt in receipts if receipt.seq is not None},
            running=tuple(sorted((c for c in case.clocks if _still_matters(c, today)), key=lambda c: c.due_on)),
            finished=tuple(clock for clock in case.clocks if not _still_matters(clock, today)),
            path=tuple((r.from_state, r.to_state, r.trigger) for r in reversed(timeline) if r.trigger != OPENING),
            charge=charge_to_date(rules, case, timeline, today),
            charge_open_fen=charge_open_fen(rules, case, timeline, today),
            interest=refund_interest(rules, case, payments_of(timeline), today),
            ended=regime_ended(rules, today),
            marks=beside.marks,
            # One sweep may give several at once: what was due last comes first.
            reminders=sorted(beside.reminders, key=lambda one: (one.day, one.id), reverse=True),
            stood_in={one.away_id: one for one in beside.stood_in},
            services=seen_services(actor, rules.definition, beside.services),
            files=beside.files if readable(actor) else None,
            readings=beside.readings,
            source=beside.source,
        )

    def find(self, actor: Actor, number: str) -> int:
        """Return the id of the case of the actor's office with this number. Raises ``CaseNotFound``."""
        check_permission(actor, Permission.READ_CASES)
        with self.store.begin() as work:
            # As it was typed first: an old casebook's number stays as the book wrote it.
            ways = dict.fromkeys((plain_text(number), usual_number(plain_text(number))))
            found = next((one for way in ways if (one := work.views.find_number(actor.office_id, way))), None)
        if found is None:
            raise CaseNotFound(number)
        return found


def _still_matters(clock: CaseClock, today: date) -> bool:
    """Whether a clock belongs among the running ones: the party's own time, once over, is a fact and no task."""
    return clock.is_running and not (clock.reckoning.binds == "person" and clock.has_run_out(today))
