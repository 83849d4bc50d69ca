"""Recusals: who takes no part in a case, recorded by a supervisor, for instance on the party's objection.

Source: APL 2021 article 43: whoever has an interest in a case, or a relation that may affect its fairness, withdraws;
the party may apply for it, and the head of the office decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caseflow.domain.access import Actor, Permission, Role, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import Case
from caseflow.domain.grants import Fault, GrantRefused, reason_faults
from caseflow.domain.words import Words
from caseflow.domain.workflow import plain_text
from caseflow.services.cases import CaseNotFound
from caseflow.services.duties import check_duties, on_case
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.grants import Recusal

GROUNDS: dict[str, Words] = {
    "party": Words("is the party, or represents it", "系当事人或者其代理人"),
    "relation": Words("has an interest, or is close to the party", "与案件有利害关系或者与当事人有近亲属等关系"),
    "objection": Words("the party applied for it, and it was granted", "当事人申请回避，经决定予以回避"),
    "other": Words("another relation that may affect fairness", "其他可能影响公正执法的关系"),
}


@dataclass(frozen=True)
class Recuse:
    """Who takes no part in a case from now on, and why; ``ground`` is a key of :data:`GROUNDS`."""

    case_id: int
    staff_id: int | None
    ground: str
    reason: str


@dataclass(frozen=True)
class Recused:
    """A case with who takes no part in it, and whom a supervisor may still name. ``on_case`` are its officers."""

    case: Case
    found: Sequence[Recusal]
    candidates: Sequence[Actor]
    on_case: frozenset[int]


@dataclass(frozen=True)
class Recusals:
    """The use cases of recusal."""

    store: Store
    time: BusinessTime

    def show(self, actor: Actor, case_id: int) -> Recused:
        """Return who takes no part in a case. Raises ``NotPermitted``, ``CaseNotFound``."""
        check_permission(actor, Permission.READ_CASES)
        with self.store.begin() as work:
            case = _case(work, actor, case_id)
            found = work.recusals.of_case(case_id)
            members = [one.actor for one in work.staff.of_office(actor.office_id) if one.active]
        out = {one.staff_id for one in found}
        candidates = [one for one in members if one.id not in out and Role.ADMINISTRATOR not in one.roles]
        officers = frozenset(one for one in (case.owner_id, case.second_officer_id) if one is not None)
        return Recused(case, found, candidates, officers)

    def recuse(self, actor: Actor, asked: Recuse) -> None:
        """Record that somebody takes no step, reviews and issues nothing on a case. Repeated: nothing new.

        Raises ``NotPermitted`` (RECUSE), ``CaseNotFound``, ``GrantRefused`` (each field named).
        """
        check_duties(actor, Permission.RECUSE)
        reason = plain_text(asked.reason).strip()
        with self.store.begin() as work:
            case = _case(work, actor, asked.case_id)
            member = work.staff.by_id(asked.staff_id) if asked.staff_id is not None else None
            faults = reason_faults(reason)
            if member is None or member.actor.office_id != actor.office_id or Role.ADMINISTRATOR in member.actor.roles:
                words = Words("Choose who takes no part: somebody of the office", "请选择回避人员：须为本单位人员")
                faults.insert(0, Fault("staff", "nobody", words))
            if asked.ground not in GROUNDS:
                faults.append(Fault("ground", "ground", Words("Choose the ground", "请选择回避事由")))
            if faults or asked.staff_id is None:
                raise GrantRefused(*faults)
            if self._add(work, actor, case, asked.staff_id, asked.ground, reason):
                work.commit()

    def grant_objection(self, work: UnitOfWork, decided_by: Actor, case: Case, staff_id: int, number: str) -> None:
        """Record that the objection with this number keeps ``staff_id`` from the case; the caller commits. Repeatable.

        Who decides on objections is told by :func:`caseflow.domain.submissions.may_answer`, which was asked: a
        supervisor, and for an objection to a supervisor the approver or the head, who are the head of the office in
        the sense of articles 43 and 57. The database takes theirs only after their own answer that grants it. The
        reasons stay sealed in the answer. Raises ``DutiesRefused`` (who is recused themselves).
        """
        check_duties(decided_by, Permission.ANSWER_SUBMISSIONS, matter=on_case(case))
        self._add(
            work, decided_by, case, staff_id, "objection", f"申请{number}，准予回避 (objection {number}, granted)"
        )

    def _add(self, work: UnitOfWork, actor: Actor, case: Case, staff_id: int, ground: str, reason: str) -> bool:
        event = AuditEvent(
            key=f"recusal:{case.id}:{staff_id}",
            at=self.time.now(),
            actor_id=actor.id,
            office_id=actor.office_id,
            action="recusal_recorded",
            body={"case": case.number, "staff": staff_id, "ground": ground, "reason": reason},
        )
        return work.recusals.add(actor.office_id, case.id, staff_id, ground, reason, event)


def _case(work: UnitOfWork, actor: Actor, case_id: int) -> Case:
    case = work.cases.load(case_id)
    if case is None or case.office_id != actor.office_id:
        raise CaseNotFound(case_id)
    return case
