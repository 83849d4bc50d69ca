"""Numbers of rows in addresses: what no row can have is told apart before it reaches PostgreSQL."""

from __future__ import annotations

from typing import Any, Final

from werkzeug.routing import IntegerConverter, Map

# The largest value of a bigint column.
LARGEST: Final = 2**63 - 1


class RowIdConverter(IntegerConverter):
    """``<int:...>`` of an address; a number that no row can have leads to no page.

    One number is written in one way: no other digits (１) and no zeros before it, which Python would read.
    """

    regex = "0|[1-9][0-9]*"

    def __init__(self, map: Map, **options: Any) -> None:  # noqa: A002 - werkzeug names it so
        super().__init__(map, max=LARGEST, **options)


def row_id(text: str) -> int:
    """Return the number that a parameter holds. Raises ``ValueError`` for what no row can have."""
    number = int(text)
    if not 0 <= number <= LARGEST:
        raise ValueError(text)
    return number
