"""How the person of a case gets to it: codes handed out, their own passphrase, sessions (guards: migration 0028)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, LargeBinary, Table, Text, text

from caseflow.persistence.tables.base import big_id, metadata, one_of

person_code = Table(
    "person_code",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("party_id", ForeignKey("party.id"), nullable=False),
    # Eighty random bits stand behind it, so a plain hash is enough.
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("occasion", Text, nullable=False),
    Column("paper_id", ForeignKey("paper.id")),
    Column("key", Text, nullable=False, unique=True),
    Column("made_by", ForeignKey("staff.id"), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("octet_length(code_hash) = 32", name="hash_length"),
    CheckConstraint(one_of("occasion", ("counter", "with_paper")), name="occasion"),
    CheckConstraint("(occasion = 'with_paper') = (paper_id is not null)", name="goes_with_a_paper"),
    CheckConstraint("expires_at > made_at and expires_at <= made_at + interval '400 days'", name="expires"),
    CheckConstraint("used_at is null or ended_at is null", name="used_or_ended"),
    Index("ix_person_code_case", "case_id", text("id desc")),
    Index(
        "uq_person_code_live",
        "case_id",
        unique=True,
        postgresql_where=text("used_at is null and ended_at is null"),
    ),
)

person_passphrase = Table(
    "person_passphrase",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("hash", Text, nullable=False),
    Column("chosen_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("hash like '$argon2id$%'", name="argon2id"),
    Index("uq_person_passphrase_live", "case_id", unique=True, postgresql_where=text("ended_at is null")),
)

person_session = Table(
    "person_session",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("party_id", ForeignKey("party.id"), nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("opened_by", Text, nullable=False),
    Column("code_id", ForeignKey("person_code.id"), unique=True),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("octet_length(token_hash) = 32", name="hash_length"),
    CheckConstraint(one_of("opened_by", ("code", "passphrase")), name="opened_by"),
    CheckConstraint("(opened_by = 'code') = (code_id is not null)", name="uses_its_code"),
    CheckConstraint("ends_at > opened_at and ends_at <= opened_at + interval '2 hours'", name="absolute_end"),
    Index("ix_person_session_case", "case_id", postgresql_where=text("ended_at is null")),
)
