"""Court referrals: one row an application to the court, and every bundle that was made for it."""

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
    Table,
    Text,
    func,
    text,
)

from caseflow.persistence.tables.base import big_id, metadata

LIVE = "withdrawn_seq is null and ended_seq is null"
WITHDRAWN = "withdrawn_seq is not null and filed_seq is not null"
SEQS = ("decision_seq", "signed_seq", "filed_seq", "withdrawn_seq", "ended_seq")

# Each seq is the number of the case's step that did it: decided, signed the application, filed it, withdrew it, and
# took the case out of the court's hands (refused for good, executed, paid, annulled before it was filed).
referral = Table(
    "referral",
    metadata,
    big_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("decision_no", Text),
    Column("decision_seq", Integer, nullable=False),
    Column("signed_seq", Integer, nullable=False),
    Column("filed_seq", Integer),
    Column("filed_on", Date),
    Column("court", Text),
    Column("withdrawn_seq", Integer),
    Column("ended_seq", Integer),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    *(ForeignKeyConstraint(["case_id", name], ["step.case_id", "step.seq"]) for name in SEQS),
    CheckConstraint("(filed_seq is null) = (filed_on is null)", name="filed_has_a_date"),
    CheckConstraint("filed_seq is not null or court is null", name="court_when_filed"),
    CheckConstraint(
        "decision_seq < signed_seq and signed_seq < coalesce(filed_seq, withdrawn_seq, ended_seq, signed_seq + 1) "
        "and coalesce(filed_seq, 0) < coalesce(withdrawn_seq, ended_seq, 2147483647)",
        name="in_order",
    ),
    # A decision is before a court once at a time.
    Index("uq_referral_live", "case_id", "decision_seq", unique=True, postgresql_where=text(LIVE)),
    Index("ix_referral_case", "case_id", "id"),
    Index("ix_referral_live", "office_id", "filed_on", "id", postgresql_where=text(LIVE)),
    Index("ix_referral_newest", "office_id", text("id desc")),
    # The last column of the liaison's board.
    Index("ix_referral_withdrawn", "office_id", text("id desc"), postgresql_where=text(WITHDRAWN)),
)

# Only the hash: the same case gives the same bundle, byte by byte, whenever it is made again.
referral_bundle = Table(
    "referral_bundle",
    metadata,
    big_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("referral_id", BigInteger, nullable=False),
    Column("tagmanifest_sha256", LargeBinary, nullable=False),
    # Null: on the command line.
    Column("made_by", ForeignKey("staff.id")),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    ForeignKeyConstraint(["referral_id"], ["referral.id"]),
    CheckConstraint("octet_length(tagmanifest_sha256) = 32", name="hash_length"),
    Index("ix_referral_bundle_case", "case_id", text("id desc")),
)

# The files of a case that an officer chose for the court; every other one stays out of the bundle.
referral_evidence = Table(
    "referral_evidence",
    metadata,
    big_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("file_id", ForeignKey("case_file.id"), nullable=False),
    Column("chosen_by", ForeignKey("staff.id"), nullable=False),
    Column("chosen_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("dropped_by", ForeignKey("staff.id")),
    Column("dropped_at", DateTime(timezone=True)),
    CheckConstraint("(dropped_by is null) = (dropped_at is null)", name="dropped_whole"),
    Index("uq_referral_evidence_file", "file_id", unique=True, postgresql_where=text("dropped_at is null")),
    Index("ix_referral_evidence_case", "case_id", "id"),
)
