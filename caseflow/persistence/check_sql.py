"""What the ledger check asks: each query names what disagrees, with what was expected and what was found.

The database refuses all of this when it is written; the check is for what a superuser, a restored backup or a fault of
the disk may have left behind, so it trusts no constraint and derives everything anew.
"""

from __future__ import annotations

from collections.abc import Mapping

from caseflow.persistence.ledger_sql import MONEY_COLUMNS

# The whole ledger once, in a few hundred rows: what most checks look at; single ones are named only where it is off.
TOTALS = """
create temporary table totals on commit drop as
select office_id, line, operation, debit_id, debit_kind, credit_id, credit_kind, period,
       reverses_id is not null as reversal, case_id is null as caseless, sum(amount_fen)::bigint as fen,
       min(amount_fen) as least_fen, max(at) as latest
  from transfer group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""

# Per case and kind of movement first, so that the sums of the function case_money run over few rows.
_DERIVED = """
moved as (
  select case_id, operation, debit_kind, credit_kind, reverses_id is not null as reversal,
         sum(amount_fen)::bigint as fen
    from transfer where case_id is not null group by 1, 2, 3, 4, 5
), signed as (
  select case_id, debit_kind as d, credit_kind as c, fen,
         case when operation in ('write_off', 'waive') then fen when operation = 'reinstate' then -fen else 0 end
           * case when reversal then -1 else 1 end as off_fen
    from moved
), derived as (
  select case_id,
         sum(case when c in ('assessed', 'charge_assessed') then fen else 0 end
             - case when d in ('assessed', 'charge_assessed') then fen else 0 end + off_fen)::bigint as assessed_fen,
         sum(case 'collecting_bank' when d then fen when c then -fen else 0 end)::bigint as collected_fen,
         sum(case when c in ('treasury', 'refund_interest') then fen else 0 end
             - case when d in ('treasury', 'refund_interest') then fen else 0 end)::bigint as refunded_fen,
         sum(off_fen)::bigint as written_off_fen,
         sum(case 'charge_assessed' when c then fen + off_fen when d then off_fen - fen else 0
             end)::bigint as charged_fen,
         sum(case when 'charge_assessed' in (d, c) then off_fen else 0 end)::bigint as charge_written_off_fen,
         sum(case 'receivable' when d then fen when c then -fen else 0 end)::bigint as principal_open_fen,
         sum(case 'charge_receivable' when d then fen when c then -fen else 0 end)::bigint as charge_open_fen,
         sum(case 'held' when c then fen when d then -fen else 0 end)::bigint as held_fen,
         sum(case 'refund_due' when c then fen when d then -fen else 0 end)::bigint as refund_due_fen
    from signed group by case_id
)"""
_KEPT_FIGURES = ", ".join(f"c.{name}" for name in MONEY_COLUMNS)
_DERIVED_FIGURES = ", ".join(f"coalesce(d.{name}, 0)" for name in MONEY_COLUMNS)
# The transfers behind a row of the totals.
_BEHIND = """
join transfer t on (t.office_id, t.line, t.operation, t.debit_id, t.debit_kind, t.credit_id, t.credit_kind, t.period)
     = (x.office_id, x.line, x.operation, x.debit_id, x.debit_kind, x.credit_id, x.credit_kind, x.period)
"""

_WRONG_ACCOUNTS = """
((d.office_id, d.line, d.kind) is distinct from (x.office_id, x.line, x.debit_kind)
  or (c.office_id, c.line, c.kind) is distinct from (x.office_id, x.line, x.credit_kind))
