"""Who is told of a run: every approver when one waits for them, and whoever prepared it when it was decided on."""

from __future__ import annotations

from caseflow.domain.access import Actor, Role
from caseflow.services.ports import UnitOfWork
from caseflow.services.ports.wind_down import NewRun, Run

WAITS, DECIDED = "wind_down_waits", "wind_down_decided"


def tell_approvers(work: UnitOfWork, actor: Actor, run_id: int, new: NewRun) -> None:
    """Tell every approver of the office, save whoever prepared it, that a run waits; in the caller's transaction."""
    told = {
        "office_id": new.office_id,
        "actor_id": actor.id,
        "run_id": run_id,
        "people": len(new.cases),
        "by_en": actor.name_en,
        "by_zh": actor.name_zh,
    }
    work.findings.tell(f"winddown:{run_id}:{WAITS}", WAITS, Role.APPROVER.value, told)


def tell_who_prepared(work: UnitOfWork, actor: Actor, run: Run, *, approved: bool) -> None:
    """Tell whoever prepared a run how it was decided; in the caller's transaction."""
    told = {
        "office_id": actor.office_id,
        "owner_id": run.prepared_by,
        "actor_id": actor.id,
        "run_id": run.id,
        "people": run.case_count,
        "approved": approved,
        "by_en": actor.name_en,
        "by_zh": actor.name_zh,
    }
    work.findings.tell(f"winddown:{run.id}:{DECIDED}", DECIDED, "", told)
