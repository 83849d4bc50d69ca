"""API tokens: a program reads with one as the person who made it, in one of their roles, until it ends."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from caseflow.domain.access import Actor, Permission, Role, check_permission, may
from caseflow.domain.audit import AuditEvent
from caseflow.domain.words import Words
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.api_tokens import ApiToken, NewApiToken
from caseflow.services.ports.scope import SYSTEM, OfficeScope

PREFIX: Final = "caseflow_"
DEFAULT_DAYS: Final = 90
MOST_DAYS: Final = 365
MOST_LIVING: Final = 20
LONGEST_NAME: Final = 100
PAGE_SIZE: Final = 50
_SECRET_BYTES: Final = 32
_SHOWN_CHARACTERS: Final = len(PREFIX) + 4
_WRITTEN: Final = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")
_NAME = Words("Say in up to 100 characters what uses the token", "请用不超过100字说明令牌由什么程序使用")
_ROLE = Words("Choose one of your own roles", "请选择您本人担任的一个角色")
_DAYS = Words(f"Give a number of days from 1 to {MOST_DAYS}.", f"请填写1至{MOST_DAYS}之间的天数。")
_TOO_MANY = Words(
    f"You have {MOST_LIVING} tokens in use. Revoke one that nothing uses any more first.",
    f"您已有{MOST_LIVING}个使用中的令牌。请先停用不再使用的令牌。",
)

log = structlog.get_logger()


class TokenNotMade(Exception):
    """A token cannot be made so; ``field`` names the input it is about (empty: none)."""

    def __init__(self, words: Words, field: str = "") -> None:
        self.field, self.words = field, words
        super().__init__(words.en)


class TokenMadeBefore(Exception):
    """The same form made a token before; it was shown then and cannot be shown again."""


class NoSuchToken(LookupError):
    """No such token, or none that the actor may revoke."""


class TokenRefused(Exception):
    """What was shown opens nothing: unknown, revoked, over, or of somebody who may no longer; which is not told."""


@dataclass(frozen=True)
class AskedToken:
    """What a person asks for: a role they hold themselves, a name for the list, how many days it lasts."""

    role: str
    name: str
    days: str
    idempotency_key: str


@dataclass(frozen=True)
class Caller:
    """Who calls with a token: its owner, in the one role of the token."""

    actor: Actor
    token: ApiToken


@dataclass(frozen=True)
class ApiTokens:
    """The use cases behind the page of tokens and behind every call of the API."""

    store: Store
    time: BusinessTime
    scope: OfficeScope

    def mine(self, actor: Actor) -> Sequence[ApiToken]:
        """Return the actor's newest tokens, dead ones too. Raises ``NotPermitted``."""
        check_permission(actor, Permission.SEE_DESK)
        with self.store.begin() as work:
            return work.api_tokens.of_person(actor.id, PAGE_SIZE)

    def of_office(self, actor: Actor, *, before_id: int | None = None) -> tuple[Sequence[ApiToken], int | None]:
        """Return one page of all tokens of the office, newest first, and its next key. Raises ``NotPermitted``."""
        check_permission(actor, Permission.MANAGE_STAFF)
        with self.store.begin() as work:
            found = work.api_tokens.of_office(actor.office_id, before_id=before_id, limit=PAGE_SIZE + 1)
        shown = found[:PAGE_SIZE]
        return shown, shown[-1].id if len(found) > PAGE_SIZE else None

    def make(self, actor: Actor, asked: AskedToken) -> str:
        """Make a token and return it, which nobody can be shown again.

        Raises ``NotPermitted``, :class:`TokenNotMade`, and :class:`TokenMadeBefore` for a form that is sent twice.
        """
        check_permission(actor, Permission.SEE_DESK)
        role, name, days = _checked(actor, asked)
        token, now = PREFIX + secrets.token_urlsafe(_SECRET_BYTES), self.time.real_now()
        new = NewApiToken(
            asked.idempotency_key, role, name, token[:_SHOWN_CHARACTERS], _hash(token), now + timedelta(days=days)
        )
        body = {"role": role.value, "name": name, "begins_with": new.begins_with, "days": days}
        with self.store.begin() as work:
            if work.api_tokens.count_living(actor.id, now) >= MOST_LIVING:
                raise TokenNotMade(_TOO_MANY)
            key = f"api_token:{asked.idempotency_key}"
            event = AuditEvent.by(actor, self.time.now(), key, "api_token_made", body)
            if not work.api_tokens.make(actor.office_id, actor.id, new, event):
                raise TokenMadeBefore
            work.commit()
        return token

    def to_revoke(self, actor: Actor, token_id: int) -> ApiToken:
        """Return a token the actor may revoke: their own, or as administrator any of the office.

        Raises ``NotPermitted``, :class:`NoSuchToken`.
        """
        check_permission(actor, Permission.SEE_DESK)
        with self.store.begin() as work:
            found = work.api_tokens.get(actor.office_id, token_id)
        if found is None or (found.staff_id != actor.id and not may(actor, Permission.MANAGE_STAFF)):
            raise NoSuchToken(token_id)
        return found

    def revoke(self, actor: Actor, token_id: int) -> None:
        """Let a token stop at once and for ever; one that was revoked before stays so.

        Raises ``NotPermitted``, :class:`NoSuchToken`.
        """
        found = self.to_revoke(actor, token_id)
        body = {"token": found.id, "owner": found.staff_id, "begins_with": found.begins_with}
        with self.store.begin() as work:
            event = AuditEvent.by(actor, self.time.now(), f"api_token_revoked:{found.id}", "api_token_revoked", body)
            if work.api_tokens.revoke(actor.office_id, found.id, event):
                work.commit()

    def admit(self, shown: str) -> Caller:
        """Return who calls with the token that was shown; the first call of a day is kept and goes into the record.

        A token stops with its end, when it is revoked, and as soon as its owner has left or does not hold its role in
        their own right any more. Raises :class:`TokenRefused`.
        """
        if not _WRITTEN.fullmatch(shown):
            raise TokenRefused
        # Whose token it is, and so for which office the database is asked, is known only after this look.
        with self.scope.acting_for(SYSTEM), self.store.begin() as work:
            token = work.api_tokens.with_hash(_hash(shown))
            if token is None:
                raise TokenRefused
            member = work.staff.by_id(token.staff_id, self.time.today())
            gone = member is None or not member.active or token.role not in member.actor.own_roles
            if member is None or gone or not token.lives(self.time.real_now()):
                log.warning("api_token_refused", token=token.id, staff=token.staff_id)
                raise TokenRefused
            own = member.actor
            actor = Actor(
                own.id, own.office_id, own.login, own.name_en, own.name_zh, frozenset({token.role}), own.locale
            )
            on = self.time.real_today()
            if token.last_used_on is None or token.last_used_on < on:
                body = {"token": token.id, "on": on.isoformat()}
                event = AuditEvent.by(actor, self.time.now(), f"api_token_used:{uuid.uuid4()}", "api_token_used", body)
                if work.api_tokens.note_use(token.id, on, event):
                    work.commit()
        return Caller(actor, token)


def _hash(token: str) -> bytes:
    # 256 random bits need no slow hash: nobody can try them out.
    return hashlib.sha256(token.encode()).digest()


def _checked(actor: Actor, asked: AskedToken) -> tuple[Role, str, int]:
    own = {role.value: role for role in actor.own_roles}
    name, days = asked.name.strip(), asked.days.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise TokenNotMade(_NAME, "name")
    if asked.role not in own:
        raise TokenNotMade(_ROLE, "role")
    whole = days.isascii() and days.isdigit() and len(days) <= len(str(MOST_DAYS))
    if not whole or not 1 <= int(days) <= MOST_DAYS:
        raise TokenNotMade(_DAYS, "days")
    return own[asked.role], name, int(days)
