"""The Merkle log over events and transfers, its stored subtrees and its signed heads."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, Row, TextClause, text

from caseflow.domain import merkle
from caseflow.domain.audit import AuditEvent
from caseflow.domain.heads import Head, SignedHead, Written
from caseflow.persistence import record_sql as sql
from caseflow.persistence.ledger import read_transfer
from caseflow.services.ports import FoundRecord, LoggedRecord, Unsealed, UnsealedRecord

SEALING_LOCK: Final = 4_920_106
LOWEST_STORED_LEVEL: Final = 8
STREAMED_ROWS: Final = 2000
LARGEST_ID: Final = 2**63 - 1


class Record:
    """Fulfils :class:`caseflow.services.ports.RecordStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self) -> bool:
        """Take the sealer's lock until the transaction ends; tell whether it was free."""
        free: bool = self._connection.execute(
            text("select pg_try_advisory_xact_lock(:lock)"), {"lock": SEALING_LOCK}
        ).scalar_one()
        return free

    def steady(self) -> None:
        """Let everything read in this unit of work be of one moment. Must come first."""
        self._connection.execute(text("set transaction isolation level repeatable read read only"))

    def append_final(self, size: int, limit: int) -> tuple[list[bytes], Written]:
        """Append up to ``limit`` records whose order is final, from place ``size`` on; see the port.

        Final is the order of records of transactions below the horizon: no transaction that still runs, or has yet to
        begin, can put one before them.
        """
        end = self._end()
        statement = sql.APPEND_LEFT_OVER if end.restored else sql.APPEND_FINAL
        rows = self._connection.execute(statement, {**end.parameters, "size": size, "limit": limit}).all()
        written = end.written
        if end.restored:
            # What the old cluster left over was begun before this head, whatever this one's transactions are numbered.
            begun = max([written.next_transaction, int(end.parameters["after_xid"]), *(row.xid for row in rows)])
            written = replace(written, next_transaction=begun)
        return [bytes(row.leaf) for row in rows], written

    def add_nodes(self, nodes: Sequence[tuple[int, int, bytes]]) -> None:
        """Keep the complete subtrees (level, position, hash) that are large enough to be worth it."""
        kept = [node for node in nodes if node[0] >= LOWEST_STORED_LEVEL]
        if kept:
            levels, positions, hashes = (list(column) for column in zip(*kept, strict=True))
            self._connection.execute(sql.ADD_NODES, {"levels": levels, "positions": positions, "hashes": hashes})

    def add_head(self, signed: SignedHead) -> None:
        """Keep a head; one of a size that is there already raises ``IntegrityError``."""
        head = signed.head
        self._connection.execute(
            sql.ADD_HEAD,
            {
                "tree_size": head.tree_size,
                "root": head.root,
                "previous_size": head.previous_size,
                "previous_root": head.previous_root,
                "at": head.at,
                "newest_event": head.written.event,
                "newest_transfer": head.written.transfer,
                "next_xid": head.written.next_transaction,
                "public_key": head.public_key,
                "signature": signed.signature,
            },
        )

    def newest_head(self) -> SignedHead | None:
        """Return the newest head."""
        return next(iter(self.heads_before(None, 1)), None)

    def head_of(self, tree_size: int) -> SignedHead | None:
        """Return the head of exactly this many records."""
        return self._one_head(sql.HEAD_OF, {"tree_size": tree_size})

    def head_covering(self, index: int) -> SignedHead | None:
        """Return the first head that covers place ``index`` (from 0)."""
        return self._one_head(sql.HEAD_COVERING, {"place": index})

    def heads(self) -> list[SignedHead]:
        """Return every head, oldest first."""
        return [_head(row) for row in self._connection.execute(sql.HEADS)]

    def heads_before(self, tree_size: int | None, limit: int) -> list[SignedHead]:
        """Return heads of fewer than ``tree_size`` records (None: from the newest), newest first."""
        below = LARGEST_ID if tree_size is None else tree_size
        rows = self._connection.execute(sql.HEADS_BEFORE, {"tree_size": below, "limit": limit})
        return [_head(row) for row in rows]

    def place_of(self, kind: str, ref_id: int) -> int | None:
        """Return where a record stands in the log (from 0), or ``None`` while it is not sealed."""
        found: int | None = self._connection.execute(
            text("select seq from log_leaf where kind = :kind and ref_id = :ref_id"), {"kind": kind, "ref_id": ref_id}
        ).scalar_one_or_none()
        return found

    def logged_leaf(self, index: int) -> bytes | None:
        """Return the leaf hash at a place of the log."""
        found = self._connection.execute(
            text("select leaf from log_leaf where seq = :place"), {"place": index}
        ).scalar_one_or_none()
        return None if found is None else bytes(found)

    def record(self, kind: str, ref_id: int) -> FoundRecord | None:
        """Return one record."""
        row = self._connection.execute(sql.RECORD[kind], {"ref_id": ref_id}).one_or_none()
        return None if row is None else FoundRecord(kind, ref_id, row.office_id, bytes(row.row_leaf), _text(kind, row))

    def numbers_of(self, kind: str, key: str) -> list[int]:
        """Return the numbers of the records with this key: one event, or the transfers of one entry by leg."""
        return list(self._connection.execute(sql.NUMBERS[kind], {"key": key}).scalars())

    def subtrees(self, wanted: Sequence[merkle.Subtree]) -> Mapping[merkle.Subtree, bytes]:
        """Return the hashes of complete subtrees: the large ones as stored, the small ones from their leaves."""
        stored = [part for part in wanted if part[0] >= LOWEST_STORED_LEVEL]
        small = [part for part in wanted if part[0] < LOWEST_STORED_LEVEL]
        nodes = self._connection.execute(
            sql.NODES, {"levels": [level for level, _ in stored], "positions": [position for _, position in stored]}
        )
        found = {(row.level, row.position): bytes(row.hash) for row in nodes}
        starts = [position << level for level, position in small]
        ends = [(position + 1) << level for level, position in small]
        rows = self._connection.execute(sql.LEAVES, {"starts": starts, "ends": ends})
        leaves = {row.seq: bytes(row.leaf) for row in rows}
        for level, position in small:
            tree = merkle.Growing()
            for seq in range(position << level, (position + 1) << level):
                tree.append(leaves[seq])
            found[level, position] = tree.root()
        return found

    def logged(self) -> Iterator[LoggedRecord]:
        """Return every place of the log in order, with its record; streamed."""
        return heapq.merge(*(self._logged(kind) for kind in sql.TABLES), key=lambda record: record.seq)

    def unsealed(self) -> Iterator[UnsealedRecord]:
        """Return the records that are not in the log, by kind and number; streamed."""
        end = self._end()
        for kind in sql.TABLES:
            for row in self._stream(sql.UNSEALED[kind], end.parameters):
                misplaced = row.misplaced and not end.restored
                yield UnsealedRecord(kind, row.id, row.xid, row.at, bytes(row.row_leaf), _text(kind, row), misplaced)

    def waiting(self, cap: int) -> Unsealed:
        """Count the records that are not in the log, up to ``cap`` of each kind."""
        end = self._end()
        statement = sql.WAITING_LEFT_OVER if end.restored else sql.WAITING
        row = self._connection.execute(statement, {**end.parameters, "cap": cap}).one()
        return Unsealed(row.waiting, row.oldest_at)

    def _end(self) -> _End:
        row = self._connection.execute(sql.END).one()
        parameters = {"after_xid": row.after_xid, "before_xid": row.before_xid, "next_xid": str(row.next_xid)}
        for kind in sql.TABLES:
            # The order within a transaction is kind, number: kinds before the last one are in the log whole.
            edge = -LARGEST_ID if row.kind is None or kind > row.kind else LARGEST_ID
            parameters[f"after_{kind}"] = row.ref_id if kind == row.kind else edge
        return _End(parameters, Written(row.newest_event, row.newest_transfer, row.next_xid), row.restored)

    def _one_head(self, statement: TextClause, parameters: Mapping[str, int]) -> SignedHead | None:
        row = self._connection.execute(statement, parameters).one_or_none()
        return None if row is None else _head(row)

    def _logged(self, kind: str) -> Iterator[LoggedRecord]:
        for row in self._stream(sql.LOGGED[kind]):
            gone = row.id is None
            leaf, content = (None, None) if gone else (bytes(row.row_leaf), _text(kind, row))
            yield LoggedRecord(row.place, kind, row.ref_id, row.xid, bytes(row.logged_leaf), leaf, content)

    def _stream(self, statement: TextClause, parameters: Mapping[str, Any] | None = None) -> Iterator[Row[Any]]:
        options = {"yield_per": STREAMED_ROWS}
        return iter(self._connection.execute(statement, parameters or {}, execution_options=options))


@dataclass(frozen=True, slots=True)
class _End:
    parameters: Mapping[str, Any]
    written: Written
    restored: bool


def _text(kind: str, row: Row[Any]) -> bytes:
    """Return the canonical bytes of a row, and none for one that somebody bent out of the shape of a record."""
    try:
        return _CANONICAL[kind](row)
    except (ValueError, TypeError, AttributeError):
        return b""


def _event(row: Row[Any]) -> bytes:
    event = AuditEvent(
        row.key, row.at, row.actor_id, row.office_id, row.action, row.case_number, row.step_seq, row.body
    )
    return event.canonical()


_CANONICAL: Final[Mapping[str, Callable[[Row[Any]], bytes]]] = {
    "event": _event,
    "transfer": lambda row: read_transfer(row).canonical(),
}


def _head(row: Row[Any]) -> SignedHead:
    head = Head(
        row.tree_size,
        bytes(row.root),
        row.previous_size,
        bytes(row.previous_root),
        row.at,
        Written(row.newest_event, row.newest_transfer, row.next_xid),
        bytes(row.public_key),
    )
    return SignedHead(head, bytes(row.signature))
