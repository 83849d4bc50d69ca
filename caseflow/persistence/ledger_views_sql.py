"""The statements behind lists of transfers.

A list walks one index in the order of its page and looks at no more than ``WINDOW`` transfers for what that index
does not hold; so no combination of filters can make a page slow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from caseflow.domain.ledger import Line
from caseflow.services.ledger_views import Key, TransferFilter

WINDOW = 20_000

ROW = """
select t.id, t.key, t.leg, t.operation, d.code as debit_code, d.name_en as debit_en, d.name_zh as debit_zh,
       c.code as credit_code, c.name_en as credit_en, c.name_zh as credit_zh, t.amount_fen, t.booked_on,
       t.value_on, t.at, t.case_id, n.number as case_number, n.number_zh as case_number_zh, t.seq, t.document, t.reason,
       s.name_en as actor_en, s.name_zh as actor_zh, r.key as reverses_key, b.key as reversed_by_key
  from {source} t
  join account d on d.id = t.debit_id join account c on c.id = t.credit_id
  left join cases n on n.id = t.case_id left join staff s on s.id = t.actor_id
  left join transfer r on r.id = t.reverses_id left join transfer b on b.reverses_id = t.id
"""


@dataclass(frozen=True)
class Walk:
    """A list of transfers as SQL: its rows, and where each walk over an index had to stop."""

    rows: str
    ends: str
    walks: int
    filtered: bool
    parameters: dict[str, Any]


def walk(office_id: int, line: Line, chosen: TransferFilter, *, before: Key | None, after: Key | None) -> Walk:
    """Return the statements of one page; ``:limit`` and ``:window`` are still to be given."""
    order = "asc" if after is not None else "desc"
    sorted_by = f"order by booked_on {order}, id {order}"
    parameters: dict[str, Any] = {"office_id": office_id, "line": line.value}
    driver, branches = _driver(chosen)
    bounds = ["office_id = :office_id", "line = :line", *_bounds(chosen, parameters, before, after)]
    rest = _rest(chosen, driver)
    for name in ("account_id", "case_id", "operation", "document", "actor_id", "amount_from_fen", "amount_to_fen"):
        parameters[name] = getattr(chosen, name)
    found, ends = [], []
    for branch in branches:
        condition = " and ".join([*([branch] if branch else []), *bounds])
        looked_at = f"select * from transfer where {condition} {sorted_by} limit :window"
        kept = f" where {' and '.join(rest)}" if rest else ""
        found.append(f"(select * from ({looked_at}) w{kept} {sorted_by} limit :limit)")
        ends.append(
            f"(select booked_on, id from transfer where {condition} {sorted_by} "
            "offset cast(:window as integer) - 1 limit 1)"
        )
    inner = f"(select * from ({' union all '.join(found)}) u {sorted_by} limit :limit)"
    rows = ROW.format(source=inner) + f" order by t.booked_on {order}, t.id {order}"
    return Walk(rows, " union all ".join(ends), len(branches), bool(rest), parameters)


def _driver(chosen: TransferFilter) -> tuple[str, list[str]]:
    """Return the filter whose index is walked, and one condition a walk."""
    if chosen.case_id is not None:
        return "case_id", ["case_id = :case_id"]
    if chosen.document:
        return "document", ["document = :document and document <> ''"]
    if chosen.operation is not None:
        return "operation", ["operation = :operation"]
    if chosen.account_id is not None:
        return "account_id", ["debit_id = :account_id", "credit_id = :account_id"]
    return "", [""]


def _bounds(chosen: TransferFilter, parameters: dict[str, Any], before: Key | None, after: Key | None) -> list[str]:
    bounds = []
    if chosen.booked_from is not None:
        bounds.append("booked_on >= :booked_from")
        parameters["booked_from"] = chosen.booked_from
    if chosen.booked_to is not None:
        bounds.append("booked_on <= :booked_to")
        parameters["booked_to"] = chosen.booked_to
    key, sign = (after, ">") if after is not None else (before, "<")
    if key is not None:
        bounds.append(f"(booked_on, id) {sign} (:key_day, :key_id)")
        parameters |= {"key_day": key[0], "key_id": key[1]}
    return bounds


def _rest(chosen: TransferFilter, driver: str) -> list[str]:
    conditions = {
        "account_id": "(w.debit_id = :account_id or w.credit_id = :account_id)",
        "operation": "w.operation = :operation",
        "document": "w.document = :document",
        "actor_id": "w.actor_id = :actor_id",
        "amount_from_fen": "w.amount_fen >= :amount_from_fen",
        "amount_to_fen": "w.amount_fen <= :amount_to_fen",
    }
    return [
        condition
        for name, condition in conditions.items()
        if name != driver and getattr(chosen, name) not in (None, "")
    ]


ENTRY_ROWS = text(ROW.format(source="transfer") + " where t.key = :key and t.office_id = :office_id order by t.leg")
RECEIPTS_OF = text("""
select r.lot_id, r.no, r.number from receipt r
 where r.office_id = :office_id and (r.transfer_key = :key or (r.case_id, r.seq) in
       (select t.case_id, t.seq from transfer t where t.key = :key and t.case_id is not null and t.seq is not null))
 order by r.number
