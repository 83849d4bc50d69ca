"""Receipt lots and receipts.

A number has a foreign key to the one before it, so none is left out; none is there twice; a receipt goes from issued to
void or lost and nowhere else; a lot is checked off once, when every number is used, and takes nothing more. A step that
takes money has its receipt, a receipt is for what its entry collected, and money is taken back together with its receipt,
by another person.

Revision: 0005
Follows: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("receipt_lot", "receipt")

# Two lots opened at once wait for one another, so that their ranges can be compared.
GUARD_LOT = """
create function guard_receipt_lot() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a lot of receipts is never deleted' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if new.checked_off_on is not null then
      raise exception 'a new lot is not checked off' using errcode = '23514';
    end if;
    perform pg_advisory_xact_lock(4920105, new.office_id);
    if exists (select from receipt_lot o where o.office_id = new.office_id and o.prefix = new.prefix
                and o.width = new.width and o.first_no <= new.last_no and o.last_no >= new.first_no) then
      raise exception 'the numbers of this lot overlap another one' using errcode = '23P01', constraint = 'receipt_lot_overlap';
    end if;
    return new;
  end if;
  if old.checked_off_on is not null or new.checked_off_on is null
     or (new.id, new.office_id, new.book, new.prefix, new.first_no, new.last_no, new.width, new.copies, new.issued_to,
         new.opened_on, new.opened_by, new.event_key)
        is distinct from
        (old.id, old.office_id, old.book, old.prefix, old.first_no, old.last_no, old.width, old.copies, old.issued_to,
         old.opened_on, old.opened_by, old.event_key) then
    raise exception 'a lot of receipts is checked off once and otherwise never changed' using errcode = '42501';
  end if;
  if not exists (select from receipt r where r.lot_id = old.id and r.no = old.last_no) then
    raise exception 'lot % still has blank numbers', old.id using errcode = '23514', constraint = 'receipt_lot_used_up';
  end if;
  return new;
end $$
"""

GUARD_RECEIPT = """
create function guard_receipt() returns trigger language plpgsql as $$
declare
  lot receipt_lot;
begin
  if tg_op = 'DELETE' then
    raise exception 'a receipt is never deleted' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' and (old.status <> 'issued' or new.status not in ('void', 'lost')
     or (new.lot_id, new.no, new.office_id, new.first_no, new.last_no, new.previous_no, new.number, new.case_id, new.seq,
         new.transfer_key, new.amount_fen, new.principal_fen, new.charge_fen, new.held_fen, new.payer, new.entered_on,
         new.entered_by, new.entered_at, new.event_key)
        is distinct from
        (old.lot_id, old.no, old.office_id, old.first_no, old.last_no, old.previous_no, old.number, old.case_id, old.seq,
         old.transfer_key, old.amount_fen, old.principal_fen, old.charge_fen, old.held_fen, old.payer, old.entered_on,
         old.entered_by, old.entered_at, old.event_key)) then
    raise exception 'receipt % may only become void or lost, once', old.number using errcode = '42501';
  end if;
  select * into lot from receipt_lot l where l.id = new.lot_id for share;
  if lot.checked_off_on is not null then
    raise exception 'lot % is checked off', new.lot_id using errcode = '23514', constraint = 'receipt_lot_closed';
  end if;
  if tg_op = 'INSERT' then
    if new.number <> lot.prefix || lpad(new.no::text, lot.width, '0') then
      raise exception 'number % is not printed so in lot %', new.number, new.lot_id using errcode = '23514';
    end if;
    if new.status <> 'issued' and new.amount_fen is not null then
      raise exception 'a receipt is issued before it is void or lost' using errcode = '23514';
    end if;
  end if;
  if (new.status = 'void' and new.copies <> lot.copies) or (new.status = 'lost' and new.copies not between 1 and lot.copies) then
    raise exception 'receipt % has % copies', new.number, lot.copies using errcode = '23514';
  end if;
  return new;
