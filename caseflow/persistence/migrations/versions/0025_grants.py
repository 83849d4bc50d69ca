"""Grants of two persons, codes to enrol with, recusals; and what of the separation of duties the database sees.

A role stands in ``staff_role`` only by a grant that one person proposed and another confirmed, or by set-up: by the owner
of the tables (the command line of whoever runs the server), or, in a database that is not production, together with
the person who is added. Nobody who has a part in a case by one role takes a step of it by a role kept apart from it.

Revision: 0025
Follows: 0024
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ROLES = "'officer', 'reviewer', 'approver', 'cashier', 'payer', 'liaison', 'auditor', 'supervisor', 'administrator'"
_HEAD = "language plpgsql set search_path = pg_catalog, public, pg_temp as $$"
_WAITING = "confirmed_at is null and refused_at is null"
_HELD = "kind = 'role' and confirmed_at is not null and withdrawn_at is null"

# Whoever owns the tables runs the server. The application sets a person up only where nothing is real, and whole.
SETS_UP = f"""
create function sets_up(person integer) returns boolean {_HEAD}
begin
  return current_user not in ('caseflow_application', 'caseflow_spending', 'caseflow_auditor')
      or (not exists (select from installation where kind = 'production')
          and exists (select from staff s where s.id = person and s.created_at = now()));
end $$
"""
ANOTHER_CONFIRMS = f"""
create function may_confirm_grant(who integer, g role_grant) returns boolean {_HEAD}
begin
  return exists (
    select from staff s join staff_role r on r.staff_id = s.id
     where s.id = who and s.office_id = g.office_id and s.active and who not in (g.proposed_by, g.staff_id)
       and (r.role = 'administrator'
            or r.role = 'supervisor' and not exists (
                 select from staff o join staff_role a on a.staff_id = o.id and a.role = 'administrator'
                  where o.office_id = g.office_id and o.active and o.id not in (g.proposed_by, g.staff_id))));
end $$
"""
GUARD_GRANT = f"""
create function guard_role_grant() returns trigger {_HEAD}
declare decided text[] := array[
  'confirmed_by', 'confirmed_at', 'refused_by', 'refused_at', 'withdrawn_by', 'withdrawn_at'];
begin
  if tg_op = 'DELETE' then
    raise exception 'a grant stays on the list' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if not exists (select from staff s where s.id = new.staff_id and s.office_id = new.office_id) then
      raise exception 'a grant is made within one office' using errcode = '23514', constraint = 'role_grant_office';
    end if;
    if new.source = 'set_up' then
      if not sets_up(new.staff_id) then
        raise exception 'only whoever runs the server sets up staff'
          using errcode = '42501', constraint = 'role_grant_set_up';
      end if;
    elsif new.confirmed_at is not null or new.refused_at is not null or new.withdrawn_at is not null
       or not exists (select from staff s join staff_role r on r.staff_id = s.id where s.id = new.proposed_by
                       and s.office_id = new.office_id and s.active and r.role = 'administrator') then
      raise exception 'a grant is proposed by an administrator of the office, and decided on afterwards'
        using errcode = '23514', constraint = 'role_grant_proposed';
    end if;
    return new;
  end if;
  if (to_jsonb(new) - decided) <> (to_jsonb(old) - decided) then
    raise exception 'what was proposed stays' using errcode = '42501', constraint = 'role_grant_stays';
  end if;
  if old.refused_at is not null or old.withdrawn_at is not null
     or (old.confirmed_at is not null and (new.confirmed_by, new.confirmed_at) is distinct from
                                          (old.confirmed_by, old.confirmed_at)) then
    raise exception 'what was decided stays' using errcode = '42501', constraint = 'role_grant_stays';
  end if;
  if old.confirmed_at is null and new.confirmed_at is not null then
    if new.withdrawn_at is not null or not may_confirm_grant(new.confirmed_by, new) then
      raise exception 'a grant is confirmed by another administrator, or a supervisor where there is none'
        using errcode = '42501', constraint = 'role_grant_confirmed';
    end if;
    new.confirmed_at := clock_timestamp();
  end if;
  if new.refused_at is not null and not exists (select from staff s where s.id = new.refused_by and s.active
                                                   and s.office_id = new.office_id) then
    raise exception 'a grant is refused within the office' using errcode = '42501', constraint = 'role_grant_refused';
  end if;
  return new;
