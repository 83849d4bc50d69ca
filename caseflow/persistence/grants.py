"""Grants, codes to enrol with and recusals in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.access import Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.grants import GrantKind
from caseflow.persistence import audit
from caseflow.persistence.errors import named_errors
from caseflow.services.ports.grants import Code, Grant, NewGrant, OpenWork, Person, Recusal

_KEYS = frozenset({"uq_role_grant_idempotency_key", "uq_role_grant_waiting", "uq_audit_event_key"})
_BEYOND = 2**62
_SELECT = """
select g.id, g.office_id, g.staff_id, s.login, s.name_en, s.name_zh, g.kind, g.role, g.reason, g.proposed_by,
       p.name_en as proposed_en, p.name_zh as proposed_zh, g.proposed_at,
       c.name_en as confirmed_en, c.name_zh as confirmed_zh, g.confirmed_at,
       r.name_en as refused_en, r.name_zh as refused_zh, g.refused_at,
       w.name_en as withdrawn_en, w.name_zh as withdrawn_zh, g.withdrawn_at
  from role_grant g join staff s on s.id = g.staff_id
       left join staff p on p.id = g.proposed_by left join staff c on c.id = g.confirmed_by
       left join staff r on r.id = g.refused_by left join staff w on w.id = g.withdrawn_by
"""
_WAITING = "g.confirmed_at is null and g.refused_at is null"
_PEOPLE = """
select s.id, s.login, s.name_en, s.name_zh, s.active, s.left_at, s.locked_until, e.expires_at as enrolling_until,
       (select coalesce(array_agg(r.role), '{}') from staff_role r where r.staff_id = s.id) as roles,
       (select count(*) from role_grant g where g.staff_id = s.id and g.confirmed_at is null
           and g.refused_at is null) as waiting
  from staff s left join lateral (select n.* from enrolment n where n.staff_id = s.id order by n.id desc limit 1) e
       on e.used_at is null
 where s.office_id = :office_id and (cast(:staff_id as integer) is null or s.id = :staff_id)
 order by s.login limit :limit
"""
_PROPOSE = text("""
insert into role_grant (office_id, staff_id, kind, role, source, reason, proposed_by, idempotency_key)
values (:office_id, :staff_id, :kind, :role, 'proposal', :reason, :by, :key) returning id
""")
_CONFIRM = text("update role_grant set confirmed_by = :by, confirmed_at = clock_timestamp() where id = :id")
_REFUSE = text("""
update role_grant set refused_by = :by, refused_at = clock_timestamp()
 where id = any(:ids) and confirmed_at is null and refused_at is null
""")
_WITHDRAW = text("""
with taken as (
  update role_grant set withdrawn_by = :by, withdrawn_at = clock_timestamp()
   where staff_id = :staff_id and role = :role and kind = 'role' and confirmed_at is not null and withdrawn_at is null
)
delete from staff_role where staff_id = :staff_id and role = :role returning staff_id
""")
# Cases stay with whoever has left until a supervisor names another officer.
_OPEN_WORK = """
select c.id as case_id, c.number, c.number_zh, c.regime, c.state, c.next_due_on, s.name_en as left_en,
       s.name_zh as left_zh, c.owner_id is distinct from s.id as second
  from staff s join cases c on s.id in (c.owner_id, c.second_officer_id)
 where s.office_id = :office_id and {whose} and c.office_id = s.office_id and c.phase <> 'closed' and c.id > :after_id
 order by c.id, s.id limit :limit
