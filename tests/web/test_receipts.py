"""The cashier's pages: the book, a day's receipts, and each act on them, as one sees and sends them."""

from __future__ import annotations

import io

import psycopg
import pytest
from pypdf import PdfReader

from tests.cashier import DAY, opened, pays, second_cashier, served
from tests.site import Form, Page, Site, Visitor


@pytest.fixture
def desk(site: Site) -> Visitor:
    """The cashier's window on the day of the payments, with a second cashier at the next one."""
    second_cashier(site.office)
    site.office.time.day = DAY
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute(
            "update staff set locale = 'en', password_hash = (select password_hash from staff where login = 'cashier')"
        )
    return site.sign_in("cashier")


def faults(page: Page) -> str:
    shown = [" ".join("".join(one.itertext()).split()) for one in page.tree.iter("div") if one.get("class") == "faults"]
    return " ".join(shown)


def sent(visitor: Visitor, path: str, **typed: str) -> Page:
    """Fill in the form at ``path`` and press "check"."""
    answers = {f"answer-{name}": value for name, value in typed.items()}
    return visitor.send_page(visitor.get(path).form_to(path), **answers, act="check")


def confirmation(page: Page) -> Form:
    return next(form for form in page.forms() if form.action.startswith("/receipts/"))


def confirmed(visitor: Visitor, page: Page) -> str:
    """Press the button of the confirmation; return where it leads."""
    assert page.status == 200, faults(page)
    answer = visitor.send(confirmation(page), act="confirm")
    assert answer.status_code == 302
    return answer.location


LOT = {"book": "general", "first_no": "A0001", "last_no": "A0003", "copies": "3"}


def test_a_lot_is_opened_after_a_look_and_what_was_typed_stays(desk: Visitor, site: Site) -> None:
    assert "has no receipts yet" in desk.get("/receipts/lots").text
    wrong = sent(desk, "/receipts/lots/new", **{**LOT, "last_no": "B0003", "copies": "many"})
    assert wrong.status == 422
    assert "must be a whole number" in faults(wrong)
    assert wrong.by_id("answer-first_no").get("value") == "A0001"
    wrong = sent(desk, "/receipts/lots/new", **{**LOT, "last_no": "B0003"})
    assert wrong.by_id("answer-last_no-fault-1") is not None
    before = site.counts()
    asked = sent(desk, "/receipts/lots/new", **LOT)
    assert site.counts() == before
    assert "accounted for, in order" in asked.text
    back = desk.send_page(confirmation(asked), act="back")
    assert back.by_id("answer-last_no").get("value") == "A0003"
    assert confirmed(desk, asked) == "/receipts/lots"
    # The same form sent again answers its first result.
    assert confirmed(desk, asked) == "/receipts/lots"
    page = desk.get("/receipts/lots")
    assert "A0001–A0003" in page.text
    assert "0 of 3" in page.text


def test_a_payment_is_made_on_the_next_number_and_leads_to_its_receipt(desk: Visitor, site: Site) -> None:
    case_id, lot_id = served(site.office), opened(site.office, "A0001", "A0003")
    path = f"/cases/{case_id}/steps/record_payment"
    form = desk.get(path).form_to(path)
    assert form.values["answer-receipt_no"] == "A0001"
    paid = {"answer-paid_on": DAY.isoformat(), "answer-paid_amount": "10,000"}
    wrong = desk.send_page(form, **paid, **{"answer-receipt_no": "A0002"})
    assert (wrong.status, wrong.by_id("answer-receipt_no").get("value")) == (422, "A0002")
    assert "write the next one, A0001" in faults(wrong)
    assert desk.send(form, **paid, **{"answer-receipt_no": "1"}).status_code == 302
    before = site.counts()
    # The same form sent again, after a cut reply, is answered by its first result.
    assert desk.send(form, **paid, **{"answer-receipt_no": "1"}).status_code == 302
    assert site.counts() == before
    case = desk.get(f"/cases/{case_id}")
    assert f"/receipts/lots/{lot_id}/1" in case.links()
    assert "Receipt: A0001" in case.text
    assert "Receipt: A0001" in site.sign_in("officer").get(f"/cases/{case_id}").text
    assert f"/receipts/lots/{lot_id}/1" not in site.sign_in("officer").get(f"/cases/{case_id}").links()
    day = desk.get("/receipts")
    assert "Next number: A0002" in day.text
    assert "10,000.00 yuan" in day.text


def test_more_than_is_owed_is_taken_only_after_it_was_said(desk: Visitor, site: Site) -> None:
    case_id = served(site.office)
    opened(site.office)
    path = f"/cases/{case_id}/steps/record_payment"
    form, before = desk.get(path).form_to(path), site.counts()
    asked = desk.send_page(form, **{"answer-paid_on": DAY.isoformat(), "answer-paid_amount": "20,000"})
    assert asked.status == 200
    assert "This is 2,000.00 yuan more than is owed." in asked.text
    assert site.counts() == before
    assert desk.send(asked.form_to(path), act="confirm").status_code == 302
    assert "2,000.00 yuan" in desk.get("/receipts").text


