"""Choosing a password: by the person alone, never by an administrator."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.passwords import GUESSABLE, composed, password_fault
from caseflow.domain.words import Words
from caseflow.services.ports import BusinessTime, PasswordHasher, Store, UnitOfWork
from caseflow.services.ports.sessions import Ended
from caseflow.services.ports.staff import PasswordJudge
from caseflow.services.rate_limits import SECOND_FACTOR, RateLimits, TooManyAttempts, counted
from caseflow.services.security_notices import Told, tell, tell_of_refused

OLD, NEW, AGAIN = "old", "new", "again"


class PasswordRefused(Exception):
    """The password cannot be set: ``faults`` are the fields of the form (old, new, again) and what is wrong there."""

    def __init__(self, faults: tuple[tuple[str, Words], ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(words.en for _field, words in faults))


@dataclass(frozen=True)
class PasswordChange:
    """The use cases that set a password."""

    store: Store
    time: BusinessTime
    hasher: PasswordHasher
    judge: PasswordJudge
    limits: RateLimits

    def set_password(
        self, work: UnitOfWork, actor: Actor, password: str, why: str, *, session_id: int | None = None
    ) -> None:
        """Set the password the person chose and end their sessions but ``session_id``; the caller commits.

        ``why`` is how it came to it (``changed``, ``enrolled``), for the record. Raises :class:`PasswordRefused` with
        the field ``new``.
        """
        fault = self._fault(actor, password)
        if fault is not None:
            raise PasswordRefused(((NEW, fault),))
        work.staff.set_password_hash(
            actor.id, self.hasher.hash(composed(password)), self._event(actor, "password_set", {"why": why})
        )
        work.sessions.end_all(
            actor.id,
            self.time.real_now(),
            Ended.PASSWORD_CHANGED,
            self._event(actor, "sessions_ended", {"why": Ended.PASSWORD_CHANGED.value}),
            session_id,
        )
        tell(work, actor, Told.PASSWORD_CHANGED)

    def change(self, actor: Actor, session_id: int, old: str, new: str, again: str) -> None:
        """Change the actor's own password. Raises :class:`PasswordRefused`; other sessions of theirs end."""
        try:
            attempt = self.limits.take(counted(SECOND_FACTOR, actor.id))
        except TooManyAttempts:
            raise PasswordRefused(((OLD, TOO_MANY),)) from None
        with self.store.begin() as work:
            member = work.staff.by_id(actor.id)
            if member is None or not self.hasher.verify(member.password_hash, composed(old)):
                event = self._event(actor, "password_change_refused")
                tell_of_refused(work, actor, work.staff.record_sign_in(actor.id, ok=False, event=event))
                work.commit()
                raise PasswordRefused(((OLD, WRONG),))
            if new != again:
                raise PasswordRefused(((AGAIN, UNLIKE),))
            if composed(new) == composed(old):
                raise PasswordRefused(((NEW, SAME),))
            self.set_password(work, actor, new, "changed", session_id=session_id)
            work.commit()
        self.limits.succeeded(attempt)

    def _fault(self, actor: Actor, password: str) -> Words | None:
        fault = password_fault(composed(password), actor.login)
        if fault is None and self.judge.is_guessable(composed(password), (actor.login, actor.name_en, actor.name_zh)):
            return GUESSABLE
        return fault

    def _event(self, actor: Actor, action: str, body: Mapping[str, Any] | None = None) -> AuditEvent:
        return AuditEvent.by(actor, self.time.now(), f"{action}:{uuid.uuid4()}", action, body or {})


WRONG = Words("This is not your password now.", "这不是您现在的密码。")
UNLIKE = Words("It is not what you wrote above: write the same twice.", "与上面填写的不一致：请两次填写相同的密码。")
SAME = Words("It is the password you have now: choose another.", "与现在的密码相同：请另选一个。")
TOO_MANY = Words(
    "Too many attempts were wrong. Wait a quarter of an hour and try again.", "错误次数过多。请一刻钟后再试。"
)
