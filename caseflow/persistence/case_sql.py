"""The two statements of the hot path: load a case with everything a step looks at, and write one step whole.

``LOAD_CASE`` hands history and clocks over as arrays of text, which costs a third less than aggregated JSON.
What ``write_step`` returns is one statement on purpose: the compare-and-swap on state and version, the history row,
clocks, documents, audit event and outbox row stand or fall together, and the case costs one round trip.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from caseflow.persistence.ledger_sql import INSERT_TRANSFERS, MONEY_COLUMNS, SET_MONEY
from caseflow.persistence.receipt_sql import ISSUE_RECEIPT
from caseflow.persistence.service_sql import RECORD_SERVICE

_MONEY = ", ".join(f"c.{name}" for name in MONEY_COLUMNS)

LOAD_CASE = f"""
select c.id, c.office_id, c.number, c.regime, c.definition_hash, c.party_id, p.kind as party_kind,
       c.owner_id, c.second_officer_id, c.state, c.phase, c.version, c.xmin::text as row_version,
       c.opened_on, c.act_date, c.filed_on, c.decision_date, c.served_on, c.last_step_on, c.closed_on,
       {_MONEY}, c.facts,
       array(select s.seq || ' ' || s.actor_id || ' ' || s.trigger || ' ' || s.to_state || ' ' || s.role
                    || case when s.reported then ' reported' else '' end
               from step s where s.case_id = c.id order by s.seq) as history,
       array(select k.id || ' ' || coalesce(k.after_rule, '') || ' ' || k.record::text
               from clock k where k.case_id = c.id order by k.id) as clocks,
       array(select d.seq || ' ' || d.kind from case_document d where d.case_id = c.id) as documents,
       array(select p.case_seq || ' ' || coalesce(p.made_seq, 0) || ' ' || p.kind
               from paper p where p.case_id = c.id and p.status = 'issued') as papers,
       array(select v.document from service v where v.case_id = c.id) as served,
       array(select a.seq || ' ' || a.attempted_on || ' ' || a.result || ' ' || a.document
               from service_attempt a where a.case_id = c.id order by a.id) as attempts,
       array(select q.staff_id from recusal q where q.case_id = c.id) as recused
  from cases c join party p on p.id = c.party_id
 where c.id = %(case_id)s
