"""What the database itself holds of money, and the roles that may post.

After each insert of transfers the database looks at the whole statement: does the role fit the line, is the period open,
is what can be overdrawn covered, are the figures on the case the sum of its transfers, does a reversal mirror one
transfer. Tables of the ledger only grow.

Revision: 0004
Follows: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHECKS_OF_CASES = """
alter table cases add constraint ck_cases_no_part_below_zero check (
  principal_open_fen >= 0 and charge_open_fen >= 0 and held_fen >= 0 and refund_due_fen >= 0
  and charged_fen between 0 and assessed_fen and charge_written_off_fen between 0 and written_off_fen)
"""

# The same rules as caseflow.domain.ledger.case_money.Money.after, summed over every transfer of a case.
CASE_MONEY = """
create function case_money(wanted bigint, out assessed_fen bigint, out collected_fen bigint, out refunded_fen bigint,
  out written_off_fen bigint, out charged_fen bigint, out charge_written_off_fen bigint, out principal_open_fen bigint,
  out charge_open_fen bigint, out held_fen bigint, out refund_due_fen bigint)
language sql stable as $$
  with moved as (
    select debit_kind as kind, operation, debit_kind, credit_kind, reverses_id, amount_fen as fen
      from transfer where case_id = wanted
    union all
    select credit_kind, '', '', '', null, -amount_fen from transfer where case_id = wanted
  ), off as (
    select kind, fen, case when operation in ('write_off', 'waive') then 1 when operation = 'reinstate' then -1 else 0 end
             * case when reverses_id is null then 1 else -1 end * fen as off_fen,
           'charge_assessed' in (debit_kind, credit_kind) as of_charge
      from moved
  )
  select coalesce(-sum(fen) filter (where kind in ('assessed', 'charge_assessed')), 0) + coalesce(sum(off_fen), 0),
         coalesce(sum(fen) filter (where kind = 'collecting_bank'), 0),
         coalesce(-sum(fen) filter (where kind in ('treasury', 'refund_interest')), 0),
         coalesce(sum(off_fen), 0),
         coalesce(-sum(fen) filter (where kind = 'charge_assessed'), 0) + coalesce(sum(off_fen) filter (where of_charge), 0),
         coalesce(sum(off_fen) filter (where of_charge), 0),
         coalesce(sum(fen) filter (where kind = 'receivable'), 0),
         coalesce(sum(fen) filter (where kind = 'charge_receivable'), 0),
         coalesce(-sum(fen) filter (where kind = 'held'), 0),
         coalesce(-sum(fen) filter (where kind = 'refund_due'), 0)
    from off
$$
"""

# By the day of booking, which the indexes of the accounts hold, from the day after the newest close.
ACCOUNT_TOTALS = """
create function account_balance_fen(wanted integer) returns bigint language plpgsql stable as $$
declare closed account_balance; since date := '-infinity'; fen bigint := 0;
begin
  select * into closed from account_balance where account_id = wanted order by period desc limit 1;
  if found then
    since := make_date(closed.period / 100, closed.period % 100, 1) + interval '1 month';
    fen := closed.debit_fen - closed.credit_fen;
  end if;
  fen := fen + coalesce((select sum(amount_fen) from transfer where debit_id = wanted and booked_on >= since), 0);
  return fen - coalesce((select sum(amount_fen) from transfer where credit_id = wanted and booked_on >= since), 0);
end $$
"""

# One look at what was added says which of the dearer questions have to be asked at all. No question joins the whole
# ledger: a plan made while it was small would be kept when it is large.
CHECK_TRANSFERS = """
create function check_transfers() returns trigger language plpgsql as $$
declare
  r record; owns_income boolean; owns_spending boolean; overdraws boolean := false; cased boolean := false;
  reverses boolean := false;
