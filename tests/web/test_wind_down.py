"""The wind-down desk, the block on the page of a case, and the board: what the law requires of whom."""

from __future__ import annotations

import csv
import io
from datetime import date

from tests.fee_cases import FEE, fee_cases, undecided
from tests.site import Site
from tests.web.test_calendar_feeds import case_of_another_office

DESK = "/wind-down"


def test_the_desk_says_of_each_case_what_the_law_requires_and_why(site: Site) -> None:
    cases = fee_cases(site.office)
    page = site.sign_in("officer").get(DESK)
    assert page.status == 200
    for said in (
        "6 open cases",
        "Close without a levy",
        "Stop the collection",
        "what was paid stays",
        "Paid: it stands",
        "Withdraw from the court and delist",
        "statute text read",
        "unconfirmed",
        "by the enforcement officer",
        "when the court's paper is in, by the court liaison",
    ):
        assert said in page.text, said
    assert {f"/cases/{case_id}" for case_id in cases.values()} <= set(page.links())


def test_a_class_narrows_the_list_and_what_is_not_known_narrows_nothing(site: Site) -> None:
    cases = fee_cases(site.office, "court", "listed")
    officer = site.sign_in("officer")
    links = [link for link in officer.get(DESK).links() if "class=withdraw_and_delist" in link and "stage=" in link]
    [link] = set(links)
    page = officer.get(link)
    assert f"/cases/{cases['listed']}" in page.links()
    assert f"/cases/{cases['court']}" not in page.links()
    everything = officer.get(f"{DESK}?class=no_such&stage=none&begun=maybe&after=-3")
    assert f"/cases/{cases['court']}" in everything.links()
    nothing = officer.get(f"{DESK}?class=withdraw_and_delist&begun=yes")
    assert "No case fits." in nothing.text


def test_the_list_goes_on_by_key_and_its_length_does_not_hang_on_the_cases(site: Site) -> None:
    made = [undecided(site.office) for _ in range(53)]
    site.office.time.day = site.office.time.day.replace(year=2022)
    officer = site.sign_in("officer")
    first = officer.get(DESK)
    shown = [case_id for case_id in made if f"/cases/{case_id}" in first.links()]
    assert len(shown) == 50
    assert "53 open cases" in first.text
    [onward] = [link for link in first.links() if "after=" in link]
    rest = officer.get(onward)
    assert [case_id for case_id in made if f"/cases/{case_id}" in rest.links()] == made[50:]
    asked = site.statements_of(officer, DESK)
    assert len(asked) <= 12


def test_the_list_goes_into_a_spreadsheet_whole_and_without_formulas(site: Site) -> None:
    cases = fee_cases(site.office, "undecided", "part", "listed")
    site.office.time.day = site.office.time.day.replace(year=2022)
    visitor = site.sign_in("auditor")
    answer = visitor.client.get("/wind-down.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert len(rows) == len(cases)
    part = next(row for row in rows if row["Paid (yuan)"] == "10,000.00")
    assert part["Outstanding (yuan)"] == "35,000.00"
    assert part["What the law requires now"] == "Stop the collection, what was paid stays"
    assert part["Next"] == "Freeze: decided and not fully paid"
    one = visitor.client.get("/wind-down.csv?class=withdraw_and_delist").get_data(as_text=True)
    assert len(one.splitlines()) == 2


def test_an_office_without_such_cases_is_told_what_would_stand_here(site: Site) -> None:
    page = site.sign_in("reviewer").get(DESK)
    assert "nobody waits to be released" in page.text
    assert page.by_id("classes-title") is None


def test_another_office_sees_none_of_these_cases(site: Site) -> None:
    case_of_another_office(site)
    site.office.time.day = site.office.time.day.replace(year=2019)
    fee_cases(site.office, "undecided", "part")
    page = site.sign_in("officer").get(DESK)
    assert "2 open cases" in page.text
    with site.office.application.store.begin() as work:
        stranger = work.staff.by_login("stranger")
    assert stranger is not None
    assert site.office.application.winddown.counts(stranger.actor).total == 0


def test_the_page_of_a_case_says_its_class_and_what_is_left(site: Site) -> None:
    cases = fee_cases(site.office, "listed")
    officer = site.sign_in("officer")
    page = officer.get(f"/cases/{cases['listed']}")
    assert "What the law requires now" in page.text
    assert "Withdraw from the court and delist" in page.text
    assert "What is left until the person is released" in page.text
    assert "Confirm delisting by the court's paper" in page.text
    cashier = site.sign_in("cashier").get(f"/cases/{cases['listed']}")
    assert "What the law requires now" not in cashier.text
    site.office.time.day = date(2026, 3, 2)
    live = site.office.open()
    assert "What the law requires now" not in officer.get(f"/cases/{live}").text


def test_the_words_are_chinese_for_who_reads_chinese(site: Site) -> None:
    fee_cases(site.office, "undecided", "listed")
    officer = site.sign_in("officer")
    officer.send(officer.get("/law").form_to("/language"), locale="zh")
    page = officer.get(DESK)
    for said in ("待清理案件", "向法院撤回申请并申请解除失信、限制", "未经核实"):
        assert said in page.text, said
    assert FEE not in page.text
