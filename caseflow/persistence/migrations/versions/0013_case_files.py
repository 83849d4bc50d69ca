"""Files of cases: evidence, court papers, proofs of service and papers of the party, by the hash of their bytes.

The bytes lie encrypted outside the database. A row is never changed or deleted; it is withdrawn once, with a reason.

Revision: 0013
Follows: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

GUARD = """
create function guard_case_file() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a file of a case is withdrawn, never deleted' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' then
    if old.withdrawn_at is not null or new.withdrawn_at is null
       or (to_jsonb(new) - array['withdrawn_at', 'withdrawn_by', 'withdrawn_reason'])
          <> (to_jsonb(old) - array['withdrawn_at', 'withdrawn_by', 'withdrawn_reason']) then
      raise exception 'a file of a case can only be withdrawn, once' using errcode = '42501';
    end if;
    if not exists (select from staff s where s.id = new.withdrawn_by and s.active and s.office_id = new.office_id
                      and not exists (select from staff_role r where r.staff_id = s.id and r.role = 'administrator')) then
      raise exception 'whoever withdraws a file works at its office and reads cases'
        using errcode = '23514', constraint = 'case_file_people';
    end if;
    new.withdrawn_at := clock_timestamp();
    return new;
  end if;
  if new.withdrawn_at is not null then
    raise exception 'a file is not born withdrawn' using errcode = '23514', constraint = 'case_file_born_whole';
  end if;
  if not exists (select from cases c where c.id = new.case_id and c.office_id = new.office_id) then
    raise exception 'the case belongs to another office' using errcode = '23514', constraint = 'case_file_office';
  end if;
  if not exists (select from staff s where s.id = new.uploaded_by and s.active and s.office_id = new.office_id
                    and not exists (select from staff_role r where r.staff_id = s.id and r.role = 'administrator')) then
    raise exception 'whoever adds a file works at its office and reads cases'
      using errcode = '23514', constraint = 'case_file_people';
  end if;
  new.uploaded_at := clock_timestamp();
  return new;
end $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute("""
CREATE TABLE case_file (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  case_id BIGINT NOT NULL,
  office_id INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  media_type TEXT NOT NULL,
  name TEXT NOT NULL,
  purpose TEXT NOT NULL,
  description TEXT NOT NULL,
  seq INTEGER,
  uploaded_by INTEGER NOT NULL,
  uploaded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  idempotency_key TEXT NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  withdrawn_by INTEGER,
  withdrawn_reason TEXT,
  CONSTRAINT pk_case_file PRIMARY KEY (id),
  CONSTRAINT ck_case_file_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_case_file_not_empty CHECK (size_bytes > 0),
  CONSTRAINT ck_case_file_media_type_form CHECK (media_type ~ '^[a-z]+/[a-z0-9.+-]+$'),
  CONSTRAINT ck_case_file_name_is_safe CHECK (length(name) between 1 and 120 and name !~ '[/\\\\[:cntrl:]]'),
  CONSTRAINT ck_case_file_purpose CHECK (purpose in ('evidence', 'court_paper', 'proof_of_service', 'party_paper')),
  CONSTRAINT ck_case_file_description_length CHECK (length(description) between 1 and 500),
  CONSTRAINT ck_case_file_withdrawn_whole CHECK (num_nonnulls(withdrawn_at, withdrawn_by, withdrawn_reason) in (0, 3)),
  CONSTRAINT ck_case_file_reason_length CHECK (length(withdrawn_reason) between 1 and 500),
  CONSTRAINT fk_case_file_case_id_seq FOREIGN KEY(case_id, seq) REFERENCES step (case_id, seq),
  CONSTRAINT fk_case_file_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_case_file_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_case_file_uploaded_by FOREIGN KEY(uploaded_by) REFERENCES staff (id),
  CONSTRAINT uq_case_file_idempotency_key UNIQUE (idempotency_key),
  CONSTRAINT fk_case_file_withdrawn_by FOREIGN KEY(withdrawn_by) REFERENCES staff (id)
)
""")
    op.execute("CREATE INDEX ix_case_file_case ON case_file (case_id, id desc)")
    op.execute("CREATE INDEX ix_case_file_sha256 ON case_file (sha256)")
    op.execute(GUARD)
    op.execute(
        "create trigger guard before insert or update or delete on case_file "
        "for each row execute function guard_case_file()"
    )
    op.execute(
        "create trigger append_only_truncate before truncate on case_file "
        "for each statement execute function refuse_change()"
    )
    op.execute("grant select, insert on case_file to caseflow_application")
    op.execute("grant update (withdrawn_at, withdrawn_by, withdrawn_reason) on case_file to caseflow_application")
    op.execute("grant select on case_file to caseflow_auditor")


def downgrade() -> None:
    """Take back."""
    op.drop_table("case_file")
    op.execute("drop function guard_case_file()")
