"""The auditor's pages about the ledger: filters, pages, entries, balances, the close of a month."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest

from caseflow.domain.ledger import Account, Line
from caseflow.services.ledger import Posting
from tests.site import Form, Page, Site, Visitor

MOST_STATEMENTS = 12
BANK, SUSPENSE, TREASURY = Account("1201", "collecting_bank"), Account("2103", "suspense"), Account("1301", "treasury")


def suspend(site: Site, fen: int, document: str = "", actor: str = "cashier") -> str:
    posting = Posting(f"in:{uuid.uuid4()}", Line.INCOME, [("suspend", BANK, SUSPENSE, fen)], document=document)
    return site.office.application.ledger.post(site.office.actors[actor], posting)[0].key


@pytest.fixture
def booked(site: Site) -> Site:
    for number in range(60):
        site.office.time.day = date(2026, 1, 5) + timedelta(days=number // 3)
        suspend(site, 100_000 + number, document=f"B-{number:03d}")
    return site


@pytest.fixture
def auditor(site: Site) -> Visitor:
    return site.sign_in("auditor")


def closing_form(page: Page) -> Form:
    """The form that closes, not the one that chooses the month."""
    return next(form for form in page.forms() if form.action == "/ledger/close" and "key" in form.values)


def amounts(page: Page) -> list[str]:
    """The amounts of a list, from top to bottom."""
    rows = [one for one in page.tree.iter("tr") if one.find("td") is not None]
    return [
        "".join(cell.itertext()).strip() for row in rows for cell in row.iter("td") if cell.get("class") == "number"
    ]


@pytest.mark.usefixtures("booked")
def test_the_line_is_the_first_choice_and_the_lines_never_mix(auditor: Visitor) -> None:
    for path in ("/ledger", "/ledger/balance"):
        page = auditor.get(path)
        assert {f"{path}?line=income", f"{path}?line=expenditure"} <= set(page.links())
        assert auditor.get(f"{path}?line=both").status == 404
    income, spending = (auditor.get(f"/ledger?line={line}") for line in ("income", "expenditure"))
    assert len(amounts(income)) == 50
    assert "Nothing was booked on this line yet." in spending.text
    assert "1201" in income.text
    assert "1201" not in spending.text
    assert "3501" not in income.text


@pytest.mark.usefixtures("booked")
def test_pages_go_both_ways_by_key(auditor: Visitor) -> None:
    first = auditor.get("/ledger?line=income")
    older = next(link for link in first.links() if "before=" in link)
    second = auditor.get(older)
    assert amounts(first) + amounts(second) == [f"1,000.{number:02d}" for number in range(59, -1, -1)]
    newer = next(link for link in second.links() if "after=" in link)
    assert amounts(auditor.get(newer)) == amounts(first)
    assert "Older transfers" not in second.text


@pytest.mark.usefixtures("booked")
@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("from=2026-01-06&to=2026-01-06", [5, 4, 3]),
        ("document=B-017", [17]),
        ("least=1,000.57", [59, 58, 57]),
        ("most=1000.01", [1, 0]),
        ("account=2103&document=B-007", [7]),
        ("operation=remit", []),
        ("account=9999", []),
        ("before=nonsense&after=2026-13-40_7", list(range(59, 9, -1))),
    ],
)
def test_filters_narrow_the_list_and_stand_as_tags(auditor: Visitor, query: str, fits: list[int]) -> None:
    page = auditor.get(f"/ledger?line=income&{query}")
    assert page.status == 200
    assert amounts(page) == [f"1,000.{number:02d}" for number in fits]
    if not fits:
        assert "No transfer fits." in page.text
    if "document" in query:
        assert any("document" not in link for link in page.links() if link.startswith("/ledger?"))


@pytest.mark.usefixtures("booked")
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=yesterday", "Give a day such as 8 March 2026"),
        ("least=much", "Give an amount in yuan"),
        ("case=NO-SUCH", "The office has no case with this number"),
    ],
)
def test_a_filter_that_cannot_be_read_is_said_and_never_dropped(auditor: Visitor, query: str, words: str) -> None:
    page = auditor.get(f"/ledger?line=income&{query}")
    assert words in page.text
    assert amounts(page) == []
    name, _sep, typed = query.partition("=")
    assert page.by_id(name).get("value") == typed


def test_an_entry_of_a_case_leads_to_the_case_and_back(site: Site, auditor: Visitor) -> None:
    case_id = site.office.walk("two_illegal_paid", until="record_payment")
    number = site.office.application.pages.show(site.office.actors["auditor"], case_id).header.number
    listed = auditor.get(f"/ledger?line=income&case={number}")
    assert f"/cases/{case_id}" in listed.links()
    link = next(link for link in listed.links() if link.startswith("/ledger/entries/"))
    page = auditor.get(link)
    assert page.status == 200
    assert "fits the content" in page.text
    assert "云财A00001" in page.text
    assert f"/cases/{case_id}" in page.links()
    assert "No finding was raised on this entry." in page.text
    assert [form.action for form in page.forms()] == ["/language", "/sign-out"]
    assert auditor.get("/ledger/entries/no/such:entry").status == 404


def test_a_reversal_and_what_it_reverses_lead_to_one_another(site: Site, auditor: Visitor) -> None:
    key = suspend(site, 500)
    other = site.office.application.ledger.reverse(
        site.office.actors["cashier"], key, reason="typed twice", idempotency_key=str(uuid.uuid4())
    )[0].key
    links = {one: auditor.get(f"/ledger/entries/{one}").links() for one in (key, other)}
    assert f"/ledger/entries/{other}" in links[key]
    assert f"/ledger/entries/{key}" in links[other]
    listed = auditor.get("/ledger?line=income")
    assert "reversed by a later entry" in listed.text
    assert "reverses an earlier entry" in listed.text


@pytest.mark.usefixtures("booked")
def test_the_trial_balance_agrees_as_of_any_day_and_leads_to_the_movements(auditor: Visitor) -> None:
    page = auditor.get("/ledger/balance?line=income&as_of=2026-01-05")
    assert "Debits and credits agree." in page.text
    assert "1201 Collecting bank, to be remitted 3,000.03 0.00 3,000.03 debit" in page.text
    assert "2103 Unexplained receipts 0.00 3,000.03 3,000.03 credit" in page.text
    assert "/ledger/accounts/1201?as_of=2026-01-05" in page.links()
    before = auditor.get("/ledger/balance?line=income&as_of=1999-01-01")
    assert "3,000.03" not in before.text
    assert "Debits and credits agree." in before.text
    wrong = auditor.get("/ledger/balance?line=income&as_of=soon")
    assert "Give a day such as 8 March 2026" in wrong.text


@pytest.mark.usefixtures("booked")
def test_an_account_shows_its_balance_after_each_movement(auditor: Visitor) -> None:
    page = auditor.get("/ledger/accounts/2103?as_of=2026-01-06")
    cells = [one for one in amounts(page) if one]
    assert cells == [
        text
        for number in range(5, -1, -1)
        for text in (f"1,000.{number:02d}", f"{sum(100_000 + one for one in range(number + 1)) / 100:,.2f}")
    ]
    whole = auditor.get("/ledger/accounts/2103?as_of=2026-12-31")
    older = next(link for link in whole.links() if "before=" in link)
    assert amounts(auditor.get(older))[-1] == "1,000.00"
    assert auditor.get("/ledger/accounts/0000").status == 404
    assert "Nothing was booked on this account" in auditor.get("/ledger/accounts/1301").text


@pytest.mark.parametrize(
    "path",
    [
        "/ledger?line=income&account=1201&least=1&who=4&operation=suspend",
        "/ledger?line=income&case={number}&from=2026-01-01",
        "/ledger/balance?line=income",
        "/ledger/accounts/1201",
        "/ledger/entries/{key}",
        "/ledger/receipts",
    ],
)
def test_a_page_asks_little_of_the_database(site: Site, auditor: Visitor, path: str) -> None:
    case_id = site.office.open()
    number = site.office.application.pages.show(site.office.actors["auditor"], case_id).header.number
    key = [suspend(site, 100 + one) for one in range(60)][-1]
    assert len(site.statements_of(auditor, path.format(number=number, key=key))) <= MOST_STATEMENTS


def test_a_month_is_closed_after_being_asked_once_more(booked: Site) -> None:
    booked.office.time.day = date(2026, 3, 2)
    supervisor = booked.sign_in("supervisor")
    page = supervisor.get("/ledger/close?line=income")
    assert "Would be closed January 2026" in page.text
    assert "Transfers it would close 60" in page.text
    form = closing_form(page)
    asked = supervisor.send_page(form)
    assert "for ever" in asked.text
    assert "Would be closed January 2026" in supervisor.get("/ledger/close?line=income").text
    confirm = closing_form(asked)
    for _ in range(2):
        assert supervisor.send(confirm, act="confirm").status_code == 302
    after = supervisor.get("/ledger/close?line=income")
    assert "January 2026 is closed on the line of Income." in after.text
    assert "Would be closed February 2026" in after.text
    assert "Closed up to now January 2026" in after.text
    assert supervisor.send(confirm, act="back").status_code == 302
    supervisor.send(closing_form(supervisor.send_page(closing_form(after))), act="confirm")
    none = supervisor.get("/ledger/close?line=income")
    assert "No month can be closed on this line now." in none.text
    stale = supervisor.send_page(form)
    assert stale.status == 422


def test_a_month_that_is_not_over_is_not_closed(booked: Site) -> None:
    booked.office.time.day = date(2026, 1, 31)
    supervisor = booked.sign_in("supervisor")
    assert "No month can be closed" in supervisor.get("/ledger/close?line=income&period=202601").text
    booked.office.time.day = date(2026, 2, 1)
    confirm = supervisor.send_page(closing_form(supervisor.get("/ledger/close?line=income")))
    form = closing_form(confirm)
    form.values["period"] = "202602"
    refused = supervisor.send_page(form, act="confirm")
    assert refused.status == 422
    assert "Only a month that is over can be closed" in refused.text
    for period in ("2026", "abcdef"):
        form.values["period"] = period
        assert supervisor.send(form, act="confirm").status_code == 400


def test_the_receipt_book_says_what_would_appear(auditor: Visitor) -> None:
    assert "The office has no lot of receipts yet." in auditor.get("/ledger/receipts").text


@pytest.mark.usefixtures("booked")
def test_the_pages_speak_chinese(auditor: Visitor) -> None:
    form = auditor.get("/ledger").form_to("/language")
    auditor.send(form, locale="zh")
    for path, words in (
        ("/ledger?line=income", "记账分录"),
        ("/ledger/balance?line=income", "试算平衡表"),
        ("/ledger/accounts/1201", "代收银行待缴库款"),
        ("/samples", "审计抽样"),
        ("/findings", "审计发现"),
    ):
        page = auditor.get(path)
        assert words in page.text
        assert "Older" not in page.text
