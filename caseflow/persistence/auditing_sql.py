"""The statements behind samples and findings."""

from __future__ import annotations

from sqlalchemy import text

from caseflow.persistence.ledger_views_sql import ROW

OF_POPULATION = """
t.office_id = %(office_id)s and t.line = %(line)s and t.booked_on between %(booked_from)s and %(booked_to)s
   and (%(operation)s::text is null or t.operation = %(operation)s) and t.xid < %(below)s::text::xid8
"""
POPULATION = f"select t.id, t.amount_fen from transfer t where {OF_POPULATION}"

SAMPLE = """
select s.id, s.key, s.purpose, s.line, s.operation, s.booked_from, s.booked_to, s.method,
       s.below_xid::text::bigint as below, s.population_count, s.population_fen, s.size, s.item_count, s.seed,
       s.drawn_by, m.name_en as drawn_en, m.name_zh as drawn_zh, s.drawn_on, s.drawn_at,
       (select count(distinct v.no) from sample_verdict v where v.sample_id = s.id) as judged
  from sample s join staff m on m.id = s.drawn_by where s.office_id = :office_id
"""
ADD_SAMPLE = text("""
insert into sample (office_id, key, purpose, line, method, operation, booked_from, booked_to, below_xid,
                    population_count, population_fen, size, item_count, seed, drawn_by, drawn_on, drawn_at)
values (:office_id, :key, :purpose, :line, :method, :operation, :booked_from, :booked_to,
        cast(cast(:below as text) as xid8),
        :population_count, :population_fen, :size, :item_count, :seed, :actor_id, :drawn_on, :at)
returning id
""")
ADD_ITEMS = text("""
insert into sample_item (sample_id, no, transfer_id, hits, certain)
select :sample_id, x.no, x.id, x.hits, x.certain
  from jsonb_to_recordset(cast(:items as jsonb)) as x(no smallint, id bigint, hits smallint, certain boolean)
""")
SAMPLE_ITEMS = text(
    ROW.format(
        source="(select x.* from sample_item i join transfer x on x.id = i.transfer_id where i.sample_id = :sample_id)"
    ).replace(
        "select t.id,",
        "select i.no, i.hits, i.certain, v.verdict, v.note, v.given_on, g.name_en as given_en, "
        "g.name_zh as given_zh, f.id as finding_id, f.number as finding_number, t.id,",
    )
    + """
  join sample_item i on i.sample_id = :sample_id and i.transfer_id = t.id
  left join lateral (select * from sample_verdict y where y.sample_id = i.sample_id and y.no = i.no
                      order by y.id desc limit 1) v on true
  left join staff g on g.id = v.given_by
  left join lateral (select z.id, z.number from finding z where z.sample_id = i.sample_id and z.item_no = i.no
                      order by z.id desc limit 1) f on true
 order by i.no
"""
)
VERDICTS_WITH = text("select sample_id, no, verdict, note from sample_verdict where key = :key order by no")
JUDGE = text("""
insert into sample_verdict (sample_id, no, key, verdict, note, given_by, given_on, given_at)
select :sample_id, x.no, :key, x.verdict, x.note, :actor_id, :given_on, :at
  from jsonb_to_recordset(cast(:verdicts as jsonb)) as x(no smallint, verdict text, note text)
""")

FINDING = """
select f.id, f.number, f.key, f.about, f.entry_key, t.leg, f.receipt_number, f.case_id, c.number as case_number,
       c.number_zh as case_number_zh, f.sample_id, f.item_no, f.title, f.text, f.severity,
       f.reply_due_on as first_due_on,
       coalesce((select n.due_on from finding_note n where n.finding_id = f.id and n.due_on is not null
                  order by n.seq desc limit 1), f.reply_due_on) as reply_due_on,
       f.raised_by, m.name_en as raised_en, m.name_zh as raised_zh, f.raised_on, last.kind as last_kind
  from finding f join staff m on m.id = f.raised_by left join transfer t on t.id = f.transfer_id
  left join cases c on c.id = f.case_id
  left join lateral (select n.kind from finding_note n where n.finding_id = f.id
                      order by n.seq desc limit 1) last on true
 where f.office_id = :office_id
"""
NOTES = text("""
select n.seq, n.kind, n.text, n.written_by as actor_id, m.name_en as actor_en, m.name_zh as actor_zh,
       n.written_on as on, n.written_at as at, n.due_on
  from finding_note n join staff m on m.id = n.written_by where n.finding_id = :finding_id order by n.seq
""")
NOTE_WITH = text("""
select n.finding_id, n.seq, n.kind, n.text, n.written_by as actor_id, m.name_en as actor_en, m.name_zh as actor_zh,
       n.written_on as on, n.written_at as at, n.due_on
  from finding_note n join staff m on m.id = n.written_by where n.key = :key
""")
ADD_FINDING = text("""
insert into finding (office_id, key, about, transfer_id, entry_key, receipt_number, case_id, sample_id, item_no,
                     title, text, severity, reply_due_on, raised_by, raised_on, raised_at, number)
values (:office_id, :key, :about, :transfer_id, :entry_key, :receipt_number, :case_id, :sample_id, :item_no, :title,
        :text, :severity, :reply_due_on, :actor_id, :raised_on, :at, 1)
returning id
""")
ADD_NOTE = text("""
insert into finding_note (finding_id, seq, key, kind, text, due_on, written_by, written_on, written_at)
values (:finding_id, :seq, :key, :kind, :text, :due_on, :actor_id, :written_on, :at)
""")
OPEN_COUNTS = text("""
select last.kind, count(*) as findings from finding f
  left join lateral (select n.kind from finding_note n where n.finding_id = f.id
                      order by n.seq desc limit 1) last on true
 where f.office_id = :office_id group by 1
""")
RESOLVE = text("""
select (select t.id from transfer t
         where t.office_id = :office_id and t.key = :entry_key and t.leg = :leg) as transfer_id,
       (select t.key from transfer t where t.office_id = :office_id and t.key = :entry_key and t.leg = 1) as entry_key,
       (select c.id from cases c where c.office_id = :office_id
         and (c.number = :case_number or c.number_zh = :case_number) order by c.id limit 1) as case_id,
       (select i.transfer_id from sample s join sample_item i on i.sample_id = s.id
         where s.office_id = :office_id and s.id = :sample_id and i.no = :item_no) as item_transfer_id,
       (select t.key from sample s join sample_item i on i.sample_id = s.id join transfer t on t.id = i.transfer_id
         where s.office_id = :office_id and s.id = :sample_id and i.no = :item_no) as item_entry_key
""")
TELL = text("""
insert into outbox (key, kind, payload) values (:key, :kind, cast(:payload as jsonb))
""")