end $$
"""
GUARD_ROLE = f"""
create function guard_staff_role() returns trigger {_HEAD}
begin
  if exists (select from role_grant g where g.staff_id = new.staff_id and g.role = new.role and {_HELD}) then
    return new;
  end if;
  if not sets_up(new.staff_id) then
    raise exception 'staff % was not granted the role % by two persons', new.staff_id, new.role
      using errcode = '42501', constraint = 'staff_role_granted';
  end if;
  insert into role_grant (office_id, staff_id, kind, role, source, confirmed_at)
  select s.office_id, s.id, 'role', new.role, 'set_up', clock_timestamp() from staff s where s.id = new.staff_id;
  return new;
end $$
"""
GUARD_STAFF = f"""
create function guard_staff() returns trigger {_HEAD}
begin
  if (new.id, new.created_at) is distinct from (old.id, old.created_at) then
    raise exception 'who somebody is stays' using errcode = '42501', constraint = 'staff_stays';
  end if;
  if old.active and not new.active then
    new.left_at := clock_timestamp();
  elsif new.left_at is distinct from old.left_at then
    raise exception 'when somebody left stays' using errcode = '42501', constraint = 'staff_stays';
  end if;
  if new.active and not old.active and not sets_up(new.id) and not exists (
       select from role_grant g where g.staff_id = new.id and g.confirmed_at is not null and g.withdrawn_at is null
          and (old.left_at is null or g.kind = 'return' and g.confirmed_at > old.left_at)) then
    raise exception 'two persons let somebody in' using errcode = '42501', constraint = 'staff_let_in';
  end if;
  return new;
end $$
"""
GUARD_ENROLMENT = f"""
create function guard_enrolment() returns trigger {_HEAD}
begin
  if tg_op = 'DELETE' then
    raise exception 'a code stays on the list' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    new.issued_at := clock_timestamp();
    -- Whoever confirmed, in this transaction, that a person is let in has the code; nobody else.
    if not sets_up(new.staff_id) and not exists (
         select from role_grant g where g.staff_id = new.staff_id and g.confirmed_by = new.issued_by
            and g.confirmed_at >= now() and g.withdrawn_at is null) then
      raise exception 'a code follows what two persons agreed' using errcode = '42501', constraint = 'enrolment_granted';
    end if;
    if new.used_at is not null or new.failures <> 0 then
      raise exception 'a code is new when it is issued' using errcode = '23514', constraint = 'enrolment_new';
    end if;
    return new;
  end if;
  if (to_jsonb(new) - array['used_at', 'failures']) <> (to_jsonb(old) - array['used_at', 'failures'])
     or old.used_at is not null or new.failures < old.failures
     or new.used_at is not null and (old.failures >= 5 or old.expires_at < clock_timestamp()) then
    raise exception 'a code is used once, and in time' using errcode = '42501', constraint = 'enrolment_used_once';
  end if;
  return new;
end $$
"""
# Waits for a step that is being written, so that whoever is recused takes none unseen.
GUARD_RECUSAL = f"""
create function guard_recusal() returns trigger {_HEAD}
begin
  if tg_op <> 'INSERT' then
    raise exception 'a recusal stays' using errcode = '42501';
  end if;
  perform from cases c where c.id = new.case_id and c.office_id = new.office_id for update;
  if not found
     or not exists (select from staff s where s.id = new.staff_id and s.office_id = new.office_id)
     or not exists (select from staff s join staff_role r on r.staff_id = s.id where s.id = new.recorded_by
                     and s.office_id = new.office_id and s.active and r.role = 'supervisor') then
    raise exception 'a supervisor of the office records who takes no part in a case of it'
      using errcode = '23514', constraint = 'recusal_recorded';
  end if;
  return new;
