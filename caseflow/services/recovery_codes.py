"""Recovery codes: ten codes on paper for the day the telephone is lost, each good for once.

A code has 60 random bits, fewer than what may lie in a database under a plain hash (ASVS 6.5.2 asks for 112), so codes
are hashed as passwords are: argon2id. One salt serves a set of ten, so that a code typed is hashed once and looked up.
An HMAC under one of caseflow's keys would be cheaper, but all codes would be lost with the next change of that key.
"""

from __future__ import annotations

import secrets
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.words import Words
from caseflow.services.ports import BusinessTime, PasswordHasher, Store, UnitOfWork
from caseflow.services.security_notices import Told, tell

NAME: Final = "recovery"
HOW_MANY: Final = 10
SALT_BYTES: Final = 16
# Thirty-two signs, without 0, 1, I and O, which are taken for one another: five random bits each.
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _GROUP_CHARACTERS = 3, 4


def typed_recovery_code(text: str) -> str:
    """Return a recovery code as it is hashed: case, blanks and hyphens do not count."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).upper() if one.isalnum())


@dataclass(frozen=True)
class RecoveryCodes:
    """Fulfils :class:`caseflow.services.sign_in_methods.SecondFactor`, and the use case that makes new codes."""

    store: Store
    time: BusinessTime
    hasher: PasswordHasher

    @property
    def name(self) -> str:
        """Return ``recovery``."""
        return NAME

    @property
    def words(self) -> Words:
        """Return what it is called on a page."""
        return Words("Recovery code", "恢复码")

    @property
    def suffices(self) -> bool:
        """Tell that it only helps out where another second factor is lost."""
        return False

    def is_enrolled(self, work: UnitOfWork, staff_id: int) -> bool:
        """Tell whether a code is left."""
        kept = work.factors.recovery_codes_of(staff_id)
        return kept is not None and kept.unused > 0

    def begin(self, _work: UnitOfWork, _actor: Actor) -> Mapping[str, Any]:
        """Return nothing: a code needs no challenge."""
        return {}

    def finish(self, work: UnitOfWork, actor: Actor, given: Mapping[str, str], _kept: Mapping[str, Any]) -> bool:
        """Tell whether ``code`` is an unused one, and use it up."""
        kept = work.factors.recovery_codes_of(actor.id)
        code = typed_recovery_code(given.get("code", ""))
        if kept is None or len(code) != _GROUPS * _GROUP_CHARACTERS:
            return False
        hashed = self.hasher.salted(code, kept.salt)
        if not work.factors.use_recovery_code(actor.id, hashed, self.time.real_now()):
            return False
        tell(work, actor, Told.CODE_USED)
        return True

    def left(self, actor: Actor) -> int:
        """Return how many codes the actor has left."""
        with self.store.begin() as work:
            kept = work.factors.recovery_codes_of(actor.id)
        return kept.unused if kept is not None else 0

    def make(self, actor: Actor) -> tuple[str, ...]:
        """Make ten codes, which are shown now and never again; those made before are worth nothing any more."""
        salt = secrets.token_bytes(SALT_BYTES)
        codes = tuple(_code() for _place in range(HOW_MANY))
        hashes = [self.hasher.salted(typed_recovery_code(code), salt) for code in codes]
        with self.store.begin() as work:
            event = AuditEvent.by(
                actor, self.time.now(), f"recovery_codes:{uuid.uuid4()}", "recovery_codes_made", {"codes": len(codes)}
            )
            work.factors.replace_recovery_codes(actor.id, salt, hashes, self.time.real_now(), event)
            tell(work, actor, Told.CODES_REPLACED)
            work.commit()
        return codes


def _code() -> str:
    signs = [secrets.choice(_ALPHABET) for _place in range(_GROUPS * _GROUP_CHARACTERS)]
    return "-".join(
        "".join(signs[place : place + _GROUP_CHARACTERS]) for place in range(0, len(signs), _GROUP_CHARACTERS)
    )
