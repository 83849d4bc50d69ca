"""Taking the office's steps of an approved run, case by case: one step, one audit event and one key each.

What a run has done on a case is told by the steps themselves, whose keys bear the run. A run that is killed therefore
loses nothing: whoever goes on looks where each case stands.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from caseflow.domain.access import Actor, Permission, Role, may
from caseflow.domain.audit import AuditEvent
from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.cases import Case
from caseflow.domain.law import LawRefusal
from caseflow.domain.ledger import PostingRefused
from caseflow.domain.rules import Rules
from caseflow.domain.stepping import Moment, StepRefused, step_reasons
from caseflow.domain.wind_down_classes import WindDownRule
from caseflow.domain.wind_down_steps import (
    RunAnswers,
    bulk_answers,
    next_listed_step,
    planned_steps,
    standing_of,
    took_money,
)
from caseflow.domain.words import Words
from caseflow.domain.workflow import Step
from caseflow.services.case_answers import AnswersRefused, step_moment
from caseflow.services.cases import CaseMovedOn, CaseNotFound, Cases, KeyReused, TakeStep
from caseflow.services.papers import BeginPaper
from caseflow.services.ports import BusinessTime, LedgerRefused, Store
from caseflow.services.ports.papers import PaperRefused
from caseflow.services.ports.wind_down import (
    ALREADY_DONE,
    DONE,
    REFUSED,
    WAITING_FOR_COURT,
    WAITING_FOR_OTHER,
    Run,
    RunCase,
    RunOutcome,
)
from caseflow.services.refund_findings import RefundFindings
from caseflow.services.rulebook import Rulebook
from caseflow.services.wind_down.plan import Winding
from caseflow.services.withdrawals import Letters, refusal_words

CASES_AT_ONCE = 20
# No list of steps is longer; a case that turned round and round would else hold its run.
_MOST_STEPS = 20
_REFUSALS = (
    AnswersRefused, StepRefused, PostingRefused, LawRefusal, CalendarNotPublished, CaseMovedOn, KeyReused,
    CaseNotFound, LedgerRefused,
)  # fmt: skip
_OF_PEOPLE = frozenset({"role", "four_eyes", "not_on_case", "one_person", "recused"})
_TOOK_MONEY = Words(
    "Whoever took the money of a case neither prepares nor approves its end: put it into a run of two others.",
    "经收本案款项的人员不得提出或者批准了结本案，请由另外两人办理。",
)
_REFUND_FIRST = Words(
    "The record shows money taken without right: look at the refund sheet first.",
    "记录显示存在错误征收的款项，请先核对退款计算表。",
)
_SENT_BACK = Words(
    "The step was taken before and sent back: decide on it by hand.", "该步骤曾办理后被退回，请逐案处理。"
)
_NOT_PLANNED = Words("The plan has no class for where this case stands.", "清理方案中没有适用于本案当前状态的类别。")
_BESIDE = Words(
    "The case stands beside the steps of its class: take it on by hand.",
    "本案当前状态不在该类别的步骤之内，请逐案处理。",
)


@dataclass(frozen=True)
class People:
    """The two of a run, as they are today."""

    prepared: Actor | None
    approved: Actor | None

    @property
    def missing(self) -> Words | None:
        """Why the two cannot act any more; None where they can."""
        if self.prepared is None or not may(self.prepared, Permission.PREPARE_WIND_DOWN):
            return Words("Who prepared the run may not do so any more.", "提出该批次的人员现已无权办理。")
        if self.approved is None or not may(self.approved, Permission.APPROVE_WIND_DOWN):
            return Words("Who approved the run may not do so any more.", "批准该批次的人员现已无权办理。")
        return None

    def for_step(self, step: Step) -> list[Actor]:
        """Return the two, whoever is more likely to take the step first."""
        both = [one for one in (self.prepared, self.approved) if one is not None]
        return both[::-1] if Role.APPROVER in step.by else both


@dataclass(frozen=True)
class Running:
    """Takes the steps of runs."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    cases: Cases
    letters: Letters
    refunds: RefundFindings

    def batch(self, run: Run, office_id: int, wound: Winding, *, most: int = CASES_AT_ONCE) -> int:
        """Try the next cases of an approved run; return how many there were (0: nothing is left to try).

        Each case is held by whoever tries it, and what came of it is written with the batch. Where the process is
        killed the steps that were taken stay, and their cases are tried again.
        """
        with self.store.begin() as work:
            turn = work.winddown.claim(run.id, most=most)
            if not turn:
                return 0
            people = self._people(run)
            ids = [listed.case_id for listed in turn]
            unlawful = self.refunds.standing(work, office_id, ids)
            outcomes = [
                _refused(listed, _REFUND_FIRST) if listed.case_id in unlawful else self._try(run, people, wound, listed)
                for listed in turn
            ]
            taken = work.winddown.taken_by(_key(run, ""), ids)
            begun = work.winddown.papers_begun(_key(run, ""), ids)
            told = []
            for listed, outcome in zip(turn, outcomes, strict=True):
                steps, seq = taken.get(listed.case_id, (0, None))
                told.append(_counted(outcome, steps, seq, _drafts(wound, begun.get(listed.case_id, ()))))
            work.winddown.note_outcomes(run.id, told, self._event(run, office_id, told))
            work.commit()
        return len(turn)

    def _people(self, run: Run) -> People:
        today = self.time.today()
        with self.store.begin() as work:
            members = [work.staff.by_id(one, today) if one else None for one in (run.prepared_by, run.decided_by)]
        prepared, approved = (one.actor if one is not None and one.active else None for one in members)
        return People(prepared, approved)

    def _try(self, run: Run, people: People, wound: Winding, listed: RunCase) -> RunOutcome:
        """Take every step that can be taken on a case; return what came of it."""
        missing = people.missing
        if missing is not None:
            return _refused(listed, missing)
        said = Words("", "")
        for _ in range(_MOST_STEPS):
            case, rules = self._loaded(listed.case_id)
            rule = _rule(wound, case)
            step = next_listed_step(rules.definition, rule, case.state) if rule is not None else None
            if rule is None or step is None or step.name not in wound.down.office_steps:
                said = self._begin_notice(run, people, case, step) or said
                return _standing(listed, wound, case, rules, rule, said)
            if {one.id for one in people.for_step(step)} & took_money(rules.definition, case):
                return _refused(listed, _TOOK_MONEY)
            try:
                said = self._take(run, people, wound, case, rules, step) or said
            except _REFUSALS as refusal:
                return _refused(listed, _words(refusal))
            except _SentBackError:
                return _refused(listed, _SENT_BACK)
        return _refused(listed, _BESIDE)

    def _take(self, run: Run, people: People, wound: Winding, case: Case, rules: Rules, step: Step) -> Words | None:
        """Take one step in the name of whoever of the two may; return what stands in the way of its papers."""
        today = self.time.today()
        reason = run.reason or _reason_of(wound, case)
        given = RunAnswers(run.day, today, reason, run.finance_paper_no)
        answers = bulk_answers(rules.definition, wound.down, step, case, given)
        moment = step_moment(rules, case, step, answers, today)
        actor = _who(rules, case, step, people, moment)
        key = _key(run, f"{case.id}:{step.name}")
        moved = self.cases.advance(actor, TakeStep(case.id, step.name, case.version, answers, key))
        if moved.repeated and moved.seq <= case.version:
            raise _SentBackError
        return self._begin_papers(actor, case.id, step.makes, key)

    def _begin_notice(self, run: Run, people: People, case: Case, step: Step | None) -> Words | None:
        """Begin the draft of the paper that the person must now be served with."""
        if step is None or step.serves is None:
            return None
        drafter = next(
            (one for one in people.for_step(step) if {role.value for role in one.roles} & set(step.by)), None
        )
        if drafter is None:
            return None
        return self._begin_papers(drafter, case.id, (step.serves,), _key(run, f"{case.id}:{step.name}"))

    def _begin_papers(self, actor: Actor, case_id: int, kinds: Sequence[str], key: str) -> Words | None:
        said = None
        for kind in kinds:
            try:
                self.letters.begin(actor, BeginPaper(case_id, kind, f"{key}:{kind}"[:100]))
            except PaperRefused as refusal:
                said = refusal.faults[0][1]
            except KeyReused:
                continue
        return said

    def _loaded(self, case_id: int) -> tuple[Case, Rules]:
        with self.store.begin() as work:
            case = work.cases.load(case_id)
            assert case is not None  # noqa: S101 - the row of the run names a case that exists
            return case, self.rulebook.pinned(case.definition_hash, work)

    def _event(self, run: Run, office_id: int, told: Sequence[RunOutcome]) -> AuditEvent:
        body = {"run": run.id, "outcomes": {str(one.position): one.outcome for one in told}}
        return AuditEvent(
            key=f"winddown:{run.id}:{uuid.uuid4()}",
            at=self.time.now(),
            actor_id=run.decided_by,
            office_id=office_id,
            action="wind_down_carried_on",
            body=body,
        )


