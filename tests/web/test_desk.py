"""My desk, the case list, the case page: what they show and how much they ask of the database."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from tests.office import CHECKED
from tests.site import Site

MOST_STATEMENTS = 12
HOSTILE = '=HYPERLINK("http://evil.example") <script>alert(1)</script>'


def overdue_case(site: Site) -> int:
    case_id = site.office.open()
    site.office.advance(case_id, "check_report", CHECKED)
    site.office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    return case_id


def test_an_empty_desk_says_what_would_appear_and_how(site: Site) -> None:
    page = site.sign_in("officer").get("/desk")
    assert "Nothing waits for you." in page.text
    assert "A case appears here when you open it" in page.text
    filtered = site.sign_in("officer").get("/desk?phase=collection")
    assert "Nothing on your desk fits these filters." in filtered.text
    assert "The office has no case yet." in site.sign_in("officer").get("/cases").text
    assert "No message." in site.sign_in("officer").get("/inbox").text


@pytest.mark.parametrize(
    ("day", "group", "words"),
    [
        (date(2026, 3, 2), "Later", "due in 91 days"),
        (date(2026, 5, 31), "Due in 7 days", "due tomorrow"),
        (date(2026, 6, 1), "Due today", "due today"),
        (date(2026, 6, 2), "Overdue", "1 day overdue"),
        (date(2026, 7, 3), "Long overdue", "32 days overdue"),
    ],
)
def test_a_case_stands_where_its_time_limit_puts_it(site: Site, day: date, group: str, words: str) -> None:
    overdue_case(site)
    visitor = site.sign_in("supervisor")
    site.office.time.day = day
    page = visitor.get("/desk")
    heading = page.by_id(f"group-{group.lower().replace(' ', '_')}")
    assert heading is not None
    assert words in page.text
    assert "1 June 2026 Decide the case Then: unlawful delay" in page.text


def test_the_desk_leads_to_the_step_and_the_case(site: Site) -> None:
    case_id = site.office.open()
    page = site.sign_in("officer").get("/desk")
    assert f"/cases/{case_id}/steps/check_report" in page.links()
    assert f"/cases/{case_id}" in page.links()


def test_the_desk_names_only_a_step_that_is_open(site: Site) -> None:
    case_id = site.office.open(second_officer_id=None)
    site.office.advance(case_id, "check_report", CHECKED)
    officer = site.sign_in("officer").get("/desk")
    assert "for the approver" in officer.text
    assert f"/cases/{case_id}/steps/file_case" in site.sign_in("approver").get("/desk").links()
    site.office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    waiting = site.sign_in("officer").get("/desk")
    assert f"/cases/{case_id}/steps/name_officers" not in waiting.links()
    assert "for the supervisor" in waiting.text
    assert f"/cases/{case_id}/steps/name_officers" in site.sign_in("supervisor").get("/desk").links()


def test_the_second_officer_may_be_named_in_the_step_that_names_them(site: Site) -> None:
    case_id = site.office.open(second_officer_id=None)
    site.office.advance(case_id, "check_report", CHECKED)
    site.office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    visitor = site.sign_in("supervisor")
    path = f"/cases/{case_id}/steps/name_officers"
    form = visitor.get(path).form_to(path)
    cards = {"answer-first_card_no": "1", "answer-second_card_no": "2"}
    assert visitor.send_page(form, **cards).status == 422
    second = str(site.office.actors["officer2"].id)
    assert visitor.send(form, **cards, **{"answer-second_officer": second}).location == f"/cases/{case_id}"
    assert "Second officerOfficer2" in visitor.get(f"/cases/{case_id}").text


def test_a_case_whose_law_is_gone_shows_what_is_left_to_do_and_not_the_old_consequence(site: Site) -> None:
    site.office.walk("fee_paid_2011", until="serve_decision")
    site.office.time.day = date(2026, 3, 2)
    visitor = site.sign_in("supervisor")
    for path in ("/desk", "/cases"):
        page = visitor.get(path)
        assert "abolished on 20 August 2021: stop collecting and release the party" in page.text, path
        assert "Then:" not in page.text, path
        assert 'class="why late"' not in page.html, path


def test_filters_are_tags_that_can_be_taken_away(site: Site) -> None:
    site.office.open()
    visitor = site.sign_in("officer")
    page = visitor.get("/desk?regime=two_illegal&phase=investigation&nonsense=1")
    assert "/desk?phase=investigation" in page.links()
    assert "/desk?regime=two_illegal" in page.links()
    assert "Harmony Clinic" in page.text
    listed = visitor.get("/cases?regime=two_illegal&state=report_received&owner=1&overdue=yes&q=x&phase=closed")
    assert "/cases?q=x&regime=two_illegal&state=report_received&owner=1&overdue=yes" in [
        link.replace("&amp;", "&") for link in listed.links()
    ]
    assert "No case fits." in listed.text
    assert "/cases?q=x&phase=closed&owner=1&overdue=yes" in listed.links()


def test_more_of_a_group_is_shown_by_key(site: Site) -> None:
    for number in range(27):
        site.office.open(party_name=f"Clinic {number:02}")
    visitor = site.sign_in("officer")
    page = visitor.get("/desk")
    more = next(link for link in page.links() if "after=" in link)
    following = visitor.get(more)
    assert "only=later" in more
    shown = {f"Clinic {number:02}" for number in range(27) if f"Clinic {number:02}" in page.text}
    rest = {f"Clinic {number:02}" for number in range(27) if f"Clinic {number:02}" in following.text}
    assert (len(shown), len(rest), shown & rest) == (25, 2, set())
    assert visitor.get("/desk?only=later&after=rubbish").status == 200
    rows = list(csv.reader(io.StringIO(visitor.client.get("/desk.csv").get_data(as_text=True).removeprefix("\ufeff"))))
    assert len(rows) == 28


def test_the_case_list_pages_by_key_and_finds_by_number_and_party(site: Site) -> None:
    ids = [site.office.open(party_name=f"Clinic {number:02}") for number in range(52)]
    visitor = site.sign_in("officer")
    page = visitor.get("/cases")
    older = next(link for link in page.links() if "before=" in link)
    following = visitor.get(older)
    assert f"/cases/{ids[0]}" in following.links()
    assert f"/cases/{ids[0]}" not in page.links()
    assert f"/cases/{ids[7]}" in visitor.get("/cases?q=Clinic+07").links()
    assert [link for link in visitor.get("/cases?q=0008").links() if link == f"/cases/{ids[7]}"]
    assert visitor.client.get("/cases?before=no&owner=99999999999999&state=x").status_code == 200


def test_hostile_text_is_text_everywhere(site: Site) -> None:
    case_id = site.office.open(party_name=HOSTILE)
    visitor = site.sign_in("officer")
    for path in ("/desk", "/cases", f"/cases/{case_id}", f"/cases/{case_id}/steps/check_report"):
        page = visitor.get(path)
        assert HOSTILE in page.text
        assert "<script" not in page.html
    exported = visitor.client.get("/desk.csv")
    rows = list(csv.reader(io.StringIO(exported.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[1][3] == f"'{HOSTILE}"
    assert exported.headers["Content-Disposition"] == 'attachment; filename="desk-2026-03-02.csv"'


@pytest.mark.parametrize(
    "path",
    ["/desk", "/cases", "/cases/{case}", "/cases/{case}/steps/check_report", "/inbox", "/reminders/settings", "/law"],
)
def test_a_page_asks_little_however_many_cases_there_are(site: Site, path: str) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("officer")
    few = site.statements_of(visitor, path.format(case=case_id))
    for _ in range(8):
        site.office.open()
    many = site.statements_of(visitor, path.format(case=case_id))
    assert len(few) <= MOST_STATEMENTS
    assert len(many) <= len(few)


def test_a_running_time_limit_answers_why_this_date(site: Site) -> None:
    case_id = overdue_case(site)
    page = site.sign_in("officer").get(f"/cases/{case_id}")
    assert "Why this date?" in page.text
    assert "90 calendar days from 2 March 2026" in page.text
    assert "Administrative Penalty Law" in page.text
    assert "What may be done next" in page.text
    assert "for the supervisor" in page.text
    assert page.by_id("step-3") is not None


def test_the_timeline_shows_one_kind_when_asked(site: Site) -> None:
    case_id = overdue_case(site)
    visitor = site.sign_in("officer")
    assert visitor.get(f"/cases/{case_id}?show=documents").by_id("step-1") is None
    assert visitor.get(f"/cases/{case_id}?show=documents").by_id("step-3") is not None
    assert "Nothing of this kind yet." in visitor.get(f"/cases/{case_id}?show=money").text
    assert visitor.get(f"/cases/{case_id}?show=rubbish").by_id("step-1") is not None


def test_a_number_leads_to_its_case(site: Site) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("officer")
    for number in ("YL-TI-2026-0001", "云卫两非立字〔2026〕0001号"):
        assert visitor.client.get(f"/cases/number/{number}").location == f"/cases/{case_id}"


def test_the_law_of_another_day(site: Site) -> None:
    visitor = site.sign_in("administrator")
    now = visitor.get("/law")
    assert "Law in force on 2 March 2026" in now.text
    assert "cn.apl.decision_90d" in now.text
    assert "ended on 20 August 2021" in now.text
    then = visitor.get("/law?on=2011-03-01")
    assert "Law in force on 1 March 2011" in then.text
    assert "ended on 20 August 2021" not in then.text
    wrong = visitor.get("/law?on=yesterday")
    assert "Give a day such as" in wrong.text
