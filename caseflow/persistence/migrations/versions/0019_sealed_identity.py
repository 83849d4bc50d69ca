"""Identity numbers and addresses of parties, sealed by the application, and a blind index to find equal numbers by.

The database never sees the plain text: it holds that what is stored has the form of a sealed text and of an index.

Revision: 0019
Follows: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None

CHECKS = {
    "sealed_form": (
        r"(identity_sealed is null or substr(identity_sealed, 1, 1) = '\x01' and octet_length(identity_sealed) "
        r"between 34 and 400) and (address_sealed is null or substr(address_sealed, 1, 1) = '\x01' and "
        "octet_length(address_sealed) between 34 and 2000)"
    ),
    "identity_is_indexed": (
        "(identity_sealed is null) = (identity_index is null) and "
        "(identity_index is null or octet_length(identity_index) = 36)"
    ),
}


def upgrade() -> None:
    """Apply."""
    for name in ("identity_sealed", "identity_index", "address_sealed"):
        op.add_column("party", sa.Column(name, sa.LargeBinary(), nullable=True))
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_party_{name}"), "party", rule)
    op.create_index(
        "ix_party_identity",
        "party",
        ["office_id", "identity_index"],
        postgresql_where=sa.text("identity_index is not null"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_party_identity", table_name="party")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_party_{name}"), "party")
    for name in ("address_sealed", "identity_index", "identity_sealed"):
        op.drop_column("party", name)
