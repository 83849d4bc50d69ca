"""Desks and lists on a real database: who sees what, how late it is, and pages by key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from caseflow.domain.access import NotPermitted
from caseflow.persistence.office_scope import acting_for
from caseflow.services import desks as desks_module
from caseflow.services.cases import CaseNotFound
from caseflow.services.views import Lateness, ListFilter
from tests.office import CHECKED, Office

DAY = date(2026, 3, 2)


def filed_case(office: Office, name: str = "Harmony Clinic") -> int:
    case_id = office.open(party_name=name)
    office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    return case_id


@pytest.mark.parametrize(
    ("days_to_due", "lateness"),
    [
        (-31, Lateness.LONG_OVERDUE),
        (-30, Lateness.OVERDUE),
        (-1, Lateness.OVERDUE),
        (0, Lateness.DUE_TODAY),
        (1, Lateness.DUE_IN_7_DAYS),
        (7, Lateness.DUE_IN_7_DAYS),
        (8, Lateness.LATER),
    ],
)
def test_a_case_stands_in_the_group_of_its_due_date(office: Office, days_to_due: int, lateness: Lateness) -> None:
    filed_case(office)
    office.time.day = date(2026, 6, 1) - timedelta(days=days_to_due)
    desk = office.application.desks.my_desk(office.actors["officer"])
    assert [(group.lateness, group.count) for group in desk.groups] == [(lateness, 1)]
    assert desk.groups[0].rows[0].case.next_clock == "cn.apl.decision_90d"


def test_each_desk_shows_its_own_cases(office: Office) -> None:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    shown = {
        login: [
            row.case.id for group in office.application.desks.my_desk(office.actors[login]).groups for row in group.rows
        ]
        for login in ("officer", "officer2", "approver", "cashier", "supervisor")
    }
    assert shown == {
        "officer": [case_id],
        "officer2": [case_id],
        "approver": [case_id],
        "cashier": [],
        "supervisor": [case_id],
    }
    desk = office.application.desks.my_desk(office.actors["approver"])
    next_step = desk.groups[0].rows[0].next_step
    assert next_step is not None
    assert "approver" in next_step.by
    with pytest.raises(NotPermitted):
        office.application.desks.my_desk(office.actors["administrator"])


def test_a_group_continues_by_key_without_gap_or_repeat(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks_module, "GROUP_SIZE", 3)
    wanted = {filed_case(office) for _ in range(8)}
    seen: list[int] = []
    after: str | None = None
    while True:
        desk = office.application.desks.my_desk(office.actors["officer"], only=Lateness.LATER, after=after)
        seen += [row.case.id for row in desk.groups[0].rows]
        after = desk.groups[0].next_key
        if after is None:
            break
    assert sorted(seen) == sorted(wanted)
    assert len(seen) == len(wanted)


def test_a_damaged_key_shows_the_first_page(office: Office) -> None:
    filed_case(office)
    desk = office.application.desks.my_desk(office.actors["officer"], only=Lateness.LATER, after="nonsense_x")
    assert len(desk.groups[0].rows) == 1


def test_the_list_is_searched_by_number_and_party_and_filtered(office: Office) -> None:
    first, second = filed_case(office, "Harmony Clinic"), office.open(party_name="和谐诊所")

    def found(**chosen: object) -> list[int]:
        page = office.application.desks.case_list(office.actors["officer"], ListFilter(**chosen))  # type: ignore[arg-type]
        return [row.case.id for row in page.rows]

    assert found() == [second, first]
    assert found(text="YL-TI-2026-0001") == [first]
    assert found(text="0002") == [second]
    assert found(text="云卫两非立字") == [second, first]
    assert found(text="云卫两非立字[2026]000") == [second, first]
    assert found(text="云卫两非立字（２０２６）0001号") == [first]
    assert found(text="Harmony Clinic") == [first]
    assert found(text=" ＨＡＲＭＯＮＹ　clinic ") == [first], "width, blanks and case do not count"
    assert found(text="和谐诊所") == [second]
    assert found(text="Harm") == [], "of a sealed name only the whole can be looked for"
    assert found(text="和谐") == []
    assert found(text="%") == []
    assert found(text="_") == []
    assert found(text="' or 1=1 --") == []
    assert found(phase="investigation", regime="two_illegal", state="filed") == [first]
    assert found(overdue_on=date(2026, 6, 2)) == [first]
    assert found(owner_id=office.actors["officer2"].id) == []


def test_the_list_pages_by_key(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks_module, "PAGE_SIZE", 2)
    wanted = [office.open() for _ in range(5)]
    seen: list[int] = []
    before: int | None = None
    while True:
        page = office.application.desks.case_list(office.actors["auditor"], ListFilter(), before_id=before)
        seen += [row.case.id for row in page.rows]
        before = page.next_key
        if before is None:
            break
    assert seen == sorted(wanted, reverse=True)


def test_a_number_finds_its_case_in_both_forms(office: Office) -> None:
    case_id = office.open()
    actor = office.actors["officer"]
    assert office.application.pages.find(actor, "YL-TI-2026-0001") == case_id
    assert office.application.pages.find(actor, "云卫两非立字〔2026〕0001号") == case_id
    for typed in ("云卫两非立字[2026]0001号", "云卫两非立字（２０２６）0001号", " 云卫两非立字【2026】0001 号"):
        assert office.application.pages.find(actor, typed) == case_id
    with pytest.raises(CaseNotFound):
        office.application.pages.find(actor, "YL-TI-2026-9999")


def test_a_count_is_capped_and_every_list_walks_an_index(office: Office) -> None:
    """Under the row policies, too: a condition that no index may answer under them reads every case of the office."""
    with office.application.store.begin() as work:
        content_hash = office.application.rulebook.current("two_illegal", work).definition.content_hash
        work.commit()
    with psycopg.connect(office.database_url) as connection:
        connection.execute(FILL, {"hash": content_hash, "owner": office.actors["officer"].id})
        connection.execute("analyze")
        connection.commit()
    desks = office.application.desks
    with acting_for(office.actors["officer"].office_id), statements(office.application.engine) as asked:
        desk = desks.my_desk(office.actors["officer"])
        desks.my_desk(office.actors["supervisor"])
        desks.case_list(office.actors["officer"], ListFilter(text="F-49"))
        desks.case_list(office.actors["officer"], ListFilter(text="994"))
    assert {group.lateness: group.count for group in desk.groups}[Lateness.LATER] == 100
    with acting_for(office.actors["officer"].office_id):
        read = {sql: cases_read(office.application.engine, sql, values) for sql, values in asked if "cases c" in sql}
    assert len(read) >= 5
    assert {sql: count for sql, count in read.items() if count > 1000} == {}


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Yield a list that takes every statement with its values while the block lasts."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        asked.append((sql, values))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def cases_read(engine: Engine, sql: str, values: Any) -> int:
    """Return how many rows of cases a statement looks at, shown or not."""
    with engine.connect() as connection:
        explained = connection.exec_driver_sql(f"explain (analyze, format json) {sql}", values).scalar_one()
    waiting, read = [explained[0]["Plan"]], 0
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if node.get("Relation Name") == "cases":
            seen = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            read += round(seen * node["Actual Loops"])
    return read


FILL = """
with p as (
  insert into party (office_id, kind, name_sealed, name_index)
  select o.id, 'institution', decode('01' || repeat('00', 50), 'hex'), decode(repeat('00', 36), 'hex')
    from office o, generate_series(1, 5000) n returning id, office_id
), c as (
  insert into cases (office_id, number, number_zh, regime, definition_hash, party_id, owner_id, state, phase,
                     waiting_for, version, opened_on, last_step_on, next_due_on, desk_role, idempotency_key)
  select office_id, 'F-' || id, 'Z-' || id, 'two_illegal', %(hash)s, id, %(owner)s, 'filed', 'investigation',
         'office', 1, '2026-03-01', '2026-03-01', '2026-04-01', 'officer', 'f' || id from p returning id, owner_id
)
insert into step (case_id, seq, trigger, from_state, to_state, actor_id, role, effective_on, business_date,
                  idempotency_key, request_hash)
