"""Court referrals: one row an application to the court, written by the step itself, and the bundles made for it.

A decision is before a court once at a time (a partial unique index), and what was once written of a referral stays: only
a signature that was never filed may be given anew.

Revision: 0016
Follows: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None

LIVE = "withdrawn_seq is null and ended_seq is null"
SEQS = ("decision_seq", "signed_seq", "filed_seq", "withdrawn_seq", "ended_seq")
WRITTEN_LATER = ("signed_seq", "filed_seq", "filed_on", "court", "withdrawn_seq", "ended_seq")

GUARD_REFERRAL = """
create function guard_referral() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a referral is withdrawn or ended, never deleted' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if not exists (select from cases c where c.id = new.case_id and c.office_id = new.office_id) then
      raise exception 'a referral is of the office of its case' using errcode = '23514', constraint = 'referral_office';
    end if;
    return new;
  end if;
  if (to_jsonb(new) - array['signed_seq', 'filed_seq', 'filed_on', 'court', 'withdrawn_seq', 'ended_seq']) <>
     (to_jsonb(old) - array['signed_seq', 'filed_seq', 'filed_on', 'court', 'withdrawn_seq', 'ended_seq'])
     or (old.filed_seq is not null and (new.signed_seq, new.filed_seq, new.filed_on, new.court) is distinct from
         (old.signed_seq, old.filed_seq, old.filed_on, old.court))
     or (old.withdrawn_seq is not null and new.withdrawn_seq is distinct from old.withdrawn_seq)
     or (old.ended_seq is not null and new.ended_seq is distinct from old.ended_seq) then
    raise exception 'what was written of a referral stays' using errcode = '42501', constraint = 'referral_stays';
  end if;
  return new;
end $$
"""
# Nobody chooses for the court what is of another case, or was withdrawn.
GUARD_EVIDENCE = """
create function guard_referral_evidence() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'evidence for the court is taken back, never deleted' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' then
    if old.dropped_at is not null or new.dropped_at is null
       or (to_jsonb(new) - array['dropped_at', 'dropped_by']) <> (to_jsonb(old) - array['dropped_at', 'dropped_by']) then
      raise exception 'evidence for the court can only be taken back, once' using errcode = '42501';
    end if;
    return new;
  end if;
  if not exists (select from case_file f where f.id = new.file_id and f.case_id = new.case_id
                  and f.withdrawn_at is null) then
    raise exception 'evidence for the court is a file of the case that was not withdrawn'
      using errcode = '23514', constraint = 'referral_evidence_of_case';
  end if;
  return new;
end $$
"""
GUARD_BUNDLE = """
create function guard_referral_bundle() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from referral r left join staff s on s.office_id = r.office_id and s.active
                  and s.id = new.made_by where r.id = new.referral_id and r.case_id = new.case_id
                  and (s.id is not null or new.made_by is null)) then
    raise exception 'a bundle is made for a referral of its case by somebody of its office'
      using errcode = '42501', constraint = 'referral_bundle_office';
  end if;
  return new;
end $$
"""


def upgrade() -> None:
    """Apply."""
    _referral()
    _bundle()
    _evidence()
    op.execute(GUARD_REFERRAL)
    op.execute(GUARD_EVIDENCE)
    op.execute(
        "create trigger guard before insert or update or delete on referral_evidence "
        "for each row execute function guard_referral_evidence()"
    )
    op.execute(GUARD_BUNDLE)
    op.execute(
        "create trigger guard before insert or update or delete on referral "
        "for each row execute function guard_referral()"
    )
    op.execute(
        "create trigger guard before insert on referral_bundle for each row execute function guard_referral_bundle()"
    )
    op.execute(
        "create trigger append_only before update or delete on referral_bundle "
        "for each row execute function refuse_change()"
    )
    for table in ("referral", "referral_bundle", "referral_evidence"):
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
        op.execute(f"grant select, insert on {table} to caseflow_application")
        op.execute(f"grant select on {table} to caseflow_auditor")
    op.execute(f"grant update ({', '.join(WRITTEN_LATER)}) on referral to caseflow_application")
    op.execute("grant update (dropped_at, dropped_by) on referral_evidence to caseflow_application")


def _referral() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("decision_no", sa.Text(), nullable=True),
        sa.Column("decision_seq", sa.Integer(), nullable=False),
        sa.Column("signed_seq", sa.Integer(), nullable=False),
        sa.Column("filed_seq", sa.Integer(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("court", sa.Text(), nullable=True),
        sa.Column("withdrawn_seq", sa.Integer(), nullable=True),
        sa.Column("ended_seq", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("(filed_seq is null) = (filed_on is null)", name=op.f("ck_referral_filed_has_a_date")),
        sa.CheckConstraint("filed_seq is not null or court is null", name=op.f("ck_referral_court_when_filed")),
        sa.CheckConstraint(
            "decision_seq < signed_seq and signed_seq < coalesce(filed_seq, withdrawn_seq, ended_seq, signed_seq + 1) "
            "and coalesce(filed_seq, 0) < coalesce(withdrawn_seq, ended_seq, 2147483647)",
            name=op.f("ck_referral_in_order"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_referral_case_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_referral_office_id")),
        *(
            sa.ForeignKeyConstraint(["case_id", name], ["step.case_id", "step.seq"], name=op.f(f"fk_referral_case_id_{name}"))
            for name in SEQS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )  # fmt: skip
    op.create_index("uq_referral_live", "referral", ["case_id", "decision_seq"], unique=True,
                    postgresql_where=sa.text(LIVE))  # fmt: skip
    op.create_index("ix_referral_case", "referral", ["case_id", "id"])
    op.create_index("ix_referral_live", "referral", ["office_id", "filed_on", "id"], postgresql_where=sa.text(LIVE))
    op.create_index("ix_referral_newest", "referral", ["office_id", sa.text("id desc")])


def _bundle() -> None:
    op.create_table(
        "referral_bundle",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("referral_id", sa.BigInteger(), nullable=False),
        sa.Column("tagmanifest_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("octet_length(tagmanifest_sha256) = 32", name=op.f("ck_referral_bundle_hash_length")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_referral_bundle_case_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_bundle_referral_id")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_referral_bundle_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_bundle")),
    )
    op.create_index("ix_referral_bundle_case", "referral_bundle", ["case_id", sa.text("id desc")])


def _evidence() -> None:
    op.create_table(
        "referral_evidence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("chosen_by", sa.Integer(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("dropped_by", sa.Integer(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(dropped_by is null) = (dropped_at is null)", name=op.f("ck_referral_evidence_dropped_whole")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_referral_evidence_case_id")),
        sa.ForeignKeyConstraint(["file_id"], ["case_file.id"], name=op.f("fk_referral_evidence_file_id")),
        sa.ForeignKeyConstraint(["chosen_by"], ["staff.id"], name=op.f("fk_referral_evidence_chosen_by")),
        sa.ForeignKeyConstraint(["dropped_by"], ["staff.id"], name=op.f("fk_referral_evidence_dropped_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_evidence")),
    )
    op.create_index("uq_referral_evidence_file", "referral_evidence", ["file_id"], unique=True,
                    postgresql_where=sa.text("dropped_at is null"))  # fmt: skip
    op.create_index("ix_referral_evidence_case", "referral_evidence", ["case_id", "id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("referral_evidence")
    op.drop_table("referral_bundle")
    op.drop_table("referral")
    op.execute("drop function guard_referral_evidence()")
    op.execute("drop function guard_referral_bundle()")
    op.execute("drop function guard_referral()")
