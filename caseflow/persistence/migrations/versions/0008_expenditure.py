"""Expenditure: appropriations, commitments, payments approved by another person. Nothing in it can name income.

What was ordered never exceeds its commitment and what was committed never its appropriation (the quota account of
migration 0004 cannot go below zero); nothing is committed after a lapse; each act is done by its role; and at the end of a
transaction every transfer of expenditure has the act it belongs to, so that no payment is without an order that another
person approved. One person holds not both cashier and payer; an administrator holds nothing else.

Revision: 0008
Follows: 0006
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

WITHOUT_TRANSFER = ("payment_order", "payment_decision")
WITHOUT_ID = ("payment_decision", "payment_given_back")
ROLES = "'officer', 'reviewer', 'approver', 'cashier', 'liaison', 'auditor', 'supervisor', 'administrator'"

ROLES_APART = """
create function keep_roles_apart() returns trigger language plpgsql as $$
declare roles text[];
begin
  -- Two grants to one person at once wait for one another.
  perform pg_advisory_xact_lock(7705, new.staff_id);
  select array_agg(role) into roles from staff_role where staff_id = new.staff_id;
  if roles @> '{cashier, payer}' or ('administrator' = any(roles) and cardinality(roles) > 1) then
    raise exception 'staff % may not hold the roles %', new.staff_id, roles
      using errcode = '23514', constraint = 'staff_role_apart';
  end if;
  return null;
end $$
"""

DONE_BY_ROLE = """
create function done_by_role() returns trigger language plpgsql as $$
begin
  if not exists (select from staff s join staff_role r on r.staff_id = s.id where s.id = new.done_by
                  and s.office_id = new.office_id and s.active and r.role = tg_argv[0]) then
    raise exception 'staff % is no % of office %', new.done_by, tg_argv[0], new.office_id
      using errcode = '23514', constraint = 'spending_by_role';
  end if;
  return new;
end $$
"""

# A lapse and a commitment wait for one another, so that none comes after the other unseen.
GUARD_LAPSE = """
create function guard_appropriation_lapse() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7706, (new.appropriation_id % 2147483647)::integer);
  return new;
end $$
"""

GUARD_COMMITMENT = """
create function guard_commitment() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7706, (new.appropriation_id % 2147483647)::integer);
  if exists (select from appropriation_lapse l where l.appropriation_id = new.appropriation_id) then
    raise exception 'what was left of appropriation % has lapsed', new.appropriation_id
      using errcode = '23514', constraint = 'commitment_before_lapse';
  end if;
  select coalesce(max(serial), 0) + 1 into new.serial from commitment where appropriation_id = new.appropriation_id;
  return new;
end $$
"""

COMMITMENT_OPEN = """
create function commitment_open_fen(wanted bigint) returns bigint language sql stable as $$
  select (c.amount_fen
       - coalesce((select sum(r.amount_fen) from commitment_release r where r.commitment_id = c.id), 0)
       - coalesce((select sum(o.amount_fen) from payment_order o
                     left join payment_decision d on d.order_id = o.id
                     left join payment_given_back g on g.order_id = o.id
                    where o.commitment_id = c.id and d.decision is distinct from 'refused' and g.order_id is null),
                  0))::bigint
    from commitment c where c.id = wanted
$$
"""

GUARD_USE = """
create function guard_use_of_commitment() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7707, (new.commitment_id % 2147483647)::integer);
  if new.amount_fen > commitment_open_fen(new.commitment_id) then
    raise exception 'commitment % has not so much left', new.commitment_id
      using errcode = '23514', constraint = 'commitment_covers';
  end if;
  if tg_table_name = 'payment_order' then
    select coalesce(max(serial), 0) + 1 into new.serial from payment_order where commitment_id = new.commitment_id;
  end if;
  return new;
