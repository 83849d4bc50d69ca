"""The Merkle log over the record, and its signed heads. Triggers stand in migration 0006."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from caseflow.domain.proofs import KINDS
from caseflow.persistence.tables.base import TransactionNumber, metadata, one_of

log_leaf = Table(
    "log_leaf",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("ref_id", BigInteger, nullable=False),
    Column("xid", TransactionNumber, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("kind", "ref_id"),
    CheckConstraint("seq >= 0", name="seq_from_zero"),
    CheckConstraint(one_of("kind", KINDS), name="kind"),
    CheckConstraint("octet_length(leaf) = 32", name="leaf_length"),
)

# The complete subtrees of 256 leaves and more: what a proof or the next seal would else have to hash again.
log_node = Table(
    "log_node",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    CheckConstraint("level >= 8 and position >= 0", name="stored_levels"),
    CheckConstraint("octet_length(hash) = 32", name="hash_length"),
)

signed_head = Table(
    "signed_head",
    metadata,
    Column("tree_size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("previous_size", BigInteger, nullable=False),
    Column("previous_root", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("newest_event", BigInteger, nullable=False),
    Column("newest_transfer", BigInteger, nullable=False),
    Column("next_xid", BigInteger, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    CheckConstraint("previous_size between 0 and tree_size - 1", name="grows"),
    CheckConstraint(
        "octet_length(root) = 32 and octet_length(previous_root) = 32 "
        "and octet_length(public_key) = 32 and octet_length(signature) = 64",
        name="lengths",
    ),
    UniqueConstraint("previous_size"),
)