"""

LOAD_CASES = LOAD_CASE.replace("c.id = %(case_id)s", "c.id = any(%(case_ids)s)")

_MOVED = f"""
moved as (
  update cases set
    state = %(to_state)s, phase = %(phase)s, waiting_for = %(waiting_for)s, version = version + 1,
    act_date = coalesce(%(act_date)s, act_date), filed_on = coalesce(%(filed_on)s, filed_on),
    decision_date = coalesce(%(decision_date)s, decision_date), served_on = coalesce(%(served_on)s, served_on),
    closed_on = %(closed_on)s, last_step_on = greatest(last_step_on, %(floor_on)s::date),
    owner_id = coalesce(%(named_owner_id)s::integer, owner_id),
    second_officer_id = coalesce(%(named_second_id)s::integer, second_officer_id), facts = %(facts)s::jsonb,
    {SET_MONEY},
    next_due_on = %(next_due_on)s, next_clock = %(next_clock)s, desk_role = %(desk_role)s
  where id = %(case_id)s and version = %(version)s and state = %(from_state)s and xmin = %(row_version)s::xid
  returning id, version
)"""

_OPENED = """
person as (
  insert into party (id, office_id, kind, name_sealed, name_index, contact_sealed, identity_sealed, identity_index,
                     identity_index_old, address_sealed)
  overriding system value
  values (%(party_id)s, %(office_id)s, %(party_kind)s, %(name_sealed)s, %(name_index)s, %(contact_sealed)s,
          %(identity_sealed)s, %(identity_index)s, %(identity_index_old)s, %(address_sealed)s)
  returning id
), moved as (
  insert into cases (office_id, number, number_zh, regime, definition_hash, party_id, owner_id, second_officer_id,
                     state, phase, waiting_for, version, act_date, opened_on, last_step_on, facts, next_due_on,
                     next_clock, desk_role, idempotency_key)
  select %(office_id)s, %(number)s, %(number_zh)s, %(regime)s, %(definition_hash)s, person.id, %(owner_id)s,
         %(second_officer_id)s, %(to_state)s, %(phase)s, %(waiting_for)s, 1, %(act_date)s, %(effective_on)s,
         %(effective_on)s, %(facts)s::jsonb, %(next_due_on)s, %(next_clock)s, %(desk_role)s, %(idempotency_key)s
    from person
  returning id, version
)"""

# A ladder reckoned under an older calendar than the one now in force is left to be reckoned again (null).
_LADDER = (
    "case when %(calendar_version)s >= coalesce((select rounds from heartbeat where name = 'calendar'), 0) "
    "then x.rungs end"
)

_CHANGED = f"""
changed as (
  update clock set status = x.status, due_on = x.due_on, provisional = x.provisional, closed_on = x.closed_on,
         closed_seq = case when x.closed_on is null then null else moved.version end, record = x.record,
         trigger_on = x.trigger_on, rungs = {_LADDER}, next_rung_on = x.next_rung_on,
         ran_out_on = case when x.due_on = clock.due_on then clock.ran_out_on end,
         escalated_to = case when x.due_on = clock.due_on then clock.escalated_to end
    from moved, jsonb_to_recordset(%(changed)s::jsonb) as x(id bigint, status text, trigger_on date,
         due_on date, provisional boolean, closed_on date, record jsonb, rungs jsonb, next_rung_on date)
   where clock.id = x.id and clock.case_id = moved.id
  returning clock.id
)"""

_STARTED = f"""
started as (
  insert into clock (case_id, rule_id, binds, status, started_seq, trigger_on, due_on, provisional, after_rule,
                     closed_on, closed_seq, record, rungs, next_rung_on)
  select moved.id, x.rule_id, x.binds, x.status, moved.version, x.trigger_on, x.due_on, x.provisional, x.after_rule,
         x.closed_on, case when x.closed_on is null then null else moved.version end, x.record, {_LADDER},
         x.next_rung_on
    from moved, jsonb_to_recordset(%(started)s::jsonb) as x(rule_id text, binds text, status text, trigger_on date,
         due_on date, provisional boolean, after_rule text, closed_on date, record jsonb, rungs jsonb,
         next_rung_on date)
)"""

# A clock that is started anew may only be inserted once the old one has ended.
_AFTER_CHANGED = "   where (select count(*) from changed) >= 0\n)"

_DOCUMENTS = """
documents as (
  insert into case_document (case_id, seq, kind, made_on)
  select moved.id, moved.version, kind, %(effective_on)s
    from moved, unnest(%(documents)s::text[]) as kind
)"""

# The newest referral of a case is the one its steps are about; a signature that was not filed may be given anew.
_NEWEST = "referral.id = (select max(r.id) from referral r where r.case_id = moved.id)"
_LIVE = "(case_id, decision_seq) where withdrawn_seq is null and ended_seq is null"
# Filing what nobody signed finds no number for signed_seq, which no referral is without.
_REFER = """
referred as (
  insert into referral (case_id, office_id, decision_no, decision_seq, signed_seq, filed_seq, filed_on, court)
  select moved.id, c.office_id, %(referral_decision_no)s, %(referral_decision_seq)s, {values}
    from moved join cases c on c.id = moved.id
  on conflict {live} do update set {changes}
)"""
_REFERRAL = {
    "sign": _REFER.format(
        values="moved.version, null, null, null",
        live=_LIVE,
        changes="signed_seq = excluded.signed_seq",
    ),
    "file": _REFER.format(
        values="(select r.signed_seq from referral r where r.case_id = moved.id and r.withdrawn_seq is null "
        "and r.ended_seq is null), moved.version, %(effective_on)s, %(referral_court)s",
        live=_LIVE,
        changes="filed_seq = excluded.filed_seq, filed_on = excluded.filed_on, court = excluded.court",
    ),
    "withdraw": "referred as (update referral set withdrawn_seq = moved.version from moved "
    f"where {_NEWEST} and referral.withdrawn_seq is null)",
    "end": "referred as (update referral set ended_seq = moved.version from moved "
    f"where {_NEWEST} and referral.ended_seq is null)",
}

_RECORD = """
history as (
  insert into step (case_id, seq, trigger, from_state, to_state, actor_id, role, effective_on, business_date,
                    answers, postings, law, idempotency_key, request_hash)
  select id, version, %(trigger)s, %(from_state)s, %(to_state)s, %(actor_id)s, %(role)s, %(effective_on)s,
         %(business_date)s, %(answers)s::jsonb, %(postings)s::jsonb, %(law)s::jsonb, %(idempotency_key)s,
         %(request_hash)s
    from moved
), event as (
  insert into audit_event (key, at, actor_id, office_id, action, case_id, seq, body, leaf)
  select %(event_key)s, %(event_at)s, %(event_actor_id)s, %(event_office_id)s, %(event_action)s, moved.id,
         %(event_seq)s, %(event_body)s::jsonb, %(event_leaf)s
    from moved
), message as (
  insert into outbox (key, kind, payload)
  select %(message_key)s, %(message_kind)s, %(message_payload)s::jsonb || jsonb_build_object('case_id', moved.id)
    from moved
)"""


@dataclass(frozen=True)
class StepParts:
    """What a step writes beside the case, its history row, the audit event and the notice.

    ``referral`` is what it does to the court application, ``None`` where it does nothing to it.
    """

    opening: bool
    changed: bool
    started: bool
    documents: bool
    transfers: bool
    receipt: bool
    service: bool
    referral: str | None


@cache
def write_step(has: StepParts) -> str:
    """Return the statement that writes one step (or opens a case), with the parts that it has."""
    parts = [_OPENED if has.opening else _MOVED]
    if has.changed:
        parts.append(_CHANGED)
    if has.started:
        parts.append(_STARTED.removesuffix(")") + _AFTER_CHANGED if has.changed else _STARTED)
    if has.documents:
        parts.append(_DOCUMENTS)
    if has.transfers:
        transfer_rows = INSERT_TRANSFERS.format(case_id="moved.id", seq="moved.version", source="moved, ")
        parts.append(f"transfers as ({transfer_rows})")
    if has.receipt:
        parts.append(f"issued as ({ISSUE_RECEIPT})")
    if has.service:
        parts.append(f"served as ({RECORD_SERVICE})")
    if has.referral is not None:
        parts.append(_REFERRAL[has.referral])
    return "with " + ",".join([*parts, _RECORD]) + " select id from moved"
