"""Two lines of money: accounts, transfers, period closes, and what a case's money is made of.

A transfer's foreign keys carry its office, line and kind to both accounts, so nothing mixed can be written.

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


# No release kept money without a ledger; what a build in between wrote down has no transfers it could be the sum of.
REFUSE_MONEY_WITHOUT_TRANSFERS = """
do $$ begin
  if exists (select from cases where assessed_fen <> 0 or collected_fen <> 0) then
    raise exception 'this database was filled before the ledger existed: begin with an empty one (delete CASEFLOW_HOME)';
  end if;
end $$
"""

# The closed list: line, operation, kind debited, kind credited. A reversal is the mirror of one. A new move is a migration.
LAWFUL_MOVES = """
create function is_lawful_move(line text, operation text, debit_kind text, credit_kind text, reversal boolean)
returns boolean language plpgsql immutable parallel safe as $$
declare
  moves constant text[] := array[
    'expenditure appropriate quota authority',
    'expenditure commit committed quota',
    'expenditure lapse authority quota',
    'expenditure pay expense committed',
    'expenditure release quota committed',
    'income annul assessed receivable',
    'income annul charge_assessed charge_receivable',
    'income assess receivable assessed',
    'income charge charge_receivable charge_assessed',
    'income collect collecting_bank charge_receivable',
    'income collect collecting_bank held',
    'income collect collecting_bank receivable',
    'income interest refund_interest refund_due',
    'income refund refund_due treasury',
    'income refund_order assessed refund_due',
    'income refund_order charge_assessed refund_due',
    'income refund_order held refund_due',
    'income refund_order suspense refund_due',
    'income reinstate charge_receivable charge_assessed',
    'income reinstate receivable assessed',
    'income remit treasury collecting_bank',
    'income set_off held charge_receivable',
    'income set_off held receivable',
    'income set_off refund_due charge_receivable',
    'income set_off refund_due receivable',
    'income suspend collecting_bank suspense',
    'income waive assessed receivable',
    'income waive charge_assessed charge_receivable',
    'income write_off assessed receivable',
    'income write_off charge_assessed charge_receivable'
  ];
begin
  if reversal then
    return line || ' ' || operation || ' ' || credit_kind || ' ' || debit_kind = any (moves);
  end if;
  return line || ' ' || operation || ' ' || debit_kind || ' ' || credit_kind = any (moves);
