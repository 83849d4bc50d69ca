"""Ways to sign in beside the password: passkeys, and identities at an OpenID provider."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)

from caseflow.persistence.tables.base import big_id, metadata

passkey = Table(
    "passkey",
    metadata,
    big_id(),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("transports", ARRAY(Text), nullable=False),
    Column("name", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("last_used_at", DateTime(timezone=True)),
    Column("removed_at", DateTime(timezone=True)),
    CheckConstraint("length(name) between 1 and 60", name="name_length"),
    CheckConstraint("octet_length(credential_id) between 16 and 1023", name="credential_length"),
    CheckConstraint("octet_length(public_key) between 32 and 2048", name="public_key_length"),
    CheckConstraint("sign_count between 0 and 4294967295", name="sign_count"),
    Index("ix_passkey_staff", "staff_id", "id", postgresql_where=text("removed_at is null")),
)

# Which challenges were answered, so that none is answered twice; only their SHA-256, and for an hour.
passkey_challenge = Table(
    "passkey_challenge",
    metadata,
    Column("challenge_hash", LargeBinary, primary_key=True),
    Column("used_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("octet_length(challenge_hash) = 32", name="hash_length"),
    Index("ix_passkey_challenge_used_at", "used_at"),
)

staff_identity = Table(
    "staff_identity",
    metadata,
    big_id(),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("bound_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("removed_at", DateTime(timezone=True)),
    CheckConstraint("length(issuer) between 1 and 500", name="issuer_length"),
    CheckConstraint("length(subject) between 1 and 255", name="subject_length"),
    Index("uq_staff_identity_subject", "issuer", "subject", unique=True, postgresql_where=text("removed_at is null")),
    Index("uq_staff_identity_staff", "staff_id", "issuer", unique=True, postgresql_where=text("removed_at is null")),
)