""")
ACCOUNTS = text("""
select id, line, code, kind, name_en, name_zh from account
 where office_id = :office_id and line = :line order by code
""")
ACCOUNT = text(
    "select id, line, code, kind, name_en, name_zh from account where office_id = :office_id and code = :code"
)

# From the newest close before the day; what was booked since comes from an index that holds all it needs.
TOTALS = text("""
with closed as (
  select period, debit_fen, credit_fen,
         (make_date(period / 100, period % 100, 1) + interval '1 month')::date as since
    from account_balance where account_id = :account_id and period < :period order by period desc limit 1
)
select (coalesce((select debit_fen from closed), 0)
        + coalesce((select sum(amount_fen) from transfer where debit_id = :account_id
            and booked_on >= coalesce((select since from closed), '-infinity') and (booked_on, id) <= (:day, :id)), 0)
       )::bigint as debit_fen,
       (coalesce((select credit_fen from closed), 0)
        + coalesce((select sum(amount_fen) from transfer where credit_id = :account_id
            and booked_on >= coalesce((select since from closed), '-infinity') and (booked_on, id) <= (:day, :id)), 0)
       )::bigint as credit_fen
""")
COUNT_BOOKED = text("""
select count(*) from transfer where office_id = :office_id and line = :line and booked_on between :first and :last
""")
FIRST_BOOKED_ON = text("""
select booked_on from transfer where office_id = :office_id and line = :line order by booked_on, id limit 1
""")

LOTS = text("""
with lots as (
  select * from receipt_lot where office_id = :office_id and kind = 'issued' and id < :before
   order by id desc limit :limit
), used as (
  select r.lot_id, r.no, r.number, r.status,
         coalesce(lag(r.no) over (partition by r.lot_id order by r.no), r.first_no - 1) as before_no
    from receipt r join lots on lots.id = r.lot_id
), gaps as (
  select lot_id, jsonb_agg(jsonb_build_array(before_no + 1, no - 1) order by no) as gaps
    from used where no > before_no + 1 group by 1
), twice as (
  select u.lot_id, jsonb_agg(distinct u.number) as numbers
    from used u join receipt o on o.office_id = :office_id and o.number = u.number and o.lot_id <> u.lot_id group by 1
), counts as (
  select lot_id, count(*) filter (where status = 'issued') as issued, count(*) filter (where status = 'void') as void,
         count(*) filter (where status = 'lost') as lost, max(no) as highest_used
    from used group by 1
)
select l.id, l.book, l.prefix, l.width, l.first_no, l.last_no, l.opened_on, l.checked_off_on,
       coalesce(c.issued, 0) as issued, coalesce(c.void, 0) as void, coalesce(c.lost, 0) as lost, c.highest_used,
       coalesce(g.gaps, '[]') as gaps, coalesce(t.numbers, '[]') as twice
  from lots l left join counts c on c.lot_id = l.id left join gaps g on g.lot_id = l.id
  left join twice t on t.lot_id = l.id
 order by l.id desc
""")