"""


class Grants:
    """Fulfils :class:`caseflow.services.ports.grants.GrantStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, office_id: int) -> None:
        """Wait until nobody else decides about grants of the office."""
        self._connection.execute(text("select pg_advisory_xact_lock(7725, :office_id)"), {"office_id": office_id})

    def people(self, office_id: int, limit: int, staff_id: int | None = None) -> Sequence[Person]:
        """Return everybody of the office, or one person, by login."""
        parameters = {"office_id": office_id, "limit": limit, "staff_id": staff_id}
        rows = self._connection.execute(text(_PEOPLE), parameters)
        return [Person(**{**row._asdict(), "roles": frozenset(map(Role, row.roles))}) for row in rows]

    def by_key(self, key: str) -> Grant | None:
        """Return what was proposed under an idempotency key."""
        return self._one("g.idempotency_key = :key", {"key": key})

    def get(self, office_id: int, grant_id: int) -> Grant | None:
        """Return a grant of the office."""
        return self._one("g.office_id = :office_id and g.id = :id", {"office_id": office_id, "id": grant_id})

    def propose(self, new: NewGrant, event: AuditEvent) -> int:
        """Keep a proposal; return its id."""
        parameters = {
            "office_id": new.office_id,
            "staff_id": new.staff_id,
            "kind": new.kind.value,
            "role": new.role.value if new.role is not None else None,
            "reason": new.reason,
            "by": event.actor_id,
            "key": new.key,
        }
        with named_errors(_KEYS):
            added: int = self._connection.execute(_PROPOSE, parameters).scalar_one()
            audit.write(self._connection, event)
        return added

    def confirm(self, grant: Grant, event: AuditEvent) -> None:
        """Confirm a grant, and let it take effect at once."""
        self._connection.execute(_CONFIRM, {"id": grant.id, "by": event.actor_id})
        whom = {"staff_id": grant.staff_id}
        if grant.kind is GrantKind.ROLE and grant.role is not None:
            give = text("insert into staff_role (staff_id, role) values (:staff_id, :role)")
            self._connection.execute(give, {**whom, "role": grant.role.value})
            # The first role lets in; whoever left comes back by a grant of their return alone.
            let_in = "update staff set active = true where id = :staff_id and not active and left_at is null"
            self._connection.execute(text(let_in), whom)
        elif grant.kind is GrantKind.RETURN:
            self._connection.execute(text("update staff set active = true where id = :staff_id and not active"), whom)
        audit.write(self._connection, event)

    def refuse(self, grant_ids: Collection[int], event: AuditEvent) -> None:
        """Refuse proposals."""
        self._connection.execute(_REFUSE, {"ids": list(grant_ids), "by": event.actor_id})
        audit.write(self._connection, event)

    def withdraw(self, staff_id: int, role: Role, event: AuditEvent) -> bool:
        """Take a role away at once."""
        parameters = {"staff_id": staff_id, "role": role.value, "by": event.actor_id}
        if self._connection.execute(_WITHDRAW, parameters).first() is None:
            return False
        audit.write(self._connection, event)
        return True

    def leave(self, staff_id: int, event: AuditEvent) -> bool:
        """Let somebody act no more, at once."""
        gone = text("update staff set active = false where id = :id and active returning id")
        if self._connection.execute(gone, {"id": staff_id}).first() is None:
            return False
        audit.write(self._connection, event)
        return True

    def waiting(self, office_id: int, limit: int, staff_id: int | None = None) -> Sequence[Grant]:
        """Return what waits for its second person, oldest first."""
        of = "" if staff_id is None else " and g.staff_id = :staff_id"
        # What is put in is a literal of this class.
        # nosemgrep: sql-by-string -- as said above
        statement = f"{_SELECT} where g.office_id = :office_id and {_WAITING}{of} order by g.id limit :limit"
        parameters = {"office_id": office_id, "limit": limit, "staff_id": staff_id}
        return [_grant(row) for row in self._connection.execute(text(statement), parameters)]

    def newest(self, office_id: int, *, staff_id: int | None, before_id: int | None, limit: int) -> Sequence[Grant]:
        """Return grants, newest first."""
        of = "" if staff_id is None else " and g.staff_id = :staff_id"
        # What is put in is a literal of this class.
        # nosemgrep: sql-by-string -- as said above
        statement = f"{_SELECT} where g.office_id = :office_id and g.id < :before{of} order by g.id desc limit :limit"
        parameters = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit, "staff_id": staff_id}
        return [_grant(row) for row in self._connection.execute(text(statement), parameters)]

    def open_work(self, office_id: int, *, staff_id: int | None, after_id: int, limit: int) -> Sequence[OpenWork]:
        """Return open cases of those who have left, or of one person."""
        statement = _OPEN_WORK.format(whose="not s.active" if staff_id is None else "s.id = :staff_id")
        parameters = {"office_id": office_id, "after_id": after_id, "limit": limit, "staff_id": staff_id}
        return [OpenWork(**row._asdict()) for row in self._connection.execute(text(statement), parameters)]

    def _one(self, condition: str, parameters: dict[str, Any]) -> Grant | None:
        # What is put in is a literal of this class.
        # nosemgrep: sql-by-string -- as said above
        row = self._connection.execute(text(f"{_SELECT} where {condition}"), parameters).one_or_none()
        return None if row is None else _grant(row)


class Enrolments:
    """Fulfils :class:`caseflow.services.ports.grants.EnrolmentStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def issue(self, staff_id: int, code_hash: bytes, hours: int, event: AuditEvent) -> datetime:
        """Keep a new code; return when it lapses."""
        add = text(
            "insert into enrolment (staff_id, code_hash, issued_by, expires_at) values "
            "(:staff_id, :code_hash, :by, clock_timestamp() + make_interval(hours => :hours)) returning expires_at"
        )
        parameters = {"staff_id": staff_id, "code_hash": code_hash, "by": event.actor_id, "hours": hours}
        lapses: datetime = self._connection.execute(add, parameters).scalar_one()
        audit.write(self._connection, event)
        return lapses

    def newest(self, staff_id: int) -> Code | None:
        """Return somebody's newest code, locked until the end of the transaction."""
        found = text(
            "select id, staff_id, code_hash, expires_at, used_at, failures from enrolment "
            "where staff_id = :staff_id order by id desc limit 1 for update"
        )
        row = self._connection.execute(found, {"staff_id": staff_id}).one_or_none()
        return None if row is None else Code(**{**row._asdict(), "code_hash": bytes(row.code_hash)})

    def note_failure(self, code_id: int, event: AuditEvent) -> None:
        """Count a wrong try."""
        count = text("update enrolment set failures = failures + 1 where id = :id and failures < 5")
        self._connection.execute(count, {"id": code_id})
        audit.write(self._connection, event)

    def use(self, code: Code, event: AuditEvent) -> None:
        """Use the code up; wrong passwords of before count no more."""
        self._connection.execute(
            text("update enrolment set used_at = clock_timestamp() where id = :id"), {"id": code.id}
        )
        self._connection.execute(
            text("update staff set failed_sign_ins = 0, locked_until = null where id = :staff_id"),
            {"staff_id": code.staff_id},
        )
        audit.write(self._connection, event)


