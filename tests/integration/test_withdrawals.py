"""Many applications withdrawn for one reason: a step, a paper and an outcome each, however often it is run."""

from __future__ import annotations

import threading
from datetime import date

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.referral_board import Column
from caseflow.services.cases import CaseMovedOn, KeyReused
from caseflow.services.referral_board import BoardFilter
from caseflow.services.withdrawals import AskWithdrawal, NoSuchWithdrawal, WithdrawalRefused, Withdrawals
from tests.office import Office

DAY = date(2024, 1, 2)
REASON = "The party has paid. 当事人已履行。"


def desk(office: Office) -> Withdrawals:
    return office.application.liaison.withdrawals


def accepted(office: Office) -> int:
    return office.walk("two_illegal_hearing_court", until="record_acceptance")


def asked(*case_ids: int, reason: str = REASON, day: date = DAY, key: str = "one") -> AskWithdrawal:
    return AskWithdrawal(reason, day.isoformat(), case_ids, key)


def steps_of(office: Office, case_id: int, trigger: str) -> list[tuple[str, str]]:
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute(
            "select s.answers->>'withdrawn_on', coalesce(s.answers->>'outcome_reasons', s.answers->>'closing_reasons') "
            "from step s where s.case_id = %s and s.trigger = %s",
            (case_id, trigger),
        )
        return found.fetchall()


def test_each_case_gets_its_own_step_paper_and_outcome(office: Office) -> None:
    unripe = office.walk("two_illegal_paid", until="file_case")
    first, second = accepted(office), accepted(office)
    ended = office.walk("golden_wuqing", until="freeze_in_court")
    office.time.day = date(2024, 1, 2)
    liaison = office.actors["liaison"]
    found = {one.row.id: one for one in desk(office).candidates(liaison, [first, second, ended, unripe])}
    assert [found[one].is_open for one in (first, second, ended)] == [True, True, True]
    assert sum(not one.is_open for one in found.values()) == 1
    batch_id = desk(office).begin(liaison, asked(first, second, ended))
    progress = desk(office).go_on(liaison, batch_id)
    assert [case.outcome for case in progress.cases] == ["done", "done", "done"]
    assert steps_of(office, first, "withdraw_application") == [("2024-01-02", REASON)]
    assert steps_of(office, ended, "withdraw_from_court")[0][1] == REASON
    with psycopg.connect(office.database_url) as connection:
        letters = connection.execute(
            "select case_id from case_document where kind = 'withdrawal_letter' order by case_id"
        ).fetchall()
        states = connection.execute("select state from cases where id = any(%s) order by id", ([first, ended],))
        assert {row[0] for row in letters} == {first, second, ended}
        drafts = connection.execute("select case_id, kind, status from paper where case_id = any(%s) "
                                    "and kind = 'withdrawal_letter' order by case_id",
                                    ([first, second, ended],)).fetchall()  # fmt: skip
        assert drafts == [(one, "withdrawal_letter", "draft") for one in sorted((first, second, ended))]
        assert [row[0] for row in states] == ["final_unpaid", "withdrawal_filed"]


def test_it_goes_on_where_it_stopped_and_does_nothing_twice(office: Office) -> None:
    cases = [accepted(office) for _ in range(3)]
    office.time.day = DAY
    liaison = office.actors["liaison"]
    batch_id = desk(office).begin(liaison, asked(*cases))
    assert desk(office).begin(liaison, asked(*cases)) == batch_id, "the same request gives the same withdrawal"
    assert desk(office).go_on(liaison, batch_id, most=1).count("waiting") == 2
    # The process dies after a step and before its outcome is written.
    with psycopg.connect(office.database_url) as connection:
        (version,) = connection.execute("select version from cases where id = %s", (cases[1],)).fetchone() or (0,)
    answers = {"withdrawn_on": DAY.isoformat(), "outcome_reasons": REASON}
    office.advance(cases[1], "withdraw_application", answers, actor="liaison", version=version,
                   key=f"withdrawal:{batch_id}:{cases[1]}")  # fmt: skip
    progress = desk(office).go_on(liaison, batch_id)
    assert [case.outcome for case in progress.cases] == ["done", "already_done", "done"]
    assert not progress.to_do
    again = desk(office).go_on(liaison, batch_id)
    assert [case.outcome for case in again.cases] == ["done", "already_done", "done"]
    assert [len(steps_of(office, case_id, "withdraw_application")) for case_id in cases] == [1, 1, 1]


