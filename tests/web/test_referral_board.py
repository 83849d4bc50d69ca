"""The liaison's board: where each application stands, what closes soon, and one case as its referral."""

from __future__ import annotations

import io
from datetime import date

from tests.office import Office
from tests.sent_files import pdf
from tests.site import Page, Site


def column(page: Page, name: str) -> str:
    found = page.by_id(f"column-{name}")
    assert found is not None, name
    return " ".join("".join(found.itertext()).split())


def moved(office: Office, case_id: int, trigger: str, on: date, **answers: str) -> None:
    office.time.day = on
    office.advance(case_id, trigger, answers, actor="liaison")


def test_an_empty_board_says_what_would_stand_where(site: Site) -> None:
    page = site.sign_in("liaison").get("/referrals")
    assert page.status == 200
    assert "Ready to file 0" in column(page, "ready")
    assert "A case comes here when its application is filed with the court." in column(page, "filed")
    assert "No time to apply ends within 30 days." in page.text


def test_a_case_walks_over_the_board(site: Site) -> None:
    office = site.office
    case_id = office.walk("two_illegal_hearing_court", until="serve_demand")
    liaison = site.sign_in("liaison")
    assert "Ready to file 0" in column(liaison.get("/referrals"), "ready"), "the demand has not run out"
    office.time.day = date(2023, 12, 18)
    ready = column(liaison.get("/referrals"), "ready")
    assert "Ready to file 1" in ready
    assert "YL-TI-2023-0001" in ready
    assert "135,000.00 yuan" in ready
    assert "binds the office" in ready
    office.advance(case_id, "sign_court_application", {"application_approved_on": "2023-12-18"}, actor="approver")
    assert "Ready to file 1" in column(liaison.get("/referrals"), "ready")
    office.issue(case_id, "penalty_decision", "service_record", "demand_letter", "demand_reply", "court_application")
    moved(office, case_id, "apply_to_court", date(2023, 12, 20), court_name="云岭县人民法院", applied_on="2023-12-20")
    filed = column(liaison.get("/referrals"), "filed")
    assert "云岭县人民法院" in filed
    assert "27 December 2023" in filed
    assert "binds the court" in filed
    paper = {"court_paper_no": "（2023）云行审1号", "court_paper_on": "2023-12-25"}
    moved(office, case_id, "record_acceptance", date(2023, 12, 25), **paper)
    accepted = column(liaison.get("/referrals"), "accepted")
    assert "Paper （2023）云行审1号" in accepted
    assert "4 January 2024" in accepted, "seven working days"
    ruling = {"court_paper_no": "（2023）云行审1号之一", "court_paper_on": "2024-01-02", "court_reasons": "Law."}
    moved(office, case_id, "record_execution_refused", date(2024, 1, 2), **ruling)
    ruled = column(liaison.get("/referrals"), "ruled")
    assert "17 January 2024" in ruled
    assert "binds the office" in ruled
    moved(office, case_id, "challenge_refusal", date(2024, 1, 10), challenged_on="2024-01-10")
    assert "9 February 2024" in column(liaison.get("/referrals"), "ruled"), "the higher court has thirty days"
    paper = {"court_paper_no": "（2024）云行审复1号", "court_paper_on": "2024-02-01"}
    moved(office, case_id, "record_execution_allowed", date(2024, 2, 1), **paper)
    assert "In enforcement 1" in column(liaison.get("/referrals"), "in_enforcement")


def test_what_was_withdrawn_stays_on_the_board(site: Site) -> None:
    office = site.office
    case_id = office.walk("two_illegal_hearing_court", until="record_acceptance")
    answers = {"withdrawn_on": "2023-12-27", "outcome_reasons": "Paid."}
    moved(office, case_id, "withdraw_application", date(2023, 12, 27), **answers)
    page = site.sign_in("liaison").get("/referrals")
    assert "Withdrawn 1" in column(page, "withdrawn")
    assert "Accepted 0" in column(page, "accepted")
    assert "YL-TI-2023-0001" in column(site.sign_in("liaison").get("/referrals?column=withdrawn"), "withdrawn")


def test_a_window_that_closes_is_on_top_with_what_follows(site: Site) -> None:
    office = site.office
    office.walk("two_illegal_hearing_court", until="serve_demand")
    office.time.day = date(2024, 2, 10)
    page = site.sign_in("liaison").get("/referrals")
    assert "29 February 2024" in page.text
    assert "19 days left" in page.text
    assert "the court does not accept it unless there is good reason" in page.text
    office.time.day = date(2024, 3, 4)
    late = site.sign_in("liaison").get("/referrals")
    assert "over for 4 days" in late.text
    assert "Ready to file 0" in column(late, "ready")


