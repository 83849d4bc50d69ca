"""One case as its referral to the court: decision, service, demand, money, what the court said. No investigation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.referral_board import COURT, Column, board_of, signs_or_files
from caseflow.domain.referral_sight import BEFORE, decides
from caseflow.domain.referrals import ReferralCondition, referral_conditions
from caseflow.domain.stepping import StepOffer
from caseflow.domain.workflow import SAME, Definition, Step
from caseflow.services.case_pages import CasePage, CasePages
from caseflow.services.views import StepRecord

COURT_PHASE = "court_referral"


@dataclass(frozen=True)
class CourtPaper:
    """A paper of the court as a step recorded it: the field with its number, the number, the step."""

    field: str
    number: str
    record: StepRecord


@dataclass(frozen=True)
class ReferralPage:
    """A case as its referral. Records are newest first; ``offers`` are the steps of the court's phase.

    ``conditions`` are those of the law for a referral today; none where nothing is decided or it is before the court.
    """

    page: CasePage
    decision: Sequence[StepRecord]
    service: Sequence[StepRecord]
    demand: Sequence[StepRecord]
    views: Sequence[StepRecord]
    court: Sequence[StepRecord]
    papers: Sequence[CourtPaper]
    offers: Sequence[StepOffer]
    conditions: Sequence[ReferralCondition]
    limits: frozenset[str]

    @property
    def has_begun(self) -> bool:
        """Whether anything of the court's phase is on the file."""
        return bool(self.court)


@dataclass(frozen=True)
class ReferralPages:
    """The use case behind the page of a referral. It reads; nothing here writes."""

    pages: CasePages

    def show(self, actor: Actor, case_id: int) -> ReferralPage:
        """Return the referral of a case of the actor's office. Raises ``NotPermitted`` and ``CaseNotFound``."""
        check_permission(actor, Permission.READ_REFERRALS)
        page = self.pages.show(actor, case_id)
        definition = page.rules.definition
        board = board_of([definition], [])
        demands = {step.name for step in definition.steps.values() if _demands(definition, step)}
        demanded = {definition.steps[name].to for name in demands}

        def of(wanted: Callable[[Step, StepRecord], bool]) -> list[StepRecord]:
            known = ((definition.steps.get(record.trigger), record) for record in page.timeline)
            return [record for step, record in known if step is not None and wanted(step, record)]

        court = [record for record in page.timeline if _before_a_court(definition, record)]
        return ReferralPage(
            page=page,
            decision=of(lambda step, _record: decides(step)),
            service=of(lambda step, _record: "served_on" in step.sets),
            demand=of(lambda step, _record: step.name in demands),
            views=of(
                lambda step, record: (
                    step.on_behalf_of == "party"
                    and record.from_state in demanded
                    and step.to == SAME
                    and not step.posts
                )
            ),
            court=court,
            papers=list(_papers(definition, court)),
            offers=[
                offer
                for offer in page.offers
                if definition.states[page.case.state].board is not None or _concerns_the_court(definition, offer.step)
            ],
            conditions=_conditions(page),
            limits=board.limits | board.windows | board.waits,
        )


def _conditions(page: CasePage) -> Sequence[ReferralCondition]:
    state = page.rules.definition.states[page.case.state]
    if page.case.dates.decision_date is None or page.ended is not None or state.phase in BEFORE:
        return ()
    return referral_conditions(page.rules, page.case, page.today) if state.board in (None, Column.READY) else ()


def _demands(definition: Definition, step: Step) -> bool:
    """Tell whether a step serves the demand: it starts the time that must run out before the application is signed."""
    waits = {
        one for known in definition.steps.values() if signs_or_files(definition, known) for one in known.opens_after
    }
    return any(start.clock in waits for start in step.starts)


def _before_a_court(definition: Definition, record: StepRecord) -> bool:
    states = (definition.states.get(record.from_state), definition.states.get(record.to_state))
    return any(state is not None and state.phase == COURT_PHASE for state in states)


def _concerns_the_court(definition: Definition, step: Step) -> bool:
    after = definition.states.get(step.to)
    return step.referral is not None or (after is not None and after.phase == COURT_PHASE)


def _papers(definition: Definition, court: Iterable[StepRecord]) -> Iterable[CourtPaper]:
    for record in court:
        step = definition.steps.get(record.trigger)
        if step is not None and step.on_behalf_of == COURT:
            for name, value in record.answers.items():
                declared = definition.fields.get(name)
                if declared is not None and declared.type == "reference" and value:
                    yield CourtPaper(name, str(value), record)
