"""Mail that was given up, for the administrator: what failed and why, and trying it again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.mail import DeadMail

PAGE_SIZE = 50


class NoSuchMail(LookupError):
    """No mail of the actor's office with this id was given up (any more)."""


@dataclass(frozen=True)
class Mail:
    """The use cases of dead letters. They never show what a mail says: an administrator reads no case."""

    store: Store
    time: BusinessTime

    def dead(self, actor: Actor, before_id: int | None = None) -> tuple[Sequence[DeadMail], int | None]:
        """Return one page of the office's dead letters, newest first, and the key that continues it.

        Raises ``NotPermitted``.
        """
        check_permission(actor, Permission.SEE_HEALTH)
        with self.store.begin() as work:
            found = work.mail.dead(actor.office_id, before_id=before_id, limit=PAGE_SIZE + 1)
        shown = found[:PAGE_SIZE]
        return shown, shown[-1].id if len(found) > PAGE_SIZE else None

    def retry(self, actor: Actor, mail_id: int) -> None:
        """Let a dead letter be tried again, with its old Message-ID. Raises ``NotPermitted``, :class:`NoSuchMail`."""
        check_permission(actor, Permission.SEE_HEALTH)
        with self.store.begin() as work:
            if not work.mail.revive(actor.office_id, mail_id):
                raise NoSuchMail(mail_id)
            work.mail.record(
                AuditEvent(
                    key=f"mail_retried:{uuid.uuid4()}",
                    at=self.time.now(),
                    actor_id=actor.id,
                    office_id=actor.office_id,
                    action="mail_retried",
                    body={"mail_id": mail_id},
                )
            )
            work.commit()


__all__ = ["PAGE_SIZE", "Mail", "NoSuchMail"]
