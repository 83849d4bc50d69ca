"""The refund finder on a real database: real cases, judged by the law, and gone when they are put right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from caseflow.cli import main
from caseflow.domain.access import NotPermitted
from caseflow.domain.refund_finding import SURCHARGE
from caseflow.domain.refund_grounds import Ground
from caseflow.services.refund_findings import RefundFindings
from caseflow.services.rulebook import Rulebook
from tests.office import Office
from tests.refunded import NUMBER, NUMBER_BEFORE_1999, OTHER, known_as, twice_levied

REASON = {"legal_reason": "依据法律规定，详见审批材料。"}


def found_of(office: Office, ground: Ground | None = None) -> dict[int, tuple[tuple[Ground, ...], int]]:
    page = office.application.refunds.newest(office.actors["supervisor"], ground, before_id=None)
    assert page.next_key is None
    return {one.case.id: (one.found.grounds, one.found.back_fen) for one in page.rows}


def test_the_second_of_two_levies_is_found_corrected_and_found_no_more(
    office: Office, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commands.is_dir()
    first, second = twice_levied(office)
    assert found_of(office) == {second: ((Ground.DOUBLE_LEVY,), 1_575_000)}
    refunds, officer = office.application.refunds, office.actors["officer"]
    assert refunds.of_case(officer, first) is None
    found = refunds.of_case(officer, second)
    assert found is not None
    assert "correct_unlawful_levy" in found.found.opens
    stranger = replace(officer, office_id=officer.office_id + 1)
    assert refunds.of_case(stranger, second) is None
    assert refunds.newest(stranger, None, before_id=None).rows == []
    assert refunds.counts(stranger).cases == 0
    counts = refunds.counts(officer)
    assert (counts.cases, counts.back_fen, counts.at_least) == (1, 1_575_000, False)
    the_command_tells_it()
    only_the_same_person_and_office_count(office, first, second)
    pages_go_on_by_key(office, first, second, monkeypatch)
    put_right(office, second)


def put_right(office: Office, second: int) -> None:
    refunds, officer = office.application.refunds, office.actors["officer"]
    office.time.day = date(2022, 3, 1)
    annulled = {"error_ground": "double_levy", "annulled_amount": "15750.00", **REASON}
    office.advance(second, "correct_unlawful_levy", annulled, actor="approver2")
    # Ordered to go back, and found until it has gone; the interest is what the payment of that day must pay.
    assert found_of(office, Ground.OVERPAID)[second] == ((Ground.OVERPAID,), 1_575_000)
    assert refunds.counts(officer).by_ground[Ground.DOUBLE_LEVY].cases == 0
    office.time.day = date(2022, 3, 4)
    office.advance(second, "propose_refund", {"refund_amount": "15750.00", **REASON})
    office.time.day = date(2022, 3, 16)
    office.advance(second, "approve_refund", {"finance_paper_no": "1"}, actor="approver")
    office.time.day = date(2022, 3, 24)
    ordered = refunds.of_case(officer, second)
    assert ordered is not None
    assert ordered.found.interest_fen == 90_358  # the walk pays exactly this, or the step would be refused
    paid = {"refunded_on": "2022-03-24", "deposit_interest": "903.58"}
    office.advance(second, "pay_refund", paid, actor="cashier2")
    assert refunds.of_case(officer, second) is None


def only_the_same_person_and_office_count(office: Office, first: int, second: int) -> None:
    known_as(office, second, OTHER)
    assert found_of(office) == {}
    known_as(office, second, NUMBER_BEFORE_1999)
    assert set(found_of(office)) == {second}, "a book may hold the person's old number beside the later one"
    known_as(office, second, NUMBER)
    assert set(found_of(office)) == {second}
    move = "update party set office_id = %s where id = (select party_id from cases where id = %s)"
    with psycopg.connect(office.database_url) as connection:
        # Another office's index of the same number is another one, and would not be looked at if it were the same.
        added = "insert into office (code, title_en, title_zh) values ('B', 'B', '乙') returning id"
        row = connection.execute(added).fetchone()
        assert row is not None
        connection.execute(move, [row[0], first])
    assert found_of(office) == {}
    with psycopg.connect(office.database_url) as connection:
        connection.execute(move, [office.actors["officer"].office_id, first])


def pages_go_on_by_key(office: Office, first: int, second: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(office.database_url) as connection:
        # A base that was typed too high and put right: the fee paid is then above three times the base.
        changed = "update cases set facts = jsonb_set(facts, '{base_income}', '500000') where id = %s"
        connection.execute(changed, [first])
    assert found_of(office) == {
        second: ((Ground.DOUBLE_LEVY,), 1_575_000),
        first: ((Ground.OVER_STANDARD,), 75_000),
    }
    assert found_of(office, Ground.OVER_STANDARD) == {first: ((Ground.OVER_STANDARD,), 75_000)}
    refunds, officer = office.application.refunds, office.actors["officer"]
    with monkeypatch.context() as small:
        small.setattr("caseflow.services.refund_findings.PAGE_SIZE", 1)
        page = refunds.newest(officer, None, before_id=None)
        assert ([one.case.id for one in page.rows], page.next_key) == ([second], second)
        page = refunds.newest(officer, None, before_id=page.next_key)
        assert ([one.case.id for one in page.rows], page.next_key) == ([first], None)
    with monkeypatch.context() as small:
        small.setattr("caseflow.services.refund_findings.BATCH_SIZE", 1)
        small.setattr("caseflow.services.refund_findings.CHUNK_SIZE", 1)
        assert [one.case.id for one in refunds.all_of(officer.office_id)] == [second, first]
        small.setattr("caseflow.services.refund_findings.MOST_LOOKED_AT", 1)
        page = refunds.newest(officer, None, before_id=None)
        assert ([one.case.id for one in page.rows], page.next_key) == ([second], second)
        small.setattr("caseflow.services.refund_findings.MOST_COUNTED", 1)
        counts = replace(refunds, _counted={}).counts(officer)
        assert (counts.cases, counts.at_least) == (1, True)


def the_command_tells_it() -> None:
    runner = CliRunner()
    told = runner.invoke(main, ["winddown", "refunds", "--json"], catch_exceptions=False)
    assert told.exit_code == 0
    document = json.loads(told.stdout)
    assert (document["cases"], document["back_fen"]) == (1, 1_575_000)
    [row] = document["rows"]
    assert row["grounds"] == ["double_levy"]
    assert row["findings"][0]["law"][0]["article"] == "5"
    assert row["findings"][0]["claim"]["ends_on"] == "2020-05-28"
    assert NUMBER not in told.output
    listed = runner.invoke(main, ["winddown", "refunds"], catch_exceptions=False)
    assert "15,750.00 yuan back: Levied twice for the same fact" in listed.output
    one = runner.invoke(main, ["winddown", "refunds", "--case", row["case"]], catch_exceptions=False)
    law = "law: Decree 357 (2002), article 5 [cn.d357.one_levy, version from 2002-09-01; statute text read]"
    assert law in one.output
    assert "2018-05-28 to 2020-05-28, over" in one.output
    assert "next: correct_unlawful_levy" in one.output
    unknown = runner.invoke(main, ["winddown", "refunds", "--case", "none"])
    assert (unknown.exit_code, "there is no case none" in unknown.output) == (2, True)
    wrong = runner.invoke(main, ["winddown", "refunds", "--office", "X"])
    assert wrong.exit_code == 2
    assert "TEST" in wrong.output


def test_money_that_came_in_after_the_end_goes_back_and_what_came_before_stays(office: Office) -> None:
    case_id = office.walk("fee_court_2012_wound_down", until="close_wound_down")
    assert found_of(office) == {}
    office.time.day = date(2021, 12, 6)
    late = {"late_money_on": "2021-12-03", "late_money_amount": "500.00"}
    answers: Mapping[str, str] = {**late, "receipt_no": office.next_receipt()}
    office.advance(case_id, "record_money_after_end", answers, actor="cashier")
    found = office.application.refunds.of_case(office.actors["officer"], case_id)
    assert found is not None
    assert found.found.back_fen == 50_000
    assert found.found.grounds == (Ground.AFTER_END,)
    assert found.found.interest_fen == 0  # nothing was owed any more, so the office merely holds it


def surcharged(office: Office) -> int:
    """Return a case paid late with two whole months of surcharge, which is lawful."""
    case_id = office.walk("fee_paid_2011", until="serve_decision")
    office.time.day = date(2011, 8, 15)
    office.advance(case_id, "enter_surcharge", {"added_charge": "49.92"})
    paid = {"paid_on": "2011-08-15", "paid_amount": "12529.92", "receipt_no": office.next_receipt()}
    office.advance(case_id, "record_payment", paid, actor="cashier")
    office.time.day = date(2022, 3, 1)
    return case_id


def test_a_lawful_surcharge_stands_and_one_beyond_the_law_goes_back(office: Office) -> None:
    case_id = surcharged(office)
    assert found_of(office) == {}
    application = office.application
    law = application.rulebook.law
    # The same record under half the rate: what was entered is then twice the lawful sum.
    rule = law.rule(SURCHARGE)
    halved = tuple(
        replace(one, charge=replace(one.charge, share=one.charge.share * Fraction(1, 2)))
        for one in rule.versions
        if one.charge is not None
    )
    stricter = replace(law, rules={**law.rules, SURCHARGE: replace(rule, versions=halved)})
    book = Rulebook(
        stricter, application.rulebook.published, application.rulebook.definitions, application.rulebook.chart
    )
    finder = RefundFindings(application.store, book, office.time)
    page = finder.newest(office.actors["officer"], Ground.OVER_CAP, before_id=None)
    [one] = page.rows
    assert (one.case.id, one.found.grounds, one.found.back_fen) == (case_id, (Ground.OVER_CAP,), 2_496)


def test_desks_without_the_wind_down_see_no_finding(office: Office) -> None:
    for login in ("cashier", "payer", "administrator"):
        with pytest.raises(NotPermitted):
            office.application.refunds.newest(office.actors[login], None, before_id=None)
        with pytest.raises(NotPermitted):
            office.application.refunds.counts(office.actors[login])
        with pytest.raises(NotPermitted):
            office.application.refunds.of_case(office.actors[login], 1)


def test_the_candidates_are_found_by_an_index_of_what_came_in(office: Office) -> None:
    with psycopg.connect(office.database_url) as connection:
        [row] = connection.execute("select indexdef from pg_indexes where indexname = 'ix_step_collected'").fetchall()
    assert "WHERE (postings @>" in row[0]
