"""The statements of substitutes: arrangements, and what somebody is lent on a day."""

from __future__ import annotations

from sqlalchemy import text

from caseflow.domain.substitutions import Standing

LOCK = text("select pg_advisory_xact_lock(7709, :office_id)")
SELECT = """
select b.id, b.away_id, b.substitute_id, b.from_on, b.until_on, b.ended_on, b.reason, b.made_by, b.made_at,
       w.name_en as away_en, w.name_zh as away_zh, s.name_en as substitute_en, s.name_zh as substitute_zh,
       m.name_en as made_en, m.name_zh as made_zh, e.name_en as ended_en, e.name_zh as ended_zh
  from substitution b join staff w on w.id = b.away_id join staff s on s.id = b.substitute_id
       join staff m on m.id = b.made_by left join staff e on e.id = b.ended_by
"""
IN_FORCE = (
    "b.from_on <= :until and b.until_on >= :first and (b.ended_on is null or b.ended_on > greatest(b.from_on, :first))"
)
TOUCHING = text(f"""
{SELECT} where b.id in (select b.id from substitution b where b.away_id = any(:staff_ids) and {IN_FORCE}
                   union select b.id from substitution b where b.substitute_id = any(:staff_ids) and {IN_FORCE})
 order by b.from_on, b.id limit 100
""")
HELD = text(f"{SELECT} where b.away_id = any(:staff_ids) and {IN_FORCE} order by b.id")
STANDING = {
    Standing.CURRENT: "b.from_on <= :today and b.until_on >= :today and (b.ended_on is null or b.ended_on > :today)",
    Standing.COMING: "b.from_on > :today and (b.ended_on is null or b.ended_on > b.from_on)",
    Standing.PAST: "(b.until_on < :today or b.ended_on <= greatest(b.from_on, :today))",
}
ADD = text("""
insert into substitution (office_id, away_id, substitute_id, from_on, until_on, reason, made_by, idempotency_key)
values (:office_id, :away_id, :substitute_id, :from_on, :until_on, :reason, :made_by, :key) returning id
""")
END = text("""
update substitution set ended_on = :on, ended_by = :by
 where id = :id and (ended_on is null or ended_on > :on) returning id
""")

_ON = "b.substitute_id = s.id and b.from_on <= :on and b.until_on >= :on and (b.ended_on is null or b.ended_on > :on)"
# For whom a member of staff (s) stands in on a day, and the roles lent with it that they do not hold. Whoever
# has left lends nothing.
STANDS_IN_FOR = f"""
array(select b.away_id from substitution b join staff w on w.id = b.away_id and w.active where {_ON}) as stands_in_for,
array(select r.role || ' ' || b.away_id
        from substitution b join staff w on w.id = b.away_id and w.active
        join staff_role r on r.staff_id = b.away_id and r.role = any(:lendable)
       where {_ON} and not exists (select from staff_role o where o.staff_id = s.id and o.role = r.role)) as lent
"""
