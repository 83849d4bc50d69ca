"""Imports of old casebooks: the file while it is needed, its rows, what became of each.

An import moves on by states and never back from what is written. Cells and file are gone with its end; that a row was
written, already there, mended or left out stays for ever.

Revision: 0020
Follows: 0019
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = ("casebook_import", "casebook_file", "casebook_row", "casebook_columns", "casebook_progress")

GUARD_IMPORT = """
create function guard_casebook_import() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
declare
  fixed constant text[] := array['regime', 'asked', 'read', 'fault_en', 'fault_zh', 'state', 'totals', 'fates',
                                 'good_rows_only', 'committed_by', 'committed_at', 'finished_at'];
begin
  if tg_op = 'DELETE' then
    raise exception 'an import stays on the list' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if new.state not in ('checking', 'committing') then
      raise exception 'an import begins with a look at its rows'
        using errcode = '23514', constraint = 'casebook_import_begins';
    end if;
    new.entered_at := clock_timestamp();
  else
    if (to_jsonb(new) - fixed) <> (to_jsonb(old) - fixed) then
      raise exception 'what was entered stays as it was' using errcode = '42501';
    end if;
    if old.finished_at is not null
       or (old.state, new.state) not in (
         ('entered', 'entered'), ('entered', 'checking'), ('entered', 'dropped'),
         ('checking', 'checking'), ('checking', 'entered'), ('checking', 'checked'), ('checking', 'dropped'),
         ('checked', 'checked'), ('checked', 'checking'), ('checked', 'committing'), ('checked', 'dropped'),
         ('committing', 'checked'), ('committing', 'committed'), ('committed', 'committed'))
       or (old.state = 'committed' and (new.regime, new.asked, new.read, new.totals, new.good_rows_only,
                                        new.committed_by, new.committed_at)
           is distinct from (old.regime, old.asked, old.read, old.totals, old.good_rows_only,
                             old.committed_by, old.committed_at)) then
      raise exception 'an import does not go back' using errcode = '42501';
    end if;
  end if;
  if not (staff_has_role(new.entered_by, new.office_id, 'officer')
          or staff_has_role(new.entered_by, new.office_id, 'supervisor')) and tg_op = 'INSERT'
     or new.committed_by is not null and (tg_op = 'INSERT' or old.committed_by is distinct from new.committed_by)
        and not (staff_has_role(new.committed_by, new.office_id, 'officer')
                 or staff_has_role(new.committed_by, new.office_id, 'supervisor')) then
    raise exception 'an officer or a supervisor of the office imports its casebook'
      using errcode = '23514', constraint = 'casebook_import_people';
  end if;
  if new.state = 'committed' and (tg_op = 'INSERT' or old.state <> 'committed') then
    new.committed_at := clock_timestamp();
  end if;
  if new.finished_at is not null then
    if exists (select from casebook_row r where r.import_id = new.id and r.fate = 'quarantined') then
      raise exception 'rows still wait in the quarantine'
        using errcode = '23514', constraint = 'casebook_import_open_rows';
    end if;
    new.finished_at := clock_timestamp();
  end if;
  return new;
end $$
"""
# What nobody needs any more goes in the same statement: no process has to remember it.
FORGET = """
create function forget_casebook() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from casebook_file where import_id = new.id;
  if new.state = 'dropped' then
    delete from casebook_row where import_id = new.id;
  end if;
  return null;
end $$
"""
GUARD_FILE = """
create function guard_casebook_file() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'UPDATE' then
    raise exception 'a file stays as it came' using errcode = '42501';
  end if;
  if tg_op = 'DELETE' then
    if exists (select from casebook_import i where i.id = old.import_id and i.finished_at is null) then
      raise exception 'the file is still needed' using errcode = '42501';
    end if;
    return old;
  end if;
  if not exists (select from casebook_import i where i.id = new.import_id and i.finished_at is null) then
    raise exception 'the import is finished' using errcode = '23514', constraint = 'casebook_file_of_an_open_import';
  end if;
  return new;
