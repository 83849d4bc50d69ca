"""Enrolment: with a code that is shown once, somebody sets a password that nobody else has known (ASVS V6.4.6).

The code goes to the second person of the grant that lets somebody in, never to who proposed it: neither of the two can
make a person up alone and sign in as them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.grants import Fault, GrantRefused
from caseflow.domain.passwords import GUESSABLE, composed, password_fault
from caseflow.domain.words import Words
from caseflow.services.password_change import PasswordChange, PasswordRefused
from caseflow.services.ports import BusinessTime, StaffMember, Store, UnitOfWork
from caseflow.services.ports.grants import Code
from caseflow.services.rate_limits import ADDRESS, counted

HOURS_VALID = 72
MOST_FAILURES = 5
# Crockford's base 32: no letter is taken for a digit. 20 of them are 100 bits, which nobody guesses.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _GROUP = 20, 5
_WRONG = Words(
    "The login and the code do not fit, or the code was used, has lapsed, or was tried five times. Ask the "
    "administrator for a new one.",
    "用户名与登记码不符，或者登记码已使用、已过期、已错误输入五次。请向系统管理员申请新的登记码。",
)
_TWICE = Words("The two passwords are not the same", "两次输入的密码不一致")


@dataclass(frozen=True)
class IssuedCode:
    """A code as it is shown once, in groups, and when it lapses."""

    text: str
    lapses_at: datetime


@dataclass(frozen=True)
class Enrol:
    """What somebody typed to set their password."""

    login: str
    code: str
    password: str
    again: str


def issue_code(work: UnitOfWork, time: BusinessTime, actor: Actor, staff_id: int) -> IssuedCode:
    """Issue a code within the transaction in which ``actor`` confirms that somebody is let in."""
    plain = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    event = AuditEvent.by(
        actor, time.now(), f"enrolment_issued:{uuid.uuid4()}", "enrolment_issued", {"staff": staff_id}
    )
    lapses_at = work.enrolments.issue(staff_id, _hash(plain), HOURS_VALID, event)
    groups = (plain[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
    return IssuedCode("-".join(groups), lapses_at)


@dataclass(frozen=True)
class Enrolment:
    """The use case behind the page where somebody sets their password: public, so ``store`` sees every office."""

    store: Store
    time: BusinessTime
    passwords: PasswordChange

    def enrol(self, asked: Enrol, address: str = "") -> None:
        """Set the password of whoever has the code, once, and end the sessions they had; their inbox says so.

        ``address`` is the network address that the attempt comes from. Raises ``GrantRefused`` naming the field, and
        ``TooManyAttempts``. A wrong code counts; what is wrong with the password does not use the code up.
        """
        attempt = self.passwords.limits.take(shared=(counted(ADDRESS, address),))
        login = asked.login.strip().lower()
        faults = self._password_faults(asked, login)
        if faults:
            raise GrantRefused(*faults)
        if not self._used(asked, login):
            # A wrong code takes as long as a right one, and a login that nobody has as long as one that somebody has.
            self.passwords.hasher.hash(composed(asked.password))
            raise GrantRefused(Fault("code", "code", _WRONG))
        self.passwords.limits.succeeded(attempt)

    def _used(self, asked: Enrol, login: str) -> bool:
        """Use the code up and set the password; False where the code is not right, which counts."""
        with self.store.begin() as work:
            member = work.staff.by_login(login)
            code = work.enrolments.newest(member.actor.id) if member is not None else None
            if member is None or code is None or not self._is_live(code, member):
                return False
            right = hmac.compare_digest(code.code_hash, _hash(_typed(asked.code)))
            if right:
                work.enrolments.use(code, self._event(member, "enrolled"))
                self._set_password(work, member, asked.password)
            else:
                work.enrolments.note_failure(code.id, self._event(member, "enrolment_refused"))
            work.commit()
        return right

    def _set_password(self, work: UnitOfWork, member: StaffMember, password: str) -> None:
        """Set it by the rules of every password, which know the person's names: asked only after the code was right."""
        try:
            self.passwords.set_password(work, member.actor, password, "enrolled")
        except PasswordRefused as refused:
            raise GrantRefused(*(Fault("password", "password", words) for _field, words in refused.faults)) from None

    def _password_faults(self, asked: Enrol, login: str) -> list[Fault]:
        password = composed(asked.password)
        wrong = password_fault(password, login)
        if wrong is None and self.passwords.judge.is_guessable(password, (login,)):
            wrong = GUESSABLE
        faults = [] if wrong is None else [Fault("password", "password", wrong)]
        if asked.password != asked.again:
            faults.append(Fault("again", "again", _TWICE))
        return faults

    def _is_live(self, code: Code, member: StaffMember) -> bool:
        in_time = code.used_at is None and code.failures < MOST_FAILURES and code.expires_at > self.time.real_now()
        return in_time and member.active

    def _event(self, member: StaffMember, action: str) -> AuditEvent:
        return AuditEvent.by(member.actor, self.time.now(), f"{action}:{uuid.uuid4()}", action, {})


def _typed(code: str) -> str:
    plain = "".join(code.split()).replace("-", "").upper()
    return plain.replace("O", "0").replace("I", "1").replace("L", "1")


def _hash(plain: str) -> bytes:
    return hashlib.sha256(plain.encode()).digest()
