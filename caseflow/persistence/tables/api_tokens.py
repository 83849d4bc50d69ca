"""API tokens: what a program shows to read as a person of the office."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)

from caseflow.domain.access import Role
from caseflow.persistence.tables.base import big_id, metadata, one_of

api_token = Table(
    "api_token",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("created_by", ForeignKey("staff.id"), nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("begins_with", Text, nullable=False),
    # Only the SHA-256 of the token: who reads the database cannot call with it.
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("revoked_by", ForeignKey("staff.id")),
    Column("last_used_on", Date),
    CheckConstraint("octet_length(token_hash) = 32", name="hash_length"),
    CheckConstraint("length(begins_with) = 13", name="a_few_characters_only"),
    CheckConstraint("length(name) between 1 and 100", name="name_length"),
    CheckConstraint(one_of("role", tuple(role.value for role in Role)), name="role"),
    # Nobody makes a token with which somebody else would act.
    CheckConstraint("created_by = staff_id", name="ones_own"),
    CheckConstraint("expires_at > made_at and expires_at <= made_at + interval '366 days'", name="ends_within_a_year"),
    CheckConstraint("(revoked_at is null) = (revoked_by is null)", name="revoked_by_somebody"),
    Index("ix_api_token_staff", "staff_id", text("id desc")),
    Index("ix_api_token_office", "office_id", text("id desc")),
)
