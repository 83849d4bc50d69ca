"""``caseflow cases import``: an old casebook, looked at first and written with ``--commit``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.cli.case_import_report import as_json, refusal_json, told
from caseflow.cli.phase_bar import PhaseBar
from caseflow.domain.access import Actor, NotPermitted
from caseflow.domain.casebook.imports import Chosen
from caseflow.services.case_imports import BookFile, CaseImports, ImportHeader, ImportRefused, ImportReport
from caseflow.services.ports.casebooks import ENCODINGS

_USAGE = ("regime", "columns", "office", "encoding", "sheet")


@dataclass(frozen=True)
class _Asked:
    """What the command line asks."""

    path: Path
    regime: str | None
    office: str | None
    login: str | None
    columns: str | None
    encoding: str | None
    sheet: str | None
    commit: bool
    good_rows_only: bool
    report: Path | None
    language: str | None
    as_json: bool


@click.command("import")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--regime", help="The regime of the casebook; found out where one only fits its headings.")
@click.option("--office", metavar="CODE", help="Code of the office; may be left out where there is only one.")
@click.option("--by", "login", help="Login of the officer or supervisor who acts (default: the only officer, or head).")
@click.option("--columns", metavar="FILE|NAME=HEADING,...", help="Which heading fills which column of the casebook.")
@click.option("--encoding", type=click.Choice(list(ENCODINGS)), help="Encoding of a CSV, where the guess is wrong.")
@click.option("--sheet", help="Sheet of a workbook, where the choice is wrong.")
@click.option("--commit", is_flag=True, help="Write the cases; without this the file is only looked at.")
@click.option(
    "--good-rows-only", is_flag=True, help="Put rows with errors into quarantine instead of refusing the file."
)
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write a copy with what was found.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Language of that copy (default: that of who acts).")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_book(**options: object) -> None:
    """Import an old casebook (CSV or XLSX), all of its rows or none.

    Exit code 0: every row is good, or it was committed. 1: it is refused, with the findings. The same file twice adds
    nothing; a command that was killed wrote nothing and can be run again.
    """
    asked = _Asked(**options)  # type: ignore[arg-type]
    if asked.report is not None and asked.report.exists() and asked.report.samefile(asked.path):
        message = "--report would write over the casebook itself: give another name."
        raise click.UsageError(message)
    if asked.good_rows_only and not asked.commit:
        message = "--good-rows-only goes with --commit."
        raise click.UsageError(message)
    if asked.report is not None:
        _check_writable(asked.report)
    with attached() as settings:
        application = bootstrap.build_application(bootstrap.database_address(settings))
        try:
            raise SystemExit(_run(application.case_imports, asked))
        finally:
            application.close()


def _run(imports: CaseImports, asked: _Asked) -> int:
    """Look or commit, and say what came of it; return the exit code."""
    header: ImportHeader | None = None
    refused: ImportRefused | None = None
    try:
        actor = _actor(imports, asked)
        file = BookFile(
            asked.path.name,
            asked.path.read_bytes(),
            asked.regime,
            _columns(imports, asked.columns),
            asked.encoding,
            asked.sheet,
        )
        with PhaseBar() as bar:
            if asked.commit and actor is not None:
                taken = imports.take_in(actor, file, good_rows_only=asked.good_rows_only, told=bar.tell)
                report, header = taken.report, taken.header
            else:
                report = imports.preview(actor, file, told=bar.tell)
    except ImportRefused as refusal:
        if refusal.report is None:
            return _refuse(refusal, asked)
        report, refused = refusal.report, refusal
    except NotPermitted as refusal:
        raise click.UsageError(str(refusal)) from refusal
    _say(report, header, asked)
    if asked.report is not None:
        language = asked.language or (actor.locale if actor is not None else "zh")
        copy = imports.annotated_copy(file, report, language)
        try:
            asked.report.write_bytes(copy)
        except OSError as error:
            # What was told above is done; only the copy is missing.
            click.echo(_unwritable(asked.report, error), err=True)
            return 2
    if asked.commit:
        return 1 if refused is not None else 0
    return 1 if report.totals.error else 0


def _check_writable(path: Path) -> None:
    """Raise ``click.UsageError``, before anything is done, where no file can be written to ``path``."""
    there = path.exists()
    try:
        with path.open("ab"):
            pass
        if not there:
            path.unlink()
    except OSError as error:
        raise click.UsageError(_unwritable(path, error)) from error


def _unwritable(path: Path, error: OSError) -> str:
    return (
        f"--report: {path} cannot be written ({error.strerror}): name a file in a folder that is there and may be "
        f"written to. 无法写入{path}：请指定已有且可写的文件夹中的文件。"
    )


def _say(report: ImportReport, header: ImportHeader | None, asked: _Asked) -> None:
    if asked.as_json:
        json.dump(as_json(report, header), sys.stdout, ensure_ascii=False, indent=1)
        click.echo()
        return
    click.echo(told(report))
    click.echo(_ending(report, header, asked))


def _ending(report: ImportReport, header: ImportHeader | None, asked: _Asked) -> str:
    totals = report.totals
    if header is not None:
        waiting = f" {header.open_rows} rows wait in the quarantine of import {header.id}." if header.open_rows else ""
        return f"Written: {totals.new} cases (import {header.id}).{waiting}"
    if totals.error and not (asked.commit and asked.good_rows_only):
        return "Nothing is written: mend the rows, or take the good ones with --commit --good-rows-only."
    if not totals.new:
        return "Nothing new: nothing is written."
    return "Only looked at; --commit writes it."


def _refuse(refusal: ImportRefused, asked: _Asked) -> int:
    """Say why the file cannot be looked at. Raises ``click.UsageError`` where the command line is wrong."""
    given = {name for name in _USAGE if getattr(asked, name) is not None} | {"office"}
    if asked.columns is not None or any(field in given for field, _words in refusal.faults):
        raise click.UsageError(_lines(refusal.faults)) from refusal
    if asked.as_json:
        click.echo(json.dumps(refusal_json(refusal), ensure_ascii=False, indent=1))
    else:
        click.echo(_lines(refusal.faults), err=True)
    return 1


def _lines(faults: Sequence[tuple[str, object]]) -> str:
    return "\n".join(f"{field}: {words.en} {words.zh}".removeprefix(": ") for field, words in faults)  # type: ignore[attr-defined]


def _actor(imports: CaseImports, asked: _Asked) -> Actor | None:
    """Return who acts; None: nobody is there yet, and the file is only looked at."""
    actor = imports.acts_for(asked.office, asked.login)
    if actor is None and (asked.commit or asked.office is not None or asked.login is not None):
        message = (
            "Nobody of that name and office imports cases: an officer or a supervisor does (caseflow staff add). "
            "没有可以导入案件的人员：须为办案人员或主管。"
        )
        raise click.UsageError(message)
    return actor


def _columns(imports: CaseImports, given: str | None) -> Chosen | None:
    if given is None:
        return None
    if "=" not in given or Path(given).is_file():
        path = Path(given)
        if not path.is_file():
            message = f"--columns: there is no file {given}, and it is no NAME=HEADING either."
            raise click.UsageError(message)
        return imports.mapping(path.read_bytes())
    pairs = [part.partition("=") for part in given.split(",")]
    return {name.strip(): heading.strip() for name, _equals, heading in pairs}
