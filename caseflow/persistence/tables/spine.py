"""Offices, staff, cases, steps, clocks, the audit events and the notices. Triggers stand in the migrations."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from caseflow.persistence.tables.base import TransactionNumber, big_id, metadata, one_of

_WAITED_FOR = text("waiting_for <> 'nobody'")
ROLES = ("officer", "reviewer", "approver", "cashier", "payer", "liaison", "auditor", "supervisor", "administrator")
PHASES = ("investigation", "assessment", "court_referral", "collection", "closed")
CLOCK_STATUSES = ("open", "tolled", "met", "missed", "stopped")

installation = Table(
    "installation",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("date_shift_days", Integer, nullable=False, server_default="0"),
    Column("stamped_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("id = 1", name="single"),
    CheckConstraint(one_of("kind", ("training", "production")), name="kind"),
    CheckConstraint("kind = 'training' or date_shift_days = 0", name="production_runs_at_the_real_date"),
)

office = Table(
    "office",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("parent_id", ForeignKey("office.id")),
    Column("head_id", ForeignKey("staff.id", use_alter=True)),
    Index("ix_office_parent", "parent_id"),
)

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("login", Text, nullable=False, unique=True),
    Column("name_en", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("locale", Text, nullable=False, server_default="zh"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("failed_sign_ins", Integer, nullable=False, server_default="0"),
    Column("locked_until", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("email", Text),
    Column("mail_mode", Text, nullable=False, server_default="digest"),
    Column("left_at", DateTime(timezone=True)),
    CheckConstraint(one_of("locale", ("en", "zh")), name="locale"),
    CheckConstraint(one_of("mail_mode", ("digest", "each")), name="mail_mode"),
)

staff_role = Table(
    "staff_role",
    metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("role", Text, primary_key=True),
    CheckConstraint(one_of("role", ROLES), name="role"),
    Index("ix_staff_role_role", "role", "staff_id"),
)

workflow_definition = Table(
    "workflow_definition",
    metadata,
    Column("content_hash", Text, primary_key=True),
    Column("regime", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("adopted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
)

case_serial = Table(
    "case_serial",
    metadata,
    Column("office_id", ForeignKey("office.id"), primary_key=True),
    Column("regime", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("number_zh", Text, nullable=False),
    Column("regime", Text, nullable=False),
    Column("definition_hash", ForeignKey("workflow_definition.content_hash"), nullable=False),
    Column("party_id", ForeignKey("party.id"), nullable=False),
    Column("owner_id", ForeignKey("staff.id"), nullable=False),
    Column("second_officer_id", ForeignKey("staff.id")),
    Column("state", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("waiting_for", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("act_date", Date),
    Column("opened_on", Date, nullable=False),
    Column("filed_on", Date),
    Column("decision_date", Date),
    Column("served_on", Date),
    Column("closed_on", Date),
    Column("last_step_on", Date, nullable=False),
    Column("facts", JSONB, nullable=False, server_default="{}"),
    Column("assessed_fen", BigInteger, nullable=False, server_default="0"),
    Column("collected_fen", BigInteger, nullable=False, server_default="0"),
    Column("refunded_fen", BigInteger, nullable=False, server_default="0"),
    Column("written_off_fen", BigInteger, nullable=False, server_default="0"),
    Column("charged_fen", BigInteger, nullable=False, server_default="0"),
    Column("charge_written_off_fen", BigInteger, nullable=False, server_default="0"),
    Column("principal_open_fen", BigInteger, nullable=False, server_default="0"),
    Column("charge_open_fen", BigInteger, nullable=False, server_default="0"),
    Column("held_fen", BigInteger, nullable=False, server_default="0"),
    Column("refund_due_fen", BigInteger, nullable=False, server_default="0"),
    Column("next_due_on", Date),
    Column("next_clock", Text),
    # Lists are ordered and found by these: under a row policy no index answers a condition on an expression.
    Column("due_order_on", Date, Computed("coalesce(next_due_on, 'infinity'::date)", persisted=True)),
    Column("court_name", Text, Computed("facts ->> 'court_name'", persisted=True)),
    Column("number_reversed", Text, Computed("reverse(number)", persisted=True)),
    Column("desk_role", Text, nullable=False, server_default=""),
    Column("idempotency_key", Text, nullable=False, unique=True),
    UniqueConstraint("office_id", "number"),
    UniqueConstraint("office_id", "number_zh"),
    CheckConstraint("length(number) between 1 and 100 and length(number_zh) between 1 and 100", name="number_length"),
    # No version of a case without the step that made it.
    ForeignKeyConstraint(
        ["id", "version"],
        ["step.case_id", "step.seq"],
        name="fk_cases_version",
        deferrable=True,
        initially="DEFERRED",
        use_alter=True,
    ),
    CheckConstraint(one_of("phase", PHASES), name="phase"),
    CheckConstraint(one_of("waiting_for", ("office", "party", "court", "other", "nobody")), name="waiting_for"),
    CheckConstraint("(phase = 'closed') = (closed_on is not null)", name="closed_has_a_date"),
    CheckConstraint("second_officer_id is null or second_officer_id <> owner_id", name="two_different_officers"),
    CheckConstraint(
        "assessed_fen >= 0 and collected_fen >= 0 and refunded_fen between 0 and collected_fen "
        "and written_off_fen between 0 and assessed_fen",
        name="money_is_possible",
    ),
    CheckConstraint(
        "principal_open_fen >= 0 and charge_open_fen >= 0 and held_fen >= 0 and refund_due_fen >= 0 "
        "and charged_fen between 0 and assessed_fen and charge_written_off_fen between 0 and written_off_fen",
        name="no_part_below_zero",
    ),
    Index("ix_cases_mine", "owner_id", "due_order_on", "id", postgresql_where=_WAITED_FOR),
    Index(
        "ix_cases_second",
        "second_officer_id",
        "due_order_on",
        "id",
        postgresql_where=text("waiting_for <> 'nobody' and second_officer_id is not null"),
    ),
    Index("ix_cases_desk", "office_id", "desk_role", "due_order_on", "id", postgresql_where=_WAITED_FOR),
    Index("ix_cases_newest", "office_id", text("id desc")),
    Index("ix_cases_regime_newest", "office_id", "regime", text("id desc")),
    Index("ix_cases_phase_newest", "office_id", "phase", text("id desc")),
    Index("ix_cases_state_newest", "office_id", "regime", "state", text("id desc")),
    Index("ix_cases_number_prefix", "office_id", "number", postgresql_ops={"number": "text_pattern_ops"}),
    Index("ix_cases_number_zh_prefix", "office_id", "number_zh", postgresql_ops={"number_zh": "text_pattern_ops"}),
    Index(
        "ix_cases_number_suffix", "office_id", "number_reversed", postgresql_ops={"number_reversed": "text_pattern_ops"}
    ),
    Index("ix_cases_office_due", "office_id", "due_order_on", "id", postgresql_where=_WAITED_FOR),
    Index(
        "ix_cases_waiting",
        "office_id",
        "due_order_on",
        "id",
        postgresql_where=text("waiting_for in ('party', 'court', 'other')"),
    ),
    Index("ix_cases_party", "party_id"),
    Index("ix_cases_closed", "office_id", "closed_on", "id", postgresql_where=text("closed_on is not null")),
    # The liaison's board: one walk a state, by what is due next; and the same of one court.
    Index(
        "ix_cases_board",
        "office_id",
        "regime",
        "state",
        "due_order_on",
        "id",
        postgresql_where=text("phase in ('collection', 'court_referral')"),
    ),
    Index(
        "ix_cases_court",
        "office_id",
        "court_name",
        "regime",
        "state",
        "due_order_on",
        "id",
        postgresql_where=text("court_name is not null"),
    ),
    Index("ix_cases_owing", "office_id", "id", postgresql_where=text("principal_open_fen > 0")),
    # The plan of a wind-down: one walk a state. Below: of whom it was asked whether the court keeps them on its list.
    Index("ix_cases_state_open", "office_id", "regime", "state", "id", postgresql_where=text("closed_on is null")),
    Index(
        "ix_cases_measured",
        "office_id",
        text("(facts ->> 'on_defaulter_list')"),
        "id",
        postgresql_where=text("facts ->> 'on_defaulter_list' is not null"),
    ),
)

step = Table(
    "step",
    metadata,
    big_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("from_state", Text, nullable=False),
    Column("to_state", Text, nullable=False),
    Column("actor_id", ForeignKey("staff.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("answers", JSONB, nullable=False, server_default="{}"),
    Column("postings", JSONB, nullable=False, server_default="[]"),
    Column("law", JSONB, nullable=False, server_default="[]"),
    Column("idempotency_key", Text, nullable=False, unique=True),
    Column("request_hash", LargeBinary, nullable=False),
    # An old casebook says so; nobody of the office witnessed it (see tables/reported.py).
    Column("reported", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("case_id", "seq"),
    # What came in, by its day.
    Index(
        "ix_step_collected",
        "effective_on",
        "case_id",
        postgresql_where=text("""postings @> '[{"event": "collect"}]'::jsonb"""),
    ),
    CheckConstraint("seq > 0", name="seq_positive"),
    CheckConstraint("effective_on <= business_date", name="not_in_the_future"),
    Index(
        "ix_step_delisted",
        text("(answers ->> 'delisted_on')"),
        "case_id",
        postgresql_where=text("answers ->> 'delisted_on' is not null"),
    ),
)

clock = Table(
    "clock",
    metadata,
    big_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("binds", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_seq", Integer, nullable=False),
    Column("trigger_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("after_rule", Text),
    Column("closed_on", Date),
    Column("closed_seq", Integer),
    Column("record", JSONB, nullable=False),
    # Its ladder as dates (null: still to be reckoned), the next of them, and what came of those that are past.
    Column("rungs", JSONB),
    Column("next_rung_on", Date),
    Column("ran_out_on", Date),
    Column("escalated_to", Text),
    CheckConstraint(one_of("escalated_to", ("supervisor", "office_head")), name="escalated_to"),
    CheckConstraint(one_of("status", CLOCK_STATUSES), name="status"),
    CheckConstraint(one_of("binds", ("agency", "person", "court", "other")), name="binds"),
    CheckConstraint("(status in ('open', 'tolled')) = (closed_on is null)", name="closed_has_a_date"),
    Index(
        "uq_clock_running",
        "case_id",
        "rule_id",
        unique=True,
        postgresql_where=text("status in ('open', 'tolled')"),
    ),
    Index("ix_clock_case", "case_id", "id"),
    Index("ix_clock_due", "due_on", "id", postgresql_where=text("status = 'open'")),
    Index("ix_clock_rule_due", "rule_id", "due_on", "id", postgresql_where=text("status = 'open'")),
    Index(
        "ix_clock_rung",
        "next_rung_on",
        "id",
        postgresql_where=text("status = 'open' and next_rung_on is not null"),
    ),
    Index("ix_clock_unreckoned", "id", postgresql_where=text("status in ('open', 'tolled') and rungs is null")),
    Index("ix_clock_escalated", "case_id", postgresql_where=text("status = 'open' and escalated_to is not null")),
)

case_document = Table(
    "case_document",
    metadata,
    big_id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("made_on", Date, nullable=False),
    UniqueConstraint("case_id", "seq", "kind"),
)

audit_event = Table(
    "audit_event",
    metadata,
    big_id(),
    Column("key", Text, nullable=False, unique=True),
    Column("at", DateTime(timezone=True), nullable=False),
    # Plain numbers: the record states them for ever and needs nobody's leave to be written.
    Column("actor_id", Integer),
    Column("office_id", Integer),
    Column("action", Text, nullable=False),
    Column("case_id", BigInteger),
    Column("seq", Integer),
    Column("body", JSONB, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("xid", TransactionNumber, nullable=False, server_default=func.pg_current_xact_id()),
    CheckConstraint("octet_length(leaf) = 32", name="leaf_length"),
    Index("ix_audit_event_xid", "xid", "id"),
    Index("ix_audit_event_case", "case_id", "id", postgresql_where=text("case_id is not null")),
)

outbox = Table(
    "outbox",
    metadata,
    big_id(),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Column("done_at", DateTime(timezone=True)),
    CheckConstraint(one_of("state", ("pending", "done", "dead")), name="state"),
    Index("ix_outbox_pending", "due_at", "id", postgresql_where=text("state = 'pending'")),
    Index("ix_outbox_dead", "id", postgresql_where=text("state = 'dead'")),
    Index("ix_outbox_unheard", "done_at", postgresql_where=text("state = 'done' and last_error is not null")),
)

inbox = Table(
    "inbox",
    metadata,
    big_id(),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("case_id", ForeignKey("cases.id")),
    Column("params", JSONB, nullable=False, server_default="{}"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("read_at", DateTime(timezone=True)),
    Column("mail_id", ForeignKey("mail.id")),
    UniqueConstraint("staff_id", "key"),
    Index("ix_inbox_newest", "staff_id", text("id desc")),
    Index("ix_inbox_unread", "staff_id", text("id desc"), postgresql_where=text("read_at is null")),
    Index("ix_inbox_kind", "staff_id", "kind", text("id desc")),
    Index("ix_inbox_mail", "mail_id", postgresql_where=text("mail_id is not null")),
)
