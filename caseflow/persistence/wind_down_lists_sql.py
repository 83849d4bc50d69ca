"""The statements of the lists beside a wind-down's plan. Each stops at what a page shows."""

from __future__ import annotations

from dataclasses import dataclass

from caseflow.services.ports.wind_down_lists import FigureOf

WAITING_SINCE = """
select c.id, s.effective_on as since
  from cases c cross join lateral (
    select x.effective_on from step x where x.case_id = c.id and x.to_state = c.state and x.from_state <> c.state
     order by x.seq desc limit 1) s
 where c.office_id = :office_id and c.id = any(:ids)
"""
RUN_SUMS = """
select x.class as class_name, x.stage, count(*) as cases, count(*) filter (where x.steps > 0) as begun,
       coalesce(sum(c.principal_open_fen + c.charge_open_fen), 0)::bigint as outstanding_fen,
       coalesce(sum(c.collected_fen - c.refunded_fen), 0)::bigint as paid_fen
  from wind_down_run r join wind_down_run_case x on x.run_id = r.id join cases c on c.id = x.case_id
 where r.id = :run_id and r.office_id = :office_id
 group by x.class, x.stage order by min(x.position)
"""
# What is issued since the wind-down began on the case, before its step or after.
_LETTERS = """
from unnest(cast(:states as text[]), cast(:kinds as text[])) as w(state, kind) cross join lateral (
  select c.* from cases c
   where c.office_id = :office_id and c.regime = :regime and c.state = w.state and c.closed_on is null{narrowed}
     and not exists (
       select from paper p
        where p.case_id = c.id and p.kind = w.kind and p.status = 'issued' and coalesce(p.made_seq, p.case_seq) >= (
          select max(s.seq) from step s where s.case_id = c.id and s.trigger = any(:begins)))
   {bounded}) c
"""
_OF_RUN = " and c.id in (select x.case_id from wind_down_run_case x where x.run_id = :run_id)"


def letters_waiting(*, of_run: bool) -> str:
    """Return the statement that counts the letters which are not issued."""
    source = _LETTERS.format(narrowed=_OF_RUN if of_run else "", bounded="")
    return f"select w.kind, count(*) as n {source} group by w.kind"


def letters(*, of_run: bool, of_cases: bool) -> str:
    """Return the statement of one page of them."""
    narrowed = (_OF_RUN if of_run else "") + (" and c.id = any(:ids)" if of_cases else "") + " and c.id > :after"
    source = _LETTERS.format(narrowed=narrowed, bounded="order by c.id limit :limit")
    return f"""
select c.id as case_id, c.number, c.number_zh, t.id as party_id, t.name_sealed, c.state, w.kind,
       p.id as paper_id, p.status
  {source} join party t on t.id = c.party_id
  left join paper p on p.case_id = c.id and p.kind = w.kind and p.status in ('draft', 'in_review', 'reviewed')
 order by c.id limit :limit
"""


_OWED = "c.principal_open_fen + c.charge_open_fen"
_OF_OFFICE = "c.office_id = :office_id and c.regime = :regime"
_MEASURED = f"{_OF_OFFICE} and c.facts ->> :lifted_on is null"
_RESTRICTED = "exists (select from unnest(cast(:restricted_by as text[])) f where c.facts ->> f = 'true')"
_DAY = "coalesce(left(c.facts ->> :measured_on, 10), '')"
_SINCE_MEASURED = f"nullif({_DAY}, '')::date"
# Those of whom the day is not known come last.
_BY_DAY = f"coalesce(nullif({_DAY}, ''), '9999-12-31')"
_SINCE_STATE = """
(select x.effective_on from step x where x.case_id = c.id and x.to_state = c.state and x.from_state <> c.state
  order by x.seq desc limit 1)
"""
# One walk of the index a state, each no longer than the page.
_STANDING = f"""
(select c.* from unnest(cast(:states as text[])) w(state) cross join lateral (
   select c.* from cases c
    where {_OF_OFFICE} and c.state = w.state and c.phase in ('collection', 'court_referral'){{after}}
    order by c.due_order_on, c.id limit :limit) c) c
"""
# The day of an answer is ISO text, whose order is that of the days.
_DELISTED = """
(select s.case_id, min(s.answers ->> :lifted_on) as day from step s join cases o on o.id = s.case_id
  where s.answers ->> :lifted_on is not null and o.office_id = :office_id and o.regime = :regime
    and (cast(:first as text) is null or s.answers ->> :lifted_on >= :first and s.answers ->> :lifted_on < :beyond)
  group by s.case_id) d join cases c on c.id = d.case_id
"""
_WRITTEN_OFF = """
(select t.case_id, max(t.booked_on) as day, sum(t.amount_fen)::bigint as fen
   from transfer t join step s on s.case_id = t.case_id and s.seq = t.seq
  where t.office_id = :office_id and t.line = 'income' and t.operation = 'write_off' and t.reverses_id is null
    and s.trigger = any(:write_offs)
    and (cast(:first as text) is null or t.booked_on >= cast(:first as date) and t.booked_on < cast(:beyond as date))
  group by t.case_id) d join cases c on c.id = d.case_id and c.regime = :regime
"""


@dataclass(frozen=True)
class Listing:
    """How the cases behind a figure are read: from where, which of them, in which order, since when, how much."""

    source: str
    where: str
    sort: str
    sort_type: str
    since: str
    amount: str = _OWED


def listing(of: FigureOf, *, year: bool, year_unknown: bool) -> Listing:
    """Return how the cases behind a figure are read."""
    if of in (FigureOf.LISTED, FigureOf.LIMITED):
        narrowed = f" and left({_DAY}, 4) = :year" if year else f" and {_DAY} = ''" if year_unknown else ""
        listed = "c.facts ->> :listed_by = 'true'"
        who = listed if of is FigureOf.LISTED else f"{listed.replace(' = ', ' <> ')} and {_RESTRICTED}"
        return Listing("cases c", f"{_MEASURED} and {who}{narrowed}", _BY_DAY, "text", _SINCE_MEASURED)
    if of is FigureOf.DELISTED:
        return Listing(_DELISTED, "true", "d.day", "text", "left(d.day, 10)::date")
    if of is FigureOf.WRITTEN_OFF:
        return Listing(_WRITTEN_OFF, "true", "d.day", "date", "d.day", "d.fen")
    return Listing(_STANDING, "true", "c.due_order_on", "date", _SINCE_STATE)


def cases_behind(shown: Listing, *, after: bool) -> str:
    """Return the statement of one page of them."""
    beyond = f" and ({shown.sort}, c.id) > (cast(:after_sort as {shown.sort_type}), :after_id)" if after else ""
    source = shown.source.format(after=beyond) if "{after}" in shown.source else shown.source
    return f"""
select c.id, c.number, c.number_zh, p.id as party_id, p.name_sealed, c.state, {shown.since} as since,
       ({shown.amount})::bigint as amount_fen, ({shown.sort})::text as sort
  from {source} join party p on p.id = c.party_id
 where {shown.where}{beyond} order by {shown.sort}, c.id limit :limit
"""
