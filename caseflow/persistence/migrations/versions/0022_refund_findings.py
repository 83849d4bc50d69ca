"""An index of the steps that took money, by their day: what came in after the end of a regime is found by it.

Revision: 0022
Follows: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_step_collected",
        "step",
        ["effective_on", "case_id"],
        postgresql_where=sa.text("""postings @> '[{"event": "collect"}]'::jsonb"""),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_step_collected", table_name="step")
