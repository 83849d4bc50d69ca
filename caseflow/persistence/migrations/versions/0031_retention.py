"""Retention: legal holds, runs of two persons, and the one function that erases what is personal of a case.

What guards a table lets a row through while that function is at work on its case in the same transaction, which only the
function can say: the application may not write ``retention_run_case.at_work``.

Revision: 0031
Follows: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_HEAD = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$"
TABLES = ("legal_hold", "retention_run", "retention_run_case")
DDL = (
    r"""
CREATE TABLE legal_hold (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  case_id BIGINT NOT NULL,
  reason TEXT NOT NULL,
  placed_by INTEGER NOT NULL,
  placed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  ended_by INTEGER,
  ended_at TIMESTAMP WITH TIME ZONE,
  end_reason TEXT,
  CONSTRAINT pk_legal_hold PRIMARY KEY (id),
  CONSTRAINT ck_legal_hold_reasons CHECK (length(reason) between 1 and 500 and length(end_reason) between 1 and 500),
  CONSTRAINT ck_legal_hold_ended_whole CHECK (num_nulls(ended_by, ended_at, end_reason) in (0, 3)),
  CONSTRAINT fk_legal_hold_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_legal_hold_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_legal_hold_placed_by FOREIGN KEY(placed_by) REFERENCES staff (id),
  CONSTRAINT fk_legal_hold_ended_by FOREIGN KEY(ended_by) REFERENCES staff (id)
)
""",
    "CREATE UNIQUE INDEX uq_legal_hold_case ON legal_hold (case_id) WHERE ended_at is null",
    "CREATE INDEX ix_legal_hold_office ON legal_hold (office_id, id desc)",
    r"""
CREATE TABLE retention_run (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  prepared_by INTEGER NOT NULL,
  prepared_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  approved_by INTEGER,
  approved_at TIMESTAMP WITH TIME ZONE,
  key TEXT NOT NULL,
  CONSTRAINT pk_retention_run PRIMARY KEY (id),
  CONSTRAINT ck_retention_run_second_person CHECK (approved_by <> prepared_by),
  CONSTRAINT ck_retention_run_approved_whole CHECK ((approved_by is null) = (approved_at is null)),
  CONSTRAINT ck_retention_run_key_length CHECK (length(key) between 1 and 200),
  CONSTRAINT fk_retention_run_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_retention_run_prepared_by FOREIGN KEY(prepared_by) REFERENCES staff (id),
  CONSTRAINT fk_retention_run_approved_by FOREIGN KEY(approved_by) REFERENCES staff (id),
  CONSTRAINT uq_retention_run_key UNIQUE (key)
)
""",
    "CREATE INDEX ix_retention_run_office ON retention_run (office_id, id desc)",
    r"""
CREATE TABLE retention_run_case (
  run_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  office_id INTEGER NOT NULL,
  due_on DATE NOT NULL,
  years INTEGER NOT NULL,
  event_key TEXT,
  done_at TIMESTAMP WITH TIME ZONE,
  at_work XID8,
  CONSTRAINT pk_retention_run_case PRIMARY KEY (run_id, case_id),
  CONSTRAINT ck_retention_run_case_done_whole CHECK ((event_key is null) = (done_at is null)),
  CONSTRAINT fk_retention_run_case_run_id FOREIGN KEY(run_id) REFERENCES retention_run (id),
  CONSTRAINT fk_retention_run_case_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_retention_run_case_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_retention_run_case_event_key FOREIGN KEY(event_key) REFERENCES audit_event (key),
  CONSTRAINT uq_retention_run_case_event_key UNIQUE (event_key)
)
""",
    "CREATE INDEX ix_retention_run_case_case ON retention_run_case (case_id)",
    "CREATE INDEX ix_cases_closed ON cases (office_id, closed_on, id) WHERE closed_on is not null",
)

# The longest period that any kept version of the regime names: whoever can add a version can only lengthen it.
YEARS = """
create function retention_years(of_regime text) returns integer language sql stable
  set search_path = pg_catalog, public, pg_temp as $$
  select max((d.body -> 'retention' ->> 'years')::integer) from workflow_definition d where d.regime = of_regime
