"""The record only grows.

Append-only tables refuse UPDATE, DELETE and TRUNCATE; a case moves forward one version at a time and keeps its
identity; no version of a case is without the step that made it; a database once stamped training (or production) stays so.

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("workflow_definition", "step", "case_document", "audit_event")

REFUSE_CHANGE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'table % is append-only', tg_table_name using errcode = '42501';
end $$
"""

GUARD_CASE = """
create function guard_case() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a case is never deleted' using errcode = '42501';
  end if;
  if new.version not in (old.version, old.version + 1) or (new.state <> old.state and new.version = old.version) then
    raise exception 'case % must move one version at a time', old.number using errcode = '23514';
  end if;
  if (new.id, new.office_id, new.number, new.regime, new.party_id, new.opened_on, new.idempotency_key)
     is distinct from (old.id, old.office_id, old.number, old.regime, old.party_id, old.opened_on, old.idempotency_key)
  then
    raise exception 'the identity of case % cannot be changed', old.number using errcode = '42501';
  end if;
  if new.last_step_on < old.last_step_on then
    raise exception 'the steps of case % stay in the order of their dates', old.number using errcode = '23514';
  end if;
  return new;
end $$
"""

GUARD_STAMP = """
create function guard_stamp() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.kind <> old.kind then
    raise exception 'this database is stamped % for ever', old.kind using errcode = '42501';
  end if;
  return new;
end $$
"""


def upgrade() -> None:
    """Apply."""
    op.create_foreign_key(
        "fk_cases_version",
        "cases",
        "step",
        ["id", "version"],
        ["case_id", "seq"],
        deferrable=True,
        initially="DEFERRED",
    )
    op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    op.execute(GUARD_CASE)
    op.execute("create trigger guard before update or delete on cases for each row execute function guard_case()")
    op.execute(
        "create trigger guard_truncate before truncate on cases for each statement execute function refuse_change()"
    )
    op.execute(GUARD_STAMP)
    op.execute(
        "create trigger guard before update or delete on installation for each row execute function guard_stamp()"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_constraint("fk_cases_version", "cases")
    op.execute("drop trigger guard on installation")
    op.execute("drop trigger guard_truncate on cases")
    op.execute("drop trigger guard on cases")
    for table in APPEND_ONLY:
        op.execute(f"drop trigger append_only_truncate on {table}")
        op.execute(f"drop trigger append_only on {table}")
    for function in ("guard_stamp", "guard_case", "refuse_change"):
        op.execute(f"drop function {function}()")
