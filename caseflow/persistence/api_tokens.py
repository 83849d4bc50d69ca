"""API tokens in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.access import Role
from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.services.ports.api_tokens import ApiToken, NewApiToken

_BEYOND = 2**62
_SELECT = """
select t.id, t.office_id, t.staff_id, s.name_en as owner_en, s.name_zh as owner_zh, t.role, t.name, t.begins_with,
       t.made_at, t.expires_at, t.revoked_at, t.last_used_on
  from api_token t join staff s on s.id = t.staff_id
"""
_WITH_HASH = text(_SELECT + " where t.token_hash = :token_hash")
_GET = text(_SELECT + " where t.office_id = :office_id and t.id = :id")
_OF_PERSON = text(_SELECT + " where t.staff_id = :staff_id order by t.id desc limit :limit")
_OF_OFFICE = text(_SELECT + " where t.office_id = :office_id and t.id < :before order by t.id desc limit :limit")
_WAIT = text("select from staff where id = :staff_id for no key update")
_COUNT = text("select count(*) from api_token where staff_id = :staff_id and revoked_at is null and expires_at > :now")
_MAKE = text("""
insert into api_token (office_id, staff_id, created_by, key, role, name, begins_with, token_hash, expires_at)
values (:office_id, :staff_id, :staff_id, :key, :role, :name, :begins_with, :token_hash, :expires_at)
on conflict (key) do nothing returning id
""")
_REVOKE = text("""
update api_token set revoked_at = clock_timestamp(), revoked_by = :revoked_by
 where office_id = :office_id and id = :id and revoked_at is null returning id
""")
_NOTE_USE = text("""
update api_token set last_used_on = :on where id = :id and (last_used_on is null or last_used_on < :on) returning id
""")


class ApiTokens:
    """Fulfils :class:`caseflow.services.ports.api_tokens.ApiTokenStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def make(self, office_id: int, staff_id: int, new: NewApiToken, event: AuditEvent) -> bool:
        """Keep a token; False where its key was used before."""
        values = {
            "office_id": office_id,
            "staff_id": staff_id,
            "key": new.key,
            "role": new.role.value,
            "name": new.name,
            "begins_with": new.begins_with,
            "token_hash": new.token_hash,
            "expires_at": new.expires_at,
        }
        return self._written(_MAKE, values, event)

    def with_hash(self, token_hash: bytes) -> ApiToken | None:
        """Return the token with this hash, of whatever office, dead ones too."""
        return _token(self._connection.execute(_WITH_HASH, {"token_hash": token_hash}).one_or_none())

    def get(self, office_id: int, token_id: int) -> ApiToken | None:
        """Return a token of the office."""
        return _token(self._connection.execute(_GET, {"office_id": office_id, "id": token_id}).one_or_none())

    def of_person(self, staff_id: int, limit: int) -> Sequence[ApiToken]:
        """Return a person's tokens, newest first."""
        return [_known(row) for row in self._connection.execute(_OF_PERSON, {"staff_id": staff_id, "limit": limit})]

    def count_living(self, staff_id: int, now: datetime) -> int:
        """Return how many tokens of a person live at ``now``; of two who ask at once the second waits for the first."""
        self._connection.execute(_WAIT, {"staff_id": staff_id})
        count: int = self._connection.execute(_COUNT, {"staff_id": staff_id, "now": now}).scalar_one()
        return count

    def of_office(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[ApiToken]:
        """Return the tokens of everybody of the office, newest first."""
        values = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit}
        return [_known(row) for row in self._connection.execute(_OF_OFFICE, values)]

    def revoke(self, office_id: int, token_id: int, event: AuditEvent) -> bool:
        """Let a token stop for ever; False where it was revoked before."""
        return self._written(_REVOKE, {"office_id": office_id, "id": token_id, "revoked_by": event.actor_id}, event)

    def note_use(self, token_id: int, on: date, event: AuditEvent) -> bool:
        """Keep the day of the last use; False, and nothing is written, where that day is kept already."""
        return self._written(_NOTE_USE, {"id": token_id, "on": on}, event)

    def _written(self, statement: Any, values: dict[str, Any], event: AuditEvent) -> bool:
        if self._connection.execute(statement, values).scalar_one_or_none() is None:
            return False
        audit.write(self._connection, event)
        return True


def _token(row: Any) -> ApiToken | None:
    return None if row is None else _known(row)


def _known(row: Any) -> ApiToken:
    return ApiToken(**{**row._asdict(), "role": Role(row.role)})
