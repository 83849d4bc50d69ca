"""Runs of retention that the background carries out, for whoever asked for it.

Revision: 0034
Follows: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None

_ASKED = "array['asked_by', 'asked_at', 'over_at']"
# After the approval a run only says who asks the background for it, and when that was through with it.
ASKED_ANEW = f"""begin
  if tg_op = 'UPDATE' and old.approved_by is not null and (to_jsonb(new) - {_ASKED}) = (to_jsonb(old) - {_ASKED}) then
    if (new.asked_by, new.asked_at) is distinct from (old.asked_by, old.asked_at) then
      if not staff_has_role(new.asked_by, new.office_id, 'approver')
         and not staff_has_role(new.asked_by, new.office_id, 'auditor') then
        raise exception 'an approver or an auditor of the office has a run carried out'
          using errcode = '42501', constraint = 'retention_run_asked';
      end if;
      new.asked_at := clock_timestamp();
      new.over_at := old.over_at;
    else
      new.over_at := clock_timestamp();
    end if;
    return new;
  end if;
"""


def _guard(before: str, after: str) -> None:
    found = op.get_bind().execute(sa.text("select pg_get_functiondef('guard_retention_run()'::regprocedure)"))
    body = found.scalar_one()
    if before not in body:
        message = "guard_retention_run() is not the guard that 0034 changes"
        raise RuntimeError(message)
    op.get_bind().exec_driver_sql(body.replace(before, after, 1).replace("%", "%%"))


def upgrade() -> None:
    """Apply."""
    op.add_column("retention_run", sa.Column("asked_by", sa.Integer(), nullable=True))
    op.add_column("retention_run", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("retention_run", sa.Column("over_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key("fk_retention_run_asked_by", "retention_run", "staff", ["asked_by"], ["id"])
    op.create_check_constraint(
        op.f("ck_retention_run_asked_by_another"),
        "retention_run",
        "(asked_by is null) = (asked_at is null) and (asked_by is null or approved_by is not null) "
        "and (over_at is null or asked_by is not null) and asked_by <> prepared_by",
    )
    _guard("begin\n", ASKED_ANEW)
    op.execute("grant update (asked_by, asked_at, over_at) on retention_run to caseflow_application")


def downgrade() -> None:
    """Take back."""
    _guard(ASKED_ANEW, "begin\n")
    for column in ("over_at", "asked_at", "asked_by"):
        op.drop_column("retention_run", column)
