"""The statements of the bank's repository."""

from __future__ import annotations

from sqlalchemy import text

_NEW_LINES = (
    "jsonb_to_recordset(cast(:lines as jsonb)) as x(id bigint, position integer, booked_on date, value_on date, "
    "direction text, amount_fen bigint, said text, index text, older text, bank_reference text, occurrence smallint)"
)
_LOOKED_FOR = (
    "jsonb_to_recordset(cast(:lines as jsonb)) as x(at integer, booked_on date, direction text, amount_fen bigint, "
    "index text, identity text, occurrence smallint)"
)
CASHIERS = text("""
select s.id, s.office_id, s.login, s.name_en, s.name_zh, s.locale
  from staff s join staff_role r on r.staff_id = s.id and r.role = 'cashier' where s.active order by s.login
""")
# While keys are rotated each line keeps the older index too, so that equal lines meet at every moment. What an update
# has not sealed yet is known by its plain identity.
KNOWN = text(f"""
select x.at from {_LOOKED_FOR}
  join bank_line l on l.account_id = :account_id and l.booked_on = x.booked_on and l.direction = x.direction
   and l.amount_fen = x.amount_fen and coalesce(l.identity_index_old, l.identity_index) = decode(x.index, 'hex')
   and l.occurrence = x.occurrence
union all
select x.at from {_LOOKED_FOR}
  join bank_line l on l.identity is not null and l.account_id = :account_id and l.booked_on = x.booked_on
   and l.direction = x.direction and l.amount_fen = x.amount_fen and l.identity = x.identity
   and l.occurrence = x.occurrence
""")
TAKE_LINE_IDS = text("select nextval('bank_line_id_seq') from generate_series(1, :count)")
WRITE_STATEMENT = text("""
insert into bank_statement (office_id, account_id, file_id, format, reference, first_on, last_on, opening_fen,
                            closing_fen, line_count, new_count, left_out, imported_by, event_key)
values (:office_id, :account_id, :file_id, :format, :reference, :first_on, :last_on, :opening_fen, :closing_fen,
        :line_count, :new_count, :left_out, :imported_by, :event_key)
returning id
""")
WRITE_LINES = text(f"""
insert into bank_line (id, office_id, account_id, statement_id, position, booked_on, value_on, direction, amount_fen,
                       said_sealed, identity_index, identity_index_old, bank_reference, occurrence)
overriding system value
select x.id, :office_id, :account_id, :statement_id, x.position, x.booked_on, x.value_on, x.direction, x.amount_fen,
       decode(x.said, 'hex'), decode(x.index, 'hex'), decode(x.older, 'hex'), x.bank_reference, x.occurrence
  from {_NEW_LINES} order by x.id
""")
STATEMENTS = text("""
select s.id, a.bank, a.number, s.file_id, s.format, s.reference, s.first_on, s.last_on, s.opening_fen, s.closing_fen,
       s.line_count, s.new_count, s.left_out, s.imported_at
  from bank_statement s join bank_account a on a.id = s.account_id
 where s.office_id = :office_id and s.id < :before order by s.id desc limit :limit
""")
# A receipt that was lost is money all the same; one that is void is not.
OPEN_RECEIPT = """
select {columns}r.lot_id, r.no, r.number, r.amount_fen, r.entered_on, coalesce(s.effective_on, r.entered_on) as paid_on
  from {source}receipt r left join step s on s.case_id = r.case_id and s.seq = r.seq
 where r.office_id = :office_id and r.status <> 'void' and r.amount_fen is not null
   and not exists (select from banked_receipt b where b.lot_id = r.lot_id and b.no = r.no)
"""
OPEN_BY_NUMBER = text(OPEN_RECEIPT.format(columns="", source="") + " and r.number = any(:numbers)")
_NEAR = """
unnest(cast(:ids as bigint[]), cast(:days as date[]), cast(:amounts as bigint[]), cast(:references as text[]))
  as x(line_id, booked_on, amount_fen, reference) cross join lateral (
    (select * from receipt c where c.office_id = :office_id
        and c.entered_on between x.booked_on - 45 and x.booked_on + 45
        and c.amount_fen <= x.amount_fen and c.status <> 'void'
        and not exists (select from banked_receipt b where b.lot_id = c.lot_id and b.no = c.no)
      order by c.entered_on desc limit 300)
    union
    (select * from receipt c where c.office_id = :office_id and c.number = x.reference)
  ) """
