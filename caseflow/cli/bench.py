"""``caseflow bench``: how fast caseflow is, as a ratio to a hand-written floor in the same run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click

from caseflow import bootstrap
from caseflow.cli.attached import throw_away_database
from caseflow.cli.bench_ledger import measure_ledger
from caseflow.cli.bench_post import measure_posting
from caseflow.cli.bench_step import DatabaseRefused, database_beside, measure_steps
from caseflow.cli.bench_sweep import measure_sweep
from caseflow.config import read_settings


@click.group()
def bench() -> None:
    """Measure caseflow against a hand-written floor (design part 13)."""


@bench.command("step")
@click.option("--cases", default=0, show_default=True, help="Fill the database with this many cases first.")
@click.option("--rounds", default=9, show_default=True, help="Blocks of floor and of service, alternating.")
@click.option("--block", default=300, show_default=True, help="Steps a block.")
@click.option("--processes", default=8, show_default=True, help="Processes of the concurrent run; 1 leaves it out.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def step(cases: int, rounds: int, block: int, processes: int, as_json: bool) -> None:
    """Measure steps a second through the service, against SELECT FOR UPDATE + INSERT + UPDATE + COMMIT.

    Works in a database of its own, which is gone afterwards: on an embedded server of its own, or beside the database
    of CASEFLOW_DATABASE_URL, whose role must then be allowed to create one.
    """
    with _database() as database_url:
        figures = measure_steps(
            database_url,
            cases=cases,
            rounds=rounds,
            block=block,
            processes=processes,
            say=lambda line: click.echo(line, err=True),
        )
    if as_json:
        click.echo(json.dumps(asdict(figures), indent=2))
        return
    click.echo(f"cases in the database      {figures.cases:>12,}")
    click.echo(f"floor                      {figures.floor_median:>12,.0f} steps/s (median of {rounds} blocks)")
    click.echo(f"service, one process       {figures.service_median:>12,.0f} steps/s (median of {rounds} blocks)")
    click.echo(f"ratio service / floor      {figures.ratio:>12.2f} (goal at least 0.80)")
    if figures.concurrent is not None and figures.scaling is not None:
        click.echo(f"service, {processes} processes      {figures.concurrent:>12,.0f} steps/s")
        click.echo(f"scaling                    {figures.scaling:>12.2f} x one process (goal at least 2.50)")


@bench.command("post")
@click.option("--rounds", default=6, show_default=True, help="Blocks of floor and of service, alternating.")
@click.option("--block", default=500, show_default=True, help="Transfers a block, one a commit.")
@click.option("--bulk", default=20_000, show_default=True, help="Transfers of a bulk block.")
@click.option("--clients", default=8, show_default=True, help="Clients on one hot account.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def post(rounds: int, block: int, bulk: int, clients: int, as_json: bool) -> None:
    """Measure transfers a second through the service, against plain INSERT and COPY with leaf hashes."""
    with _database() as database_url:
        figures = measure_posting(
            database_url,
            rounds=rounds,
            block=block,
            bulk=bulk,
            processes=clients,
            say=lambda line: click.echo(line, err=True),
        )
    if as_json:
        click.echo(json.dumps({**asdict(figures), "ratios": figures.ratios}, indent=2))
        return
    for title, way, goal in (
        ("one a commit", "single", 0.8),
        (f"{clients} clients, one account", "hot", 0.8),
        ("bulk", "bulk", 0.7),
    ):
        floor, service = getattr(figures, f"{way}_floor"), getattr(figures, f"{way}_service")
        ratio = f"ratio {figures.ratios[way]:.2f} (goal at least {goal:.2f})"
        click.echo(f"{title:<26} floor {floor:>9,.0f}/s  service {service:>9,.0f}/s  {ratio}")


@bench.command("ledger")
@click.option("--transfers", default=1_000_000, show_default=True, help="How many transfers the ledger is to hold.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def ledger(transfers: int, as_json: bool) -> None:
    """Measure the check and the trial balance of a large ledger, before and after a close."""
    with _database() as database_url:
        figures = measure_ledger(database_url, transfers=transfers, say=lambda line: click.echo(line, err=True))
    if as_json:
        click.echo(json.dumps({**asdict(figures), "ratio": figures.ratio}, indent=2))
        return
    click.echo(f"transfers                      {figures.transfers:>14,}")
    click.echo(f"check                          {figures.check_s:>14.3f} s")
    click.echo(f"trial balance, nothing closed  {figures.trial_balance_s:>14.3f} s")
    click.echo(f"trial balance after a close    {figures.closed_trial_balance_s:>14.3f} s")
    click.echo(f"the open period alone          {figures.open_period_s:>14.3f} s")
    click.echo(f"ratio                          {figures.ratio:>14.2f} (goal at most 1.20)")


@bench.command("sweep")
@click.option("--clocks", default=1_000_000, show_default=True, help="How many clocks are open.")
@click.option("--due", default=10_000, show_default=True, help="How many of them are due in each block.")
@click.option("--rounds", default=5, show_default=True, help="Blocks by hand and by the sweep, alternating.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def sweep(clocks: int, due: int, rounds: int, as_json: bool) -> None:
    """Measure the sweep of reminders against a hand-written statement, the idle sweep, and deliveries a second."""
    if due * 2 * rounds > clocks:
        message = f"{2 * rounds} blocks of {due:,} need {due * 2 * rounds:,} clocks"
        raise click.BadParameter(message, param_hint="--clocks")
    with _database() as database_url:
        figures = measure_sweep(
            database_url, clocks=clocks, due=due, rounds=rounds, say=lambda line: click.echo(line, err=True)
        )
    if as_json:
        click.echo(json.dumps({**asdict(figures), "ratio": figures.ratio}, indent=2))
        return
    click.echo(f"open clocks, due a block       {figures.clocks:>12,} {figures.due:>9,}")
    click.echo(f"by hand                        {figures.floor_s:>12.3f} s (median of {rounds} blocks)")
    click.echo(f"the sweep                      {figures.sweep_s:>12.3f} s (median of {rounds} blocks)")
    click.echo(f"ratio                          {figures.ratio:>12.2f} (goal at most 1.50)")
    click.echo(f"idle sweep                     {figures.idle_ms:>12.2f} ms (goal at most 5)")
    click.echo(f"deliveries                     {figures.deliveries_a_second:>12,.0f}/s by one worker")


@contextmanager
def _database() -> Iterator[str]:
    given = read_settings().database_url
    try:
        with database_beside(given) if given else throw_away_database() as database_url:
            yield database_url
    except (bootstrap.ServerError, DatabaseRefused) as error:
        raise click.ClickException(str(error)) from error
