"""Passkeys: registered by their holder, asked for after the password, in place of it, or to confirm an act."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.words import Words
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.passkeys import Passkey, PasskeyChecks, PasskeyRefused
from caseflow.services.ports.sessions import Ended
from caseflow.services.rate_limits import ADDRESS, TooManyAttempts, counted
from caseflow.services.security_notices import Told, tell
from caseflow.services.staff_access import SignedInNow, SignInRefused, StaffAccess, Visit

PASSKEY: Final = "passkey"
ANSWERED_WITHIN: Final = timedelta(minutes=5)
MOST_PASSKEYS: Final = 10
LONGEST_NAME: Final = 60
ANSWER_FIELD: Final = "passkey"
_CHALLENGE_BYTES: Final = 32
_NAME = Words("Give a name of up to 60 characters, such as the device", "请填写不超过60字的名称，例如设备名称")
_NOT_TAKEN = Words(
    "The passkey was not taken: the page may have been open for more than five minutes. Try again.",
    "通行密钥未能登记：页面打开时间可能超过五分钟。请重试。",
)
_KNOWN = Words("This passkey is registered already", "该通行密钥已登记")
_TOO_MANY = Words(
    f"You have {MOST_PASSKEYS} passkeys. Remove one that you do not use any more first.",
    f"您已有{MOST_PASSKEYS}个通行密钥。请先移除不再使用的。",
)

log = structlog.get_logger()


class PasskeyNotTaken(Exception):
    """A passkey cannot be registered so; ``field`` names the input it is about (empty: none)."""

    def __init__(self, words: Words, field: str = "") -> None:
        self.field, self.words = field, words
        super().__init__(words.en)


@dataclass(frozen=True)
class PasskeyFactor:
    """Fulfils :class:`caseflow.services.sign_in_methods.SecondFactor` with passkeys.

    ``checks`` is None where people do not reach caseflow under an address that browsers make passkeys for.
    """

    time: BusinessTime
    checks: PasskeyChecks | None

    @property
    def name(self) -> str:
        """Return the name of the method."""
        return PASSKEY

    @property
    def words(self) -> Words:
        """Return what it is called on a page."""
        return Words("Passkey", "通行密钥")

    @property
    def suffices(self) -> bool:
        """Tell that a passkey is a second factor of its own."""
        return True

    def is_enrolled(self, work: UnitOfWork, staff_id: int) -> bool:
        """Tell whether this member of staff can use one now."""
        return self.checks is not None and bool(work.passkeys.of_staff(staff_id))

    def begin(self, work: UnitOfWork, actor: Actor) -> Mapping[str, Any]:  # noqa: ARG002 - of the Protocol
        """Return a new challenge and its moment."""
        return question(self.time.real_now())

    def finish(self, work: UnitOfWork, actor: Actor, given: Mapping[str, str], kept: Mapping[str, Any]) -> bool:
        """Tell whether the answer in ``given`` proves that this person's passkey was there; use the challenge up."""
        try:
            found = self.proven(work, given.get(ANSWER_FIELD, ""), kept, only=actor.id)
        except PasskeyRefused:
            return False
        return found.staff_id == actor.id

    def proven(self, work: UnitOfWork, answer: str, kept: Mapping[str, Any], only: int | None = None) -> Passkey:
        """Return the passkey that an answer proves; its challenge is used up and its count kept. The caller commits.

        With ``only``, of this person alone. A count that does not go up says that two devices hold the key: it is
        refused and goes into the record. Raises :class:`PasskeyRefused`.
        """
        checks, now = self.checks, self.time.real_now()
        if checks is None:
            message = "no passkeys at this address"
            raise PasskeyRefused(message)
        challenge = challenge_of(kept, now)
        found = work.passkeys.by_credential(checks.claimed(answer))
        if found is None or (only is not None and found.staff_id != only):
            message = "unknown passkey"
            raise PasskeyRefused(message)
        proven = checks.check(answer, challenge, found)
        if not work.passkeys.use_up(hashlib.sha256(challenge).digest(), now):
            message = "answered before"
            raise PasskeyRefused(message)
        if (proven.sign_count or found.sign_count) and proven.sign_count <= found.sign_count:
            self._note_copy(work, found, proven.sign_count)
            message = "the count went back"
            raise PasskeyRefused(message)
        work.passkeys.used(found.id, proven.sign_count, now)
        return found

    def _note_copy(self, work: UnitOfWork, found: Passkey, counted_now: int) -> None:
        log.warning("passkey_count_went_back", passkey=found.id, staff=found.staff_id)
        body = {"passkey": found.id, "kept": found.sign_count, "sent": counted_now}
        member = work.staff.by_id(found.staff_id)
        office_id = member.actor.office_id if member is not None else None
        key, at = f"passkey_count:{uuid.uuid4()}", self.time.now()
        work.passkeys.note(AuditEvent(key, at, found.staff_id, office_id, "passkey_count_went_back", body=body))


