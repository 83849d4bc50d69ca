"""What the ledger check asks: each query names what disagrees, with what was expected and what was found.

The database refuses all of this when it is written; the check is for what a superuser, a restored backup or a fault of
the disk may have left behind, so it trusts no constraint and derives everything anew.
"""

from __future__ import annotations

from collections.abc import Mapping

from caseflow.persistence.ledger_sql import MONEY_COLUMNS

# One row a side of each transfer, with what was written off apart: as the function case_money, for all cases at once.
_SIDES = """
sides as (
  select case_id, debit_kind as kind, amount_fen as fen,
         case when operation in ('write_off', 'waive') then amount_fen when operation = 'reinstate' then -amount_fen
              else 0 end * case when reverses_id is null then 1 else -1 end as off_fen,
         'charge_assessed' in (debit_kind, credit_kind) as of_charge
    from transfer where case_id is not null
  union all
  select case_id, credit_kind, -amount_fen, 0, false from transfer where case_id is not null
), derived as (
  select case_id,
         coalesce(-sum(fen) filter (where kind in ('assessed', 'charge_assessed')), 0) + sum(off_fen) as assessed_fen,
         coalesce(sum(fen) filter (where kind = 'collecting_bank'), 0) as collected_fen,
         coalesce(-sum(fen) filter (where kind in ('treasury', 'refund_interest')), 0) as refunded_fen,
         sum(off_fen) as written_off_fen,
         coalesce(-sum(fen) filter (where kind = 'charge_assessed'), 0)
           + coalesce(sum(off_fen) filter (where of_charge), 0) as charged_fen,
         coalesce(sum(off_fen) filter (where of_charge), 0) as charge_written_off_fen,
         coalesce(sum(fen) filter (where kind = 'receivable'), 0) as principal_open_fen,
         coalesce(sum(fen) filter (where kind = 'charge_receivable'), 0) as charge_open_fen,
         coalesce(-sum(fen) filter (where kind = 'held'), 0) as held_fen,
         coalesce(-sum(fen) filter (where kind = 'refund_due'), 0) as refund_due_fen
    from sides group by case_id
)"""
_KEPT = ", ".join(f"c.{name}" for name in MONEY_COLUMNS)
_DERIVED = ", ".join(f"coalesce(d.{name}, 0)::bigint" for name in MONEY_COLUMNS)

CHECKS: Mapping[str, str] = {
    "accounts of a transfer": """
        select 'transfer ' || t.key || '#' || t.leg,
               t.office_id || ' ' || t.line || ' ' || t.debit_kind || '/' || t.credit_kind,
               d.office_id || ' ' || d.line || ' ' || d.kind || ' / ' || c.office_id || ' ' || c.line || ' ' || c.kind
          from transfer t left join account d on d.id = t.debit_id left join account c on c.id = t.credit_id
         where (d.office_id, d.line, d.kind) is distinct from (t.office_id, t.line, t.debit_kind)
            or (c.office_id, c.line, c.kind) is distinct from (t.office_id, t.line, t.credit_kind) or t.amount_fen <= 0
    """,
    "lawful moves": """
        select 'transfer ' || key || '#' || leg, 'a move on the closed list',
               operation || ' ' || debit_kind || '/' || credit_kind
          from transfer where not is_lawful_move(line, operation, debit_kind, credit_kind, reverses_id is not null)
    """,
    "reversals": """
        select 'transfer ' || t.key || '#' || t.leg, 'the mirror of ' || coalesce(r.key || '#' || r.leg, 'a transfer'),
               t.amount_fen || ' fen'
          from transfer t left join transfer r on r.id = t.reverses_id
         where t.reverses_id is not null and (t.office_id, t.line, t.operation, t.debit_id, t.credit_id, t.amount_fen)
               is distinct from (r.office_id, r.line, r.operation, r.credit_id, r.debit_id, r.amount_fen)
    """,
    "closed periods": """
        select 'transfer ' || t.key || '#' || t.leg, 'nothing after the close of ' || c.period, t.at::text
          from period_close c join transfer t on t.office_id = c.office_id and t.line = c.line and t.period <= c.period
         where t.at > c.closed_at and not exists (select from installation where kind = 'training')
    """,
    "snapshots": """
        select 'account ' || a.code || ' at the end of ' || b.period, b.debit_fen || '/' || b.credit_fen,
               coalesce(s.debit_fen, 0) || '/' || coalesce(s.credit_fen, 0)
          from account_balance b join account a on a.id = b.account_id
          left join lateral (
            select sum(amount_fen) filter (where debit_id = a.id) as debit_fen,
                   sum(amount_fen) filter (where credit_id = a.id) as credit_fen
              from transfer t where t.period <= b.period and (t.debit_id = a.id or t.credit_id = a.id)) s on true
         where (b.debit_fen, b.credit_fen) is distinct from (coalesce(s.debit_fen, 0), coalesce(s.credit_fen, 0))
    """,
    "accounts below zero": """
        with moved as (
          select debit_id as id, sum(amount_fen) as fen from transfer group by 1
          union all select credit_id, -sum(amount_fen) from transfer group by 1
        )
        select 'account ' || a.code || ' of office ' || a.office_id, 'not below zero', sum(m.fen) || ' fen'
          from moved m join account a on a.id = m.id
         where a.kind in ('collecting_bank', 'quota', 'committed', 'held', 'suspense', 'refund_due')
         group by a.id
        having sum(m.fen) * case when a.kind in ('collecting_bank', 'quota', 'committed') then 1 else -1 end < 0
    """,
    "figures of cases": f"""
        with {_SIDES}
        select 'case ' || c.number, row({_DERIVED})::text, row({_KEPT})::text
          from cases c left join derived d on d.case_id = c.id where ({_KEPT}) is distinct from ({_DERIVED})
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
           where p ->> 'event' = 'collect' group by 1, 2
        ), booked as (
          select case_id, seq, sum(amount_fen) as fen from transfer
           where operation = 'collect' and seq is not null and reverses_id is null group by 1, 2
        )
        select 'step ' || coalesce(s.seq, b.seq) || ' of case ' || c.number, coalesce(s.fen, 0) || ' fen',
               coalesce(b.fen, 0) || ' fen'
          from said s full join booked b using (case_id, seq) join cases c on c.id = coalesce(s.case_id, b.case_id)
         where s.fen is distinct from b.fen
    """,
}
