"""What keeps the identity numbers and addresses of parties from everybody who reads only the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

IDENTITY: Final = "party.identity"
ADDRESS: Final = "party.address"


class SealBroken(Exception):
    """A sealed field was changed, moved to another row or field, or sealed with a key that is not here."""


@dataclass(frozen=True, slots=True)
class SealedDetails:
    """What a row of ``party`` keeps of an identity number and an address; None where none is known."""

    identity_sealed: bytes | None = None
    identity_index: bytes | None = None
    address_sealed: bytes | None = None


class FieldCipher(Protocol):
    """Seals fields of rows. ``field`` is :data:`IDENTITY` or :data:`ADDRESS`, ``row_id`` the id of the party.

    Each method raises ``ConfigurationError`` where the keys cannot be read.
    """

    def seal(self, field: str, row_id: int, text: str) -> bytes:
        """Return ``text`` encrypted, bound to its field and row; twice the same text is two different results."""
        ...

    def open(self, field: str, row_id: int, sealed: bytes) -> str:
        """Return the text. Raises :class:`SealBroken` for what was changed or sealed for another field or row."""
        ...

    def index(self, field: str, office_id: int, text: str) -> bytes:
        """Return what equal texts of one field have in common within one office, and never across offices.

        Width of letters, case, blanks and hyphens do not count.
        """
        ...
