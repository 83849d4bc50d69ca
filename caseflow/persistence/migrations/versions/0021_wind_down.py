"""Runs of a wind-down: one person prepares, another approves, and each case has its own outcome.

The database holds the four eyes: who decides is an approver in their own right and another person than who prepared, no
case may be carried on by a run whose two people took its money, and what is done names its step and stays done.

Revision: 0021
Follows: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = ("wind_down_run", "wind_down_run_case")

GUARD_RUN = """
create function guard_wind_down_run() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a run stays on the list' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if new.status <> 'prepared' or new.finance_paper_no <> ''
       or not exists (select from staff s join staff_role r on r.staff_id = s.id
                       where s.id = new.prepared_by and s.office_id = new.office_id and s.active
                         and r.role in ('officer', 'supervisor')) then
      raise exception 'a run is prepared by an officer or a supervisor of the office'
        using errcode = '23514', constraint = 'wind_down_run_prepared';
    end if;
    return new;
  end if;
  if (to_jsonb(new) - array['status', 'decided_by', 'decided_at', 'finance_paper_no', 'refusal_reason', 'go_on_at']) <>
     (to_jsonb(old) - array['status', 'decided_by', 'decided_at', 'finance_paper_no', 'refusal_reason', 'go_on_at'])
     or (old.status <> 'prepared' and (to_jsonb(new) - 'go_on_at') <> (to_jsonb(old) - 'go_on_at'))
     or new.go_on_at < old.go_on_at then
    raise exception 'what was prepared and decided of a run stays' using errcode = '42501';
  end if;
  if old.status = 'prepared' then
    if new.status = 'prepared'
       or not exists (select from staff s join staff_role r on r.staff_id = s.id
                       where s.id = new.decided_by and s.office_id = new.office_id and s.active
                         and r.role = 'approver') then
      raise exception 'a run is decided on, once, by an approver of the office'
        using errcode = '23514', constraint = 'wind_down_run_decided';
    end if;
  end if;
  return new;
end $$
"""
GUARD_CASE = """
create function guard_wind_down_run_case() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
declare run wind_down_run;
begin
  if tg_op = 'DELETE' then
    raise exception 'a case stays on the list of its run' using errcode = '42501';
  end if;
  select * into run from wind_down_run r where r.id = new.run_id;
  if tg_op = 'INSERT' then
    if run.status <> 'prepared' or new.outcome <> 'waiting' or new.position > run.case_count
       or not exists (select from cases c where c.id = new.case_id and c.office_id = run.office_id
                         and c.regime = run.regime) then
      raise exception 'a case of the office and regime is put on the list before the run is decided on'
        using errcode = '23514', constraint = 'wind_down_run_case_listed';
    end if;
    return new;
  end if;
  if (new.run_id, new.position, new.case_id, new.class, new.stage) is distinct from
     (old.run_id, old.position, old.case_id, old.class, old.stage)
     or old.outcome in ('done', 'already_done') or new.outcome = 'waiting' or new.steps < old.steps then
    raise exception 'what is done stays done' using errcode = '42501';
  end if;
  if run.status <> 'approved' then
    raise exception 'nothing is done before the run is approved'
      using errcode = '23514', constraint = 'wind_down_run_case_approved';
  end if;
  -- A payment that an old casebook reports was taken by nobody of ours.
  if new.steps > old.steps and exists (select from receipt t join step s on s.case_id = t.case_id and s.seq = t.seq
                                        where t.case_id = new.case_id
                                          and t.entered_by in (run.prepared_by, run.decided_by)
                                          and to_jsonb(s) ->> 'reported' is distinct from 'true') then
    raise exception 'whoever took the money of a case neither prepares nor approves its end'
      using errcode = '23514', constraint = 'wind_down_run_case_money';
  end if;
  return new;
