"""Second factors of staff: the secret of an app, and recovery codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.services.ports.factors import KeptRecoveryCodes, KeptTotp

_TOTP = text("select secret_sealed, last_step, offered_sealed, offered_at from staff_totp where staff_id = :staff_id")
_OFFER = text(
    "insert into staff_totp (staff_id, offered_sealed, offered_at) values (:staff_id, :sealed, :at) "
    "on conflict (staff_id) do update set offered_sealed = excluded.offered_sealed, offered_at = excluded.offered_at"
)
_ENROL = text(
    "update staff_totp set secret_sealed = offered_sealed, enrolled_at = :at, last_step = :step, "
    "offered_sealed = null, offered_at = null where staff_id = :staff_id and offered_sealed is not null"
)
_USE_STEP = text(
    "update staff_totp set last_step = :step "
    "where staff_id = :staff_id and secret_sealed is not null and last_step < :step"
)
_REMOVE = text("delete from staff_totp where staff_id = :staff_id")
_CODES = text(
    "select salt, count(*) filter (where used_at is null and replaced_at is null) as unused "
    "from staff_recovery_code where staff_id = :staff_id and made_at = "
    "(select max(made_at) from staff_recovery_code where staff_id = :staff_id) group by salt order by salt limit 1"
)
_REPLACE = text(
    "update staff_recovery_code set replaced_at = :at where staff_id = :staff_id and replaced_at is null "
    "and used_at is null"
)
_ADD_CODE = text(
    "insert into staff_recovery_code (staff_id, salt, code_hash, made_at) values (:staff_id, :salt, :code_hash, :at)"
)
_USE_CODE = text(
    "update staff_recovery_code set used_at = :at where staff_id = :staff_id and code_hash = :code_hash "
    "and used_at is null and replaced_at is null"
)


class Factors:
    """Fulfils :class:`caseflow.services.ports.factors.FactorStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def totp_of(self, staff_id: int) -> KeptTotp | None:
        """Return what is kept, or None where nothing was ever offered."""
        row = self._connection.execute(_TOTP, {"staff_id": staff_id}).one_or_none()
        return None if row is None else KeptTotp(row.secret_sealed, row.last_step, row.offered_sealed, row.offered_at)

    def offer_totp(self, staff_id: int, sealed: bytes, at: datetime, event: AuditEvent) -> None:
        """Keep a secret that becomes the one in use when a first code proves it was taken over."""
        self._connection.execute(_OFFER, {"staff_id": staff_id, "sealed": sealed, "at": at})
        audit.write(self._connection, event)

    def enrol_totp(self, staff_id: int, step: int, at: datetime, event: AuditEvent) -> None:
        """Put the offered secret in use; ``step`` is the step whose code proved it."""
        self._connection.execute(_ENROL, {"staff_id": staff_id, "step": step, "at": at})
        audit.write(self._connection, event)

    def use_totp_step(self, staff_id: int, step: int) -> bool:
        """Note that the code of this step was used; False where it, or a later one, was used before."""
        return self._connection.execute(_USE_STEP, {"staff_id": staff_id, "step": step}).rowcount == 1

    def remove_totp(self, staff_id: int, event: AuditEvent) -> None:
        """Forget the secret in use and the offered one."""
        self._connection.execute(_REMOVE, {"staff_id": staff_id})
        audit.write(self._connection, event)

    def recovery_codes_of(self, staff_id: int) -> KeptRecoveryCodes | None:
        """Return the newest set, or None where none was made."""
        row = self._connection.execute(_CODES, {"staff_id": staff_id}).one_or_none()
        return None if row is None else KeptRecoveryCodes(row.salt, row.unused)

    def replace_recovery_codes(
        self, staff_id: int, salt: bytes, hashes: Sequence[bytes], at: datetime, event: AuditEvent
    ) -> None:
        """Keep a new set; the codes of the old one are worth nothing from now on."""
        self._connection.execute(_REPLACE, {"staff_id": staff_id, "at": at})
        added = [{"staff_id": staff_id, "salt": salt, "code_hash": one, "at": at} for one in hashes]
        self._connection.execute(_ADD_CODE, added)
        audit.write(self._connection, event)

    def use_recovery_code(self, staff_id: int, code_hash: bytes, at: datetime) -> bool:
        """Note that a code of the newest set was used; False where there is none such unused."""
        values = {"staff_id": staff_id, "code_hash": code_hash, "at": at}
        return self._connection.execute(_USE_CODE, values).rowcount == 1
