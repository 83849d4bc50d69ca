"""The pages of expenditure: what they show, each form with its refusals, and who must act next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from caseflow.domain.spending import Act
from tests.expenditure import appropriation, commitment, do, order, prepared
from tests.site import Form, Page, Site, Visitor

MOST_STATEMENTS = 12


def form(page: Page) -> Form:
    """The form of an act: the one on the page that carries a key; it goes to the page's own address."""
    return next(one for one in page.forms() if "key" in one.values)


def send(visitor: Visitor, path: str, sent: Form, **typed: str) -> Page:
    sent.action = path
    return visitor.send_page(
        sent, **{f"answer-{name}" if name != "act" else name: value for name, value in typed.items()}
    )


APPROPRIATION = {"paper": "YL-BUD-1", "year": "2026", "purpose": "Vehicles", "amount": "12,000.50"}
COMMITMENT = {"payee": "Garage", "purpose": "Repair", "document": "C-9", "amount": "500"}
PAYMENT = {"amount": "500", "document": "I-9", "payee_account": "6222", "payee_bank": "Rural Bank"}


def test_the_whole_path_by_forms(site: Site) -> None:
    supervisor, payer, approver = (site.sign_in(login) for login in ("supervisor", "payer", "approver"))
    look = send(supervisor, "/spending/new", form(supervisor.get("/spending/new")), **APPROPRIATION, act="check")
    assert "12,000.50 yuan" in look.text
    assert "It is never changed" in look.text
    assert send(supervisor, "/spending/new", form(look), act="confirm").status == 302
    assert "Garage" not in payer.get("/spending/1").text
    done = send(payer, "/spending/1/commit", form(payer.get("/spending/1/commit")), **COMMITMENT)
    assert done.response.location == "/spending/commitments/1"
    ready = send(
        payer, "/spending/commitments/1/prepare", form(payer.get("/spending/commitments/1/prepare")), **PAYMENT
    )
    assert ready.response.location == "/spending/payments/1"
    waits = payer.get("/spending/payments/1")
    assert "Waits for an approver other than Payer" in waits.text
    assert "Approver, Approver2" in waits.text
    assert "/spending/payments/1/approve" not in waits.links()
    assert "/spending/payments/1/approve" in approver.get("/spending/payments/1").links()
    asked = approver.get("/spending/payments/1/approve")
    assert "The money leaves the commitment for good" in asked.text
    assert "Approve and pay: 500.00 yuan" in asked.text
    assert send(approver, "/spending/payments/1/approve", form(asked), act="confirm").status == 302
    page = approver.get("/spending/1")
    assert "Recorded: Approve and pay" in page.text
    assert "11,500.50 yuan" in page.text
    progress = next(page.tree.iter("progress"))
    assert (progress.get("value"), progress.get("max")) == ("50000", "1200050")


def test_paying_asks_once_more(site: Site) -> None:
    _, _, waiting = prepared(site.office)
    path = f"/spending/payments/{waiting}/approve"
    approver = site.sign_in("approver")
    sent = form(approver.get(path))
    assert send(approver, path, sent, act="").status == 200
    assert order(site.office, waiting).state == "waiting"
    assert send(approver, path, sent, act="confirm").status == 302
    assert order(site.office, waiting).state == "paid"


def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(site: Site) -> None:
    of, _, _ = prepared(site.office)
    payer, path = site.sign_in("payer"), f"/spending/{of}/commit"
    wrong = send(payer, path, form(payer.get(path)), **{**COMMITMENT, "amount": "600.01", "payee": ""})
    assert wrong.status == 422
    assert "Payee is required" in wrong.text
    assert form(wrong).values["answer-amount"] == "600.01"
    beyond = send(payer, path, form(wrong), **{**COMMITMENT, "amount": "600.01"})
    assert "must be at most what is left: 600.00 yuan" in beyond.text
    assert "#answer-amount" in beyond.links()
    assert form(beyond).values["answer-payee"] == "Garage"


