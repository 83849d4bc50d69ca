"""Where somebody is signed in: their own sessions, which they can end."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.sessions import Ended, StaffSession

MOST_SHOWN: Final = 50


@dataclass(frozen=True)
class OwnSessions:
    """The use cases around the actor's own sessions."""

    store: Store
    time: BusinessTime

    def listed(self, actor: Actor, longest: timedelta) -> list[StaffSession]:
        """Return the newest of the actor's sessions that are not over; ``longest`` is how long one lasts."""
        with self.store.begin() as work:
            return list(work.sessions.of_staff(actor.id, self.time.real_now() - longest, MOST_SHOWN))

    def end(self, actor: Actor, session_id: int) -> bool:
        """End one of the actor's sessions; False where it had ended or is none of theirs."""
        with self.store.begin() as work:
            event = self._event(actor, "session_ended", {"session": session_id})
            ended = work.sessions.end(session_id, actor.id, self.time.real_now(), Ended.ENDED_BY_OWNER, event)
            work.commit()
        return ended

    def end_others(self, actor: Actor, session_id: int) -> int:
        """End all of the actor's sessions but this one; return how many."""
        with self.store.begin() as work:
            event = self._event(actor, "sessions_ended", {"why": Ended.ENDED_BY_OWNER.value})
            now = self.time.real_now()
            ended = work.sessions.end_all(actor.id, now, Ended.ENDED_BY_OWNER, event, session_id)
            work.commit()
        return ended

    def _event(self, actor: Actor, action: str, body: Mapping[str, Any]) -> AuditEvent:
        return AuditEvent.by(actor, self.time.now(), f"{action}:{uuid.uuid4()}", action, body)
