"""A NUL character, which PostgreSQL takes in no text, is refused in words wherever it comes."""

from __future__ import annotations

import pytest

from tests.site import Page, Site

SAYS = "What was sent holds a NUL character"


@pytest.mark.parametrize(
    "path",
    [
        "/ledger/entries/%00",
        "/ledger/accounts/%00?line=income",
        "/ledger?line=income&case=%00",
        "/ledger?line=income&document=a%00b",
        "/ledger?line=income&%00=1",
        "/receipts?number=%00",
    ],
)
def test_a_nul_in_an_address(site: Site, path: str) -> None:
    page = site.sign_in("auditor").get(path)
    assert page.status == 400
    assert SAYS in page.text


def test_a_nul_in_the_name_of_who_signs_in(site: Site) -> None:
    visitor = site.visitor()
    answer = visitor.send(visitor.get("/sign-in").form_to("/sign-in"), login="off\0icer", password="x")
    assert answer.status_code == 400
    assert SAYS in Page(answer).text


def test_a_nul_in_the_purpose_of_a_sample(site: Site) -> None:
    visitor = site.sign_in("auditor")
    page = visitor.send_page(visitor.get("/samples/new").form_to("/samples/new"), purpose="a\0b", line="income")
    assert (page.status, SAYS in page.text) == (400, True)


@pytest.mark.parametrize("act", ["note", "suspend", "match"])
def test_a_nul_on_a_line_of_the_bank(site: Site, act: str) -> None:
    visitor = site.sign_in("cashier")
    token = visitor.get("/bank").forms()[0].values["csrf_token"]
    sent = {"csrf_token": token, "key": "k1", "note": "a\0b", "reason": "a\0b"}
    answer = visitor.client.post(f"/bank/lines/1/{act}", data=sent)
    assert (answer.status_code, SAYS in Page(answer).text) == (400, True)


def test_a_nul_in_the_name_of_a_field(site: Site) -> None:
    visitor = site.sign_in("cashier")
    form = visitor.get("/bank").forms()[0]
    answer = visitor.client.post("/bank/lines/1/note", data={**form.values, "note\0": "x"})
    assert (answer.status_code, SAYS in Page(answer).text) == (400, True)


def test_the_page_that_refuses_it_speaks_chinese_too(site: Site) -> None:
    assert "空字符" in site.visitor("zh").get("/sign-in?next=%00").text


def test_a_part_of_a_form_without_a_name_is_no_fault_of_ours(site: Site) -> None:
    visitor = site.sign_in("officer")
    case_id = site.office.open()
    values = visitor.get(f"/cases/{case_id}/files").form_to(f"/cases/{case_id}/files").values
    named = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in values.items()
    )
    nameless = '--b\r\nContent-Disposition: form-data; filename="x.pdf"\r\n\r\nx\r\n--b--\r\n'
    answer = visitor.client.post(
        f"/cases/{case_id}/files", data=(named + nameless).encode(), content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 422, Page(answer).text
