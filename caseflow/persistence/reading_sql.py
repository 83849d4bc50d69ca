"""The statements of the read log."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

# Sent at nearly every request: straight through psycopg, as the hot statements of cases are.
WRITE: Final = (
    "select * from write_readings(%(actor_id)s, %(day)s, %(what)s, %(purpose)s, %(beside)s, %(reason_kind)s, "
    "%(reason)s, %(request_id)s, %(operator)s, %(cases)s::bigint[], %(parties)s::bigint[], %(opened)s::bigint[], "
    "%(lines)s::bigint[], %(lots)s::bigint[], %(numbers)s::bigint[], %(most_files)s, %(most_rows)s, %(most_export)s)"
)
READINGS: Final = (
    "select r.id, r.at, r.actor_id, coalesce(s.name_en, '') actor_en, coalesce(s.name_zh, '') actor_zh, r.operator, "
    "r.office_id, r.case_id, coalesce(c.number, '') case_number, coalesce(c.number_zh, '') case_number_zh, "
    "r.what, r.purpose, r.reason_kind, r.reason, r.request_id, r.hits, r.bank_line_id, r.receipt_lot_id, r.receipt_no, "
    "coalesce(t.number, '') receipt_number "
    "from read_log r left join staff s on s.id = r.actor_id left join cases c on c.id = r.case_id "
    "left join receipt t on t.lot_id = r.receipt_lot_id and t.no = r.receipt_no "
)
_BEFORE: Final = "r.id < coalesce(cast(:before as bigint), 9223372036854775807) order by r.id desc limit :limit"
OF_CASE: Final = text(f"{READINGS} where r.case_id = :case_id and {_BEFORE}")
NARROWED: Final = {
    "login": "r.actor_id = (select x.id from staff x where x.login = :login and x.office_id = :office_id)",
    "case_number": "r.case_id = (select x.id from cases x where x.office_id = :office_id "
    "and (x.number = :case_number or x.number_zh = :case_number) limit 1)",
    "purpose": "r.purpose = :purpose",
    "day": "r.day = :day",
}
OF_OFFICE_END: Final = _BEFORE
COUNT: Final = text(
    "select count(distinct case_id) filter (where purpose in ('task', 'reason')) files, "
    "       count(distinct case_id) filter (where purpose = 'list') "
    "       + count(distinct bank_line_id) filter (where purpose = 'list') "
    "       + count(distinct (receipt_lot_id, receipt_no)) "
    "           filter (where purpose = 'list' and receipt_no is not null) rows "
    "from read_log where actor_id = :actor_id and day = :day"
)
STANDING: Final = text("""
select c.id as case_id, c.number, c.number_zh, c.owner_id, c.second_officer_id, c.state, c.definition_hash,
       c.closed_on is not null as closed,
       exists (select from step s where s.case_id = c.id and s.actor_id = :actor_id and s.business_date = :day)
         as acted_today,
       :reviews and exists (select from paper p where p.case_id = c.id and p.status in ('in_review', 'reviewed'))
         as paper_waits,
       :audits and (exists (select from finding f where f.case_id = c.id
                              and not exists (select from finding_note n where n.finding_id = f.id
                                               and n.kind in ('closing', 'withdrawal')))
                    or exists (select from transfer t join sample_item i on i.transfer_id = t.id
                                where t.case_id = c.id)) as audited,
       :supervises and exists (select from clock k where k.case_id = c.id and k.status = 'open'
                                 and (k.escalated_to is not null or k.due_on < :day)) as overdue,
       coalesce(r.kind, '') as reason_kind, coalesce(r.reason, '') as reason
  from cases c
  left join lateral (select p.kind, p.reason from read_purpose p
                      where p.staff_id = :actor_id and p.case_id = c.id and p.day = :day
                      order by p.id desc limit 1) r on true
 where c.id = coalesce(cast(:case_id as bigint), (select p.case_id from paper p where p.id = :paper_id))
   and c.office_id = :office_id
""")
STATE: Final = text(
    "insert into read_purpose (office_id, staff_id, case_id, kind, reason, day) "
    "select :office_id, :actor_id, :case_id, :kind, :reason, :day where not exists ("
    "select from read_purpose p where p.staff_id = :actor_id and p.case_id = :case_id and p.day = :day "
    "and p.kind = :kind and p.reason = :reason)"
)
ALARM: Final = text(
    "insert into read_alarm (office_id, staff_id, day, kind, allowance, most) "
    "values (:office_id, :actor_id, :day, :kind, :allowance, :most) on conflict do nothing returning true"
)
ASK: Final = text(
    "insert into read_approval (office_id, allowance, what, cases, reason, day, asked_by, idempotency_key) "
    "values (:office_id, :allowance, :what, :cases, :reason, :day, :actor_id, :key) returning id"
)
DECIDE: Final = text(
    "update read_approval set approved = :approved, decided_by = :actor_id, decided_at = clock_timestamp() "
    "where id = :id and decided_by is null"
)
USE: Final = text(
    "update read_approval set used_at = clock_timestamp() where id = :id and approved and used_at is null"
)
_APPROVALS: Final = (
    "select a.*, s.name_en asked_en, s.name_zh asked_zh, coalesce(d.name_en, '') decided_en, "
    "coalesce(d.name_zh, '') decided_zh "
    "from read_approval a join staff s on s.id = a.asked_by left join staff d on d.id = a.decided_by "
)
APPROVAL: Final = text(_APPROVALS + "where a.id = :id")
APPROVALS: Final = text(
    _APPROVALS + "where a.office_id = :office_id and a.id < coalesce(cast(:before as bigint), 9223372036854775807) "
    "order by a.id desc limit :limit"
)
ASKED_TODAY: Final = text(_APPROVALS + "where a.asked_by = :actor_id and a.day = :day order by a.id desc limit 50")
# The lock is held to the end of the transaction: two searches of one person are counted one after the other.
WAIT: Final = text("select pg_advisory_xact_lock(7728, :actor_id)")
SEARCHES: Final = text(
    "select count(distinct request_id) from read_log where actor_id = :actor_id and purpose = 'search' and at >= :since"
)
SEARCH: Final = text("""
with found as (
  select c.id, c.number, c.number_zh, c.regime, c.definition_hash, c.state, c.opened_on
    from party p join cases c on c.party_id = p.id
   where p.office_id = :office_id and p.identity_index = any(:indexes) and c.office_id = :office_id
   order by c.id desc limit :limit
), logged as (
  insert into read_log (actor_id, office_id, day, case_id, what, purpose, reason, request_id, looked_for, hits)
  select :actor_id, :office_id, :day, x.id, 'identity_search.look', 'search', :reason, :request_id, :index,
         (select count(*) from found)
    from (select id from found union all select null where not exists (select from found)) x
  returning id
)
select * from found where (select count(*) from logged) > 0 order by id desc
""")
