"""An act at the bank's desk: once, under one event of the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.words import Words
from caseflow.services.cases import KeyReused
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store, UnitOfWork
from caseflow.services.ports.bank import BankRefused, Signature

_TRIES = 2
# As the checks of the tables.
LONGEST_REASON = 500


def given_reason(reason: str, *, required: bool = True) -> str:
    """Return the reason without spaces around it. Raises ``BankRefused``: none where one is required, or too long."""
    plain = reason.strip()
    if required and not plain:
        raise BankRefused(Words("Give the reason.", "请填写原因。"), "reason")
    if len(plain) > LONGEST_REASON:
        said = Words(
            f"The reason has {len(plain)} characters; at most {LONGEST_REASON} are kept.",
            f"原因共{len(plain)}字，最多{LONGEST_REASON}字。",
        )
        raise BankRefused(said, "reason")
    return plain


def event_of(time: BusinessTime, actor: Actor, action: str, key: str, body: Mapping[str, Any]) -> AuditEvent:
    """Return the event of an act; ``key`` was made by the client before its first try."""
    return AuditEvent.by(actor, time.now(), f"{action}:{key}", action, body)


def signature_of(time: BusinessTime, actor: Actor, event: AuditEvent) -> Signature:
    """Return who decides, when, under which event."""
    return Signature(actor.office_id, actor.id, time.today(), event.key)


def once(store: Store, event: AuditEvent, act: Callable[[UnitOfWork], None]) -> bool:
    """Write the event and do ``act`` in one transaction; return False where that was done before.

    Raises ``KeyReused`` where the same key was used for something else, and whatever ``act`` raises.
    """
    for _try in range(_TRIES):
        with store.begin() as work:
            earlier = work.bank.event_body(event.key)
            if earlier is not None:
                if dict(earlier) != dict(event.body):
                    raise KeyReused(event.key)
                return False
            try:
                work.bank.note(event)
                act(work)
            except AlreadyWritten:
                # Somebody sent the same a moment ago; the second look finds what they wrote.
                continue
            work.commit()
            return True
    raise KeyReused(event.key)
