"""The statements of mail: what of a delivery is mailed, and the way of a mail from pending to sent, moot or dead."""

from __future__ import annotations

from sqlalchemy import text

from caseflow.services.ports.mail import NO_SERVER

# A mail that met no server is kept trying for as long as mail servers themselves keep trying.
LONGEST_TRYING_DAYS = 5
MOST_REFUSALS = 8
LONGEST_PAUSE_SECONDS = 6 * 3600
LONGEST_PAUSE_AWAY_SECONDS = 600
_ZONE = "'Asia/Shanghai'"


def _in_hours(moment: str) -> str:
    """Return SQL for ``moment`` or, where that hour is quiet, the next one that is not."""
    local = f"({moment} at time zone {_ZONE})"
    return f"""
case when cast(:opens as time) = cast(:closes as time) then {moment}
     when {local}::time < :opens then ({local}::date + cast(:opens as time)) at time zone {_ZONE}
     when {local}::time >= :closes then ({local}::date + 1 + cast(:opens as time)) at time zone {_ZONE}
     else {moment} end"""


def mail_of_heard() -> str:
    """Return the part of DELIVER that says which of the messages ``heard`` is mailed in what: ``put_into``.

    Reminders only. An escalation goes out alone, and so does everything for whoever wants each; the rest is put into
    the person's digest of the day. A digest that its sender holds, or that is sent, takes nothing more: what comes then
    goes out alone. One that another delivery writes at this moment is waited for, so that nothing is lost.
    """
    return f"""
mailed as (
  select h.key, h.staff_id, (h.payload->>'escalates')::boolean or s.mail_mode = 'each' as alone
    from heard h join staff s on s.id = h.staff_id
   where cast(:mail as boolean) and h.kind = 'reminder' and s.email is not null
     and not exists (select from inbox i where i.staff_id = h.staff_id and i.key = h.key)
     -- Who is away hears by mail through the substitute, if a mail reaches that one; their inbox keeps everything for
     -- the day they are back.
     and not exists (select from substitution b
                       join staff w on w.id = b.substitute_id and w.active and w.email is not null
                      where b.away_id = h.staff_id and business_date() between b.from_on and b.until_on
                        and (b.ended_on is null or b.ended_on > business_date()))
), digest_of as (
  select distinct staff_id, 'digest:' || staff_id || ':' || business_date() as key from mailed where not alone
), gathering as (
  -- Before it is due no sender holds it; another delivery does, for a moment.
  select m.id, m.staff_id from mail m join digest_of d on d.key = m.key
   where m.state = 'pending' and m.due_at > now() order by m.id for update of m
), waiting as (
  select m.id, m.staff_id from mail m join digest_of d on d.key = m.key
   where m.state = 'pending' and m.due_at <= now() order by m.id for update of m skip locked
), open_digest as (
  select id, staff_id from gathering union all select id, staff_id from waiting
), new_digest as (
  insert into mail (key, staff_id, kind, day, message_id, due_at)
  select d.key, d.staff_id, 'digest', business_date(), {_message_id("d.key")},
         {_in_hours("(now() + make_interval(secs => :gather))")}
    from digest_of d where not exists (select from mail m where m.key = d.key) order by d.staff_id
  on conflict (key) do update set due_at = mail.due_at where mail.state = 'pending'
  returning id, staff_id
), digest as (
  select id, staff_id from open_digest union all select id, staff_id from new_digest
), notice as (
  insert into mail (key, staff_id, kind, day, message_id, due_at)
  select 'notice:' || m.key || ':' || m.staff_id, m.staff_id, 'notice', business_date(),
         {_message_id("m.key")}, {_in_hours("now()")}
    from mailed m where m.alone or not exists (select from digest d where d.staff_id = m.staff_id)
  returning id, key, staff_id
), put_into as (
  -- Looked up in two maps: a join of what was just written would be a nested loop, which took 50 times as long.
  select (select coalesce(jsonb_object_agg(key, id), '{{}}') from notice) as notices,
         (select coalesce(jsonb_object_agg(staff_id, id), '{{}}') from digest) as digests
)"""


# The mail a message of ``heard`` h goes out in, if any, given ``put_into`` p. Whoever gets no mail is in neither map.
MAIL_OF_HEARD = """case when h.kind = 'reminder'
     then coalesce(p.notices->>('notice:' || h.key || ':' || h.staff_id), p.digests->>h.staff_id::text)::bigint end"""


def _message_id(key: str) -> str:
    # Stored with the row, so it stays the same however often the mail goes out; random, so that two installations that
    # send from one domain never give two mails one id.
    # Short, so that no server folds the header.
    def hashed(words: str) -> str:
        return f"substr(encode(sha256(convert_to({words}, 'UTF8')), 'hex'), 1, 16)"

    random = hashed("gen_random_uuid()::text")
    return f"'<' || {hashed(key)} || '.' || {random} || '@' || cast(:domain as text) || '>'"


TAKE = text(f"""
select m.id, m.kind, business_date() as day, m.message_id, case when s.active then s.email end as address,
       s.name_en, s.name_zh, s.locale, o.title_en as office_en, o.title_zh as office_zh,
       coalesce((select i.kind = 'training' from installation i), false) as training
  from mail m join staff s on s.id = m.staff_id join office o on o.id = s.office_id
 where m.state = 'pending' and m.due_at <= now() and {_in_hours("now()")} = now()
 order by m.due_at, m.id limit 1 for update of m skip locked
""")
# Of several rungs of one limit (after the jobs stood still, say) the last one says what the others said; the end before
# what follows it on the same day, because it names what the law attaches to it. A limit that was met, stopped, tolled
# or moved since the mail was made is left out. The parameters are compared as text or looked at before they are cast:
# one that is out of shape must not stop the sender.
ITEMS = text("""
with newest as (
  select distinct on (i.params->>'clock_id', i.params->>'due_on') i.id, i.case_id, i.params
    from inbox i
    join clock k on k.id = case when i.params->>'clock_id' ~ '^[0-9]{1,18}$' then (i.params->>'clock_id')::bigint end
     and k.status = 'open' and to_char(k.due_on, 'YYYY-MM-DD') = i.params->>'due_on'
   where i.mail_id = :mail_id
   order by i.params->>'clock_id', i.params->>'due_on', i.params->>'day' desc, i.params->>'rung' <> 'ran_out', i.id desc
)
select n.case_id, c.number, c.number_zh, n.params, f.name_en as for_en, f.name_zh as for_zh, count(*) over () as of_all
  from newest n join cases c on c.id = n.case_id
  left join staff f on cast(f.id as text) = n.params->>'for_id'
 order by n.params->>'due_on', n.id limit :limit
""")
SENT = text("""
update mail set state = 'sent', sent_at = clock_timestamp(), attempts = attempts + 1, last_error = null where id = :id
""")
# A server that was away is asked again every ten minutes at the latest, and its first answer after that ends no mail.
PUT_OFF = text(f"""
update mail set attempts = attempts + 1, last_error = :error,
       state = case when (:answered and attempts + 1 >= :most and coalesce(last_error, '') not like '{NO_SERVER}%')
                      or made_at < now() - make_interval(days => :days)
                    then 'dead' else state end,
       due_at = {_in_hours("(now() + make_interval(secs => least(:longest, 30 * 2 ^ least(attempts, 10))))")}
 where id = :id returning state = 'dead'
""")
MOOT = text("update mail set state = 'moot', last_error = null where id = :id")
GIVE_UP = text("update mail set attempts = attempts + 1, last_error = :error, state = 'dead' where id = :id")
