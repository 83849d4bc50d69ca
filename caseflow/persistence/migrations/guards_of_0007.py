"""What migration 0007 makes the database itself hold about the bank and the treasury; frozen with that migration."""

from __future__ import annotations

from alembic import op

# In the order in which they may be dropped.
CURRENT = ("remittance_line", "remitted_receipt", "banked_receipt", "bank_line_state")
GROWING = (
    "treasury_advice", "remittance_end", "remittance_item", "bank_decision_receipt", "bank_decision", "remittance",
    "bank_line", "bank_statement", "bank_file", "bank_columns", "bank_account",
)  # fmt: skip

BEGIN_LINE = """
create function bank_line_begins() returns trigger language plpgsql security definer set search_path = pg_catalog, public
as $$
begin
  insert into bank_line_state (line_id, office_id, direction, state, nth)
  select id, office_id, direction, 'open', 0 from added;
  return null;
end $$
"""

# Which decision may follow which, and how things stand after it.
FOLLOW_DECISION = """
create function bank_decision_follows() returns trigger language plpgsql security definer
set search_path = pg_catalog, public as $$
declare s bank_line_state;
begin
  select * into s from bank_line_state where line_id = new.line_id for update;
  if new.nth <> s.nth + 1 then
    raise exception 'line % has % decisions', new.line_id, s.nth
      using errcode = '23514', constraint = 'bank_decision_in_order';
  end if;
  if not (case s.state when 'open' then new.kind in ('matched', 'suspended', 'remitted', 'noted')
                       when 'suspended' then new.kind in ('matched', 'undone', 'refund_ordered')
                       when 'refund_ordered' then false
                       else new.kind = 'undone' end)
     or (new.kind in ('matched', 'suspended', 'refund_ordered') and s.direction <> 'credit')
     or (new.kind = 'remitted' and s.direction <> 'debit')
     or (s.state = 'suspended' and new.kind <> 'refund_ordered') <> (new.reversal_key is not null) then
    raise exception 'line % is %, which % does not follow', new.line_id, s.state, new.kind
      using errcode = '23514', constraint = 'bank_decision_follows';
  end if;
  update bank_line_state set nth = new.nth, decision_id = new.id,
         state = case new.kind when 'undone' then 'open' else new.kind end
   where line_id = new.line_id;
  if new.kind = 'undone' then
    delete from banked_receipt where line_id = new.line_id;
    delete from remittance_line where line_id = new.line_id;
  elsif new.kind = 'remitted' then
    insert into remittance_line (remittance_id, line_id) values (new.remittance_id, new.line_id);
  end if;
  return null;
end $$
"""

BANK_RECEIPT = """
create function bank_receipt() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
declare s bank_line_state; r receipt;
begin
  select x.* into s from bank_decision d join bank_line_state x on x.line_id = d.line_id where d.id = new.decision_id;
  select * into r from receipt where lot_id = new.lot_id and no = new.no;
  if s.state <> 'matched' or s.decision_id <> new.decision_id then
    raise exception 'decision % is not the match of its line', new.decision_id
      using errcode = '23514', constraint = 'bank_receipt_of_its_match';
  end if;
  if r.office_id <> new.office_id or r.status = 'void' or r.amount_fen is null then
    raise exception 'receipt % is void or of another office', r.number
      using errcode = '23514', constraint = 'bank_receipt_counts';
  end if;
  insert into banked_receipt (lot_id, no, office_id, line_id, decision_id)
  values (new.lot_id, new.no, new.office_id, s.line_id, new.decision_id);
  return null;
end $$
"""

CHECK_DECISION = """
create function check_bank_decision(wanted bigint) returns void language plpgsql as $$
declare d bank_decision; l bank_line; total bigint; suspended text;
begin
  select * into d from bank_decision where id = wanted;
  select * into l from bank_line where id = d.line_id;
  if d.kind = 'matched' then
    -- One look-up a receipt: a join would be planned for a table without statistics and walk it whole, once a line.
    select sum((select r.amount_fen from receipt r where r.lot_id = m.lot_id and r.no = m.no)) into total
      from bank_decision_receipt m where m.decision_id = d.id;
    if total is distinct from l.amount_fen then
      raise exception 'the receipts of line % make % fen, not %', l.id, coalesce(total, 0), l.amount_fen
        using errcode = '23514', constraint = 'bank_match_makes_the_amount';
    end if;
  elsif d.kind in ('suspended', 'refund_ordered') then
    select case when count(*) = 1 then sum(t.amount_fen) end into total
      from transfer t
     where t.key = d.transfer_key and t.office_id = d.office_id and t.reverses_id is null
       and (t.operation, case when d.kind = 'suspended' then t.credit_kind else t.debit_kind end)
         = (case when d.kind = 'suspended' then 'suspend' else 'refund_order' end, 'suspense');
    if total is distinct from l.amount_fen then
      raise exception 'the entry % does not move the % fen of line %', d.transfer_key, l.amount_fen, l.id
        using errcode = '23514', constraint = 'bank_suspense_is_the_amount';
    end if;
  elsif d.kind = 'remitted' and not exists (
    select from remittance m where m.id = d.remittance_id and m.amount_fen = l.amount_fen and m.account_id = l.account_id
       and not exists (select from remittance_end e where e.remittance_id = m.id)) then
    raise exception 'line % is not the outgoing money of remittance %', l.id, d.remittance_id
      using errcode = '23514', constraint = 'bank_line_is_the_remittance';
  end if;
  if d.reversal_key is not null then
    select transfer_key into suspended from bank_decision where line_id = d.line_id and nth = d.nth - 1;
    if not exists (select from transfer t join transfer o on o.id = t.reverses_id
                    where t.key = d.reversal_key and o.key = suspended) then
      raise exception 'the suspension of line % is not taken back', l.id
        using errcode = '23514', constraint = 'bank_suspension_taken_back';
    end if;
  end if;
end $$
"""