def test_the_board_is_narrowed_by_court_and_regime(site: Site) -> None:
    office = site.office
    office.walk("two_illegal_hearing_court", until="apply_to_court")
    office.walk("water_hearing_suit_court", until="apply_to_court")
    liaison = site.sign_in("liaison")
    both = liaison.get("/referrals")
    assert "Filed 2" in column(both, "filed")
    narrowed = liaison.get("/referrals?regime=two_illegal")
    assert "Filed 1" in column(narrowed, "filed")
    assert "/referrals" in narrowed.links()
    none = liaison.get("/referrals?court=Nowhere")
    assert "Filed 0" in column(none, "filed")
    assert "Nowhere remove" in none.text
    one = liaison.get("/referrals?court=云岭县人民法院&column=filed")
    assert "Filed 2" in column(one, "filed")
    assert one.by_id("column-ready") is None


def test_a_column_goes_on_page_by_page(site: Site) -> None:
    office = site.office
    for _ in range(10):
        office.walk("golden_wuqing", until="apply_to_court")
    liaison = site.sign_in("liaison")
    page = liaison.get("/referrals")
    assert "Filed 10" in column(page, "filed")
    more = next(link for link in page.links() if "after=" in link)
    rest = liaison.get(more)
    shown = [link for link in (*page.links(), *rest.links()) if link.removeprefix("/referrals/").isdecimal()]
    assert len(shown) == len(set(shown)) == 10


def test_the_page_of_a_referral(site: Site) -> None:
    office = site.office
    case_id = office.walk("two_illegal_hearing_court", until="record_acceptance")
    page = site.sign_in("liaison").get(f"/referrals/{case_id}")
    for told in (
        "决定书第1号", "当事人未提出异议。", "Record that execution is allowed", "云岭县人民法院",
        "Court rules, clean case", "135,000.00 yuan", "（行审）裁定第1号",
    ):  # fmt: skip
        assert told in page.text
    assert site.sign_in("officer").get(f"/referrals/{case_id}").status == 403
    assert site.sign_in("liaison").get("/referrals/424242").status == 404


def test_a_case_that_is_far_from_the_court_says_so(site: Site) -> None:
    page = site.sign_in("liaison").get(f"/referrals/{site.office.open()}")
    assert "No decision was made yet." in page.text
    assert "The case is not at the court, and no step leads there from where it stands." in page.text


def test_the_board_asks_few_queries(site: Site) -> None:
    office = site.office
    office.walk("two_illegal_hearing_court", until="apply_to_court")
    office.walk("golden_wuqing", until="record_acceptance")
    liaison = site.sign_in("liaison")
    liaison.get("/referrals")
    asked = site.statements_of(liaison, "/referrals")
    assert len(asked) <= 12, asked


def test_who_reads_and_who_refers(site: Site) -> None:
    reads = {login: site.sign_in(login).client.get("/referrals").status_code for login in site.office.actors}
    assert {login for login, status in reads.items() if status == 200} == {
        "liaison", "supervisor", "approver", "approver2", "auditor",
    }  # fmt: skip
    supervisor = site.sign_in("supervisor").get("/referrals")
    assert not any(link.startswith("/referrals/replies") for link in supervisor.links())


def test_the_courts_paper_is_attached_in_the_same_form(site: Site) -> None:
    office = site.office
    case_id = office.walk("two_illegal_hearing_court", until="apply_to_court")
    office.time.day = date(2023, 12, 25)
    liaison = site.sign_in("liaison")
    path = f"/cases/{case_id}/steps/record_acceptance"
    form = liaison.get(path).form_to(path)
    typed = {
        **form.values, "answer-court_paper_no": "（2023）云行审1号", "answer-court_paper_on": "2023-12-25",
        "court_paper": (io.BytesIO(pdf()), "受理通知书.pdf"),
    }  # fmt: skip
    answer = liaison.client.post(path, data=typed, content_type="multipart/form-data", follow_redirects=True)
    assert answer.status_code == 200
    page = liaison.get(f"/referrals/{case_id}")
    assert "受理通知书" in page.text
    hostile = liaison.get(f"/cases/{case_id}/steps/record_execution_allowed")
    form = hostile.form_to(f"/cases/{case_id}/steps/record_execution_allowed")
    typed = {
        **form.values, "answer-court_paper_no": "（2023）云行审2号", "answer-court_paper_on": "2023-12-25",
        "court_paper": (io.BytesIO(b"MZ" + b"\0" * 200), "ruling.pdf"),
    }  # fmt: skip
    answer = liaison.client.post(form.action, data=typed, content_type="multipart/form-data", follow_redirects=True)
    told = answer.get_data(as_text=True)
    assert "The step is recorded, and its paper was not taken." in told
    assert "In execution" in told
