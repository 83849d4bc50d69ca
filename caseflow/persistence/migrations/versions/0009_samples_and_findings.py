"""The auditor's half of the ledger: samples, findings, and indexes by which lists of transfers go day by day.

A sample holds the transfers its population and seed give, all written with it; a finding goes back and forth between the
auditor and the supervisor in turn, and whoever replied does not close it. Nothing here is changed or deleted.

Revision: 0009
Follows: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("sample", "sample_item", "sample_verdict", "finding", "finding_note")


class Xid8(sa.types.UserDefinedType[str]):
    """The type of a transaction's number."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Return the type's name in SQL."""
        return "xid8"


STAFF_HAS_ROLE = """
create function staff_has_role(wanted integer, of_office integer, named text) returns boolean language sql stable as $$
  select exists (select from staff s join staff_role r on r.staff_id = s.id
                  where s.id = wanted and s.office_id = of_office and s.active and r.role = named)
$$
"""

GUARD_SAMPLE = """
create function guard_sample() returns trigger language plpgsql as $$
begin
  if not staff_has_role(new.drawn_by, new.office_id, 'auditor') then
    raise exception 'a sample is drawn by an auditor of the office' using errcode = '42501', constraint = 'audit_role';
  end if;
  -- Only what every transaction can see for ever: so the same population can be read again.
  if new.below_xid > pg_snapshot_xmin(pg_current_snapshot()) then
    raise exception 'the population of a sample is final' using errcode = '23514', constraint = 'sample_population_final';
  end if;
  return new;
end $$
"""

GUARD_SAMPLE_ITEM = """
create function guard_sample_item() returns trigger language plpgsql as $$
declare s sample;
begin
  select * into s from sample x where x.id = new.sample_id;
  if s.xid <> pg_current_xact_id() then
    raise exception 'sample % is drawn already', new.sample_id using errcode = '42501';
  end if;
  if not exists (select from transfer t where t.id = new.transfer_id and t.office_id = s.office_id and t.line = s.line
                  and (s.operation is null or t.operation = s.operation)
                  and t.booked_on between s.booked_from and s.booked_to and t.xid < s.below_xid) then
    raise exception 'transfer % is not of the population of sample %', new.transfer_id, new.sample_id
      using errcode = '23514', constraint = 'sample_item_of_population';
  end if;
  return new;
end $$
"""

SAMPLE_IS_WHOLE = """
create function sample_is_whole() returns trigger language plpgsql as $$
declare p record;
begin
  select count(*) as items, coalesce(sum(t.amount_fen), 0) as fen into p from transfer t
   where t.office_id = new.office_id and t.line = new.line and (new.operation is null or t.operation = new.operation)
     and t.booked_on between new.booked_from and new.booked_to and t.xid < new.below_xid;
  if (p.items, p.fen) <> (new.population_count, new.population_fen)
     or (select count(*) from sample_item i where i.sample_id = new.id) <> new.item_count then
    raise exception 'sample % does not hold what it says', new.id using errcode = '23514', constraint = 'sample_is_whole';
  end if;
  return null;
end $$
"""

GUARD_SAMPLE_VERDICT = """
create function guard_sample_verdict() returns trigger language plpgsql as $$
begin
  if not exists (select from sample s where s.id = new.sample_id
                  and staff_has_role(new.given_by, s.office_id, 'auditor')) then
    raise exception 'a verdict is given by an auditor of the office' using errcode = '42501', constraint = 'audit_role';
  end if;
  return new;
