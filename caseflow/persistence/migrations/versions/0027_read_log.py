"""Who read what of whom and why: the read log, stated reasons, alarms, approvals.

The log only grows, its moments are the server's, and a row belongs to the office of its case. What was asked for is
approved by a supervisor who did not ask, and used once.

Revision: 0027
Follows: 0022
"""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = ("read_log", "read_purpose", "read_alarm", "read_approval")
APPEND_ONLY = ("read_log", "read_purpose", "read_alarm")

# Of a case, its own office and no other.
GUARD_READING = """
create function guard_reading() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  new.at := clock_timestamp();
  if new.case_id is not null
     and not exists (select from cases c where c.id = new.case_id and c.office_id = new.office_id) then
    raise exception 'the case belongs to another office' using errcode = '23514', constraint = 'reading_of_office';
  end if;
  return new;
end $$
"""
GUARD_ALARM = """
create function guard_read_alarm() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  new.at := clock_timestamp();
  return new;
end $$
"""
GUARD_APPROVAL = """
create function guard_read_approval() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'what was asked for stays' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if (new.approved, new.decided_by, new.used_at) is distinct from (null, null, null) then
      raise exception 'what is asked for is not decided yet' using errcode = '23514', constraint = 'read_approval_order';
    end if;
    new.asked_at := clock_timestamp();
    return new;
  end if;
  if (to_jsonb(new) - array['approved', 'decided_by', 'decided_at', 'used_at'])
     <> (to_jsonb(old) - array['approved', 'decided_by', 'decided_at', 'used_at'])
     or old.decided_by is not null and (new.approved, new.decided_by, new.decided_at)
        is distinct from (old.approved, old.decided_by, old.decided_at)
     or old.used_at is not null or new.used_at is not null and old.approved is not true then
    raise exception 'a decision stays, and is used once' using errcode = '42501';
  end if;
  if old.decided_by is null then
    if not staff_has_role(new.decided_by, new.office_id, 'supervisor') then
      raise exception 'a supervisor of the office decides' using errcode = '42501', constraint = 'read_approval_role';
    end if;
    new.decided_at := clock_timestamp();
  end if;
  if new.used_at is not null then
    new.used_at := clock_timestamp();
  end if;
  return new;
end $$
"""
TRIGGERS = (
    "create trigger guard before insert on read_log for each row execute function guard_reading()",
    "create trigger guard before insert on read_purpose for each row execute function guard_reading()",
    "create trigger guard before insert on read_alarm for each row execute function guard_read_alarm()",
    (
        "create trigger guard before insert or update or delete on read_approval "
        "for each row execute function guard_read_approval()"
    ),
)


def upgrade() -> None:
    """Apply."""
    _tables()
    for statement in (GUARD_READING, GUARD_ALARM, GUARD_APPROVAL, *TRIGGERS):
        op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
    for table in TABLES:
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
        op.execute(f"grant select, insert on {table} to caseflow_application")
        op.execute(f"grant select on {table} to caseflow_auditor")
    op.execute("grant update (approved, decided_by, decided_at, used_at) on read_approval to caseflow_application")


