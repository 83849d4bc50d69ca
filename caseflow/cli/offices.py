"""``caseflow offices``: the tree of offices, a county and its townships."""

from __future__ import annotations

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached


@click.group()
def offices() -> None:
    """Add offices, and say which one each stands under."""


@offices.command()
@click.argument("code")
@click.option("--en", required=True, help="The office's name in English.")
@click.option("--zh", required=True, help="The office's name in Chinese.")
@click.option("--under", help="The code of the office it stands under, for instance the county of a township.")
def add(code: str, en: str, zh: str, under: str | None) -> None:
    """Add the office CODE. Whoever stands above it sees none of its cases: each office sees its own only."""
    with attached() as settings:
        try:
            bootstrap.add_office(bootstrap.database_address(settings), bootstrap.NewOffice(code, en, zh, under))
        except bootstrap.OfficeRefused as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"The office {code} is there. 机关已添加。")
