"""The pages of the refund finder: the list by ground, a case's sheet, the block on the case page."""

from __future__ import annotations

from tests.refunded import NUMBER, twice_levied
from tests.site import Site


def test_a_finding_stands_in_the_list_on_its_sheet_and_on_the_case(site: Site) -> None:
    first, second = twice_levied(site.office)
    officer = site.sign_in("officer")
    listed = officer.get("/wind-down/refunds")
    assert listed.status == 200
    assert "/wind-down/refunds" in listed.links()
    assert f"/wind-down/refunds/{second}" in listed.links()
    assert f"/wind-down/refunds/{first}" not in listed.links()
    assert "Levied twice for the same fact (1)" in listed.text
    assert "Surcharge above what the law allows (0)" in listed.text
    assert "15,750.00" in listed.text
    assert f"/wind-down/refunds/{second}" in officer.get("/wind-down/refunds?ground=double_levy").links()
    other = officer.get("/wind-down/refunds?ground=over_cap")
    assert "No paid fee stands on this ground." in other.text
    assert f"/wind-down/refunds/{second}" in officer.get("/wind-down/refunds?ground=nonsense").links()
    sheet = officer.get(f"/wind-down/refunds/{second}")
    for said in (
        "Decree 357 (2002), article 5",
        "rule cn.d357.one_levy, version from 1 September 2002 · statute text read",
        "paid on 28 May 2018",
        "Goes back on this ground: 15,750.00 yuan",
        "Until 28 May 2020.",
        "It is over.",
        "Decree 427 (2004, amended 2011), articles 3 and 4",
        "taken on 28 May 2018: 1,373 day(s)".replace(",", ""),
    ):
        assert said in sheet.text, said
    assert f"/cases/{second}/steps/correct_unlawful_levy" in sheet.links()
    block = officer.get(f"/cases/{second}")
    assert "Money that should go back" in block.text
    assert f"/wind-down/refunds/{second}" in block.links()
    assert len(site.statements_of(officer, f"/cases/{second}")) <= 13
    assert len(site.statements_of(officer, f"/wind-down/refunds/{second}")) <= 12
    assert len(site.statements_of(officer, "/wind-down/refunds")) <= 12
    stands = officer.get(f"/cases/{first}")
    assert "Money that should go back" not in stands.text
    assert officer.client.get(f"/wind-down/refunds/{first}").status_code == 404
    who_reads_what(site, second)


def who_reads_what(site: Site, second: int) -> None:
    auditor = site.sign_in("auditor")
    auditor.send(auditor.get("/wind-down/refunds").form_to("/language"), locale="zh")
    sheet = auditor.get(f"/wind-down/refunds/{second}")
    assert "同一事实重复征收" in sheet.text
    assert "《社会抚养费征收管理办法》第五条" in sheet.text
    assert "2020年5月28日届满" in sheet.text
    assert f"/cases/{second}/steps/correct_unlawful_levy" not in sheet.links()
    assert NUMBER not in sheet.html
    liaison = site.sign_in("liaison")
    assert f"/wind-down/refunds/{second}" in liaison.get(f"/cases/{second}").links()
    cashier = site.sign_in("cashier")
    assert cashier.client.get("/wind-down/refunds").status_code == 403
    page = cashier.get(f"/cases/{second}")
    assert page.status == 200
    assert "Money that should go back" not in page.text


def test_an_office_without_findings_is_told_what_would_appear_and_how(site: Site) -> None:
    page = site.sign_in("supervisor").get("/wind-down/refunds")
    assert "No paid fee shows an unlawful taking." in page.text
    assert "a second levy for the same fact" in page.text
    assert site.sign_in("officer").client.get("/wind-down/refunds/1").status_code == 404
