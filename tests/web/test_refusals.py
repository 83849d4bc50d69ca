"""What the law, the clocks and the money refuse, in words at the right field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from caseflow import bootstrap
from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.ledger import PostingRefused
from caseflow.domain.workflow import Field, money_text
from caseflow.resources import read_yaml
from caseflow.services.ports.mail import NO_MAIL
from caseflow.web.answer_fields import Faults
from caseflow.web.step_page import note_refusal
from tests.office import OPENING
from tests.site import Site

WALKS: Mapping[str, Any] = {
    walk["name"]: walk for walk in read_yaml(Path(__file__).parents[1] / "data" / "walks.yaml").data["walks"]
}
SEATS = {"officer_1": "officer", "officer_2": "officer2", "approver_1": "approver", "approver_2": "approver2"}


def typed(value: Any, field: Field) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, date):
        return value.isoformat()
    return money_text(value) if field.type == "money" else str(value)


def replay(site: Site, name: str, until: str) -> tuple[int, Mapping[str, Any]]:
    """Drive a walk up to the step ``until``; return the case and that step's row."""
    walk, office = WALKS[name], site.office
    definition = office.application.rulebook.regime(walk["regime"])
    office.time.day = walk["start"]
    opening = {key: typed(value, definition.fields[key]) for key, value in walk["opening"].items()}
    case_id = office.open(regime=walk["regime"], party_kind=walk["subject_kind"], answers=opening)
    for row in walk["steps"]:
        office.time.day = row["on"]
        answers = {key: typed(value, definition.fields[key]) for key, value in row["answers"].items()}
        if row["step"] == until:
            return case_id, {f"answer-{key}": value for key, value in answers.items()}
        actor = SEATS.get(row["by"], row["by"].partition("_")[0])
        office.advance(case_id, row["step"], answers, actor=actor)
    raise AssertionError(until)


def test_an_amount_outside_the_range_is_refused_at_its_field_with_the_range(site: Site) -> None:
    case_id, answers = replay(site, "two_illegal_paid", "propose_penalty")
    visitor = site.sign_in("officer")
    path = f"/cases/{case_id}/steps/propose_penalty"
    page = visitor.send_page(visitor.get(path).form_to(path), **{**answers, "answer-proposed_fine": "1,000,000"})
    assert page.status == 422
    assert "#answer-proposed_fine" in page.links()
    assert "the amount must be between" in page.text
    kept = page.form_to(path).values
    assert kept["answer-proposed_fine"] == "1,000,000"
    assert kept["answer-proposal_reasons"] == answers["answer-proposal_reasons"]
    assert visitor.send(page.form_to(path), **answers).status_code == 302
    assert "15,000.00 yuan" in visitor.get(f"/cases/{case_id}").text


def test_a_decision_shows_what_the_file_says_before_it_is_signed(site: Site) -> None:
    case_id, answers = replay(site, "two_illegal_paid", "decide")
    visitor = site.sign_in("approver")
    path = f"/cases/{case_id}/steps/decide"
    page = visitor.send_page(visitor.get(path).form_to(path), **answers, act="check")
    assert page.status == 200
    walked = {key: value for row in WALKS["two_illegal_paid"]["steps"] for key, value in row["answers"].items()}
    assert money_text(walked["fine_amount"]) in page.text
    assert walked["decision_reasons"] in page.text
    assert "Range the law sets" in page.text
    assert "Assessed" in page.text
    assert "documents on the file" in page.text


def test_a_sum_stands_beside_the_field_that_pays_it(site: Site) -> None:
    case_id, _ = replay(site, "two_illegal_paid", "record_payment")
    page = site.sign_in("cashier").get(f"/cases/{case_id}/steps/record_payment")
    assert "Outstanding now: 18,000.00 yuan" in page.text
    assert "answer-paid_amount-beside" in page.by_id("answer-paid_amount").get("aria-describedby")


def test_what_was_done_in_time_may_be_recorded_late(site: Site) -> None:
    case_id, answers = replay(site, "two_illegal_hearing_court", "request_hearing")
    site.office.time.day = date(2023, 5, 4)
    visitor = site.sign_in("officer2")
    path = f"/cases/{case_id}/steps/request_hearing"
    assert path in visitor.get(f"/cases/{case_id}").links()
    page = visitor.get(path)
    assert "As of today this step is closed." in page.text
    late = visitor.send_page(page.form_to(path), **{**answers, "answer-hearing_requested_on": "2023-05-04"})
    assert late.status == 422
    assert "#answer-hearing_requested_on" in late.links()
    assert visitor.send(late.form_to(path), **answers).status_code == 302


