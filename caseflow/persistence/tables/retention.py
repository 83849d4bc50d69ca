"""Legal holds, and runs that erase what is personal of cases whose time is over. The guards stand in migration 0031."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)

from caseflow.domain.retention import LONGEST_REASON
from caseflow.persistence.tables.base import TransactionNumber, big_id, metadata

legal_hold = Table(
    "legal_hold",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", ForeignKey("staff.id"), nullable=False),
    Column("placed_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("ended_by", ForeignKey("staff.id")),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
    CheckConstraint(
        f"length(reason) between 1 and {LONGEST_REASON} and length(end_reason) between 1 and {LONGEST_REASON}",
        name="reasons",
    ),
    CheckConstraint("num_nulls(ended_by, ended_at, end_reason) in (0, 3)", name="ended_whole"),
    Index("uq_legal_hold_case", "case_id", unique=True, postgresql_where=text("ended_at is null")),
    Index("ix_legal_hold_office", "office_id", text("id desc")),
)

retention_run = Table(
    "retention_run",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("prepared_by", ForeignKey("staff.id"), nullable=False),
    Column("prepared_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("approved_by", ForeignKey("staff.id")),
    Column("approved_at", DateTime(timezone=True)),
    Column("key", Text, nullable=False, unique=True),
    # Who had the background carry it out, and since when that is through with it.
    Column("asked_by", ForeignKey("staff.id")),
    Column("asked_at", DateTime(timezone=True)),
    Column("over_at", DateTime(timezone=True)),
    # Who withdrew it, having proposed it, or refused it; it is approved no more.
    Column("ended_by", ForeignKey("staff.id")),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
    CheckConstraint("approved_by <> prepared_by", name="second_person"),
    CheckConstraint("(approved_by is null) = (approved_at is null)", name="approved_whole"),
    CheckConstraint("length(key) between 1 and 200", name="key_length"),
    CheckConstraint(
        "num_nulls(ended_by, ended_at, end_reason) in (0, 3) and (ended_by is null or approved_by is null)",
        name="ended_whole",
    ),
    CheckConstraint(f"length(end_reason) between 1 and {LONGEST_REASON}", name="end_reason"),
    CheckConstraint(
        "(asked_by is null) = (asked_at is null) and (asked_by is null or approved_by is not null) "
        "and (over_at is null or asked_by is not null) and asked_by <> prepared_by",
        name="asked_by_another",
    ),
    Index("ix_retention_run_office", "office_id", text("id desc")),
)

retention_run_case = Table(
    "retention_run_case",
    metadata,
    Column("run_id", ForeignKey("retention_run.id"), primary_key=True, autoincrement=False),
    Column("case_id", ForeignKey("cases.id"), primary_key=True, autoincrement=False),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("years", Integer, nullable=False),
    # Of the function that erases alone: the event that tells of it, and the transaction while it is at work.
    Column("event_key", ForeignKey("audit_event.key"), unique=True),
    Column("done_at", DateTime(timezone=True)),
    Column("at_work", TransactionNumber()),
    CheckConstraint("(event_key is null) = (done_at is null)", name="done_whole"),
    Index("ix_retention_run_case_case", "case_id"),
)
