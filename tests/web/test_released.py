"""The page of those released: how many are still listed, since when, and month by month who was not any more."""

from __future__ import annotations

from datetime import date

import pytest

from caseflow.services.ports.wind_down import ReleasedMonth
from caseflow.services.ports.wind_down_lists import Figure, FigureOf
from caseflow.web.released import MONTHS_DRAWN, consecutive
from tests.fee_cases import PAPER, fee_cases, type_the_courts_papers, type_the_delisting
from tests.office import Office
from tests.site import Site

PAGE = "/wind-down/released"
LISTED = Figure(FigureOf.LISTED)


def withdrawn(office: Office, case_id: int) -> None:
    """Freeze a listed case and withdraw it from the court."""
    day = office.time.day.isoformat()
    frozen = {"frozen_on": day, "paid_state": "unpaid", "kept_amount": "0", "on_defaulter_list": "on",
              "consumption_limited": "on"}  # fmt: skip
    office.advance(case_id, "freeze_in_court", frozen, actor="liaison")
    answers = {"withdrawal_asked_on": day, "closing_reasons": "The law is gone."}
    office.advance(case_id, "withdraw_from_court", answers, actor="liaison")


def test_who_is_listed_since_when_and_the_one_who_waits_longest(site: Site) -> None:
    cases = fee_cases(site.office, "listed")
    auditor = site.sign_in("auditor")
    page = auditor.get(PAGE)
    assert "1 person is still on the list of defaulters" in page.text
    assert "20 June 2020" in page.text
    assert f"/cases/{cases['listed']}" in page.links()
    behind = auditor.get(f"{PAGE}/cases?of=listed&year=2020")
    assert f"/cases/{cases['listed']}" in behind.links()
    assert "Still on the list of defaulters since 2020" in behind.text
    assert "Nobody." in auditor.get(f"{PAGE}/cases?of=listed&year=2019").text
    assert "Nobody." in auditor.get(f"{PAGE}/cases?of=listed&year=unknown").text


def test_who_is_known_as_listed_from_the_freeze_alone_is_counted_too(site: Site) -> None:
    case_id = fee_cases(site.office, "court")["court"]
    withdrawn(site.office, case_id)
    auditor = site.sign_in("auditor")
    page = auditor.get(PAGE)
    assert "1 person is still on the list of defaulters" in page.text
    assert "nobody wrote down" in page.text
    assert "not known" in page.text
    for which in ("", "&year=unknown"):
        assert f"/cases/{case_id}" in auditor.get(f"{PAGE}/cases?of=listed{which}").links()
    assert "Nobody." in auditor.get(f"{PAGE}/cases?of=listed&year=2021").text


def test_a_released_person_leaves_the_figures_of_those_who_wait(site: Site) -> None:
    office, case_id = site.office, fee_cases(site.office, "listed")["listed"]
    auditor = site.sign_in("auditor")

    def behind(of: str, **more: str) -> bool:
        given = "&".join(f"{name}={value}" for name, value in {"of": of, **more}.items())
        return f"/cases/{case_id}" in auditor.get(f"{PAGE}/cases?{given}").links()

    withdrawn(office, case_id)
    assert "1 person waiting for the court's paper on the withdrawal" in auditor.get(PAGE).text
    assert behind("withdrawal")
    assert "Waiting for the court since" in auditor.get("/wind-down?begun=yes").text
    assert "1 November 2021" in auditor.get("/wind-down?begun=yes").text
    office.time.day = date(2021, 12, 6)
    type_the_courts_papers(office, case_id)
    office.time.day = date(2021, 12, 7)
    office.advance(case_id, "ask_delisting", {"delisting_asked_on": "2021-12-07"}, actor="liaison")
    assert behind("delisting")
    assert not behind("withdrawal")
    office.time.day = date(2021, 12, 20)
    type_the_delisting(office, case_id)
    page = auditor.get(PAGE)
    assert "Nobody is on the list of defaulters" in page.text
    assert "December 2021" in page.text
    assert behind("delisted", month="2021-12")
    assert not behind("delisted", month="2021-11")
    assert not behind("listed")
    assert behind("stopped")
    answers = {"written_off_amount": "66336", "legal_reason": "The law is gone."}
    office.advance(case_id, "propose_balance_write_off", answers, actor="officer")
    office.time.day = date(2022, 1, 4)
    office.advance(case_id, "approve_balance_write_off", {"finance_paper_no": PAPER}, actor="approver")
    page = auditor.get(PAGE)
    assert "January 2022" in page.text
    assert "66,336.00 yuan" in page.text
    assert behind("written_off", month="2022-01")
    assert not behind("written_off", month="2021-12")
    assert "66,336.00 yuan" in auditor.get(f"{PAGE}/cases?of=written_off").text


