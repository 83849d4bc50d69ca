"""The door of My case and what lies behind it, wired to one database."""

from __future__ import annotations

from caseflow.adapters.access_slips import TypstSlips
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.person_access import PersonAccess
from caseflow.services.ports import BusinessTime, PasswordHasher
from caseflow.services.rulebook import Rulebook


def build_person_access(
    store: SqlStore, rules: Rulebook, clock: BusinessTime, passwords: PasswordHasher
) -> PersonAccess:
    """Wire codes, passphrases and sessions of the persons of cases."""
    return PersonAccess(store, rules, clock, passwords, TypstSlips())
