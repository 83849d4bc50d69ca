"""Read-only lists for the desks. Every list is bounded and walks an index; a filter is always a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from caseflow.persistence.parties import PartyNames
from caseflow.services.views import (
    COUNT_CAP,
    KINDS_OF,
    CaseHeader,
    CaseRow,
    DeskCounts,
    DeskScope,
    GroupBounds,
    InboxFilter,
    InboxItem,
    Lateness,
    ListFilter,
    Page,
    StepRecord,
)

_ROW = """
select c.id, c.number, c.number_zh, c.regime, c.definition_hash, p.id as party_id, p.name_sealed, p.kind as party_kind,
       c.state,
       c.phase, c.waiting_for, c.desk_role, o.name_en as owner_en, o.name_zh as owner_zh, c.next_due_on, c.next_clock,
       c.opened_on, c.last_step_on,
       c.principal_open_fen + c.charge_open_fen as outstanding_fen,
       (select min(k.escalated_to) from clock k
         where k.case_id = c.id and k.status = 'open' and k.escalated_to is not null) as escalated_to,
       c.owner_id, c.second_officer_id
  from cases c join party p on p.id = c.party_id join staff o on o.id = c.owner_id
"""
_HEADER = text("""
select c.id, c.office_id, f.title_en as office_en, f.title_zh as office_zh, c.number, c.number_zh,
       p.name_sealed, p.contact_sealed,
       o.name_en as owner_en, o.name_zh as owner_zh, s.name_en as second_en, s.name_zh as second_zh,
       c.next_due_on, c.next_clock, c.waiting_for, c.closed_on, p.id as party_id, p.identity_sealed, p.address_sealed,
       exists (select from submission b where b.case_id = c.id) as has_submissions,
       (select max(e.done_at) from retention_run_case e where e.case_id = c.id) as erased_at
  from cases c join office f on f.id = c.office_id join party p on p.id = c.party_id
       join staff o on o.id = c.owner_id left join staff s on s.id = c.second_officer_id
 where c.id = :id
""")
_STEPS = """
select s.seq, s.trigger, s.from_state, s.to_state, a.name_en as actor_en, a.name_zh as actor_zh, s.role,
       s.effective_on, s.business_date, s.taken_at, s.answers, s.postings, s.law,
       (select coalesce(array_agg(d.kind order by d.id), '{}') from case_document d
         where d.case_id = s.case_id and d.seq = s.seq) as documents,
       exists (select from receipt r
                where r.case_id = s.case_id and r.seq = s.seq and r.status = 'void') as taken_back, s.reported
  from step s join staff a on a.id = s.actor_id where s.case_id = :id order by s.seq desc
"""
# In whose place a step was taken stands in its audit event alone.
_IN_PLACE_OF = """
 (select string_agg(w.{name}, '{comma}' order by w.id)
    from audit_event e, jsonb_array_elements_text(e.body->'standing_in_for') as x(id) join staff w on w.id = x.id::int
   where e.key = 'step:' || s.idempotency_key) as {column},
"""
_TIMELINE = text(
    _STEPS.replace(
        "       (select coalesce",
        _IN_PLACE_OF.format(name="name_en", comma=", ", column="in_place_of_en")
        + _IN_PLACE_OF.format(name="name_zh", comma="、", column="in_place_of_zh")
        + "       (select coalesce",
        1,
    )
)
_TIMELINES = text(
    _STEPS.replace("select s.seq", "select s.case_id, s.seq", 1).replace(
        "where s.case_id = :id order by", "where s.case_id = any(:ids) order by s.case_id,"
    )
)
_INBOX = """
select i.id, i.kind, i.case_id, c.number, c.number_zh, i.params, i.created_at, i.read_at,
       f.name_en as for_en, f.name_zh as for_zh
  from ({messages}) i left join cases c on c.id = i.case_id left join staff f on f.id = (i.params->>'for_id')::int
 order by i.id desc limit :limit
