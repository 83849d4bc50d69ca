"""Seals what is plain still, and seals anew what an older key sealed: batch by batch, each a transaction of its own.

A row is only changed if it still is what was read, so two processes at once, a kill in the middle and whoever writes
meanwhile do no harm: what is left is found again by the next pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Engine, text

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.persistence.sealed_columns import REFUSE_RETIRED_KEYS, SEALED_COLUMNS, SealedColumn
from caseflow.services.ports.privacy import FieldCipher, SealBroken

log = structlog.get_logger()

BATCH_ROWS: Final = 1000
_MOST_PASSES: Final = 20
Progress = Callable[[int], None]


@dataclass(frozen=True)
class KeyUse:
    """How many rows of a column are sealed under one key; ``key_id`` is None for rows that are plain still."""

    table: str
    column: str
    key_id: bytes | None
    rows: int


@dataclass
class Resealed:
    """What was done: rows written, and rows of which a seal does not open and stays as it is."""

    rows: int = 0
    broken: int = 0


class KeyInUse(Exception):
    """Rows are sealed or found by this key still; :attr:`rows` says how many."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


class Resealing:
    """Works through the registry of sealed columns on an engine that may change every one of them."""

    def __init__(self, engine: Engine, columns: Sequence[SealedColumn] = SEALED_COLUMNS) -> None:
        self._engine = engine
        self._columns = columns

    def uses(self) -> list[KeyUse]:
        """Count the rows of each column by key."""
        with self._engine.connect() as connection:
            return [use for column in self._columns for use in _uses(connection, column)]

    def plain_rows(self) -> int:
        """Count the rows that are plain still."""
        with self._engine.connect() as connection:
            return sum(
                # The names are those of the sealed columns, which the code lists.
                # nosemgrep: sql-by-string -- as said above
                connection.execute(text(f"select count(*) from {table} t where {_is_plain(columns)}")).scalar_one()
                for table, columns in self._tables(lambda one: one.plain is not None)
            )

    def seal_plain(self, cipher: FieldCipher, progress: Progress = lambda _rows: None) -> Resealed:
        """Seal what is plain still; again: nothing left to do."""
        done = Resealed()
        for table, columns in self._tables(lambda one: one.plain is not None):
            while rows := self._sealed_batch(table, columns, cipher):
                done.rows += rows
                progress(rows)
        return done

    def reseal(self, cipher: FieldCipher, newest: bytes, progress: Progress = lambda _rows: None) -> Resealed:
        """Seal and index anew under the newest key (which ``cipher`` seals with) what older keys sealed."""
        done = Resealed()
        for _ in range(_MOST_PASSES):
            broken = changed = 0
            for table, columns in self._tables(lambda _one: True):
                for rows, failed in self._resealed(table, columns, cipher, newest):
                    broken, changed = broken + failed, changed + rows
                    progress(rows)
            done.rows, done.broken = done.rows + changed, broken
            if not changed:
                break
        return done

    def retire(self, key_id: bytes, event: AuditEvent) -> None:
        """Let nothing be sealed with this key any more, and forget the older indexes; in one transaction.

        Tables that refuse a retired key are locked against writers: whoever writes now is waited for and counted, and
        from one moment on every row has the newer index alone.
        Raises :class:`KeyInUse`, and changes nothing, while a row needs the key.
        """
        with self._engine.begin() as connection:
            # The names are those of the sealed columns, which the code lists.
            # nosemgrep: sql-by-string -- as said above
            connection.execute(text(f"lock table {', '.join(REFUSE_RETIRED_KEYS)} in share row exclusive mode"))
            rows = sum(_rows_of(connection, column, key_id) for column in self._columns)
            if rows:
                raise KeyInUse(rows)
            keep = text("insert into retired_data_key (key_id) values (:key) on conflict do nothing")
            connection.execute(keep, {"key": key_id})
            for column in self._columns:
                if column.index is not None and column.index.older is not None:
                    older = column.index.older
                    # The names are those of the sealed columns, which the code lists.
                    # nosemgrep: sql-by-string -- as said above
                    connection.execute(text(f"update {column.table} set {older} = null where {older} is not null"))
            audit.write(connection, event)

    def note(self, event: AuditEvent) -> None:
        """Write down what was done to the keys."""
        with self._engine.begin() as connection:
            audit.write(connection, event)

    def _tables(self, chosen: Callable[[SealedColumn], bool]) -> Iterator[tuple[str, list[SealedColumn]]]:
        for table, columns in groupby((one for one in self._columns if chosen(one)), key=lambda one: one.table):
            yield table, list(columns)

    def _sealed_batch(self, table: str, columns: Sequence[SealedColumn], cipher: FieldCipher) -> int:
        key = columns[0].key
        chosen = ", ".join(f"{one.plain.sql} as plain_{one.column}" for one in columns if one.plain is not None)
        statement = (
            f"select {_listed(key)}, {_bound(columns)}, {chosen} from {table} t where {_is_plain(columns)} "
            f"order by {_listed(key)} limit :limit for update of t"
        )
        with self._engine.begin() as connection:
            rows = connection.execute(text(statement), {"limit": _at_once(columns)}).mappings().all()
            changes: list[dict[str, Any]] = []
            for row in rows:
                change: dict[str, Any] = {name: row[name] for name in key}
                for one in columns:
                    change |= _values(one, row, _as_bytes(row[f"plain_{one.column}"]), cipher)
                changes.append(change)
            _write(connection, table, key, changes, _plain_columns(columns))
        return len(rows)

    def _resealed(
        self, table: str, columns: Sequence[SealedColumn], cipher: FieldCipher, newest: bytes
    ) -> Iterator[tuple[int, int]]:
        key = columns[0].key
        stale = " or ".join(f"substr(t.{one.column}, 2, 4) <> :newest" for one in columns)
        chosen = ", ".join(f"t.{one.column}" for one in columns)
        beyond: tuple[Any, ...] = ()
        while True:
            after = f"({_listed(key)}) > ({', '.join(f':after_{name}' for name in key)}) and " if beyond else ""
            statement = (
                f"select {_listed(key)}, {_bound(columns)}, {chosen} from {table} t where {after}({stale}) "
                f"order by {_listed(key)} limit :limit for no key update of t"
            )
            parameters = {"newest": newest, "limit": _at_once(columns)}
            parameters |= {f"after_{name}": value for name, value in zip(key, beyond, strict=bool(beyond))}
            with self._engine.begin() as connection:
                rows = connection.execute(text(statement), parameters).mappings().all()
                changes, broken = _anew(columns, key, rows, cipher)
                _write(connection, table, key, changes)
            if not rows:
                return
            yield len(changes), broken
            beyond = tuple(rows[-1][name] for name in key)


