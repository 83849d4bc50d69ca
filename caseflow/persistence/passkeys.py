"""Passkeys of staff, challenges that were answered, and who staff are at an OpenID provider."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.services.ports.openid import BoundIdentity
from caseflow.services.ports.passkeys import NewPasskey, Passkey

_SELECT = """
select id, staff_id, credential_id, public_key, sign_count, name, made_at, last_used_at
  from passkey where removed_at is null
"""
_OF_STAFF = text(_SELECT + " and staff_id = :staff_id order by id")
# Two answers of one passkey at once are counted one after the other.
_BY_CREDENTIAL = text(_SELECT + " and credential_id = :credential_id for no key update")
_ADD = text("""
insert into passkey (staff_id, credential_id, public_key, sign_count, transports, name)
values (:staff_id, :credential_id, :public_key, :sign_count, :transports, :name)
on conflict (credential_id) do nothing returning id
""")
_USED = text("update passkey set sign_count = :sign_count, last_used_at = :at where id = :id")
_REMOVE = text("""
update passkey set removed_at = :at where id = :id and staff_id = :staff_id and removed_at is null returning id
""")
# What can no more be answered is too old to be answered twice.
_FORGET = text("delete from passkey_challenge where used_at < :at - interval '1 hour'")
_USE_UP = text("""
insert into passkey_challenge (challenge_hash, used_at) values (:hash, :at)
on conflict (challenge_hash) do nothing returning challenge_hash
""")
_IDENTITY = "select id, staff_id, issuer, subject, bound_at from staff_identity where removed_at is null"
_BOUND_TO = text(_IDENTITY + " and issuer = :issuer and subject = :subject")
_BOUND_OF = text(_IDENTITY + " and staff_id = :staff_id order by id")
_BIND = text("""
insert into staff_identity (staff_id, issuer, subject) values (:staff_id, :issuer, :subject)
on conflict do nothing returning id
""")
_UNBIND = text("""
update staff_identity set removed_at = :at where id = :id and staff_id = :staff_id and removed_at is null returning id
""")


class Passkeys:
    """Fulfils :class:`caseflow.services.ports.passkeys.PasskeyStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_staff(self, staff_id: int) -> Sequence[Passkey]:
        """Return the passkeys of a person that were not removed, oldest first."""
        return [Passkey(**row._asdict()) for row in self._connection.execute(_OF_STAFF, {"staff_id": staff_id})]

    def by_credential(self, credential_id: bytes) -> Passkey | None:
        """Return the passkey with this id that was not removed, and hold it until the transaction ends."""
        row = self._connection.execute(_BY_CREDENTIAL, {"credential_id": credential_id}).one_or_none()
        return None if row is None else Passkey(**row._asdict())

    def add(self, staff_id: int, name: str, new: NewPasskey, event: AuditEvent) -> bool:
        """Keep a passkey; False where its id is known already."""
        values = {
            "staff_id": staff_id,
            "credential_id": new.credential_id,
            "public_key": new.public_key,
            "sign_count": new.sign_count,
            "transports": list(new.transports),
            "name": name,
        }
        return _written(self._connection, _ADD, values, event)

    def used(self, passkey_id: int, sign_count: int, at: datetime) -> None:
        """Keep what the authenticator counted and when."""
        self._connection.execute(_USED, {"id": passkey_id, "sign_count": sign_count, "at": at})

    def remove(self, staff_id: int, passkey_id: int, at: datetime, event: AuditEvent) -> bool:
        """Take a passkey out of use for ever; False where the person has none such."""
        return _written(self._connection, _REMOVE, {"id": passkey_id, "staff_id": staff_id, "at": at}, event)

    def use_up(self, challenge_hash: bytes, at: datetime) -> bool:
        """Note that a challenge was answered; False where it was answered before."""
        self._connection.execute(_FORGET, {"at": at})
        used = self._connection.execute(_USE_UP, {"hash": challenge_hash, "at": at})
        return used.scalar_one_or_none() is not None

    def note(self, event: AuditEvent) -> None:
        """Keep an event that changes no passkey."""
        audit.write(self._connection, event)


class Identities:
    """Fulfils :class:`caseflow.services.ports.openid.IdentityStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def bound_to(self, issuer: str, subject: str) -> BoundIdentity | None:
        """Return who this subject of the provider is here."""
        row = self._connection.execute(_BOUND_TO, {"issuer": issuer, "subject": subject}).one_or_none()
        return None if row is None else BoundIdentity(**row._asdict())

    def of_staff(self, staff_id: int) -> Sequence[BoundIdentity]:
        """Return who a person is at providers."""
        rows = self._connection.execute(_BOUND_OF, {"staff_id": staff_id})
        return [BoundIdentity(**row._asdict()) for row in rows]

    def bind(self, staff_id: int, issuer: str, subject: str, event: AuditEvent) -> bool:
        """Keep who a person is at a provider; False where the subject, or the person there, is bound already."""
        values = {"staff_id": staff_id, "issuer": issuer, "subject": subject}
        return _written(self._connection, _BIND, values, event)

    def unbind(self, staff_id: int, identity_id: int, at: datetime, event: AuditEvent) -> bool:
        """Take it back; False where the person has none such."""
        return _written(self._connection, _UNBIND, {"id": identity_id, "staff_id": staff_id, "at": at}, event)

    def note(self, event: AuditEvent) -> None:
        """Keep an event that binds nothing."""
        audit.write(self._connection, event)


def _written(connection: Connection, statement: Any, values: dict[str, Any], event: AuditEvent) -> bool:
    if connection.execute(statement, values).scalar_one_or_none() is None:
        return False
    audit.write(connection, event)
    return True
