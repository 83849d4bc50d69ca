"""Cases of old casebooks: steps that a book reports and nobody of the office witnessed, and their receipts.

A reported step is written in the transaction that makes its case and never later, before every step that was witnessed,
with the row of the book it comes from and an event of its own. Its receipt stands in a list of the kind ``reported``: a
number caseflow never issued, unique in the office like every other, that is never remitted from here, because the book
says nothing of whether its money reached the treasury. A lot that caseflow issues from keeps every rule it had.

Revision: 0018
Follows: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from caseflow.persistence.migrations import guards_of_0018 as many_cases

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_HEAD = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$"

# A case that was there before has a step that an earlier transaction wrote: no version of a case is without its step.
STEP_IS_OF_ITS_BOOK = f"""
create function step_is_of_its_book() {_HEAD}
declare late boolean; unsourced boolean;
begin
  -- One question for both: a book brings hundreds of thousands of steps.
  select exists (select from step s where s.case_id = new.case_id
                    and (s.xmin <> pg_current_xact_id()::xid or (s.seq < new.seq and not s.reported))),
         not exists (select from reported_case r where r.case_id = new.case_id)
    into late, unsourced;
  if late then
    raise exception 'step % of case % is reported after its case was made', new.seq, new.case_id
      using errcode = '42501', constraint = 'step_reported_at_birth';
  end if;
  if unsourced then
    raise exception 'step % of case % is reported by no book', new.seq, new.case_id
      using errcode = '23514', constraint = 'step_of_its_book';
  end if;
  return null;
end $$
"""
CASE_IS_OF_ITS_BOOK = f"""
create function case_is_of_its_book() {_HEAD}
begin
  if exists (select from step s where s.case_id = new.case_id and s.xmin <> pg_current_xact_id()::xid) then
    raise exception 'case % was made before its book was entered', new.case_id
      using errcode = '42501', constraint = 'case_reported_at_birth';
  end if;
  if not exists (select from audit_event e where e.key = new.event_key and e.action = 'case_imported'
                    and e.case_id = new.case_id and e.xid = pg_current_xact_id()) then
    raise exception 'case % is imported without its event', new.case_id
      using errcode = '23514', constraint = 'case_imported_with_its_event';
  end if;
  return null;
end $$
"""
# A book may know of a payment and of no receipt: then none is made up, and none may be left out that it names.
STEP_WITH_RECEIPT = f"""
create or replace function step_has_its_receipt() {_HEAD}
begin
  if not exists (select from receipt r where r.case_id = new.case_id and r.seq = new.seq)
     and (not new.reported or new.answers ? 'receipt_no') then
    raise exception 'step % of case % took money without a receipt', new.seq, new.case_id
      using errcode = '23514', constraint = 'step_has_its_receipt';
  end if;
  return null;
end $$
"""
STEP_WITH_RECEIPT_BEFORE = f"""
create or replace function step_has_its_receipt() {_HEAD}
begin
  if not exists (select from receipt r where r.case_id = new.case_id and r.seq = new.seq) then
    raise exception 'step % of case % took money without a receipt', new.seq, new.case_id
      using errcode = '23514', constraint = 'step_has_its_receipt';
  end if;
  return null;
end $$
"""
_LOT_STAYS = """
  if old.checked_off_on is not null or new.checked_off_on is null{kind}
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
_NEW_LOT = """
begin
  if tg_op = 'DELETE' then
    raise exception 'a lot of receipts is never deleted' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if new.checked_off_on is not null then
      raise exception 'a new lot is not checked off' using errcode = '23514';
    end if;{reported}
    perform pg_advisory_xact_lock(4920105, new.office_id);
    if exists (select from receipt_lot o where o.office_id = new.office_id and o.prefix = new.prefix
                and o.width = new.width and o.first_no <= new.last_no and o.last_no >= new.first_no{of_kind}) then
      raise exception 'the numbers of this lot overlap another one' using errcode = '23P01', constraint = 'receipt_lot_overlap';
    end if;
    return new;
  end if;"""
