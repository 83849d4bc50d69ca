"""The statements of the liaison's board. Each walks an index in its order and stops at what a page shows."""

from __future__ import annotations

_PLACES = """
with place (col, regime, state) as (
  select * from unnest(cast(:columns as text[]), cast(:regimes as text[]), cast(:states as text[]))
)
"""
# Ready is a case whose demand has run out (or that is past it) while its window is open.
# The largest of the waits is asked of each case by itself: a set of all that still wait would be read whole.
_READY = """
 (place.col <> 'ready' or (
    exists (select from clock k where k.case_id = c.id and k.status = 'open' and k.rule_id = any(:windows)
                                  and k.due_on >= :today)
    and coalesce((select max(k.due_on) from clock k
                   where k.case_id = c.id and k.status = 'open' and k.rule_id = any(:waits)), '-infinity') < :today))
"""
_IN_PLACE = f"""
 c.office_id = :office_id and c.regime = place.regime and c.state = place.state
 and c.phase in ('collection', 'court_referral') and {_READY}
"""
_OF_COURT = " and c.court_name = :court and c.court_name is not null"
_AFTER = " and (c.due_order_on, c.id) > (cast(:after_due as date), :after_id)"
_CASE = """
 c.id, c.number, c.number_zh, c.regime, c.definition_hash, p.id as party_id, p.name_sealed, c.state,
 c.principal_open_fen + c.charge_open_fen as outstanding_fen
"""
_CARD = f"""
{_CASE}, c.next_due_on, c.court_name as court,
 (select coalesce(jsonb_object_agg(f.key, f.value), '{{}}') from jsonb_each_text(c.facts) f
   where f.key = any(:papers)) as papers
"""


def board_rows(*, court: bool, after: bool) -> str:
    """Return the statement of all columns: at most ``:limit`` cases of each state, and then of each column."""
    where = _IN_PLACE + (_OF_COURT if court else "") + (_AFTER if after else "")
    return f"""{_PLACES}, found as (
  select place.col, x.id, x.due, row_number() over (partition by place.col order by x.due, x.id) as no
    from place cross join lateral (
      select c.id, c.due_order_on as due from cases c where {where} order by c.due_order_on, c.id limit :limit) x
)
select found.col as "column", {_CARD}
  from found join cases c on c.id = found.id join party p on p.id = c.party_id
 where found.no <= :limit order by found.due, found.id
"""


def board_counts(*, court: bool) -> str:
    """Return the statement that counts each column, each state no further than ``:cap``."""
    where = _IN_PLACE + (_OF_COURT if court else "")
    return f"""{_PLACES}
select place.col, sum(x.n)::int as n
  from place cross join lateral (select count(*) as n from (select from cases c where {where} limit :cap) y) x
 group by place.col
"""


def withdrawn(*, court: bool, regime: bool, after: bool) -> str:
    """Return the statement of what came back by a withdrawal and is not before a court again."""
    narrowed = (_OF_COURT if court else "") + (" and c.regime = :regime" if regime else "")
    return f"""
with back as (
  select r.case_id from referral r
   where r.office_id = :office_id and r.withdrawn_seq is not null and r.filed_seq is not null
     and not exists (select from referral n where n.case_id = r.case_id and n.id > r.id)
   order by r.id desc limit 500
)
select 'withdrawn' as "column", {_CARD}
  from back join cases c on c.id = back.case_id join party p on p.id = c.party_id
 where c.phase not in ('closed', 'court_referral'){narrowed}{_AFTER if after else ""}
 order by c.due_order_on, c.id limit :limit
"""


def windows(*, regime: bool) -> str:
    """Return the statement of the windows: those that close by ``:until``, soonest first, then those that are over.

    Each rule is walked by itself in the order of its due dates; what was over a year ago is nobody's news. No court
    has these cases yet, so none narrows them.
    """
    narrowed = " and c.regime = :regime" if regime else ""
    part = f"""
(select x.* from unnest(cast(:windows as text[])) as w(rule_id) cross join lateral (
   select {_CASE}, k.rule_id, k.due_on, k.provisional, k.id as clock_id
     from clock k join cases c on c.id = k.case_id join party p on p.id = c.party_id
    where k.status = 'open' and k.rule_id = w.rule_id and c.office_id = :office_id
      and c.regime = any(:live) and c.waiting_for not in ('court', 'other', 'nobody')
      and c.phase in ('collection', 'court_referral'){narrowed} and k.due_on {{when}}
    order by k.due_on {{way}}, k.id {{way}} limit :limit) x
  order by x.due_on {{way}}, x.clock_id {{way}} limit :limit)
"""
    soon = part.format(when="between :today and :until", way="asc")
    over = part.format(when="between :today - 365 and :today - 1", way="desc")
    return f"select * from ({soon} union all {over}) w order by w.due_on < :today, w.due_on, w.clock_id"


ROWS_OF = f"""
select '' as "column", {_CARD}
  from cases c join party p on p.id = c.party_id where c.office_id = :office_id and c.id = any(:ids) order by c.id
"""
OPEN_LIMITS = """
select case_id, rule_id, binds, due_on, provisional from clock
 where case_id = any(:ids) and status = 'open' order by due_on, id
"""
# A loose walk over the index: one probe a court, however many cases each has.
COURTS = """
with recursive court (name, no) as (
  (select c.court_name, 1 from cases c
    where c.office_id = :office_id and c.court_name is not null order by c.court_name limit 1)
  union all
  select (select c.court_name from cases c
           where c.office_id = :office_id and c.court_name is not null
             and c.court_name > court.name order by c.court_name limit 1), court.no + 1
    from court where court.name is not null and court.no < 50
)
select name from court where name is not null order by name
"""
CASE_IDS = """
select id, number, number_zh from cases
 where office_id = :office_id and (number = any(:numbers) or number_zh = any(:numbers))
"""
BATCH = """
select b.id, b.reason, b.withdrawn_on, b.case_count, s.name_en as made_en, s.name_zh as made_zh, b.made_at
  from withdrawal_batch b join staff s on s.id = b.made_by where b.office_id = :office_id
"""
BATCH_CASES = """
select b.position, b.case_id, c.number, c.number_zh, p.id as party_id, p.name_sealed, b.outcome,
       b.seq, b.words_en, b.words_zh
  from withdrawal_batch_case b join cases c on c.id = b.case_id join party p on p.id = c.party_id
 where b.batch_id = :id order by b.position
"""
ADD_BATCH = """
with added as (
  insert into withdrawal_batch (office_id, reason, withdrawn_on, case_count, made_by, key)
  values (:office_id, :reason, :withdrawn_on, :case_count, :made_by, :key) returning id
)
select id from added
"""
ADD_BATCH_CASES = """
insert into withdrawal_batch_case (batch_id, position, case_id)
select :batch_id, x.no, x.id from unnest(cast(:ids as bigint[])) with ordinality as x(id, no)
"""
NOTE_OUTCOMES = """
update withdrawal_batch_case b
   set outcome = x.outcome, seq = x.seq, words_en = x.words_en, words_zh = x.words_zh, tried_at = clock_timestamp()
  from jsonb_to_recordset(cast(:outcomes as jsonb))
       as x(position smallint, outcome text, seq integer, words_en text, words_zh text)
 where b.batch_id = :batch_id and b.position = x.position and b.outcome in ('waiting', 'refused')
"""
