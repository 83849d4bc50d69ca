"""The statement that turns pending notices into messages."""

from __future__ import annotations

from sqlalchemy import text

from caseflow.persistence.mail_sql import MAIL_OF_HEARD, mail_of_heard

# Whom a notice concerns: of a step or finding, the owner named in it and the role whose turn it is, never who acted;
# of a reminder, whoever the rung is for as the case stands now. Where the owner or the head of the office has left, or
# none is named, the supervisors stand in the gap. Substitutes hear what those hear whom they stand in for.
_CONCERNED = """
concerned as (
  select t.id, s.id as staff_id
    from taken t
    join staff s on s.active and s.office_id = (t.payload->>'office_id')::int
   where t.kind <> 'reminder'
     and (s.id = (t.payload->>'owner_id')::int
          or exists (select from staff_role r where r.staff_id = s.id and r.role = t.payload->>'desk_role'
                     and r.role <> 'officer'))
  union
  select t.id, s.id
    from taken t
    join cases c on c.id = (t.payload->>'case_id')::bigint
    join office o on o.id = c.office_id
    left join staff h on h.id = o.head_id and h.active
    join staff w on w.id = c.owner_id
    join staff s on s.active and s.office_id = c.office_id
   where t.kind = 'reminder'
     and case when t.payload->>'to' = 'owner' and w.active
              then s.id = w.id or exists (select from staff_role r where r.staff_id = s.id and r.role = c.desk_role
                                          and r.role <> 'officer')
              when t.payload->>'to' = 'office_head' and h.id is not null then s.id = h.id
              else exists (select from staff_role r where r.staff_id = s.id and r.role = 'supervisor') end
), told_to as (
  select distinct on (id, staff_id) id, staff_id, for_id
    from (select id, staff_id, null::int as for_id from concerned
           union all
          select c.id, b.substitute_id, c.staff_id
            from concerned c join substitution b on b.away_id = c.staff_id
             and business_date() between b.from_on and b.until_on
             and (b.ended_on is null or b.ended_on > business_date())
            join staff s on s.id = b.substitute_id and s.active) as both_of_them
   order by id, staff_id, for_id nulls first
), heard as (
  -- A person may mute a rung, but no escalation and not the end of a limit.
  select t.id, t.key, t.kind, t.payload, w.staff_id, w.for_id
    from told_to w join taken t on t.id = w.id
   where w.staff_id is distinct from (t.payload->>'actor_id')::int
     and (t.kind <> 'reminder' or (t.payload->>'escalates')::boolean or t.payload->>'rung' = 'ran_out'
          or not exists (select from reminder_mute m where m.staff_id = w.staff_id
                         and m.ladder = t.payload->>'ladder' and m.rung = t.payload->>'rung'))
)"""

DELIVER = text(f"""
with taken as (
  select id, key, kind, payload from outbox
   where state = 'pending' and due_at <= clock_timestamp() order by due_at, id limit :limit for update skip locked
), {_CONCERNED}, {mail_of_heard()}, told as (
  insert into inbox (staff_id, key, kind, case_id, params, mail_id)
  select h.staff_id, h.key, h.kind, (h.payload->>'case_id')::bigint,
         h.payload || case when h.for_id is null then '{{}}' else jsonb_build_object('for_id', h.for_id) end,
         {MAIL_OF_HEARD}
    from heard h cross join put_into p
  on conflict (staff_id, key) do nothing
), done as (
  update outbox set state = 'done', attempts = attempts + 1, done_at = clock_timestamp(),
         last_error = case when not exists (select from told_to w where w.id = taken.id)
                           then 'there was nobody to tell' end
    from taken where outbox.id = taken.id returning outbox.id
)
select count(*) from done
""")

# One notice that cannot be delivered must not hold up the others: it waits longer each time, in the end for a person.
FAILED = text("""
update outbox set attempts = attempts + 1, last_error = :error,
       state = case when attempts + 1 >= :most then 'dead' else state end,
       due_at = clock_timestamp() + make_interval(secs => least(3600, 5 * 2 ^ least(attempts, 10)))
 where id = :id
""")
NEXT = text("""
select id from outbox where state = 'pending' and due_at <= clock_timestamp() order by due_at, id limit 1
   for update skip locked
""")
READ = text(
    "update inbox set read_at = clock_timestamp() where staff_id = :staff_id and id = any(:ids) and read_at is null"
)
PENDING = text("select count(*) from outbox where state = 'pending'")
