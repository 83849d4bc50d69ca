"""The cashier's pages for the bank and the treasury, as a browser walks them; the auditor reads and changes nothing."""

from __future__ import annotations

import io
from datetime import date

import psycopg
import pytest
from werkzeug.test import TestResponse

from tests.casebook import ACCOUNT, CASEBOOK, Paper, casebook_papers, write_receipts
from tests.site import Page, Site, Visitor

DAY = date(2026, 3, 2)
CSV = (
    b"when,sum,no,memo\n2026-03-02,100.00,00000001,\n2026-03-02,200.00,00000012,\n2026-03-02,3.00,,who\n"
    b"2026-03-02,-1.00,,fee\n2026-03-02,4.00,,who else\n"
)


def with_receipts(site: Site) -> Site:
    papers = [
        Paper(1, DAY, 10000),
        *(Paper(no, DAY) for no in range(2, 11)),
        Paper(11, DAY, 20000),
        Paper(12, DAY, 500),
    ]
    write_receipts(site.office, papers)
    return site


@pytest.fixture
def money(site: Site) -> Site:
    return with_receipts(site)


def send_file(visitor: Visitor, content: bytes, name: str = "march.csv") -> TestResponse:
    form = visitor.get("/bank").form_to("/bank/files")
    return visitor.client.post(form.action, data={**form.values, "statement": (io.BytesIO(content), name)})


def follow(visitor: Visitor, response: TestResponse) -> Page:
    assert response.status_code == 302, response.get_data(as_text=True)
    return visitor.get(response.location)


def open_account(visitor: Visitor) -> None:
    form = visitor.get("/bank").form_to("/bank/accounts")
    page = visitor.send_page(form, bank="", number=ACCOUNT)
    assert page.status == 422
    assert page.by_id("number").get("value") == ACCOUNT
    assert "Open the account" in page.text
    assert "is open" in follow(visitor, visitor.send(page.form_to("/bank/accounts"), bank="County Bank")).text


def entered(visitor: Visitor) -> Page:
    """Send the CSV, name its columns, look, and enter it."""
    open_account(visitor)
    asked = follow(visitor, send_file(visitor, CSV))
    columns = next(form for form in asked.forms() if form.action.endswith("/columns"))
    half = visitor.send_page(columns, booked_on="when", amount="", text="memo")
    assert half.status == 422
    assert "one column with the amount" in half.text
    columns = next(form for form in half.forms() if form.action.endswith("/columns"))
    assert columns.values["text"] == "memo"
    looked = follow(visitor, visitor.send(columns, amount="sum", reference="no"))
    assert "5 lines" in looked.text
    assert "307.00 yuan" in looked.text
    enter = next(form for form in looked.forms() if form.action.endswith("/enter"))
    page = follow(visitor, visitor.send(enter, act="enter"))
    assert "5 lines entered: 1 matched, 3 not explained." in page.text
    return page


def test_a_csv_is_mapped_looked_at_entered_and_worked_through(money: Site) -> None:
    cashier = money.sign_in("cashier")
    page = entered(cashier)
    assert "number differs in one digit" in page.text
    proposal = next(form for form in page.forms() if form.values.get("how") == "proposal")
    assert "The line is matched." in follow(cashier, cashier.send(proposal)).text
    listed = cashier.get("/bank/lines?state=open")
    suspend = listed.form_to("/bank/lines/suspend")
    boxes = [one.get("value") for one in listed.tree.iter("input") if one.get("name") == "line"]
    assert len(boxes) == 2
    assert "Choose the lines" in follow(cashier, cashier.send(suspend)).text
    assert "1 line is in suspense." in follow(cashier, cashier.send(suspend, line=boxes[0])).text
    line = boxes[0].partition(":")[0]
    shown = cashier.get(f"/bank/lines/{line}")
    refund = shown.form_to(f"/bank/lines/{line}/refund")
    refused = cashier.send_page(refund, reason=" ")
    assert refused.status == 422
    assert "Give the reason." in refused.text
    asked = cashier.send_page(refund, reason="sender known")
    assert "cannot be undone" in asked.text
    confirm = next(form for form in asked.forms() if form.values.get("reason") == "sender known")
    assert "sender known" in cashier.send_page(confirm, act="back").html
    assert "The refund is ordered." in follow(cashier, cashier.send(confirm, act="confirm")).text
    again = cashier.get("/bank/lines?state=refund_ordered").text
    assert "sender known" in again


