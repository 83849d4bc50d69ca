"""What persons submit to the office from My case: numbers without gaps, files, answers.

What was submitted and answered is sealed by the application and never changed. The database draws the number itself, in
the transaction of the submission, so that no number is skipped and none is used twice.

Revision: 0029
Follows: 0028
"""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLES = ("submission_serial", "submission", "submission_file", "submission_answer")

DDL = (
    r"""
CREATE TABLE submission_serial (
  office_id INTEGER NOT NULL,
  year INTEGER NOT NULL,
  last INTEGER NOT NULL,
  CONSTRAINT pk_submission_serial PRIMARY KEY (office_id, year),
  CONSTRAINT fk_submission_serial_office_id FOREIGN KEY(office_id) REFERENCES office (id)
)
""",
    r"""
CREATE TABLE submission (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  case_id BIGINT NOT NULL,
  party_id BIGINT NOT NULL,
  person_session_id BIGINT NOT NULL,
  year INTEGER NOT NULL,
  serial INTEGER NOT NULL,
  number TEXT NOT NULL,
  case_no INTEGER NOT NULL,
  kind TEXT NOT NULL,
  desk TEXT NOT NULL,
  state TEXT NOT NULL,
  text_sealed BYTEA NOT NULL,
  hash TEXT NOT NULL,
  objected_to INTEGER,
  received_at TIMESTAMP WITH TIME ZONE NOT NULL,
  received_on DATE NOT NULL,
  late BOOLEAN NOT NULL,
  late_words JSONB,
  rule TEXT NOT NULL,
  due_on DATE,
  clock JSONB NOT NULL,
  step_seq INTEGER,
  escalated_on DATE,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  idempotency_key TEXT NOT NULL,
  CONSTRAINT pk_submission PRIMARY KEY (id),
  CONSTRAINT fk_submission_case_id_step_seq FOREIGN KEY(case_id, step_seq) REFERENCES step (case_id, seq),
  CONSTRAINT uq_submission_office_id_year_serial UNIQUE (office_id, year, serial),
  CONSTRAINT uq_submission_case_id_case_no UNIQUE (case_id, case_no),
  CONSTRAINT ck_submission_kind CHECK (kind in ('statement', 'evidence', 'hearing_request', 'instalments',
    'correction', 'refund_claim', 'recusal')),
  CONSTRAINT ck_submission_desk CHECK (desk in ('officer', 'reviewer', 'approver', 'supervisor')),
  CONSTRAINT ck_submission_state CHECK (state in ('received', 'in_hand', 'answered', 'withdrawn')),
  CONSTRAINT ck_submission_hash_form CHECK (hash ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_submission_sealed_form CHECK (substr(text_sealed, 1, 1) = '\x01' and octet_length(text_sealed)
    between 34 and 200000),
  CONSTRAINT ck_submission_late_says_why CHECK (late = (late_words is not null)),
  CONSTRAINT ck_submission_only_an_objection_names CHECK (objected_to is null or kind = 'recusal'),
  CONSTRAINT ck_submission_withdrawn_has_a_moment CHECK ((state = 'withdrawn') = (withdrawn_at is not null)),
  CONSTRAINT ck_submission_year_of_receipt CHECK (year = extract(year from received_on)),
  CONSTRAINT fk_submission_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_submission_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_submission_party_id FOREIGN KEY(party_id) REFERENCES party (id),
  CONSTRAINT fk_submission_person_session_id FOREIGN KEY(person_session_id) REFERENCES person_session (id),
  CONSTRAINT fk_submission_objected_to FOREIGN KEY(objected_to) REFERENCES staff (id),
  CONSTRAINT uq_submission_idempotency_key UNIQUE (idempotency_key)
)
""",
    r"""
CREATE INDEX ix_submission_case ON submission (case_id, id desc)
""",
    r"""
CREATE INDEX ix_submission_newest ON submission (office_id, id desc)
""",
    r"""
CREATE INDEX ix_submission_open ON submission (office_id, due_on, id) WHERE state in ('received', 'in_hand')
""",
    r"""
CREATE INDEX ix_submission_overdue ON submission (due_on) WHERE state in ('received', 'in_hand') and escalated_on
    is null
""",
    r"""
CREATE TABLE submission_file (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  case_id BIGINT NOT NULL,
  submission_id BIGINT NOT NULL,
  position SMALLINT NOT NULL,
  sha256 TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  CONSTRAINT pk_submission_file PRIMARY KEY (id),
  CONSTRAINT uq_submission_file_submission_id_position UNIQUE (submission_id, position),
  CONSTRAINT ck_submission_file_so_many CHECK (position between 1 and 5),
  CONSTRAINT ck_submission_file_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_submission_file_not_empty CHECK (size_bytes > 0),
  CONSTRAINT ck_submission_file_media_type_form CHECK (media_type ~ '^[a-z]+/[a-z0-9.+-]+$'),
  CONSTRAINT fk_submission_file_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_submission_file_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_submission_file_submission_id FOREIGN KEY(submission_id) REFERENCES submission (id)
)
""",
    r"""
CREATE INDEX ix_submission_file_case ON submission_file (case_id)
""",
    r"""
CREATE INDEX ix_submission_file_sha256 ON submission_file (sha256)
""",
    r"""
CREATE TABLE submission_answer (
  submission_id BIGINT NOT NULL,
  office_id INTEGER NOT NULL,
  case_id BIGINT NOT NULL,
  answered_by INTEGER NOT NULL,
  answered_at TIMESTAMP WITH TIME ZONE NOT NULL,
  answered_on DATE NOT NULL,
  outcome TEXT NOT NULL,
  reasons_sealed BYTEA NOT NULL,
  step_seq INTEGER,
  idempotency_key TEXT NOT NULL,
  CONSTRAINT pk_submission_answer PRIMARY KEY (submission_id),
  CONSTRAINT fk_submission_answer_case_id_step_seq FOREIGN KEY(case_id, step_seq) REFERENCES step (case_id, seq),
  CONSTRAINT ck_submission_answer_outcome CHECK (outcome in ('granted', 'refused', 'noted')),
  CONSTRAINT ck_submission_answer_sealed_form CHECK (substr(reasons_sealed, 1, 1) = '\x01' and
    octet_length(reasons_sealed) between 34 and 100000),
  CONSTRAINT fk_submission_answer_submission_id FOREIGN KEY(submission_id) REFERENCES submission (id),
  CONSTRAINT fk_submission_answer_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_submission_answer_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_submission_answer_answered_by FOREIGN KEY(answered_by) REFERENCES staff (id),
  CONSTRAINT uq_submission_answer_idempotency_key UNIQUE (idempotency_key)
)
""",
    r"""
CREATE INDEX ix_submission_answer_case ON submission_answer (case_id)
""",
)

