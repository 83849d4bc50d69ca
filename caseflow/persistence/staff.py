"""Staff, their offices, roles and sign-ins."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.access import LENDABLE, Actor, Lent, Role
from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.persistence.substitution_sql import STANDS_IN_FOR
from caseflow.services.ports import NewStaff, StaffMember
from caseflow.services.ports.staff import MailWish
from caseflow.services.views import COUNT_CAP

_SELECT = """
select s.id, s.office_id, s.login, s.name_en, s.name_zh, s.password_hash, s.locale, s.active, s.locked_until,
       s.failed_sign_ins, (select coalesce(array_agg(r.role), '{}') from staff_role r where r.staff_id = s.id) as roles
  from staff s
"""
_UNREAD = """(select count(*) from (select from inbox i where i.staff_id = s.id and i.read_at is null limit :cap) x)
       as unread"""
_STANDING_IN = _SELECT.replace(" as roles", f" as roles, {STANDS_IN_FOR}, {_UNREAD}")
# The same with the session that brings somebody in, so that a request asks for both in one statement.
STANDING_IN_WITH_SESSION = _STANDING_IN.replace(
    "select s.id,",
    "select x.id as session_id, x.staff_id, x.stage, x.created_at, x.confirmed_at, x.methods, x.browser, s.id,",
    1,
).replace("  from staff s", "  from staff_session x join staff s on s.id = x.staff_id", 1)
LENDABLE_ROLES = sorted(role.value for role in LENDABLE)
_WITH_ROLE = text(
    _SELECT
    + " where s.office_id = :office_id and s.active "
    + "and exists (select from staff_role r where r.staff_id = s.id and r.role = :role) order by s.login"
)
_OF_OFFICE = text(_SELECT + " where s.office_id = :office_id order by s.login")

_COUNT_SIGN_IN = text(
    "update staff set failed_sign_ins = case when :ok then 0 else failed_sign_ins + 1 end where id = :id "
    "returning failed_sign_ins"
)
_TELL = text(
    "insert into inbox (staff_id, key, kind, params) values (:staff_id, :key, :kind, cast(:params as jsonb)) "
    "on conflict (staff_id, key) do nothing"
)
_SET_PASSWORD = text("update staff set password_hash = :hash where id = :id")
_MAIL_WISH = text("select email, mail_mode from staff where id = :id")
_SET_MAIL_WISH = text("update staff set email = :email, mail_mode = :mail_mode where id = :id")


class Staff:
    """Fulfils :class:`caseflow.services.ports.StaffStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_login(self, login: str, on: date | None = None) -> StaffMember | None:
        """Return the member of staff with this login; with ``on``, as the substitute they are on that day."""
        return self._one(" where s.login = :who", login, on)

    def by_id(self, staff_id: int, on: date | None = None) -> StaffMember | None:
        """Return the member of staff with this id; with ``on``, as the substitute they are on that day."""
        return self._one(" where s.id = :who", staff_id, on)

    def _one(self, condition: str, who: int | str, on: date | None) -> StaffMember | None:
        if on is None:
            # The conditions are literals of this class.
            # nosemgrep: sql-by-string -- as said above
            return _member(self._connection.execute(text(_SELECT + condition), {"who": who}).one_or_none())
        parameters = {"who": who, "on": on, "lendable": LENDABLE_ROLES, "cap": COUNT_CAP}
        row = self._connection.execute(text(_STANDING_IN + condition), parameters).one_or_none()
        return None if row is None else member_standing_in(row)

    def with_role(self, office_id: int, role: Role) -> Sequence[Actor]:
        """Return the active staff of the office that hold ``role``."""
        rows = self._connection.execute(_WITH_ROLE, {"office_id": office_id, "role": role.value})
        return [_actor(row) for row in rows]

    def of_office(self, office_id: int) -> Sequence[StaffMember]:
        """Return everybody of the office, those who left too, by login."""
        rows = self._connection.execute(_OF_OFFICE, {"office_id": office_id})
        return [_known(row) for row in rows]

    def record_sign_in(self, staff_id: int | None, *, ok: bool, event: AuditEvent | None = None) -> int:
        """Record a sign-in or a refused one, of somebody known or nobody; return how many were refused in a row."""
        refused = 0
        if staff_id is not None:
            refused = self._connection.execute(_COUNT_SIGN_IN, {"ok": ok, "id": staff_id}).scalar_one()
        if event is not None:
            audit.write(self._connection, event)
        return refused

    def note(self, event: AuditEvent) -> None:
        """Record what somebody tried that changed nothing."""
        audit.write(self._connection, event)

    def tell(self, staff_id: int, key: str, kind: str, params: Mapping[str, str], event: AuditEvent | None) -> None:
        """Put a message into the member's own inbox, and into nobody else's."""
        told = {"staff_id": staff_id, "key": key, "kind": kind, "params": json.dumps(dict(params))}
        self._connection.execute(_TELL, told)
        if event is not None:
            audit.write(self._connection, event)

    def set_password_hash(self, staff_id: int, password_hash: str, event: AuditEvent) -> None:
        """Keep the hash of a password."""
        self._connection.execute(_SET_PASSWORD, {"hash": password_hash, "id": staff_id})
        audit.write(self._connection, event)

    def set_locale(self, staff_id: int, locale: str, event: AuditEvent) -> None:
        """Keep the language a member of staff chose."""
        self._connection.execute(
            text("update staff set locale = :locale where id = :id"), {"locale": locale, "id": staff_id}
        )
        audit.write(self._connection, event)

    def mail_wish(self, staff_id: int) -> MailWish:
        """Return where and how the reminders of a member of staff come by mail."""
        row = self._connection.execute(_MAIL_WISH, {"id": staff_id}).mappings().one()
        return MailWish(**row)

    def set_mail_wish(self, staff_id: int, wish: MailWish, event: AuditEvent) -> None:
        """Keep where and how the reminders of a member of staff come by mail."""
        values = {"email": wish.email, "mail_mode": wish.mail_mode, "id": staff_id}
        self._connection.execute(_SET_MAIL_WISH, values)
        audit.write(self._connection, event)

    def set_head(self, office_id: int, staff_id: int, event: AuditEvent) -> None:
        """Name the head of an office, to whom escalations go in the end."""
        self._connection.execute(
            text("update office set head_id = :staff_id where id = :id"), {"staff_id": staff_id, "id": office_id}
        )
        audit.write(self._connection, event)

    def add_office(self, code: str, title_en: str, title_zh: str, event: AuditEvent) -> int:
        """Add an office; return its id."""
        office_id: int = self._connection.execute(
            text("insert into office (code, title_en, title_zh) values (:code, :en, :zh) returning id"),
            {"code": code, "en": title_en, "zh": title_zh},
        ).scalar_one()
        audit.write(self._connection, event)
        return office_id

    def is_empty(self) -> bool:
        """Tell whether nobody was ever added."""
        return self._connection.execute(text("select not exists (select from staff)")).scalar_one() is True

    def office_with(self, code: str) -> int | None:
        """Return the id of the office with this code."""
        found: int | None = self._connection.execute(
            text("select id from office where code = :code"), {"code": code}
        ).scalar_one_or_none()
        return found

    def put_under(self, office_id: int, parent_id: int, event: AuditEvent) -> None:
        """Put an office under another in the tree; the database refuses circles."""
        self._connection.execute(
            text("update office set parent_id = :parent_id where id = :id"), {"parent_id": parent_id, "id": office_id}
        )
        audit.write(self._connection, event)

    def office_titles(self, office_id: int) -> tuple[str, str]:
        """Return the office's name in English and Chinese."""
        row = self._connection.execute(
            text("select title_en, title_zh from office where id = :id"), {"id": office_id}
        ).one()
        return row.title_en, row.title_zh

    def add(self, new: NewStaff, event: AuditEvent) -> int:
        """Add a member of staff with their roles; return the id."""
        staff_id: int = self._connection.execute(
            text(
                "insert into staff (office_id, login, name_en, name_zh, password_hash, locale, email, active) "
                "values (:office_id, :login, :name_en, :name_zh, :password_hash, :locale, :email, :active) returning id"
            ),
            {
                "office_id": new.office_id,
                "login": new.login,
                "name_en": new.name_en,
                "name_zh": new.name_zh,
                "password_hash": new.password_hash,
                "locale": new.locale,
                "email": new.email,
                "active": new.active,
            },
        ).scalar_one()
        if new.roles:
            self._connection.execute(
                text("insert into staff_role (staff_id, role) values (:staff_id, :role)"),
                [{"staff_id": staff_id, "role": role.value} for role in new.roles],
            )
        audit.write(self._connection, event)
        return staff_id


def _actor(row: Any) -> Actor:
    roles = frozenset(Role(role) for role in row.roles)
    return Actor(row.id, row.office_id, row.login, row.name_en, row.name_zh, roles, row.locale)


def _standing_in(row: Any) -> Actor:
    own = _actor(row)
    lent = frozenset(Lent(Role(role), int(by)) for role, by in (one.split(" ") for one in row.lent))
    roles = own.roles | {one.role for one in lent}
    return replace(own, roles=roles, stands_in_for=frozenset(row.stands_in_for), lent=lent)


def member_standing_in(row: Any) -> StaffMember:
    """Return the member of staff of a row of those that tell the lent roles and the unread messages too."""
    return replace(_known(row), actor=_standing_in(row), unread=row.unread)


def _member(row: Any) -> StaffMember | None:
    return None if row is None else _known(row)


def _known(row: Any) -> StaffMember:
    return StaffMember(_actor(row), row.password_hash, row.active, row.locked_until, row.failed_sign_ins)
