"""What a member of staff is told, by their own inbox, about the ways they sign in: so that they notice a stranger."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Final

from caseflow.domain.access import Actor
from caseflow.services.ports.store import UnitOfWork

KIND: Final = "sign_in_changed"
# So many attempts refused in a row are told to whom the login belongs, once.
REFUSED_BEFORE_TOLD: Final = 5


class Told(StrEnum):
    """What happened."""

    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - what happened, no password
    APP_ENROLLED = "app_enrolled"
    APP_REMOVED = "app_removed"
    CODES_REPLACED = "codes_replaced"
    CODE_USED = "code_used"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    OPENID_BOUND = "openid_bound"
    OPENID_UNBOUND = "openid_unbound"
    REFUSED = "refused"


def tell(work: UnitOfWork, actor: Actor, what: Told) -> None:
    """Tell the person; the event of what happened is written by whoever does it, in the same transaction."""
    key = f"{KIND}:{uuid.uuid4()}"
    work.staff.tell(actor.id, key, KIND, {"what": what.value}, None)


def tell_of_refused(work: UnitOfWork, actor: Actor, refused: int) -> None:
    """Tell the person that attempts to pass for them were refused, with the fifth in a row; ``refused`` counts them."""
    if refused == REFUSED_BEFORE_TOLD:
        tell(work, actor, Told.REFUSED)
