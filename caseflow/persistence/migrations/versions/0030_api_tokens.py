"""API tokens: hashed, of one person in one role of their own, never longer than a year, revoked for ever.

Revision: 0030
Follows: 0029
"""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE api_token (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  staff_id INTEGER NOT NULL,
  created_by INTEGER NOT NULL,
  key TEXT NOT NULL,
  role TEXT NOT NULL,
  name TEXT NOT NULL,
  begins_with TEXT NOT NULL,
  token_hash BYTEA NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  revoked_at TIMESTAMP WITH TIME ZONE,
  revoked_by INTEGER,
  last_used_on DATE,
  CONSTRAINT pk_api_token PRIMARY KEY (id),
  CONSTRAINT ck_api_token_hash_length CHECK (octet_length(token_hash) = 32),
  CONSTRAINT ck_api_token_a_few_characters_only CHECK (length(begins_with) = 13),
  CONSTRAINT ck_api_token_name_length CHECK (length(name) between 1 and 100),
  CONSTRAINT ck_api_token_role CHECK (role in ('officer', 'reviewer', 'approver', 'cashier', 'payer', 'liaison', 'auditor', 'supervisor', 'administrator')),
  CONSTRAINT ck_api_token_ones_own CHECK (created_by = staff_id),
  CONSTRAINT ck_api_token_ends_within_a_year CHECK (expires_at > made_at and expires_at <= made_at + interval '366 days'),
  CONSTRAINT ck_api_token_revoked_by_somebody CHECK ((revoked_at is null) = (revoked_by is null)),
  CONSTRAINT fk_api_token_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_api_token_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
  CONSTRAINT fk_api_token_created_by FOREIGN KEY(created_by) REFERENCES staff (id),
  CONSTRAINT fk_api_token_revoked_by FOREIGN KEY(revoked_by) REFERENCES staff (id),
  CONSTRAINT uq_api_token_key UNIQUE (key),
  CONSTRAINT uq_api_token_token_hash UNIQUE (token_hash)
)
"""
GUARD = """
create function guard_api_token() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a token is revoked and never deleted' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if not exists (select from staff s join staff_role r on r.staff_id = s.id
                    where s.id = new.staff_id and s.active and s.office_id = new.office_id and r.role = new.role) then
      raise exception 'a token carries one role that its owner holds in the office'
        using errcode = '23514', constraint = 'api_token_role_held';
    end if;
    if new.revoked_at is not null or new.last_used_on is not null then
      raise exception 'a token begins unused' using errcode = '23514', constraint = 'api_token_begins_unused';
    end if;
    return new;
  end if;
  if (old.revoked_at is not null)
     or new.last_used_on < old.last_used_on or (old.last_used_on is not null and new.last_used_on is null)
     or (to_jsonb(new) - array['revoked_at', 'revoked_by', 'last_used_on'])
        <> (to_jsonb(old) - array['revoked_at', 'revoked_by', 'last_used_on']) then
    raise exception 'a token that was revoked stays so, and nothing else of it changes' using errcode = '42501';
  end if;
  return new;
end $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TABLE)
    op.execute("CREATE INDEX ix_api_token_staff ON api_token (staff_id, id desc)")
    op.execute("CREATE INDEX ix_api_token_office ON api_token (office_id, id desc)")
    op.execute(GUARD)
    op.execute(
        "create trigger guard before insert or update or delete on api_token "
        "for each row execute function guard_api_token()"
    )
    op.execute("grant select, insert on api_token to caseflow_application")
    op.execute("grant update (revoked_at, revoked_by, last_used_on) on api_token to caseflow_application")


def downgrade() -> None:
    """Take back."""
    op.execute("drop table api_token")
    op.execute("drop function guard_api_token()")
