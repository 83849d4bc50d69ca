"""The statements of reminders: the sweep, and how a ladder lies in a clock's row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from caseflow.domain.reminders import DueRung

# One statement, so that marks, reminders and notices stand or fall together. Each round takes the next rung of every
# due clock off its ladder (reading a whole ladder cost as much again); what else is due comes in the next round. Rows
# that another sweep or a step holds are left to a later one. A rung that has its row already (the clock was written
# anew) is passed over, and so is the whole ladder of a limit whose regime has ended since.
SWEEP = text("""
with ending as (
  select k.id, k.case_id, k.rule_id, k.due_on from clock k
   where k.status = 'open' and k.next_rung_on is not null and k.next_rung_on <= :today and k.rungs is not null
     and (k.rungs->0->'passes_turn')::boolean
   order by k.next_rung_on, k.id limit :limit
), hanging as (
  -- A case that a step holds keeps its clock for a later round, or its turn would be lost. Case before clock, as steps.
  select e.id as clock_id, c.id, e.rule_id, e.due_on from ending e join cases c on c.id = e.case_id
   where c.next_clock = e.rule_id and c.next_due_on = e.due_on and c.waiting_for <> 'nobody'
   order by c.id for no key update of c skip locked
), due as (
  select k.id as clock_id, k.case_id, k.rule_id, k.due_on, (k.rungs->1->>'on')::date as next_on,
         k.rungs->0->>'name' as rung, k.rungs->0->>'ladder' as ladder, (k.rungs->0->>'on')::date as day,
         k.rungs->0->>'to' as addressee, (k.rungs->0->'escalates')::boolean as escalates,
         (k.rungs->0->'passes_turn')::boolean as passes_turn,
         coalesce((k.rungs->0->>'until')::date <= :today, false) as outlived
    from clock k
   where k.status = 'open' and k.next_rung_on is not null and k.next_rung_on <= :today and k.rungs is not null
     and case when (k.rungs->0->'passes_turn')::boolean
              then exists (select from hanging h where h.clock_id = k.id)
                or not exists (select from cases c where c.id = k.case_id and c.next_clock = k.rule_id
                                and c.next_due_on = k.due_on and c.waiting_for <> 'nobody')
              else true end
   order by k.next_rung_on, k.id limit :limit for update skip locked
), marked as (
  update clock k set rungs = case when d.outlived then '[]' else k.rungs - 0 end,
         next_rung_on = case when d.outlived then null else d.next_on end,
         ran_out_on = case when d.rung = 'ran_out' and not d.outlived then d.day else k.ran_out_on end,
         escalated_to = case when d.escalates and not d.outlived and k.escalated_to is distinct from 'office_head'
                             then d.addressee else k.escalated_to end
    from due d where k.id = d.clock_id
), reminded as (
  insert into reminder (clock_id, case_id, office_id, rule_id, due_on, rung, ladder, day, addressee, escalates,
                        swept_on)
  select d.clock_id, d.case_id, c.office_id, d.rule_id, d.due_on, d.rung, d.ladder, d.day, d.addressee, d.escalates,
         :today
    from due d join cases c on c.id = d.case_id
   where not d.outlived
  on conflict (clock_id, due_on, rung) do nothing
  returning clock_id, case_id, office_id, rule_id, due_on, rung, ladder, day, addressee, escalates
), told as (
  insert into outbox (key, kind, payload)
  select 'reminder:' || clock_id || ':' || due_on || ':' || rung, 'reminder',
         jsonb_build_object('office_id', office_id, 'case_id', case_id, 'clock_id', clock_id, 'rule', rule_id,
                            'due_on', due_on, 'rung', rung, 'ladder', ladder, 'day', day, 'to', addressee,
                            'escalates', escalates)
    from reminded
), turned as (
  update cases c set waiting_for = 'office', next_due_on = coalesce(a.due_on, c.next_due_on),
         next_clock = coalesce(a.rule_id, c.next_clock)
    from due d join hanging h on h.clock_id = d.clock_id left join lateral (
           select k.due_on, k.rule_id from clock k
            where k.case_id = h.id and k.status = 'open' and k.binds = 'agency' and k.due_on >= :today
              and k.next_rung_on is not null
            order by k.due_on, k.id limit 1) a on true
   where c.id = h.id and not d.outlived
)
select (select count(*) from due) as clocks,
       (select count(*) from due where next_on <= :today and not outlived) as still_due,
       count(*) as reminders, count(*) filter (where rung = 'ran_out') as ran_out,
       count(*) filter (where escalates) as escalations
  from reminded
""")
SET_ASIDE = text("""
update clock set rungs = null where id = (
  select id from clock where status = 'open' and next_rung_on is not null and next_rung_on <= :today
     and rungs is not null order by next_rung_on, id limit 1 for update)
""")
BUSINESS_DATE = text("select business_date()")
DUE = text("""
select c.id as case_id, c.number, c.number_zh, k.rule_id, k.due_on, r.name as rung, r."on" as day, r."to" as addressee,
       r.escalates
  from clock k join cases c on c.id = k.case_id
       cross join lateral jsonb_to_recordset(k.rungs)
         as r(name text, "on" date, "to" text, escalates boolean, until date)
 where k.status = 'open' and k.next_rung_on is not null and k.next_rung_on <= :until and r."on" <= :until
   and coalesce(r.until > business_date(), true)
   and not exists (select from reminder m where m.clock_id = k.id and m.due_on = k.due_on and m.rung = r.name)
   and (cast(:office_id as integer) is null or c.office_id = :office_id)
 order by r."on", k.id limit :limit
""")
OF_CASE = text("""
select m.id, m.clock_id, m.rule_id, m.due_on, m.rung, m.day, m.addressee, m.escalates, m.swept_on, m.swept_at
  from reminder m where m.case_id = :case_id order by m.id desc limit :limit
""")
MARKS_OF_CASE = text("""
select k.id as clock_id, k.rule_id, k.status, k.due_on, k.ran_out_on, k.closed_on, k.escalated_to,
       (select min(m.swept_on) from reminder m
         where m.clock_id = k.id and m.due_on = k.due_on and m.escalates and m.addressee = k.escalated_to)
         as escalated_on
  from clock k where k.case_id = :case_id and (k.ran_out_on is not null or k.escalated_to is not null)
 order by k.due_on, k.id
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
            **({"until": one.until.isoformat()} if one.until else {}),
        }
        for one in rungs
    ]
    return {"rungs": rows, "next_rung_on": min((row["on"] for row in rows), default=None)}
