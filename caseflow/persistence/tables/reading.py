"""Who read what of whom and why: the read log, stated reasons, alarms and approvals (guards: migration 0027)."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from caseflow.domain.reading import LONGEST_REASON, SHORTEST_REASON, Alarm, Allowance, Purpose, ReasonKind
from caseflow.persistence.tables.base import big_id, metadata, one_of


def _values(words: type[StrEnum]) -> tuple[str, ...]:
    return tuple(one.value for one in words)


read_log = Table(
    "read_log",
    metadata,
    big_id(),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    # Nobody of the staff: a command of the server, whose operator is named instead.
    Column("actor_id", ForeignKey("staff.id")),
    Column("operator", Text, nullable=False, server_default=""),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    # The business day, by which readings are counted.
    Column("day", Date, nullable=False),
    # Empty: a search that found nothing, or what belongs to no case, which is named by one of the next instead.
    Column("case_id", ForeignKey("cases.id")),
    Column("bank_line_id", ForeignKey("bank_line.id")),
    Column("receipt_lot_id", BigInteger),
    Column("receipt_no", BigInteger),
    ForeignKeyConstraint(
        ["receipt_lot_id", "receipt_no"], ["receipt.lot_id", "receipt.no"], name="fk_read_log_receipt"
    ),
    Column("what", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("reason_kind", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("request_id", Text, nullable=False, server_default=""),
    # Of a search: the blind index of the number that was looked for, never the number, and how many it found.
    Column("looked_for", LargeBinary),
    Column("hits", Integer),
    CheckConstraint(one_of("purpose", _values(Purpose)), name="purpose"),
    CheckConstraint(
        "(actor_id is null) = (purpose in ('system', 'person')) and (purpose = 'system') = (operator <> '')",
        name="somebody",
    ),
    CheckConstraint(
        "(purpose = 'search') = (looked_for is not null and hits is not null) "
        "and num_nonnulls(case_id, bank_line_id, receipt_no) = case when purpose = 'search' and case_id is null then 0 "
        "else 1 end and (receipt_lot_id is null) = (receipt_no is null)",
        name="of_one_thing_or_a_search",
    ),
    CheckConstraint("purpose not in ('reason', 'search') or reason <> ''", name="reason_is_stated"),
    CheckConstraint(
        "length(what) between 1 and 100 and length(reason) <= 600 and length(request_id) <= 100 "
        "and length(operator) <= 200",
        name="lengths",
    ),
    Index("ix_read_log_case", "case_id", "id", postgresql_where=text("case_id is not null")),
    Index(
        "ix_read_log_counted",
        "actor_id",
        "day",
        "id",
        postgresql_include=["case_id", "purpose", "bank_line_id", "receipt_lot_id", "receipt_no"],
    ),
    Index("ix_read_log_actor", "actor_id", "id"),
    Index("ix_read_log_office", "office_id", "id"),
    Index("ix_read_log_day", "office_id", "day", "id"),
    Index("ix_read_log_purpose", "office_id", "purpose", "id"),
    Index("ix_read_log_searches", "actor_id", "at", postgresql_where=text("purpose = 'search'")),
)

read_purpose = Table(
    "read_purpose",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    # The business day at whose end it lapses.
    Column("day", Date, nullable=False),
    CheckConstraint(one_of("kind", _values(ReasonKind)), name="kind"),
    CheckConstraint(f"length(reason) between {SHORTEST_REASON} and {LONGEST_REASON}", name="reason_length"),
    Index("ix_read_purpose_day", "staff_id", "case_id", "day", "id"),
)

read_alarm = Table(
    "read_alarm",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("kind", Text, nullable=False),
    Column("allowance", Text, nullable=False),
    Column("most", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    UniqueConstraint("staff_id", "day", "kind", "allowance", "most"),
    CheckConstraint(one_of("kind", _values(Alarm)), name="kind"),
    CheckConstraint(one_of("allowance", _values(Allowance)), name="allowance"),
    Index("ix_read_alarm_office", "office_id", text("id desc")),
)

read_approval = Table(
    "read_approval",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("allowance", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("cases", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("asked_by", ForeignKey("staff.id"), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("idempotency_key", Text, nullable=False, unique=True),
    Column("approved", Boolean),
    Column("decided_by", ForeignKey("staff.id")),
    Column("decided_at", DateTime(timezone=True)),
    Column("used_at", DateTime(timezone=True)),
    CheckConstraint(one_of("allowance", _values(Allowance)), name="allowance"),
    CheckConstraint("decided_by <> asked_by", name="second_person"),
    CheckConstraint(
        "(approved is null) = (decided_by is null) and (decided_by is null) = (decided_at is null) "
        "and (used_at is null or approved)",
        name="decided_by_somebody",
    ),
    CheckConstraint(
        f"length(reason) between {SHORTEST_REASON} and {LONGEST_REASON} and length(what) between 1 and 100 "
        "and cases >= 0",
        name="lengths",
    ),
    Index("ix_read_approval_office", "office_id", text("id desc")),
    Index("ix_read_approval_asked", "asked_by", "day", "id"),
)
