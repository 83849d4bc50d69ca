"""Who reads what of whom, and why: the use cases, wired."""

from __future__ import annotations

from dataclasses import dataclass

from caseflow.services.identity_search import IdentitySearch
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.reading import ReadLog
from caseflow.services.reading_approvals import ReadingApprovals
from caseflow.services.rulebook import Rulebook


@dataclass(frozen=True)
class ReadingRoom:
    """What belongs to reading."""

    log: ReadLog
    approvals: ReadingApprovals
    search: IdentitySearch


def build_reading_room(store: Store, rules: Rulebook, clock: BusinessTime, cipher: FieldCipher) -> ReadingRoom:
    """Wire the read log, its approvals and the search by identity number."""
    return ReadingRoom(
        ReadLog(store, rules, clock), ReadingApprovals(store, clock), IdentitySearch(store, clock, cipher)
    )
