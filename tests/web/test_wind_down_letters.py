"""Letters of the wind-down that are not issued: every page that says the court is asked says that it was not told."""

from __future__ import annotations

from caseflow.services.papers import PaperAct
from tests.fee_cases import fee_cases
from tests.papers import reviewed
from tests.site import Site
from tests.web.test_wind_down_runs import approved, prepared, work

TOLD = "not issued: the court has not been told"
WAITING = "letters are still not issued"


def withdrawn(site: Site, *stages: str) -> tuple[int, dict[str, int]]:
    cases = fee_cases(site.office, *stages)
    run_id = prepared(site, *cases.values(), by="supervisor")
    approved(site, run_id)
    work(site, run_id)
    return run_id, cases


def test_pages_that_say_the_court_is_asked_say_that_it_was_not_told(site: Site) -> None:
    run_id, cases = withdrawn(site, "undecided", "court", "listed")
    supervisor, liaison = site.sign_in("supervisor"), site.sign_in("liaison")
    run = supervisor.get(f"/wind-down/runs/{run_id}")
    for page in (run, supervisor.get("/wind-down"), supervisor.get("/wind-down/released"), liaison.get("/referrals")):
        assert f"3 {WAITING}" in page.text
        assert any(link.startswith("/wind-down/letters?kind=withdrawal_letter") for link in page.links())
    for page in (run, supervisor.get("/wind-down"), liaison.get("/referrals?column=withdrawn")):
        assert page.text.count(TOLD) == 2
    assert "Draft begun, to be reviewed and issued:" in run.text
    letters = supervisor.get(f"/wind-down/letters?run={run_id}&kind=withdrawal_letter")
    assert {f"/cases/{cases['court']}", f"/cases/{cases['listed']}"} <= set(letters.links())
    assert f"/cases/{cases['undecided']}" not in letters.links()
    [paper] = {link for link in letters.links() if link.startswith("/papers/")} - papers_of(site, cases["listed"])
    assert liaison.get(paper).status == 200
    issue(site, int(paper.rsplit("/", 1)[1]))
    assert f"2 {WAITING}" in supervisor.get("/wind-down/released").text
    again = supervisor.get(f"/wind-down/runs/{run_id}")
    assert again.text.count(TOLD) == 1
    assert f"/cases/{cases['court']}" not in supervisor.get("/wind-down/letters?kind=withdrawal_letter").links()
    assert len(site.statements_of(supervisor, f"/wind-down/runs/{run_id}")) <= 14


def papers_of(site: Site, case_id: int) -> set[str]:
    page = site.sign_in("supervisor").get(f"/cases/{case_id}/papers")
    return {link for link in page.links() if link.startswith("/papers/")}


def issue(site: Site, paper_id: int) -> None:
    shown = reviewed(site.office, paper_id, "supervisor")
    site.office.application.papers.issuing.issue(
        site.office.actors["supervisor"], PaperAct(paper_id, shown.paper.version)
    )


def test_nothing_is_said_where_every_letter_is_issued(site: Site) -> None:
    page = site.sign_in("officer").get("/wind-down/letters")
    assert page.status == 200
    assert "Every letter is issued." in page.text
    assert "not issued" not in site.sign_in("officer").get("/wind-down/released").text
    assert site.sign_in("officer").get(f"/wind-down/letters?run={2**62 + 1}").status == 404