begin
  owns_income := pg_has_role(current_user, 'caseflow_application', 'usage');
  owns_spending := pg_has_role(current_user, 'caseflow_spending', 'usage');
  for r in
    select office_id, line, period, bool_or(case_id is not null) as cased, bool_or(reverses_id is not null) as reverses,
           bool_or(debit_kind in ('held', 'suspense', 'refund_due')
                   or credit_kind in ('collecting_bank', 'quota', 'committed')) as overdraws
      from added group by 1, 2, 3
  loop
    if owns_income = owns_spending or (r.line = 'income') <> owns_income then
      raise exception 'role % may not post to the line of %', current_user, r.line
        using errcode = '42501', constraint = 'transfer_role_fits_line';
    end if;
    -- A close takes the same lock alone: it waits for entries under way, and they wait for it.
    perform pg_advisory_xact_lock_shared(7703, hashtext(r.line) # r.office_id);
    if exists (select from period_close c
                where c.office_id = r.office_id and c.line = r.line and c.period >= r.period) then
      raise exception 'period % of the line of % is closed', r.period, r.line
        using errcode = '23514', constraint = 'transfer_period_open';
    end if;
    overdraws := overdraws or r.overdraws;
    cased := cased or r.cased;
    reverses := reverses or r.reverses;
  end loop;
  -- Only what can be overdrawn is locked; a payment into the collecting bank waits for nobody.
  if overdraws then
    for r in
      select debit_id as id, debit_kind as kind, -1 as side from added
       where debit_kind in ('held', 'suspense', 'refund_due')
      union select credit_id, credit_kind, 1 from added where credit_kind in ('collecting_bank', 'quota', 'committed')
      order by 1
    loop
      perform pg_advisory_xact_lock(7704, r.id);
      if account_balance_fen(r.id) * r.side < 0 then
        raise exception 'account % (%) would go below zero', r.id, r.kind
          using errcode = '23514', constraint = 'transfer_account_covered';
      end if;
    end loop;
  end if;
  if cased then
    perform check_case_money(a.case_id, a.office_id)
       from (select distinct case_id, office_id from added where case_id is not null) a;
  end if;
  if reverses then
    perform check_reversal(a.reverses_id, a.operation, a.case_id) from added a where a.reverses_id is not null;
  end if;
  return null;
end $$
"""

CHECK_REVERSAL = """
create function check_reversal(wanted bigint, by_operation text, of_case bigint) returns void language plpgsql as $$
begin
  if exists (select from transfer t where t.id = wanted
                and (t.reverses_id is not null or t.operation <> by_operation or t.case_id is distinct from of_case)) then
    raise exception 'a reversal mirrors one transfer of the same case, and no other reversal'
      using errcode = '23514', constraint = 'transfer_reverses_one';
  end if;
end $$
"""

CHECK_CASE_MONEY = """
create function check_case_money(wanted bigint, of_office integer) returns void language plpgsql as $$
declare c cases; m record;
begin
  select * into c from cases where id = wanted;
  select * into m from case_money(wanted);
  if of_office is distinct from c.office_id then
    raise exception 'case % belongs to another office', c.number
      using errcode = '23514', constraint = 'transfer_office_of_case';
  end if;
  if (c.assessed_fen, c.collected_fen, c.refunded_fen, c.written_off_fen, c.charged_fen, c.charge_written_off_fen,
      c.principal_open_fen, c.charge_open_fen, c.held_fen, c.refund_due_fen)
     is distinct from (m.assessed_fen, m.collected_fen, m.refunded_fen, m.written_off_fen, m.charged_fen,
      m.charge_written_off_fen, m.principal_open_fen, m.charge_open_fen, m.held_fen, m.refund_due_fen) then
    raise exception 'the money of case % is not the sum of its transfers', c.number
      using errcode = '23514', constraint = 'cases_money_is_its_transfers';
  end if;
end $$
"""

GUARD_CASE_MONEY = """
create function guard_case_money() returns trigger language plpgsql as $$
begin
  perform check_case_money(new.id, new.office_id);
  return null;
end $$
"""

MONEY_COLUMNS = (
    "assessed_fen, collected_fen, refunded_fen, written_off_fen, charged_fen, charge_written_off_fen, "
    "principal_open_fen, charge_open_fen, held_fen, refund_due_fen"
)

# Runs as the owner, so that nobody else can write a snapshot.
CLOSE_PERIOD = """
create function close_period() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform pg_advisory_xact_lock(7703, hashtext(new.line) # new.office_id);
  if exists (select from period_close c
              where c.office_id = new.office_id and c.line = new.line and c.period >= new.period) then
    raise exception 'a later period of the line of % is closed already', new.line
      using errcode = '23514', constraint = 'period_close_in_order';
  end if;
  insert into account_balance (account_id, period, debit_fen, credit_fen)
  select a.id, new.period,
         coalesce(b.debit_fen, 0) + coalesce((select sum(t.amount_fen) from transfer t where t.debit_id = a.id
           and t.period > coalesce(b.period, 0) and t.period <= new.period), 0),
         coalesce(b.credit_fen, 0) + coalesce((select sum(t.amount_fen) from transfer t where t.credit_id = a.id
           and t.period > coalesce(b.period, 0) and t.period <= new.period), 0)
    from account a
    left join lateral (select * from account_balance x where x.account_id = a.id order by x.period desc limit 1) b on true
   where a.office_id = new.office_id and a.line = new.line;
  return new;
end $$
"""

APPEND_ONLY = ("account", "transfer", "period_close", "account_balance")


def _triggers() -> None:
    for function in (
        CASE_MONEY,
        ACCOUNT_TOTALS,
        CHECK_CASE_MONEY,
        CHECK_REVERSAL,
        CHECK_TRANSFERS,
        GUARD_CASE_MONEY,
        CLOSE_PERIOD,
    ):
        op.execute(function)
    op.execute(CHECKS_OF_CASES)
    op.execute(
        "create trigger check_added after insert on transfer referencing new table as added "
        "for each statement execute function check_transfers()"
    )
    op.execute(
        f"create trigger guard_money after update of {MONEY_COLUMNS} on cases for each row "
        f"when (({', '.join('old.' + name for name in MONEY_COLUMNS.split(', '))}) is distinct from "
        f"({', '.join('new.' + name for name in MONEY_COLUMNS.split(', '))})) execute function guard_case_money()"
    )
    op.execute("create trigger close before insert on period_close for each row execute function close_period()")
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )


# What the application may do to the tables that only grow, and to the others.
GROWING = ("workflow_definition", "step", "case_document", "audit_event", "account", "transfer", "period_close")
WORKED_ON = (
    "installation", "office", "staff", "staff_role", "calendar_day", "party", "case_serial", "cases", "clock", "outbox",
    "inbox",
)  # fmt: skip


def _grants() -> None:
    for table in GROWING:
        op.execute(f"grant select, insert on {table} to caseflow_application")
    for table in WORKED_ON:
        op.execute(f"grant select, insert, update on {table} to caseflow_application")
    op.execute("grant select on account_balance, alembic_version to caseflow_application, caseflow_spending")
    op.execute(
        "grant select on account, transfer, period_close, office, staff, staff_role, installation, calendar_day "
        "to caseflow_spending"
    )
    op.execute("grant insert on transfer, account, audit_event, outbox to caseflow_spending")
    op.execute("grant select on all tables in schema public to caseflow_auditor")


def upgrade() -> None:
    """Apply."""
    _triggers()
    _grants()


def downgrade() -> None:
    """Take back."""
    op.execute("drop trigger guard_money on cases")
    op.execute("alter table cases drop constraint ck_cases_no_part_below_zero")
    for table in APPEND_ONLY:
        op.execute(f"drop trigger append_only_truncate on {table}")
        op.execute(f"drop trigger append_only on {table}")
    op.execute("drop trigger check_added on transfer")
    op.execute("drop trigger close on period_close")
    op.execute("drop function check_transfers()")
    op.execute("drop function guard_case_money()")
    op.execute("drop function check_reversal(bigint, text, bigint)")
    op.execute("drop function close_period()")
    op.execute("drop function check_case_money(bigint, integer)")
    op.execute("drop function case_money(bigint)")
    op.execute("drop function account_balance_fen(integer)")
    for role in ("caseflow_application", "caseflow_spending", "caseflow_auditor"):
        op.execute(f"revoke all on all tables in schema public from {role}")
