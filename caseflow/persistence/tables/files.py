"""Files of cases: what was taken, by whom, for what; the bytes lie in the store under their SHA-256 (guards: 0013)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)

from caseflow.domain.case_files import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_REASON, Purpose
from caseflow.persistence.tables.base import big_id, metadata, one_of

case_file = Table(
    "case_file",
    metadata,
    big_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("description", Text, nullable=False),
    # The step it belongs to.
    Column("seq", Integer),
    Column("uploaded_by", ForeignKey("staff.id"), nullable=False),
    Column("uploaded_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("idempotency_key", Text, nullable=False, unique=True),
    # Set once and together; the bytes stay until the retention of the case ends.
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawn_by", ForeignKey("staff.id")),
    Column("withdrawn_reason", Text),
    ForeignKeyConstraint(["case_id", "seq"], ["step.case_id", "step.seq"]),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
    CheckConstraint("size_bytes > 0", name="not_empty"),
    CheckConstraint("media_type ~ '^[a-z]+/[a-z0-9.+-]+$'", name="media_type_form"),
    CheckConstraint(f"length(name) between 1 and {LONGEST_NAME} and name !~ '[/\\\\[:cntrl:]]'", name="name_is_safe"),
    CheckConstraint(one_of("purpose", tuple(Purpose)), name="purpose"),
    CheckConstraint(f"length(description) between 1 and {LONGEST_DESCRIPTION}", name="description_length"),
    CheckConstraint("num_nonnulls(withdrawn_at, withdrawn_by, withdrawn_reason) in (0, 3)", name="withdrawn_whole"),
    CheckConstraint(f"length(withdrawn_reason) between 1 and {LONGEST_REASON}", name="reason_length"),
    Index("ix_case_file_case", "case_id", text("id desc")),
    Index("ix_case_file_sha256", "sha256"),
)
