"""An escalated case: what its page says, how the lists mark it, who may follow it."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from tests.reminded import LONG_OVER, execute, filed, name_head, sweep
from tests.site import Page, Site


def section(page: Page, name: str) -> str:
    found = next(one for one in page.tree.iter("section") if one.get("aria-labelledby") == name)
    return " ".join("".join(found.itertext()).split())


@pytest.fixture
def case_id(site: Site) -> int:
    found = filed(site.office)
    sweep(site.office, date(2026, 6, 2))
    return found


def test_a_case_page_says_to_whom_it_was_escalated_and_when(site: Site, case_id: int) -> None:
    visitor = site.sign_in("officer")
    page = visitor.get(f"/cases/{case_id}")
    assert "Escalated to the supervisor on 2 June 2026: Decide the case, due 1 June 2026" in page.text
    ended = section(page, "ran-out-title")
    assert "Decide the case: the time of this office ran out on 1 June 2026; unlawful delay" in ended
    assert "over since 2 June 2026 · not ended yet" in ended
    sweep(site.office, LONG_OVER)
    assert "Escalated to the head of the office on 12 June 2026" in visitor.get(f"/cases/{case_id}").text
    visitor.send(page.form_to("/language"), locale="zh")
    assert "2026年6月12日已上报机关负责人" in visitor.get(f"/cases/{case_id}").text


def test_a_case_page_lists_the_reminders_given_and_narrows_them(site: Site, case_id: int) -> None:
    visitor = site.sign_in("officer")
    given = section(visitor.get(f"/cases/{case_id}"), "reminders-title")
    assert "25 May 2026 Decide the case: 7 days before the end to the officer of the case" in given
    assert "given on 2 June 2026" in given
    escalated = section(visitor.get(f"/cases/{case_id}?given=escalations"), "reminders-title")
    assert "Decide the case: 1 working day after the end Escalated to the supervisor" in escalated
    assert "7 days before" not in escalated
    assert "when the limit has run out" in section(visitor.get(f"/cases/{case_id}?given=ends"), "reminders-title")
    assert "7 days before" in section(visitor.get(f"/cases/{case_id}?given=rubbish"), "reminders-title")
    site.office.time.day = date(2026, 3, 2)
    fresh = visitor.get(f"/cases/{site.office.open()}")
    assert "No reminder was given on this case." in fresh.text
    assert "Escalated" not in fresh.text
    assert "Time limits that ran out" not in fresh.text


def test_a_right_of_the_party_that_ended_is_said_to_be_theirs(site: Site) -> None:
    case_id = site.office.walk("two_illegal_hearing_court", until="serve_hearing_right")
    sweep(site.office, date.fromordinal(site.office.time.day.toordinal() + 15))
    ended = section(site.sign_in("officer").get(f"/cases/{case_id}"), "ran-out-title")
    assert "the time of the person concerned ran out on" in ended
    assert "this office" not in ended


def test_both_lists_mark_an_escalated_case_and_the_desk_is_narrowed_to_them(site: Site, case_id: int) -> None:
    site.office.time.day = date(2026, 3, 2)
    calm = site.office.open(party_name="Calm Clinic")
    site.office.time.day = date(2026, 6, 2)
    for login, path in (("supervisor", "/desk"), ("officer", "/cases")):
        page = site.sign_in(login).get(path)
        assert page.text.count("Escalated to the supervisor") == 1, path
    supervisor = site.sign_in("supervisor")
    page = supervisor.get("/desk?escalated=yes")
    assert f"/cases/{case_id}" in page.links()
    assert f"/cases/{calm}" not in page.links()
    assert "/desk" in page.links()
    assert "Overdue1" in page.text.replace(" ", "")
    exported = list(csv.reader(io.StringIO(supervisor.client.get("/desk.csv?escalated=yes").get_data(as_text=True))))
    assert [row[-1] for row in exported] == ["Escalation", "Escalated to the supervisor"]
    assert len(site.statements_of(supervisor, "/desk?escalated=yes")) <= 12
    execute(site.office, "update clock set status = 'met', closed_on = '2026-06-02'")
    assert "Nothing on your desk fits these filters." in supervisor.get("/desk?escalated=yes").text
    assert "Escalated to the supervisor on" not in supervisor.get(f"/cases/{case_id}").text


def test_the_head_of_the_office_hears_of_it_and_follows_it_as_far_as_the_role_reads(site: Site) -> None:
    for number, (head, reads) in enumerate((("approver2", True), ("payer", False)), 1):
        site.office.time.day = date(2026, 3, 2)
        case_id = filed(site.office)
        name_head(site.office, head)
        sweep(site.office, LONG_OVER)
        visitor = site.sign_in(head)
        page = visitor.get("/inbox?about=reminders")
        assert "Escalated to the head of the office" in page.text
        assert "due 1 June 2026; reminder 5 working days after the end" in page.text
        assert f"YL-TI-2026-000{number}" in page.text
        assert (f"/cases/{case_id}" in page.links()) is reads, head
        assert (visitor.client.get(f"/cases/{case_id}").status_code == 200) is reads, head
