"""The statements of the repository of remittances."""

from __future__ import annotations

from sqlalchemy import text

# A receipt with where its money is. The newest advice of a remittance is the one that counts.
WAY = """
select r.lot_id, r.no, r.number, r.status, r.payer_sealed,
       (select c.party_id from cases c where c.id = r.case_id) as party_id, r.amount_fen, r.entered_on, r.case_id,
       l.booked_on as banked_on, l.id as line_id, m.id as remittance_id, m.voucher, m.remitted_on,
       m.amount_fen as remitted_fen, a.number as advice_number, a.advised_on, a.amount_fen as advised_fen, r.reported
  from receipt r
  left join banked_receipt b on b.lot_id = r.lot_id and b.no = r.no left join bank_line l on l.id = b.line_id
  left join remitted_receipt t on t.lot_id = r.lot_id and t.no = r.no left join remittance m on m.id = t.remittance_id
  left join lateral (select x.number, x.advised_on, x.amount_fen from treasury_advice x
                      where x.remittance_id = m.id order by x.id desc limit 1) a on true
"""
# A receipt that was lost is money all the same; one that is void is not.
COUNTS = "r.office_id = :office_id and r.status <> 'void' and r.amount_fen is not null"
# What an old casebook reports is on no way that caseflow knows: whether it was remitted, the book does not say.
STAGES = {
    "collected": ("l.id is null and not r.reported", "r.entered_on"),
    "banked": ("l.id is not null and m.id is null and not r.reported", "l.booked_on"),
    "remitted": ("m.id is not null and a.amount_fen is distinct from m.amount_fen", "m.remitted_on"),
    "advised": ("a.amount_fen = m.amount_fen", "a.advised_on"),
    "reported": ("r.reported", "r.entered_on"),
}
REMITTABLE = text(f"""
{WAY} where {COUNTS} and l.account_id = :account_id and l.booked_on <= :until and m.id is null
   and not r.reported
 order by l.booked_on, r.lot_id, r.no limit :limit
""")
BANKED = text(f"""
{WAY} where {COUNTS} and l.account_id = :account_id and m.id is null and not r.reported
   and (r.lot_id, r.no) in (select * from unnest(cast(:lots as bigint[]), cast(:numbers as bigint[])))
 order by r.lot_id, r.no
""")
OF_REMITTANCE = text(f"""
{WAY.replace("from receipt r", "from remittance_item i join receipt r on r.lot_id = i.lot_id and r.no = i.no")}
 where i.remittance_id = :remittance_id and (i.lot_id, i.no) > (:lot_id, :no) order by i.lot_id, i.no limit :limit
""")
MAKE = text("""
insert into remittance (office_id, account_id, voucher, remitted_on, amount_fen, transfer_key, made_by, event_key)
values (:office_id, :account_id, :voucher, :remitted_on, :amount_fen, :transfer_key, :made_by, :event_key)
returning id
""")
ITEMS = text("""
insert into remittance_item (remittance_id, lot_id, no, office_id)
select :remittance_id, x.lot_id, x.no, :office_id
  from unnest(cast(:lots as bigint[]), cast(:numbers as bigint[])) as x(lot_id, no)
""")
END = text("""
insert into remittance_end (remittance_id, office_id, reason, reversal_key, ended_by, ended_on, event_key)
values (:remittance_id, :office_id, :reason, :reversal_key, :ended_by, :ended_on, :event_key)
""")
# The same number again for the same remittance corrects the advice recorded before.
ADVISE = text("""
insert into treasury_advice (remittance_id, office_id, number, corrects_id, advised_on, amount_fen, recorded_by,
                             event_key)
values (:remittance_id, :office_id, :number,
        (select max(a.id) from treasury_advice a
          where a.remittance_id = :remittance_id and a.office_id = :office_id and a.number = :number),
        :advised_on, :amount_fen, :recorded_by, :event_key)
""")
REMITTANCE = """
select m.id, m.account_id, c.bank, c.number, m.voucher, m.remitted_on, m.amount_fen, m.transfer_key,
       (select count(*)::integer from remittance_item i where i.remittance_id = m.id) as receipts,
       l.id as line_id, l.booked_on as line_booked_on, a.number as advice_number, a.advised_on,
       a.amount_fen as advised_fen, e.reason as end_reason
  from remittance m join bank_account c on c.id = m.account_id
  left join remittance_line o on o.remittance_id = m.id left join bank_line l on l.id = o.line_id
  left join remittance_end e on e.remittance_id = m.id
  left join lateral (select x.number, x.advised_on, x.amount_fen from treasury_advice x
                      where x.remittance_id = m.id order by x.id desc limit 1) a on true
"""
ONE = text(f"{REMITTANCE} where m.id = :remittance_id and m.office_id = :office_id")
ALL = text(f"{REMITTANCE} where m.office_id = :office_id and m.id < :before order by m.id desc limit :limit")
# Each stage by the bucket its day falls in.
AGEING = text(f"""
with aged as (
  select case when r.reported then 'reported' when l.id is null then 'collected' when m.id is null then 'banked'
              else 'remitted' end as stage,
         case when l.id is null or r.reported then r.entered_on when m.id is null then l.booked_on
              else m.remitted_on end as day,
         r.amount_fen as fen
    from receipt r
    left join banked_receipt b on b.lot_id = r.lot_id and b.no = r.no left join bank_line l on l.id = b.line_id
    left join remitted_receipt t on t.lot_id = r.lot_id and t.no = r.no left join remittance m on m.id = t.remittance_id
    left join lateral (select x.amount_fen from treasury_advice x
                        where x.remittance_id = m.id order by x.id desc limit 1) a on true
   where {COUNTS} and a.amount_fen is distinct from coalesce(m.amount_fen, -1)
  union all
  select 'suspense', l.booked_on, l.amount_fen from bank_line_state s join bank_line l on l.id = s.line_id
   where s.office_id = :office_id and s.state = 'suspended'
)
select g.stage, x.name, count(*)::integer as many, sum(g.fen)::bigint as fen
  from aged g join unnest(cast(:names as text[]), cast(:firsts as date[]), cast(:lasts as date[]))
    as x(name, first, last) on g.day >= coalesce(x.first, '-infinity') and g.day <= coalesce(x.last, 'infinity')
 group by g.stage, x.name
""")
