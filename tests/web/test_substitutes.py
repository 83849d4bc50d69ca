"""The pages of substitutes: typed, kept, confirmed, and said on the desk and the case page in both languages."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from caseflow.services.substitutes import Arrange
from tests.office import CHECKED, Office
from tests.site import Site

MOST_STATEMENTS = 12


def arranged(office: Office, away: str, substitute: str, last: int = 7) -> int:
    people, today = office.actors, office.time.day
    request = Arrange(
        people[away].id, people[substitute].id, today, today + timedelta(days=last), "leave", f"{away}-{substitute}"
    )
    return office.application.substitutes.arrange(people["administrator"], request)


def test_the_administrator_arranges_and_ends(site: Site) -> None:
    people, visitor = site.office.actors, site.sign_in("administrator")
    assert "Nobody stands in for anybody yet." in visitor.get("/substitutes").text
    form = visitor.get("/substitutes/new").form_to("/substitutes/new")
    chosen = {"away": str(people["approver"].id), "substitute": str(people["reviewer"].id)}
    wrong = visitor.send_page(form, **chosen, until_on="2026-03-01", reason="")
    assert wrong.status == 422
    assert wrong.by_id("until_on").get("aria-invalid") == "true"
    assert wrong.by_id("reason-fault-1") is not None
    assert wrong.by_id("until_on").get("value") == "2026-03-01"
    assert wrong.form_to("/substitutes/new").values["away"] == chosen["away"]
    confirm = visitor.send_page(form, **chosen, until_on="2026-03-09", reason="Annual leave")
    assert "It lends: approver" in confirm.text
    assert site.counts()["substitution"] == 0
    again = confirm.form_to("/substitutes/new")
    assert visitor.send_page(again, act="back").by_id("reason").get("value") == "Annual leave"
    for _ in range(2):
        answer = visitor.send(again, act="confirm")
        assert (answer.status_code, answer.location) == (302, "/substitutes")
    assert site.counts()["substitution"] == 1
    page = visitor.get("/substitutes")
    assert "Approver Reviewer 2 March 2026 9 March 2026 In force" in page.text
    (end,) = [link for link in page.links() if link.endswith("/end")]
    asked = visitor.get(end).form_to(end)
    assert visitor.send(asked, when="rubbish").status_code == 400
    assert visitor.send(asked, when="now").status_code == 302
    assert "ended as of 2 March 2026 by Administrator" in visitor.get("/substitutes?standing=past").text
    assert visitor.get("/substitutes?standing=coming").text.count("No arrangement stands so.") == 1
    late = visitor.send_page(asked, when="now")
    assert (late.status, "It was ended already" in late.text) == (422, True)


def test_whoever_is_no_administrator_sees_and_arranges_their_own(site: Site) -> None:
    office = site.office
    others, own = arranged(office, "approver", "reviewer"), arranged(office, "officer", "officer2")
    officer = site.sign_in("officer")
    page = officer.get("/substitutes")
    assert ("Approver" in page.text, "Officer2" in page.text) == (False, True)
    assert officer.client.get(f"/substitutes/{others}/end").status_code == 404
    assert officer.client.get(f"/substitutes/{own}/end").status_code == 200
    substitute = site.sign_in("officer2")
    assert substitute.client.get(f"/substitutes/{own}/end").status_code == 403
    assert "Nobody of your office holds every role" in site.sign_in("liaison").get("/substitutes/new").text
    # The form of whoever is no administrator is about themselves, whatever is sent.
    form = substitute.get("/substitutes/new").form_to("/substitutes/new")
    chosen = {"away": str(office.actors["approver"].id), "substitute": str(office.actors["officer"].id)}
    refused = substitute.send_page(form, **chosen, until_on="2026-03-04", reason="leave")
    assert refused.status == 422
    assert refused.by_id("away-fault-1") is not None
    assert site.counts()["substitution"] == 2


def test_the_desk_and_the_case_say_for_whom_in_both_languages(site: Site) -> None:
    office = site.office
    case_id = office.open()
    arranged(office, "officer", "liaison")
    substitute = office.application.staff.signed_in(office.actors["liaison"].id)
    assert substitute is not None
    office.actors["liaison"] = substitute
    office.advance(case_id, "check_report", CHECKED, actor="liaison")
    visitor = site.sign_in("liaison")
    before = site.counts()
    desk = visitor.get("/desk")
    assert "You stand in for Officer until 9 March 2026." in desk.text
    assert "Officer for Officer" in desk.text
    assert "standing in : enforcement officer" in desk.text.replace("in: ", "in : ")
    assert "/cases/new" not in desk.links()
    page = visitor.get(f"/cases/{case_id}")
    assert "away until 9 March 2026: Liaison stands in" in page.text
    assert "Liaison, enforcement officer · for Officer" in page.text
    assert len(site.statements_of(visitor, "/desk")) <= MOST_STATEMENTS
    assert len(site.statements_of(visitor, f"/cases/{case_id}")) <= MOST_STATEMENTS
    assert len(site.statements_of(visitor, "/substitutes")) <= MOST_STATEMENTS
    assert site.counts() == before
    assert "Liaison stands in for you until 9 March 2026." in site.sign_in("officer").get("/desk").text
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update staff set locale = 'zh'")
    assert "您代officer之岗，至2026年3月9日。" in visitor.get("/desk").text
    assert "离岗至2026年3月9日，由liaison代岗" in visitor.get(f"/cases/{case_id}").text
    assert "代岗" in visitor.get("/substitutes").text
    office.time.day += timedelta(days=8)
    desk = visitor.get("/desk")
    assert ("代officer" in desk.text, "/cases/new" in desk.links()) == (False, False)


def test_what_was_lent_is_gone_with_the_next_request(site: Site) -> None:
    office = site.office
    made = arranged(office, "supervisor", "payer")
    visitor = site.sign_in("payer")
    assert visitor.client.get("/desk").status_code == 200
    assert visitor.client.get("/ledger/close").status_code == 403
    office.application.substitutes.end(office.actors["administrator"], made)
    assert visitor.client.get("/desk").status_code == 403
