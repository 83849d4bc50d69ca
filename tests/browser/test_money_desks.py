"""The cashier's and the auditor's desks in Chromium, used as people use them: every page clicked to and looked at."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, expect

from caseflow.domain.spending import Act
from tests.browser.conftest import Served
from tests.browser.looking import faults_of
from tests.cashier import DAY, opened, pays
from tests.cashier import served as owing
from tests.expenditure import do
from tests.sealed import settle

APPROPRIATED = "77,777.00"
"""A sum that stands on the line of expenditure only: no page of income may show it."""
CODES = "() => [...document.querySelectorAll('main .code-link')].map((link) => link.textContent.trim())"
SPENDING = {"35", "55"}
"""How the codes of the accounts of expenditure begin (workflows/accounts)."""
WIDE = "document.documentElement.scrollWidth"


def _is_an_answer(said: ConsoleMessage) -> bool:
    of_a_file = re.search(r"/cases/\d+$", said.location["url"]) is not None
    return " 422 " in said.text or (" 403 " in said.text and of_a_file)


class Desk:
    """One person's window, in which each page is looked at: accessible, narrow enough, of one line of money."""

    def __init__(self, served: Served, login: str) -> None:
        self.page: Page = served.visit(login)
        self.said: list[str] = []
        # A form sent back with its errors answers 422, which Chromium notes in its console as well; so does a file that
        # asks why it is opened, with 403.
        self.page.on("console", lambda one: self.said.append(one.text) if not _is_an_answer(one) else None)
        self.page.on("pageerror", lambda fault: self.said.append(str(fault)))

    def look(self, heading: str) -> None:
        """Assert what holds of every page."""
        page = self.page
        # A click is over when the answer begins, on a busy machine long before the page is there.
        page.wait_for_load_state("load")
        expect(page.locator("main h1, main h2").filter(has_text=heading).first).to_be_visible()
        assert (page.url, faults_of(page)) == (page.url, [])
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(WIDE) <= width, page.url
        chart = {code[:2] for code in page.evaluate(CODES)}
        assert chart <= SPENDING or not chart & SPENDING, page.url
        assert "spending" in page.url or "line=expenditure" in page.url or APPROPRIATED not in page.inner_text("main")
        assert self.said == [], page.url

    def follow(self, name: str, heading: str | None = None, nth: int = 0) -> None:
        """Click a link of the page and look at where it leads."""
        self.page.locator("main").get_by_role("link", name=name, exact=True).nth(nth).click()
        self.look(heading or name)

    def press(self, name: str, heading: str) -> None:
        """Click a button of the page and look at what answers."""
        self.page.locator("main").get_by_role("button", name=name, exact=True).click()
        self.look(heading)

    def money(self) -> None:
        """Go to the page that leads to all the others."""
        self.page.locator("header").get_by_role("link", name="Money", exact=True).click()
        self.page.wait_for_url("**/money")

    def fill(self, **typed: str) -> None:
        """Type into inputs named by their ids; a double underscore stands for a dash."""
        for name, text in typed.items():
            self.page.fill(f"#{name.replace('__', '-')}", text)

    def fault_at(self, wanted: str) -> str:
        """Return the error that stands at one input, which the summary leads to."""
        assert self.page.locator(f".faults a[href='#{wanted}']").count() == 1
        return self.page.locator(f"[id^='{wanted}-fault']").inner_text()

    def value(self, wanted: str) -> str:
        return self.page.input_value(f"#{wanted}")

    def told(self) -> str:
        return self.page.locator("main .notice").inner_text()

    def table(self) -> str:
        return self.page.locator("main table.list").first.inner_text()


def test_the_cashier_brings_a_payment_to_the_treasury(served: Served, tmp_path: Path) -> None:
    case_id = owing(served.site.office)
    desk = Desk(served, "cashier")
    desk.money()
    desk.look("Money")
    open_the_lot(desk)
    take_the_payment(desk, case_id)
    enter_the_statement(desk, tmp_path)
    remit(desk)


def open_the_lot(desk: Desk) -> None:
    desk.follow("Receipt book")
    desk.follow("Open a lot")
    desk.fill(answer__book="general 通用票据", answer__first_no="云财A000001", answer__last_no="云财A000006")
    desk.fill(answer__copies="three")
    desk.press("Check, then decide", "Open a lot")
    assert desk.fault_at("answer-copies")
    assert desk.value("answer-last_no") == "云财A000006"
    desk.fill(answer__copies="3")
    desk.press("Check, then decide", "Confirm: Open a lot")
    desk.press("Open a lot", "Receipt book")
    desk.follow("云财A000001–云财A000006")