def _anew(
    columns: Sequence[SealedColumn], key: Sequence[str], rows: Sequence[Any], cipher: FieldCipher
) -> tuple[list[dict[str, Any]], int]:
    """Return the rows with everything sealed anew, and how many were left out because a seal does not open."""
    changes = []
    for row in rows:
        change = {name: row[name] for name in key}
        try:
            for one in columns:
                sealed = row[one.column]
                bound = row[f"bound_{one.column}"]
                opened = None if sealed is None else cipher.open_bytes(one.field, bound, bytes(sealed))
                change |= _values(one, row, opened, cipher)
        except SealBroken:
            # Without the traceback, whose frames hold texts.
            where = [str(row[name]) for name in key]
            log.error("sealed_field_broken", table=columns[0].table, row=where)  # noqa: TRY400
            continue
        changes.append(change)
    return changes, len(rows) - len(changes)


def _values(column: SealedColumn, row: Any, opened: bytes | None, cipher: FieldCipher) -> dict[str, bytes | None]:
    """Return what a row keeps of a text; nothing where there is none."""
    bound = row[f"bound_{column.column}"]
    values = {column.column: None if opened is None else cipher.seal_bytes(column.field, bound, opened)}
    if column.index is not None:
        office = row[f"office_{column.column}"]
        indexes = () if opened is None else cipher.indexes(column.field, office, column.index.content(opened.decode()))
        values[column.index.column] = indexes[0] if indexes else None
        if column.index.older is not None:
            values[column.index.older] = indexes[-1] if len(indexes) > 1 else None
    return values


