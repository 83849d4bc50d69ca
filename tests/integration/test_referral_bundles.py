"""The bundle of a referral: complete or refused, the same for the same case, and nothing in it that was not chosen."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest

from caseflow.adapters.bundles import BundleFolder, verify_bundle
from caseflow.adapters.signing_key import SigningKey
from caseflow.domain.access import NotPermitted
from caseflow.domain.case_files import Purpose
from caseflow.domain.referral_document import ReferralDocument, schema
from caseflow.services.case_files import AddFile
from caseflow.services.cases import CaseNotFound
from caseflow.services.ports.referrals import WrittenBundle
from caseflow.services.referral_bundles import BundleRefused, ReferralBundles
from tests.office import Office
from tests.sealed import seal_all

NEEDED = ("penalty_decision", "service_record", "demand_letter", "demand_reply", "court_application")
SIGNED = "sign_court_application"
SECRET = "the informant saw it at night"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def bundles(office: Office, home: Path) -> Iterator[ReferralBundles]:
    writer = BundleFolder(home / "bundles", lambda: SigningKey.at(home / "keys" / "record.pem", make=True))
    yield replace(office.application.referral_bundles, writer=writer)
    assert not list((home / "bundles").glob("*/*")), "a bundle was left behind"


def signed(office: Office) -> int:
    return office.walk("two_illegal_hearing_court", until=SIGNED)


def complete(office: Office, home: Path) -> int:
    case_id = signed(office)
    office.issue(case_id, *NEEDED)
    seal_all(office.database_url, home)
    return case_id


def content(bundle: WrittenBundle) -> dict[str, bytes]:
    return {path: file.read_bytes() for path, file in bundle.files().items()}


def evidence(office: Office, case_id: int, text: str, purpose: Purpose = Purpose.EVIDENCE) -> int:
    asked = AddFile(
        case_id, purpose, f"Note: {text[:20]}", None, "note.txt", io.BytesIO(text.encode()), str(uuid.uuid4())
    )
    return office.application.case_files.add(office.actors["officer"], asked)


def test_an_incomplete_bundle_is_refused_and_says_what_is_missing(office: Office, bundles: ReferralBundles) -> None:
    liaison = office.actors["liaison"]
    case_id = office.walk("two_illegal_hearing_court", until="serve_demand")
    with pytest.raises(BundleRefused, match="not signed yet"):
        bundles.make(liaison, case_id)
    with pytest.raises(NotPermitted):
        bundles.make(office.actors["cashier"], case_id)
    with pytest.raises(CaseNotFound):
        bundles.make(liaison, 99_999)
    office.time.day = date(2023, 12, 18)
    office.advance(case_id, SIGNED, {"application_approved_on": "2023-12-18"}, actor="approver")
    with pytest.raises(BundleRefused) as refused:
        bundles.make(liaison, case_id)
    said = [words.en for words in refused.value.missing]
    assert said[:-1] == [
        "Penalty decision: not issued yet",
        "Record of service: not issued yet",
        "Demand: not issued yet",
        "Application for compulsory execution: not issued yet",
    ]
    assert "the record is not sealed yet" in said[-1]
    assert bundles.show(liaison, case_id).missing == refused.value.missing
    office.issue(case_id, *NEEDED)
    with pytest.raises(BundleRefused, match="the record is not sealed yet"):
        bundles.make(liaison, case_id)
    with psycopg.connect(office.database_url) as connection:
        assert connection.execute("select count(*) from referral_bundle").fetchone() == (0,)


def test_a_bundle_holds_the_papers_in_order_and_verifies(
    office: Office, bundles: ReferralBundles, home: Path, tmp_path: Path
) -> None:
    case_id = complete(office, home)
    officer = office.actors["officer"]
    chosen, left = evidence(office, case_id, "the meter read 7"), evidence(office, case_id, SECRET)
    bundles.choose(officer, case_id, [chosen])
    bundle = bundles.make(office.actors["liaison"], case_id)
    found = content(bundle)
    archive = tmp_path / "a.zip"
    archive.write_bytes(b"".join(bundles.writer.archive(bundle)))
    verdict = verify_bundle(bundle.folder, SigningKey.at(home / "keys" / "record.pem", make=False).public_key)
    command = [sys.executable, "-m", "bagit", "--validate", str(bundle.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    bundles.writer.discard(bundle)
    assert verdict.holds, verdict.damages
    assert verify_bundle(archive).holds
    assert done.returncode == 0, done.stderr
    assert verdict.proofs == office.version(case_id)
    document = ReferralDocument.model_validate_json(found["data/referral.json"])
    assert [entry.group for entry in document.entries] == sorted(entry.group for entry in document.entries)
    paths = [file.path for entry in document.entries for file in entry.files]
    assert paths[:4] == ["01-application.zh.pdf", "01-application.en.pdf", "02-decision.zh.pdf", "02-decision.en.pdf"]
    assert paths[4] == "03-views-1.zh.pdf"
    assert paths[-1].endswith(".txt")
    assert {f"data/{path}" for path in paths} <= set(found)
    assert found[f"data/{paths[-1]}"] == b"the meter read 7"
    assert all(condition.holds for condition in document.conditions)
    assert document.statement.outstanding_fen > 0
    everything = b"".join(found.values())
    assert SECRET.encode() not in everything
    assert b"note.txt" not in everything
    assert bundles.show(officer, case_id).chosen == {chosen}
    assert {one.id for one in bundles.show(officer, case_id).files or ()} == {chosen, left}


def test_no_word_of_the_investigation_is_in_a_bundle(office: Office, bundles: ReferralBundles, home: Path) -> None:
    case_id = complete(office, home)
    bundle = bundles.make(office.actors["liaison"], case_id)
    everything = b"".join(content(bundle).values()).decode(errors="replace")
    bundles.writer.discard(bundle)
    with office.application.store.begin() as work:
        timeline = work.views.timeline(case_id)
    decided = next(one.seq for one in timeline if one.trigger.startswith("decide"))
    notes = [
        value
        for one in timeline
        if one.seq < decided - 1
        for name, value in one.answers.items()
        if name in ("inspection_findings", "evidence_description", "findings", "conduct_summary", "review_opinion")
    ]
    assert notes
    assert not [note for note in notes if json.dumps(note, ensure_ascii=False)[1:-1] in everything]


def test_the_same_case_gives_the_same_bundle_whoever_asks_and_when(
    office: Office, bundles: ReferralBundles, home: Path
) -> None:
    case_id = complete(office, home)
    first = bundles.make(office.actors["liaison"], case_id)
    one = content(first)
    office.time.day = date(2023, 12, 20)
    seal_all(office.database_url, home)
    with office.application.store.begin() as work:
        header = work.views.header(case_id)
    assert header is not None
    second = bundles.make_by_number(header.number)
    other = content(second)
    for bundle in (first, second):
        bundles.writer.discard(bundle)
    assert {path for path in one if one[path] != other.get(path)} == set()
    assert set(one) == set(other)
    made = bundles.show(office.actors["liaison"], case_id).bundles
    assert {entry.tagmanifest_sha256 for entry in made} == {first.tagmanifest_sha256}
    assert [entry.made_by is None for entry in made] == [True, False]
    with psycopg.connect(office.database_url) as connection:
        events = connection.execute(
            "select actor_id, body->>'tagmanifest_sha256' from audit_event "
            "where action = 'referral_bundle_made' order by id"
        ).fetchall()
    digest = first.tagmanifest_sha256.hex()
    assert events == [(office.actors["liaison"].id, digest), (None, digest)]


def test_a_withdrawn_application_gives_no_bundle(office: Office, bundles: ReferralBundles, home: Path) -> None:
    case_id = complete(office, home)
    answers = {"withdrawn_on": "2023-12-18", "outcome_reasons": "A sheet was missing."}
    office.advance(case_id, "withdraw_application", answers, actor="liaison")
    with pytest.raises(BundleRefused, match="withdrawn"):
        bundles.make(office.actors["liaison"], case_id)


def test_only_an_officer_chooses_and_only_files_of_the_case(office: Office, bundles: ReferralBundles) -> None:
    case_id = signed(office)
    own = evidence(office, case_id, "the meter read 7")
    with pytest.raises(NotPermitted):
        bundles.choose(office.actors["liaison"], case_id, [own])
    with pytest.raises(BundleRefused, match="only files of this case"):
        bundles.choose(office.actors["officer"], case_id, [own + 100])
    bundles.choose(office.actors["officer"], case_id, [own])
    bundles.choose(office.actors["officer"], case_id, [own])
    bundles.choose(office.actors["officer"], case_id, [])
    assert bundles.show(office.actors["officer"], case_id).chosen == frozenset()
    assert bundles.show(office.actors["liaison"], case_id).files is None


def test_the_schema_in_the_documentation_is_the_one_in_force() -> None:
    path = Path(__file__).resolve().parents[2] / "docs" / "referral.schema.json"
    assert path.read_text(encoding="utf-8") == schema()