def take_the_payment(desk: Desk, case_id: int) -> None:
    page = desk.page
    page.locator("header").get_by_role("link", name="Cases", exact=True).click()
    page.locator(f"main a[href='/cases/{case_id}']").click()
    desk.follow("Record a payment")
    assert desk.value("answer-receipt_no") == "云财A000001"
    desk.fill(answer__paid_on=DAY.isoformat(), answer__paid_amount="18,000", answer__receipt_no="云财A000004")
    desk.press("Record a payment", "Record a payment")
    assert "云财A000001" in desk.fault_at("answer-receipt_no")
    assert desk.value("answer-paid_amount") == "18,000"
    assert desk.value("answer-receipt_no") == "云财A000004"
    desk.fill(answer__receipt_no="云财A000001")
    desk.press("Record a payment", "Harmony Clinic")
    desk.follow("云财A000001", "Receipt 云财A000001")
    desk.money()
    desk.follow("Today's receipts", "Receipts of")
    assert "18,000.00" in desk.table()
    desk.follow("云财A000001", "Receipt 云财A000001")
    with page.expect_download() as download:
        page.get_by_role("link", name="Receipt as PDF").click()
    assert download.value.suggested_filename == "云财A000001.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")


def enter_the_statement(desk: Desk, directory: Path) -> None:
    page = desk.page
    desk.money()
    desk.follow("Bank")
    desk.fill(bank="County Bank 县农商行", number="6222000000000001")
    desk.press("Open the account", "Bank")
    rows = "Day,Sum,Paper,Said\n2024-03-05,18000.00,云财A000001,Penalty\n2024-03-04,88.50,,Unknown sender\n"
    upload(desk, directory, "bad.csv", rows + "2024-03-04,twelve,,Illegible\n")
    # Columns this bank was not seen with before: one that does not fit is said at its place, the others stay chosen.
    for field, heading in (("booked_on", "Day"), ("reference", "Paper"), ("text", "Said")):
        page.select_option(f"#{field}", heading)
    page.select_option("#amount", "")
    desk.press("Keep these columns and look at the statement", "Which column holds what")
    assert desk.fault_at("amount")
    assert desk.value("reference") == "Paper"
    page.select_option("#amount", "Sum")
    desk.press("Keep these columns and look at the statement", "1 row of the file is at fault")
    assert "4" in desk.table()
    assert page.get_by_role("button", name="Enter the 2 good lines only").count() == 1
    desk.follow("Bank")
    upload(desk, directory, "march.csv", rows)
    desk.press("Enter 2 lines", "Lines of the bank")
    assert desk.told() == "2 lines entered: 1 matched, 1 not explained."
    page.locator("main td.date a").click()
    desk.look("88.50 yuan in on")
    page.click("summary:has-text('Park it in suspense')")
    desk.fill(reason__suspend_one="No number, no name; the bank was asked")
    desk.press("Park it in suspense", "88.50 yuan in on")
    assert "No number, no name; the bank was asked" in page.locator("ol.timeline").inner_text()


def upload(desk: Desk, directory: Path, name: str, content: str) -> None:
    path = directory / name
    path.write_text(content, encoding="utf-8")
    desk.page.set_input_files("#statement", path)
    desk.press("Look at the statement", f"Statement file {name}")


def remit(desk: Desk) -> None:
    page = desk.page
    desk.money()
    desk.follow("Remittances")
    desk.follow("Remit to the treasury")
    desk.fill(voucher="JK-2024-1")
    page.uncheck("#receipt-1")
    desk.press("Look at the sum", "Remit to the treasury")
    assert desk.page.locator("#receipts.wrong").count() == 1
    assert desk.value("voucher") == "JK-2024-1"
    page.check("#receipt-1")
    desk.press("Look at the sum", "Remit 18,000.00 yuan to the treasury")
    desk.press("Remit 18,000.00 yuan", "Remittance JK-2024-1")
    desk.fill(number="GK-7", advised_on=DAY.isoformat(), amount="18,000.00")
    desk.press("Record the advice", "Remittance JK-2024-1")
    desk.money()
    desk.follow("Money on its way")
    assert "88.50 yuan" in desk.table()
    desk.follow("Each receipt's way")
    row = page.locator("main tbody tr").inner_text()
    assert all(one in row for one in ("云财A000001", "18,000.00", "JK-2024-1", "GK-7", "nothing"))


