"""Effects outside the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.services.ports.mail import MailRules


class OutboxStore(Protocol):
    """Effects to be carried out after the commit, exactly one row an effect."""

    def deliver_batch(self, limit: int, mail: MailRules) -> int:
        """Carry out up to ``limit`` pending notices (skipping rows another worker holds); return how many.

        ``mail`` says what of it is to be mailed, and when.
        """
        ...

    def mark_read(self, staff_id: int, ids: Sequence[int], event: AuditEvent) -> None:
        """Mark these messages as read, as far as they are the member's own and unread."""
        ...

    def pending(self) -> int:
        """Return how many effects wait."""
        ...


class Wake(Protocol):
    """Tells a worker, best effort and after the commit, that something waits in the outbox."""

    def wake(self) -> bool:
        """Wake a worker; return whether the queue could be reached. Never raises: the timetable delivers anyway."""
        ...
