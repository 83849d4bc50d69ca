"""Papers: documents of a case are drafted, reviewed by somebody else, issued under a number without gaps, corrected.

An issued paper never changes and never goes; nobody reviews what they wrote in; what was reviewed is what is issued
(its hash); a number is drawn in the transaction that uses it, and every drawn number has its paper.

Revision: 0014
Follows: 0013
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

GUARD_PAPER = """
create function guard_paper() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a paper is dropped or issued, never deleted' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if new.status <> 'draft' or new.version <> 1 or new.writers <> array[new.drafted_by]
       or new.submitted_by is not null or new.returned_by is not null then
      raise exception 'a paper begins as a draft of one person'
        using errcode = '23514', constraint = 'paper_begins_as_a_draft';
    end if;
    if not exists (select from cases c join staff s on s.office_id = c.office_id
                    where c.id = new.case_id and c.office_id = new.office_id and s.id = new.drafted_by and s.active) then
      raise exception 'case, paper and drafter are of one office'
        using errcode = '23514', constraint = 'paper_of_its_office';
    end if;
    if new.corrects_id is not null and not exists (
         select from paper p where p.id = new.corrects_id and p.status = 'issued' and p.case_id = new.case_id
            and p.kind = new.kind) then
      raise exception 'what is corrected is an issued paper of the case'
        using errcode = '23514', constraint = 'paper_corrects_an_issued_one';
    end if;
    return new;
  end if;
  if old.status in ('issued', 'dropped') then
    raise exception 'paper % is % and stays as it is', old.id, old.status
      using errcode = '42501', constraint = 'paper_stays_as_it_is';
  end if;
  if (new.id, new.case_id, new.office_id, new.kind, new.key, new.drafted_by, new.drafted_at, new.corrects_id,
      new.correction_reason)
     is distinct from (old.id, old.case_id, old.office_id, old.kind, old.key, old.drafted_by, old.drafted_at,
      old.corrects_id, old.correction_reason) then
    raise exception 'the identity of paper % cannot be changed', old.id using errcode = '42501';
  end if;
  if new.version <> old.version + 1 or not new.writers @> old.writers
     or not exists (select from (values ('draft', 'draft'), ('draft', 'in_review'), ('draft', 'dropped'),
                                        ('in_review', 'draft'), ('in_review', 'reviewed'), ('in_review', 'dropped'),
                                        ('reviewed', 'draft'), ('reviewed', 'issued'), ('reviewed', 'dropped'))
                       as way (was, is_now) where was = old.status and is_now = new.status) then
    raise exception 'a paper does not go from % to % like this', old.status, new.status
      using errcode = '23514', constraint = 'paper_way';
  end if;
  if (old.status <> 'draft' or new.status <> 'draft') and (new.texts, new.foretold) <> (old.texts, old.foretold) then
    raise exception 'only a draft is edited' using errcode = '23514', constraint = 'paper_way';
  end if;
  if old.status = 'in_review' and new.status = 'reviewed'
     and not staff_has_role(new.reviewed_by, new.office_id, 'reviewer')
     and not staff_has_role(new.reviewed_by, new.office_id, 'approver') then
    raise exception 'a reviewer or an approver of the office reviews'
      using errcode = '42501', constraint = 'paper_reviewer';
  end if;
  if new.status = 'issued' and ((new.submitted_by, new.submitted_at, new.reviewed_by, new.reviewed_at,
       new.reviewed_hash, new.writers) is distinct from
       (old.submitted_by, old.submitted_at, old.reviewed_by, old.reviewed_at, old.reviewed_hash, old.writers)) then
    raise exception 'what was reviewed is what is issued' using errcode = '23514', constraint = 'paper_way';
  end if;
  if new.serial is not null and not exists (
       select from paper_serial s where s.office_id = new.office_id and s.mark = new.mark
          and s.year = new.number_year and s.last = new.serial) then
    raise exception 'the number is the next one of the office' using errcode = '23514', constraint = 'paper_next_serial';
  end if;
  return new;
end $$
"""
GUARD_SERIAL = """
create function guard_paper_serial() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a count of numbers is never deleted' using errcode = '42501';
  end if;
  if (tg_op = 'INSERT' and new.last <> 1) or (tg_op = 'UPDATE' and ((new.last <> old.last + 1)
      or (new.office_id, new.mark, new.year) is distinct from (old.office_id, old.mark, old.year))) then
    raise exception 'numbers go up one by one' using errcode = '23514', constraint = 'paper_serial_one_by_one';
  end if;
  return new;