end $$
"""

GUARD_FINDING = """
create function guard_finding() returns trigger language plpgsql as $$
begin
  if not staff_has_role(new.raised_by, new.office_id, 'auditor') then
    raise exception 'a finding is raised by an auditor of the office' using errcode = '42501', constraint = 'audit_role';
  end if;
  if (new.transfer_id is not null and not exists (select from transfer t
        where t.id = new.transfer_id and t.office_id = new.office_id and t.key = new.entry_key))
     or (new.entry_key is not null and not exists (select from transfer t
        where t.key = new.entry_key and t.office_id = new.office_id))
     or (new.case_id is not null and not exists (select from cases c
        where c.id = new.case_id and c.office_id = new.office_id))
     or (new.sample_id is not null and not exists (select from sample s join sample_item i on i.sample_id = s.id
        where s.id = new.sample_id and s.office_id = new.office_id and i.no = new.item_no
          and i.transfer_id = new.transfer_id)) then
    raise exception 'a finding is about the office''s own' using errcode = '23514', constraint = 'finding_of_office';
  end if;
  perform pg_advisory_xact_lock(7705, new.office_id);
  new.number := coalesce((select max(f.number) from finding f where f.office_id = new.office_id), 0) + 1;
  return new;
end $$
"""

# Two notes at once carry the same number in order, and one of them is refused.
GUARD_FINDING_NOTE = """
create function guard_finding_note() returns trigger language plpgsql as $$
declare f finding; last finding_note;
begin
  select * into f from finding x where x.id = new.finding_id;
  select * into last from finding_note n where n.finding_id = new.finding_id order by n.seq desc limit 1;
  if not staff_has_role(new.written_by, f.office_id, case new.kind when 'reply' then 'supervisor' else 'auditor' end) then
    raise exception 'the supervisor replies, the auditor follows up, closes and withdraws'
      using errcode = '42501', constraint = 'audit_role';
  end if;
  if new.seq <> coalesce(last.seq, 0) + 1
     or (case new.kind when 'reply' then last.kind is not null and last.kind <> 'follow_up'
                      when 'withdrawal' then last.kind is not null or new.written_by <> f.raised_by
                      else last.kind is distinct from 'reply' end) then
    raise exception 'it is not the turn of a note of kind % on finding %', new.kind, f.number
      using errcode = '23514', constraint = 'finding_note_in_turn';
  end if;
  if new.kind = 'closing' and exists (select from finding_note n where n.finding_id = new.finding_id
                                       and n.kind = 'reply' and n.written_by = new.written_by) then
    raise exception 'who replied to finding % does not close it', f.number
      using errcode = '42501', constraint = 'finding_closed_by_another';
  end if;
  return new;
