"""How the person of a case gets to it: codes handed out, a passphrase of their own, sessions.

Only hashes are kept. A code is used once, a session is ended once, and neither is ever another case's.

Revision: 0028
Follows: 0027
"""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLES = ("person_code", "person_passphrase", "person_session")

DDL = (
    """
CREATE TABLE person_code (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  case_id BIGINT NOT NULL,
  party_id BIGINT NOT NULL,
  code_hash BYTEA NOT NULL,
  occasion TEXT NOT NULL,
  paper_id BIGINT,
  key TEXT NOT NULL,
  made_by INTEGER NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  used_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_person_code PRIMARY KEY (id),
  CONSTRAINT ck_person_code_hash_length CHECK (octet_length(code_hash) = 32),
  CONSTRAINT ck_person_code_occasion CHECK (occasion in ('counter', 'with_paper')),
  CONSTRAINT ck_person_code_goes_with_a_paper CHECK ((occasion = 'with_paper') = (paper_id is not null)),
  CONSTRAINT ck_person_code_expires CHECK (expires_at > made_at and expires_at <= made_at + interval '400 days'),
  CONSTRAINT ck_person_code_used_or_ended CHECK (used_at is null or ended_at is null),
  CONSTRAINT fk_person_code_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_person_code_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_person_code_party_id FOREIGN KEY(party_id) REFERENCES party (id),
  CONSTRAINT uq_person_code_code_hash UNIQUE (code_hash),
  CONSTRAINT fk_person_code_paper_id FOREIGN KEY(paper_id) REFERENCES paper (id),
  CONSTRAINT uq_person_code_key UNIQUE (key),
  CONSTRAINT fk_person_code_made_by FOREIGN KEY(made_by) REFERENCES staff (id)
)
""",
    """
CREATE INDEX ix_person_code_case ON person_code (case_id, id desc)
""",
    """
CREATE UNIQUE INDEX uq_person_code_live ON person_code (case_id) WHERE used_at is null and ended_at is null
""",
    """
CREATE TABLE person_passphrase (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  case_id BIGINT NOT NULL,
  hash TEXT NOT NULL,
  chosen_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_person_passphrase PRIMARY KEY (id),
  CONSTRAINT ck_person_passphrase_argon2id CHECK (hash like '$argon2id$%'),
  CONSTRAINT fk_person_passphrase_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_person_passphrase_case_id FOREIGN KEY(case_id) REFERENCES cases (id)
)
""",
    """
CREATE UNIQUE INDEX uq_person_passphrase_live ON person_passphrase (case_id) WHERE ended_at is null
""",
    """
CREATE TABLE person_session (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  case_id BIGINT NOT NULL,
  party_id BIGINT NOT NULL,
  token_hash BYTEA NOT NULL,
  opened_by TEXT NOT NULL,
  code_id BIGINT,
  opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_person_session PRIMARY KEY (id),
  CONSTRAINT ck_person_session_hash_length CHECK (octet_length(token_hash) = 32),
  CONSTRAINT ck_person_session_opened_by CHECK (opened_by in ('code', 'passphrase')),
  CONSTRAINT ck_person_session_uses_its_code CHECK ((opened_by = 'code') = (code_id is not null)),
  CONSTRAINT ck_person_session_absolute_end CHECK (ends_at > opened_at and ends_at <= opened_at + interval '2 hours'),
  CONSTRAINT fk_person_session_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_person_session_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_person_session_party_id FOREIGN KEY(party_id) REFERENCES party (id),
  CONSTRAINT uq_person_session_token_hash UNIQUE (token_hash),
  CONSTRAINT uq_person_session_code_id UNIQUE (code_id),
  CONSTRAINT fk_person_session_code_id FOREIGN KEY(code_id) REFERENCES person_code (id)
)
""",
    """
CREATE INDEX ix_person_session_case ON person_session (case_id) WHERE ended_at is null
""",
)

