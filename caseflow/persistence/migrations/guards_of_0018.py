"""The guards of money, quick enough for a whole casebook at once. What they refuse stays the same.

The money of many cases is compared by one query instead of one a case (the sums are those of ``case_money``), and a
receipt looks for its entry by the key and by nothing else.
"""

from __future__ import annotations

_HEAD = "language plpgsql set search_path = pg_catalog, public, pg_temp as $$"
_MONEY = (
    "assessed_fen", "collected_fen", "refunded_fen", "written_off_fen", "charged_fen", "charge_written_off_fen",
    "principal_open_fen", "charge_open_fen", "held_fen", "refund_due_fen",
)  # fmt: skip

# A case is looked up by its id and its transfers by the case, one after the other: a plan that joins whole tables, made
# while they were small, would be kept when they are large.
CASES_AT_ODDS = f"""
create function cases_at_odds(wanted bigint[], of_offices integer[]) returns setof bigint language sql stable
  set search_path = pg_catalog, public, pg_temp as $$
  select w.id from unnest(wanted, of_offices) as w(id, office_id)
    left join lateral (select * from cases c where c.id = w.id offset 0) c on true
    cross join lateral (
      select coalesce(sum(case when s.c in ('assessed', 'charge_assessed') then s.fen else 0 end
               - case when s.d in ('assessed', 'charge_assessed') then s.fen else 0 end + s.off_fen), 0),
             coalesce(sum(case 'collecting_bank' when s.d then s.fen when s.c then -s.fen else 0 end), 0),
             coalesce(sum(case when s.c in ('treasury', 'refund_interest') then s.fen else 0 end
               - case when s.d in ('treasury', 'refund_interest') then s.fen else 0 end), 0),
             coalesce(sum(s.off_fen), 0),
             coalesce(sum(case 'charge_assessed' when s.c then s.fen + s.off_fen when s.d then s.off_fen - s.fen
               else 0 end), 0),
             coalesce(sum(case when 'charge_assessed' in (s.d, s.c) then s.off_fen else 0 end), 0),
             coalesce(sum(case 'receivable' when s.d then s.fen when s.c then -s.fen else 0 end), 0),
             coalesce(sum(case 'charge_receivable' when s.d then s.fen when s.c then -s.fen else 0 end), 0),
             coalesce(sum(case 'held' when s.c then s.fen when s.d then -s.fen else 0 end), 0),
             coalesce(sum(case 'refund_due' when s.c then s.fen when s.d then -s.fen else 0 end), 0)
        from (select t.debit_kind as d, t.credit_kind as c, t.amount_fen as fen,
                     case when t.operation in ('write_off', 'waive') then 1 when t.operation = 'reinstate' then -1 else 0
                       end * case when t.reverses_id is null then 1 else -1 end * t.amount_fen as off_fen
                from transfer t where t.case_id = w.id) s) as m({", ".join(_MONEY)})
   where c.office_id is distinct from w.office_id
      or ({", ".join(f"c.{name}" for name in _MONEY)}) is distinct from ({", ".join(f"m.{name}" for name in _MONEY)})
$$
"""
# Says of what disagrees what check_case_money says of it, and refuses it even if that should find nothing to say.
CHECK_CASES_MONEY = f"""
create function check_cases_money(wanted bigint[], of_offices integer[]) returns void {_HEAD}
declare odd bigint[] := array(select cases_at_odds(wanted, of_offices));
begin
  if cardinality(odd) > 0 then
    perform check_case_money(w.id, w.office_id) from unnest(wanted, of_offices) as w(id, office_id) where w.id = any (odd);
    raise exception 'the money of case % is not the sum of its transfers', odd[1]
      using errcode = '23514', constraint = 'cases_money_is_its_transfers';
  end if;
end $$
"""
_CHECK_TRANSFERS = f"""
create or replace function check_transfers() returns trigger {_HEAD}
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
    {{money}}
       from (select distinct case_id, office_id from added where case_id is not null) a;
  end if;
  if reverses then
    perform check_reversal(a.reverses_id, a.operation, a.case_id) from added a where a.reverses_id is not null;
  end if;
  return null;
end $$
"""
CHECK_TRANSFERS = _CHECK_TRANSFERS.format(
    money="perform check_cases_money(array_agg(a.case_id), array_agg(a.office_id))"
)
CHECK_TRANSFERS_BEFORE = _CHECK_TRANSFERS.format(money="perform check_case_money(a.case_id, a.office_id)")

_RECEIPT_OF_ENTRY = f"""
create or replace function receipt_is_for_its_entry() returns trigger {_HEAD}
declare taken record;
begin
  select coalesce(sum(t.amount_fen) filter (where t.credit_kind = 'receivable'), 0) as principal_fen,
         coalesce(sum(t.amount_fen) filter (where t.credit_kind = 'charge_receivable'), 0) as charge_fen,
         coalesce(sum(t.amount_fen) filter (where t.credit_kind = 'held'), 0) as held_fen
    into taken
    from {{entry}} t
   where t.key = new.transfer_key and t.office_id = new.office_id and t.case_id is not distinct from new.case_id
     and t.seq is not distinct from new.seq and t.operation = 'collect' and t.reverses_id is null;
  if (taken.principal_fen, taken.charge_fen, taken.held_fen)
     is distinct from (new.principal_fen, new.charge_fen, new.held_fen) then
    raise exception 'receipt % is not for what its entry % collected', new.number, new.transfer_key
      using errcode = '23514', constraint = 'receipt_is_for_its_entry';
  end if;
  return null;
end $$
"""
# The key first, behind a fence. A plan made while the ledger was small knows nothing of how its columns are spread, and
# takes the index of office and operation: every receipt then walks every payment of the office.
RECEIPT_OF_ENTRY = _RECEIPT_OF_ENTRY.format(entry="(select * from transfer e where e.key = new.transfer_key offset 0)")
RECEIPT_OF_ENTRY_BEFORE = _RECEIPT_OF_ENTRY.format(entry="transfer")

_SOME_MONEY = " or ".join(f"new.{name} <> 0" for name in _MONEY)
_SOME_MONEY_ADDED = " or ".join(f"a.{name} <> 0" for name in _MONEY)
CASES_BORN = f"""
create function guard_money_of_new_cases() returns trigger {_HEAD}
begin
  perform check_cases_money(array_agg(a.id), array_agg(a.office_id)) from added a where {_SOME_MONEY_ADDED}
   having count(*) > 0;
  return null;
end $$
"""
BORN_WITHOUT_MONEY = """
create trigger born_without_money after insert on cases referencing new table as added
  for each statement execute function guard_money_of_new_cases()
"""
BORN_WITHOUT_MONEY_BEFORE = f"""
create trigger born_without_money after insert on cases for each row when ({_SOME_MONEY})
  execute function guard_case_money()
"""


APPLY = (
    CASES_AT_ODDS,
    CHECK_CASES_MONEY,
    CHECK_TRANSFERS,
    RECEIPT_OF_ENTRY,
    CASES_BORN,
    "drop trigger born_without_money on cases",
    BORN_WITHOUT_MONEY,
)
TAKE_BACK = (
    "drop trigger born_without_money on cases",
    BORN_WITHOUT_MONEY_BEFORE,
    CHECK_TRANSFERS_BEFORE,
    RECEIPT_OF_ENTRY_BEFORE,
    "drop function guard_money_of_new_cases()",
    "drop function check_cases_money(bigint[], integer[])",
    "drop function cases_at_odds(bigint[], integer[])",
)
