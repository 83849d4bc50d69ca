"""The export page hands out one line and records it; the charts show the figures of their table, one line a page."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import Any

import psycopg
import pytest
from lxml import etree

from caseflow.domain.ledger import Account, Line
from caseflow.domain.spending import Act
from caseflow.services import ledger_exports
from caseflow.services.ledger import Posting
from tests.expenditure import do
from tests.office import Office
from tests.site import Page, Site

ACCOUNTS = {"treasury": Account("1301", "treasury"), "bank": Account("1201", "collecting_bank")}


def post(office: Office, line: Line, operation: str, debit: str, credit: str, fen: int) -> str:
    key = f"test:{operation}:{debit}:{fen}"
    movement = (operation, ACCOUNTS[debit], ACCOUNTS[credit], fen)
    office.application.ledger.post(office.actors["cashier"], Posting(key, line, [movement]))
    return key


@pytest.fixture
def busy(site: Site) -> Site:
    """18,000.00 assessed and collected by 5 March 2024, part of it remitted; 2026's fuel spent in part."""
    office = site.office
    office.walk("two_illegal_paid", until="record_payment")
    office.time.day = date(2024, 4, 2)
    post(office, Line.INCOME, "remit", "treasury", "bank", 1_200_000)
    wrong = post(office, Line.INCOME, "remit", "treasury", "bank", 100_000)
    office.application.ledger.reverse(office.actors["cashier"], wrong, reason="twice", idempotency_key="r1")
    office.time.day = date(2025, 12, 30)
    of = do(office, Act.APPROPRIATE, year="2026", purpose="Fuel", amount="9000")
    office.time.day = date(2026, 1, 5)
    bound = do(office, Act.COMMIT, of, amount="2500")
    do(office, Act.APPROVE, do(office, Act.PREPARE, bound, amount="500"))
    office.time.day = date(2026, 1, 31)
    return site


def cells(page: Page) -> dict[str, list[str]]:
    """The rows of the page's table by their heading."""
    rows = [row for body in page.tree.iter("tbody") for row in body.iter("tr")]

    def said(node: Any) -> str:
        return " ".join("".join(node.itertext()).split())

    return {said(row.find("th")): [said(cell) for cell in row.iter("td")] for row in rows}


def drawn(site: Site, login: str, page: Page) -> list[str]:
    """Every text of the drawings of a page, read as the SVG files they are."""
    texts = []
    for image in page.tree.iter("img"):
        assert image.get("alt")
        answer = site.sign_in(login).client.get(image.get("src"))
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        tree = etree.fromstring(answer.data)
        assert not [node for node in tree.iter() if etree.QName(node).localname in ("script", "image", "a")]
        texts += [text for node in tree.iter("{*}text") if (text := "".join(node.itertext()))]
    return texts


def test_income_by_month_is_collected_remitted_and_outstanding(busy: Site) -> None:
    busy.office.time.day = date(2024, 4, 30)
    page = busy.sign_in("cashier").get("/charts?line=income")
    table = cells(page)
    assert len(table) == 24
    assert table["February 2024"] == ["0.00 yuan", "0.00 yuan", "18,000.00 yuan"]
    assert table["March 2024"] == ["18,000.00 yuan", "0.00 yuan", "0.00 yuan"]
    assert table["April 2024"] == ["0.00 yuan", "12,000.00 yuan", "0.00 yuan"]
    texts = drawn(busy, "cashier", page)
    assert {"2024-03", "Collected", "Remitted to the treasury"} <= set(texts)
    assert "Fuel" not in page.html


def test_the_months_begin_with_what_was_owed_before_them(busy: Site) -> None:
    busy.office.walk("water_instalments", until="serve_decision")
    owed = busy.office.time.day
    page = busy.sign_in("auditor").get("/charts?line=income")
    before = cells(page)[f"{owed:%B %Y}"][2]
    assert before != "0.00 yuan"
    busy.office.time.day = date(owed.year + 3, owed.month, 1)
    assert {row[2] for row in cells(busy.sign_in("auditor").get("/charts")).values()} >= {before}


def test_use_of_appropriations_by_year(busy: Site) -> None:
    visitor = busy.sign_in("payer")
    page = visitor.get("/charts?line=expenditure")
    assert cells(page) == {"Fuel 2026-001": ["500.00 yuan", "2,000.00 yuan", "6,500.00 yuan", "9,000.00 yuan"]}
    texts = drawn(busy, "payer", page)
    assert {"Paid", "Committed, not yet paid", "Left", "2026-001 Fuel"} <= set(texts)
    assert "ollected" not in page.text
    assert "No appropriation was open" in visitor.get("/charts?line=expenditure&year=2025").text
    assert visitor.get("/charts?line=expenditure&year=2027").status == 200
    for wrong in ("line=both", "line=expenditure&year=2028", "line=expenditure&year=1"):
        assert visitor.get(f"/charts?{wrong}").status == 404