end $$
"""
# Statement by statement: a hundred thousand rows come by one COPY.
GUARD_NEW_ROWS = """
create function guard_casebook_rows_in() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from (select distinct import_id, fate from added) a join casebook_import i on i.id = a.import_id
              where not (a.fate = 'waiting' and i.state in ('checking', 'committing')
                         or a.fate in ('written', 'already_there', 'quarantined') and i.state = 'committing')) then
    raise exception 'rows enter when they are judged or written'
      using errcode = '23514', constraint = 'casebook_row_enters';
  end if;
  -- Row by row through both keys: a join would be planned for a handful of rows and walk all of them for each case.
  if exists (select from added a
              where a.case_id is not null
                and (select c.office_id from cases c where c.id = a.case_id)
                    is distinct from (select i.office_id from casebook_import i where i.id = a.import_id)) then
    raise exception 'the case belongs to another office' using errcode = '23514', constraint = 'casebook_row_office';
  end if;
  return null;
end $$
"""
GUARD_GONE_ROWS = """
create function guard_casebook_rows_out() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from gone g where g.fate <> 'waiting')
     or exists (select from (select distinct import_id from gone) g join casebook_import i on i.id = g.import_id
                 where i.state = 'committed') then
    raise exception 'what became of a row stays on the list' using errcode = '42501';
  end if;
  return null;
end $$
"""
GUARD_ROW = """
create function guard_casebook_row() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if (new.import_id, new.number) <> (old.import_id, old.number) or old.fate <> 'quarantined'
     or new.fate not in ('quarantined', 'mended', 'already_there', 'left_out') then
    raise exception 'only what waits in the quarantine is mended or left out' using errcode = '42501';
  end if;
  if not exists (select from casebook_import i where i.id = new.import_id and i.state = 'committed'
                    and (new.case_id is null
                         or exists (select from cases c where c.id = new.case_id and c.office_id = i.office_id))
                    and (new.decided_by is null
                         or staff_has_role(new.decided_by, i.office_id, 'officer')
                         or staff_has_role(new.decided_by, i.office_id, 'supervisor'))) then
    raise exception 'a row is mended for its own office, by an officer or a supervisor of it'
      using errcode = '23514', constraint = 'casebook_row_office';
  end if;
  if new.decided_by is not null then
    new.decided_at := clock_timestamp();
  end if;
  return new;
end $$
"""
FUNCTIONS = (GUARD_IMPORT, FORGET, GUARD_FILE, GUARD_NEW_ROWS, GUARD_GONE_ROWS, GUARD_ROW)
TRIGGERS = (
    (
        "create trigger guard before insert or update or delete on casebook_import "
        "for each row execute function guard_casebook_import()"
    ),
    (
        "create trigger forget after update on casebook_import for each row "
        "when (new.finished_at is not null and old.finished_at is null) execute function forget_casebook()"
    ),
    (
        "create trigger guard before insert or update or delete on casebook_file "
        "for each row execute function guard_casebook_file()"
    ),
    (
        "create trigger guard_in after insert on casebook_row referencing new table as added "
        "for each statement execute function guard_casebook_rows_in()"
    ),
    (
        "create trigger guard_out after delete on casebook_row referencing old table as gone "
        "for each statement execute function guard_casebook_rows_out()"
    ),
    "create trigger guard before update on casebook_row for each row execute function guard_casebook_row()",
)


def upgrade() -> None:
    """Apply."""
    _tables()
    for statement in (*FUNCTIONS, *TRIGGERS):
        op.execute(statement)
    for table in ("casebook_import", "casebook_file", "casebook_row"):
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    for table in TABLES:
        op.execute(f"grant select, insert on {table} to caseflow_application")
    op.execute(
        "grant update (regime, asked, read, fault_en, fault_zh, state, totals, fates, good_rows_only, committed_by, "
        "committed_at, finished_at) on casebook_import to caseflow_application"
    )
    op.execute("grant delete on casebook_file, casebook_row to caseflow_application")
    op.execute(
        "grant update (case_number, grade, fate, sealed, content_index, case_id, reason, decided_by, decided_at) "
        "on casebook_row to caseflow_application"
    )
    op.execute("grant update (regime, columns, saved_by, saved_at) on casebook_columns to caseflow_application")
    op.execute("grant update (phase, done, total, beat_at, tries) on casebook_progress to caseflow_application")
    # The sealed file and cells are nobody else's.
    op.execute("grant select on casebook_import, casebook_columns to caseflow_auditor")
    op.execute(
        "grant select (import_id, number, case_number, grade, fate, case_id, reason, decided_by, decided_at) "
        "on casebook_row to caseflow_auditor"
    )


def _tables() -> None:
    op.execute("""
