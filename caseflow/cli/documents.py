"""``caseflow documents``: list the papers of a case, render one, verify that issued ones are what they were."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.cli.reading import record_reading
from caseflow.domain.paper_life import Paper

_USAGE_EXIT, _FINDINGS_EXIT = 2, 1
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def documents() -> None:
    """List, render and verify the papers of cases."""


@documents.command("list")
@click.argument("case")
@_as_json
def list_papers(*, case: str, as_json: bool) -> None:
    """List the papers of CASE, a case number, newest first."""
    with _papers() as papers:
        found = papers.verifying.papers_of(_case_id(papers, case))
    if as_json:
        click.echo(json.dumps([_told(paper) for paper in found], ensure_ascii=False, indent=2))
        return
    for paper in found:
        number = paper.number.zh if paper.number else "-"
        on = paper.issued_on.isoformat() if paper.issued_on else "-"
        corrects = f"  corrects {paper.corrects_id}" if paper.corrects_id else ""
        click.echo(f"{paper.id}  {paper.kind}  {paper.status.value}  {on}  {number}{corrects}")
    if not found:
        click.echo("No papers: nothing was drafted on this case.")


@documents.command()
@click.argument("case")
@click.argument("paper", type=int)
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The PDF to write.")
def render(*, case: str, paper: int, language: str, output: Path) -> None:
    """Set PAPER, the number that `list` shows first, of CASE again from what is stored, and write it as a PDF."""
    with _application() as application:
        papers = application.papers
        found = {one.id: one for one in papers.verifying.papers_of(_case_id(papers, case))}.get(paper)
        if found is None:
            message = f"case {case} has no paper {paper}; see `caseflow documents list {case}`"
            raise click.UsageError(message)
        record_reading(application, "documents render", found.case_id)
        pdf = papers.verifying.render(found, language)
    if pdf is None:
        message = (
            f"paper {paper} is not issued (its draft can be looked at on its page), or what it said was erased or "
            "cannot be opened"
        )
        raise click.UsageError(message)
    try:
        output.write_bytes(pdf)
    except OSError as error:
        message = f"{output} cannot be written: {error.strerror}"
        raise click.ClickException(message) from error
    click.echo(str(output))


@documents.command()
@click.argument("case", required=False)
@_as_json
def verify(*, case: str | None, as_json: bool) -> None:
    """Set every issued paper (of CASE, or of all) again from what is stored and compare it with what was issued.

    Exits 0 when all holds, 1 with the findings, 2 on bad usage.
    """
    with _papers() as papers:
        report = papers.verifying.verify(None if case is None else _case_id(papers, case))
    if as_json:
        found = [finding.to_json() for finding in report.findings]
        told = {"papers": report.papers, "erased": report.erased, "findings": found}
        click.echo(json.dumps({"ok": not report.findings, **told}, ensure_ascii=False, indent=2))
    else:
        for finding in report.findings:
            click.echo(f"{finding.number} (paper {finding.paper_id}) {finding.language}: {finding.reason}")
        outcome = f"{len(report.findings)} findings" if report.findings else "All holds"
        gone = f" {report.erased} more are erased: nothing is left to look at." if report.erased else ""
        click.echo(f"{outcome}: {report.papers} issued papers looked at.{gone}")
    if report.findings:
        raise SystemExit(_FINDINGS_EXIT)


@contextmanager
def _papers() -> Iterator[bootstrap.Papers]:
    with _application() as application:
        yield application.papers


@contextmanager
def _application() -> Iterator[bootstrap.Application]:
    with attached() as settings:
        application = bootstrap.build_application(bootstrap.database_address(settings))
        try:
            yield application
        finally:
            application.close()


def _case_id(papers: bootstrap.Papers, number: str) -> int:
    found = papers.verifying.case_with(number)
    if found is None:
        message = f"there is no case {number}"
        raise click.UsageError(message)
    return found


def _told(paper: Paper) -> dict[str, Any]:
    return {
        "paper": paper.id,
        "kind": paper.kind,
        "status": paper.status.value,
        "number": None if paper.number is None else paper.number.to_json(),
        "issued_on": None if paper.issued_on is None else paper.issued_on.isoformat(),
        "template": paper.template_hash,
        "pdf_sha256": dict(paper.pdf_sha256),
        "corrects": paper.corrects_id,
        "corrected_by": paper.corrected_by,
    }
