"""What persons submit to the office in their case, its files and its answer. The guards stand in migration 0029."""

from __future__ import annotations

from sqlalchemy import (
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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from caseflow.domain.submissions import MOST_FILES, Desk, Kind, Outcome, State
from caseflow.persistence.tables.base import big_id, metadata, one_of

# The last number drawn, an office and year: a number follows the one before it, and none is skipped.
submission_serial = Table(
    "submission_serial",
    metadata,
    Column("office_id", ForeignKey("office.id"), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

submission = Table(
    "submission",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("party_id", ForeignKey("party.id"), nullable=False),
    Column("person_session_id", ForeignKey("person_session.id"), nullable=False),
    # Year, serial, number and the place within the case are the database's own.
    Column("year", Integer, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("case_no", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("desk", Text, nullable=False),
    Column("state", Text, nullable=False),
    # Texts, names of files and a salt, sealed by the application.
    Column("text_sealed", LargeBinary, nullable=False),
    Column("hash", Text, nullable=False),
    Column("objected_to", ForeignKey("staff.id")),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("late", Boolean, nullable=False),
    # What it says of its being late, the rule by which the office answers, and how that day was reckoned.
    Column("late_words", JSONB),
    Column("rule", Text, nullable=False),
    Column("due_on", Date),
    Column("clock", JSONB, nullable=False),
    Column("step_seq", Integer),
    Column("escalated_on", Date),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("idempotency_key", Text, nullable=False, unique=True),
    ForeignKeyConstraint(["case_id", "step_seq"], ["step.case_id", "step.seq"]),
    UniqueConstraint("office_id", "year", "serial"),
    UniqueConstraint("case_id", "case_no"),
    CheckConstraint(one_of("kind", tuple(one.value for one in Kind)), name="kind"),
    CheckConstraint(one_of("desk", tuple(one.value for one in Desk)), name="desk"),
    CheckConstraint(one_of("state", tuple(one.value for one in State)), name="state"),
    CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="hash_form"),
    CheckConstraint(
        r"substr(text_sealed, 1, 1) = '\x01' and octet_length(text_sealed) between 34 and 200000", name="sealed_form"
    ),
    CheckConstraint("late = (late_words is not null)", name="late_says_why"),
    CheckConstraint("objected_to is null or kind = 'recusal'", name="only_an_objection_names"),
    CheckConstraint("(state = 'withdrawn') = (withdrawn_at is not null)", name="withdrawn_has_a_moment"),
    CheckConstraint("year = extract(year from received_on)", name="year_of_receipt"),
    Index("ix_submission_case", "case_id", text("id desc")),
    Index(
        "ix_submission_open",
        "office_id",
        "due_on",
        "id",
        postgresql_where=text("state in ('received', 'in_hand')"),
    ),
    Index("ix_submission_newest", "office_id", text("id desc")),
    Index(
        "ix_submission_overdue",
        "due_on",
        postgresql_where=text("state in ('received', 'in_hand') and escalated_on is null"),
    ),
)

submission_file = Table(
    "submission_file",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("submission_id", ForeignKey("submission.id"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    UniqueConstraint("submission_id", "position"),
    CheckConstraint(f"position between 1 and {MOST_FILES}", name="so_many"),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
    CheckConstraint("size_bytes > 0", name="not_empty"),
    CheckConstraint("media_type ~ '^[a-z]+/[a-z0-9.+-]+$'", name="media_type_form"),
    Index("ix_submission_file_case", "case_id"),
    Index("ix_submission_file_sha256", "sha256"),
)

submission_answer = Table(
    "submission_answer",
    metadata,
    Column("submission_id", ForeignKey("submission.id"), primary_key=True, autoincrement=False),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("answered_by", ForeignKey("staff.id"), nullable=False),
    Column("answered_at", DateTime(timezone=True), nullable=False),
    Column("answered_on", Date, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reasons_sealed", LargeBinary, nullable=False),
    Column("step_seq", Integer),
    Column("idempotency_key", Text, nullable=False, unique=True),
    ForeignKeyConstraint(["case_id", "step_seq"], ["step.case_id", "step.seq"]),
    CheckConstraint(one_of("outcome", tuple(one.value for one in Outcome)), name="outcome"),
    CheckConstraint(
        r"substr(reasons_sealed, 1, 1) = '\x01' and octet_length(reasons_sealed) between 34 and 100000",
        name="sealed_form",
    ),
    Index("ix_submission_answer_case", "case_id"),
)
