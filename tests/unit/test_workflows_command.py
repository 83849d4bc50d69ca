"""The command: exit codes, findings, pages, drawings. Needs no database."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caseflow.cli.workflows import workflows
from caseflow.resources import data_directory

REGIMES = {"social_support_fee", "two_illegal", "water_abstraction_fine"}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(workflows, [str(argument) for argument in arguments])


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder of an office's own with one regime and no law files."""
    shutil.copy(data_directory("workflows") / "two_illegal.yaml", tmp_path)
    return tmp_path


def spoil(folder: Path, old: str, new: str) -> None:
    file = folder / "two_illegal.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_files_are_sound() -> None:
    result = run("check")
    assert result.exit_code == 0, result.output
    assert {line.split()[0] for line in result.output.splitlines()} == REGIMES


def test_the_report_as_json() -> None:
    report = json.loads(run("check", "--json").output)
    assert report["ok"] is True
    assert report["findings"] == []
    assert {regime["regime"] for regime in report["regimes"]} == REGIMES
    assert all(regime["states"] > 30 and regime["situations"] > 100 for regime in report["regimes"])


def test_where_law_is_missing_the_shipped_law_is_used(office: Path) -> None:
    assert run("check", office).exit_code == 0
    spoil(office, "cn.apl.decision_90d", "cn.apl.decision_91d")
    result = run("check", office)
    assert result.exit_code == 1
    assert "no clock in the law files named 'cn.apl.decision_91d'; did you mean 'cn.apl.decision_90d'?" in result.output


def test_a_forbidden_subject_is_a_finding_with_its_line(office: Path) -> None:
    spoil(office, "subjects: [institution,", "subjects: [patient, institution,")
    result = run("check", office)
    assert result.exit_code == 1
    file = office / "two_illegal.yaml"
    line = 1 + next(
        n for n, text in enumerate(file.read_text(encoding="utf-8").splitlines()) if text.startswith("subjects:")
    )
    assert result.output.startswith(f"{file}:{line}: subjects.0: the subject type 'patient' is forbidden")
    report = json.loads(run("check", office, "--json").output)
    assert report["ok"] is False
    assert report["findings"][0]["line"] == line


def test_an_own_law_folder_is_used_and_judged(office: Path) -> None:
    (office / "law").mkdir()
    (office / "law" / "broken.yaml").write_text("statute: [\n", encoding="utf-8")
    result = run("check", office)
    assert result.exit_code == 1
    assert "broken.yaml:" in result.output


def test_a_file_must_bear_the_name_of_its_regime(office: Path) -> None:
    (office / "two_illegal.yaml").rename(office / "another.yaml")
    result = run("check", office)
    assert result.exit_code == 1
    assert "its file must be two_illegal.yaml" in result.output


@pytest.mark.parametrize(
    "arguments", [("check", "no/such/folder"), ("check", "--colour"), ("diagram", "no_regime"), ("docs",)]
)
def test_bad_usage_exits_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_an_empty_folder_is_bad_usage(tmp_path: Path) -> None:
    assert run("check", tmp_path).exit_code == 2


def test_no_drawing_of_a_refused_file(office: Path) -> None:
    spoil(office, "subjects: [institution,", "subjects: [patient, institution,")
    result = run("diagram", "two_illegal", "--dir", office)
    assert result.exit_code == 1
    assert "patient" in result.output


@pytest.mark.parametrize(("form", "beginning"), [("svg", "<svg"), ("mermaid", "flowchart TB")])
def test_drawings(tmp_path: Path, form: str, beginning: str) -> None:
    shown = run("diagram", "two_illegal", "--format", form, "--locale", "zh")
    assert shown.exit_code == 0
    assert shown.output.startswith(beginning)
    assert "调查" in shown.output
    file = tmp_path / "drawing"
    assert run("diagram", "two_illegal", "--format", form, "--locale", "zh", "--output", file).exit_code == 0
    assert file.read_text(encoding="utf-8") == shown.output


def test_pages_are_written_once_and_checked(office: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    pages = tmp_path_factory.mktemp("pages")
    own = pages / "notes.md"
    own.write_text("# written by hand\n", encoding="utf-8")
    assert run("docs", "--output", pages, "--dir", office).exit_code == 0
    page = (pages / "two_illegal.md").read_text(encoding="utf-8")
    for part in ("```mermaid", "## States", "`serve_decision`", "`fine_is_large`", "every path ends in closed"):
        assert part in page
    assert run("docs", "--output", pages, "--dir", office, "--check").exit_code == 0
    (pages / "two_illegal.md").write_text(page + "edited\n", encoding="utf-8")
    stale = run("docs", "--output", pages, "--dir", office, "--check")
    assert stale.exit_code == 1
    assert "two_illegal.md" in stale.output
    assert run("docs", "--output", pages, "--dir", office).exit_code == 0
    assert (pages / "two_illegal.md").read_text(encoding="utf-8") == page
    assert own.exists()


def test_a_page_of_a_regime_that_is_gone_is_removed(office: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    pages = tmp_path_factory.mktemp("pages")
    run("docs", "--output", pages)
    assert (pages / "water_abstraction_fine.md").exists()
    assert run("docs", "--output", pages, "--dir", office, "--check").exit_code == 1
    assert run("docs", "--output", pages, "--dir", office).exit_code == 0
    assert not (pages / "water_abstraction_fine.md").exists()


@pytest.mark.parametrize("regime", sorted(REGIMES))
def test_walks_touch_every_state_and_step(regime: str) -> None:
    report = json.loads(run("simulate", regime, "--runs", "250", "--seed", "3", "--json").output)
    assert report["states_missed"] == []
    assert report["steps_missed"] == []
    assert report["unfinished"] == 0


def test_walks_in_words() -> None:
    result = run("simulate", "two_illegal", "--runs", "5")
    assert result.exit_code == 0
    assert "two_illegal: 5 walks with seed 1" in result.output
    assert "; not: " in result.output
