"""Whatever posts money, decides, or cannot be undone asks for a fresh proof; what does not ask says here why."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from caseflow.domain.access import Permission
from caseflow.domain.submissions import Kind
from caseflow.web.security import asks_fresh_proof
from tests.site import PASSWORD, Page, Site, Visitor
from tests.submitted import person_of, submit
from tests.web.route_table import ROUTES
from tests.web.test_bank_pages import entered, with_receipts
from tests.web.test_sign_in_steps import SAME_SITE, long_ago

PREPARES = "prepares: another person decides, who is asked for the proof"
TAKEN_BACK = "can be taken back, and moves no money"
ONLY_LESS = "takes something away from its owner, gives nothing"
READS = "hands out one file, whose reading is recorded"
UPLOAD = "keeps a file to look at; what is made of it is another route, which asks"
OWN_SETTING = "a setting of the reader, changed at will"
COLUMNS = "says how a file is read; it is changed at will until the file is entered, which asks"
DRAFT = "a draft: it says nothing to anybody before it is issued, which asks"
WRITTEN_ANEW = "a note; a newer one counts in its place, and it moves no money"

# Every route that staff write to and that asks for no fresh proof, with the reason.
NEEDS_NO_FRESH_PROOF: Mapping[str, str] = {
    "/my-sign-in/password": "the old password is the proof",
    "/my-sign-in/sessions/<int:session_id>/end": ONLY_LESS,
    "/my-sign-in/sessions/end-others": ONLY_LESS,
    "/confirm": "is the proof itself",
    "/sign-out": ONLY_LESS,
    "/tokens/<int:token_id>/revoke": ONLY_LESS,
    "/cases/<int:case_id>/steps/<name>": "asks by itself where the step is weighty: test_sign_in_steps",
    "/cases/<int:case_id>/files": "evidence that is added; it is withdrawn for a reason, and never lost",
    "/cases/<int:case_id>/files/<int:file_id>/download": READS,
    "/cases/<int:case_id>/files/<int:file_id>/withdraw": "the file stays, and may be added again; it decides nothing",
    "/cases/<int:case_id>/service": "a note of an attempt that failed: nothing counts as served by it",
    "/cases/<int:case_id>/papers": DRAFT,
    "/cases/<int:case_id>/why": "a reason to read, kept until the end of the day",
    "/cases/new/<regime>": "begins a case: it claims and decides nothing yet",
    "/imports/new": UPLOAD,
    "/imports/<int:import_id>/annotated": READS,
    "/imports/<int:import_id>/check": "looks at the rows again, and imports nothing",
    "/imports/<int:import_id>/columns": COLUMNS,
    "/imports/<int:import_id>/drop": "gives up what was uploaded before anything of it is a case",
    "/imports/<int:import_id>/rows/<int:number>": "one case, as the form of a new one; a page may not keep its cells",
    "/referrals/<int:case_id>/bundle": READS,
    "/referrals/<int:case_id>/evidence": TAKEN_BACK,
    "/referrals/replies": UPLOAD,
    "/bank/files": UPLOAD,
    "/bank/files/<int:file_id>/columns": COLUMNS,
    "/bank/lines/<int:line_id>/note": TAKEN_BACK,
    "/samples/new": "draws what is looked at; it decides nothing",
    "/samples/<int:sample_id>/verdicts": WRITTEN_ANEW,
    "/findings/new": "asks the office; closing or withdrawing it asks",
    "/inbox/read": OWN_SETTING,
    "/reminders/calendar": TAKEN_BACK,
    "/reminders/calendar/revoke": ONLY_LESS,
    "/reminders/mail": OWN_SETTING,
    "/reminders/mute": OWN_SETTING,
    "/reminders/unmute": OWN_SETTING,
    "/papers/<int:paper_id>": DRAFT,
    "/papers/<int:paper_id>/take-back": DRAFT,
    "/papers/<int:paper_id>/drop": DRAFT,
    "/papers/<int:paper_id>/correct": DRAFT,
    "/submissions/<int:submission_id>/files/<int:position>/download": READS,
    "/training/date": "a training database only, where nothing is real",
    "/health/notices/<int:number>/retry": "tries again what was to be sent anyway",
    "/health/mail/<int:number>/retry": "tries again what was to be sent anyway",
    "/health/mail/retry": "tries again what was to be sent anyway",
    "/substitutes/<int:substitution_id>/end": ONLY_LESS,
    "/calendar/new": TAKEN_BACK,
    "/calendar/<day>/remove": TAKEN_BACK,
    "/wind-down/runs/new": PREPARES,
    "/reading/requests": PREPARES,
    "/retention/holds/new": "keeps what would be erased, and can be ended",
    "/retention/runs/new": PREPARES,
    "/search/identity": "reads, and writes only that it was asked",
}


def test_every_route_that_writes_asks_for_a_fresh_proof_or_says_why_not(site: Site) -> None:
    asking = asks_fresh_proof(site.app)
    writing = {path for (method, path), asked in ROUTES.items() if method == "POST" and isinstance(asked, Permission)}
    unasked = {
        rule.rule
        for rule in site.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.rule in writing and rule.endpoint not in asking
    }
    assert unasked - NEEDS_NO_FRESH_PROOF.keys() == set(), "neither @needs(..., confirmed=True) nor a reason here"
    assert NEEDS_NO_FRESH_PROOF.keys() - unasked == set(), "a reason for a route that asks, or is gone"


def proven(visitor: Visitor, asked: Page, path: str) -> Page:
    """Show who one is on the page that asks; return the page from which what was sent goes on."""
    assert (asked.status, "Is it still you?" in asked.text) == (403, True)
    [asks] = [one for one in asked.forms() if one.action == "/confirm"]
    kept = visitor.send_page(asks, password=PASSWORD)
    assert kept.form_to(path).action == path
    return kept


@pytest.mark.parametrize("all_at_once", [False, True])
def test_money_is_put_in_suspense_after_a_fresh_proof_with_the_reason_that_was_typed(
    site: Site, *, all_at_once: bool
) -> None:
    cashier = with_receipts(site).sign_in("cashier")
    entered(cashier)
    listed = cashier.get("/bank/lines?state=open")
    chosen = [one.get("value") for one in listed.tree.iter("input") if one.get("name") == "line"]
    path = "/bank/lines/suspend" if all_at_once else f"/bank/lines/{chosen[0].partition(':')[0]}/suspend"
    page = listed if all_at_once else cashier.get(path.removesuffix("/suspend"))
    sent = {**page.form_to(path).values, **({"line": chosen} if all_at_once else {"reason": "Who is it from?"})}
    long_ago(site)
    before = site.counts()
    asked = Page(cashier.client.post(path, data=sent, headers=SAME_SITE))
    assert site.counts() == before
    again = proven(cashier, asked, path)
    kept = [one.get("value") for one in again.tree.iter("input") if one.get("name") == "line"]
    assert kept == (chosen if all_at_once else [])
    sent["csrf_token"] = again.form_to(path).values["csrf_token"]
    if not all_at_once:
        assert again.form_to(path).values["reason"] == "Who is it from?"
    assert cashier.client.post(path, data=sent, headers=SAME_SITE).status_code == 302
    assert site.counts() != before


def test_an_answer_written_too_long_after_the_proof_comes_back_as_it_was_typed(site: Site) -> None:
    case_id = site.office.open()
    submit(site.office, person_of(site.office, case_id), Kind.STATEMENT)
    officer = site.sign_in("officer")
    officer.get(f"/cases/{case_id}")
    [path] = [link for link in officer.get("/submissions").links() if link.startswith("/submissions/")]
    form = officer.get(path).form_to(f"{path}/answer")
    long_ago(site)
    typed = {**form.values, "outcome": "noted", "reasons": "We looked at it with care.", "act": "confirm"}
    before = site.counts()
    asked = Page(officer.client.post(f"{path}/answer", data=typed, headers=SAME_SITE))
    assert site.counts() == before
    again = officer.send_page(proven(officer, asked, f"{path}/answer").form_to(f"{path}/answer"), act="back")
    assert "We looked at it with care." in again.text
