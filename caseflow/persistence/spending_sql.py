"""The statements that read expenditure. Balances come from the ledger, never from a stored sum."""

from __future__ import annotations

from sqlalchemy import text

from caseflow.persistence.ledger_sql import TRANSFER_COLUMNS

_APPROPRIATION = """
select a.id, a.office_id, a.year, a.serial, a.paper, a.purpose, a.amount_fen, a.done_on, a.done_by,
       account_balance_fen(a.quota_id) as left_fen, account_balance_fen(a.committed_id) as committed_fen,
       l.lapsed_fen, l.lapses > 0 as closed
  from appropriation a
  cross join lateral (select coalesce(sum(x.amount_fen), 0)::bigint as lapsed_fen, count(*) as lapses
                        from appropriation_lapse x where x.appropriation_id = a.id) l
 where a.office_id = :office_id
"""
APPROPRIATION = text(f"{_APPROPRIATION} and a.id = :id")
APPROPRIATIONS = text(
    f"{_APPROPRIATION} and (cast(:before_id as bigint) is null or a.id < :before_id) order by a.id desc limit :limit"
)

_COMMITMENT = """
select c.id, c.appropriation_id, a.year, a.serial as of_serial, c.serial, c.payee, c.purpose, c.document, c.amount_fen,
       c.done_on, c.done_by, r.released_fen, o.paid_fen, o.waiting_fen
  from commitment c
  join appropriation a on a.id = c.appropriation_id
  cross join lateral (select coalesce(sum(x.amount_fen), 0)::bigint as released_fen
                        from commitment_release x where x.commitment_id = c.id) r
  cross join lateral (select coalesce(sum(x.amount_fen) filter (where d.decision = 'paid' and g.order_id is null),
                                      0)::bigint as paid_fen,
                             coalesce(sum(x.amount_fen) filter (where d.order_id is null), 0)::bigint as waiting_fen
                        from payment_order x
                        left join payment_decision d on d.order_id = x.id
                        left join payment_given_back g on g.order_id = x.id
                       where x.commitment_id = c.id) o
"""
COMMITMENT = text(f"{_COMMITMENT} where c.office_id = :office_id and c.id = :id")
COMMITMENTS = text(
    f"{_COMMITMENT} where c.appropriation_id = :appropriation_id "
    "and (cast(:before_id as bigint) is null or c.id < :before_id) order by c.id desc limit :limit"
)

_ORDER = """
select o.id, o.appropriation_id, o.commitment_id, a.year, a.serial as of_serial, c.serial as of_commitment, o.serial,
       c.payee, c.purpose, o.amount_fen, o.document, o.payee_account, o.payee_bank, o.done_on, o.done_by,
       o.committed_by, d.decision, d.done_on as decided_on, d.done_by as decided_by, d.reason, t.key as pay_key,
       g.done_on as given_back_on, g.done_by as given_back_by, g.reason as given_back_reason,
       g.document as given_back_document
  from payment_order o
  join commitment c on c.id = o.commitment_id
  join appropriation a on a.id = o.appropriation_id
  left join payment_decision d on d.order_id = o.id
  left join transfer t on t.id = d.transfer_id
  left join payment_given_back g on g.order_id = o.id
 where o.office_id = :office_id
"""
_KEY = " and (cast(:before_id as bigint) is null or o.id < :before_id) order by o.id desc limit :limit"
ORDER = text(f"{_ORDER} and o.id = :id")
ORDERS = text(
    f"{_ORDER} and (cast(:appropriation_id as bigint) is null or o.appropriation_id = :appropriation_id) "
    "and (cast(:commitment_id as bigint) is null or o.commitment_id = :commitment_id)" + _KEY
)
WAITING = text(f"{_ORDER} and d.order_id is null" + _KEY)

LAPSES = text(
    "select amount_fen, done_on, done_by, document, reason from appropriation_lapse "
    "where appropriation_id = :id order by id"
)
RELEASES = text(
    "select amount_fen, done_on, done_by, '' as document, reason from commitment_release where commitment_id = :id "
    "order by id"
)
# Numbers follow one another without a gap: whoever numbers next waits for this transaction.
LOCK_NUMBERS = text("select pg_advisory_xact_lock(7708, :office_id)")
NEXT_SERIAL = text(
    "select coalesce(max(serial), 0) + 1 from appropriation where office_id = :office_id and year = :year"
)
# As ledger_sql.ENTRY, without the cases: whoever spends cannot even look at one.
ENTRY = (
    f"select {TRANSFER_COLUMNS.replace('n.number', 'null::text')} from transfer t join account d on d.id = t.debit_id "
    "join account c on c.id = t.credit_id left join transfer r on r.id = t.reverses_id "
    "where t.line = 'expenditure' and t.key = %(key)s order by t.leg"
)
