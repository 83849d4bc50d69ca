"""Many rows at once into a table with row policies, into which PostgreSQL lets nobody but its owner COPY.

They are staged by COPY in a temporary table of the transaction and inserted by one statement, which the policies judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def insert_many(
    cursor: Any,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    types: Sequence[str] = (),
    with_ids: bool = False,
) -> None:
    """Insert rows in their order.

    With ``types``, PostgreSQL's names of the columns' types, they go over in binary; ``with_ids`` inserts the values
    of an identity column too. Raises what the table's guards raise.
    """
    listed = ", ".join(f'"{column}"' for column in columns)
    stage = f"pg_temp.staged_{table}"
    select = f"select {listed} from"
    # The names are those of tables and columns in the code of the callers.
    # nosemgrep: sql-by-string -- as said above
    cursor.execute(
        f"create temporary table if not exists staged_{table} on commit drop as {select} public.{table} with no data"
    )
    with cursor.copy(f"copy {stage} ({listed}) from stdin{' (format binary)' if types else ''}") as copy:
        if types:
            copy.set_types(types)
        for row in rows:
            copy.write_row(row)
    overriding = " overriding system value" if with_ids else ""
    # The names are those of tables and columns in the code of the callers.
    # nosemgrep: sql-by-string -- as said above
    cursor.execute(f"insert into public.{table} ({listed}){overriding} {select} {stage}")
    # The names are those of tables and columns in the code of the callers.
    # nosemgrep: sql-by-string -- as said above
    cursor.execute(f"truncate {stage}")
