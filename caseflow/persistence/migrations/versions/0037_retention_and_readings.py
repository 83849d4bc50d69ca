"""Runs of retention that the background carries out for whoever asked; readings of what belongs to no case.

Revision: 0037
Follows: 0036
"""

from __future__ import annotations

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
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

# Of a case, a line of the bank or a receipt: its own office and no other.
GUARD_READ_LOG = """
create function guard_read_log() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  new.at := clock_timestamp();
  if new.case_id is not null
     and not exists (select from cases c where c.id = new.case_id and c.office_id = new.office_id)
     or new.bank_line_id is not null
     and not exists (select from bank_line l where l.id = new.bank_line_id and l.office_id = new.office_id)
     or new.receipt_no is not null
     and not exists (select from receipt r where r.lot_id = new.receipt_lot_id and r.no = new.receipt_no
                        and r.office_id = new.office_id) then
    raise exception 'what was read belongs to another office'
      using errcode = '23514', constraint = 'reading_of_office';
  end if;
  return new;
end $$
"""
# As in 0027, and with what names somebody and belongs to no case: each is a row, and counts like a listed case.
WRITE = """
create function write_readings(
  who integer, on_day date, of_what text, for_purpose text, beside text, kind text, why text, of_request text, by_whom text,
  noted bigint[], parties bigint[], opened bigint[],
  lines bigint[], lots bigint[], numbers bigint[], most_files integer, most_rows integer, most_export integer,
  out written integer, out files_before integer, out rows_before integer, out files_after integer, out rows_after integer,
  out wanted_count integer, out over text)
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted bigint[]; new_files integer := 0; new_rows integer := 0; more integer;
begin
  select coalesce(array_agg(x.id), '{}') into wanted
    from (select unnest(noted || opened) as id union select c.id from cases c where c.party_id = any(parties)) x;
  wanted_count := cardinality(wanted) + cardinality(lines) + cardinality(numbers);
  written := 0;
  files_before := 0;
  rows_before := 0;
  if who is not null then
    perform pg_advisory_xact_lock(7727, who);
    with seen as materialized (
           select distinct r.case_id, r.bank_line_id, r.receipt_lot_id, r.receipt_no, r.purpose = 'list' as listed
             from read_log r
            where r.actor_id = who and r.day = on_day and r.purpose in ('task', 'reason', 'list')),
         asked as (
           select w.id, x.purpose = 'list' as listed from unnest(wanted) w(id)
            cross join lateral (select case when w.id = any(opened) then for_purpose else beside end) x(purpose)
            where x.purpose in ('task', 'reason', 'list')),
         fresh as (
           select a.listed from asked a
            where not exists (select from seen s where s.case_id = a.id and s.listed = a.listed)
           union all
           select true from unnest(lines) l(id)
            where beside = 'list' and not exists (select from seen s where s.bank_line_id = l.id and s.listed)
           union all
           select true from unnest(lots, numbers) n(lot_id, no)
            where beside = 'list' and not exists (
                    select from seen s where s.receipt_lot_id = n.lot_id and s.receipt_no = n.no and s.listed))
    select (select count(*) from seen s where not s.listed), (select count(*) from seen s where s.listed),
           (select count(*) from fresh f where not f.listed), (select count(*) from fresh f where f.listed)
      into files_before, rows_before, new_files, new_rows;
  end if;
  files_after := files_before + new_files;
  rows_after := rows_before + new_rows;
  over := case when new_files > 0 and files_after > most_files then 'files'
               when new_rows > 0 and rows_after > most_rows then 'rows'
               when for_purpose = 'export' and wanted_count > most_export then 'export' end;
  if over is null then
    insert into read_log (actor_id, operator, office_id, day, case_id, what, purpose, reason_kind, reason, request_id)
    select who, by_whom, c.office_id, on_day, c.id, of_what,
           case when c.id = any(opened) then for_purpose else beside end,
           case when c.id = any(opened) then kind else '' end,
           case when c.id = any(opened) then why else '' end, of_request
      from cases c where c.id = any(wanted) order by c.id;
    get diagnostics written = row_count;
    insert into read_log (actor_id, operator, office_id, day, bank_line_id, what, purpose, request_id)
    select who, by_whom, l.office_id, on_day, l.id, of_what, beside, of_request
      from bank_line l where l.id = any(lines) order by l.id;
    get diagnostics more = row_count;
    written := written + more;
    insert into read_log (actor_id, operator, office_id, day, receipt_lot_id, receipt_no, what, purpose, request_id)
    select who, by_whom, r.office_id, on_day, r.lot_id, r.no, of_what, beside, of_request
      from unnest(lots, numbers) n(lot_id, no) join receipt r on r.lot_id = n.lot_id and r.no = n.no
     order by r.lot_id, r.no;
    get diagnostics more = row_count;
    written := written + more;
  end if;
end $$
"""
BEFORE = (
    "write_readings(integer, date, text, text, text, text, text, text, text, bigint[], bigint[], bigint[], integer, "
    "integer, integer)"
)
AFTER = BEFORE.replace("bigint[], integer", "bigint[], bigint[], bigint[], bigint[], integer", 1)
OF_ONE_THING = (
    "(purpose = 'search') = (looked_for is not null and hits is not null) "
    "and num_nonnulls(case_id, bank_line_id, receipt_no) = case when purpose = 'search' and case_id is null then 0 "
    "else 1 end and (receipt_lot_id is null) = (receipt_no is null)"
)
OF_A_CASE = "(purpose = 'search') = (looked_for is not null and hits is not null) and (case_id is not null or purpose = 'search')"


