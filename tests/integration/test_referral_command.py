"""``caseflow referral bundle`` on a real database, and ``verify`` on what it wrote."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caseflow.cli import main
from tests.office import Office
from tests.sealed import settle

NEEDED = ("penalty_decision", "service_record", "demand_letter", "demand_reply", "court_application")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_a_bundle_is_written_twice_the_same_and_verifies(
    office: Office, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The papers of the test's office lie in the home of its files.
    home = Path(os.environ["CASEFLOW_TEST_HOME"]) / "files"
    for name, value in (
        ("DATABASE_URL", office.database_url),
        ("REDIS_URL", redis_url),
        ("SECRET_KEYS", "k" * 48),
        ("HOME", str(home)),
    ):
        monkeypatch.setenv(f"CASEFLOW_{name}", value)
    case_id = office.walk("two_illegal_hearing_court", until="sign_court_application")
    with office.application.store.begin() as work:
        header = work.views.header(case_id)
    assert header is not None
    refused = call("referral", "bundle", header.number, "--output", str(tmp_path / "a.zip"))
    assert refused.exit_code == 1
    assert "missing: Penalty decision: not issued yet" in refused.output
    assert call("referral", "bundle", "YL-NONE").exit_code == 2
    office.issue(case_id, *NEEDED)
    settle(office.database_url)
    assert call("audit", "seal").exit_code == 0
    for target in ("a.zip", "b.zip", "folder"):
        done = call("referral", "bundle", header.number, "--output", str(tmp_path / target))
        assert done.exit_code == 0, done.output
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    for target in ("a.zip", "folder"):
        verdict = call("referral", "verify", str(tmp_path / target))
        assert verdict.exit_code == 0, verdict.output
