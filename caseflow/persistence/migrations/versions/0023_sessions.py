"""Sessions of staff that the server ends, second factors, recovery codes, and counts of attempts.

A session only ever ends: its token, its person and its beginning stay, and an ended one stays ended.

Revision: 0023
Follows: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)

GUARDS = """
create function session_only_ends() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if old.ended_at is not null then
    raise exception 'session % has ended', old.id using errcode = '23514', constraint = 'session_only_ends';
  end if;
  if (new.id, new.token_hash, new.staff_id, new.office_id, new.stage, new.created_at, new.methods, new.browser)
     is distinct from
     (old.id, old.token_hash, old.staff_id, old.office_id, old.stage, old.created_at, old.methods, old.browser)
     or new.confirmed_at < old.confirmed_at then
    raise exception 'session % keeps its token, person and beginning', old.id
      using errcode = '23514', constraint = 'session_only_ends';
  end if;
  return new;
end $$;
create trigger session_only_ends before update on staff_session for each row execute function session_only_ends();

create function session_of_own_office() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from staff s where s.id = new.staff_id and s.office_id = new.office_id and s.active) then
    raise exception 'a session is opened for somebody who works at that office'
      using errcode = '23514', constraint = 'session_of_own_office';
  end if;
  return new;
end $$;
create trigger session_of_own_office before insert on staff_session
  for each row execute function session_of_own_office();

create function code_of_an_app_counts_up() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.secret_sealed is not distinct from old.secret_sealed and new.last_step < old.last_step then
    raise exception 'a code that was used cannot be used again'
      using errcode = '23514', constraint = 'code_of_an_app_counts_up';
  end if;
  return new;
end $$;
create trigger code_of_an_app_counts_up before update on staff_totp
  for each row execute function code_of_an_app_counts_up();

create function recovery_code_once() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if old.used_at is not null or (old.replaced_at is not null and new.used_at is not null)
     or (new.id, new.staff_id, new.salt, new.code_hash, new.made_at)
        is distinct from (old.id, old.staff_id, old.salt, old.code_hash, old.made_at)
     or (old.replaced_at is not null and new.replaced_at is null) then
    raise exception 'a recovery code is used once' using errcode = '23514', constraint = 'recovery_code_once';
  end if;
  return new;
end $$;
create trigger recovery_code_once before update on staff_recovery_code
  for each row execute function recovery_code_once();
"""

RIGHTS = (
    "grant select, insert on staff_session to caseflow_application",
    "grant update (confirmed_at, ended_at, ended_why) on staff_session to caseflow_application",
    "grant select, insert, delete on staff_totp to caseflow_application",
    (
        "grant update (secret_sealed, enrolled_at, last_step, offered_sealed, offered_at) on staff_totp "
        "to caseflow_application"
    ),
    "grant select, insert on staff_recovery_code to caseflow_application",
    "grant update (used_at, replaced_at) on staff_recovery_code to caseflow_application",
    "grant select, insert, update, delete on attempt_limit to caseflow_application",
    (
        "grant select (id, staff_id, office_id, stage, created_at, confirmed_at, methods, browser, ended_at, "
        "ended_why) on staff_session to caseflow_auditor"
    ),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "staff_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("confirmed_at", _MOMENT, nullable=False),
        sa.Column("methods", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=op.f("ck_staff_session_token_is_hashed")),
        sa.CheckConstraint("stage in ('second_factor', 'enrolment', 'open')", name=op.f("ck_staff_session_stage")),
        sa.CheckConstraint("cardinality(methods) > 0", name=op.f("ck_staff_session_proven_somehow")),
        sa.CheckConstraint("length(browser) <= 60", name=op.f("ck_staff_session_browser_length")),
        sa.CheckConstraint(
            "(ended_at is null) = (ended_why is null)", name=op.f("ck_staff_session_ended_for_a_reason")
        ),
        sa.CheckConstraint(
            "ended_why in ('signed_out', 'ended_by_owner', 'went_on', 'password_changed', 'factor_changed', 'left')",
            name=op.f("ck_staff_session_ended_why"),
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_staff_session_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    op.create_index(
        "ix_staff_session_staff", "staff_session", ["staff_id", "id"], postgresql_where=sa.text("ended_at is null")
    )
    _factors()
    op.create_table(
        "attempt_limit",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("failures", sa.Double(), nullable=False),
        sa.Column("wait_until", _MOMENT, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("last_try", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(subject) = 32", name=op.f("ck_attempt_limit_subject_is_hashed")),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_attempt_limit_failures")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_attempt_limit")),
    )
    op.create_index("ix_attempt_limit_last_at", "attempt_limit", ["last_at"])
    op.execute(GUARDS)
    for right in RIGHTS:
        op.execute(right)


def _factors() -> None:
    op.create_table(
        "staff_totp",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("enrolled_at", _MOMENT, nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("offered_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("offered_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "(secret_sealed is null) = (enrolled_at is null) and (secret_sealed is null) = (last_step is null)",
            name=op.f("ck_staff_totp_enrolled_whole"),
        ),
        sa.CheckConstraint("(offered_sealed is null) = (offered_at is null)", name=op.f("ck_staff_totp_offered_whole")),
        sa.CheckConstraint(
            r"(secret_sealed is null or substr(secret_sealed, 1, 1) = '\x01' and octet_length(secret_sealed) "
            r"between 34 and 400) and (offered_sealed is null or substr(offered_sealed, 1, 1) = '\x01' and "
            "octet_length(offered_sealed) between 34 and 400)",
            name=op.f("ck_staff_totp_sealed_form"),
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_totp_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_totp")),
    )
    op.create_table(
        "staff_recovery_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.Column("replaced_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "octet_length(salt) = 16 and octet_length(code_hash) = 32",
            name=op.f("ck_staff_recovery_code_code_is_hashed"),
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_recovery_code_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_recovery_code")),
    )
    op.create_index("uq_staff_recovery_code_hash", "staff_recovery_code", ["staff_id", "code_hash"], unique=True)


def downgrade() -> None:
    """Take back."""
    for table in ("attempt_limit", "staff_recovery_code", "staff_totp", "staff_session"):
        op.drop_table(table)
    for function in (
        "session_only_ends",
        "session_of_own_office",
        "code_of_an_app_counts_up",
        "recovery_code_once",
    ):
        op.execute(f"drop function {function}()")
