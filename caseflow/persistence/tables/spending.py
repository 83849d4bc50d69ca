"""Expenditure: appropriations, commitments, payment orders and what was decided about them. Every table only grows.

No table names a case, a receipt or anything of income: there is no such column. What is carried along by foreign keys
(who committed, who prepared) lets a constraint say that the approver is a third person. The triggers (migration 0008)
hold what constraints cannot: no order beyond its commitment, nothing committed after a lapse, each act by its role, and
no transfer of expenditure without the act it belongs to.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
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

from caseflow.persistence.tables.base import big_id, metadata, one_of

DECISIONS = ("paid", "refused")


def _act(*, moves_money: bool = True) -> list[Any]:
    """Return the columns every act shares: office, who, when, its key, its event, the transfer it makes."""
    columns = [
        Column("office_id", ForeignKey("office.id"), nullable=False),
        Column("done_on", Date, nullable=False),
        Column("done_by", ForeignKey("staff.id"), nullable=False),
        Column("done_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("idempotency_key", Text, nullable=False, unique=True),
        Column("request_hash", LargeBinary, nullable=False),
        Column("event_key", ForeignKey("audit_event.key"), nullable=False, unique=True),
    ]
    if moves_money:
        columns.append(Column("transfer_id", ForeignKey("transfer.id"), nullable=False, unique=True))
    return columns


def _amount() -> list[Any]:
    return [
        Column("amount_fen", BigInteger, nullable=False),
        CheckConstraint("amount_fen > 0", name="amount_above_zero"),
    ]


appropriation = Table(
    "appropriation",
    metadata,
    big_id(),
    Column("year", Integer, nullable=False),
    Column("serial", SmallInteger, nullable=False),
    Column("paper", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    *_amount(),
    Column("quota_id", ForeignKey("account.id"), nullable=False, unique=True),
    Column("committed_id", ForeignKey("account.id"), nullable=False, unique=True),
    *_act(),
    UniqueConstraint("office_id", "year", "serial", name="uq_appropriation_number"),
    UniqueConstraint("office_id", "paper", "purpose", name="uq_appropriation_paper"),
    UniqueConstraint("id", "office_id", "year", name="uq_appropriation_year"),
    CheckConstraint("serial > 0", name="serial_positive"),
    CheckConstraint("year - extract(year from done_on) in (0, 1)", name="this_year_or_next"),
    CheckConstraint("length(paper) between 1 and 100 and length(purpose) between 1 and 200", name="lengths"),
    Index("ix_appropriation_newest", "office_id", text("id desc")),
)

appropriation_lapse = Table(
    "appropriation_lapse",
    metadata,
    big_id(),
    Column("appropriation_id", BigInteger, nullable=False),
    Column("year", Integer, nullable=False),
    *_amount(),
    Column("document", Text, nullable=False),
    Column("reason", Text, nullable=False),
    *_act(),
    ForeignKeyConstraint(
        ["appropriation_id", "office_id", "year"],
        ["appropriation.id", "appropriation.office_id", "appropriation.year"],
        name="fk_appropriation_lapse_appropriation",
    ),
    CheckConstraint("length(document) between 1 and 100 and length(reason) between 1 and 200", name="lengths"),
    Index("ix_appropriation_lapse_appropriation", "appropriation_id", "id"),
)

commitment = Table(
    "commitment",
    metadata,
    big_id(),
    Column("appropriation_id", BigInteger, nullable=False),
    Column("year", Integer, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("payee", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("document", Text, nullable=False, server_default=""),
    *_amount(),
    *_act(),
    ForeignKeyConstraint(
        ["appropriation_id", "office_id", "year"],
        ["appropriation.id", "appropriation.office_id", "appropriation.year"],
        name="fk_commitment_appropriation",
    ),
    UniqueConstraint("appropriation_id", "serial", name="uq_commitment_number"),
    UniqueConstraint("id", "office_id", "appropriation_id", "done_by", name="uq_commitment_who"),
    CheckConstraint("extract(year from done_on) = year", name="in_its_year"),
    CheckConstraint(
        "length(payee) between 1 and 200 and length(purpose) between 1 and 200 and length(document) <= 100",
        name="lengths",
    ),
    Index("ix_commitment_newest", "appropriation_id", text("id desc")),
)

commitment_release = Table(
    "commitment_release",
    metadata,
    big_id(),
    Column("commitment_id", BigInteger, nullable=False),
    Column("appropriation_id", BigInteger, nullable=False),
    Column("committed_by", Integer, nullable=False),
    *_amount(),
    Column("reason", Text, nullable=False),
    *_act(),
    ForeignKeyConstraint(
        ["commitment_id", "office_id", "appropriation_id", "committed_by"],
        ["commitment.id", "commitment.office_id", "commitment.appropriation_id", "commitment.done_by"],
        name="fk_commitment_release_commitment",
    ),
    CheckConstraint("length(reason) between 1 and 200", name="lengths"),
    Index("ix_commitment_release_commitment", "commitment_id", "id"),
)

payment_order = Table(
    "payment_order",
    metadata,
    big_id(),
    Column("commitment_id", BigInteger, nullable=False),
    Column("appropriation_id", BigInteger, nullable=False),
    Column("committed_by", Integer, nullable=False),
    Column("serial", Integer, nullable=False),
    *_amount(),
    Column("document", Text, nullable=False),
    Column("payee_account", Text, nullable=False),
    Column("payee_bank", Text, nullable=False),
    *_act(moves_money=False),
    ForeignKeyConstraint(
        ["commitment_id", "office_id", "appropriation_id", "committed_by"],
        ["commitment.id", "commitment.office_id", "commitment.appropriation_id", "commitment.done_by"],
        name="fk_payment_order_commitment",
    ),
    UniqueConstraint("commitment_id", "serial", name="uq_payment_order_number"),
    UniqueConstraint("id", "office_id", "committed_by", "done_by", name="uq_payment_order_who"),
    CheckConstraint(
        "length(document) between 1 and 100 and length(payee_account) between 1 and 100 "
        "and length(payee_bank) between 1 and 200",
        name="lengths",
    ),
    Index("ix_payment_order_newest", "office_id", text("id desc")),
    Index("ix_payment_order_appropriation", "appropriation_id", text("id desc")),
)

payment_decision = Table(
    "payment_decision",
    metadata,
    Column("order_id", BigInteger, primary_key=True, autoincrement=False),
    Column("committed_by", Integer, nullable=False),
    Column("prepared_by", Integer, nullable=False),
    Column("decision", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("transfer_id", ForeignKey("transfer.id"), unique=True),
    *_act(moves_money=False),
    ForeignKeyConstraint(
        ["order_id", "office_id", "committed_by", "prepared_by"],
        ["payment_order.id", "payment_order.office_id", "payment_order.committed_by", "payment_order.done_by"],
        name="fk_payment_decision_order",
    ),
    CheckConstraint(one_of("decision", DECISIONS), name="decision"),
    CheckConstraint("done_by not in (committed_by, prepared_by)", name="another_person"),
    CheckConstraint("(decision = 'paid') = (transfer_id is not null)", name="paid_by_a_transfer"),
    CheckConstraint("(decision = 'refused') = (length(reason) between 1 and 200)", name="refused_for_a_reason"),
)

payment_given_back = Table(
    "payment_given_back",
    metadata,
    Column("order_id", BigInteger, ForeignKey("payment_decision.order_id"), primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("reason", Text, nullable=False),
    *_act(),
    CheckConstraint("length(document) between 1 and 100 and length(reason) between 1 and 200", name="lengths"),
)
