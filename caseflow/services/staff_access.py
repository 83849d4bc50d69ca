"""Signing in, and who is signed in."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from caseflow.domain.access import Actor, Permission, Role, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.passwords import composed
from caseflow.services.installation import TRAINING
from caseflow.services.ports import BusinessTime, PasswordHasher, StaffMember, Store, UnitOfWork
from caseflow.services.ports.rate_limits import Counted
from caseflow.services.ports.sessions import Ended, MemberAtWork, NewSession, StaffSession, Stage
from caseflow.services.rate_limits import (
    ADDRESS,
    DENIED,
    LOGIN,
    LOGIN_FROM_ADDRESS,
    SECOND_FACTOR,
    Attempt,
    RateLimits,
    TooManyAttempts,
    counted,
)
from caseflow.services.security_notices import tell_of_refused
from caseflow.services.sign_in_methods import SecondFactor

# Bounds of what an administrator may set; see caseflow.config.
LONGEST_SESSION: Final = timedelta(hours=12)
HALF_WAY_FOR: Final = timedelta(minutes=10)
CONFIRMED_FOR: Final = timedelta(minutes=15)
PASSWORD: Final = "password"  # noqa: S105 - the name of a method, no password
TOKEN_BYTES: Final = 32


class SignInRefused(Exception):
    """What was given does not prove who it is; the reason is not told apart.

    ``until`` is the real moment (UTC) from when the next attempt is looked at, where one has to wait.
    """

    def __init__(self, until: datetime | None = None) -> None:
        self.until = until
        super().__init__("refused" if until is None else f"refused until {until.isoformat()}")


@dataclass(frozen=True)
class Visit:
    """Where a sign-in comes from: the network address, and the family of the browser (no more is kept of it)."""

    address: str = ""
    browser: str = ""


@dataclass(frozen=True)
class SignedInNow:
    """The sign-in is done. ``token`` goes into the cookie and nowhere else."""

    actor: Actor
    token: str
    session: StaffSession


@dataclass(frozen=True)
class SecondFactorWanted:
    """The password was right; one of ``methods`` (names) is wanted. ``token`` is that of the half-way sign-in."""

    actor: Actor
    token: str
    methods: tuple[str, ...]


@dataclass(frozen=True)
class EnrolmentWanted:
    """The password was right, but this database asks for a second factor and they have none yet."""

    actor: Actor
    token: str


SignInStep = SignedInNow | SecondFactorWanted | EnrolmentWanted


@dataclass(frozen=True)
class StaffAccess:
    """The use cases behind sign-in. ``methods`` are the second factors, in the order a page offers them."""

    store: Store
    time: BusinessTime
    passwords: PasswordHasher
    limits: RateLimits
    methods: tuple[SecondFactor, ...] = ()

    def sign_in(self, login: str, password: str, visit: Visit = Visit()) -> SignInStep:
        """Take a login and a password. Raises :class:`SignInRefused`, in about the same time for an unknown login."""
        known = login.strip().lower()
        own = (counted(LOGIN_FROM_ADDRESS, known, visit.address), counted(LOGIN, known))
        attempt = self._take(*own, shared=(counted(ADDRESS, visit.address),))
        with self.store.begin() as work:
            member = work.staff.by_login(known)
            stored = member.password_hash if member else self.passwords.unknown_hash()
            right = self.passwords.verify(stored, composed(password))
            if member is None or not right or not member.active:
                self._note_refused(work, member.actor if member else None, "refused")
                work.commit()
                raise SignInRefused
            if self.passwords.is_outdated(stored):
                self._keep_hash(work, member.actor, self.passwords.hash(composed(password)))
            step = self._go_on(work, member.actor, visit)
            work.commit()
        self.limits.succeeded(attempt)
        return step

    def second_factor(
        self, token: str, method: str, given: Mapping[str, str], kept: Mapping[str, Any], visit: Visit
    ) -> SignedInNow:
        """Take the second factor of a half-way sign-in. Raises :class:`SignInRefused`."""
        half = self.half_way(token, Stage.SECOND_FACTOR)
        if half is None:
            raise SignInRefused
        actor = half.member.actor
        attempt = self._take(counted(SECOND_FACTOR, actor.id))
        with self.store.begin() as work:
            proof = self._enrolled(work, actor.id).get(method)
            if proof is None or not proof.finish(work, actor, given, kept):
                self._note_refused(work, actor, "second_factor_refused")
                work.commit()
                raise SignInRefused
            done = self._complete(work, half.session, actor, (*half.session.methods, method), visit)
            work.commit()
        self.limits.succeeded(attempt)
        return done

    def go_on_after_enrolment(self, token: str, method: str, visit: Visit) -> SignedInNow:
        """Open the session of somebody who just enrolled ``method``. Raises :class:`SignInRefused` if they did not."""
        half = self.half_way(token, Stage.ENROLMENT)
        if half is None:
            raise SignInRefused
        actor = half.member.actor
        with self.store.begin() as work:
            enrolled = self._enrolled(work, actor.id).get(method)
            if enrolled is None or not enrolled.suffices:
                raise SignInRefused
            done = self._complete(work, half.session, actor, (*half.session.methods, method), visit)
            work.commit()
        return done

    def enter(self, work: UnitOfWork, actor: Actor, methods: tuple[str, ...], visit: Visit) -> SignedInNow:
        """Open a session for who proved themselves by ``methods`` that are enough (a passkey); the caller commits.

        It is for ways in that look at no password. The caller has made sure that the person is active.
        """
        return self._open(work, actor, methods, visit)

    def go_on(self, work: UnitOfWork, actor: Actor, methods: tuple[str, ...], visit: Visit) -> SignInStep:
        """Go on as after a password with who proved themselves by ``methods`` that are one factor; the caller commits.

        The caller has made sure that the person is active.
        """
        return self._go_on(work, actor, visit, methods)

    def half_way(self, token: str, stage: Stage) -> MemberAtWork | None:
        """Return whose sign-in stands at this stage; None where there is none, or it is older than ten minutes."""
        return self._read(token, HALF_WAY_FOR, stage)

    def factors_of(self, staff_id: int) -> tuple[SecondFactor, ...]:
        """Return the second factors this member of staff can use now."""
        with self.store.begin() as work:
            return tuple(self._enrolled(work, staff_id).values())

    def begin_factor(self, actor: Actor, method: str) -> Mapping[str, Any]:
        """Return what the page of a factor must keep in the signed session until it is finished."""
        with self.store.begin() as work:
            proof = self._enrolled(work, actor.id).get(method)
            return proof.begin(work, actor) if proof is not None else {}

    def confirm(
        self, actor: Actor, session_id: int, method: str, given: Mapping[str, str], kept: Mapping[str, Any]
    ) -> None:
        """Let who is signed in prove anew who they are, by password or second factor. Raises ``SignInRefused``."""
        attempt = self._take(counted(SECOND_FACTOR, actor.id))
        with self.store.begin() as work:
            if not self._proves(work, actor, method, given, kept):
                self._note_refused(work, actor, "confirmation_refused")
                work.commit()
                raise SignInRefused
            event = self._event(actor, "session_confirmed", {"session": session_id, "method": method})
            work.sessions.confirm(session_id, self.time.real_now(), event)
            work.commit()
        self.limits.succeeded(attempt)

    def sign_out(self, actor: Actor, session_id: int) -> None:
        """End the session, so that a copy of its cookie is worth nothing."""
        with self.store.begin() as work:
            event = self._event(actor, "signed_out", {"session": session_id})
            work.sessions.end(session_id, actor.id, self.time.real_now(), Ended.SIGNED_OUT, event)
            work.commit()

    def note_denied(self, actor: Actor, where: str) -> None:
        """Record that somebody signed in was refused what their desk does not include; ``where`` names the page.

        Of one person at one page a first refusal is recorded, and then one more for each growing wait.
        """
        try:
            self.limits.take(counted(DENIED, actor.id, where))
        except TooManyAttempts:
            return
        with self.store.begin() as work:
            work.staff.note(self._event(actor, "access_denied", {"where": where}))
            work.commit()

    def at_work(self, token: str, longest: timedelta = LONGEST_SESSION) -> MemberAtWork | None:
        """Return who is signed in by this token, as they are now; None when the session ended or they have left."""
        return self._read(token, longest, Stage.OPEN)

    def signed_in(self, staff_id: int) -> Actor | None:
        """Return a member of staff with the roles they hold or are lent now; None when they have left."""
        with self.store.begin() as work:
            member = work.staff.by_id(staff_id, self.time.today())
        return member.actor if member is not None and member.active else None

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

    def _take(self, *own: Counted, shared: Sequence[Counted] = ()) -> Attempt:
        try:
            return self.limits.take(*own, shared=shared)
        except TooManyAttempts as waits:
            raise SignInRefused(waits.until) from None

    def _read(self, token: str, longest: timedelta, stage: Stage) -> MemberAtWork | None:
        with self.store.begin() as work:
            return work.sessions.read(hashed(token), self.time.today(), self.time.real_now() - longest, stage)

    def _enrolled(self, work: UnitOfWork, staff_id: int) -> dict[str, SecondFactor]:
        return {one.name: one for one in self.methods if one.is_enrolled(work, staff_id)}

    def _proves(
        self, work: UnitOfWork, actor: Actor, method: str, given: Mapping[str, str], kept: Mapping[str, Any]
    ) -> bool:
        if method == PASSWORD:
            member = work.staff.by_id(actor.id)
            return member is not None and self.passwords.verify(
                member.password_hash, composed(given.get("password", ""))
            )
        proof = self._enrolled(work, actor.id).get(method)
        return proof is not None and proof.finish(work, actor, given, kept)

    def _go_on(
        self, work: UnitOfWork, actor: Actor, visit: Visit, methods: tuple[str, ...] = (PASSWORD,)
    ) -> SignInStep:
        enrolled = self._enrolled(work, actor.id)
        if any(one.suffices for one in enrolled.values()):
            event = self._event(actor, "second_factor_wanted")
            token, _session = self._new_session(work, actor, methods, visit, Stage.SECOND_FACTOR, event)
            return SecondFactorWanted(actor, token, tuple(enrolled))
        stamp = work.installation.get()
        if stamp is None or stamp.kind != TRAINING:
            event = self._event(actor, "enrolment_wanted")
            token, _session = self._new_session(work, actor, methods, visit, Stage.ENROLMENT, event)
            return EnrolmentWanted(actor, token)
        return self._open(work, actor, methods, visit)

    def _complete(
        self, work: UnitOfWork, half: StaffSession, actor: Actor, methods: tuple[str, ...], visit: Visit
    ) -> SignedInNow:
        event = self._event(actor, "sign_in_completed", {"session": half.id})
        if not work.sessions.end(half.id, actor.id, self.time.real_now(), Ended.WENT_ON, event):
            # Twice at once: one of the two goes on.
            raise SignInRefused
        return self._open(work, actor, methods, visit)

    def _open(self, work: UnitOfWork, actor: Actor, methods: tuple[str, ...], visit: Visit) -> SignedInNow:
        event = self._event(actor, "signed_in", {"methods": list(methods)})
        work.staff.record_sign_in(actor.id, ok=True)
        token, session = self._new_session(work, actor, methods, visit, Stage.OPEN, event)
        return SignedInNow(actor, token, session)

    def _new_session(
        self, work: UnitOfWork, actor: Actor, methods: tuple[str, ...], visit: Visit, stage: Stage, event: AuditEvent
    ) -> tuple[str, StaffSession]:
        token, at = secrets.token_urlsafe(TOKEN_BYTES), self.time.real_now()
        new = NewSession(hashed(token), actor.id, actor.office_id, at, methods, visit.browser, stage)
        session_id = work.sessions.open(new, event)
        return token, StaffSession(session_id, actor.id, actor.office_id, stage, at, at, methods, visit.browser)

    def _keep_hash(self, work: UnitOfWork, actor: Actor, password_hash: str) -> None:
        work.staff.set_password_hash(actor.id, password_hash, self._event(actor, "password_hashed_anew"))

    def _note_refused(self, work: UnitOfWork, actor: Actor | None, action: str) -> None:
        refused = work.staff.record_sign_in(actor.id if actor else None, ok=False, event=self._event(actor, action))
        if actor is not None:
            tell_of_refused(work, actor, refused)

    def _event(self, actor: Actor | None, action: str, body: Mapping[str, Any] | None = None) -> AuditEvent:
        return AuditEvent(
            key=f"sign_in:{uuid.uuid4()}",
            at=self.time.now(),
            actor_id=actor.id if actor else None,
            office_id=actor.office_id if actor else None,
            action=action,
            body=dict(body or {}),
        )


def hashed(token: str) -> bytes:
    """Return what the database keeps of a token: its SHA-256. A random token of 256 bits needs no slow hash."""
    return hashlib.sha256(token.encode()).digest()
