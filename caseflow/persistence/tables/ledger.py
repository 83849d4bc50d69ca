"""The ledger: accounts, transfers, period closes. The triggers stand in migration 0003."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from caseflow.domain.ledger import NORMAL_SIDES, Line
from caseflow.persistence.tables.base import TransactionNumber, big_id, metadata, one_of

LINES = tuple(line.value for line in Line)
_KINDS = ", ".join(f"('{line.value}', '{kind}')" for line, kind in sorted(NORMAL_SIDES))

account = Table(
    "account",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("line", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("regime", Text),
    Column("name_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    UniqueConstraint("office_id", "code"),
    # What the foreign keys of a transfer point at: they carry office, line and kind, so nothing mixed can be written.
    UniqueConstraint("id", "office_id", "line", "kind"),
    CheckConstraint(f"(line, kind) in ({_KINDS})", name="kind"),
)

transfer = Table(
    "transfer",
    metadata,
    big_id(),
    Column("office_id", Integer, nullable=False),
    Column("line", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("leg", SmallInteger, nullable=False),
    Column("operation", Text, nullable=False),
    Column("debit_id", Integer, nullable=False),
    Column("debit_kind", Text, nullable=False),
    Column("credit_id", Integer, nullable=False),
    Column("credit_kind", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("booked_on", Date, nullable=False),
    Column(
        "period",
        Integer,
        Computed(
            "(extract(year from booked_on))::integer * 100 + (extract(month from booked_on))::integer", persisted=True
        ),
        nullable=False,
    ),
    Column("value_on", Date, nullable=False),
    Column("case_id", ForeignKey("cases.id")),
    Column("seq", Integer),
    Column("actor_id", Integer),
    Column("document", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("reverses_id", BigInteger),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("xid", TransactionNumber, nullable=False, server_default=func.pg_current_xact_id()),
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("key", "leg"),
    UniqueConstraint("id", "office_id", "line", "debit_id", "credit_id", "amount_fen", name="uq_transfer_mirror"),
    ForeignKeyConstraint(
        ["debit_id", "office_id", "line", "debit_kind"],
        ["account.id", "account.office_id", "account.line", "account.kind"],
        name="fk_transfer_debit",
    ),
    ForeignKeyConstraint(
        ["credit_id", "office_id", "line", "credit_kind"],
        ["account.id", "account.office_id", "account.line", "account.kind"],
        name="fk_transfer_credit",
    ),
    # A reversal is the exact mirror of what it reverses.
    ForeignKeyConstraint(
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
    CheckConstraint("amount_fen > 0", name="amount_above_zero"),
    CheckConstraint("debit_id <> credit_id", name="two_accounts"),
    CheckConstraint("leg > 0", name="leg_positive"),
    CheckConstraint("octet_length(leaf) = 32", name="leaf_length"),
    CheckConstraint("length(key) between 1 and 200", name="key_length"),
    CheckConstraint("value_on <= booked_on", name="value_not_after_booking"),
    CheckConstraint("case_id is null or line = 'income'", name="cases_know_income_only"),
    # The list stands in a function: PostgreSQL reads a constraint's own expression anew at every statement, and a list
    # of thirty took longer than the rest of the insert.
    CheckConstraint(
        "is_lawful_move(line, operation, debit_kind, credit_kind, reverses_id is not null)", name="legal_moves"
    ),
    # Lists go by day and then by id, so that a stretch of days is a stretch of each index.
    Index("ix_transfer_debit", "debit_id", "booked_on", "id", postgresql_include=["amount_fen"]),
    Index("ix_transfer_credit", "credit_id", "booked_on", "id", postgresql_include=["amount_fen"]),
    Index("uq_transfer_reverses_id", "reverses_id", unique=True, postgresql_where=text("reverses_id is not null")),
    Index("ix_transfer_case", "case_id", "id", postgresql_where=text("case_id is not null")),
    Index(
        "ix_transfer_balance",
        "office_id",
        "line",
        "booked_on",
        "id",
        postgresql_include=["debit_id", "credit_id", "amount_fen"],
    ),
    Index("ix_transfer_operation", "office_id", "line", "operation", "booked_on", "id"),
    Index(
        "ix_transfer_document",
        "office_id",
        "line",
        "document",
        "booked_on",
        "id",
        postgresql_where=text("document <> ''"),
    ),
    Index("ix_transfer_xid", "xid", "id"),
)

period_close = Table(
    "period_close",
    metadata,
    Column("office_id", ForeignKey("office.id"), primary_key=True),
    Column("line", Text, primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("closed_by", ForeignKey("staff.id"), nullable=False),
    Column("closed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint(one_of("line", LINES), name="line"),
    CheckConstraint("period between 190001 and 299912 and mod(period, 100) between 1 and 12", name="period"),
)

account_balance = Table(
    "account_balance",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("debit_fen", BigInteger, nullable=False),
    Column("credit_fen", BigInteger, nullable=False),
)