end $$
"""


class Xid8(sa.types.UserDefinedType[str]):
    """The type of a transaction's number."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Return the type's name in SQL."""
        return "xid8"


def upgrade() -> None:
    """Apply."""
    op.execute(REFUSE_MONEY_WITHOUT_TRANSFERS)
    op.execute(LAWFUL_MOVES)
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("regime", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(line, kind) in (('expenditure', 'authority'), ('expenditure', 'committed'), ('expenditure', 'expense'), ('expenditure', 'quota'), ('income', 'assessed'), ('income', 'charge_assessed'), ('income', 'charge_receivable'), ('income', 'collecting_bank'), ('income', 'held'), ('income', 'receivable'), ('income', 'refund_due'), ('income', 'refund_interest'), ('income', 'suspense'), ('income', 'treasury'))",
            name=op.f("ck_account_kind"),
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_account_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("id", "office_id", "line", "kind", name=op.f("uq_account_id_office_id_line_kind")),
        sa.UniqueConstraint("office_id", "code", name=op.f("uq_account_office_id_code")),
    )
    op.create_table(
        "account_balance",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("debit_fen", sa.BigInteger(), nullable=False),
        sa.Column("credit_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_balance_account_id")),
        sa.PrimaryKeyConstraint("account_id", "period", name=op.f("pk_account_balance")),
    )
    op.create_table(
        "period_close",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("closed_by", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("line in ('income', 'expenditure')", name=op.f("ck_period_close_line")),
        sa.CheckConstraint(
            "period between 190001 and 299912 and mod(period, 100) between 1 and 12",
            name=op.f("ck_period_close_period"),
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_period_close_closed_by")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_period_close_office_id")),
        sa.PrimaryKeyConstraint("office_id", "line", "period", name=op.f("pk_period_close")),
    )
    op.create_table(
        "transfer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("leg", sa.SmallInteger(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("debit_id", sa.Integer(), nullable=False),
        sa.Column("debit_kind", sa.Text(), nullable=False),
        sa.Column("credit_id", sa.Integer(), nullable=False),
        sa.Column("credit_kind", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column(
            "period",
            sa.Integer(),
            sa.Computed(
                "(extract(year from booked_on))::integer * 100 + (extract(month from booked_on))::integer",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("document", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "is_lawful_move(line, operation, debit_kind, credit_kind, reverses_id is not null)",
            name=op.f("ck_transfer_legal_moves"),
        ),
        sa.CheckConstraint("case_id is null or line = 'income'", name=op.f("ck_transfer_cases_know_income_only")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_transfer_amount_above_zero")),
        sa.CheckConstraint("debit_id <> credit_id", name=op.f("ck_transfer_two_accounts")),
        sa.CheckConstraint("leg > 0", name=op.f("ck_transfer_leg_positive")),
        sa.CheckConstraint("length(key) between 1 and 200", name=op.f("ck_transfer_key_length")),
        sa.CheckConstraint("octet_length(leaf) = 32", name=op.f("ck_transfer_leaf_length")),
        sa.CheckConstraint("value_on <= booked_on", name=op.f("ck_transfer_value_not_after_booking")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_transfer_case_id")),
        sa.ForeignKeyConstraint(
            ["credit_id", "office_id", "line", "credit_kind"],
            ["account.id", "account.office_id", "account.line", "account.kind"],
            name="fk_transfer_credit",
        ),
        sa.ForeignKeyConstraint(
            ["debit_id", "office_id", "line", "debit_kind"],
            ["account.id", "account.office_id", "account.line", "account.kind"],
            name="fk_transfer_debit",
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id", "office_id", "line", "credit_id", "debit_id", "amount_fen"],
            [
                "transfer.id",
                "transfer.office_id",
                "transfer.line",
                "transfer.debit_id",
                "transfer.credit_id",
                "transfer.amount_fen",
            ],
            name="fk_transfer_reverses",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint(
            "id", "office_id", "line", "debit_id", "credit_id", "amount_fen", name="uq_transfer_mirror"
        ),
        sa.UniqueConstraint("key", "leg", name=op.f("uq_transfer_key_leg")),
    )
    op.create_index(
        "ix_transfer_balance",
        "transfer",
        ["office_id", "line", "booked_on"],
        unique=False,
        postgresql_include=["debit_id", "credit_id", "amount_fen"],
    )
    op.create_index(
        "ix_transfer_case", "transfer", ["case_id", "id"], unique=False, postgresql_where=sa.text("case_id is not null")
    )
    op.create_index(
        "ix_transfer_credit",
        "transfer",
        ["credit_id", "id"],
        unique=False,
        postgresql_include=["amount_fen", "booked_on"],
    )
    op.create_index(
        "ix_transfer_debit",
        "transfer",
        ["debit_id", "id"],
        unique=False,
        postgresql_include=["amount_fen", "booked_on"],
    )
    op.create_index(
        "uq_transfer_reverses_id",
        "transfer",
        ["reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id is not null"),
    )
    op.create_index("ix_transfer_newest", "transfer", ["office_id", "line", sa.literal_column("id desc")], unique=False)
    op.create_index("ix_transfer_xid", "transfer", ["xid", "id"], unique=False)
    op.add_column("cases", sa.Column("charged_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("cases", sa.Column("charge_written_off_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("cases", sa.Column("principal_open_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_cases_owing", "cases", ["office_id", "id"], postgresql_where=sa.text("principal_open_fen > 0"))
    op.add_column("cases", sa.Column("charge_open_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("cases", sa.Column("held_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("cases", sa.Column("refund_due_fen", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_cases_owing", table_name="cases")
    op.drop_column("cases", "refund_due_fen")
    op.drop_column("cases", "held_fen")
    op.drop_column("cases", "charge_open_fen")
    op.drop_column("cases", "principal_open_fen")
    op.drop_column("cases", "charge_written_off_fen")
    op.drop_column("cases", "charged_fen")
    op.drop_index("ix_transfer_xid", table_name="transfer")
    op.drop_index("ix_transfer_newest", table_name="transfer")
    op.drop_index("ix_transfer_debit", table_name="transfer", postgresql_include=["amount_fen", "booked_on"])
    op.drop_index("ix_transfer_credit", table_name="transfer", postgresql_include=["amount_fen", "booked_on"])
    op.drop_index("ix_transfer_case", table_name="transfer", postgresql_where=sa.text("case_id is not null"))
    op.drop_index(
        "ix_transfer_balance", table_name="transfer", postgresql_include=["debit_id", "credit_id", "amount_fen"]
    )
    op.drop_table("transfer")
    op.drop_table("period_close")
    op.drop_table("account_balance")
    op.drop_table("account")
    op.execute("drop function is_lawful_move(text, text, text, text, boolean)")
