"""Letting people in, giving and taking roles, and leaving: what an administrator proposes and another confirms."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from caseflow.domain.access import Actor, NotPermitted, Permission, Role, check_permission, may
from caseflow.domain.audit import AuditEvent
from caseflow.domain.duties import Matter, Part
from caseflow.domain.grants import (
    MOST_WAITING,
    Fault,
    GrantKind,
    GrantRefused,
    NewColleague,
    Standing,
    colleague_faults,
    nobody_confirms,
    reason_faults,
    role_faults,
    second_persons,
)
from caseflow.domain.words import Words
from caseflow.services.cases import KeyReused
from caseflow.services.duties import check_duties
from caseflow.services.enrolment import IssuedCode, issue_code
from caseflow.services.ports import AlreadyWritten, BusinessTime, NewStaff, PasswordHasher, Store, UnitOfWork
from caseflow.services.ports.grants import Grant, NewGrant, OpenWork, Person

PAGE_SIZE = 50
MOST_PEOPLE = 500
_YOURSELF = Words(
    "Another administrator does this for you: nobody changes their own access",
    "须由其他系统管理员办理：任何人不得变更本人的权限",
)
_GONE = Words("The person has left: propose their return first", "该人员已离岗，请先申请恢复")
_DECIDED = Words("It was decided already", "该申请已有决定")
_AWAY = Words("The person does not work here now", "该人员目前不在岗")


class NoSuchPerson(LookupError):
    """Nobody of the actor's office."""


class NoSuchGrant(LookupError):
    """No such grant in the actor's office."""


@dataclass(frozen=True)
class Waiting:
    """What waits for a second person, and whether the one who looks may be that person."""

    grant: Grant
    may_confirm: bool
    may_take_back: bool


@dataclass(frozen=True)
class PersonPage:
    """Somebody with what was granted to them, newest first; ``open_cases`` counts theirs, up to a page."""

    person: Person
    grants: Sequence[Grant]
    open_cases: int
    yourself: bool
    nobody_confirms: Words | None


@dataclass(frozen=True)
class Confirmed:
    """A confirmed grant; ``code`` lets the person set a password, and is seen this once by who confirmed."""

    grant: Grant
    code: IssuedCode | None


def _no_sessions(_work: UnitOfWork, _staff_id: int, _by: Actor) -> None:
    """End nothing: whoever is not active is asked for at every request."""