def test_the_auditor_follows_money_to_its_case_and_has_a_finding_answered(served: Served) -> None:
    office = served.site.office
    case_id = owing(office)
    opened(office)
    pays(office, case_id, "5000", "云财A000001")
    pays(office, case_id, "6000", "云财A000002")
    do(office, Act.APPROPRIATE, year="2024", amount=APPROPRIATED)
    desk = Desk(served, "auditor")
    desk.money()
    desk.look("Money")
    drill_down(desk, case_id)
    narrow(desk)
    # A sample is drawn from what is final, for which the transactions of other tests on this server are waited for.
    settle(office.database_url)
    number = judge(desk)
    answer(served, number)
    close(desk, number)
    look_at_the_record(desk)


def drill_down(desk: Desk, case_id: int) -> None:
    desk.follow("Trial balance")
    desk.follow("Income", "Trial balance: Income")
    foot = desk.page.locator("tfoot").inner_text()
    assert foot.count("29,000.00") == 2
    desk.follow("1201", "1201 Collecting bank")
    assert "11,000.00" in desk.page.locator("ul.counts").inner_text()
    desk.page.locator("main tbody a[href*='/ledger/entries/']").first.click()
    desk.look("Entry of")
    desk.follow("云财A000002", "Receipt 云财A000002")
    desk.page.go_back()
    desk.page.locator(f"main a[href='/cases/{case_id}']").click()
    desk.look("Harmony Clinic")
    timeline = desk.page.locator("ol.timeline")
    assert [timeline.get_by_role("link", name=f"云财A00000{no}").count() for no in (1, 2)] == [1, 1]


def narrow(desk: Desk) -> None:
    page = desk.page
    desk.money()
    desk.follow("Transfers")
    desk.follow("Income", "Transfers: Income")
    every = page.locator("main tbody tr").count()
    page.select_option("#account", "1201")
    desk.fill(least="5500")
    desk.press("Find transfers", "Transfers: Income")
    assert page.locator("main tbody td.number").all_inner_texts() == ["6,000.00"]
    page.locator(".tags a", has_text="at least 5500").click()
    desk.look("Transfers: Income")
    assert page.locator("main tbody td.number").all_inner_texts() == ["6,000.00", "5,000.00"]
    assert every > 2
    desk.money()
    desk.follow("Transfers")
    desk.follow("Expenditure", "Transfers: Expenditure")
    assert APPROPRIATED in desk.table()
    assert "6,000.00" not in page.inner_text("main")


def judge(desk: Desk) -> str:
    page = desk.page
    desk.money()
    desk.follow("Samples")
    desk.follow("Draw a sample")
    desk.fill(purpose="Payments of March", booked_from="2024-03-01", booked_to="2024-03-31", size="many")
    page.check("#line-income")
    page.check("#method-monetary_unit")
    desk.press("Draw the sample", "Draw a sample")
    assert desk.fault_at("size")
    assert desk.value("purpose") == "Payments of March"
    desk.fill(size="2")
    desk.press("Draw the sample", "Payments of March")
    page.check("#verdict-1-finding")
    desk.fill(note__1="The paper names another day")
    desk.press("Record what was found", "Payments of March")
    desk.follow("Draw it again and compare", "Payments of March")
    page.go_back()
    desk.follow("Raise the finding", "Raise a finding")
    desk.fill(title="The day of a payment", reply_due_on="2024-03-20")
    page.check("#severity-low")
    desk.press("Raise the finding", "Raise a finding")
    assert desk.fault_at("text")
    assert desk.value("title") == "The day of a payment"
    desk.fill(text="The stub says 2 March, the ledger 5 March.")
    desk.press("Raise the finding", "The day of a payment")
    return page.url


def answer(served: Served, address: str) -> None:
    desk = Desk(served, "supervisor")
    desk.money()
    desk.page.locator("main .notice a").click()
    desk.look("Findings")
    desk.follow("The day of a payment", "Finding 1: The day of a payment")
    assert desk.page.url == address
    desk.fill(text="The bank's day was typed; the clerk is told.")
    desk.press("Send the reply", "Finding 1")


def close(desk: Desk, address: str) -> None:
    desk.page.goto(address)
    assert "the clerk is told" in desk.page.inner_text("main")
    desk.fill(text="Settled.")
    desk.press("Close the finding", "Close finding 1")
    desk.press("Close the finding", "Finding 1")
    assert desk.page.locator("main textarea").count() == 0


def look_at_the_record(desk: Desk) -> None:
    page = desk.page
    for name in ("Check of the receipt numbers", "Sealed record", "Export the ledger"):
        desk.money()
        desk.follow(name)
    page.check("#line-income")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file").click()
    exported = download.value.path().read_text(encoding="utf-8-sig")
    assert "6000.00" in exported
    assert APPROPRIATED.replace(",", "") not in exported
