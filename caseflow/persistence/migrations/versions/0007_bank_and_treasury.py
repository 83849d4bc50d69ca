"""The bank and the treasury: statements, what was decided on their lines, remittances and the treasury's advice.

What somebody writes only grows. How things stand now is kept by triggers that run as the owner, in tables the application
may only read; their primary keys make a receipt stand on one line, a line under one decision, and a remittance on one
outgoing line. At commit the database adds up: the receipts of a line make its amount, the receipts of a remittance make
its amount and its transfer, and what was suspended is on the suspense account with exactly the line's amount.

Revision: 0007
Follows: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from caseflow.persistence.migrations.guards_of_0007 import set_up_guards, take_down

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bank_account",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(bank) between 1 and 100 and length(number) between 1 and 40", name=op.f("ck_bank_account_names")
        ),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_bank_account_event_key")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_bank_account_office_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["staff.id"], name=op.f("fk_bank_account_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_account")),
        sa.UniqueConstraint("event_key", name=op.f("uq_bank_account_event_key")),
        sa.UniqueConstraint("id", "office_id", name=op.f("uq_bank_account_id_office_id")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_bank_account_office_id_number")),
    )
    op.create_table(
        "bank_columns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_bank_columns_event_key")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_bank_columns_office_id")),
        sa.ForeignKeyConstraint(["saved_by"], ["staff.id"], name=op.f("fk_bank_columns_saved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_columns")),
        sa.UniqueConstraint("event_key", name=op.f("uq_bank_columns_event_key")),
    )
    op.create_index("ix_bank_columns_newest", "bank_columns", ["office_id", "bank", sa.literal_column("id desc")], unique=False)  # fmt: skip
    op.create_table(
        "bank_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_by", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint("length(name) between 1 and 200", name=op.f("ck_bank_file_name")),
        sa.CheckConstraint("octet_length(content) between 1 and 16777216", name=op.f("ck_bank_file_size")),
        sa.CheckConstraint("sha256 = sha256(content)", name=op.f("ck_bank_file_sha256")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_bank_file_event_key")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_bank_file_office_id")),
        sa.ForeignKeyConstraint(["received_by"], ["staff.id"], name=op.f("fk_bank_file_received_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
        sa.UniqueConstraint("event_key", name=op.f("uq_bank_file_event_key")),
        sa.UniqueConstraint("id", "office_id", name=op.f("uq_bank_file_id_office_id")),
        sa.UniqueConstraint("office_id", "sha256", name=op.f("uq_bank_file_office_id_sha256")),
    )
    op.create_table(
        "bank_statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("opening_fen", sa.BigInteger(), nullable=True),
        sa.Column("closing_fen", sa.BigInteger(), nullable=True),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("new_count", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint("format in ('camt053', 'mt940', 'csv')", name=op.f("ck_bank_statement_format")),
        sa.CheckConstraint(
            "first_on <= last_on and new_count between 1 and line_count and left_out >= 0",
            name=op.f("ck_bank_statement_counts"),
        ),
        sa.CheckConstraint("num_nulls(opening_fen, closing_fen) in (0, 2)", name=op.f("ck_bank_statement_balances")),
        sa.ForeignKeyConstraint(
            ["account_id", "office_id"], ["bank_account.id", "bank_account.office_id"], name="fk_bank_statement_account"
        ),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_bank_statement_event_key")),
        sa.ForeignKeyConstraint(
            ["file_id", "office_id"], ["bank_file.id", "bank_file.office_id"], name="fk_bank_statement_file"
        ),
        sa.ForeignKeyConstraint(["imported_by"], ["staff.id"], name=op.f("fk_bank_statement_imported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
        sa.UniqueConstraint("id", "office_id", "account_id", name=op.f("uq_bank_statement_id_office_id_account_id")),
    )
    op.create_index("ix_bank_statement_newest", "bank_statement", ["office_id", sa.literal_column("id desc")], unique=False)  # fmt: skip
    op.create_table(
        "remittance",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("voucher", sa.Text(), nullable=False),
        sa.Column("remitted_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("transfer_key", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_remittance_amount_above_zero")),
        sa.CheckConstraint("length(voucher) between 1 and 60", name=op.f("ck_remittance_voucher")),
        sa.ForeignKeyConstraint(
            ["account_id", "office_id"], ["bank_account.id", "bank_account.office_id"], name="fk_remittance_account"
        ),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_remittance_event_key")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_remittance_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance")),
        sa.UniqueConstraint("event_key", name=op.f("uq_remittance_event_key")),
        sa.UniqueConstraint("id", "office_id", name=op.f("uq_remittance_id_office_id")),
        sa.UniqueConstraint("office_id", "voucher", name=op.f("uq_remittance_office_id_voucher")),
        sa.UniqueConstraint("transfer_key", name=op.f("uq_remittance_transfer_key")),
    )
    op.create_index("ix_remittance_newest", "remittance", ["office_id", sa.literal_column("id desc")], unique=False)
    op.create_table(
        "bank_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("direction in ('credit', 'debit')", name=op.f("ck_bank_line_direction")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_bank_line_amount_above_zero")),
        sa.CheckConstraint(
            "length(reference) <= 140 and length(identity) <= 140 and length(remark) <= 500 and length(counterparty) <= 200 and length(bank_reference) <= 60",
            name=op.f("ck_bank_line_lengths"),
        ),
        sa.CheckConstraint("occurrence > 0", name=op.f("ck_bank_line_occurrence")),
        sa.ForeignKeyConstraint(
            ["statement_id", "office_id", "account_id"],
            ["bank_statement.id", "bank_statement.office_id", "bank_statement.account_id"],
            name="fk_bank_line_statement",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint(
            "account_id", "booked_on", "direction", "amount_fen", "identity", "occurrence", name="uq_bank_line_same"
        ),
        sa.UniqueConstraint("id", "office_id", name=op.f("uq_bank_line_id_office_id")),
    )
    op.create_index("ix_bank_line_newest", "bank_line", ["office_id", sa.literal_column("id desc")], unique=False)
    op.create_index("ix_bank_line_statement", "bank_line", ["statement_id", "id"], unique=False)
    op.create_table(
        "remittance_end",
        sa.Column("remittance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reversal_key", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint("length(reason) between 1 and 500", name=op.f("ck_remittance_end_reason")),
        sa.ForeignKeyConstraint(["ended_by"], ["staff.id"], name=op.f("fk_remittance_end_ended_by")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_remittance_end_event_key")),
        sa.ForeignKeyConstraint(
            ["remittance_id", "office_id"],
            ["remittance.id", "remittance.office_id"],
            name="fk_remittance_end_remittance",
        ),
        sa.PrimaryKeyConstraint("remittance_id", name=op.f("pk_remittance_end")),
        sa.UniqueConstraint("event_key", name=op.f("uq_remittance_end_event_key")),
        sa.UniqueConstraint("reversal_key", name=op.f("uq_remittance_end_reversal_key")),
    )
    op.create_table(
        "treasury_advice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("remittance_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("advised_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint("corrects_id < id", name=op.f("ck_treasury_advice_corrects_an_earlier_one")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_treasury_advice_amount_above_zero")),
        sa.CheckConstraint("length(number) between 1 and 60", name=op.f("ck_treasury_advice_number")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_treasury_advice_event_key")),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_treasury_advice_recorded_by")),
        sa.ForeignKeyConstraint(
            ["remittance_id", "office_id"],
            ["remittance.id", "remittance.office_id"],
            name="fk_treasury_advice_remittance",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treasury_advice")),
        sa.UniqueConstraint("event_key", name=op.f("uq_treasury_advice_event_key")),
        sa.ForeignKeyConstraint(
            ["corrects_id", "office_id", "number", "remittance_id"],
            [
                "treasury_advice.id",
                "treasury_advice.office_id",
                "treasury_advice.number",
                "treasury_advice.remittance_id",
            ],
            name="fk_treasury_advice_corrects",
        ),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_treasury_advice_corrects_id")),
        sa.UniqueConstraint("id", "office_id", "number", "remittance_id", name="uq_treasury_advice_of_remittance"),
    )
    # A number is used once, or corrects the earlier advice of that number and that remittance.
    op.create_index(
        "uq_treasury_advice_number",
        "treasury_advice",
        ["office_id", "number"],
        unique=True,
        postgresql_where=sa.text("corrects_id is null"),
    )
    op.create_index("ix_treasury_advice_newest", "treasury_advice", ["remittance_id", sa.literal_column("id desc")], unique=False)  # fmt: skip
    op.create_table(
        "bank_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("nth", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remittance_id", sa.BigInteger(), nullable=True),
        sa.Column("transfer_key", sa.Text(), nullable=True),
        sa.Column("reversal_key", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'remitted') = (remittance_id is not null)", name=op.f("ck_bank_decision_remittance")
        ),
        sa.CheckConstraint(
            "(kind in ('suspended', 'refund_ordered')) = (transfer_key is not null)",
            name=op.f("ck_bank_decision_transfer"),
        ),
        sa.CheckConstraint("how in ('automatic', 'proposal', 'hand')", name=op.f("ck_bank_decision_how")),
        sa.CheckConstraint(
            "kind in ('matched', 'suspended', 'refund_ordered', 'remitted', 'noted', 'undone')",
            name=op.f("ck_bank_decision_kind"),
        ),
        sa.CheckConstraint(
            "length(reason) <= 500 and (reason <> '' or kind not in ('noted', 'undone', 'refund_ordered'))",
            name=op.f("ck_bank_decision_reason"),
        ),
        sa.CheckConstraint(
            "reversal_key is null or kind in ('matched', 'undone')", name=op.f("ck_bank_decision_reversal")
        ),
        sa.CheckConstraint("nth > 0", name=op.f("ck_bank_decision_nth")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_bank_decision_decided_by")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_bank_decision_event_key")),
        sa.ForeignKeyConstraint(
            ["line_id", "office_id"], ["bank_line.id", "bank_line.office_id"], name="fk_bank_decision_line"
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id", "office_id"],
            ["remittance.id", "remittance.office_id"],
            name="fk_bank_decision_remittance",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_decision")),
        sa.UniqueConstraint("id", "office_id", name=op.f("uq_bank_decision_id_office_id")),
        sa.UniqueConstraint("line_id", "nth", name=op.f("uq_bank_decision_line_id_nth")),
        sa.UniqueConstraint("reversal_key", name=op.f("uq_bank_decision_reversal_key")),
        sa.UniqueConstraint("transfer_key", name=op.f("uq_bank_decision_transfer_key")),
    )
    op.create_table(
        "remittance_item",
        sa.Column("remittance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lot_id", "no"], ["receipt.lot_id", "receipt.no"], name=op.f("fk_remittance_item_lot_id_no")
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id", "office_id"],
            ["remittance.id", "remittance.office_id"],
            name="fk_remittance_item_remittance",
        ),
        sa.PrimaryKeyConstraint("remittance_id", "lot_id", "no", name=op.f("pk_remittance_item")),
    )
    op.create_table(
        "remittance_line",
        sa.Column("remittance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["bank_line.id"], name=op.f("fk_remittance_line_line_id")),
        sa.ForeignKeyConstraint(["remittance_id"], ["remittance.id"], name=op.f("fk_remittance_line_remittance_id")),
        sa.PrimaryKeyConstraint("remittance_id", name=op.f("pk_remittance_line")),
        sa.UniqueConstraint("line_id", name=op.f("uq_remittance_line_line_id")),
    )
    op.create_table(
        "bank_decision_receipt",
        sa.Column("decision_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id", "office_id"],
            ["bank_decision.id", "bank_decision.office_id"],
            name="fk_bank_decision_receipt_decision",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id", "no"], ["receipt.lot_id", "receipt.no"], name=op.f("fk_bank_decision_receipt_lot_id_no")
        ),
        sa.PrimaryKeyConstraint("decision_id", "lot_id", "no", name=op.f("pk_bank_decision_receipt")),
    )
    op.create_table(
        "bank_line_state",
        sa.Column("line_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("nth", sa.SmallInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state in ('open', 'matched', 'suspended', 'refund_ordered', 'remitted', 'noted')",
            name=op.f("ck_bank_line_state_state"),
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["bank_decision.id"], name=op.f("fk_bank_line_state_decision_id")),
        sa.ForeignKeyConstraint(["line_id"], ["bank_line.id"], name=op.f("fk_bank_line_state_line_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_bank_line_state")),
    )
    op.create_index(
        "ix_bank_line_state_list",
        "bank_line_state",
        ["office_id", "state", sa.literal_column("line_id desc")],
        unique=False,
    )
    op.create_table(
        "banked_receipt",
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["bank_decision.id"], name=op.f("fk_banked_receipt_decision_id")),
        sa.ForeignKeyConstraint(["line_id"], ["bank_line.id"], name=op.f("fk_banked_receipt_line_id")),
        sa.ForeignKeyConstraint(
            ["lot_id", "no"], ["receipt.lot_id", "receipt.no"], name=op.f("fk_banked_receipt_lot_id_no")
        ),
        sa.PrimaryKeyConstraint("lot_id", "no", name=op.f("pk_banked_receipt")),
    )
    op.create_index(op.f("ix_banked_receipt_line_id"), "banked_receipt", ["line_id"], unique=False)
    op.create_table(
        "remitted_receipt",
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("remittance_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lot_id", "no"], ["banked_receipt.lot_id", "banked_receipt.no"], name="fk_remitted_receipt_banked"
        ),
        sa.ForeignKeyConstraint(["remittance_id"], ["remittance.id"], name=op.f("fk_remitted_receipt_remittance_id")),
        sa.PrimaryKeyConstraint("lot_id", "no", name=op.f("pk_remitted_receipt")),
    )
    op.create_index(op.f("ix_remitted_receipt_remittance_id"), "remitted_receipt", ["remittance_id"], unique=False)
    set_up_guards()


def downgrade() -> None:
    """Take back."""
    take_down()
