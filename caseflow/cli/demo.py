"""``caseflow demo``: the fictional Yunling County, in a training database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import click
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.cli.law import ISO_DATE
from caseflow.config import Settings

STEPS_A_REFRESH: Final = 10
LOGIN_COLUMN: Final = 30
DESKS: Final[Mapping[str, tuple[str, str]]] = {
    "officer": ("My desk", "承办人"),
    "reviewer": ("Review", "法制审核"),
    "approver": ("Approval", "审批"),
    "cashier": ("Cashier", "收费"),
    "payer": ("Expenditure", "支出出纳"),
    "liaison": ("Referrals", "法院联络"),
    "auditor": ("Audit", "审计"),
    "supervisor": ("Supervision", "督办"),
    "administrator": ("Administration", "系统管理"),
}


@click.command()
@click.option(
    "--as-of", type=ISO_DATE, help="Business date of the training county, for instance 2011-03-01; default today."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was loaded, and the logins, as JSON.")
def demo(as_of: date | None, as_json: bool) -> None:
    """Load the demo county into an empty database, which is a training database from then on. Again: nothing new."""
    with attached() as settings:
        report = load_county(settings, as_of, quiet=as_json)
    if as_json:
        click.echo(json.dumps(_as_json(report), ensure_ascii=False, indent=2))
        return
    if as_of is not None and as_of != report.business_date:
        click.echo(f"It keeps its own date, {report.business_date}; --as-of counts only when it is loaded.")
    print_logins()


def load_county(settings: Settings, as_of: date | None = None, *, quiet: bool = False) -> bootstrap.LoadReport:
    """Load the demo county into ``settings``' database once, with a progress bar; again changes nothing.

    A database that must not become a training database is a sentence and exit code 1. ``quiet`` keeps standard output
    free for a report.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # One thread only: the supervisor forks soon after.
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True) as bar:
        task = bar.add_task("Yunling County 云岭县", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)
            if done % STEPS_A_REFRESH == 0 or done == total:
                bar.refresh()

        try:
            report = bootstrap.load_county(bootstrap.database_address(settings), as_of, progress=show)
        except bootstrap.DemoRefused as error:
            message = f"{error.en} {error.zh}"
            raise click.ClickException(message) from error
    if not quiet:
        click.echo(_told(report))
    return report


def print_logins() -> None:
    """Print one demo login a desk."""
    for role, login, password in bootstrap.demo_logins():
        english, chinese = DESKS[role]
        desk = f"  {english} {chinese}"
        # A Chinese character is two columns wide.
        click.echo(desk + " " * (LOGIN_COLUMN - cell_len(desk)) + f"{login:<16} {password}")


def _told(report: bootstrap.LoadReport) -> str:
    if not report.loaded:
        return "The demo county was loaded before: nothing new."
    refused = f" The law of that day refuses {len(report.skipped)} more." if report.skipped else ""
    return (
        f"The demo county is loaded as at {report.business_date}: {report.cases} cases, {report.steps} steps.{refused}"
    )


def _as_json(report: bootstrap.LoadReport) -> dict[str, Any]:
    return {
        "loaded": report.loaded,
        "business_date": report.business_date.isoformat(),
        "cases": report.cases,
        "steps": report.steps,
        "refused_by_law": [{"regime": one.regime, "reason": one.reason} for one in report.skipped],
        "logins": [
            {"desk": DESKS[role][0], "role": role, "login": login, "password": password}
            for role, login, password in bootstrap.demo_logins()
        ],
    }
