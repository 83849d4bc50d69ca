"""Who read what of whom and why: the read log, stated reasons, alarms, approvals.

The log only grows, its moments are the server's, and a row belongs to the office of its case. What was asked for is
approved by a supervisor who did not ask, and used once.

Revision: 0027
Follows: 0026
"""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
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
    if num_nonnulls(new.approved, new.decided_by, new.decided_at, new.used_at) > 0 then
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
# Counts and writes in one statement and one transaction. Two requests of one person wait for each other, so that none
# slips past the limit; without an actor (a command of the server) nothing is counted.
WRITE = """
create function write_readings(
  who integer, on_day date, of_what text, for_purpose text, beside text, kind text, why text, of_request text, by_whom text,
  noted bigint[], parties bigint[], opened bigint[], most_files integer, most_rows integer, most_export integer,
  out written integer, out files_before integer, out rows_before integer, out files_after integer, out rows_after integer,
  out wanted_count integer, out over text)
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted bigint[]; new_files integer := 0; new_rows integer := 0;
begin
  select coalesce(array_agg(x.id), '{}') into wanted
    from (select unnest(noted || opened) as id union select c.id from cases c where c.party_id = any(parties)) x;
  wanted_count := cardinality(wanted);
  written := 0;
  files_before := 0;
  rows_before := 0;
  if who is not null then
    perform pg_advisory_xact_lock(7727, who);
    with seen as materialized (
           select distinct r.case_id, r.purpose = 'list' as listed from read_log r
            where r.actor_id = who and r.day = on_day and r.purpose in ('task', 'reason', 'list')),
         asked as (
           select w.id, x.purpose = 'list' as listed from unnest(wanted) w(id)
            cross join lateral (select case when w.id = any(opened) then for_purpose else beside end) x(purpose)
            where x.purpose in ('task', 'reason', 'list')),
         fresh as (select * from asked a
                    where not exists (select from seen s where s.case_id = a.id and s.listed = a.listed))
    select (select count(*) from seen s where not s.listed), (select count(*) from seen s where s.listed),
           (select count(*) from fresh f where not f.listed), (select count(*) from fresh f where f.listed)
      into files_before, rows_before, new_files, new_rows;
  end if;
  files_after := files_before + new_files;
  rows_after := rows_before + new_rows;
  over := case when new_files > 0 and files_after > most_files then 'files'
               when new_rows > 0 and rows_after > most_rows then 'rows'
               when for_purpose = 'export' and wanted_count > most_export then 'export' end;
  if over is null then
    insert into read_log (actor_id, operator, office_id, day, case_id, what, purpose, reason_kind, reason, request_id)
    select who, by_whom, c.office_id, on_day, c.id, of_what,
           case when c.id = any(opened) then for_purpose else beside end,
           case when c.id = any(opened) then kind else '' end,
           case when c.id = any(opened) then why else '' end, of_request
      from cases c where c.id = any(wanted) order by c.id;
    get diagnostics written = row_count;
  end if;
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
    for statement in (GUARD_READING, GUARD_ALARM, GUARD_APPROVAL, WRITE, *TRIGGERS):
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
  day DATE NOT NULL,
  case_id BIGINT,
  what TEXT NOT NULL,
  purpose TEXT NOT NULL,
  reason_kind TEXT DEFAULT '' NOT NULL,
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
    op.execute("CREATE INDEX ix_read_log_actor ON read_log (actor_id, id)")
    op.execute("CREATE INDEX ix_read_log_case ON read_log (case_id, id) WHERE case_id is not null")
    op.execute("CREATE INDEX ix_read_log_counted ON read_log (actor_id, day, id) INCLUDE (case_id, purpose)")
    op.execute("CREATE INDEX ix_read_log_day ON read_log (office_id, day, id)")
    op.execute("CREATE INDEX ix_read_log_office ON read_log (office_id, id)")
    op.execute("CREATE INDEX ix_read_log_purpose ON read_log (office_id, purpose, id)")
    op.execute("CREATE INDEX ix_read_log_searches ON read_log (actor_id, at) WHERE purpose = 'search'")
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
    op.execute(
        "drop function write_readings(integer, date, text, text, text, text, text, text, text, bigint[], bigint[], "
        "bigint[], integer, integer, integer)"
    )
    for table in reversed(TABLES):
        op.drop_table(table)
    for name in ("guard_reading", "guard_read_alarm", "guard_read_approval"):
        op.execute(f"drop function {name}()")
