"""Statements of retention."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

# What keeps a case whose years are over; the party is looked at by the function that erases too.
_OBSTACLE = """
coalesce(retention_obstacle(c.id),
         case when exists (select from cases o where o.party_id = c.party_id and o.id <> c.id) then 'party' end)
"""
# Years by regime: the longest that the database keeps or that today's files say.
_YEARS = """
select d.regime, greatest(retention_years(d.regime), (cast(:years as jsonb) ->> d.regime)::integer) as years
  from (select distinct regime from workflow_definition) d
"""
_CASE = f"""
select c.id as case_id, c.number, c.number_zh, c.regime, c.closed_on, y.years,
       (c.closed_on + make_interval(years => y.years))::date as due_on, {_OBSTACLE} as obstacle,
       (select h.id from legal_hold h where h.case_id = c.id and h.ended_at is null) as hold_id
  from cases c cross join lateral (
    select greatest(retention_years(c.regime), (cast(:years as jsonb) ->> c.regime)::integer) as years) y
"""
# Years are looked up once a regime: in a condition on each case they would be asked for each.
DUE: Final = text(f"""
with kept as materialized ({_YEARS}),
found as (
  select c.id, c.closed_on from cases c join kept k on k.regime = c.regime
   where c.office_id = :office_id and c.closed_on is not null and c.phase = 'closed'
     and (c.closed_on + make_interval(years => k.years))::date
         < (now() at time zone 'Asia/Shanghai')::date + coalesce((select date_shift_days from installation), 0)
     and (cast(:closed_on as date) is null
          or (c.closed_on, c.id) > (cast(:closed_on as date), cast(:case_id as bigint)))
     and not exists (select from retention_run_case r where r.case_id = c.id and r.done_at is not null)
   order by c.closed_on, c.id limit :limit)
{_CASE} where c.id in (select id from found) order by c.closed_on, c.id
""")
OF_CASES: Final = text(f"""
{_CASE} where c.office_id = :office_id and c.id = any(cast(:case_ids as bigint[])) and c.closed_on is not null
   and y.years is not null order by c.closed_on, c.id
""")
_HOLD = """
select h.id, h.case_id, c.number, c.number_zh, h.reason, h.placed_by, s.name_en as placed_en, s.name_zh as placed_zh,
       h.placed_at
  from legal_hold h join cases c on c.id = h.case_id join staff s on s.id = h.placed_by
 where h.office_id = :office_id and h.ended_at is null
"""
HOLDS: Final = text(f"{_HOLD} and (cast(:below as bigint) is null or h.id < :below) order by h.id desc limit :limit")
HELD: Final = text(f"{_HOLD} and h.id = :id")
RECUSED: Final = text("""
select c.id as case_id, c.number, c.number_zh from recusal q join cases c on c.id = q.case_id
 where q.staff_id = :staff_id
   and (q.case_id = any(cast(:case_ids as bigint[]))
        or q.case_id in (select x.case_id from retention_run_case x where x.run_id = :run_id))
 order by c.id
""")
PLACE: Final = text("""
insert into legal_hold (office_id, case_id, reason, placed_by) values (:office_id, :case_id, :reason, :by)
on conflict (case_id) where ended_at is null do nothing returning id
""")
END: Final = text("""
update legal_hold set ended_by = :by, ended_at = now(), end_reason = :reason
 where id = :id and office_id = :office_id and ended_at is null returning id
""")
BEGIN: Final = text("""
insert into retention_run (office_id, prepared_by, key) values (:office_id, :by, :key)
on conflict (key) do nothing returning id
""")
BY_KEY: Final = text("select id from retention_run where key = :key")
# Day and years are the guard's.
ADD_CASES: Final = text("""
insert into retention_run_case (run_id, case_id, office_id, due_on, years)
select :run_id, x, :office_id, current_date, 1 from unnest(cast(:case_ids as bigint[])) x
""")
_RUN = """
select r.id, r.office_id, r.prepared_by, p.name_en as prepared_en, p.name_zh as prepared_zh, r.prepared_at,
       r.approved_by, a.name_en as approved_en, a.name_zh as approved_zh, r.approved_at,
       r.asked_by, r.asked_at, r.over_at, r.ended_by, e.name_en as ended_en, e.name_zh as ended_zh, r.ended_at,
       r.end_reason, x.case_count, x.done_count
  from retention_run r join staff p on p.id = r.prepared_by left join staff a on a.id = r.approved_by
  left join staff e on e.id = r.ended_by
 cross join lateral (select count(*) as case_count, count(done_at) as done_count
                       from retention_run_case where run_id = r.id) x
