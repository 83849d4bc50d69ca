"""The statements of the read log."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

# One row a case, whether its party's fields were opened or the case itself was noted.
WRITE: Final = text(
    "insert into read_log (actor_id, operator, office_id, case_id, what, purpose, reason, request_id) "
    "select cast(:actor_id as integer), :operator, c.office_id, c.id, :what, "
    "       case when c.id = any(:opened) then :purpose else :beside end, "
    "       case when c.id = any(:opened) then :reason else '' end, :request_id "
    "from cases c where c.id in (select unnest(cast(:cases as bigint[])) union "
    "                            select o.id from cases o where o.party_id = any(:parties)) "
    "order by c.id"
)

_READINGS: Final = (
    "select r.id, r.at, r.actor_id, coalesce(s.name_en, '') actor_en, coalesce(s.name_zh, '') actor_zh, r.operator, "
    "r.office_id, r.case_id, coalesce(c.number, '') number, coalesce(c.number_zh, '') number_zh, r.what, r.purpose, "
    "r.reason, r.request_id, r.hits "
    "from read_log r left join staff s on s.id = r.actor_id left join cases c on c.id = r.case_id "
)
OF_CASE: Final = text(
    _READINGS + "where r.case_id = :case_id and r.id < coalesce(cast(:before as bigint), 9223372036854775807) "
    "order by r.id desc limit :limit"
)
COUNT: Final = text(
    "select count(distinct case_id) filter (where purpose in ('task', 'reason')) files, "
    "       count(*) filter (where purpose = 'list') rows "
    "from read_log where actor_id = :actor_id and at >= :since"
)
