"""The liaison's desk: files with the court's replies as they came, and withdrawals of many applications at once."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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

OUTCOMES = ("waiting", "done", "already_done", "refused")

court_reply_file = Table(
    "court_reply_file",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("name", Text, nullable=False),
    # Plain only in rows from before 0035 that are not sealed yet; a trigger keeps every new row from being so.
    Column("content", LargeBinary),
    Column("content_sealed", LargeBinary),
    Column("received_by", ForeignKey("staff.id"), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("length(name) between 1 and 200", name="name_length"),
    CheckConstraint("octet_length(content) between 1 and 2097152", name="size"),
    CheckConstraint("num_nonnulls(content, content_sealed) = 1", name="kept_once"),
    CheckConstraint(
        r"content_sealed is null or substr(content_sealed, 1, 1) = '\x01' and octet_length(content_sealed) "
        "between 34 and 2097185",
        name="content_sealed_form",
    ),
    Index("ix_court_reply_file_plain", "id", postgresql_where=text("content is not null")),
    Index("ix_court_reply_file_newest", "office_id", text("id desc")),
)

# One legal reason for many cases; each case has its own paper, its own step and its own outcome.
withdrawal_batch = Table(
    "withdrawal_batch",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("withdrawn_on", Date, nullable=False),
    Column("case_count", SmallInteger, nullable=False),
    Column("made_by", ForeignKey("staff.id"), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("key", Text, nullable=False, unique=True),
    CheckConstraint("length(reason) between 1 and 5000", name="reason_length"),
    CheckConstraint("case_count between 1 and 500", name="case_count"),
    Index("ix_withdrawal_batch_newest", "office_id", text("id desc")),
)

withdrawal_batch_case = Table(
    "withdrawal_batch_case",
    metadata,
    Column("batch_id", ForeignKey("withdrawal_batch.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("outcome", Text, nullable=False, server_default="waiting"),
    Column("seq", Integer),
    Column("words_en", Text, nullable=False, server_default=""),
    Column("words_zh", Text, nullable=False, server_default=""),
    Column("tried_at", DateTime(timezone=True)),
    UniqueConstraint("batch_id", "case_id"),
    ForeignKeyConstraint(["case_id", "seq"], ["step.case_id", "step.seq"]),
    CheckConstraint(one_of("outcome", OUTCOMES), name="outcome"),
    # Whatever is said to be done names the step that did it.
    CheckConstraint("(outcome in ('done', 'already_done')) = (seq is not null)", name="done_by_a_step"),
    CheckConstraint("(outcome = 'waiting') = (tried_at is null)", name="tried_at"),
    Index("ix_withdrawal_batch_case_case", "case_id"),
)
