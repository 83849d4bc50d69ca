"""The statements of submissions."""

from __future__ import annotations

from sqlalchemy import text

TAKE_ID = text("select nextval('submission_id_seq')")
ADD = text("""
insert into submission (id, office_id, case_id, party_id, person_session_id, year, kind, desk, state, text_sealed, hash,
                        objected_to, received_at, received_on, late, late_words, rule, due_on, clock, idempotency_key)
overriding system value
values (:id, :office_id, :case_id, :party_id, :session_id, extract(year from cast(:received_on as date)), :kind, :desk,
        'received', :text_sealed, :hash, :objected_to, :received_at, :received_on, :late, cast(:late_words as jsonb),
        :rule, :due_on, cast(:clock as jsonb), :key)
returning number
""")
ADD_FILE = text("""
insert into submission_file (office_id, case_id, submission_id, position, sha256, size_bytes, media_type)
values (:office_id, :case_id, :submission_id, :position, :sha256, :size_bytes, :media_type)
""")
SELECT = """
select s.id, s.office_id, s.case_id, s.party_id, s.number, s.case_no, s.kind, s.desk, s.state, s.text_sealed, s.hash,
       s.objected_to, s.received_at, s.received_on, s.late_words, s.rule, s.due_on, s.clock, s.step_seq, s.escalated_on,
       s.withdrawn_at, s.idempotency_key as key, c.number as case_number, c.number_zh as case_number_zh, c.regime,
       c.owner_id, c.second_officer_id, o.head_id, a.answered_on, a.outcome,
       (select max(e.done_at) from retention_run_case e where e.case_id = s.case_id) as erased_at
  from submission s join cases c on c.id = s.case_id join office o on o.id = s.office_id
  left join submission_answer a on a.submission_id = s.id
"""
# What the reader may see at all: an objection only if they decide on it and are not the one objected to.
SEEN = """
(case when s.kind = 'recusal'
      then (s.desk = any(:own_roles) or o.head_id = :staff_id)
           and (s.objected_to is null or s.objected_to <> all(:staff_ids))
      else cast(:sees_all as boolean)
           or (cast(:is_officer as boolean) and (c.owner_id = any(:staff_ids) or c.second_officer_id = any(:staff_ids)))
 end)
"""
OPEN = text(f"""
{SELECT} where s.office_id = :office_id and s.state in ('received', 'in_hand') and {SEEN}
   and (coalesce(s.due_on, 'infinity'::date), s.id) > (cast(:after_on as date), :after_id)
 order by coalesce(s.due_on, 'infinity'::date), s.id limit :limit
""")
DONE = text(f"""
{SELECT} where s.office_id = :office_id and s.state in ('answered', 'withdrawn') and {SEEN} and s.id < :before
 order by s.id desc limit :limit
""")
# What waits for this very desk. A bounded look: what is open at one office is a page or two.
COUNTS = text(f"""
select count(*) as open, count(*) filter (where x.due_on < :today) as overdue
  from (select s.due_on from submission s join cases c on c.id = s.case_id join office o on o.id = s.office_id
         where s.office_id = :office_id and s.state in ('received', 'in_hand') and {SEEN}
           and (s.desk = any(:role_names) and s.desk <> 'officer' or s.kind = 'recusal'
                or s.desk = 'officer' and cast(:is_officer as boolean)
                   and (c.owner_id = any(:staff_ids) or c.second_officer_id = any(:staff_ids)))
         limit 1000) as x
""")
OF_CASE = text(f"{SELECT} where s.case_id = :case_id and s.case_no < :before order by s.case_no desc limit :limit")
FILES = text("""
select position, sha256, size_bytes, media_type from submission_file where submission_id = :id order by position
""")
BYTES = text("select coalesce(sum(size_bytes), 0) from submission_file where case_id = :case_id")
MANY_ON = text("select count(*) from submission where case_id = :case_id and received_on = :day")
HANDLERS = text("""
select s.id, s.name_en, s.name_zh,
       exists (select from staff_role r where r.staff_id = s.id and r.role = 'supervisor') as supervises
  from staff s
 where s.id in (select c.owner_id from cases c where c.id = :case_id
                 union select c.second_officer_id from cases c where c.id = :case_id
                 union select t.actor_id from step t where t.case_id = :case_id and not t.reported)
 order by s.name_zh, s.id limit 50
""")
ANSWER = text("""
select a.answered_by, a.answered_at, a.answered_on, a.outcome, a.reasons_sealed, a.step_seq, a.idempotency_key as key,
       s.name_en as by_en, s.name_zh as by_zh
  from submission_answer a join staff s on s.id = a.answered_by where a.submission_id = :id
""")
ADD_ANSWER = text("""
insert into submission_answer (submission_id, office_id, case_id, answered_by, answered_at, answered_on, outcome,
                               reasons_sealed, step_seq, idempotency_key)
values (:submission_id, :office_id, :case_id, :answered_by, :answered_at, :answered_on, :outcome, :reasons_sealed,
        :step_seq, :key)
""")
MARK_ANSWERED = text("update submission set state = 'answered' where id = :id")
LINK = text("""
update submission set state = 'in_hand', step_seq = :seq, desk = :desk
 where id = :id and state = 'received' and step_seq is null returning id
""")
WITHDRAW = text("""
update submission set state = 'withdrawn', withdrawn_at = :at
 where id = :id and state in ('received', 'in_hand') returning id
""")
# One statement, so that the mark and the notice stand or fall together; rows that somebody holds come next time.
ESCALATE = text("""
with late as (
  select s.id, s.office_id, s.case_id, s.number, s.kind, s.due_on, s.objected_to from submission s
   where s.state in ('received', 'in_hand') and s.escalated_on is null and s.due_on < :today
   order by s.due_on, s.id limit 500 for update skip locked
), marked as (
  update submission s set escalated_on = :today from late where s.id = late.id
), told as (
  -- Whoever acted hears of no notice; nobody hears of an objection to themselves.
  insert into outbox (key, kind, payload)
  select 'submission_overdue:' || id, 'submission_overdue',
         jsonb_build_object('office_id', office_id, 'actor_id', objected_to, 'desk_role', 'supervisor',
                            'case_id', case when kind = 'recusal' then null else case_id end,
                            'submission_id', id, 'number', number, 'kind', kind, 'due_on', due_on)
    from late
)
select count(*) from late
""")