class _SentBackError(Exception):
    """The run took this step before, and the case stands before it again."""


def _key(run: Run, rest: str) -> str:
    return f"winddown:{run.id}:{rest}"


def _rule(wound: Winding, case: Case) -> WindDownRule | None:
    found = wound.down.rule_of(standing_of(wound.definition, wound.down, case))
    return wound.down.rules[found] if found is not None else None


def _reason_of(wound: Winding, case: Case) -> str:
    """Return the legal reason of the case's class, as its papers state it."""
    found = wound.down.rule_of(standing_of(wound.definition, wound.down, case))
    return wound.down.class_of(found).reason.zh if found is not None else ""


def _who(rules: Rules, case: Case, step: Step, people: People, moment: Moment) -> Actor:
    """Return who of the two takes ``step``. Raises ``StepRefused`` where neither may."""
    refused: StepRefused | None = None
    for actor in people.for_step(step):
        reasons = tuple(
            reason for reason in step_reasons(rules, case, step, actor, moment) if reason.code in _OF_PEOPLE
        )
        if not reasons:
            return actor
        refused = StepRefused(step.name, reasons)
    assert refused is not None  # noqa: S101 - there are two people
    raise refused


def _standing(
    listed: RunCase, wound: Winding, case: Case, rules: Rules, rule: WindDownRule | None, said: Words
) -> RunOutcome:
    """Return the outcome of a case on which the run has nothing more to do now."""
    if case.phase == "closed":
        return RunOutcome(listed.position, DONE, 0, None, said.en, said.zh)
    if rule is None:
        return _refused(listed, _NOT_PLANNED)
    following = next(
        (one for one in planned_steps(rules.definition, wound.down, rule, case.state) if one.status == "next"), None
    )
    if following is None or following.name not in rule.steps:
        return _refused(listed, _BESIDE)
    outcome = {"court": WAITING_FOR_COURT, "office": DONE}.get(following.waits_for, WAITING_FOR_OTHER)
    return RunOutcome(listed.position, outcome, 0, None, said.en, said.zh)