select id, 1, 'open_case', 'filed', 'filed', owner_id, 'officer', '2026-03-01', '2026-03-01', 'f' || id, '\\x00' from c
"""


def test_after_the_regime_ended_a_right_of_the_party_is_no_work_of_the_office(office: Office) -> None:
    case_id = office.walk("golden_anyue", until="freeze_decided")
    office.time.day = date(2021, 9, 7)
    rows = [row for group in office.application.desks.my_desk(office.actors["supervisor"]).groups for row in group.rows]
    assert [(row.case.id, row.case.next_due_on, row.ended) for row in rows] == [(case_id, None, True)]
    office.time.day = date(2021, 7, 1)
    (row,) = office.application.desks.case_list(office.actors["officer"], ListFilter()).rows
    assert not row.ended


def test_what_cannot_be_stored_is_looked_for_without_it(office: Office) -> None:
    filed_case(office)
    found = office.application.desks.case_list(office.actors["officer"], ListFilter(text="Harm\x00ony\u202e Clinic"))
    assert len(found.rows) == 1
    with pytest.raises(CaseNotFound):
        office.application.pages.find(office.actors["officer"], "no\x00thing")


def test_while_the_court_has_the_case_its_answer_is_the_next_step(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="apply_to_court")
    desk = office.application.desks.my_desk(office.actors["liaison"])
    steps = {row.case.id: row.next_step for group in desk.groups for row in group.rows}
    step = steps[case_id]
    assert step is not None
    assert step.on_behalf_of == "court"


def test_nobody_suggests_to_the_party_which_remedy_to_take(office: Office) -> None:
    case_id = office.walk("two_illegal_paid", until="serve_decision")
    named = {}
    for login in ("officer", "cashier"):
        desk = office.application.desks.my_desk(office.actors[login])
        named[login] = [row.next_step for group in desk.groups for row in group.rows if row.case.id == case_id]
    assert named["officer"] == [None]
    assert all(step is None or step.name == "record_payment" for step in named["cashier"])
