"""Guards see their own tables, and what a stranger found open is shut.

A temporary table is found before a table of the schema unless the search path says otherwise: whoever made one called
``period_close`` or ``bank_line_state`` blinded a guard, or was run as the owner by one. Every function now looks into the
catalogue, then the schema, and into temporary tables last.

Revision: 0010
Follows: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Functions that look into no table stay as they are: a setting of its own costs each call.
_OURS = """
select p.oid::regprocedure as name from pg_proc p
 where p.pronamespace = 'public'::regnamespace and p.proowner = (select oid from pg_roles where rolname = current_user)
   and p.proname not in ('is_lawful_move', 'refuse_change')
"""
SET_PATHS = f"""
do $$ declare f record; begin
  for f in {_OURS} loop
    execute format('alter function %s set search_path = pg_catalog, public, pg_temp', f.name);
  end loop;
end $$
"""
# The business date of a training database may differ from the real one.
CLOSE_IS_LAWFUL = """
create function close_is_lawful() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare today date := (now() at time zone 'Asia/Shanghai')::date
  + coalesce((select date_shift_days from installation), 0);
begin
  if new.period >= extract(year from today) * 100 + extract(month from today) then
    raise exception 'period % is not over', new.period using errcode = '23514', constraint = 'period_is_over';
  end if;
  if not exists (select from staff s join staff_role r on r.staff_id = s.id
                  where s.id = new.closed_by and s.office_id = new.office_id and r.role = 'supervisor') then
    raise exception 'only a supervisor of the office closes a period'
      using errcode = '42501', constraint = 'period_closed_by_supervisor';
  end if;
  return new;
end $$
"""
BORN_WITHOUT_MONEY = """
create trigger born_without_money after insert on cases for each row
  when (new.assessed_fen <> 0 or new.collected_fen <> 0 or new.refunded_fen <> 0 or new.written_off_fen <> 0
        or new.charged_fen <> 0 or new.charge_written_off_fen <> 0 or new.principal_open_fen <> 0
        or new.charge_open_fen <> 0 or new.held_fen <> 0 or new.refund_due_fen <> 0)
  execute function guard_case_money()
"""


def upgrade() -> None:
    """Apply."""
    op.execute(SET_PATHS)
    op.execute(CLOSE_IS_LAWFUL)
    op.execute(
        "create trigger a_close_is_lawful before insert on period_close for each row execute function close_is_lawful()"
    )
    op.execute(BORN_WITHOUT_MONEY)


def downgrade() -> None:
    """Take back."""
    op.execute("drop trigger born_without_money on cases")
    op.execute("drop trigger a_close_is_lawful on period_close")
    op.execute("drop function close_is_lawful()")
    op.execute(f"do $$ declare f record; begin for f in {_OURS} loop "
               "execute format('alter function %s reset search_path', f.name); end loop; end $$")  # fmt: skip