end $$
"""

# Which transfer each act makes; null stands for the one account of the chart that the closed list of moves leaves open.
ACTS = """
create view spending_act (transfer_id, office_id, operation, amount_fen, debit_id, credit_id, done_by, done_on, reverses_id) as
  select transfer_id, office_id, 'appropriate', amount_fen, quota_id, null::integer, done_by, done_on, null::bigint
    from appropriation
  union all
  select l.transfer_id, l.office_id, 'lapse', l.amount_fen, null, a.quota_id, l.done_by, l.done_on, null
    from appropriation_lapse l join appropriation a on a.id = l.appropriation_id
  union all
  select c.transfer_id, c.office_id, 'commit', c.amount_fen, a.committed_id, a.quota_id, c.done_by, c.done_on, null
    from commitment c join appropriation a on a.id = c.appropriation_id
  union all
  select r.transfer_id, r.office_id, 'release', r.amount_fen, a.quota_id, a.committed_id, r.done_by, r.done_on, null
    from commitment_release r join appropriation a on a.id = r.appropriation_id
  union all
  select d.transfer_id, d.office_id, 'pay', o.amount_fen, null, a.committed_id, d.done_by, d.done_on, null
    from payment_decision d join payment_order o on o.id = d.order_id join appropriation a on a.id = o.appropriation_id
  union all
  select g.transfer_id, g.office_id, 'pay', o.amount_fen, a.committed_id, null, g.done_by, g.done_on, d.transfer_id
    from payment_given_back g join payment_decision d on d.order_id = g.order_id
    join payment_order o on o.id = g.order_id join appropriation a on a.id = o.appropriation_id
"""

TRANSFER_HAS_ITS_ACT = """
create function transfer_has_its_act() returns trigger language plpgsql as $$
begin
  if not exists (select from spending_act s where s.transfer_id = new.id and s.office_id = new.office_id
       and s.operation = new.operation and s.amount_fen = new.amount_fen and s.done_by = new.actor_id
       and s.done_on = new.booked_on and s.reverses_id is not distinct from new.reverses_id
       and coalesce(s.debit_id, new.debit_id) = new.debit_id
       and coalesce(s.credit_id, new.credit_id) = new.credit_id) then
    raise exception 'transfer % of expenditure belongs to no act', new.id
      using errcode = '23514', constraint = 'transfer_has_its_act';
  end if;
  return null;
