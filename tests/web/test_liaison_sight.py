"""The liaison sees the referral and not the investigation: nothing a crawl reaches says what was written before."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

import psycopg
import pytest

from caseflow.domain.access import Actor, Lent, Role, sees_investigation
from caseflow.services.substitutes import Arrange
from tests.papers import issued
from tests.planted import PLANTED, crawl, plant
from tests.site import Site

WALKS = (
    ("two_illegal_hearing_court", "record_execution_allowed"),
    ("water_hearing_suit_court", "record_acceptance"),
    ("golden_wuqing", "freeze_in_court"),
)


def actor_with(*roles: Role, lent: frozenset[Lent] = frozenset()) -> Actor:
    return Actor(1, 1, "who", "Who", "谁", frozenset(roles), lent=lent)


def addresses(case_id: int, site: Site) -> list[str]:
    """Return what a crawl begins with: the desk's own pages, and every step of the case, linked or not."""
    rules = site.office.application.pages.show(site.office.actors["officer"], case_id).rules
    number = site.office.application.pages.show(site.office.actors["officer"], case_id).header.number
    steps = [f"/cases/{case_id}/steps/{name}" for name in rules.definition.steps]
    return [
        "/desk", "/desk.csv", "/cases", "/inbox", "/substitutes", "/law", f"/cases?q={PLANTED}", f"/cases/{case_id}",
        f"/cases/number/{number}", f"/cases/{case_id}/deadlines.ics", f"/record/find?kind=event&wanted={case_id}",
        "/record", "/samples", "/findings", "/exports", *steps,
    ]  # fmt: skip


@pytest.mark.parametrize(("walk", "until"), WALKS)
def test_a_liaison_reads_nothing_of_the_investigation(site: Site, walk: str, until: str) -> None:
    case_id = plant(site.office, walk, until=until)
    starts = addresses(case_id, site)
    read = dict(crawl(site.sign_in("liaison"), *starts))
    assert f"/cases/{case_id}" in read
    searched = f"/cases?q={PLANTED}"
    assert "No case fits" in read.pop(searched)
    assert leaks(site, read) == []
    officers = site.sign_in("officer").get(f"/cases/{case_id}")
    assert PLANTED in officers.text, "the words are there for who decides"


def test_the_decision_the_demand_and_what_the_party_says_to_it_stay(site: Site) -> None:
    case_id = plant(site.office, "two_illegal_hearing_court", until="apply_to_court")
    page = site.sign_in("liaison").get(f"/cases/{case_id}")
    for told in ("决定书第1号", "送达回证第1号", "当事人未提出异议。", "135,000.00 yuan", "云岭县人民法院"):
        assert told in page.text
    assert "What this step says is for the desks that decide the case." in page.text
    listed = page.text.partition("Documents")[2]
    assert "Investigation report" not in listed


def test_the_list_of_documents_names_none_of_the_investigation(site: Site) -> None:
    case_id = plant(site.office, "two_illegal_hearing_court", until="apply_to_court")
    liaison, officer = (site.sign_in(login).get(f"/cases/{case_id}/papers").text for login in ("liaison", "officer"))
    for before in ("Record of questioning", "Investigation report", "Notice before the penalty"):
        assert before in officer
        assert before not in liaison
    for told in ("Penalty decision", "Demand"):
        assert told in liaison


def papers_of(site: Site, *kinds: str) -> re.Pattern[str]:
    """Return what the addresses of the papers of these kinds look like."""
    with psycopg.connect(site.office.database_url) as connection:
        ids = connection.execute("select id from paper where kind = any(%s)", (list(kinds),)).fetchall()
    return re.compile(rf"/papers/({'|'.join(str(one) for (one,) in ids) or '-'})(/|$)")


