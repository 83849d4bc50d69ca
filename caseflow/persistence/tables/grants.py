"""Who may do what, by whose leave: grants of two persons, codes to enrol with, recusals from cases."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from caseflow.persistence.tables.base import big_id, metadata, one_of
from caseflow.persistence.tables.spine import ROLES

KINDS = ("role", "return", "enrol")
SOURCES = ("proposal", "set_up")
GROUNDS = ("party", "relation", "objection", "other")

# One row a role of a person, their return to work, or a new code to enrol with;
# proposed by one person, confirmed by another, perhaps withdrawn.
role_grant = Table(
    "role_grant",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("role", Text),
    Column("source", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("proposed_by", ForeignKey("staff.id")),
    Column("proposed_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("confirmed_by", ForeignKey("staff.id")),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("refused_by", ForeignKey("staff.id")),
    Column("refused_at", DateTime(timezone=True)),
    Column("withdrawn_by", ForeignKey("staff.id")),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("idempotency_key", Text, unique=True),
    CheckConstraint(one_of("kind", KINDS), name="kind"),
    CheckConstraint(one_of("source", SOURCES), name="source"),
    CheckConstraint(f"role is null or {one_of('role', ROLES)}", name="role"),
    CheckConstraint("(kind = 'role') = (role is not null)", name="role_named"),
    CheckConstraint("length(reason) <= 500", name="reason_length"),
    CheckConstraint(
        "source = 'set_up' and proposed_by is null and confirmed_by is null and confirmed_at is not null "
        "or source = 'proposal' and proposed_by is not null and (confirmed_at is null) = (confirmed_by is null)",
        name="from_whom",
    ),
    CheckConstraint("proposed_by <> staff_id", name="proposed_for_another"),
    CheckConstraint("confirmed_by <> proposed_by and confirmed_by <> staff_id", name="confirmed_by_another"),
    CheckConstraint("confirmed_at is null or refused_at is null", name="decided_once"),
    CheckConstraint("(refused_at is null) = (refused_by is null)", name="refused"),
    CheckConstraint("withdrawn_at is null or confirmed_at is not null", name="withdrawn_when_held"),
    Index("ix_role_grant_newest", "office_id", text("id desc")),
    Index("ix_role_grant_staff", "staff_id", text("id desc")),
    Index(
        "uq_role_grant_waiting",
        "staff_id",
        "kind",
        text("coalesce(role, '')"),
        unique=True,
        postgresql_where=text("confirmed_at is null and refused_at is null"),
    ),
    Index(
        "uq_role_grant_held",
        "staff_id",
        "role",
        unique=True,
        postgresql_where=text("kind = 'role' and confirmed_at is not null and withdrawn_at is null"),
    ),
    Index(
        "ix_role_grant_waiting",
        "office_id",
        "id",
        postgresql_where=text("confirmed_at is null and refused_at is null"),
    ),
)

# A code shown once, with which somebody sets a password that nobody else has known. Only the newest counts.
enrolment = Table(
    "enrolment",
    metadata,
    big_id(),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("code_hash", LargeBinary, nullable=False),
    Column("issued_by", ForeignKey("staff.id")),
    Column("issued_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("failures", SmallInteger, nullable=False, server_default="0"),
    CheckConstraint("octet_length(code_hash) = 32", name="code_hash_length"),
    CheckConstraint("expires_at <= issued_at + interval '72 hours'", name="expires"),
    CheckConstraint("issued_by <> staff_id", name="issued_by_another"),
    CheckConstraint("failures between 0 and 5", name="failures"),
    Index("ix_enrolment_newest", "staff_id", text("id desc")),
)

# Who takes no part in a case, and why (APL 2021 article 43). Never taken back.
recusal = Table(
    "recusal",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("ground", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_by", ForeignKey("staff.id"), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    UniqueConstraint("case_id", "staff_id"),
    CheckConstraint(one_of("ground", GROUNDS), name="ground"),
    CheckConstraint("length(reason) between 1 and 500", name="reason_length"),
)