RECEIPTS_NEAR = text(OPEN_RECEIPT.format(columns="x.line_id, ", source=_NEAR).replace(" receipt r left", " r left"))
OPEN_REMITTANCES = text("""
select m.id, m.account_id, m.voucher, m.amount_fen, m.remitted_on from remittance m
 where m.office_id = :office_id and m.account_id = any(:account_ids)
   and not exists (select from remittance_line l where l.remittance_id = m.id)
   and not exists (select from remittance_end e where e.remittance_id = m.id)
 order by m.id desc limit 1000
""")
MISSING = text("""
select count(*)::integer as many, coalesce(sum(r.amount_fen), 0)::bigint as fen from receipt r
 where r.office_id = :office_id and r.entered_on between :first and :last and r.status <> 'void'
   and r.amount_fen is not null
   and not exists (select from banked_receipt b where b.lot_id = r.lot_id and b.no = r.no)
   and not exists (select from unnest(cast(:lots as bigint[]), cast(:numbers as bigint[])) as x(lot_id, no)
                    where x.lot_id = r.lot_id and x.no = r.no)
""")
# One statement for any number of decisions; their receipts follow in a second one.
DECIDE = text("""
with written as (
  insert into bank_decision (office_id, line_id, nth, kind, how, reason, remittance_id, transfer_key, reversal_key,
                             decided_by, decided_on, event_key)
  select :office_id, x.line_id, x.nth, x.kind, x.how, x.reason, x.remittance_id, x.transfer_key, x.reversal_key,
         :staff_id, :day, :event_key
    from jsonb_to_recordset(cast(:decisions as jsonb)) as x(line_id bigint, nth smallint, kind text, how text,
           reason text, remittance_id bigint, transfer_key text, reversal_key text)
   order by x.line_id
  returning id, line_id
)
select id, line_id from written
""")
BANK_RECEIPTS = text("""
insert into bank_decision_receipt (decision_id, lot_id, no, office_id)
select x.decision_id, x.lot_id, x.no, :office_id
  from unnest(cast(:decisions as bigint[]), cast(:lots as bigint[]), cast(:numbers as bigint[]))
    as x(decision_id, lot_id, no)
""")
LINE = """
select l.id, l.account_id, a.bank, a.number, l.statement_id, l.position, l.booked_on, l.value_on, l.direction,
       l.amount_fen, l.said_sealed, l.bank_reference, s.state, s.nth,
       coalesce(d.how, '') as how, coalesce(d.reason, '') as reason, d.transfer_key, d.decided_on,
       array(select r.number from banked_receipt b join receipt r on r.lot_id = b.lot_id and r.no = b.no
              where b.line_id = l.id order by r.lot_id, r.no limit 20) as receipts,
       (select min(r.case_id) from banked_receipt b join receipt r on r.lot_id = b.lot_id and r.no = b.no
         where b.line_id = l.id having count(distinct r.case_id) = 1) as case_id,
       (select case when bool_and(e.at is not null) then max(e.at) end
          from banked_receipt b join receipt r on r.lot_id = b.lot_id and r.no = b.no
          left join lateral (
            select max(x.done_at) as at from retention_run_case x where x.case_id = r.case_id) e on true
         where b.line_id = l.id) as erased_at,
       coalesce(m.voucher, '') as voucher, m.id as remittance_id
  from {lines} l join bank_account a on a.id = l.account_id join bank_line_state s on s.line_id = l.id
  left join bank_decision d on d.id = s.decision_id
  left join remittance_line o on o.line_id = l.id left join remittance m on m.id = o.remittance_id
"""
LISTED = (
    "(select b.* from bank_line_state s join bank_line b on b.id = s.line_id where {where} "
    "order by s.line_id desc limit :limit)"
)
COUNTS = text("""
select s.state, count(*)::integer as many,
       coalesce(sum(l.amount_fen) filter (where l.direction = 'credit'), 0)::bigint as fen_in,
       coalesce(sum(l.amount_fen) filter (where l.direction = 'debit'), 0)::bigint as fen_out
  from bank_line_state s join bank_line l on l.id = s.line_id where s.office_id = :office_id
   and s.state in ('open', 'suspended') group by s.state
""")
DECISIONS = text("""
select d.nth, d.kind, d.how, d.reason, d.decided_on, d.decided_at, f.name_en as by_en, f.name_zh as by_zh,
       array(select r.number from bank_decision_receipt x join receipt r on r.lot_id = x.lot_id and r.no = x.no
              where x.decision_id = d.id order by r.lot_id, r.no) as receipts,
       coalesce(m.voucher, '') as voucher
  from bank_decision d join staff f on f.id = d.decided_by left join remittance m on m.id = d.remittance_id
 where d.line_id = :line_id order by d.nth desc
""")