def test_a_receipt_is_voided_with_its_money_by_the_other_cashier_only(desk: Visitor, site: Site) -> None:
    case_id, lot_id = served(site.office), opened(site.office)
    pays(site.office, case_id, "100", "1")
    path = f"/receipts/lots/{lot_id}/1/void"
    assert "You took this money" in desk.get(path).text
    other = site.sign_in("cashier2")
    wrong = sent(other, path, reason="wrong payer", copies="2")
    assert (wrong.status, "all its 3 copies" in faults(wrong)) == (422, True), faults(wrong)
    asked = sent(other, path, reason="wrong payer", copies="3")
    assert "taken back in the ledger" in asked.text
    assert confirmed(other, asked) == f"/receipts/lots/{lot_id}/1"
    assert "void" in other.get(f"/receipts/lots/{lot_id}/1").text
    case = other.get(f"/cases/{case_id}")
    assert "taken back: the receipt is void" in case.text
    assert "Outstanding 18,000.00 yuan" in case.text
    number = PdfReader(io.BytesIO(desk.client.get(f"/receipts/lots/{lot_id}/1.pdf").data)).pages[0].extract_text()
    assert "TRAINING · VOID" in number


def test_numbers_are_lost_spoiled_and_the_lot_is_checked_off_blind(desk: Visitor, site: Site) -> None:
    case_id, lot_id = served(site.office), opened(site.office)
    pays(site.office, case_id, "100", "1")
    pays(site.office, case_id, "200", "2")
    lot, on = f"/receipts/lots/{lot_id}", DAY.isoformat()
    assert "still blank" in desk.get(f"{lot}/check-off").text
    lost = sent(desk, f"{lot}/2/lose", reason="fire", copies="1", found_on=on)
    assert confirmed(desk, lost) == f"{lot}/2"
    no_day = sent(desk, f"{lot}/blanks", what="lost", through="3", reason="fire", copies="3")
    assert "day the loss was found" in faults(no_day)
    assert confirmed(desk, sent(desk, f"{lot}/blanks", what="void", through="3", reason="torn", copies="3")) == lot
    water = sent(desk, f"{lot}/blanks", what="lost", through="云财A000006", reason="water", copies="3", found_on=on)
    assert confirmed(desk, water) == lot
    page = desk.get(lot)
    assert "Their sum" not in page.text
    counted = {"issued": "1", "void": "1", "lost": "4", "issued_fen": "100", "reference": "核-1"}
    assert "does not agree" in faults(sent(desk, f"{lot}/check-off", **{**counted, "lost": "3"}))
    assert confirmed(desk, sent(desk, f"{lot}/check-off", **counted)) == lot
    assert "checked off on 5 March 2024" in desk.get(lot).text
    assert "Their sum" in desk.get(lot).text
    assert "was checked off" in desk.get(f"{lot}/blanks").text
    day = desk.get("/receipts")
    assert day.by_id("day").get("value") == on
    assert "No receipt of that day." in desk.get("/receipts?day=2024-03-04").text
    assert desk.get("/receipts?day=yesterday&after=x-y").status == 200


def test_an_auditor_reads_the_book_and_writes_nothing(desk: Visitor, site: Site) -> None:
    case_id, lot_id = served(site.office), opened(site.office)
    pays(site.office, case_id, "100", "1")
    auditor, before = site.sign_in("auditor"), site.counts()
    for path in ("/receipts", "/receipts/lots", f"/receipts/lots/{lot_id}", f"/receipts/lots/{lot_id}/1"):
        page = auditor.get(path)
        assert page.status == 200
        assert not [link for link in page.links() if link.endswith(("/void", "/lose", "/blanks", "/new"))]
    assert auditor.client.get(f"/receipts/lots/{lot_id}/1.pdf").mimetype == "application/pdf"
    token = auditor.get("/law").form_to("/sign-out").values
    for path in ("new", f"{lot_id}/blanks", f"{lot_id}/check-off", f"{lot_id}/1/void", f"{lot_id}/1/lose"):
        assert auditor.client.get(f"/receipts/lots/{path}").status_code == 403
        assert auditor.client.post(f"/receipts/lots/{path}", data=token).status_code == 403
    assert site.counts() == before
    assert site.sign_in("officer").get("/receipts").status == 403
    for path in ("/receipts/lots/4242", f"/receipts/lots/{lot_id}/9", f"/receipts/lots/{lot_id}/9.pdf"):
        assert desk.get(path).status == 404


def test_a_full_lot_is_read_page_by_page_in_few_queries(desk: Visitor, site: Site) -> None:
    lot_id = opened(site.office, "A0001", "A0120")
    first = desk.get(f"/receipts/lots/{lot_id}")
    assert f"/receipts/lots/{lot_id}?from=51" in first.links()
    last = desk.get(f"/receipts/lots/{lot_id}?from=101")
    assert ("A0120" in last.text, f"/receipts/lots/{lot_id}?from=51" in last.links()) == (True, True)
    for path in ("/receipts", "/receipts/lots", f"/receipts/lots/{lot_id}"):
        assert len(site.statements_of(desk, path)) <= 12
