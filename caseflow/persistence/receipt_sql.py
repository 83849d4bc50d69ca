"""The statements of the receipt book."""

from __future__ import annotations

from sqlalchemy import text

LOT = """
select l.id, l.office_id, l.book, l.prefix, l.first_no, l.last_no, l.width, l.copies, l.issued_to, l.opened_on,
       l.checked_off_on, l.kind, (select max(r.no) from receipt r where r.lot_id = l.id) as last_used
  from receipt_lot l
"""
ONE_LOT = text(LOT + " where l.id = :lot_id and l.office_id = :office_id")
# Counting the numbers of each lot is for the list of lots; a payment only asks for the highest one.
_COUNT = "(select count(*) from receipt r where r.lot_id = l.id) as used_count"
COUNTED = LOT.replace(" as last_used", f" as last_used, {_COUNT}")
LOTS = text(COUNTED + " where l.office_id = :office_id and l.id < :before order by l.id desc limit :limit")
OPEN_LOTS = text(
    LOT + " where l.office_id = :office_id and l.checked_off_on is null and l.kind = 'issued' order by l.id"
)
RECEIPT = """
select r.lot_id, r.no, r.number, r.status, r.entered_on, r.entered_by as cashier_id, s.name_en as cashier_en,
       s.name_zh as cashier_zh, e.leaf, r.amount_fen, r.principal_fen, r.charge_fen, r.held_fen, r.payer_sealed,
       c.party_id, r.case_id,
       c.number as case_number, c.number_zh as case_number_zh, c.regime, r.seq, r.transfer_key, r.reversal_key,
       r.event_key, r.reason, r.copies, r.ended_on, r.found_on, r.reported
  from receipt r join staff s on s.id = r.entered_by join audit_event e on e.key = r.event_key
       left join cases c on c.id = r.case_id
"""
OF_CASE = text(RECEIPT + " where r.case_id = :case_id order by r.seq")
ONE = text(RECEIPT + " where r.lot_id = :lot_id and r.no = :no and r.office_id = :office_id")
OF_LOT = text(RECEIPT + " where r.lot_id = :lot_id and r.no between :from_no and :through_no order by r.no")
OF_DAY = text(
    RECEIPT
    + " where r.office_id = :office_id and r.entered_on = :day and not r.reported "
    + "and (r.lot_id, r.no) > (:after_lot, :after_no) "
    + "order by r.lot_id, r.no limit :limit"
)
TOTALS = text("""
select c.regime, count(*) filter (where r.status = 'issued') as issued,
       count(*) filter (where r.status = 'void') as void,
       count(*) filter (where r.status = 'lost') as lost,
       coalesce(sum(r.amount_fen) filter (where r.status = 'issued'), 0)::bigint as issued_fen,
       coalesce(sum(r.amount_fen) filter (where r.status = 'lost'), 0)::bigint as lost_fen
  from receipt r left join cases c on c.id = r.case_id
 where r.office_id = :office_id and r.entered_on = :day and not r.reported
 group by c.regime order by c.regime nulls last
""")
STUBS = text("""
select count(*) filter (where status = 'issued') as issued, count(*) filter (where status = 'void') as void,
       count(*) filter (where status = 'lost') as lost,
       coalesce(sum(amount_fen) filter (where status = 'issued'), 0)::bigint as issued_fen
  from receipt where lot_id = :lot_id
""")
OPEN = text("""
insert into receipt_lot (office_id, book, prefix, first_no, last_no, width, copies, issued_to, opened_on, opened_by,
                         event_key)
values (:office_id, :book, :prefix, :first_no, :last_no, :width, :copies, :issued_to, :opened_on, :opened_by,
        :event_key)
returning id
""")
CHECK_OFF = text("""
update receipt_lot set checked_off_on = :day, checked_off_by = :staff_id, check_reference = :reference,
       check_event_key = :event_key where id = :lot_id
""")
END_BLANKS = text("""
insert into receipt (lot_id, no, office_id, first_no, last_no, previous_no, number, status, entered_on, entered_by,
                     event_key, reason, copies, ended_on, ended_by, end_event_key, found_on)
select l.id, n, l.office_id, l.first_no, l.last_no, nullif(n - 1, l.first_no - 1),
       l.prefix || lpad(n::text, l.width, '0'), :status, :ended_on, :ended_by, :end_event_key, :reason, :copies,
       :ended_on, :ended_by, :end_event_key, :found_on
  from receipt_lot l, generate_series(cast(:from_no as bigint), cast(:through_no as bigint)) as n
 where l.id = :lot_id order by n
""")
END = text("""
update receipt set status = :status, reason = :reason, copies = :copies, ended_on = :ended_on, ended_by = :ended_by,
       end_event_key = :end_event_key, found_on = :found_on, reversal_key = :reversal_key
 where lot_id = :lot_id and no = :no and status = 'issued'
""")
# A part of the statement that writes a step: the payer is the party of the case as it stands, and what is sealed of its
# name stays bound to the party, so the receipt of one opens on no receipt of another.
ISSUE_RECEIPT = """
insert into receipt (lot_id, no, office_id, first_no, last_no, previous_no, number, status, case_id, seq, transfer_key,
                     amount_fen, principal_fen, charge_fen, held_fen, payer_sealed, entered_on, entered_by, event_key)
select l.id, %(receipt_no)s::bigint, l.office_id, l.first_no, l.last_no,
       nullif(%(receipt_no)s::bigint - 1, l.first_no - 1),
       l.prefix || lpad((%(receipt_no)s::bigint)::text, l.width, '0'), 'issued', moved.id, moved.version, %(event_key)s,
       %(receipt_fen)s, %(receipt_principal_fen)s, %(receipt_charge_fen)s, %(receipt_held_fen)s, p.name_sealed,
       %(business_date)s, %(actor_id)s, %(event_key)s
  from moved join cases c on c.id = moved.id join party p on p.id = c.party_id, receipt_lot l
 where l.id = %(receipt_lot_id)s
"""
