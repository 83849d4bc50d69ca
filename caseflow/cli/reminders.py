"""``caseflow reminders``: let what is due take effect now, and show what comes."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta

import click

from caseflow.cli.ledger import wired


@click.group()
def reminders() -> None:
    """Sweep what is due, or list what comes."""


@reminders.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def sweep(as_json: bool) -> None:
    """Let every rung that is due take effect, once; a sweep that runs at the same time does no harm."""
    with wired() as application:
        report = application.reminding.reminders.sweep()
        application.reminding.reminders.beat(report)
    if as_json:
        click.echo(json.dumps({**asdict(report), "today": report.today.isoformat()}))
        return
    click.echo(
        f"{report.today}: {report.reminders} reminders on {report.clocks} clocks, "
        f"{report.ran_out} limits ran out, {report.escalations} escalations, "
        f"{report.submissions} submissions overdue"
    )


@reminders.command()
@click.option("--days", type=click.IntRange(0, 366), default=7, show_default=True, help="How far to look ahead.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1_000, show_default=True)
def due(days: int, as_json: bool, limit: int) -> None:
    """List the rungs that come in the next days (and those no sweep has taken yet), by day."""
    with wired() as application:
        with application.store.begin() as work:
            today = work.reminders.business_date()
        coming = application.reminding.reminders.due(today + timedelta(days=days), limit=limit)
        rules = application.rulebook.law.rules
        # Of a rule that the law files no longer hold only its name is left.
        titles = {one.rule_id: rules[one.rule_id].title.en if one.rule_id in rules else one.rule_id for one in coming}
    if as_json:
        rows = [
            {
                **asdict(one),
                "due_on": one.due_on.isoformat(),
                "day": one.day.isoformat(),
                "title": titles[one.rule_id],
            }
            for one in coming
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for one in coming:
        sign = "!" if one.escalates else " "
        click.echo(
            f"{one.day} {sign} {one.rung:>8}  {one.addressee:<12} {one.number:<22} due {one.due_on}  "
            f"{titles[one.rule_id]}"
        )
    if not coming:
        click.echo(f"Nothing comes until {today + timedelta(days=days)}.")
