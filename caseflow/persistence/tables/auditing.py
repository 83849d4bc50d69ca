"""The auditor's own tables: samples with what they chose, findings with what was said (guards: migration 0009)."""

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
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from caseflow.domain.findings import LONGEST_TEXT, LONGEST_TITLE, About, Note, Severity
from caseflow.domain.sampling import MOST_ITEMS, Method
from caseflow.persistence.tables.base import TransactionNumber, big_id, metadata, one_of
from caseflow.persistence.tables.ledger import LINES

_ABOUT_NEEDS = {
    About.ENTRY: "entry_key",
    About.TRANSFER: "transfer_id, entry_key",
    About.RECEIPT: "receipt_number",
    About.CASE: "case_id",
    About.SAMPLE_ITEM: "sample_id, item_no, transfer_id, entry_key",
    About.GENERAL: "",
}
_SUBJECTS = ("transfer_id", "entry_key", "receipt_number", "case_id", "sample_id", "item_no")


def _whole_subject() -> str:
    cases = []
    for about, needed in _ABOUT_NEEDS.items():
        there = [name for name in needed.split(", ") if name]
        parts = [f"{name} is {'not ' if name in there else ''}null" for name in _SUBJECTS]
        cases.append(f"(about = '{about.value}' and {' and '.join(parts)})")
    return " or ".join(cases)


sample = Table(
    "sample",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("method", Text, nullable=False),
    # The population: the transfers of the line booked in the period that were final when it was drawn.
    Column("operation", Text),
    Column("booked_from", Date, nullable=False),
    Column("booked_to", Date, nullable=False),
    Column("below_xid", TransactionNumber, nullable=False),
    Column("population_count", Integer, nullable=False),
    Column("population_fen", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("item_count", Integer, nullable=False),
    Column("seed", Text, nullable=False),
    Column("drawn_by", ForeignKey("staff.id"), nullable=False),
    Column("drawn_on", Date, nullable=False),
    Column("drawn_at", DateTime(timezone=True), nullable=False),
    Column("xid", TransactionNumber, nullable=False, server_default=func.pg_current_xact_id()),
    CheckConstraint(one_of("line", LINES), name="line"),
    CheckConstraint(one_of("method", tuple(one.value for one in Method)), name="method"),
    CheckConstraint("booked_from <= booked_to", name="period"),
    CheckConstraint(f"size between 1 and {MOST_ITEMS}", name="size"),
    CheckConstraint("item_count between 1 and least(size, population_count)", name="item_count"),
    CheckConstraint("population_fen >= population_count", name="population"),
    CheckConstraint("seed ~ '^[0-9a-f]{32}$'", name="seed"),
    CheckConstraint("length(purpose) between 1 and 200", name="purpose"),
    CheckConstraint("length(key) between 1 and 200", name="key_length"),
    Index("ix_sample_newest", "office_id", "id"),
)

sample_item = Table(
    "sample_item",
    metadata,
    Column("sample_id", ForeignKey("sample.id"), primary_key=True),
    Column("no", SmallInteger, primary_key=True, autoincrement=False),
    Column("transfer_id", ForeignKey("transfer.id"), nullable=False),
    Column("hits", SmallInteger, nullable=False),
    Column("certain", Boolean, nullable=False),
    UniqueConstraint("sample_id", "transfer_id"),
    CheckConstraint("hits > 0", name="hits"),
    CheckConstraint("no > 0", name="no"),
)

sample_verdict = Table(
    "sample_verdict",
    metadata,
    big_id(),
    Column("sample_id", BigInteger, nullable=False),
    Column("no", SmallInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("given_by", ForeignKey("staff.id"), nullable=False),
    Column("given_on", Date, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(
        ["sample_id", "no"], ["sample_item.sample_id", "sample_item.no"], name="fk_sample_verdict_item"
    ),
    UniqueConstraint("key", "no"),
    CheckConstraint(one_of("verdict", ("ok", "finding")), name="verdict"),
    CheckConstraint("length(note) <= 500", name="note"),
    Index("ix_sample_verdict_newest", "sample_id", "no", text("id desc")),
)

finding = Table(
    "finding",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("about", Text, nullable=False),
    Column("transfer_id", ForeignKey("transfer.id")),
    Column("entry_key", Text),
    Column("receipt_number", Text),
    Column("case_id", ForeignKey("cases.id")),
    Column("sample_id", BigInteger),
    Column("item_no", SmallInteger),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("reply_due_on", Date, nullable=False),
    Column("raised_by", ForeignKey("staff.id"), nullable=False),
    Column("raised_on", Date, nullable=False),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["sample_id", "item_no"], ["sample_item.sample_id", "sample_item.no"], name="fk_finding_item"),
    UniqueConstraint("office_id", "number"),
    CheckConstraint(one_of("about", tuple(one.value for one in About)), name="about"),
    CheckConstraint(_whole_subject(), name="subject"),
    CheckConstraint(one_of("severity", tuple(one.value for one in Severity)), name="severity"),
    CheckConstraint(f"length(title) between 1 and {LONGEST_TITLE}", name="title"),
    CheckConstraint(f"length(text) between 1 and {LONGEST_TEXT}", name="text"),
    CheckConstraint("reply_due_on >= raised_on", name="due"),
    CheckConstraint("number > 0", name="number"),
    Index("ix_finding_entry", "entry_key", postgresql_where=text("entry_key is not null")),
)

finding_note = Table(
    "finding_note",
    metadata,
    big_id(),
    Column("finding_id", ForeignKey("finding.id"), nullable=False),
    Column("seq", SmallInteger, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("due_on", Date),
    Column("written_by", ForeignKey("staff.id"), nullable=False),
    Column("written_on", Date, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("finding_id", "seq"),
    CheckConstraint(one_of("kind", tuple(one.value for one in Note)), name="kind"),
    CheckConstraint(f"length(text) between 1 and {LONGEST_TEXT}", name="text"),
    CheckConstraint(
        "(kind = 'follow_up') = (due_on is not null) and (due_on is null or due_on >= written_on)", name="due"
    ),
)
