"""The page that withdraws many applications: what is asked first is what can be done."""

from __future__ import annotations

from datetime import date

from tests.site import Site

NEW = "/referrals/withdrawals/new"


def test_a_day_that_no_case_takes_is_told_at_its_field_before_the_decision(site: Site) -> None:
    office = site.office
    case_id = office.walk("two_illegal_hearing_court", until="record_acceptance")
    office.time.day = date(2024, 1, 2)
    for language, told, asked in (
        ("en", "must not be before “Filed with the court on”", "cannot be filed again: a decision"),
        ("zh", "不得早于", "也不能再次提出申请"),
    ):
        liaison = site.sign_in("liaison")
        liaison.send(liaison.get("/referrals").form_to("/language"), locale=language)
        form = liaison.get(f"{NEW}?case={case_id}").form_to(NEW)
        for act in ("check", "confirm"):
            page = liaison.send_page(form, act=act, reason="The party has paid.", withdrawn_on="1900-01-01")
            assert page.status == 422
            assert told in page.text
            assert page.by_id("withdrawn_on").get("aria-invalid") == "true"
            assert page.by_id("withdrawn_on").get("value") == "1900-01-01"
        good = liaison.send_page(form, act="check", reason="The party has paid.", withdrawn_on="2024-01-02")
        assert good.status == 200
        assert asked in good.text
