"""Retention: what is personal of a case whose time is over is erased, by two persons; the record stays verifiable.

The party's name gives way to a pseudonym; contact, number and address, what the person submitted and was answered,
files, what papers said, reasons of reading and free text of steps are destroyed. What the record and the ledger are
sealed over (events, transfers) stays byte by byte.

Source: PIPL (2021) articles 19 and 47; how long is told by each workflow file.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.retention import LONGEST_REASON, OBSTACLES
from caseflow.domain.workflow import plain_text
from caseflow.services.cases import KeyReused
from caseflow.services.duties import Matter, Part, check_duties, on_case
from caseflow.services.erased_cases import check_not_erased
from caseflow.services.erasing import (
    PROPOSER,
    Carried,
    Erasing,
    RetentionRefused,
    RunDecided,
    check_not_recused,
    run_of,
)
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store, UnitOfWork
from caseflow.services.ports.retention import DueCase, Hold, Recusal, RetentionRun, RunCase
from caseflow.services.rulebook import Rulebook

MOST_AT_ONCE: Final = 500
PAGE_SIZE: Final = 50
MOST_WAITING: Final = 5


class NoSuchHold(RetentionRefused):
    """The actor's office has no such hold, or it ended."""


@dataclass(frozen=True)
class DuePage:
    """Cases whose years are over, where the list goes on, and those of them in which the actor takes no part.

    ``waiting`` are the newest runs that nobody approved yet.
    """

    cases: Sequence[DueCase]
    next_key: tuple[date, int] | None
    recused: frozenset[int]
    waiting: Sequence[RetentionRun]


@dataclass(frozen=True)
class RunPage:
    """A run with some of its cases, the key that continues them, and how many of all are kept and by what.

    ``recused`` are those of all in which the actor takes no part.
    """

    run: RetentionRun
    cases: Sequence[RunCase]
    next_key: int | None
    kept: Mapping[str, int]
    recused: Sequence[Recusal]

    @property
    def waiting(self) -> int:
        """How many cases nothing keeps and that are not erased yet."""
        return self.run.case_count - self.run.done_count - sum(self.kept.values())


