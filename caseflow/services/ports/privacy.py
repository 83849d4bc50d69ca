"""What keeps who the parties are, and how to reach them, from everybody who reads only the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

IDENTITY: Final = "party.identity"
ADDRESS: Final = "party.address"
NAME: Final = "party.name"
CONTACT: Final = "party.contact"
# What names the fields of parties: the id that such a field is bound to is that of a party.
OF_PARTIES: Final = "party."
# What is shown for a name that does not open; nobody is called so, and no paper is made out to it.
CANNOT_BE_OPENED: Final = "(cannot be opened / 无法打开)"


class SealBroken(Exception):
    """A sealed field was changed, moved to another row or field, or sealed with a key that is not here."""


class FileShut(Exception):
    """A file that is kept sealed does not open, or is not the one that was received: nothing of it is shown."""


@dataclass(frozen=True, slots=True)
class SealedDetails:
    """What a row of ``party`` keeps sealed; None where nothing is known (a name always is).

    ``identity_index_old`` stands beside the index while the keys are rotated, so that equal numbers go on meeting.
    """

    name_sealed: bytes
    name_index: bytes
    contact_sealed: bytes | None = None
    identity_sealed: bytes | None = None
    identity_index: bytes | None = None
    identity_index_old: bytes | None = None
    address_sealed: bytes | None = None


class FieldCipher(Protocol):
    """Seals fields of rows. ``field`` names what is sealed (:data:`IDENTITY` ...), ``row_id`` the row it is bound to.

    Each method raises ``ConfigurationError`` where the keys cannot be read.
    """

    def seal(self, field: str, row_id: int, text: str) -> bytes:
        """Return ``text`` encrypted, bound to its field and row; twice the same text is two different results."""
        ...

    def open(self, field: str, row_id: int, sealed: bytes) -> str:
        """Return the text. Raises :class:`SealBroken` for what was changed or sealed for another field or row."""
        ...

    def seal_bytes(self, field: str, row_id: int, content: bytes) -> bytes:
        """Return ``content`` as :meth:`seal` returns a text."""
        ...

    def open_bytes(self, field: str, row_id: int, sealed: bytes) -> bytes:
        """Return what :meth:`seal_bytes` or :meth:`seal` sealed. Raises as :meth:`open`."""
        ...

    def index(self, field: str, office_id: int, text: str) -> bytes:
        """Return what equal texts of one field have in common within one office, and never across offices.

        Width of letters, case, blanks and hyphens do not count. Made with the key that seals: the newest.
        """
        ...

    def indexes(self, field: str, office_id: int, text: str) -> Sequence[bytes]:
        """Return the index under each key of the ring, the newest first: what to look for while keys are rotated."""
        ...