class Recusals:
    """Fulfils :class:`caseflow.services.ports.grants.RecusalStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_case(self, case_id: int) -> Sequence[Recusal]:
        """Return who takes no part in a case, oldest first."""
        found = text(
            "select q.staff_id, s.name_en, s.name_zh, q.ground, q.reason, b.name_en as recorded_en, "
            "b.name_zh as recorded_zh, q.recorded_at from recusal q join staff s on s.id = q.staff_id "
            "join staff b on b.id = q.recorded_by where q.case_id = :case_id order by q.id"
        )
        return [Recusal(**row._asdict()) for row in self._connection.execute(found, {"case_id": case_id})]

    def add(self, office_id: int, case_id: int, staff_id: int, ground: str, reason: str, event: AuditEvent) -> bool:
        """Record a recusal; return False where it was recorded before."""
        add = text(
            "insert into recusal (office_id, case_id, staff_id, ground, reason, recorded_by) "
            "values (:office_id, :case_id, :staff_id, :ground, :reason, :by) "
            "on conflict (case_id, staff_id) do nothing returning id"
        )
        parameters = {
            "office_id": office_id,
            "case_id": case_id,
            "staff_id": staff_id,
            "ground": ground,
            "reason": reason,
            "by": event.actor_id,
        }
        if self._connection.execute(add, parameters).first() is None:
            return False
        audit.write(self._connection, event)
        return True


def _grant(row: Any) -> Grant:
    values = row._asdict()
    role = values["role"]
    return Grant(**{**values, "kind": GrantKind(values["kind"]), "role": Role(role) if role is not None else None})