@dataclass(frozen=True)
class Retentions:
    """The use cases of retention; what was approved is erased by ``erasing``."""

    store: Store
    rules: Rulebook
    time: BusinessTime
    erasing: Erasing
    wake: Callable[[], object] = lambda: None

    def due(self, actor: Actor, after: tuple[date, int] | None = None, limit: int = MOST_AT_ONCE) -> Sequence[DueCase]:
        """Return cases of the actor's office whose years are over, also those that something keeps.

        Raises ``NotPermitted`` (READ_RETENTION).
        """
        check_permission(actor, Permission.READ_RETENTION)
        with self.store.begin() as work:
            return work.retention.due(actor.office_id, self._years(), after, limit)

    def due_page(self, actor: Actor, after: tuple[date, int] | None = None) -> DuePage:
        """Return one page of these cases. Raises ``NotPermitted`` (READ_RETENTION)."""
        check_permission(actor, Permission.READ_RETENTION)
        with self.store.begin() as work:
            found = work.retention.due(actor.office_id, self._years(), after, PAGE_SIZE + 1)
            cases = found[:PAGE_SIZE]
            recused = work.retention.recused_from(actor.id, [one.case_id for one in cases])
            waiting = work.retention.unapproved(actor.office_id, MOST_WAITING)
        more = (cases[-1].closed_on, cases[-1].case_id) if len(found) > PAGE_SIZE else None
        return DuePage(cases, more, frozenset(one.case_id for one in recused), waiting)

    def holds(self, actor: Actor, below: int | None = None, limit: int = MOST_AT_ONCE) -> Sequence[Hold]:
        """Return the holds that did not end. Raises ``NotPermitted`` (READ_RETENTION)."""
        check_permission(actor, Permission.READ_RETENTION)
        with self.store.begin() as work:
            return work.retention.holds(actor.office_id, below, limit)

    def holds_page(self, actor: Actor, below: int | None) -> tuple[Sequence[Hold], int | None]:
        """Return one page of the holds and the key that continues them. Raises as :meth:`holds`."""
        found = self.holds(actor, below, PAGE_SIZE + 1)
        return found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None

    def runs_page(self, actor: Actor, below: int | None) -> tuple[Sequence[RetentionRun], int | None]:
        """Return one page of the runs and the key that continues them. Raises as :meth:`runs`."""
        found = self.runs(actor, below, PAGE_SIZE + 1)
        return found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None

    def runs(self, actor: Actor, below: int | None = None, limit: int = MOST_AT_ONCE) -> Sequence[RetentionRun]:
        """Return the runs of the actor's office, newest first. Raises ``NotPermitted`` (READ_RETENTION)."""
        check_permission(actor, Permission.READ_RETENTION)
        with self.store.begin() as work:
            return work.retention.runs(actor.office_id, below, limit)

    def held(self, actor: Actor, hold_id: int) -> Hold:
        """Return a hold that did not end. Raises ``NotPermitted`` (READ_RETENTION), :class:`NoSuchHold`."""
        check_permission(actor, Permission.READ_RETENTION)
        with self.store.begin() as work:
            return _hold(work, actor, hold_id)

    def hold(self, actor: Actor, case_id: int, reason: str) -> int:
        """Keep a case whatever its age, for a reason; return the hold's id.

        Raises ``NotPermitted`` (HOLD_CASES), ``DutiesRefused``, ``CaseErased``, :class:`RetentionRefused`.
        """
        check_duties(actor, Permission.HOLD_CASES)
        told = _reason(reason)
        with self.store.begin() as work:
            case = work.cases.load(case_id)
            if case is None or case.office_id != actor.office_id:
                raise _NO_CASE
            check_duties(actor, Permission.HOLD_CASES, (), on_case(case))
            check_not_erased(work, case_id)
            event = self._event(actor, "legal_hold_placed", {"case": case.number, "reason": told})
            hold_id = work.retention.place(actor.office_id, case_id, told, event)
            if hold_id is None:
                en, zh = "The case is held already.", "该案件已处于留存状态。"
                raise RetentionRefused(en, zh)
            work.commit()
        return hold_id

    def end_hold(self, actor: Actor, hold_id: int, reason: str) -> None:
        """End a hold, for a reason.

        Raises ``NotPermitted`` (HOLD_CASES), ``DutiesRefused``, :class:`NoSuchHold`, :class:`RetentionRefused`.
        """
        check_duties(actor, Permission.HOLD_CASES)
        with self.store.begin() as work:
            found = _hold(work, actor, hold_id)
            case = work.cases.load(found.case_id)
            if case is None:
                raise _NO_CASE
            check_duties(actor, Permission.HOLD_CASES, (), on_case(case))
            told = _reason(reason)
            event = self._event(actor, "legal_hold_ended", {"hold": hold_id, "reason": told})
            if not work.retention.end(hold_id, actor.office_id, told, event):
                raise _NO_HOLD
            work.commit()

    def show(self, actor: Actor, run_id: int, after: int = 0) -> RunPage:
        """Return a run and one page of its cases. Raises ``NotPermitted`` (READ_RETENTION), ``NoSuchRetentionRun``."""
        check_permission(actor, Permission.READ_RETENTION)
        with self.store.begin() as work:
            run = run_of(work, actor, run_id)
            found = work.retention.cases(run_id, after, PAGE_SIZE + 1)
            kept = work.retention.kept(run_id) if run.done_count < run.case_count else {}
            recused = work.retention.recused_from(actor.id, run_id=run_id)
        cases = found[:PAGE_SIZE]
        return RunPage(run, cases, cases[-1].case_id if len(found) > PAGE_SIZE else None, kept, recused)

    def check(self, actor: Actor, case_ids: Sequence[int] = ()) -> Sequence[DueCase]:
        """Return the cases that a run over these would have, writing none. Raises as :meth:`prepare`."""
        check_permission(actor, Permission.PREPARE_RETENTION)
        with self.store.begin() as work:
            return self._chosen(work, actor, case_ids)

    def prepare(self, actor: Actor, key: str, case_ids: Sequence[int] = ()) -> RetentionRun:
        """Prepare a run over these cases (none: all that may be erased now, at most ``MOST_AT_ONCE``).

        The same key again: the first run. Raises ``NotPermitted`` (PREPARE_RETENTION), :class:`RetentionRefused`,
        also where the actor is recused from one of the cases, ``KeyReused`` where it was of others or of somebody else.
        """
        check_duties(actor, Permission.PREPARE_RETENTION)
        self._publish_periods()
        with self.store.begin() as work:
            first = work.retention.with_key(key)
            if first is not None:
                return _same_run(work, actor, first, case_ids)
            chosen = self._chosen(work, actor, case_ids)
            body = {"run": key, "cases": [one.number for one in chosen]}
            event = self._event(actor, "retention_prepared", body)
            try:
                run_id = work.retention.begin(actor.office_id, key, [one.case_id for one in chosen], event)
            except AlreadyWritten:
                # A moment ago, or by another office, whose runs are not seen here.
                return _same_run(work, actor, work.retention.with_key(key) or 0, case_ids)
            run = run_of(work, actor, run_id)
            work.commit()
        return run

    def _chosen(self, work: UnitOfWork, actor: Actor, case_ids: Sequence[int]) -> Sequence[DueCase]:
        if case_ids:
            chosen = work.retention.of_cases(actor.office_id, case_ids[:MOST_AT_ONCE])
        else:
            due = work.retention.due(actor.office_id, self._years(), None, MOST_AT_ONCE)
            chosen = [one for one in due if one.obstacle is None]
        for one in chosen:
            if one.obstacle is not None:
                words = OBSTACLES[one.obstacle]
                en, zh = f"{one.number} is kept: {words.en}.", f"{one.number_zh}不得处理：{words.zh}。"
                raise RetentionRefused(en, zh)
        if not chosen or len(set(case_ids)) > len(chosen):
            en, zh = "There is no case whose time is over.", "没有保存期满的案件。"
            raise RetentionRefused(en, zh)
        check_not_recused(work.retention.recused_from(actor.id, [one.case_id for one in chosen]))
        return chosen

    def approve(self, actor: Actor, run_id: int, *, begin: bool = False) -> RetentionRun:
        """Approve a run that another person prepared; with ``begin`` the background then erases, else nothing is yet.

        The same person again: nothing more. Raises ``NotPermitted`` (APPROVE_RETENTION), ``DutiesRefused``,
        ``RunDecided`` (somebody else approved it), :class:`RetentionRefused`, also where the actor or who proposed it
        is recused from one of the cases.
        """
        check_duties(actor, Permission.APPROVE_RETENTION)
        with self.store.begin() as work:
            work.retention.lock(run_id)
            run = self._approvable(work, actor, run_id)
            if run.approved_by == actor.id:
                return run
            _check_undecided(run)
            check_not_recused(work.retention.recused_from(run.prepared_by, run_id=run_id), PROPOSER)
            work.retention.approve(run_id, self._event(actor, "retention_approved", {"run": run_id}))
            if begin:
                work.retention.ask(run_id, self._event(actor, "retention_asked_for", {"run": run_id}))
            run = run_of(work, actor, run_id)
            work.commit()
        if begin:
            self.wake()
        return run

    def end_run(self, actor: Actor, run_id: int, reason: str) -> None:
        """Withdraw a run that the actor proposed, or refuse somebody else's, for a reason: it is approved no more.

        Raises ``NotPermitted`` (PREPARE_RETENTION of one's own, else APPROVE_RETENTION), ``DutiesRefused``,
        ``RunDecided``, :class:`RetentionRefused`, also where who refuses is recused from one of the cases.
        """
        check_duties(actor, Permission.READ_RETENTION)
        with self.store.begin() as work:
            work.retention.lock(run_id)
            run = run_of(work, actor, run_id)
            own = run.prepared_by == actor.id
            check_duties(actor, Permission.PREPARE_RETENTION if own else Permission.APPROVE_RETENTION)
            if not own:
                check_not_recused(work.retention.recused_from(actor.id, run_id=run_id))
            _check_undecided(run)
            told = _reason(reason)
            action = "retention_withdrawn" if own else "retention_refused"
            work.retention.end_run(run_id, told, self._event(actor, action, {"run": run_id, "reason": told}))
            work.commit()

    def ask_on(self, actor: Actor, run_id: int) -> RetentionRun:
        """Have the background erase what is left of an approved run, in the actor's name (for the page; at once).

        Raises as :meth:`approve`.
        """
        check_duties(actor, Permission.APPROVE_RETENTION)
        with self.store.begin() as work:
            run = self._approvable(work, actor, run_id)
            if run.approved_by is None:
                en, zh = "Another person approves the run first.", "须先由他人批准。"
                raise RetentionRefused(en, zh)
            work.retention.ask(run_id, self._event(actor, "retention_asked_for", {"run": run_id}))
            run = run_of(work, actor, run_id)
            work.commit()
        self.wake()
        return run

    def carry_out(
        self, actor: Actor, run_id: int, told: Callable[[int, int], None] = lambda _done, _all: None
    ) -> Carried:
        """Erase what is left of an approved run here and now. Raises as :meth:`Erasing.carry_out`."""
        return self.erasing.carry_out(actor, run_id, told)

    def _approvable(self, work: UnitOfWork, actor: Actor, run_id: int) -> RetentionRun:
        run = run_of(work, actor, run_id)
        matter = Matter(had={Part.PREPARER: (run.prepared_by,)})
        check_duties(actor, Permission.APPROVE_RETENTION, (Part.CHECKER,), matter)
        check_not_recused(work.retention.recused_from(actor.id, run_id=run_id))
        return run

    def _years(self) -> Mapping[str, int]:
        """Return the periods of today's definitions, which the database may not keep yet."""
        known = self.rules.definitions.values()
        return {one.regime: one.retention.years for one in known if one.retention is not None}

    def _publish_periods(self) -> None:
        """Keep the definitions of today in the database, which reckons by what it keeps."""
        with self.store.begin() as work:
            for definition in self.rules.definitions.values():
                self.rules.current(definition.regime, work)
            work.commit()

    def _event(self, actor: Actor, action: str, body: dict[str, Any]) -> AuditEvent:
        return AuditEvent.by(actor, self.time.now(), f"{action}:{uuid.uuid4()}", action, body)