def test_by_hand_noted_undone_and_parked_with_a_reason(money: Site) -> None:
    cashier = money.sign_in("cashier")
    entered(cashier)
    page = cashier.get("/bank/lines?state=open")
    links = dict.fromkeys(link for link in page.links() if link.startswith("/bank/lines/"))
    other, fee, unknown, _slip = links
    hand = cashier.get(unknown).form_to(f"{unknown}/match")
    refused = cashier.send_page(hand, receipts="00000012")
    assert (refused.status, "5.00 yuan, the line is 3.00 yuan" in refused.text) == (422, True)
    assert refused.by_id("receipts").get("value") == "00000012"
    noted = cashier.send(cashier.get(fee).form_to(f"{fee}/note"), reason="the bank gives it back")
    assert "the bank gives it back" in follow(cashier, noted).text
    undone = cashier.send(cashier.get(fee).form_to(f"{fee}/undo"), reason="it does not")
    assert "it does not" in follow(cashier, undone).text
    parked = cashier.send(cashier.get(other).form_to(f"{other}/suspend"), reason="nobody knows")
    assert "nobody knows" in follow(cashier, parked).text
    again = cashier.get("/bank/lines?state=open").form_to("/bank/lines/match-again")
    assert "No line is certain." in follow(cashier, cashier.send(again)).text


def test_a_reason_that_is_too_long_is_refused_at_its_field(money: Site) -> None:
    cashier = money.sign_in("cashier")
    entered(cashier)
    listed = cashier.get("/bank/lines?state=open")
    assert "Those entered last come first." in listed.text
    line = next(link for link in listed.links() if link.startswith("/bank/lines/"))
    for act in ("suspend", "note"):
        refused = cashier.send_page(cashier.get(line).form_to(f"{line}/{act}"), reason="x" * 501)
        assert (refused.status, "The reason has 501 characters" in refused.text) == (422, True)
    parked = follow(cashier, cashier.send(cashier.get(line).form_to(f"{line}/suspend"), reason="x" * 500))
    for act in ("refund", "undo"):
        refused = cashier.send_page(parked.form_to(f"{line}/{act}"), reason="x" * 40_000)
        assert (refused.status, "The reason has 40000 characters" in refused.text) == (422, True)
        assert "cannot be undone" not in refused.text


def test_receipts_are_remitted_and_the_advice_is_recorded(money: Site) -> None:
    cashier = money.sign_in("cashier")
    assert "no collecting account" in cashier.get("/remittances/new").text
    entered(cashier)
    form = cashier.get("/remittances/new").form_to("/remittances/new")
    assert "Give the number of the voucher." in cashier.send_page(form, act="check", voucher="").text
    assert cashier.send_page(form, act="check", voucher="JK-1", remitted_on="soon").status == 422
    checked = cashier.send_page(form, act="check", voucher="JK-1")
    assert "Remit 100.00 yuan to the treasury" in checked.text
    confirm = checked.form_to("/remittances/new")
    assert cashier.send_page(confirm, act="back").by_id("voucher").get("value") == "JK-1"
    made = follow(cashier, cashier.send(confirm, act="confirm"))
    assert follow(cashier, cashier.send(confirm, act="confirm")).by_id("receipts-title") is not None
    advice = next(form for form in made.forms() if form.action.endswith("/advice"))
    wrong = cashier.send_page(advice, number="GK-1", advised_on="x", amount="y")
    assert (wrong.status, wrong.text.count("To mend:")) == (422, 2)
    differs = follow(cashier, cashier.send(advice, number="GK-1", advised_on="2026-03-02", amount="99.00"))
    assert "The treasury advised 99.00 yuan, 100.00 yuan was remitted." in differs.text
    assert "advice differs" in cashier.get("/ageing/receipts").text
    advice = next(form for form in differs.forms() if form.action.endswith("/advice"))
    corrected = cashier.send(advice, number="GK-1", advised_on="2026-03-02", amount="98.00")
    differs = follow(cashier, corrected)
    assert "The treasury advised 98.00 yuan, 100.00 yuan was remitted." in differs.text
    advice = next(form for form in differs.forms() if form.action.endswith("/advice"))
    follow(cashier, cashier.send(advice, number="GK-2", advised_on="2026-03-02", amount="100"))
    assert "GK-2" in cashier.get("/remittances").text
    assert "GK-2" in cashier.get("/ageing/receipts?stage=advised&from=2026-03-01&until=2026-03-02").text
    assert "No receipt fits" in cashier.get("/ageing/receipts?stage=advised&until=2026-03-01").text