end $$
"""
# The role that a person has had in a case keeps them from those apart from it; whoever decided takes no money.
KEEP_DUTIES_APART = f"""
create function keep_duties_apart() returns trigger {_HEAD}
begin
  if exists (select from recusal q where q.case_id = new.case_id and q.staff_id = new.actor_id) then
    raise exception 'staff % is recused from case %', new.actor_id, new.case_id
      using errcode = '23514', constraint = 'step_recused';
  end if;
  if new.role in ('officer', 'reviewer', 'approver') and exists (
       select from step s where s.case_id = new.case_id and s.actor_id = new.actor_id and not s.reported
          and s.role in ('officer', 'reviewer', 'approver') and s.role <> new.role) then
    raise exception 'who investigates, reviews and approves in case % are three persons', new.case_id
      using errcode = '23514', constraint = 'step_duties_apart';
  end if;
  if new.role = 'cashier' and exists (
       select from step s join cases c on c.id = s.case_id
         join workflow_definition d on d.content_hash = c.definition_hash
        where s.case_id = new.case_id and s.actor_id = new.actor_id and not s.reported
          and d.body -> 'steps' -> s.trigger ->> 'levies' = 'true') then
    raise exception 'who decided in case % does not take its money', new.case_id
      using errcode = '23514', constraint = 'step_duties_apart';
  end if;
  return new;