end $$
"""
SERIAL_IS_USED = """
create function paper_serial_is_used() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from paper p where p.office_id = new.office_id and p.mark = new.mark
                    and p.number_year = new.year and p.serial = new.last) then
    raise exception 'number % was drawn and no paper has it', new.last
      using errcode = '23514', constraint = 'paper_serial_is_used';
  end if;
  return null;
end $$
"""
EDITABLE = (
    "status, version, texts, foretold, writers, case_seq, made_seq, submitted_by, submitted_at, reviewed_by, reviewed_at, "
    "reviewed_hash, returned_by, review_note, issued_by, issued_at, issued_on, number_en, number_zh, mark, number_year, "
    "serial, inputs, template_hash, training, pdf_zh_sha256, pdf_en_sha256"
)


def upgrade() -> None:
    """Apply."""
    _tables()
    for function in (GUARD_PAPER, GUARD_SERIAL, SERIAL_IS_USED):
        op.execute(function)
    op.execute(
        "create trigger guard before insert or update or delete on paper for each row execute function guard_paper()"
    )
    op.execute(
        "create trigger guard before insert or update or delete on paper_serial "
        "for each row execute function guard_paper_serial()"
    )
    # At the commit, so that a number is drawn first and used next.
    op.execute(
        "create constraint trigger used after insert or update on paper_serial deferrable initially deferred "
        "for each row execute function paper_serial_is_used()"
    )
    op.execute(
        "create trigger append_only before update or delete on paper_template "
        "for each row execute function refuse_change()"
    )
    for table in ("paper", "paper_serial", "paper_template"):
        op.execute(
            f"create trigger guard_truncate before truncate on {table} for each statement execute function refuse_change()"
        )
    op.execute("grant select, insert on paper, paper_serial, paper_template to caseflow_application")
    op.execute(f"grant update ({EDITABLE}) on paper to caseflow_application")
    op.execute("grant update (last) on paper_serial to caseflow_application")
    op.execute("grant select on paper, paper_serial, paper_template to caseflow_auditor")


def _tables() -> None:
    op.execute("""
CREATE TABLE paper_template (
  hash TEXT NOT NULL,
  main TEXT NOT NULL,
  files JSONB NOT NULL,
  CONSTRAINT pk_paper_template PRIMARY KEY (hash),
  CONSTRAINT ck_paper_template_hash CHECK (hash ~ '^[0-9a-f]{64}$')
)
""")
    op.execute("""
CREATE TABLE paper_serial (
  office_id INTEGER NOT NULL,
  mark TEXT NOT NULL,
  year INTEGER NOT NULL,
  last INTEGER NOT NULL,
  CONSTRAINT pk_paper_serial PRIMARY KEY (office_id, mark, year),
  CONSTRAINT ck_paper_serial_last CHECK (last > 0),
  CONSTRAINT fk_paper_serial_office_id FOREIGN KEY(office_id) REFERENCES office (id)
)
""")
    op.execute("""