"""
# One branch a kind, so that each walks its index from the newest on, however few of that kind there are. A person named
# by two bounds keeps the planner from walking everybody's messages by the primary key, back to where theirs begin.
_MESSAGES = (
    "(select * from inbox where staff_id between :staff_id and :staff_id and id < :before{where} "
    "order by staff_id, id desc limit :limit)"
)
_BEYOND = 2**62
# Sorts after every other character where bytes are compared.
_BEYOND_ALL_TEXT = "\U0010ffff"


class Views:
    """Fulfils :class:`caseflow.services.ports.ViewStore` on one connection."""

    def __init__(self, connection: Connection, names: PartyNames) -> None:
        self._connection = connection
        self._names = names

    def desk_rows(
        self, scope: DeskScope, bounds: GroupBounds, *, after: tuple[date, int] | None, limit: int
    ) -> list[CaseRow]:
        """Return one group of the desk by due date (none: last), from the key ``after`` on."""
        parameters = _scope_parameters(scope)
        wheres = [*_bounds_where(bounds, parameters), *_narrowing(scope, parameters)]
        if after is not None:
            wheres.append("(c.due_order_on, c.id) > (cast(:after_due as date), :after_id)")
            # A case without a due date sorts at infinity, which Python's dates do not have.
            due = "infinity" if after[0] == date.max else after[0].isoformat()
            parameters |= {"after_due": due, "after_id": after[1]}
        parameters["limit"] = limit
        branches = [
            f"(select c.* from cases c where {' and '.join([branch, *wheres])}"
            " order by c.due_order_on, c.id limit :limit)"
            for branch in _branches(scope)
        ]
        inner = " union ".join(branches)
        statement = _ROW.replace("from cases c", f"from ({inner}) c") + " order by c.due_order_on, c.id limit :limit"
        return [self._row(row) for row in self._connection.execute(text(statement), parameters)]

    def desk_counts(self, scope: DeskScope, today: date) -> DeskCounts:
        """Count each group of the desk, each count capped, in one statement."""
        parameters = _scope_parameters(scope)
        columns = []
        for group in Lateness:
            wheres = [
                *_bounds_where(GroupBounds.of(group, today), parameters, prefix=f"{group.value}_"),
                *_narrowing(scope, parameters),
            ]
            inner = " union ".join(
                f"(select c.id from cases c where {' and '.join([branch, *wheres])} limit {COUNT_CAP})"
                for branch in _branches(scope)
            )
            columns.append(f"(select count(*) from (select id from ({inner}) u limit {COUNT_CAP}) n) as {group.value}")
        row = self._connection.execute(text("select " + ", ".join(columns)), parameters).one()
        return DeskCounts({group: getattr(row, group.value) for group in Lateness})

    def list_cases(self, office_id: int, chosen: ListFilter, *, before_id: int | None, limit: int) -> Page:
        """Return cases of the office, newest first, below the key ``before_id``."""
        parameters: dict[str, Any] = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit + 1}
        wheres = ["c.office_id = :office_id", "c.id < :before", *_list_filters(chosen, parameters)]
        condition = " and ".join(wheres)
        if chosen.text:
            matches = " union ".join(
                f"(select c.id from cases c {join} where {condition} and {match} order by c.id desc limit :limit)"
                for join, match in _matches(chosen.text, self._names.indexes(office_id, chosen.text), parameters)
            )
            statement = _ROW + f" where c.id in ({matches}) order by c.id desc limit :limit"
        else:
            statement = _ROW + f" where {condition} order by c.id desc limit :limit"
        found = self._connection.execute(text(statement), parameters).all()
        # The row that only tells of a next page is not shown, so its name stays sealed.
        rows = [self._row(row) for row in found[:limit]]
        return Page(rows, rows[-1].id if len(found) > limit else None)

    def header(self, case_id: int) -> CaseHeader | None:
        """Return what the identity bar shows."""
        row = self._connection.execute(_HEADER, {"id": case_id}).one_or_none()
        if row is None:
            return None
        values = self._names.named(row)
        contact = self._names.contact(row.party_id, values.pop("contact_sealed"))
        return CaseHeader(**values, party_id=row.party_id, party_contact=contact)

    def find_number(self, office_id: int | None, number: str) -> int | None:
        """Return the id of the case with exactly this number, in either of its forms."""
        statement = (
            "select id from cases c where (number = :number or number_zh = :number) "
            "and (cast(:office_id as integer) is null or office_id = :office_id) order by id limit 1"
        )
        found: int | None = self._connection.execute(
            text(statement), {"number": number, "office_id": office_id}
        ).scalar_one_or_none()
        return found

    def timeline(self, case_id: int) -> list[StepRecord]:
        """Return the steps of a case, newest first."""
        rows = self._connection.execute(_TIMELINE, {"id": case_id}).mappings()
        return [StepRecord(**{**row, "documents": tuple(row["documents"])}) for row in rows]

    def timelines(self, case_ids: Sequence[int]) -> dict[int, list[StepRecord]]:
        """Return the steps of several cases, newest first, by case."""
        found: dict[int, list[StepRecord]] = {case_id: [] for case_id in case_ids}
        for row in self._connection.execute(_TIMELINES, {"ids": list(case_ids)}).mappings():
            record = {**row, "documents": tuple(row["documents"])}
            found[record.pop("case_id")].append(StepRecord(**record))
        return found

    def inbox(self, staff_id: int, chosen: InboxFilter, *, before_id: int | None, limit: int) -> list[InboxItem]:
        """Return messages to a member of staff, newest first, below the key ``before_id``."""
        parameters: dict[str, Any] = {"staff_id": staff_id, "before": before_id or _BEYOND, "limit": limit}
        unread = " and read_at is null" if chosen.unread else ""
        wheres = [unread]
        if chosen.matter is not None:
            kinds = {f"kind_{number}": kind for number, kind in enumerate(KINDS_OF[chosen.matter])}
            parameters |= kinds
            wheres = [f" and kind = :{name}{unread}" for name in kinds]
        messages = " union all ".join(_MESSAGES.format(where=where) for where in wheres)
        rows = self._connection.execute(text(_INBOX.format(messages=messages)), parameters).mappings()
        return [InboxItem(**row) for row in rows]

    def _row(self, row: Any) -> CaseRow:
        return CaseRow(**self._names.named(row))


def _scope_parameters(scope: DeskScope) -> dict[str, Any]:
    away = {f"away_{place}": staff_id for place, staff_id in enumerate(scope.stands_in_for)}
    return {"office_id": scope.office_id, "staff_id": scope.staff_id, "roles": list(scope.desk_roles), **away}


def _branches(scope: DeskScope) -> list[str]:
    branches = []
    # A branch for each person walks that person's own index in order; one branch for all of them would sort.
    people = [] if scope.staff_id is None else ["staff_id"]
    for person in [*people, *(f"away_{place}" for place in range(len(scope.stands_in_for)))]:
        branches.append(f"c.owner_id = :{person} and c.waiting_for <> 'nobody'")
        branches.append(f"c.second_officer_id = :{person} and c.waiting_for <> 'nobody'")
    if scope.desk_roles:
        branches.append("c.office_id = :office_id and c.desk_role = any(:roles) and c.waiting_for <> 'nobody'")
    if not branches:
        branches.append("c.office_id = :office_id and c.waiting_for <> 'nobody'")
    return branches


def _bounds_where(bounds: GroupBounds, parameters: dict[str, Any], prefix: str = "") -> list[str]:
    wheres = []
    if bounds.first is not None:
        wheres.append(f"c.due_order_on >= :{prefix}first")
        parameters[f"{prefix}first"] = bounds.first
    if bounds.last is not None:
        wheres.append(f"c.due_order_on <= :{prefix}last")
        parameters[f"{prefix}last"] = bounds.last
    if bounds.group is Lateness.WAITING:
        wheres.append("c.waiting_for in ('party', 'court', 'other')")
    elif bounds.group in (Lateness.DUE_TODAY, Lateness.DUE_IN_7_DAYS, Lateness.LATER):
        wheres.append("c.waiting_for = 'office'")
    return wheres


def _narrowing(scope: DeskScope, parameters: dict[str, Any]) -> list[str]:
    wheres = []
    if scope.regime is not None:
        wheres.append("c.regime = :regime")
        parameters["regime"] = scope.regime
    if scope.phase is not None:
        wheres.append("c.phase = :phase")
        parameters["phase"] = scope.phase
    if scope.escalated:
        # From the few clocks that were escalated to their cases, never from every case to its clocks.
        wheres.append(
            "c.id = any(array(select k.case_id from clock k where k.status = 'open' and k.escalated_to is not null))"
        )
    return wheres


def _list_filters(chosen: ListFilter, parameters: dict[str, Any]) -> list[str]:
    wheres = []
    for column in ("regime", "phase", "state", "owner_id"):
        value = getattr(chosen, column)
        if value is not None:
            wheres.append(f"c.{column} = :{column}")
            parameters[column] = value
    if chosen.overdue_on is not None:
        wheres.append("c.due_order_on < :overdue_on and c.waiting_for <> 'nobody'")
        parameters["overdue_on"] = chosen.overdue_on
    return wheres


def _matches(typed: str, name_indexes: list[bytes], parameters: dict[str, Any]) -> list[tuple[str, str]]:
    parameters |= {"name_indexes": name_indexes, "starts": typed, "ends": typed[::-1]}
    parameters |= {f"{name}_beyond": parameters[name] + _BEYOND_ALL_TEXT for name in ("starts", "ends")}
    # Bounds in place of LIKE, to which no index answers under a row policy.
    return [
        ("", "c.number ~>=~ :starts and c.number ~<~ :starts_beyond"),
        ("", "c.number_zh ~>=~ :starts and c.number_zh ~<~ :starts_beyond"),
        ("", "c.number_reversed ~>=~ :ends and c.number_reversed ~<~ :ends_beyond"),
        ("join party p on p.id = c.party_id", "p.office_id = :office_id and p.name_index = any(:name_indexes)"),
    ]
