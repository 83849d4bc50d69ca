"""Imported cases through the web: each shape of row opens, on every desk, and the receipts are nobody's to print."""

from __future__ import annotations

import pytest

from tests.casebook import KEY
from tests.imported import good_rows, import_rows
from tests.site import Site


@pytest.mark.parametrize("login", ["officer", "liaison", "auditor"])
def test_each_shape_of_row_opens_on_its_page(site: Site, login: str) -> None:
    office = site.office
    known = {row["row"]: (row["stage"], row["winddown"]) for row in KEY["rows"] if row["ok"]}
    first = {shape: row for row, shape in sorted(known.items(), reverse=True)}
    rows = good_rows(office.application.rulebook.regime("social_support_fee"))
    written = import_rows(office, [row for row in rows if row.number in first.values()])
    visitor = site.sign_in(login)
    for row, case_id in written.case_ids.items():
        page = visitor.get(f"/cases/{case_id}")
        assert f"row {row} of casebook.csv" in page.text
        assert "not witnessed by caseflow" in page.text
    for path in ("/cases", "/referrals", "/desk"):
        assert visitor.get(path).text


def test_a_reported_receipt_is_shown_and_not_printed(site: Site) -> None:
    office = site.office
    paid = next(row["row"] for row in KEY["rows"] if row["ok"] and row["stage"] == "paid")
    rows = good_rows(office.application.rulebook.regime("social_support_fee"))
    import_rows(office, [row for row in rows if row.number == paid])
    visitor = site.sign_in("cashier")
    page = visitor.get("/receipts/lots/1/1")
    assert "caseflow did not issue it" in page.text
    assert not any(link.endswith(".pdf") for link in page.links())
    assert visitor.client.get("/receipts/lots/1/1.pdf").status_code != 200
    assert "31000001" in visitor.get("/receipts/lots/1").text
    assert "receipt of an old casebook" in visitor.get("/receipts/lots").text
    assert "No receipt of that day." in visitor.get("/receipts").text
