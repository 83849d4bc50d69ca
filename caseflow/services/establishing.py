"""Setting an office up: the stamp of a production database, the office, its people."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from caseflow.domain.access import Actor, Permission, Role, may, roles_apart
from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import Chart
from caseflow.domain.mail_address import address_fault
from caseflow.domain.passwords import GUESSABLE, composed, password_fault
from caseflow.services.installation import PRODUCTION, Installations
from caseflow.services.ports import BusinessTime, NewStaff, PasswordHasher, Store, UnitOfWork
from caseflow.services.ports.staff import PasswordJudge


class StaffRefused(Exception):
    """The person cannot be added; the message says why and what to do."""


@dataclass(frozen=True)
class NewPerson:
    """A person to add. ``office_titles`` are the English and Chinese names of an office that is new."""

    login: str
    name_en: str
    name_zh: str
    roles: tuple[Role, ...]
    password: str
    office_code: str
    office_titles: tuple[str, str] | None = None
    email: str | None = None


@dataclass(frozen=True)
class Establishment:
    """The use cases of whoever runs the server, before anybody can sign in."""

    store: Store
    time: BusinessTime
    passwords: PasswordHasher
    chart: Chart
    judge: PasswordJudge

    def begin_production(self) -> bool:
        """Stamp an unstamped database production; return whether it still has no staff."""
        Installations(self.store, self.time).stamp(PRODUCTION)
        with self.store.begin() as work:
            return work.staff.is_empty()

    def add(self, person: NewPerson) -> None:
        """Add a person, and their office where it is new.

        An administrator reads no case, so that role goes with no other; cashier and payer are two persons. The password
        keeps the rules of every other. Raises :class:`StaffRefused`.
        """
        apart = roles_apart(person.roles)
        if apart is not None:
            raise StaffRefused(apart.en)
        _check_address(person.email)
        password, about = composed(person.password), (person.login, person.name_en, person.name_zh)
        fault = password_fault(password, person.login)
        if fault is None and self.judge.is_guessable(password, about):
            fault = GUESSABLE
        if fault is not None:
            message = f"the password cannot be taken: {fault.en[0].lower()}{fault.en[1:]}"
            raise StaffRefused(message)
        with self.store.begin() as work:
            if work.staff.by_login(person.login) is not None:
                message = f"somebody with the login {person.login} is there already"
                raise StaffRefused(message)
            office_id = work.staff.office_with(person.office_code)
            if office_id is None:
                if person.office_titles is None:
                    message = f"there is no office {person.office_code} yet: give --office-en and --office-zh too"
                    raise StaffRefused(message)
                added = self._event("office_added", {"code": person.office_code})
                office_id = work.staff.add_office(person.office_code, *person.office_titles, added)
                work.ledger.open_accounts(office_id, self.chart.accounts)
            new = NewStaff(
                office_id,
                person.login,
                person.name_en,
                person.name_zh,
                self.passwords.hash(password),
                tuple(dict.fromkeys(person.roles)),
                email=person.email,
            )
            body = {"login": person.login, "roles": [role.value for role in person.roles], "email": person.email}
            work.staff.add(new, self._event("staff_added", body, office_id))
            work.commit()

    def set_email(self, login: str, email: str | None) -> None:
        """Say where the reminders of a person go by mail; None: nowhere. Raises :class:`StaffRefused`."""
        _check_address(email)
        with self.store.begin() as work:
            actor = _working(work, login)
            wish = replace(work.staff.mail_wish(actor.id), email=email)
            event = self._event("staff_email_set", {"login": actor.login, "email": email}, actor.office_id)
            work.staff.set_mail_wish(actor.id, wish, event)
            work.commit()

    def set_head(self, login: str) -> None:
        """Name a person head of their office, to whom escalations go in the end. Raises :class:`StaffRefused`."""
        with self.store.begin() as work:
            actor = _working(work, login)
            if not may(actor, Permission.READ_CASES) or Role.AUDITOR in actor.roles:
                message = f"{actor.login} takes no part in cases (or audits them), so escalations cannot go there"
                raise StaffRefused(message)
            event = self._event("office_head_named", {"login": actor.login}, actor.office_id)
            work.staff.set_head(actor.office_id, actor.id, event)
            work.commit()

    def _event(self, action: str, body: dict[str, Any], office_id: int | None = None) -> AuditEvent:
        return AuditEvent(f"{action}:{uuid.uuid4()}", self.time.now(), None, office_id, action, body=body)


def _check_address(email: str | None) -> None:
    fault = address_fault(email) if email is not None else None
    if fault is not None:
        message = f"'{email}' is no mail address: {fault.en[0].lower()}{fault.en[1:]}"
        raise StaffRefused(message)


def _working(work: UnitOfWork, login: str) -> Actor:
    member = work.staff.by_login(login.strip().lower())
    if member is None or not member.active:
        message = f"nobody with the login {login} works here"
        raise StaffRefused(message)
    return member.actor