$$
"""
# Null: nothing keeps the case. The names stand in caseflow/domain/retention.py.
OBSTACLE = """
create function retention_obstacle(wanted bigint) returns text language plpgsql stable
  set search_path = pg_catalog, public, pg_temp as $$
declare c cases; years integer;
  today date := (now() at time zone 'Asia/Shanghai')::date + coalesce((select date_shift_days from installation), 0);
begin
  select * into c from cases where id = wanted;
  years := retention_years(c.regime);
  return case
    when c.id is null or c.closed_on is null or c.phase <> 'closed' then 'not_closed'
    when years is null or (c.closed_on + make_interval(years => years))::date >= today then 'not_over'
    when exists (select from retention_run_case r where r.case_id = c.id and r.done_at is not null) then 'erased'
    when c.refund_due_fen <> 0 or c.held_fen <> 0 or c.principal_open_fen <> 0 or c.charge_open_fen <> 0 then 'money'
    when exists (select from clock k where k.case_id = c.id
                    and (k.status = 'tolled' or k.status = 'open' and k.due_on >= today)) then 'clock'
    when exists (select from finding f where f.case_id = c.id and not exists (
           select from finding_note n where n.finding_id = f.id and n.kind in ('closing', 'withdrawal'))) then 'finding'
    when exists (select from submission s where s.case_id = c.id and s.state in ('received', 'in_hand')) then 'submission'
    when exists (select from legal_hold h where h.case_id = c.id and h.ended_at is null) then 'hold'
  end;
end $$
"""
ERASES = """
create function retention_is_at_work(wanted bigint) returns boolean language sql stable
  set search_path = pg_catalog, public, pg_temp as $$
  select exists (select from retention_run_case r where r.case_id = wanted and r.at_work = pg_current_xact_id_if_assigned())
$$
"""
GUARD_HOLD = f"""
create function guard_legal_hold() {_HEAD}
begin
  if tg_op = 'DELETE' then
    raise exception 'a hold is ended, never deleted' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' then
    if old.ended_at is not null or new.ended_at is null
       or (to_jsonb(new) - array['ended_by', 'ended_at', 'end_reason'])
          <> (to_jsonb(old) - array['ended_by', 'ended_at', 'end_reason']) then
      raise exception 'a hold ends once' using errcode = '42501';
    end if;
    new.ended_at := clock_timestamp();
  elsif new.ended_at is not null or not exists (
          select from cases c where c.id = new.case_id and c.office_id = new.office_id) then
    raise exception 'a hold begins on a case of its office' using errcode = '23514', constraint = 'legal_hold_begins';
  else
    new.placed_at := clock_timestamp();
  end if;
  if not staff_has_role(coalesce(new.ended_by, new.placed_by), new.office_id, 'supervisor')
     and not staff_has_role(coalesce(new.ended_by, new.placed_by), new.office_id, 'auditor') then
    raise exception 'a supervisor or an auditor of the office holds a case'
      using errcode = '42501', constraint = 'legal_hold_by';
  end if;
  return new;
end $$
"""
GUARD_RUN = f"""
create function guard_retention_run() {_HEAD}
begin
  if tg_op = 'DELETE' then
    raise exception 'a run stays on the list' using errcode = '42501';
  end if;
  if tg_op = 'INSERT' then
    if new.approved_by is not null or not staff_has_role(new.prepared_by, new.office_id, 'supervisor') then
      raise exception 'a supervisor of the office prepares a run, and another person approves it later'
        using errcode = '42501', constraint = 'retention_run_prepared';
    end if;
    new.prepared_at := clock_timestamp();
    return new;
  end if;
  if old.approved_by is not null or new.approved_by is null
     or (to_jsonb(new) - array['approved_by', 'approved_at']) <> (to_jsonb(old) - array['approved_by', 'approved_at']) then
    raise exception 'a run is approved once' using errcode = '42501';
  end if;
  if not staff_has_role(new.approved_by, new.office_id, 'approver')
     and not staff_has_role(new.approved_by, new.office_id, 'auditor') then
    raise exception 'an approver or an auditor of the office approves a run'
      using errcode = '42501', constraint = 'retention_run_approved';
  end if;
  new.approved_at := clock_timestamp();
  return new;
