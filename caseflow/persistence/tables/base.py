"""What every table shares: the metadata, the names of constraints, and a few columns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Identity, MetaData
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Return the condition that ``column`` holds one of ``values``."""
    return f"{column} in ({', '.join(repr(value) for value in values)})"


def big_id() -> Column[int]:
    """Return a 64-bit primary key that the database alone hands out."""
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


class TransactionNumber(UserDefinedType[int]):
    """PostgreSQL's ``xid8``: the transaction that wrote a row, by which the sealer knows when its order is final."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Return the type's name in SQL."""
        return "xid8"


# So that reading the tables back (alembic check) knows the type.
ischema_names["xid8"] = TransactionNumber