CHECK_DECISION_TRIGGER = """
create function check_bank_decision_now() returns trigger language plpgsql as $$
begin
  perform check_bank_decision(new.id);
  return null;
end $$
"""

CHECK_DECISION_RECEIPT_TRIGGER = """
create function check_bank_decision_receipt_now() returns trigger language plpgsql as $$
begin
  perform check_bank_decision(new.decision_id);
  return null;
end $$
"""

REMIT_RECEIPT = """
create function remit_receipt() returns trigger language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if exists (select from remittance_end e where e.remittance_id = new.remittance_id) then
    raise exception 'remittance % was taken back', new.remittance_id
      using errcode = '23514', constraint = 'remittance_is_live';
  end if;
  insert into remitted_receipt (lot_id, no, office_id, remittance_id)
  values (new.lot_id, new.no, new.office_id, new.remittance_id);
  return null;
end $$
"""

CHECK_REMITTANCE = """
create function check_remittance(wanted bigint) returns void language plpgsql as $$
declare m remittance; total bigint; moved bigint;
begin
  select * into m from remittance where id = wanted;
  select sum((select r.amount_fen from receipt r where r.lot_id = i.lot_id and r.no = i.no)) into total
    from remittance_item i where i.remittance_id = m.id;
  select case when count(*) = 1 then sum(t.amount_fen) end into moved from transfer t
   where t.key = m.transfer_key and t.office_id = m.office_id and t.operation = 'remit' and t.reverses_id is null;
  if total is distinct from m.amount_fen or moved is distinct from m.amount_fen then
    raise exception 'remittance % is % fen, its receipts make %, its transfer moves %',
      m.voucher, m.amount_fen, coalesce(total, 0), coalesce(moved, 0)
      using errcode = '23514', constraint = 'remittance_is_its_receipts';
  end if;
  if exists (select from remittance_item i
               left join banked_receipt b on b.lot_id = i.lot_id and b.no = i.no
               left join bank_line l on l.id = b.line_id
              where i.remittance_id = m.id
                and (l.account_id, i.office_id) is distinct from (m.account_id, m.office_id)) then
    raise exception 'remittance % holds a receipt that is not on its account', m.voucher
      using errcode = '23514', constraint = 'remittance_of_one_account';
  end if;
end $$
"""

CHECK_REMITTANCE_TRIGGER = """
create function check_remittance_now() returns trigger language plpgsql as $$
begin
  perform check_remittance(new.id);
  return null;
end $$
"""

CHECK_REMITTANCE_ITEM_TRIGGER = """
create function check_remittance_item_now() returns trigger language plpgsql as $$
begin
  perform check_remittance(new.remittance_id);
  return null;
end $$
"""

END_REMITTANCE = """
create function end_remittance() returns trigger language plpgsql security definer set search_path = pg_catalog, public
as $$
declare m remittance;
begin
  -- Waits for an advice or an outgoing line being recorded now: their foreign keys hold the row.
  select * into m from remittance where id = new.remittance_id for update;
  if exists (select from treasury_advice a where a.remittance_id = m.id)
     or exists (select from remittance_line l where l.remittance_id = m.id) then
    raise exception 'remittance % has left the bank or was advised', m.voucher
      using errcode = '23514', constraint = 'remittance_not_yet_gone';
  end if;
  if not exists (select from transfer t join transfer o on o.id = t.reverses_id
                  where t.key = new.reversal_key and o.key = m.transfer_key) then
    raise exception 'the transfer of remittance % is not taken back', m.voucher
      using errcode = '23514', constraint = 'remittance_taken_back';
  end if;
  delete from remitted_receipt where remittance_id = m.id;
  return null;
end $$
"""