end $$
"""
GUARD_RUN_CASE = f"""
create function guard_retention_run_case() {_HEAD}
declare why text; run retention_run; c cases;
begin
  if tg_op = 'DELETE' or tg_op = 'UPDATE' and old.done_at is not null then
    raise exception 'what a run did stays on the list' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' then
    return new;
  end if;
  select * into run from retention_run r where r.id = new.run_id for share;
  select * into c from cases where id = new.case_id;
  if run.id is null or run.approved_by is not null or run.office_id <> new.office_id or c.office_id <> new.office_id then
    raise exception 'cases enter a run of their office before it is approved'
      using errcode = '23514', constraint = 'retention_run_open';
  end if;
  why := retention_obstacle(new.case_id);
  if why is not null then
    raise exception 'case % is kept: %', new.case_id, why using errcode = '23514', constraint = 'retention_case_is_kept';
  end if;
  if (new.event_key, new.done_at, new.at_work) is distinct from (null::text, null::timestamptz, null::xid8) then
    raise exception 'nothing is done yet' using errcode = '23514', constraint = 'retention_case_begins';
  end if;
  new.years := retention_years(c.regime);
  new.due_on := (c.closed_on + make_interval(years => new.years))::date;
  return new;
end $$
"""
ERASED = "erased: kept no longer / 保存期满已删除"
# Runs as the owner, so it looks itself whether whoever asks works for the office of the case.
ERASE = f"""
create function erase_case(
  of_run bigint, wanted bigint, told_by text, named bytea, named_by bytea,
  sent bigint[], texts bytea[], answered bigint[], reasons bytea[]
) returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare c cases; why text; written text[];
begin
  select * into c from cases where id = wanted for update;
  if c.id is null or coalesce(current_setting('caseflow.office', true), '') not in ('*', c.office_id::text) then
    raise exception 'no such case' using errcode = '42501', constraint = 'retention_office';
  end if;
  if not exists (select from retention_run_case x join retention_run r on r.id = x.run_id
                  where x.run_id = of_run and x.case_id = wanted and r.office_id = c.office_id
                    and r.approved_by is not null) then
    raise exception 'case % is in no approved run', c.number
      using errcode = '42501', constraint = 'retention_is_approved';
  end if;
  why := retention_obstacle(wanted);
  if why is not null then
    raise exception 'case % is kept: %', c.number, why using errcode = '23514', constraint = 'retention_case_is_kept';
  end if;
  if not exists (select from audit_event e where e.key = told_by and e.action = 'case_pseudonymised'
                    and e.office_id = c.office_id and e.body ->> 'case' = c.number) then
    raise exception 'the record tells of it first' using errcode = '23514', constraint = 'retention_is_recorded';
  end if;
  if exists (select from cases o where o.party_id = c.party_id and o.id <> c.id) then
    raise exception 'the party has another case' using errcode = '23514', constraint = 'retention_party';
  end if;
  update retention_run_case set at_work = pg_current_xact_id() where run_id = of_run and case_id = wanted;

  update party set name = null, name_sealed = named, name_index = named_by, contact = null,
         contact_sealed = null, identity_sealed = null, identity_index = null, identity_index_old = null,
         address_sealed = null where id = c.party_id;
  update receipt set payer = null, payer_sealed = named where case_id = wanted and amount_fen is not null;
  update read_purpose set reason = '{ERASED}' where case_id = wanted;
  update read_log set reason = '{ERASED}' where case_id = wanted and reason <> '';
  update submission s set text_sealed = n.sealed from unnest(sent, texts) as n(id, sealed)
   where s.id = n.id and s.case_id = wanted;
  update submission_answer a set reasons_sealed = n.sealed from unnest(answered, reasons) as n(id, sealed)
   where a.submission_id = n.id and a.case_id = wanted;
  if exists (select from submission s where s.case_id = wanted and s.id <> all(sent))
     or exists (select from submission_answer a where a.case_id = wanted and a.submission_id <> all(answered)) then
    raise exception 'every submission is erased' using errcode = '23514', constraint = 'retention_submissions';
  end if;
  update case_file set name = 'erased', description = '{ERASED}',
         withdrawn_reason = case when withdrawn_reason is null then null else '{ERASED}' end where case_id = wanted;
  update paper set texts = '{{}}', foretold = '{{}}', inputs = case when inputs is null then null else '{{}}'::jsonb end,
         review_note = '', correction_reason = case correction_reason when '' then '' else '{ERASED}' end
   where case_id = wanted;
  update casebook_row set sealed = null, content_index = substr(content_index, 1, 4)
         || sha256(convert_to(gen_random_uuid()::text, 'UTF8')) where case_id = wanted;
  update service set proof = '{{}}' where case_id = wanted;
  update service_attempt set note = '' where case_id = wanted;
  update recusal set reason = '{ERASED}' where case_id = wanted;
  select coalesce(array_agg(f.key), '{{}}') into written
    from workflow_definition d cross join jsonb_each(d.body -> 'fields') f
   where d.content_hash = c.definition_hash and f.value ->> 'type' in ('text', 'long_text');
  update step set answers = answers - written where case_id = wanted and answers ?| written;
  update cases set facts = facts - written where id = wanted and facts ?| written;
  update person_code set ended_at = now() where case_id = wanted and used_at is null and ended_at is null;
  update person_passphrase set ended_at = now() where case_id = wanted and ended_at is null;
  update person_session set ended_at = now() where case_id = wanted and ended_at is null;

  update retention_run_case set at_work = null, event_key = told_by, done_at = clock_timestamp()
   where run_id = of_run and case_id = wanted;