# Runs as the owner: the application may not touch the count of numbers by any other way.
NUMBER = """
create function draw_submission_number() returns trigger language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into submission_serial (office_id, year, last) values (new.office_id, new.year, 1)
  on conflict (office_id, year) do update set last = submission_serial.last + 1
  returning last into new.serial;
  new.number := 'S-' || new.year || '-' || lpad(new.serial::text, greatest(6, length(new.serial::text)), '0');
  -- Whoever drew a number of the office waits for the one before, so the place within the case is counted alone, too.
  select coalesce(max(s.case_no), 0) + 1 into new.case_no from submission s where s.case_id = new.case_id;
  return new;
end $$
"""
GUARD = """
create function guard_submission() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'what was submitted stays on the list' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if new.state <> 'received' or new.step_seq is not null or new.escalated_on is not null then
      raise exception 'a submission begins as received' using errcode = '23514', constraint = 'submission_begins';
    end if;
    if not exists (select from person_session p join cases c on c.id = p.case_id
                    where p.id = new.person_session_id and p.case_id = new.case_id and p.office_id = new.office_id
                      and p.party_id = new.party_id and c.office_id = new.office_id) then
      raise exception 'the person of the case submits' using errcode = '23514', constraint = 'submission_person';
    end if;
    if new.objected_to is not null and not exists (
         select from staff s where s.id = new.objected_to and s.office_id = new.office_id) then
      raise exception 'who is objected to works at the office'
        using errcode = '23514', constraint = 'submission_objected_to';
    end if;
    return new;
  end if;
  -- Sealed anew under another key: nothing else may change with it, and the digest still says whether the text did.
  if to_jsonb(new) - 'text_sealed' = to_jsonb(old) - 'text_sealed'
     and substr(new.text_sealed, 2, 4) <> substr(old.text_sealed, 2, 4) then
    return new;
  end if;
  if (to_jsonb(new) - array['state', 'desk', 'step_seq', 'escalated_on', 'withdrawn_at']) <>
     (to_jsonb(old) - array['state', 'desk', 'step_seq', 'escalated_on', 'withdrawn_at'])
     or old.state in ('answered', 'withdrawn')
     or (old.step_seq is not null and new.step_seq is distinct from old.step_seq)
     or (old.escalated_on is not null and new.escalated_on is distinct from old.escalated_on) then
    raise exception 'what was submitted stays as it is' using errcode = '42501';
  end if;
  if (old.state = 'in_hand' and new.state = 'received')
     or (new.state = 'in_hand') <> (new.step_seq is not null) and new.state in ('received', 'in_hand')
     or (new.step_seq is distinct from old.step_seq and new.state <> 'in_hand')
     or (new.desk <> old.desk and (new.kind = 'recusal' or new.step_seq is not distinct from old.step_seq)) then
    raise exception 'it is received, taken in hand with its step, and then answered or withdrawn'
      using errcode = '23514', constraint = 'submission_way';
  end if;
  if new.state = 'answered' and not exists (
       select from submission_answer a where a.submission_id = new.id) then
    raise exception 'only an answer answers' using errcode = '23514', constraint = 'submission_answered';
  end if;
  return new;
end $$
"""
GUARD_FILE = """
create function guard_submission_file() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from submission s where s.id = new.submission_id and s.case_id = new.case_id
                    and s.office_id = new.office_id
                    and s.xmin::text::bigint = pg_current_xact_id()::text::bigint % 4294967296) then
    raise exception 'a file comes with its submission, not later'
      using errcode = '23514', constraint = 'submission_file_comes_with_it';
  end if;
  return new;
end $$
"""
GUARD_ANSWER = """
create function guard_submission_answer() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
declare asked submission;
begin
  select * into asked from submission s where s.id = new.submission_id for update;
  if asked.id is null or asked.case_id <> new.case_id or asked.office_id <> new.office_id
     or asked.state not in ('received', 'in_hand') then
    raise exception 'an open submission of the case is answered, once'
      using errcode = '23514', constraint = 'submission_answer_open';
  end if;
  if new.answered_by = asked.objected_to then
    raise exception 'nobody decides on an objection to themselves'
      using errcode = '23514', constraint = 'submission_answer_not_oneself';
  end if;
  -- Not by role: a substitute answers for whoever is away. Nobody who may read no case ever does.
  if not exists (select from staff s where s.id = new.answered_by and s.active and s.office_id = new.office_id
                    and not exists (select from staff_role r where r.staff_id = s.id
                                       and r.role in ('administrator', 'payer', 'auditor'))) then
    raise exception 'a desk of the office that reads cases answers'
      using errcode = '23514', constraint = 'submission_answer_by';
  end if;
  if asked.kind in ('instalments', 'refund_claim') and exists (
       select from step t where t.case_id = asked.case_id and t.seq = asked.step_seq
          and t.actor_id = new.answered_by) then
    raise exception 'whoever recorded an application does not decide on it'
      using errcode = '23514', constraint = 'submission_answer_four_eyes';
  end if;
  return new;
end $$
"""
ANSWER_STAYS = """
create function submission_answer_stays() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  -- Sealed anew under another key, and nothing else with it.
  if tg_op = 'UPDATE' and to_jsonb(new) - 'reasons_sealed' = to_jsonb(old) - 'reasons_sealed'
     and substr(new.reasons_sealed, 2, 4) <> substr(old.reasons_sealed, 2, 4) then
    return new;
  end if;
  raise exception 'what was answered stays as it is' using errcode = '42501';
end $$
"""
# At the commit: the answer and the state of what it answers are written by two statements.
ANSWERED = """
create function submission_is_answered() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from submission s where s.id = new.submission_id and s.state = 'answered') then
    raise exception 'what was answered says so' using errcode = '23514', constraint = 'submission_answer_told';
  end if;
  return null;
end $$
"""
# APL 2021 article 43: the head of the office decides on an objection. Beside a supervisor, whoever granted one as approver
# or as the named head records what it means; nobody else, and nobody before the answer is written.
_RECUSAL = """
create or replace function guard_recusal() returns trigger language plpgsql
  set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op <> 'INSERT' then
    raise exception 'a recusal stays' using errcode = '42501';
  end if;
  perform from cases c where c.id = new.case_id and c.office_id = new.office_id for update;
  if not found
     or not exists (select from staff s where s.id = new.staff_id and s.office_id = new.office_id)
     or not exists (select from staff s join staff_role r on r.staff_id = s.id where s.id = new.recorded_by
                     and s.office_id = new.office_id and s.active and {who}) then
    raise exception 'a supervisor of the office records who takes no part in a case of it'
      using errcode = '23514', constraint = 'recusal_recorded';
  end if;
  return new;
end $$
"""
_GRANTED = """(r.role = 'supervisor' or new.ground = 'objection'
                     and (r.role = 'approver' or s.id = (select o.head_id from office o where o.id = s.office_id))
                     and exists (select from submission q join submission_answer a on a.submission_id = q.id
                                  where q.case_id = new.case_id and q.kind = 'recusal' and q.objected_to = new.staff_id
                                    and a.outcome = 'granted' and a.answered_by = new.recorded_by))"""