def _tables() -> None:
    op.execute("""
CREATE TABLE read_log (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  actor_id INTEGER,
  operator TEXT DEFAULT '' NOT NULL,
  office_id INTEGER NOT NULL,
  case_id BIGINT,
  what TEXT NOT NULL,
  purpose TEXT NOT NULL,
  reason TEXT DEFAULT '' NOT NULL,
  request_id TEXT DEFAULT '' NOT NULL,
  looked_for BYTEA,
  hits INTEGER,
  CONSTRAINT pk_read_log PRIMARY KEY (id),
  CONSTRAINT ck_read_log_purpose CHECK (purpose in ('task', 'reason', 'list', 'search', 'export', 'system')),
  CONSTRAINT ck_read_log_somebody CHECK ((actor_id is null) = (purpose = 'system') and (purpose = 'system') = (operator <> '')),
  CONSTRAINT ck_read_log_of_a_case_or_a_search CHECK ((purpose = 'search') = (looked_for is not null and hits is not null) and (case_id is not null or purpose = 'search')),
  CONSTRAINT ck_read_log_reason_is_stated CHECK (purpose not in ('reason', 'search') or reason <> ''),
  CONSTRAINT ck_read_log_lengths CHECK (length(what) between 1 and 100 and length(reason) <= 600 and length(request_id) <= 100 and length(operator) <= 200),
  CONSTRAINT fk_read_log_actor_id FOREIGN KEY(actor_id) REFERENCES staff (id),
  CONSTRAINT fk_read_log_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_read_log_case_id FOREIGN KEY(case_id) REFERENCES cases (id)
)
""")
    op.execute("CREATE INDEX ix_read_log_actor ON read_log (actor_id, id desc)")
    op.execute("CREATE INDEX ix_read_log_actor_day ON read_log (actor_id, at) INCLUDE (case_id, purpose)")
    op.execute("CREATE INDEX ix_read_log_case ON read_log (case_id, id) WHERE case_id is not null")
    op.execute("CREATE INDEX ix_read_log_office ON read_log (office_id, id desc)")
    op.execute("CREATE INDEX ix_read_log_purpose ON read_log (office_id, purpose, id desc)")
    op.execute("""
CREATE TABLE read_purpose (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  staff_id INTEGER NOT NULL,
  case_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  day DATE NOT NULL,
  CONSTRAINT pk_read_purpose PRIMARY KEY (id),
  CONSTRAINT ck_read_purpose_kind CHECK (kind in ('inquiry', 'audit', 'supervision', 'money', 'mistake', 'other')),
  CONSTRAINT ck_read_purpose_reason_length CHECK (length(reason) between 10 and 500),
  CONSTRAINT fk_read_purpose_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_read_purpose_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
  CONSTRAINT fk_read_purpose_case_id FOREIGN KEY(case_id) REFERENCES cases (id)
)
""")
    op.execute("CREATE INDEX ix_read_purpose_day ON read_purpose (staff_id, case_id, day, id)")
    op.execute("""
CREATE TABLE read_alarm (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  staff_id INTEGER NOT NULL,
  day DATE NOT NULL,
  kind TEXT NOT NULL,
  allowance TEXT NOT NULL,
  most INTEGER NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_read_alarm PRIMARY KEY (id),
  CONSTRAINT uq_read_alarm_staff_id_day_kind_allowance_most UNIQUE (staff_id, day, kind, allowance, most),
  CONSTRAINT ck_read_alarm_kind CHECK (kind in ('near', 'over')),
  CONSTRAINT ck_read_alarm_allowance CHECK (allowance in ('files', 'rows', 'export')),
  CONSTRAINT fk_read_alarm_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_read_alarm_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)
""")
    op.execute("CREATE INDEX ix_read_alarm_office ON read_alarm (office_id, id desc)")
    op.execute("""
CREATE TABLE read_approval (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  allowance TEXT NOT NULL,
  what TEXT NOT NULL,
  cases INTEGER NOT NULL,
  reason TEXT NOT NULL,
  day DATE NOT NULL,
  asked_by INTEGER NOT NULL,
  asked_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  idempotency_key TEXT NOT NULL,
  approved BOOLEAN,
  decided_by INTEGER,
  decided_at TIMESTAMP WITH TIME ZONE,
  used_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_read_approval PRIMARY KEY (id),
  CONSTRAINT ck_read_approval_allowance CHECK (allowance in ('files', 'rows', 'export')),
  CONSTRAINT ck_read_approval_second_person CHECK (decided_by <> asked_by),
  CONSTRAINT ck_read_approval_decided_by_somebody CHECK ((approved is null) = (decided_by is null) and (decided_by is null) = (decided_at is null) and (used_at is null or approved)),
  CONSTRAINT ck_read_approval_lengths CHECK (length(reason) between 10 and 500 and length(what) between 1 and 100 and cases >= 0),
  CONSTRAINT fk_read_approval_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_read_approval_asked_by FOREIGN KEY(asked_by) REFERENCES staff (id),
  CONSTRAINT uq_read_approval_idempotency_key UNIQUE (idempotency_key),
  CONSTRAINT fk_read_approval_decided_by FOREIGN KEY(decided_by) REFERENCES staff (id)
)
""")
    op.execute("CREATE INDEX ix_read_approval_asked ON read_approval (asked_by, day, id)")
    op.execute("CREATE INDEX ix_read_approval_office ON read_approval (office_id, id desc)")


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
    for name in ("guard_reading", "guard_read_alarm", "guard_read_approval"):
        op.execute(f"drop function {name}()")
