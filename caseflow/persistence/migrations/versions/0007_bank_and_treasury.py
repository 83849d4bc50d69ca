"""The bank and the treasury: statements, what was decided on their lines, remittances and the treasury's advice.

What somebody writes only grows. How things stand now is kept by triggers that run as the owner, in tables the application
may only read; their primary keys make a receipt stand on one line, a line under one decision, and a remittance on one
outgoing line. At commit the database adds up: the receipts of a line make its amount, the receipts of a remittance make
its amount and its transfer, and what was suspended is on the suspense account with exactly the line's amount.

Revision: 0007
Follows: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

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

FUNCTIONS = (
    BEGIN_LINE, FOLLOW_DECISION, BANK_RECEIPT, CHECK_DECISION, CHECK_DECISION_TRIGGER, CHECK_DECISION_RECEIPT_TRIGGER,
    REMIT_RECEIPT, CHECK_REMITTANCE, CHECK_REMITTANCE_TRIGGER, CHECK_REMITTANCE_ITEM_TRIGGER, END_REMITTANCE, ADVISE, REVERSE_AT_THE_BANK,
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


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bank_account",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(bank) between 1 and 100 and length(number) between 1 and 40", name=op.f("ck_bank_account_names")
        ),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_bank_account_event_key")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_bank_account_office_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["staff.id"], name=op.f("fk_bank_account_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_account")),
        sa.UniqueConstraint("event_key", name=op.f("uq_bank_account_event_key")),
        sa.UniqueConstraint("id", "office_id", name=op.f("uq_bank_account_id_office_id")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_bank_account_office_id_number")),
    )
    op.create_table(
        "bank_columns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_bank_columns_event_key")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_bank_columns_office_id")),
        sa.ForeignKeyConstraint(["saved_by"], ["staff.id"], name=op.f("fk_bank_columns_saved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_columns")),
        sa.UniqueConstraint("event_key", name=op.f("uq_bank_columns_event_key")),
    )
    op.create_index(
        "ix_bank_columns_newest", "bank_columns", ["office_id", "bank", sa.literal_column("id desc")], unique=False
    )
    op.create_table(
        "bank_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_by", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint("length(name) between 1 and 200", name=op.f("ck_bank_file_name")),
        sa.CheckConstraint("octet_length(content) between 1 and 16777216", name=op.f("ck_bank_file_size")),
        sa.CheckConstraint("sha256 = sha256(content)", name=op.f("ck_bank_file_sha256")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_bank_file_event_key")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_bank_file_office_id")),
        sa.ForeignKeyConstraint(["received_by"], ["staff.id"], name=op.f("fk_bank_file_received_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
        sa.UniqueConstraint("event_key", name=op.f("uq_bank_file_event_key")),
        sa.UniqueConstraint("id", "office_id", name=op.f("uq_bank_file_id_office_id")),
        sa.UniqueConstraint("office_id", "sha256", name=op.f("uq_bank_file_office_id_sha256")),
    )
    op.create_table(
        "bank_statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("opening_fen", sa.BigInteger(), nullable=True),
        sa.Column("closing_fen", sa.BigInteger(), nullable=True),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("new_count", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint("format in ('camt053', 'mt940', 'csv')", name=op.f("ck_bank_statement_format")),
        sa.CheckConstraint(
            "first_on <= last_on and new_count between 1 and line_count and left_out >= 0",
            name=op.f("ck_bank_statement_counts"),
        ),
        sa.CheckConstraint("num_nulls(opening_fen, closing_fen) in (0, 2)", name=op.f("ck_bank_statement_balances")),
        sa.ForeignKeyConstraint(
            ["account_id", "office_id"], ["bank_account.id", "bank_account.office_id"], name="fk_bank_statement_account"
        ),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_bank_statement_event_key")),
        sa.ForeignKeyConstraint(
            ["file_id", "office_id"], ["bank_file.id", "bank_file.office_id"], name="fk_bank_statement_file"
        ),
        sa.ForeignKeyConstraint(["imported_by"], ["staff.id"], name=op.f("fk_bank_statement_imported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
        sa.UniqueConstraint("id", "office_id", "account_id", name=op.f("uq_bank_statement_id_office_id_account_id")),
    )
    op.create_index(
        "ix_bank_statement_newest", "bank_statement", ["office_id", sa.literal_column("id desc")], unique=False
    )
    op.create_table(
        "remittance",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("voucher", sa.Text(), nullable=False),
        sa.Column("remitted_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("transfer_key", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_remittance_amount_above_zero")),
        sa.CheckConstraint("length(voucher) between 1 and 60", name=op.f("ck_remittance_voucher")),
        sa.ForeignKeyConstraint(
            ["account_id", "office_id"], ["bank_account.id", "bank_account.office_id"], name="fk_remittance_account"
        ),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_remittance_event_key")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_remittance_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance")),
        sa.UniqueConstraint("event_key", name=op.f("uq_remittance_event_key")),
        sa.UniqueConstraint("id", "office_id", name=op.f("uq_remittance_id_office_id")),
        sa.UniqueConstraint("office_id", "voucher", name=op.f("uq_remittance_office_id_voucher")),
        sa.UniqueConstraint("transfer_key", name=op.f("uq_remittance_transfer_key")),
    )
    op.create_index("ix_remittance_newest", "remittance", ["office_id", sa.literal_column("id desc")], unique=False)
    op.create_table(
        "bank_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("direction in ('credit', 'debit')", name=op.f("ck_bank_line_direction")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_bank_line_amount_above_zero")),
        sa.CheckConstraint(
            "length(reference) <= 140 and length(identity) <= 140 and length(remark) <= 500 and length(counterparty) <= 200 and length(bank_reference) <= 60",
            name=op.f("ck_bank_line_lengths"),
        ),
        sa.CheckConstraint("occurrence > 0", name=op.f("ck_bank_line_occurrence")),
        sa.ForeignKeyConstraint(
            ["statement_id", "office_id", "account_id"],
            ["bank_statement.id", "bank_statement.office_id", "bank_statement.account_id"],
            name="fk_bank_line_statement",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint(
            "account_id", "booked_on", "direction", "amount_fen", "identity", "occurrence", name="uq_bank_line_same"
        ),
        sa.UniqueConstraint("id", "office_id", name=op.f("uq_bank_line_id_office_id")),
    )
    op.create_index("ix_bank_line_newest", "bank_line", ["office_id", sa.literal_column("id desc")], unique=False)
    op.create_index("ix_bank_line_statement", "bank_line", ["statement_id", "id"], unique=False)
    op.create_table(
        "remittance_end",
        sa.Column("remittance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reversal_key", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint("length(reason) between 1 and 500", name=op.f("ck_remittance_end_reason")),
        sa.ForeignKeyConstraint(["ended_by"], ["staff.id"], name=op.f("fk_remittance_end_ended_by")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_remittance_end_event_key")),
        sa.ForeignKeyConstraint(
            ["remittance_id", "office_id"],
            ["remittance.id", "remittance.office_id"],
            name="fk_remittance_end_remittance",
        ),
        sa.PrimaryKeyConstraint("remittance_id", name=op.f("pk_remittance_end")),
        sa.UniqueConstraint("event_key", name=op.f("uq_remittance_end_event_key")),
        sa.UniqueConstraint("reversal_key", name=op.f("uq_remittance_end_reversal_key")),
    )
    op.create_table(
        "treasury_advice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("remittance_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("advised_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_treasury_advice_amount_above_zero")),
        sa.CheckConstraint("length(number) between 1 and 60", name=op.f("ck_treasury_advice_number")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_treasury_advice_event_key")),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_treasury_advice_recorded_by")),
        sa.ForeignKeyConstraint(
            ["remittance_id", "office_id"],
            ["remittance.id", "remittance.office_id"],
            name="fk_treasury_advice_remittance",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treasury_advice")),
        sa.UniqueConstraint("event_key", name=op.f("uq_treasury_advice_event_key")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_treasury_advice_office_id_number")),
    )
    op.create_index(
        "ix_treasury_advice_newest", "treasury_advice", ["remittance_id", sa.literal_column("id desc")], unique=False
    )
    op.create_table(
        "bank_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("nth", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remittance_id", sa.BigInteger(), nullable=True),
        sa.Column("transfer_key", sa.Text(), nullable=True),
        sa.Column("reversal_key", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'remitted') = (remittance_id is not null)", name=op.f("ck_bank_decision_remittance")
        ),
        sa.CheckConstraint(
            "(kind in ('suspended', 'refund_ordered')) = (transfer_key is not null)",
            name=op.f("ck_bank_decision_transfer"),
        ),
        sa.CheckConstraint("how in ('automatic', 'proposal', 'hand')", name=op.f("ck_bank_decision_how")),
        sa.CheckConstraint(
            "kind in ('matched', 'suspended', 'refund_ordered', 'remitted', 'noted', 'undone')",
            name=op.f("ck_bank_decision_kind"),
        ),
        sa.CheckConstraint(
            "length(reason) <= 500 and (reason <> '' or kind not in ('noted', 'undone', 'refund_ordered'))",
            name=op.f("ck_bank_decision_reason"),
        ),
        sa.CheckConstraint(
            "reversal_key is null or kind in ('matched', 'undone')", name=op.f("ck_bank_decision_reversal")
        ),
        sa.CheckConstraint("nth > 0", name=op.f("ck_bank_decision_nth")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_bank_decision_decided_by")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_bank_decision_event_key")),
        sa.ForeignKeyConstraint(
            ["line_id", "office_id"], ["bank_line.id", "bank_line.office_id"], name="fk_bank_decision_line"
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id", "office_id"],
            ["remittance.id", "remittance.office_id"],
            name="fk_bank_decision_remittance",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_decision")),
        sa.UniqueConstraint("id", "office_id", name=op.f("uq_bank_decision_id_office_id")),
        sa.UniqueConstraint("line_id", "nth", name=op.f("uq_bank_decision_line_id_nth")),
        sa.UniqueConstraint("reversal_key", name=op.f("uq_bank_decision_reversal_key")),
        sa.UniqueConstraint("transfer_key", name=op.f("uq_bank_decision_transfer_key")),
    )
    op.create_table(
        "remittance_item",
        sa.Column("remittance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lot_id", "no"], ["receipt.lot_id", "receipt.no"], name=op.f("fk_remittance_item_lot_id_no")
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id", "office_id"],
            ["remittance.id", "remittance.office_id"],
            name="fk_remittance_item_remittance",
        ),
        sa.PrimaryKeyConstraint("remittance_id", "lot_id", "no", name=op.f("pk_remittance_item")),
    )
    op.create_table(
        "remittance_line",
        sa.Column("remittance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["bank_line.id"], name=op.f("fk_remittance_line_line_id")),
        sa.ForeignKeyConstraint(["remittance_id"], ["remittance.id"], name=op.f("fk_remittance_line_remittance_id")),
        sa.PrimaryKeyConstraint("remittance_id", name=op.f("pk_remittance_line")),
        sa.UniqueConstraint("line_id", name=op.f("uq_remittance_line_line_id")),
    )
    op.create_table(
        "bank_decision_receipt",
        sa.Column("decision_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id", "office_id"],
            ["bank_decision.id", "bank_decision.office_id"],
            name="fk_bank_decision_receipt_decision",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id", "no"], ["receipt.lot_id", "receipt.no"], name=op.f("fk_bank_decision_receipt_lot_id_no")
        ),
        sa.PrimaryKeyConstraint("decision_id", "lot_id", "no", name=op.f("pk_bank_decision_receipt")),
    )
    op.create_table(
        "bank_line_state",
        sa.Column("line_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("nth", sa.SmallInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state in ('open', 'matched', 'suspended', 'refund_ordered', 'remitted', 'noted')",
            name=op.f("ck_bank_line_state_state"),
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["bank_decision.id"], name=op.f("fk_bank_line_state_decision_id")),
        sa.ForeignKeyConstraint(["line_id"], ["bank_line.id"], name=op.f("fk_bank_line_state_line_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_bank_line_state")),
    )
    op.create_index(
        "ix_bank_line_state_list",
        "bank_line_state",
        ["office_id", "state", sa.literal_column("line_id desc")],
        unique=False,
    )
    op.create_table(
        "banked_receipt",
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["bank_decision.id"], name=op.f("fk_banked_receipt_decision_id")),
        sa.ForeignKeyConstraint(["line_id"], ["bank_line.id"], name=op.f("fk_banked_receipt_line_id")),
        sa.ForeignKeyConstraint(
            ["lot_id", "no"], ["receipt.lot_id", "receipt.no"], name=op.f("fk_banked_receipt_lot_id_no")
        ),
        sa.PrimaryKeyConstraint("lot_id", "no", name=op.f("pk_banked_receipt")),
    )
    op.create_index(op.f("ix_banked_receipt_line_id"), "banked_receipt", ["line_id"], unique=False)
    op.create_table(
        "remitted_receipt",
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("remittance_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lot_id", "no"], ["banked_receipt.lot_id", "banked_receipt.no"], name="fk_remitted_receipt_banked"
        ),
        sa.ForeignKeyConstraint(["remittance_id"], ["remittance.id"], name=op.f("fk_remitted_receipt_remittance_id")),
        sa.PrimaryKeyConstraint("lot_id", "no", name=op.f("pk_remitted_receipt")),
    )
    op.create_index(op.f("ix_remitted_receipt_remittance_id"), "remitted_receipt", ["remittance_id"], unique=False)
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


def downgrade() -> None:
    """Take back."""
    op.execute("drop trigger reversed_at_the_bank on transfer")
    for table in (*CURRENT, *GROWING):
        op.execute(f"drop table {table}")
    for function in (
        "bank_line_begins()", "bank_decision_follows()", "bank_receipt()", "check_bank_decision_now()",
        "check_bank_decision_receipt_now()", "check_bank_decision(bigint)", "remit_receipt()", "check_remittance_now()",
        "check_remittance_item_now()", "check_remittance(bigint)", "end_remittance()", "advise_remittance()",
        "reverse_at_the_bank()",
    ):  # fmt: skip
        op.execute(f"drop function {function}")