def test_money_and_its_added_charge_show_their_reckoning(site: Site) -> None:
    case_id, _ = replay(site, "two_illegal_hearing_court", "apply_to_court")
    page = site.sign_in("liaison").get(f"/cases/{case_id}")
    assert "How the added charge is reckoned" in page.text
    assert "In default from" in page.text
    assert "Administrative Penalty Law" in page.text
    assert "Money: assessed" in page.text
    assert page.by_id("money-title") is not None
    money = site.sign_in("officer").get(f"/cases/{case_id}?show=money")
    assert "Money: assessed" in money.text
    assert money.by_id("step-1") is None


def test_a_case_before_the_law_is_refused_in_words(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = visitor.get("/cases/new/two_illegal").form_to("/cases/new/two_illegal")
    answers = {f"answer-{name}": value for name, value in {**OPENING, "act_date": "1990-01-01"}.items()}
    page = visitor.send_page(form, party_kind="institution", party_name="x", opened_on="1990-01-02", **answers)
    assert page.status == 422
    assert "No law in force" in page.text
    assert page.form_to("/cases/new/two_illegal").values["opened_on"] == "1990-01-02"


def test_a_regime_that_ended_says_so_on_its_cases(site: Site) -> None:
    case_id, _ = replay(site, "fee_paid_2011", "decide")
    site.office.time.day = date(2026, 3, 2)
    page = site.sign_in("officer").get(f"/cases/{case_id}")
    assert "This regime has ended." in page.text
    assert "2021 amendment" in page.text
    assert page.text.count("2021 amendment") == 1


def test_refusals_of_money_and_calendar_stand_at_the_fields_they_are_about() -> None:
    definition = bootstrap.shipped_definitions()["two_illegal"]
    step = next(
        one for one in definition.steps.values() if one.posts and one.posts[0].amount in one.asks and one.effective
    )
    faults = Faults()
    note_refusal(faults, PostingRefused(step.posts[0].event, 1, "too much", "过多"), step)
    note_refusal(faults, PostingRefused("nothing", 1, "no such event", "无此事项"), step)
    note_refusal(faults, CalendarNotPublished(date(1990, 1, 1), date(2004, 1, 1)), step)
    assert [fault.input_id for fault in faults.found] == [
        f"answer-{step.posts[0].amount}", "", f"answer-{step.effective}",
    ]  # fmt: skip


def test_messages_of_others_reach_the_inbox(site: Site) -> None:
    case_id = site.office.open()
    site.office.advance(
        case_id, "check_report", {"jurisdiction_basis": "place_of_act", "checked_on": "2026-03-02"}, actor="officer2"
    )
    with site.office.application.store.begin() as work:
        while work.outbox.deliver_batch(10, NO_MAIL):
            pass
        work.commit()
    visitor = site.sign_in("officer")
    page = visitor.get("/inbox")
    assert "Check the report → Report checked" in page.text
    assert "unread" in page.text
    assert f"/cases/{case_id}" in page.links()
    assert "unread message" in visitor.get("/desk").text
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute("update inbox set params = jsonb_set(params, '{regime}', '\"gone\"'), read_at = now()")
        connection.commit()
    assert "case moved" in visitor.get("/inbox").text


def test_all_messages_are_marked_as_read_and_the_record_says_so(site: Site) -> None:
    case_id = site.office.open()
    site.office.advance(
        case_id, "check_report", {"jurisdiction_basis": "place_of_act", "checked_on": "2026-03-02"}, actor="officer2"
    )
    with site.office.application.store.begin() as work:
        while work.outbox.deliver_batch(10, NO_MAIL):
            pass
        work.commit()
    visitor = site.sign_in("officer")
    page = visitor.get("/inbox")
    form = page.form_to("/inbox/read")
    for nonsense in ("no", "", "0", "1,", str(2**63), "1," * 2000 + "1"):
        assert visitor.send_page(form, ids=nonsense).status == 400
    assert "unread message" in visitor.get("/desk").text
    before = site.counts()["audit_event"]
    assert visitor.send(form).location == "/inbox"
    assert site.counts()["audit_event"] == before + 1
    assert "unread message" not in visitor.get("/desk").text
    assert "/inbox/read" not in [one.action for one in visitor.get("/inbox").forms()]
    visitor.send(visitor.get("/inbox").form_to("/language"), locale="zh")
    assert "云卫两非立字〔2026〕0001号" in visitor.get("/inbox").text


def test_many_choices_become_a_list_to_choose_from(site: Site) -> None:
    case_id, answers = replay(site, "two_illegal_paid", "add_evidence")
    visitor = site.sign_in("officer")
    path = f"/cases/{case_id}/steps/add_evidence"
    page = visitor.get(path)
    assert page.by_id("answer-evidence_kind").tag == "select"
    unchosen = visitor.send_page(page.form_to(path), **{**answers, "answer-evidence_kind": ""})
    assert unchosen.status == 422
    assert visitor.send(unchosen.form_to(path), **answers).location == f"/cases/{case_id}"
