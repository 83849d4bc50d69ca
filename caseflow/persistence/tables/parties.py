"""The parties of cases, everything personal of them sealed. The checks stand in migrations 0001, 0019 and 0026."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
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

party = Table(
    "party",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("kind", Text, nullable=False),
    # Plain only in rows from before 0026 that are not sealed yet; a trigger keeps every new row from being so.
    Column("name", Text),
    Column("contact", Text),
    # Sealed by the application, which alone has the keys; an index finds what is equal within one office.
    Column("name_sealed", LargeBinary),
    Column("name_index", LargeBinary),
    Column("contact_sealed", LargeBinary),
    Column("identity_sealed", LargeBinary),
    Column("identity_index", LargeBinary),
    # The index under the older key while the keys are rotated: equal numbers meet on it until all have a newer one.
    Column("identity_index_old", LargeBinary),
    Column("address_sealed", LargeBinary),
    # A column, because under a row policy no index answers a condition on an expression.
    Column("meeting_index", LargeBinary, Computed("coalesce(identity_index_old, identity_index)", persisted=True)),
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
    CheckConstraint(
        "num_nonnulls(name, name_sealed) = 1 and num_nonnulls(contact, contact_sealed) <= 1", name="kept_once"
    ),
    CheckConstraint(
        r"(name_sealed is null or substr(name_sealed, 1, 1) = '\x01' and octet_length(name_sealed) "
        r"between 34 and 1000) and (contact_sealed is null or substr(contact_sealed, 1, 1) = '\x01' and "
        "octet_length(contact_sealed) between 34 and 2000)",
        name="name_sealed_form",
    ),
    CheckConstraint(
        "(name_sealed is null) = (name_index is null) and (name_index is null or octet_length(name_index) = 36) "
        "and (identity_index_old is null or identity_index is not null and octet_length(identity_index_old) = 36)",
        name="name_is_indexed",
    ),
    Index(
        "ix_party_identity",
        "office_id",
        "identity_index",
        postgresql_where=text("identity_index is not null"),
    ),
    Index(
        "ix_party_meets",
        "office_id",
        "meeting_index",
        postgresql_where=text("identity_index is not null"),
    ),
    Index("ix_party_name", "office_id", "name_index"),
    Index("ix_party_plain", "id", postgresql_where=text("name is not null or contact is not null")),
)

# Data keys that were taken away: nothing new may be sealed with one, and no index of one is kept.
retired_data_key = Table(
    "retired_data_key",
    metadata,
    Column("key_id", LargeBinary, primary_key=True),
    Column("retired_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("octet_length(key_id) = 4", name="key_id_length"),
)
