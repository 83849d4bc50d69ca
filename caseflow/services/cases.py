"""Opening a case and taking a step: the two use cases that move a case, one transaction each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import Case, CaseDates
from caseflow.domain.ledger import Money
from caseflow.domain.step_effects import OPENING, open_case, take_step
from caseflow.domain.step_people import acts_for
from caseflow.domain.stepping import StepOutcome
from caseflow.domain.workflow import Definition
from caseflow.services.case_answers import (
    AnswersRefused,
    OpenCase,
    check_charge,
    check_foretold,
    check_interest,
    check_named_officers,
    check_second_officer,
    opening_answers,
    step_moment,
)
from caseflow.services.duties import check_duties, check_step_duties
from caseflow.services.party_details import PartyTold, sealed_details
from caseflow.services.ports import (
    AlreadyWritten,
    BusinessTime,
    LastMove,
    LedgerRefused,
    NewCase,
    OutboxMessage,
    StepMoney,
    Store,
    UnitOfWork,
)
from caseflow.services.ports.privacy import ADDRESS, CONTACT, IDENTITY, NAME, FieldCipher
from caseflow.services.ports.receipts import NumberTaken
from caseflow.services.rulebook import Rulebook
from caseflow.services.step_receipts import ChosenNumber, choose_number, number_taken, step_receipt
from caseflow.services.step_transfers import MONEY_MOVED, step_transfers

# How often a step is judged anew when deadlines are recounted (which is no step) between its reading and its writing.
MOST_TRIES = 3


@dataclass(frozen=True)
class TakeStep:
    """What somebody typed to take a step; ``version`` is the version of the case they were looking at."""

    case_id: int
    trigger: str
    version: int
    answers: Mapping[str, str]
    idempotency_key: str


@dataclass(frozen=True)
class Moved:
    """The result of a request: the case, and the number of the step that was written."""

    case_id: int
    seq: int
    repeated: bool = False


class CaseNotFound(LookupError):
    """No such case in the actor's office."""


class CaseMovedOn(Exception):
    """Somebody else moved the case first; ``move`` says who did what. Nothing was written."""

    def __init__(self, move: LastMove | None) -> None:
        self.move = move
        super().__init__("the case has moved on" + (f": {move.trigger} by {move.actor_en}" if move else ""))


class KeyReused(Exception):
    """The idempotency key was used before for another request."""