def _write(
    connection: Connection,
    table: str,
    key: Sequence[str],
    changes: Sequence[dict[str, Any]],
    emptied: Sequence[str] = (),
) -> None:
    """Write sealed values and their indexes, and empty the plain columns that they were in."""
    if not changes:
        return
    written = [name for name in changes[0] if name not in key]
    types = dict.fromkeys(written, "bytea") | dict.fromkeys(key, "bigint")
    arrays = ", ".join(f"cast(:{name} as {types[name]}[])" for name in (*key, *written))
    sets = ", ".join([f"{name} = x.{name}" for name in written] + [f"{name} = null" for name in emptied])
    same = " and ".join(f"t.{name} = x.{name}" for name in key)
    names = ", ".join((*key, *written))
    # The names are those of the sealed columns, which the code lists.
    # nosemgrep: sql-by-string -- as said above
    statement = f"update {table} t set {sets} from unnest({arrays}) as x({names}) where {same}"
    connection.execute(text(statement), {name: [one[name] for one in changes] for name in (*key, *written)})


def _as_bytes(plain: str | bytes | None) -> bytes | None:
    if not plain:
        return None
    return plain.encode() if isinstance(plain, str) else bytes(plain)


def _uses(connection: Connection, column: SealedColumn) -> Iterator[KeyUse]:
    statement = (
        f"select substr(t.{column.column}, 2, 4) as key_id, count(*) as rows from {column.table} t "
        f"where t.{column.column} is not null group by 1 order by 1"
    )
    for row in connection.execute(text(statement)):
        yield KeyUse(column.table, column.column, bytes(row.key_id), row.rows)
    if column.plain is not None:
        # The names are those of the sealed columns, which the code lists.
        # nosemgrep: sql-by-string -- as said above
        plain = text(f"select count(*) from {column.table} t where octet_length({column.plain.sql}) > 0")
        rows = connection.execute(plain).scalar_one()
        if rows:
            yield KeyUse(column.table, column.column, None, rows)


def _rows_of(connection: Connection, column: SealedColumn, key_id: bytes) -> int:
    """Count the rows of a column that are sealed with a key, or found by an index of it alone."""
    found_by = "" if column.index is None else f" or substr(t.{column.index.column}, 1, 4) = :key"
    # The names are those of the sealed columns, which the code lists.
    # nosemgrep: sql-by-string -- as said above
    statement = f"select count(*) from {column.table} t where substr(t.{column.column}, 2, 4) = :key{found_by}"
    rows: int = connection.execute(text(statement), {"key": key_id}).scalar_one()
    return rows


def _is_plain(columns: Sequence[SealedColumn]) -> str:
    return " or ".join(f"t.{name} is not null" for name in _plain_columns(columns))


def _plain_columns(columns: Sequence[SealedColumn]) -> list[str]:
    return [name for one in columns if one.plain is not None for name in one.plain.columns]


def _at_once(columns: Sequence[SealedColumn]) -> int:
    return min([BATCH_ROWS, *(one.most_at_once for one in columns if one.most_at_once is not None)])


def _bound(columns: Sequence[SealedColumn]) -> str:
    """Return what each column is bound to, and the office that its index counts in, as columns of a statement."""
    bound = [f"{one.row_id} as bound_{one.column}" for one in columns]
    offices = [f"{one.index.office} as office_{one.column}" for one in columns if one.index is not None]
    return ", ".join([*bound, *offices])


def _listed(key: Sequence[str]) -> str:
    return ", ".join(f"t.{name}" for name in key)
