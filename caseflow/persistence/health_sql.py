"""The statements of the look at the background work."""

from __future__ import annotations

from sqlalchemy import text


def _backlog(table: str) -> str:
    return f"""
  (select count(*) from (select from {table} where state = 'pending' limit :cap) x) as {table}_pending,
  (select count(*) from (select attempts from {table} where state = 'pending' limit :cap) x where attempts > 0)
    as {table}_retrying,
  (select due_at from {table} where state = 'pending' and due_at <= clock_timestamp() order by due_at, id limit 1)
    as {table}_oldest,
  (select count(*) from (select from {table} where state = 'dead' limit :cap) x) as {table}_dead"""


_DUE = "status = 'open' and next_rung_on is not null and next_rung_on <= (select day from today)"
_UNHEARD = "state = 'done' and last_error is not null and done_at > now() - interval '30 days'"
FACTS = text(f"""
with today as materialized (select business_date() as day)
select clock_timestamp() as now, (select day from today) as today,
  (select stamped_at from installation) as stamped_at,
  (select count(*) from (select from clock where {_DUE} limit :cap) x) as clocks_due,
  (select next_rung_on from clock where {_DUE} order by next_rung_on, id limit 1) as clocks_due_since,
  (select count(*) from (select from clock where status in ('open', 'tolled') and rungs is null limit :cap) x)
    as clocks_unreckoned,
  (select max(id) from reminder) as reminders,
  {_backlog("outbox")}, {_backlog("mail")},
  (select count(*) from (select last_error from outbox where {_UNHEARD} limit :cap) x where last_error = :nobody)
    as unheard,
  (select max(done_at) from outbox where {_UNHEARD}) as unheard_newest,
  (select count(*) from staff where active and email is null
      and (cast(:office_id as integer) is null or office_id = :office_id)) as staff_without_mail,
  (select count(*) from office o left join staff s on s.id = o.head_id
    where s.active is not true and (cast(:office_id as integer) is null or o.id = :office_id)) as offices_without_head
""")
BEATS = text("select name, at, rounds, detail from heartbeat order by name limit 100")
PULSE = text("""
select h.at as swept_at, i.stamped_at, clock_timestamp() as now
  from (select 1) as one left join heartbeat h on h.name = 'sweep' left join installation i on i.id = 1
""")
BEAT = text("""
insert into heartbeat (name, at, detail)
select name, clock_timestamp(), cast(detail as jsonb)
  from unnest(cast(:names as text[]), cast(:details as text[])) as t (name, detail) order by name
on conflict (name) do update set at = excluded.at, detail = excluded.detail, rounds = heartbeat.rounds + 1
""")
# What a payload holds may be the very reason why it is dead, so it is compared as text and never cast.
_OF_OFFICE = """(o.payload->>'office_id' = cast(:office_id as text)
        or not exists (select from office f where cast(f.id as text) = o.payload->>'office_id'))"""
DEAD_NOTICES = text(f"""
with dead as (
  select o.id, o.kind, o.due_at, o.payload, o.last_error from outbox o
   where o.state = 'dead' and o.id < :before_id and {_OF_OFFICE} order by o.id desc limit :limit
)
select o.id, o.kind, (o.due_at at time zone 'Asia/Shanghai')::date as day, coalesce(o.payload->>'to', '') as addressee,
       coalesce(s.name_en, '') as name_en, coalesce(s.name_zh, '') as name_zh, coalesce(o.last_error, '') as error
  from dead o left join staff s on cast(s.id as text) = o.payload->>'owner_id' order by o.id desc
""")
DEAD_MAIL = text("""
select m.id, m.kind, m.day, '' as addressee, s.name_en, s.name_zh, coalesce(m.last_error, '') as error
  from mail m join staff s on s.id = m.staff_id
 where m.state = 'dead' and m.id < :before_id and s.office_id = :office_id order by m.id desc limit :limit
""")
RETRY_NOTICE = text(f"""
update outbox o set state = 'pending', attempts = 0, due_at = clock_timestamp()
 where o.id = :id and o.state = 'dead' and {_OF_OFFICE}
""")
# Its days of trying (mail_sql.LONGEST_TRYING_DAYS) begin anew.
RETRY_MAIL = text("""
update mail m set state = 'pending', attempts = 0, due_at = clock_timestamp(), made_at = clock_timestamp() from staff s
 where m.id = :id and m.state = 'dead' and s.id = m.staff_id and s.office_id = :office_id
""")
RETRY_ALL_MAIL = text("""
update mail m set state = 'pending', attempts = 0, due_at = clock_timestamp(), made_at = clock_timestamp()
  from (select d.id from mail d join staff s on s.id = d.staff_id
         where d.state = 'dead' and s.office_id = :office_id
         order by d.id limit :limit for update of d skip locked) as x
 where m.id = x.id
""")
