"""The parties of cases, their identity numbers and addresses sealed. The checks stand in migrations 0001 and 0019."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text, text

from caseflow.persistence.tables.base import big_id, metadata

party = Table(
    "party",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("contact", Text, nullable=False, server_default=""),
    # Sealed by the application, which alone has the keys; the index finds equal numbers within one office.
    Column("identity_sealed", LargeBinary),
    Column("identity_index", LargeBinary),
    Column("address_sealed", LargeBinary),
    CheckConstraint("kind not in ('patient', 'woman', 'family', 'child')", name="lawful_subject"),
    CheckConstraint("length(name) between 1 and 200", name="name_length"),
    CheckConstraint(
        r"(identity_sealed is null or substr(identity_sealed, 1, 1) = '\x01' and octet_length(identity_sealed) "
        r"between 34 and 400) and (address_sealed is null or substr(address_sealed, 1, 1) = '\x01' and "
        "octet_length(address_sealed) between 34 and 2000)",
        name="sealed_form",
    ),
    CheckConstraint(
        "(identity_sealed is null) = (identity_index is null) and "
        "(identity_index is null or octet_length(identity_index) = 36)",
        name="identity_is_indexed",
    ),
    Index(
        "ix_party_identity",
        "office_id",
        "identity_index",
        postgresql_where=text("identity_index is not null"),
    ),
    Index("ix_party_name", "office_id", "name", postgresql_ops={"name": "text_pattern_ops"}),
)