end $$
"""

# These look at the end of the statement, because step, transfers and receipt are written in the same one.
RECEIPT_OF_ENTRY = """
create function receipt_is_for_its_entry() returns trigger language plpgsql as $$
declare taken record;
begin
  select coalesce(sum(t.amount_fen) filter (where t.credit_kind = 'receivable'), 0) as principal_fen,
         coalesce(sum(t.amount_fen) filter (where t.credit_kind = 'charge_receivable'), 0) as charge_fen,
         coalesce(sum(t.amount_fen) filter (where t.credit_kind = 'held'), 0) as held_fen
    into taken
    from transfer t
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

STEP_WITH_RECEIPT = """
create function step_has_its_receipt() returns trigger language plpgsql as $$
begin
  if not exists (select from receipt r where r.case_id = new.case_id and r.seq = new.seq) then
    raise exception 'step % of case % took money without a receipt', new.seq, new.case_id
      using errcode = '23514', constraint = 'step_has_its_receipt';
  end if;
  return null;
end $$
"""

VOID_WITH_REVERSAL = """
create function receipt_void_after_reversal() returns trigger language plpgsql as $$
begin
  if not exists (select from transfer r where r.key = new.reversal_key and r.actor_id = new.ended_by)
     or exists (select from transfer t
                 where t.key = new.transfer_key
                   and not exists (select from transfer r where r.reverses_id = t.id and r.key = new.reversal_key)) then
    raise exception 'the money of receipt % is not taken back by entry %', new.number, new.reversal_key
      using errcode = '23514', constraint = 'receipt_void_after_reversal';
  end if;
  return null;
end $$
"""

# At the end of the transaction: the money goes back first, then its receipt becomes void.
REVERSAL_WITH_VOID = """
create function receipt_void_with_its_entry() returns trigger language plpgsql as $$
declare taken transfer;
begin
  select * into taken from transfer t where t.id = new.reverses_id;
  if taken.operation = 'collect' and (new.actor_id is null or new.actor_id = taken.actor_id) then
    raise exception 'who took the money does not take it back' using errcode = '23514',
      constraint = 'transfer_reversed_by_another';
  end if;
  if exists (select from receipt r where r.transfer_key = taken.key and r.status <> 'void') then
    raise exception 'a receipt stands for entry %', taken.key using errcode = '23514',
      constraint = 'receipt_void_with_its_entry';
  end if;
  return null;
end $$
"""

FUNCTIONS = (GUARD_LOT, GUARD_RECEIPT, RECEIPT_OF_ENTRY, STEP_WITH_RECEIPT, VOID_WITH_REVERSAL, REVERSAL_WITH_VOID)
CONSTRAINT_TRIGGERS = (
    """
    create constraint trigger for_its_entry after insert on receipt
      for each row
      when (new.amount_fen is not null)
      execute function receipt_is_for_its_entry()
    """,
    """
    create constraint trigger void_after_reversal after update on receipt
      for each row
      when (new.reversal_key is not null)
      execute function receipt_void_after_reversal()
    """,
    """
    create constraint trigger has_its_receipt after insert on step
      for each row
      when (new.postings @> '[{"event": "collect"}]')
      execute function step_has_its_receipt()
    """,
    """
    create constraint trigger void_with_its_entry after insert on transfer deferrable initially deferred
      for each row
      when (new.reverses_id is not null and new.line = 'income')
      execute function receipt_void_with_its_entry()
    """,
)

