"""The liaison's board and desk: indexes for its columns, the files with the court's replies, bulk withdrawals.

A file stays as it came. A withdrawal of many is written once; of each of its cases only the outcome is, and what is done
stays done.

Revision: 0017
Follows: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

DUE = "coalesce(next_due_on, 'infinity'::date)"
COURT = "(facts ->> 'court_name')"
TABLES = ("court_reply_file", "withdrawal_batch", "withdrawal_batch_case")

GUARD_REPLY_FILE = """
create function guard_court_reply_file() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from staff s join staff_role r on r.staff_id = s.id
                  where s.id = new.received_by and s.office_id = new.office_id and s.active) then
    raise exception 'a file is received by somebody who works at the office'
      using errcode = '42501', constraint = 'court_reply_file_office';
  end if;
  return new;
end $$
"""
GUARD_BATCH_CASE = """
create function guard_withdrawal_batch_case() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'what was withdrawn together stays on the list' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if new.outcome <> 'waiting' or not exists (select from cases c join withdrawal_batch b on b.office_id = c.office_id
                                                where c.id = new.case_id and b.id = new.batch_id
                                                  and new.position between 1 and b.case_count) then
      raise exception 'a case waits on the list of its own office first'
        using errcode = '23514', constraint = 'withdrawal_batch_case_office';
    end if;
    return new;
  end if;
  if (new.batch_id, new.position, new.case_id) is distinct from (old.batch_id, old.position, old.case_id)
     or old.outcome in ('done', 'already_done') or new.outcome = 'waiting' then
    raise exception 'what is done stays done' using errcode = '42501';
  end if;
  return new;
end $$
"""


def upgrade() -> None:
    """Apply."""
    _indexes()
    _tables()
    op.execute(GUARD_REPLY_FILE)
    op.execute(GUARD_BATCH_CASE)
    op.execute(
        "create trigger guard before insert on court_reply_file for each row execute function guard_court_reply_file()"
    )
    op.execute(
        "create trigger guard before insert or update or delete on withdrawal_batch_case "
        "for each row execute function guard_withdrawal_batch_case()"
    )
    for table in ("court_reply_file", "withdrawal_batch"):
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
    for table in TABLES:
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
        op.execute(f"grant select, insert on {table} to caseflow_application")
        op.execute(f"grant select on {table} to caseflow_auditor")
    op.execute(
        "grant update (outcome, seq, words_en, words_zh, tried_at) on withdrawal_batch_case to caseflow_application"
    )


def _indexes() -> None:
    op.create_index(
        "ix_cases_board",
        "cases",
        ["office_id", "regime", "state", sa.text(DUE), "id"],
        postgresql_where=sa.text("phase in ('collection', 'court_referral')"),
    )
    op.create_index(
        "ix_cases_court",
        "cases",
        ["office_id", sa.text(COURT), "regime", "state", sa.text(DUE), "id"],
        postgresql_where=sa.text("facts ->> 'court_name' is not null"),
    )
    op.create_index(
        "ix_clock_rule_due", "clock", ["rule_id", "due_on", "id"], postgresql_where=sa.text("status = 'open'")
    )
    op.create_index(
        "ix_referral_withdrawn",
        "referral",
        ["office_id", sa.text("id desc")],
        postgresql_where=sa.text("withdrawn_seq is not null and filed_seq is not null"),
    )


def _tables() -> None:
    op.create_table(
        "court_reply_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_by", sa.Integer(), nullable=False),
        sa.Column(
            "received_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("length(name) between 1 and 200", name=op.f("ck_court_reply_file_name_length")),
        sa.CheckConstraint("octet_length(content) between 1 and 2097152", name=op.f("ck_court_reply_file_size")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_court_reply_file_office_id")),
        sa.ForeignKeyConstraint(["received_by"], ["staff.id"], name=op.f("fk_court_reply_file_received_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_court_reply_file")),
    )
    op.create_index("ix_court_reply_file_newest", "court_reply_file", ["office_id", sa.text("id desc")])
    op.create_table(
        "withdrawal_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=False),
        sa.Column("case_count", sa.SmallInteger(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.CheckConstraint("length(reason) between 1 and 5000", name=op.f("ck_withdrawal_batch_reason_length")),
        sa.CheckConstraint("case_count between 1 and 500", name=op.f("ck_withdrawal_batch_case_count")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_withdrawal_batch_office_id")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_withdrawal_batch_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal_batch")),
        sa.UniqueConstraint("key", name=op.f("uq_withdrawal_batch_key")),
    )
    op.create_index("ix_withdrawal_batch_newest", "withdrawal_batch", ["office_id", sa.text("id desc")])
    op.create_table(
        "withdrawal_batch_case",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("words_en", sa.Text(), server_default="", nullable=False),
        sa.Column("words_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome in ('waiting', 'done', 'already_done', 'refused')", name=op.f("ck_withdrawal_batch_case_outcome")
        ),
        sa.CheckConstraint(
            "(outcome in ('done', 'already_done')) = (seq is not null)",
            name=op.f("ck_withdrawal_batch_case_done_by_a_step"),
        ),
        sa.CheckConstraint(
            "(outcome = 'waiting') = (tried_at is null)", name=op.f("ck_withdrawal_batch_case_tried_at")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["withdrawal_batch.id"], name=op.f("fk_withdrawal_batch_case_batch_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_withdrawal_batch_case_case_id")),
        sa.ForeignKeyConstraint(
            ["case_id", "seq"], ["step.case_id", "step.seq"], name=op.f("fk_withdrawal_batch_case_case_id_seq")
        ),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_withdrawal_batch_case")),
        sa.UniqueConstraint("batch_id", "case_id", name=op.f("uq_withdrawal_batch_case_batch_id_case_id")),
    )
    op.create_index("ix_withdrawal_batch_case_case", "withdrawal_batch_case", ["case_id"])


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("drop function guard_withdrawal_batch_case()")
    op.execute("drop function guard_court_reply_file()")
    op.drop_index("ix_referral_withdrawn", "referral")
    op.drop_index("ix_clock_rule_due", "clock")
    op.drop_index("ix_cases_court", "cases")
    op.drop_index("ix_cases_board", "cases")
