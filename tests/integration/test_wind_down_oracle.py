"""The two ways to classify a case, in Python and in SQL, say the same of thousands of cases of every kind."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import psycopg

from caseflow.domain.wind_down_classes import WindDown
from caseflow.domain.wind_down_steps import standing_of, winding_states
from caseflow.domain.workflow import Definition
from caseflow.services.ports.wind_down import PlanFilter, PlanScope
from tests.attack.roles import as_superuser
from tests.office import Office
from tests.wind_downs import at_stage, desk

CASES = 5_000
_CASE = """
insert into cases (office_id, number, number_zh, regime, definition_hash, party_id, owner_id, state, phase, waiting_for,
                   version, opened_on, last_step_on, facts, assessed_fen, collected_fen, refunded_fen,
                   principal_open_fen, desk_role, idempotency_key, closed_on)
select c.office_id, 'R-' || x.no, '随' || x.no, c.regime, c.definition_hash, c.party_id, c.owner_id, x.state, x.phase,
       'office', 2, c.opened_on, c.last_step_on, x.facts, x.assessed, x.collected, x.refunded,
       greatest(0, x.assessed - x.collected + x.refunded), '', 'random-' || x.no,
       case when x.phase = 'closed' then c.opened_on end
  from cases c, jsonb_to_recordset(%s::jsonb) as x(no integer, state text, phase text, facts jsonb, assessed bigint,
       collected bigint, refunded bigint)
 where c.id = %s
"""
_STEPS = """
insert into step (case_id, seq, trigger, from_state, to_state, actor_id, role, effective_on, business_date,
                  idempotency_key, request_hash, answers)
select c.id, s.seq, s.trigger, s.from_state, s.to_state, c.owner_id, 'officer', c.opened_on, c.opened_on,
       'random-' || x.no || '-' || s.seq, '',
       case when s.seq = 3 then '{"delisted_on": "2021-12-20"}' else '{}' end::jsonb
  from jsonb_to_recordset(%s::jsonb) as x(no integer, origin text, trigger text, state text, lifted boolean)
  join cases c on c.number = 'R-' || x.no
  cross join lateral (values (1, 'open', '', x.origin), (2, x.trigger, x.origin, x.state),
                             (3, 'confirm_delisting', 'delisting_asked', x.state))
       as s(seq, trigger, from_state, to_state)
 where s.seq < 3 or x.lifted
"""


def test_sql_and_python_give_every_case_the_same_class(office: Office) -> None:
    model = at_stage(office, "decided")
    definition = office.application.rulebook.regime("social_support_fee")
    down = definition.wind_down
    assert down is not None
    fill(office, model, definition, down, CASES)
    scope = PlanScope(
        office.actors["supervisor"].office_id, definition.regime, down, winding_states(definition), PlanFilter()
    )
    with office.application.store.begin() as work:
        rows = {row.id: row for row in work.winddown.rows(scope, after=None, limit=CASES + 10)}
        counts = work.winddown.counts(scope)
        with psycopg.connect(office.database_url) as connection:
            ids = [row[0] for row in connection.execute("select id from cases where closed_on is null")]
        cases = work.cases.load_many(ids)
    expected = {}
    for case in cases.values():
        standing = standing_of(definition, down, case)
        rule = down.rule_of(standing)
        if rule is not None:
            expected[case.id] = (rule, standing.origin)
    assert {row.id: (row.rule, row.origin) for row in rows.values()} == expected
    seen = Counter(rule for rule, _ in expected.values())
    assert len(seen) == len(down.rules), f"rules no case fell under: {set(range(len(down.rules))) - set(seen)}"
    told = Counter((down.rules[rule].name, down.rules[rule].stage) for rule, _ in expected.values())
    found = Counter[tuple[str, str]]()
    for one in counts:
        found[one.class_name, one.stage] += one.cases
    assert found == told
    # Narrowed, the pages are the same cases, and each is as long as was asked.
    chosen = PlanFilter(class_name="stop_collection_keep_paid", begun=False)
    page = desk(office).plan(office.actors["supervisor"], chosen, limit=7, charges=False)
    narrowed = sorted(
        case_id for case_id, row in rows.items() if down.rules[row.rule].name == chosen.class_name and not row.begun
    )
    assert [one.row.id for one in page.cases] == narrowed[:7]
    following = desk(office).plan(office.actors["supervisor"], chosen, after=page.next_key, limit=7, charges=False)
    assert [one.row.id for one in following.cases] == narrowed[7:14]


def fill(office: Office, model: int, definition: Definition, down: WindDown, count: int) -> None:
    """Write ``count`` cases of every kind straight into the tables: in the states of the law, with money and facts."""
    chance = random.Random(6)
    rows = [_random_case(chance, number, definition, down) for number in range(count)]
    told = json.dumps(rows)
    with psycopg.connect(as_superuser(office.database_url)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(_CASE, (told, model))
        connection.execute(_STEPS, (told,))
        connection.commit()
        connection.execute("analyze cases")


def _random_case(chance: random.Random, number: int, definition: Definition, down: WindDown) -> dict[str, Any]:
    begin = definition.steps[chance.choice(down.begins)]
    origin = chance.choice(begin.from_states)
    under_way = chance.random() < 0.4
    state = chance.choice(winding_states(definition)) if under_way else chance.choice(tuple(definition.states))
    assessed = chance.choice((0, 100, 6_633_600))
    collected = chance.choice((0, assessed, assessed // 3, assessed + 50))
    facts: dict[str, Any] = {}
    for name in down.restricted_by:
        if chance.random() < 0.25:
            facts[name] = chance.random() < 0.5
    if chance.random() < 0.5:
        facts[down.measured_on] = "2020-06-20"
    if chance.random() < 0.5:
        facts[down.applied_on] = "2020-02-20"
    if under_way and chance.random() < 0.8:
        facts[down.begun_with] = chance.choice((0, collected, assessed // 2))
    return {
        "no": number,
        "origin": origin if under_way else definition.opens,
        "trigger": begin.name if under_way else "whatever_came",
        "lifted": under_way and chance.random() < 0.2,
        "state": state,
        "phase": definition.states[state].phase,
        "facts": facts,
        "assessed": assessed,
        "collected": collected,
        "refunded": chance.choice((0, 0, collected)),
    }