end $$
"""


def upgrade() -> None:
    """Apply."""
    _indexes()
    _tables()
    op.execute(GUARD_RUN)
    op.execute(GUARD_CASE)
    for table in TABLES:
        op.execute(
            f"create trigger guard before insert or update or delete on {table} "
            f"for each row execute function guard_{table}()"
        )
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
        op.execute(f"grant select, insert on {table} to caseflow_application")
        op.execute(f"grant select on {table} to caseflow_auditor")
    op.execute(
        "grant update (status, decided_by, decided_at, finance_paper_no, refusal_reason, go_on_at) "
        "on wind_down_run to caseflow_application"
    )
    op.execute(
        "grant update (outcome, steps, seq, words_en, words_zh, tried_at) on wind_down_run_case to caseflow_application"
    )


def _indexes() -> None:
    op.create_index(
        "ix_cases_state_open",
        "cases",
        ["office_id", "regime", "state", "id"],
        postgresql_where=sa.text("closed_on is null"),
    )
    op.create_index(
        "ix_cases_measured",
        "cases",
        ["office_id", sa.text("(facts ->> 'on_defaulter_list')"), "id"],
        postgresql_where=sa.text("facts ->> 'on_defaulter_list' is not null"),
    )
    op.create_index(
        "ix_step_delisted",
        "step",
        [sa.text("(answers ->> 'delisted_on')"), "case_id"],
        postgresql_where=sa.text("answers ->> 'delisted_on' is not null"),
    )


def _tables() -> None:
    op.create_table(
        "wind_down_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("regime", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="prepared", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("classes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("case_count", sa.Integer(), nullable=False),
        sa.Column("prepared_by", sa.Integer(), nullable=False),
        sa.Column(
            "prepared_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finance_paper_no", sa.Text(), server_default="", nullable=False),
        sa.Column("refusal_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("go_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.CheckConstraint("status in ('prepared', 'approved', 'refused')", name=op.f("ck_wind_down_run_status")),
        sa.CheckConstraint(
            "length(reason) <= 5000 and length(refusal_reason) <= 5000", name=op.f("ck_wind_down_run_reason_length")
        ),
        sa.CheckConstraint("length(finance_paper_no) <= 200", name=op.f("ck_wind_down_run_paper_length")),
        sa.CheckConstraint("case_count between 1 and 10000", name=op.f("ck_wind_down_run_case_count")),
        sa.CheckConstraint(
            "(status = 'prepared') = (decided_by is null) and (status = 'prepared') = (decided_at is null)",
            name=op.f("ck_wind_down_run_decided_by_somebody"),
        ),
        sa.CheckConstraint("decided_by <> prepared_by", name=op.f("ck_wind_down_run_decided_by_another")),
        sa.CheckConstraint(
            "(status = 'approved') = (go_on_at is not null)", name=op.f("ck_wind_down_run_goes_on_approved")
        ),
        sa.CheckConstraint(
            "(status = 'refused') = (refusal_reason <> '')", name=op.f("ck_wind_down_run_refused_for_a_reason")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_wind_down_run_office_id")),
        sa.ForeignKeyConstraint(["prepared_by"], ["staff.id"], name=op.f("fk_wind_down_run_prepared_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_wind_down_run_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wind_down_run")),
        sa.UniqueConstraint("key", name=op.f("uq_wind_down_run_key")),
    )
    op.create_index("ix_wind_down_run_newest", "wind_down_run", ["office_id", sa.text("id desc")])
    op.create_table(
        "wind_down_run_case",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("steps", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("words_en", sa.Text(), server_default="", nullable=False),
        sa.Column("words_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome in ('waiting', 'done', 'already_done', 'waiting_for_court', 'waiting_for_other', 'refused')",
            name=op.f("ck_wind_down_run_case_outcome"),
        ),
        sa.CheckConstraint("position > 0 and steps >= 0", name=op.f("ck_wind_down_run_case_positive")),
        sa.CheckConstraint(
            "(steps > 0) = (seq is not null) and (outcome <> 'done' or seq is not null)",
            name=op.f("ck_wind_down_run_case_done_by_a_step"),
        ),
        sa.CheckConstraint("(outcome = 'waiting') = (tried_at is null)", name=op.f("ck_wind_down_run_case_tried_at")),
        sa.ForeignKeyConstraint(["run_id"], ["wind_down_run.id"], name=op.f("fk_wind_down_run_case_run_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_wind_down_run_case_case_id")),
        sa.ForeignKeyConstraint(
            ["case_id", "seq"], ["step.case_id", "step.seq"], name=op.f("fk_wind_down_run_case_case_id_seq")
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_wind_down_run_case")),
        sa.UniqueConstraint("run_id", "case_id", name=op.f("uq_wind_down_run_case_run_id_case_id")),
    )
    op.create_index("ix_wind_down_run_case_case", "wind_down_run_case", ["case_id"])
    op.create_index("ix_wind_down_run_case_outcome", "wind_down_run_case", ["run_id", "outcome", "position"])
    op.create_index(
        "ix_wind_down_run_case_open",
        "wind_down_run_case",
        ["run_id", sa.text("coalesce(tried_at, '-infinity'::timestamptz)"), "position"],
        postgresql_where=sa.text("outcome not in ('done', 'already_done')"),
    )


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("drop function guard_wind_down_run_case()")
    op.execute("drop function guard_wind_down_run()")
    op.drop_index("ix_step_delisted", "step")
    op.drop_index("ix_cases_measured", "cases")
    op.drop_index("ix_cases_state_open", "cases")