# The places in a list of reported receipts are no printed numbers, so they overlap nothing; nobody checks the list off.
_REPORTED_LOT = """
    if new.kind = 'reported' then
      return new;
    end if;"""
GUARD_LOT = (
    f"create or replace function guard_receipt_lot() {_HEAD}"
    + _NEW_LOT.format(reported=_REPORTED_LOT, of_kind=" and o.kind = 'issued'")
    + _LOT_STAYS.format(kind=" or old.kind <> 'issued' or new.kind <> old.kind")
)
GUARD_LOT_BEFORE = (
    f"create or replace function guard_receipt_lot() {_HEAD}"
    + _NEW_LOT.format(reported="", of_kind="")
    + _LOT_STAYS.format(kind="")
)
_GUARD_RECEIPT = """
declare
  lot receipt_lot;
begin
  if tg_op = 'DELETE' then
    raise exception 'a receipt is never deleted' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' and (old.status <> 'issued' or new.status not in ('void', 'lost'){stays}
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
    if {as_printed}new.number <> lot.prefix || lpad(new.no::text, lot.width, '0') then
      raise exception 'number % is not printed so in lot %', new.number, new.lot_id using errcode = '23514';
    end if;
    if new.status <> 'issued' and new.amount_fen is not null then
      raise exception 'a receipt is issued before it is void or lost' using errcode = '23514';
    end if;{in_its_list}
  end if;
  if (new.status = 'void' and new.copies <> lot.copies) or (new.status = 'lost' and new.copies not between 1 and lot.copies) then
    raise exception 'receipt % has % copies', new.number, lot.copies using errcode = '23514';
  end if;
  return new;
end $$
"""
_IN_ITS_LIST = """
    if new.reported <> (lot.kind = 'reported') then
      raise exception 'receipt % does not belong in lot %', new.number, new.lot_id
        using errcode = '23514', constraint = 'receipt_of_its_kind';
    end if;"""
GUARD_RECEIPT = f"create or replace function guard_receipt() {_HEAD}" + _GUARD_RECEIPT.format(
    stays=" or new.reported <> old.reported", as_printed="lot.kind = 'issued' and ", in_its_list=_IN_ITS_LIST
)
GUARD_RECEIPT_BEFORE = f"create or replace function guard_receipt() {_HEAD}" + _GUARD_RECEIPT.format(
    stays="", as_printed="", in_its_list=""
)
# At the end of the statement, which writes the step as well.
RECEIPT_OF_REPORTED_STEP = f"""
create function receipt_is_of_its_step() {_HEAD}
begin
  if new.reported is distinct from (select s.reported from step s where s.case_id = new.case_id and s.seq = new.seq) then
    raise exception 'receipt % is reported with its step, or issued with it', new.number
      using errcode = '23514', constraint = 'receipt_of_its_step';
  end if;
  return null;
end $$
"""
# Whether this money reached the treasury is in no book of caseflow: nobody remits it a second time.
NOT_REMITTED = f"""
create function reported_is_not_remitted() {_HEAD}
begin
  if (select r.reported from receipt r where r.lot_id = new.lot_id and r.no = new.no) then
    raise exception 'the old casebook reports receipt % of lot %: it is not remitted from here', new.no, new.lot_id
      using errcode = '23514', constraint = 'remittance_of_own_receipts';
  end if;
  return null;
end $$
"""

