"""Samples and findings on their pages: typed, kept, confirmed, told, and nothing else written by an auditor."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from caseflow import bootstrap
from caseflow.domain.access import Permission
from caseflow.domain.ledger import Account, Line
from caseflow.services.ledger import Posting
from caseflow.web.person_access import PERSON
from caseflow.web.security import PUBLIC
from tests.sealed import settle
from tests.site import PASSWORD, Form, Page, Site, Visitor
from tests.web.test_routes import routes_of

MOST_STATEMENTS = 12
BANK, SUSPENSE = Account("1201", "collecting_bank"), Account("2103", "suspense")


@pytest.fixture
def entry_key(site: Site) -> str:
    for fen in (10_000, 250_000, 300):
        posting = Posting(f"in:{uuid.uuid4()}", Line.INCOME, [("suspend", BANK, SUSPENSE, fen)])
        key = site.office.application.ledger.post(site.office.actors["cashier"], posting)[0].key
    settle(site.office.database_url)
    return key


@pytest.fixture
def auditor(site: Site) -> Visitor:
    return site.sign_in("auditor")


@pytest.fixture
def supervisor(site: Site) -> Visitor:
    return site.sign_in("supervisor")


def drawn(auditor: Visitor, **typed: str) -> Page:
    form = auditor.get("/samples/new").form_to("/samples/new")
    answer = auditor.send(form, **{"purpose": "All receipts", "line": "income", "size": "2", **typed})
    assert answer.status_code == 302, Page(answer).text
    return auditor.get(answer.location)


def raised(auditor: Visitor, path: str = "/findings/new", **typed: str) -> str:
    form = auditor.get(path).form_to("/findings/new")
    answer = auditor.send(form, **{"title": "No slip", "text": "Line one\nline two", "severity": "high", **typed})
    assert answer.status_code == 302, Page(answer).text
    return str(answer.location)


def test_a_sample_is_drawn_judged_and_drawn_again(entry_key: str, auditor: Visitor) -> None:
    assert entry_key
    assert "No sample was drawn yet." in auditor.get("/samples").text
    page = drawn(auditor, method="monetary_unit")
    assert "3 transfers, 2,603.00 yuan" in page.text
    assert "reaches the interval" in page.text
    action = next(form.action for form in page.forms() if form.action.endswith("/verdicts"))
    form = page.form_to(action)
    typed = {"verdict-1": "finding", "note-1": "no slip"}
    for _ in range(2):
        assert auditor.client.post(action, data={**form.values, **typed}).status_code == 302
    judged = auditor.get(action.removesuffix("/verdicts"))
    assert "Looked at 1" in judged.text
    assert judged.by_id("note-1").get("value") == "no slip"
    assert any("about=sample_item" in link for link in judged.links())
    assert "It comes out the same." in auditor.get(f"{action.removesuffix('/verdicts')}/again").text
    assert "All receipts" in auditor.get("/samples").text
    fresh = judged.form_to(action)
    late = auditor.client.post(action, data={**fresh.values, "note-1": "x" * 501})
    assert late.status_code == 422
    assert Page(late).by_id("note-1").get("value") == "x" * 501
    assert auditor.get("/samples/4242").status == auditor.get("/samples/4242/again").status == 404


def test_what_was_typed_for_a_sample_is_kept_with_what_is_wrong(auditor: Visitor) -> None:
    form = auditor.get("/samples/new").form_to("/samples/new")
    page = auditor.send_page(form, purpose="Spring", size="many", booked_from="soon", line="expenditure")
    assert page.status == 422
    assert "Give a number from 1 to 500." in page.text
    assert "Give a day such as 8 March 2026" in page.text
    assert page.by_id("purpose").get("value") == "Spring"
    assert page.by_id("line-expenditure").get("checked") is not None
    empty = auditor.send_page(form, purpose="Spring", line="income")
    assert "No transfer was booked there" in empty.text


def test_an_operation_of_the_other_line_is_refused_at_its_field(entry_key: str, auditor: Visitor) -> None:
    assert entry_key
    form = auditor.get("/samples/new").form_to("/samples/new")
    typed = {"purpose": "Payments", "size": "2", "booked_to": "2026-12-31"}
    page = auditor.send_page(form, **typed, line="income", operation="pay")
    assert page.status == 422
    assert "#operation" in page.links()
    assert "This line has no such operation" in page.text
    assert "No sample was drawn yet." in auditor.get("/samples").text
    # What was typed is kept, and both lines stand to choose from; otherwise only the chosen line does.
    assert [one.get("value") for one in page.by_id("operation").iter("option") if one.get("selected") is not None] == [
        "pay"
    ]
    offered = {one.get("value") for one in auditor.get("/samples/new?line=income").by_id("operation").iter("option")}
    assert "remit" in offered
    assert "pay" not in offered


def test_a_finding_is_raised_replied_to_followed_up_and_closed(
    site: Site, entry_key: str, auditor: Visitor, supervisor: Visitor
) -> None:
    assert "No finding was raised yet." in auditor.get("/findings").text
    entry = auditor.get(f"/ledger/entries/{entry_key}")
    link = next(link for link in entry.links() if "about=transfer" in link)
    path = raised(auditor, link)
    assert "No slip" in auditor.get(f"/ledger/entries/{entry_key}").text
    delivery = bootstrap.build_delivery(site.office.database_url)
    delivery.drain()
    delivery.close()
    inbox = supervisor.get("/inbox")
    assert "Finding 1 raised: No slip. Reply by 16 March 2026" in inbox.text
    assert path in inbox.links()
    assert "1 finding: Waits for the office's reply" in supervisor.get("/money").text
    form = supervisor.get(path).form_to(f"{path}/reply")
    wrong = supervisor.send_page(form, text=" ")
    assert wrong.status == 422
    assert "Write a text of at most 10,000 characters." in wrong.text
    for _ in range(2):
        assert supervisor.send(form, text="Asked the bank.").status_code == 302
    follow = auditor.get(path).form_to(f"{path}/audit")
    again = auditor.send_page(follow, text="And?", due_on="never", kind="follow_up")
    assert again.status == 422
    assert "And?" in again.form_to(f"{path}/audit").values["text"]
    assert auditor.send(follow, text="And?", due_on="2026-03-20", kind="follow_up").status_code == 302
    late = auditor.send_page(follow, text="Done.", kind="closing")
    assert late.status == 422
    reply = supervisor.get(path).form_to(f"{path}/reply")
    supervisor.send(reply, text="Here it is.")
    closing = auditor.get(path).form_to(f"{path}/audit")
    asked = auditor.send_page(closing, text="Settled.", kind="closing")
    assert "it cannot be opened again" in asked.text
    assert "Waits for the auditor" in auditor.get(path).text
    confirm = asked.form_to(f"{path}/audit")
    assert auditor.send_page(confirm, act="back").form_to(f"{path}/audit").values["text"] == "Settled."
    assert auditor.send(confirm, act="confirm").status_code == 302
    closed = auditor.get(path)
    assert "Closed by the auditor" in closed.text
    assert [form.action for form in closed.forms()] == ["/language", "/sign-out"]
    assert "No slip" in auditor.get("/findings?standing=closed").text
    assert "No finding stands so." in auditor.get("/findings?standing=awaits_reply").text
    assert auditor.get("/findings/4242").status == 404


def test_what_was_typed_for_a_finding_is_kept_with_what_is_wrong(auditor: Visitor) -> None:
    form = auditor.get("/findings/new?about=receipt&receipt_number=A0017").form_to("/findings/new")
    assert (form.values["about"], form.values["receipt_number"]) == ("receipt", "A0017")
    page = auditor.send_page(form, text="Half\nsaid", reply_due_on="2020-01-01")
    assert page.status == 422
    for words in ("Give a title", "Choose how grave it is", "Give a day that is not past"):
        assert words in page.text
    kept = page.form_to("/findings/new")
    assert (kept.values["text"], kept.values["receipt_number"]) == ("Half\nsaid", "A0017")
    unknown = auditor.send_page(kept, about="case", case_number="NO-SUCH", title="T", severity="low",
                                reply_due_on="2026-04-01")  # fmt: skip
    assert "The office has no such thing" in unknown.text
    assert unknown.by_id("case_number").get("aria-invalid") == "true"


def test_a_finding_typed_while_the_session_ended_is_kept(auditor: Visitor) -> None:
    form = auditor.get("/findings/new").form_to("/findings/new")
    auditor.send(auditor.get("/desk").form_to("/sign-out"))
    answer = auditor.client.post(
        form.action, data={**form.values, "title": "Typed for an hour"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    page = auditor.send_page(Page(answer).form_to("/sign-in"), login="auditor", password=PASSWORD)
    back = auditor.send_page(page.form_to("/findings/new"), act="back")
    assert back.form_to("/findings/new").values["title"] == "Typed for an hour"


@pytest.mark.parametrize("path", ["/samples", "/findings", "/findings/new", "/samples/new", "/money"])
def test_an_audit_page_asks_little_of_the_database(site: Site, auditor: Visitor, path: str) -> None:
    raised(auditor)
    assert len(site.statements_of(auditor, path)) <= MOST_STATEMENTS


def test_a_sample_page_and_a_finding_page_ask_little_of_the_database(
    site: Site, entry_key: str, auditor: Visitor
) -> None:
    assert entry_key
    drawn(auditor, size="3")
    finding = raised(auditor)
    for path in ("/samples/1", "/samples/1/again", finding):
        assert len(site.statements_of(auditor, path)) <= MOST_STATEMENTS


# What an auditor may send: their session and ways to sign in, language, inbox, own reminders, calendar, absence, tokens
# and training date, an export and a reading of a file (a note of who took it), why they open a file, a search that
# notes itself, asking to read more, samples and findings; and what anybody may send who is not signed in.
FILE_READ = "/cases/<int:case_id>/files/<int:file_id>/download"
# Who audits may be the second person of a run, and holds what an audit needs.
OF_RETENTION = {
    "/retention/holds/new": Permission.HOLD_CASES, "/retention/holds/<int:hold_id>/end": Permission.HOLD_CASES,
    "/retention/runs/<int:run_id>/approve": Permission.APPROVE_RETENTION,
    "/retention/runs/<int:run_id>/go-on": Permission.APPROVE_RETENTION,
    "/retention/runs/<int:run_id>/end": Permission.READ_RETENTION,
}  # fmt: skip
OF_THE_AUDITOR = {
    "/sign-in", "/sign-out", "/language", "/inbox/read", "/training/date", "/exports", "/samples/new",
    "/samples/<int:sample_id>/verdicts", "/findings/new", "/findings/<int:finding_id>/audit",
    "/reminders/mail", "/reminders/mute", "/reminders/unmute", "/reminders/calendar", "/reminders/calendar/revoke",
    "/substitutes/new", "/substitutes/<int:substitution_id>/end", FILE_READ,
    "/sign-in/second", "/sign-in/enrol", "/sign-in/passkey", "/sign-in/enrol/passkey", "/sign-in/openid/confirm",
    "/enrol", "/confirm", "/my-sign-in/password", "/my-sign-in/app", "/my-sign-in/app/code", "/my-sign-in/app/remove",
    "/my-sign-in/recovery-codes", "/my-sign-in/sessions/<int:session_id>/end", "/my-sign-in/sessions/end-others",
    "/my-sign-in/passkeys", "/my-sign-in/passkeys/<int:passkey_id>/remove",
    "/my-sign-in/openid/<int:identity_id>/unbind", "/tokens", "/tokens/<int:token_id>/revoke",
    "/my-case/sign-in", "/my-case/sign-out", "/my-case/passphrase", "/my-case/submit/<name>",
    "/my-case/submissions/<int:case_no>/withdraw", "/verify",
    "/cases/<int:case_id>/why", "/reading/requests", "/search/identity", *OF_RETENTION,
}  # fmt: skip


def test_an_auditor_writes_nothing_but_samples_findings_and_on_retention(site: Site, auditor: Visitor) -> None:
    case_id = site.office.open()
    token = {"csrf_token": auditor.get("/law").form_to("/sign-out").values["csrf_token"], "key": str(uuid.uuid4())}
    posts = {path: asked for (method, path), asked in routes_of(site.app).items() if method == "POST"}
    assert set(posts) > OF_THE_AUDITOR
    before = site.counts()
    for path, asked in posts.items():
        if path in OF_THE_AUDITOR:
            own = (PUBLIC, PERSON, Permission.SEE_DESK, Permission.AUDIT)
            calendar = path.startswith("/reminders/calendar") and asked is Permission.READ_CASES
            noted = {
                "/exports": Permission.SEE_MONEY, FILE_READ: Permission.READ_FILES,
                "/cases/<int:case_id>/why": Permission.READ_CASES, "/reading/requests": Permission.READ_CASES,
                "/search/identity": Permission.SEARCH_IDENTITY, **OF_RETENTION,
            }  # fmt: skip
            assert asked in own or calendar or noted.get(path) is asked, path
            continue
        address = path
        for name in ("<int:case_id>", "<int:finding_id>"):
            address = address.replace(name, str(case_id))
        while "<" in address:
            head, _sep, rest = address.partition("<")
            address = head + ("1" if rest.startswith("int:") else "two_illegal") + rest.partition(">")[2]
        assert auditor.client.post(address, data=token).status_code == 403, path
    assert site.counts() == before


def test_each_desk_reaches_its_own_part(site: Site, auditor: Visitor) -> None:
    path = raised(auditor)
    pages = ("/ledger?line=income", "/ledger/balance?line=income", "/ledger/accounts/1201", "/ledger/receipts",
             "/ledger/close?line=income", "/samples", "/samples/new", "/findings", path, "/findings/new")  # fmt: skip
    reach = {
        "auditor": (True, True, True, True, False, True, True, True, True, True),
        "supervisor": (True, True, True, True, True, False, False, True, True, False),
        "cashier": (True, True, True, True, False, False, False, False, False, False),
        "officer": (False,) * 10,
        "administrator": (False,) * 10,
    }
    for login, wanted in reach.items():
        visitor = site.sign_in(login)
        assert tuple(visitor.client.get(page).status_code == 200 for page in pages) == wanted, login
    cashier = site.sign_in("cashier")
    assert "/ledger?line=expenditure" not in cashier.get("/ledger").links()
    for page in ("/ledger?line=expenditure", "/ledger/balance?line=expenditure", "/ledger/accounts/3501"):
        assert cashier.get(page).status == 403
    form = Form(f"{path}/reply", auditor.get("/findings/new").form_to("/findings/new").values)
    assert auditor.send(form, text="I answer myself", seen="0").status_code == 403


def test_the_day_for_a_reply_that_is_past_is_said(site: Site, auditor: Visitor) -> None:
    raised(auditor, reply_due_on="2026-03-05")
    site.office.time.day = date(2026, 3, 6)
    assert "5 March 2026 overdue" in auditor.get("/findings").text
