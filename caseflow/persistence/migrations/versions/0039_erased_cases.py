"""An erased case takes in nothing personal any more, and no hold.

Nor is a case erased once who proposed or approved the run is recused from it.

What erases a case locks it first and looks then; a guard of what is added to one does the same, so that of two at once
one is refused.

Revision: 0039
Follows: 0038
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

TABLES = ("person_code", "person_passphrase", "submission", "case_file", "paper", "service_attempt", "legal_hold")
_HEAD = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$"
REFUSE = f"""
create function refuse_erased_case() {_HEAD}
begin
  perform from cases c where c.id = new.case_id for key share;
  if exists (select from retention_run_case r where r.case_id = new.case_id and r.done_at is not null) then
    raise exception 'case % was erased, and takes in nothing new', new.case_id
      using errcode = '23514', constraint = 'case_is_erased';
  end if;
  return new;
end $$
"""
# What erases a party empties these columns; a name alone is sealed under another key now and then.
REFUSE_PARTY = f"""
create function refuse_erased_party() {_HEAD}
begin
  if exists (select from cases c join retention_run_case r on r.case_id = c.id and r.done_at is not null
              where c.party_id = new.id) then
    raise exception 'the party % was erased, and takes in nothing new', new.id
      using errcode = '23514', constraint = 'case_is_erased';
  end if;
  return new;
end $$
"""
# With what comes before it in ``erase_case`` as 0034 left it.
_BEFORE = "if not exists (select from audit_event e where e.key = told_by"
_RECUSED = """if exists (select from recusal q join retention_run r on q.staff_id in (r.prepared_by, r.approved_by)
              where r.id = of_run and q.case_id = wanted) then
    raise exception 'case % is kept: who proposed or approved the run is recused', c.number
      using errcode = '42501', constraint = 'retention_recused';
  end if;
  """
ERASE = "erase_case(bigint, bigint, text, bytea, bytea, bigint[], bytea[], bigint[], bytea[], bigint[], bytea[])"
# Before the approval, who proposed a run may withdraw it and who could approve it may refuse it, once, for a reason.
_COLUMNS = "array['ended_by', 'ended_at', 'end_reason']"
_ENDED = f"""begin
  if tg_op = 'INSERT' and new.ended_by is not null or tg_op = 'UPDATE' and old.ended_by is not null then
    raise exception 'the run has ended' using errcode = '42501', constraint = 'retention_run_ended';
  end if;
  if tg_op = 'UPDATE' and new.ended_by is not null then
    if old.approved_by is not null or (to_jsonb(new) - {_COLUMNS}) <> (to_jsonb(old) - {_COLUMNS})
       or new.ended_by <> new.prepared_by and not staff_has_role(new.ended_by, new.office_id, 'approver')
          and not staff_has_role(new.ended_by, new.office_id, 'auditor') then
      raise exception 'who proposed a run withdraws it, or an approver or an auditor of the office refuses it'
        using errcode = '42501', constraint = 'retention_run_ended';
    end if;
    new.ended_at := clock_timestamp();
    return new;
  end if;
"""
ENDED_WHOLE = "num_nulls(ended_by, ended_at, end_reason) in (0, 3) and (ended_by is null or approved_by is null)"


def _add_end() -> None:
    op.add_column("retention_run", sa.Column("ended_by", sa.Integer(), nullable=True))
    op.add_column("retention_run", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("retention_run", sa.Column("end_reason", sa.Text(), nullable=True))
    op.create_foreign_key("fk_retention_run_ended_by", "retention_run", "staff", ["ended_by"], ["id"])
    op.create_check_constraint(op.f("ck_retention_run_ended_whole"), "retention_run", ENDED_WHOLE)
    op.create_check_constraint(
        op.f("ck_retention_run_end_reason"), "retention_run", "length(end_reason) between 1 and 500"
    )
    _change("guard_retention_run()", "begin\n", _ENDED)
    op.execute("grant update (ended_by, ended_at, end_reason) on retention_run to caseflow_application")


def _change(function: str, before: str, after: str) -> None:
    found = op.get_bind().execute(sa.text("select pg_get_functiondef(cast(:name as regprocedure))"), {"name": function})
    body: str = found.scalar_one()
    if before not in body:
        message = f"{function} is not the function that 0039 changes"
        raise RuntimeError(message)
    op.get_bind().exec_driver_sql(body.replace(before, after, 1).replace("%", "%%"))


def upgrade() -> None:
    """Apply."""
    _change(ERASE, _BEFORE, _RECUSED + _BEFORE)
    _add_end()
    op.execute(REFUSE)
    op.execute(REFUSE_PARTY)
    for table in TABLES:
        op.execute(f"create trigger erased before insert on {table} for each row execute function refuse_erased_case()")
    op.execute(
        "create trigger erased before update on party for each row when (num_nonnulls(new.name, new.contact, "
        "new.contact_sealed, new.identity_sealed, new.identity_index, new.address_sealed) > 0) "
        "execute function refuse_erased_party()"
    )


def downgrade() -> None:
    """Take back."""
    _change(ERASE, _RECUSED, "")
    _change("guard_retention_run()", _ENDED, "begin\n")
    for column in ("end_reason", "ended_at", "ended_by"):
        op.drop_column("retention_run", column)
    for table in ("party", *TABLES):
        op.execute(f"drop trigger erased on {table}")
    op.execute("drop function refuse_erased_party()")
    op.execute("drop function refuse_erased_case()")