ADDED_FUNCTIONS = (STEP_IS_OF_ITS_BOOK, CASE_IS_OF_ITS_BOOK, RECEIPT_OF_REPORTED_STEP, NOT_REMITTED)
CHANGED_FUNCTIONS = (STEP_WITH_RECEIPT, GUARD_LOT, GUARD_RECEIPT)
BEFORE = (STEP_WITH_RECEIPT_BEFORE, GUARD_LOT_BEFORE, GUARD_RECEIPT_BEFORE)
TRIGGERS = (
    """
    create trigger of_its_book after insert on step
      for each row when (new.reported)
      execute function step_is_of_its_book()
    """,
    """
    create trigger of_its_book after insert on reported_case for each row
      execute function case_is_of_its_book()
    """,
    """
    create trigger append_only before update or delete on reported_case for each row
      execute function refuse_change()
    """,
    """
    create trigger append_only_truncate before truncate on reported_case
      for each statement
      execute function refuse_change()
    """,
    """
    create trigger of_its_step after insert on receipt
      for each row when (new.case_id is not null)
      execute function receipt_is_of_its_step()
    """,
    """
    create trigger own_receipts after insert on remittance_item for each row
      execute function reported_is_not_remitted()
    """,
    """
    grant select, insert on reported_case to caseflow_application
    """,
    """
    grant select on reported_case to caseflow_auditor
    """,
    """
    grant usage on sequence cases_id_seq, party_id_seq to caseflow_application
    """,
)


def upgrade() -> None:
    """Apply."""
    op.add_column("step", sa.Column("reported", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("receipt", sa.Column("reported", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("receipt_lot", sa.Column("kind", sa.Text(), server_default="issued", nullable=False))
    op.create_check_constraint(op.f("ck_receipt_lot_kind"), "receipt_lot", "kind in ('issued', 'reported')")
    op.create_check_constraint(
        op.f("ck_receipt_lot_reported_list"),
        "receipt_lot",
        "kind = 'issued' or (prefix = '' and first_no = 1 and width = 12 and copies = 1 and issued_to is null)",
    )
    op.create_check_constraint(
        op.f("ck_receipt_reported_with_its_case"),
        "receipt",
        "not reported or (case_id is not null and length(number) between 1 and 50)",
    )
    op.drop_index("uq_receipt_lot_open", table_name="receipt_lot")
    op.create_index(
        "uq_receipt_lot_open",
        "receipt_lot",
        ["office_id", "book"],
        unique=True,
        postgresql_where=sa.text("checked_off_on is null and kind = 'issued'"),
    )
    op.create_table(
        "reported_case",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=True),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("undated", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("notes", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.CheckConstraint("length(file) between 1 and 255", name=op.f("ck_reported_case_file_length")),
        sa.CheckConstraint('"row" > 0', name=op.f("ck_reported_case_row_positive")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reported_case_case_id")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f("fk_reported_case_event_key")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_reported_case")),
        sa.UniqueConstraint("event_key", name=op.f("uq_reported_case_event_key")),
    )
    op.create_index(
        "ix_receipt_reported",
        "receipt",
        ["office_id"],
        postgresql_include=["amount_fen"],
        postgresql_where=sa.text("reported and status <> 'void'"),
    )
    for statement in (*ADDED_FUNCTIONS, *CHANGED_FUNCTIONS, *TRIGGERS, *many_cases.APPLY):
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.execute("revoke usage on sequence cases_id_seq, party_id_seq from caseflow_application")
    op.execute("drop trigger own_receipts on remittance_item")
    op.execute("drop trigger of_its_step on receipt")
    op.execute("drop trigger of_its_book on step")
    for statement in (*BEFORE, *many_cases.TAKE_BACK):
        op.execute(statement)
    op.drop_index("ix_receipt_reported", table_name="receipt")
    op.drop_table("reported_case")
    op.drop_index("uq_receipt_lot_open", table_name="receipt_lot")
    op.create_index(
        "uq_receipt_lot_open",
        "receipt_lot",
        ["office_id", "book"],
        unique=True,
        postgresql_where=sa.text("checked_off_on is null"),
    )
    for table, column in (("receipt_lot", "kind"), ("receipt", "reported"), ("step", "reported")):
        op.drop_column(table, column)
    for function in (
        "reported_is_not_remitted", "receipt_is_of_its_step", "case_is_of_its_book", "step_is_of_its_book",
    ):  # fmt: skip
        op.execute(f"drop function {function}()")
