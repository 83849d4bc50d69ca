"""The statements of a wind-down: classification of many cases at once, runs, figures of those released.

``STANDING`` says of cases what :class:`caseflow.domain.wind_down_classes.Standing` says, and a test holds the two
against each other. Which rule fits a standing is looked up in one JSON object whose keys are standings.
"""

from __future__ import annotations

_RULES = "rules as materialized (select cast(:rules as jsonb) as of)"
# Where a wind-down began on a case and what had been paid then; for the others, where they stand and what is paid now.
STANDING = """
select c.id, c.number, c.number_zh, c.definition_hash, c.party_id, c.state, c.assessed_fen,
       c.collected_fen - c.refunded_fen as paid_fen, c.principal_open_fen + c.charge_open_fen as outstanding_fen,
       c.next_due_on, coalesce(b.from_state, c.state) as origin, b.from_state is not null as begun,
       case when k.kept <= 0 then 'none' when k.kept < c.assessed_fen then 'part' else 'full' end as paid,
       m.listed, m.listed or c.facts ->> :measured_on is not null as was_listed,
       c.facts ->> :applied_on is not null as applied
  from cases c
  left join lateral (select s.from_state, s.seq from step s
                      where c.state = any(:winding) and s.case_id = c.id and s.trigger = any(:begins)
                      order by s.seq desc limit 1) b on true
  cross join lateral (
    select case when b.from_state is not null and c.facts ->> :begun_with is not null
                then (c.facts ->> :begun_with)::bigint else c.collected_fen - c.refunded_fen end as kept) k
  cross join lateral (
    select c.facts @> any(cast(:restricting as jsonb[]))
           or (b.seq is not null and exists (select from step x where x.case_id = c.id and x.seq > b.seq
                                                and x.answers ->> :lifted_on is not null)) as listed) m
 where c.closed_on is null
"""
_KEY = "concat_ws('|', x.origin, x.paid, x.listed, x.was_listed, x.applied)"
_RULE = f"(u.of ->> {_KEY})::integer"
_CHOSEN = f"u.of ->> {_KEY} is not null and (cast(:begun as boolean) is null or x.begun = :begun)"
_ROW = """
x.id, x.number, x.number_zh, x.definition_hash, p.id as party_id, p.name_sealed, x.state, x.origin, x.rule, x.begun,
x.assessed_fen, x.paid_fen, x.outstanding_fen, x.next_due_on
"""

# Cases that stand alike fall under one rule, which is looked up once for all of them.
COUNTS = f"""
with {_RULES}, x as (
  select s.origin, s.begun, s.paid, s.listed, s.was_listed, s.applied, count(*) as cases,
         sum(s.outstanding_fen) as outstanding_fen, sum(s.paid_fen) as paid_fen
    from ({STANDING} and c.office_id = :office_id and c.regime = :regime) s
   group by 1, 2, 3, 4, 5, 6
)
select {_RULE} as rule, sum(x.cases)::bigint as cases,
       coalesce(sum(x.cases) filter (where x.begun), 0)::bigint as begun,
       sum(x.outstanding_fen)::bigint as outstanding_fen, sum(x.paid_fen)::bigint as paid_fen
  from x cross join rules u where {_CHOSEN} group by 1 order by 1
"""
# One walk of the index a state, each no longer than the page; bounds in place of equality of the state keep the planner
# from walking the primary key for each of them.
ROWS = f"""
with {_RULES}, found as (
  select f.* from unnest(cast(:states as text[])) as w(state) cross join lateral (
    select x.*, {_RULE} as rule
      from ({STANDING} and c.office_id = :office_id and c.regime = :regime
                   and c.state between w.state and w.state and c.id > :after
             order by c.state, c.id) x
     cross join rules u where {_CHOSEN} limit :limit) f
)
select {_ROW} from (select * from found order by id limit :limit) x join party p on p.id = x.party_id order by x.id
"""
ROWS_OF = f"""
with {_RULES}, found as (
  select x.*, {_RULE} as rule
    from ({STANDING} and c.office_id = :office_id and c.regime = :regime and c.id = any(:ids)) x cross join rules u
   where {_CHOSEN}
)
select {_ROW} from found x join party p on p.id = x.party_id order by x.id
"""