ADVISE = """
create function advise_remittance() returns trigger language plpgsql as $$
begin
  if exists (select from remittance_end e where e.remittance_id = new.remittance_id) then
    raise exception 'remittance % was taken back', new.remittance_id
      using errcode = '23514', constraint = 'remittance_is_live';
  end if;
  return null;
end $$
"""

# Whoever takes a suspension or a remittance back says so at the line or the remittance, not in the ledger alone.
REVERSE_AT_THE_BANK = """
create function reverse_at_the_bank() returns trigger language plpgsql as $$
begin
  if exists (select from transfer o join bank_decision d on d.transfer_key = o.key where o.id = new.reverses_id
                and not exists (select from bank_decision b where b.line_id = d.line_id and b.reversal_key = new.key))
     or exists (select from transfer o join remittance m on m.transfer_key = o.key where o.id = new.reverses_id
                and not exists (select from remittance_end e where e.remittance_id = m.id and e.reversal_key = new.key)) then
    raise exception 'transfer % reverses what the bank''s desk holds', new.key
      using errcode = '23514', constraint = 'reversed_at_the_bank';
  end if;
  return null;
end $$
"""

VOID_NOT_BANKED = """
create function void_not_banked() returns trigger language plpgsql as $$
begin
  if exists (select from banked_receipt b where b.lot_id = new.lot_id and b.no = new.no) then
    raise exception 'receipt % stands on a line of the bank', new.number
      using errcode = '23514', constraint = 'receipt_void_not_banked';
  end if;
  return new;
end $$
"""

FUNCTIONS = (
    BEGIN_LINE, FOLLOW_DECISION, BANK_RECEIPT, CHECK_DECISION, CHECK_DECISION_TRIGGER, CHECK_DECISION_RECEIPT_TRIGGER,
    VOID_NOT_BANKED, REMIT_RECEIPT, CHECK_REMITTANCE, CHECK_REMITTANCE_TRIGGER, CHECK_REMITTANCE_ITEM_TRIGGER, END_REMITTANCE, ADVISE, REVERSE_AT_THE_BANK,
)  # fmt: skip
AFTER_INSERT = (
    ("bank_decision", "bank_decision_follows"),
    ("bank_decision_receipt", "bank_receipt"),
    ("remittance_item", "remit_receipt"),
    ("remittance_end", "end_remittance"),
    ("treasury_advice", "advise_remittance"),
)
AT_COMMIT = (
    ("bank_decision", "check_bank_decision_now"),
    ("bank_decision_receipt", "check_bank_decision_receipt_now"),
    ("remittance", "check_remittance_now"),
    ("remittance_item", "check_remittance_item_now"),
)


def set_up_guards() -> None:
    """Create the functions and triggers, and grant the tables to the roles."""
    for function in FUNCTIONS:
        op.execute(function)
    op.execute(
        "create trigger begins after insert on bank_line referencing new table as added "
        "for each statement execute function bank_line_begins()"
    )
    for table, function in AFTER_INSERT:
        op.execute(f"create trigger follows after insert on {table} for each row execute function {function}()")
    for table, function in AT_COMMIT:
        op.execute(
            f"create constraint trigger adds_up after insert on {table} deferrable initially deferred "
            f"for each row execute function {function}()"
        )
    op.execute(
        "create constraint trigger reversed_at_the_bank after insert on transfer deferrable initially deferred for each row "
        "when (new.reverses_id is not null and new.operation in ('suspend', 'remit', 'refund_order')) "
        "execute function reverse_at_the_bank()"
    )
    op.execute(
        "create trigger void_not_banked before update on receipt for each row when (new.status = 'void') "
        "execute function void_not_banked()"
    )
    for table in GROWING:
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.execute(f"grant select, insert on {table} to caseflow_application")
    for table in (*GROWING, *CURRENT):
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
        op.execute(f"grant select on {table} to caseflow_application, caseflow_auditor")


def take_down() -> None:
    """Drop the tables and the functions."""
    op.execute("drop trigger reversed_at_the_bank on transfer")
    op.execute("drop trigger void_not_banked on receipt")
    for table in (*CURRENT, *GROWING):
        op.execute(f"drop table {table}")
    for function in (
        "bank_line_begins()", "bank_decision_follows()", "bank_receipt()", "check_bank_decision_now()",
        "check_bank_decision_receipt_now()", "check_bank_decision(bigint)", "remit_receipt()", "check_remittance_now()",
        "check_remittance_item_now()", "check_remittance(bigint)", "end_remittance()", "advise_remittance()",
        "reverse_at_the_bank()", "void_not_banked()",
    ):  # fmt: skip
        op.execute(f"drop function {function}")