def test_who_takes_income_sees_no_spending_and_who_spends_no_income(busy: Site) -> None:
    for login, own, other, line in (
        ("cashier", "income", "expenditure", "appropriations"),
        ("payer", "expenditure", "income", "collected"),
    ):
        visitor = busy.sign_in(login)
        assert visitor.get(f"/charts?line={own}").status == 200
        # The switch of the language leads back to the very address, and a token holds its second: both stand in hidden
        # inputs, and nothing else differs.
        unasked, chosen = (
            re.sub(r'name="(csrf_token|back)"\s+value="[^"]*"', "", visitor.get(path).html)
            for path in ("/charts", f"/charts?line={own}")
        )
        assert unasked == chosen, "their own line, unasked"
        assert visitor.get(f"/charts?line={other}").status == 403
        assert visitor.get(f"/charts/{line}.svg").status == 403
        page = visitor.get("/exports")
        assert (page.by_id(f"line-{own}") is None, page.by_id(f"line-{other}") is None) == (False, True)
        assert visitor.send(page.form_to("/exports"), line=other, format="csv").status_code == 422


def test_an_empty_office_says_what_would_appear(site: Site) -> None:
    visitor = site.sign_in("auditor")
    assert "Nothing was assessed" in visitor.get("/charts?line=income").text
    assert "No appropriation" in visitor.get("/charts?line=expenditure").text
    assert site.sign_in("officer").get("/charts").status == 403


def test_a_file_streams_out_and_the_record_knows(busy: Site) -> None:
    visitor = busy.sign_in("auditor")
    form = visitor.get("/exports").form_to("/exports")
    answer = visitor.send(form, line="income", format="csv", since="2024-03-01")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="caseflow-TEST-income-2024-03-01-to-2026-01-31.csv"'
    )
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))
    assert sorted(row["Amount (yuan)"] for row in rows) == ["1000.00", "1000.00", "12000.00", "18000.00"]
    answer.close()
    with psycopg.connect(busy.office.database_url) as connection:
        told = connection.execute(
            "select s.login, e.body->>'rows', e.body->>'format' from audit_event e join staff s on s.id = e.actor_id "
            "where action = 'ledger_exported'"
        ).fetchall()
    assert told == [("auditor", "4", "csv")]
    assert busy.office.application.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["xlsx", "beancount", "hledger"])
def test_every_format_is_to_be_had(busy: Site, name: str) -> None:
    visitor = busy.sign_in("payer")
    answer = visitor.send(visitor.get("/exports").form_to("/exports"), line="expenditure", format=name)
    assert answer.status_code == 200
    body = answer.get_data()
    answer.close()
    assert body.startswith(b"PK") if name == "xlsx" else "Assets:Quota:" in body.decode()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"line": ""}, "Choose one of the two lines"),
        ({"line": "both"}, "Choose one of the two lines"),
        ({"format": "pdf"}, "Choose a format"),
        ({"since": "8 March"}, "Give a day such as"),
        ({"since": "2026-01-20", "until": "2026-01-10"}, "comes after the last one"),
    ],
)
def test_a_wrong_order_keeps_what_was_typed_and_records_nothing(site: Site, typed: dict[str, str], says: str) -> None:
    visitor = site.sign_in("auditor")
    form = visitor.get("/exports").form_to("/exports")
    before = site.counts()
    page = visitor.send_page(form, **{"line": "income", "format": "hledger", "until": "2026-02-03", **typed})
    assert page.status == 422
    assert says in page.text
    kept = page.form_to("/exports").values
    assert kept["until"] == typed.get("until", "2026-02-03")
    assert kept["since"] == typed.get("since", "")
    assert site.counts() == before


@pytest.mark.parametrize("name", ["csv", "xlsx", "beancount", "hledger"])
def test_the_first_day_there_is_asks_for_all_days(busy: Site, name: str) -> None:
    visitor = busy.sign_in("auditor")
    form = visitor.get("/exports").form_to("/exports")
    answers = [visitor.send(form, line="income", format=name, since=since) for since in ("0001-01-01", "0001-01-02")]
    assert [answer.status_code for answer in answers] == [200] * 2
    assert all(len(answer.get_data()) > 1000 for answer in answers)


def test_more_than_a_page_hands_out_is_refused_with_the_command(busy: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_exports, "MOST_ROWS_OF_A_PAGE", 2)
    visitor = busy.sign_in("auditor")
    page = visitor.send_page(visitor.get("/exports").form_to("/exports"), line="income", format="csv")
    assert page.status == 422
    assert "caseflow ledger export --office TEST --line income --format csv" in page.text
    with psycopg.connect(busy.office.database_url) as connection:
        assert connection.execute("select from audit_event where action = 'ledger_exported'").fetchone() is None


def test_a_file_needs_the_token_and_the_right(site: Site) -> None:
    assert site.sign_in("officer").get("/exports").status == 403
    answer = site.sign_in("auditor").client.post("/exports", data={"line": "income", "format": "csv"})
    assert answer.status_code == 400
