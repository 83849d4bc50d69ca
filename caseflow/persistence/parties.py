"""Sealed fields of parties in PostgreSQL."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from caseflow.persistence.errors import named_errors
from caseflow.services.ports.parties import SealedParty
from caseflow.services.ports.privacy import SealedDetails

_OF_CASE: Final = text(
    "select p.id, p.office_id, p.identity_sealed, p.identity_index, p.address_sealed "
    "from cases c join party p on p.id = c.party_id where c.id = :case_id"
)
_KEEP: Final = text(
    "update party set identity_sealed = :identity_sealed, identity_index = :identity_index, "
    "address_sealed = :address_sealed where id = :party_id"
)


class Parties:
    """Fulfils :class:`caseflow.services.ports.parties.PartyStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_case(self, case_id: int) -> SealedParty | None:
        """Return the party of a case with its sealed fields."""
        row = self._connection.execute(_OF_CASE, {"case_id": case_id}).one_or_none()
        if row is None:
            return None
        return SealedParty(
            row.id, row.office_id, SealedDetails(row.identity_sealed, row.identity_index, row.address_sealed)
        )

    def keep(self, party_id: int, details: SealedDetails) -> None:
        """Keep the sealed fields of a party whose case is being opened in the same transaction, which is audited."""
        parameters = {
            "party_id": party_id,
            "identity_sealed": details.identity_sealed,
            "identity_index": details.identity_index,
            "address_sealed": details.address_sealed,
        }
        with named_errors():
            self._connection.execute(_KEEP, parameters)
