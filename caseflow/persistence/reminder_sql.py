"""The statements of reminders: the sweep, and how a ladder lies in a clock's row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from caseflow.domain.reminders import DueRung

# One statement, so that marks, reminders and notices stand or fall together. Rows that another sweep or a step holds
# are left to the next round. A rung that has its row already (the clock was written anew) is passed over.
SWEEP = text("""
with due as (
  select k.id, k.case_id, k.rule_id, k.binds, k.due_on, k.rungs
    from clock k
   where k.status = 'open' and k.next_rung_on is not null and k.next_rung_on <= :today and k.rungs is not null
   order by k.next_rung_on, k.id limit :limit for update skip locked
), rung as (
  select d.id as clock_id, d.case_id, d.rule_id, d.binds, d.due_on, r.name, r.ladder, r."on", r."to", r.escalates,
         r.passes_turn
    from due d cross join lateral jsonb_to_recordset(d.rungs)
         as r(name text, ladder text, "on" date, "to" text, escalates boolean, passes_turn boolean)
), mark as (
  select clock_id, min("on") filter (where "on" > :today) as next_on,
         min("on") filter (where name = 'ran_out' and "on" <= :today) as ran_out_on,
         max(case "to" when 'office_head' then 2 when 'supervisor' then 1 end)
           filter (where escalates and "on" <= :today) as height
    from rung group by clock_id
), marked as (
  update clock k set next_rung_on = m.next_on, ran_out_on = coalesce(m.ran_out_on, k.ran_out_on),
         escalated_to = case m.height when 2 then 'office_head' when 1 then 'supervisor' else k.escalated_to end
    from mark m where k.id = m.clock_id
  returning k.id
), reminded as (
  insert into reminder (clock_id, case_id, office_id, rule_id, due_on, rung, ladder, day, addressee, escalates,
                        swept_on)
  select r.clock_id, r.case_id, c.office_id, r.rule_id, r.due_on, r.name, r.ladder, r."on", r."to", r.escalates, :today
    from rung r join cases c on c.id = r.case_id
   where r."on" <= :today
  on conflict (clock_id, due_on, rung) do nothing
  returning clock_id, case_id, office_id, rule_id, due_on, rung, ladder, day, addressee, escalates
), told as (
  insert into outbox (key, kind, payload)
  select 'reminder:' || clock_id || ':' || due_on || ':' || rung, 'reminder',
         jsonb_build_object('office_id', office_id, 'case_id', case_id, 'clock_id', clock_id, 'rule', rule_id,
                            'due_on', due_on, 'rung', rung, 'ladder', ladder, 'day', day, 'to', addressee,
                            'escalates', escalates)
    from reminded
), hanging as (
  -- The case of a step under way is left alone: that step says itself whose turn it is.
  select c.id, r.rule_id, r.due_on from rung r join cases c on c.id = r.case_id
   where r.name = 'ran_out' and r.passes_turn and r."on" <= :today
     and c.next_clock = r.rule_id and c.next_due_on = r.due_on and c.waiting_for <> 'nobody'
     for update of c skip locked
), turned as (
  update cases c set waiting_for = 'office', next_due_on = coalesce(a.due_on, c.next_due_on),
         next_clock = coalesce(a.rule_id, c.next_clock)
    from hanging h left join lateral (
           select k.due_on, k.rule_id from clock k
            where k.case_id = h.id and k.status = 'open' and k.binds = 'agency' and k.due_on >= :today
              and k.next_rung_on is not null
            order by k.due_on, k.id limit 1) a on true
   where c.id = h.id and c.next_clock = h.rule_id and c.next_due_on = h.due_on
)
select (select count(*) from marked) as clocks, count(*) as reminders,
       count(*) filter (where rung = 'ran_out') as ran_out, count(*) filter (where escalates) as escalations,
       coalesce(min(day), :today) as earliest
  from reminded
""")
BUSINESS_DATE = text("select business_date()")
DUE = text("""
select c.id as case_id, c.number, c.number_zh, k.rule_id, k.due_on, r.name as rung, r."on" as day, r."to" as addressee,
       r.escalates
  from clock k join cases c on c.id = k.case_id
       cross join lateral jsonb_to_recordset(k.rungs) as r(name text, "on" date, "to" text, escalates boolean)
 where k.status = 'open' and k.next_rung_on is not null and k.next_rung_on <= :until and r."on" <= :until
   and not exists (select from reminder m where m.clock_id = k.id and m.due_on = k.due_on and m.rung = r.name)
   and (cast(:office_id as integer) is null or c.office_id = :office_id)
 order by r."on", k.id limit :limit
""")
OF_CASE = text("""
select m.id, m.clock_id, m.rule_id, m.due_on, m.rung, m.day, m.addressee, m.escalates, m.swept_on, m.swept_at
  from reminder m where m.case_id = :case_id order by m.id desc limit :limit
""")
BEAT = text("""
insert into heartbeat (name, at, detail) values (:name, clock_timestamp(), cast(:detail as jsonb))
on conflict (name) do update set at = excluded.at, detail = excluded.detail, rounds = heartbeat.rounds + 1
""")


def ladder_columns(rungs: Iterable[DueRung]) -> dict[str, Any]:
    """Return the columns ``rungs`` and ``next_rung_on`` of a clock, as JSON values."""
    rows: list[dict[str, Any]] = [
        {
            "name": one.name,
            "ladder": one.ladder,
            "on": one.on.isoformat(),
            "to": one.to,
            "escalates": one.escalates,
            "passes_turn": one.passes_turn,
        }
        for one in rungs
    ]
    return {"rungs": rows, "next_rung_on": min((row["on"] for row in rows), default=None)}
