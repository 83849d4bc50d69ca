"""Withdrawing many applications from the court for one legal reason: one step, one paper and one outcome a case."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.cases import Case
from caseflow.domain.law import LawRefusal
from caseflow.domain.ledger import PostingRefused
from caseflow.domain.referral_board import Column, withdraws
from caseflow.domain.step_effects import take_step
from caseflow.domain.stepping import Reason, StepRefused, offers
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, Step, unwritable
from caseflow.services.case_answers import AnswersRefused, step_moment
from caseflow.services.cases import CaseMovedOn, Cases, KeyReused, TakeStep
from caseflow.services.duties import check_duties
from caseflow.services.papers import BeginPaper
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store
from caseflow.services.ports.liaison import Batch, BatchCase, BatchOutcome, BoardRow, NewBatch
from caseflow.services.ports.papers import PaperRefused
from caseflow.services.referral_board import BoardFilter, ReferralBoard
from caseflow.services.rulebook import Rulebook

MOST_CASES = 500
CASES_AT_ONCE = 50
LONGEST_REASON = 5000
_REFUSALS = (
    AnswersRefused, StepRefused, PostingRefused, LawRefusal, CalendarNotPublished, CaseMovedOn, KeyReused,
)  # fmt: skip


class Letters(Protocol):
    """Begins the draft of a document that a step has made."""

    def begin(self, actor: Actor, asked: BeginPaper) -> int:
        """Begin a draft; a repeated request gives the first. Raises ``PaperRefused`` where none is to be drafted."""
        ...


class WithdrawalRefused(Exception):
    """What was asked for cannot be; ``field`` names the input (empty: none). Nothing was written."""

    def __init__(self, words: Words, field: str = "") -> None:
        self.words, self.field = words, field
        super().__init__(words.en)


class NoSuchWithdrawal(LookupError):
    """No such withdrawal in the actor's office."""


@dataclass(frozen=True)
class Candidate:
    """A case that may be withdrawn: by which step, or why by none now."""

    row: BoardRow
    definition: Definition
    step: Step | None
    reasons: Sequence[Reason]

    @property
    def is_open(self) -> bool:
        """Whether the step is open to whoever asked."""
        return self.step is not None and not self.reasons


@dataclass(frozen=True)
class AskWithdrawal:
    """What somebody typed to withdraw: the legal reason once, the day, and the cases."""

    reason: str
    withdrawn_on: str
    case_ids: Sequence[int]
    idempotency_key: str


@dataclass(frozen=True)
class Progress:
    """A withdrawal and what came of each of its cases so far."""

    batch: Batch
    cases: Sequence[BatchCase]

    def count(self, *outcomes: str) -> int:
        """Return how many cases have one of these outcomes."""
        return sum(case.outcome in outcomes for case in self.cases)

    @property
    def to_do(self) -> Sequence[BatchCase]:
        """The cases that are not withdrawn yet."""
        return [case for case in self.cases if case.outcome in ("waiting", "refused")]


