"""The desk: what waits, one submission opened, the step that takes it in, the answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from caseflow.domain.access import Actor, NotPermitted, Permission, Role, check_permission, may
from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import Case
from caseflow.domain.stepping import StepOffer, offers
from caseflow.domain.submission_limits import recording_steps
from caseflow.domain.submissions import (
    FOUR_EYES,
    LONGEST_REASONS,
    OUTCOMES,
    Kind,
    Outcome,
    desk_once_recorded,
    may_answer,
    may_read,
)
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, plain_text
from caseflow.services.case_files import FileUnreadable
from caseflow.services.cases import CaseNotFound, KeyReused
from caseflow.services.duties import check_duties, on_case
from caseflow.services.erased_cases import check_not_erased
from caseflow.services.opened_fields import note_case
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store, UnitOfWork
from caseflow.services.ports.files import FileDamaged, FileStore, NoSuchFile, Pieces
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.ports.submissions import REASONS, TEXT, Answer, Attached, Counts, NewAnswer, Reach, Submission
from caseflow.services.rulebook import Rulebook
from caseflow.services.submissions.content import Content

PAGE_SIZE: Final = 50
MOST_OF_CASE: Final = 20
_ANSWERED = Words("It was answered or withdrawn meanwhile.", "该件已被答复或者撤回。")
_OUTCOME = Words("Choose the outcome.", "请选择处理结果。")
_REASONS = Words(
    f"Give the reasons in 1 to {LONGEST_REASONS:,} characters: the person reads them.",
    f"请填写理由，1至{LONGEST_REASONS}字：当事人将看到该内容。",
)
_FOUR_EYES = Words(
    "Whoever recorded the application does not decide on it: another person of the desk answers.",
    "登记申请的人不得对其作出决定，须由其他人员答复。",
)


class NoSuchSubmission(LookupError):
    """No such submission of the office, or none that the actor may know of."""


class AnswerRefused(Exception):
    """What was written cannot stand so: (input, words) of everything that is wrong; an empty input means the whole."""

    def __init__(self, *faults: tuple[str, Words]) -> None:
        self.faults = faults
        super().__init__("; ".join(words.en for _, words in faults))


class Recusing(Protocol):
    """Takes somebody off a case once an objection to them is granted."""

    def grant_objection(self, work: UnitOfWork, decided_by: Actor, case: Case, staff_id: int, number: str) -> None:
        """Keep ``staff_id`` from the case from now on, as the answer to submission ``number`` decided.

        Within the transaction of the answer: an objection is not granted without its effect. Repeatable.
        """
        ...


@dataclass(frozen=True)
class AnswerSubmission:
    """What somebody answers."""

    submission_id: int
    outcome: Outcome | None
    reasons: str
    key: str


@dataclass(frozen=True)
class DeskPage:
    """What a desk has, and the key that goes on."""

    rows: Sequence[Submission]
    next_key: str | None
    today: date


@dataclass(frozen=True)
class SubmissionPage:
    """One submission opened; ``offers`` are the steps that take it in, open or not."""

    submission: Submission
    content: Content
    files: Sequence[Attached]
    answer: Answer | None
    answer_text: str
    case: Case
    definition: Definition
    offers: Sequence[StepOffer]
    may_answer: bool
    four_eyes: Words | None
    outcomes: Sequence[Outcome]
    today: date


@dataclass(frozen=True)
class Handed:
    """A file handed out, and its plain bytes, which were checked as a whole."""

    file: Attached
    name: str
    pieces: Pieces


@dataclass(frozen=True)
class SubmissionDesk:
    """The use cases of the office. ``recusing`` None: only the step of the workflow takes somebody off a case."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    cipher: FieldCipher
    files: FileStore
    recusing: Recusing | None = None

    def on_desk(self, actor: Actor, *, is_open: bool = True, after: str | None = None) -> DeskPage:
        """Return what the actor may read: open ones by day, or those that are done. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_SUBMISSIONS)
        with self.store.begin() as work:
            found = work.submissions.on_desk(_reach(actor), is_open=is_open, after=_key(after), limit=PAGE_SIZE + 1)
        rows = found[:PAGE_SIZE]
        last = rows[-1] if len(found) > PAGE_SIZE else None
        return DeskPage(rows, None if last is None else f"{last.due_on or date.max}_{last.id}", self.time.today())

    def waiting(self, actor: Actor) -> Counts:
        """Count what the actor's own desk has to answer; nothing for who may not read submissions."""
        if not may(actor, Permission.READ_SUBMISSIONS):
            return Counts(0, 0)
        with self.store.begin() as work:
            return work.submissions.counts(_reach(actor), self.time.today())

    def of_case(self, actor: Actor, case_id: int) -> Sequence[Submission]:
        """Return the newest submissions of a case that the actor may read, sealed as they are."""
        if not may(actor, Permission.READ_SUBMISSIONS):
            return ()
        with self.store.begin() as work:
            found = work.submissions.of_case(case_id, before_no=None, limit=MOST_OF_CASE)
        return [one for one in found if one.office_id == actor.office_id and may_read(actor, one.concerned)]

    def show(self, actor: Actor, submission_id: int) -> SubmissionPage:
        """Open a submission: the reading is noted. Raises ``NotPermitted``, :class:`NoSuchSubmission`."""
        check_permission(actor, Permission.READ_SUBMISSIONS)
        with self.store.begin() as work:
            found = _known(work, actor, submission_id)
            files, case = work.submissions.files(found.id), _case(work, found)
            answer = work.submissions.answer(found.id) if found.answered_on is not None else None
            rules = self.rulebook.pinned(case.definition_hash, work)
        note_case(found.case_id)
        current = self.rulebook.definitions.get(case.regime)
        names = {one.name for one in recording_steps(rules.definition, current, found.kind)}
        today = self.time.today()
        return SubmissionPage(
            submission=found,
            content=Content.read(self.cipher.open(TEXT, found.id, found.text_sealed)),
            files=files,
            answer=answer,
            answer_text="" if answer is None else self.cipher.open(REASONS, found.id, answer.reasons_sealed),
            case=case,
            definition=rules.definition,
            offers=[one for one in offers(rules, case, actor, today) if one.step.name in names]
            if found.is_open and found.step_seq is None
            else (),
            may_answer=found.is_open and actor.id not in case.recused and may_answer(actor, found.concerned),
            four_eyes=_FOUR_EYES if _recorded_it(actor, case, found) else None,
            outcomes=OUTCOMES[found.kind],
            today=today,
        )

    def prefill(self, actor: Actor, submission_id: int, case_id: int, trigger: str) -> Mapping[str, str]:
        """Return what the form of the step that takes a submission in already knows: day of receipt and number.

        Raises ``NotPermitted``, :class:`NoSuchSubmission` (also where the step is none that takes it in).
        """
        check_permission(actor, Permission.READ_SUBMISSIONS)
        with self.store.begin() as work:
            found = _to_be_recorded(work, actor, submission_id, case_id)
            case = _case(work, found)
            definition = self.rulebook.pinned(case.definition_hash, work).definition
        steps = recording_steps(definition, self.rulebook.definitions.get(case.regime), found.kind)
        step = next((one for one in steps if one.name == trigger), None)
        if step is None:
            raise NoSuchSubmission(submission_id)
        return _prefilled(definition, step.asks, found)

    def record(self, actor: Actor, submission_id: int, case_id: int, seq: int) -> None:
        """Note that a step of the actor recorded a submission: it is in hand. Noting it again changes nothing.

        Raises ``NotPermitted``, ``DutiesRefused`` (who is recused from the case), :class:`NoSuchSubmission`.
        """
        check_duties(actor, Permission.READ_SUBMISSIONS)
        with self.store.begin() as work:
            found = _to_be_recorded(work, actor, submission_id, case_id)
            if found.step_seq is not None:
                return
            check_duties(actor, Permission.READ_SUBMISSIONS, matter=on_case(_case(work, found)))
            body = {"case": found.case_number, "submission": found.number, "step": seq}
            event = self._event(actor, f"submission_recorded:{found.id}", "submission_recorded", body)
            if work.submissions.link(found.id, seq, desk_once_recorded(found.kind, found.desk), event):
                work.commit()

    def check_answer(self, actor: Actor, asked: AnswerSubmission) -> None:
        """Say what is wrong with an answer before its writer is asked once more. Raises as :meth:`answer`."""
        check_permission(actor, Permission.ANSWER_SUBMISSIONS)
        with self.store.begin() as work:
            self._judged(work, actor, asked)

    def answer(self, actor: Actor, asked: AnswerSubmission) -> None:
        """Answer a submission, once. A repeated request changes nothing.

        An objection that is granted takes effect in the same transaction. Raises ``NotPermitted``, ``DutiesRefused``
        (who is recused from the case), :class:`NoSuchSubmission`, :class:`AnswerRefused`, ``KeyReused``.
        """
        check_duties(actor, Permission.ANSWER_SUBMISSIONS)
        try:
            with self.store.begin() as work:
                found = _known(work, actor, asked.submission_id)
                if self._was_answered(work, found, asked):
                    return
                case, outcome, reasons = self._judged(work, actor, asked)
                body = {"case": found.case_number, "submission": found.number, "outcome": outcome.value}
                event = self._event(actor, f"submission_answered:{asked.key}", "submission_answered", body)
                new = NewAnswer(
                    submission_id=found.id,
                    office_id=found.office_id,
                    case_id=found.case_id,
                    answered_by=actor.id,
                    answered_at=self.time.now(),
                    answered_on=self.time.today(),
                    outcome=outcome,
                    reasons_sealed=self.cipher.seal(REASONS, found.id, reasons),
                    step_seq=_own_step_since(case, actor, found),
                    key=asked.key,
                )
                work.submissions.add_answer(new, event)
                self._recuse(work, actor, case, found, outcome)
                work.commit()
        except AlreadyWritten:
            with self.store.begin() as work:
                if not self._was_answered(work, _known(work, actor, asked.submission_id), asked):
                    # What came in between says why by itself: answered, withdrawn, or taken in by this very actor.
                    self._judged(work, actor, asked)
                    raise AnswerRefused(("", _ANSWERED)) from None

    def _recuse(self, work: UnitOfWork, actor: Actor, case: Case, found: Submission, outcome: Outcome) -> None:
        """Take whom a granted objection names off the case, by its number: the reasons stay sealed."""
        granted = found.kind is Kind.RECUSAL and outcome is Outcome.GRANTED
        if granted and self.recusing is not None and found.objected_to is not None:
            self.recusing.grant_objection(work, actor, case, found.objected_to, found.number)

    def read_file(self, actor: Actor, submission_id: int, position: int) -> Handed:
        """Check a file and hand it out; the record of this reading is written before the first byte leaves.

        Raises ``NotPermitted``, :class:`NoSuchSubmission`, ``CaseErased``, :class:`FileUnreadable`.
        """
        check_permission(actor, Permission.READ_SUBMISSIONS)
        with self.store.begin() as work:
            found = _known(work, actor, submission_id)
            file = next((one for one in work.submissions.files(found.id) if one.position == position), None)
            if file is None:
                raise NoSuchSubmission(submission_id)
            check_not_erased(work, found.case_id)
            body = {"submission": found.number, "file": position, "sha256": file.sha256}
            event = self._event(actor, f"submission_file_read:{uuid.uuid4()}", "submission_file_read", body)
            work.submissions.note(event)
            try:
                pieces = self.files.open(file.sha256)
            except (FileDamaged, NoSuchFile) as error:
                raise FileUnreadable(file.sha256) from error
            try:
                work.commit()
            except BaseException:
                pieces.close()
                raise
        note_case(found.case_id)
        content = Content.read(self.cipher.open(TEXT, found.id, found.text_sealed))
        return Handed(file, content.file_names[position - 1], pieces)

    def _judged(self, work: UnitOfWork, actor: Actor, asked: AnswerSubmission) -> tuple[Case, Outcome, str]:
        found = _known(work, actor, asked.submission_id)
        if not may_answer(actor, found.concerned):
            raise NotPermitted(actor, Permission.ANSWER_SUBMISSIONS)
        if not found.is_open:
            raise AnswerRefused(("", _ANSWERED))
        case = _case(work, found)
        check_duties(actor, Permission.ANSWER_SUBMISSIONS, matter=on_case(case))
        if _recorded_it(actor, case, found):
            raise AnswerRefused(("", _FOUR_EYES))
        reasons, faults = plain_text(asked.reasons).strip(), []
        if asked.outcome not in OUTCOMES[found.kind]:
            faults.append(("outcome", _OUTCOME))
        if not 1 <= len(reasons) <= LONGEST_REASONS:
            faults.append(("reasons", _REASONS))
        if faults or asked.outcome is None:
            raise AnswerRefused(*faults)
        return case, asked.outcome, reasons

    def _was_answered(self, work: UnitOfWork, found: Submission, asked: AnswerSubmission) -> bool:
        """Tell whether this very request was written before. Raises ``KeyReused`` where it was another answer."""
        written = work.submissions.answer(found.id) if found.answered_on is not None else None
        if written is None or written.key != asked.key:
            return False
        reasons = self.cipher.open(REASONS, found.id, written.reasons_sealed)
        if (written.outcome, reasons) != (asked.outcome, plain_text(asked.reasons).strip()):
            raise KeyReused(asked.key)
        return True

    def _event(self, actor: Actor, key: str, action: str, body: Mapping[str, object]) -> AuditEvent:
        return AuditEvent.by(actor, self.time.now(), key, action, body)


