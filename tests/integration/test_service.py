"""Serving a paper through the use cases: its row stands with its step; failed attempts open what rests on them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.stepping import StepRefused
from caseflow.persistence.services_of_papers import ServicesOfPapers
from caseflow.services.cases import AnswersRefused, CaseNotFound, KeyReused
from caseflow.services.service_attempts import AttemptRefused, RecordAttempt
from tests.office import Office

SERVED = {"served_on": "2024-02-23", "service_record_no": "送达回证第7号"}
POST = {"service_method": "post", "service_receiver": "reception", "service_postal_no": "EMS1096400312"}


@pytest.fixture
def decided(office: Office) -> int:
    """A case whose decision waits to be served on 2024-02-23."""
    case_id = office.walk("two_illegal_paid", until="enter_confiscation")
    office.time.day = date(2024, 2, 23)
    return case_id


def asked(office: Office, case_id: int, result: str = "nobody_there", **changes: str) -> RecordAttempt:
    plain = RecordAttempt(
        case_id, "penalty_decision", "direct", result, "2024-02-22", "21", str(office.actors["officer2"].id),
        "门锁着。", str(uuid.uuid4()),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def attempt(office: Office, case_id: int, result: str, **changes: str) -> None:
    office.application.service.record(office.actors["officer"], asked(office, case_id, result, **changes))


def refused_inputs(act: Callable[[], object]) -> list[str]:
    with pytest.raises(AttemptRefused) as refusal:
        act()
    return [name for name, _ in refusal.value.faults]


def test_a_service_is_written_with_its_step_and_starts_its_clocks(office: Office, decided: int) -> None:
    with pytest.raises(AnswersRefused) as refused:
        office.advance(decided, "serve_decision", {**SERVED, **POST, "service_postal_no": ""})
    assert [problem.field for problem in refused.value.problems] == ["service_postal_no"]
    assert office.application.service.show(office.actors["auditor"], decided).services[0].document == "penalty_notice"
    moved = office.advance(decided, "serve_decision", {**SERVED, **POST, "served_on": "2024-02-22"})
    record = office.application.service.show(office.actors["auditor"], decided).services[0]
    assert (record.seq, record.document, record.method) == (moved.seq, "penalty_decision", "post")
    assert (record.receiver, record.served_on, record.record_no) == ("reception", date(2024, 2, 22), "送达回证第7号")
    assert record.proof == {"postal_no": "EMS1096400312"}
    with psycopg.connect(office.database_url) as connection:
        begun = connection.execute(
            "select rule_id from clock where case_id = %s and started_seq = %s and trigger_on = '2024-02-22' "
            "order by rule_id",
            (decided, moved.seq),
        ).fetchall()
    assert [name for (name,) in begun] == sorted(record.clocks)
    assert set(record.clocks) == {"cn.apl.pay_fine", "cn.arl.apply", "cn.all.sue_direct"}


def test_a_refusal_recorded_as_an_attempt_lets_the_paper_be_left(office: Office, decided: int) -> None:
    left = {**SERVED, "service_method": "left", "service_witness": "居委会工作人员"}
    with pytest.raises(AnswersRefused) as refused:
        office.advance(decided, "serve_decision", left)
    assert [problem.field for problem in refused.value.problems] == ["service_refusal"]
    attempt(office, decided, "refused")
    office.advance(decided, "serve_decision", left)
    page = office.application.service.show(office.actors["officer"], decided)
    assert (page.services[0].method, page.services[0].receiver) == ("left", "nobody")
    assert page.services[0].proof == {"witness": "居委会工作人员"}


def test_public_notice_opens_after_two_failures_and_counts_from_its_own_end(office: Office, decided: int) -> None:
    publish = {"published_on": "2024-02-23", "outcome_reasons": "其他方式均无法送达。"}
    for result in ("nobody_there", "refused", "returned_by_post"):
        with pytest.raises(StepRefused) as closed:
            office.advance(decided, "publish_decision", publish)
        assert [reason.code for reason in closed.value.reasons] == ["service_not_tried"]
        attempt(office, decided, result)
    office.advance(decided, "publish_decision", publish)
    # 30 days from 2024-02-23 end on Sunday 2024-03-24; the last day rolls to Monday, and the day after counts.
    office.time.day = date(2024, 4, 1)
    complete = {"service_record_no": "公告第1号"}
    with pytest.raises(AnswersRefused) as late:
        office.advance(decided, "complete_public_notice", {**complete, "served_on": "2024-04-01"})
    assert "2024-03-26" in late.value.problems[0].words.en
    with pytest.raises(StepRefused, match="2024-03-26"):
        office.advance(decided, "complete_public_notice", {**complete, "served_on": "2024-03-25"})
    office.advance(decided, "complete_public_notice", {**complete, "served_on": "2024-03-26"})
    record = office.application.service.show(office.actors["officer"], decided).services[0]
    assert (record.method, record.receiver, record.served_on) == ("public_notice", "public", date(2024, 3, 26))


def test_an_attempt_is_recorded_once_with_its_event(office: Office, decided: int) -> None:
    first = asked(office, decided)
    for _ in range(2):
        office.application.service.record(office.actors["officer"], first)
    with pytest.raises(KeyReused):
        office.application.service.record(office.actors["officer"], replace(first, result="moved"))
    page = office.application.service.show(office.actors["cashier"], decided)
    assert [(one.result, one.hour, one.by_en, one.recorded_en) for one in page.attempts] == [
        ("nobody_there", 21, "Officer2", "Officer"),
    ]  # fmt: skip
    assert not page.may_record
    with psycopg.connect(office.database_url) as connection:
        events = connection.execute("select body->>'result' from audit_event where action = 'service_attempted'")
        assert events.fetchall() == [("nobody_there",)]
    # A step that came between does not make the same request another one.
    office.advance(decided, "serve_decision", {**SERVED, "service_method": "direct"})
    office.application.service.record(office.actors["officer"], first)


@pytest.mark.parametrize(
    ("changes", "inputs"),
    [
        ({"document": "demand_letter"}, ["document"]),
        ({"document": "no_such_paper"}, ["document"]),
        ({"method": "public_notice"}, ["method"]),
        ({"method": ""}, ["method"]),
        ({"result": "served"}, ["result"]),
        ({"attempted_on": "2024-02-24"}, ["attempted_on"]),
        ({"attempted_on": "2024-02-19"}, ["attempted_on"]),
        ({"attempted_on": "yesterday"}, ["attempted_on"]),
        ({"hour": "24"}, ["hour"]),
        ({"hour": "noon"}, ["hour"]),
        ({"attempted_by": ""}, ["attempted_by"]),
        ({"attempted_by": "99999"}, ["attempted_by"]),
        ({"note": "x" * 501}, ["note"]),
        ({"note": "\x00"}, ["note"]),
        ({"hour": "", "result": "", "note": "x" * 501}, ["hour", "result", "note"]),
    ],
)
def test_what_cannot_be_is_refused_at_its_input(
    office: Office, decided: int, changes: dict[str, str], inputs: list[str]
) -> None:
    act = asked(office, decided, **changes)
    assert refused_inputs(lambda: office.application.service.record(office.actors["officer"], act)) == inputs
    assert office.application.service.show(office.actors["officer"], decided).attempts == []


def test_attempts_are_for_officers_of_the_office_and_reading_for_those_who_read_cases(
    office: Office, decided: int
) -> None:
    service = office.application.service
    for login in ("reviewer", "cashier", "auditor", "administrator"):
        with pytest.raises(NotPermitted):
            service.record(office.actors[login], asked(office, decided))
    with pytest.raises(NotPermitted):
        service.show(office.actors["administrator"], decided)
    stranger = replace(office.actors["officer"], office_id=office.actors["officer"].office_id + 1)
    with pytest.raises(CaseNotFound):
        service.record(stranger, asked(office, decided))
    with pytest.raises(CaseNotFound):
        service.show(stranger, decided)


def test_the_page_marks_what_was_done_at_night_or_on_a_holiday_and_goes_on_by_key(
    office: Office, decided: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = date(2024, 2, 23)
    for hour, result in ((10, "nobody_there"), (23, "nobody_there")):
        attempt(office, decided, result, attempted_on=day.isoformat(), hour=str(hour))
    office.time.day = date(2024, 5, 6)
    attempt(office, decided, "nobody_there", attempted_on="2024-05-01", hour="10")
    page = office.application.service.show(office.actors["officer"], decided)
    marked = {(one.attempted_on, one.hour) for one in page.attempts if one.id in page.untimely}
    assert marked == {(day, 23), (date(2024, 5, 1), 10)}
    assert page.documents == ("penalty_decision",)
    monkeypatch.setattr("caseflow.services.service_attempts.PAGE_SIZE", 2)
    first = office.application.service.show(office.actors["officer"], decided)
    rest = office.application.service.show(office.actors["officer"], decided, before_id=first.older)
    assert [one.id for one in (*first.attempts, *rest.attempts)] == [one.id for one in page.attempts]
    assert rest.older is None


def test_six_at_once_record_one_attempt(office: Office, decided: int) -> None:
    request, officer = asked(office, decided), office.actors["officer"]
    with ThreadPoolExecutor(6) as people:
        assert list(people.map(lambda _: office.application.service.record(officer, request), range(6))) == [None] * 6
    with psycopg.connect(office.database_url) as connection:
        kept = connection.execute("select count(*) from service_attempt where case_id = %s", (decided,)).fetchone()
        told = connection.execute("select count(*) from audit_event where action = 'service_attempted'").fetchone()
    assert (kept, told) == ((1,), (1,))


def test_an_attempt_is_judged_by_where_the_case_stands_when_it_is_written(
    office: Office, decided: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ServicesOfPapers.attempt_with
    served: list[object] = []

    def serve_first(services: ServicesOfPapers, key: str) -> tuple[object, ...] | None:
        if not served:
            served.append(office.advance(decided, "serve_decision", {**SERVED, "service_method": "direct"}))
        return plain(services, key)

    # The case has been read, and is moved before the attempt is written.
    monkeypatch.setattr(ServicesOfPapers, "attempt_with", serve_first)
    late = asked(office, decided)
    refused = refused_inputs(lambda: office.application.service.record(office.actors["officer"], late))
    assert refused == ["document", "attempted_on"]
    assert served
    assert not office.application.service.show(office.actors["officer"], decided).attempts