def test_a_form_sent_twice_is_told_apart_from_one_repeated(site: Site) -> None:
    of, _, _ = prepared(site.office)
    payer, path = site.sign_in("payer"), f"/spending/{of}/commit"
    sent = form(payer.get(path))
    first = send(payer, path, sent, **COMMITMENT).response.location
    assert send(payer, path, sent, **COMMITMENT).response.location == first
    other = send(payer, path, sent, **{**COMMITMENT, "amount": "1"})
    assert other.status == 409
    assert "This form was already sent" in other.text
    assert appropriation(site.office, of).committed_fen == 90_000


def test_a_lapse_takes_what_was_shown_or_nothing(site: Site) -> None:
    of, _, _ = prepared(site.office)
    supervisor, path = site.sign_in("supervisor"), f"/spending/{of}/lapse"
    look = send(supervisor, path, form(supervisor.get(path)), document="N-1", reason="Year end", act="check")
    assert "600.00 yuan" in look.text
    back = send(supervisor, path, form(look), act="back")
    assert form(back).values["answer-reason"] == "Year end"
    do(site.office, Act.COMMIT, of, amount="100")
    stale = send(supervisor, path, form(look), act="confirm")
    assert stale.status == 422
    assert "changed a moment ago" in stale.text
    fresh = send(supervisor, path, form(supervisor.get(path)), document="N-1", reason="Year end", act="confirm")
    assert fresh.response.location == f"/spending/{of}"
    page = supervisor.get(f"/spending/{of}")
    assert "Year end" in page.text
    assert "Nothing is left that could lapse" in page.text


def test_what_stands_in_the_way_is_said_instead_of_a_form(site: Site) -> None:
    of, bound, waiting = prepared(site.office)
    do(site.office, Act.APPROVE, waiting)
    do(site.office, Act.RELEASE, bound, amount="250")
    do(site.office, Act.LAPSE, of)
    payer, approver = site.sign_in("payer"), site.sign_in("approver")
    for visitor, path, said in (
        (payer, f"/spending/{of}/commit", "has lapsed"),
        (payer, f"/spending/commitments/{bound}/prepare", "Nothing of this commitment is open"),
        (payer, f"/spending/commitments/{bound}/release", "Nothing of this commitment is open"),
        (approver, f"/spending/payments/{waiting}/approve", "It was decided already"),
        (approver, f"/spending/payments/{waiting}/refuse", "It was decided already"),
    ):
        page = visitor.get(path)
        assert said in page.text, path
        assert not [one for one in page.forms() if "key" in one.values], path


def test_refused_given_back_and_released_are_written_where_one_looks(site: Site) -> None:
    _, bound, first = prepared(site.office)
    approver, payer = site.sign_in("approver"), site.sign_in("payer")
    path = f"/spending/payments/{first}/refuse"
    assert send(approver, path, form(approver.get(path)), reason="").status == 422
    assert send(approver, path, form(approver.get(path)), reason="Wrong invoice").status == 302
    assert "Wrong invoice" in payer.get(f"/spending/payments/{first}").text
    second = do(site.office, Act.PREPARE, bound)
    do(site.office, Act.APPROVE, second)
    path = f"/spending/payments/{second}/give-back"
    assert path in payer.get(f"/spending/payments/{second}").links()
    assert send(payer, path, form(payer.get(path)), document="A-1", reason="No account").status == 302
    page = payer.get(f"/spending/payments/{second}")
    assert "given back by the bank" in page.text
    assert "No account" in page.text
    path = f"/spending/commitments/{bound}/release"
    assert send(payer, path, form(payer.get(path)), amount="400", reason="Cancelled").status == 302
    assert "Cancelled" in payer.get(f"/spending/commitments/{bound}").text
    assert commitment(site.office, bound).open_fen == 0


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/spending", "No appropriation is entered yet."),
        ("/spending/payments", "No payment waits."),
        ("/spending/payments?show=all", "There is no payment yet."),
    ],
)
def test_an_empty_list_says_what_will_stand_there(site: Site, path: str, said: str) -> None:
    assert said in site.sign_in("auditor").get(path).text


@pytest.mark.parametrize("path", ["/spending/9", "/spending/commitments/9", "/spending/payments/9"])
def test_what_is_not_of_the_office_is_not_found(site: Site, path: str) -> None:
    assert site.sign_in("auditor").get(path).status == 404


