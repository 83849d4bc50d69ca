"""The sealed record: which transaction wrote an event, the Merkle log, its subtrees and its signed heads.

Revision: 0006
Follows: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from caseflow.persistence.tables.base import TransactionNumber

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("log_leaf", "log_node", "signed_head")


def upgrade() -> None:
    """Apply. The events there are get this migration's own transaction, and their order by number."""
    op.add_column(
        "audit_event",
        sa.Column("xid", TransactionNumber(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
    )
    op.create_index("ix_audit_event_xid", "audit_event", ["xid", "id"])
    op.create_table(
        "log_leaf",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref_id", sa.BigInteger(), nullable=False),
        sa.Column("xid", TransactionNumber(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_log_leaf"),
        sa.UniqueConstraint("kind", "ref_id", name="uq_log_leaf_kind_ref_id"),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_log_leaf_seq_from_zero")),
        sa.CheckConstraint("kind in ('event', 'transfer')", name=op.f("ck_log_leaf_kind")),
        sa.CheckConstraint("octet_length(leaf) = 32", name=op.f("ck_log_leaf_leaf_length")),
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name="pk_log_node"),
        sa.CheckConstraint("level >= 8 and position >= 0", name=op.f("ck_log_node_stored_levels")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_log_node_hash_length")),
    )
    op.create_table(
        "signed_head",
        sa.Column("tree_size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous_size", sa.BigInteger(), nullable=False),
        sa.Column("previous_root", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("newest_event", sa.BigInteger(), nullable=False),
        sa.Column("newest_transfer", sa.BigInteger(), nullable=False),
        sa.Column("next_xid", sa.BigInteger(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tree_size", name="pk_signed_head"),
        sa.UniqueConstraint("previous_size", name="uq_signed_head_previous_size"),
        sa.CheckConstraint("previous_size between 0 and tree_size - 1", name=op.f("ck_signed_head_grows")),
        sa.CheckConstraint(
            "octet_length(root) = 32 and octet_length(previous_root) = 32 "
            "and octet_length(public_key) = 32 and octet_length(signature) = 64",
            name=op.f("ck_signed_head_lengths"),
        ),
    )
    for table in TABLES:
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
        op.execute(f"grant select, insert on {table} to caseflow_application")
        op.execute(f"grant select on {table} to caseflow_auditor")


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("ix_audit_event_xid", "audit_event")
    op.drop_column("audit_event", "xid")
