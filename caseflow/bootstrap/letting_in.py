"""Letting people in, their leaving and their first password, wired to one database."""

from __future__ import annotations

import uuid

from caseflow.adapters.passwords import Argon2Passwords
from caseflow.bootstrap.signing_in import build_password_change
from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.persistence.office_scope import SystemStore
from caseflow.services.enrolment import Enrolment
from caseflow.services.grants import Grants
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.sessions import Ended


def build_grants(store: Store, clock: BusinessTime, passwords: Argon2Passwords) -> Grants:
    """Wire grants; whoever leaves is signed out everywhere in the same transaction."""

    def end_sessions(work: UnitOfWork, staff_id: int, by: Actor) -> None:
        body = {"staff": staff_id, "why": Ended.LEFT.value}
        event = AuditEvent.by(by, clock.now(), f"sessions_ended:{uuid.uuid4()}", "sessions_ended", body)
        work.sessions.end_all(staff_id, clock.real_now(), Ended.LEFT, event)

    return Grants(store, clock, passwords, end_sessions)


def build_enrolment(store: Store, clock: BusinessTime, passwords: Argon2Passwords) -> Enrolment:
    """Wire the first password: on a page of the public, before it is known for which office the database is asked."""
    everywhere = SystemStore(store)
    return Enrolment(everywhere, clock, build_password_change(everywhere, clock, passwords))
