"""The use cases of a wind-down."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from caseflow.domain.access import Actor, NotPermitted, Permission, Role, check_permission, may
from caseflow.domain.audit import AuditEvent
from caseflow.domain.wind_down_steps import court_waits, stopped_states, writes_off
from caseflow.domain.words import Words
from caseflow.services.duties import Matter, Part, check_duties
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store, UnitOfWork
from caseflow.services.ports.wind_down import (
    OUTCOMES,
    ClassCount,
    ClassifiedRow,
    NewRun,
    PlanFilter,
    ReleasedFigures,
    ReleasedScope,
    Run,
)
from caseflow.services.refund_findings import RefundFindings
from caseflow.services.rulebook import Rulebook
from caseflow.services.wind_down.notices import tell_approvers, tell_who_prepared
from caseflow.services.wind_down.plan import (
    PAGE,
    PlanCounts,
    PlannedCase,
    PlanPage,
    Winding,
    charge_notes,
    merged,
    winding,
)
from caseflow.services.wind_down.running import CASES_AT_ONCE, Running
from caseflow.services.wind_down.runs import (
    LONGEST_PAPER,
    BeginRun,
    NoSuchRun,
    RunPage,
    RunRefused,
    checked_text,
    judged,
    needs_paper,
)

_ALL = PlanFilter()
_MOST_BUSY = 20


@dataclass(frozen=True)
class WindDowns:
    """Plan, begin, approve or refuse, go on, show, released. ``application.winddown``.

    ``regime`` is the regime wound down; the first with ``wind_down`` in its file where it is left out.
    """

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    running: Running
    refunds: RefundFindings
    wake: Callable[[], object] = lambda: None

    def winding(self, regime: str = "") -> Winding:
        """Return the regime that is wound down. Raises ``NothingWindsDown``."""
        return winding(self.rulebook, regime)

    def counts(self, actor: Actor, regime: str = "") -> PlanCounts:
        """Return how many open cases each class and stage has. Raises ``NotPermitted`` (READ_WIND_DOWN)."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        wound = winding(self.rulebook, regime)
        with self.store.begin() as work:
            found = work.winddown.counts(wound.scope(actor.office_id, _ALL))
        return PlanCounts(wound.definition.regime, wound.down, merged(found))

    def plan(
        self,
        actor: Actor,
        chosen: PlanFilter,
        *,
        after: int | None = None,
        limit: int = PAGE,
        regime: str = "",
        charges: bool = True,
    ) -> PlanPage:
        """Return cases of the plan by id, beyond the id ``after``. Raises ``NotPermitted`` (READ_WIND_DOWN).

        ``charges``: say of each case what its added charge had come to at the cut-off.
        """
        check_permission(actor, Permission.READ_WIND_DOWN)
        wound = winding(self.rulebook, regime)
        with self.store.begin() as work:
            found = work.winddown.rows(wound.scope(actor.office_id, chosen), after=after, limit=limit + 1)
            rows = found[:limit]
            notes = charge_notes(self.rulebook, work, wound.down, rows, self.time.today()) if charges else {}
            found_of = self._refunds(work, actor, rows)
        cases = [wound.planned(row, notes.get(row.id), refund=row.id in found_of) for row in rows]
        return PlanPage(cases, rows[-1].id if len(found) > limit else None)

    def cases_of(self, actor: Actor, case_ids: Sequence[int], regime: str = "") -> list[PlannedCase]:
        """Return these cases of the plan (a selection on the page). Raises ``NotPermitted`` (READ_WIND_DOWN)."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        wound = winding(self.rulebook, regime)
        with self.store.begin() as work:
            rows = work.winddown.rows_of(wound.scope(actor.office_id, _ALL), case_ids)
            found_of = self._refunds(work, actor, rows)
        return [wound.planned(row, refund=row.id in found_of) for row in rows]

    def check(self, actor: Actor, asked: BeginRun, regime: str = "") -> PlanCounts:
        """Judge what was typed and count what the run would have, writing nothing. Raises as :meth:`begin`."""
        check_permission(actor, Permission.PREPARE_WIND_DOWN)
        wound = winding(self.rulebook, regime)
        with self.store.begin() as work:
            rows = judged(work, actor.office_id, wound, asked, self.time.today()).rows
            found_of = self._refunds(work, actor, rows)
        rules = wound.down.rules
        counts = []
        for row in sorted(rows, key=lambda row: row.rule):
            stays_fen, rule = 0 if row.id in found_of else row.paid_fen, rules[row.rule]
            counts.append(ClassCount(rule.name, rule.stage, 1, int(row.begun), row.outstanding_fen, stays_fen))
        return PlanCounts(wound.definition.regime, wound.down, merged(counts), len(found_of))

    def refunds_in(self, actor: Actor, run_id: int) -> Mapping[tuple[str, str], tuple[int, int]]:
        """Return by class and stage in how many cases of a run a refund finding stands, and what they paid (fen).

        Raises ``NotPermitted`` and ``NoSuchRun``.
        """
        check_permission(actor, Permission.READ_WIND_DOWN)
        found: dict[tuple[str, str], tuple[int, int]] = {}
        with self.store.begin() as work:
            _found(work, actor, run_id)
            paid = work.winddown.paid_in(run_id)
            standing = self.refunds.standing(work, actor.office_id, [one.case_id for one in paid])
        for one in paid:
            if one.case_id in standing:
                cases, fen = found.get((one.class_name, one.stage), (0, 0))
                found[one.class_name, one.stage] = cases + 1, fen + one.paid_fen
        return found

    def refunds_of(self, actor: Actor, case_ids: Sequence[int]) -> frozenset[int]:
        """Return those of these cases in which a refund finding stands. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        if not case_ids:
            return frozenset()
        with self.store.begin() as work:
            return self.refunds.standing(work, actor.office_id, case_ids)

    def begin(self, actor: Actor, asked: BeginRun, regime: str = "") -> int:
        """Prepare a run; return its id. A repeated request gives the first.

        It has at most 10,000 cases, the oldest first. Raises ``NotPermitted`` (PREPARE_WIND_DOWN) and ``RunRefused``.
        """
        check_duties(actor, Permission.PREPARE_WIND_DOWN)
        wound = winding(self.rulebook, regime)
        try:
            with self.store.begin() as work:
                first = work.winddown.run_by_key(actor.office_id, asked.idempotency_key)
                if first is not None:
                    return first
                what = judged(work, actor.office_id, wound, asked, self.time.today())
                classes = sorted({wound.down.rules[row.rule].name for row in what.rows})
                new = NewRun(
                    actor.office_id, wound.definition.regime, what.reason, what.day, classes, what.rows,
                    asked.idempotency_key,
                )  # fmt: skip
                body = {"classes": classes, "cases": len(what.rows), "reason": what.reason, "day": str(what.day)}
                key = f"winddown:{asked.idempotency_key}"
                event = AuditEvent.by(actor, self.time.now(), key, "wind_down_prepared", body)
                added = work.winddown.add_run(new, wound.down, event)
                tell_approvers(work, actor, added, new)
                work.commit()
        except AlreadyWritten:
            with self.store.begin() as work:
                known = work.winddown.run_by_key(actor.office_id, asked.idempotency_key)
            if known is None:
                raise
            return known
        self.wake()
        return added

    def approve(self, actor: Actor, run_id: int, *, finance_paper_no: str = "") -> Run:
        """Approve a run that another person prepared; its steps are then taken in the background.

        Approving again what the same person approved with the same paper gives the run as it is. Raises
        ``NotPermitted`` (APPROVE_WIND_DOWN), ``NoSuchRun`` and ``RunRefused``.
        """
        check_duties(actor, Permission.APPROVE_WIND_DOWN)
        paper = checked_text(finance_paper_no, "finance_paper_no", LONGEST_PAPER)
        with self.store.begin() as work:
            run = _found(work, actor, run_id)
            if (run.status, run.decided_by, run.finance_paper_no) == ("approved", actor.id, paper):
                return run
            wound = winding(self.rulebook, run.regime)
            if not paper and needs_paper(wound.definition, wound.down, work.winddown.stages_owing(run_id)):
                words = Words(
                    "Give the number of the finance department's paper that approves the write-off.",
                    "请填写财政部门批准核销的文号。",
                )
                raise RunRefused(words, "finance_paper_no")
            decided = self._decide(work, actor, run, paper=paper, refused_for="")
        self.wake()
        return decided

    def refuse(self, actor: Actor, run_id: int, *, reason: str) -> Run:
        """Refuse a run that another person prepared. Raises as :meth:`approve`."""
        check_duties(actor, Permission.APPROVE_WIND_DOWN)
        said = checked_text(reason, "refusal_reason")
        with self.store.begin() as work:
            run = _found(work, actor, run_id)
            if (run.status, run.decided_by, run.refusal_reason) == ("refused", actor.id, said):
                return run
            if not said:
                raise RunRefused(Words("Say why the run is refused.", "请说明不予批准的理由。"), "refusal_reason")
            return self._decide(work, actor, run, paper="", refused_for=said)

    def ask_on(self, actor: Actor, run_id: int) -> Run:
        """Have the background try again what is not done (for the page; at once). Raises as :meth:`go_on`."""
        _check_either(actor)
        check_duties(actor, None)
        with self.store.begin() as work:
            run = _found(work, actor, run_id)
            _check_approved(run)
            key = f"winddown:{run_id}:{uuid.uuid4()}"
            event = AuditEvent.by(actor, self.time.now(), key, "wind_down_asked_on", {"run": run_id})
            work.winddown.ask_on(actor.office_id, run_id, event)
            work.commit()
            run = _found(work, actor, run_id)
        self.wake()
        return run

    def go_on(
        self, actor: Actor, run_id: int, *, most: int | None = None, progress: Callable[[int], object] = lambda _: None
    ) -> Run:
        """Take what steps can be taken now, here, until nothing is left to try (or ``most`` cases were tried).

        Whoever may prepare or approve runs may have one go on; each step is still taken in the name of the one who
        prepared or the one who approved it. ``progress`` hears how many cases were tried. Raises ``NotPermitted``,
        ``NoSuchRun`` and ``RunRefused`` (not approved).
        """
        run = self.show(actor, run_id).run
        if not run.is_busy:
            run = self.ask_on(actor, run_id)
        else:
            _check_either(actor)
            check_duties(actor, None)
            _check_approved(run)
        wound, tried = winding(self.rulebook, run.regime), 0
        while most is None or tried < most:
            at_once = CASES_AT_ONCE if most is None else min(CASES_AT_ONCE, most - tried)
            count = self.running.batch(run, actor.office_id, wound, most=at_once)
            if count == 0:
                break
            tried += count
            progress(tried)
        return self.show(actor, run_id).run

    def carry_on(self, *, most_seconds: float, stop: Callable[[], bool] = lambda: False) -> int:
        """Go on with every approved run that has cases to try; return how many were tried. For the background."""
        ends_at, tried = monotonic() + most_seconds, 0
        with self.store.begin() as work:
            runs = [
                (office, work.winddown.run(office, run)) for office, run in work.winddown.busy_runs(limit=_MOST_BUSY)
            ]
        for office_id, run in runs:
            while run is not None and monotonic() < ends_at and not stop():
                count = self.running.batch(run, office_id, winding(self.rulebook, run.regime))
                tried += count
                if count == 0:
                    break
        return tried

    def show(
        self, actor: Actor, run_id: int, *, outcomes: Sequence[str] = (), after: int = 0, limit: int = PAGE
    ) -> RunPage:
        """Return a run with its figures and cases by position. Raises ``NotPermitted``, ``NoSuchRun``."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        with self.store.begin() as work:
            run = _found(work, actor, run_id)
            stages, owing = work.winddown.stages_of(run_id), work.winddown.stages_owing(run_id)
            found = work.winddown.run_cases(run_id, outcomes=outcomes or OUTCOMES, after=after, limit=limit + 1)
        wound, rows = winding(self.rulebook, run.regime), found[:limit]
        next_key = rows[-1].position if len(found) > limit else None
        return RunPage(run, rows, next_key, stages, needs_paper(wound.definition, wound.down, owing))

    def newest(self, actor: Actor, *, before_id: int | None = None, limit: int = 25) -> tuple[list[Run], int | None]:
        """Return runs of the office, newest first, and the key that continues them."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        with self.store.begin() as work:
            found = work.winddown.runs(actor.office_id, before_id=before_id, limit=limit + 1)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    def released(self, actor: Actor, regime: str = "") -> ReleasedFigures:
        """Return who is listed and since when, and what was released by month. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        wound = winding(self.rulebook, regime)
        definition, down = wound.definition, wound.down
        withdrawn, delisting = court_waits(definition, down)
        scope = ReleasedScope(
            actor.office_id, definition.regime, down, withdrawn, delisting, stopped_states(definition, down),
            writes_off(definition),
        )  # fmt: skip
        with self.store.begin() as work:
            return work.winddown.released(scope)

    def acting(self, login: str | None, role: Role) -> Actor | None:
        """Return who acts on the command line in ``role``: this login, or whom nobody could mistake.

        The only one with the role in the only office, else its head, else its first supervisor; None where that names
        nobody.
        """
        with self.store.begin() as work:
            named = login or work.winddown.default_login(role.value)
            member = work.staff.by_login(named, self.time.today()) if named is not None else None
        return member.actor if member is not None and member.active else None

    def _refunds(self, work: UnitOfWork, actor: Actor, rows: Sequence[ClassifiedRow]) -> frozenset[int]:
        paid = [row.id for row in rows if row.paid_fen > 0]
        return self.refunds.standing(work, actor.office_id, paid) if paid else frozenset()

    def _decide(self, work: UnitOfWork, actor: Actor, run: Run, *, paper: str, refused_for: str) -> Run:
        if run.prepared_by == actor.id:
            words = Words("Another person decides on a run than who prepared it.", "批次不得由提出人自行批准或者退回。")
            raise RunRefused(words)
        check_duties(actor, Permission.APPROVE_WIND_DOWN, (Part.CHECKER,), Matter({Part.PREPARER: (run.prepared_by,)}))
        action = "wind_down_refused" if refused_for else "wind_down_approved"
        body = {"run": run.id, "finance_paper_no": paper, "reason": refused_for}
        event = AuditEvent.by(actor, self.time.now(), f"winddown:{run.id}:decided", action, body)
        if run.status != "prepared" or not work.winddown.decide(
            actor.office_id, run.id, paper=paper, refused_for=refused_for, event=event
        ):
            raise RunRefused(Words("The run has been decided on already.", "该批次已有决定。"))
        tell_who_prepared(work, actor, run, approved=not refused_for)
        work.commit()
        return _found(work, actor, run.id)


def _found(work: UnitOfWork, actor: Actor, run_id: int) -> Run:
    run = work.winddown.run(actor.office_id, run_id)
    if run is None:
        raise NoSuchRun(run_id)
    return run


def _check_approved(run: Run) -> None:
    if run.status != "approved":
        raise RunRefused(
            Words("Nothing is done before another person approves the run.", "该批次未经他人批准，不得办理。")
        )


def _check_either(actor: Actor) -> None:
    if not may(actor, Permission.APPROVE_WIND_DOWN) and not may(actor, Permission.PREPARE_WIND_DOWN):
        raise NotPermitted(actor, Permission.PREPARE_WIND_DOWN)
