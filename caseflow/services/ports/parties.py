"""The ids of parties, which their sealed fields are bound to before the row is written."""

from __future__ import annotations

from typing import Protocol


class PartyStore(Protocol):
    """Parties."""

    def take_id(self) -> int:
        """Take the id of a party whose case is about to be opened: what is sealed of it is bound to the id."""
        ...
