"""The door of My case, what lies behind it, and the public check of receipts, wired to one database."""

from __future__ import annotations

from caseflow.adapters.access_slips import TypstSlips
from caseflow.adapters.password_guesses import ZxcvbnJudge
from caseflow.adapters.signing_key import signature_holds
from caseflow.persistence.office_scope import ContextScope
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.person_access import PersonAccess
from caseflow.services.ports import BusinessTime, PasswordHasher
from caseflow.services.rate_limits import RateLimits
from caseflow.services.receipt_verification import ReceiptVerification
from caseflow.services.rulebook import Rulebook


def build_person_access(
    store: SqlStore, rules: Rulebook, clock: BusinessTime, passwords: PasswordHasher
) -> PersonAccess:
    """Wire codes, passphrases and sessions of the persons of cases."""
    limits = RateLimits(store, clock)
    return PersonAccess(store, rules, clock, passwords, TypstSlips(), limits, ContextScope(), ZxcvbnJudge())


def build_verification(store: SqlStore, clock: BusinessTime) -> ReceiptVerification:
    """Wire the public check of receipts."""
    return ReceiptVerification(store, ContextScope(), signature_holds, RateLimits(store, clock))