GUARD_CODE = """
create function guard_person_code() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'that a code was handed out stays on the list' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' then
    if (to_jsonb(new) - array['used_at', 'ended_at']) <> (to_jsonb(old) - array['used_at', 'ended_at'])
       or old.used_at is not null or old.ended_at is not null then
      raise exception 'a code is used or ended once and stays as it was' using errcode = '42501';
    end if;
    if new.used_at > old.expires_at then
      raise exception 'the code had expired' using errcode = '23514', constraint = 'person_code_expired';
    end if;
    return new;
  end if;
  if new.used_at is not null or new.ended_at is not null then
    raise exception 'a code begins unused' using errcode = '23514', constraint = 'person_code_begins';
  end if;
  if not exists (select from cases c where c.id = new.case_id and c.office_id = new.office_id
                    and c.party_id = new.party_id) then
    raise exception 'a code is for the party of its case' using errcode = '23514', constraint = 'person_code_party';
  end if;
  if not staff_has_role(new.made_by, new.office_id, 'officer') then
    raise exception 'an officer of the office hands out codes' using errcode = '23514', constraint = 'person_code_by';
  end if;
  if new.paper_id is not null and not exists (
       select from paper p where p.id = new.paper_id and p.case_id = new.case_id and p.status = 'issued') then
    raise exception 'a code goes with an issued paper of its case'
      using errcode = '23514', constraint = 'person_code_paper';
  end if;
  return new;
end $$
"""
GUARD_WORDS = """
create function guard_person_passphrase() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'that a passphrase was chosen stays on the list' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' then
    if (to_jsonb(new) - 'ended_at') <> (to_jsonb(old) - 'ended_at') or old.ended_at is not null then
      raise exception 'a passphrase ends once' using errcode = '42501';
    end if;
    return new;
  end if;
  if not exists (select from cases c where c.id = new.case_id and c.office_id = new.office_id) then
    raise exception 'the case belongs to another office' using errcode = '23514',
      constraint = 'person_passphrase_office';
  end if;
  return new;
end $$
"""
GUARD_SESSION = """
create function guard_person_session() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'that somebody signed in stays on the list' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' then
    if (to_jsonb(new) - 'ended_at') <> (to_jsonb(old) - 'ended_at') or old.ended_at is not null then
      raise exception 'a session ends once' using errcode = '42501';
    end if;
    return new;
  end if;
  if not exists (select from cases c where c.id = new.case_id and c.office_id = new.office_id
                    and c.party_id = new.party_id) then
    raise exception 'a session is for the party of its case'
      using errcode = '23514', constraint = 'person_session_party';
  end if;
  if new.code_id is not null and not exists (
       select from person_code k where k.id = new.code_id and k.case_id = new.case_id and k.used_at is not null) then
    raise exception 'the code was not used' using errcode = '23514', constraint = 'person_session_code';
  end if;
  if new.opened_by = 'passphrase' and not exists (
       select from person_passphrase p where p.case_id = new.case_id and p.ended_at is null) then
    raise exception 'no passphrase opens this case' using errcode = '23514', constraint = 'person_session_passphrase';
  end if;
  return new;
end $$
"""

# The person reads their own case, and that is recorded like every other reading.
_STAFF_ALONE = ("task", "reason", "list", "search", "export", "system")
READ_LOG = {
    "purpose": "purpose in ({})",
    "somebody": "(actor_id is null) = (purpose {}) and (purpose = 'system') = (operator <> '')",
}


def _read_log(purposes: tuple[str, ...], nobody: str) -> None:
    listed = ", ".join(f"'{one}'" for one in purposes)
    for name, said in (("purpose", listed), ("somebody", nobody)):
        op.drop_constraint(op.f(f"ck_read_log_{name}"), "read_log")
        op.create_check_constraint(op.f(f"ck_read_log_{name}"), "read_log", READ_LOG[name].format(said))


def upgrade() -> None:
    """Apply."""
    _read_log((*_STAFF_ALONE, "person"), "in ('system', 'person')")
    op.create_index("ix_receipt_number", "receipt", ["number"])
    for statement in (*DDL, GUARD_CODE, GUARD_WORDS, GUARD_SESSION):
        op.execute(statement)
    for table in TABLES:
        op.execute(
            f"create trigger guard before insert or update or delete on {table} "
            f"for each row execute function guard_{table}()"
        )
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
        op.execute(f"grant select, insert on {table} to caseflow_application")
    op.execute("grant update (used_at, ended_at) on person_code to caseflow_application")
    op.execute("grant update (ended_at) on person_passphrase, person_session to caseflow_application")
    # An auditor sees that access was given and used; the hashes are nobody else's.
    op.execute(
        "grant select (id, office_id, case_id, party_id, occasion, paper_id, made_by, made_at, expires_at, used_at, "
        "ended_at) on person_code to caseflow_auditor"
    )
    op.execute("grant select (id, office_id, case_id, chosen_at, ended_at) on person_passphrase to caseflow_auditor")
    op.execute(
        "grant select (id, office_id, case_id, party_id, opened_by, code_id, opened_at, ends_at, ended_at) "
        "on person_session to caseflow_auditor"
    )


def downgrade() -> None:
    """Take back."""
    _read_log(_STAFF_ALONE, "= 'system'")
    op.drop_index("ix_receipt_number", "receipt")
    for table in reversed(TABLES):
        op.drop_table(table)
    for table in TABLES:
        op.execute(f"drop function guard_{table}()")
