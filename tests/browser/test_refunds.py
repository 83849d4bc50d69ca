"""The refund finder and the sealed identity number in a real browser, in both languages."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Served
from tests.browser.looking import looked_at
from tests.refunded import twice_levied


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_finding_is_read_from_the_list_to_the_step_that_puts_it_right(served: Served, locale: str) -> None:
    _, second = twice_levied(served.site.office)
    officer = served.visit("approver", locale=locale)
    officer.goto("/wind-down/refunds")
    looked_at(officer)
    officer.click("nav.kinds a[href$='ground=double_levy']")
    officer.click(f"a[href='/wind-down/refunds/{second}']")
    looked_at(officer)
    officer.click(f"a[href='/cases/{second}/steps/correct_unlawful_levy']")
    looked_at(officer)
    officer.goto(f"/cases/{second}")
    looked_at(officer)
    writer = served.visit("officer", locale=locale)
    writer.goto("/cases/new/two_illegal")
    writer.fill("#party_identity", "110105194912310021")
    writer.click("main button.act")
    looked_at(writer)
    assert writer.locator("#party_identity").input_value() == "110105194912310021"
