"""The statements of recounting: which clocks are to be reckoned again, and how the result is written."""

from __future__ import annotations

from sqlalchemy import text

# A rung a few working days after the end moves with a holiday that begins well after it.
LADDER_REACH_DAYS = 31

CALENDAR_VERSION = text("select coalesce((select rounds from heartbeat where name = 'calendar'), 0)")
# The row that counts the changes is locked first, so that changes come one after another.
NEXT_CALENDAR_VERSION = text("""
insert into heartbeat (name, at, detail)
values ('calendar', clock_timestamp(), jsonb_build_object('day', cast(:day as date)))
on conflict (name) do update set at = excluded.at, detail = excluded.detail, rounds = heartbeat.rounds + 1
""")
PUT_DAY = text("""
insert into calendar_day (day, working, title_en, title_zh) values (:day, :working, :title_en, :title_zh)
on conflict (day) do update set working = excluded.working, title_en = excluded.title_en, title_zh = excluded.title_zh
""")
TAKE_DAY_AWAY = text("delete from calendar_day where day = :day")
FIRST_CHANGE = text("select body from audit_event where key = :key")

ASK_FOR_MARKS = text("""
insert into heartbeat (name, at, detail)
values ('recount', clock_timestamp(), jsonb_build_object('digest', cast(:digest as text), 'marks', (
  select coalesce(jsonb_agg(jsonb_build_object('day', x.day, 'after', 0,
         'ripe', floor(extract(epoch from clock_timestamp())) + x.wait)), '[]')
    from jsonb_to_recordset(cast(:marks as jsonb)) as x(day date, wait bigint))))
on conflict (name) do update set at = excluded.at, rounds = heartbeat.rounds + 1,
   detail = jsonb_build_object('digest', coalesce(excluded.detail->>'digest', heartbeat.detail->>'digest'),
                               'marks', coalesce(heartbeat.detail->'marks', '[]') || (excluded.detail->'marks'))
""")
WAITING = text("""
select exists (select from clock k where k.status in ('open', 'tolled') and k.rungs is null) as clocks,
       exists (select from heartbeat h cross join lateral jsonb_array_elements(h.detail->'marks') as m
                where h.name = 'recount'
                  and (m->>'ripe')::bigint <= extract(epoch from clock_timestamp())) as marks,
       (select detail->>'digest' from heartbeat where name = 'recount') as digest
""")
RIPE_MARK = text("""
select m.place - 1 as place, (m.mark->>'day')::date as day, (m.mark->>'after')::bigint as after
  from (select detail from heartbeat where name = 'recount' for update) as h
       cross join lateral jsonb_array_elements(h.detail->'marks') with ordinality as m(mark, place)
 where (m.mark->>'ripe')::bigint <= extract(epoch from clock_timestamp())
 order by m.place limit 1
""")
# What a step or a sweep holds is not waited for (they lock in another order) but looked at again in the next round.
MARK = text(f"""
with found as (
  select k.id from clock k
   where k.id > :after and k.status in ('open', 'tolled') and k.rungs is not null
     and (cast(:day as date) is null or (least(k.trigger_on, k.due_on) <= :day
          and greatest(k.trigger_on, k.due_on) >= cast(:day as date) - {LADDER_REACH_DAYS}))
   order by k.id limit :limit
), held as (
  select k.id from clock k where k.id in (select id from found) for no key update skip locked
), marked as (
  update clock k set rungs = null from held where k.id = held.id returning k.id
)
select (select count(*) from found) as found, (select count(*) from marked) as marked, max(id) as last from found
""")
ADVANCE_MARK = text("""
update heartbeat set at = clock_timestamp(), detail = case when cast(:after as bigint) is null
       then jsonb_set(detail, '{marks}', (detail->'marks') - cast(:place as integer))
       else jsonb_set(detail, array['marks', cast(:place as text), 'after'], to_jsonb(cast(:after as bigint))) end
 where name = 'recount'
""")

# The case before its clocks, as steps do; not so strongly that a foreign key to the case would have to wait.
HOLD = text("""
with marked as (
  select k.case_id from clock k where k.status in ('open', 'tolled') and k.rungs is null order by k.id limit :limit
)
select c.id, s.active as owner_active
  from cases c join staff s on s.id = c.owner_id
 where c.id in (select case_id from marked) order by c.id for no key update of c skip locked
""")
STANDINGS = text("""
select c.id, c.waiting_for, c.next_clock, c.next_due_on, k.since, coalesce(k.ran_out, '{}') as ran_out
  from cases c left join lateral (
         select jsonb_object_agg(k.id, k.next_rung_on) filter (where k.next_rung_on is not null) as since,
                array_agg(k.id) filter (where k.ran_out_on is not null) as ran_out
           from clock k where k.case_id = c.id and k.status in ('open', 'tolled')) as k on true
 where c.id = any(:case_ids)
""")
# A kept record (null) is left where it lies: most clocks get a new ladder only. A case whose deadlines moved gets a new
# row, so that a step that read it before is judged anew. What was
# counted under a calendar that has changed meanwhile stays marked.
WRITE = text("""
with counted as (
  update clock k set trigger_on = x.trigger_on, due_on = x.due_on, provisional = x.provisional,
         record = coalesce(x.record, k.record), next_rung_on = x.next_rung_on,
         rungs = case when :calendar_version >= coalesce((select rounds from heartbeat where name = 'calendar'), 0)
                      then x.rungs end,
         ran_out_on = case when x.due_on = k.due_on then k.ran_out_on end,
         escalated_to = case when x.due_on = k.due_on then k.escalated_to end
    from jsonb_to_recordset(cast(:clocks as jsonb)) as x(id bigint, trigger_on date, due_on date, provisional boolean,
         record jsonb, rungs jsonb, next_rung_on date)
   where k.id = x.id and k.status in ('open', 'tolled')
  returning k.id
), left_out as (
  update clock set rungs = '[]', next_rung_on = null
   where case_id = any(:unreckonable) and status in ('open', 'tolled') and rungs is null
  returning id
), hung as (
  update cases c set waiting_for = x.waiting_for, next_clock = x.next_clock, next_due_on = x.next_due_on
    from jsonb_to_recordset(cast(:cases as jsonb)) as x(id bigint, waiting_for text, next_clock text, next_due_on date)
   where c.id = x.id
), told as (
  insert into outbox (key, kind, payload)
  select x.key, 'deadline_moved', x.payload
    from jsonb_to_recordset(cast(:notices as jsonb)) as x(key text, payload jsonb)
)
select (select count(*) from counted) + (select count(*) from left_out)
""")
# Only a limit counted in working days moves with a day within it; any other by its last day alone.
TOUCHED = text("""
select k.id, k.case_id from clock k
 where k.id > :after and k.status in ('open', 'tolled')
   and least(k.trigger_on, k.due_on) <= :day and greatest(k.trigger_on, k.due_on) >= :day
   and (k.record->'reckoning'->>'unit' = 'working_day'
        or jsonb_array_length(k.record->'reckoning'->'extensions') > 0
        or (k.record->'reckoning'->>'roll' = 'next_working_day'
            and :day between (k.record->'reckoning'->>'raw_due')::date and k.due_on))
 order by k.id limit :limit
""")