def _counted(outcome: RunOutcome, steps: int, seq: int | None, drafts: Words) -> RunOutcome:
    """Return the outcome with the steps of the run and the drafts that it began; of what was done before, nothing."""
    if outcome.outcome == DONE and steps == 0:
        return RunOutcome(outcome.position, ALREADY_DONE, steps, seq)
    en = " ".join(one for one in (outcome.words_en, drafts.en) if one)
    return RunOutcome(outcome.position, outcome.outcome, steps, seq, en, f"{outcome.words_zh}{drafts.zh}")


def _drafts(wound: Winding, kinds: Sequence[str]) -> Words:
    """Name the drafts that the run began."""
    titles = [wound.definition.documents[kind].title for kind in kinds if kind in wound.definition.documents]
    if not titles:
        return Words("", "")
    en, zh = ", ".join(one.en for one in titles), "、".join(one.zh for one in titles)
    return Words(f"Draft begun, to be reviewed and issued: {en}.", f"已起草（待审核、印发）：{zh}。")


def _refused(listed: RunCase, words: Words) -> RunOutcome:
    return RunOutcome(listed.position, REFUSED, 0, None, words.en, words.zh)


def _words(refusal: Exception) -> Words:
    if isinstance(refusal, LedgerRefused):
        return Words("The ledger does not take it: look at the case.", "账簿未予接受，请查看本案。")
    return refusal_words(refusal)
