"""The outbox: PostgreSQL is the truth about what is still to be delivered; a queue only wakes somebody up."""

from __future__ import annotations

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit

_DELIVER = text("""
with taken as (
  select id, key, kind, payload from outbox
   where state = 'pending' and due_at <= clock_timestamp() order by due_at, id limit :limit for update skip locked
), told as (
  insert into inbox (staff_id, key, kind, case_id, params)
  select s.id, t.key, t.kind, (t.payload->>'case_id')::bigint, t.payload
    from taken t
    join staff s on s.active and s.office_id = (t.payload->>'office_id')::int
     and s.id is distinct from (t.payload->>'actor_id')::int
   where s.id = (t.payload->>'owner_id')::int
      or exists (select from staff_role r where r.staff_id = s.id and r.role = t.payload->>'desk_role'
                 and r.role <> 'officer')
  on conflict (staff_id, key) do nothing
), done as (
  update outbox set state = 'done', attempts = attempts + 1, done_at = clock_timestamp()
    from taken where outbox.id = taken.id returning outbox.id
)
select count(*) from done
""")
_READ = text(
    "update inbox set read_at = clock_timestamp() where staff_id = :staff_id and id <= :up_to_id and read_at is null"
)


class Outbox:
    """Fulfils :class:`caseflow.services.ports.OutboxStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def deliver_batch(self, limit: int) -> int:
        """Turn pending notices into inbox messages, exactly one a person and notice; return how many were taken.

        Rows another worker holds are skipped. A case notice goes to the case's owner and to the role whose turn it
        is, never to the person who acted.
        """
        count: int = self._connection.execute(_DELIVER, {"limit": limit}).scalar_one()
        return count

    def mark_read(self, staff_id: int, up_to_id: int, event: AuditEvent) -> None:
        """Mark the unread messages of a member of staff up to and including ``up_to_id`` as read."""
        self._connection.execute(_READ, {"staff_id": staff_id, "up_to_id": up_to_id})
        audit.write(self._connection, event)

    def pending(self) -> int:
        """Return how many effects wait."""
        count: int = self._connection.execute(text("select count(*) from outbox where state = 'pending'")).scalar_one()
        return count