end $$
"""

BY_ROLE = {
    "appropriation": "supervisor",
    "appropriation_lapse": "supervisor",
    "commitment": "payer",
    "commitment_release": "payer",
    "payment_order": "payer",
    "payment_decision": "approver",
    "payment_given_back": "payer",
}
GUARDS = {
    "appropriation_lapse": "guard_appropriation_lapse",
    "commitment": "guard_commitment",
    "commitment_release": "guard_use_of_commitment",
    "payment_order": "guard_use_of_commitment",
}


def _columns(**kinds: Any) -> list[Any]:
    return [sa.Column(name, kind(), nullable=False) for name, kind in kinds.items()]


def _act(table: str) -> list[Any]:
    """Return the columns and constraints that every act shares."""
    parts: list[Any] = [
        *_columns(office_id=sa.Integer, done_on=sa.Date, done_by=sa.Integer),
        sa.Column("done_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        *_columns(idempotency_key=sa.Text, request_hash=sa.LargeBinary, event_key=sa.Text),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f(f"fk_{table}_office_id")),
        sa.ForeignKeyConstraint(["done_by"], ["staff.id"], name=op.f(f"fk_{table}_done_by")),
        sa.ForeignKeyConstraint(["event_key"], ["audit_event.key"], name=op.f(f"fk_{table}_event_key")),
        sa.UniqueConstraint("idempotency_key", name=op.f(f"uq_{table}_idempotency_key")),
        sa.UniqueConstraint("event_key", name=op.f(f"uq_{table}_event_key")),
    ]
    if table not in WITHOUT_ID:
        parts += [
            sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.Column("amount_fen", sa.BigInteger(), nullable=False),
            sa.CheckConstraint("amount_fen > 0", name=op.f(f"ck_{table}_amount_above_zero")),
        ]
    if table not in WITHOUT_TRANSFER:
        parts += [
            sa.Column("transfer_id", sa.BigInteger(), nullable=False),
            sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f(f"fk_{table}_transfer_id")),
            sa.UniqueConstraint("transfer_id", name=op.f(f"uq_{table}_transfer_id")),
        ]
    return parts


def _tables() -> None:
    op.create_table(
        "appropriation",
        *_columns(year=sa.Integer),
        sa.Column("serial", sa.SmallInteger(), nullable=False),
        *_columns(paper=sa.Text, purpose=sa.Text, quota_id=sa.Integer, committed_id=sa.Integer),
        sa.CheckConstraint(
            "length(paper) between 1 and 100 and length(purpose) between 1 and 200",
            name=op.f("ck_appropriation_lengths"),
        ),
        sa.CheckConstraint("serial > 0", name=op.f("ck_appropriation_serial_positive")),
        sa.CheckConstraint(
            "year - extract(year from done_on) in (0, 1)", name=op.f("ck_appropriation_this_year_or_next")
        ),
        sa.ForeignKeyConstraint(["committed_id"], ["account.id"], name=op.f("fk_appropriation_committed_id")),
        sa.ForeignKeyConstraint(["quota_id"], ["account.id"], name=op.f("fk_appropriation_quota_id")),
        sa.UniqueConstraint("committed_id", name=op.f("uq_appropriation_committed_id")),
        sa.UniqueConstraint("id", "office_id", "year", name="uq_appropriation_year"),
        sa.UniqueConstraint("office_id", "paper", "purpose", name="uq_appropriation_paper"),
        sa.UniqueConstraint("office_id", "year", "serial", name="uq_appropriation_number"),
        sa.UniqueConstraint("quota_id", name=op.f("uq_appropriation_quota_id")),
        *_act("appropriation"),
    )
    op.create_index(
        "ix_appropriation_newest", "appropriation", ["office_id", sa.literal_column("id desc")], unique=False
    )
    op.create_table(
        "appropriation_lapse",
        *_columns(appropriation_id=sa.BigInteger, year=sa.Integer, document=sa.Text, reason=sa.Text),
        sa.CheckConstraint(
            "length(document) between 1 and 100 and length(reason) between 1 and 200",
            name=op.f("ck_appropriation_lapse_lengths"),
        ),
        sa.ForeignKeyConstraint(
            ["appropriation_id", "office_id", "year"],
            ["appropriation.id", "appropriation.office_id", "appropriation.year"],
            name="fk_appropriation_lapse_appropriation",
        ),
        *_act("appropriation_lapse"),
    )
    op.create_index(
        "ix_appropriation_lapse_appropriation", "appropriation_lapse", ["appropriation_id", "id"], unique=False
    )
    op.create_table(
        "commitment",
        *_columns(appropriation_id=sa.BigInteger, year=sa.Integer, serial=sa.Integer, payee=sa.Text, purpose=sa.Text),
        sa.Column("document", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("extract(year from done_on) = year", name=op.f("ck_commitment_in_its_year")),
        sa.CheckConstraint(
            "length(payee) between 1 and 200 and length(purpose) between 1 and 200 and length(document) <= 100",
            name=op.f("ck_commitment_lengths"),
        ),
        sa.ForeignKeyConstraint(
            ["appropriation_id", "office_id", "year"],
            ["appropriation.id", "appropriation.office_id", "appropriation.year"],
            name="fk_commitment_appropriation",
        ),
        sa.UniqueConstraint("appropriation_id", "serial", name="uq_commitment_number"),
        sa.UniqueConstraint("id", "office_id", "appropriation_id", "done_by", name="uq_commitment_who"),
        *_act("commitment"),
    )
    op.create_index(
        "ix_commitment_newest", "commitment", ["appropriation_id", sa.literal_column("id desc")], unique=False
    )
    op.create_table(
        "commitment_release",
        *_columns(commitment_id=sa.BigInteger, appropriation_id=sa.BigInteger, committed_by=sa.Integer, reason=sa.Text),
        sa.CheckConstraint("length(reason) between 1 and 200", name=op.f("ck_commitment_release_lengths")),
        sa.ForeignKeyConstraint(
            ["commitment_id", "office_id", "appropriation_id", "committed_by"],
            ["commitment.id", "commitment.office_id", "commitment.appropriation_id", "commitment.done_by"],
            name="fk_commitment_release_commitment",
        ),
        *_act("commitment_release"),
    )
    op.create_index("ix_commitment_release_commitment", "commitment_release", ["commitment_id", "id"], unique=False)
    op.create_table(
        "payment_order",
        *_columns(
            commitment_id=sa.BigInteger,
            appropriation_id=sa.BigInteger,
            committed_by=sa.Integer,
            serial=sa.Integer,
            document=sa.Text,
            payee_account=sa.Text,
            payee_bank=sa.Text,
        ),
        sa.CheckConstraint(
            "length(document) between 1 and 100 and length(payee_account) between 1 and 100 and length(payee_bank) between 1 and 200",
            name=op.f("ck_payment_order_lengths"),
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id", "office_id", "appropriation_id", "committed_by"],
            ["commitment.id", "commitment.office_id", "commitment.appropriation_id", "commitment.done_by"],
            name="fk_payment_order_commitment",
        ),
        sa.UniqueConstraint("commitment_id", "serial", name="uq_payment_order_number"),
        sa.UniqueConstraint("id", "office_id", "committed_by", "done_by", name="uq_payment_order_who"),
        *_act("payment_order"),
    )
    op.create_index(
        "ix_payment_order_appropriation",
        "payment_order",
        ["appropriation_id", sa.literal_column("id desc")],
        unique=False,
    )
    op.create_index(
        "ix_payment_order_newest", "payment_order", ["office_id", sa.literal_column("id desc")], unique=False
    )
    op.create_table(
        "payment_decision",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *_columns(committed_by=sa.Integer, prepared_by=sa.Integer, decision=sa.Text),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(decision = 'paid') = (transfer_id is not null)", name=op.f("ck_payment_decision_paid_by_a_transfer")
        ),
        sa.CheckConstraint(
            "(decision = 'refused') = (length(reason) between 1 and 200)",
            name=op.f("ck_payment_decision_refused_for_a_reason"),
        ),
        sa.CheckConstraint("decision in ('paid', 'refused')", name=op.f("ck_payment_decision_decision")),
        sa.CheckConstraint(
            "done_by not in (committed_by, prepared_by)", name=op.f("ck_payment_decision_another_person")
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "office_id", "committed_by", "prepared_by"],
            ["payment_order.id", "payment_order.office_id", "payment_order.committed_by", "payment_order.done_by"],
            name="fk_payment_decision_order",
        ),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_payment_decision_transfer_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_payment_decision")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_payment_decision_transfer_id")),
        *_act("payment_decision"),
    )
    op.create_table(
        "payment_given_back",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *_columns(document=sa.Text, reason=sa.Text),
        sa.CheckConstraint(
            "length(document) between 1 and 100 and length(reason) between 1 and 200",
            name=op.f("ck_payment_given_back_lengths"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["payment_decision.order_id"], name=op.f("fk_payment_given_back_order_id")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_payment_given_back")),
        *_act("payment_given_back"),
    )


def upgrade() -> None:
    """Apply."""
    op.drop_constraint("ck_staff_role_role", "staff_role")
    op.create_check_constraint(op.f("ck_staff_role_role"), "staff_role", f"role in ({ROLES}, 'payer')")
    op.execute(ROLES_APART)
    op.execute(
        "create trigger keep_apart after insert or update on staff_role "
        "for each row execute function keep_roles_apart()"
    )
    _tables()
    for function in (
        DONE_BY_ROLE, GUARD_LAPSE, GUARD_COMMITMENT, COMMITMENT_OPEN, GUARD_USE, ACTS, TRANSFER_HAS_ITS_ACT,
    ):  # fmt: skip
        op.execute(function)
    for table, guard in GUARDS.items():
        op.execute(f"create trigger guard before insert on {table} for each row execute function {guard}()")
    for table, role in BY_ROLE.items():
        op.execute(
            f"create trigger by_role before insert on {table} for each row execute function done_by_role('{role}')"
        )
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    op.execute(
        "create constraint trigger has_its_act after insert on transfer deferrable initially deferred "
        "for each row when (new.line = 'expenditure') execute function transfer_has_its_act()"
    )
    readers = "caseflow_application, caseflow_spending, caseflow_auditor"
    op.execute(f"grant select on {', '.join(BY_ROLE)}, spending_act to {readers}")
    # Whoever spends has no use for the receipts of income.
    op.execute("revoke select on receipt_lot, receipt from caseflow_spending")
    op.execute(f"grant insert on {', '.join(BY_ROLE)} to caseflow_spending")


def downgrade() -> None:
    """Take back."""
    op.execute("drop trigger has_its_act on transfer")
    op.execute("drop view spending_act")
    for table in reversed(BY_ROLE):
        op.drop_table(table)
    for function in (*dict.fromkeys(GUARDS.values()), "done_by_role", "transfer_has_its_act"):
        op.execute(f"drop function {function}()")
    op.execute("drop function commitment_open_fen(bigint)")
    op.execute("drop trigger keep_apart on staff_role")
    op.execute("drop function keep_roles_apart()")
    op.drop_constraint("ck_staff_role_role", "staff_role")
    op.create_check_constraint(op.f("ck_staff_role_role"), "staff_role", f"role in ({ROLES})")