def leaks(site: Site, read: Mapping[str, str]) -> list[tuple[str, set[str]]]:
    """Return which addresses tell what words of the investigation, save what the papers for the court tell themselves.

    The decision and the application tell the facts and reasons they rest on. A demand says where to pay, which the
    draft of the decision said first; a record of service, or of the reply to the demand, which officers took it, with
    the numbers of their cards.
    """
    whole = papers_of(site, "penalty_decision", "levy_decision", "court_application")
    in_part = papers_of(site, "demand_letter", "demand_reply", "service_record")
    known = {f"{PLANTED}-draft_decision", f"{PLANTED}-name_officers"}
    found = []
    for address, text in read.items():
        words = set(re.findall(rf"{PLANTED}-[a-z_]+", text))
        if in_part.match(address):
            # A page breaks a long word where its line ends.
            words = {word for word in words if not any(told.startswith(word) for told in known)}
        if words and not whole.match(address):
            found.append((address, words))
    return found


def test_issued_papers_of_the_investigation_stay_with_who_decides(site: Site) -> None:
    case_id = plant(site.office, "two_illegal_hearing_court", until="sign_court_application")
    papers = issued(site.office, case_id, "penalty_notice", "legal_review", "penalty_decision", "demand_letter")
    liaison = site.sign_in("liaison")
    shown = {paper.kind: liaison.get(f"/papers/{paper.id}").status for paper in papers}
    assert {kind for kind, status in shown.items() if status == 200} == {"penalty_decision", "demand_letter"}
    assert len(shown) == 4
    listed = liaison.get(f"/cases/{case_id}/papers").text
    assert "Demand" in listed
    assert "Opinion of the legal review" not in listed
    assert (
        leaks(site, dict(crawl(liaison, f"/cases/{case_id}", f"/cases/{case_id}/papers", f"/referrals/{case_id}")))
        == []
    )


def test_a_liaison_who_checks_a_filing_is_told_the_referral_alone(site: Site) -> None:
    case_id = plant(site.office, "two_illegal_hearing_court", until="sign_court_application")
    site.office.time.day = date(2023, 12, 20)
    site.office.issue(
        case_id, "penalty_decision", "service_record", "demand_letter", "demand_reply", "court_application"
    )
    visitor = site.sign_in("liaison")
    path = f"/cases/{case_id}/steps/apply_to_court"
    form = visitor.get(path).form_to(path)
    typed = {"answer-court_name": "云岭县人民法院", "answer-applied_on": "2023-12-20", "act": "check"}
    checked = visitor.send_page(form, **typed)
    assert checked.status == 200
    assert "云岭县人民法院" in checked.text
    assert PLANTED not in checked.text


def test_a_lent_liaison_desk_sees_no_more(site: Site) -> None:
    office = site.office
    case_id = plant(office, "golden_wuqing", until="record_acceptance")
    day = office.time.day
    with psycopg.connect(office.database_url) as connection:
        # Somebody with no desk of their own over cases: what they read of one, they read as the liaison.
        connection.execute("delete from staff_role where staff_id = %s", (office.actors["payer2"].id,))
        connection.commit()
    people = office.actors
    arranged = Arrange(people["liaison"].id, people["payer2"].id, day, day, "leave", "lent")
    office.application.substitutes.arrange(people["administrator"], arranged)
    visitor = site.sign_in("payer2")
    page = visitor.get(f"/cases/{case_id}")
    assert page.status == 200
    assert PLANTED not in page.text


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        (lambda: actor_with(Role.LIAISON), False),
        (lambda: actor_with(Role.PAYER, Role.LIAISON, lent=frozenset({Lent(Role.LIAISON, 2)})), False),
        (lambda: actor_with(Role.ADMINISTRATOR), False),
        (lambda: actor_with(Role.OFFICER, Role.LIAISON), True),
        (lambda: actor_with(Role.LIAISON, Role.OFFICER, lent=frozenset({Lent(Role.OFFICER, 2)})), True),
        (lambda: actor_with(Role.AUDITOR), True),
        (lambda: actor_with(Role.SUPERVISOR), True),
    ],
)
def test_who_sees_the_investigation(who: Callable[[], Actor], sees: bool) -> None:
    assert sees_investigation(who()) is sees


def test_an_officer_who_is_also_the_liaison_sees_it(site: Site) -> None:
    case_id = plant(site.office, "golden_wuqing", until="record_acceptance")
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute("insert into staff_role select id, 'liaison' from staff where login = 'officer2'")
        connection.commit()
    assert PLANTED in site.sign_in("officer2").get(f"/cases/{case_id}").text
