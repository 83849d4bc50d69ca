"""The outbox: PostgreSQL is the truth about what is still to be delivered; a queue only wakes somebody up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.persistence.mail import delivery_of
from caseflow.persistence.outbox_sql import DELIVER, FAILED, NEXT, PENDING, READ
from caseflow.services.ports.mail import MailRules

MOST_ATTEMPTS = 8


class Outbox:
    """Fulfils :class:`caseflow.services.ports.OutboxStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def deliver_batch(self, limit: int, mail: MailRules) -> int:
        """Turn pending notices into inbox messages, exactly one a person and notice; return how many were taken.

        In the same statement ``mail`` says what of it is to be mailed.
        Rows another worker holds are skipped. A batch in which something cannot be delivered falls back to the oldest
        notice alone, so that one bad row is set aside (dead after eight tries) and the others get through.
        """
        try:
            with self._connection.begin_nested():
                return self._deliver(limit, mail)
        except OperationalError:
            raise
        except DBAPIError:
            return self._deliver_oldest(mail)

    def _deliver_oldest(self, mail: MailRules) -> int:
        oldest: int | None = self._connection.execute(NEXT).scalar_one_or_none()
        if oldest is None:
            return 0
        try:
            with self._connection.begin_nested():
                self._deliver(1, mail)
        except OperationalError:
            raise
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0][:500]
            self._connection.execute(FAILED, {"id": oldest, "error": reason, "most": MOST_ATTEMPTS})
        return 1

    def _deliver(self, limit: int, mail: MailRules) -> int:
        count: int = self._connection.execute(DELIVER, {"limit": limit, **delivery_of(mail)}).scalar_one()
        return count

    def mark_read(self, staff_id: int, ids: Sequence[int], event: AuditEvent) -> None:
        """Mark these messages as read, as far as they are the member's own and unread."""
        self._connection.execute(READ, {"staff_id": staff_id, "ids": list(ids)})
        audit.write(self._connection, event)

    def pending(self) -> int:
        """Return how many effects wait."""
        count: int = self._connection.execute(PENDING).scalar_one()
        return count
