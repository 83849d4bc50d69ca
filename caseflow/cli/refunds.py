"""``caseflow winddown refunds``: paid levies whose own record shows an unlawful taking, with their sheets."""

from __future__ import annotations

import json
from typing import Any

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.domain.law import CHECKED_WORDS
from caseflow.domain.refund_grounds import GROUND_WORDS, Cited, ClaimPeriod, Input, RefundFinding
from caseflow.domain.workflow import money_text
from caseflow.services.cases import CaseNotFound
from caseflow.services.refund_findings import FoundCase, RefundFindings


@click.command()
@click.option("--case", "number", help="A case number, as the casebook has it: show its sheet only.")
@click.option("--office", "code", help="The code of an office; needed where the database has several.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def refunds(*, number: str | None, code: str | None, as_json: bool) -> None:
    """List paid levies that show money taken without right: ground, article, sum, claim period, what to do next.

    Nothing is written and no step is taken. Exit code 0, whether or not something is found.
    """
    with attached() as settings:
        application = bootstrap.build_application(bootstrap.database_address(settings), pool_size=1)
        try:
            finder = application.refunds
            office_id = _office(finder, code)
            if as_json:
                rows = [_row(one) for one in finder.all_of(office_id, number)]
                click.echo(json.dumps({"rows": rows, "cases": len(rows), "back_fen": _sum(rows)}, ensure_ascii=False))
                return
            _print(finder, office_id, number)
        except CaseNotFound as error:
            message = f"there is no case {number}"
            raise click.UsageError(message) from error
        finally:
            application.close()


def _office(finder: RefundFindings, code: str | None) -> int:
    offices = finder.offices()
    known = [office_id for office_id, office_code in offices if code in (None, office_code)]
    if len(known) != 1:
        named = ", ".join(office_code for _, office_code in offices) or "none"
        message = f"name one office with --office; there are: {named}"
        raise click.UsageError(message)
    return known[0]


def _print(finder: RefundFindings, office_id: int, number: str | None) -> None:
    cases = back_fen = 0
    for one in finder.all_of(office_id, number):
        cases += 1
        back_fen += one.found.back_fen
        grounds = "; ".join(GROUND_WORDS[ground].en for ground in one.found.grounds)
        click.echo(f"{one.case.number_zh} ({one.case.number}): {money_text(one.found.back_fen)} yuan back: {grounds}")
        if number is not None:
            _print_sheet(one)
    if number is not None and cases == 0:
        click.echo(f"{number}: the record shows no unlawful taking")
        return
    click.echo(f"{cases} case(s), {money_text(back_fen)} yuan in all")


def _print_sheet(found: FoundCase) -> None:
    for one in found.found.findings:
        click.echo(f"\n{GROUND_WORDS[one.ground].en}")
        for words in one.shown:
            click.echo(f"  {words.en}")
        for law in one.laws:
            mark = CHECKED_WORDS[law.checked.status].en
            click.echo(f"  law: {law.cite.text.en} [{law.rule_id}, version from {law.version_from}; {mark}]")
        for given in one.inputs:
            click.echo(f"  {given.label.en}: {_shown(given)}")
        for line in one.lines:
            formula = f"{line.formula} = " if line.formula else ""
            click.echo(f"  {line.label.en}: {formula}{money_text(line.amount_fen)} yuan")
        click.echo(f"  {one.rounding.en}")
        click.echo(f"  goes back: {money_text(one.back_fen)} yuan")
        if one.interest is not None:
            click.echo(f"  deposit interest if paid today: {money_text(one.interest_fen)} yuan")
        if one.no_interest is not None:
            click.echo(f"  {one.no_interest.en}")
        click.echo(f"  claim period: {_period(one.claim)}; {one.claim.why.en}")
    duty = found.found.duty.cite.text.en
    click.echo(f"\nAlso afterwards the office puts it right of its own motion: {duty}")
    steps = ", ".join(found.found.opens)
    click.echo(f"next: {steps}" if steps else f"next: {found.found.first.en if found.found.first else ''}")


def _shown(given: Input) -> str:
    if given.fen is not None:
        return f"{money_text(given.fen)} yuan"
    return given.day.isoformat() if given.day is not None else given.text


def _period(claim: ClaimPeriod) -> str:
    if claim.ends_on is None:
        return f"from {claim.runs_from}"
    return f"{claim.runs_from} to {claim.ends_on}, {'over' if claim.over else 'open'}"


def _sum(rows: list[dict[str, Any]]) -> int:
    return sum(row["back_fen"] for row in rows)


def _row(found: FoundCase) -> dict[str, Any]:
    return {
        "case": found.case.number_zh,
        "number": found.case.number,
        "state": found.state,
        "grounds": [one.value for one in found.found.grounds],
        "back_fen": found.found.back_fen,
        "interest_fen": found.found.interest_fen,
        "findings": [_finding(one) for one in found.found.findings],
        "steps": list(found.found.opens),
        "first": None if found.found.first is None else found.found.first.to_json(),
        "duty": _law(found.found.duty),
    }


def _finding(one: RefundFinding) -> dict[str, Any]:
    return {
        "ground": one.ground.value,
        "title": GROUND_WORDS[one.ground].to_json(),
        "shown": [words.to_json() for words in one.shown],
        "law": [_law(law) for law in one.laws],
        "inputs": [given.to_json() for given in one.inputs],
        "lines": [{**line.label.to_json(), "formula": line.formula, "fen": line.amount_fen} for line in one.lines],
        "rounding": one.rounding.to_json(),
        "back_fen": one.back_fen,
        "interest": None if one.interest is None else one.interest.to_json(),
        "no_interest": None if one.no_interest is None else one.no_interest.to_json(),
        "claim": {
            "runs_from": one.claim.runs_from.isoformat(),
            "ends_on": None if one.claim.ends_on is None else one.claim.ends_on.isoformat(),
            "over": one.claim.over,
            "provisional": one.claim.provisional,
            "why": one.claim.why.to_json(),
        },
    }


def _law(law: Cited) -> dict[str, Any]:
    return {
        "rule": law.rule_id,
        "version_from": law.version_from.isoformat(),
        "law": law.cite.law,
        "article": law.cite.article,
        **law.cite.text.to_json(),
        "checked": law.checked.status,
        "checked_on": law.checked.on.isoformat(),
    }