@dataclass(frozen=True)
class Passkeys:
    """The use cases of passkeys beside the second factor."""

    store: Store
    time: BusinessTime
    factor: PasskeyFactor
    access: StaffAccess

    @property
    def are_offered(self) -> bool:
        """Tell whether passkeys can be made and used under the address that people reach caseflow at."""
        return self.factor.checks is not None

    def options(self, kept: Mapping[str, Any]) -> str:
        """Return what a browser is asked with, for a question that was begun; empty where none was or it is over."""
        try:
            challenge = challenge_of(kept, self.time.real_now())
        except PasskeyRefused:
            return ""
        return self.factor.checks.ask(challenge) if self.factor.checks is not None else ""

    def begin(self) -> Mapping[str, Any]:
        """Return what the browser of somebody who signs in with a passkey alone keeps until it answers."""
        return question(self.time.real_now())

    def sign_in(self, answer: str, kept: Mapping[str, Any], visit: Visit) -> SignedInNow:
        """Sign in with a passkey alone: its authenticator verified the holder. Raises ``SignInRefused``."""
        try:
            attempt = self.access.limits.take(shared=(counted(ADDRESS, visit.address),))
        except TooManyAttempts as waits:
            raise SignInRefused(waits.until) from None
        with self.store.begin() as work:
            try:
                found = self.factor.proven(work, answer, kept)
                member = work.staff.by_id(found.staff_id, self.time.today())
                if member is None or not member.active:
                    message = "has left"
                    raise PasskeyRefused(message)  # noqa: TRY301 - one way out for every refusal
                done = self.access.enter(work, member.actor, (PASSKEY,), visit)
            except PasskeyRefused as refusal:
                event = AuditEvent(
                    f"passkey:{uuid.uuid4()}",
                    self.time.now(),
                    None,
                    None,
                    "passkey_refused",
                    body={"why": str(refusal)},
                )
                work.passkeys.note(event)
                work.commit()
                raise SignInRefused from refusal
            work.commit()
        self.access.limits.succeeded(attempt)
        return done

    def mine(self, actor: Actor) -> Sequence[Passkey]:
        """Return the actor's passkeys. Raises ``NotPermitted``."""
        check_permission(actor, Permission.SEE_DESK)
        with self.store.begin() as work:
            return work.passkeys.of_staff(actor.id)

    def ask_new(self, actor: Actor) -> tuple[str, Mapping[str, Any]]:
        """Return what the browser is asked with to make a passkey, and what it keeps until it answers."""
        kept = question(self.time.real_now())
        if self.factor.checks is None:
            return "", kept
        with self.store.begin() as work:
            known = [one.credential_id for one in work.passkeys.of_staff(actor.id)]
        challenge = challenge_of(kept, self.time.real_now())
        return self.factor.checks.ask_new(actor.id, actor.login, actor.login, known, challenge), kept

    def register(self, actor: Actor, name: str, answer: str, kept: Mapping[str, Any]) -> None:
        """Keep a passkey that the actor's device just made. Raises ``NotPermitted``, :class:`PasskeyNotTaken`."""
        check_permission(actor, Permission.SEE_DESK)
        called, now = name.strip(), self.time.real_now()
        if not 1 <= len(called) <= LONGEST_NAME or not called.isprintable():
            raise PasskeyNotTaken(_NAME, "name")
        try:
            challenge = challenge_of(kept, now)
            new = self.factor.checks.check_new(answer, challenge) if self.factor.checks is not None else None
        except PasskeyRefused as refusal:
            raise PasskeyNotTaken(_NOT_TAKEN) from refusal
        with self.store.begin() as work:
            if new is None or not work.passkeys.use_up(hashlib.sha256(challenge).digest(), now):
                raise PasskeyNotTaken(_NOT_TAKEN)
            if len(work.passkeys.of_staff(actor.id)) >= MOST_PASSKEYS:
                raise PasskeyNotTaken(_TOO_MANY)
            event = self._event(actor, "passkey_added", {"name": called})
            if not work.passkeys.add(actor.id, called, new, event):
                raise PasskeyNotTaken(_KNOWN)
            tell(work, actor, Told.PASSKEY_ADDED)
            work.commit()

    def remove(self, actor: Actor, passkey_id: int, session_id: int | None = None) -> bool:
        """Take a passkey out of use for ever, and end the actor's other sessions; False where there is none such.

        Raises ``NotPermitted``.
        """
        check_permission(actor, Permission.SEE_DESK)
        now = self.time.real_now()
        with self.store.begin() as work:
            event = self._event(actor, "passkey_removed", {"passkey": passkey_id})
            if not work.passkeys.remove(actor.id, passkey_id, now, event):
                return False
            ended = self._event(actor, "sessions_ended", {"why": "passkey_removed"})
            work.sessions.end_all(actor.id, now, Ended.FACTOR_CHANGED, ended, session_id)
            tell(work, actor, Told.PASSKEY_REMOVED)
            work.commit()
        return True

    def _event(self, actor: Actor, action: str, body: Mapping[str, Any]) -> AuditEvent:
        return AuditEvent.by(actor, self.time.now(), f"{action}:{uuid.uuid4()}", action, body)


def question(now: datetime) -> Mapping[str, Any]:
    """Return a new challenge with its moment, as the signed session keeps it."""
    return {"challenge": secrets.token_urlsafe(_CHALLENGE_BYTES), "at": now.timestamp()}


def challenge_of(kept: Mapping[str, Any], now: datetime) -> bytes:
    """Return the challenge of a question that may still be answered. Raises ``PasskeyRefused``."""
    text, at = kept.get("challenge"), kept.get("at")
    if not isinstance(text, str) or not isinstance(at, float):
        message = "nothing was asked"
        raise PasskeyRefused(message)
    if not timedelta(0) <= now - datetime.fromtimestamp(at, UTC) <= ANSWERED_WITHIN:
        message = "too late"
        raise PasskeyRefused(message)
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        message = "nothing was asked"
        raise PasskeyRefused(message) from error
