"""Signing in through an OpenID provider: it says who somebody is, and never what they may do here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.openid import BoundIdentity, OpenIdProvider, OpenIdRefused, Proven
from caseflow.services.security_notices import Told, tell
from caseflow.services.staff_access import SignInRefused, SignInStep, StaffAccess, Visit

OPENID: Final = "openid"
OPENID_SEVERAL: Final = "openid_mfa"
BACK_WITHIN: Final = timedelta(minutes=10)


class NobodyHere(Exception):
    """The provider knows them, but nobody who works here is known under what it says."""


@dataclass(frozen=True)
class PasswordWanted:
    """The first sign-in: whoever is ``login`` here confirms with their password once that they are who is there.

    ``kept`` is what the browser keeps, signed, until then.
    """

    login: str
    kept: Mapping[str, Any]


@dataclass(frozen=True)
class OpenIdSignIn:
    """The use cases; ``provider`` is None where none is configured."""

    store: Store
    time: BusinessTime
    access: StaffAccess
    provider: OpenIdProvider | None

    @property
    def is_offered(self) -> bool:
        """Tell whether a provider is configured."""
        return self.provider is not None

    def start(self) -> tuple[str, Mapping[str, Any]]:
        """Return where the browser is sent and what it keeps. Raises ``OpenIdRefused`` and ``OpenIdUnreachable``."""
        address, kept = self._provider().start()
        return address, {**kept, "at": self.time.real_now().timestamp()}

    def come_back(
        self, came_back: Mapping[str, str], kept: Mapping[str, Any], visit: Visit
    ) -> SignInStep | PasswordWanted:
        """Take what came back: whom it proves goes on with the sign-in, or confirms once who they are here.

        Nobody is ever created, and no claim gives a role. Raises ``OpenIdRefused``, ``OpenIdUnreachable``,
        :class:`NobodyHere`.
        """
        provider = self._provider()
        try:
            self._in_time(kept)
            proven = provider.finish(came_back, kept)
        except OpenIdRefused as refusal:
            self._note("openid_refused", {"why": str(refusal)})
            raise
        with self.store.begin() as work:
            bound = work.identities.bound_to(proven.issuer, proven.subject)
            if bound is not None:
                member = work.staff.by_id(bound.staff_id, self.time.today())
                if member is None or not member.active:
                    raise NobodyHere
                methods = (OPENID_SEVERAL,) if proven.second_factor else (OPENID,)
                step: SignInStep = (
                    self.access.enter(work, member.actor, methods, visit)
                    if proven.second_factor
                    else self.access.go_on(work, member.actor, methods, visit)
                )
                work.commit()
                return step
            member = work.staff.by_login(proven.login) if proven.login else None
        if member is None or not member.active:
            self._note("openid_nobody", {"issuer": proven.issuer})
            raise NobodyHere
        return PasswordWanted(proven.login, self._to_confirm(proven))

    def confirm(self, password: str, kept: Mapping[str, Any], visit: Visit) -> SignInStep:
        """Bind who the provider proved to whom the password proves, and go on as after a password.

        Raises ``SignInRefused`` for a wrong password, and ``OpenIdRefused`` where nothing waits for one any more.
        """
        self._in_time(kept)
        login, issuer, subject = (str(kept.get(name, "")) for name in ("login", "issuer", "subject"))
        if not login or not issuer or not subject:
            message = "nothing waits for a password"
            raise OpenIdRefused(message)
        step = self.access.sign_in(login, password, visit)
        with self.store.begin() as work:
            event = self._event(step.actor, "openid_bound", {"issuer": issuer})
            if not work.identities.bind(step.actor.id, issuer, subject, event):
                # Bound meanwhile, or this person is bound to somebody else at the provider: that is taken back first.
                raise SignInRefused
            tell(work, step.actor, Told.OPENID_BOUND)
            work.commit()
        return step

    def mine(self, actor: Actor) -> Sequence[BoundIdentity]:
        """Return who the actor is at providers. Raises ``NotPermitted``."""
        check_permission(actor, Permission.SEE_DESK)
        with self.store.begin() as work:
            return work.identities.of_staff(actor.id)

    def unbind(self, actor: Actor, identity_id: int) -> bool:
        """Let a provider say nothing more of the actor; False where it says nothing. Raises ``NotPermitted``."""
        check_permission(actor, Permission.SEE_DESK)
        with self.store.begin() as work:
            event = self._event(actor, "openid_unbound", {"identity": identity_id})
            if not work.identities.unbind(actor.id, identity_id, self.time.real_now(), event):
                return False
            tell(work, actor, Told.OPENID_UNBOUND)
            work.commit()
        return True

    def _provider(self) -> OpenIdProvider:
        if self.provider is None:
            message = "no provider is configured"
            raise OpenIdRefused(message)
        return self.provider

    def _to_confirm(self, proven: Proven) -> Mapping[str, Any]:
        at = self.time.real_now().timestamp()
        return {"login": proven.login, "issuer": proven.issuer, "subject": proven.subject, "at": at}

    def _in_time(self, kept: Mapping[str, Any]) -> None:
        at = kept.get("at")
        if not isinstance(at, float):
            message = "nothing was begun in this browser"
            raise OpenIdRefused(message)
        if not timedelta(0) <= self.time.real_now() - datetime.fromtimestamp(at, UTC) <= BACK_WITHIN:
            message = "it took too long"
            raise OpenIdRefused(message)

    def _note(self, action: str, body: Mapping[str, Any]) -> None:
        with self.store.begin() as work:
            event = AuditEvent(f"{action}:{uuid.uuid4()}", self.time.now(), None, None, action, body=body)
            work.identities.note(event)
            work.commit()

    def _event(self, actor: Actor, action: str, body: Mapping[str, Any]) -> AuditEvent:
        return AuditEvent.by(actor, self.time.now(), f"{action}:{uuid.uuid4()}", action, body)