@pytest.mark.parametrize(
    "path",
    ["/spending", "/spending/payments?show=all", "/spending/1", "/spending/commitments/1", "/spending/payments/1"],
)
def test_a_page_asks_little_however_much_there_is(site: Site, path: str) -> None:
    of, bound, _ = prepared(site.office)
    visitor = site.sign_in("auditor")
    few = site.statements_of(visitor, path)
    for index in range(8):
        do(site.office, Act.COMMIT, of, amount="1")
        do(site.office, Act.PREPARE, bound, amount="1", document=str(index))
    many = site.statements_of(visitor, path)
    assert len(few) <= MOST_STATEMENTS
    assert len(many) <= len(few)


def test_pages_go_on_by_key(site: Site) -> None:
    of = do(site.office, Act.APPROPRIATE)
    bound = do(site.office, Act.COMMIT, of, amount="100")
    for index in range(26):
        do(site.office, Act.COMMIT, of, amount="1")
        do(site.office, Act.PREPARE, bound, amount="1", document=str(index))
        do(site.office, Act.APPROPRIATE, paper=f"P{index}")
    auditor = site.sign_in("auditor")
    follow: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("/spending", lambda link: "/spending?before=" in link),
        ("/spending/payments", lambda link: "before=" in link),
        (f"/spending/{of}", lambda link: "before_commitment=" in link),
        (f"/spending/{of}", lambda link: "before_order=" in link),
        (f"/spending/commitments/{bound}", lambda link: "before=" in link),
    )
    for path, is_next in follow:
        older = next(link for link in auditor.get(path).links() if is_next(link))
        page = auditor.get(older)
        assert page.status == 200
        assert "Newest" in page.text, older
    assert auditor.get("/spending/payments").text.count("2026-001-01-") == 25


def test_each_desk_sees_what_its_role_may_do(site: Site) -> None:
    of, bound, waiting = prepared(site.office)
    pages = (f"/spending/{of}", f"/spending/commitments/{bound}", f"/spending/payments/{waiting}", "/spending")
    known = {act.value.replace("_", "-") for act in Act} | {"new"}
    acts = {}
    for login in ("supervisor", "payer", "approver", "auditor"):
        visitor = site.sign_in(login)
        acts[login] = {link.rsplit("/", 1)[-1] for page in pages for link in visitor.get(page).links()} & known
    assert acts == {
        "supervisor": {"new", "lapse"},
        "payer": {"commit", "release", "prepare"},
        "approver": {"approve", "refuse"},
        "auditor": set(),
    }


def test_expenditure_is_on_the_money_page_beside_income_and_never_netted(site: Site) -> None:
    prepared(site.office)
    for login in ("payer", "approver", "auditor", "supervisor"):
        page = site.sign_in(login).get("/money")
        assert {"/spending", "/spending/payments"} <= set(page.links()), login
    assert "/spending" not in site.sign_in("cashier").get("/money").links()
    assert site.sign_in("cashier").get("/spending").status == 403
    assert site.sign_in("officer").get("/money").status == 403


def test_what_was_typed_outlives_a_session(site: Site) -> None:
    of, _, _ = prepared(site.office)
    payer, path = site.sign_in("payer"), f"/spending/{of}/commit"
    sent = form(payer.get(path))
    sent.action = path
    payer.client.delete_cookie("caseflow")
    typed = {f"answer-{name}": value for name, value in COMMITMENT.items()}
    answer = payer.client.post(path, data={**sent.values, **typed}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code in (400, 403)
    assert appropriation(site.office, of).committed_fen == 40_000


def test_an_appropriation_of_a_past_year_only_lapses(site: Site) -> None:
    of, _, _ = prepared(site.office)
    site.office.time.day = date(2027, 1, 4)
    payer = site.sign_in("payer")
    page = payer.get(f"/spending/{of}")
    assert "It may be committed only in its own year, 2026" in page.text
    payer.send(page.form_to("/language"), locale="zh")
    assert "只能在本预算年度（2026年）内承诺支出" in payer.get(f"/spending/{of}").text
