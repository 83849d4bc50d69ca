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

# The accounts are found by code; the foreign keys then prove that office, line and kind fit.
INSERT_TRANSFERS = """
insert into transfer (office_id, line, key, leg, operation, debit_id, debit_kind, credit_id, credit_kind, amount_fen,
                      booked_on, value_on, case_id, seq, actor_id, document, reason, reverses_id, at, leaf)
select x.office_id, x.line, x.key, x.leg, x.operation, d.id, x.debit_kind, c.id, x.credit_kind, x.amount_fen,
       x.booked_on, x.value_on, {case_id}, {seq}, %(actor_id)s, x.document, x.reason, r.id, x.at,
       decode(x.leaf, 'hex')
  from {source}jsonb_to_recordset(%(transfers)s::jsonb) as x(office_id integer, line text, key text, leg smallint,
         operation text, debit text, debit_kind text, credit text, credit_kind text, amount_fen bigint, booked_on date,
         value_on date, seq integer, document text, reason text, reverses_key text, reverses_leg smallint,
         at timestamptz, leaf text)
  left join account d on d.office_id = x.office_id and d.code = x.debit
  left join account c on c.office_id = x.office_id and c.code = x.credit
  left join transfer r on r.key = x.reverses_key and r.leg = x.reverses_leg
"""

POST = INSERT_TRANSFERS.format(case_id="null::bigint", seq="x.seq", source="")
SET_MONEY = ", ".join(f"{name} = %({name})s" for name in MONEY_COLUMNS)
_CASE_MONEY = "with moved as (update cases set {} where id = %(case_id)s returning id) "
POST_FOR_CASE = _CASE_MONEY.format(SET_MONEY) + INSERT_TRANSFERS.format(
    case_id="moved.id", seq="x.seq", source="moved, "
)

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