GRANTS = (
    """
    grant select, insert on receipt_lot, receipt
      to caseflow_application
    """,
    """
    grant update (checked_off_on, checked_off_by, check_reference, check_event_key) on receipt_lot
      to caseflow_application
    """,
    """
    grant update (status, reason, copies, ended_on, ended_by, end_event_key, found_on, reversal_key)
      on receipt to caseflow_application
    """,
    """
    grant select on receipt_lot, receipt
      to caseflow_spending, caseflow_auditor
    """,
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "receipt_lot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("first_no", sa.BigInteger(), nullable=False),
        sa.Column("last_no", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.SmallInteger(), nullable=False),
        sa.Column("copies", sa.SmallInteger(), nullable=False),
        sa.Column("issued_to", sa.Integer(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("checked_off_on", sa.Date(), nullable=True),
        sa.Column("checked_off_by", sa.Integer(), nullable=True),
        sa.Column("check_reference", sa.Text(), nullable=True),
        sa.Column("check_event_key", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(checked_off_on is null) = (checked_off_by is null) and (checked_off_on is null) = (check_reference is null) and (checked_off_on is null) = (check_event_key is null)",
            name=op.f("ck_receipt_lot_check_off_is_whole"),
        ),
        sa.CheckConstraint("copies between 1 and 9", name=op.f("ck_receipt_lot_copies")),
        sa.CheckConstraint("length(book) between 1 and 100", name=op.f("ck_receipt_lot_book_length")),
        sa.CheckConstraint("width = 12 or prefix !~ '[0-9]$'", name=op.f("ck_receipt_lot_figures_are_the_number")),
        sa.CheckConstraint("length(prefix) <= 20", name=op.f("ck_receipt_lot_prefix_length")),
        sa.CheckConstraint(
            "width between 1 and 12 and first_no between 0 and last_no and last_no - first_no < 100000 and length(last_no::text) <= width",
            name=op.f("ck_receipt_lot_numbers"),
        ),
        sa.ForeignKeyConstraint(["check_event_key"], ["audit_event.key"], name=op.f("fk_receipt_lot_check_event_key")),
        sa.ForeignKeyConstraint(["checked_off_by"], ["staff.id"], name=op.f("fk_receipt_lot_checked_off_by")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_receipt_lot_event_key")),
        sa.ForeignKeyConstraint(["issued_to"], ["staff.id"], name=op.f("fk_receipt_lot_issued_to")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_receipt_lot_office_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["staff.id"], name=op.f("fk_receipt_lot_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_lot")),
        sa.UniqueConstraint("check_event_key", name=op.f("uq_receipt_lot_check_event_key")),
        sa.UniqueConstraint("event_key", name=op.f("uq_receipt_lot_event_key")),
        sa.UniqueConstraint("id", "office_id", "first_no", "last_no", name="uq_receipt_lot_bounds"),
    )
    op.create_index("ix_receipt_lot_newest", "receipt_lot", ["office_id", sa.literal_column("id desc")], unique=False)
    op.create_index(
        "uq_receipt_lot_open",
        "receipt_lot",
        ["office_id", "book"],
        unique=True,
        postgresql_where=sa.text("checked_off_on is null"),
    )
    op.create_table(
        "receipt",
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("first_no", sa.BigInteger(), nullable=False),
        sa.Column("last_no", sa.BigInteger(), nullable=False),
        sa.Column("previous_no", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("transfer_key", sa.Text(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("principal_fen", sa.BigInteger(), nullable=True),
        sa.Column("charge_fen", sa.BigInteger(), nullable=True),
        sa.Column("held_fen", sa.BigInteger(), nullable=True),
        sa.Column("payer", sa.Text(), server_default="", nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("copies", sa.SmallInteger(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("end_event_key", sa.Text(), nullable=True),
        sa.Column("found_on", sa.Date(), nullable=True),
        sa.Column("reversal_key", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(reversal_key is null or status = 'void') and (status <> 'void' or (reversal_key is null) = (transfer_key is null))",
            name=op.f("ck_receipt_void_after_reversal"),
        ),
        sa.CheckConstraint(
            "(status = 'issued') = (reason is null) and (status = 'issued') = (copies is null) and (status = 'issued') = (ended_on is null) and (status = 'issued') = (ended_by is null) and (status = 'issued') = (end_event_key is null) and (status = 'lost') = (found_on is not null) and (reason is null or length(reason) between 1 and 500) and (found_on is null or found_on <= ended_on)",
            name=op.f("ck_receipt_end_is_whole"),
        ),
        sa.CheckConstraint(
            "status <> 'issued' or amount_fen is not null", name=op.f("ck_receipt_issued_for_an_amount")
        ),
        sa.CheckConstraint("status in ('issued', 'void', 'lost')", name=op.f("ck_receipt_status")),
        sa.CheckConstraint("(case_id is null) = (seq is null)", name=op.f("ck_receipt_case_and_step")),
        sa.CheckConstraint(
            "(no = first_no) = (previous_no is null) and (previous_no is null or previous_no = no - 1)",
            name=op.f("ck_receipt_after_the_one_before"),
        ),
        sa.CheckConstraint(
            "(amount_fen is null) = (transfer_key is null) and (case_id is null or transfer_key is not null)",
            name=op.f("ck_receipt_stands_for_an_entry"),
        ),
        sa.CheckConstraint("reversal_key is null or ended_by <> entered_by", name=op.f("ck_receipt_void_by_another")),
        sa.CheckConstraint("no between first_no and last_no", name=op.f("ck_receipt_of_its_lot")),
        sa.CheckConstraint(
            "num_nulls(amount_fen, principal_fen, charge_fen, held_fen) in (0, 4) and (amount_fen is null or (amount_fen > 0 and least(principal_fen, charge_fen, held_fen) >= 0 and principal_fen + charge_fen + held_fen = amount_fen and length(payer) between 1 and 200))",
            name=op.f("ck_receipt_items_make_the_amount"),
        ),
        sa.ForeignKeyConstraint(["case_id", "seq"], ["step.case_id", "step.seq"], name="fk_receipt_step"),
        sa.ForeignKeyConstraint(["end_event_key"], ["audit_event.key"], name=op.f("fk_receipt_end_event_key")),
        sa.ForeignKeyConstraint(["ended_by"], ["staff.id"], name=op.f("fk_receipt_ended_by")),
        sa.ForeignKeyConstraint(["entered_by"], ["staff.id"], name=op.f("fk_receipt_entered_by")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_receipt_event_key")),
        sa.ForeignKeyConstraint(
            ["lot_id", "office_id", "first_no", "last_no"],
            ["receipt_lot.id", "receipt_lot.office_id", "receipt_lot.first_no", "receipt_lot.last_no"],
            name="fk_receipt_lot",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id", "previous_no"], ["receipt.lot_id", "receipt.no"], name="fk_receipt_previous"
        ),
        sa.PrimaryKeyConstraint("lot_id", "no", name=op.f("pk_receipt")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_receipt_case_id_seq")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_receipt_office_id_number")),
        sa.UniqueConstraint("reversal_key", name=op.f("uq_receipt_reversal_key")),
        sa.UniqueConstraint("transfer_key", name=op.f("uq_receipt_transfer_key")),
    )
    op.create_index("ix_receipt_day", "receipt", ["office_id", "entered_on", "lot_id", "no"], unique=False)
    for function in FUNCTIONS:
        op.execute(function)
    for table in TABLES:
        op.execute(
            f"create trigger guard before insert or update or delete on {table} "
            f"for each row execute function guard_{table}()"
        )
        op.execute(
            f"create trigger guard_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    for statement in (*CONSTRAINT_TRIGGERS, *GRANTS):
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.execute("drop trigger has_its_receipt on step")
    op.execute("drop trigger void_with_its_entry on transfer")
    op.drop_table("receipt")
    op.drop_table("receipt_lot")
    for function in (
        "receipt_void_with_its_entry", "receipt_void_after_reversal", "step_has_its_receipt", "receipt_is_for_its_entry",
        "guard_receipt", "guard_receipt_lot",
    ):  # fmt: skip
        op.execute(f"drop function {function}()")
