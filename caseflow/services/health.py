"""Whether what works in the background works, and letting what was given up be tried again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.health import COUNTED, Backlog, Facts, Line, Unswept, unswept
from caseflow.domain.health_lines import judge
from caseflow.domain.mail_hours import could_go_since
from caseflow.services.duties import check_duties
from caseflow.services.mail_delivery import HOURS, MAIL
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.health import DeadLetter, QueueLook

DEAD_A_PAGE = 25
# What one press on "Try all mail again" takes up at most.
MOST_RETRIED = 1000


@dataclass(frozen=True)
class DeadPage:
    """One page of what was given up, newest first; ``next_key`` leads to the older ones."""

    letters: Sequence[DeadLetter]
    next_key: int | None


@dataclass(frozen=True)
class Health:
    """The use cases behind the page, ``caseflow doctor``, the metrics and the banner of every desk."""

    store: Store
    time: BusinessTime
    queue: QueueLook | None = None
    release: Callable[[], None] = lambda: None

    def close(self) -> None:
        """Give the connections back."""
        self.release()

    def look(self, office_id: int | None = None) -> Facts:
        """Return one bounded look at the whole installation; for its operator, so it asks for nobody's leave."""
        queue = self.queue.look() if self.queue is not None else None
        with self.store.snapshot() as work:
            facts = work.health.facts(office_id)
            unsealed = work.record.waiting(COUNTED)
        now = self.time.now()
        age = max(timedelta(), now - (unsealed.oldest_at or now))
        return replace(
            facts,
            mail=_in_hours(facts),
            queue=queue,
            unsealed=min(unsealed.count, COUNTED),
            unsealed_age=age,
            machine_now=self.time.real_now(),
        )

    def lines(self, actor: Actor) -> list[Line]:
        """Return every finding with its judgement, for the administrator."""
        check_permission(actor, Permission.SEE_HEALTH)
        return judge(self.look(actor.office_id))

    def unswept(self) -> Unswept | None:
        """Tell whether reminders have gone unswept for too long, by the database's clock; None while all is well."""
        with self.store.begin() as work:
            return unswept(work.health.sweep_pulse())

    def beat(self, beats: Mapping[str, Mapping[str, Any]]) -> None:
        """Note that these jobs did their round just now."""
        write_beats(self.store, beats)

    def dead_notices(self, actor: Actor, before_id: int | None = None) -> DeadPage:
        """Return notices that were given up: of the actor's office, and those that name no office."""
        check_permission(actor, Permission.SEE_HEALTH)
        with self.store.begin() as work:
            found = work.health.dead_notices(actor.office_id, before_id=before_id, limit=DEAD_A_PAGE + 1)
        return _page(found)

    def dead_mail(self, actor: Actor, before_id: int | None = None) -> DeadPage:
        """Return mail to staff of the actor's office that was given up."""
        check_permission(actor, Permission.SEE_HEALTH)
        with self.store.begin() as work:
            found = work.health.dead_mail(actor.office_id, before_id=before_id, limit=DEAD_A_PAGE + 1)
        return _page(found)

    def retry_notice(self, actor: Actor, notice_id: int) -> bool:
        """Let a notice that was given up be tried again; False where it is not given up (any more)."""
        check_duties(actor, Permission.SEE_HEALTH)
        with self.store.begin() as work:
            event = self._event(actor, "notice_retried", {"notice": notice_id})
            done = work.health.retry_notice(actor.office_id, notice_id, event)
            work.commit()
        return done

    def retry_mail(self, actor: Actor, mail_id: int) -> bool:
        """Let mail that was given up be tried again; False where it is not given up (any more)."""
        check_duties(actor, Permission.SEE_HEALTH)
        with self.store.begin() as work:
            event = self._event(actor, "mail_retried", {"mail": mail_id})
            done = work.health.retry_mail(actor.office_id, mail_id, event)
            work.commit()
        return done

    def retry_all_mail(self, actor: Actor) -> int:
        """Let all mail of the office that was given up be tried again, 1,000 at most; return how much."""
        check_duties(actor, Permission.SEE_HEALTH)
        with self.store.begin() as work:
            event = self._event(actor, "all_mail_retried", {})
            count = work.health.retry_all_mail(actor.office_id, MOST_RETRIED, event)
            work.commit()
        return count

    def _event(self, actor: Actor, action: str, body: Mapping[str, int]) -> AuditEvent:
        return AuditEvent(f"{action}:{uuid.uuid4()}", self.time.now(), actor.id, actor.office_id, action, body=body)


def _in_hours(facts: Facts) -> Backlog:
    """Return the mail that waits, whose age runs only while it may go out."""
    backlog, beat = facts.mail, facts.beats.get(MAIL)
    if backlog.oldest is None or beat is None:
        return backlog
    return replace(backlog, oldest=could_go_since(backlog.oldest, facts.now, beat.detail.get(HOURS)))


def write_beats(store: Store, beats: Mapping[str, Mapping[str, Any]]) -> None:
    """Note that these jobs did their round just now, by the database's clock."""
    with store.begin() as work:
        work.health.beat(beats)
        work.commit()


def _page(found: Sequence[DeadLetter]) -> DeadPage:
    letters = found[:DEAD_A_PAGE]
    return DeadPage(letters, letters[-1].id if len(found) > DEAD_A_PAGE else None)


__all__ = ["DEAD_A_PAGE", "DeadPage", "Health", "write_beats"]