def _known(work: UnitOfWork, actor: Actor, submission_id: int) -> Submission:
    found = work.submissions.get(actor.office_id, submission_id)
    # Whoever may not read it learns no more than that of one which does not exist.
    if found is None or not may_read(actor, found.concerned):
        raise NoSuchSubmission(submission_id)
    return found


def _case(work: UnitOfWork, found: Submission) -> Case:
    case = work.cases.load(found.case_id)
    if case is None:
        raise CaseNotFound(found.case_id)
    return case


def _to_be_recorded(work: UnitOfWork, actor: Actor, submission_id: int, case_id: int) -> Submission:
    found = _known(work, actor, submission_id)
    if found.case_id != case_id or not found.is_open:
        raise NoSuchSubmission(submission_id)
    return found


def _recorded_it(actor: Actor, case: Case, found: Submission) -> bool:
    if found.kind not in FOUR_EYES or found.step_seq is None:
        return False
    return any(one.seq == found.step_seq and one.actor_id == actor.id for one in case.history)


def _own_step_since(case: Case, actor: Actor, found: Submission) -> int | None:
    """Return the newest step with which the actor acted on it: after the one that recorded it, else none."""
    if found.step_seq is None:
        return None
    own = [one.seq for one in case.history if one.actor_id == actor.id and one.seq > found.step_seq]
    return max(own, default=None)


def _prefilled(definition: Definition, asks: Sequence[str], found: Submission) -> dict[str, str]:
    """Return the answers a form begins with; nothing of what the person wrote leaves its seal by this way."""
    filled = {}
    for name in asks:
        declared = definition.fields[name]
        if declared.type == "date" and declared.not_after == "today":
            filled[name] = found.received_on.isoformat()
        elif declared.type == "long_text":
            filled[name] = f"见当事人提交的{found.number} (as the person submitted: {found.number})"
    return filled


def _reach(actor: Actor) -> Reach:
    return Reach(
        actor.office_id,
        (actor.id, *sorted(actor.stands_in_for)),
        Role.OFFICER in actor.roles,
        tuple(sorted(actor.roles)),
        tuple(sorted(actor.own_roles)),
    )


def _key(after: str | None) -> tuple[date, int] | None:
    day, _, number = (after or "").partition("_")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None