def _same_run(work: UnitOfWork, actor: Actor, run_id: int, case_ids: Sequence[int]) -> RetentionRun:
    """Return the run that a key proposed before, where it was this request."""
    run = work.retention.run(run_id)
    cases = {one.case_id for one in work.retention.cases(run_id)}
    if run is None or run.prepared_by != actor.id or (case_ids and set(case_ids[:MOST_AT_ONCE]) != cases):
        raise KeyReused(str(run_id))
    return run


def _check_undecided(run: RetentionRun) -> None:
    if run.approved_by is not None:
        en, zh = f"The run was approved already, by {run.approved_en}.", f"该批次已由{run.approved_zh}批准。"
        raise RunDecided(en, zh)
    if run.ended_by is not None:
        en, zh = f"{run.ended_en} took the run off the list.", f"该批次已由{run.ended_zh}撤回或者驳回。"
        raise RunDecided(en, zh)


_NO_HOLD: Final = NoSuchHold("There is no such hold, or it ended.", "没有该留存，或者已经解除。")
_NO_CASE: Final = RetentionRefused("There is no such case.", "没有该案件。")


def _hold(work: UnitOfWork, actor: Actor, hold_id: int) -> Hold:
    found = work.retention.held(actor.office_id, hold_id)
    if found is None:
        raise _NO_HOLD
    return found


def _reason(raw: str) -> str:
    reason = plain_text(raw).strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        en, zh = f"Give the reason in 1 to {LONGEST_REASON} characters.", f"请填写理由，不超过{LONGEST_REASON}字。"
        raise RetentionRefused(en, zh)
    return reason