"""
_ACCOUNTS = "totals x left join account d on d.id = x.debit_id left join account c on c.id = x.credit_id"
_UNLAWFUL = "not is_lawful_move(x.line, x.operation, x.debit_kind, x.credit_kind, x.reversal)"
_CLOSES = "totals x join period_close c on c.office_id = x.office_id and c.line = x.line and x.period <= c.period"

_NEEDS_A_CASE = "x.caseless and x.line = 'income' and x.operation not in ('remit', 'suspend')"

# A check with a guard is asked in full only where its guard finds something in the totals.
GUARDS: Mapping[str, str] = {
    "accounts of a transfer": f"select from {_ACCOUNTS} where {_WRONG_ACCOUNTS}",
    "amounts": "select from totals where least_fen <= 0",
    "lawful moves": f"select from totals x where {_UNLAWFUL}",
    "money of no case": f"select from totals x where {_NEEDS_A_CASE}",
    "suspense without a bank line": "select from totals x where x.operation = 'suspend'",
    "remitted without a remittance": "select from totals x where x.operation = 'remit'",
    "spending without an act": "select from totals x where x.line = 'expenditure'",
    "closed periods": f"select from {_CLOSES} where x.latest > c.closed_at",
}

CHECKS: Mapping[str, str] = {
    "accounts of a transfer": f"""
        select 'transfer ' || t.key || '#' || t.leg,
               t.office_id || ' ' || t.line || ' ' || t.debit_kind || '/' || t.credit_kind,
               d.office_id || ' ' || d.line || ' ' || d.kind || ' / ' || c.office_id || ' ' || c.line || ' ' || c.kind
          from {_ACCOUNTS} {_BEHIND} where {_WRONG_ACCOUNTS}
    """,
    "amounts": f"""
        select 'transfer ' || t.key || '#' || t.leg, 'above zero', t.amount_fen || ' fen'
          from totals x {_BEHIND} where x.least_fen <= 0 and t.amount_fen <= 0
    """,
    "lawful moves": f"""
        select 'transfer ' || t.key || '#' || t.leg, 'a move on the closed list',
               t.operation || ' ' || t.debit_kind || '/' || t.credit_kind
          from totals x {_BEHIND} and (t.reverses_id is not null) = x.reversal
         where {_UNLAWFUL}
    """,
    "money of no case": f"""
        select 'transfer ' || t.key || '#' || t.leg, 'a case', t.operation || ' of ' || t.amount_fen || ' fen'
          from totals x {_BEHIND} and t.case_id is null
         where {_NEEDS_A_CASE} and not exists (select from receipt r where r.transfer_key = t.key)
           and not exists (select from bank_decision b where b.transfer_key = t.key)
           and not exists (select from transfer o join receipt r on r.transfer_key = o.key where o.id = t.reverses_id)
    """,
    "suspense without a bank line": f"""
        select 'transfer ' || t.key, 'a decision on a line of the bank', t.amount_fen || ' fen'
          from totals x {_BEHIND} and t.reverses_id is null
         where x.operation = 'suspend' and not x.reversal
           and not exists (select from bank_decision b where b.transfer_key = t.key)
    """,
    "remitted without a remittance": f"""
        select 'transfer ' || t.key, 'a remittance', t.amount_fen || ' fen'
          from totals x {_BEHIND} and t.reverses_id is null
         where x.operation = 'remit' and not x.reversal
           and not exists (select from remittance m where m.transfer_key = t.key)
    """,
    "spending without an act": f"""
        select 'transfer ' || t.key || '#' || t.leg, 'an act of expenditure',
               t.operation || ' of ' || t.amount_fen || ' fen'
          from totals x {_BEHIND}
         where x.line = 'expenditure' and not exists (
           select from spending_act s where s.transfer_id = t.id and s.amount_fen = t.amount_fen
              and s.operation = t.operation and s.office_id = t.office_id and s.done_by = t.actor_id)
    """,
    "roles kept apart": """
        select 'staff ' || s.login, 'one of them', string_agg(r.role, ' and ' order by r.role)
          from staff s join staff_role r on r.staff_id = s.id group by s.id
        having array['cashier', 'payer'] <@ array_agg(r.role)
            or ('administrator' = any (array_agg(r.role)) and count(*) > 1)
    """,
    "reversals": """
        select 'transfer ' || t.key || '#' || t.leg, 'the mirror of ' || coalesce(r.key || '#' || r.leg, 'a transfer'),
               t.amount_fen || ' fen'
          from transfer t left join transfer r on r.id = t.reverses_id
         where t.reverses_id is not null and (t.office_id, t.line, t.operation, t.debit_id, t.credit_id, t.amount_fen)
               is distinct from (r.office_id, r.line, r.operation, r.credit_id, r.debit_id, r.amount_fen)
    """,
    "closed periods": f"""
        select 'transfer ' || t.key || '#' || t.leg, 'nothing after the close of ' || c.period, t.at::text
          from {_CLOSES} {_BEHIND}
         where x.latest > c.closed_at and t.at > c.closed_at
           and not exists (select from installation where kind = 'training')
    """,
    "snapshots": """
        with months as (
          select id, period, sum(debit_fen) as debit_fen, sum(credit_fen) as credit_fen
            from (select debit_id as id, period, fen as debit_fen, 0 as credit_fen from totals
                  union all select credit_id, period, 0, fen from totals) s group by 1, 2
        )
        select 'account ' || a.code || ' at the end of ' || b.period, b.debit_fen || '/' || b.credit_fen,
               s.debit_fen || '/' || s.credit_fen
          from account_balance b join account a on a.id = b.account_id
          cross join lateral (
            select coalesce(sum(m.debit_fen), 0) as debit_fen, coalesce(sum(m.credit_fen), 0) as credit_fen
              from months m where m.id = a.id and m.period <= b.period) s
         where (b.debit_fen, b.credit_fen) is distinct from (s.debit_fen, s.credit_fen)
    """,
    "accounts below zero": """
        with moved as (
          select debit_id as id, sum(fen) as fen from totals group by 1
          union all select credit_id, -sum(fen) from totals group by 1
        )
        select 'account ' || a.code || ' of office ' || a.office_id, 'not below zero', sum(m.fen) || ' fen'
          from moved m join account a on a.id = m.id
         where a.kind in ('collecting_bank', 'quota', 'committed', 'held', 'suspense', 'refund_due')
         group by a.id
        having sum(m.fen) * case when a.kind in ('collecting_bank', 'quota', 'committed') then 1 else -1 end < 0
    """,
    "figures of cases": f"""
        with {_DERIVED}
        select 'case ' || c.number, row({_DERIVED_FIGURES})::text, row({_KEPT_FIGURES})::text
          from cases c left join derived d on d.case_id = c.id
         where ({_KEPT_FIGURES}) is distinct from ({_DERIVED_FIGURES})
    """,
    "caps of added charges": """
        select 'case ' || c.number, 'at most ' || (c.assessed_fen - c.charged_fen) || ' fen', c.charged_fen || ' fen'
          from cases c
         where c.charged_fen > c.assessed_fen - c.charged_fen
           and exists (select from transfer t where t.case_id = c.id and t.operation = 'charge'
                          and t.value_on >= date '2012-01-01')
    """,
    "postings of steps": """
        with said as (
          select s.case_id, s.seq, sum((p ->> 'amount_fen')::bigint) as fen
            from step s, jsonb_array_elements(s.postings) p
           where s.postings <> '[]' and p ->> 'event' = 'collect' group by 1, 2
        ), booked as (
          select case_id, seq, sum(amount_fen) as fen from transfer
           where operation = 'collect' and seq is not null and reverses_id is null group by 1, 2
        )
        select 'step ' || coalesce(s.seq, b.seq) || ' of case ' || c.number, coalesce(s.fen, 0) || ' fen',
               coalesce(b.fen, 0) || ' fen'
          from said s full join booked b using (case_id, seq) join cases c on c.id = coalesce(s.case_id, b.case_id)
         where s.fen is distinct from b.fen
    """,
    "matches of the bank": """
        select 'bank line ' || l.id || ' of ' || l.booked_on, l.amount_fen || ' fen', sum(r.amount_fen) || ' fen'
          from bank_line l join banked_receipt b on b.line_id = l.id
          join receipt r on r.lot_id = b.lot_id and r.no = b.no
         group by l.id having l.amount_fen is distinct from sum(r.amount_fen) or bool_or(r.status = 'void')
    """,
    "money in suspense": """
        with parked as (
          select l.office_id, sum(l.amount_fen) as fen from bank_line_state s join bank_line l on l.id = s.line_id
           where s.state = 'suspended' group by 1
        ), booked as (
          select x.office_id, sum(case when x.credit_kind = 'suspense' then fen else -fen end) as fen from totals x
           where 'suspense' in (x.debit_kind, x.credit_kind) group by 1
        )
        select 'suspense of office ' || coalesce(p.office_id, b.office_id), coalesce(p.fen, 0) || ' fen of lines',
               coalesce(b.fen, 0) || ' fen'
          from parked p full join booked b using (office_id) where coalesce(p.fen, 0) <> coalesce(b.fen, 0)
    """,
    "remittances": """
        with items as (
          select i.remittance_id as id, sum(r.amount_fen) as fen
            from remittance_item i join receipt r on r.lot_id = i.lot_id and r.no = i.no group by 1
        ), moved as (
          select m.id, sum(t.amount_fen) as fen from remittance m join transfer t on t.key = m.transfer_key group by 1
        )
        select 'remittance ' || m.voucher, m.amount_fen || ' fen',
               coalesce(i.fen, 0) || ' fen of receipts, ' || coalesce(b.fen, 0) || ' fen booked'
          from remittance m left join items i on i.id = m.id left join moved b on b.id = m.id
         where (i.fen, b.fen) is distinct from (m.amount_fen, m.amount_fen)
    """,
    "numbers of receipts": """
        select 'lot ' || l.id || ' (' || l.prefix || lpad(l.first_no::text, l.width, '0') || ')',
               (max(r.no) - l.first_no + 1) || ' numbers, each once',
               count(distinct r.no) || ' numbers, ' || count(*) - count(distinct r.number) || ' twice'
          from receipt_lot l join receipt r on r.lot_id = l.id
         group by l.id having count(*) <> max(r.no) - l.first_no + 1 or count(distinct r.no) <> count(*)
             or count(distinct r.number) <> count(*) or min(r.no) < l.first_no or max(r.no) > l.last_no
    """,
    "receipts and their money": """
        select 'receipt ' || r.number, r.principal_fen || '/' || r.charge_fen || '/' || r.held_fen || ' fen',
               coalesce(t.principal_fen, 0) || '/' || coalesce(t.charge_fen, 0) || '/' || coalesce(t.held_fen, 0)
                 || ' fen'
          from receipt r
          left join lateral (
            select sum(amount_fen) filter (where credit_kind = 'receivable') as principal_fen,
                   sum(amount_fen) filter (where credit_kind = 'charge_receivable') as charge_fen,
                   sum(amount_fen) filter (where credit_kind = 'held') as held_fen
              from transfer where key = r.transfer_key and operation = 'collect' and reverses_id is null) t on true
         where r.amount_fen is not null
           and (r.amount_fen <> r.principal_fen + r.charge_fen + r.held_fen
                or (r.principal_fen, r.charge_fen, r.held_fen) is distinct from
                   (coalesce(t.principal_fen, 0), coalesce(t.charge_fen, 0), coalesce(t.held_fen, 0)))
    """,
    "payments on receipts": """
        select 'step ' || s.seq || ' of case ' || c.number, 'a receipt', 'none'
          from step s join cases c on c.id = s.case_id
         where s.postings @> '[{"event": "collect"}]' and (not s.reported or s.answers ? 'receipt_no')
           and not exists (select from receipt r where r.case_id = s.case_id and r.seq = s.seq)
    """,
    "void receipts": """
        select 'receipt ' || r.number,
               case when r.status = 'void' then 'its money taken back' else 'its money kept' end,
               (select count(*) from transfer m join transfer o on o.id = m.reverses_id where o.key = r.transfer_key)
                 || ' transfers taken back'
          from receipt r
         where r.amount_fen is not null
           and (r.status = 'void') is distinct from
               not exists (select from transfer o where o.key = r.transfer_key and o.reverses_id is null
                             and not exists (select from transfer m where m.reverses_id = o.id))
    """,
}