CREATE TABLE paper (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  case_id BIGINT NOT NULL,
  office_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  status TEXT NOT NULL,
  version INTEGER NOT NULL,
  texts JSONB NOT NULL,
  foretold JSONB DEFAULT '{}' NOT NULL,
  drafted_by INTEGER NOT NULL,
  drafted_at TIMESTAMP WITH TIME ZONE NOT NULL,
  writers INTEGER[] NOT NULL,
  case_seq INTEGER NOT NULL,
  made_seq INTEGER,
  submitted_by INTEGER,
  submitted_at TIMESTAMP WITH TIME ZONE,
  reviewed_by INTEGER,
  reviewed_at TIMESTAMP WITH TIME ZONE,
  reviewed_hash TEXT,
  returned_by INTEGER,
  review_note TEXT DEFAULT '' NOT NULL,
  issued_by INTEGER,
  issued_at TIMESTAMP WITH TIME ZONE,
  issued_on DATE,
  number_en TEXT,
  number_zh TEXT,
  mark TEXT,
  number_year INTEGER,
  serial INTEGER,
  inputs JSONB,
  template_hash TEXT,
  training BOOLEAN,
  pdf_zh_sha256 TEXT,
  pdf_en_sha256 TEXT,
  corrects_id BIGINT,
  correction_reason TEXT DEFAULT '' NOT NULL,
  CONSTRAINT pk_paper PRIMARY KEY (id),
  CONSTRAINT fk_paper_made FOREIGN KEY(case_id, made_seq, kind) REFERENCES case_document (case_id, seq, kind),
  CONSTRAINT fk_paper_serial FOREIGN KEY(office_id, mark, number_year) REFERENCES paper_serial (office_id, mark, year),
  CONSTRAINT uq_paper_office_id_number_en UNIQUE (office_id, number_en),
  CONSTRAINT uq_paper_office_id_number_zh UNIQUE (office_id, number_zh),
  CONSTRAINT uq_paper_office_id_mark_number_year_serial UNIQUE (office_id, mark, number_year, serial),
  CONSTRAINT ck_paper_status CHECK (status in ('draft', 'in_review', 'reviewed', 'issued', 'dropped')),
  CONSTRAINT ck_paper_version CHECK (version > 0),
  CONSTRAINT ck_paper_key_length CHECK (length(key) between 1 and 200),
  CONSTRAINT ck_paper_texts CHECK (jsonb_typeof(texts) = 'object'),
  CONSTRAINT ck_paper_drafter_writes CHECK (drafted_by = any(writers)),
  CONSTRAINT ck_paper_submitter_writes CHECK (submitted_by = any(writers)),
  CONSTRAINT ck_paper_reviewed_by_other_eyes CHECK (reviewed_by <> all(writers)),
  CONSTRAINT ck_paper_reviewed_whole CHECK (status = 'dropped' or (status in ('reviewed', 'issued')) = (num_nulls(reviewed_by, reviewed_at, reviewed_hash) = 0) and (status in ('reviewed', 'issued') or num_nonnulls(reviewed_by, reviewed_at, reviewed_hash) = 0)),
  CONSTRAINT ck_paper_submitted_whole CHECK (status in ('draft', 'dropped') or num_nulls(submitted_by, submitted_at) = 0),
  CONSTRAINT ck_paper_issued_whole CHECK ((status = 'issued' and num_nulls(issued_by, issued_at, issued_on, number_en, number_zh, inputs, template_hash, training, pdf_zh_sha256, pdf_en_sha256) = 0) or (status <> 'issued' and num_nonnulls(issued_by, issued_at, issued_on, number_en, number_zh, inputs, template_hash, training, pdf_zh_sha256, pdf_en_sha256, mark, number_year, serial) = 0)),
  CONSTRAINT ck_paper_serial_whole CHECK (num_nulls(mark, number_year, serial) in (0, 3)),
  CONSTRAINT ck_paper_number CHECK (length(number_en) between 1 and 200 and length(number_zh) between 1 and 200),
  CONSTRAINT ck_paper_pdf CHECK (pdf_zh_sha256 ~ '^[0-9a-f]{64}$' and pdf_en_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_paper_review_note CHECK (length(review_note) <= 2000),
  CONSTRAINT ck_paper_correction CHECK ((corrects_id is null) = (correction_reason = '') and length(correction_reason) <= 2000),
  CONSTRAINT fk_paper_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_paper_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT uq_paper_key UNIQUE (key),
  CONSTRAINT fk_paper_drafted_by FOREIGN KEY(drafted_by) REFERENCES staff (id),
  CONSTRAINT fk_paper_submitted_by FOREIGN KEY(submitted_by) REFERENCES staff (id),
  CONSTRAINT fk_paper_reviewed_by FOREIGN KEY(reviewed_by) REFERENCES staff (id),
  CONSTRAINT fk_paper_returned_by FOREIGN KEY(returned_by) REFERENCES staff (id),
  CONSTRAINT fk_paper_issued_by FOREIGN KEY(issued_by) REFERENCES staff (id),
  CONSTRAINT fk_paper_template_hash FOREIGN KEY(template_hash) REFERENCES paper_template (hash),
  CONSTRAINT fk_paper_corrects_id FOREIGN KEY(corrects_id) REFERENCES paper (id)
)
""")
    op.execute("CREATE INDEX ix_paper_all_issued ON paper (office_id, id) WHERE status = 'issued'")
    op.execute("CREATE INDEX ix_paper_case ON paper (case_id, id desc)")
    op.execute("CREATE INDEX ix_paper_issued ON paper (case_id) WHERE status = 'issued'")
    op.execute("CREATE INDEX ix_paper_review ON paper (office_id, id) WHERE status = 'in_review'")
    op.execute(
        "CREATE UNIQUE INDEX uq_paper_correction ON paper (corrects_id)"
        " WHERE corrects_id is not null and status <> 'dropped'"
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_paper_under_way ON paper (case_id, kind)"
        " WHERE status in ('draft', 'in_review', 'reviewed')"
    )


def downgrade() -> None:
    """Take back."""
    for table in ("paper", "paper_serial", "paper_template"):
        op.execute(f"drop table {table}")
    for function in ("paper_serial_is_used", "guard_paper_serial", "guard_paper"):
        op.execute(f"drop function {function}()")
