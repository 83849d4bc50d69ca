"""Candidates for a refund in PostgreSQL: one walk over the office's cases of a regime, judged by sets and no loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, text

from caseflow.domain.refund_grounds import Ground, SameFact
from caseflow.persistence.parties import PartyNames
from caseflow.services.ports.refunds import RefundCandidate, RefundScope

_BEYOND: Final = 2**62

# Equal numbers have equal indexes under one key. While the keys are rotated every row that is indexed anew keeps its
# older index beside the newer one, so the older one is what all have in common until there is no such row any more:
# that is meeting_index.
# The later of two decisions on one fact: equal blind index within one office, equal day of the conduct.
_DOUBLE: Final = """
c.id in (
  select l.id
    from cases l
    join party lp on lp.id = l.party_id and lp.identity_index is not null
    join party ep on ep.office_id = lp.office_id and ep.meeting_index = lp.meeting_index
    join cases e on e.party_id = ep.id and e.office_id = l.office_id and e.regime = l.regime and e.act_date = l.act_date
   where l.office_id = :office_id and l.regime = :regime and l.collected_fen > 0
     and l.assessed_fen > 0 and e.assessed_fen > 0
     and (e.decision_date, e.id) < (l.decision_date, l.id){one_of_two})
"""
_AFTER_END: Final = """
(c.assessed_fen > 0 and (c.decision_date >= :ended or c.act_date > :act_until)
 or c.id in (select s.case_id from step s
              where s.postings @> '[{{"event": "collect"}}]' and s.effective_on >= :ended{one_paid}))
"""
_OVER_CAP: Final = "c.charged_fen > c.charge_written_off_fen + c.charge_open_fen"
_OVER_STANDARD: Final = """
case when jsonb_typeof(c.facts -> 'base_income') = 'number' and jsonb_typeof(c.facts -> 'multiple_tenths') = 'number'
     then 10 * (c.assessed_fen - c.charged_fen - c.written_off_fen + c.charge_written_off_fen - c.principal_open_fen)
          > (c.facts ->> 'base_income')::numeric * (c.facts ->> 'multiple_tenths')::numeric
     else false end
"""
_OVERPAID: Final = "(c.held_fen > 0 or c.refund_due_fen > 0)"
_GROUNDS: Final[Mapping[Ground, str]] = {
    Ground.DOUBLE_LEVY: _DOUBLE,
    Ground.AFTER_END: _AFTER_END,
    Ground.OVER_CAP: _OVER_CAP,
    Ground.OVER_STANDARD: _OVER_STANDARD,
    Ground.OVERPAID: _OVERPAID,
}
_CANDIDATES: Final = """
select c.id, c.number, c.number_zh, p.id as party_id, p.name_sealed, c.decision_date, c.collected_fen
  from cases c join party p on p.id = c.party_id
 where c.office_id = :office_id and c.regime = :regime and c.id < :before and c.collected_fen > 0{one}
   and ({grounds})
 order by c.id desc limit :limit
"""
_SAME_FACTS: Final = text("""
select c.id as for_case, o.id, o.number, o.number_zh, o.decision_date, o.collected_fen
  from cases c
  join party p on p.id = c.party_id and p.identity_index is not null
  join party q on q.office_id = p.office_id and q.meeting_index = p.meeting_index
  join cases o on o.party_id = q.id and o.office_id = c.office_id and o.regime = c.regime and o.act_date = c.act_date
 where c.id = any(:ids) and o.id <> c.id and o.assessed_fen > 0 and o.decision_date is not null
 order by c.id, o.decision_date, o.id
""")
_NEWEST: Final = text("select coalesce((select max(id) from step), 0), coalesce((select max(id) from transfer), 0)")


class Refunds:
    """Fulfils :class:`caseflow.services.ports.refunds.RefundStore` on one connection."""

    def __init__(self, connection: Connection, names: PartyNames) -> None:
        self._connection = connection
        self._names = names

    def candidates(self, scope: RefundScope, *, before_id: int | None, limit: int) -> list[RefundCandidate]:
        """Return candidates, the newest case first, below the key ``before_id``."""
        grounds = _GROUNDS.values() if scope.ground is None else [_GROUNDS[scope.ground]]
        parameters: dict[str, Any] = {
            "office_id": scope.office_id,
            "regime": scope.regime,
            "before": before_id or _BEYOND,
            "limit": limit,
            "ended": scope.ended,
            "act_until": scope.act_until,
            "case_ids": None if scope.case_ids is None else list(scope.case_ids),
        }
        # Some cases are looked up by their own keys; the sets are for walking over all of them.
        column = {"one": "c.id", "one_of_two": "l.id", "one_paid": "s.case_id"}
        narrowed = {
            name: "" if scope.case_ids is None else f" and {of} = any(:case_ids)" for name, of in column.items()
        }
        chosen = " or ".join(grounds).format(**narrowed)
        statement = text(_CANDIDATES.format(one=narrowed["one"], grounds=chosen))
        used = {name: value for name, value in parameters.items() if f":{name}" in statement.text}
        return [RefundCandidate(**self._names.named(row)) for row in self._connection.execute(statement, used)]

    def same_facts(self, case_ids: Sequence[int]) -> dict[int, tuple[SameFact, ...]]:
        """Return other levied cases of the same person and day within the same office, by case, in one query."""
        found: dict[int, tuple[SameFact, ...]] = {}
        for row in self._connection.execute(_SAME_FACTS, {"ids": list(case_ids)}):
            one = SameFact(row.id, row.number, row.number_zh, row.decision_date, row.collected_fen)
            found[row.for_case] = (*found.get(row.for_case, ()), one)
        return found

    def newest_change(self) -> tuple[int, int]:
        """Return the newest step and the newest transfer: while they stay, no finding changes."""
        step, transfer = self._connection.execute(_NEWEST).one()
        return step, transfer

    def offices(self) -> list[tuple[int, str]]:
        """Return every office as (id, code)."""
        return [(row.id, row.code) for row in self._connection.execute(text("select id, code from office order by id"))]
