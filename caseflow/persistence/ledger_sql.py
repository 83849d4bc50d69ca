"""The statements of the ledger: posting an entry whole, reading it back, the trial balance."""

from __future__ import annotations

from sqlalchemy import text

MONEY_COLUMNS = (
    "assessed_fen",
    "collected_fen",
    "refunded_fen",
    "written_off_fen",
    "charged_fen",
    "charge_written_off_fen",
    "principal_open_fen",
    "charge_open_fen",
    "held_fen",
    "refund_due_fen",
)

# The accounts stand by id, which never changes; the foreign keys prove that office, line and kind fit. No table is
# joined here: a plan made while the ledger was small would be kept when it is large.
INSERT_TRANSFERS = """
insert into transfer (office_id, line, key, leg, operation, debit_id, debit_kind, credit_id, credit_kind, amount_fen,
                      booked_on, value_on, case_id, seq, actor_id, document, reason, reverses_id, at, leaf)
select x.office_id, x.line, x.key, x.leg, x.operation, x.debit_id, x.debit_kind, x.credit_id, x.credit_kind,
       x.amount_fen, x.booked_on, x.value_on, {case_id}, {seq}, %(actor_id)s, x.document, x.reason, x.reverses_id, x.at,
       decode(x.leaf, 'hex')
  from {source}jsonb_to_recordset(%(transfers)s::jsonb) as x(office_id integer, line text, key text, leg smallint,
         operation text, debit_id integer, debit_kind text, credit_id integer, credit_kind text, amount_fen bigint,
         booked_on date, value_on date, seq integer, document text, reason text, reverses_id bigint, at timestamptz,
         leaf text)
"""

# A single transfer of no case, the commonest entry outside steps, without the detour over JSON.
POST_ONE = """
insert into transfer (office_id, line, key, leg, operation, debit_id, debit_kind, credit_id, credit_kind, amount_fen,
                      booked_on, value_on, actor_id, document, reason, reverses_id, at, leaf)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
POST = INSERT_TRANSFERS.format(case_id="null::bigint", seq="x.seq", source="")
SET_MONEY = ", ".join(f"{name} = %({name})s" for name in MONEY_COLUMNS)
_CASE_MONEY = "with moved as (update cases set {} where id = %(case_id)s returning id) "
POST_FOR_CASE = _CASE_MONEY.format(SET_MONEY) + INSERT_TRANSFERS.format(
    case_id="moved.id", seq="x.seq", source="moved, "
)

_MANY_MONEY = ", ".join(f"{name} = m.{name}" for name in MONEY_COLUMNS)
_MANY_TYPES = ", ".join(f"{name} bigint" for name in MONEY_COLUMNS)
_CASES_MONEY = (
    "with moved as (update cases set {} from jsonb_to_recordset(%(cases)s::jsonb) as m(case_id bigint, {}) "
    "where cases.id = m.case_id returning cases.id) "
)
POST_FOR_CASES = _CASES_MONEY.format(_MANY_MONEY, _MANY_TYPES) + INSERT_TRANSFERS.format(
    case_id="moved.id", seq="x.seq", source="moved join "
).replace("leaf text)", "leaf text, case_id bigint) on x.case_id = moved.id")

IN_DEFAULT = text("""
select c.id from cases c
 where c.office_id = :office_id and c.id > :after and c.principal_open_fen > 0 and c.phase <> 'closed'
   and exists (select from clock k where k.case_id = c.id and k.rule_id = any(:rules) and k.due_on < :on)
 order by c.id limit :limit
""")

COPIED_TRANSFER = {
    "office_id": "int4",
    "line": "text",
    "key": "text",
    "leg": "int2",
    "operation": "text",
    "debit_id": "int4",
    "debit_kind": "text",
    "credit_id": "int4",
    "credit_kind": "text",
    "amount_fen": "int8",
    "booked_on": "date",
    "value_on": "date",
    "actor_id": "int4",
    "document": "text",
    "reason": "text",
    "reverses_id": "int8",
    "at": "timestamptz",
    "leaf": "bytea",
}

TRANSFER_COLUMNS = """
t.key, t.leg, t.office_id, t.line, t.operation, d.code as debit, t.debit_kind, c.code as credit, t.credit_kind,
t.amount_fen, t.booked_on, t.value_on, t.at, t.actor_id, n.number as case_number, t.seq, t.document, t.reason,
r.key as reverses_key, r.leg as reverses_leg
"""
TRANSFER_JOINS = """
transfer t join account d on d.id = t.debit_id join account c on c.id = t.credit_id
  left join cases n on n.id = t.case_id left join transfer r on r.id = t.reverses_id
"""
ENTRY = f"select {TRANSFER_COLUMNS} from {TRANSFER_JOINS} where t.key = %(key)s order by t.leg"

# From the newest close before the day; what was booked since comes from an index that holds all it needs.
TRIAL_BALANCE = text("""
with closed as (
  select coalesce(max(period), 0) as period from period_close
   where office_id = :office_id and line = :line and period < :period
), since as (
  select make_date(period / 100, period % 100, 1) + interval '1 month' as day from closed where period > 0
  union all select '-infinity'::timestamp from closed where period = 0
), moved as (
  select t.debit_id, t.credit_id, sum(t.amount_fen) as fen
    from transfer t
   where t.office_id = :office_id and t.line = :line and t.booked_on <= :as_of
     and t.booked_on >= (select day from since)::date
   group by 1, 2
), totals as (
  select account_id, sum(debit_fen) as debit_fen, sum(credit_fen) as credit_fen
    from (select debit_id as account_id, fen as debit_fen, 0 as credit_fen from moved
          union all select credit_id, 0, fen from moved
          union all select b.account_id, b.debit_fen, b.credit_fen
                      from account_balance b join closed on b.period = closed.period) x
   group by 1
)
select a.id, a.code, a.kind, a.name_en, a.name_zh, coalesce(t.debit_fen, 0)::bigint as debit_fen,
       coalesce(t.credit_fen, 0)::bigint as credit_fen
  from account a left join totals t on t.account_id = a.id
 where a.office_id = :office_id and a.line = :line
 order by a.code
""")
