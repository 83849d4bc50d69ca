"""The statements of the files of cases."""

from __future__ import annotations

from sqlalchemy import text

# A number of its own beside the office-wide locks, spread over the cases.
LOCK = text("select pg_advisory_xact_lock(7713, (:case_id % 2147483647)::integer)")
# Of the same bytes, wherever they are kept: whoever keeps them waits for whoever deletes them, and for nobody else.
_BYTES_KEY = "7729, ('x' || left(:sha256, 8))::bit(32)::integer"
KEEP_BYTES = text(f"select pg_advisory_xact_lock_shared({_BYTES_KEY})")
DELETE_BYTES = text(f"select pg_advisory_xact_lock({_BYTES_KEY})")
SELECT = """
select f.id, f.case_id, f.office_id, f.sha256, f.size_bytes, f.media_type, f.name, f.purpose, f.description, f.seq,
       f.uploaded_by, f.uploaded_at, f.withdrawn_at, f.withdrawn_by, f.withdrawn_reason,
       u.name_en as uploaded_en, u.name_zh as uploaded_zh, w.name_en as withdrawn_en, w.name_zh as withdrawn_zh
  from case_file f join staff u on u.id = f.uploaded_by left join staff w on w.id = f.withdrawn_by
"""
OF_CASE = text(f"""
{SELECT} where f.case_id = :case_id and f.id < :before and f.purpose = any(:purposes) order by f.id desc limit :limit
""")
BYTES = text("select coalesce(sum(size_bytes), 0) from case_file where case_id = :case_id")
ADD = text("""
insert into case_file (case_id, office_id, sha256, size_bytes, media_type, name, purpose, description, seq, uploaded_by,
                       idempotency_key)
values (:case_id, :office_id, :sha256, :size_bytes, :media_type, :name, :purpose, :description, :seq, :by, :key)
returning id
""")
WITHDRAW = text("""
update case_file set withdrawn_at = clock_timestamp(), withdrawn_by = :by, withdrawn_reason = :reason
 where id = :id and withdrawn_at is null returning id
""")
