"""``caseflow documents`` on a real database: list, render, verify, with its exit codes."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from caseflow import bootstrap
from caseflow.cli import main
from tests.kept import age, approved_run
from tests.office import Office
from tests.papers import begun, issued


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["documents", *arguments])


def test_papers_are_listed_rendered_and_verified(commands: Path, office: Office) -> None:
    # The store of files that the command itself finds by its commands.
    wired = bootstrap.build_application(office.database_url, time=office.time)
    own = Office(wired, office.time, office.actors, office.database_url)
    case_id = own.walk("two_illegal_paid", until="conclude_investigation")
    number = own.application.pages.show(own.actors["officer"], case_id).header.number
    assert call("list", number).output.startswith("No papers")
    [paper] = issued(own, case_id, "investigation_report")
    draft = begun(own, case_id, "inspection_record")
    wired.close()
    listed = call("list", number)
    assert (listed.exit_code, len(listed.output.splitlines())) == (0, 2)
    told = {one["paper"]: one for one in json.loads(call("list", number, "--json").output)}
    assert (told[draft]["status"], told[paper.id]["status"]) == ("draft", "issued")
    assert told[paper.id]["issued_on"] == date(2024, 1, 25).isoformat()
    for language in ("zh", "en"):
        target = commands / f"{language}.pdf"
        done = call("render", number, str(paper.id), "--language", language, "--output", str(target))
        assert done.exit_code == 0, done.output
        assert hashlib.sha256(target.read_bytes()).hexdigest() == paper.pdf_sha256[language]
    verified = call("verify")
    assert (verified.exit_code, verified.output) == (0, "All holds: 1 issued papers looked at.\n")
    assert json.loads(call("verify", number, "--json").output) == {
        "ok": True,
        "papers": 1,
        "erased": 0,
        "findings": [],
    }
    for wrong in (
        ("list", "NO-SUCH"),
        ("verify", "NO-SUCH"),
        ("render", number, str(draft), "--output", "x"),
        ("render", number, "4242", "--output", "x"),
    ):
        assert call(*wrong).exit_code == 2
    # Somebody who owns the server puts another file in its place.
    sha = paper.pdf_sha256["zh"]
    (commands / "files" / sha[:2] / f"{sha[2:]}.age").write_bytes(b"not this")
    found = call("verify", number, "--json")
    assert found.exit_code == 1
    assert [one["language"] for one in json.loads(found.output)["findings"]] == ["zh"]
    with psycopg.connect(office.database_url) as connection:
        assert connection.execute("select count(*) from paper where status = 'issued'").fetchone() == (1,)


@pytest.mark.usefixtures("commands")
def test_erased_papers_are_counted_apart_from_those_looked_at(office: Office) -> None:
    wired = bootstrap.build_application(office.database_url, time=office.time)
    own = Office(wired, office.time, office.actors, office.database_url)
    erased = own.walk("fee_double_levy_refunded", until="confirm_paid")
    own.issue(erased, "levy_decision")
    own.time.day = date(2018, 6, 4)
    own.advance(erased, "close_case", {"closing_summary": "Paid."}, actor="approver")
    issued(own, own.walk("two_illegal_paid", until="conclude_investigation"), "investigation_report")
    age(own, erased)
    wired.retention.carry_out(own.actors["auditor"], approved_run(own, erased))
    wired.close()
    verified = call("verify")
    assert verified.exit_code == 0
    assert verified.output == ("All holds: 1 issued papers looked at. 1 more are erased: nothing is left to look at.\n")
    assert json.loads(call("verify", "--json").output) == {"ok": True, "papers": 1, "erased": 1, "findings": []}
