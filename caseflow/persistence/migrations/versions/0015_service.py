"""Service: what was served, how, when it takes effect and what proves it; and the attempts that came to nothing.

A service is written with its step and never after it, on the step's own date; the clocks that it names begin on that day.
Nothing here is changed or deleted.

Revision: 0015
Follows: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ("service", "service_attempt")
# The step, its papers and its clocks are written by the same statement as the service: an AFTER trigger sees them all.
SERVICE_FITS_ITS_STEP = """
create function service_fits_its_step() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from step s where s.case_id = new.case_id and s.seq = new.seq
                  and s.effective_on = new.served_on and s.actor_id = new.recorded_by) then
    raise exception 'a service takes effect on the day of its step, and is recorded by who took it'
      using errcode = '23514', constraint = 'service_fits_its_step';
  end if;
  if not exists (select from audit_event e where e.case_id = new.case_id and e.seq = new.seq
                  and e.xid = pg_current_xact_id()) then
    raise exception 'a service is written with its step and never after it'
      using errcode = '23514', constraint = 'service_with_its_step';
  end if;
  if not exists (select from case_document d where d.case_id = new.case_id and d.kind = new.document) then
    raise exception 'case % has no % to serve', new.case_id, new.document
      using errcode = '23514', constraint = 'service_of_a_document';
  end if;
  if exists (select from unnest(new.clocks) as wanted where not exists (select from clock k
              where k.case_id = new.case_id and k.started_seq = new.seq and k.rule_id = wanted
                and k.trigger_on = new.served_on)) then
    raise exception 'what runs from a service begins on its day'
      using errcode = '23514', constraint = 'clock_from_service';
  end if;
  return null;
end $$
"""
GUARD_ATTEMPT = """
create function guard_service_attempt() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from cases c where c.id = new.case_id and c.version = new.seq
                  and (select count(*) from staff s where s.id in (new.attempted_by, new.recorded_by)
                          and s.office_id = c.office_id and s.active)
                      = case when new.attempted_by = new.recorded_by then 1 else 2 end) then
    raise exception 'an attempt is recorded at the version the case has, by and of staff of its office'
      using errcode = '23514', constraint = 'service_attempt_of_office';
  end if;
  return new;
end $$
"""


def upgrade() -> None:
    """Apply."""
    _tables()
    op.execute(SERVICE_FITS_ITS_STEP)
    op.execute(
        "create trigger fits_its_step after insert on service for each row execute function service_fits_its_step()"
    )
    op.execute(GUARD_ATTEMPT)
    op.execute(
        "create trigger guard before insert on service_attempt for each row execute function guard_service_attempt()"
    )
    for table in TABLES:
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
        op.execute(f"grant select, insert on {table} to caseflow_application")
        op.execute(f"grant select on {table} to caseflow_auditor")


def _tables() -> None:
    op.execute("""
CREATE TABLE service (
  case_id BIGINT NOT NULL,
  seq INTEGER NOT NULL,
  document TEXT NOT NULL,
  method TEXT NOT NULL,
  receiver TEXT NOT NULL,
  served_on DATE NOT NULL,
  record_no TEXT NOT NULL,
  proof JSONB DEFAULT '{}' NOT NULL,
  clocks TEXT[] DEFAULT '{}' NOT NULL,
  recorded_by INTEGER NOT NULL,
  CONSTRAINT pk_service PRIMARY KEY (case_id, seq),
  CONSTRAINT fk_service_step FOREIGN KEY(case_id, seq) REFERENCES step (case_id, seq),
  CONSTRAINT fk_service_recorded_by FOREIGN KEY(recorded_by) REFERENCES staff (id),
  CONSTRAINT ck_service_document CHECK (document ~ '^[a-z][a-z0-9_]{0,63}$'),
  CONSTRAINT ck_service_method CHECK (method ~ '^[a-z][a-z0-9_]{0,63}$'),
  CONSTRAINT ck_service_receiver CHECK (receiver in ('party', 'co_resident', 'reception', 'nobody', 'public')),
  CONSTRAINT ck_service_record_no CHECK (length(record_no) between 1 and 100),
  CONSTRAINT ck_service_proof CHECK (jsonb_typeof(proof) = 'object' and length(proof::text) <= 2000)
)
""")
    op.execute("""
CREATE TABLE service_attempt (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  case_id BIGINT NOT NULL,
  seq INTEGER NOT NULL,
  key TEXT NOT NULL,
  document TEXT NOT NULL,
  method TEXT NOT NULL,
  result TEXT NOT NULL,
  attempted_on DATE NOT NULL,
  hour SMALLINT NOT NULL,
  attempted_by INTEGER NOT NULL,
  note TEXT DEFAULT '' NOT NULL,
  recorded_by INTEGER NOT NULL,
  recorded_on DATE NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_service_attempt PRIMARY KEY (id),
  CONSTRAINT uq_service_attempt_key UNIQUE (key),
  CONSTRAINT fk_service_attempt_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_service_attempt_attempted_by FOREIGN KEY(attempted_by) REFERENCES staff (id),
  CONSTRAINT fk_service_attempt_recorded_by FOREIGN KEY(recorded_by) REFERENCES staff (id),
  CONSTRAINT ck_service_attempt_document CHECK (document ~ '^[a-z][a-z0-9_]{0,63}$'),
  CONSTRAINT ck_service_attempt_method CHECK (method ~ '^[a-z][a-z0-9_]{0,63}$'),
  CONSTRAINT ck_service_attempt_result CHECK (result ~ '^[a-z][a-z0-9_]{0,63}$'),
  CONSTRAINT ck_service_attempt_hour CHECK (hour between 0 and 23),
  CONSTRAINT ck_service_attempt_not_ahead CHECK (attempted_on <= recorded_on),
  CONSTRAINT ck_service_attempt_note CHECK (length(note) <= 500),
  CONSTRAINT ck_service_attempt_key_length CHECK (length(key) between 1 and 200)
)
""")
    op.execute("CREATE INDEX ix_service_attempt_case ON service_attempt (case_id, id desc)")


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.execute(f"drop table {table}")
    op.execute("drop function guard_service_attempt()")
    op.execute("drop function service_fits_its_step()")
