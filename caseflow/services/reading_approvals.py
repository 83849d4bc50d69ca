"""Reading more than is allowed a day, and exports of many cases: asked for with a reason, decided by a supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from caseflow.domain.access import Actor, Permission, Role, check_permission, may
from caseflow.domain.audit import AuditEvent
from caseflow.domain.reading import Allowance, cleaned, text_faults
from caseflow.services.cases import KeyReused
from caseflow.services.duties import Matter, Part, check_duties
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store
from caseflow.services.ports.reading import Approval, NewApproval
from caseflow.services.reading import ReasonRefused

PAGE_SIZE: Final = 50
ASKED, DECIDED = "reading_asked", "reading_decided"


class NoSuchApproval(LookupError):
    """Nobody of the actor's office asked for that."""


@dataclass(frozen=True)
class ReadingApprovals:
    """The use cases of asking and deciding. Nobody decides on what they asked for themselves."""

    store: Store
    time: BusinessTime

    def ask(self, actor: Actor, allowance: Allowance, what: str, cases: int, reason: str, key: str) -> None:
        """Ask the supervisors; a form sent twice asks once.

        Raises ``NotPermitted``, :class:`ReasonRefused` and ``KeyReused``.
        """
        check_duties(actor, Permission.READ_CASES)
        faults = text_faults(reason)
        if faults:
            raise ReasonRefused(*faults)
        new = NewApproval(allowance, what, cases, cleaned(reason), self.time.today(), key)
        body = {"allowance": allowance.value, "what": what, "cases": cases, "reason": new.reason}
        event = AuditEvent.by(actor, self.time.now(), f"{ASKED}:{key}", ASKED, body)
        try:
            with self.store.begin() as work:
                approval_id = work.readings.ask(actor, new, event)
                told = {**_names(actor), "approval_id": approval_id, "allowance": allowance.value, "cases": cases}
                role = Role.SUPERVISOR.value
                work.findings.tell(event.key, ASKED, role, told)
                work.commit()
        except AlreadyWritten:
            with self.store.begin() as work:
                asked = work.readings.asked_today(actor.id, new.day)
            if not any((one.allowance, one.what, one.cases, one.reason) == (allowance, what, cases, new.reason)
                       for one in asked):  # fmt: skip
                raise KeyReused(key) from None

    def newest(self, actor: Actor, before: int | None = None) -> tuple[Sequence[Approval], int | None]:
        """Return one page of what was asked for, newest first, and the key that continues it.

        A supervisor or auditor sees the office's, anybody else their own of today. Raises ``NotPermitted``.
        """
        check_permission(actor, Permission.READ_CASES)
        with self.store.begin() as work:
            if not may(actor, Permission.READ_READINGS):
                return work.readings.asked_today(actor.id, self.time.today()), None
            found = work.readings.approvals(actor.office_id, before, PAGE_SIZE + 1)
        page = found[:PAGE_SIZE]
        return page, page[-1].id if len(found) > PAGE_SIZE else None

    def decide(self, actor: Actor, approval_id: int, *, approved: bool) -> bool:
        """Approve or refuse; False where it was decided already.

        Raises ``NotPermitted``, ``DutiesRefused`` (one's own asking) and :class:`NoSuchApproval`.
        """
        check_duties(actor, Permission.APPROVE_READING)
        with self.store.begin() as work:
            known = work.readings.approval(approval_id)
            if known is None or known.office_id != actor.office_id:
                raise NoSuchApproval(approval_id)
            asked_by = Matter({Part.PREPARER: (known.asked_by,)})
            check_duties(actor, Permission.APPROVE_READING, (Part.CHECKER,), asked_by)
            body = {"approval": approval_id, "approved": approved}
            event = AuditEvent.by(actor, self.time.now(), f"{DECIDED}:{approval_id}", DECIDED, body)
            if known.decided_by is not None or not work.readings.decide(approval_id, approved=approved, event=event):
                return False
            told = {
                **_names(actor),
                "owner_id": known.asked_by,
                "approval_id": approval_id,
                "allowance": known.allowance.value,
                "cases": known.cases,
                "approved": approved,
            }
            work.findings.tell(event.key, DECIDED, "", told)
            work.commit()
        return True


def _names(actor: Actor) -> dict[str, object]:
    return {
        "office_id": actor.office_id,
        "actor_id": actor.id,
        "who_en": actor.name_en,
        "who_zh": actor.name_zh,
    }
