"""``caseflow workflows``: check, draw, describe and try out the workflow files. Needs no database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from caseflow import bootstrap
from caseflow.bootstrap import check_papers, check_templates, load_law, mermaid, shipped_law, workflow_svg
from caseflow.cli.attached import attached
from caseflow.cli.workflow_pages import GENERATED_BY, index_page, workflow_page
from caseflow.domain.law import LawBook
from caseflow.domain.office_staffing import office_gaps
from caseflow.domain.soundness import Space
from caseflow.domain.soundness.walks import Coverage, walk
from caseflow.domain.sources import FileRefused, Problem
from caseflow.domain.workflow import Definition, load_definition
from caseflow.resources import data_directory, read_yaml

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FINDINGS_EXIT = 1
_USAGE_EXIT = 2


@click.group()
def workflows() -> None:
    """Check, draw, describe and try out workflow files."""


@workflows.command()
@click.argument("directory", type=_FOLDER, required=False)
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
@click.option("--office", help="Also prove that the people of the office with this code are enough for every step.")
def check(directory: Path | None, as_json: bool, office: str | None) -> None:
    """Check every workflow file of DIRECTORY (default: the shipped ones).

    Exits 0 when all are sound, 1 with the findings as FILE:LINE: reason, 2 on bad usage. Clocks and amounts are
    looked up in DIRECTORY/law, or in the shipped law where that folder is missing.

    With --office it also proves that whoever of the office's active staff took which step before, somebody is left for
    every step that can be reached; who is missing for which step is a finding.
    """
    folder = directory or data_directory("workflows")
    files = _workflow_files(folder)
    law, findings = _law_of(folder)
    findings.extend(check_papers())
    sound: list[dict[str, Any]] = []
    definitions: list[Definition] = []
    for file in files:
        try:
            definition = _load(file, law)
        except FileRefused as refusal:
            findings.extend(refusal.problems)
        else:
            sound.append(_summary(file, definition))
            definitions.append(definition)
    gaps = _gaps(definitions, office) if office is not None else []
    if as_json:
        found = [{"file": f.file, "line": f.line, "where": f.where, "reason": f.reason} for f in findings]
        report = {"ok": not findings and not gaps, "regimes": sound, "findings": found}
        if office is not None:
            report["office"] = {"code": office, "missing": gaps}
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for regime in sound:
            click.echo(
                f"{regime['regime']} version {regime['version']}: sound; {regime['states']} states, {regime['steps']}"
                f" steps, {regime['properties']} properties over {regime['situations']} situations"
            )
        for finding in findings:
            click.echo(str(finding))
        _tell_gaps(gaps, office)
    if findings or gaps:
        raise SystemExit(_FINDINGS_EXIT)


def _gaps(definitions: list[Definition], office: str) -> list[dict[str, str]]:
    """Return the steps that the people of the office may be unable to take."""
    with attached() as settings:
        staff = bootstrap.office_staff(bootstrap.database_address(settings), office)
    if staff is None:
        _stop(f"there is no office with the code {office}", _USAGE_EXIT)
    return [
        {"regime": gap.regime, "step": gap.step, "en": gap.words.en, "zh": gap.words.zh}
        for definition in definitions
        for gap in office_gaps(definition, staff)
    ]


def _tell_gaps(gaps: list[dict[str, str]], office: str | None) -> None:
    for gap in gaps:
        click.echo(f"{gap['regime']}: office {office}: step '{gap['step']}': {gap['en']} {gap['zh']}")
    if office is not None and not gaps:
        click.echo(f"office {office}: somebody is left for every step, whoever took which before")


def _workflow_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.yaml"))
    if not files:
        _stop(f"{folder} holds no workflow file (*.yaml)", _USAGE_EXIT)
    return files


def _law_of(folder: Path) -> tuple[LawBook | None, list[Problem]]:
    own = folder / "law"
    try:
        return (load_law(own) if own.is_dir() else shipped_law()), []
    except FileRefused as refusal:
        return None, list(refusal.problems)


def _load(file: Path, law: LawBook | None) -> Definition:
    document = read_yaml(file)
    definition = load_definition(document, law)
    if definition.regime != file.stem:
        reason = f"the regime is called '{definition.regime}', so its file must be {definition.regime}.yaml"
        raise FileRefused([document.problem(("regime",), reason)])
    missing = check_templates(definition, document)
    if missing:
        raise FileRefused(missing)
    return definition


def _summary(file: Path, definition: Definition) -> dict[str, Any]:
    return {
        "regime": definition.regime,
        "version": definition.version,
        "file": str(file),
        "states": len(definition.states),
        "steps": len(definition.steps),
        "properties": len(definition.properties),
        "situations": len(Space(definition).reached),
        "content_hash": definition.content_hash,
    }


def _with_folder(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--dir", "directory", type=_FOLDER, help="Folder of workflow files (default: the shipped ones)."
    )(command)


def _one(regime: str, directory: Path | None) -> Definition:
    folder = directory or data_directory("workflows")
    names = [file.stem for file in _workflow_files(folder)]
    if regime not in names:
        _stop(f"there is no workflow '{regime}'; there are {', '.join(names)}", _USAGE_EXIT)
    return _sound(folder / f"{regime}.yaml", folder)


def _sound(file: Path, folder: Path) -> Definition:
    law, findings = _law_of(folder)
    if findings:
        _stop("\n".join(map(str, findings)), _FINDINGS_EXIT)
    try:
        return _load(file, law)
    except FileRefused as refusal:
        _stop(str(refusal), _FINDINGS_EXIT)


def _stop(message: str, exit_code: int) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(exit_code)


@workflows.command()
@click.argument("regime")
@click.option("--format", "form", type=click.Choice(["svg", "mermaid"]), default="svg", show_default=True)
@click.option("--locale", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="File to write.")
@_with_folder
def diagram(regime: str, form: str, locale: str, output: Path | None, directory: Path | None) -> None:
    """Draw REGIME, to standard output unless --output names a file."""
    definition = _one(regime, directory)
    text = workflow_svg(definition, locale) if form == "svg" else mermaid(definition, locale)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@workflows.command()
@click.option("--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the pages.")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a page is out of date.")
@_with_folder
def docs(output: Path, only_check: bool, directory: Path | None) -> None:
    """Write a Markdown page for every workflow into a folder."""
    folder = directory or data_directory("workflows")
    definitions = [_sound(file, folder) for file in _workflow_files(folder)]
    pages = {f"{definition.regime}.md": workflow_page(definition) for definition in definitions}
    pages["README.md"] = index_page(definitions)
    kept = {page.name: page.read_text(encoding="utf-8") for page in output.glob("*.md")} if output.is_dir() else {}
    # Pages somebody wrote by hand are none of ours, unless one stands where ours must.
    kept = {name: text for name, text in kept.items() if name in pages or GENERATED_BY in text}
    stale = sorted(name for name in pages.keys() | kept.keys() if pages.get(name) != kept.get(name))
    if only_check:
        if stale:
            _stop(f"out of date in {output}: {', '.join(stale)}; run: caseflow workflows docs --output {output}", 1)
        return
    output.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in pages:
            (output / name).write_text(pages[name], encoding="utf-8")
        else:
            (output / name).unlink()
    click.echo(f"{len(pages)} pages in {output}, {len(stale)} of them changed")


@workflows.command()
@click.argument("regime")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed walks the same way.")
@click.option("--runs", type=click.IntRange(min=1), default=200, show_default=True, help="How many cases to walk.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
@_with_folder
def simulate(regime: str, seed: int, runs: int, as_json: bool, directory: Path | None) -> None:
    """Walk random cases through REGIME and report which states and steps they touch."""
    definition = _one(regime, directory)
    coverage = walk(definition, seed=seed, runs=runs)
    report = _coverage_report(definition, coverage)
    if as_json:
        click.echo(json.dumps({"regime": regime, "seed": seed, **report}, ensure_ascii=False, indent=2))
        return
    click.echo(
        f"{regime}: {runs} walks with seed {seed}, longest {coverage.longest} steps, {coverage.unfinished} unfinished"
    )
    for kind, total in (("states", len(definition.states)), ("steps", len(definition.steps))):
        missed = report[f"{kind}_missed"]
        click.echo(
            f"{kind}: {total - len(missed)} of {total} touched" + (f"; not: {', '.join(missed)}" if missed else "")
        )
    for state, count in sorted(coverage.ends.items(), key=lambda end: (-end[1], end[0])):
        click.echo(f"ended in {state}: {count}")


def _coverage_report(definition: Definition, coverage: Coverage) -> dict[str, Any]:
    return {
        "runs": coverage.runs,
        "longest": coverage.longest,
        "unfinished": coverage.unfinished,
        "states_missed": [name for name in definition.states if name not in coverage.states],
        "steps_missed": [name for name in definition.steps if name not in coverage.steps],
        "steps": dict(sorted(coverage.steps.items())),
        "ends": dict(sorted(coverage.ends.items())),
    }
