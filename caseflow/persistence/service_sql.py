"""The statements of services and of attempts to serve."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import text

from caseflow.domain.served import Service

# A part of the statement that writes a step.
RECORD_SERVICE = """
insert into service (case_id, seq, document, method, receiver, served_on, record_no, proof, clocks, recorded_by)
select moved.id, moved.version, %(served_document)s, %(served_method)s, %(served_receiver)s, %(served_day)s,
       %(served_record_no)s, %(served_proof)s::jsonb, %(served_clocks)s::text[], %(actor_id)s::integer
  from moved
"""
SERVICES = text("""
select v.seq, v.document, v.method, v.receiver, v.served_on, v.record_no, v.proof, v.clocks, t.trigger,
       s.name_en as by_en, s.name_zh as by_zh
  from service v join step t on t.case_id = v.case_id and t.seq = v.seq join staff s on s.id = v.recorded_by
 where v.case_id = :case_id and v.seq < :before order by v.seq desc limit :limit
""")
ATTEMPTS = text("""
select a.id, a.seq, a.document, a.method, a.result, a.attempted_on, a.hour, a.note, a.recorded_on,
       b.name_en as by_en, b.name_zh as by_zh, r.name_en as recorded_en, r.name_zh as recorded_zh
  from service_attempt a join staff b on b.id = a.attempted_by join staff r on r.id = a.recorded_by
 where a.case_id = :case_id and a.id < :before order by a.id desc limit :limit
""")
ATTEMPT_WITH = text(
    "select case_id, document, method, result, attempted_on, hour, attempted_by, note from service_attempt "
    "where key = :key"
)
ADD_ATTEMPT = text("""
insert into service_attempt (case_id, seq, key, document, method, result, attempted_on, hour, attempted_by, note,
                             recorded_by, recorded_on, recorded_at)
values (:case_id, :seq, :key, :document, :method, :result, :attempted_on, :hour, :attempted_by, :note, :recorded_by,
        :recorded_on, :recorded_at)
""")


def service_parameters(service: Service) -> dict[str, Any]:
    """Return what :data:`RECORD_SERVICE` needs beside the parameters of the step."""
    return {
        "served_document": service.document,
        "served_method": service.method,
        "served_receiver": service.receiver,
        "served_day": service.served_on,
        "served_record_no": service.record_no,
        "served_proof": json.dumps(dict(service.proof), ensure_ascii=False),
        "served_clocks": list(service.clocks),
    }
