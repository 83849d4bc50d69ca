"""Signing in, and who is signed in."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from caseflow.domain.access import Actor, Permission, Role, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.services.ports import BusinessTime, PasswordHasher, StaffMember, Store

FAILURES_BEFORE_LOCK = 5
LOCK_MINUTES = 15


class SignInRefused(Exception):
    """The login or the password is wrong, or the account is locked for a while; the reason is not told apart."""


@dataclass(frozen=True)
class StaffAccess:
    """The use cases behind sign-in."""

    store: Store
    time: BusinessTime
    passwords: PasswordHasher

    def sign_in(self, login: str, password: str) -> Actor:
        """Return who signed in. Raises :class:`SignInRefused`; five failures in a row lock for 15 minutes."""
        with self.store.begin() as work:
            member = work.staff.by_login(login.strip().lower())
            now = self.time.real_now()
            stored = member.password_hash if member else self.passwords.unknown_hash()
            right = self.passwords.verify(stored, password)
            if member is None:
                raise SignInRefused(login)
            locked = member.locked_until is not None and member.locked_until > now
            ok = right and member.active and not locked
            until = member.locked_until if locked else None
            if not ok and member.failed_sign_ins + 1 >= FAILURES_BEFORE_LOCK and not locked:
                until = now + timedelta(minutes=LOCK_MINUTES)
            work.staff.record_sign_in(
                member.actor.id, ok=ok, locked_until=until, event=self._event(member, "signed_in" if ok else "refused")
            )
            work.commit()
        if not ok:
            raise SignInRefused(login)
        return member.actor

    def signed_in(self, staff_id: int) -> Actor | None:
        """Return the actor of a session, with the roles they hold or are lent now; None when they have left."""
        member = self.at_work(staff_id)
        return member.actor if member is not None else None

    def at_work(self, staff_id: int) -> StaffMember | None:
        """Return a member of staff with the roles and the unread messages they have now; None when they have left."""
        with self.store.begin() as work:
            member = work.staff.by_id(staff_id, self.time.today())
        return member if member is not None and member.active else None

    def with_login(self, login: str) -> Actor | None:
        """Return who works here under this login, for a command that acts in their name; None for nobody."""
        with self.store.begin() as work:
            member = work.staff.by_login(login.strip().lower(), self.time.today())
        return member.actor if member is not None and member.active else None

    def choose_locale(self, actor: Actor, locale: str) -> None:
        """Keep the language the actor chose (``en`` or ``zh``)."""
        with self.store.begin() as work:
            event = AuditEvent(
                key=f"locale:{uuid.uuid4()}",
                at=self.time.now(),
                actor_id=actor.id,
                office_id=actor.office_id,
                action="locale_chosen",
                body={"locale": locale},
            )
            work.staff.set_locale(actor.id, locale, event)
            work.commit()

    def colleagues(self, actor: Actor) -> list[Actor]:
        """Return the other enforcement officers of the actor's office."""
        with self.store.begin() as work:
            return [one for one in work.staff.with_role(actor.office_id, Role.OFFICER) if one.id != actor.id]

    def officers(self, actor: Actor) -> list[Actor]:
        """Return the active enforcement officers of the actor's office."""
        with self.store.begin() as work:
            return list(work.staff.with_role(actor.office_id, Role.OFFICER))

    def names(self, actor: Actor, staff_ids: Collection[int]) -> dict[int, tuple[str, str]]:
        """Return the names (en, zh) of these members of the actor's office, those who left too."""
        with self.store.begin() as work:
            found = [one.actor for one in work.staff.of_office(actor.office_id)]
        return {one.id: (one.name_en, one.name_zh) for one in found if one.id in staff_ids}

    def directory(self, actor: Actor) -> list[StaffMember]:
        """Return everybody who works, or worked, at the actor's office. Raises ``NotPermitted``."""
        check_permission(actor, Permission.MANAGE_STAFF)
        with self.store.begin() as work:
            return list(work.staff.of_office(actor.office_id))

    def _event(self, member: StaffMember, action: str) -> AuditEvent:
        return AuditEvent(
            key=f"sign_in:{uuid.uuid4()}",
            at=self.time.now(),
            actor_id=member.actor.id,
            office_id=member.actor.office_id,
            action=action,
        )