def _guard(before: str, after: str) -> None:
    found = op.get_bind().execute(sa.text("select pg_get_functiondef('guard_retention_run()'::regprocedure)"))
    body = found.scalar_one()
    if before not in body:
        message = "guard_retention_run() is not the guard that 0037 changes"
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
    _readings()


def _readings() -> None:
    op.execute("alter table read_log add column bank_line_id bigint references bank_line (id)")
    op.execute("alter table read_log rename constraint read_log_bank_line_id_fkey to fk_read_log_bank_line_id")
    op.execute("alter table read_log add column receipt_lot_id bigint, add column receipt_no bigint")
    op.create_foreign_key(
        "fk_read_log_receipt", "read_log", "receipt", ["receipt_lot_id", "receipt_no"], ["lot_id", "no"]
    )
    op.drop_constraint(op.f("ck_read_log_of_a_case_or_a_search"), "read_log")
    op.create_check_constraint(op.f("ck_read_log_of_one_thing_or_a_search"), "read_log", OF_ONE_THING)
    _counted("case_id, purpose, bank_line_id, receipt_lot_id, receipt_no")
    op.execute(f"drop function {BEFORE}")
    op.execute(WRITE)
    op.execute("drop trigger guard on read_log")
    op.execute(GUARD_READ_LOG)
    op.execute("create trigger guard before insert on read_log for each row execute function guard_read_log()")


def _written_before() -> str:
    """Return the function as 0027 made it."""
    return str(import_module("caseflow.persistence.migrations.versions.0027_read_log").WRITE)


def _counted(included: str) -> None:
    op.execute("drop index ix_read_log_counted")
    op.execute(f"create index ix_read_log_counted on read_log (actor_id, day, id) include ({included})")


def downgrade() -> None:
    """Take back; readings of what belongs to no case go with it."""
    op.execute("drop trigger guard on read_log")
    op.execute("create trigger guard before insert on read_log for each row execute function guard_reading()")
    op.execute("drop function guard_read_log()")
    op.execute(f"drop function {AFTER}")
    op.execute(_written_before())
    _counted("case_id, purpose")
    op.drop_constraint(op.f("ck_read_log_of_one_thing_or_a_search"), "read_log")
    op.execute("alter table read_log disable trigger append_only")
    op.execute("delete from read_log where bank_line_id is not null or receipt_no is not null")
    op.execute("alter table read_log enable trigger append_only")
    op.create_check_constraint(op.f("ck_read_log_of_a_case_or_a_search"), "read_log", OF_A_CASE)
    for column in ("receipt_no", "receipt_lot_id", "bank_line_id"):
        op.drop_column("read_log", column)
    _guard(ASKED_ANEW, "begin\n")
    for column in ("over_at", "asked_at", "asked_by"):
        op.drop_column("retention_run", column)
