"""Reminders and their delivery: rungs that took effect, mail, mutes, substitutes, feeds, and the pulse of the jobs."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from caseflow.persistence.tables.base import big_id, metadata, one_of

# Moot: everything in it was settled before it could go out.
MAIL_STATES = ("pending", "sent", "dead", "moot")

# One row a rung of a clock and due date: a moved due date begins a ladder of its own.
reminder = Table(
    "reminder",
    metadata,
    big_id(),
    Column("clock_id", ForeignKey("clock.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("rung", Text, nullable=False),
    Column("ladder", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("addressee", Text, nullable=False),
    Column("escalates", Boolean, nullable=False),
    Column("swept_on", Date, nullable=False),
    Column("swept_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    UniqueConstraint("clock_id", "due_on", "rung"),
    CheckConstraint(one_of("addressee", ("owner", "supervisor", "office_head")), name="addressee"),
    CheckConstraint("day <= swept_on", name="not_early"),
    Index("ix_reminder_case", "case_id", "id"),
)

mail = Table(
    "mail",
    metadata,
    big_id(),
    Column("key", Text, nullable=False, unique=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("sent_at", DateTime(timezone=True)),
    CheckConstraint(one_of("kind", ("notice", "digest")), name="kind"),
    CheckConstraint(one_of("state", MAIL_STATES), name="state"),
    CheckConstraint("(state = 'sent') = (sent_at is not null)", name="sent_has_a_moment"),
    Index("ix_mail_pending", "due_at", "id", postgresql_where=text("state = 'pending'")),
    Index("ix_mail_dead", "id", postgresql_where=text("state = 'dead'")),
)

reminder_mute = Table(
    "reminder_mute",
    metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("ladder", Text, primary_key=True),
    Column("rung", Text, primary_key=True),
    Column("muted_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("rung <> 'ran_out'", name="the_end_of_a_limit_is_heard"),
)

substitution = Table(
    "substitution",
    metadata,
    big_id(),
    Column("office_id", ForeignKey("office.id"), nullable=False),
    Column("away_id", ForeignKey("staff.id"), nullable=False),
    Column("substitute_id", ForeignKey("staff.id"), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", ForeignKey("staff.id"), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("ended_on", Date),
    Column("ended_by", ForeignKey("staff.id")),
    Column("idempotency_key", Text, nullable=False, unique=True),
    CheckConstraint("away_id <> substitute_id", name="somebody_else"),
    CheckConstraint("until_on between from_on and from_on + 366", name="time_boxed"),
    CheckConstraint("(ended_on is null) = (ended_by is null)", name="ended_by_somebody"),
    CheckConstraint("length(reason) between 1 and 500", name="reason_length"),
    Index("ix_substitution_away", "away_id", "until_on"),
    Index("ix_substitution_substitute", "substitute_id", "until_on"),
    Index("ix_substitution_office", "office_id", text("id desc")),
)

calendar_feed = Table(
    "calendar_feed",
    metadata,
    big_id(),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    # Only the SHA-256 of the secret address: who reads the database cannot read the feed.
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("revoked_at", DateTime(timezone=True)),
    CheckConstraint("octet_length(secret_hash) = 32", name="hash_length"),
    Index("uq_calendar_feed_live", "staff_id", unique=True, postgresql_where=text("revoked_at is null")),
)

# When each kind of job last did its round, and what it said.
heartbeat = Table(
    "heartbeat",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    Column("rounds", BigInteger, nullable=False, server_default="1"),
)
