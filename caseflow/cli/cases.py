"""``caseflow cases``: old casebooks into cases."""

from __future__ import annotations

import click

from caseflow.cli.case_import import import_book


@click.group()
def cases() -> None:
    """Import old casebooks."""


cases.add_command(import_book)
