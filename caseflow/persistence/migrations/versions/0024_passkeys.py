"""Passkeys of staff, challenges that were answered, and who staff are at an OpenID provider.

Revision: 0024
Follows: 0023
"""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE passkey (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  staff_id INTEGER NOT NULL,
  credential_id BYTEA NOT NULL,
  public_key BYTEA NOT NULL,
  sign_count BIGINT NOT NULL,
  transports TEXT[] NOT NULL,
  name TEXT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  last_used_at TIMESTAMP WITH TIME ZONE,
  removed_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_passkey PRIMARY KEY (id),
  CONSTRAINT ck_passkey_name_length CHECK (length(name) between 1 and 60),
  CONSTRAINT ck_passkey_credential_length CHECK (octet_length(credential_id) between 16 and 1023),
  CONSTRAINT ck_passkey_public_key_length CHECK (octet_length(public_key) between 32 and 2048),
  CONSTRAINT ck_passkey_sign_count CHECK (sign_count between 0 and 4294967295),
  CONSTRAINT fk_passkey_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
  CONSTRAINT uq_passkey_credential_id UNIQUE (credential_id)
)
""",
    "CREATE INDEX ix_passkey_staff ON passkey (staff_id, id) WHERE removed_at is null",
    """
CREATE TABLE passkey_challenge (
  challenge_hash BYTEA NOT NULL,
  used_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_passkey_challenge PRIMARY KEY (challenge_hash),
  CONSTRAINT ck_passkey_challenge_hash_length CHECK (octet_length(challenge_hash) = 32)
)
""",
    "CREATE INDEX ix_passkey_challenge_used_at ON passkey_challenge (used_at)",
    """
CREATE TABLE staff_identity (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  staff_id INTEGER NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  bound_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  removed_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_staff_identity PRIMARY KEY (id),
  CONSTRAINT ck_staff_identity_issuer_length CHECK (length(issuer) between 1 and 500),
  CONSTRAINT ck_staff_identity_subject_length CHECK (length(subject) between 1 and 255),
  CONSTRAINT fk_staff_identity_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)
""",
    "CREATE UNIQUE INDEX uq_staff_identity_subject ON staff_identity (issuer, subject) WHERE removed_at is null",
    "CREATE UNIQUE INDEX uq_staff_identity_staff ON staff_identity (staff_id, issuer) WHERE removed_at is null",
)
GUARDS = (
    """
create function guard_passkey() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a passkey is removed and never deleted' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if new.removed_at is not null or new.last_used_at is not null
       or not exists (select from staff s where s.id = new.staff_id and s.active) then
      raise exception 'a passkey begins unused, with somebody who works here'
        using errcode = '23514', constraint = 'passkey_begins';
    end if;
    return new;
  end if;
  if old.removed_at is not null or new.last_used_at < old.last_used_at
     or (old.last_used_at is not null and new.last_used_at is null)
     or (new.sign_count <= old.sign_count and old.sign_count > 0 and new.last_used_at is distinct from old.last_used_at)
     or (new.sign_count < old.sign_count)
     or (to_jsonb(new) - array['sign_count', 'last_used_at', 'removed_at'])
        <> (to_jsonb(old) - array['sign_count', 'last_used_at', 'removed_at']) then
    raise exception 'a passkey counts up, and one that was removed stays so' using errcode = '42501';
  end if;
  return new;
end $$
""",
    """
create function guard_staff_identity() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'an identity is taken back and never deleted' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if new.removed_at is not null or not exists (select from staff s where s.id = new.staff_id and s.active) then
      raise exception 'an identity is bound to somebody who works here'
        using errcode = '23514', constraint = 'staff_identity_begins';
    end if;
    return new;
  end if;
  if old.removed_at is not null or (to_jsonb(new) - 'removed_at') <> (to_jsonb(old) - 'removed_at') then
    raise exception 'an identity that was taken back stays so' using errcode = '42501';
  end if;
  return new;
end $$
""",
)


def upgrade() -> None:
    """Apply."""
    for statement in (*TABLES, *GUARDS):
        op.execute(statement)
    for table in ("passkey", "staff_identity"):
        op.execute(
            f"create trigger guard before insert or update or delete on {table} "
            f"for each row execute function guard_{table}()"
        )
    op.execute("grant select, insert on passkey, staff_identity to caseflow_application")
    op.execute("grant update (sign_count, last_used_at, removed_at) on passkey to caseflow_application")
    op.execute("grant update (removed_at) on staff_identity to caseflow_application")
    op.execute("grant select, insert, delete on passkey_challenge to caseflow_application")


def downgrade() -> None:
    """Take back."""
    for table in ("staff_identity", "passkey_challenge", "passkey"):
        op.execute(f"drop table {table}")
    op.execute("drop function guard_staff_identity()")
    op.execute("drop function guard_passkey()")
