"""Services of papers and the attempts that came to none (guards: migration 0015)."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from caseflow.domain.law.service_law import RECEIVERS
from caseflow.persistence.tables.base import big_id, metadata, one_of

LONGEST_NOTE = 500

service = Table(
    "service",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("served_on", Date, nullable=False),
    Column("record_no", Text, nullable=False),
    # What else proves it, by name: postal_no, consent_no, witness, recording_no, refusal.
    Column("proof", JSONB, nullable=False, server_default="{}"),
    # The rules of the clocks of the same step that run from this service.
    Column("clocks", ARRAY(Text), nullable=False, server_default="{}"),
    Column("recorded_by", ForeignKey("staff.id"), nullable=False),
    ForeignKeyConstraint(["case_id", "seq"], ["step.case_id", "step.seq"], name="fk_service_step"),
    CheckConstraint("document ~ '^[a-z][a-z0-9_]{0,63}$'", name="document"),
    CheckConstraint("method ~ '^[a-z][a-z0-9_]{0,63}$'", name="method"),
    CheckConstraint(one_of("receiver", RECEIVERS), name="receiver"),
    CheckConstraint("length(record_no) between 1 and 100", name="record_no"),
    CheckConstraint("jsonb_typeof(proof) = 'object' and length(proof::text) <= 2000", name="proof"),
)

service_attempt = Table(
    "service_attempt",
    metadata,
    big_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    # The version of the case it was recorded at.
    Column("seq", Integer, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("document", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("attempted_on", Date, nullable=False),
    # The full hour it began in, 0 to 23.
    Column("hour", SmallInteger, nullable=False),
    Column("attempted_by", ForeignKey("staff.id"), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("recorded_by", ForeignKey("staff.id"), nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("document ~ '^[a-z][a-z0-9_]{0,63}$'", name="document"),
    CheckConstraint("method ~ '^[a-z][a-z0-9_]{0,63}$'", name="method"),
    CheckConstraint("result ~ '^[a-z][a-z0-9_]{0,63}$'", name="result"),
    CheckConstraint("hour between 0 and 23", name="hour"),
    CheckConstraint("attempted_on <= recorded_on", name="not_ahead"),
    CheckConstraint(f"length(note) <= {LONGEST_NOTE}", name="note"),
    CheckConstraint("length(key) between 1 and 200", name="key_length"),
    Index("ix_service_attempt_case", "case_id", text("id desc")),
)