def test_a_refused_case_says_why_and_is_tried_again(office: Office) -> None:
    case_id = accepted(office)
    other_id = office.walk("golden_wuqing", until="freeze_in_court")
    office.time.day = DAY
    liaison = office.actors["liaison"]
    # This application was filed the day after, the other one years before.
    batch_id = desk(office).begin(liaison, asked(case_id, other_id, day=date(2023, 12, 19)))
    refused, done = desk(office).go_on(liaison, batch_id).cases
    assert (refused.outcome, done.outcome) == ("refused", "done")
    assert "must not be before" in refused.words_en
    assert "不得早于" in refused.words_zh
    still, _done = desk(office).go_on(liaison, batch_id).cases
    assert still.outcome == "refused"
    assert steps_of(office, case_id, "withdraw_application") == []


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(1, 1, 1), date(2023, 12, 19)])
def test_a_day_that_no_case_would_take_is_refused_before_anything_is_begun(office: Office, day: date) -> None:
    cases = [accepted(office), accepted(office)]
    office.time.day = DAY
    liaison = office.actors["liaison"]
    for act in (desk(office).check, desk(office).begin):
        with pytest.raises(WithdrawalRefused, match="must not be before “Filed with the court on”") as refusal:
            act(liaison, asked(*cases, day=day))
        assert refusal.value.field == "withdrawn_on"
        assert "不得早于" in refusal.value.words.zh
    assert desk(office).newest(liaison, before_id=None) == ([], None)
    batch_id = desk(office).begin(liaison, asked(*cases))
    assert desk(office).go_on(liaison, batch_id).count("done") == 2
    assert desk(office).begin(liaison, asked(*cases)) == batch_id, "what was done is answered as it was"


@pytest.mark.parametrize(
    ("reason", "day", "field"),
    [(" ", "2024-01-02", "reason"), ("x\u202ey", "2024-01-02", "reason"), ("x" * 5001, "2024-01-02", "reason"),
     ("Paid.", "soon", "withdrawn_on"), ("Paid.", "2024-01-03", "withdrawn_on")],
)  # fmt: skip
def test_what_is_typed_wrong_is_named(office: Office, reason: str, day: str, field: str) -> None:
    office.time.day = DAY
    with pytest.raises(WithdrawalRefused) as refusal:
        desk(office).check(office.actors["liaison"], AskWithdrawal(reason, day, [1], "key"))
    assert refusal.value.field == field


def test_only_the_liaison_withdraws_and_only_their_office(office: Office) -> None:
    for login in ("officer", "supervisor", "approver", "auditor"):
        with pytest.raises(NotPermitted):
            desk(office).candidates(office.actors[login], [])
    with pytest.raises(NoSuchWithdrawal):
        desk(office).go_on(office.actors["liaison"], 424242)
    with pytest.raises(WithdrawalRefused):
        desk(office).begin(office.actors["liaison"], asked(424242, day=office.time.day))


def test_all_of_a_filter_are_chosen(office: Office) -> None:
    first, second = accepted(office), accepted(office)
    office.walk("water_hearing_suit_court", until="record_acceptance")
    chosen = desk(office).of_filter(office.actors["liaison"], BoardFilter(regime="two_illegal"), Column.ACCEPTED)
    assert set(chosen) == {first, second}


def test_a_case_filed_twice_or_at_once_is_referred_once(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="sign_court_application")
    office.time.day = date(2023, 12, 20)
    answers = {"court_name": "云岭县人民法院", "applied_on": "2023-12-20"}
    office.issue(case_id, "penalty_decision", "service_record", "demand_letter", "demand_reply", "court_application")
    version, start = office.version(case_id), threading.Barrier(4)
    told: list[str] = []

    def file(key: str) -> None:
        start.wait()
        try:
            moved = office.advance(case_id, "apply_to_court", answers, actor="liaison", version=version, key=key)
            told.append("repeated" if moved.repeated else "filed")
        except (CaseMovedOn, KeyReused):
            told.append("refused")

    keys = ("a", "a", "b", "c")
    threads = [threading.Thread(target=file, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("filed") == 1
    assert len(told) == 4
    with psycopg.connect(office.database_url) as connection:
        filed = connection.execute(
            "select count(*) from referral where case_id = %s and filed_seq is not null", (case_id,)
        )
        steps = connection.execute(
            "select count(*) from step where case_id = %s and trigger = 'apply_to_court'", (case_id,)
        )
        assert (filed.fetchone(), steps.fetchone()) == ((1,), (1,))