CREATE TABLE casebook_import (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  entered_by INTEGER NOT NULL,
  entered_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  idempotency_key TEXT NOT NULL,
  state TEXT NOT NULL,
  regime TEXT,
  asked JSONB DEFAULT '{}' NOT NULL,
  read JSONB,
  fault_en TEXT DEFAULT '' NOT NULL,
  fault_zh TEXT DEFAULT '' NOT NULL,
  totals JSONB DEFAULT '{}' NOT NULL,
  fates JSONB DEFAULT '{}' NOT NULL,
  good_rows_only BOOLEAN,
  committed_by INTEGER,
  committed_at TIMESTAMP WITH TIME ZONE,
  finished_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_casebook_import PRIMARY KEY (id),
  CONSTRAINT ck_casebook_import_name_is_safe CHECK (length(name) between 1 and 200 and name !~ '[/\\\\[:cntrl:]]'),
  CONSTRAINT ck_casebook_import_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_casebook_import_not_empty CHECK (size_bytes > 0),
  CONSTRAINT ck_casebook_import_state CHECK (state in ('entered', 'checking', 'checked', 'committing', 'committed', 'dropped')),
  CONSTRAINT ck_casebook_import_commit_is_asked_for CHECK ((state in ('committing', 'committed')) = (committed_by is not null and good_rows_only is not null)),
  CONSTRAINT ck_casebook_import_committed_has_a_time CHECK ((state = 'committed') = (committed_at is not null)),
  CONSTRAINT ck_casebook_import_regime_is_known CHECK (state not in ('committing', 'committed') or regime is not null),
  CONSTRAINT ck_casebook_import_finished_when_done CHECK (finished_at is null or state in ('committed', 'dropped')),
  CONSTRAINT ck_casebook_import_dropped_is_finished CHECK (state <> 'dropped' or finished_at is not null),
  CONSTRAINT fk_casebook_import_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_casebook_import_entered_by FOREIGN KEY(entered_by) REFERENCES staff (id),
  CONSTRAINT uq_casebook_import_idempotency_key UNIQUE (idempotency_key),
  CONSTRAINT fk_casebook_import_committed_by FOREIGN KEY(committed_by) REFERENCES staff (id)
)
""")
    op.execute(
        "CREATE INDEX ix_casebook_import_at_work ON casebook_import (id) WHERE state in ('checking', 'committing')"
    )
    op.execute("CREATE INDEX ix_casebook_import_newest ON casebook_import (office_id, id desc)")
    op.execute("""
CREATE TABLE casebook_file (
  import_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  CONSTRAINT pk_casebook_file PRIMARY KEY (import_id),
  CONSTRAINT fk_casebook_file_import_id FOREIGN KEY(import_id) REFERENCES casebook_import (id)
)
""")
    op.execute("""
