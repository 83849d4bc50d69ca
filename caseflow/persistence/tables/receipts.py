"""Receipt lots and receipts: a number has a foreign key to the one before it, so none is left out.

Triggers (migration 0005) hold what constraints cannot: a receipt only ever goes from issued to void or lost, nothing
enters a lot that is checked off, lots of one prefix do not overlap.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
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

from caseflow.persistence.tables.base import big_id, metadata, one_of

STATUSES = ("issued", "void", "lost")

receipt_lot = Table(
    "receipt_lot",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("book", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("first_no", BigInteger, nullable=False),
    Column("last_no", BigInteger, nullable=False),
    Column("width", SmallInteger, nullable=False),
    Column("copies", SmallInteger, nullable=False),
    # Nobody named: every cashier of the office writes from it.
    Column("issued_to", ForeignKey("staff.id")),
    Column("opened_on", Date, nullable=False),
    Column("opened_by", ForeignKey("staff.id"), nullable=False),
    Column("event_key", ForeignKey("audit_event.key"), nullable=False, unique=True),
    Column("checked_off_on", Date),
    Column("checked_off_by", ForeignKey("staff.id")),
    Column("check_reference", Text),
    Column("check_event_key", ForeignKey("audit_event.key"), unique=True),
    # A list of the receipts that an old casebook reports has places instead of printed numbers.
    Column("kind", Text, nullable=False, server_default="issued"),
    CheckConstraint(one_of("kind", ("issued", "reported")), name="kind"),
    CheckConstraint(
        "kind = 'issued' or (prefix = '' and first_no = 1 and width = 12 and copies = 1 and issued_to is null)",
        name="reported_list",
    ),
    UniqueConstraint("id", "office_id", "first_no", "last_no", name="uq_receipt_lot_bounds"),
    CheckConstraint("length(book) between 1 and 100", name="book_length"),
    # Else two lots could print the same number: A1 with 0001 and A with 10001.
    CheckConstraint("width = 12 or prefix !~ '[0-9]$'", name="figures_are_the_number"),
    CheckConstraint("length(prefix) <= 20", name="prefix_length"),
    CheckConstraint("copies between 1 and 9", name="copies"),
    CheckConstraint(
        "width between 1 and 12 and first_no between 0 and last_no and last_no - first_no < 100000 "
        "and length(last_no::text) <= width",
        name="numbers",
    ),
    CheckConstraint(
        "(checked_off_on is null) = (checked_off_by is null) and (checked_off_on is null) = (check_reference is null) "
        "and (checked_off_on is null) = (check_event_key is null)",
        name="check_off_is_whole",
    ),
    # No new lot of a book before the old one is checked off.
    Index(
        "uq_receipt_lot_open",
        "office_id",
        "book",
        unique=True,
        postgresql_where=text("checked_off_on is null and kind = 'issued'"),
    ),
    Index("ix_receipt_lot_newest", "office_id", text("id desc")),
)

receipt = Table(
    "receipt",
    metadata,
    Column("lot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("no", BigInteger, primary_key=True, autoincrement=False),
    Column("office_id", Integer, nullable=False),
    Column("first_no", BigInteger, nullable=False),
    Column("last_no", BigInteger, nullable=False),
    Column("previous_no", BigInteger),
    Column("number", Text, nullable=False),
    Column("status", Text, nullable=False),
    # Written in the statement of the step that took the money; the key is that of its entry in the ledger.
    Column("case_id", BigInteger),
    Column("seq", Integer),
    Column("transfer_key", Text, unique=True),
    Column("amount_fen", BigInteger),
    Column("principal_fen", BigInteger),
    Column("charge_fen", BigInteger),
    Column("held_fen", BigInteger),
    # What is sealed of the party's name, as it was then; plain only in rows from before 0026 that are not sealed yet.
    Column("payer", Text),
    Column("payer_sealed", LargeBinary),
    Column("entered_on", Date, nullable=False),
    Column("entered_by", ForeignKey("staff.id"), nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("event_key", ForeignKey("audit_event.key"), nullable=False),
    # The end of an issued receipt, or why a blank one went out of use.
    Column("reason", Text),
    Column("copies", SmallInteger),
    Column("ended_on", Date),
    Column("ended_by", ForeignKey("staff.id")),
    Column("end_event_key", ForeignKey("audit_event.key")),
    Column("found_on", Date),
    Column("reversal_key", Text, unique=True),
    # Of an old casebook: caseflow never issued it, and never remits it.
    Column("reported", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint(
        "not reported or (case_id is not null and length(number) between 1 and 50)", name="reported_with_its_case"
    ),
    ForeignKeyConstraint(
        ["lot_id", "office_id", "first_no", "last_no"],
        ["receipt_lot.id", "receipt_lot.office_id", "receipt_lot.first_no", "receipt_lot.last_no"],
        name="fk_receipt_lot",
    ),
    ForeignKeyConstraint(["lot_id", "previous_no"], ["receipt.lot_id", "receipt.no"], name="fk_receipt_previous"),
    ForeignKeyConstraint(["case_id", "seq"], ["step.case_id", "step.seq"], name="fk_receipt_step"),
    UniqueConstraint("office_id", "number"),
    UniqueConstraint("case_id", "seq"),
    CheckConstraint(one_of("status", STATUSES), name="status"),
    CheckConstraint("no between first_no and last_no", name="of_its_lot"),
    CheckConstraint(
        "(no = first_no) = (previous_no is null) and (previous_no is null or previous_no = no - 1)",
        name="after_the_one_before",
    ),
    CheckConstraint("(case_id is null) = (seq is null)", name="case_and_step"),
    CheckConstraint(
        "num_nulls(amount_fen, principal_fen, charge_fen, held_fen) in (0, 4) and (amount_fen is null or ("
        "amount_fen > 0 and least(principal_fen, charge_fen, held_fen) >= 0 "
        "and principal_fen + charge_fen + held_fen = amount_fen))",
        name="items_make_the_amount",
    ),
    CheckConstraint(
        "num_nonnulls(nullif(payer, ''), payer_sealed) = case when amount_fen is null then 0 else 1 end "
        r"and (payer_sealed is null or substr(payer_sealed, 1, 1) = '\x01' and octet_length(payer_sealed) "
        "between 34 and 1000) and length(payer) <= 200",
        name="payer_kept_once",
    ),
    CheckConstraint("status <> 'issued' or amount_fen is not null", name="issued_for_an_amount"),
    CheckConstraint(
        "(amount_fen is null) = (transfer_key is null) and (case_id is null or transfer_key is not null)",
        name="stands_for_an_entry",
    ),
    CheckConstraint("reversal_key is null or ended_by <> entered_by", name="void_by_another"),
    CheckConstraint(
        "(status = 'issued') = (reason is null) and (status = 'issued') = (copies is null) "
        "and (status = 'issued') = (ended_on is null) and (status = 'issued') = (ended_by is null) "
        "and (status = 'issued') = (end_event_key is null) and (status = 'lost') = (found_on is not null) "
        "and (reason is null or length(reason) between 1 and 500) and (found_on is null or found_on <= ended_on)",
        name="end_is_whole",
    ),
    CheckConstraint(
        "(reversal_key is null or status = 'void') "
        "and (status <> 'void' or (reversal_key is null) = (transfer_key is null))",
        name="void_after_reversal",
    ),
    Index(
        "ix_receipt_reported",
        "office_id",
        postgresql_include=["amount_fen"],
        postgresql_where=text("reported and status <> 'void'"),
    ),
    Index("ix_receipt_plain", "lot_id", "no", postgresql_where=text("payer is not null")),
    Index("ix_receipt_day", "office_id", "entered_on", "lot_id", "no"),
)