FUNCTIONS = {
    "draw_submission_number": NUMBER,
    "guard_submission": GUARD,
    "guard_submission_file": GUARD_FILE,
    "guard_submission_answer": GUARD_ANSWER,
    "submission_answer_stays": ANSWER_STAYS,
    "submission_is_answered": ANSWERED,
}


def upgrade() -> None:
    """Apply."""
    for statement in (*DDL, *FUNCTIONS.values(), _RECUSAL.format(who=_GRANTED)):
        op.execute(statement)
    op.execute("revoke execute on function draw_submission_number() from public")
    op.execute(
        "create trigger guard before insert or update or delete on submission "
        "for each row execute function guard_submission()"
    )
    # By name after the guard, so that nothing that is refused draws a number.
    op.execute(
        "create trigger number before insert on submission for each row execute function draw_submission_number()"
    )
    for table in ("submission_file", "submission_answer"):
        op.execute(f"create trigger guard before insert on {table} for each row execute function guard_{table}()")
        stays = "submission_answer_stays" if table == "submission_answer" else "refuse_change"
        op.execute(
            f"create trigger append_only before update or delete on {table} for each row execute function {stays}()"
        )
    op.execute(
        "create constraint trigger told after insert on submission_answer deferrable initially deferred "
        "for each row execute function submission_is_answered()"
    )
    for table in TABLES:
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    op.execute("grant select, insert on submission, submission_file, submission_answer to caseflow_application")
    op.execute("grant update (state, desk, step_seq, escalated_on, withdrawn_at) on submission to caseflow_application")
    op.execute("grant usage on sequence submission_id_seq to caseflow_application")
    # An auditor sees that something was submitted, when, and how it was answered; what it says is sealed.
    op.execute(f"grant select on {', '.join(TABLES)} to caseflow_auditor")
    op.execute("grant select on submission_serial to caseflow_application")


def downgrade() -> None:
    """Take back."""
    op.execute(_RECUSAL.format(who="r.role = 'supervisor'"))
    for table in reversed(TABLES):
        op.drop_table(table)
    for function in FUNCTIONS:
        op.execute(f"drop function {function}()")