def test_a_remittance_is_taken_back_with_a_reason(money: Site) -> None:
    cashier = money.sign_in("cashier")
    entered(cashier)
    form = cashier.get("/remittances/new").form_to("/remittances/new")
    confirm = cashier.send_page(form, act="check", voucher="JK-1").form_to("/remittances/new")
    made = follow(cashier, cashier.send(confirm, act="confirm"))
    back = next(form for form in made.forms() if form.action.endswith("/take-back"))
    assert "Give the reason." in cashier.send_page(back, reason="").text
    assert "wrong voucher" in follow(cashier, cashier.send(back, reason="wrong voucher")).text
    assert "00000001" in cashier.get("/remittances/new").text


def test_every_figure_of_the_ageing_leads_to_its_rows(money: Site) -> None:
    cashier = money.sign_in("cashier")
    page = cashier.get("/ageing")
    lead = next(link for link in page.links() if "stage=collected" in link)
    assert "305.00 yuan" in page.text
    rows = cashier.get(lead).text
    assert "00000001" in rows
    assert "00000011" in rows


def test_a_bad_file_is_told_row_by_row_and_the_good_rows_enter_on_request(money: Site) -> None:
    cashier = money.sign_in("cashier")
    open_account(cashier)
    bad = "日期,金额,票据号\n2026-03-02,1oo.00,00000001\n2026-03-02,5.00,00000012\n".encode("gb18030")
    page = follow(cashier, send_file(cashier, bad))
    columns = next(form for form in page.forms() if form.action.endswith("/columns"))
    assert columns.values["amount"] == "金额"
    page = follow(cashier, cashier.send(columns))
    assert "cannot be read: “1oo.00”" in page.text
    enter = next(form for form in page.forms() if form.action.endswith("/enter"))
    assert cashier.send_page(enter, act="enter").status == 422
    assert "1 line entered: 1 matched" in follow(cashier, cashier.send(enter, act="good_rows")).text
    assert "1 bad row left out" in cashier.get("/bank").text
    assert send_file(cashier, b" ").status_code == 422
    form = cashier.get("/bank").form_to("/bank/files")
    assert "Choose the file" in cashier.send_page(form).text


def test_wrong_columns_are_changed_from_the_page_that_shows_every_row_at_fault(money: Site) -> None:
    cashier = money.sign_in("cashier")
    open_account(cashier)
    page = follow(cashier, send_file(cashier, CSV))
    columns = next(form for form in page.forms() if form.action.endswith("/columns"))
    page = follow(cashier, cashier.send(columns, booked_on="memo", amount="sum", reference="no", text=""))
    assert "5 rows of the file are at fault" in page.text
    assert "No row of the file can be read" in page.text
    asked = cashier.get(next(link for link in page.links() if "columns=ask" in link))
    columns = next(form for form in asked.forms() if form.action.endswith("/columns"))
    assert columns.values["booked_on"] == "memo"
    assert "Enter 5 lines" in follow(cashier, cashier.send(columns, booked_on="when", text="memo")).text
    # Columns that another file of the bank does not even have lead on as well.
    other = follow(cashier, send_file(cashier, "日期,金额\n2026-03-02,1.00\n".encode(), "other.csv"))
    assert "The file has no column “when”." in other.text
    assert any("columns=ask" in link for link in other.links())