"""
RUN: Final = text(f"{_RUN} where r.id = :id")
RUNS: Final = text(f"""
{_RUN} where r.office_id = :office_id and (cast(:below as bigint) is null or r.id < :below)
 order by r.id desc limit :limit
""")
UNAPPROVED: Final = text(f"""
{_RUN} where r.office_id = :office_id and r.approved_by is null and r.ended_by is null order by r.id desc limit :limit
""")
ASKED: Final = text(f"{_RUN} where r.asked_at > coalesce(r.over_at, '-infinity') order by r.asked_at limit :limit")
APPROVE: Final = text("update retention_run set approved_by = :by, approved_at = now() where id = :id")
END_RUN: Final = text("update retention_run set ended_by = :by, ended_at = now(), end_reason = :reason where id = :id")
# Moments are the guard's.
ASK: Final = text("update retention_run set asked_by = :by, asked_at = now() where id = :id")
OVER: Final = text("update retention_run set over_at = now() where id = :id and asked_at = :asked_at")
TURN: Final = text("select pg_try_advisory_xact_lock(7730, (:run_id % 2147483647)::integer)")
WAIT_FOR_TURN: Final = text("select true from pg_advisory_xact_lock(7730, (:run_id % 2147483647)::integer)")
# Of a case of a run, also that who proposed or approved it takes no part in the case any more.
_OBSTACLE_OF_RUN = f"""
coalesce({_OBSTACLE},
         case when exists (select from recusal q join retention_run r on q.staff_id in (r.prepared_by, r.approved_by)
                            where r.id = x.run_id and q.case_id = x.case_id) then 'recused' end)
"""
CASES: Final = text(f"""
select x.case_id, c.number, c.number_zh, c.party_id, c.regime, x.years, x.due_on, x.done_at,
       case when x.done_at is null then {_OBSTACLE_OF_RUN} end as obstacle
  from retention_run_case x join cases c on c.id = x.case_id
 where x.run_id = :id and x.case_id > :after order by x.case_id limit :limit
""")
KEPT: Final = text(f"""
select k.obstacle, count(*) as cases
  from (select {_OBSTACLE_OF_RUN} as obstacle from retention_run_case x join cases c on c.id = x.case_id
         where x.run_id = :id and x.done_at is null) k
 where k.obstacle is not null group by k.obstacle order by k.obstacle
""")
# What erases a case locks it first and looks then; so does who adds to it or holds it: one of the two is refused.
KEEP: Final = text("select from cases where id = :case_id for key share")
ERASED_AT: Final = text("select max(done_at) from retention_run_case where case_id = :case_id")
SENT: Final = text("""
select s.id, a.submission_id is not null as answered
  from submission s left join submission_answer a on a.submission_id = s.id where s.case_id = :case_id order by s.id
""")
ISSUED: Final = text("select id from paper where case_id = :case_id and status = 'issued' order by id")
ERASE: Final = text("""
select erase_case(:run_id, :case_id, :event_key, cast(:name_sealed as bytea), cast(:name_index as bytea),
                  cast(:sent as bigint[]), cast(:texts as bytea[]), cast(:answered as bigint[]),
                  cast(:reasons as bytea[]), cast(:issued as bigint[]), cast(:told as bytea[]))
""")
# The same bytes are one file, whichever cases have it.
_EVERY = """
with every(case_id, sha256) as (
  select case_id, sha256 from case_file union all select case_id, sha256 from submission_file
  union all select case_id, pdf_zh_sha256 from paper where pdf_zh_sha256 is not null
  union all select case_id, pdf_en_sha256 from paper where pdf_en_sha256 is not null)
"""
_KEPT = """
select from every o where o.sha256 = {wanted}
   and not exists (select from retention_run_case r where r.case_id = o.case_id and r.done_at is not null)
"""
LONE_FILES: Final = text(f"""
{_EVERY}
select distinct e.sha256 from every e
 where e.case_id = :case_id
   and exists (select from retention_run_case r where r.case_id = e.case_id and r.done_at is not null)
   and not exists ({_KEPT.format(wanted="e.sha256")})
 order by 1
""")
IS_LONE: Final = text(f"{_EVERY} select not exists ({_KEPT.format(wanted=':sha256')})")