@dataclass(frozen=True)
class Grants:
    """The use cases of grants. ``end_sessions`` ends every session of somebody, within the transaction."""

    store: Store
    time: BusinessTime
    passwords: PasswordHasher
    end_sessions: Callable[[UnitOfWork, int, Actor], None] = _no_sessions

    def people(self, actor: Actor) -> Sequence[Person]:
        """Return everybody of the office. Raises ``NotPermitted``."""
        check_permission(actor, Permission.MANAGE_STAFF)
        with self.store.begin() as work:
            return work.grants.people(actor.office_id, MOST_PEOPLE)

    def person(self, actor: Actor, staff_id: int) -> PersonPage:
        """Return somebody of the office. Raises ``NotPermitted``, :class:`NoSuchPerson`."""
        check_permission(actor, Permission.MANAGE_STAFF)
        with self.store.begin() as work:
            person = _person(work, actor, staff_id)
            grants = work.grants.newest(actor.office_id, staff_id=staff_id, before_id=None, limit=PAGE_SIZE)
            at_work = _at_work(work, actor)
            # An administrator learns how much is left over, and no case.
            left_over = work.grants.open_work(actor.office_id, staff_id=staff_id, after_id=0, limit=PAGE_SIZE)
        return PersonPage(
            person, grants, len(left_over), staff_id == actor.id, nobody_confirms(at_work, actor.id, staff_id)
        )

    def let_in(self, actor: Actor, new: NewColleague) -> int:
        """Propose somebody new with their roles; return their id. They may do nothing until another person confirms.

        A repeated request answers its first result. Raises ``NotPermitted``, ``GrantRefused`` (each field named),
        ``KeyReused``.
        """
        check_duties(actor, Permission.MANAGE_STAFF)
        with self.store.begin() as work:
            work.grants.lock(actor.office_id)
            first = work.grants.by_key(_key(new.idempotency_key, 0))
            if first is not None:
                if first.login != new.login or first.office_id != actor.office_id:
                    raise KeyReused(new.idempotency_key)
                return first.staff_id
            faults = colleague_faults(new, login_taken=work.staff.by_login(new.login) is not None)
            if faults:
                raise GrantRefused(*faults)
            body = {"login": new.login, "email": new.email or None, "reason": new.reason}
            person = NewStaff(
                actor.office_id,
                new.login,
                new.name_en,
                new.name_zh,
                self.passwords.unknown_hash(),
                (),
                email=new.email or None,
                active=False,
            )
            staff_id = work.staff.add(person, self._event(actor, "staff_proposed", staff_id=None, body=body))
            check_duties(actor, Permission.MANAGE_STAFF, (Part.PROPOSER,), Matter({Part.RECEIVER: (staff_id,)}))
            for place, role in enumerate(dict.fromkeys(new.roles)):
                key = _key(new.idempotency_key, place)
                self._propose(
                    work,
                    actor,
                    NewGrant(actor.office_id, staff_id, GrantKind.ROLE, role, new.reason, key),
                )
            work.commit()
        return staff_id

    def propose_role(self, actor: Actor, staff_id: int, role: Role, reason: str, *, key: str) -> None:
        """Propose a further role. A repeated request changes nothing.

        Raises ``NotPermitted``, :class:`NoSuchPerson`, ``GrantRefused``, ``DutiesRefused``, ``KeyReused``.
        """
        self._ask(actor, staff_id, GrantKind.ROLE, role, reason, key)

    def propose_return(self, actor: Actor, staff_id: int, reason: str, *, key: str) -> None:
        """Propose that somebody who left comes back with the roles they held. Raises as :meth:`propose_role`."""
        self._ask(actor, staff_id, GrantKind.RETURN, None, reason, key)

    def propose_code(self, actor: Actor, staff_id: int, reason: str, *, key: str) -> None:
        """Propose that somebody sets a password anew: a second person gets the code. As :meth:`propose_role`."""
        self._ask(actor, staff_id, GrantKind.ENROL, None, reason, key)

    def _ask(self, actor: Actor, staff_id: int, kind: GrantKind, role: Role | None, reason: str, key: str) -> None:
        check_duties(actor, Permission.MANAGE_STAFF, (Part.PROPOSER,), Matter({Part.RECEIVER: (staff_id,)}))
        reason, new_key = reason.strip(), _key(key, 0)
        try:
            with self.store.begin() as work:
                work.grants.lock(actor.office_id)
                first = work.grants.by_key(new_key)
                if first is not None:
                    if (first.staff_id, first.kind, first.role) != (staff_id, kind, role):
                        raise KeyReused(key)
                    return
                faults = reason_faults(reason) + self._state_faults(work, actor, staff_id, kind, role)
                if faults:
                    raise GrantRefused(*faults)
                self._propose(work, actor, NewGrant(actor.office_id, staff_id, kind, role, reason, new_key))
                work.commit()
        except AlreadyWritten:
            raise KeyReused(key) from None

    def _state_faults(
        self, work: UnitOfWork, actor: Actor, staff_id: int, kind: GrantKind, role: Role | None
    ) -> list[Fault]:
        person = _person(work, actor, staff_id)
        waiting = work.grants.waiting(actor.office_id, MOST_WAITING, staff_id)
        if kind is GrantKind.RETURN:
            if person.left_at is None or person.active:
                return [Fault("", "not_left", Words("The person has not left", "该人员并未离岗"))]
        elif person.left_at is not None and not person.active:
            return [Fault("", "left", _GONE)]
        elif kind is GrantKind.ENROL and not person.active:
            return [Fault("", "not_in", _AWAY)]
        if role is not None:
            return role_faults(role, person.roles, [one.role for one in waiting if one.role is not None])
        if any(one.kind is kind for one in waiting):
            return [Fault("", "waiting", Words("This waits for its second person already", "该申请已待确认"))]
        return []

    def _propose(self, work: UnitOfWork, actor: Actor, new: NewGrant) -> None:
        body = {"kind": new.kind.value, "role": new.role.value if new.role else None, "reason": new.reason}
        event = self._event(actor, "grant_proposed", new.staff_id, body, key=new.key)
        work.grants.propose(new, event)

    def waiting(self, actor: Actor) -> Sequence[Waiting]:
        """Return what waits for a second person, oldest first. Raises ``NotPermitted``."""
        check_permission(actor, Permission.CONFIRM_GRANTS)
        with self.store.begin() as work:
            found = work.grants.waiting(actor.office_id, MOST_WAITING)
            at_work = _at_work(work, actor) if found else []
        return [
            Waiting(
                one,
                actor.id in second_persons(at_work, one.proposed_by or 0, one.staff_id),
                one.proposed_by == actor.id,
            )
            for one in found
        ]

    def history(self, actor: Actor, before_id: int | None = None) -> tuple[Sequence[Grant], int | None]:
        """Return the grants of the office, newest first, and the key that continues them. Raises ``NotPermitted``."""
        check_permission(actor, Permission.CONFIRM_GRANTS)
        with self.store.begin() as work:
            found = work.grants.newest(actor.office_id, staff_id=None, before_id=before_id, limit=PAGE_SIZE + 1)
        return found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None

    def confirm(self, actor: Actor, grant_id: int) -> Confirmed:
        """Confirm a grant; it takes effect at once.

        Raises ``NotPermitted``, :class:`NoSuchGrant`, ``GrantRefused``, ``DutiesRefused`` (one's own proposal, a grant
        to oneself).
        """
        check_permission(actor, Permission.CONFIRM_GRANTS)
        with self.store.begin() as work:
            work.grants.lock(actor.office_id)
            grant = _grant(work, actor, grant_id)
            had = {Part.PROPOSER: (grant.proposed_by,) if grant.proposed_by else (), Part.RECEIVER: (grant.staff_id,)}
            check_duties(actor, Permission.CONFIRM_GRANTS, (Part.CONFIRMER,), Matter(had))
            if actor.id not in second_persons(_at_work(work, actor), grant.proposed_by or 0, grant.staff_id):
                raise NotPermitted(actor, Permission.CONFIRM_GRANTS)
            if grant.standing is not Standing.WAITING:
                raise GrantRefused(Fault("", "decided", _DECIDED))
            person = _person(work, actor, grant.staff_id)
            self._check_still(person, grant)
            body = {"grant": grant.id, "kind": grant.kind.value, "role": grant.role.value if grant.role else None}
            event = self._event(actor, "grant_confirmed", grant.staff_id, body, key=str(grant.id))
            work.grants.confirm(grant, event)
            code = None
            if grant.kind is GrantKind.ENROL or (not person.active and person.left_at is None):
                code = issue_code(work, self.time, actor, grant.staff_id)
            after = _grant(work, actor, grant_id)
            work.commit()
        return Confirmed(after, code)

    def _check_still(self, person: Person, grant: Grant) -> None:
        """Raise ``GrantRefused`` where things have changed since it was proposed."""
        if grant.kind is not GrantKind.RETURN and person.left_at is not None and not person.active:
            raise GrantRefused(Fault("", "left", _GONE))
        faults = role_faults(grant.role, person.roles, ()) if grant.role is not None else []
        if faults:
            raise GrantRefused(*faults)

    def refuse(self, actor: Actor, grant_id: int) -> None:
        """Refuse a grant, or take back one's own proposal. Raises as :meth:`confirm`."""
        check_duties(actor, Permission.CONFIRM_GRANTS)
        with self.store.begin() as work:
            work.grants.lock(actor.office_id)
            grant = _grant(work, actor, grant_id)
            if grant.standing is not Standing.WAITING:
                raise GrantRefused(Fault("", "decided", _DECIDED))
            body = {"grant": grant.id, "kind": grant.kind.value, "role": grant.role.value if grant.role else None}
            event = self._event(actor, "grant_refused", grant.staff_id, body, key=str(grant.id))
            work.grants.refuse([grant.id], event)
            work.commit()

    def withdraw(self, actor: Actor, staff_id: int, role: Role) -> None:
        """Take a role away at once; no second person is asked. Taking away what is not held changes nothing.

        Raises ``NotPermitted``, :class:`NoSuchPerson`, ``GrantRefused`` (one's own).
        """
        check_duties(actor, Permission.MANAGE_STAFF)
        self._check_another(actor, staff_id)
        with self.store.begin() as work:
            work.grants.lock(actor.office_id)
            _person(work, actor, staff_id)
            event = self._event(actor, "role_withdrawn", staff_id, {"role": role.value})
            if work.grants.withdraw(staff_id, role, event):
                work.commit()

    def leave(self, actor: Actor, staff_id: int, reason: str) -> None:
        """Let somebody leave: they act no more from this moment, and their sessions end. Repeated: nothing new.

        What waits about them is refused, and the supervisors are told of their open cases. Raises ``NotPermitted``,
        :class:`NoSuchPerson`, ``GrantRefused`` (oneself, no reason).
        """
        check_duties(actor, Permission.MANAGE_STAFF)
        self._check_another(actor, staff_id)
        reason = reason.strip()
        faults = reason_faults(reason)
        if faults:
            raise GrantRefused(*faults)
        with self.store.begin() as work:
            work.grants.lock(actor.office_id)
            _person(work, actor, staff_id)
            event = self._event(actor, "staff_left", staff_id, {"reason": reason})
            if not work.grants.leave(staff_id, event):
                return
            waiting = [one.id for one in work.grants.waiting(actor.office_id, MOST_WAITING, staff_id)]
            if waiting:
                body = {"grants": waiting, "reason": "left"}
                work.grants.refuse(waiting, self._event(actor, "grants_refused", staff_id, body))
            self.end_sessions(work, staff_id, actor)
            work.commit()

    def left_work(self, actor: Actor, after_id: int = 0) -> tuple[Sequence[OpenWork], int | None]:
        """Return the open cases of those who have left, and the key that continues them. Raises ``NotPermitted``."""
        check_permission(actor, Permission.RECUSE)
        with self.store.begin() as work:
            found = work.grants.open_work(actor.office_id, staff_id=None, after_id=after_id, limit=PAGE_SIZE + 1)
        return found[:PAGE_SIZE], found[PAGE_SIZE - 1].case_id if len(found) > PAGE_SIZE else None

    def _check_another(self, actor: Actor, staff_id: int) -> None:
        if actor.id == staff_id:
            raise GrantRefused(Fault("", "yourself", _YOURSELF))

    def _event(
        self, actor: Actor, action: str, staff_id: int | None, body: Mapping[str, object], *, key: str | None = None
    ) -> AuditEvent:
        said = body if staff_id is None else {"staff": staff_id, **body}
        return AuditEvent.by(actor, self.time.now(), f"{action}:{key or uuid.uuid4()}", action, said)


def may_see_grants(actor: Actor) -> bool:
    """Tell whether the actor may be somebody's second person."""
    return may(actor, Permission.CONFIRM_GRANTS)


def _key(key: str, place: int) -> str:
    return f"{key}:{place}"


def _person(work: UnitOfWork, actor: Actor, staff_id: int) -> Person:
    found = work.grants.people(actor.office_id, 1, staff_id)
    if not found:
        raise NoSuchPerson(staff_id)
    return found[0]


def _grant(work: UnitOfWork, actor: Actor, grant_id: int) -> Grant:
    found = work.grants.get(actor.office_id, grant_id)
    if found is None:
        raise NoSuchGrant(grant_id)
    return found


def _at_work(work: UnitOfWork, actor: Actor) -> list[Actor]:
    return [one.actor for one in work.staff.of_office(actor.office_id) if one.active]