ADD_RUN = """
insert into wind_down_run (office_id, regime, reason, day, classes, case_count, prepared_by, key)
values (:office_id, :regime, :reason, :day, cast(:classes as text[]), :case_count, :prepared_by, :key) returning id
"""
ADD_RUN_CASES = """
insert into wind_down_run_case (run_id, position, case_id, class, stage)
select :run_id, x.position, x.case_id, x.class, x.stage
  from jsonb_to_recordset(cast(:cases as jsonb)) as x(position integer, case_id bigint, class text, stage text)
"""
DECIDE = """
update wind_down_run set status = :status, decided_by = :decided_by, decided_at = clock_timestamp(),
       finance_paper_no = :paper, refusal_reason = :reason,
       go_on_at = case when :status = 'approved' then clock_timestamp() end
 where id = :id and office_id = :office_id and status = 'prepared' returning id
"""
ASK_ON = """
update wind_down_run set go_on_at = greatest(go_on_at, clock_timestamp())
 where id = :id and office_id = :office_id and status = 'approved' returning id
"""
_TO_DO = "c.outcome not in ('done', 'already_done') and c.tried_order_at < {run}.go_on_at"
RUN = f"""
select r.id, r.regime, r.status, r.reason, r.day, r.classes, r.case_count, r.prepared_by, a.name_en as prepared_by_en,
       a.name_zh as prepared_by_zh, r.prepared_at, r.decided_by, d.name_en as decided_by_en,
       d.name_zh as decided_by_zh, r.decided_at, r.finance_paper_no, r.refusal_reason, r.go_on_at,
       (select coalesce(jsonb_object_agg(o.outcome, o.n), '{{}}')
          from (select c.outcome, count(*) as n from wind_down_run_case c where c.run_id = r.id group by c.outcome) o)
         as outcomes,
       (select count(*) from wind_down_run_case c where c.run_id = r.id and {_TO_DO.format(run="r")}) as to_do
  from wind_down_run r join staff a on a.id = r.prepared_by left join staff d on d.id = r.decided_by
 where r.office_id = :office_id
"""
RUN_CASE = """
select x.position, x.case_id, c.number, c.number_zh, x.class as class_name, x.stage, c.state, c.definition_hash,
       x.outcome, x.steps, x.seq, x.words_en, x.words_zh, x.tried_at
  from {source} x join cases c on c.id = x.case_id
"""
# One walk an outcome.
RUN_CASES = (
    "select * from (select y.* from unnest(cast(:outcomes as text[])) as o(outcome) cross join lateral ("
    + RUN_CASE.format(source="wind_down_run_case")
    + " where x.run_id = :run_id and x.outcome = o.outcome and x.position > :after order by x.position limit :limit) y"
    " ) z order by z.position limit :limit"
)
STAGES_OF = """
select class as name, stage, count(*) as n from wind_down_run_case where run_id = :run_id group by 1, 2 order by 1, 2
"""
STAGES_OWING = """
select x.class as name, x.stage, count(*) as n from wind_down_run_case x join cases c on c.id = x.case_id
 where x.run_id = :run_id and c.principal_open_fen + c.charge_open_fen > 0 group by 1, 2 order by 1, 2
"""
PAID_IN = """
select x.case_id, x.class as class_name, x.stage, c.collected_fen - c.refunded_fen as paid_fen
  from wind_down_run_case x join cases c on c.id = x.case_id
 where x.run_id = :run_id and c.collected_fen > c.refunded_fen order by x.position
"""
IN_HAND = """
select distinct x.case_id from wind_down_run_case x join wind_down_run r on r.id = x.run_id
 where x.case_id = any(:ids) and r.status <> 'refused'
   and x.outcome in ('waiting', 'waiting_for_court', 'waiting_for_other')
"""
BUSY_RUNS = f"""
select r.office_id, r.id from wind_down_run r
 where r.status = 'approved'
   and exists (select from wind_down_run_case c where c.run_id = r.id and {_TO_DO.format(run="r")})
 order by r.id limit :limit
"""
CLAIM = f"""
with mine as (
  select c.* from wind_down_run r join wind_down_run_case c on c.run_id = r.id
   where r.id = :run_id and r.status = 'approved' and {_TO_DO.format(run="r")}
   order by c.tried_order_at, c.position limit :most for update of c skip locked
)
{RUN_CASE.format(source="mine")} order by x.position
"""
# What a run has done on a case is told by the keys of its steps, so that nothing is lost when a run is killed.
TAKEN = """
select s.case_id, count(*) as steps, max(s.seq) as seq from step s
 where s.case_id = any(:ids) and starts_with(s.idempotency_key, :prefix) group by s.case_id
"""
BEGUN = """
select p.case_id, p.kind from paper p where p.case_id = any(:ids) and starts_with(p.key, :prefix) order by p.id
"""
NOTE_OUTCOMES = """
update wind_down_run_case c
   set outcome = x.outcome, steps = x.steps, seq = x.seq, words_en = x.words_en, words_zh = x.words_zh,
       tried_at = clock_timestamp()
  from jsonb_to_recordset(cast(:outcomes as jsonb))
       as x(position integer, outcome text, steps smallint, seq integer, words_en text, words_zh text)
 where c.run_id = :run_id and c.position = x.position and c.outcome not in ('done', 'already_done')
"""
# That somebody is listed may be known from the freeze alone, without the day of the court's measures.
LISTED = """
select extract(year from (nullif(left(c.facts ->> :measured_on, 10), ''))::date)::integer as year, count(*) as people
  from cases c
 where c.office_id = :office_id and c.regime = any(:regimes)
   and c.facts ->> :listed_by = 'true' and c.facts ->> :lifted_on is null
 group by 1 order by 1 nulls last
"""
LIMITED = """
select count(*) from cases c
 where c.office_id = :office_id and c.regime = any(:regimes)
   and c.facts ->> :listed_by <> 'true' and c.facts ->> :lifted_on is null
   and exists (select from unnest(cast(:restricted_by as text[])) f where c.facts ->> f = 'true')
"""
MONTHS = """
with freed as (
  select date_trunc('month', (s.answers ->> :lifted_on)::date)::date as month, count(distinct s.case_id) as people
    from step s join cases c on c.id = s.case_id
   where s.answers ->> :lifted_on is not null and c.office_id = :office_id and c.regime = any(:regimes)
   group by 1
), written_off as (
  select date_trunc('month', t.booked_on)::date as month, sum(t.amount_fen)::bigint as fen,
         count(distinct t.case_id) as balances
    from transfer t join cases c on c.id = t.case_id join step s on s.case_id = t.case_id and s.seq = t.seq
   where t.office_id = :office_id and t.line = 'income' and t.operation = 'write_off' and t.reverses_id is null
     and c.regime = any(:regimes) and s.trigger = any(:write_offs)
   group by 1
)
select coalesce(f.month, w.month) as month, coalesce(f.people, 0) as people,
       coalesce(w.fen, 0) as written_off_fen, coalesce(w.balances, 0) as balances
  from freed f full join written_off w on w.month = f.month order by 1 desc
"""
NOW = """
select c.state, count(*) as cases,
       coalesce(sum(c.principal_open_fen + c.charge_open_fen), 0)::bigint as outstanding_fen
  from cases c
 where c.office_id = :office_id and c.regime = any(:regimes) and c.state = any(:states) and c.closed_on is null
 group by c.state
"""
DEFAULT_LOGIN = """
with here as (
  select s.id, s.login, s.id = o.head_id as heads,
         exists (select from staff_role r where r.staff_id = s.id and r.role = :role) as holds,
         exists (select from staff_role r where r.staff_id = s.id and r.role = 'supervisor') as supervises
    from office o join staff s on s.office_id = o.id and s.active
   where (select count(*) from office) = 1
)
select login from here
 where (holds and (select count(*) from here where holds) = 1) or heads or supervises
 order by (holds and (select count(*) from here where holds) = 1) desc, heads desc nulls last, login limit 1
"""
