"""The page of a referral: the conditions in words, the evidence that is chosen, the bundle that is saved."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from caseflow.adapters.bundles import BundleFolder, verify_bundle
from caseflow.adapters.signing_key import SigningKey
from caseflow.domain.case_files import Purpose
from caseflow.services.case_files import AddFile
from tests.sealed import seal_all
from tests.site import Site

NEEDED = ("penalty_decision", "service_record", "demand_letter", "demand_reply", "court_application")


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Iterator[Path]:
    application, key = site.office.application, tmp_path / "keys" / "record.pem"
    writer = BundleFolder(tmp_path / "bundles", lambda: SigningKey.at(key, make=True))
    # Sealed with a key of its own, and written where the test sees what is left behind.
    object.__setattr__(application, "referral_bundles", replace(application.referral_bundles, writer=writer))
    yield tmp_path
    assert not list((tmp_path / "bundles").glob("*/*")), "a bundle was left behind"


def test_the_conditions_stand_on_the_case_and_on_the_page_of_the_referral(site: Site) -> None:
    case_id = site.office.walk("two_illegal_hearing_court", until="serve_demand")
    officer, address = site.sign_in("officer"), f"/referrals/{case_id}/bundle"
    page = officer.get(f"/cases/{case_id}")
    assert "Conditions of a referral" in page.text
    assert address in page.links()
    own = officer.get(address)
    assert own.status == 200
    assert "Demand served and its time past: does not hold" in own.text
    assert "opens on" in own.text
    assert "Administrative Compulsion Law, articles 54, 69" in own.text
    assert "statute text read" in own.text
    assert "The application to the court is not signed yet" in own.text
    assert "Make and save the bundle" not in own.text
    assert "None yet." in own.text
    assert site.visitor().get(address).status == 302


def test_a_bundle_is_saved_and_its_hash_shown(site: Site, place: Path) -> None:
    case_id = site.office.walk("two_illegal_hearing_court", until="sign_court_application")
    liaison, address = site.sign_in("liaison"), f"/referrals/{case_id}/bundle"
    assert "Penalty decision: not issued yet" in liaison.get(address).text
    site.office.issue(case_id, *NEEDED)
    seal_all(site.office.database_url, place)
    ready = liaison.get(address)
    form = ready.form_to(address)
    saved = liaison.send(form)
    assert saved.status_code == 200
    assert saved.headers["Content-Type"] == "application/zip"
    path = place / "saved.zip"
    path.write_bytes(saved.data)
    saved.close()
    verdict = verify_bundle(path)
    assert verdict.holds, verdict.damages
    [made] = site.office.application.referral_bundles.show(site.office.actors["liaison"], case_id).bundles
    assert made.tagmanifest_sha256.hex() in liaison.get(address).text
    withdrawn = {"withdrawn_on": "2023-12-18", "outcome_reasons": "A sheet was missing."}
    site.office.advance(case_id, "withdraw_application", withdrawn, actor="liaison")
    refused = liaison.send_page(form)
    assert refused.status == 422
    assert "The application was withdrawn" in refused.text


def test_an_officer_chooses_the_evidence(site: Site) -> None:
    case_id = site.office.walk("two_illegal_hearing_court", until="sign_court_application")
    asked = AddFile(case_id, Purpose.EVIDENCE, "Meter", None, "note.txt", io.BytesIO(b"it read 7"), str(uuid.uuid4()))
    file_id = site.office.application.case_files.add(site.office.actors["officer"], asked)
    officer, address = site.sign_in("officer"), f"/referrals/{case_id}/bundle"
    form = officer.get(address).form_to(f"/referrals/{case_id}/evidence")
    assert officer.send(form, file=str(file_id)).status_code == 302
    assert officer.get(address).by_id(f"file-{file_id}").get("checked") is not None
    wrong = officer.send_page(form, file="99999")
    assert wrong.status == 422
    assert "Choose only files of this case" in wrong.text
    assert "Evidence for the court" not in site.sign_in("liaison").get(address).text
