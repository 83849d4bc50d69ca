"""The conditions of a referral and its bundle in a real browser, in both languages."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from caseflow.adapters.bundles import BundleFolder, verify_bundle
from caseflow.adapters.signing_key import SigningKey
from tests.browser.conftest import Served
from tests.browser.looking import looked_at
from tests.sealed import seal_all

NEEDED = ("penalty_decision", "service_record", "demand_letter", "demand_reply", "court_application")


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_conditions_are_read_and_a_bundle_is_saved(served: Served, tmp_path: Path, locale: str) -> None:
    office = served.site.office
    writer = BundleFolder(tmp_path, lambda: SigningKey.at(tmp_path / "keys" / "record.pem", make=True))
    bundles = replace(office.application.referral_bundles, writer=writer)
    object.__setattr__(office.application, "referral_bundles", bundles)
    case_id = office.walk("two_illegal_hearing_court", until="sign_court_application")
    liaison = served.visit("liaison", locale=locale)
    liaison.goto(f"/cases/{case_id}")
    liaison.click("section[aria-labelledby=referral-title] summary")
    looked_at(liaison)
    liaison.click(f"a[href='/referrals/{case_id}/bundle']")
    expect(liaison.locator(".condition")).to_have_count(10)
    expect(liaison.locator("#missing li")).to_have_count(6)
    looked_at(liaison)
    office.issue(case_id, *NEEDED)
    seal_all(office.database_url, tmp_path)
    liaison.reload()
    with liaison.expect_download() as downloading:
        liaison.click("section[aria-labelledby=bundle-title] button")
    saved = tmp_path / "saved.zip"
    downloading.value.save_as(saved)
    assert verify_bundle(saved).holds
    liaison.reload()
    expect(liaison.locator(".hash code")).to_have_count(1)
    looked_at(liaison)
    with zipfile.ZipFile(saved) as opened:
        opened.extractall(tmp_path / "out")
    [index] = (tmp_path / "out").glob("*/data/index.html")
    for name in ("index.html", "04-statement.html"):
        liaison.goto((index.parent / name).as_uri())
        looked_at(liaison)