def test_a_file_that_is_too_large_is_told_how_large_it_may_be(money: Site) -> None:
    cashier = money.sign_in("cashier")
    open_account(cashier)
    for megabytes, status in ((20, 413), (16, 422)):
        refused = send_file(cashier, b"x" * (megabytes * 1024 * 1024 + 1))
        # The client keeps what it sends in a file once that is large, and leaves it open.
        refused.request.environ["wsgi.input"].close()
        assert refused.status_code == status
        said = refused.get_data(as_text=True)
        assert "16 MB" in said
        assert "50,000 characters" not in said
    form = cashier.get("/bank").form_to("/bank/accounts")
    assert "50,000 characters" in cashier.send_page(form, bank="x" * (2 * 1024 * 1024)).text


def test_the_casebook_statement_is_looked_at_and_entered_in_the_browser(site: Site) -> None:
    write_receipts(site.office, casebook_papers())
    cashier = site.sign_in("cashier")
    open_account(cashier)
    camt = (CASEBOOK / "bank.camt053.xml").read_bytes()
    page = follow(cashier, send_file(cashier, camt, "bank.camt053.xml"))
    for figure in ("284", "276", "23,996,082.75 yuan"):
        assert figure in page.text
    enter = next(form for form in page.forms() if form.action.endswith("/enter"))
    assert "276 matched, 8 not explained" in follow(cashier, cashier.send(enter, act="enter")).text
    before = site.counts()
    again = follow(cashier, send_file(cashier, camt, "again.xml"))
    assert "there is nothing to enter" in again.text
    assert "nothing changed" in follow(cashier, cashier.send(enter, act="enter")).text
    assert site.counts() == before
    assert cashier.get("/bank/lines?state=matched").text.count("number and amount agree") == 50
    assert cashier.client.get("/bank/lines/424242").status_code == 404


def test_the_auditor_reads_everything_and_writes_nothing(money: Site) -> None:
    entered(money.sign_in("cashier"))
    auditor = money.sign_in("auditor")
    before = money.counts()
    line = next(link for link in auditor.get("/bank/lines").links() if link.startswith("/bank/lines/"))
    for path in ("/bank", "/bank/lines?state=open", "/remittances", "/ageing", "/ageing/receipts", line):
        page = auditor.get(path)
        assert page.status == 200
        assert [form.action for form in page.forms() if not form.action.startswith(("/language", "/sign-out"))] in (
            [], ["/bank/lines"], ["/ageing/receipts"],
        )  # fmt: skip
    token = auditor.get("/law").form_to("/sign-out").values
    for path in ("/bank/accounts", "/bank/files", "/bank/lines/suspend", f"{line}/undo", "/remittances/new"):
        assert auditor.client.post(path, data={**token, "key": "x"}).status_code == 403
    for path in ("/remittances/new", "/bank/files/1"):
        assert auditor.client.get(path).status_code == 403
    assert money.counts() == before


def test_a_file_whose_seal_does_not_open_shows_nothing_and_says_so(money: Site) -> None:
    cashier = money.sign_in("cashier")
    open_account(cashier)
    address = send_file(cashier, CSV).location
    assert cashier.client.get(address).status_code == 200
    with psycopg.connect(money.office.database_url) as connection:
        connection.execute("alter table bank_file disable trigger user")
        connection.execute("update bank_file set content_sealed = content_sealed || 'x'::bytea")
        connection.execute("alter table bank_file enable trigger user")
    shut = cashier.client.get(address)
    assert (shut.status_code, "cannot be opened" in shut.text, "march.csv" in shut.text) == (500, True, False)


@pytest.mark.parametrize("path", ["/bank", "/bank/lines?state=open", "/remittances", "/ageing", "/ageing/receipts"])
def test_a_page_asks_little_however_much_there_is(money: Site, path: str) -> None:
    cashier = money.sign_in("cashier")
    entered(cashier)
    assert len(money.statements_of(cashier, path)) <= 12