end $$
"""

FUNCTIONS = (
    STAFF_HAS_ROLE,
    GUARD_SAMPLE,
    GUARD_SAMPLE_ITEM,
    SAMPLE_IS_WHOLE,
    GUARD_SAMPLE_VERDICT,
    GUARD_FINDING,
    GUARD_FINDING_NOTE,
)


def _guards() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    for table in TABLES:
        op.execute(f"create trigger guard before insert on {table} for each row execute function guard_{table}()")
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
        op.execute(f"grant select, insert on {table} to caseflow_application")
        op.execute(f"grant select on {table} to caseflow_auditor")
    op.execute(
        "create constraint trigger whole after insert on sample deferrable initially deferred for each row "
        "execute function sample_is_whole()"
    )


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sample",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=True),
        sa.Column("booked_from", sa.Date(), nullable=False),
        sa.Column("booked_to", sa.Date(), nullable=False),
        sa.Column("below_xid", Xid8(), nullable=False),
        sa.Column("population_count", sa.Integer(), nullable=False),
        sa.Column("population_fen", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("drawn_by", sa.Integer(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint("line in ('income', 'expenditure')", name=op.f("ck_sample_line")),
        sa.CheckConstraint("method in ('random', 'monetary_unit')", name=op.f("ck_sample_method")),
        sa.CheckConstraint("seed ~ '^[0-9a-f]{32}$'", name=op.f("ck_sample_seed")),
        sa.CheckConstraint("booked_from <= booked_to", name=op.f("ck_sample_period")),
        sa.CheckConstraint("item_count between 1 and least(size, population_count)", name=op.f("ck_sample_item_count")),
        sa.CheckConstraint("length(key) between 1 and 200", name=op.f("ck_sample_key_length")),
        sa.CheckConstraint("length(purpose) between 1 and 200", name=op.f("ck_sample_purpose")),
        sa.CheckConstraint("population_fen >= population_count", name=op.f("ck_sample_population")),
        sa.CheckConstraint("size between 1 and 500", name=op.f("ck_sample_size")),
        sa.ForeignKeyConstraint(["drawn_by"], ["staff.id"], name=op.f("fk_sample_drawn_by")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_sample_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
        sa.UniqueConstraint("key", name=op.f("uq_sample_key")),
    )
    op.create_index("ix_sample_newest", "sample", ["office_id", "id"], unique=False)
    op.create_table(
        "sample_item",
        sa.Column("sample_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.SmallInteger(), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.CheckConstraint("hits > 0", name=op.f("ck_sample_item_hits")),
        sa.CheckConstraint("no > 0", name=op.f("ck_sample_item_no")),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name=op.f("fk_sample_item_sample_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_sample_item_transfer_id")),
        sa.PrimaryKeyConstraint("sample_id", "no", name=op.f("pk_sample_item")),
        sa.UniqueConstraint("sample_id", "transfer_id", name=op.f("uq_sample_item_sample_id_transfer_id")),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("entry_key", sa.Text(), nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("sample_id", sa.BigInteger(), nullable=True),
        sa.Column("item_no", sa.SmallInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("reply_due_on", sa.Date(), nullable=False),
        sa.Column("raised_by", sa.Integer(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(about = 'entry' and transfer_id is null and entry_key is not null and receipt_number is null and case_id is null and sample_id is null and item_no is null) or (about = 'transfer' and transfer_id is not null and entry_key is not null and receipt_number is null and case_id is null and sample_id is null and item_no is null) or (about = 'receipt' and transfer_id is null and entry_key is null and receipt_number is not null and case_id is null and sample_id is null and item_no is null) or (about = 'case' and transfer_id is null and entry_key is null and receipt_number is null and case_id is not null and sample_id is null and item_no is null) or (about = 'sample_item' and transfer_id is not null and entry_key is not null and receipt_number is null and case_id is null and sample_id is not null and item_no is not null) or (about = 'general' and transfer_id is null and entry_key is null and receipt_number is null and case_id is null and sample_id is null and item_no is null)",
            name=op.f("ck_finding_subject"),
        ),
        sa.CheckConstraint(
            "about in ('entry', 'transfer', 'receipt', 'case', 'sample_item', 'general')", name=op.f("ck_finding_about")
        ),
        sa.CheckConstraint("severity in ('low', 'medium', 'high')", name=op.f("ck_finding_severity")),
        sa.CheckConstraint("length(text) between 1 and 10000", name=op.f("ck_finding_text")),
        sa.CheckConstraint("length(title) between 1 and 200", name=op.f("ck_finding_title")),
        sa.CheckConstraint("number > 0", name=op.f("ck_finding_number")),
        sa.CheckConstraint("reply_due_on >= raised_on", name=op.f("ck_finding_due")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_finding_case_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_finding_office_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["staff.id"], name=op.f("fk_finding_raised_by")),
        sa.ForeignKeyConstraint(
            ["sample_id", "item_no"], ["sample_item.sample_id", "sample_item.no"], name="fk_finding_item"
        ),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_finding_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("key", name=op.f("uq_finding_key")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_finding_office_id_number")),
    )
    op.create_index(
        "ix_finding_entry", "finding", ["entry_key"], unique=False, postgresql_where=sa.text("entry_key is not null")
    )
    op.create_table(
        "sample_verdict",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sample_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict in ('ok', 'finding')", name=op.f("ck_sample_verdict_verdict")),
        sa.CheckConstraint("length(note) <= 500", name=op.f("ck_sample_verdict_note")),
        sa.ForeignKeyConstraint(["given_by"], ["staff.id"], name=op.f("fk_sample_verdict_given_by")),
        sa.ForeignKeyConstraint(
            ["sample_id", "no"], ["sample_item.sample_id", "sample_item.no"], name="fk_sample_verdict_item"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_verdict")),
        sa.UniqueConstraint("key", "no", name=op.f("uq_sample_verdict_key_no")),
    )
    op.create_index(
        "ix_sample_verdict_newest", "sample_verdict", ["sample_id", "no", sa.literal_column("id desc")], unique=False
    )
    op.create_table(
        "finding_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("finding_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'follow_up') = (due_on is not null) and (due_on is null or due_on >= written_on)",
            name=op.f("ck_finding_note_due"),
        ),
        sa.CheckConstraint(
            "kind in ('reply', 'follow_up', 'closing', 'withdrawal')", name=op.f("ck_finding_note_kind")
        ),
        sa.CheckConstraint("length(text) between 1 and 10000", name=op.f("ck_finding_note_text")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_finding_note_finding_id")),
        sa.ForeignKeyConstraint(["written_by"], ["staff.id"], name=op.f("fk_finding_note_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_note")),
        sa.UniqueConstraint("finding_id", "seq", name=op.f("uq_finding_note_finding_id_seq")),
        sa.UniqueConstraint("key", name=op.f("uq_finding_note_key")),
    )
    op.drop_index(op.f("ix_transfer_newest"), table_name="transfer")
    op.drop_index(
        op.f("ix_transfer_balance"), table_name="transfer", postgresql_include=["debit_id", "credit_id", "amount_fen"]
    )
    op.create_index(
        "ix_transfer_balance",
        "transfer",
        ["office_id", "line", "booked_on", "id"],
        unique=False,
        postgresql_include=["debit_id", "credit_id", "amount_fen"],
    )
    op.drop_index(op.f("ix_transfer_credit"), table_name="transfer", postgresql_include=["amount_fen", "booked_on"])
    op.create_index(
        "ix_transfer_credit",
        "transfer",
        ["credit_id", "booked_on", "id"],
        unique=False,
        postgresql_include=["amount_fen"],
    )
    op.drop_index(op.f("ix_transfer_debit"), table_name="transfer", postgresql_include=["amount_fen", "booked_on"])
    op.create_index(
        "ix_transfer_debit",
        "transfer",
        ["debit_id", "booked_on", "id"],
        unique=False,
        postgresql_include=["amount_fen"],
    )
    op.create_index(
        "ix_transfer_document",
        "transfer",
        ["office_id", "line", "document", "booked_on", "id"],
        unique=False,
        postgresql_where=sa.text("document <> ''"),
    )
    op.create_index(
        "ix_transfer_operation", "transfer", ["office_id", "line", "operation", "booked_on", "id"], unique=False
    )
    _guards()


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
    for function in (
        "guard_finding_note()",
        "guard_finding()",
        "guard_sample_verdict()",
        "sample_is_whole()",
        "guard_sample_item()",
        "guard_sample()",
        "staff_has_role(integer, integer, text)",
    ):
        op.execute(f"drop function {function}")
    for index in ("operation", "document", "debit", "credit", "balance"):
        op.drop_index(f"ix_transfer_{index}", table_name="transfer")
    op.create_index("ix_transfer_newest", "transfer", ["office_id", "line", sa.literal_column("id desc")])
    op.create_index(
        "ix_transfer_balance",
        "transfer",
        ["office_id", "line", "booked_on"],
        postgresql_include=["debit_id", "credit_id", "amount_fen"],
    )
    for side in ("debit", "credit"):
        op.create_index(
            f"ix_transfer_{side}", "transfer", [f"{side}_id", "id"], postgresql_include=["amount_fen", "booked_on"]
        )
