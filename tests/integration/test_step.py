"""One lawful step, on a real database: what it writes, what it refuses, and who wins a race."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caseflow.domain.access import NotPermitted
from caseflow.domain.stepping import StepRefused
from caseflow.services.cases import AnswersRefused, CaseMovedOn, CaseNotFound, KeyReused, OpenCase, TakeStep
from tests.office import CHECKED, OPENING, Office


def rows(office: Office, query: str, *parameters: object) -> list[tuple[object, ...]]:
    with psycopg.connect(office.database_url) as connection:
        return connection.execute(query, parameters).fetchall()


def test_opening_a_case_numbers_it_and_writes_step_event_and_notice(office: Office) -> None:
    case_id = office.open()
    assert rows(office, "select number, number_zh, state, version from cases where id = %s", case_id) == [
        ("YL-TI-2026-0001", "云卫两非立字〔2026〕0001号", "report_received", 1)
    ]
    assert rows(office, "select seq, trigger from step where case_id = %s", case_id) == [(1, "open_case")]
    assert rows(office, "select action, seq from audit_event where case_id = %s", case_id) == [("case_opened", 1)]
    assert rows(office, "select kind, state from outbox") == [("case_moved", "pending")]
    office.open()
    assert rows(office, "select number from cases order by id desc limit 1") == [("YL-TI-2026-0002",)]


def test_a_step_writes_history_clocks_answers_event_and_notice(office: Office) -> None:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    clocks = rows(
        office, "select rule_id, status, trigger_on, due_on from clock where case_id = %s order by id", case_id
    )
    assert clocks == [
        ("cn.apl.limitation", "met", date(2026, 2, 1), date(2028, 2, 1)),
        ("cn.apl.decision_90d", "open", date(2026, 3, 2), date(2026, 6, 1)),
    ]
    assert rows(office, "select state, filed_on, next_due_on, next_clock from cases where id = %s", case_id) == [
        ("filed", date(2026, 3, 2), date(2026, 6, 1), "cn.apl.decision_90d")
    ]
    assert rows(office, "select kind from case_document where case_id = %s", case_id) == [("filing_approval",)]
    answers = rows(office, "select answers->>'filed_on' from step where case_id = %s and seq = 3", case_id)
    assert answers == [("2026-03-02",)]
    assert rows(office, "select count(*), count(distinct leaf) from audit_event where case_id = %s", case_id) == [
        (3, 3)
    ]
    assert rows(office, "select count(*) from outbox") == [(3,)]


@pytest.mark.parametrize(
    ("actor", "trigger", "code"),
    [
        ("cashier", "check_report", "role"),
        ("officer", "file_case", "state"),
        ("approver", "check_report", "role"),
    ],
)
def test_a_closed_step_says_why_and_writes_nothing(office: Office, actor: str, trigger: str, code: str) -> None:
    case_id = office.open()
    with pytest.raises(StepRefused) as refusal:
        office.advance(case_id, trigger, {**CHECKED, "filed_on": "2026-03-02"}, actor=actor)
    assert code in {reason.code for reason in refusal.value.reasons}
    assert all(reason.words.en and reason.words.zh for reason in refusal.value.reasons)
    assert rows(office, "select count(*) from step where case_id = %s", case_id) == [(1,)]


def test_the_person_who_proposed_may_not_be_the_one_who_reviews(office: Office) -> None:
    with psycopg.connect(office.database_url) as connection:
        connection.execute("insert into staff_role select id, 'approver' from staff where login = 'officer'")
    actor = office.application.staff.signed_in(office.actors["officer"].id)
    assert actor is not None
    office.actors["officer"] = actor
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    with pytest.raises(StepRefused) as refusal:
        office.advance(case_id, "file_case", {"filed_on": "2026-03-02"})
    assert [reason.code for reason in refusal.value.reasons] == ["four_eyes"]
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")


def test_every_bad_answer_is_named_and_nothing_is_written(office: Office) -> None:
    case_id = office.open()
    with pytest.raises(AnswersRefused) as refusal:
        office.advance(case_id, "check_report", {"jurisdiction_basis": "moon", "checked_on": "2027-01-01"})
    assert {problem.field for problem in refusal.value.problems} == {"jurisdiction_basis", "checked_on"}
    with pytest.raises(AnswersRefused) as refusal:
        office.open(party_name=" ", party_kind="patient", answers={**OPENING, "act_date": ""})
    assert {problem.field for problem in refusal.value.problems} == {"act_date", "party_kind", "party_name"}
    assert rows(office, "select count(*) from cases") == [(1,)]


def test_a_step_may_not_be_dated_before_the_last_one(office: Office) -> None:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    with pytest.raises(AnswersRefused) as refusal:
        office.advance(case_id, "file_case", {"filed_on": "2026-02-20"}, actor="approver")
    assert [problem.field for problem in refusal.value.problems] == ["filed_on"]


def test_a_repeated_request_answers_the_first_result(office: Office) -> None:
    first = office.open_moved(key="open-1")
    assert office.open_moved(key="open-1").case_id == first.case_id
    moved = office.advance(first.case_id, "check_report", CHECKED, version=1, key="step-1")
    again = office.advance(first.case_id, "check_report", CHECKED, version=1, key="step-1")
    assert (again.case_id, again.seq, again.repeated) == (moved.case_id, moved.seq, True)
    assert rows(office, "select count(*) from step") == [(2,)]
    with pytest.raises(KeyReused):
        office.advance(first.case_id, "check_report", {**CHECKED, "checked_on": "2026-03-01"}, version=1, key="step-1")


def test_two_openings_with_one_key_at_once_make_one_case(office: Office) -> None:
    request = OpenCase("two_illegal", "institution", "Twice", OPENING, "same-key")
    results = at_once([lambda: office.application.cases.open(office.actors["officer"], request).case_id] * 6)
    assert len({result for result in results if isinstance(result, int)}) == 1
    assert all(isinstance(result, int) for result in results), results
    assert rows(office, "select count(*) from cases where idempotency_key = 'same-key'") == [(1,)]


def test_the_loser_of_a_race_is_told_who_did_what(office: Office) -> None:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED, version=1)
    with pytest.raises(CaseMovedOn) as refusal:
        office.advance(case_id, "check_report", CHECKED, version=1, actor="officer2")
    move = refusal.value.move
    assert move is not None
    assert (move.trigger, move.to_state, move.actor_en) == ("check_report", "report_checked", "Officer")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(racers=st.integers(2, 8), passing_on=st.booleans())
def test_of_any_number_of_racers_exactly_one_wins(office: Office, racers: int, passing_on: bool) -> None:
    case_id = office.open()
    attempts = []
    for number in range(racers):
        other = passing_on and number % 2
        name, actor = ("pass_on_report", "approver") if other else ("check_report", "officer")
        answers = {"receiving_authority": "X"} if other else CHECKED
        request = TakeStep(case_id, name, 1, answers, str(uuid.uuid4()))
        attempts.append(lambda a=actor, r=request: office.application.cases.advance(office.actors[a], r))
    results = at_once(attempts)
    winners = [result for result in results if not isinstance(result, BaseException)]
    losers = [result for result in results if isinstance(result, BaseException)]
    assert len(winners) == 1
    assert all(isinstance(loser, CaseMovedOn) for loser in losers), losers
    assert rows(office, "select version from cases where id = %s", case_id) == [(2,)]
    assert rows(office, "select count(*) from step where case_id = %s", case_id) == [(2,)]
    assert rows(office, "select count(*) from audit_event where case_id = %s", case_id) == [(2,)]


def test_another_office_and_a_desk_without_cases_see_nothing(office: Office) -> None:
    case_id = office.open()
    stranger = office.actors["officer"].__class__(
        **{**vars(office.actors["officer"]), "office_id": office.actors["officer"].office_id + 1}
    )
    with pytest.raises(CaseNotFound):
        office.application.pages.show(stranger, case_id)
    with pytest.raises(NotPermitted):
        office.application.pages.show(office.actors["administrator"], case_id)
    with pytest.raises(NotPermitted):
        office.open("cashier")


def test_no_case_is_opened_and_no_main_step_taken_after_the_regime_ended(office: Office) -> None:
    with pytest.raises(StepRefused) as refusal:
        office.open(regime="social_support_fee", party_kind="person_liable", answers=_fee_opening(office))
    assert [reason.code for reason in refusal.value.reasons] == ["regime_ended"]
    assert "2021" in refusal.value.reasons[0].words.en


def test_a_fee_case_of_its_day_is_left_with_the_wind_down_only(office: Office) -> None:
    office.time.day = date(2011, 3, 1)
    case_id = office.open(regime="social_support_fee", party_kind="person_liable", answers=_fee_opening(office))
    page = office.application.pages.show(office.actors["officer"], case_id)
    assert page.ended is None
    assert any(offer.is_open for offer in page.offers if offer.step.branch == "main")
    office.time.day = date(2021, 8, 20)
    page = office.application.pages.show(office.actors["officer"], case_id)
    assert page.ended is not None
    main = [offer for offer in page.offers if offer.step.branch == "main"]
    assert main
    assert not any(offer.is_open for offer in main)
    assert any(offer.step.branch == "wind_down" for offer in page.offers)


def _fee_opening(office: Office) -> dict[str, str]:
    definition = office.application.rulebook.regime("social_support_fee")
    typical = {"date": "2010-06-01", "text": "x", "long_text": "x", "boolean": "on", "reference": "x", "money": "1"}
    return {
        name: next(iter(field.choices)) if field.type == "choice" else typical[field.type]
        for name in definition.opening
        for field in [definition.fields[name]]
    }


def at_once(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Run the calls in threads that start together; return results and exceptions in order."""
    barrier = threading.Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = calls[index]()
        except Exception as error:  # noqa: BLE001 - the test looks at every outcome
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=timedelta(seconds=30).total_seconds())
    return results
