"""Sessions of staff, their second factors, and counts of attempts. Triggers stand in migration 0023."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from caseflow.persistence.tables.base import big_id, metadata, one_of

STAGES = ("second_factor", "enrolment", "open")
ENDED = ("signed_out", "ended_by_owner", "went_on", "password_changed", "factor_changed", "left")

staff_session = Table(
    "staff_session",
    metadata,
    big_id(),
    # SHA-256 of a random token of 256 bits; the token itself is only in the cookie.
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_at", DateTime(timezone=True), nullable=False),
    Column("methods", ARRAY(Text), nullable=False),
    Column("browser", Text, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_why", Text),
    CheckConstraint("octet_length(token_hash) = 32", name="token_is_hashed"),
    CheckConstraint(one_of("stage", STAGES), name="stage"),
    CheckConstraint("cardinality(methods) > 0", name="proven_somehow"),
    CheckConstraint("length(browser) <= 60", name="browser_length"),
    CheckConstraint("(ended_at is null) = (ended_why is null)", name="ended_for_a_reason"),
    CheckConstraint(one_of("ended_why", ENDED), name="ended_why"),
    Index("ix_staff_session_staff", "staff_id", "id", postgresql_where=text("ended_at is null")),
)

staff_totp = Table(
    "staff_totp",
    metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    # Sealed by the application under the field staff.totp and the id of the member of staff.
    Column("secret_sealed", LargeBinary),
    Column("enrolled_at", DateTime(timezone=True)),
    Column("last_step", BigInteger),
    Column("offered_sealed", LargeBinary),
    Column("offered_at", DateTime(timezone=True)),
    CheckConstraint(
        "(secret_sealed is null) = (enrolled_at is null) and (secret_sealed is null) = (last_step is null)",
        name="enrolled_whole",
    ),
    CheckConstraint("(offered_sealed is null) = (offered_at is null)", name="offered_whole"),
    CheckConstraint(
        r"(secret_sealed is null or substr(secret_sealed, 1, 1) = '\x01' and octet_length(secret_sealed) "
        r"between 34 and 400) and (offered_sealed is null or substr(offered_sealed, 1, 1) = '\x01' and "
        "octet_length(offered_sealed) between 34 and 400)",
        name="sealed_form",
    ),
)

staff_recovery_code = Table(
    "staff_recovery_code",
    metadata,
    big_id(),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    # One salt for a set of codes, so that a code typed is hashed once and looked up.
    Column("salt", LargeBinary, nullable=False),
    Column("code_hash", LargeBinary, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("replaced_at", DateTime(timezone=True)),
    CheckConstraint("octet_length(salt) = 16 and octet_length(code_hash) = 32", name="code_is_hashed"),
    Index("uq_staff_recovery_code_hash", "staff_id", "code_hash", unique=True),
)

attempt_limit = Table(
    "attempt_limit",
    metadata,
    Column("subject", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("wait_until", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("last_try", LargeBinary, nullable=False),
    CheckConstraint("octet_length(subject) = 32", name="subject_is_hashed"),
    CheckConstraint("failures >= 0", name="failures"),
    Index("ix_attempt_limit_last_at", "last_at"),
)
