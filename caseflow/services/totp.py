"""Codes of an authenticator app (RFC 6238): six digits that change every thirty seconds, each good for once."""

from __future__ import annotations

import hmac
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.words import Words
from caseflow.services.installation import TRAINING
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.factors import CODE_SECONDS, TOTP_SECRET, OneTimeCodes
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.ports.sessions import Ended
from caseflow.services.rate_limits import SECOND_FACTOR, RateLimits, TooManyAttempts, counted
from caseflow.services.security_notices import Told, tell

NAME: Final = "totp"
# The clock of a telephone may be half a minute off either way.
DRIFT_STEPS: Final = 1
OFFERED_FOR: Final = timedelta(hours=1)


class CodeRefused(Exception):
    """The code does not fit the secret, or too many were tried; ``words`` say so."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


class NothingOffered(Exception):
    """No secret is offered, or it was offered too long ago: one begins anew."""


class LastFactorStays(Exception):
    """A production database asks for a second factor, and this is the only one."""


@dataclass(frozen=True)
class Offer:
    """A secret to take over into an app: as text in groups of four, and as the address that a QR code holds."""

    secret: str
    uri: str


def typed_code(text: str) -> str:
    """Return a code as it is compared: blanks and hyphens do not count, full-width digits are digits."""
    return "".join(one for one in unicodedata.normalize("NFKC", text) if not one.isspace() and one != "-")


def step_of(codes: OneTimeCodes, secret: str, code: str, at: datetime) -> int | None:
    """Return the time step whose code this is, at most one step off; None where it is none."""
    known, now = typed_code(code), int(at.timestamp()) // CODE_SECONDS
    found = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(codes.at(secret, step).encode(), known.encode()):
            found = step
    return found


@dataclass(frozen=True)
class Totp:
    """Fulfils :class:`caseflow.services.sign_in_methods.SecondFactor`, and the use cases that enrol an app."""

    store: Store
    time: BusinessTime
    cipher: FieldCipher
    codes: OneTimeCodes
    limits: RateLimits

    @property
    def name(self) -> str:
        """Return ``totp``."""
        return NAME

    @property
    def words(self) -> Words:
        """Return what it is called on a page."""
        return Words("Code of an authenticator app", "验证器应用的动态码")

    @property
    def suffices(self) -> bool:
        """Tell that it is a second factor by itself."""
        return True

    def is_enrolled(self, work: UnitOfWork, staff_id: int) -> bool:
        """Tell whether an app is in use."""
        kept = work.factors.totp_of(staff_id)
        return kept is not None and kept.secret is not None

    def begin(self, _work: UnitOfWork, _actor: Actor) -> Mapping[str, Any]:
        """Return nothing: a code needs no challenge."""
        return {}

    def finish(self, work: UnitOfWork, actor: Actor, given: Mapping[str, str], _kept: Mapping[str, Any]) -> bool:
        """Tell whether ``code`` is one of now that was not used yet; with spaces it is the same code."""
        kept = work.factors.totp_of(actor.id)
        if kept is None or kept.secret is None:
            return False
        secret = self.cipher.open(TOTP_SECRET, actor.id, kept.secret)
        step = step_of(self.codes, secret, given.get("code", ""), self.time.real_now())
        return step is not None and work.factors.use_totp_step(actor.id, step)

    def offer(self, actor: Actor) -> None:
        """Make a secret for the actor to take over; it is of no use before a first code proves that they did."""
        with self.store.begin() as work:
            sealed = self.cipher.seal(TOTP_SECRET, actor.id, self.codes.new_secret())
            work.factors.offer_totp(actor.id, sealed, self.time.real_now(), self._event(actor, "app_offered"))
            work.commit()

    def offered(self, actor: Actor) -> Offer | None:
        """Return the secret that is offered to the actor; None where there is none, or it is an hour old."""
        with self.store.begin() as work:
            secret = self._offered(work, actor)
        if secret is None:
            return None
        spaced = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
        return Offer(spaced, self.codes.uri(secret, actor.login))

    def enrol(self, actor: Actor, code: str, session_id: int | None) -> None:
        """Put the offered secret in use, proven by a first code; other sessions of the actor end.

        Raises :class:`NothingOffered` and :class:`CodeRefused`. The code is used up by it.
        """
        try:
            attempt = self.limits.take(counted(SECOND_FACTOR, actor.id))
        except TooManyAttempts:
            raise CodeRefused(TOO_MANY) from None
        with self.store.begin() as work:
            secret = self._offered(work, actor)
            if secret is None:
                raise NothingOffered
            at = self.time.real_now()
            step = step_of(self.codes, secret, code, at)
            if step is None:
                raise CodeRefused(WRONG)
            work.factors.enrol_totp(actor.id, step, at, self._event(actor, "app_enrolled"))
            self._end_others(work, actor, session_id)
            tell(work, actor, Told.APP_ENROLLED)
            work.commit()
        self.limits.succeeded(attempt)

    def remove(self, actor: Actor, session_id: int, *, others_suffice: bool) -> None:
        """Forget the actor's app. Raises :class:`LastFactorStays` where the database asks for one and has no other."""
        with self.store.begin() as work:
            stamp = work.installation.get()
            if not others_suffice and (stamp is None or stamp.kind != TRAINING):
                raise LastFactorStays
            work.factors.remove_totp(actor.id, self._event(actor, "app_removed"))
            self._end_others(work, actor, session_id)
            tell(work, actor, Told.APP_REMOVED)
            work.commit()

    def _offered(self, work: UnitOfWork, actor: Actor) -> str | None:
        kept = work.factors.totp_of(actor.id)
        if kept is None or kept.offered is None or kept.offered_at is None:
            return None
        if self.time.real_now() - kept.offered_at > OFFERED_FOR:
            return None
        return self.cipher.open(TOTP_SECRET, actor.id, kept.offered)

    def _end_others(self, work: UnitOfWork, actor: Actor, session_id: int | None) -> None:
        event = self._event(actor, "sessions_ended", {"why": Ended.FACTOR_CHANGED.value})
        work.sessions.end_all(actor.id, self.time.real_now(), Ended.FACTOR_CHANGED, event, session_id)

    def _event(self, actor: Actor, action: str, body: Mapping[str, Any] | None = None) -> AuditEvent:
        return AuditEvent.by(actor, self.time.now(), f"{action}:{uuid.uuid4()}", action, body or {})


WRONG: Final = Words(
    "This is not the code the app shows now. Check that the telephone's clock is right, and write the newest code.",
    "这不是应用当前显示的动态码。请确认手机时间准确，并填写最新的动态码。",
)
TOO_MANY: Final = Words(
    "Too many codes were wrong. Wait a quarter of an hour and try again.", "错误次数过多。请一刻钟后再试。"
)