@dataclass(frozen=True)
class Withdrawals:
    """The use cases of a withdrawal of many: look, begin, go on, show."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    cases: Cases
    board: ReferralBoard
    letters: Letters

    def of_filter(self, actor: Actor, chosen: BoardFilter, column: Column) -> list[int]:
        """Return the cases (at most :data:`MOST_CASES`) that one column of the board shows."""
        check_permission(actor, Permission.REFER)
        with self.store.begin() as work:
            scope = self.board.scope(work, actor, chosen, column)
            rows = work.liaison.board_rows(scope, after=None, limit=MOST_CASES)
        return [row.id for row in rows]

    def candidates(self, actor: Actor, case_ids: Sequence[int]) -> list[Candidate]:
        """Return these cases of the office with the step that would withdraw each. Raises ``NotPermitted``."""
        check_permission(actor, Permission.REFER)
        today, wanted = self.time.today(), list(dict.fromkeys(case_ids))[:MOST_CASES]
        with self.store.begin() as work:
            rows = work.liaison.rows_of(actor.office_id, wanted)
            cases = work.cases.load_many([row.id for row in rows])
            found = []
            for row in rows:
                rules = self.rulebook.pinned(row.definition_hash, work)
                offered = [one for one in offers(rules, cases[row.id], actor, today) if withdraws(one.step)]
                best = min(offered, key=lambda one: not one.is_open, default=None)
                reasons = best.reasons if best is not None else (_nothing_to_withdraw(rules.definition, row.state),)
                found.append(Candidate(row, rules.definition, best.step if best is not None else None, reasons))
        return found

    def check(self, actor: Actor, asked: AskWithdrawal) -> None:
        """Judge what was typed, writing nothing. Raises as :meth:`begin`."""
        check_permission(actor, Permission.REFER)
        reason, day = _reason(asked.reason), _day(asked.withdrawn_on, self.time.today())
        open_ones = [one for one in self.candidates(actor, asked.case_ids) if one.is_open]
        self._judge(actor, open_ones, day, reason)

    def begin(self, actor: Actor, asked: AskWithdrawal) -> int:
        """Keep the withdrawal with its cases, all of them waiting; return its id. A repeated request gives the first.

        Raises ``NotPermitted`` and :class:`WithdrawalRefused`.
        """
        check_duties(actor, Permission.REFER)
        reason, day = _reason(asked.reason), _day(asked.withdrawn_on, self.time.today())
        open_ones = [one for one in self.candidates(actor, asked.case_ids) if one.is_open]
        open_ids = [one.row.id for one in open_ones]
        with self.store.begin() as work:
            first = work.liaison.batch_by_key(actor.office_id, asked.idempotency_key)
        if first is not None:
            return first
        self._judge(actor, open_ones, day, reason)
        new = NewBatch(actor.office_id, reason, day, open_ids, asked.idempotency_key)
        body = {"cases": open_ids, "reason": reason}
        key = f"withdrawal:{asked.idempotency_key}"
        event = AuditEvent.by(actor, self.time.now(), key, "withdrawals_begun", body)
        try:
            with self.store.begin() as work:
                kept = work.liaison.add_batch(new, event)
                work.commit()
        except AlreadyWritten:
            with self.store.begin() as work:
                known = work.liaison.batch_by_key(actor.office_id, asked.idempotency_key)
            if known is None:
                raise
            return known
        return kept

    def go_on(self, actor: Actor, batch_id: int, *, most: int = CASES_AT_ONCE) -> Progress:
        """Withdraw the next cases that are not withdrawn yet, each by its own step; return how far it is.

        A case that was refused is tried again. Raises ``NotPermitted`` and :class:`NoSuchWithdrawal`.
        """
        check_duties(actor, Permission.REFER)
        progress = self._progress(actor, batch_id)
        # Those never tried come first, so that refused ones keep nobody waiting.
        turn = sorted(progress.to_do, key=lambda case: (case.outcome == "refused", case.position))[:most]
        with self.store.begin() as work:
            known = work.cases.load_many([case.case_id for case in turn])
            rules = {one.definition_hash: self.rulebook.pinned(one.definition_hash, work) for one in known.values()}
        definitions = {case_id: rules[case.definition_hash].definition for case_id, case in known.items()}
        outcomes = [
            self._withdraw(actor, progress.batch, case, known[case.case_id], definitions[case.case_id]) for case in turn
        ]
        if outcomes:
            told: Mapping[str, object] = {"batch": batch_id, "outcomes": {str(o.position): o.outcome for o in outcomes}}
            key = f"withdrawal:{batch_id}:{uuid.uuid4()}"
            event = AuditEvent.by(actor, self.time.now(), key, "withdrawals_made", told)
            with self.store.begin() as work:
                work.liaison.note_outcomes(batch_id, outcomes, event)
                work.commit()
        return self._progress(actor, batch_id)

    def show(self, actor: Actor, batch_id: int) -> Progress:
        """Return a withdrawal of the office. Raises ``NotPermitted`` and :class:`NoSuchWithdrawal`."""
        check_permission(actor, Permission.READ_REFERRALS)
        return self._progress(actor, batch_id)

    def newest(self, actor: Actor, *, before_id: int | None, limit: int = 25) -> tuple[list[Batch], int | None]:
        """Return withdrawals of the office, newest first, and the key that continues them."""
        check_permission(actor, Permission.READ_REFERRALS)
        with self.store.begin() as work:
            found = list(work.liaison.batches(actor.office_id, before_id=before_id, limit=limit + 1))
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    def _judge(self, actor: Actor, open_ones: Sequence[Candidate], day: date, reason: str) -> None:
        """Judge the answers as the step of each case does; raise :class:`WithdrawalRefused` where none takes them.

        Day and reason are fixed once it is begun: if no case takes them, it could never be done.
        """
        if not open_ones:
            words = Words(
                "None of the chosen applications can be withdrawn now: choose others on the board.",
                "所选案件目前均不能撤回申请，请在看板中另行选择。",
            )
            raise WithdrawalRefused(words, "case")
        today, refused = self.time.today(), WithdrawalRefused(Words("", ""))
        with self.store.begin() as work:
            cases = work.cases.load_many([one.row.id for one in open_ones])
            rules = {one.row.definition_hash: self.rulebook.pinned(one.row.definition_hash, work) for one in open_ones}
        for one in open_ones:
            case, known = cases[one.row.id], rules[one.row.definition_hash]
            assert one.step is not None  # noqa: S101 - an open candidate has a step
            answers = withdrawal_answers(known.definition, one.step, day, reason)
            try:
                take_step(known, case, one.step, actor, step_moment(known, case, one.step, answers, today))
            except AnswersRefused as refusal:
                types = {field.type for one in refusal.problems if (field := known.definition.fields.get(one.field))}
                at = "withdrawn_on" if "date" in types else "reason" if types else "case"
                refused = WithdrawalRefused(refusal_words(refusal), at)
            except _REFUSALS as refusal:
                refused = WithdrawalRefused(refusal_words(refusal), "case")
            else:
                return
        raise refused

    def _withdraw(
        self, actor: Actor, batch: Batch, listed: BatchCase, case: Case, definition: Definition
    ) -> BatchOutcome:
        step = next((one for one in definition.steps_from(case.state) if withdraws(one)), None)
        if step is None:
            done = _withdrawn_by(definition, case)
            if done is not None:
                return BatchOutcome(listed.position, "already_done", done)
            words = _nothing_to_withdraw(definition, case.state).words
            return BatchOutcome(listed.position, "refused", None, words.en, words.zh)
        answers = withdrawal_answers(definition, step, batch.withdrawn_on, batch.reason)
        # One key a case of a withdrawal: however often it is run, the case is withdrawn once.
        key = f"withdrawal:{batch.id}:{case.id}"
        try:
            moved = self.cases.advance(actor, TakeStep(case.id, step.name, case.version, answers, key))
        except _REFUSALS as refusal:
            words = refusal_words(refusal)
            return BatchOutcome(listed.position, "refused", None, words.en, words.zh)
        said = self._begin_letters(actor, case.id, step, key)
        return BatchOutcome(listed.position, "already_done" if moved.repeated else "done", moved.seq, said.en, said.zh)

    def _begin_letters(self, actor: Actor, case_id: int, step: Step, key: str) -> Words:
        """Begin the draft of each paper that the step made; return what stands in the way of one, if anything."""
        said = Words("", "")
        for kind in step.makes:
            try:
                self.letters.begin(actor, BeginPaper(case_id, kind, f"{key}:{kind}"[:100]))
            except PaperRefused as refusal:
                said = refusal.faults[0][1]
        return said

    def _progress(self, actor: Actor, batch_id: int) -> Progress:
        with self.store.begin() as work:
            found = work.liaison.batch(actor.office_id, batch_id)
        if found is None:
            raise NoSuchWithdrawal(batch_id)
        return Progress(*found)


def withdrawal_answers(definition: Definition, step: Step, day: date, reason: str) -> dict[str, str]:
    """Return what the step that withdraws asks: the day and the legal reason."""
    answers = {}
    for name in step.asks:
        kind = definition.fields[name].type
        if kind == "date":
            answers[name] = day.isoformat()
        elif kind in ("long_text", "text"):
            answers[name] = reason
    return answers


def refusal_words(refusal: Exception) -> Words:
    """Return in words why a step was refused."""
    match refusal:
        case AnswersRefused():
            told = [problem.words for problem in refusal.problems]
        case StepRefused():
            told = [reason.words for reason in refusal.reasons]
        case PostingRefused():
            told = [Words(refusal.en, refusal.zh)]
        case LawRefusal() | CalendarNotPublished():
            told = [Words(refusal.message_en, refusal.message_zh)]
        case CaseMovedOn():
            told = [Words("somebody moved the case meanwhile: run it again", "案件已被他人推进，请再次执行")]
        case _:
            told = [Words("it was asked for before with other words", "该案此前已以不同内容提交")]
    return Words("; ".join(words.en for words in told), "；".join(words.zh for words in told))


def _withdrawn_by(definition: Definition, case: Case) -> int | None:
    """Return the step that withdrew a case which was not filed again since."""
    for taken in reversed(case.history):
        step = definition.steps.get(taken.trigger)
        if step is not None and withdraws(step):
            return taken.seq
        if step is not None and step.referral in ("sign", "file"):
            return None
    return None


def _nothing_to_withdraw(definition: Definition, state: str) -> Reason:
    title = definition.states[state].title
    words = Words(f"no application can be withdrawn from “{title.en}”", f"案件处于“{title.zh}”状态，没有可以撤回的申请")
    return Reason("state", words)


def _reason(typed: str) -> str:
    reason = typed.replace("\r\n", "\n").strip()
    if not reason:
        raise WithdrawalRefused(
            Words("Give the legal reason: each paper states it.", "请填写法律理由，每份撤回申请均予载明。"), "reason"
        )
    fault = unwritable(reason)
    if fault is not None:
        raise WithdrawalRefused(fault, "reason")
    if len(reason) > LONGEST_REASON:
        words = Words(f"at most {LONGEST_REASON} characters", f"最多{LONGEST_REASON}个字符")
        raise WithdrawalRefused(words, "reason")
    return reason


def _day(typed: str, today: date) -> date:
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        words = Words("Give a day such as 2026-03-08", "请填写日期，例如2026-03-08")
        raise WithdrawalRefused(words, "withdrawn_on") from None
    if day > today:
        words = Words(f"must not be after today ({today})", f"不得晚于当日（{today}）")
        raise WithdrawalRefused(words, "withdrawn_on")
    return day
