"""What is kept sealed of the party of a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from caseflow.services.ports.privacy import SealedDetails


@dataclass(frozen=True, slots=True)
class SealedParty:
    """The party of a case: its row, its office, and its sealed fields."""

    party_id: int
    office_id: int
    details: SealedDetails


class PartyStore(Protocol):
    """Sealed fields of parties."""

    def of_case(self, case_id: int) -> SealedParty | None:
        """Return the party of a case with its sealed fields."""
        ...

    def keep(self, party_id: int, details: SealedDetails) -> None:
        """Keep the sealed fields of a party whose case is being opened in the same transaction, which is audited."""
        ...