end $$
"""
FUNCTIONS = (YEARS, OBSTACLE, ERASES, GUARD_HOLD, GUARD_RUN, GUARD_RUN_CASE, ERASE)
# Let a row through while its case is being erased: nested, for a statement's trigger has no old row.
_LET_THROUGH = """begin
  if tg_op = 'UPDATE' then
    if public.retention_is_at_work((to_jsonb(old) ->> 'case_id')::bigint) then
      return new;
    end if;
  end if;
"""
CHANGED_GUARDS = (
    "refuse_change()",
    "guard_case_file()",
    "guard_paper()",
    "guard_submission()",
    "guard_casebook_row()",
    "guard_recusal()",
    "submission_answer_stays()",
)


def _change_guards(before: str, after: str) -> None:
    for name in CHANGED_GUARDS:
        found = op.get_bind().execute(sa.text("select pg_get_functiondef(cast(:name as regprocedure))"), {"name": name})
        body = found.scalar_one()
        if before not in body:
            message = f"{name} is not the guard that 0031 changes"
            raise RuntimeError(message)
        op.get_bind().exec_driver_sql(body.replace(before, after, 1).replace("%", "%%"))


def upgrade() -> None:
    """Apply."""
    for statement in (*DDL, *FUNCTIONS):
        op.execute(sa.text(statement.replace(":", r"\:")))
    _change_guards("begin\n", _LET_THROUGH)
    for table in TABLES:
        op.execute(
            f"create trigger guard before insert or update or delete on {table} "
            f"for each row execute function guard_{table}()"
        )
        op.execute(
            f"create trigger append_only_truncate before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
        op.execute(f"grant select on {table} to caseflow_application, caseflow_spending, caseflow_auditor")
    op.execute("grant insert on legal_hold, retention_run to caseflow_application")
    op.execute("grant insert (run_id, case_id, office_id, due_on, years) on retention_run_case to caseflow_application")
    op.execute("grant update (ended_by, ended_at, end_reason) on legal_hold to caseflow_application")
    op.execute("grant update (approved_by, approved_at) on retention_run to caseflow_application")
    signature = "erase_case(bigint, bigint, text, bytea, bytea, bigint[], bytea[], bigint[], bytea[])"
    op.execute(f"revoke execute on function {signature} from public")
    op.execute(f"grant execute on function {signature} to caseflow_application")


def downgrade() -> None:
    """Take back; what was erased stays erased."""
    _change_guards(_LET_THROUGH, "begin\n")
    op.execute("drop function erase_case(bigint, bigint, text, bytea, bytea, bigint[], bytea[], bigint[], bytea[])")
    op.drop_index("ix_cases_closed", table_name="cases")
    for table in reversed(TABLES):
        op.drop_table(table)
    for name in ("legal_hold", "retention_run", "retention_run_case"):
        op.execute(f"drop function guard_{name}()")
    op.execute("drop function retention_is_at_work(bigint)")
    op.execute("drop function retention_obstacle(bigint)")
    op.execute("drop function retention_years(text)")