@dataclass(frozen=True)
class Cases:
    """The use cases that move a case."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    cipher: FieldCipher

    def open(self, actor: Actor, request: OpenCase) -> Moved:
        """Open a case and number it.

        Raises ``NotPermitted``, :class:`AnswersRefused`, ``StepRefused`` (the regime has ended),
        :class:`KeyReused`. A repeated request answers its first result.
        """
        check_duties(actor, Permission.OPEN_CASE)
        digest = self._opening_digest(request)
        try:
            return self._open(actor, request, digest)
        except AlreadyWritten:
            return self._first_result(request.idempotency_key, digest)

    def advance(self, actor: Actor, request: TakeStep) -> Moved:
        """Take one step.

        Raises ``NotPermitted``, :class:`CaseNotFound`, :class:`AnswersRefused` (each field named),
        ``StepRefused`` (with every reason), ``PostingRefused``, ``LawRefusal``, :class:`CaseMovedOn` and
        :class:`KeyReused`. A repeated request answers its first result.

        ``save_step`` is one statement that swaps on state and version, so it is the whole transaction.
        """
        check_duties(actor, Permission.TAKE_STEP)
        digest = _digest(request)
        today = self.time.today()
        with self.store.each_alone() as work:
            for _ in range(MOST_TRIES):
                moved = self._take(work, actor, request, digest, today)
                if moved is not None:
                    return moved
            raise CaseMovedOn(work.cases.last_move(request.case_id))

    def _take(self, work: UnitOfWork, actor: Actor, request: TakeStep, digest: bytes, today: date) -> Moved | None:
        """Decide and write the step once; None where no step but a recount of deadlines came between the two."""
        case = _load(work, actor, request)
        if case.version != request.version:
            return self._repeated_or_moved_on(work, request, digest)
        outcome, number = self._decide(work, actor, case, request, today)
        seq = case.version + 1
        event = self._event(actor, case, seq, outcome, request.idempotency_key)
        transfers = step_transfers(self.rulebook.chart, case, outcome, event)
        try:
            written = work.cases.save_step(
                case,
                outcome,
                idempotency_key=request.idempotency_key,
                request_hash=digest,
                event=event,
                message=_message(outcome, actor, case, request.idempotency_key),
                moved=StepMoney(transfers, step_receipt(number, outcome)),
            )
        except AlreadyWritten:
            return self._first_result(request.idempotency_key, digest)
        except NumberTaken as taken:
            if number is None:
                raise
            raise number_taken(work, actor, number) from taken
        except LedgerRefused as refused:
            if refused.rule == MONEY_MOVED:
                raise CaseMovedOn(work.cases.last_move(request.case_id)) from refused
            raise
        return Moved(case.id, seq) if written else None

    def rehearse(self, actor: Actor, request: TakeStep) -> StepOutcome:
        """Return what a step would change, writing nothing: for the page that asks before a grave step.

        Raises as :meth:`advance`, but for :class:`KeyReused`.
        """
        check_permission(actor, Permission.TAKE_STEP)
        with self.store.begin() as work:
            case = _load(work, actor, request)
            if case.version != request.version:
                raise CaseMovedOn(work.cases.last_move(request.case_id))
            return self._decide(work, actor, case, request, self.time.today())[0]

    def _decide(
        self, work: UnitOfWork, actor: Actor, case: Case, request: TakeStep, today: date
    ) -> tuple[StepOutcome, ChosenNumber | None]:
        rules = self.rulebook.pinned(case.definition_hash, work)
        step = rules.definition.steps.get(request.trigger)
        if step is None:
            raise CaseNotFound(request.trigger)
        moment = step_moment(rules, case, step, request.answers, today)
        check_named_officers(work, actor, rules.definition, step, moment)
        outcome = take_step(rules, case, step, actor, moment)
        check_foretold(work, rules.definition, case, step, moment)
        check_charge(work, rules, case, step, moment)
        check_interest(work, rules, case, step, moment)
        # Last, so that whoever may not take the step is told so, and not which number is next.
        number = choose_number(work, actor, rules.definition, step, outcome)
        check_step_duties(actor, rules.definition, case, outcome)
        return (outcome, None) if number is None else (number.written_into(outcome), number)

    def _open(self, actor: Actor, request: OpenCase, digest: bytes) -> Moved:
        today = self.time.today()
        with self.store.begin() as work:
            repeated = _repeated(work, request.idempotency_key, digest)
            if repeated is not None:
                return repeated
            rules = self.rulebook.current(request.regime, work)
            opened_on, answers = opening_answers(rules.definition, request, today)
            check_second_officer(work, actor, request.second_officer_id)
            empty = _empty_case(actor, request, rules.definition, opened_on)
            outcome = open_case(rules, empty, answers, opened_on=opened_on, today=today)
            serial = work.cases.next_serial(actor.office_id, request.regime, opened_on.year)
            number, party_id = rules.definition.number, work.parties.take_id()
            new = NewCase(
                office_id=actor.office_id,
                regime=request.regime,
                definition_hash=rules.definition.content_hash,
                number=number.en.format(year=opened_on.year, serial=serial),
                number_zh=number.zh.format(year=opened_on.year, serial=serial),
                party_kind=request.party_kind,
                party_id=party_id,
                party=sealed_details(self.cipher, party_id, actor.office_id, _told(request)),
                owner_id=actor.id,
                second_officer_id=request.second_officer_id,
                role=outcome.role,
                idempotency_key=request.idempotency_key,
                request_hash=digest,
                outcome=outcome,
                business_date=today,
            )
            event = self._event(actor, replace(empty, number=new.number), 1, outcome, request.idempotency_key)
            message = _message(outcome, actor, empty, request.idempotency_key)
            case_id = work.cases.open(new, event, message)
            work.commit()
        return Moved(case_id, 1)

    def _opening_digest(self, request: OpenCase) -> bytes:
        """Return the digest of an opening, over blind indexes of what is sealed.

        All else that it is over stands in the database: whoever reads that could try names and numbers until one fits.
        """
        return _digest(
            replace(
                request,
                party_name=self._hidden(NAME, request.party_name),
                party_contact=self._hidden(CONTACT, request.party_contact),
                party_identity=self._hidden(IDENTITY, request.party_identity),
                party_address=self._hidden(ADDRESS, request.party_address),
            )
        )

    def _hidden(self, field: str, text: str) -> str:
        return self.cipher.index(field, 0, text).hex() if text else ""

    def _first_result(self, key: str, digest: bytes) -> Moved:
        with self.store.begin() as work:
            repeated = _repeated(work, key, digest)
        if repeated is None:
            raise KeyReused(key)
        return repeated

    def _repeated_or_moved_on(self, work: UnitOfWork, request: TakeStep, digest: bytes) -> Moved:
        repeated = _repeated(work, request.idempotency_key, digest)
        if repeated is not None:
            return repeated
        raise CaseMovedOn(work.cases.last_move(request.case_id))

    def _event(self, actor: Actor, case: Case, seq: int, outcome: StepOutcome, key: str) -> AuditEvent:
        in_place_of = sorted(acts_for(case, outcome.role, actor))
        return AuditEvent(
            key=f"step:{key}",
            at=self.time.now(),
            actor_id=actor.id,
            office_id=actor.office_id,
            action="case_opened" if outcome.trigger == OPENING else "step_taken",
            case_number=case.number,
            seq=seq,
            body={
                "trigger": outcome.trigger,
                "from": outcome.from_state,
                "to": outcome.to_state,
                "role": outcome.role.value,
                "effective_on": outcome.effective_on.isoformat(),
                "business_date": outcome.business_date.isoformat(),
                "answers": dict(outcome.answers),
                "postings": [dict(posting) for posting in outcome.postings],
                **({"standing_in_for": in_place_of} if in_place_of else {}),
            },
        )


def _told(request: OpenCase) -> PartyTold:
    return PartyTold(request.party_name, request.party_contact, request.party_identity, request.party_address)


def _load(work: UnitOfWork, actor: Actor, request: TakeStep) -> Case:
    case = work.cases.load(request.case_id)
    if case is None or case.office_id != actor.office_id:
        raise CaseNotFound(request.case_id)
    return case


def _empty_case(actor: Actor, request: OpenCase, definition: Definition, opened_on: date) -> Case:
    return Case(
        id=0,
        office_id=actor.office_id,
        number="",
        regime=request.regime,
        definition_hash=definition.content_hash,
        party_id=0,
        party_kind=request.party_kind,
        owner_id=actor.id,
        second_officer_id=request.second_officer_id,
        state=definition.opens,
        phase=definition.states[definition.opens].phase,
        version=0,
        dates=CaseDates(opened_on=opened_on),
        money=Money(),
    )


def _message(outcome: StepOutcome, actor: Actor, case: Case, key: str) -> OutboxMessage:
    return OutboxMessage(
        key=f"step:{key}",
        kind="case_moved",
        payload={
            "office_id": case.office_id,
            "actor_id": actor.id,
            "owner_id": outcome.owner_id or case.owner_id,
            "desk_role": outcome.desk_role,
            "regime": case.regime,
            "trigger": outcome.trigger,
            "to_state": outcome.to_state,
        },
    )


def _repeated(work: UnitOfWork, key: str, digest: bytes) -> Moved | None:
    saved = work.cases.saved(key)
    if saved is None:
        return None
    if saved.request_hash != digest:
        raise KeyReused(key)
    return Moved(saved.case_id, saved.seq, repeated=True)


def _digest(request: OpenCase | TakeStep) -> bytes:
    fields = {name: value for name, value in vars(request).items() if name not in ("idempotency_key", "version")}
    fields["answers"] = dict(sorted(request.answers.items()))
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()).digest()


__all__ = [
    "AnswersRefused",
    "CaseMovedOn",
    "CaseNotFound",
    "Cases",
    "KeyReused",
    "Moved",
    "OpenCase",
    "TakeStep",
]
