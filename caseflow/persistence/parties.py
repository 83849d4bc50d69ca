"""Parties in PostgreSQL, and what opens their names."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, text

from caseflow.persistence.opening import opened
from caseflow.services.opened_fields import note_receipt
from caseflow.services.ports.privacy import CANNOT_BE_OPENED, CONTACT, NAME, FieldCipher

# What the payer of a receipt without a case is bound to; parties are counted from 1.
NOBODY: Final = 0
_TAKE_ID: Final = text("select nextval('party_id_seq')")


class Parties:
    """Fulfils :class:`caseflow.services.ports.parties.PartyStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take_id(self) -> int:
        """Take the id of a party whose case is about to be opened: what is sealed of it is bound to the id."""
        taken: int = self._connection.execute(_TAKE_ID).scalar_one()
        return taken


class PartyNames:
    """Opens the sealed names and contacts that rows bring along.

    A seal that does not open (changed outside caseflow, moved from another row, its key missing) shows
    :data:`CANNOT_BE_OPENED` and is logged by its row alone: one bad row must not take a whole list away.
    """

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def named(self, row: Any) -> dict[str, Any]:
        """Return the columns of a row, ``party_name`` in place of ``party_id`` and ``name_sealed``."""
        values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's name for the row as a mapping
        values["party_name"] = self.name(values.pop("party_id"), values.pop("name_sealed"))
        return values

    def paying(self, row: Any) -> dict[str, Any]:
        """Return the columns of a receipt, ``payer`` in place of ``party_id`` and ``payer_sealed``.

        A number that took no money has no payer.
        """
        values = dict(row._mapping)  # noqa: SLF001 - as above
        party_id, sealed = values.pop("party_id"), values.pop("payer_sealed")
        values["payer"] = "" if sealed is None else self.name(party_id or NOBODY, sealed)
        if sealed is not None and party_id is None:
            note_receipt(values["lot_id"], values["no"])
        return values

    def name(self, party_id: int, sealed: bytes | None) -> str:
        """Return the name of a party."""
        return self._opened(NAME, party_id, sealed)

    def contact(self, party_id: int, sealed: bytes | None) -> str:
        """Return the contact of a party; empty where none is kept."""
        return "" if sealed is None else self._opened(CONTACT, party_id, sealed)

    def indexes(self, office_id: int, name: str) -> list[bytes]:
        """Return what equal names have in common within one office, under each key there is."""
        return list(self._cipher.indexes(NAME, office_id, name))

    def _opened(self, field: str, party_id: int, sealed: bytes | None) -> str:
        found = opened(self._cipher, field, party_id, sealed)
        return CANNOT_BE_OPENED if found is None else found.decode()


class NoKeys:
    """Fulfils :class:`caseflow.services.ports.privacy.FieldCipher` for a store that never shows a name.

    Whatever asks it for a name was wired wrong, so it raises ``RuntimeError`` and never pretends.
    """

    def seal(self, field: str, row_id: int, text: str) -> bytes:
        """Refuse."""
        raise _wired_wrong(field, row_id, text)

    def open(self, field: str, row_id: int, sealed: bytes) -> str:
        """Refuse."""
        raise _wired_wrong(field, row_id, sealed)

    def seal_bytes(self, field: str, row_id: int, content: bytes) -> bytes:
        """Refuse."""
        raise _wired_wrong(field, row_id, content)

    def open_bytes(self, field: str, row_id: int, sealed: bytes) -> bytes:
        """Refuse."""
        raise _wired_wrong(field, row_id, sealed)

    def index(self, field: str, office_id: int, text: str) -> bytes:
        """Refuse."""
        raise _wired_wrong(field, office_id, text)

    def indexes(self, field: str, office_id: int, text: str) -> list[bytes]:
        """Refuse."""
        raise _wired_wrong(field, office_id, text)


def _wired_wrong(field: str, where: int, _what: str | bytes) -> RuntimeError:
    return RuntimeError(f"{field} ({where}) is asked of a store that was opened without keys")
