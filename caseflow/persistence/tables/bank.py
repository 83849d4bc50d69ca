"""The bank, the treasury and what was decided on each line of the bank. Everything that somebody writes only grows.

Four tables say how things stand now (``bank_line_state``, ``banked_receipt``, ``remitted_receipt``,
``remittance_line``). Triggers of migration 0007 keep them, the application may only read them, and their keys are what
makes a receipt stand on one line, a line on one decision, and a remittance on one outgoing line.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
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
from sqlalchemy.dialects.postgresql import JSONB

from caseflow.persistence.tables.base import big_id, metadata, one_of

STATES = ("open", "matched", "suspended", "refund_ordered", "remitted", "noted")
KINDS = (*STATES[1:], "undone")
HOW = ("automatic", "proposal", "hand")
FORMATS = ("camt053", "mt940", "csv")


def _receipt() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["lot_id", "no"], ["receipt.lot_id", "receipt.no"])


bank_account = Table(
    "bank_account",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("bank", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("opened_by", ForeignKey("staff.id"), nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("event_key", ForeignKey("audit_event.key"), nullable=False, unique=True),
    UniqueConstraint("office_id", "number"),
    UniqueConstraint("id", "office_id"),
    CheckConstraint("length(bank) between 1 and 100 and length(number) between 1 and 40", name="names"),
)

# The newest row of a bank counts; the older ones stay, so that an old import can be understood.
bank_columns = Table(
    "bank_columns",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("bank", Text, nullable=False),
    Column("columns", JSONB, nullable=False),
    Column("saved_by", ForeignKey("staff.id"), nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("event_key", ForeignKey("audit_event.key"), nullable=False, unique=True),
    Index("ix_bank_columns_newest", "office_id", "bank", text("id desc")),
)

bank_file = Table(
    "bank_file",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    # Plain only in rows from before 0035 that are not sealed yet; a trigger keeps every new row from being so.
    Column("content", LargeBinary),
    Column("content_sealed", LargeBinary),
    Column("received_by", ForeignKey("staff.id"), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("event_key", ForeignKey("audit_event.key"), nullable=False, unique=True),
    UniqueConstraint("office_id", "sha256"),
    UniqueConstraint("id", "office_id"),
    CheckConstraint("sha256 = sha256(content)", name="sha256"),
    CheckConstraint("octet_length(content) between 1 and 16777216", name="size"),
    CheckConstraint("num_nonnulls(content, content_sealed) = 1", name="kept_once"),
    CheckConstraint(
        r"content_sealed is null or substr(content_sealed, 1, 1) = '\x01' and octet_length(content_sealed) "
        "between 34 and 16777249",
        name="content_sealed_form",
    ),
    CheckConstraint("length(name) between 1 and 200", name="name"),
    Index("ix_bank_file_plain", "id", postgresql_where=text("content is not null")),
)

bank_statement = Table(
    "bank_statement",
    metadata,
    big_id(),
    Column("office_id", Integer, nullable=False),
    Column("account_id", Integer, nullable=False),
    Column("file_id", BigInteger, nullable=False),
    Column("format", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("first_on", Date, nullable=False),
    Column("last_on", Date, nullable=False),
    Column("opening_fen", BigInteger),
    Column("closing_fen", BigInteger),
    # Lines in the file, lines that were new, rows at fault that were left out on purpose.
    Column("line_count", Integer, nullable=False),
    Column("new_count", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),
    Column("imported_by", ForeignKey("staff.id"), nullable=False),
    Column("imported_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("event_key", ForeignKey("audit_event.key"), nullable=False),
    ForeignKeyConstraint(
        ["account_id", "office_id"], ["bank_account.id", "bank_account.office_id"], name="fk_bank_statement_account"
    ),
    ForeignKeyConstraint(
        ["file_id", "office_id"], ["bank_file.id", "bank_file.office_id"], name="fk_bank_statement_file"
    ),
    UniqueConstraint("id", "office_id", "account_id"),
    CheckConstraint(one_of("format", FORMATS), name="format"),
    CheckConstraint("first_on <= last_on and new_count between 1 and line_count and left_out >= 0", name="counts"),
    CheckConstraint("num_nulls(opening_fen, closing_fen) in (0, 2)", name="balances"),
    Index("ix_bank_statement_newest", "office_id", text("id desc")),
)

bank_line = Table(
    "bank_line",
    metadata,
    big_id(),
    Column("office_id", Integer, nullable=False),
    Column("account_id", Integer, nullable=False),
    Column("statement_id", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("booked_on", Date, nullable=False),
    Column("value_on", Date, nullable=False),
    Column("direction", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    # Plain only in rows from before 0033 that are not sealed yet; a trigger keeps every new row from being so.
    Column("reference", Text),
    Column("remark", Text),
    Column("counterparty", Text),
    Column("bank_reference", Text, nullable=False),
    # The same in every format (caseflow.domain.bank.statements), with a number among equals.
    Column("identity", Text),
    Column("occurrence", SmallInteger, nullable=False),
    # Reference, remark, counterparty and identity (caseflow.persistence.bank.said), and what equal identities share.
    Column("said_sealed", LargeBinary),
    Column("identity_index", LargeBinary),
    Column("identity_index_old", LargeBinary),
    ForeignKeyConstraint(
        ["statement_id", "office_id", "account_id"],
        ["bank_statement.id", "bank_statement.office_id", "bank_statement.account_id"],
        name="fk_bank_line_statement",
    ),
    UniqueConstraint("id", "office_id"),
    CheckConstraint("direction in ('credit', 'debit')", name="direction"),
    CheckConstraint("amount_fen > 0", name="amount_above_zero"),
    CheckConstraint("occurrence > 0", name="occurrence"),
    CheckConstraint(
        "length(reference) <= 140 and length(identity) <= 140 and length(remark) <= 500 "
        "and length(counterparty) <= 200 and length(bank_reference) <= 60",
        name="lengths",
    ),
    CheckConstraint(
        "num_nonnulls(reference, remark, counterparty, identity) in (0, 4) and num_nonnulls(identity, said_sealed) = 1",
        name="kept_once",
    ),
    CheckConstraint(
        r"said_sealed is null or substr(said_sealed, 1, 1) = '\x01' and octet_length(said_sealed) between 34 and 12000",
        name="said_sealed_form",
    ),
    CheckConstraint(
        "(said_sealed is null) = (identity_index is null) and (identity_index is null or octet_length(identity_index) "
        "= 36) and (identity_index_old is null or identity_index is not null and "
        "octet_length(identity_index_old) = 36)",
        name="identity_is_indexed",
    ),
    Index(
        "uq_bank_line_same",
        "account_id",
        "booked_on",
        "direction",
        "amount_fen",
        text("coalesce(identity_index_old, identity_index)"),
        "occurrence",
        unique=True,
    ),
    Index(
        "ix_bank_line_plain",
        "account_id",
        "booked_on",
        postgresql_where=text(
            "reference is not null or remark is not null or counterparty is not null or identity is not null"
        ),
    ),
    Index("ix_bank_line_statement", "statement_id", "id"),
    Index("ix_bank_line_newest", "office_id", text("id desc")),
)

# What was decided on a line, one row an act: nothing is taken away, an undoing is a row of its own.
bank_decision = Table(
    "bank_decision",
    metadata,
    big_id(),
    Column("office_id", Integer, nullable=False),
    Column("line_id", BigInteger, nullable=False),
    Column("nth", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("remittance_id", BigInteger),
    # The entry that suspends the line's money or orders its refund, and the one that takes a suspension back.
    Column("transfer_key", Text, unique=True),
    Column("reversal_key", Text, unique=True),
    Column("decided_by", ForeignKey("staff.id"), nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("event_key", ForeignKey("audit_event.key"), nullable=False),
    ForeignKeyConstraint(
        ["line_id", "office_id"], ["bank_line.id", "bank_line.office_id"], name="fk_bank_decision_line"
    ),
    ForeignKeyConstraint(
        ["remittance_id", "office_id"], ["remittance.id", "remittance.office_id"], name="fk_bank_decision_remittance"
    ),
    UniqueConstraint("line_id", "nth"),
    UniqueConstraint("id", "office_id"),
    CheckConstraint(one_of("kind", KINDS), name="kind"),
    CheckConstraint(one_of("how", HOW), name="how"),
    CheckConstraint("nth > 0", name="nth"),
    CheckConstraint(
        "length(reason) <= 500 and (reason <> '' or kind not in ('noted', 'undone', 'refund_ordered'))", name="reason"
    ),
    CheckConstraint("(kind = 'remitted') = (remittance_id is not null)", name="remittance"),
    CheckConstraint("(kind in ('suspended', 'refund_ordered')) = (transfer_key is not null)", name="transfer"),
    CheckConstraint("reversal_key is null or kind in ('matched', 'undone')", name="reversal"),
)

bank_decision_receipt = Table(
    "bank_decision_receipt",
    metadata,
    Column("decision_id", BigInteger, primary_key=True, autoincrement=False),
    Column("lot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("no", BigInteger, primary_key=True, autoincrement=False),
    Column("office_id", Integer, nullable=False),
    ForeignKeyConstraint(
        ["decision_id", "office_id"],
        ["bank_decision.id", "bank_decision.office_id"],
        name="fk_bank_decision_receipt_decision",
    ),
    _receipt(),
)

bank_line_state = Table(
    "bank_line_state",
    metadata,
    Column("line_id", ForeignKey("bank_line.id"), primary_key=True, autoincrement=False),
    Column("office_id", Integer, nullable=False),
    Column("direction", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("nth", SmallInteger, nullable=False),
    Column("decision_id", ForeignKey("bank_decision.id")),
    CheckConstraint(one_of("state", STATES), name="state"),
    Index("ix_bank_line_state_list", "office_id", "state", text("line_id desc")),
)

banked_receipt = Table(
    "banked_receipt",
    metadata,
    Column("lot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("no", BigInteger, primary_key=True, autoincrement=False),
    Column("office_id", Integer, nullable=False),
    Column("line_id", ForeignKey("bank_line.id"), nullable=False, index=True),
    Column("decision_id", ForeignKey("bank_decision.id"), nullable=False),
    _receipt(),
)

remittance = Table(
    "remittance",
    metadata,
    big_id(),
    Column("office_id", Integer, nullable=False),
    Column("account_id", Integer, nullable=False),
    Column("voucher", Text, nullable=False),
    Column("remitted_on", Date, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("transfer_key", Text, nullable=False, unique=True),
    Column("made_by", ForeignKey("staff.id"), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("event_key", ForeignKey("audit_event.key"), nullable=False, unique=True),
    ForeignKeyConstraint(
        ["account_id", "office_id"], ["bank_account.id", "bank_account.office_id"], name="fk_remittance_account"
    ),
    UniqueConstraint("office_id", "voucher"),
    UniqueConstraint("id", "office_id"),
    CheckConstraint("amount_fen > 0", name="amount_above_zero"),
    CheckConstraint("length(voucher) between 1 and 60", name="voucher"),
    Index("ix_remittance_newest", "office_id", text("id desc")),
)

remittance_item = Table(
    "remittance_item",
    metadata,
    Column("remittance_id", BigInteger, primary_key=True, autoincrement=False),
    Column("lot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("no", BigInteger, primary_key=True, autoincrement=False),
    Column("office_id", Integer, nullable=False),
    ForeignKeyConstraint(
        ["remittance_id", "office_id"], ["remittance.id", "remittance.office_id"], name="fk_remittance_item_remittance"
    ),
    _receipt(),
)

remittance_end = Table(
    "remittance_end",
    metadata,
    Column("remittance_id", BigInteger, primary_key=True, autoincrement=False),
    Column("office_id", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reversal_key", Text, nullable=False, unique=True),
    Column("ended_by", ForeignKey("staff.id"), nullable=False),
    Column("ended_on", Date, nullable=False),
    Column("event_key", ForeignKey("audit_event.key"), nullable=False, unique=True),
    ForeignKeyConstraint(
        ["remittance_id", "office_id"], ["remittance.id", "remittance.office_id"], name="fk_remittance_end_remittance"
    ),
    CheckConstraint("length(reason) between 1 and 500", name="reason"),
)

remitted_receipt = Table(
    "remitted_receipt",
    metadata,
    Column("lot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("no", BigInteger, primary_key=True, autoincrement=False),
    Column("office_id", Integer, nullable=False),
    Column("remittance_id", ForeignKey("remittance.id"), nullable=False, index=True),
    # Only money the bank has shown is remitted; and a match cannot be undone while its receipt is remitted.
    ForeignKeyConstraint(
        ["lot_id", "no"], ["banked_receipt.lot_id", "banked_receipt.no"], name="fk_remitted_receipt_banked"
    ),
)

remittance_line = Table(
    "remittance_line",
    metadata,
    Column("remittance_id", ForeignKey("remittance.id"), primary_key=True, autoincrement=False),
    Column("line_id", ForeignKey("bank_line.id"), nullable=False, unique=True),
)

# The newest advice of a remittance counts; one that differs stays for all to see. A number is used once, or corrects
# the earlier row of that number and that remittance: its keys make a chain that no other remittance can join.
treasury_advice = Table(
    "treasury_advice",
    metadata,
    big_id(),
    Column("office_id", Integer, nullable=False),
    Column("remittance_id", BigInteger, nullable=False),
    Column("number", Text, nullable=False),
    Column("corrects_id", BigInteger, unique=True),
    Column("advised_on", Date, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("recorded_by", ForeignKey("staff.id"), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("event_key", ForeignKey("audit_event.key"), nullable=False, unique=True),
    ForeignKeyConstraint(
        ["remittance_id", "office_id"], ["remittance.id", "remittance.office_id"], name="fk_treasury_advice_remittance"
    ),
    UniqueConstraint("id", "office_id", "number", "remittance_id", name="uq_treasury_advice_of_remittance"),
    ForeignKeyConstraint(
        ["corrects_id", "office_id", "number", "remittance_id"],
        ["treasury_advice.id", "treasury_advice.office_id", "treasury_advice.number", "treasury_advice.remittance_id"],
        name="fk_treasury_advice_corrects",
    ),
    CheckConstraint("corrects_id < id", name="corrects_an_earlier_one"),
    CheckConstraint("amount_fen > 0", name="amount_above_zero"),
    CheckConstraint("length(number) between 1 and 60", name="number"),
    Index(
        "uq_treasury_advice_number", "office_id", "number", unique=True, postgresql_where=text("corrects_id is null")
    ),
    Index("ix_treasury_advice_newest", "remittance_id", text("id desc")),
)