CREATE TABLE casebook_row (
  import_id BIGINT NOT NULL,
  number INTEGER NOT NULL,
  case_number TEXT NOT NULL,
  grade TEXT NOT NULL,
  fate TEXT NOT NULL,
  sealed BYTEA,
  content_index BYTEA,
  case_id BIGINT,
  reason TEXT DEFAULT '' NOT NULL,
  decided_by INTEGER,
  decided_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_casebook_row PRIMARY KEY (import_id, number),
  CONSTRAINT ck_casebook_row_number_positive CHECK (number > 0),
  CONSTRAINT ck_casebook_row_case_number_length CHECK (length(case_number) <= 200),
  CONSTRAINT ck_casebook_row_grade CHECK (grade in ('ok', 'warning', 'error')),
  CONSTRAINT ck_casebook_row_fate CHECK (fate in ('waiting', 'written', 'already_there', 'quarantined', 'mended', 'left_out')),
  CONSTRAINT ck_casebook_row_cells_only_while_open CHECK ((fate in ('waiting', 'quarantined')) = (sealed is not null)),
  CONSTRAINT ck_casebook_row_case_of_its_fate CHECK ((fate in ('written', 'mended', 'already_there')) = (case_id is not null)),
  CONSTRAINT ck_casebook_row_index_of_what_was_written CHECK ((fate in ('written', 'mended')) = (content_index is not null)),
  CONSTRAINT ck_casebook_row_left_out_with_a_reason CHECK ((fate = 'left_out') = (length(reason) > 0)),
  CONSTRAINT ck_casebook_row_reason_length CHECK (length(reason) <= 500),
  CONSTRAINT ck_casebook_row_decided_by_somebody CHECK ((fate in ('mended', 'left_out')) <= (decided_by is not null) and (decided_by is null) = (decided_at is null)),
  CONSTRAINT fk_casebook_row_import_id FOREIGN KEY(import_id) REFERENCES casebook_import (id),
  CONSTRAINT fk_casebook_row_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_casebook_row_decided_by FOREIGN KEY(decided_by) REFERENCES staff (id)
)
""")
    op.execute("CREATE INDEX ix_casebook_row_case ON casebook_row (case_id) WHERE case_id is not null")
    op.execute("CREATE INDEX ix_casebook_row_fate ON casebook_row (import_id, fate, number)")
    op.execute("CREATE INDEX ix_casebook_row_grade ON casebook_row (import_id, grade, number)")
    op.execute("""
CREATE TABLE casebook_columns (
  office_id INTEGER NOT NULL,
  headings_sha256 TEXT NOT NULL,
  regime TEXT NOT NULL,
  columns JSONB NOT NULL,
  saved_by INTEGER NOT NULL,
  saved_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_casebook_columns PRIMARY KEY (office_id, headings_sha256),
  CONSTRAINT ck_casebook_columns_headings_sha256_form CHECK (headings_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT fk_casebook_columns_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_casebook_columns_saved_by FOREIGN KEY(saved_by) REFERENCES staff (id)
)
""")
    op.execute("""
CREATE TABLE casebook_progress (
  import_id BIGINT NOT NULL,
  phase TEXT,
  done INTEGER DEFAULT '0' NOT NULL,
  total INTEGER DEFAULT '0' NOT NULL,
  beat_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  tries INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_casebook_progress PRIMARY KEY (import_id),
  CONSTRAINT ck_casebook_progress_phase CHECK (phase in ('reading', 'judging', 'writing')),
  CONSTRAINT ck_casebook_progress_not_below_zero CHECK (done >= 0 and total >= 0 and tries >= 0),
  CONSTRAINT fk_casebook_progress_import_id FOREIGN KEY(import_id) REFERENCES casebook_import (id)
)
""")


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
    for name in (
        "guard_casebook_import",
        "forget_casebook",
        "guard_casebook_file",
        "guard_casebook_rows_in",
        "guard_casebook_rows_out",
        "guard_casebook_row",
    ):
        op.execute(f"drop function {name}()")
