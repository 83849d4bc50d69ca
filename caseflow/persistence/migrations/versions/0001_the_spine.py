"""The spine.

Revision: 0001
Follows: None
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(leaf) = 32", name=op.f("ck_audit_event_leaf_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("key", name=op.f("uq_audit_event_key")),
    )
    op.create_index(
        "ix_audit_event_case",
        "audit_event",
        ["case_id", "id"],
        unique=False,
        postgresql_where=sa.text("case_id is not null"),
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("date_shift_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stamped_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind = 'training' or date_shift_days = 0", name=op.f("ck_installation_production_runs_at_the_real_date")
        ),
        sa.CheckConstraint("kind in ('training', 'production')", name=op.f("ck_installation_kind")),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "office",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["office.id"], name=op.f("fk_office_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
        sa.UniqueConstraint("code", name=op.f("uq_office_code")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('pending', 'done', 'dead')", name=op.f("ck_outbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(
        "ix_outbox_pending", "outbox", ["due_at", "id"], unique=False, postgresql_where=sa.text("state = 'pending'")
    )
    op.create_table(
        "workflow_definition",
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("regime", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_workflow_definition")),
    )
    op.create_table(
        "case_serial",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("regime", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_case_serial_office_id")),
        sa.PrimaryKeyConstraint("office_id", "regime", "year", name=op.f("pk_case_serial")),
    )
    op.create_table(
        "party",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind not in ('patient', 'woman', 'family', 'child')", name=op.f("ck_party_lawful_subject")),
        sa.CheckConstraint("length(name) between 1 and 200", name=op.f("ck_party_name_length")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_party_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
    )
    op.create_index(
        "ix_party_name", "party", ["office_id", "name"], unique=False, postgresql_ops={"name": "text_pattern_ops"}
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), server_default="zh", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("locale in ('en', 'zh')", name=op.f("ck_staff_locale")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_staff_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_zh", sa.Text(), nullable=False),
        sa.Column("regime", sa.Text(), nullable=False),
        sa.Column("definition_hash", sa.Text(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("second_officer_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("waiting_for", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("act_date", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("decision_date", sa.Date(), nullable=True),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("last_step_on", sa.Date(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("assessed_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("collected_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("written_off_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_due_on", sa.Date(), nullable=True),
        sa.Column("next_clock", sa.Text(), nullable=True),
        sa.Column("desk_role", sa.Text(), server_default="", nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.CheckConstraint("(phase = 'closed') = (closed_on is not null)", name=op.f("ck_cases_closed_has_a_date")),
        sa.CheckConstraint(
            "phase in ('investigation', 'assessment', 'court_referral', 'collection', 'closed')",
            name=op.f("ck_cases_phase"),
        ),
        sa.CheckConstraint(
            "waiting_for in ('office', 'party', 'court', 'other', 'nobody')", name=op.f("ck_cases_waiting_for")
        ),
        sa.CheckConstraint(
            "assessed_fen >= 0 and collected_fen >= 0 and refunded_fen between 0 and collected_fen and written_off_fen between 0 and assessed_fen",
            name=op.f("ck_cases_money_is_possible"),
        ),
        sa.CheckConstraint(
            "length(number) between 1 and 100 and length(number_zh) between 1 and 100",
            name=op.f("ck_cases_number_length"),
        ),
        sa.CheckConstraint(
            "second_officer_id is null or second_officer_id <> owner_id", name=op.f("ck_cases_two_different_officers")
        ),
        sa.ForeignKeyConstraint(
            ["definition_hash"], ["workflow_definition.content_hash"], name=op.f("fk_cases_definition_hash")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_cases_office_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_cases_owner_id")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_cases_party_id")),
        sa.ForeignKeyConstraint(["second_officer_id"], ["staff.id"], name=op.f("fk_cases_second_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_cases_idempotency_key")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_cases_office_id_number")),
        sa.UniqueConstraint("office_id", "number_zh", name=op.f("uq_cases_office_id_number_zh")),
    )
    op.create_index(
        "ix_cases_desk",
        "cases",
        ["office_id", "desk_role", sa.literal_column("coalesce(next_due_on, 'infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("waiting_for <> 'nobody'"),
    )
    op.create_index(
        "ix_cases_mine",
        "cases",
        ["owner_id", sa.literal_column("coalesce(next_due_on, 'infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("waiting_for <> 'nobody'"),
    )
    op.create_index("ix_cases_newest", "cases", ["office_id", sa.literal_column("id desc")], unique=False)
    op.create_index(
        "ix_cases_number_prefix",
        "cases",
        ["office_id", "number"],
        unique=False,
        postgresql_ops={"number": "text_pattern_ops"},
    )
    op.create_index(
        "ix_cases_number_suffix",
        "cases",
        ["office_id", sa.literal_column("reverse(number)").label("number_reversed")],
        unique=False,
        postgresql_ops={"number_reversed": "text_pattern_ops"},
    )
    op.create_index(
        "ix_cases_number_zh_prefix",
        "cases",
        ["office_id", "number_zh"],
        unique=False,
        postgresql_ops={"number_zh": "text_pattern_ops"},
    )
    op.create_index(
        "ix_cases_office_due",
        "cases",
        ["office_id", "next_due_on", "id"],
        unique=False,
        postgresql_where=sa.text("waiting_for <> 'nobody'"),
    )
    op.create_index("ix_cases_party", "cases", ["party_id"], unique=False)
    op.create_index(
        "ix_cases_phase_newest", "cases", ["office_id", "phase", sa.literal_column("id desc")], unique=False
    )
    op.create_index(
        "ix_cases_regime_newest", "cases", ["office_id", "regime", sa.literal_column("id desc")], unique=False
    )
    op.create_index(
        "ix_cases_second",
        "cases",
        ["second_officer_id", sa.literal_column("coalesce(next_due_on, 'infinity'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("waiting_for <> 'nobody' and second_officer_id is not null"),
    )
    op.create_index(
        "ix_cases_state_newest", "cases", ["office_id", "regime", "state", sa.literal_column("id desc")], unique=False
    )
    op.create_table(
        "staff_role",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role in ('officer', 'reviewer', 'approver', 'cashier', 'liaison', 'auditor', 'supervisor', 'administrator')",
            name=op.f("ck_staff_role_role"),
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_role_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "role", name=op.f("pk_staff_role")),
    )
    op.create_index("ix_staff_role_role", "staff_role", ["role", "staff_id"], unique=False)
    op.create_table(
        "case_document",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_document_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_document")),
        sa.UniqueConstraint("case_id", "seq", "kind", name=op.f("uq_case_document_case_id_seq_kind")),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("binds", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_seq", sa.Integer(), nullable=False),
        sa.Column("trigger_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("after_rule", sa.Text(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_seq", sa.Integer(), nullable=True),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "(status in ('open', 'tolled')) = (closed_on is null)", name=op.f("ck_clock_closed_has_a_date")
        ),
        sa.CheckConstraint("binds in ('agency', 'person', 'court', 'other')", name=op.f("ck_clock_binds")),
        sa.CheckConstraint("status in ('open', 'tolled', 'met', 'missed', 'stopped')", name=op.f("ck_clock_status")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_clock_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_index("ix_clock_case", "clock", ["case_id", "id"], unique=False)
    op.create_index(
        "ix_clock_due", "clock", ["due_on", "id"], unique=False, postgresql_where=sa.text("status = 'open'")
    )
    op.create_index(
        "uq_clock_running",
        "clock",
        ["case_id", "rule_id"],
        unique=True,
        postgresql_where=sa.text("status in ('open', 'tolled')"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_inbox_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_inbox_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("staff_id", "key", name=op.f("uq_inbox_staff_id_key")),
    )
    op.create_index("ix_inbox_newest", "inbox", ["staff_id", sa.literal_column("id desc")], unique=False)
    op.create_table(
        "step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("postings", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("law", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("effective_on <= business_date", name=op.f("ck_step_not_in_the_future")),
        sa.CheckConstraint("seq > 0", name=op.f("ck_step_seq_positive")),
        sa.ForeignKeyConstraint(["actor_id"], ["staff.id"], name=op.f("fk_step_actor_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_step_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_step_case_id_seq")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_step_idempotency_key")),
    )


def downgrade() -> None:
    """Take back."""
    for table in (
        "step",
        "inbox",
        "clock",
        "case_document",
        "staff_role",
        "cases",
        "staff",
        "party",
        "case_serial",
        "workflow_definition",
        "outbox",
        "office",
        "installation",
        "calendar_day",
        "audit_event",
    ):
        op.drop_table(table)
