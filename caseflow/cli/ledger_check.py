"""``caseflow ledger check`` and ``accrue``: derive everything anew, and bring what lateness adds up to date."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.domain.access import NotPermitted
from caseflow.domain.workflow import money_text


@click.command("check")
@click.option("--record/--no-record", default=True, show_default=True, help="Verify the sealed record as well.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(*, record: bool, as_json: bool) -> None:
    """Derive balances, case figures, receipts, matches and caps anew and name each disagreement.

    Exit 0 when all holds, 1 with what disagrees.
    """
    with attached() as settings:
        application = bootstrap.build_application(bootstrap.database_address(settings), pool_size=1)
        found = []
        try:
            found += [asdict(one) for one in application.ledger_check.run()]
        finally:
            application.close()
        if record:
            keeping = bootstrap.build_record_keeping(settings)
            try:
                report = keeping.verification.verify([], keeping.own_key)
            finally:
                keeping.close()
            found += [
                {"check": "sealed record", "what": one.where, "expected": one.what, "found": one.reason}
                for one in report.findings
            ]
    if as_json:
        click.echo(json.dumps({"holds": not found, "disagreements": found}, ensure_ascii=False, indent=2))
    else:
        for one in found:
            click.echo(f"{one['check']}: {one['what']}: expected {one['expected']}, found {one['found']}")
        click.echo(f"{len(found)} disagreements." if found else "All holds.")
    if found:
        raise SystemExit(1)


@click.command("accrue")
@click.option("--by", "login", required=True, metavar="LOGIN", help="The officer or supervisor who runs it.")
@click.option("--commit", is_flag=True, help="Write it; without this, only tell.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def accrue(login: str, *, commit: bool, as_json: bool) -> None:
    """Add to every case in default what lateness has added until today, as far as its workflow lets a step do so.

    Exit 0 when it is told or written, 1 with the reason when the person may not, 2 on bad usage.
    """
    with attached() as settings:
        application = bootstrap.build_application(bootstrap.database_address(settings), pool_size=1)
        try:
            actor = application.staff.with_login(login)
            if actor is None:
                message = f"nobody who works here has the login {login}"
                raise click.UsageError(message)
            act = application.accrual.run if commit else application.accrual.plan
            report = act(actor)
        except NotPermitted as refusal:
            message = "only an officer or a supervisor adds charges"
            raise click.ClickException(message) from refusal
        finally:
            application.close()
    cases = [{"case": one.case.number, "fen": one.fen} for one in report.accrued]
    if as_json:
        answer = {"committed": commit, "looked_at": report.looked_at, "total_fen": report.total_fen, "cases": cases}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for one in report.accrued:
        click.echo(f"{one.case.number:<24} {money_text(one.fen):>16} yuan")
    said = "Added" if commit else "Would add"
    click.echo(
        f"{said} {money_text(report.total_fen)} yuan to {len(cases)} of {report.looked_at} cases in default."
        + ("" if commit else " Nothing was written; --commit writes it.")
    )
