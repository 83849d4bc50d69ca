"""The statements of imports of old casebooks."""

from __future__ import annotations

from sqlalchemy import text

# Two locks of PostgreSQL: who writes cases of an office from a book, and who works at an import.
LOCK_OFFICE = text("select pg_advisory_xact_lock(7224020, :office_id)")
TAKE = text("select pg_try_advisory_xact_lock((7224021::bigint << 40) | :id)")

SELECT = """
select i.id, i.office_id, i.name, i.sha256, i.size_bytes, i.entered_by, s.name_en as entered_by_en,
       s.name_zh as entered_by_zh, i.entered_at, i.idempotency_key as key, i.state, i.asked, i.regime, i.read,
       i.fault_en, i.fault_zh, i.totals, i.fates, i.good_rows_only, i.committed_by, i.committed_at, i.finished_at
  from casebook_import i join staff s on s.id = i.entered_by
"""
ADD = text("""
insert into casebook_import (office_id, name, sha256, size_bytes, entered_by, idempotency_key, state, asked, regime,
                             read, totals, good_rows_only, committed_by)
values (:office_id, :name, :sha256, :size_bytes, :entered_by, :key, :state, cast(:asked as jsonb), :regime,
        cast(:read as jsonb), cast(:totals as jsonb), :good_rows_only, :committed_by)
returning id
""")
ADD_FILE = text("insert into casebook_file (import_id, sealed) values (:id, :sealed)")
FILE = text("select sealed from casebook_file where import_id = :id")
AT_WORK = text("""
select office_id, id from casebook_import where state in ('checking', 'committing') order by id limit :limit
""")
CHANGE = text("""
update casebook_import
   set state = :state, fault_en = :fault_en, fault_zh = :fault_zh, regime = coalesce(:regime, regime),
       asked = coalesce(cast(:asked as jsonb), asked), read = coalesce(cast(:read as jsonb), read),
       totals = coalesce(cast(:totals as jsonb), totals), fates = coalesce(cast(:fates as jsonb), fates),
       good_rows_only = case when :held then coalesce(:good_rows_only, good_rows_only) end,
       committed_by = case when :held then coalesce(:committed_by, committed_by) end,
       committed_at = case when :state = 'committed' then coalesce(committed_at, clock_timestamp()) end,
       finished_at = case when :finished then clock_timestamp() end
 where id = :id and state = any(:from_states) and finished_at is null
returning id
""")

DELETE_WAITING = text("delete from casebook_row where import_id = :id and fate = 'waiting'")
ROW_COLUMNS = {
    "import_id": "int8",
    "number": "int4",
    "case_number": "text",
    "grade": "text",
    "fate": "text",
    "sealed": "bytea",
    "content_index": "bytea",
    "case_id": "int8",
}
ROWS = """
select r.number, r.case_number, r.grade, r.fate, r.sealed, r.content_index, r.case_id, r.reason,
       coalesce(s.name_en, '') as decided_by_en, coalesce(s.name_zh, '') as decided_by_zh, r.decided_at
  from casebook_row r left join staff s on s.id = r.decided_by
 where r.import_id = :id
"""
SETTLE = text("""
update casebook_row r
   set case_number = n.case_number, grade = n.grade, fate = n.fate, sealed = n.sealed,
       content_index = n.content_index, case_id = n.case_id,
       decided_by = coalesce(:decided_by, r.decided_by),
       decided_at = case when cast(:decided_by as integer) is null then r.decided_at else clock_timestamp() end
  from unnest(cast(:numbers as integer[]), cast(:case_numbers as text[]), cast(:grades as text[]),
              cast(:fates as text[]), cast(:sealed as bytea[]), cast(:indexes as bytea[]), cast(:case_ids as bigint[]))
       as n (number, case_number, grade, fate, sealed, content_index, case_id)
 where r.import_id = :id and r.number = n.number
""")
LEAVE_OUT = text("""
update casebook_row
   set fate = 'left_out', sealed = null, reason = :reason, decided_by = :by, decided_at = clock_timestamp()
 where import_id = :id and number = :number
""")

# Two looks, each by its own index; the content is that of the row the case was written from.
KNOWN_CASES = text("""
select k.number, k.id, k.number_zh, r.content_index
  from (select number_zh as number, id, number_zh from cases where office_id = :office_id and number_zh = any(:numbers)
        union
        select number, id, number_zh from cases where office_id = :office_id and number = any(:numbers)) k
  left join casebook_row r on r.case_id = k.id and r.content_index is not null
""")
KNOWN_RECEIPTS = text("""
select r.number, coalesce(c.number_zh, '') as case_number
  from receipt r left join cases c on c.id = r.case_id
 where r.office_id = :office_id and r.number = any(:numbers)
""")

COLUMNS = text(
    "select regime, columns from casebook_columns where office_id = :office_id and headings_sha256 = :sha256"
)
SAVE_COLUMNS = text("""
insert into casebook_columns (office_id, headings_sha256, regime, columns, saved_by)
values (:office_id, :sha256, :regime, cast(:columns as jsonb), :by)
on conflict (office_id, headings_sha256) do update
   set regime = excluded.regime, columns = excluded.columns, saved_by = excluded.saved_by, saved_at = clock_timestamp()
""")

PROGRESS = text("""
select phase, done, total, tries, extract(epoch from clock_timestamp() - beat_at)::float8 as quiet_seconds
  from casebook_progress where import_id = :id
""")
NOTE_PROGRESS = text("""
insert into casebook_progress (import_id, phase, done, total, tries)
values (:id, :phase, :done, :total, case when cast(:phase as text) is null then 0 else 1 end)
on conflict (import_id) do update
   set phase = excluded.phase, done = excluded.done, total = excluded.total, beat_at = clock_timestamp(),
       tries = case when excluded.phase is null then 0 else casebook_progress.tries end
""")
NOTE_TRY = text("""
insert into casebook_progress (import_id, tries) values (:id, 1)
on conflict (import_id) do update set tries = casebook_progress.tries + 1, beat_at = clock_timestamp()
returning tries
""")

# Whoever holds the first role alone, then the head, then by role and login.
ACTS_FOR = text("""
select s.office_id, s.id
  from staff s
  join office o on o.id = s.office_id
  join lateral (select min(array_position(cast(:roles as text[]), r.role)) as place
                  from staff_role r where r.staff_id = s.id and r.role = any(:roles)) held on held.place is not null
 where s.active and (cast(:code as text) is null or o.code = :code)
   and (cast(:login as text) is null or s.login = :login)
 order by o.id,
          not (held.place = 1
               and 1 = (select count(*) from staff t join staff_role r on r.staff_id = t.id
                         where t.office_id = o.id and t.active and r.role = (cast(:roles as text[]))[1])),
          o.head_id is distinct from s.id, held.place desc, s.login
""")