def test_the_figures_and_the_lists_behind_them_count_the_same(site: Site) -> None:
    office, cases = site.office, fee_cases(site.office, "listed")
    second = office.walk("golden_xianyou", until="record_court_measures")
    office.time.day = date(2021, 11, 1)
    withdrawn(office, cases["listed"])
    auditor = site.sign_in("auditor")
    figures = office.application.winddown.released(office.actors["auditor"])
    assert figures.listed_now == 2
    everybody = auditor.get(f"{PAGE}/cases?of=listed")
    assert {f"/cases/{cases['listed']}", f"/cases/{second}"} <= set(everybody.links())
    assert everybody.html.index(f"/cases/{cases['listed']}") < everybody.html.index(f"/cases/{second}"), "longest first"


def test_a_page_of_a_figure_goes_on_by_its_key(site: Site) -> None:
    office, cases = site.office, fee_cases(site.office, "listed")
    office.walk("golden_xianyou", until="record_court_measures")
    actor, lists = office.actors["auditor"], office.application.wind_down_lists
    from_figure = [one.id for one in lists.cases_behind(actor, LISTED).cases]
    first = lists.cases_behind(actor, LISTED, limit=1)
    rest = lists.cases_behind(actor, LISTED, after=first.next_key, limit=1)
    assert [*(one.id for one in first.cases), *(one.id for one in rest.cases)] == from_figure
    assert from_figure[0] == cases["listed"]
    assert rest.next_key is None


@pytest.mark.parametrize("query", ["", "?of=rich", "?of=listed&year=soon", "?of=delisted&month=2021-13"])
def test_what_is_no_figure_is_not_found(site: Site, query: str) -> None:
    assert site.sign_in("auditor").client.get(f"{PAGE}/cases{query}").status_code == 404


def test_a_key_that_is_none_begins_the_list(site: Site) -> None:
    auditor = site.sign_in("auditor")
    for key in ("x", "x.1", ".", "2021-01-01.x", "2021-01-01." + "9" * 30):
        assert auditor.client.get(f"{PAGE}/cases?of=withdrawal&after={key}").status_code == 200, key


def test_the_charts_are_drawn_and_nothing_ranks_anybody(site: Site) -> None:
    fee_cases(site.office, "listed")
    auditor = site.sign_in("auditor")
    for name in ("people", "money"):
        answer = auditor.client.get(f"{PAGE}/{name}.svg")
        assert answer.mimetype == "image/svg+xml"
        assert answer.get_data().startswith(b"<?xml") or b"<svg" in answer.get_data()
    text = auditor.get(PAGE).text
    assert "Officer" not in text.replace("Auditor", "")


def test_months_without_a_release_are_drawn_as_none() -> None:
    months = [ReleasedMonth(date(2021, 12, 1), 2, 100, 1), ReleasedMonth(date(2021, 9, 1), 1, 50, 1)]
    drawn = consecutive(months, date(2022, 1, 15))
    assert [(one.month.isoformat(), one.people) for one in drawn] == [
        ("2021-09-01", 1), ("2021-10-01", 0), ("2021-11-01", 0), ("2021-12-01", 2), ("2022-01-01", 0),
    ]  # fmt: skip
    assert len(consecutive([ReleasedMonth(date(2001, 1, 1), 1, 1, 1)], date(2022, 1, 15))) == MONTHS_DRAWN
