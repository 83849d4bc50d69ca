"""Runs of a wind-down: prepared by one person, decided on by another, and what came of each of their cases."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from caseflow.persistence.tables.base import big_id, metadata, one_of

STATUSES = ("prepared", "approved", "refused")
OUTCOMES = ("waiting", "done", "already_done", "waiting_for_court", "waiting_for_other", "refused")

wind_down_run = Table(
    "wind_down_run",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("regime", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="prepared"),
    # Empty: each case is given the legal reason of its class.
    Column("reason", Text, nullable=False, server_default=""),
    Column("day", Date, nullable=False),
    Column("classes", ARRAY(Text), nullable=False),
    Column("case_count", Integer, nullable=False),
    Column("prepared_by", ForeignKey("staff.id"), nullable=False),
    Column("prepared_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("decided_by", ForeignKey("staff.id")),
    Column("decided_at", DateTime(timezone=True)),
    Column("finance_paper_no", Text, nullable=False, server_default=""),
    Column("refusal_reason", Text, nullable=False, server_default=""),
    # When somebody last said that it should go on: what was tried before that and is not done is tried again.
    Column("go_on_at", DateTime(timezone=True)),
    Column("key", Text, nullable=False, unique=True),
    CheckConstraint(one_of("status", STATUSES), name="status"),
    CheckConstraint("length(reason) <= 5000 and length(refusal_reason) <= 5000", name="reason_length"),
    CheckConstraint("length(finance_paper_no) <= 200", name="paper_length"),
    CheckConstraint("case_count between 1 and 10000", name="case_count"),
    CheckConstraint(
        "(status = 'prepared') = (decided_by is null) and (status = 'prepared') = (decided_at is null)",
        name="decided_by_somebody",
    ),
    CheckConstraint("decided_by <> prepared_by", name="decided_by_another"),
    CheckConstraint("(status = 'approved') = (go_on_at is not null)", name="goes_on_approved"),
    CheckConstraint("(status = 'refused') = (refusal_reason <> '')", name="refused_for_a_reason"),
    Index("ix_wind_down_run_newest", "office_id", text("id desc")),
)

wind_down_run_case = Table(
    "wind_down_run_case",
    metadata,
    Column("run_id", ForeignKey("wind_down_run.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("class", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("outcome", Text, nullable=False, server_default="waiting"),
    Column("steps", SmallInteger, nullable=False, server_default="0"),
    Column("seq", Integer),
    Column("words_en", Text, nullable=False, server_default=""),
    Column("words_zh", Text, nullable=False, server_default=""),
    Column("tried_at", DateTime(timezone=True)),
    # A column, because under a row policy no index answers a condition on an expression.
    Column(
        "tried_order_at",
        DateTime(timezone=True),
        Computed("coalesce(tried_at, '-infinity'::timestamptz)", persisted=True),
    ),
    UniqueConstraint("run_id", "case_id"),
    ForeignKeyConstraint(["case_id", "seq"], ["step.case_id", "step.seq"]),
    CheckConstraint(one_of("outcome", OUTCOMES), name="outcome"),
    CheckConstraint("position > 0 and steps >= 0", name="positive"),
    # Whatever is said to be done by the run names the step that did it.
    CheckConstraint(
        "(steps > 0) = (seq is not null) and (outcome <> 'done' or seq is not null)", name="done_by_a_step"
    ),
    CheckConstraint("(outcome = 'waiting') = (tried_at is null)", name="tried_at"),
    Index("ix_wind_down_run_case_case", "case_id"),
    Index("ix_wind_down_run_case_outcome", "run_id", "outcome", "position"),
    # What a run may still have to try.
    Index(
        "ix_wind_down_run_case_open",
        "run_id",
        "tried_order_at",
        "position",
        postgresql_where=text("outcome not in ('done', 'already_done')"),
    ),
)
