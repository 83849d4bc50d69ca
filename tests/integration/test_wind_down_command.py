"""``caseflow winddown``: plan, run, approval by another, going on, and who was released."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from caseflow.cli import main
from tests.office import Office
from tests.wind_downs import PAPER, at_stage, steps

BOOK = Path(__file__).parents[3] / "shared" / "data" / "casebook"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["winddown", *arguments])


def told(*arguments: str) -> Any:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.usefixtures("commands")
def test_a_run_from_the_plan_to_the_released(office: Office) -> None:
    decided, listed = at_stage(office, "decided"), at_stage(office, "listed")
    rows = told("plan")["rows"]
    assert [(row["class"], row["stage"]) for row in rows] == [
        ("stop_collection", "decided"),
        ("withdraw_and_delist", "listed"),
    ]
    assert rows[0]["case"].startswith("云计征字")
    assert rows[0]["reason"]["zh"]
    assert {source["checked"] for source in rows[0]["reason"]["sources"]} == {"text_seen", "secondary"}
    assert [step["step"] for step in rows[0]["steps"]][:2] == ["freeze_decided", "stop_collection"]
    assert [row["class"] for row in told("plan", "--class", "withdraw_and_delist")["rows"]] == ["withdraw_and_delist"]
    assert call("plan", "--class", "forgive").exit_code == 2
    assert "stop_collection (decided): 1" in call("plan").output
    begun = told("run", "--class", "stop_collection", "--class", "withdraw_and_delist", "--by", "supervisor")
    run = str(begun["run"])
    assert (begun["status"], begun["cases"], begun["outcomes"]) == ("prepared", 2, {"waiting": 2})
    nobody = call("run", "--approve", run)
    assert nobody.exit_code == 2 or "may not" in nobody.output, "two may approve: one must be named"
    lacking = call("run", "--approve", run, "--by", "approver")
    assert (lacking.exit_code, "finance" in lacking.output) == (1, True)
    assert call("run", "--go-on", run).exit_code == 1, "nothing is done before it is approved"
    done = told("run", "--approve", run, "--by", "approver", "--finance-paper", PAPER)
    assert {row["class"]: row["outcome"] for row in done["rows"]} == {
        "stop_collection": "done",
        "withdraw_and_delist": "waiting_for_court",
    }
    assert len(steps(office, decided)) == 4
    again = told("run", "--go-on", run)
    assert again["outcomes"] == {"done": 1, "waiting_for_court": 1}
    assert len(steps(office, listed)) == 2
    figures = told("released")
    assert (figures["listed_now"], figures["waiting_withdrawal"], figures["months"][0]["balances"]) == (1, 1, 1)
    assert "Listed now: 1" in call("released").output
    assert call("run", "--go-on", "999").exit_code == 1


@pytest.mark.usefixtures("commands", "office")
def test_the_plan_of_the_imported_casebook_is_its_key_row_by_row() -> None:
    file = str(BOOK / "casebook.csv")
    imported = ["cases", "import", file, "--by", "officer", "--commit", "--good-rows-only", "--json"]
    CliRunner().invoke(main, imported, catch_exceptions=False)
    key = json.loads((BOOK / "key.json").read_text(encoding="utf-8"))["rows"]
    good = {row["case"]: (row["winddown"], row["stage"], row["paid_fen"]) for row in key if row["ok"]}
    found = {row["case"]: (row["class"], row["stage"], row["paid_fen"]) for row in told("plan")["rows"]}
    assert found == good
