"""Row policies: a transaction sees and writes the rows of the office it says it works for, and of no other.

The policies are made from the catalogue as it is when this runs, so that they cover every table with an ``office_id``
or a ``case_id`` that stands before it. A later migration gives its own tables their policies;
``caseflow.persistence.row_security`` and its test find one that has none.

Offices are a tree: none stands under itself, however many lie between.

Revision: 0032
Follows: 0031
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ROLES = "caseflow_application, caseflow_spending, caseflow_auditor"

# Read once a statement where they stand in a sub-select. No value at all and '' are nobody: nothing is seen.
FUNCTIONS = """
create function caseflow_sees_all() returns boolean language sql stable parallel safe as
  $$ select coalesce(pg_catalog.current_setting('caseflow.office', true), '') operator(pg_catalog.=) '*' $$;
create function caseflow_office() returns integer language sql stable parallel safe as
  $$ select nullif(nullif(pg_catalog.current_setting('caseflow.office', true), '*'), '')::pg_catalog.int4 $$;
"""
# A case and its first step, clocks and documents are one statement, whose snapshot does not hold the case yet. What a
# volatile function asks does: it is only asked where the snapshot has no such case, and the policy of cases holds in it.
OPENED_NOW = """
create function caseflow_opened_now(wanted bigint) returns boolean language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select from cases where id = wanted);
end $$
"""
ALL = "(select caseflow_sees_all())"
MINE = "(select caseflow_office())"

# Who works where is looked up before it is known for whom the database is asked.
WITHOUT = ("office", "staff", "staff_role")
# Tables with neither column that hold rows of one office: each belongs to the row it names.
CHILDREN = (
    "account_balance",
    "calendar_feed",
    "casebook_file",
    "casebook_progress",
    "enrolment",
    "finding_note",
    "mail",
    "passkey",
    "remittance_line",
    "reminder_mute",
    "sample_item",
    "sample_verdict",
    "staff_identity",
    "staff_recovery_code",
    "staff_totp",
)

# Each table with what it belongs to by: its own office, its case, or the row that one of its foreign keys names.
TABLES = """
select c.relname as name,
       (select a.attnotnull from pg_attribute a
         where a.attrelid = c.oid and a.attname = 'office_id' and not a.attisdropped) as own,
       (select a.attnotnull from pg_attribute a
         where a.attrelid = c.oid and a.attname = 'case_id' and not a.attisdropped) as case_known
  from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
 order by c.relname
"""
PARENTS = """
select k.confrelid::regclass::text as parent,
       (select string_agg(format('o.%I = %I.%I', f.attname, c.relname, a.attname), ' and ' order by n)
          from unnest(k.conkey, k.confkey) with ordinality as u(near, far, n)
          join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.near
          join pg_attribute f on f.attrelid = k.confrelid and f.attnum = u.far) as joined,
       exists (select from pg_attribute a
                where a.attrelid = k.confrelid and a.attname = 'office_id' and not a.attisdropped) as owned
  from pg_constraint k join pg_class c on c.oid = k.conrelid
 where k.conrelid = cast(:name as regclass) and k.contype = 'f' and k.confrelid <> k.conrelid
   and not exists (select from pg_attribute a
                    where a.attrelid = k.conrelid and a.attnum = any(k.conkey) and not a.attnotnull)
"""

NO_CIRCLES = """
create function office_is_no_circle() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(4920103);
  if exists (
    with recursive above(id) as (
      select new.parent_id
      union select o.parent_id from office o join above a on a.id = o.id
    ) select from above where id = new.id
  ) then
    raise exception 'office % would stand under itself', new.code
      using errcode = '23514', constraint = 'office_is_no_circle';
  end if;
  return new;
end $$;
create trigger office_is_no_circle before insert or update of parent_id on office
  for each row when (new.parent_id is not null) execute function office_is_no_circle();
"""


def policy_of(name: str, *, own: bool | None, case_known: bool | None) -> tuple[str, str]:
    """Return the conditions under which a row of a table is seen, and under which it may be written.

    ``own`` and ``case_known``: whether the column may not be null; None: there is no such column.
    """
    if own is not None:
        written = f"{ALL} or office_id = {MINE}"
        # What happened at no office, such as setting the first one up, is in every office's record.
        return (written if own else f"{written} or (office_id is null and {MINE} is not null)"), written
    if case_known:
        seen = f"{ALL} or exists (select from cases o where o.id = {name}.case_id)"
        return seen, f"{seen} or caseflow_opened_now(case_id)"
    found = op.get_bind().execute(text(PARENTS), {"name": name}).all()
    # Staff have no policy of their own, and belong to an office themselves; another parent comes before them.
    parents = sorted(found, key=lambda row: (row.parent == "staff", not row.owned, row.parent))
    if not parents:
        message = f"nothing says which office a row of {name} belongs to"
        raise LookupError(message)
    owner = f" and o.office_id = {MINE}" if parents[0].owned else ""
    return (f"{ALL} or exists (select from {parents[0].parent} o where {parents[0].joined}{owner})",) * 2


def scoped_tables() -> dict[str, tuple[str, str]]:
    """Return every table that gets a policy now, with its two conditions."""
    found = op.get_bind().exec_driver_sql(TABLES).all()
    return {
        row.name: policy_of(row.name, own=row.own, case_known=row.case_known)
        for row in found
        if row.name not in WITHOUT and (row.own is not None or row.case_known is not None or row.name in CHILDREN)
    }


def upgrade() -> None:
    """Apply."""
    op.execute(FUNCTIONS)
    op.execute(OPENED_NOW)
    for name, (seen, written) in scoped_tables().items():
        op.execute(f"alter table {name} enable row level security")
        op.execute(f"create policy own_office on {name} to {ROLES} using ({seen}) with check ({written})")
    # A view is read with its owner's eyes unless it says otherwise, and the owner sees every row.
    op.execute("alter view spending_act set (security_invoker = true)")
    op.execute("create index ix_office_parent on office (parent_id)")
    op.execute(NO_CIRCLES)


def downgrade() -> None:
    """Take back."""
    op.execute("drop trigger office_is_no_circle on office")
    op.execute("drop function office_is_no_circle()")
    op.execute("drop index ix_office_parent")
    op.execute("alter view spending_act reset (security_invoker)")
    with_policy = "select tablename from pg_policies where schemaname = 'public' and policyname = 'own_office'"
    for (name,) in op.get_bind().exec_driver_sql(with_policy).all():
        op.execute(f"drop policy own_office on {name}")
        op.execute(f"alter table {name} disable row level security")
    op.execute("drop function caseflow_opened_now(bigint)")
    op.execute("drop function caseflow_office()")
    op.execute("drop function caseflow_sees_all()")