end $$
"""
FUNCTIONS = {
    "sets_up(integer)": SETS_UP,
    "may_confirm_grant(integer, role_grant)": ANOTHER_CONFIRMS,
    "guard_role_grant()": GUARD_GRANT,
    "guard_staff_role()": GUARD_ROLE,
    "guard_staff()": GUARD_STAFF,
    "guard_enrolment()": GUARD_ENROLMENT,
    "guard_recusal()": GUARD_RECUSAL,
    "keep_duties_apart()": KEEP_DUTIES_APART,
}


def upgrade() -> None:
    """Apply."""
    op.add_column("staff", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    _role_grant()
    _enrolment()
    _recusal()
    # Whoever holds a role already was set up with it.
    op.execute(
        "insert into role_grant (office_id, staff_id, kind, role, source, confirmed_at) "
        "select s.office_id, s.id, 'role', r.role, 'set_up', clock_timestamp() "
        "from staff_role r join staff s on s.id = r.staff_id order by s.id, r.role"
    )
    for function in FUNCTIONS.values():
        op.execute(function)
    _triggers()
    op.execute("grant select, insert on role_grant, enrolment, recusal to caseflow_application")
    op.execute(
        "grant update (confirmed_by, confirmed_at, refused_by, refused_at, withdrawn_by, withdrawn_at) on role_grant "
        "to caseflow_application"
    )
    op.execute("grant update (used_at, failures) on enrolment to caseflow_application")
    # A role that is withdrawn goes at once.
    op.execute("grant delete on staff_role to caseflow_application")
    op.execute("grant select on role_grant, recusal to caseflow_auditor")


def _triggers() -> None:
    every = "before insert or update or delete"
    for table in ("role_grant", "enrolment", "recusal"):
        op.execute(f"create trigger guard {every} on {table} for each row execute function guard_{table}()")
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    op.execute(
        "create trigger granted before insert or update on staff_role for each row execute function guard_staff_role()"
    )
    op.execute("create trigger guard before update on staff for each row execute function guard_staff()")
    op.execute(
        "create trigger duties_apart before insert on step for each row when (not new.reported) "
        "execute function keep_duties_apart()"
    )


def _at(name: str, *, now: bool = False) -> sa.Column[Any]:
    default = sa.text("clock_timestamp()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=not now)


def _staff(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [sa.ForeignKeyConstraint([one], ["staff.id"], name=op.f(f"fk_{table}_{one}")) for one in columns]


def _checks(table: str, **rules: str) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()]


def _role_grant() -> None:
    op.create_table(
        "role_grant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        _at("proposed_at", now=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        _at("confirmed_at"),
        sa.Column("refused_by", sa.Integer(), nullable=True),
        _at("refused_at"),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        _at("withdrawn_at"),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        *_checks(
            "role_grant",
            kind="kind in ('role', 'return', 'enrol')",
            source="source in ('proposal', 'set_up')",
            role=f"role is null or role in ({ROLES})",
            role_named="(kind = 'role') = (role is not null)",
            reason_length="length(reason) <= 500",
            from_whom=(
                "source = 'set_up' and proposed_by is null and confirmed_by is null and confirmed_at is not null "
                "or source = 'proposal' and proposed_by is not null and (confirmed_at is null) = (confirmed_by is null)"
            ),
            proposed_for_another="proposed_by <> staff_id",
            confirmed_by_another="confirmed_by <> proposed_by and confirmed_by <> staff_id",
            decided_once="confirmed_at is null or refused_at is null",
            refused="(refused_at is null) = (refused_by is null)",
            withdrawn_when_held="withdrawn_at is null or confirmed_at is not null",
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_role_grant_office_id")),
        *_staff("role_grant", "staff_id", "proposed_by", "confirmed_by", "refused_by", "withdrawn_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_role_grant_idempotency_key")),
    )
    newest, waiting = sa.text("id desc"), sa.text(_WAITING)
    kind_and_role: list[Any] = ["staff_id", "kind", sa.text("coalesce(role, '')")]
    op.create_index("ix_role_grant_newest", "role_grant", ["office_id", newest])
    op.create_index("ix_role_grant_staff", "role_grant", ["staff_id", newest])
    op.create_index("uq_role_grant_waiting", "role_grant", kind_and_role, unique=True, postgresql_where=waiting)
    op.create_index(
        "uq_role_grant_held", "role_grant", ["staff_id", "role"], unique=True, postgresql_where=sa.text(_HELD)
    )
    op.create_index("ix_role_grant_waiting", "role_grant", ["office_id", "id"], postgresql_where=waiting)


def _enrolment() -> None:
    op.create_table(
        "enrolment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        _at("issued_at", now=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _at("used_at"),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        *_checks(
            "enrolment",
            code_hash_length="octet_length(code_hash) = 32",
            expires="expires_at <= issued_at + interval '72 hours'",
            issued_by_another="issued_by <> staff_id",
            failures="failures between 0 and 5",
        ),
        *_staff("enrolment", "staff_id", "issued_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
    )
    op.create_index("ix_enrolment_newest", "enrolment", ["staff_id", sa.text("id desc")])


def _recusal() -> None:
    op.create_table(
        "recusal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        _at("recorded_at", now=True),
        *_checks(
            "recusal",
            ground="ground in ('party', 'relation', 'objection', 'other')",
            reason_length="length(reason) between 1 and 500",
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_recusal_office_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_recusal_case_id")),
        *_staff("recusal", "staff_id", "recorded_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recusal")),
        sa.UniqueConstraint("case_id", "staff_id", name=op.f("uq_recusal_case_id_staff_id")),
    )


def downgrade() -> None:
    """Take back."""
    op.execute("drop trigger duties_apart on step")
    op.execute("drop trigger guard on staff")
    op.execute("drop trigger granted on staff_role")
    op.execute("revoke delete on staff_role from caseflow_application")
    for table in ("recusal", "enrolment", "role_grant"):
        op.execute(f"drop trigger guard on {table}")
    for function in reversed(FUNCTIONS):
        op.execute(f"drop function {function}")
    for table in ("recusal", "enrolment", "role_grant"):
        op.drop_table(table)
    op.drop_column("staff", "left_at")
